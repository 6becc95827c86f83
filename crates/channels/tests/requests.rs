//! The exact request of every channel for every kind of event: `cases/<channel>/<event>.snap`, reviewed like code.

mod samples;

use serde_json::{Value, json};
use tocsin_channels::{ALL, Attempt, Kind, Sender};
use tocsin_domain::Ask;
use tocsin_domain::alert::Notice;

fn sender() -> Sender {
    Sender {
        base_url: "https://tocsin.example.com".to_owned(),
        mail_from: "Tocsin <tocsin@example.com>".to_owned(),
        unsubscribe_key: b"an example key of thirty-two byt".to_vec(),
        ..Sender::default()
    }
}

fn settings(kind: Kind) -> Value {
    match kind {
        Kind::Webhook => {
            json!({ "url": "https://hooks.example.com/tocsin", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" })
        }
        Kind::Email => json!({ "to": ["On call <oncall@example.com>"] }),
        Kind::Slack => json!({ "url": "https://hooks.slack.com/services/T000/B000/XXXX" }),
        Kind::Discord => json!({ "url": "https://discord.com/api/webhooks/1/token?thread_id=42" }),
        Kind::Teams => json!({ "url": "https://x.1.environment.api.powerplatform.com:443/w?sig=1" }),
    }
}

/// All requests of one notice, as a person reads them: first line, headers, body.
fn requests(kind: Kind, notice: &Notice) -> String {
    let (settings, sender) = (settings(kind), sender().for_channel("hook"));
    let attempt = Attempt {
        delivery: notice.id,
        number: 1,
        event: notice.event.kind.word(),
        now: samples::at("2026-02-20T22:02:00Z"),
    };
    let composed = kind.channel().compose(&settings, notice, &sender);
    let asks = composed.iter().map(|message| kind.channel().ask(&settings, message, &attempt, &sender));
    asks.map(|ask| written(&ask)).collect::<Vec<_>>().join("\n\n")
}

fn written(ask: &Ask) -> String {
    match ask {
        Ask::Http(http) => {
            let headers: Vec<String> = http.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let body: Value = serde_json::from_slice(&http.body).unwrap();
            format!("POST {}\n{}\n\n{}", http.url, headers.join("\n"), serde_json::to_string_pretty(&body).unwrap())
        }
        Ask::Mail(mail) => {
            let message = String::from_utf8(mail.message.clone()).unwrap();
            format!("MAIL FROM {} RCPT TO {}\n\n{}", mail.from, mail.to, message.replace("\r\n", "\n"))
        }
    }
}

fn case(kind: Kind) {
    for (name, notice) in samples::all() {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(format!("../cases/{}", kind.name()));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, requests(kind, &notice)));
    }
}

#[test]
fn webhook() {
    case(Kind::Webhook);
}

#[test]
fn email() {
    case(Kind::Email);
}

#[test]
fn slack() {
    case(Kind::Slack);
}

#[test]
fn discord() {
    case(Kind::Discord);
}

#[test]
fn teams() {
    case(Kind::Teams);
}

#[test]
fn every_channel_has_cases() {
    for kind in ALL {
        let folder = format!("{}/cases/{}", env!("CARGO_MANIFEST_DIR"), kind.name());
        assert!(std::fs::read_dir(&folder).is_ok_and(|mut files| files.next().is_some()), "{folder} is missing");
    }
}

#[test]
fn composing_twice_gives_the_same_bytes() {
    for kind in ALL {
        for (name, notice) in samples::all() {
            let compose = || kind.channel().compose(&settings(*kind), &notice, &sender().for_channel("hook"));
            assert_eq!(compose(), compose(), "{} of {name}", kind.name());
        }
    }
}
