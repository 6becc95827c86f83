//! Corners that the notation of stories has no words for.

use tocsin_domain::alert::Audience;
use tocsin_domain::compare::Recalled;
use tocsin_domain::{
    Component, Event, EventKind, Health, Input, PageState, Reading, Report, Stage, Timestamp, Update, step,
};

fn noon() -> Timestamp {
    "2026-05-04T12:00:00Z".parse().unwrap()
}

/// Reads the page again and again, all within one second.
fn events(readings: &[Reading]) -> Vec<Event> {
    let (mut state, mut known) = (PageState::new("page", "https://status.example.com"), Recalled::new());
    let mut events = Vec::new();
    for reading in readings {
        let next = step(state, &known, Input::Reading(reading), &Audience::default(), noon());
        known.extend(next.incidents.into_iter().map(|one| (one.vendor_id.clone(), one)));
        events.extend(next.decided.into_iter().map(|one| one.event));
        state = next.state;
    }
    events
}

fn incident(updates: &[&str]) -> Reading {
    let update = |id: &&str| Update {
        id: (*id).to_owned(),
        stage: Some(Stage::Investigating),
        at: Some(noon()),
        body: format!("Text of {id}."),
    };
    let report = Report {
        id: "i".to_owned(),
        title: "Trouble".to_owned(),
        url: None,
        impact: None,
        stage: Some(Stage::Investigating),
        started_at: None,
        resolved_at: None,
        components: Vec::new(),
        updates: updates.iter().map(update).collect(),
    };
    Reading { platform: Some("statuspage".to_owned()), incidents: vec![report], ..Reading::default() }
}

fn databases(parts: &[(&str, Health)]) -> Reading {
    let part = |(group, health): &(&str, Health)| Component {
        id: "Database".to_owned(),
        name: "Database".to_owned(),
        group: vec![(*group).to_owned()],
        health: *health,
        hidden_while_operational: false,
    };
    let components = parts.iter().map(part).collect();
    Reading { platform: Some("statuspage".to_owned()), components, ..Reading::default() }
}

/// Messages carry ids that follow from their event's: two alike would be one message.
#[test]
fn two_events_of_one_second_have_two_ids() {
    let told = events(&[incident(&["a"]), incident(&["a", "b"]), incident(&["a", "b", "c"])]);
    let kinds: Vec<EventKind> = told.iter().map(|event| event.kind).collect();
    assert_eq!(kinds, [EventKind::IncidentImported, EventKind::IncidentUpdated, EventKind::IncidentUpdated]);
    assert_ne!(told[1].id, told[2].id);
    assert_eq!(told, events(&[incident(&["a"]), incident(&["a", "b"]), incident(&["a", "b", "c"])]));
}

#[test]
fn an_update_listed_twice_is_one_update() {
    let told = events(&[incident(&["a"]), incident(&["a", "a"]), incident(&["a", "a", "b", "b"])]);
    let carried: Vec<&str> = told.iter().flat_map(|event| &event.updates).map(|update| update.id.as_str()).collect();
    assert_eq!(carried, ["b"]);
}

#[test]
fn two_components_of_one_name_do_not_take_turns() {
    use Health::{MajorOutage, Operational};
    let told = events(&[
        databases(&[("EU", Operational), ("US", MajorOutage)]),
        databases(&[("US", MajorOutage), ("EU", Operational)]),
        databases(&[("US", MajorOutage)]),
        databases(&[("EU", Operational), ("US", MajorOutage)]),
        databases(&[("EU", Operational), ("US", Operational)]),
    ]);
    let titles: Vec<String> = told.iter().map(Event::title).collect();
    assert_eq!(titles, ["Database: major outage → operational"]);
}
