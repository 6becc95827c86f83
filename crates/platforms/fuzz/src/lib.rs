//! What holds for whatever arrives, checked by every target.

use std::sync::LazyLock;

use tocsin_domain::{Health, Timestamp};
use tocsin_platforms::{Described, Payload, Platform, reader_for};

/// The keys of asks that change how a payload is taken; the length of the input picks one.
const KEYS: [&str; 8] = ["", "summary", "incidents", "components", "groups", "schedules", "currentevents", "history"];

/// An input as a payload. Every byte of it is body, so that captured files are seeds as they are.
#[must_use]
pub fn payload(data: &[u8]) -> Payload {
    let key = KEYS[data.len() % KEYS.len()].to_owned();
    Payload { key, bytes: data.to_vec(), ..Payload::default() }
}

/// The platform under test: `TOCSIN_FUZZ` names it.
static PLATFORM: LazyLock<Platform> = LazyLock::new(|| {
    let name = std::env::var("TOCSIN_FUZZ").expect("TOCSIN_FUZZ names a platform");
    Platform::named(&name).expect("TOCSIN_FUZZ names a platform")
});

/// A page that somebody described is read much as its cases are.
static DESCRIBED: LazyLock<Option<Described>> = LazyLock::new(|| {
    let written = match PLATFORM.name() {
        "json" => JSON,
        "html" => HTML,
        _ => return None,
    };
    let description = serde_json::from_str(written).expect("the description is one");
    Described::new(*PLATFORM, description).ok()
});

const JSON: &str = r#"{"anchor": "$.board.vendor", "overall": {"status": "$.board.light"},
    "components": {"list": "$.board.services[*]", "id": "key", "name": "label", "group": "area", "status": "state"},
    "incidents": {"list": "$.events[?@.kind == 'trouble']", "id": "number", "title": "headline", "stage": "phase",
        "started_at": "from", "resolved_at": "to", "components": "services",
        "updates": {"list": "posts", "stage": "phase", "at": "written", "body": "text"}},
    "words": {"health": {"green": "operational", "red": "major_outage"}}}"#;
const HTML: &str = r#"{"anchor": "main#status > h1", "overall": {"status": "main#status > p.light@class"},
    "components": {"list": "table.services tbody tr", "id": "@id", "name": "td.name", "status": "td.state"},
    "incidents": {"within": "body", "list": "article", "id": "@id", "title": "h3", "body": "p",
        "updates": {"list": "ol li", "at": "time@datetime", "body": "."}},
    "words": {"health": {"running": "operational", "is-green": "operational"}}}"#;

/// Reads an input with that platform's reader.
pub fn read(data: &[u8]) {
    let payload = payload(data);
    let reader = reader_for(*PLATFORM, DESCRIBED.as_ref());
    let _ = reader.recognise(&payload);
    let now = Timestamp::from_second(1_772_366_400);
    let reading = reader.read(std::slice::from_ref(&payload), now);
    if reading.platform.is_none() {
        assert_eq!(reading.health, Health::Unknown);
        assert!(!reading.problems.is_empty());
    }
    for report in &reading.incidents {
        let times: Vec<Timestamp> = report.updates.iter().filter_map(|update| update.at).collect();
        assert!(times.is_sorted());
    }
    assert!(serde_json::to_string(&reading).is_ok());
}
