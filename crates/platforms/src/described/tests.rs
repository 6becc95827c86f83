//! Descriptions: what is refused, what is asked, and how a poll of a described page goes.

use serde_json::Value;
use tocsin_domain::{Answer, Health, HttpAnswer, Stage};

use super::*;
use crate::Done;

fn described(platform: Platform, json: Value) -> Result<Described, Vec<Fault>> {
    Described::new(platform, serde_json::from_value(json).unwrap())
}

fn board() -> Value {
    serde_json::json!({
        "anchor": "$.board",
        "components": {"from": "services.json", "list": "services", "name": "name", "status": "state"},
        "incidents": {"from": "services.json", "list": "trouble", "id": "id", "title": "title"},
        "words": {"health": {"up": "operational"}},
    })
}

fn page(address: &str) -> PageAddress {
    PageAddress { url: address.parse().unwrap() }
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn answered(ask: HttpAsk, status: u16, body: &str) -> Answered {
    let http = HttpAnswer { status, headers: Vec::new(), body: body.as_bytes().to_vec(), url: ask.url.clone() };
    Answered { ask, answer: Answer::Http(http) }
}

#[test]
fn every_fault_is_named_with_its_key() {
    let wrong = serde_json::json!({
        "version": 7,
        "anchor": "$",
        "from": "ftp://example.com/",
        "time_zone": "Mars/Olympus",
        "time_format": "%&",
        "overall": {"status": "$.a["},
        "components": {"list": "", "name": "$.x y"},
        "incidents": {"list": "@key", "id": "id", "title": "", "within": "main", "none_open": "great",
                      "updates": {"list": "u", "at": "", "body": "b"}},
        "words": {"health": {"up": "fine"}, "stage": {"x": "closed"}, "impact": {"y": "huge"}},
    });
    let faults = described(Platform::Json, wrong).unwrap_err();
    let keys: Vec<&str> = faults.iter().map(|fault| fault.key.as_str()).collect();
    for key in [
        "version",
        "anchor",
        "from",
        "time_zone",
        "time_format",
        "overall.status",
        "components.list",
        "components.name",
        "incidents.within",
        "incidents.list",
        "incidents.title",
        "incidents.none_open",
        "incidents.updates.at",
        "words.health.up",
        "words.stage.x",
        "words.impact.y",
    ] {
        assert!(keys.contains(&key), "{key} is not among {keys:?}");
    }
    let said = |key: &str| &faults.iter().find(|fault| fault.key == key).unwrap().text;
    assert_eq!(said("components.list"), "is missing");
    assert!(said("words.health.up").contains("`operational`"));
}

#[test]
fn a_web_page_needs_something_around_its_lists() {
    let json = serde_json::json!({
        "anchor": "h1",
        "incidents": {"list": "article", "id": "@id", "title": "h2"},
        "components": {"list": "li@class", "name": "b"},
    });
    let faults = described(Platform::Html, json).unwrap_err();
    assert!(faults.iter().any(|fault| fault.key == "incidents.within" && fault.text.contains("`main`")));
    assert!(faults.iter().any(|fault| fault.key == "components.list"));
    let nothing = described(Platform::Html, serde_json::json!({"anchor": "h1"})).unwrap_err();
    assert!(nothing[0].text.contains("describes nothing yet"));
    let mute = serde_json::json!({"anchor": "h1", "components": {"list": "li", "name": "."}});
    assert_eq!(described(Platform::Html, mute).unwrap_err()[0].key, "components.status");
    assert!(described(Platform::Feed, board()).is_err());
}

/// Whoever reads a description by [`TABLES`] knows every key of it.
#[test]
fn the_tables_name_every_key() {
    let text = |key: &str| Value::String(format!("$.{key}"));
    let mut whole = serde_json::Map::new();
    for Keys { table, keys } in TABLES {
        let mut at = &mut whole;
        for name in table.split('.').filter(|name| !name.is_empty()) {
            let next = at.entry(name).or_insert_with(|| Value::Object(serde_json::Map::new()));
            at = next.as_object_mut().unwrap();
        }
        for key in keys {
            let path = format!("{table}.{key}");
            let value = match *key {
                "version" => Value::from(VERSION),
                "all_open" => Value::Bool(false),
                "none_open" => Value::from("operational"),
                "time_zone" => Value::from("Europe/Prague"),
                "from" => Value::from("https://example.com/x.json"),
                _ => text(key),
            };
            assert!(FLAGS.contains(&path.as_str()) == value.is_boolean());
            at.insert((*key).to_owned(), value);
        }
    }
    let description: Description = serde_json::from_value(Value::Object(whole.clone())).unwrap();
    let mut again = serde_json::to_value(&description).unwrap();
    for words in again["words"].as_object_mut().unwrap().values_mut() {
        assert!(words.as_object().unwrap().is_empty());
    }
    assert_eq!(again, Value::Object(whole));
}

#[test]
fn addresses_below_beside_and_elsewhere() {
    let table = [
        ("https://s.example.com/", "a.json", "https://s.example.com/a.json"),
        ("https://s.example.com/harbour", "data/a.json", "https://s.example.com/harbour/data/a.json"),
        ("https://s.example.com/harbour/index.json", "a.json", "https://s.example.com/harbour/a.json"),
        ("https://s.example.com/harbour?x=1", "/api/a?y=2", "https://s.example.com/api/a?y=2"),
        ("https://s.example.com/harbour", "https://cdn.example.net/a", "https://cdn.example.net/a"),
    ];
    for (at, from, expected) in table {
        assert_eq!(address(&page(at), Some(from)), expected, "{from} of {at}");
    }
}

#[test]
fn one_address_is_asked_once_and_all_are_needed() {
    let reader = described(Platform::Json, board()).unwrap();
    let page = page("https://status.example.com/");
    let asks = Reader::begin(&reader, &page, &Memory::default(), now());
    let urls: Vec<&str> = asks.iter().map(|ask| ask.url.as_str()).collect();
    assert_eq!(urls, ["https://status.example.com/", "https://status.example.com/services.json"]);
    let next = |bodies: [(u16, &str); 2]| {
        let answers: Vec<Answered> =
            asks.iter().cloned().zip(bodies).map(|(ask, (status, body))| answered(ask, status, body)).collect();
        match Reader::next(&reader, &page, &Memory::default(), &answers, now()) {
            Turn::Done { done, .. } => done,
            Turn::More { .. } => panic!("more is asked"),
        }
    };
    let services = r#"{"services":[{"name":"Quay","state":"up"}],"trouble":[]}"#;
    let Done::Read(reading) = next([(200, r#"{"board":1}"#), (200, services)]) else { panic!("not read") };
    assert_eq!((reading.health, reading.components.len()), (Health::Operational, 1));
    let why = |done| match done {
        Done::Unreadable { code, reason } => (code, reason),
        other => panic!("{other:?}"),
    };
    let (code, reason) = why(next([(200, r#"{"other":1}"#), (200, services)]));
    assert_eq!(code, "not_recognised");
    assert!(reason.starts_with("The page lacks `$.board`, the anchor of its description."), "{reason}");
    assert_eq!(why(next([(200, r#"{"board":1}"#), (404, "{}")])).0, "not_recognised");
    assert_eq!(why(next([(200, r#"{"board":1}"#), (503, "")])).0, "unreachable");
    // One of two lists is gone: what is left is told, but nothing is well.
    let Done::Read(reading) = next([(200, r#"{"board":1}"#), (200, r#"{"services":[{"name":"Quay","state":"up"}]}"#)])
    else {
        panic!("not read")
    };
    assert_eq!((reading.health, reading.covers.open), (Health::Unknown, false));
}

/// What somebody describes anew is read anew, though the page says that nothing changed.
#[test]
fn nothing_changed_is_said_of_the_same_description_alone() {
    let json =
        serde_json::json!({"anchor": "a", "overall": {"status": "a"}, "words": {"health": {"x": "operational"}}});
    let reader = described(Platform::Json, json.clone()).unwrap();
    let page = page("https://status.example.com/");
    let ask = Reader::begin(&reader, &page, &Memory::default(), now()).remove(0);
    let first = Reader::next(&reader, &page, &Memory::default(), &[answered(ask.clone(), 200, r#"{"a":"x"}"#)], now());
    let Turn::Done { done: Done::Read(_), memory } = first else { panic!("not read") };
    let same = [Answered { ask, answer: Answer::NotModified }];
    let again = Reader::next(&reader, &page, &memory, &same, now());
    assert!(matches!(again, Turn::Done { done: Done::Unchanged, .. }));
    let mut other = json;
    other["words"]["health"]["x"] = Value::from("degraded");
    let other = described(Platform::Json, other).unwrap();
    assert!(matches!(Reader::next(&other, &page, &memory, &same, now()), Turn::More { fresh: true, .. }));
}

#[test]
fn without_a_description_a_page_says_what_to_do() {
    for platform in [Platform::Json, Platform::Html] {
        let reader = reader_for(platform, None);
        assert!(reader.begin(&page("https://status.example.com/"), &Memory::default(), now()).is_empty());
        let Turn::Done { done: Done::Unreadable { reason, .. }, .. } =
            reader.next(&page("https://status.example.com/"), &Memory::default(), &[], now())
        else {
            panic!("readable")
        };
        assert!(
            reason.starts_with("Nothing describes this page") && reason.contains("[provider.describe]"),
            "{reason}"
        );
        assert_eq!(reader.read(&[], now()).health, Health::Unknown);
    }
    let reader = described(Platform::Json, board()).unwrap();
    assert!(
        reader_for(Platform::Html, Some(&reader))
            .begin(&page("https://a.example/"), &Memory::default(), now())
            .is_empty()
    );
}

/// Times of a page in its own zone and its own way, in summer and in winter.
#[test]
fn times_are_read_as_the_page_writes_them() {
    let read = |zone: Option<&str>, format: Option<&str>, text: &str| {
        let mut json = serde_json::json!({
            "anchor": "a", "incidents": {"list": "i", "id": "id", "title": "id", "started_at": "at"},
        });
        let keys = [("time_zone", zone), ("time_format", format)];
        for (key, value) in keys.into_iter().filter_map(|(key, value)| Some((key, value?))) {
            json[key] = Value::from(value);
        }
        let reader = described(Platform::Json, json).unwrap();
        let bytes = serde_json::json!({"a": 1, "i": [{"id": "x", "at": text}]}).to_string().into_bytes();
        let reading = Reader::read(&reader, &[Payload { bytes, ..Payload::default() }], now());
        let assumed = reading.problems.iter().any(|problem| problem.code == "assumed_utc");
        (reading.incidents[0].started_at.map(|at| at.to_string()).unwrap_or_default(), assumed)
    };
    let table = [
        (None, None, "2026-02-10 12:00:00", "2026-02-10T12:00:00Z", true),
        (Some("Europe/Prague"), None, "2026-02-10 12:00:00", "2026-02-10T11:00:00Z", false),
        (Some("Europe/Prague"), None, "2025-07-10 12:00:00", "2025-07-10T10:00:00Z", false),
        (Some("Europe/Prague"), None, "2026-02-10T12:00:00Z", "2026-02-10T12:00:00Z", false),
        (Some("Europe/Prague"), Some("%d.%m.%Y %H:%M"), "10.02.2026 12:00", "2026-02-10T11:00:00Z", false),
        (None, Some("%d.%m.%Y %H:%M"), "10.02.2026 12:00", "2026-02-10T12:00:00Z", true),
        (None, Some("%d.%m.%Y %H:%M %z"), "10.02.2026 12:00 +0300", "2026-02-10T09:00:00Z", false),
        (Some("Europe/Prague"), Some("%d.%m.%Y"), "10.02.2026", "2026-02-09T23:00:00Z", false),
        (None, Some("%d.%m.%Y"), "2026-02-10T12:00:00Z", "2026-02-10T12:00:00Z", false),
        (None, None, "soon", "", false),
    ];
    for (zone, format, text, at, assumed) in table {
        assert_eq!(read(zone, format, text), (at.to_owned(), assumed), "{text} in {zone:?} by {format:?}");
    }
}

#[test]
fn classes_that_disagree_say_nothing() {
    let json = serde_json::json!({
        "anchor": "h1",
        "components": {"list": "li", "name": ".", "status": "@class"},
        "words": {"health": {"up": "operational", "fine": "operational", "down": "major_outage"}},
    });
    let reader = described(Platform::Html, json).unwrap();
    let read = |class: &str| {
        let html = format!("<!doctype html><html><body><h1>x</h1><li class='{class}'>Quay</li></body></html>");
        let payload = Payload { key: PAGE.to_owned(), bytes: html.into_bytes(), ..Payload::default() };
        Reader::read(&reader, &[payload], now()).health
    };
    assert_eq!(read("row up fine"), Health::Operational);
    assert_eq!(read("row DOWN"), Health::MajorOutage);
    assert_eq!(read("row up down"), Health::Unknown);
    assert_eq!(read("row"), Health::Unknown);
}

#[test]
fn endless_lists_are_cut_and_told() {
    let rows = (0..20_000).map(|n| format!("{{\"name\":\"n{n}\",\"state\":\"up\"}}")).collect::<Vec<_>>().join(",");
    let reader = described(
        Platform::Json,
        serde_json::json!({
            "anchor": "list",
            "components": {"list": "$.list[?@.state != 'gone']", "name": "name", "status": "state"},
            "words": {"health": {"up": "operational"}},
        }),
    );
    let payload = Payload { bytes: format!("{{\"list\":[{rows}]}}").into_bytes(), ..Payload::default() };
    let reading = Reader::read(&reader.unwrap(), &[payload], now());
    assert_eq!((reading.components.len(), reading.health), (5000, Health::Unknown));
    assert!(reading.problems[0].detail.contains("more than 5000 elements"));
}

/// An end that is still to come, and a word nobody knows behind an end, close nothing.
#[test]
fn only_an_end_that_was_said_is_one() {
    let json = serde_json::json!({
        "anchor": "a",
        "incidents": {"list": "i", "id": "id", "title": "id", "started_at": "from", "resolved_at": "to",
                      "updates": {"list": "u", "at": "at", "body": "text", "stage": "said"}},
        "words": {"stage": {"looking": "investigating", "over": "resolved", "more": "update"}},
    });
    let reader = described(Platform::Json, json).unwrap();
    let stage = |to: Option<&str>, said: &[&str]| {
        let update = |(minute, said): (usize, &&str)| serde_json::json!({"at": format!("2026-03-01T11:0{minute}:00Z"), "said": said, "text": "x"});
        let updates: Vec<Value> = said.iter().enumerate().map(update).collect();
        let row = serde_json::json!({"id": "x", "from": "2026-03-01T11:00:00Z", "to": to, "u": updates});
        let bytes = serde_json::json!({"a": 1, "i": [row]}).to_string().into_bytes();
        let reading = Reader::read(&reader, &[Payload { bytes, ..Payload::default() }], now());
        (reading.incidents[0].stage, reading.incidents[0].resolved_at.is_some())
    };
    let (looking, over) = ((Some(Stage::Investigating), false), (Some(Stage::Resolved), true));
    assert_eq!(stage(None, &["looking", "over"]), over);
    assert_eq!(stage(None, &["looking", "over", "more"]), over);
    assert_eq!(stage(None, &["looking", "over", "reopened"]), looking);
    assert_eq!(stage(Some("2026-03-01T11:30:00Z"), &["looking"]), over);
    assert_eq!(stage(Some("2026-03-01T18:00:00Z"), &["looking"]), looking);
    assert_eq!(stage(Some("2026-03-01T18:00:00Z"), &[]), looking);
}
