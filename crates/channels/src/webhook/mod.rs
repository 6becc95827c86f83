//! Webhook: Standard Webhooks. The body is the contract's, signed anew for each attempt.

mod body;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::Value;
use sha2::Sha256;
use tocsin_domain::alert::Notice;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAsk, Timestamp};

pub use body::{body_of, incident_of, maintenance_of};

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
        help: "signs the messages: whsec_ and base64 of 24 to 64 random bytes; two of them, apart by a space, while one replaces the other.",
    },
];

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
        for secret in settings::string(settings, "secret").split_whitespace() {
            problems.extend(wrong_secret(secret).map(|detail| problem("secret", detail)));
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let body = body_of(notice).to_string().into_bytes();
        vec![Composed { content_type: "application/json".to_owned(), body, to: String::new(), part: crate::Part::Root }]
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let id = attempt.delivery.to_string();
        let seconds = attempt.now.as_second();
        let mut headers = vec![
            ("content-type".to_owned(), composed.content_type.clone()),
            ("user-agent".to_owned(), crate::USER_AGENT.to_owned()),
            ("webhook-id".to_owned(), id.clone()),
            ("webhook-timestamp".to_owned(), seconds.to_string()),
        ];
        let keys = settings::string(settings, "secret").split_whitespace().filter_map(key_of);
        let signatures: Vec<String> = keys.filter_map(|key| signature(&key, &id, seconds, &composed.body)).collect();
        if !signatures.is_empty() {
            headers.push(("webhook-signature".to_owned(), signatures.join(" ")));
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

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }
}

fn wrong_secret(secret: &str) -> Option<String> {
    let hint = "make one with: echo whsec_$(openssl rand -base64 32)";
    if !secret.starts_with("whsec_") {
        return Some(format!("`secret` must begin with whsec_; {hint}"));
    }
    match key_of(secret) {
        None => Some(format!("`secret` is not base64 after whsec_; {hint}")),
        Some(key) if key.len() < LEAST_KEY_BYTES => {
            Some(format!("`secret` holds {} bytes, at least {LEAST_KEY_BYTES} are needed; {hint}", key.len()))
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
