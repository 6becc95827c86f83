//! Event: something changed, in the contract's vocabulary.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::digest::Digest;
use crate::health::Health;
use crate::incident::{ComponentRef, Incident, TimelineEntry};
use crate::maintenance::Maintenance;
use crate::time::Timestamp;
use crate::warning::Warning;

macro_rules! event_kinds {
    ($($kind:ident = $word:literal,)+) => {
        /// What kind of change: the `type` of a webhook, the vocabulary of rules, the journal.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum EventKind { $($kind,)+ }

        impl EventKind {
            pub const ALL: &'static [Self] = &[$(Self::$kind,)+];

            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$kind => $word,)+ }
            }
        }

        impl FromStr for EventKind {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text { $($word => Ok(Self::$kind),)+ _ => Err(format!("`{text}` is not an event")) }
            }
        }
    };
}

event_kinds! {
    IncidentOpened = "incident.opened",
    IncidentReopened = "incident.reopened",
    IncidentResolved = "incident.resolved",
    IncidentPostmortem = "incident.postmortem",
    IncidentUpdated = "incident.updated",
    IncidentImpactChanged = "incident.impact_changed",
    IncidentScopeChanged = "incident.scope_changed",
    IncidentEdited = "incident.edited",
    IncidentRemoved = "incident.removed",
    IncidentImported = "incident.imported",
    ComponentChanged = "component.changed",
    MaintenanceCancelled = "maintenance.cancelled",
    MaintenanceCompleted = "maintenance.completed",
    MaintenanceStarted = "maintenance.started",
    MaintenanceOverdue = "maintenance.overdue",
    MaintenanceChanged = "maintenance.changed",
    MaintenanceScheduled = "maintenance.scheduled",
    MaintenanceReminder = "maintenance.reminder",
    PageUnreadable = "page.unreadable",
    PageReadable = "page.readable",
    PageMoved = "page.moved",
    WarningRaised = "warning.raised",
    WarningCleared = "warning.cleared",
    DigestReady = "digest.ready",
    ChannelDisabled = "channel.disabled",
    TestPing = "test.ping",
}

impl EventKind {
    /// True for what a group hears when its rule names no events.
    #[must_use]
    pub const fn is_default(self) -> bool {
        !matches!(
            self,
            Self::IncidentEdited
                | Self::IncidentRemoved
                | Self::IncidentImported
                | Self::ComponentChanged
                | Self::MaintenanceOverdue
                | Self::PageMoved
                | Self::WarningRaised
                | Self::WarningCleared
                | Self::DigestReady
                | Self::ChannelDisabled
                | Self::TestPing
        )
    }

    /// Work that is over, or will not happen.
    #[must_use]
    pub const fn ends_maintenance(self) -> bool {
        matches!(self, Self::MaintenanceCancelled | Self::MaintenanceCompleted)
    }

    /// What somebody hears of, inside a sentence: "new incidents".
    #[must_use]
    pub const fn plural(self) -> &'static str {
        match self {
            Self::IncidentOpened => "new incidents",
            Self::IncidentReopened => "incidents that begin again",
            Self::IncidentResolved => "the end of incidents",
            Self::IncidentPostmortem => "post-mortems",
            Self::IncidentUpdated => "updates of incidents",
            Self::IncidentImpactChanged => "changes of an incident’s impact",
            Self::IncidentScopeChanged => "changes of the affected components",
            Self::IncidentEdited => "edits of earlier texts",
            Self::IncidentRemoved => "incidents that a page no longer lists",
            Self::IncidentImported => "incidents from before our first look",
            Self::ComponentChanged => "changes of single components",
            Self::MaintenanceCancelled => "cancelled maintenance",
            Self::MaintenanceCompleted => "the end of maintenance",
            Self::MaintenanceStarted => "the start of maintenance",
            Self::MaintenanceOverdue => "maintenance past its announced end",
            Self::MaintenanceChanged => "changed plans of maintenance",
            Self::MaintenanceScheduled => "newly announced maintenance",
            Self::MaintenanceReminder => "reminders of maintenance",
            Self::PageUnreadable => "status pages that cannot be read",
            Self::PageReadable => "status pages that can be read again",
            Self::PageMoved => "status pages that moved",
            Self::WarningRaised => "early warnings",
            Self::WarningCleared => "the end of early warnings",
            Self::DigestReady => "digests",
            Self::ChannelDisabled => "channels that are given up",
            Self::TestPing => "test messages",
        }
    }

    /// For people: "New incident", "Resolved".
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::IncidentOpened => "New incident",
            Self::IncidentReopened => "Reopened",
            Self::IncidentResolved => "Resolved",
            Self::IncidentPostmortem => "Post-mortem published",
            Self::IncidentUpdated => "Update",
            Self::IncidentImpactChanged => "Impact changed",
            Self::IncidentScopeChanged => "Affected components changed",
            Self::IncidentEdited => "Earlier text edited",
            Self::IncidentRemoved => "Removed from the page",
            Self::IncidentImported => "Imported from history",
            Self::ComponentChanged => "Component changed",
            Self::MaintenanceCancelled => "Maintenance cancelled",
            Self::MaintenanceCompleted => "Maintenance completed",
            Self::MaintenanceStarted => "Maintenance started",
            Self::MaintenanceOverdue => "Maintenance overdue",
            Self::MaintenanceChanged => "Maintenance changed",
            Self::MaintenanceScheduled => "Maintenance scheduled",
            Self::MaintenanceReminder => "Maintenance reminder",
            Self::PageUnreadable => "Status page cannot be read",
            Self::PageReadable => "Status page readable again",
            Self::PageMoved => "Status page moved",
            Self::WarningRaised => "Early warning",
            Self::WarningCleared => "Early warning cleared",
            Self::DigestReady => "Digest",
            Self::ChannelDisabled => "Channel disabled",
            Self::TestPing => "Test message",
        }
    }
}

