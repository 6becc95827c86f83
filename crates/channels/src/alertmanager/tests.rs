use serde_json::json;
use tocsin_domain::HttpAnswer;

use super::*;

fn judged(status: u16, body: &str) -> &'static str {
    let answer = Answer::Http(HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() });
    crate::judge::word(&CHANNEL.judge(&answer, Timestamp::from_second(0)))
}

#[test]
fn a_table_of_answers() {
    let table = [
        (200, "", "delivered"),
        (302, "", "retry"),
        (400, r#""at least one label pair required""#, "reject"),
        (401, "", "auth"),
        (404, "", "gone"),
        (413, "", "reject"),
        (429, "", "retry"),
        (500, "", "retry"),
        (503, "", "retry"),
    ];
    for (status, body, word) in table {
        assert_eq!(judged(status, body), word, "{status} {body}");
    }
}

#[test]
fn settings_that_pass_and_do_not() {
    let peer = "https://am.example.com";
    let table = [
        (json!({ "urls": [peer] }), ""),
        (json!({ "urls": ["http://10.0.0.7:9093", "http://am-1:9093/path/"] }), ""),
        (json!({ "urls": [peer], "labels": ["severity=critical", "team = desk"] }), ""),
        (json!({ "urls": [peer], "token": "abc" }), ""),
        (json!({ "urls": [peer], "user": "tocsin", "password": "s3cr3t" }), ""),
        (json!({ "urls": [] }), "`urls` names nobody"),
        (json!({}), "`urls` is missing"),
        (json!({ "urls": ["http://am.example.com"] }), "plain http is for private addresses"),
        (json!({ "urls": ["https://a:b@am.example.com"] }), "user name or password"),
        (json!({ "urls": [peer, peer] }), "named twice"),
        (json!({ "urls": ["https://am.example.com/api/v2/alerts"] }), "the address that a browser opens"),
        (json!({ "urls": [peer], "labels": ["critical"] }), "write name=value"),
        (json!({ "urls": [peer], "labels": ["1st=x"] }), "cannot name a label"),
        (json!({ "urls": [peer], "labels": ["incident=x"] }), "Tocsin's own"),
        (json!({ "urls": [peer], "labels": ["team="] }), "has no value"),
        (json!({ "urls": [peer], "token": "a b" }), "copy it again"),
        (json!({ "urls": [peer], "token": "a", "user": "b", "password": "c" }), "not both"),
        (json!({ "urls": [peer], "user": "b" }), "go together"),
    ];
    for (settings, wrong) in table {
        let problems = CHANNEL.validate(&settings);
        let text: Vec<&str> = problems.iter().map(|one| one.detail.as_str()).collect();
        assert_eq!(text.is_empty(), wrong.is_empty(), "{settings}: {text:?}");
        assert!(wrong.is_empty() || text.iter().any(|text| text.contains(wrong)), "{settings}: {text:?}");
    }
}

fn asked(alert: &Value, now: i64) -> Value {
    let composed = Composed { to: "http://am:9093".to_owned(), ..crate::json_body(alert) };
    let attempt = Attempt {
        delivery: uuid::Uuid::nil(),
        number: 1,
        event: "",
        now: Timestamp::from_second(now),
        thread: "",
        root: None,
        latest: None,
    };
    let settings = json!({ "urls": ["http://am:9093"], "user": "tocsin", "password": "pw" });
    let Ask::Http(ask) = CHANNEL.ask(&settings, &composed, &attempt, &Sender::default()) else { panic!() };
    assert_eq!(ask.url, "http://am:9093/api/v2/alerts");
    assert!(ask.headers.contains(&("authorization".to_owned(), "Basic dG9jc2luOnB3".to_owned())), "{:?}", ask.headers);
    serde_json::from_slice(&ask.body).unwrap()
}

#[test]
fn what_fires_is_given_a_day_more_with_each_word() {
    let firing = json!({ "labels": { "alertname": "A" }, "startsAt": "1970-01-01T00:00:05Z" });
    assert_eq!(asked(&firing, 10)[0]["endsAt"], "1970-01-02T00:00:10Z");
    assert_eq!(asked(&firing, 70)[0]["endsAt"], "1970-01-02T00:01:10Z");
    let over =
        json!({ "labels": { "alertname": "A" }, "startsAt": "1970-01-01T00:00:05Z", "endsAt": "1970-01-01T00:00:09Z" });
    assert_eq!(asked(&over, 70)[0]["endsAt"], "1970-01-01T00:00:09Z");
}

#[test]
fn what_ended_without_a_word_is_ended_once() {
    let firing = crate::json_body(&json!({ "labels": { "alertname": "A" }, "startsAt": "1970-01-01T00:05:00Z" }));
    let table = [(400, "1970-01-01T00:05:00Z"), (300, "1970-01-01T00:04:59Z"), (100, "1970-01-01T00:01:39Z")];
    for (at, began) in table {
        let ended = CHANNEL.ended(&firing, Timestamp::from_second(at)).unwrap();
        let alert: Value = serde_json::from_slice(&ended.body).unwrap();
        assert_eq!(alert["startsAt"], began, "an alert must not end before it began");
        assert_eq!(CHANNEL.ended(&ended, Timestamp::from_second(at)), None);
    }
}

#[test]
fn secrets_are_not_shown() {
    let settings = json!({ "urls": ["http://am:9093"], "token": "s3cr3t", "password": "s3cr3t" });
    let shown = CHANNEL.redacted(&settings);
    assert_eq!(shown, json!({ "urls": ["http://am:9093"], "token": "••••", "password": "••••" }));
}
