//! Silence: what a team does not want to hear for a while, and what somebody takes care of.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::places::Places;
use super::rule::Interest;
use crate::event::{Event, Subject};
use crate::time::Timestamp;

/// A mute without an end is looked at again after this long (seconds): a year.
const ENDLESS_S: i64 = 365 * 24 * 3600;

/// What is silenced, of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Silenced {
    /// All of it.
    Provider,
    /// What names one of these components and none beside them.
    Components(Interest),
    /// One incident, maintenance or warning.
    Subject(Uuid),
}

/// A wish not to hear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    pub id: Uuid,
    pub team: String,
    pub what: Silenced,
    pub since: Timestamp,
    /// When it ends; `None`: when somebody ends it.
    pub until: Option<Timestamp>,
    /// Whose wish it is, for people.
    pub by: String,
    /// Why, in their words; may be empty.
    #[serde(default)]
    pub why: String,
}

impl Silence {
    /// True where it holds at `now`.
    #[must_use]
    pub fn holds(&self, now: Timestamp) -> bool {
        self.since <= now && self.until.is_none_or(|until| now < until)
    }

    /// When it ends if nobody ends it before; one without an end is looked at again after a year.
    pub(crate) fn ends(&self, now: Timestamp) -> Timestamp {
        self.until.unwrap_or_else(|| now.plus(ENDLESS_S))
    }

    /// True where it is about this event. A component's silence does not hide trouble that is wider.
    pub(crate) fn covers(&self, event: &Event, places: &Places) -> bool {
        match &self.what {
            Silenced::Provider => true,
            Silenced::Components(interest) => {
                let named = event.components();
                !named.is_empty()
                    && named.iter().all(|one| interest.picks_at(std::slice::from_ref(one), places).is_some())
            }
            Silenced::Subject(id) => match &event.subject {
                Subject::Incident(incident) => incident.id == *id,
                Subject::Maintenance(maintenance) => maintenance.id == *id,
                Subject::Warning(warning) => warning.id == *id,
                Subject::Component(_) | Subject::Page(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test => {
                    false
                }
            },
        }
    }
}

/// Somebody of a team takes care of an incident or a warning: no reminders and no escalation any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    pub team: String,
    /// Our id of the incident or the warning.
    pub subject: Uuid,
    pub at: Timestamp,
    /// Who, for people.
    pub by: String,
}
