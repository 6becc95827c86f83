use serde_json::json;

use super::*;

fn error(code: &str) -> String {
    format!(
        "<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>why</Message></Error></ErrorResponse>"
    )
}

#[test]
fn a_table_of_answers() {
    let fine = "<PublishResponse><PublishResult><MessageId>94f20ce6</MessageId></PublishResult></PublishResponse>";
    assert_eq!(judge::judged(&CHANNEL, 200, fine), "delivered");
    let table = [
        (400, "Throttling", "retry"),
        (400, "InvalidParameter", "reject"),
        (400, "ValidationError", "reject"),
        (400, "EndpointDisabled", "gone"),
        (400, "KMSAccessDenied", "auth"),
        (403, "AuthorizationError", "auth"),
        (403, "SignatureDoesNotMatch", "auth"),
        (403, "InvalidClientTokenId", "auth"),
        (403, "ExpiredToken", "auth"),
        (403, "RequestTimeTooSkewed", "retry"),
        (404, "NotFound", "gone"),
        (500, "InternalError", "retry"),
        (503, "ServiceUnavailable", "retry"),
    ];
    for (status, code, word) in table {
        assert_eq!(judge::judged(&CHANNEL, status, &error(code)), word, "{status} {code}");
    }
    let table =
        [(200, "", "ambiguous"), (302, "", "retry"), (413, "", "reject"), (429, "", "retry"), (500, "", "retry")];
    for (status, body, word) in table {
        assert_eq!(judge::judged(&CHANNEL, status, body), word, "{status} {body}");
    }
}

#[test]
fn settings_that_pass_and_do_not() {
    let with = |arn: &str| json!({ "topic_arn": arn, "key_id": "AKIA", "secret_key": "s" });
    let mut elsewhere = with("arn:aws:sns:us-east-1:123456789012:t");
    elsewhere["url"] = json!("https://sns.example.com");
    let mut at_home = with("arn:aws:sns:us-east-1:123456789012:t");
    at_home["url"] = json!("http://127.0.0.1:5000/");
    settings::complained(
        &CHANNEL,
        &[
            (with("arn:aws:sns:eu-central-1:123456789012:incidents"), ""),
            (with("arn:aws-cn:sns:cn-north-1:123456789012:incidents.fifo"), ""),
            (with("arn:aws:sqs:eu-central-1:123456789012:incidents"), "no topic"),
            (with("arn:aws:sns:eu-central-1:123456789012:incidents:sub"), "no topic"),
            (with("incidents"), "no topic"),
            (json!({ "topic_arn": "arn:aws:sns:us-east-1:123456789012:t" }), "`secret_key` is missing"),
            (elsewhere, "no address of AWS"),
            (at_home, ""),
        ],
    );
}

#[test]
fn topics_live_in_a_region() {
    let table = [
        ("arn:aws:sns:eu-central-1:123456789012:a", "https://sns.eu-central-1.amazonaws.com/"),
        ("arn:aws-cn:sns:cn-north-1:123456789012:a", "https://sns.cn-north-1.amazonaws.com.cn/"),
        ("arn:aws-us-gov:sns:us-gov-west-1:123456789012:a", "https://sns.us-gov-west-1.amazonaws.com/"),
    ];
    for (arn, url) in table {
        assert_eq!(Topic::named(arn).map(|topic| topic.url()).as_deref(), Some(url));
    }
}

#[test]
fn a_subject_is_ascii_on_one_line() {
    let table = [
        ("Kustomer: major incident – Voice’s down", "Kustomer: major incident - Voice's down".to_owned()),
        ("🔴 停电", String::new()),
        ("🔴 停电 in Oslo", "in Oslo".to_owned()),
        (&"x".repeat(300), format!("{}...", "x".repeat(96))),
    ];
    for (headline, wanted) in table {
        assert_eq!(subject(headline), wanted, "{headline}");
    }
}

#[test]
fn the_secret_is_not_shown() {
    let settings = json!({ "topic_arn": "arn", "key_id": "AKIA", "secret_key": "s3cr3t" });
    assert_eq!(CHANNEL.redacted(&settings), json!({ "topic_arn": "arn", "key_id": "AKIA", "secret_key": "••••" }));
}
