//! Secrets stay where they were given: none is in a composed body, in settings as shown, or in what is kept of a receiver
//! that echoes everything it was sent.

#[expect(dead_code, reason = "shared with the other tests")]
mod samples;

use serde_json::Value;
use tocsin_channels::{ALL, Kind, Secrets, Sender};
use tocsin_domain::Ask;

const CANARY: &str = "CANARYcanary00";

/// Settings in which every secret holds a canary: the end of an address's path, its query, or all of a token.
fn planted(kind: Kind) -> Value {
    let mut settings = samples::settings(kind);
    for setting in kind.channel().settings().iter().filter(|setting| setting.secret) {
        match settings.get_mut(setting.key) {
            Some(Value::String(text)) => *text = plant(text),
            // `X-Api-Key: …`
            Some(Value::Array(list)) => {
                for text in list {
                    let name = text.as_str().and_then(|line| line.split_once(": ")).map(|(name, _)| name.to_owned());
                    let name = name.map(|name| format!("{name}: ")).unwrap_or_default();
                    *text = Value::from(format!("{name}{CANARY}{CANARY}"));
                }
            }
            _ => {}
        }
    }
    settings
}

fn plant(text: &str) -> String {
    let Ok(mut url) = url::Url::parse(text) else {
        // `whsec_…` and the like say by their beginning what they are.
        let words = text.split_whitespace().map(|word| match word.split_once('_') {
            Some((head, _)) => format!("{head}_{CANARY}{CANARY}0000"),
            None => format!("{CANARY}{CANARY}0000"),
        });
        return words.collect::<Vec<_>>().join(" ");
    };
    let pairs: Vec<String> = url.query_pairs().map(|(name, _)| name.into_owned()).collect();
    if pairs.is_empty() {
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop().push(CANARY);
        }
    } else {
        url.query_pairs_mut().clear().extend_pairs(pairs.iter().map(|name| (name, CANARY)));
    }
    url.to_string()
}

#[test]
fn no_channel_gives_its_secrets_away() {
    let sender = Sender { mail_from: "Tocsin <tocsin@example.com>".to_owned(), ..Sender::default() };
    for kind in ALL.iter().copied() {
        let settings = planted(kind);
        let has_secrets = settings.to_string().contains(CANARY);
        assert_eq!(has_secrets, kind.channel().settings().iter().any(|setting| setting.secret), "{}", kind.name());
        let shown = kind.channel().redacted(&settings).to_string();
        assert!(!shown.contains(CANARY), "{} shows {shown}", kind.name());
        let mut asks = 0;
        for (name, notice) in samples::all() {
            for composed in kind.channel().compose(&settings, &notice, &sender) {
                let stored = String::from_utf8_lossy(&composed.body).into_owned();
                assert!(!stored.contains(CANARY), "{}, {name}: the stored body holds a secret", kind.name());
                let attempt = samples::attempt(&notice, None, samples::at("2026-02-20T22:02:00Z"));
                let ask = kind.channel().ask(&settings, &composed, &attempt, &sender);
                let Ask::Http(http) = &ask else { continue };
                let headers: String = http.headers.iter().map(|(name, value)| format!("{name}: {value}\n")).collect();
                let echo = format!("{}\n{headers}\n{}", http.url, String::from_utf8_lossy(&http.body));
                asks += 1;
                let secrets = Secrets::of(kind, &settings, &ask);
                let kept = secrets.cut(&echo);
                assert!(!kept.contains(CANARY), "{}, {name}: {kept}", kind.name());
                let words = headers.lines().filter(|line| line.starts_with("authorization:"));
                for word in words.flat_map(str::split_whitespace).skip(1).filter(|word| word.len() > 7) {
                    assert!(!kept.contains(word), "{}, {name}: {word} is a credential", kind.name());
                }
            }
        }
        assert!(asks > 0 || kind == Kind::Email, "{} asked for nothing", kind.name());
    }
}

#[test]
fn a_repeat_says_that_it_is_one() {
    let sender = Sender::default();
    let notice = samples::all().into_iter().find(|(name, _)| *name == "incident-opened").map(|(_, notice)| notice);
    let notice = notice.expect("the sample");
    for kind in [Kind::Slack, Kind::Discord, Kind::Teams] {
        let settings = samples::settings(kind);
        let composed = kind.channel().compose(&settings, &notice, &sender).remove(0);
        let marked = kind.channel().marked(&composed).expect("a marked one");
        let text = String::from_utf8(marked.body).expect("text");
        assert!(text.contains("This may be a repeat") && text.len() < composed.body.len() + 200, "{}", kind.name());
        assert!(Kind::Webhook.channel().marked(&composed).is_none(), "its id says it");
    }
}
