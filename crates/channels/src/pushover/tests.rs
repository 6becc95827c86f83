use serde_json::json;

use super::*;

const TOKEN: &str = "azGDORePK8gMaC0QOYAMyEEuzJnyUi";

fn judged(status: u16, url: &str, body: &str, header: Option<(&str, &str)>) -> Outcome {
    let headers = header.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect();
    let answer = HttpAnswer { status, headers, body: body.as_bytes().to_vec(), url: url.to_owned() };
    CHANNEL.judge(&Answer::Http(answer), Timestamp::from_second(1_000))
}

#[test]
fn a_table_of_answers() {
    let send = "https://api.pushover.net/1/messages.json";
    let cancel = "https://api.pushover.net/1/receipts/r1/cancel.json";
    let table = [
        (200, send, r#"{"status":1,"request":"5042853c"}"#, "delivered"),
        (200, send, r#"{"status":0,"errors":["message is blank"]}"#, "reject"),
        (200, send, "<html>", "ambiguous"),
        (400, send, r#"{"token":"invalid","errors":["application token is invalid"],"status":0}"#, "auth"),
        (400, send, r#"{"user":"invalid","errors":["user identifier is not valid"],"status":0}"#, "auth"),
        (400, send, r#"{"message":"cannot be blank","errors":["message cannot be blank"],"status":0}"#, "reject"),
        (429, send, r#"{"status":0,"errors":["quota"]}"#, "retry"),
        (500, send, "", "retry"),
        (200, cancel, r#"{"status":1,"request":"5042853c"}"#, "delivered"),
        (
            404,
            cancel,
            r#"{"receipt":"not found","errors":["receipt not found; may be expired"],"status":0}"#,
            "superseded",
        ),
        (400, cancel, r#"{"token":"invalid","errors":["application token is invalid"],"status":0}"#, "auth"),
        (503, cancel, "", "retry"),
    ];
    for (status, url, body, word) in table {
        assert_eq!(crate::judge::word(&judged(status, url, body, None)), word, "{status} {url} {body}");
    }
}

#[test]
fn an_emergency_is_remembered_by_its_receipt_and_a_spent_quota_is_waited_for() {
    let kept = judged(200, "", r#"{"status":1,"receipt":"rLqVuqTRh62UzxtmqiaLzQmVcPgiCy"}"#, None);
    assert_eq!(kept, Outcome::Delivered { remote: Some("rLqVuqTRh62UzxtmqiaLzQmVcPgiCy".into()) });
    for (reset, seconds) in [("1090", 90), ("999999999", 3_600), ("10", 1)] {
        let spent = judged(429, "", r#"{"status":0}"#, Some(("x-limit-app-reset", reset)));
        assert_eq!(spent, Outcome::RetryAfter { seconds }, "{reset}");
    }
}

#[test]
fn settings_that_pass_and_do_not() {
    let table = [
        (json!({ "token": TOKEN, "user": TOKEN }), 0),
        (json!({ "token": TOKEN, "user": TOKEN, "device": ["a", "b-c"], "sound": "siren" }), 0),
        (json!({ "token": TOKEN, "user": TOKEN, "url": "http://127.0.0.1:9200/pushover" }), 0),
        (json!({ "token": TOKEN, "user": TOKEN, "url": "https://evil.example/" }), 1),
        (json!({ "token": "short", "user": "uQiRzpo4DXghDmr9QzzfQu27cmVRs!" }), 2),
        (json!({ "token": TOKEN, "user": TOKEN, "device": ["my phone"], "sound": "a b" }), 2),
        (json!({}), 2),
    ];
    for (settings, mistakes) in table {
        let problems = CHANNEL.validate(&settings);
        assert_eq!(problems.len(), mistakes, "{settings}: {problems:?}");
    }
}

#[test]
fn keys_are_cut() {
    let shown = CHANNEL.redacted(&json!({ "token": TOKEN, "user": TOKEN, "sound": "siren" }));
    assert_eq!(shown, json!({ "token": "••••", "user": "••••", "sound": "siren" }));
}

#[test]
fn what_rings_is_silenced_by_its_receipt_or_by_its_tag() {
    let silence = crate::json_body(&json!({ "cancel": "ab12" }));
    let attempt = |root| Attempt {
        delivery: uuid::Uuid::nil(),
        number: 1,
        event: "incident.resolved",
        now: Timestamp::from_second(0),
        thread: "ab12",
        root,
        latest: root,
    };
    let settings = json!({ "token": TOKEN, "user": TOKEN });
    let asked = |root| match CHANNEL.ask(&settings, &silence, &attempt(root), &Sender::default()) {
        Ask::Http(http) => (http.url, String::from_utf8(http.body).unwrap()),
        Ask::Mail(_) => panic!("no mail"),
    };
    let body = json!({ "token": TOKEN }).to_string();
    assert_eq!(asked(Some("r1")), ("https://api.pushover.net/1/receipts/r1/cancel.json".to_owned(), body.clone()));
    for root in [None, Some("../messages")] {
        assert_eq!(
            asked(root),
            ("https://api.pushover.net/1/receipts/cancel_by_tag/ab12.json".to_owned(), body.clone())
        );
    }
}
