//! Every sample notice composed for every kind of channel: one JSON object a line, for the validators.
//!
//! `{"kind", "case", "method", "url", "headers", "body"}`, or `{"kind", "case", "from", "to", "message"}` for mails
//! (base64 where the bytes are not JSON; a body that is no text stands under `sealed` instead).

#[path = "../tests/samples/mod.rs"]
mod samples;

use std::io::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tocsin_channels::{ALL, Kind, Sender};
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
        vapid: b"an example key of thirty-two byt".to_vec(),
        ..Sender::default()
    };
    let mut out = std::io::stdout().lock();
    for kind in ALL {
        let settings = samples::settings(*kind);
        for (case, notice) in samples::all() {
            for composed in kind.channel().compose(&settings, &notice, &sender.for_channel("hook")) {
                let root = Some(samples::root(*kind)).filter(|_| !notice.first_of_thread);
                let attempt = samples::attempt(&notice, root, now);
                let ask = kind.channel().ask(&settings, &composed, &attempt, &sender);
                writeln!(out, "{}", line(*kind, case, &ask))?;
            }
        }
    }
    Ok(())
}

fn line(kind: Kind, case: &str, ask: &Ask) -> Value {
    match ask {
        Ask::Http(http) if std::str::from_utf8(&http.body).is_err() => json!({
            "kind": kind.name(),
            "case": case,
            "method": format!("{:?}", http.method).to_uppercase(),
            "url": http.url,
            "headers": http.headers,
            "sealed": STANDARD.encode(&http.body),
        }),
        Ask::Http(http) => json!({
            "kind": kind.name(),
            "case": case,
            "method": format!("{:?}", http.method).to_uppercase(),
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