impl fmt::Display for EventKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Serialize for EventKind {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for EventKind {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    Incident(Incident),
    Maintenance(Maintenance),
    Component(ComponentChange),
    Page(PageNews),
    /// A sign of our own that something is wrong.
    Warning(Warning),
    /// Many things at once.
    Digest(Digest),
    /// One of our own channels.
    Channel(ChannelNews),
    /// A test message that somebody asked for.
    Test,
}

/// A component's health moved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentChange {
    pub component: ComponentRef,
    pub group: Vec<String>,
    pub before: Health,
    pub after: Health,
}

/// A channel of ours: nothing is sent to it any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelNews {
    pub id: Uuid,
    pub name: String,
    /// For people: "Microsoft Teams".
    pub kind: String,
    pub why: String,
    /// Names of the groups that use it.
    pub groups: Vec<String>,
}

/// The page itself: unreadable, readable again, or moved to another platform or address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageNews {
    pub url: String,
    /// Why it cannot be read, or what was proven about the move.
    pub reason: String,
    /// Since when, as far as we know.
    pub since: Option<Timestamp>,
    pub last_known: Option<Health>,
}

/// Why a notice is made of what the journal has already.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// The group waits before it hears of such incidents, and this one has lasted.
    AfterWait,
    /// Somebody asked to be told when a monitor was added.
    Asked,
    /// It was muted until now, and is still open.
    AfterMute,
    /// It is still open, and the group wants to be reminded of that; which reminder it is, from 1 on.
    Repeat(u32),
    /// The group of this name has not acknowledged it in time.
    Escalated(String),
    /// The vendor promised word by then, and has not kept it.
    PromiseBroken(Timestamp),
    /// It was held back (quiet hours): everything that was said meanwhile comes at once.
    HeldBack,
    /// The channel was given up for a while: this is where it stands now.
    Missed,
}

/// One thing that changed on one page at one reading (or one tick).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    pub id: Uuid,
    #[serde(rename = "type")]
    pub kind: EventKind,
    /// Every kind that applies; a rule matches any of them.
    pub changes: Vec<EventKind>,
    /// It opened and closed since the last reading.
    pub also_opened: bool,
    /// Our clock.
    pub at: Timestamp,
    pub subject: Subject,
    /// New entries of the timeline that this event carries, oldest first.
    #[serde(default)]
    pub updates: Vec<TimelineEntry>,
    /// How long before `at` this must have happened, when we were away: seconds between the two readings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unseen_s: Option<i64>,
    /// Why something is said of it beside what the journal has already.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Again>,
    /// Seconds until the window begins, on a reminder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder_s: Option<i64>,
}

impl Event {
    /// An event of one kind about `subject`. Its id follows from the page, `key` and everything it says of its subject:
    /// two events of one second differ, because something happened between them.
    #[must_use]
    pub fn new(page: &str, key: &str, changes: Vec<EventKind>, at: Timestamp, subject: Subject) -> Self {
        let kind = changes.first().copied().unwrap_or(EventKind::TestPing);
        let told = serde_json::to_vec(&subject).unwrap_or_default();
        let id = crate::ids::v7(at, &[page.as_bytes(), key.as_bytes(), kind.word().as_bytes(), &told]);
        Self {
            id,
            kind,
            changes,
            also_opened: false,
            at,
            subject,
            updates: Vec::new(),
            unseen_s: None,
            again: None,
            reminder_s: None,
        }
    }

    #[must_use]
    pub fn incident(&self) -> Option<&Incident> {
        match &self.subject {
            Subject::Incident(incident) => Some(incident),
            _ => None,
        }
    }

    #[must_use]
    pub fn maintenance(&self) -> Option<&Maintenance> {
        match &self.subject {
            Subject::Maintenance(maintenance) => Some(maintenance),
            _ => None,
        }
    }

    #[must_use]
    pub fn warning(&self) -> Option<&Warning> {
        match &self.subject {
            Subject::Warning(warning) => Some(warning),
            _ => None,
        }
    }

    /// A title for lists and journals.
    #[must_use]
    pub fn title(&self) -> String {
        match &self.subject {
            Subject::Incident(incident) => incident.title.clone(),
            Subject::Maintenance(maintenance) => maintenance.title.clone(),
            Subject::Component(change) => format!(
                "{}: {} → {}",
                change.component.name,
                change.before.label().to_lowercase(),
                change.after.label().to_lowercase()
            ),
            Subject::Page(news) => news.reason.clone(),
            Subject::Warning(warning) => warning.summary.clone(),
            Subject::Digest(digest) => format!("{} at {} providers", digest.items.len(), digest.providers()),
            Subject::Channel(news) => format!("Channel {}", news.name),
            Subject::Test => "Test message".to_owned(),
        }
    }

    /// The components it concerns; empty means the whole provider.
    #[must_use]
    pub fn components(&self) -> &[ComponentRef] {
        match &self.subject {
            Subject::Incident(incident) => &incident.components,
            Subject::Maintenance(maintenance) => &maintenance.components,
            Subject::Component(change) => std::slice::from_ref(&change.component),
            Subject::Warning(warning) => &warning.components,
            Subject::Page(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test => &[],
        }
    }
}
