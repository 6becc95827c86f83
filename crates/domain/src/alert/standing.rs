//! Standing: what a page remembers of one incident (or maintenance) towards those who may hear of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::decide::Member;
use crate::incident::Impact;
use crate::time::Timestamp;

/// Towards whom an incident counts as announced, and who waits for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Open (or upcoming) in the first good reading: counts as announced to everybody it concerns.
    #[serde(default, skip_serializing_if = "is_false")]
    pub imported_open: bool,
    /// The impact it was imported with: to a group that hears only worse ones it would not have been announced.
    #[serde(default, skip_serializing_if = "is_none")]
    pub imported_impact: Impact,
    /// Groups that follow it: it was in their scope and above their threshold once.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub followers: BTreeSet<String>,
    /// Monitors through which a group came to follow it: it stays their business when components are unlinked.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub through: BTreeSet<String>,
    /// Channels that heard anything of it: what a group waited for may be old news in a channel it shares.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub spoken: BTreeSet<String>,
    /// Groups that wait for its dwell to end, with the moment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub held: BTreeMap<String, Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_none(impact: &Impact) -> bool {
    *impact == Impact::None
}

impl Standing {
    /// This group heard of it, or would have if its rule wanted such events.
    pub(crate) fn is_announced_to(&self, member: &Member) -> bool {
        let imported = self.imported_open && self.imported_impact >= member.rule.min_impact;
        imported || self.followers.contains(&member.group)
    }

    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.held.values().any(|until| *until <= now)
    }

    /// The groups whose dwell is over; they are held no longer.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> BTreeSet<String> {
        let due = self.held.iter().filter(|(_, until)| **until <= now).map(|(group, _)| group.clone()).collect();
        self.held.retain(|_, until| *until > now);
        due
    }
}
