//! Due: what time alone has to say of an open incident, or of a warning of our own. A wait or a mute is over, a reminder
//! falls due, nobody has acknowledged.

use std::collections::{BTreeMap, BTreeSet};

use super::decide::{Audience, Member, ReasonCode, Verdict, decide_again, decide_among, span};
use super::open::Open;
use super::pace;
use super::places::Places;
use super::standing::{Repeat, Standing};
use crate::event::{Again, Event, EventKind};
use crate::time::Timestamp;

/// An event with its verdicts.
type Said = (Event, Vec<Verdict>);

/// What is open, as it is remembered.
pub(crate) struct Waiting<'a> {
    /// Our key of the page.
    pub page: &'a str,
    pub open: Open<'a>,
    pub places: &'a Places,
    pub audience: &'a Audience,
    pub now: Timestamp,
}

/// Why a group is told only now.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Release {
    Waited,
    Muted,
    /// It began again while it was muted.
    MutedAgain,
}

impl Release {
    fn of(unheard: bool, waits: bool) -> Self {
        match (unheard, waits) {
            (true, _) => Self::MutedAgain,
            (false, true) => Self::Waited,
            (false, false) => Self::Muted,
        }
    }

    fn kind(self, open: Open<'_>) -> EventKind {
        match self {
            Self::Waited | Self::Muted => open.begins(),
            Self::MutedAgain => open.begins_again(),
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Waited => "after dwell",
            Self::Muted => "after mute",
            Self::MutedAgain => "again after mute",
        }
    }

    fn again(self) -> Again {
        match self {
            Self::Waited => Again::AfterWait,
            Self::Muted | Self::MutedAgain => Again::AfterMute,
        }
    }
}

