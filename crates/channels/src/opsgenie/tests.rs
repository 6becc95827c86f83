use serde_json::json;

use super::*;

fn judged(status: u16, body: &str) -> &'static str {
    let answer = Answer::Http(HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() });
    crate::judge::word(&jsm::CHANNEL.judge(&answer, Timestamp::from_second(0)))
}

#[test]
fn a_table_of_answers() {
    let table = [
        (202, r#"{"result":"Request will be processed","took":0.3,"requestId":"43a29c5c"}"#, "delivered"),
        (202, "", "ambiguous"),
        (200, "<html>proxy</html>", "ambiguous"),
        (302, "", "retry"),
        (400, r#"{"message":"Request body is not processable."}"#, "reject"),
        (401, r#"{"message":"Could not authenticate"}"#, "auth"),
        (403, r#"{"message":"Api key is restricted"}"#, "auth"),
        (404, r#"{"message":"Alert with given alias does not exist"}"#, "superseded"),
        (404, "", "gone"),
        (422, r#"{"message":"Message can not be empty."}"#, "reject"),
        (429, r#"{"message":"You are making too many requests!"}"#, "retry"),
        (500, "", "retry"),
        (503, "", "retry"),
    ];
    for (status, body, word) in table {
        assert_eq!(judged(status, body), word, "{status} {body}");
    }
}

#[test]
fn settings_that_pass_and_do_not() {
    let table = [
        (&CHANNEL, json!({ "api_key": "k" }), ""),
        (&CHANNEL, json!({ "api_key": "k", "url": "https://api.eu.opsgenie.com" }), ""),
        (&CHANNEL, json!({ "api_key": "k", "url": "http://127.0.0.1:9200/og" }), ""),
        (&CHANNEL, json!({ "api_key": "k", "url": "https://app.opsgenie.com" }), "no address of Opsgenie"),
        (&CHANNEL, json!({ "api_key": "k", "url": "https://api.opsgenie.com/v2/alerts" }), "no address of Opsgenie"),
        (&CHANNEL, json!({}), "`api_key` is missing"),
        (&CHANNEL, json!({ "api_key": "a b" }), "copy it again"),
        (&jsm::CHANNEL, json!({ "api_key": "k", "priorities": ["P1", "P1", "P4"], "tags": ["desk"] }), ""),
        (&jsm::CHANNEL, json!({ "api_key": "k", "url": "https://api.opsgenie.com" }), "no address of Atlassian"),
        (&jsm::CHANNEL, json!({ "api_key": "k", "priorities": ["P1"] }), "three of P1 to P5"),
        (&jsm::CHANNEL, json!({ "api_key": "k", "priorities": ["high", "P2", "P3"] }), "three of P1 to P5"),
        (&jsm::CHANNEL, json!({ "api_key": "k", "tags": ["x".repeat(51)] }), "longer than 50"),
    ];
    for (channel, settings, wrong) in table {
        let problems = channel.validate(&settings);
        let text: Vec<&str> = problems.iter().map(|one| one.detail.as_str()).collect();
        assert_eq!(text.is_empty(), wrong.is_empty(), "{settings}: {text:?}");
        assert!(wrong.is_empty() || text.iter().any(|text| text.contains(wrong)), "{settings}: {text:?}");
    }
}

#[test]
fn the_key_is_not_shown() {
    assert_eq!(jsm::CHANNEL.redacted(&json!({ "api_key": "s3cr3t" })), json!({ "api_key": "••••" }));
}
