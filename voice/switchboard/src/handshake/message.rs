//! What host page, widget and server say to each other: JSON objects with a `kind`.
//!
//! `WHO`, `HELLO`, `PORT` and a `RELOAD` for want of a common protocol go from window to window; everything else over the
//! port that came with `PORT`.

use serde::{Deserialize, Serialize};

use crate::snapshot::{Build, Snapshot, Stamp};

/// The protocols that this build speaks: from, to.
pub const PROTOCOLS: [u32; 2] = [1, 1];

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE", rename_all_fields = "camelCase")]
pub enum Message {
    /// Host to widget, when it starts: who is there?
    Who { host: String },
    /// Widget to host, again and again until it holds a port.
    Hello { widget_id: String, build: Build, proto: [u32; 2], have: Option<Stamp> },
    /// Host to widget, with a port: for whom, and of which server epoch its configuration is.
    Port { to: String, host: String, epoch: u64, proto: u32 },
    /// Widget to host: send all of it.
    Pull,
    /// Host to widget: all of it, until it is acknowledged.
    Config(Snapshot),
    /// Widget to host: what it now has, and what came of the last one.
    Ack {
        #[serde(flatten)]
        stamp: Stamp,
        status: Status,
        missing: Vec<String>,
    },
    /// Widget to host, a beat: what it has.
    Ping { have: Option<Stamp> },
    /// Host to widget: what it knows to be applied.
    Pong { acked: Option<Stamp> },
    /// Host to widget: start anew once idle.
    Reload { reason: String },
}

/// What came of a `CONFIG`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Applied,
    /// Kept until the call is over; `applied` follows.
    Held,
    /// It is older than what is applied.
    StaleIgnored,
    /// It is incomplete, or its seal is broken.
    Rejected,
}

/// Widget to server: let me take calls.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeaseRequest {
    /// Counts the widget's requests; the answer carries it back.
    pub ask: u64,
    pub agent: String,
    /// The browser tab: it stays the same when the widget is loaded again.
    pub tab: String,
    /// Counts how often the widget was loaded in that tab: the latest counts.
    pub load: u64,
    pub widget_id: String,
    pub build: Build,
    #[serde(flatten)]
    pub stamp: Stamp,
    /// The lease to renew.
    pub token: Option<u64>,
}

/// Server to widget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct LeaseReply {
    pub ask: u64,
    pub min_build: Build,
    /// What holds at the server now.
    pub epoch: u64,
    pub version: u64,
    pub outcome: Outcome,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// Times are milliseconds; `ttl` counts from when the request was sent.
    Leased {
        token: u64,
        ttl: u64,
        renew: u64,
    },
    Refused {
        why: Refusal,
    },
}

/// Why somebody may not be given calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The build is below the oldest that may take calls.
    BuildTooOld,
    /// Its configuration is not the one that holds.
    StaleConfig,
    /// The right number, another content.
    WrongHash,
    /// Another tab of the same agent holds the lease.
    AnotherTab,
    /// The lease was taken away.
    Revoked,
    /// No lease, or none any more.
    NoLease,
    /// There is a call, or what follows one.
    OnCall,
    /// Calls are switched off.
    CallsOff,
}

impl Refusal {
    pub const ALL: [Refusal; 8] = [
        Refusal::BuildTooOld,
        Refusal::StaleConfig,
        Refusal::WrongHash,
        Refusal::AnotherTab,
        Refusal::Revoked,
        Refusal::NoLease,
        Refusal::OnCall,
        Refusal::CallsOff,
    ];

    /// As it is counted and shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Refusal::BuildTooOld => "build_too_old",
            Refusal::StaleConfig => "stale_config",
            Refusal::WrongHash => "wrong_hash",
            Refusal::AnotherTab => "another_tab",
            Refusal::Revoked => "revoked",
            Refusal::NoLease => "no_lease",
            Refusal::OnCall => "on_call",
            Refusal::CallsOff => "calls_off",
        }
    }
}
