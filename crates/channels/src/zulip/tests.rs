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
    let error = |code: &str, words: &str| json!({ "result": "error", "code": code, "msg": words }).to_string();
    let table = [
        (200, r#"{"result":"success","msg":"","id":42}"#.to_owned(), "delivered"),
        (200, "<html>sign in</html>".to_owned(), "ambiguous"),
        (302, String::new(), "retry"),
        (400, error("STREAM_DOES_NOT_EXIST", "Channel 'ops' does not exist"), "gone"),
        (400, error("BAD_REQUEST", "Message must not be empty"), "reject"),
        (400, error("BAD_REQUEST", "You do not have permission to post in this channel."), "auth"),
        (400, error("BAD_REQUEST", "Not authorized to send to channel 'ops': not authorized"), "auth"),
        (401, error("INVALID_API_KEY", "Invalid API key"), "auth"),
        (401, error("UNAUTHORIZED", "Account not found"), "auth"),
        (401, error("USER_DEACTIVATED", "Account is deactivated"), "auth"),
        (401, error("REALM_DEACTIVATED", ""), "gone"),
        (404, String::new(), "gone"),
        (429, error("RATE_LIMIT_HIT", ""), "retry"),
        (500, String::new(), "retry"),
        (502, String::new(), "retry"),
    ];
    for (status, body, expected) in table {
        assert_eq!(word(&judged(status, &[], &body)), expected, "{status} {body}");
    }
    let kept = judged(200, &[], r#"{"result":"success","id":42}"#);
    assert_eq!(kept, Outcome::Delivered { remote: Some("42".into()) });
    let limited = r#"{"result":"error","code":"RATE_LIMIT_HIT","retry-after":28.7}"#;
    assert_eq!(judged(429, &[], limited), Outcome::RetryAfter { seconds: 29 });
}

#[test]
fn the_channel_is_named_and_the_bot_signs_in() {
    let settings = json!({
        "url": "https://acme.zulipchat.com/", "email": "bot@acme.zulipchat.com", "api_key": "key", "stream": "a&b",
    });
    let composed = Composed {
        content_type: "application/x-www-form-urlencoded".to_owned(),
        body: b"content=words".to_vec(),
        to: String::new(),
        part: Part::Root,
    };
    let attempt = Attempt {
        delivery: uuid::Uuid::nil(),
        number: 1,
        event: "incident.opened",
        now: Timestamp::from_second(0),
        thread: "",
        root: None,
        latest: None,
    };
    let Ask::Http(HttpAsk { url, headers, body, .. }) = CHANNEL.ask(&settings, &composed, &attempt, &Sender::default())
    else {
        panic!("Zulip takes no mail")
    };
    assert_eq!(url, "https://acme.zulipchat.com/api/v1/messages");
    assert_eq!(body, b"content=words&to=a%26b");
    let credentials = "Basic Ym90QGFjbWUuenVsaXBjaGF0LmNvbTprZXk=".to_owned();
    assert!(headers.contains(&("authorization".to_owned(), credentials)));
}

#[test]
fn settings_that_pass_and_do_not() {
    let with = |key: &str, value: &str| {
        let mut settings = json!({
            "url": "https://acme.zulipchat.com", "email": "b@acme.zulipchat.com", "api_key": "k", "stream": "on call",
        });
        settings[key] = Value::from(value);
        settings
    };
    let table = [
        (with("stream", "operations"), ""),
        (with("url", "http://127.0.0.1:9200/zulip"), ""),
        (with("url", "http://zulip.example.com"), "url"),
        (with("email", "bot"), "email"),
        (with("email", "a:b@c"), "email"),
        (with("api_key", "k k"), "api_key"),
        (with("stream", ""), "stream"),
    ];
    for (settings, wrong) in table {
        let problems = CHANNEL.validate(&settings);
        let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(keys.join(" "), wrong, "{settings}: {problems:?}");
    }
}

#[test]
fn secrets_are_cut() {
    let given = json!({ "url": "https://acme.zulipchat.com", "email": "b@acme.zulipchat.com", "api_key": "s3cr3t" });
    let shown = json!({ "url": "https://acme.zulipchat.com", "email": "b@acme.zulipchat.com", "api_key": "••••" });
    assert_eq!(CHANNEL.redacted(&given), shown);
}
