use serde_json::json;
use tocsin_domain::{Failure, FailureKind};

use super::*;

fn judged(status: u16, body: &str) -> &'static str {
    let answer = Answer::Http(HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() });
    crate::judge::word(&CHANNEL.judge(&answer, Timestamp::from_second(0)))
}

#[test]
fn a_table_of_answers() {
    let table = [
        (202, r#"{"status":"success","message":"Event processed","dedup_key":"k"}"#, "delivered"),
        (202, r#"{"message":"Change event processed","status":"success"}"#, "delivered"),
        (200, "<html>proxy</html>", "ambiguous"),
        (202, "", "ambiguous"),
        (302, "", "retry"),
        (
            400,
            r#"{"status":"invalid event","message":"Event object is invalid","errors":["summary is missing"]}"#,
            "reject",
        ),
        (400, r#"{"status":"invalid event","errors":["Invalid routing key"]}"#, "auth"),
        (400, r#"{"errors":["Length of 'routing_key' is incorrect (should be 32 characters)"]}"#, "auth"),
        (403, "", "auth"),
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
fn the_key_of_the_alert_is_kept() {
    let body = br#"{"status":"success","dedup_key":"abc"}"#.to_vec();
    let answer = Answer::Http(HttpAnswer { status: 202, body, ..HttpAnswer::default() });
    let outcome = CHANNEL.judge(&answer, Timestamp::from_second(0));
    assert_eq!(outcome, Outcome::Delivered { remote: Some("abc".into()) });
}

#[test]
fn what_may_have_arrived_is_said() {
    let failure = Failure { kind: FailureKind::Timeout, detail: "no answer".into(), sent: true };
    let outcome = CHANNEL.judge(&Answer::Failed(failure), Timestamp::from_second(0));
    assert_eq!(outcome, Outcome::Ambiguous { detail: "no answer".into() });
}

#[test]
fn settings_that_pass_and_do_not() {
    let key = "0123456789abcdef0123456789ABCDEF";
    let table = [
        (json!({ "routing_key": key }), ""),
        (json!({ "routing_key": key, "url": "https://events.eu.pagerduty.com" }), ""),
        (json!({ "routing_key": key, "url": "https://events.pagerduty.com/", "updates": "yes" }), ""),
        (json!({ "routing_key": key, "url": "http://127.0.0.1:9200/pd" }), ""),
        (json!({ "routing_key": key, "url": "https://events.pagerduty.com/v2/enqueue" }), "no Events API"),
        (json!({ "routing_key": key, "url": "https://example.com" }), "no Events API"),
        (json!({ "routing_key": key, "updates": "sometimes" }), "\"yes\" or \"no\""),
        (json!({ "routing_key": "R0123" }), "32 letters and digits"),
        (json!({ "routing_kye": key }), "did you mean `routing_key`?"),
        (json!({}), "`routing_key` is missing"),
    ];
    for (settings, wrong) in table {
        let problems = CHANNEL.validate(&settings);
        let text: Vec<&str> = problems.iter().map(|one| one.detail.as_str()).collect();
        assert_eq!(text.is_empty(), wrong.is_empty(), "{settings}: {text:?}");
        assert!(wrong.is_empty() || text.iter().any(|text| text.contains(wrong)), "{settings}: {text:?}");
    }
}

#[test]
fn the_key_is_not_shown() {
    let shown = CHANNEL.redacted(&json!({ "routing_key": "0123456789abcdef0123456789abcdef", "updates": "yes" }));
    assert_eq!(shown, json!({ "routing_key": "••••", "updates": "yes" }));
}
