//! Every sample notice composed for every kind of channel: one JSON object a line, for the validators.
//!
//! `{"kind", "case", "method", "url", "headers", "body"}`, or `{"kind", "case", "from", "to", "message"}` for mails
//! (base64 where the bytes are not JSON).

#[path = "../tests/samples/mod.rs"]
mod samples;

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tocsin_channels::{ALL, Attempt, Kind, Sender};
use tocsin_domain::Ask;

/// The time of all attempts; seconds since 1970 of it may be given as the first argument.
const NOW: &str = "2026-02-20T22:02:00Z";

fn main() -> std::io::Result<()> {
    let now = std::env::args().nth(1).and_then(|seconds| seconds.parse().ok());
    let now = now.map_or_else(|| samples::at(NOW), tocsin_domain::Timestamp::from_second);
    let sender = Sender {
        base_url: "https://tocsin.example.com".to_owned(),
        mail_from: "Tocsin <tocsin@example.com>".to_owned(),
        unsubscribe_key: b"an example key of thirty-two byt".to_vec(),
        ..Sender::default()
    };
    let mut out = std::io::stdout().lock();
    for kind in ALL {
        let settings = settings(*kind);
        for (case, notice) in samples::all() {
            for composed in kind.channel().compose(&settings, &notice, &sender.for_channel("hook")) {
                let attempt = Attempt { delivery: notice.id, number: 1, event: notice.event.kind.word(), now };
                let ask = kind.channel().ask(&settings, &composed, &attempt, &sender);
                writeln!(out, "{}", line(*kind, case, &ask))?;
            }
        }
    }
    Ok(())
}

fn settings(kind: Kind) -> Value {
    match kind {
        Kind::Webhook => json!({
            "url": "https://hooks.example.com/tocsin",
            "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
        }),
        Kind::Email => json!({ "to": ["On call <oncall@example.com>"] }),
        Kind::Slack => json!({ "url": "https://hooks.slack.com/services/T000/B000/XXXX" }),
        Kind::Discord => json!({ "url": "https://discord.com/api/webhooks/1/token?thread_id=42" }),
        Kind::Teams => json!({ "url": "https://x.1.environment.api.powerplatform.com:443/w?sig=1" }),
    }
}

fn line(kind: Kind, case: &str, ask: &Ask) -> Value {
    match ask {
        Ask::Http(http) => json!({
            "kind": kind.name(),
            "case": case,
            "url": http.url,
            "headers": http.headers,
            "body": String::from_utf8_lossy(&http.body),
        }),
        Ask::Mail(mail) => json!({
            "kind": kind.name(),
            "case": case,
            "from": mail.from,
            "to": mail.to,
            "message": STANDARD.encode(&mail.message),
        }),
    }
}
