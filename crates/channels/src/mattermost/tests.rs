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
    let error = |id: &str| json!({ "id": id, "message": "words", "status_code": 400 }).to_string();
    let table = [
        (200, "ok".to_owned(), "delivered"),
        (200, "OK\n".to_owned(), "delivered"),
        (201, r#"{"id":"post1","channel_id":"c"}"#.to_owned(), "delivered"),
        (200, "<html>sign in</html>".to_owned(), "ambiguous"),
        (200, String::new(), "ambiguous"),
        (301, String::new(), "retry"),
        (400, error("web.incoming_webhook.text.app_error"), "reject"),
        (400, error("web.incoming_webhook.invalid.app_error"), "gone"),
        (404, error("web.incoming_webhook.channel.app_error"), "gone"),
        (501, error("web.incoming_webhook.disabled.app_error"), "auth"),
        (403, error("web.incoming_webhook.channel_locked.app_error"), "auth"),
        (400, error("api.post.create_post.root_id.app_error"), "root_gone"),
        (400, error("api.post.create_post.channel_root_id.app_error"), "root_gone"),
        (404, error("app.post.get.app_error"), "root_gone"),
        (400, error("api.post.update_post.permissions_time_limit.app_error"), "root_gone"),
        (400, error("api.post.create_post.can_not_post_to_deleted.error"), "gone"),
        (401, error("api.context.session_expired.app_error"), "auth"),
        (403, error("api.context.permissions.app_error"), "auth"),
        (404, String::new(), "gone"),
        (413, String::new(), "reject"),
        (429, String::new(), "retry"),
        (500, String::new(), "retry"),
    ];
    for (status, body, expected) in table {
        assert_eq!(word(&judged(status, &[], &body)), expected, "{status} {body}");
    }
    assert_eq!(judged(201, &[], r#"{"id":"post1"}"#), Outcome::Delivered { remote: Some("post1".into()) });
    assert_eq!(judged(429, &[("x-ratelimit-reset", "3")], "limit"), Outcome::RetryAfter { seconds: 3 });
    assert_eq!(
        judged(429, &[("retry-after", "9"), ("x-ratelimit-reset", "3")], ""),
        Outcome::RetryAfter { seconds: 9 }
    );
}

fn asked(settings: &Value, part: Part, root: Option<&str>) -> HttpAsk {
    let composed = Composed { part, ..crate::json_body(&json!({ "message": "words" })) };
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
        Ask::Mail(_) => panic!("Mattermost takes no mail"),
    }
}

#[test]
fn a_bot_edits_and_answers_and_a_webhook_posts() {
    let bot = json!({ "url": "https://chat.example.com/", "token": "t", "channel_id": "c" });
    let body = |ask: &HttpAsk| serde_json::from_slice::<Value>(&ask.body).unwrap();
    let first = asked(&bot, Part::Root, None);
    assert_eq!((first.method, first.url.as_str()), (Method::Post, "https://chat.example.com/api/v4/posts"));
    assert_eq!(body(&first), json!({ "message": "words", "channel_id": "c" }));
    let edit = asked(&bot, Part::Root, Some("p/1"));
    assert_eq!((edit.method, edit.url.as_str()), (Method::Put, "https://chat.example.com/api/v4/posts/p%2F1/patch"));
    assert_eq!(body(&edit), json!({ "message": "words" }));
    let reply = asked(&bot, Part::Reply, Some("p1"));
    assert_eq!(body(&reply), json!({ "message": "words", "channel_id": "c", "root_id": "p1" }));
    let hook = asked(&json!({ "url": "https://chat.example.com/hooks/x" }), Part::Root, Some("p1"));
    assert_eq!(hook.url, "https://chat.example.com/hooks/x");
    assert!(hook.headers.iter().all(|(name, _)| name != "authorization"));
}

#[test]
fn settings_that_pass_and_do_not() {
    let table = [
        (json!({ "url": "https://chat.example.com/hooks/abc" }), ""),
        (json!({ "url": "https://example.com/chat/hooks/abc" }), ""),
        (json!({ "url": "http://10.0.0.5:8065/hooks/abc" }), ""),
        (json!({ "url": "http://127.0.0.1:9200/mattermost" }), ""),
        (json!({ "url": "https://chat.example.com", "token": "t", "channel_id": "c" }), ""),
        (json!({ "url": "https://chat.example.com" }), "url"),
        (json!({ "url": "https://chat.example.com/hooks/abc", "token": "t", "channel_id": "c" }), "url"),
        (json!({ "url": "https://chat.example.com", "token": "t" }), "channel_id"),
        (json!({ "url": "https://chat.example.com/hooks/abc", "channel_id": "c" }), "token"),
        (json!({ "url": "https://chat.example.com", "token": "t t", "channel_id": "c" }), "token"),
        (json!({ "url": "http://chat.example.com/hooks/abc" }), "url"),
    ];
    for (settings, wrong) in table {
        let problems = CHANNEL.validate(&settings);
        let keys: Vec<&str> = problems.iter().map(|problem| problem.key.as_str()).collect();
        assert_eq!(keys.join(" "), wrong, "{settings}: {problems:?}");
    }
}

#[test]
fn secrets_are_cut() {
    let shown = |url: &str| CHANNEL.redacted(&json!({ "url": url, "token": "s3cr3t" }));
    assert_eq!(
        shown("https://example.com/chat/hooks/s3cr3t"),
        json!({ "url": "https://example.com/chat/hooks/••••", "token": "••••" })
    );
}

#[test]
fn without_an_attachment_the_words_are_still_there() {
    for message in [
        json!({ "text": "head", "attachments": [{ "text": "words" }] }),
        json!({ "message": "head", "props": { "attachments": [{ "text": "words" }] } }),
    ] {
        let plain: Value = serde_json::from_slice(&plainer(&crate::json_body(&message)).unwrap().body).unwrap();
        let text: Vec<&Value> = plain.as_object().unwrap().values().collect();
        assert_eq!(text, [&json!("head\n\nwords")]);
    }
}
