use tocsin_domain::exchange::HttpAsk;

use super::*;
use crate::judge::word;

fn judged(status: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answer = HttpAnswer { status, headers, body: body.as_bytes().to_vec(), ..HttpAnswer::default() };
    CHANNEL.judge(&Answer::Http(answer), Timestamp::from_second(1_000_000))
}

#[test]
fn a_table_of_answers() {
    let error = |error: &str, kind: &str| json!({ "success": false, "error": error, "errorType": kind }).to_string();
    let table = [
        (200, r#"{"success":true}"#.to_owned(), "delivered"),
        (200, r#"{"success":true,"message":{"_id":"m1"}}"#.to_owned(), "delivered"),
        (200, error("invalid-channel", ""), "gone"),
        (200, "<html>sign in</html>".to_owned(), "ambiguous"),
        (302, String::new(), "retry"),
        (400, error("The required param is missing.", "error-invalid-params"), "reject"),
        (400, error("Message size exceeds Message_MaxAllowedSize", "error-message-size-exceeded"), "reject"),
        (400, error("No message found with the id of \"m1\".", ""), "root_gone"),
        (400, error("Message editing is blocked", "error-message-editing-blocked"), "root_gone"),
        (400, error("error-action-not-allowed", "error-action-not-allowed"), "auth"),
        (400, error("The required \"roomId\" does not match any group", "error-room-not-found"), "gone"),
        (400, error("Invalid integration id or token provided.", ""), "gone"),
        (401, r#"{"status":"error","message":"You must be logged in to do this."}"#.to_owned(), "auth"),
        (403, String::new(), "auth"),
        (404, String::new(), "gone"),
        (429, String::new(), "retry"),
        (400, error("Error, too many requests. [error-too-many-requests]", "error-too-many-requests"), "retry"),
        (500, String::new(), "retry"),
    ];
    for (status, body, expected) in table {
        assert_eq!(word(&judged(status, &[], &body)), expected, "{status} {body}");
    }
    let kept = judged(200, &[], r#"{"success":true,"message":{"_id":"m1"}}"#);
    assert_eq!(kept, Outcome::Delivered { remote: Some("m1".into()) });
}

#[test]
fn it_says_when_it_takes_more() {
    let later = (1_000_000_i64 * 1_000 + 7_200).to_string();
    assert_eq!(judged(429, &[("x-ratelimit-reset", &later)], ""), Outcome::RetryAfter { seconds: 8 });
    assert_eq!(judged(429, &[("x-ratelimit-reset", "12")], ""), Outcome::RetryAfter { seconds: 1 });
    assert_eq!(judged(429, &[("retry-after", "30")], ""), Outcome::RetryAfter { seconds: 30 });
}

fn asked(settings: &Value, part: Part, root: Option<&str>) -> HttpAsk {
    let composed = Composed { part, ..crate::json_body(&json!({ "text": "words" })) };
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
        Ask::Mail(_) => panic!("Rocket.Chat takes no mail"),
    }
}

#[test]
fn a_user_edits_and_answers_and_a_webhook_posts() {
    let user = json!({ "url": "https://chat.example.com/", "token": "t", "user_id": "u", "room_id": "r" });
    let body = |ask: &HttpAsk| serde_json::from_slice::<Value>(&ask.body).unwrap();
    let first = asked(&user, Part::Root, None);
    assert_eq!(first.url, "https://chat.example.com/api/v1/chat.postMessage");
    assert_eq!(body(&first), json!({ "text": "words", "roomId": "r" }));
    let edit = asked(&user, Part::Root, Some("m1"));
    assert_eq!(edit.url, "https://chat.example.com/api/v1/chat.update");
    assert_eq!(body(&edit), json!({ "text": "words", "roomId": "r", "msgId": "m1" }));
    let reply = asked(&user, Part::Reply, Some("m1"));
    assert_eq!(reply.url, "https://chat.example.com/api/v1/chat.postMessage");
    assert_eq!(body(&reply), json!({ "text": "words", "roomId": "r", "tmid": "m1" }));
    let hook = asked(&json!({ "url": "https://chat.example.com/hooks/x/y" }), Part::Root, Some("m1"));
    assert_eq!((hook.url.as_str(), body(&hook)), ("https://chat.example.com/hooks/x/y", json!({ "text": "words" })));
}

#[test]
fn settings_that_pass_and_do_not() {
    let table = [
        (json!({ "url": "https://chat.example.com/hooks/id/token" }), ""),
        (json!({ "url": "http://127.0.0.1:9200/rocket" }), ""),
        (json!({ "url": "https://chat.example.com", "token": "t", "user_id": "u", "room_id": "r" }), ""),
        (json!({ "url": "https://chat.example.com" }), "url"),
        (json!({ "url": "https://chat.example.com/hooks/i/t", "token": "t", "user_id": "u", "room_id": "r" }), "url"),
        (json!({ "url": "https://chat.example.com", "token": "t", "user_id": "u" }), "room_id"),
        (json!({ "url": "https://chat.example.com", "token": "t\nx", "user_id": "u", "room_id": "r" }), "token"),
    ];
    for (settings, wrong) in table {
        let problems = CHANNEL.validate(&settings);
        let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(keys.join(" "), wrong, "{settings}: {problems:?}");
    }
}

#[test]
fn secrets_are_cut() {
    let url = "https://chat.example.com/hooks/s3cr3t/s3cr3t";
    let shown = CHANNEL.redacted(&json!({ "url": url, "token": "s3cr3t", "user_id": "u" }));
    assert_eq!(shown, json!({ "url": "https://chat.example.com/hooks/••••", "token": "••••", "user_id": "u" }));
}
