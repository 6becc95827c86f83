//! Incident: what the provider says went wrong, with a timeline of updates.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::health::Health;
use crate::promise;
use crate::time::Timestamp;

/// How bad the provider says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Impact {
    #[default]
    None,
    Minor,
    Major,
    Critical,
}

impl Impact {
    pub const ALL: [Self; 4] = [Self::None, Self::Minor, Self::Major, Self::Critical];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Minor => "minor",
            Self::Major => "major",
            Self::Critical => "critical",
        }
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::None => "No impact",
            Self::Minor => "Minor",
            Self::Major => "Major",
            Self::Critical => "Critical",
        }
    }

    /// The health an open incident of this impact gives its provider; `none` gives nothing.
    #[must_use]
    pub const fn health(self) -> Option<Health> {
        match self {
            Self::None => None,
            Self::Minor => Some(Health::Degraded),
            Self::Major => Some(Health::PartialOutage),
            Self::Critical => Some(Health::MajorOutage),
        }
    }
}

/// Where the provider says an incident stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    Postmortem,
}

impl Stage {
    pub const ALL: [Self; 5] =
        [Self::Investigating, Self::Identified, Self::Monitoring, Self::Resolved, Self::Postmortem];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Investigating => "investigating",
            Self::Identified => "identified",
            Self::Monitoring => "monitoring",
            Self::Resolved => "resolved",
            Self::Postmortem => "postmortem",
        }
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Investigating => "Investigating",
            Self::Identified => "Identified",
            Self::Monitoring => "Monitoring",
            Self::Resolved => "Resolved",
            Self::Postmortem => "Post-mortem",
        }
    }

    /// Resolved and post-mortem end an incident.
    #[must_use]
    pub const fn is_terminal(self) -> bool {
        matches!(self, Self::Resolved | Self::Postmortem)
    }
}

/// Whether an incident still runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IncidentState {
    Open,
    Closed,
}

/// A component as an incident or a maintenance names it. `id` is empty where the page gives only a name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ComponentRef {
    pub id: String,
    pub name: String,
}

/// One entry of a timeline as a page told it. `S` is [`Stage`] or [`crate::MaintenanceStage`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Update<S = Stage> {
    /// Native id, or one the reader derived from what does not change (never a title). A derived id begins with `~`; where
    /// a text is edited in place, its stage stands behind a `/`, so that another stage is another update.
    pub id: String,
    pub stage: Option<S>,
    pub at: Option<Timestamp>,
    /// Markdown as the vendor wrote it.
    pub body: String,
}

/// An incident inside a [`crate::Reading`]: what the page says of it now.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Report {
    /// The id in its public address, else the native one.
    pub id: String,
    pub title: String,
    pub url: Option<String>,
    /// `None`: the page does not say.
    pub impact: Option<Impact>,
    pub stage: Option<Stage>,
    pub started_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub components: Vec<ComponentRef>,
    /// Oldest first.
    pub updates: Vec<Update>,
}

/// An open incident without a word for this long (seconds) is a relic, not news: 14 days.
pub const SILENT_S: i64 = 14 * 24 * 3600;

impl Report {
    /// True where it is open and was silent for [`SILENT_S`]. One without any time is not silent.
    #[must_use]
    pub fn is_relic(&self, now: Timestamp) -> bool {
        let last = self.updates.iter().filter_map(|update| update.at).max().or(self.started_at);
        !self.is_closed() && last.is_some_and(|at| now.since(at) > SILENT_S)
    }

    /// Closed by what the page says: a terminal stage, or a time of resolution.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.stage.map_or(self.resolved_at.is_some(), Stage::is_terminal)
    }
}

/// An earlier text of an update, with the moment from which we saw another one in its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    pub seen_at: Timestamp,
    pub body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<Stage>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// Of a long row of earlier texts or edits so many of the first are kept,
const FIRST_KEPT: usize = 5;
/// and so many of the latest.
const LATEST_KEPT: usize = 15;

/// Adds to a row of what was said before; of a long one the middle goes. Answers how many went.
fn keep<T>(row: &mut Vec<T>, more: impl IntoIterator<Item = T>) -> u32 {
    row.extend(more);
    let gone = row.len().saturating_sub(FIRST_KEPT + LATEST_KEPT);
    if gone > 0 {
        row.drain(FIRST_KEPT..FIRST_KEPT + gone);
    }
    u32::try_from(gone).unwrap_or(u32::MAX)
}

/// Something the page said of a whole incident until it said something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// When we first saw what it says since.
    pub seen_at: Timestamp,
    pub was: Was,
}

