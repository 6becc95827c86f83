//! Whatever arrives: no reader panics, and none finds health where the format's anchor is gone.

mod common;

use std::path::Path;

use common::Case;
use proptest::prelude::*;
use serde_json::Value;
use tocsin_domain::{Health, Reading};
use tocsin_platforms::kit::decode;
use tocsin_platforms::kit::simple::Body;
use tocsin_platforms::{ALL, Payload, Platform, detect};

fn cases() -> &'static [Case] {
    static CASES: std::sync::LazyLock<Vec<Case>> = std::sync::LazyLock::new(common::all);
    &CASES
}

/// One payload of one case, by number.
fn payload(number: usize) -> (&'static Case, &'static Payload) {
    let all: Vec<_> =
        cases().iter().flat_map(|case| case.payloads.iter().map(move |payload| (case, payload))).collect();
    all[number % all.len()]
}

/// Read by the reader it was made for.
fn read(case: &Case, payload: &Payload, bytes: Vec<u8>) -> Reading {
    case.reader().read(&[Payload { bytes, ..payload.clone() }], case.now)
}

/// Read by every reader, and judged by the detection.
fn read_by_all(bytes: &[u8], key: &str) -> Vec<(&'static str, Reading)> {
    let payload = Payload { key: key.to_owned(), bytes: bytes.to_vec(), ..Payload::default() };
    let _ = detect::of_payloads(std::slice::from_ref(&payload));
    let now = cases()[0].now;
    let text = decode::text(&payload);
    let body = Body::of(&text);
    // Whoever parses a body like everybody else looks no further than the parsed one where it is none of his.
    let reads = |platform: &&Platform| {
        let reader = platform.reader();
        OF_THEIR_OWN.contains(&platform.name()) || reader.recognise_body(&payload, &body).is_some()
    };
    let read = |platform: &Platform| (platform.name(), platform.reader().read(std::slice::from_ref(&payload), now));
    ALL.iter().filter(reads).map(read).collect()
}

/// Readers with parsers of their own.
const OF_THEIR_OWN: [&str; 6] = ["statuspage", "incidentio", "instatus", "cachet", "aws", "feed"];

/// The JSON of a payload, if it is JSON.
fn json(payload: &Payload) -> Option<Value> {
    serde_json::from_str(&tocsin_platforms::kit::decode::text(payload)).ok()
}

/// Every place in a JSON value, as pointers.
fn places(value: &Value) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![(String::new(), value)];
    while let Some((place, value)) = open.pop() {
        match value {
            Value::Object(fields) => {
                for (key, value) in fields {
                    open.push((format!("{place}/{}", key.replace('~', "~0").replace('/', "~1")), value));
                }
            }
            Value::Array(items) => {
                // The rows of a list are alike: the first two and the last speak for all.
                let spoken_for = |(index, _): &(usize, &Value)| *index < 2 || *index + 1 == items.len();
                let rows = items.iter().enumerate().filter(spoken_for);
                open.extend(rows.map(|(index, item)| (format!("{place}/{index}"), item)));
            }
            _ => {}
        }
        found.push(place);
    }
    found
}

#[derive(Clone, Copy, Debug)]
enum Harm {
    Drop,
    Null,
    Number,
    Text,
    List,
    Object,
}

const HARMS: [Harm; 6] = [Harm::Drop, Harm::Null, Harm::Number, Harm::Text, Harm::List, Harm::Object];

fn harmed(mut value: Value, place: &str, harm: Harm) -> Value {
    if place.is_empty() && matches!(harm, Harm::Drop) {
        value = Value::Null;
    } else if matches!(harm, Harm::Drop) {
        let (parent, key) = place.rsplit_once('/').unwrap_or(("", ""));
        let key = key.replace("~1", "/").replace("~0", "~");
        match value.pointer_mut(parent) {
            Some(Value::Object(fields)) => drop(fields.remove(&key)),
            Some(Value::Array(items)) => {
                drop(key.parse().ok().filter(|at| *at < items.len()).map(|at: usize| items.remove(at)))
            }
            _ => value = Value::Null,
        }
    } else if let Some(target) = value.pointer_mut(place) {
        *target = match harm {
            Harm::Null | Harm::Drop => Value::Null,
            Harm::Number => Value::from(-7),
            Harm::Text => Value::from("\u{202e}what is this"),
            Harm::List => Value::Array(vec![Value::from(1), Value::Null]),
            Harm::Object => serde_json::json!({"value": {}}),
        };
    }
    value
}

