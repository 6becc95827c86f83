//! The address of a page answers for another page: nobody is told that trouble is over, or that somebody else's began.

use tocsin_domain::alert::{Audience, Interest, Member, Rule};
use tocsin_domain::compare::Recalled;
use tocsin_domain::{
    Component, Covers, EventKind, Health, Impact, Input, Page, PageState, Reading, Report, Stage, Timestamp, step,
};

fn reading(page: &str, component: &str, incident: Option<&str>) -> Reading {
    let report = |id: &str| Report {
        id: id.to_owned(),
        title: "Slow".to_owned(),
        url: None,
        impact: Some(Impact::Minor),
        stage: Some(Stage::Investigating),
        started_at: None,
        resolved_at: None,
        components: Vec::new(),
        updates: Vec::new(),
    };
    Reading {
        platform: Some("statuspage".to_owned()),
        page: Page { id: Some(page.to_owned()), ..Page::default() },
        health: Health::Operational,
        components: vec![Component {
            id: component.to_owned(),
            name: component.to_owned(),
            group: Vec::new(),
            health: Health::Operational,
            hidden_while_operational: false,
        }]
        .into(),
        incidents: incident.map(report).into_iter().collect(),
        covers: Covers { open: true, history_since: None },
        ..Reading::default()
    }
}

/// Plays readings at minutes; answers the state and every event with whether it was told.
fn play(readings: &[(i64, Reading)]) -> (PageState, Vec<(EventKind, bool)>) {
    let member = Member {
        monitor: "m".to_owned(),
        interest: Interest::default(),
        group: "g".to_owned(),
        group_name: "everyone".to_owned(),
        rule: Rule::default(),
        channels: vec!["c".to_owned()],
        ..Member::default()
    };
    let audience = Audience { members: vec![member], ..Audience::default() };
    let (mut state, mut known, mut events) = (PageState::new("p", "u"), Recalled::new(), Vec::new());
    for (minute, reading) in readings {
        let now = Timestamp::from_second(1_772_366_400 + minute * 60);
        let next = step(state, &known, Input::Reading(reading), &audience, now);
        known.extend(next.incidents.into_iter().map(|one| (one.vendor_id.clone(), one)));
        events.extend(next.decided.iter().map(|one| (one.event.kind, one.verdicts.iter().any(|verdict| verdict.told))));
        state = next.state;
    }
    (state, events)
}

#[test]
fn a_mix_up_is_a_failure_and_ends_by_itself() {
    let ours = || reading("ours", "api", Some("k1"));
    let theirs = || reading("theirs", "db", Some("zz"));
    let (state, events) = play(&[(0, reading("ours", "api", None)), (5, ours()), (10, theirs()), (15, theirs())]);
    assert_eq!(events, [(EventKind::IncidentOpened, true)]);
    assert_eq!((state.health, state.last_known), (Health::Unknown, Some(Health::Degraded)));
    assert!(state.reason.is_some_and(|reason| reason.contains("another page")));
    let (state, events) =
        play(&[(0, reading("ours", "api", None)), (5, ours()), (10, theirs()), (15, theirs()), (20, ours())]);
    assert_eq!(events, [(EventKind::IncidentOpened, true)], "the same trouble, told once");
    assert_eq!(state.health, Health::Degraded);
}

#[test]
fn what_stays_another_page_has_moved() {
    let theirs = || reading("theirs", "db", Some("zz"));
    let mut readings = vec![(0, reading("ours", "api", None)), (5, reading("ours", "api", Some("k1")))];
    readings.extend((1..=8).map(|turn| (5 + turn * 5, theirs())));
    let (state, events) = play(&readings);
    let told: Vec<EventKind> = events.iter().filter(|(_, told)| *told).map(|(kind, _)| *kind).collect();
    assert!(!told.contains(&EventKind::IncidentResolved), "{events:?}");
    let kinds: Vec<EventKind> = events.iter().map(|(kind, _)| *kind).collect();
    for kind in [EventKind::IncidentRemoved, EventKind::PageMoved, EventKind::IncidentImported] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    assert_eq!((state.health, state.native_id.as_deref(), state.failures), (Health::Degraded, Some("theirs"), 0));
}

#[test]
fn a_renamed_id_with_a_known_component_is_the_same_page() {
    let (_, events) = play(&[(0, reading("ours", "api", None)), (5, reading("new-id", "api", Some("k1")))]);
    assert_eq!(events, [(EventKind::IncidentOpened, true)]);
}
