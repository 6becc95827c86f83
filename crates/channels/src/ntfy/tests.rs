use serde_json::json;

use super::*;

fn answer(status: u16, body: &str) -> Answer {
    Answer::Http(HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() })
}

#[test]
fn a_table_of_answers() {
    let table = [
        (200, r#"{"id":"sPs71M8A2T","time":1771624800,"event":"message","topic":"t"}"#, "delivered"),
        (200, "<html>Sign in to the network</html>", "ambiguous"),
        (400, r#"{"code":40009,"http":400,"error":"invalid request: topic invalid"}"#, "reject"),
        (401, r#"{"code":40101,"http":401,"error":"unauthorized"}"#, "auth"),
        (403, r#"{"code":40301,"http":403,"error":"forbidden"}"#, "auth"),
        (404, r#"{"code":40401,"http":404,"error":"page not found"}"#, "gone"),
        (413, r#"{"code":41302,"http":413,"error":"message too large"}"#, "reject"),
        (429, r#"{"code":42908,"http":429,"error":"limit reached: daily message quota reached"}"#, "retry"),
        (500, "", "retry"),
        (507, "", "reject"),
        (302, "", "retry"),
    ];
    for (status, body, word) in table {
        let outcome = CHANNEL.judge(&answer(status, body), Timestamp::from_second(0));
        assert_eq!(crate::judge::word(&outcome), word, "{status} {body}");
    }
}

#[test]
fn settings_that_pass_and_do_not() {
    let table = [
        (json!({ "url": "https://ntfy.sh", "topic": "tocsin_9f-3" }), 0),
        (json!({ "url": "http://10.0.0.7:8080/", "topic": "t", "token": "tk_abc" }), 0),
        (json!({ "url": "http://ntfy.example.com", "topic": "t" }), 1),
        (json!({ "url": "https://ntfy.sh/?auth=abc", "topic": "t" }), 1),
        (json!({ "url": "https://ntfy.sh", "topic": "my topic" }), 1),
        (json!({ "url": "https://ntfy.sh", "topic": "t".repeat(65) }), 1),
        (json!({ "url": "https://ntfy.sh", "topic": "t", "token": "hunter2" }), 1),
        (json!({ "url": "https://ntfy.sh", "topic": "t", "token": "tk_a\r\nx-evil: 1" }), 1),
        (json!({}), 2),
    ];
    for (settings, mistakes) in table {
        let problems = CHANNEL.validate(&settings);
        assert_eq!(problems.len(), mistakes, "{settings}: {problems:?}");
    }
}

#[test]
fn secrets_are_cut() {
    let settings = json!({ "url": "https://ntfy.sh", "topic": "s3cr3t", "token": "tk_s3cr3t" });
    assert_eq!(CHANNEL.redacted(&settings), json!({ "url": "https://ntfy.sh", "topic": "••••", "token": "••••" }));
}

#[test]
fn a_refused_message_is_said_with_less() {
    let composed = crate::json_body(&json!({ "title": "t", "message": "m", "sequence_id": "1", "actions": [] }));
    let plainer = CHANNEL.plainer(&composed).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&plainer.body).unwrap(), json!({ "title": "t", "message": "m" }));
    assert_eq!(CHANNEL.plainer(&plainer), None);
}
