use serde_json::json;

use super::*;

const ALL: &str = "https://example.atlassian.net/rest/api/2/issue";

fn judged(path: &str, status: u16, body: &str) -> Outcome {
    let url = format!("{ALL}{path}");
    let http = HttpAnswer { status, body: body.as_bytes().to_vec(), url, ..HttpAnswer::default() };
    CHANNEL.judge(&Answer::Http(http), Timestamp::from_second(0))
}

#[test]
fn a_table_of_answers() {
    let gone = r#"{"errorMessages":["Issue does not exist or you do not have permission to see it."]}"#;
    let done = r#"{"fields":{"status":{"name":"Closed","statusCategory":{"key":"done"}}}}"#;
    let open = r#"{"fields":{"status":{"name":"Open","statusCategory":{"key":"new"}}}}"#;
    let table = [
        ("", 201, r#"{"id":"10000","key":"OPS-24"}"#, "delivered"),
        ("", 200, "<html>Log in</html>", "ambiguous"),
        ("", 302, "", "retry"),
        ("", 400, r#"{"errors":{"project":"valid project is required"}}"#, "reject"),
        ("", 401, "", "auth"),
        ("", 403, "", "auth"),
        ("", 404, "", "gone"),
        ("", 429, "", "retry"),
        ("", 503, "", "retry"),
        ("/OPS-24/comment", 201, r#"{"id":"1","body":"x"}"#, "delivered"),
        ("/OPS-24/comment", 404, gone, "root_gone"),
        ("/OPS-24/transitions", 204, "", "delivered"),
        ("/OPS-24/transitions", 400, r#"{"errorMessages":["not valid for the current state"]}"#, "reject"),
        ("/OPS-24?fields=status", 200, done, "superseded"),
        ("/OPS-24?fields=status", 200, open, "reject"),
    ];
    for (path, status, body, word) in table {
        assert_eq!(judge::word(&judged(path, status, body)), word, "{path} {status} {body}");
    }
}

fn asked(message: &Value, root: Option<&str>, latest: Option<&str>) -> (String, String, String) {
    let attempt = Attempt {
        delivery: uuid::Uuid::nil(),
        number: 1,
        event: "",
        now: Timestamp::from_second(0),
        thread: "",
        root,
        latest,
    };
    let settings =
        json!({ "url": "https://example.atlassian.net/", "project": "OPS", "token": "t", "user": "a@example.com" });
    let Ask::Http(ask) = CHANNEL.ask(&settings, &crate::json_body(message), &attempt, &Sender::default()) else {
        panic!()
    };
    let path = ask.url.replace("https://example.atlassian.net/rest/api/2", "");
    (format!("{:?}", ask.method), path, String::from_utf8(ask.body).unwrap())
}

#[test]
fn a_transition_is_found_by_its_name_or_by_where_it_leads() {
    let list = json!({ "transitions": [
        { "id": "11", "name": "Start", "to": { "name": "In Progress" } },
        { "id": "31", "name": "Resolve it", "to": { "name": "Done" } },
    ] });
    let Outcome::Delivered { remote: Some(ways) } = judged("/OPS-24/transitions", 200, &list.to_string()) else {
        panic!()
    };
    let go = |way: &str, latest: Option<&str>| asked(&json!({ "go": way }), Some("OPS-24"), latest);
    let table = [("done", "31"), ("Resolve it", "31"), ("Start", "11"), ("In Progress", "11")];
    for (way, id) in table {
        let (method, path, body) = go(way, Some(&ways));
        assert_eq!((method.as_str(), path.as_str()), ("Post", "/issue/OPS-24/transitions"));
        assert_eq!(body, format!(r#"{{"transition":{{"id":"{id}"}}}}"#), "{way}");
    }
    for latest in [Some(ways.as_str()), Some("OPS-24"), None] {
        let (method, path, _) = go("Nowhere", latest);
        assert_eq!((method.as_str(), path.as_str()), ("Get", "/issue/OPS-24?fields=status"));
    }
}

#[test]
fn a_root_that_is_no_name_goes_into_no_address() {
    let message = json!({ "fields": { "summary": "x" }, "comment": "x" });
    for root in [None, Some(""), Some("../../myself"), Some("OPS 24")] {
        assert_eq!(asked(&message, root, None).1, "/issue", "{root:?}");
    }
    assert_eq!(asked(&message, Some("OPS-24"), None).1, "/issue/OPS-24/comment");
    assert_eq!(asked(&json!({ "go": "Done" }), None, None).1, "/project/OPS");
}

#[test]
fn settings_that_pass_and_do_not() {
    let url = "https://example.atlassian.net";
    settings::complained(
        &CHANNEL,
        &[
            (json!({ "url": url, "project": "OPS", "token": "t", "user": "a@example.com" }), ""),
            (
                json!({ "url": "https://jira.example.com/jira", "project": "O2_X", "token": "t", "labels": ["vendor"] }),
                "",
            ),
            (json!({ "url": url, "project": "ops", "token": "t" }), "like OPS in OPS-12"),
            (json!({ "url": url, "project": "OPS", "token": "t", "labels": ["a b"] }), "white space"),
            (json!({ "url": url, "project": "OPS" }), "`token` is missing"),
            (json!({ "project": "OPS", "token": "t" }), "`url` is missing"),
        ],
    );
}

#[test]
fn the_token_is_not_shown() {
    let shown = CHANNEL.redacted(&json!({ "url": "https://example.atlassian.net", "token": "s3cr3t" }));
    assert_eq!(shown, json!({ "url": "https://example.atlassian.net", "token": "••••" }));
}
