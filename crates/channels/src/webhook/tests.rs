use serde_json::json;
use tocsin_domain::{Failure, FailureKind, HttpAnswer};
use uuid::Uuid;

use super::*;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn asked(settings: &Value, now: i64) -> HttpAsk {
    let composed = Composed {
        content_type: "application/json".into(),
        body: br#"{"test": 2432232314}"#.to_vec(),
        to: String::new(),
        part: crate::Part::Root,
    };
    let attempt = Attempt {
        delivery: Uuid::from_u128(7),
        number: 2,
        event: "test.ping",
        now: Timestamp::from_second(now),
        thread: "",
        root: None,
        latest: None,
    };
    match CHANNEL.ask(settings, &composed, &attempt, &Sender::default()) {
        Ask::Http(http) => http,
        Ask::Mail(_) => panic!("a webhook is no mail"),
    }
}

fn header<'a>(ask: &'a HttpAsk, name: &str) -> Option<&'a str> {
    ask.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

#[test]
fn the_signature_is_the_published_example() {
    let key = key_of(SECRET).unwrap();
    let signed = signature(&key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, br#"{"test": 2432232314}"#);
    assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
}

#[test]
fn each_attempt_is_signed_anew_and_two_secrets_sign_both() {
    let both =
        json!({ "url": "https://e.com/h", "secret": format!("{SECRET} whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD") });
    let (first, second) = (asked(&both, 1_000), asked(&both, 1_005));
    assert_eq!(header(&first, "webhook-id"), Some("00000000-0000-0000-0000-000000000007"));
    assert_eq!(header(&first, "webhook-id"), header(&second, "webhook-id"));
    assert_eq!(first.body, second.body);
    assert_ne!(header(&first, "webhook-signature"), header(&second, "webhook-signature"));
    assert_eq!(header(&first, "webhook-signature").map(|text| text.matches("v1,").count()), Some(2));
    assert_eq!(header(&first, "webhook-timestamp"), Some("1000"));
}

#[test]
fn an_old_secret_signs_until_its_end() {
    let with = |until: &str| {
        let mut settings = json!({ "url": "https://e.com/h", "secret": SECRET });
        settings["old_secret"] = json!("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD");
        if !until.is_empty() {
            settings["old_secret_until"] = json!(until);
        }
        settings
    };
    let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
    let table = [
        ("", 2),
        ("2026-03-01", 2),
        ("2026-03-01T12:00:01Z", 2),
        ("2026-03-01T13:30:00+01:00", 2),
        ("2026-03-01T12:00:00Z", 1),
        ("2026-02-28", 1),
    ];
    for (until, signatures) in table {
        assert!(CHANNEL.validate(&with(until)).is_empty(), "{until}");
        let ask = asked(&with(until), now.as_second());
        let signed = header(&ask, "webhook-signature").unwrap();
        assert_eq!(signed.split(' ').count(), signatures, "{until}: {signed}");
        assert!(
            signed.starts_with(
                &signature(
                    &key_of(SECRET).unwrap(),
                    "00000000-0000-0000-0000-000000000007",
                    now.as_second(),
                    &ask.body
                )
                .unwrap()
            )
        );
    }
}

#[test]
fn a_cloud_event_says_who_what_and_when() {
    let composed = Composed {
        content_type: "application/json".into(),
        body: json!({
            "type": "incident.opened",
            "timestamp": "2026-02-20T22:01:38Z",
            "data": { "sequence": 7, "provider": { "slug": "kustomer" }, "incident": { "id": "i 1\u{e9}" } },
        })
        .to_string()
        .into_bytes(),
        to: String::new(),
        part: crate::Part::Root,
    };
    let settings = json!({ "url": "https://e.com/h", "format": "cloudevents" });
    let sender = Sender { base_url: "https://tocsin.example.com".into(), ..Sender::default() };
    let attempt = Attempt {
        delivery: Uuid::from_u128(7),
        number: 1,
        event: "incident.opened",
        now: Timestamp::from_second(0),
        thread: "",
        root: None,
        latest: None,
    };
    let Ask::Http(ask) = CHANNEL.ask(&settings, &composed, &attempt, &sender) else { panic!("no mail") };
    let table = [
        ("ce-specversion", "1.0"),
        ("ce-id", "00000000-0000-0000-0000-000000000007"),
        ("ce-source", "https://tocsin.example.com"),
        ("ce-type", "tocsin.incident.opened"),
        ("ce-time", "2026-02-20T22:01:38Z"),
        ("ce-subject", "kustomer/i%201%C3%A9"),
        ("ce-sequence", "7"),
        ("content-type", "application/json"),
    ];
    for (name, value) in table {
        assert_eq!(header(&ask, name), Some(value), "{name}");
    }
    assert_eq!(ask.body, composed.body);
}

#[test]
fn without_a_secret_nothing_is_signed() {
    let ask = asked(&json!({ "url": "https://e.com/h" }), 1_000);
    assert_eq!(header(&ask, "webhook-signature"), None);
    assert!(header(&ask, "user-agent").is_some_and(|agent| agent.starts_with("Tocsin/")));
}

#[test]
fn a_table_of_answers() {
    let table = [
        (200, "delivered"),
        (204, "delivered"),
        (301, "retry"),
        (400, "reject"),
        (401, "auth"),
        (404, "gone"),
        (408, "retry"),
        (410, "gone"),
        (413, "reject"),
        (422, "reject"),
        (425, "retry"),
        (429, "retry"),
        (500, "retry"),
        (502, "retry"),
        (599, "retry"),
    ];
    for (status, word) in table {
        let answer = Answer::Http(HttpAnswer { status, ..HttpAnswer::default() });
        let outcome = CHANNEL.judge(&answer, Timestamp::from_second(0));
        assert_eq!(crate::judge::word(&outcome), word, "{status}");
    }
}

#[test]
fn waits_are_read_in_every_spelling() {
    let now: Timestamp = "2026-02-20T22:00:00Z".parse().unwrap();
    let table = [
        ("7", Some(7)),
        ("0", Some(1)),
        ("1.2", Some(2)),
        ("999999", Some(3_600)),
        ("-5", Some(1)),
        ("Fri, 20 Feb 2026 22:01:30 GMT", Some(90)),
        ("Fri, 20 Feb 2026 21:00:00 GMT", Some(1)),
        ("soon", None),
        ("NaN", None),
        ("inf", None),
    ];
    for (value, seconds) in table {
        for status in [429, 503] {
            let headers = vec![("retry-after".to_owned(), value.to_owned())];
            let answer = Answer::Http(HttpAnswer { status, headers, ..HttpAnswer::default() });
            let outcome = CHANNEL.judge(&answer, now);
            match seconds {
                Some(seconds) => assert_eq!(outcome, Outcome::RetryAfter { seconds }, "{value}"),
                None => assert!(matches!(outcome, Outcome::Retry { slow: true, .. }), "{value}: {outcome:?}"),
            }
        }
    }
}

#[test]
fn a_receiver_may_stop_one_message() {
    let headers = vec![("webhook-delivery".to_owned(), "abort-message".to_owned())];
    let answer = Answer::Http(HttpAnswer { status: 503, headers, ..HttpAnswer::default() });
    assert!(matches!(CHANNEL.judge(&answer, Timestamp::from_second(0)), Outcome::RejectPayload { .. }));
}

#[test]
fn an_address_we_refuse_to_ask_keeps_the_queue() {
    let failure = Failure { kind: FailureKind::Forbidden, detail: "private address".into(), sent: false };
    let outcome = CHANNEL.judge(&Answer::Failed(failure), Timestamp::from_second(0));
    assert_eq!(outcome, Outcome::EndpointAuth { detail: "private address".into() });
}

#[test]
fn settings_that_pass_and_do_not() {
    let table = [
        (json!({ "url": "http://127.0.0.1:9200/hook", "secret": SECRET }), 0),
        (json!({ "url": "http://10.1.2.3/hook" }), 0),
        (json!({ "url": "http://receiver:9200/hook" }), 0),
        (json!({ "url": "https://example.com/hook" }), 0),
        (json!({ "url": "http://example.com/hook" }), 1),
        (json!({ "url": "ftp://example.com/hook", "secret": "plain" }), 2),
        (json!({ "url": "https://user:pass@example.com/hook" }), 1),
        (json!({ "url": "https://example.com/#x", "secret": "whsec_$$$", "sekret": "x" }), 3),
        (json!({ "url": "https://example.com/", "secret": "whsec_c2hvcnQ=" }), 1),
        (json!({ "url": 7, "secret": ["whsec_"] }), 2),
        (json!({ "url": "https://example.com/", "old_secret": SECRET }), 1),
        (json!({ "url": "https://example.com/", "secret": SECRET, "old_secret": "x", "old_secret_until": "soon" }), 2),
        (json!({ "url": "https://example.com/", "format": "cloudevents" }), 0),
        (json!({ "url": "https://example.com/", "format": "xml" }), 1),
        (json!({}), 1),
        (Value::Null, 1),
    ];
    for (settings, mistakes) in table {
        let problems = CHANNEL.validate(&settings);
        assert_eq!(problems.len(), mistakes, "{settings}: {problems:?}");
    }
}

#[test]
fn secrets_are_cut() {
    let shown = CHANNEL
        .redacted(&json!({ "url": "https://example.com/hook/a?key=s3cr3t", "secret": SECRET, "typo": "s3cr3t" }));
    assert_eq!(shown, json!({ "url": "https://example.com/hook/a?key=••••", "secret": "••••", "typo": "••••" }));
}
