//! A receiver's desk: what one request asks for, what the service remembers, and what came of it.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use hyper::{HeaderMap, Method};
use serde_json::{Map, Value};
use tocsin_domain::{Timestamp, ids};

use crate::reply::Answer;

/// One request, as the service at the receiver's address sees it.
pub struct Asked<'a> {
    pub method: &'a Method,
    /// What follows the receiver's own address, without a slash at its end: `/api/chat.update`.
    pub path: &'a str,
    /// The path as it was asked for.
    pub whole_path: &'a str,
    pub query: &'a str,
    pub headers: &'a HeaderMap,
    pub body: &'a Bytes,
    pub now: Timestamp,
}

impl Asked<'_> {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    pub fn is(&self, method: &Method) -> bool {
        self.method == method
    }

    /// What stands in the query under `name`, as it is written there.
    pub fn asked_for(&self, name: &str) -> &str {
        let pairs = self.query.split('&').filter_map(|part| part.split_once('='));
        pairs.into_iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value)
    }

    /// `application/json` of `application/json; charset=utf-8`.
    pub fn content_type(&self) -> String {
        self.header("content-type").split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }

    /// The body, where it says that it is JSON and is an object.
    pub fn json(&self) -> Option<Value> {
        let body: Value = serde_json::from_slice(self.body).ok()?;
        (self.content_type() == "application/json" && body.is_object()).then_some(body)
    }

    /// The body, where it says that it is a form; of fields that are there twice the last counts.
    pub fn form(&self) -> Option<Value> {
        if self.content_type() != "application/x-www-form-urlencoded" {
            return None;
        }
        let pairs = url::form_urlencoded::parse(self.body);
        let fields: Map<String, Value> =
            pairs.map(|(name, value)| (name.into_owned(), Value::from(value.as_ref()))).collect();
        Some(Value::Object(fields))
    }

    pub fn has_bearer(&self, token: &str) -> bool {
        self.header("authorization").strip_prefix("Bearer ") == Some(token)
    }

    pub fn has_basic(&self, user: &str, password: &str) -> bool {
        let wanted = STANDARD.encode(format!("{user}:{password}"));
        self.header("authorization").strip_prefix("Basic ") == Some(wanted.as_str())
    }
}

/// What a request did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// A message, a card, a mail: it stands by itself.
    Said,
    /// A message that stands there reads otherwise now.
    Edited,
    /// A message below another one.
    Answered,
    /// An alarm rings, or rings again.
    Raised,
    Ended,
    /// A ticket.
    Opened,
    /// Words that were added to something.
    Noted,
    Closed,
    Reopened,
    /// The same request again, known by its id: it did nothing.
    Repeated,
    /// Only a question.
    Looked,
    /// The service did not take it.
    Refused,
}

impl Act {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Said => "said",
            Self::Edited => "edited",
            Self::Answered => "answered",
            Self::Raised => "raised",
            Self::Ended => "ended",
            Self::Opened => "opened",
            Self::Noted => "noted",
            Self::Closed => "closed",
            Self::Reopened => "reopened",
            Self::Repeated => "repeated",
            Self::Looked => "looked",
            Self::Refused => "refused",
        }
    }

    /// It is something to read, beside what was there before.
    #[must_use]
    pub const fn is_message(self) -> bool {
        !matches!(self, Self::Edited | Self::Repeated | Self::Looked | Self::Refused)
    }
}

/// What came of a request.
pub struct Done {
    pub act: Act,
    /// What it made, or changed: the service's id of it, or the sender's own key.
    pub thing: String,
    /// What it belongs to: the message that it answers.
    pub of: String,
    pub answer: Answer,
    /// What it says, where the bytes do not show it: a form, or what was sealed.
    pub read: Option<Value>,
}

impl Done {
    pub fn new(act: Act, thing: impl Into<String>, answer: Answer) -> Self {
        Self { act, thing: thing.into(), of: String::new(), answer, read: None }
    }

    pub fn refused(answer: Answer) -> Self {
        Self::new(Act::Refused, "", answer)
    }

    #[must_use]
    pub fn of(self, of: impl Into<String>) -> Self {
        Self { of: of.into(), ..self }
    }

    #[must_use]
    pub fn read(self, read: Value) -> Self {
        Self { read: Some(read), ..self }
    }
}

/// An answer that is JSON.
pub fn answer(status: u16, body: &Value) -> Answer {
    Answer::new(status, "application/json", body.to_string())
}

pub fn text(status: u16, body: &str) -> Answer {
    Answer::new(status, "text/plain; charset=utf-8", body.to_owned())
}

/// What a service remembers.
#[derive(Debug, Default)]
pub struct Desk {
    made: u64,
    /// Whether it is open still, by its id.
    things: HashMap<String, bool>,
    /// What was answered to a request that has an id of its own.
    answered: HashMap<String, (String, Answer)>,
}

impl Desk {
    /// 1, 2, 3, …
    pub fn next(&mut self) -> u64 {
        self.made += 1;
        self.made
    }

    /// Hexadecimal digits that no other thing has.
    pub fn id(&mut self, digits: usize) -> String {
        let number = self.next();
        ids::hash_hex(&[b"receiver", &number.to_be_bytes()]).chars().take(digits).collect()
    }

    pub fn keep(&mut self, id: &str) {
        self.things.insert(id.to_owned(), true);
    }

    pub fn knows(&self, id: &str) -> bool {
        self.things.contains_key(id)
    }

    pub fn is_open(&self, id: &str) -> bool {
        self.things.get(id).copied().unwrap_or_default()
    }

    pub fn set_open(&mut self, id: &str, open: bool) {
        self.things.insert(id.to_owned(), open);
    }

    /// Remembers what was answered to the request of this id.
    pub fn answer_once(&mut self, request: &str, thing: &str, answer: &Answer) {
        self.answered.insert(request.to_owned(), (thing.to_owned(), answer.clone()));
    }

    /// The same answer again, where a request of this id came before.
    pub fn again(&self, request: &str) -> Option<Done> {
        let (thing, answer) = self.answered.get(request)?;
        Some(Done::new(Act::Repeated, thing, answer.clone()))
    }
}
