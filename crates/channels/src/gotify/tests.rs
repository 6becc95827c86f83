use serde_json::json;

use super::*;

#[test]
fn a_table_of_answers() {
    let table = [
        (200, r#"{"id":25,"appid":5,"message":"m","title":"t","priority":5}"#, "delivered"),
        (200, "<html>", "ambiguous"),
        (400, r#"{"error":"Bad Request","errorCode":400}"#, "reject"),
        (401, r#"{"error":"Unauthorized","errorCode":401}"#, "auth"),
        (403, r#"{"error":"Forbidden","errorCode":403}"#, "auth"),
        (404, "", "gone"),
        (429, "", "retry"),
        (502, "", "retry"),
    ];
    for (status, body, word) in table {
        let answer = Answer::Http(HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() });
        let outcome = CHANNEL.judge(&answer, Timestamp::from_second(0));
        assert_eq!(crate::judge::word(&outcome), word, "{status} {body}");
    }
}

#[test]
fn settings_that_pass_and_do_not() {
    let table = [
        (json!({ "url": "https://gotify.example.com", "token": "AbCdEfGhIjKlMnO" }), 0),
        (json!({ "url": "http://192.168.1.5/gotify/", "token": "A.b-C_d" }), 0),
        (json!({ "url": "http://gotify.example.com", "token": "A1" }), 1),
        (json!({ "url": "https://gotify.example.com/?token=A1", "token": "A1" }), 1),
        (json!({ "url": "https://gotify.example.com", "token": "CbCdEfGhIjKlMnO" }), 1),
        (json!({ "url": "https://gotify.example.com", "token": "A1\n" }), 0),
        (json!({ "url": "https://gotify.example.com", "token": "A1\nB" }), 1),
        (json!({}), 2),
    ];
    for (settings, mistakes) in table {
        let problems = CHANNEL.validate(&settings);
        assert_eq!(problems.len(), mistakes, "{settings}: {problems:?}");
    }
}

#[test]
fn the_token_is_cut() {
    let shown = CHANNEL.redacted(&json!({ "url": "https://gotify.example.com/g", "token": "As3cr3t" }));
    assert_eq!(shown, json!({ "url": "https://gotify.example.com/g", "token": "••••" }));
}
