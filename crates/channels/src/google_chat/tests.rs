use super::*;
use crate::judge::word;

fn judged(status: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let answer = HttpAnswer { status, headers, body: body.as_bytes().to_vec(), ..HttpAnswer::default() };
    CHANNEL.judge(&Answer::Http(answer), Timestamp::from_second(0))
}

#[test]
fn a_table_of_answers() {
    let error = |status: &str, message: &str| json!({ "error": { "status": status, "message": message } }).to_string();
    let table = [
        (200, r#"{"name":"spaces/A/messages/B","thread":{"name":"spaces/A/threads/C"}}"#.to_owned(), "delivered"),
        (200, "{}".to_owned(), "ambiguous"),
        (200, "<html>proxy</html>".to_owned(), "ambiguous"),
        (302, String::new(), "retry"),
        (400, error("INVALID_ARGUMENT", "Invalid JSON payload received."), "reject"),
        (400, error("INVALID_ARGUMENT", "API key not valid. Please pass a valid API key."), "auth"),
        (400, String::new(), "reject"),
        (401, error("UNAUTHENTICATED", ""), "auth"),
        (403, error("PERMISSION_DENIED", ""), "auth"),
        (404, error("NOT_FOUND", ""), "gone"),
        (429, error("RESOURCE_EXHAUSTED", ""), "retry"),
        (500, error("INTERNAL", ""), "retry"),
        (503, error("UNAVAILABLE", ""), "retry"),
    ];
    for (status, body, expected) in table {
        assert_eq!(word(&judged(status, &[], &body)), expected, "{status} {body}");
    }
    assert_eq!(judged(503, &[("retry-after", "7")], ""), Outcome::RetryAfter { seconds: 7 });
}

#[test]
fn the_address_asks_for_a_thread_once() {
    let wanted = "https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t%3D&\
                  messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD";
    assert_eq!(threaded("https://chat.googleapis.com/v1/spaces/A/messages?key=k&token=t%3D"), wanted);
    assert_eq!(threaded(wanted), wanted);
}

#[test]
fn addresses_that_pass_and_do_not() {
    let table = [
        ("https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=t", true),
        ("http://127.0.0.1:9200/chat", true),
        ("https://chat.googleapis.com/v1/spaces/AAAA/messages?key=k", false),
        ("https://chat.googleapis.com/v1/spaces/AAAA/messages", false),
        ("https://chat.google.com/room/AAAA", false),
        ("http://chat.googleapis.com/v1/spaces/AAAA/messages?key=k&token=t", false),
    ];
    for (url, fine) in table {
        assert_eq!(CHANNEL.validate(&json!({ "url": url })).is_empty(), fine, "{url}");
    }
}

#[test]
fn secrets_are_cut() {
    let url = "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=s3cr3t&token=s3cr3t";
    let shown = CHANNEL.redacted(&json!({ "url": url }));
    assert_eq!(shown["url"], "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=••••&token=••••");
}

#[test]
fn without_a_card_the_words_are_still_there() {
    let card = json!({ "sections": [{ "widgets": [
        { "decoratedText": { "topLabel": "Impact", "text": "Minor" } },
        { "textParagraph": { "text": "<b>Kustomer wrote</b>\nIt is slow &amp; <a href=\"https://e.com\">bad</a>" } },
        { "buttonList": { "buttons": [{ "text": "Open", "onClick": { "openLink": { "url": "https://t.example" } } }] } },
    ] }] });
    let message = json!({ "text": "🟡 Kustomer", "cardsV2": [{ "card": card }] });
    let plain: Value = serde_json::from_slice(&plainer(&crate::json_body(&message)).unwrap().body).unwrap();
    let words = "🟡 Kustomer\nImpact: Minor\nKustomer wrote\nIt is slow & bad\nOpen: https://t.example";
    assert_eq!(plain, json!({ "text": words }));
}