/// The places that a pointer with `*` in it means: `/data/*/status`.
fn meant(value: &Value, pattern: &str) -> Vec<String> {
    let mut found = vec![String::new()];
    for part in pattern.split('/').skip(1) {
        let step = |place: &String| -> Vec<String> {
            match (part, value.pointer(place)) {
                ("*", Some(Value::Array(items))) => (0..items.len()).map(|index| format!("{place}/{index}")).collect(),
                ("*", Some(Value::Object(fields))) => fields.keys().map(|key| format!("{place}/{key}")).collect(),
                _ => vec![format!("{place}/{part}")],
            }
        };
        found = found.iter().flat_map(step).collect();
    }
    found.retain(|place| value.pointer(place).is_some());
    found
}

/// What `cases/<platform>/<file>` lists: the key of a payload and a place in it (`components /data/*/status`).
fn listed_in(platform: Platform, file: &str) -> Vec<(String, String)> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases").join(platform.name()).join(file);
    let text = std::fs::read_to_string(path).unwrap_or_default();
    text.lines().map(|line| line.split_once(' ').map_or((line, ""), |both| both)).map(owned).collect()
}

fn owned((key, place): (&str, &str)) -> (String, String) {
    (key.to_owned(), place.to_owned())
}

/// Every place that a file of the platform lists and a payload of a case has.
fn listed(file: &str) -> Vec<(&'static Case, &'static Payload, Value, String)> {
    let mut found = Vec::new();
    for case in cases() {
        let places = listed_in(case.platform, file);
        for payload in &case.payloads {
            let Some(value) = json(payload) else { continue };
            for (_, pattern) in places.iter().filter(|(key, _)| *key == payload.key) {
                found.extend(meant(&value, pattern).into_iter().map(|place| (case, payload, value.clone(), place)));
            }
        }
    }
    found
}

/// Fields without which a document is not the platform's.
#[test]
fn without_its_anchor_nothing_is_healthy() {
    let listed = listed("anchors.txt");
    assert!(listed.len() > 30, "only {} anchors are listed", listed.len());
    for (case, payload, value, place) in listed {
        // A number or a text in its place may be a new word, which the next test is about.
        for harm in [Harm::Drop, Harm::Null, Harm::Object] {
            let reading = read(case, payload, serde_json::to_vec(&harmed(value.clone(), &place, harm)).unwrap());
            let what = format!("{}: {harm:?} at `{place}` of {}", case.name, payload.key);
            assert_ne!(reading.health, Health::Operational, "{what}");
            assert!(!reading.problems.is_empty(), "{what} is not told");
        }
    }
}

/// A status that nobody knows never counts as well.
#[test]
fn a_new_word_is_never_healthy() {
    let listed = listed("words.txt");
    assert!(listed.len() > 10, "only {} words are listed", listed.len());
    for (case, payload, value, place) in listed {
        // Containers and switched-off rows have no status of their own.
        let row = place.rsplit_once('/').and_then(|(row, _)| value.pointer(row));
        let is_not = |key: &str, is: bool| row.and_then(|row| row.get(key)) == Some(&Value::Bool(is));
        if is_not("group", true) || is_not("enabled", false) {
            continue;
        }
        for harm in HARMS {
            let reading = read(case, payload, serde_json::to_vec(&harmed(value.clone(), &place, harm)).unwrap());
            assert_ne!(reading.health, Health::Operational, "{}: {harm:?} at `{place}` of {}", case.name, payload.key);
        }
    }
}

