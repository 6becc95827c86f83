//! Readings of one page and one second come back in the order in which they were made, also where two say the same.

use super::*;

fn said(page: Uuid, words: &str, at: Timestamp) -> Observation {
    let state = PageState::new(page.to_string(), "");
    Observation {
        page,
        provider: "harbour".into(),
        at,
        packed: Packed::json(&state),
        state,
        wake_at: None,
        memory: "{}".into(),
        validators: "{}".into(),
        said: Some(Health::Operational),
        looks: Vec::new(),
        payloads: vec![payload("summary", words.to_owned(), words.as_bytes(), true)],
        incidents: Vec::new(),
        maintenances: Vec::new(),
        healths: Vec::new(),
        events: Vec::new(),
        decisions: Vec::new(),
        outbox: Vec::new(),
        kept: Vec::new(),
        circulars: Vec::new(),
        told_along: Vec::new(),
        asked_by: None,
    }
}

async fn words(store: &Store, page: Uuid) -> Result<Vec<String>, tocsin_store::StoreError> {
    let captures = store.captures(page).await?;
    Ok(captures.into_iter().map(|captured| captured.answers[0].hash.clone()).collect())
}

pub async fn keep_their_order(store: &Store) -> Told {
    let (page, other) = (Uuid::now_v7(), Uuid::now_v7());
    let (now, before) = (at("2026-02-20T22:25:00Z"), at("2026-02-20T22:24:59Z"));
    let pages = [
        (page, "harbour".into(), "https://one.example/".into()),
        (other, "quay".into(), "https://two.example/".into()),
    ];
    store.ensure_pages(&pages, now).await?;
    // Whatever orders by what was said, or by when it was written, finds another order than this.
    let batch =
        [said(page, "7 well", now), said(other, "0 well", now), said(page, "3 ill", now), said(page, "5 well", before)];
    all_stored(store.commit(&batch).await)?;
    all_stored(store.commit(&[said(page, "7 well", now)]).await)?;
    all_stored(store.commit(&[said(page, "1 ill", now)]).await)?;
    assert_eq!(words(store, page).await?, ["5 well", "7 well", "3 ill", "7 well", "1 ill"]);
    assert_eq!(words(store, other).await?, ["0 well"]);
    Ok(())
}
