//! Standing: what is remembered of one incident (or maintenance, or warning) towards those who may hear of it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::decide::Member;
use super::open::Open;
use crate::event::Event;
use crate::incident::Impact;
use crate::promise;
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
    /// Groups for which it is over.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub over: BTreeSet<String>,
    /// Groups among them that were not told that it began again, because it was muted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub unheard: BTreeSet<String>,
    /// Channels that heard anything of it: what a group waited for may be old news in a channel it shares.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub spoken: BTreeSet<String>,
    /// Channels among them whose last word of it was its end.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub closed: BTreeSet<String>,
    /// Groups that wait for its dwell or a mute to end, with the moment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub held: BTreeMap<String, Timestamp>,
    /// Groups that are told again while it is open.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub repeats: BTreeMap<String, Repeat>,
    /// When the vendor's promise of a next word counts as broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promised: Option<Timestamp>,
    /// Groups that have to acknowledge it, with the moment at which others are told; `None`: they were told.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub escalations: BTreeMap<String, Option<Timestamp>>,
    /// Groups among them whose time ran out while it was muted: others are told when the mute is over.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub muted: BTreeSet<String>,
}

/// When a group is reminded next, and how often it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    pub at: Timestamp,
    pub times: u32,
    /// It was due while it was muted: it comes when the mute is over, at `at` or before.
    #[serde(default, skip_serializing_if = "is_false")]
    pub muted: bool,
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

    /// Channels that know that it is open.
    pub(crate) fn aware(&self) -> BTreeSet<String> {
        self.spoken.difference(&self.closed).cloned().collect()
    }

    /// Members that come into play only when others stay silent are asked only then.
    pub(crate) fn is_asked(&self, member: &Member) -> bool {
        member.after.is_none() || self.followers.contains(&member.group)
    }

    /// The group follows it from now on; if it was told, its reminders and its time to acknowledge begin.
    pub(crate) fn follow(&mut self, member: &Member, event: &Event, told: bool) {
        self.held.remove(&member.group);
        self.followers.insert(member.group.clone());
        self.through.insert(member.monitor.clone());
        let open = Open::of(event).is_some();
        if !told {
            // Who does not want to hear that it began again knows all the same that it is not over.
            if open {
                self.is_open_to(&member.group);
            }
            return;
        }
        if !open {
            self.over.insert(member.group.clone());
            return;
        }
        self.is_open_to(&member.group);
        if let Some(seconds) = member.rule.repeat_s {
            let times = self.repeats.get(&member.group).map_or(0, |repeat| repeat.times);
            self.repeats.insert(member.group.clone(), Repeat { at: event.at.plus(seconds), times, muted: false });
        }
        if let Some(escalation) = &member.rule.escalate {
            let at = event.at.plus(escalation.after_s);
            self.escalations.entry(member.group.clone()).or_insert(Some(at));
        }
    }

    fn is_open_to(&mut self, group: &str) {
        self.over.remove(group);
        self.unheard.remove(group);
    }

    /// The group waits until then.
    pub(crate) fn hold(&mut self, group: &str, until: Timestamp) {
        self.held.insert(group.to_owned(), until);
        if self.over.contains(group) {
            self.unheard.insert(group.to_owned());
        }
    }

    /// Lets go of what has no meaning any more, after everybody was judged.
    pub(crate) fn settle(&mut self, subject: Open<'_>, now: Timestamp) {
        // Whoever is due was judged just now, but for those who have to hear first that it began again.
        let unheard = &self.unheard;
        self.held.retain(|group, until| subject.is_open() && (*until > now || unheard.contains(group)));
        self.promised = subject.promised_at().map(|at| at.plus(promise::GRACE_S)).filter(|at| *at > now);
        if !subject.is_open() {
            self.repeats.clear();
            self.escalations.clear();
            self.muted.clear();
        }
    }

    /// The next moment at which time alone has something to say.
    pub(crate) fn wakes(&self) -> Option<Timestamp> {
        let repeats = self.repeats.values().map(|repeat| repeat.at);
        let escalations = self.escalations.values().filter_map(|at| *at);
        self.held.values().copied().chain(repeats).chain(escalations).chain(self.promised).min()
    }

    /// Time alone may have something to say at `now`: something is due, or waits for what may end before its time.
    pub(crate) fn waits(&self, now: Timestamp) -> bool {
        let due = self.wakes().is_some_and(|at| at <= now);
        due || !self.held.is_empty() || !self.muted.is_empty() || self.repeats.values().any(|repeat| repeat.muted)
    }
}
