//! Decisions that say the same share a row; who asks sees each of them, and pages through them one by one.

use super::*;

fn row(sequence: i64, number: u128, text: &str) -> DecisionRow {
    let named = Uuid::from_u128(number);
    DecisionRow {
        sequence,
        team: Uuid::nil(),
        incident: None,
        change: "incident.opened".into(),
        at: at("2026-02-20T22:25:00Z"),
        monitor: named,
        group: Uuid::from_u128(7),
        group_name: "desk".into(),
        channel: number.is_multiple_of(2).then_some(named),
        channel_name: number.is_multiple_of(2).then(|| format!("hook {number} \u{1F6A8} \"x\"")),
        told: text == "told",
        code: "told".into(),
        text: text.into(),
        rule: Wording::of(&Rule::default()),
    }
}

pub async fn share_rows(store: &Store) -> Told {
    let newest = store.decisions(None, None, None, 1).await?.first().map_or(0, |one| one.id);
    let sequence = store.reserve(1).await?;
    let rows: Vec<DecisionRow> =
        (0..9).map(|number| row(sequence, number, if number % 3 == 0 { "told" } else { "no" })).collect();
    store.told_later(&[], &rows, &[]).await?;
    store.told_later(&[], &[row(sequence, 9, "told")], &[]).await?;
    store.told_later(&[], &[], &[]).await?;

    let all = store.decisions(None, None, None, 10).await?;
    let numbers: Vec<u128> = all.iter().map(|one| one.monitor.as_u128()).collect();
    assert_eq!(numbers, [9, 8, 7, 5, 4, 2, 1, 6, 3, 0], "those that say the same lie together");
    let ids: Vec<i64> = all.iter().map(|one| one.id).collect();
    assert_eq!(ids, (newest + 1..=newest + 10).rev().collect::<Vec<_>>(), "each has an id of its own");
    for one in &all {
        let wanted = row(sequence, one.monitor.as_u128(), &one.text);
        assert_eq!((one.channel, &one.channel_name), (wanted.channel, &wanted.channel_name));
        assert_eq!((one.told, &one.text == "told"), (wanted.told, wanted.told));
    }
    let mut paged = Vec::new();
    while paged.len() < 10 {
        let before = paged.last().copied();
        paged.extend(store.decisions(None, None, before, 3).await?.iter().map(|one| one.id).take(10 - paged.len()));
    }
    assert_eq!(paged, ids);
    assert_eq!(store.told_sequences().await?.iter().filter(|told| **told == sequence).count(), 1);
    Ok(())
}
