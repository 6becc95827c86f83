//! Notice: what we decided to say to one channel, with everything a message needs.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::event::Event;
use crate::provider::ProviderRef;

/// Addresses a message may link to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// Our own page of the incident (or of the provider), absolute.
    pub incident: String,
    /// The vendor's page of it, where known.
    pub vendor: Option<String>,
    /// Where whoever was told may say that they take care of it: signed, so it needs no account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledge: Option<String>,
}

/// One thing to say to one channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The delivery's id: `webhook-id`, Message-ID; constant over retries.
    pub id: Uuid,
    /// Global, monotone: also the SSE id.
    pub sequence: i64,
    pub provider: ProviderRef,
    pub event: Event,
    /// The component filter of the monitor it was sent for; empty means all.
    pub monitor_components: Vec<String>,
    /// Why this was sent, in one sentence.
    pub reason: String,
    pub links: Links,
    /// IANA zone of the team, for mails.
    pub time_zone: String,
    /// Same for every notice of one incident or maintenance to one channel: threads hang on it. 64 hex digits.
    pub thread: String,
    /// Nothing of that thread was sent to this channel before.
    pub first_of_thread: bool,
}
