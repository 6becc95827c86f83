use tocsin_domain::exchange::HttpAsk;
use tocsin_domain::{Failure, FailureKind};

use super::*;
use crate::judge::word;

fn judged(status: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answer = HttpAnswer { status, headers, body: body.as_bytes().to_vec(), ..HttpAnswer::default() };
    CHANNEL.judge(&Answer::Http(answer), Timestamp::from_second(0))
}

fn refused(status: u16, code: &str, error: &str) -> Outcome {
    judged(status, &[], &json!({ "errcode": code, "error": error }).to_string())
}

#[test]
fn a_table_of_answers() {
    let table = [
        (401, "M_UNKNOWN_TOKEN", "", "auth"),
        (401, "M_MISSING_TOKEN", "", "auth"),
        (403, "M_FORBIDDEN", "User not in room", "auth"),
        (403, "M_USER_SUSPENDED", "", "auth"),
        (413, "M_TOO_LARGE", "event too large", "reject"),
        (400, "M_BAD_JSON", "", "reject"),
        (400, "M_UNKNOWN", "Cannot start threads from an event with a relation", "root_gone"),
        (400, "M_INVALID_PARAM", "'!x' is not a legal room id", "reject"),
        (404, "M_NOT_FOUND", "", "gone"),
        (404, "M_UNRECOGNIZED", "", "gone"),
        (429, "M_LIMIT_EXCEEDED", "Too Many Requests", "retry"),
        (500, "M_UNKNOWN", "Internal server error", "retry"),
    ];
    for (status, code, error, expected) in table {
        assert_eq!(word(&refused(status, code, error)), expected, "{status} {code} {error}");
    }
    for (status, body, expected) in [
        (200, "{}", "ambiguous"),
        (200, "<html>proxy</html>", "ambiguous"),
        (302, "", "retry"),
        (404, "", "gone"),
        (502, "", "retry"),
    ] {
        assert_eq!(word(&judged(status, &[], body)), expected, "{status} {body}");
    }
    let kept = judged(200, &[], r#"{"event_id":"$abc"}"#);
    assert_eq!(kept, Outcome::Delivered { remote: Some("$abc".into()) });
}

#[test]
fn it_says_how_long_to_wait() {
    let body = r#"{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2500}"#;
    assert_eq!(judged(429, &[], body), Outcome::RetryAfter { seconds: 3 });
    assert_eq!(judged(429, &[("retry-after", "9")], body), Outcome::RetryAfter { seconds: 9 });
}

#[test]
fn what_may_have_arrived_is_sent_again() {
    let failure = Failure { kind: FailureKind::Timeout, detail: "no answer".into(), sent: true };
    let outcome = CHANNEL.judge(&Answer::Failed(failure), Timestamp::from_second(0));
    assert_eq!(outcome, Outcome::Retry { detail: "no answer".into(), slow: false });
}

fn asked(part: Part, root: Option<&str>, latest: Option<&str>) -> HttpAsk {
    let settings = json!({ "url": "https://matrix.example.com/", "token": "t", "room_id": "!a/b:example.com" });
    let content = json!({ "msgtype": "m.text", "body": "words", "formatted_body": "<b>words</b>" });
    let composed = Composed { part, ..crate::json_body(&content) };
    let attempt = Attempt {
        delivery: uuid::Uuid::nil(),
        number: 2,
        event: "incident.updated",
        now: Timestamp::from_second(0),
        thread: "",
        root,
        latest,
    };
    match CHANNEL.ask(&settings, &composed, &attempt, &Sender::default()) {
        Ask::Http(ask) => ask,
        Ask::Mail(_) => panic!("Matrix takes no mail"),
    }
}

#[test]
fn the_root_is_replaced_and_its_thread_answered() {
    let body = |ask: &HttpAsk| serde_json::from_slice::<Value>(&ask.body).unwrap();
    let edit = asked(Part::Root, Some("$root"), Some("$last"));
    let path = "https://matrix.example.com/_matrix/client/v3/rooms/!a%2Fb:example.com/send/m.room.message/";
    assert_eq!(edit.method, Method::Put);
    assert_eq!(edit.url, format!("{path}00000000-0000-0000-0000-000000000000-root"));
    assert_eq!(body(&edit)["m.relates_to"], json!({ "rel_type": "m.replace", "event_id": "$root" }));
    assert_eq!((&body(&edit)["body"], &body(&edit)["m.new_content"]["body"]), (&json!("* words"), &json!("words")));
    let reply = asked(Part::Reply, Some("$root"), Some("$last"));
    assert_eq!(body(&reply)["m.relates_to"]["event_id"], "$root");
    assert_eq!(body(&reply)["m.relates_to"]["m.in_reply_to"]["event_id"], "$last");
    assert_ne!(reply.url, edit.url);
    assert_eq!(body(&asked(Part::Reply, None, None)).get("m.relates_to"), None);
}

#[test]
fn settings_that_pass_and_do_not() {
    let table = [
        (json!({ "url": "https://matrix.example.com", "token": "t", "room_id": "!a:example.com" }), ""),
        (json!({ "url": "http://synapse.internal:8008", "token": "t", "room_id": "!a" }), ""),
        (json!({ "url": "http://matrix.example.com", "token": "t", "room_id": "!a:example.com" }), "url"),
        (json!({ "url": "https://matrix.example.com", "token": "t", "room_id": "#ops:example.com" }), "room_id"),
        (json!({ "url": "https://matrix.example.com", "token": "t", "room_id": "ops" }), "room_id"),
        (json!({ "url": "https://matrix.example.com", "token": "t\r\nx: y", "room_id": "!a" }), "token"),
        (json!({ "url": "https://matrix.example.com", "room_id": "!a" }), "token"),
    ];
    for (settings, wrong) in table {
        let problems = CHANNEL.validate(&settings);
        let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(keys.join(" "), wrong, "{settings}: {problems:?}");
    }
}

#[test]
fn secrets_are_cut() {
    let given = json!({ "url": "https://matrix.example.com", "token": "s3cr3t", "room_id": "!a:example.com" });
    let shown = json!({ "url": "https://matrix.example.com", "token": "••••", "room_id": "!a:example.com" });
    assert_eq!(CHANNEL.redacted(&given), shown);
}