/// Updates mean the same in whatever order they stand, and said twice: `updates.txt` names the lists of them.
#[test]
fn the_order_of_updates_does_not_matter() {
    let listed = listed("updates.txt");
    assert!(listed.len() > 20, "only {} lists of updates are named", listed.len());
    for (case, payload, value, place) in listed {
        let told = |value: &Value| {
            let reading = read(case, payload, serde_json::to_vec(value).unwrap());
            (reading.health, reading.incidents, reading.maintenances)
        };
        let changed = |change: &dyn Fn(&mut Vec<Value>)| {
            let mut value = value.clone();
            if let Some(Value::Array(updates)) = value.pointer_mut(&place) {
                change(updates);
            }
            value
        };
        let expected = told(&value);
        let what = format!("{} at `{place}` of {}", case.name, payload.key);
        assert_eq!(told(&changed(&|updates| updates.reverse())), expected, "{what}, reversed");
        assert_eq!(told(&changed(&|updates| updates.sort_by_key(Value::to_string))), expected, "{what}, shuffled");
        assert_eq!(told(&changed(&|updates| updates.extend(updates.clone()))), expected, "{what}, said twice");
    }
}

/// Every field of every case, dropped, emptied and retyped: one after the other, not by chance.
#[test]
fn every_field_may_be_anything() {
    let half = |odd: usize| {
        for case in cases().iter().skip(odd).step_by(2) {
            for payload in &case.payloads {
                let Some(value) = json(payload) else { continue };
                for place in places(&value) {
                    for harm in HARMS {
                        let bytes = serde_json::to_vec(&harmed(value.clone(), &place, harm)).unwrap();
                        sane(&read(case, payload, bytes));
                    }
                }
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(|| half(0));
        half(1);
    });
}

/// A part of JSON is no JSON, half a feed is no feed, and half a page is no page.
#[test]
fn no_beginning_of_a_payload_is_healthy() {
    for case in cases() {
        for payload in &case.payloads {
            let whole = payload.bytes.trim_ascii_end();
            for length in (0..whole.len()).step_by((whole.len() / 200).max(1)) {
                let reading = read(case, payload, whole[..length].to_vec());
                assert_ne!(
                    reading.health,
                    Health::Operational,
                    "{}: the first {length} bytes of {}",
                    case.name,
                    payload.key
                );
            }
        }
    }
}

/// Whatever takes time with the square of its length would take minutes here.
#[test]
fn endless_lists_take_no_endless_time() {
    const MANY: usize = 12_000;
    let list = |item: &dyn Fn(usize) -> String| (0..MANY).map(item).collect::<Vec<_>>().join(",");
    // XML is slow to read in the first place.
    let feed = |item: &dyn Fn(usize) -> String| {
        let items: String = (0..MANY / 8).map(item).collect();
        format!("<rss version=\"2.0\"><channel><title>T</title>{items}</channel></rss>")
    };
    let page = "\"page\":{\"id\":\"q7wl2m4xk9td\"},\"status\":{\"indicator\":\"none\"}";
    let update = |n: usize| format!("{{\"id\":\"u{n}\",\"status\":\"update\"}}");
    let no_id = |_: usize| "{\"created_at\":\"2026-01-01T00:00:00Z\"}".to_owned();
    let row = |n: usize| format!("{{\"id\":\"c{n}\",\"name\":\"n\",\"status\":\"1\",\"group_id\":0,\"enabled\":true}}");
    let event = |n: usize| format!("{{\"arn\":\"arn:{n}\",\"service\":\"s{n}\",\"summary\":\"x\",\"status\":\"3\"}}");
    let entry =
        |n: usize| format!("<item><title>t{n}</title><link>https://a.example/i/1</link><guid>g{n}</guid></item>");
    let bodies = [
        ("summary", format!("{{{page},\"incidents\":[{{\"id\":\"i\",\"incident_updates\":[{}]}}]}}", list(&update))),
        ("summary", format!("{{{page},\"incidents\":[{{\"id\":\"i\",\"incident_updates\":[{}]}}]}}", list(&no_id))),
        ("summary", format!("{{{page},\"incidents\":[{}],\"components\":[{}]}}", list(&row), list(&row))),
        (
            "components",
            format!("{{\"meta\":{{\"pagination\":{{\"total_pages\":9999999999}}}},\"data\":[{}]}}", list(&row)),
        ),
        ("currentevents", format!("[{}]", list(&event))),
        ("history", feed(&entry)),
        ("history", feed(&|n| format!("<item><title>Resolved</title><guid>x#s_{}</guid></item>", 1_700_000_000 + n))),
        ("page", "<div><b>".repeat(MANY)),
        ("page", format!("<html>class=\"page-status status-none\"/history.atom{}</html>", "<p><b a=1>".repeat(MANY))),
    ];
    for (key, body) in bodies {
        for (_, reading) in read_by_all(body.as_bytes(), key) {
            sane(&reading);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for (platform, reading) in read_by_all(&bytes, "") {
            prop_assert_ne!(reading.health, Health::Operational, "{}", platform);
            prop_assert!(!reading.problems.is_empty(), "{}", platform);
        }
    }

    #[test]
    fn any_text_with_marks_is_survived(text in "(\\PC|[<>{}\\[\\]&;:,\"'/ \n]|<rss>|<item>|</item>|<small>|</small>|&lt;|CDATA|Feb 3, 10:00 UTC|\\{\"page\":){0,120}") {
        for (_, reading) in read_by_all(text.as_bytes(), "summary") {
            sane(&reading);
        }
    }

    #[test]
    fn flipped_bytes_are_survived(number in any::<usize>(), flips in proptest::collection::vec((any::<usize>(), any::<u8>()), 1..12)) {
        let (case, payload) = payload(number);
        let mut bytes = payload.bytes.clone();
        for (at, byte) in flips {
            let length = bytes.len().max(1);
            if let Some(place) = bytes.get_mut(at % length) {
                *place = byte;
            }
        }
        sane(&read(case, payload, bytes.clone()));
        read_by_all(&bytes, &payload.key);
    }

    #[test]
    fn cut_and_spliced_payloads_are_survived(one in any::<usize>(), other in any::<usize>(), head in any::<usize>(), tail in any::<usize>()) {
        let (case, first) = payload(one);
        let (_, second) = payload(other);
        let head = head % (first.bytes.len() + 1);
        let tail = tail % (second.bytes.len() + 1);
        let bytes = [&first.bytes[..head], &second.bytes[tail..]].concat();
        sane(&read(case, first, bytes.clone()));
        read_by_all(&bytes, &first.key);
    }

    #[test]
    fn several_harmed_fields_are_survived(number in any::<usize>(), harms in proptest::collection::vec((any::<usize>(), 0..HARMS.len()), 1..8)) {
        let (case, payload) = payload(number);
        if let Some(mut value) = json(payload) {
            for (place, harm) in harms {
                let places = places(&value);
                value = harmed(value.clone(), &places[place % places.len()], HARMS[harm]);
            }
            let bytes = serde_json::to_vec(&value).unwrap();
            sane(&read(case, payload, bytes.clone()));
            read_by_all(&bytes, &payload.key);
        }
    }
}

/// What holds for every reading, whatever was read.
fn sane(reading: &Reading) {
    if reading.platform.is_none() {
        assert_eq!(reading.health, Health::Unknown);
        assert!(!reading.problems.is_empty());
    }
    for report in &reading.incidents {
        let times: Vec<_> = report.updates.iter().filter_map(|update| update.at).collect();
        assert!(times.is_sorted(), "{report:?}");
        assert!(report.is_closed() || report.resolved_at.is_none(), "{report:?}");
        let mut ids: Vec<_> = report.updates.iter().map(|update| &update.id).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), report.updates.len(), "{report:?}");
    }
    let _ = serde_json::to_string(reading).unwrap();
}
