//! The word goes out: a [`Notice`] becomes an [`Ask`](tocsin_domain::Ask), and the answer is judged.
//!
//! One channel a file: settings, compose, ask, judge. A body is composed once and stored; each attempt makes its Ask
//! from those bytes, so that retries are byte-identical and signatures fresh. Nothing here performs a request.

mod alarm;
mod alertmanager;
mod aws;
mod call;
mod discord;
mod email;
mod firehydrant;
mod github_issue;
mod google_chat;
mod gotify;
mod grafana_irm;
mod incident_io;
mod jira;
mod judge;
pub mod limits;
mod list;
mod manner;
mod matrix;
mod mattermost;
mod ntfy;
mod opsgenie;
mod pagerduty;
mod pushover;
mod rocket_chat;
mod rootly;
mod say;
mod secrets;
mod servicenow;
mod settings;
mod sheet;
mod slack;
mod slack_bot;
mod sms_text;
mod sns;
mod splunk_oncall;
mod statuspage_webhook;
mod teams;
mod telegram;
pub mod text;
mod thread;
mod ticket;
mod twilio;
mod unsubscribe;
mod wakes;
mod web_push;
mod webex;
mod webhook;
mod webhook_template;
mod when;
mod zulip;

use std::fmt;

pub use aws::AwsKey;
pub use email::{Confirmation, confirmation};
pub use list::{ALL, Kind};
pub use manner::{Manner, Patience, Repeat};
pub use secrets::Secrets;
pub use settings::addresses;
pub use unsubscribe::{read_unsubscribe_token, unsubscribe_token};
pub use web_push::vapid_public_key;
pub use webhook::{body_of, incident_of, maintenance_of, warning_of};
pub use webhook_template::{preview, template_examples};

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
    /// This instance's key for Web Push: the 32 bytes of a P-256 scalar; empty: browsers' push services are not told who
    /// sends, and refuse.
    pub vapid: Vec<u8>,
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
    /// What this message is where one notice needs several; empty where it needs one.
    #[serde(default)]
    pub part: Part,
}

/// What a message is among those of one notice. They are sent in the order in which they were composed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The one that a thread hangs on, shows the newest state, or is simply the only one.
    #[default]
    Root,
    /// An answer below the root. Its id on the other side never becomes the thread's root.
    Reply,
}

impl Part {
    /// As it is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Reply => "reply",
        }
    }
}

/// How a receiver keeps what it is sent: what becomes of messages that newer ones of their thread overtake while they
/// wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeping {
    /// Every message stands by itself: all are sent, in order.
    Log,
    /// It shows the newest only: what was overtaken is not sent.
    State,
    /// An alarm that is raised and ended: what was overtaken is not sent, nor an alarm that is over before it was raised.
    Alarm,
}

/// What one attempt was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Accepted. `remote` is the other side's id for it, where it gave one.
    Delivered { remote: Option<String> },
    /// There was nothing left to do (it says so already, it is closed already): a success.
    Superseded,
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
    /// The message to be edited or answered is gone: forget it, and send this one as a new root at once.
    RootGone { detail: String },
    /// This recipient does not exist or does not want to hear: nothing is sent to it any more; others of the channel are
    /// fine.
    RecipientGone { detail: String },
    /// The other side says that a setting has a new value (a chat that moved): keep it, and try again at once.
    Changed { key: String, value: String, detail: String },
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
    /// On which threads and order hang: the same for every message of one incident to one channel. 64 hex digits.
    pub thread: &'a str,
    /// The other side's id of the thread's first message to this recipient, where it gave one: edit or answer it.
    pub root: Option<&'a str>,
    /// The other side's id of the thread's latest message, root or reply.
    pub latest: Option<&'a str>,
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

    /// What becomes of messages that are overtaken.
    fn keeping(&self, _settings: &Value) -> Keeping {
        Keeping::Log
    }

    /// True where a program reads it: many messages at once are no noise there, and are never gathered into one.
    fn is_machine(&self) -> bool {
        false
    }

    /// True where a message says nothing of the channel it goes to (no setting, no link of its own): one that was
    /// composed for one channel is the message of all of this kind.
    fn is_impersonal(&self) -> bool {
        false
    }

    /// The same message with a word that it may be there twice, for where it is not known whether it arrived and the
    /// receiver cannot tell a repeat by its id. `None`: it is repeated as it is.
    fn marked(&self, _composed: &Composed) -> Option<Composed> {
        None
    }

    /// Where the other side forgets what it is not told again: what still holds is repeated after this many seconds.
    fn refresh_s(&self) -> Option<i64> {
        None
    }

    /// The same message, saying that what it is about is over since `at`. `None`: it says so already, or cannot.
    fn ended(&self, _composed: &Composed, _at: Timestamp) -> Option<Composed> {
        None
    }

    /// A plainer message after a refusal: the same words with less dress. `None`: there is none.
    fn plainer(&self, _composed: &Composed) -> Option<Composed> {
        None
    }
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
    Composed {
        content_type: "application/json".to_owned(),
        body: message.to_string().into_bytes(),
        to: String::new(),
        part: Part::Root,
    }
}

/// The stored body, posted to `url`.
fn post(url: &str, composed: &Composed) -> Ask {
    post_with(url, composed, None)
}

/// The same with one header more.
fn post_with(url: &str, composed: &Composed, header: Option<(&str, String)>) -> Ask {
    let mut headers = vec![
        ("content-type".to_owned(), composed.content_type.clone()),
        ("user-agent".to_owned(), USER_AGENT.to_owned()),
    ];
    headers.extend(header.map(|(name, value)| (name.to_owned(), value)));
    Ask::Http(HttpAsk {
        key: "deliver".to_owned(),
        method: Method::Post,
        url: url.trim().to_owned(),
        headers,
        body: composed.body.clone(),
    })
}

/// The same request with one more header.
fn with_header(mut ask: Ask, name: &str, value: &str) -> Ask {
    if let Ask::Http(http) = &mut ask {
        http.headers.push((name.to_owned(), value.to_owned()));
    }
    ask
}

/// The same request by another method.
fn by(method: Method, mut ask: Ask) -> Ask {
    if let Ask::Http(http) = &mut ask {
        http.method = method;
    }
    ask
}

/// The stored JSON with keys that are not stored with it: secrets, and what only an attempt knows.
fn completed(composed: &Composed, keys: &[(&str, Value)]) -> Vec<u8> {
    let mut message: Value = serde_json::from_slice(&composed.body).unwrap_or_default();
    for (key, value) in keys {
        message[*key] = value.clone();
    }
    message.to_string().into_bytes()
}
