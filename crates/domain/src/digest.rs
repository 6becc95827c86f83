//! Digest: many events in one message.

use serde::{Deserialize, Serialize};

use crate::event::EventKind;
use crate::incident::Impact;
use crate::provider::ProviderRef;
use crate::time::Timestamp;

/// Why several events come in one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gathered {
    /// The group wants one message for each hour, day or week.
    Hourly,
    Daily,
    Weekly,
    /// More began at once than anybody could read one by one.
    Storm,
}

/// What happened between two moments, one entry for each incident, maintenance, component or page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Digest {
    pub gathered: Gathered,
    pub from: Timestamp,
    pub to: Timestamp,
    /// The worst first, then the newest.
    pub items: Vec<DigestItem>,
    /// What the others most likely rest on, where something says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<Root>,
}

/// One thing of a digest, as it stood at the digest's end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DigestItem {
    pub provider: ProviderRef,
    /// The last of its events.
    #[serde(rename = "type")]
    pub kind: EventKind,
    pub title: String,
    /// Of an incident.
    pub impact: Option<Impact>,
    /// It has ended (or was cancelled, or is readable again).
    pub over: bool,
    pub started_at: Option<Timestamp>,
    pub ended_at: Option<Timestamp>,
    /// Names of the affected components.
    pub components: Vec<String>,
    /// Our page of it, absolute.
    pub link: String,
}

/// What several incidents most likely rest on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    pub provider: ProviderRef,
    /// One sentence: what points there.
    pub why: String,
}

impl Digest {
    /// How many items are still open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.items.iter().filter(|item| !item.over).count()
    }

    /// The worst impact of what is still open.
    #[must_use]
    pub fn worst(&self) -> Option<Impact> {
        self.items.iter().filter(|item| !item.over).filter_map(|item| item.impact).max()
    }

    /// How many providers are named.
    #[must_use]
    pub fn providers(&self) -> usize {
        self.items.iter().map(|item| item.provider.slug.as_str()).collect::<std::collections::BTreeSet<_>>().len()
    }
}