/// What an incident read before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Was {
    Title(String),
    Impact(Impact),
    StartedAt(Timestamp),
    ResolvedAt(Timestamp),
    /// None: it named no component.
    Components(Vec<ComponentRef>),
}

/// An update as we remember it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimelineEntry {
    pub id: String,
    pub stage: Option<Stage>,
    pub at: Option<Timestamp>,
    pub body: String,
    pub first_seen_at: Timestamp,
    /// Earlier texts, oldest first.
    #[serde(default)]
    pub revisions: Vec<Revision>,
    /// How many more there were, after the first few of `revisions`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u32,
    /// It bears a time at which we read the page and it was not there.
    #[serde(default, skip_serializing_if = "is_false")]
    pub backdated: bool,
    /// The first reading that lists what stood before and after it, but not this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unlisted_since: Option<Timestamp>,
}

/// An incident as we remember it: the page's claims and our own clock beside them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incident {
    pub id: Uuid,
    pub vendor_id: String,
    pub title: String,
    pub url: Option<String>,
    pub impact: Impact,
    pub stage: Stage,
    pub state: IncidentState,
    pub started_at: Option<Timestamp>,
    pub resolved_at: Option<Timestamp>,
    pub first_seen_at: Timestamp,
    /// Present in the page's first good reading (or closed before it): `first_seen_at` is then no detection.
    pub imported: bool,
    /// The page never said that it ended; we inferred it from its absence.
    #[serde(default)]
    pub inferred: bool,
    /// A vendor's example or test: never told, never counted.
    #[serde(default)]
    pub sample: bool,
    pub components: Vec<ComponentRef>,
    /// Oldest first.
    pub updates: Vec<TimelineEntry>,
    /// What else it read before, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub edits: Vec<Edit>,
    /// How many more there were, after the first few of `edits`.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u32,
    /// The vendor sent us word then, which made us look: a push spoke first. `None`: our own poll did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_at: Option<Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_false(flag: &bool) -> bool {
    !flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

impl TimelineEntry {
    /// Keeps what the entry said until now.
    pub(crate) fn revise(&mut self, revision: Revision) {
        self.left_out = self.left_out.saturating_add(keep(&mut self.revisions, [revision]));
    }

    /// How often it was changed later, whether or not the earlier text is kept.
    #[must_use]
    pub fn times_changed(&self) -> usize {
        times(self.revisions.len(), self.left_out)
    }
}

fn times(kept: usize, left_out: u32) -> usize {
    kept.saturating_add(usize::try_from(left_out).unwrap_or(usize::MAX))
}

impl Incident {
    /// Keeps what it said of itself until now.
    pub(crate) fn note(&mut self, edits: impl IntoIterator<Item = Edit>) {
        self.left_out = self.left_out.saturating_add(keep(&mut self.edits, edits));
    }

    /// How often its title, impact, times or components were changed later.
    #[must_use]
    pub fn times_changed(&self) -> usize {
        times(self.edits.len(), self.left_out)
    }

    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == IncidentState::Open
    }

    /// Seconds from start to end, or to `now` while open. `None` where the page gives no start, or an end before it.
    #[must_use]
    pub fn duration_s(&self, now: Timestamp) -> Option<i64> {
        let start = self.started_at?;
        let end = match self.state {
            IncidentState::Open => now,
            IncidentState::Closed => self.resolved_at?,
        };
        let seconds = end.since(start);
        if self.is_open() { Some(seconds.max(0)) } else { (seconds >= 0).then_some(seconds) }
    }

    /// When the vendor promised its next word, as long as it has said nothing since.
    #[must_use]
    pub fn promised_at(&self) -> Option<Timestamp> {
        let last = self.updates.last().filter(|_| self.is_open())?;
        promise::promised(&last.body, last.at.unwrap_or(last.first_seen_at))
    }

    /// The vendor promised its next word, and is late with it at `now`.
    #[must_use]
    pub fn is_promise_broken(&self, now: Timestamp) -> bool {
        self.promised_at().is_some_and(|by| promise::Promise { by, came: None }.late_s(now).is_some())
    }

    /// Seconds between the vendor's first word and the moment we saw the incident. `None` when imported or unknown.
    #[must_use]
    pub fn detection_s(&self) -> Option<i64> {
        if self.imported {
            return None;
        }
        let spoke = self.updates.iter().filter_map(|update| update.at).min().or(self.started_at)?;
        Some(self.first_seen_at.since(spoke).max(0))
    }
}
