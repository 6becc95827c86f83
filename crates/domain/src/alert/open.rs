//! Open: what lasts, and may be told again while it does: an incident of a page, or a warning of our own.

use uuid::Uuid;

use super::rule::Rule;
use crate::event::{Event, EventKind, Subject};
use crate::incident::{Incident, TimelineEntry};
use crate::time::Timestamp;
use crate::warning::Warning;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Open<'a> {
    Incident(&'a Incident),
    Warning(&'a Warning),
}

impl<'a> Open<'a> {
    /// What an event is about, if it lasts and is not over.
    pub(crate) fn of(event: &'a Event) -> Option<Self> {
        Self::lasting(event).filter(|open| open.is_open())
    }

    /// What an event is about, if it is of the kind that lasts.
    pub(crate) fn lasting(event: &'a Event) -> Option<Self> {
        match &event.subject {
            Subject::Incident(incident) => Some(Self::Incident(incident)),
            Subject::Warning(warning) => Some(Self::Warning(warning)),
            _ => None,
        }
    }

    pub(crate) fn is_open(self) -> bool {
        match self {
            Self::Incident(incident) => incident.is_open(),
            Self::Warning(warning) => warning.is_open(),
        }
    }

    pub(crate) fn id(self) -> Uuid {
        match self {
            Self::Incident(incident) => incident.id,
            Self::Warning(warning) => warning.id,
        }
    }

    /// How it is told apart from others of its page.
    pub(crate) fn key(self) -> String {
        match self {
            Self::Incident(incident) => incident.vendor_id.clone(),
            Self::Warning(warning) => warning.id.to_string(),
        }
    }

    pub(crate) fn subject(self) -> Subject {
        match self {
            Self::Incident(incident) => Subject::Incident(incident.clone()),
            Self::Warning(warning) => Subject::Warning(warning.clone()),
        }
    }

    pub(crate) fn updates(self) -> &'a [TimelineEntry] {
        match self {
            Self::Incident(incident) => &incident.updates,
            Self::Warning(_) => &[],
        }
    }

    pub(crate) fn first_seen_at(self) -> Timestamp {
        match self {
            Self::Incident(incident) => incident.first_seen_at,
            Self::Warning(warning) => warning.started_at,
        }
    }

    /// How long a group waits before it hears of it (seconds). A warning has been tried more than once already.
    pub(crate) fn wait_s(self, rule: &Rule) -> i64 {
        match self {
            Self::Incident(incident) => rule.wait_s(incident.impact),
            Self::Warning(_) => 0,
        }
    }

    /// When the next word of it was promised.
    pub(crate) fn promised_at(self) -> Option<Timestamp> {
        match self {
            Self::Incident(incident) => incident.promised_at(),
            Self::Warning(_) => None,
        }
    }

    /// What an event is called by which somebody hears that it began.
    pub(crate) const fn begins(self) -> EventKind {
        match self {
            Self::Incident(_) => EventKind::IncidentOpened,
            Self::Warning(_) => EventKind::WarningRaised,
        }
    }

    pub(crate) const fn begins_again(self) -> EventKind {
        match self {
            Self::Incident(_) => EventKind::IncidentReopened,
            Self::Warning(_) => EventKind::WarningRaised,
        }
    }

    /// What an event is called by which somebody hears that it is not over.
    pub(crate) const fn goes_on(self) -> EventKind {
        match self {
            Self::Incident(_) => EventKind::IncidentUpdated,
            Self::Warning(_) => EventKind::WarningRaised,
        }
    }
}
