//! Webhook: Standard Webhooks. The body is the contract's, signed anew for each attempt.

mod body;
mod cloudevents;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use tocsin_domain::alert::Notice;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAsk, Timestamp};

pub use body::{body_of, incident_of, maintenance_of, warning_of};

use crate::settings::{self, problem};
use crate::{Attempt, Channel, Composed, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Webhook = Webhook;

pub(crate) struct Webhook;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "url",
        required: true,
        secret: false,
        list: false,
        help: "the address that takes the messages, like https://example.com/hook.",
    },
    Setting {
        key: "secret",
        required: false,
        secret: true,
        list: false,
        help: "signs the messages as Standard Webhooks has it: whsec_ and base64 of 24 to 64 random bytes.",
    },
    Setting {
        key: "old_secret",
        required: false,
        secret: true,
        list: false,
        help: "the secret that is being replaced: messages carry its signature beside the new one's, until old_secret_until.",
    },
    Setting {
        key: "old_secret_until",
        required: false,
        secret: false,
        list: false,
        help: "the end of the old secret, in UTC, like 2026-03-01 or 2026-03-01T12:00:00Z; leave it out to keep it until it is taken away.",
    },
    Setting {
        key: "format",
        required: false,
        secret: false,
        list: false,
        help: "\"standard\" (Standard Webhooks), or \"cloudevents\" for the same body with the headers of CloudEvents 1.0 (binary mode) besides.",
    },
];

const STANDARD: &str = "standard";
const CLOUDEVENTS: &str = "cloudevents";

/// Fewer bytes than this can be guessed.
const LEAST_KEY_BYTES: usize = 16;

/// Standard base64, with or without its padding.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

impl Channel for Webhook {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::address(settings, "url").err());
        for key in ["secret", "old_secret"] {
            for secret in settings::string(settings, key).split_whitespace() {
                problems.extend(wrong_secret(key, secret).map(|detail| problem(key, detail)));
            }
        }
        let until = settings::string(settings, "old_secret_until").trim();
        if !until.is_empty() && end(until).is_none() {
            let how = "`old_secret_until` must be a day or a moment in UTC, like 2026-03-01 or 2026-03-01T12:00:00Z";
            problems.push(problem("old_secret_until", how));
        }
        let has = |key: &str| !settings::string(settings, key).trim().is_empty();
        if has("old_secret") && !has("secret") {
            problems.push(problem("old_secret", "`old_secret` needs a `secret` that takes its place"));
        }
        let format = settings::string(settings, "format").trim();
        if !matches!(format, "" | STANDARD | CLOUDEVENTS) {
            problems.push(problem("format", format!("`format` is \"{STANDARD}\" or \"{CLOUDEVENTS}\"")));
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let body = body_of(notice).to_string().into_bytes();
        vec![Composed { content_type: "application/json".to_owned(), body, to: String::new(), part: crate::Part::Root }]
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, sender: &Sender) -> Ask {
        let id = attempt.delivery.to_string();
        let seconds = attempt.now.as_second();
        let mut headers = vec![
            ("content-type".to_owned(), composed.content_type.clone()),
            ("user-agent".to_owned(), crate::USER_AGENT.to_owned()),
            ("webhook-id".to_owned(), id.clone()),
            ("webhook-timestamp".to_owned(), seconds.to_string()),
        ];
        let keys = secrets(settings, attempt.now).filter_map(key_of);
        let signatures: Vec<String> = keys.filter_map(|key| signature(&key, &id, seconds, &composed.body)).collect();
        if !signatures.is_empty() {
            headers.push(("webhook-signature".to_owned(), signatures.join(" ")));
        }
        if settings::string(settings, "format").trim() == CLOUDEVENTS {
            headers.extend(cloudevents::headers(&id, &composed.body, &sender.base_url));
        }
        Ask::Http(HttpAsk {
            key: "deliver".to_owned(),
            method: Method::Post,
            url: settings::string(settings, "url").trim().to_owned(),
            headers,
            body: composed.body.clone(),
        })
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |http| {
            let aborts = http.status >= 300 && http.header("webhook-delivery") == Some("abort-message");
            aborts.then(|| Outcome::RejectPayload { detail: "the receiver asked to stop this message".to_owned() })
        })
    }

    fn is_machine(&self) -> bool {
        true
    }

    fn is_impersonal(&self) -> bool {
        true
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }
}

/// The secrets that sign at this moment, the new one first.
fn secrets(settings: &Value, now: Timestamp) -> impl Iterator<Item = &str> {
    let until = end(settings::string(settings, "old_secret_until").trim());
    let old = settings::string(settings, "old_secret");
    let old = if until.is_none_or(|until| now < until) { old } else { "" };
    settings::string(settings, "secret").split_whitespace().chain(old.split_whitespace())
}

/// A moment, or the end of a day (UTC).
fn end(text: &str) -> Option<Timestamp> {
    let day = || {
        let day: jiff::civil::Date = text.parse().ok()?;
        format!("{}T00:00:00Z", day.tomorrow().ok()?).parse().ok()
    };
    if text.len() == "2026-03-01".len() { day() } else { text.parse().ok() }
}

fn wrong_secret(setting: &str, secret: &str) -> Option<String> {
    let hint = "make one with: echo whsec_$(openssl rand -base64 32)";
    if !secret.starts_with("whsec_") {
        return Some(format!("`{setting}` must begin with whsec_; {hint}"));
    }
    match key_of(secret) {
        None => Some(format!("`{setting}` is not base64 after whsec_; {hint}")),
        Some(key) if key.len() < LEAST_KEY_BYTES => {
            Some(format!("`{setting}` holds {} bytes, at least {LEAST_KEY_BYTES} are needed; {hint}", key.len()))
        }
        Some(_) => None,
    }
}

fn key_of(secret: &str) -> Option<Vec<u8>> {
    BASE64.decode(secret.strip_prefix("whsec_")?).ok()
}

/// `v1,` and the signature over id, time and body.
fn signature(key: &[u8], id: &str, seconds: i64, body: &[u8]) -> Option<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Some(format!("v1,{}", BASE64.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests;
