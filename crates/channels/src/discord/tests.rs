use serde_json::json;

use super::*;

fn judged(status: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answer = HttpAnswer { status, headers, body: body.as_bytes().to_vec(), ..HttpAnswer::default() };
    CHANNEL.judge(&Answer::Http(answer), Timestamp::from_second(0))
}

#[test]
fn a_table_of_answers() {
    let table = [
        (200, r#"{"id":"99"}"#, "delivered"),
        (204, "", "delivered"),
        (400, r#"{"code":50035,"message":"Invalid Form Body"}"#, "reject"),
        (400, r#"{"code":50006}"#, "reject"),
        (400, r#"{"code":220001}"#, "reject"),
        (401, r#"{"code":50027}"#, "auth"),
        (403, r#"{"code":50013}"#, "auth"),
        (404, r#"{"code":10015,"message":"Unknown Webhook"}"#, "gone"),
        (404, r#"{"code":10003}"#, "gone"),
        (404, r#"{"code":10008,"message":"Unknown Message"}"#, "root_gone"),
        (
            400,
            r#"{"code":30046,"message":"Maximum number of edits to messages older than 1 hour reached"}"#,
            "root_gone",
        ),
        (404, "", "gone"),
        (429, r#"{"retry_after":64.57,"global":false}"#, "after"),
        (429, "error 1015", "retry"),
        (500, "{}", "retry"),
        (502, "", "retry"),
    ];
    for (status, body, word) in table {
        assert_eq!(crate::judge::word(&judged(status, &[], body)), word, "{status} {body}");
    }
    assert_eq!(judged(200, &[], r#"{"id":"99"}"#), Outcome::Delivered { remote: Some("99".into()) });
}

#[test]
fn fractions_of_seconds_are_rounded_up() {
    let table = [
        ("", r#"{"retry_after":64.57}"#, 65),
        ("", r#"{"retry_after":0.2}"#, 1),
        ("70", r#"{"retry_after":64.57}"#, 70),
        ("1.5", "", 2),
        ("", r#"{"retry_after":99999}"#, 3_600),
    ];
    for (header, body, seconds) in table {
        let outcome = judged(429, &[("retry-after", header)], body);
        assert_eq!(outcome, Outcome::RetryAfter { seconds }, "{header:?} {body}");
    }
}

#[test]
fn the_address_waits_and_keeps_its_thread() {
    let table = [
        ("https://discord.com/api/webhooks/1/t", "https://discord.com/api/webhooks/1/t?wait=true"),
        (
            "https://discord.com/api/webhooks/1/t?thread_id=42&wait=false",
            "https://discord.com/api/webhooks/1/t?wait=true&thread_id=42",
        ),
    ];
    for (given, asked) in table {
        assert_eq!(address(given, None), asked);
    }
}

#[test]
fn addresses_that_pass_and_do_not() {
    let table = [
        ("https://discord.com/api/webhooks/1/t", true),
        ("https://discord.com/api/v10/webhooks/1/t?thread_id=4", true),
        ("https://ptb.discord.com/api/webhooks/1/t", true),
        ("http://[::1]:9200/discord", true),
        ("http://discord.com/api/webhooks/1/t", false),
        ("https://discord.com/channels/1/2", false),
        ("https://discord.com.evil.example/api/webhooks/1/t", false),
    ];
    for (url, fine) in table {
        assert_eq!(CHANNEL.validate(&json!({ "url": url })).is_empty(), fine, "{url}");
    }
}

#[test]
fn secrets_are_cut() {
    let shown = CHANNEL.redacted(&json!({ "url": "https://discord.com/api/webhooks/123/s3cr3t" }));
    assert_eq!(shown, json!({ "url": "https://discord.com/api/webhooks/123/••••" }));
}

#[test]
fn an_edit_names_the_message_and_keeps_the_thread() {
    let url = "https://discord.com/api/webhooks/1/t?thread_id=42";
    assert_eq!(address(url, Some("99")), "https://discord.com/api/webhooks/1/t/messages/99?thread_id=42");
    assert_eq!(
        address("https://discord.com/api/webhooks/1/t/", Some("9/../x")),
        "https://discord.com/api/webhooks/1/t/messages/9%2F..%2Fx"
    );
}

#[test]
fn without_an_embed_the_words_are_still_there() {
    let message = json!({
        "content": "🟡 **Kustomer: minor incident**",
        "embeds": [{ "title": "Calls", "description": "**Kustomer wrote**\n> It is slow." }],
    });
    let plain = plainer(&crate::json_body(&message)).unwrap();
    let plain: Value = serde_json::from_slice(&plain.body).unwrap();
    assert_eq!(plain["content"], "🟡 **Kustomer: minor incident**\n**Kustomer wrote**\n> It is slow.");
    assert_eq!(plain["embeds"], json!([]));
}
