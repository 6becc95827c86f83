//! Net: everything that leaves this machine. Polls, deliveries and mails go through here, and only to addresses that the
//! guard has checked.

mod address;
mod client;
mod decode;
mod deliver;
mod engine;
mod exchange;
mod failure;
mod guard;
mod mail;
mod politeness;
mod poll;
mod resolve;
mod retry_after;
mod smtp;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ipnet::IpNet;
use reqwest::Client;
use serde::{Deserialize, Serialize};
use tocsin_domain::{Answer, Ask, Failure};
use tokio::sync::Semaphore;
use url::Url;

pub use address::Purpose;
use guard::Guard;
use mail::Mailer;
use politeness::Hosts;
pub use poll::Manner;
use resolve::{LookUp, Resolver};

/// What `[net]` and `[poll]` say about the network.
#[derive(Clone, Debug, Default)]
pub struct NetConfig {
    /// Networks beyond the public ones that may be asked.
    pub allow_private: Vec<IpNet>,
    /// All HTTP requests go through it.
    pub proxy: Option<Url>,
    /// Certificates (PEM) to trust beyond the public ones.
    pub ca_file: Option<PathBuf>,
    /// `smtp://host:25`, `smtp://user:password@host:587?tls=required` (or `opportunistic`), `smtps://host`.
    pub smtp_url: Option<String>,
    /// Polls at once to one `host:port`. `None`: 2, and any number to hosts within `allow_private`.
    pub per_host: Option<usize>,
    /// Polls at once.
    pub concurrency: usize,
    /// Says who asks.
    pub user_agent: String,
}

/// Why the network could not be set up; says what to change.
#[derive(Debug, thiserror::Error)]
pub enum NetError {
    #[error("net.ca_file: {} cannot be read ({source}); name a PEM file that this user may read", path.display())]
    CaFile { path: PathBuf, source: io::Error },
    #[error("net.ca_file: {} holds no usable certificate; it must be PEM, with `-----BEGIN CERTIFICATE-----`", path.display())]
    CaContent { path: PathBuf },
    #[error("net.proxy must be an address like \"http://proxy.example.com:3128\" (http or https)")]
    Proxy,
    #[error(
        "net.smtp_url: {why}; write \"smtp://host:25\", \"smtp://user:password@host:587?tls=required\" or \"smtps://host\""
    )]
    Smtp { why: String },
    #[error("the network could not be set up: {why}")]
    Client { why: String },
}

/// What a page said last time, so that it can answer "unchanged".
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validators {
    pub etag: Option<String>,
    pub last_modified: Option<String>,
}

/// What a poll brought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    pub answer: Answer,
    /// For the next poll. After "unchanged": the ones that were sent, or newer ones.
    pub validators: Validators,
    /// Seconds the server asked us to wait, with 429 or 503.
    pub retry_after_s: Option<i64>,
}

impl Fetched {
    /// Nothing was brought.
    #[must_use]
    pub fn failed(failure: Failure) -> Self {
        Self { answer: Answer::Failed(failure), validators: Validators::default(), retry_after_s: None }
    }
}

/// Times and sizes of exchanges.
#[derive(Clone, Copy, Debug)]
struct Limits {
    /// Name look-up; TCP and TLS.
    connect: Duration,
    /// One poll with all its redirects, not counting the wait for a turn.
    poll: Duration,
    /// One delivery.
    deliver: Duration,
    /// One mail: relays look into it before they take it, and a repeated mail is worse than a late one.
    mail: Duration,
    /// Bytes of a polled body over the line.
    compressed: usize,
    /// Bytes of a polled body when decoded.
    decoded: usize,
    /// Bytes of a receiver's answer that are kept.
    answer: usize,
    /// Bodies up to this many bytes need no permission.
    small: usize,
    /// Bodies beyond `small` that may be under way at once.
    large_at_once: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            poll: Duration::from_secs(30),
            deliver: Duration::from_secs(20),
            mail: Duration::from_secs(60),
            compressed: 8 << 20,
            decoded: 16 << 20,
            answer: 16 << 10,
            small: 256 << 10,
            // 8 × 16 MiB: all large bodies together stay within 128 MiB.
            large_at_once: 8,
        }
    }
}

/// The network.
pub struct Net {
    resolver: Arc<Resolver>,
    polls: Client,
    deliveries: Client,
    hosts: Arc<Hosts>,
    /// Polls at once.
    requests: Semaphore,
    /// Large bodies at once.
    large: Semaphore,
    mailer: Option<Mailer>,
    limits: Limits,
}

impl Net {
    /// Sets the network up. Nothing is asked yet.
    pub fn new(config: NetConfig) -> Result<Self, NetError> {
        Self::build(&config, Limits::default(), resolve::of_this_machine())
    }

    fn build(config: &NetConfig, limits: Limits, look_up: LookUp) -> Result<Self, NetError> {
        // Whoever comes first installs it; it is the same for all.
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let tls = client::tls(config)?;
        let guard = Guard::new(config.allow_private.clone());
        let resolver = Arc::new(Resolver::new(guard, look_up, config.proxy.is_some(), limits.connect));
        Ok(Self {
            polls: client::for_polls(config, &tls, &resolver, &limits)?,
            deliveries: client::for_deliveries(config, &tls, &resolver, &limits)?,
            resolver,
            hosts: Arc::new(Hosts::new(config.per_host)),
            requests: Semaphore::new(config.concurrency.max(1)),
            large: Semaphore::new(limits.large_at_once),
            mailer: config.smtp_url.as_deref().map(|url| Mailer::new(url, config, limits)).transpose()?,
            limits,
        })
    }

    /// Refuses an address that will never be asked, as far as that can be said without looking its name up.
    pub fn check_url(&self, url: &str, purpose: Purpose) -> Result<(), Failure> {
        address::check(self.resolver.guard(), url, purpose)
    }

    /// Refuses an address that will never be told a secret, as far as that can be said without looking its name up.
    pub fn check_secret(&self, url: &Url) -> Result<(), Failure> {
        address::check_secret(self.resolver.guard(), url)
    }

    /// True where an address is written as one within `net.allow_private` (or as `localhost`, where that is allowed).
    #[must_use]
    pub fn is_private(&self, url: &url::Url) -> bool {
        address::is_own(self.resolver.guard(), url)
    }

    /// Performs what a channel would like done, once. Redirects are not followed.
    pub async fn deliver(&self, ask: &Ask) -> Answer {
        let answer = match ask {
            Ask::Http(ask) => self.post(ask).await,
            Ask::Mail(mail) => match &self.mailer {
                // Mail's talk takes ten times the room of a request: what is sent another way does not carry it about.
                Some(mailer) => Box::pin(mailer.send(mail)).await,
                None => Err(mail::no_relay()),
            },
        };
        answer.unwrap_or_else(Answer::Failed)
    }
}
