//! Every case is detected as its platform and read as its snapshot says. `INSTA_UPDATE=always` accepts what was reviewed.

mod common;

use std::path::Path;

use tocsin_domain::{Health, Reading};
use tocsin_platforms::{ALL, Payload, detect};

#[test]
fn readings_are_as_reviewed() {
    for case in common::all() {
        let reading = case.reader().read(&case.payloads, case.now);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(&case.name));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_json_snapshot!("reading", reading));
    }
}

#[test]
fn the_bytes_say_which_platform_made_them() {
    for case in common::all() {
        // Without the keys of asks: as from files on disk.
        let payloads: Vec<Payload> = case
            .payloads
            .iter()
            .map(|payload| Payload { bytes: payload.bytes.clone(), ..Payload::default() })
            .collect();
        let found = detect::of_payloads(&payloads).map(|(platform, _)| platform);
        let readable = case.reader().read(&case.payloads, case.now).platform.is_some();
        match &case.described {
            None => assert_eq!(found, readable.then_some(case.platform), "{}", case.name),
            // Nobody knows such a page but whoever described it.
            Some(_) => {
                assert_eq!(found, None, "{}", case.name);
                let ours = payloads.iter().any(|payload| case.reader().recognise(payload).is_some());
                assert_eq!(ours, readable, "{}", case.name);
            }
        }
    }
}

#[test]
fn the_order_of_payloads_does_not_matter() {
    for case in common::all() {
        let read = |payloads: &[Payload]| sorted(case.reader().read(payloads, case.now));
        let expected = read(&case.payloads);
        let mut payloads = case.payloads.clone();
        for _ in 0..payloads.len() {
            payloads.rotate_left(1);
            assert_eq!(read(&payloads), expected, "{}", case.name);
            let reversed: Vec<Payload> = payloads.iter().rev().cloned().collect();
            assert_eq!(read(&reversed), expected, "{}, reversed", case.name);
        }
    }
}

#[test]
fn what_is_not_recognised_is_never_healthy() {
    for case in common::all() {
        let reading = case.reader().read(&case.payloads, case.now);
        let strange = reading.problems.iter().any(|problem| problem.code == "not_recognised");
        assert!(!strange || reading.health != Health::Operational, "{}", case.name);
        if reading.platform.is_none() {
            assert_eq!(reading.health, Health::Unknown, "{}", case.name);
            assert!(!reading.problems.is_empty(), "{}: unknown, and nothing says why", case.name);
        }
    }
}

#[test]
fn every_platform_has_cases() {
    let cases = common::all();
    for platform in ALL {
        let own: Vec<_> = cases.iter().filter(|case| case.platform == *platform).collect();
        assert!(!own.is_empty(), "cases/{} is missing", platform.name());
        let healths: Vec<Health> = own.iter().map(|case| case.reader().read(&case.payloads, case.now).health).collect();
        assert!(healths.contains(&Health::Unknown), "cases/{}: no case is unreadable", platform.name());
        assert!(
            healths.iter().any(|health| *health >= Health::Degraded) || platform.name() == "feed",
            "cases/{}: no case is ill",
            platform.name()
        );
    }
}

/// Problems are told in the order of the payloads; nothing else may depend on it.
fn sorted(mut reading: Reading) -> Reading {
    reading.problems.sort();
    reading
}
