use tocsin_domain::exchange::HttpAsk;

use super::*;
use crate::judge::word;

fn judged(status: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answer = HttpAnswer { status, headers, body: body.as_bytes().to_vec(), ..HttpAnswer::default() };
    CHANNEL.judge(&Answer::Http(answer), Timestamp::from_second(0))
}

#[test]
fn a_table_of_answers() {
    let error = |message: &str| json!({ "message": message, "errors": [], "trackingId": "ROUTER_1" }).to_string();
    let table = [
        (200, r#"{"id":"m1","roomId":"r"}"#.to_owned(), "delivered"),
        (204, String::new(), "delivered"),
        (200, "<html>proxy</html>".to_owned(), "ambiguous"),
        (302, String::new(), "retry"),
        (400, error("The request entity is too large"), "reject"),
        (400, error("parentId is invalid"), "root_gone"),
        (404, error("Parent message not found"), "root_gone"),
        (401, error("The request requires a valid access token set in the Authorization request header."), "auth"),
        (403, error("The requested resource is forbidden"), "auth"),
        (404, error("Could not find a room with provided ID."), "gone"),
        (413, String::new(), "reject"),
        (423, String::new(), "retry"),
        (429, String::new(), "retry"),
        (500, String::new(), "retry"),
        (502, String::new(), "retry"),
    ];
    for (status, body, expected) in table {
        assert_eq!(word(&judged(status, &[], &body)), expected, "{status} {body}");
    }
    for status in [423, 429, 503] {
        assert_eq!(judged(status, &[("retry-after", "30")], ""), Outcome::RetryAfter { seconds: 30 }, "{status}");
    }
    assert_eq!(judged(200, &[], r#"{"id":"m1"}"#), Outcome::Delivered { remote: Some("m1".into()) });
}

fn asked(settings: &Value, root: Option<&str>) -> HttpAsk {
    let composed = crate::json_body(&json!({ "markdown": "words" }));
    let attempt = Attempt {
        delivery: uuid::Uuid::nil(),
        number: 1,
        event: "incident.updated",
        now: Timestamp::from_second(0),
        thread: "",
        root,
        latest: root,
    };
    match CHANNEL.ask(settings, &composed, &attempt, &Sender::default()) {
        Ask::Http(ask) => ask,
        Ask::Mail(_) => panic!("Webex takes no mail"),
    }
}

#[test]
fn a_bot_answers_and_a_webhook_posts() {
    let body = |ask: &HttpAsk| serde_json::from_slice::<Value>(&ask.body).unwrap();
    let answer = asked(&json!({ "token": "t", "room_id": "r" }), Some("m1"));
    assert_eq!(answer.url, "https://webexapis.com/v1/messages");
    assert_eq!(body(&answer), json!({ "markdown": "words", "roomId": "r", "parentId": "m1" }));
    assert!(answer.headers.contains(&("authorization".to_owned(), "Bearer t".to_owned())));
    let hook = asked(&json!({ "url": "https://webexapis.com/v1/webhooks/incoming/x" }), Some("m1"));
    assert_eq!(hook.url, "https://webexapis.com/v1/webhooks/incoming/x");
    assert_eq!(body(&hook), json!({ "markdown": "words" }));
}

#[test]
fn settings_that_pass_and_do_not() {
    let table = [
        (json!({ "token": "t", "room_id": "r" }), ""),
        (json!({ "url": "https://webexapis.com/v1/webhooks/incoming/x" }), ""),
        (json!({ "url": "http://127.0.0.1:9200/webex" }), ""),
        (json!({ "token": "t", "room_id": "r", "url": "http://127.0.0.1:9200/v1" }), ""),
        (json!({}), "token"),
        (json!({ "token": "t" }), "room_id"),
        (json!({ "room_id": "r" }), "token"),
        (json!({ "url": "https://example.com/hook" }), "url"),
        (json!({ "token": "t", "room_id": "r", "url": "https://example.com/v1" }), "url"),
        (json!({ "token": "t", "room_id": "r", "url": "https://webexapis.com/v1/webhooks/incoming/x" }), "url"),
    ];
    for (settings, wrong) in table {
        let problems = CHANNEL.validate(&settings);
        let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(keys.join(" "), wrong, "{settings}: {problems:?}");
    }
}

#[test]
fn secrets_are_cut() {
    let given = json!({ "token": "s3cr3t", "url": "https://webexapis.com/v1/webhooks/incoming/s3cr3t" });
    let shown = json!({ "token": "••••", "url": "https://webexapis.com/v1/webhooks/incoming/••••" });
    assert_eq!(CHANNEL.redacted(&given), shown);
}

#[test]
fn without_marks_the_words_are_still_there() {
    let message = crate::json_body(&json!({ "markdown": "🟡 **Kustomer**\n\n> It is \\*slow\\*" }));
    let plain: Value = serde_json::from_slice(&CHANNEL.plainer(&message).unwrap().body).unwrap();
    assert_eq!(plain, json!({ "text": "🟡 Kustomer\n\n> It is *slow*" }));
}
