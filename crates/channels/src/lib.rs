//! The word goes out: a [`Notice`] becomes an [`Ask`](tocsin_domain::Ask), and the answer is judged.
//!
//! One channel a file: settings, compose, ask, judge. A body is composed once and stored; each attempt makes its Ask
//! from those bytes, so that retries are byte-identical and signatures fresh. Nothing here performs a request.

mod discord;
mod email;
mod judge;
pub mod limits;
mod list;
mod say;
mod settings;
mod slack;
mod teams;
pub mod text;
mod unsubscribe;
mod webhook;
mod when;

use std::fmt;

pub use list::{ALL, Kind};
pub use unsubscribe::{read_unsubscribe_token, unsubscribe_token};
pub use webhook::{body_of, incident_of, maintenance_of};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tocsin_domain::alert::Notice;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAsk, Timestamp};

/// What our requests call themselves.
pub(crate) const USER_AGENT: &str = concat!("Tocsin/", env!("CARGO_PKG_VERSION"));

/// The instance that speaks: what messages say about their sender.
#[derive(Clone, Default)]
pub struct Sender {
    /// Public address of this instance, without a trailing slash.
    pub base_url: String,
    /// `From:` of mails, e.g. `Tocsin <tocsin@example.com>`.
    pub mail_from: String,
    /// Name of the channel spoken to, for a mail's unsubscribe address.
    pub channel: String,
    /// Signs unsubscribe addresses; empty: mails offer none.
    pub unsubscribe_key: Vec<u8>,
}

impl Sender {
    /// The same sender, speaking to the channel of that name.
    #[must_use]
    pub fn for_channel(&self, name: &str) -> Self {
        Self { channel: name.to_owned(), ..self.clone() }
    }
}

impl fmt::Debug for Sender {
    /// Without the key: what is printed may be kept.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("base_url", &self.base_url)
            .field("mail_from", &self.mail_from)
            .field("channel", &self.channel)
            .finish_non_exhaustive()
    }
}

/// A composed message: stored with the delivery, the same for all attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Composed {
    pub content_type: String,
    pub body: Vec<u8>,
    /// Recipient of a mail; empty otherwise. A mail channel composes one message per recipient.
    #[serde(default)]
    pub to: String,
}

/// What one attempt was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Accepted. `remote` is the other side's id for it, where it gave one.
    Delivered { remote: Option<String> },
    /// The receiver said how long to wait (seconds, already clamped to 1 … 3600).
    RetryAfter { seconds: u32 },
    /// Try again on our schedule. `slow`: the receiver asked for less (502, 504).
    Retry { detail: String, slow: bool },
    /// The bytes were sent and no answer seen: it may have been delivered.
    Ambiguous { detail: String },
    /// This message is final; the endpoint is fine.
    RejectPayload { detail: String },
    /// The credential is wrong: tell the operator, keep the queue.
    EndpointAuth { detail: String },
    /// The endpoint does not exist (any more).
    EndpointGone { detail: String },
}

/// What an attempt's request needs besides the stored body.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    /// The delivery's id, constant over retries.
    pub delivery: uuid::Uuid,
    /// 1 for the first try.
    pub number: u32,
    pub event: &'a str,
    /// Our clock at this attempt: signatures carry it.
    pub now: Timestamp,
}

/// One kind of channel. Settings are the keys of the contract's `[[channel]]` besides `name` and `kind`.
pub trait Channel: Sync {
    /// Names of the settings this kind takes, required ones first, with one sentence each: `("url", true, "…")`.
    fn settings(&self) -> &'static [Setting];

    /// Every mistake in the settings, each naming its key and what to do. Empty: fine.
    fn validate(&self, settings: &Value) -> Vec<SettingProblem>;

    /// The messages for one notice: one, except for mail (one per recipient).
    fn compose(&self, settings: &Value, notice: &Notice, sender: &Sender) -> Vec<Composed>;

    /// The request of one attempt.
    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, sender: &Sender) -> Ask;

    /// What the answer means.
    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome;

    /// Settings with secrets cut, safe to show.
    fn redacted(&self, settings: &Value) -> Value;
}

/// One key of a channel's settings.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub key: &'static str,
    pub required: bool,
    /// Shown as dots, stored encrypted, also accepted as `<key>_file`.
    pub secret: bool,
    /// A list of strings rather than a string.
    pub list: bool,
    pub help: &'static str,
}

/// A mistake in a channel's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingProblem {
    pub key: String,
    pub detail: String,
}

/// A message that is JSON.
fn json_body(message: &Value) -> Composed {
    Composed { content_type: "application/json".to_owned(), body: message.to_string().into_bytes(), to: String::new() }
}

/// The stored body, posted to `url`.
fn post(url: &str, composed: &Composed) -> Ask {
    Ask::Http(HttpAsk {
        key: "deliver".to_owned(),
        method: Method::Post,
        url: url.trim().to_owned(),
        headers: vec![
            ("content-type".to_owned(), composed.content_type.clone()),
            ("user-agent".to_owned(), USER_AGENT.to_owned()),
        ],
        body: composed.body.clone(),
    })
}
