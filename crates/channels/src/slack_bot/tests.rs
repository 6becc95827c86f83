use serde_json::json;
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
    let table = [
        ("message_not_found", "root_gone"),
        ("cant_update_message", "root_gone"),
        ("edit_window_closed", "root_gone"),
        ("thread_not_found", "root_gone"),
        ("channel_not_found", "gone"),
        ("is_archived", "gone"),
        ("not_in_channel", "auth"),
        ("invalid_auth", "auth"),
        ("account_inactive", "auth"),
        ("token_revoked", "auth"),
        ("token_expired", "auth"),
        ("missing_scope", "auth"),
        ("not_authed", "auth"),
        ("msg_too_long", "reject"),
        ("msg_blocks_too_long", "reject"),
        ("invalid_blocks", "reject"),
        ("no_text", "reject"),
        ("something_new", "reject"),
        ("fatal_error", "ambiguous"),
        ("internal_error", "ambiguous"),
        ("service_unavailable", "ambiguous"),
        ("request_timeout", "ambiguous"),
        ("ratelimited", "retry"),
        ("rate_limited", "retry"),
    ];
    for (error, expected) in table {
        let body = json!({ "ok": false, "error": error }).to_string();
        assert_eq!(word(&judged(200, &[], &body)), expected, "{error}");
    }
    for (status, body, expected) in [
        (200, "", "ambiguous"),
        (200, "<html>proxy</html>", "ambiguous"),
        (302, "", "retry"),
        (404, "", "gone"),
        (429, "", "retry"),
        (500, "", "retry"),
        (503, "", "retry"),
    ] {
        assert_eq!(word(&judged(status, &[], body)), expected, "{status} {body}");
    }
}

#[test]
fn what_was_kept_is_named_by_channel_and_time() {
    let outcome = judged(200, &[], r#"{"ok":true,"channel":"C012","ts":"1771624898.000100","message":{}}"#);
    assert_eq!(outcome, Outcome::Delivered { remote: Some("C012/1771624898.000100".into()) });
}

#[test]
fn it_says_how_long_to_wait() {
    for (status, body) in [(429, ""), (429, r#"{"ok":false,"error":"ratelimited"}"#)] {
        assert_eq!(judged(status, &[("retry-after", "30")], body), Outcome::RetryAfter { seconds: 30 }, "{body}");
    }
}

fn asked(part: Part, event: &str, root: Option<&str>) -> HttpAsk {
    let settings = json!({ "token": "xoxb-1", "channel": "#ops" });
    let message = json!({ "text": "words", "reply_broadcast": true, "unfurl_links": false });
    let composed = Composed { part, ..crate::json_body(&message) };
    let attempt = Attempt {
        delivery: uuid::Uuid::nil(),
        number: 1,
        event,
        now: Timestamp::from_second(0),
        thread: "",
        root,
        latest: root,
    };
    match CHANNEL.ask(&settings, &composed, &attempt, &Sender::default()) {
        Ask::Http(ask) => ask,
        Ask::Mail(_) => panic!("Slack takes no mail"),
    }
}

#[test]
fn the_root_is_edited_and_its_thread_answered() {
    let body = |ask: &HttpAsk| serde_json::from_slice::<Value>(&ask.body).unwrap();
    let edit = asked(Part::Root, "incident.updated", Some("C012/17.1"));
    assert_eq!(edit.url, "https://slack.com/api/chat.update");
    assert_eq!((&body(&edit)["channel"], &body(&edit)["ts"]), (&json!("C012"), &json!("17.1")));
    let reply = asked(Part::Reply, "incident.updated", Some("C012/17.1"));
    assert_eq!(reply.url, "https://slack.com/api/chat.postMessage");
    assert_eq!(body(&reply)["thread_ts"], "17.1");
    assert_eq!(body(&reply)["reply_broadcast"], true);
    let lost = asked(Part::Reply, "incident.updated", None);
    assert_eq!((&body(&lost)["channel"], &body(&lost)["thread_ts"]), (&json!("#ops"), &Value::Null));
    assert_eq!(body(&lost)["reply_broadcast"], Value::Null, "nothing to broadcast from");
}

#[test]
fn what_begins_is_never_an_edit() {
    for event in ["incident.opened", "page.readable", "page.unreadable", "maintenance.scheduled", "component.changed"] {
        let ask = asked(Part::Root, event, Some("C012/17.1"));
        assert_eq!(ask.url, "https://slack.com/api/chat.postMessage", "{event}");
    }
}

#[test]
fn settings_that_pass_and_do_not() {
    let table = [
        (json!({ "token": "xoxb-1", "channel": "C012" }), ""),
        (json!({ "token": "xoxb-1", "channel": "#ops", "url": "https://slack-gov.com/api" }), ""),
        (json!({ "token": "xoxb-1", "channel": "#ops", "url": "http://127.0.0.1:9200/slack" }), ""),
        (json!({ "token": "xoxb-1", "channel": "C012", "url": "https://example.com/api" }), "url"),
        (json!({ "token": "secret", "channel": "C012" }), "token"),
        (json!({ "token": "xoxb-1", "channel": "#ops #dev" }), "channel"),
        (json!({ "token": "xoxb-1", "channel": "" }), "channel"),
        (json!({ "token": "xoxb-1" }), "channel"),
        (json!({ "channel": "C012" }), "token"),
    ];
    for (settings, wrong) in table {
        let problems = CHANNEL.validate(&settings);
        let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(keys.join(" "), wrong, "{settings}: {problems:?}");
    }
}

#[test]
fn secrets_are_cut() {
    let shown = CHANNEL.redacted(&json!({ "token": "xoxb-s3cr3t", "channel": "C012", "url": "https://slack.com/api" }));
    assert_eq!(shown, json!({ "token": "••••", "channel": "C012", "url": "https://slack.com/api" }));
}
