use serde_json::json;
use tocsin_domain::{Failure, FailureKind};

use super::*;

#[test]
fn a_table_of_replies() {
    let table = [
        (250, "2.0.0 Ok: queued as 4XkQ9", "delivered"),
        (354, "go ahead", "retry"),
        (421, "4.7.0 Try again later", "retry"),
        (450, "4.2.0 Greylisted", "after"),
        (451, "4.7.1 Greylisting in action, please come back in 00:04:59", "after"),
        (450, "4.3.2 Too many connections", "retry"),
        (451, "4.3.0 Local error", "retry"),
        (452, "4.2.2 Mailbox full", "retry"),
        (530, "5.7.0 Must issue a STARTTLS command first", "auth"),
        (535, "5.7.8 Authentication failed", "auth"),
        (550, "5.7.1 Authentication required", "auth"),
        (454, "4.7.0 Temporary authentication failure", "auth"),
        (550, "5.1.1 User unknown", "recipient_gone"),
        (550, "5.1.2 Host unknown", "recipient_gone"),
        (550, "5.1.3 Bad recipient address syntax", "recipient_gone"),
        (551, "5.1.6 Moved", "recipient_gone"),
        (556, "5.1.10 Domain has null MX", "recipient_gone"),
        (550, "5.2.1 Mailbox disabled", "recipient_gone"),
        (550, "No such user here", "recipient_gone"),
        (550, "5.1.0 <a@example.com>: Recipient unknown", "recipient_gone"),
        (553, "sorry, no mailbox here by that name", "recipient_gone"),
        (550, "Sender address rejected: user unknown", "reject"),
        (550, "5.1.8 Sender domain unknown", "reject"),
        (552, "5.2.2 Mailbox full", "reject"),
        (552, "5.3.4 Message too big", "reject"),
        (552, "5.7.0 Blocked because of its content", "reject"),
        (554, "5.7.1 Relay access denied", "reject"),
        (554, "no such user", "reject"),
        (550, "", "reject"),
    ];
    for (code, text, word) in table {
        let outcome = CHANNEL.judge(&Answer::Mail { code, text: text.into() }, Timestamp::from_second(0));
        assert_eq!(crate::judge::word(&outcome), word, "{code} {text}");
    }
    let queued =
        CHANNEL.judge(&Answer::Mail { code: 250, text: "2.0.0 Ok: queued as 4XkQ9".into() }, Timestamp::from_second(0));
    assert_eq!(queued, Outcome::Delivered { remote: Some("4XkQ9".into()) });
}

#[test]
fn greylisting_is_waited_out() {
    let table = [
        ("4.2.0 Greylisted, see http://example.com/help/12.html", 300),
        ("Greylisted for 5 minutes", 300),
        ("4.7.1 Greylisting in action, please come back in 00:04:59", 299),
        ("Greylisted; try again in 600s.", 600),
        ("graylisted, retry after (90) seconds", 300),
        ("Greylisted for 7 hours", 3_600),
        ("Greylisted for 0 seconds", 1),
    ];
    for (text, seconds) in table {
        let outcome = CHANNEL.judge(&Answer::Mail { code: 450, text: text.into() }, Timestamp::from_second(0));
        assert_eq!(outcome, Outcome::RetryAfter { seconds }, "{text}");
    }
}

#[test]
fn a_lost_last_reply_may_mean_that_it_arrived() {
    let failure = Failure { kind: FailureKind::Reset, detail: "connection broke".into(), sent: true };
    let outcome = CHANNEL.judge(&Answer::Failed(failure), Timestamp::from_second(0));
    assert_eq!(outcome, Outcome::Ambiguous { detail: "connection broke".into() });
}

#[test]
fn settings_that_pass_and_do_not() {
    let table = [
        (json!({ "to": ["oncall@example.com"] }), 0),
        (json!({ "to": ["On call <oncall@example.com>", "boss@example.com"] }), 0),
        (json!({ "to": "a@example.com, b@example.com" }), 0),
        (json!({ "to": ["root@localhost"] }), 0),
        (json!({ "to": [] }), 1),
        (json!({ "to": [""] }), 1),
        (json!({ "to": ["nobody", "also nobody@", "fine@example.com"] }), 2),
        (json!({ "to": ["a@example.com", "A <a@example.com>"] }), 1),
        (json!({ "to": ["a@example.com\r\nBcc: b@example.com"] }), 1),
        (json!({ "to": ["a@example..com"] }), 1),
        (json!({ "to": ["jürgen@example.com"] }), 1),
        (json!({ "to": ["Jürgen <j@xn--bcher-kva.example>"] }), 0),
        (json!({ "to": [7], "from": "x" }), 2),
        (json!({}), 1),
    ];
    for (settings, mistakes) in table {
        let problems = CHANNEL.validate(&settings);
        assert_eq!(problems.len(), mistakes, "{settings}: {problems:?}");
    }
}

#[test]
fn the_sender_is_always_somebody() {
    let table = [
        ("Tocsin <tocsin@example.com>", "https://t.example.org", "Tocsin <tocsin@example.com>"),
        ("alerts@example.com", "", "alerts@example.com"),
        ("", "https://t.example.org", "Tocsin <tocsin@t.example.org>"),
        ("broken", "http://127.0.0.1:8400", "Tocsin <tocsin@localhost>"),
    ];
    for (mail_from, base_url, expected) in table {
        let sender = Sender { mail_from: mail_from.into(), base_url: base_url.into(), ..Sender::default() };
        assert_eq!(parts::from(&sender).to_string(), expected);
    }
}
