//! What is not ready is seen, counted, and raised.

use std::time::Duration;

use tocsin_switchboard::readiness::{Alarm, Readiness, Report, Word};

const TIMEOUT: &str = "NOT_READY(config_timeout)";

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn report(widget: &str, build: u32, state: &str, missing: &[&str]) -> Report {
    let missing = missing.iter().map(|&name| name.to_owned()).collect();
    let (agent, widget_id) = (format!("agent-{widget}"), widget.to_owned());
    Report { agent, widget_id, build, stamp: None, state: state.to_owned(), missing }
}

#[test]
fn one_that_rejects_is_enough() {
    let mut readiness = Readiness::default();
    assert_eq!(readiness.reported(s(0), report("a", 7, "AVAILABLE", &[])), []);
    let words = readiness.reported(s(1), report("b", 8, "REJECTED", &["flags.codec"]));
    let alarm = |missing: &[&str], builds: &[u32], sessions| Alarm::Rejected {
        missing: missing.iter().map(|&name| name.to_owned()).collect(),
        builds: builds.iter().copied().collect(),
        sessions,
    };
    assert_eq!(words, [Word::Raised(alarm(&["flags.codec"], &[8], 1))]);
    assert_eq!(readiness.reported(s(2), report("c", 7, "REJECTED", &["hash"])), [], "it is raised already");
    assert_eq!(readiness.alarms(), [&alarm(&["flags.codec", "hash"], &[7, 8], 2)], "and says how far it goes");
    assert_eq!(readiness.reported(s(3), report("b", 8, "AVAILABLE", &[])), []);
    assert_eq!(readiness.gone(s(4), "c"), [Word::Cleared(alarm(&["hash"], &[7], 1))]);
    assert_eq!((readiness.counted()["REJECTED"], readiness.counted()["AVAILABLE"]), (2, 2));
    assert_eq!(readiness.sessions()[&(8, None, "AVAILABLE")], 1);
}

#[test]
fn two_without_a_configuration_or_one_for_long() {
    let missing = |builds: &[u32], sessions| Alarm::Missing { builds: builds.iter().copied().collect(), sessions };
    let mut readiness = Readiness::default();
    assert_eq!(readiness.reported(s(0), report("a", 7, TIMEOUT, &[])), []);
    assert_eq!(readiness.reported(s(1), report("b", 7, TIMEOUT, &[])), [Word::Raised(missing(&[7], 2))]);
    assert_eq!(readiness.reported(s(2), report("a", 7, "AVAILABLE", &[])), [], "one is left");
    let words = readiness.reported(s(3), report("b", 7, "AVAILABLE", &[]));
    assert_eq!(words, [Word::Cleared(missing(&[7], 1))]);
    readiness.reported(s(10), report("c", 9, TIMEOUT, &[]));
    assert_eq!(readiness.wake(s(10)), Some(s(40)));
    readiness.reported(s(20), report("c", 9, TIMEOUT, &[]));
    assert_eq!(readiness.tick(s(39)), []);
    assert_eq!(readiness.tick(s(40)), [Word::Raised(missing(&[9], 1))]);
}
