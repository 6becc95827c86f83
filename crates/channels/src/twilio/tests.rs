use serde_json::json;
use tocsin_domain::{Failure, FailureKind};

use super::*;
use crate::Channel;

const ACCOUNT_SID: &str = "AC00000000000000000000000000000000";

#[test]
fn a_table_of_answers() {
    let table = [
        (201, r#"{"sid":"SM1","status":"queued"}"#, "delivered"),
        (200, "<html>", "ambiguous"),
        (
            400,
            r#"{"code":21211,"message":"The 'To' number is not a valid phone number.","status":400}"#,
            "recipient_gone",
        ),
        (400, r#"{"code":21610,"message":"Attempt to send to unsubscribed recipient","status":400}"#, "recipient_gone"),
        (400, r#"{"code":21614,"message":"'To' number is not a valid mobile number","status":400}"#, "recipient_gone"),
        (400, r#"{"code":21611,"message":"queue is full","status":400}"#, "retry"),
        (400, r#"{"code":21606,"message":"The From phone number is not valid","status":400}"#, "auth"),
        (400, r#"{"code":21408,"message":"Permission to send to the region","status":400}"#, "auth"),
        (400, r#"{"code":21658,"message":"too long","status":400}"#, "reject"),
        (400, r#"{"code":21617,"message":"The concatenated message body exceeds","status":400}"#, "reject"),
        (400, r#"{"code":99999,"message":"something new","status":400}"#, "reject"),
        (401, r#"{"code":20003,"message":"Authenticate","status":401}"#, "auth"),
        (404, r#"{"code":20404,"message":"not found","status":404}"#, "gone"),
        (429, r#"{"code":20429,"message":"Too Many Requests","status":429}"#, "retry"),
        (500, "", "retry"),
        (307, "", "retry"),
    ];
    for (status, body, word) in table {
        for channel in [&sms::CHANNEL as &dyn Channel, &voice::CHANNEL] {
            let answer = Answer::Http(HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() });
            let outcome = channel.judge(&answer, Timestamp::from_second(0));
            assert_eq!(crate::judge::word(&outcome), word, "{status} {body}");
        }
    }
}

#[test]
fn what_may_have_been_sent_is_not_sent_again() {
    let failure = Failure { kind: FailureKind::Timeout, detail: "no answer".into(), sent: true };
    let outcome = sms::CHANNEL.judge(&Answer::Failed(failure), Timestamp::from_second(0));
    assert_eq!(outcome, Outcome::Ambiguous { detail: "no answer".into() });
    for kind in [crate::Kind::TwilioSms, crate::Kind::TwilioVoice] {
        assert_eq!(kind.manner().repeat, crate::Repeat::Never);
    }
}

#[test]
fn settings_that_pass_and_do_not() {
    let base = json!({ "account": ACCOUNT_SID, "secret": "s", "from": "+15005550006", "to": ["+491701234567"] });
    let with = |key: &str, value: Value| {
        let mut settings = base.clone();
        settings[key] = value;
        settings
    };
    let table = [
        (base.clone(), 0, 0),
        (with("key", json!("SK00000000000000000000000000000000")), 0, 0),
        (with("from", json!("MG0123456789abcdef0123456789abcdef")), 0, 1),
        (with("from", json!("Tocsin")), 0, 1),
        (with("from", json!("12345")), 0, 1),
        (with("from", json!("a name that is long")), 1, 1),
        (with("account", json!("AC1")), 1, 1),
        (with("key", json!("AC00000000000000000000000000000000")), 1, 1),
        (with("to", json!(["+491701234567", "+491701234567"])), 1, 1),
        (with("to", json!(["0170 1234567", "+0123456789"])), 2, 2),
        (with("to", json!([])), 1, 1),
        (with("secret", json!("a\nb")), 1, 1),
        (with("url", json!("http://127.0.0.1:9200")), 0, 0),
        (with("url", json!("https://evil.example")), 1, 1),
        (json!({}), 4, 4),
    ];
    for (settings, of_sms, of_voice) in table {
        let problems = (sms::CHANNEL.validate(&settings), voice::CHANNEL.validate(&settings));
        assert_eq!((problems.0.len(), problems.1.len()), (of_sms, of_voice), "{settings}: {problems:?}");
    }
}

#[test]
fn the_secret_is_cut_and_travels_in_one_header_only() {
    let settings = json!({ "account": ACCOUNT_SID, "secret": "s3cr3t", "from": "Tocsin", "to": ["+491701234567"] });
    assert_eq!(sms::CHANNEL.redacted(&settings)["secret"], json!("••••"));
    let composed = forms(&settings, &[("Body", "a & b")]);
    assert_eq!(composed.len(), 1);
    assert_eq!(
        (composed[0].to.as_str(), composed[0].body.as_slice()),
        ("+491701234567", &b"To=%2B491701234567&Body=a+%26+b"[..])
    );
    let Ask::Http(asked) = ask(&settings, &composed[0], "Messages.json") else { panic!("no mail") };
    assert_eq!(asked.url, format!("https://api.twilio.com/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"));
    let authorization = STANDARD.encode(format!("{ACCOUNT_SID}:s3cr3t"));
    assert!(asked.headers.contains(&("authorization".to_owned(), format!("Basic {authorization}"))));
}
