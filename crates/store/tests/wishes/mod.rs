//! What a team wishes for a while.

use tocsin_domain::alert::{Acknowledgement, Interest, Silence, Silenced};
use tocsin_domain::{Health, Timestamp};
use tocsin_store::{AcknowledgementRow, OverrideRow, SilenceRow, Store, StoreError};
use uuid::Uuid;

/// Silences, acknowledgements and overrides: written, read while they hold, ended, and let go.
pub async fn held(store: &Store, start: Timestamp) -> Result<(), StoreError> {
    silenced(store, start).await?;
    acknowledged(store, start).await?;
    overruled(store, start).await?;
    store.prune_wishes(start.plus(200), start.plus(200)).await?;
    assert!(
        store.silences(start).await?.iter().all(|row| row.silence.until.is_none()),
        "what ended long ago is let go"
    );
    assert!(store.acknowledgements(start.plus(-1)).await?.is_empty());
    assert_eq!(store.overrides(start).await?.len(), 1);
    Ok(())
}

async fn silenced(store: &Store, start: Timestamp) -> Result<(), StoreError> {
    let team = store.default_team();
    let row = |number: u128, what: Silenced, until: Option<i64>| SilenceRow {
        team,
        provider: "harbour".to_owned(),
        silence: Silence {
            id: Uuid::from_u128(number),
            team: team.to_string(),
            what,
            since: start,
            until: until.map(|seconds| start.plus(seconds)),
            by: "Ada – “on call”".to_owned(),
            why: "\u{1F6A8} we move".to_owned(),
        },
    };
    let all = row(1, Silenced::Provider, Some(100));
    let parts = row(2, Silenced::Components(Interest(vec!["Voice*".to_owned()])), Some(50));
    let one = row(3, Silenced::Subject(Uuid::from_u128(9)), None);
    for row in [&all, &parts, &one] {
        store.put_silence(row).await?;
    }
    assert_eq!(store.silences(start).await?, [all.clone(), parts.clone(), one.clone()]);
    assert_eq!(store.silences(start.plus(50)).await?, [all, one.clone()], "it ends at its end");
    let longer = row(2, Silenced::Provider, Some(500));
    store.put_silence(&longer).await?;
    assert_eq!(store.silences(start.plus(100)).await?, [longer, one]);
    assert!(store.end_silence(Uuid::from_u128(2)).await? && !store.end_silence(Uuid::from_u128(2)).await?);
    Ok(())
}

async fn acknowledged(store: &Store, start: Timestamp) -> Result<(), StoreError> {
    let team = store.default_team();
    let row = |subject: u128, by: &str, after_s: i64| AcknowledgementRow {
        team,
        provider: "harbour".to_owned(),
        acknowledgement: Acknowledgement {
            team: team.to_string(),
            subject: Uuid::from_u128(subject),
            at: start.plus(after_s),
            by: by.to_owned(),
        },
    };
    assert!(store.acknowledge(&row(1, "Ada", 0)).await?);
    assert!(!store.acknowledge(&row(1, "Ben", 5)).await?, "whoever was first stays");
    assert!(store.acknowledge(&row(2, "Ben", 10)).await?);
    assert_eq!(store.acknowledgements(start.plus(-1)).await?, [row(1, "Ada", 0), row(2, "Ben", 10)]);
    assert_eq!(store.acknowledgements(start).await?, [row(2, "Ben", 10)]);
    assert!(store.take_back_acknowledgement(team, Uuid::from_u128(2)).await?);
    assert!(!store.take_back_acknowledgement(team, Uuid::from_u128(2)).await?);
    Ok(())
}

async fn overruled(store: &Store, start: Timestamp) -> Result<(), StoreError> {
    let team = store.default_team();
    let row = |component: &str, health: Health, until: Option<i64>| OverrideRow {
        team,
        provider: "harbour".to_owned(),
        component: component.to_owned(),
        health,
        until_change: until.is_none(),
        until: until.map(|seconds| start.plus(seconds)),
        at: start,
        by: "Ada".to_owned(),
        why: "only their staging".to_owned(),
    };
    store.put_override(&row("", Health::Operational, Some(100))).await?;
    store.put_override(&row("c1", Health::MajorOutage, None)).await?;
    assert_eq!(
        store.overrides(start).await?,
        [row("", Health::Operational, Some(100)), row("c1", Health::MajorOutage, None)]
    );
    assert_eq!(store.overrides(start.plus(100)).await?, [row("c1", Health::MajorOutage, None)]);
    store.put_override(&row("c1", Health::Unknown, None)).await?;
    assert_eq!(store.overrides(start.plus(100)).await?, [row("c1", Health::Unknown, None)], "one for each place");
    assert!(!store.end_override(team, "harbour", "c2").await?);
    Ok(())
}
