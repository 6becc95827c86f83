use serde_json::json;

use super::*;
use crate::template_examples;

fn settings() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/cases/web_push/settings.json");
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn a_table_of_answers() {
    let table = [
        (201, "", "delivered"),
        (202, "", "delivered"),
        (400, "invalid JWT provided", "auth"),
        (400, "Topic is invalid", "reject"),
        (401, "Unauthorized", "auth"),
        (403, "the VAPID credentials do not correspond", "auth"),
        (404, "push subscription has expired", "gone"),
        (410, "push subscription has unsubscribed or expired", "gone"),
        (413, "Payload Too Large", "reject"),
        (429, "", "retry"),
        (500, "", "retry"),
        (302, "", "retry"),
    ];
    for (status, body, word) in table {
        let answer = Answer::Http(HttpAnswer { status, body: body.as_bytes().to_vec(), ..HttpAnswer::default() });
        assert_eq!(crate::judge::word(&CHANNEL.judge(&answer, Timestamp::from_second(0))), word, "{status} {body}");
    }
}

#[test]
fn settings_that_pass_and_do_not() {
    let with = |key: &str, value: &str| {
        let mut settings = settings();
        settings[key] = Value::from(value);
        settings
    };
    let table = [
        (settings(), 0),
        (with("endpoint", "https://updates.push.services.mozilla.com/wpush/v2/gAAAA"), 0),
        (with("endpoint", "https://web.push.apple.com/QGn"), 0),
        (with("endpoint", "https://wns2-am3p.notify.windows.com/w/?token=B"), 0),
        (with("endpoint", "http://127.0.0.1:9200/push/1"), 0),
        (with("endpoint", "https://evil.example/push"), 1),
        (with("endpoint", "https://evilpush.apple.com.example/"), 1),
        (with("endpoint", "https://xpush.apple.com/"), 1),
        (with("p256dh", "AAAA"), 1),
        (with("auth", "c2hvcnQ"), 1),
        (json!({}), 3),
    ];
    for (settings, mistakes) in table {
        let problems = CHANNEL.validate(&settings);
        assert_eq!(problems.len(), mistakes, "{settings}: {problems:?}");
    }
}

#[test]
fn only_the_makers_service_is_shown() {
    let shown = CHANNEL.redacted(&settings());
    assert_eq!(shown, json!({ "endpoint": "https://fcm.googleapis.com/••••", "p256dh": "••••", "auth": "••••" }));
}

#[test]
fn each_attempt_is_sealed_anew_and_without_a_key_nobody_signs() {
    let (_, notice) = template_examples().remove(0);
    let composed = CHANNEL.compose(&settings(), &notice, &Sender::default()).remove(0);
    let asked = |number: u32, vapid: &[u8]| {
        let attempt = Attempt {
            delivery: uuid::Uuid::nil(),
            number,
            event: "incident.opened",
            now: Timestamp::from_second(1_771_624_800),
            thread: "",
            root: None,
            latest: None,
        };
        let sender = Sender { vapid: vapid.to_vec(), ..Sender::default() };
        let Ask::Http(http) = CHANNEL.ask(&settings(), &composed, &attempt, &sender) else { panic!("no mail") };
        http
    };
    assert_eq!(asked(1, &[5; 32]), asked(1, &[5; 32]));
    assert_ne!(asked(1, &[5; 32]).body, asked(2, &[5; 32]).body);
    assert_ne!(asked(1, &[5; 32]).body, asked(1, &[6; 32]).body);
    let signs = |http: &HttpAsk| http.headers.iter().any(|(name, _)| name == "authorization");
    assert!(signs(&asked(1, &[5; 32])) && !signs(&asked(1, &[])) && !signs(&asked(1, &[0; 32])));
}

#[test]
fn whatever_is_written_fits_one_record() {
    for (about, mut notice) in template_examples() {
        if let Subject::Incident(incident) = &mut notice.event.subject {
            incident.title = "\"\\\u{1}停🔥".repeat(2_000);
            incident.updates.iter_mut().for_each(|entry| entry.body = "\"\\ 停🔥\n".repeat(4_000));
            incident.url = Some(format!("https://example.com/{}", "a".repeat(2_000)));
            notice.links.vendor.clone_from(&incident.url);
            notice.event.updates.clone_from(&incident.updates);
        }
        let envelope = envelope(&notice, &Said::new(&notice));
        assert!(envelope["message"].to_string().len() <= WEB_PUSH_BYTES, "{about}");
        assert!(!envelope["message"]["body"].as_str().unwrap().is_empty(), "{about}");
    }
}

#[test]
fn whom_a_push_service_may_write_to() {
    let table = [
        ("Tocsin <tocsin@example.com>", "https://t.example", "mailto:tocsin@example.com"),
        ("tocsin@example.com", "", "mailto:tocsin@example.com"),
        ("", "https://t.example", "https://t.example"),
        ("", "http://127.0.0.1:8400", "mailto:tocsin@localhost"),
    ];
    for (mail_from, base_url, expected) in table {
        let sender = Sender { mail_from: mail_from.into(), base_url: base_url.into(), ..Sender::default() };
        assert_eq!(contact(&sender), expected);
    }
}
