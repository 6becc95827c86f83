//! Tests of our own: their state, their calls and their warnings.

use tocsin_domain::call::{Proof, Rung, Side};
use tocsin_domain::warning::{CheckRef, Confidence};
use tocsin_domain::{Call, Event, EventKind, Health, ProviderRef, Subject, Timestamp, Warning, WarningKind};
use tocsin_store::{EventRow, Store, StoreError, Tried, WarningFilter};
use uuid::Uuid;

fn call(number: u128, at: Timestamp, recorded: bool) -> Call {
    Call {
        id: Uuid::from_u128(number),
        check: Uuid::from_u128(77),
        at,
        lasted_ms: 9_000,
        verdict: "one_way_in".to_owned(),
        proof: Proof::Failed,
        why: "We hear the far end – \u{1F6A8}.".to_owned(),
        trouble: None,
        offered: vec!["PCMU".to_owned()],
        control: None,
        ladder: vec![Rung { after_ms: 0, by: Side::Us, signalling: true, what: "we call".to_owned() }],
        loudness: None,
        measures: serde_json::json!({ "packets_in": 3 }),
        figures: vec![("lost".to_owned(), "0.0 %".to_owned())],
        recorded,
        reading: None,
    }
}

fn warning(number: u128, check: u128, at: Timestamp, ended_at: Option<Timestamp>) -> Warning {
    Warning {
        id: Uuid::from_u128(number),
        kind: WarningKind::NoAudio,
        check: CheckRef { id: Uuid::from_u128(check), slug: "line".to_owned(), name: "line".to_owned() },
        provider: Some(ProviderRef { slug: "harbour".to_owned(), name: "Harbour".to_owned() }),
        components: Vec::new(),
        impact: WarningKind::NoAudio.impact(),
        started_at: at,
        ended_at,
        page_says: Some(Health::Operational),
        evidence: vec!["It is so.".to_owned()],
        confidence: Confidence(75),
        summary: WarningKind::NoAudio.summary().to_owned(),
        ended_because: None,
    }
}

fn tried(call: Option<Call>, warnings: Vec<Warning>, state: &str) -> Tried {
    Tried::unheard(Uuid::from_u128(77), "harbour".to_owned(), &state, call, warnings)
}

/// What is tried is kept with all that follows from it, is listed newest first, and is let go.
pub async fn tries(store: &Store, start: Timestamp) -> Result<(), StoreError> {
    let check = Uuid::from_u128(77);
    assert_eq!(store.check_state::<String>(check).await?, None);
    for number in 1..=5 {
        let call = call(number, start.plus(i64::try_from(number).unwrap_or(0) * 60), number % 2 == 0);
        store.commit_tried(&tried(Some(call), Vec::new(), "going")).await?;
    }
    let raised = warning(9, 77, start, None);
    let event = Event::new("warning", "9", vec![EventKind::WarningRaised], start, Subject::Warning(raised.clone()));
    let sequence = store.reserve(1).await?;
    let row = EventRow { sequence, event: event.clone() };
    store.commit_tried(&Tried { events: vec![row], ..tried(None, vec![raised.clone()], "warns") }).await?;
    assert_eq!(store.check_state::<String>(check).await?.as_deref(), Some("warns"));
    let journal = store.events_after(sequence - 1, 10).await?;
    assert!(journal.iter().any(|entry| entry.event == event && entry.provider == "harbour"));

    let calls = store.calls(check, None, 3).await?;
    let numbers = |calls: &[Call]| calls.iter().map(|call| call.id.as_u128()).collect::<Vec<_>>();
    assert_eq!(numbers(&calls), [5, 4, 3]);
    let rest = store.calls(check, calls.last().map(|last| (last.at, last.id)), 10).await?;
    assert_eq!(numbers(&rest), [2, 1]);
    assert_eq!(store.call(Uuid::from_u128(4)).await?, Some(call(4, start.plus(240), true)));
    assert_eq!(store.recorded().await?.len(), 2);

    let ended = warning(8, 77, start.plus(-50), Some(start));
    let elsewhere = warning(10, 78, start.plus(50), None);
    store.commit_tried(&tried(None, vec![ended.clone(), elsewhere.clone()], "warns")).await?;
    let all = WarningFilter { limit: 10, ..WarningFilter::default() };
    assert_eq!(store.warnings(&all).await?, [elsewhere.clone(), raised.clone(), ended.clone()]);
    let of = |open, check: u128| WarningFilter { open, check: Some(Uuid::from_u128(check)), ..all.clone() };
    assert_eq!(store.warnings(&of(Some(true), 77)).await?, vec![raised.clone()]);
    assert_eq!(store.warnings(&of(Some(false), 77)).await?, vec![ended.clone()]);
    assert_eq!(store.warnings(&WarningFilter { provider: Some("other".to_owned()), ..all.clone() }).await?, []);
    let after = WarningFilter { before: Some((elsewhere.started_at, elsewhere.id)), limit: 1, ..all.clone() };
    assert_eq!(store.warnings(&after).await?, vec![raised.clone()]);

    store.forget_check(check).await?;
    assert_eq!(store.check_state::<serde_json::Value>(check).await?, None);
    assert_eq!(store.warnings(&of(Some(true), 77)).await?, [raised], "its warnings are ended by whoever tells of it");

    assert_eq!(store.prune_calls(check, start.plus(100), 3).await?, 2, "one is too old, one too many");
    assert_eq!(numbers(&store.calls(check, None, 10).await?), [5, 4, 3]);
    Ok(())
}