impl Waiting<'_> {
    /// Everything that is due, and what was decided of it.
    pub(crate) fn said(&self, standing: &mut Standing) -> Vec<Said> {
        let mut said = self.released(standing);
        said.extend(self.reminders(standing));
        said.extend(self.escalations(standing));
        said.extend(self.broken_promise(standing));
        said
    }

    fn event(&self, kind: EventKind, key: &str, again: Again) -> Event {
        let key = format!("{} {key}", self.open.key());
        let mut event = Event::new(self.page, &key, vec![kind], self.now, self.open.subject());
        event.again = Some(again);
        event
    }

    /// With everything that was said of it so far.
    fn event_from_start(&self, kind: EventKind, key: &str, again: Again) -> Event {
        Event { updates: self.open.updates().to_vec(), ..self.event(kind, key, again) }
    }

    fn members(&self, wanted: impl Fn(&&Member) -> bool) -> Vec<Member> {
        self.audience.members.iter().filter(wanted).cloned().collect()
    }

    /// Groups whose wait or mute is over are told everything that was said so far.
    fn released(&self, standing: &mut Standing) -> Vec<Said> {
        let mut released: BTreeMap<Release, BTreeSet<String>> = BTreeMap::new();
        for (group, until) in &standing.held {
            let theirs = self.members(|member| member.group == *group);
            let wait_s = theirs.iter().map(|member| self.open.wait_s(&member.rule)).min().unwrap_or(0);
            let waited = self.open.first_seen_at().plus(wait_s) <= self.now;
            let release = Release::of(standing.unheard.contains(group), wait_s > 0);
            // A mute may end before its time; whoever would not be told for another reason goes on waiting.
            let free = || {
                let mut trial = standing.clone();
                trial.held.remove(group);
                let probe = self.event(release.kind(self.open), "probe", Again::AfterMute);
                let verdicts = decide_among(&probe, &mut trial, self.places, &self.audience.only(theirs.clone()));
                verdicts.iter().any(|verdict| verdict.told || verdict.later.is_some())
            };
            if *until <= self.now || (waited && free()) {
                released.entry(release).or_default().insert(group.clone());
            }
        }
        standing.held.retain(|group, _| !released.values().any(|groups| groups.contains(group)));
        let mut said = Vec::new();
        for (release, groups) in released {
            let members = self.members(|member| groups.contains(&member.group));
            if members.is_empty() {
                continue;
            }
            let event = self.event_from_start(release.kind(self.open), release.key(), release.again());
            let verdicts = decide_among(&event, standing, self.places, &self.audience.only(members));
            let waits = |verdict: &Verdict| matches!(verdict.reason.code, ReasonCode::Muted | ReasonCode::WithinDwell);
            if !verdicts.iter().all(waits) {
                said.push((event, verdicts));
            }
        }
        said
    }

    /// Groups that want to hear again that it is still open, unless somebody takes care of it.
    fn reminders(&self, standing: &mut Standing) -> Vec<Said> {
        let due: Vec<(String, u32)> = standing
            .repeats
            .iter()
            .filter(|(_, repeat)| repeat.at <= self.now || repeat.muted)
            .map(|(group, repeat)| (group.clone(), repeat.times + 1))
            .collect();
        let mut said = Vec::new();
        for (group, times) in due {
            standing.repeats.remove(&group);
            let members = self.members(|member| member.group == group && standing.is_asked(member));
            let Some(first) = members.first() else { continue };
            let Some(every_s) = first.rule.repeat_s else { continue };
            // Who takes it back is reminded again.
            if self.audience.acknowledged_by(self.open.id(), first).is_some() {
                let at = self.now.plus(every_s);
                standing.repeats.insert(group, Repeat { at, times: times - 1, muted: false });
                continue;
            }
            let event = self.event(self.open.goes_on(), &format!("reminder {group}"), Again::Repeat(times));
            // Nobody is reminded at night of what they are told in the morning.
            let muted = self.muted_until(&event, &members);
            if let Some(at) = muted.or_else(|| self.rest_until(&event, &members)) {
                standing.repeats.insert(group, Repeat { at, times: times - 1, muted: muted.is_some() });
                continue;
            }
            let why =
                format!("Group {} is reminded every {} while nobody acknowledges", first.group_name, span(every_s));
            let only = self.audience.only(members);
            let verdicts = decide_again(&event, standing, self.places, &only, (ReasonCode::Reminder, &why));
            if let Some(repeat) = standing.repeats.get_mut(&group) {
                repeat.times = times;
            }
            said.push((event, verdicts));
        }
        said
    }

    /// When the first of the members may hear of it again, where all of them have muted it. `None`: one may now.
    fn muted_until(&self, event: &Event, members: &[Member]) -> Option<Timestamp> {
        let end = |member| Some(self.audience.muted(event, self.places, member)?.ends(self.now));
        members.iter().map(end).min().flatten()
    }

    /// When the first of the members who may be told is awake, where all of them rest. `None`: one is awake now.
    fn rest_until(&self, event: &Event, members: &[Member]) -> Option<Timestamp> {
        let free = members.iter().filter(|member| self.audience.muted(event, self.places, member).is_none());
        let end = |member: &Member| {
            let rests = member.channels.iter().filter_map(|channel| pace::later(event, member, channel));
            rests.map(|later| later.until).max()
        };
        free.map(end).min().flatten()
    }

    /// The vendor promised word, and did not keep it: groups that follow the incident and want to know are told.
    fn broken_promise(&self, standing: &mut Standing) -> Option<Said> {
        standing.promised.filter(|at| *at <= self.now)?;
        standing.promised = None;
        let at = self.open.promised_at()?;
        let members = self.members(|member| member.rule.promises && standing.is_announced_to(member));
        if members.is_empty() {
            return None;
        }
        let event = self.event(self.open.goes_on(), "promise", Again::PromiseBroken(at));
        let why = "The vendor has not kept its promise of a next update";
        let only = self.audience.only(members);
        Some((event.clone(), decide_again(&event, standing, self.places, &only, (ReasonCode::PromiseBroken, why))))
    }

    /// Where a group has not acknowledged in time, the group behind it is told, and follows from then on. While it is muted
    /// nobody is called; whoever still has to be is called when the mute is over.
    fn escalations(&self, standing: &mut Standing) -> Vec<Said> {
        let muted = |group: &String| standing.muted.contains(group);
        let is_due = |group: &String, at: Option<Timestamp>| at.is_some_and(|at| at <= self.now || muted(group));
        let due: Vec<String> = standing
            .escalations
            .iter()
            .filter(|(group, at)| is_due(group, **at))
            .map(|(group, _)| group.clone())
            .collect();
        let mut said = Vec::new();
        for group in due {
            standing.escalations.insert(group.clone(), None);
            let was_muted = standing.muted.remove(&group);
            let first = self.audience.members.iter().find(|member| member.group == group);
            let members = self.members(|member| member.after.as_ref() == Some(&group));
            let Some(first) = first.filter(|_| !members.is_empty()) else { continue };
            let after_s = first.rule.escalate.as_ref().map_or(0, |escalation| escalation.after_s);
            // Who takes it back has as much time again.
            if self.audience.acknowledged_by(self.open.id(), first).is_some() {
                if after_s > 0 {
                    standing.escalations.insert(group, Some(self.now.plus(after_s)));
                }
                continue;
            }
            let key = format!("not acknowledged by {group}");
            let again = Again::Escalated(first.group_name.clone());
            let event = self.event_from_start(self.open.begins(), &key, again);
            if let Some(until) = self.muted_until(&event, &members) {
                standing.escalations.insert(group.clone(), Some(until));
                standing.muted.insert(group);
                // That nobody is told is said once.
                if was_muted {
                    continue;
                }
            }
            let why = format!("Group {} has not acknowledged it within {}", first.group_name, span(after_s));
            let only = self.audience.only(members);
            let verdicts = decide_again(&event, standing, self.places, &only, (ReasonCode::NotAcknowledged, &why));
            said.push((event, verdicts));
        }
        said
    }
}
