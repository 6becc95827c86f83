//! The contract's words and orders, row by row.

use tocsin_domain::alert::{EventPattern, Interest, Rule};
use tocsin_domain::{Component, ComponentRef, EventKind, Health, Impact, Report, Stage, Timestamp};

fn rule(patterns: &[&str]) -> Rule {
    let events = patterns.iter().map(|pattern| pattern.parse().unwrap()).collect();
    Rule { events: Some(events), ..Rule::default() }
}

#[test]
fn a_group_without_a_list_hears_the_defaults() {
    let heard: Vec<&str> =
        EventKind::ALL.iter().filter(|kind| Rule::default().wants(**kind)).map(|kind| kind.word()).collect();
    let defaults = [
        "incident.opened",
        "incident.reopened",
        "incident.resolved",
        "incident.postmortem",
        "incident.updated",
        "incident.impact_changed",
        "incident.scope_changed",
        "maintenance.cancelled",
        "maintenance.completed",
        "maintenance.started",
        "maintenance.changed",
        "maintenance.scheduled",
        "maintenance.reminder",
        "page.unreadable",
        "page.readable",
    ];
    assert_eq!(heard, defaults);
}

#[test]
fn patterns_pick_kinds_but_never_an_import() {
    let rows = [
        ("incident.edited", "incident.edited", true),
        ("incident.edited", "incident.updated", false),
        ("incident.*", "incident.removed", true),
        ("incident.*", "maintenance.started", false),
        ("incident.*", "incident.imported", false),
        ("incident.imported", "incident.imported", false),
        ("*", "incident.imported", false),
        ("*", "page.moved", true),
        ("warning.*", "warning.raised", true),
    ];
    for (pattern, kind, wanted) in rows {
        assert_eq!(rule(&[pattern]).wants(kind.parse().unwrap()), wanted, "{pattern} and {kind}");
    }
    for wrong in ["incident", "incidents.*", "incident.closed", ".*", ""] {
        assert!(wrong.parse::<EventPattern>().is_err(), "{wrong}");
    }
}

#[test]
fn filters_pick_by_name_id_glob_and_group() {
    let part = |id: &str, name: &str, group: &[&str]| Component {
        id: id.to_owned(),
        name: name.to_owned(),
        group: group.iter().map(|one| (*one).to_owned()).collect(),
        health: Health::Operational,
        hidden_while_operational: false,
    };
    let page = [
        part("k1", "Kustomer Voice", &["PROD 1"]),
        part("k2", "Kustomer Voice", &["PROD 2", "Europe"]),
        part("k3", "What? [beta]", &[]),
    ];
    let named = |id: &str, name: &str| ComponentRef { id: id.to_owned(), name: name.to_owned() };
    let rows = [
        ("kustomer voice", named("k1", "Kustomer Voice"), true),
        ("K1", named("k1", "Kustomer Voice"), true),
        ("K1", named("k2", "Kustomer Voice"), false),
        (" *VOICE ", named("k2", "Kustomer Voice"), true),
        ("europe", named("k2", "Kustomer Voice"), true),
        ("europe", named("k1", "Kustomer Voice"), false),
        ("PROD ?", named("k1", "Kustomer Voice"), true),
        // A name without an id may be either.
        ("K2", named("", "KUSTOMER VOICE"), true),
        ("Europe", named("", "Kustomer Voice"), true),
        // The name of a group stands for its members, an unknown one for itself.
        ("k2", named("g9", "Europe"), true),
        ("k1", named("g9", "Europe"), false),
        ("gone", named("old", "Gone"), true),
        ("What? [beta]", named("k3", "What? [beta]"), true),
        ("", named("", ""), false),
        ("*", named("", ""), false),
    ];
    for (filter, one, picked) in rows {
        let interest = Interest(vec!["nothing of that name".to_owned(), filter.to_owned()]);
        assert_eq!(interest.picks(std::slice::from_ref(&one), &page).is_some(), picked, "`{filter}` and {one:?}");
    }
}

#[test]
fn healths_and_impacts_are_ordered_as_the_contract_says() {
    let order = ["operational", "maintenance", "unknown", "degraded", "partial_outage", "major_outage"];
    let mut healths = Health::ALL;
    healths.sort();
    assert_eq!(healths.map(Health::word), order);
    let numbers: Vec<u8> = Health::ALL.into_iter().map(Health::number).collect();
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
    let of_impacts = Impact::ALL.map(Impact::health);
    assert_eq!(of_impacts, [None, Some(Health::Degraded), Some(Health::PartialOutage), Some(Health::MajorOutage)]);
    assert_eq!(Health::worst([]), None);
}

#[test]
fn a_report_is_closed_by_its_stage_or_else_by_its_end() {
    let end = Some("2026-05-04T09:00:00Z".parse::<Timestamp>().unwrap());
    let rows = [
        (Some(Stage::Monitoring), None, false),
        (Some(Stage::Monitoring), end, false),
        (Some(Stage::Resolved), None, true),
        (Some(Stage::Postmortem), end, true),
        (None, end, true),
        (None, None, false),
    ];
    for (stage, resolved_at, closed) in rows {
        let report = Report {
            id: "i".to_owned(),
            title: "Trouble".to_owned(),
            url: None,
            impact: None,
            stage,
            started_at: None,
            resolved_at,
            components: Vec::new(),
            updates: Vec::new(),
        };
        assert_eq!(report.is_closed(), closed, "{stage:?} {resolved_at:?}");
    }
}

#[test]
fn times_are_whole_seconds_in_utc() {
    let rows = [
        ("2026-02-20T22:01:00Z", "2026-02-20T22:01:00Z"),
        ("2026-02-20T17:01:00.999-05:00", "2026-02-20T22:01:00Z"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59Z"),
    ];
    for (text, shown) in rows {
        assert_eq!(text.parse::<Timestamp>().unwrap().to_string(), shown);
    }
    assert!("2026-02-20 22:01".parse::<Timestamp>().is_err());
    assert_eq!(Timestamp::from_second(i64::MAX).plus(i64::MAX), Timestamp::from_second(i64::MAX));
}
