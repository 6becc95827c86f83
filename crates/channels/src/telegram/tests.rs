use tocsin_domain::exchange::HttpAsk;

use super::*;
use crate::judge::word;

fn judged(status: u16, body: &str) -> Outcome {
    let answer = HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() };
    CHANNEL.judge(&Answer::Http(answer), Timestamp::from_second(0))
}

fn refused(code: u16, description: &str) -> Outcome {
    judged(code, &json!({ "ok": false, "error_code": code, "description": description }).to_string())
}

#[test]
fn a_table_of_answers() {
    let table = [
        (400, "Bad Request: message is not modified", "superseded"),
        (400, "Bad Request: message to edit not found", "root_gone"),
        (400, "Bad Request: can't parse entities: Unsupported start tag", "reject"),
        (400, "Bad Request: inline keyboard button URL 'http://localhost' is invalid", "reject"),
        (400, "Bad Request: message is too long", "reject"),
        (400, "Bad Request: chat not found", "gone"),
        (400, "Bad Request: message thread not found", "gone"),
        (400, "Bad Request: TOPIC_CLOSED", "gone"),
        (400, "Bad Request: not enough rights to send text messages to the chat", "auth"),
        (401, "Unauthorized", "auth"),
        (403, "Forbidden: bot was blocked by the user", "gone"),
        (403, "Forbidden: bot was kicked from the supergroup chat", "gone"),
        (403, "Forbidden: something else", "auth"),
        (404, "Not Found", "auth"),
        (429, "Too Many Requests", "retry"),
        (500, "Internal Server Error", "retry"),
    ];
    for (code, description, expected) in table {
        assert_eq!(word(&refused(code, description)), expected, "{code} {description}");
    }
    for (status, body, expected) in [
        (200, "", "ambiguous"),
        (200, "<html>proxy</html>", "ambiguous"),
        (200, r#"{"ok":false,"error_code":400,"description":"Bad Request: chat not found"}"#, "gone"),
        (302, "", "retry"),
        (404, "", "gone"),
        (502, "", "retry"),
    ] {
        assert_eq!(word(&judged(status, body)), expected, "{status} {body}");
    }
    let kept = judged(200, r#"{"ok":true,"result":{"message_id":101,"chat":{"id":-1001}}}"#);
    assert_eq!(kept, Outcome::Delivered { remote: Some("101".into()) });
}

#[test]
fn it_says_how_long_to_wait() {
    let body = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 35","parameters":{"retry_after":35}}"#;
    assert_eq!(judged(429, body), Outcome::RetryAfter { seconds: 35 });
}

#[test]
fn a_group_that_moved_has_a_new_id() {
    let body = r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001234567890}}"#;
    let Outcome::Changed { key, value, .. } = judged(400, body) else { panic!("{:?}", judged(400, body)) };
    assert_eq!((key.as_str(), value.as_str()), ("chat_id", "-1001234567890"));
}

fn asked(settings: &Value, event: &str, root: Option<&str>) -> HttpAsk {
    let composed = crate::json_body(&json!({ "text": "words" }));
    let attempt = Attempt {
        delivery: uuid::Uuid::nil(),
        number: 1,
        event,
        now: Timestamp::from_second(0),
        thread: "",
        root,
        latest: root,
    };
    match CHANNEL.ask(settings, &composed, &attempt, &Sender::default()) {
        Ask::Http(ask) => ask,
        Ask::Mail(_) => panic!("Telegram takes no mail"),
    }
}

#[test]
fn later_messages_answer_the_first() {
    let token = "123456789:AAexampleexampleexampleexample";
    let group = json!({ "token": token, "chat_id": "-1001", "topic_id": "42" });
    let body = |ask: &HttpAsk| serde_json::from_slice::<Value>(&ask.body).unwrap();
    let answer = asked(&group, "incident.resolved", Some("101"));
    assert_eq!(answer.url, format!("https://api.telegram.org/bot{token}/sendMessage"));
    let reply = json!({ "message_id": 101, "allow_sending_without_reply": true });
    let wanted = json!({ "text": "words", "chat_id": -1001, "message_thread_id": 42, "reply_parameters": reply });
    assert_eq!(body(&answer), wanted);
    let channel = json!({ "token": token, "chat_id": "@operations", "url": "http://127.0.0.1:8081/" });
    for ask in [asked(&channel, "page.unreadable", Some("101")), asked(&channel, "incident.updated", None)] {
        assert_eq!(ask.url, format!("http://127.0.0.1:8081/bot{token}/sendMessage"));
        assert_eq!(body(&ask), json!({ "text": "words", "chat_id": "@operations" }));
    }
}

#[test]
fn buttons_lead_to_the_internet_only() {
    let table = [
        ("https://tocsin.example.com/a", true),
        ("http://127.0.0.1:8400/incidents/1", false),
        ("http://tocsin:8400/incidents/1", false),
        ("http://tocsin.internal/incidents/1", false),
    ];
    for (url, fine) in table {
        assert_eq!(may_be_button(url), fine, "{url}");
    }
}

#[test]
fn settings_that_pass_and_do_not() {
    let token = "123456789:AAexampleexampleexampleexample";
    let table = [
        (json!({ "token": token, "chat_id": "-1001234567890" }), ""),
        (json!({ "token": token, "chat_id": "@operations", "topic_id": "7" }), ""),
        (json!({ "token": token, "chat_id": "12", "url": "http://127.0.0.1:8081" }), ""),
        (json!({ "token": token, "chat_id": "12", "url": "http://bots.example.com" }), "url"),
        (json!({ "token": "abc", "chat_id": "12" }), "token"),
        (json!({ "token": "1:AAexampleexampleexample/../x", "chat_id": "12" }), "token"),
        (json!({ "token": token, "chat_id": "ops team" }), "chat_id"),
        (json!({ "token": token, "chat_id": "12", "topic_id": "General" }), "topic_id"),
        (json!({ "token": token }), "chat_id"),
    ];
    for (settings, wrong) in table {
        let problems = CHANNEL.validate(&settings);
        let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(keys.join(" "), wrong, "{settings}: {problems:?}");
    }
}

#[test]
fn secrets_are_cut() {
    let shown = CHANNEL.redacted(&json!({ "token": "123:s3cr3t", "chat_id": "-1001" }));
    assert_eq!(shown, json!({ "token": "••••", "chat_id": "-1001" }));
}

#[test]
fn without_marks_the_words_are_still_there() {
    let message = json!({
        "text": "🟡 <b>Kustomer</b>\n<blockquote>1 &lt; 2</blockquote>",
        "parse_mode": "HTML",
        "reply_markup": { "inline_keyboard": [[{ "text": "Open in Tocsin", "url": "https://t.example/1" }]] },
    });
    let plain = plainer(&crate::json_body(&message)).unwrap();
    let words = "🟡 Kustomer\n1 < 2\nOpen in Tocsin: https://t.example/1";
    assert_eq!(serde_json::from_slice::<Value>(&plain.body).unwrap(), json!({ "text": words }));
    assert_eq!(plainer(&plain), None, "it is not plainer than plain");
}
