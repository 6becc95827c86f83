//! Pace: what is told is told now, or kept until the group is awake or its digest is due.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::decide::{Member, Reason, ReasonCode};
use super::open::Open;
use crate::digest::Gathered;
use crate::event::{Event, Subject};
use crate::incident::Incident;
use crate::time::Timestamp;

/// Told at a later time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Later {
    pub until: Timestamp,
    /// In one message with others; `None`: by itself, with all that was said of the same thing meanwhile.
    pub gathered: Option<Gathered>,
}

impl Later {
    /// Whoever is told of one thing in both ways is told in this one: by itself before with others, and sooner before later.
    #[must_use]
    pub fn precedes(&self, other: &Self) -> bool {
        (self.gathered.is_some(), self.until) < (other.gathered.is_some(), other.until)
    }
}

/// When a channel of a group hears of an event that it is to hear of; `None`: now.
pub(super) fn later(event: &Event, member: &Member, channel: &str) -> Option<Later> {
    if matches!(event.subject, Subject::Test) {
        return None;
    }
    let alarm = member.alarms.contains(channel);
    // An alarm is for one thing, and its end wakes nobody.
    if let Some(digest) = member.rule.digest.filter(|_| !alarm) {
        return Some(Later { until: digest.next(&member.zone, event.at), gathered: Some(digest.gathered()) });
    }
    let ends = Open::lasting(event).is_some_and(|subject| !subject.is_open()) || event.kind.ends_maintenance();
    if breaks(event, member) || (alarm && ends && !event.also_opened) {
        return None;
    }
    let until = member.rule.hours.rests_until(&member.zone, event.at)?;
    Some(Later { until, gathered: None })
}

/// Bad enough to wake somebody.
fn breaks(event: &Event, member: &Member) -> bool {
    let impact = event
        .incident()
        .map(|incident: &Incident| incident.impact)
        .or_else(|| event.warning().map(|warning| warning.impact));
    member.rule.hours.breaks.is_some_and(|least| impact.is_some_and(|impact| impact >= least))
}

/// Why it is not told now.
pub(super) fn reason(later: &Later, member: &Member) -> Reason {
    let (group, then) = (&member.group_name, clock(later.until, &member.zone));
    match later.gathered {
        None => Reason {
            code: ReasonCode::QuietHours,
            text: format!("Group {group} rests until {then}; it is told then, with what is said until then."),
        },
        Some(_) => Reason {
            code: ReasonCode::InDigest,
            text: format!("Group {group} reads digests; it is in the one of {then}."),
        },
    }
}

/// `Mon 2 Mar, 07:00 EST`.
pub(super) fn clock(at: Timestamp, zone: &str) -> String {
    let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
    at.to_jiff().to_zoned_datetime(zone).strftime("%a %-d %b, %H:%M %Z").to_string()
}
