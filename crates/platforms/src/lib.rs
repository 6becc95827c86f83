//! The world comes in: an [`Answer`](tocsin_domain::Answer) becomes a [`Reading`](tocsin_domain::Reading).
//!
//! One platform a file: private wire structs that mirror the vendor, one mapping into the domain, a note on its
//! oddities. Nothing here performs a request: a platform says which [`HttpAsk`]s it would like made
//! ([`Reader::begin`]), looks at the answers ([`Reader::next`]) and asks again or is done.

mod adobe;
mod apple;
mod aws;
mod azure;
mod azuredevops;
mod betterstack;
mod cachet;
mod checkly;
mod cstate;
pub mod described;
pub mod detect;
mod feed;
mod freshstatus;
mod gatus;
mod githubissues;
mod googlecloud;
mod heroku;
mod hund;
mod hyperping;
mod ibmcloud;
mod incidentio;
mod instatus;
mod kener;
pub mod kit;
mod lambstatus;
mod list;
mod microsoft365;
mod oci;
mod ohdear;
mod okta;
mod onlineornot;
mod openstatus;
mod pagerduty;
mod paypal;
mod pingdom;
mod playstation;
mod riot;
mod rootly;
mod salesforce;
mod slack;
mod sorry;
mod statuscake;
mod statuscast;
mod statushub;
mod statusio;
mod statusiq;
mod statuspage;
mod statuspal;
mod stripe;
mod upptime;
mod uptimecom;
mod uptimekuma;
mod uptimerobot;
mod xbox;
mod yandexcloud;
mod zendesk;

pub use described::{Described, Description, reader_for};
pub use list::{ALL, Late, Platform, Proof};

use described::{html, json};

use serde::{Deserialize, Serialize};
use tocsin_domain::{Answer, HttpAsk, Reading, Timestamp};
use url::Url;

/// Bytes captured from one address of a page.
#[derive(Clone, Debug, Default)]
pub struct Payload {
    /// The key of the ask that fetched it (`summary`); empty for a file from disk, whose surface the bytes must tell.
    pub key: String,
    /// The address that answered; empty when not known.
    pub url: String,
    /// The `Content-Type` header; empty when not known.
    pub content_type: String,
    /// Decompressed, otherwise untouched.
    pub bytes: Vec<u8>,
}

/// The page to read.
#[derive(Clone, Debug)]
pub struct PageAddress {
    pub url: Url,
}

impl PageAddress {
    /// An address below the page's full path: `https://host/base` + `api/v2/summary.json`.
    /// A query in the page's address is kept.
    #[must_use]
    pub fn below(&self, path: &str) -> String {
        let mut url = self.url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_fragment(None);
        url.set_path(&format!("{base}/{}", path.trim_start_matches('/')));
        url.to_string()
    }

    /// An address from the host's root: `https://host/base` + `rss/all.rss` → `https://host/rss/all.rss`.
    #[must_use]
    pub fn at_root(&self, path: &str) -> String {
        let mut url = self.url.clone();
        url.set_fragment(None);
        url.set_query(None);
        url.set_path(&format!("/{}", path.trim_start_matches('/')));
        url.to_string()
    }
}

/// What a platform remembers between polls of one page: small, opaque to everybody else, stored with the page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Memory(pub serde_json::Map<String, serde_json::Value>);

impl Memory {
    #[must_use]
    pub fn text(&self, key: &str) -> Option<&str> {
        self.0.get(key).and_then(|value| value.as_str())
    }

    #[must_use]
    pub fn time(&self, key: &str) -> Option<Timestamp> {
        self.text(key).and_then(|text| text.parse().ok())
    }

    pub fn set(&mut self, key: &str, value: impl Into<serde_json::Value>) {
        self.0.insert(key.to_owned(), value.into());
    }
}

/// One ask with what came back for it.
#[derive(Clone, Debug)]
pub struct Answered {
    pub ask: HttpAsk,
    pub answer: Answer,
}

impl Answered {
    /// The payload of a 200 answer with this key.
    #[must_use]
    pub fn payload(&self) -> Option<Payload> {
        match &self.answer {
            Answer::Http(http) if http.status == 200 => Some(Payload {
                key: self.ask.key.clone(),
                url: http.url.clone(),
                content_type: http.header("content-type").unwrap_or_default().to_owned(),
                bytes: http.body.clone(),
            }),
            _ => None,
        }
    }
}

/// The end of one poll.
#[derive(Clone, Debug)]
pub enum Done {
    /// The page was read. Its problems are inside.
    Read(Box<Reading>),
    /// Every surface that mattered said 304 (or gave the bytes we know).
    Unchanged,
    /// The page could not be read: one sentence for people. Never a health.
    Unreadable { code: &'static str, reason: String },
}

/// What a platform wants next.
#[derive(Clone, Debug)]
pub enum Turn {
    /// These too, please. `fresh` asks are made without validators, because the body is needed.
    More {
        asks: Vec<HttpAsk>,
        fresh: bool,
    },
    Done {
        done: Done,
        memory: Memory,
    },
}

/// How sure we are that bytes were made by a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// 0 to 100. 90 and more: the format's structural anchor is there. Below 50 is never taken for a page.
    pub confidence: u8,
    /// What was seen, for people: "`page.id` is a 12-character Statuspage id".
    pub seen: String,
}

/// One platform. Pure: bytes in, facts out.
pub trait Reader: Sync {
    /// Is this payload one of ours? Looks for structural anchors, never at HTTP success alone.
    fn recognise(&self, payload: &Payload) -> Option<Evidence>;

    /// The same where the body was parsed already: whoever asks many platforms parses once.
    fn recognise_body(&self, payload: &Payload, _body: &kit::simple::Body<'_>) -> Option<Evidence> {
        self.recognise(payload)
    }

    /// Turns payloads of one page (any subset of its surfaces, in any order) into one reading.
    /// Payloads it does not recognise become problems; where nothing can be read the health is `unknown`.
    fn read(&self, payloads: &[Payload], now: Timestamp) -> Reading;

    /// The first round of asks of a poll.
    fn begin(&self, page: &PageAddress, memory: &Memory, now: Timestamp) -> Vec<HttpAsk>;

    /// Looks at every answer so far (all rounds) and asks for more or ends. At most six rounds are played.
    fn next(&self, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp) -> Turn;

    /// Do polls ask for incidents that are over, each by itself?
    fn looks_again(&self, _page: &PageAddress) -> bool {
        false
    }

    /// Paths below an unknown page that would prove this platform.
    fn probes(&self) -> &'static [&'static str] {
        &[]
    }

    /// Hosts that are this vendor's and nobody else's: there the poll itself is the probe.
    fn hosts(&self) -> &'static [&'static str] {
        &[]
    }
}
