//! What holds for whatever arrives, checked by every target.

use std::sync::LazyLock;

use tocsin_domain::{Health, Timestamp};
use tocsin_platforms::{Payload, Platform};

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

/// Reads an input with that platform's reader.
pub fn read(data: &[u8]) {
    let payload = payload(data);
    let reader = PLATFORM.reader();
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
