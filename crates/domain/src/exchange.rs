//! Ask and Answer: a request we would like made, and what came back.
//! Platforms and channels only describe requests; `app::net` performs them all.

use serde::{Deserialize, Serialize};

/// A request that a platform or a channel would like made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    Http(HttpAsk),
    Mail(MailAsk),
}

/// One HTTP request. Politeness, validators (ETag), redirects and limits are the performer's business.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAsk {
    /// What this request is for, within one poll: `summary`, `history`. Conditional requests are remembered by it.
    pub key: String,
    pub method: Method,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
}

impl HttpAsk {
    /// A plain GET of `url` under the name `key`.
    pub fn get(key: impl Into<String>, url: impl Into<String>) -> Self {
        Self { key: key.into(), method: Method::Get, url: url.into(), headers: Vec::new(), body: Vec::new() }
    }
}

/// One mail to one recipient, already composed: RFC 5322 bytes that stay the same over retries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailAsk {
    pub from: String,
    pub to: String,
    pub message: Vec<u8>,
}

/// What came back for one [`Ask`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Any final HTTP status except 304, after redirects (polls) or without following them (deliveries).
    Http(HttpAnswer),
    /// The page said 304, or its body was byte for byte the one we already know.
    NotModified,
    /// An SMTP reply: code and text of the last line.
    Mail { code: u16, text: String },
    /// No answer could be had.
    Failed(Failure),
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpAnswer {
    pub status: u16,
    /// Lower-case names.
    pub headers: Vec<(String, String)>,
    /// Decompressed.
    pub body: Vec<u8>,
    /// The address that answered, after redirects.
    pub url: String,
}

impl HttpAnswer {
    /// First header of that lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Why no answer could be had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    pub kind: FailureKind,
    /// One sentence for people, without secrets.
    pub detail: String,
    /// The request had been sent completely: the other side may have acted on it.
    pub sent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The name does not exist or could not be looked up.
    Dns,
    /// Nobody listens there, or the network refused.
    Connect,
    Tls,
    Timeout,
    /// The connection broke after it stood.
    Reset,
    /// Larger than our limit, compressed or not.
    TooLarge,
    /// More redirects than we follow, or a loop.
    Redirects,
    /// The address is one we refuse to ask (private network, metadata service, bad scheme).
    Forbidden,
    /// It spoke, but not the protocol.
    Protocol,
}

impl FailureKind {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Timeout => "timeout",
            Self::Reset => "reset",
            Self::TooLarge => "too_large",
            Self::Redirects => "redirects",
            Self::Forbidden => "forbidden",
            Self::Protocol => "protocol",
        }
    }
}
