use serde_json::json;
use tocsin_domain::{Failure, FailureKind};

use super::*;

fn answer(status: u16, body: &str) -> Answer {
    Answer::Http(HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() })
}

fn judged(status: u16, body: &str) -> &'static str {
    crate::judge::word(&CHANNEL.judge(&answer(status, body), Timestamp::from_second(0)))
}

#[test]
fn a_table_of_answers() {
    let table = [
        (200, "ok", "delivered"),
        (200, "OK\n", "delivered"),
        (200, "", "ambiguous"),
        (200, "<html>proxy</html>", "ambiguous"),
        (302, "", "retry"),
        (400, "invalid_payload", "reject"),
        (400, "invalid_blocks", "reject"),
        (400, "no_text", "reject"),
        (400, "user_not_found", "reject"),
        (403, "action_prohibited", "auth"),
        (403, "invalid_token", "auth"),
        (403, "anything", "auth"),
        (404, "no_service", "gone"),
        (404, "no_team", "gone"),
        (404, "channel_not_found", "gone"),
        (404, "", "gone"),
        (410, "channel_is_archived", "gone"),
        (413, "", "reject"),
        (429, "", "retry"),
        (500, "rollup_error", "retry"),
        (503, "", "retry"),
    ];
    for (status, body, word) in table {
        assert_eq!(judged(status, body), word, "{status} {body}");
    }
}

#[test]
fn it_says_how_long_to_wait() {
    let headers = vec![("retry-after".to_owned(), "30".to_owned())];
    let answer = Answer::Http(HttpAnswer { status: 429, headers, ..HttpAnswer::default() });
    assert_eq!(CHANNEL.judge(&answer, Timestamp::from_second(0)), Outcome::RetryAfter { seconds: 30 });
}

#[test]
fn no_answer_may_mean_that_it_arrived() {
    let failed = |sent| {
        let failure = Failure { kind: FailureKind::Timeout, detail: "no answer".into(), sent };
        CHANNEL.judge(&Answer::Failed(failure), Timestamp::from_second(0))
    };
    assert_eq!(failed(true), Outcome::Ambiguous { detail: "no answer".into() });
    assert_eq!(failed(false), Outcome::Retry { detail: "no answer".into(), slow: false });
}

#[test]
fn every_mistake_is_named_at_once() {
    let problems = CHANNEL.validate(&json!({ "ulr": "x", "channel": "#ops" }));
    let text: Vec<&str> = problems.iter().map(|one| one.detail.as_str()).collect();
    assert_eq!(problems.len(), 3, "{text:?}");
    assert!(text.iter().any(|text| text.contains("did you mean `url`?")), "{text:?}");
    assert!(text.iter().any(|text| text.contains("no setting `channel`; it takes `url`")), "{text:?}");
    assert!(text.iter().any(|text| text.contains("`url` is missing")), "{text:?}");
}

#[test]
fn addresses_that_pass_and_do_not() {
    let table = [
        ("https://hooks.slack.com/services/T1/B1/x", true),
        ("https://hooks.slack-gov.com/services/T1/B1/x", true),
        ("http://127.0.0.1:9200/slack", true),
        ("https://slack.test/hook", true),
        ("http://hooks.slack.com/services/T1/B1/x", false),
        ("https://hooks.slack.com/", false),
        ("https://example.com/services/T1/B1/x", false),
        ("hooks.slack.com/services/T1", false),
        ("", false),
    ];
    for (url, fine) in table {
        assert_eq!(CHANNEL.validate(&json!({ "url": url })).is_empty(), fine, "{url}");
    }
}

#[test]
fn secrets_are_cut() {
    let shown = |url: &str| CHANNEL.redacted(&json!({ "url": url }))["url"].clone();
    assert_eq!(
        shown("https://hooks.slack.com/services/T0123456/B0123456/s3cr3t"),
        "https://hooks.slack.com/services/T01…/B01…/••••"
    );
    assert_eq!(shown("http://127.0.0.1:9200/slack/s3cr3t?token=s3cr3t"), "http://127.0.0.1:9200/slack/••••?token=••••");
    assert_eq!(shown("s3cr3t"), "••••");
}
