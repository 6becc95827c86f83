//! Decide: who hears of an event, and why. The one function behind messages, board, API and the "why" page.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::rule::{Interest, Rule};
use crate::event::{Event, EventKind, Subject};
use crate::incident::{Impact, Incident};
use crate::reading::Component;
use crate::time::Timestamp;

/// Who could hear of a provider: one member for each pair of monitor and group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    pub members: Vec<Member>,
}

/// One monitor and one group that it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub monitor: String,
    pub interest: Interest,
    pub group: String,
    pub group_name: String,
    pub rule: Rule,
    /// Ids of the group's channels.
    pub channels: Vec<String>,
}

macro_rules! reason_codes {
    ($($code:ident = $word:literal,)+) => {
        /// Why we spoke or stayed silent: log line, UI text and test assertion at once.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum ReasonCode { $(#[serde(rename = $word)] $code,)+ }
        impl ReasonCode {
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$code => $word,)+ }
            }
        }
    };
}

reason_codes! {
    WholeProvider = "whole_provider",
    NamesNoComponent = "names_no_component",
    ComponentFollowed = "component_followed",
    ToldBefore = "told_before",
    DwellOver = "dwell_over",
    PageNews = "page_news",
    Imported = "imported",
    Sample = "sample",
    OtherComponents = "other_components",
    BelowMinImpact = "below_min_impact",
    NotAnnounced = "not_announced",
    WithinDwell = "within_dwell",
    EndedWithinDwell = "ended_within_dwell",
    EventNotWanted = "event_not_wanted",
    ToldByOtherGroup = "told_by_other_group",
    NoChannel = "no_channel",
}

/// A code and one sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    pub code: ReasonCode,
    pub text: String,
}

/// The decision for one event, one group and one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub monitor: String,
    pub monitor_components: Vec<String>,
    pub group: String,
    /// `None` where the group has no channel.
    pub channel: Option<String>,
    pub told: bool,
    pub reason: Reason,
}

/// What a page remembers of one incident (or maintenance) towards the groups.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Open (or upcoming) in the first good reading: counts as announced to everybody it concerns.
    #[serde(default, skip_serializing_if = "is_false")]
    pub imported_open: bool,
    /// Groups that follow it: it was in their scope and above their threshold once.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub followers: BTreeSet<String>,
    /// Groups that wait for its dwell to end, with the moment.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub held: BTreeMap<String, Timestamp>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_false(flag: &bool) -> bool {
    !*flag
}

/// Decides for every member of the audience, and notes in `standing` who follows the incident from now on.
/// `components` are the page's, so that a group's name counts for its members.
pub fn decide(event: &Event, standing: &mut Standing, components: &[Component], audience: &Audience) -> Vec<Verdict> {
    let mut told_channels = BTreeSet::new();
    let mut followed_now = BTreeSet::new();
    let mut verdicts = Vec::new();
    for member in &audience.members {
        let judged = judge(event, standing, components, member);
        match &judged {
            Judged { follow: true, .. } => {
                followed_now.insert(member.group.clone());
            }
            Judged { hold_until: Some(until), .. } => {
                standing.held.insert(member.group.clone(), *until);
            }
            Judged { .. } => {}
        }
        verdicts.extend(per_channel(member, &judged, &mut told_channels));
    }
    // Only after all members: two monitors of one group must be judged alike.
    for group in followed_now {
        standing.held.remove(&group);
        standing.followers.insert(group);
    }
    if event.incident().is_some_and(|incident| !incident.is_open()) {
        standing.held.clear();
    }
    verdicts
}

struct Judged {
    told: bool,
    reason: Reason,
    follow: bool,
    hold_until: Option<Timestamp>,
}

impl Judged {
    fn silent(code: ReasonCode, text: String) -> Self {
        Self { told: false, reason: Reason { code, text }, follow: false, hold_until: None }
    }
}

fn per_channel(member: &Member, judged: &Judged, told_channels: &mut BTreeSet<String>) -> Vec<Verdict> {
    let verdict = |channel: Option<&String>, told: bool, reason: Reason| Verdict {
        monitor: member.monitor.clone(),
        monitor_components: member.interest.0.clone(),
        group: member.group.clone(),
        channel: channel.cloned(),
        told,
        reason,
    };
    if member.channels.is_empty() {
        let reason = if judged.told {
            let text = format!("Group {} has no channel, so nobody could be told.", member.group_name);
            Reason { code: ReasonCode::NoChannel, text }
        } else {
            judged.reason.clone()
        };
        return vec![verdict(None, false, reason)];
    }
    let mut verdicts = Vec::new();
    for channel in &member.channels {
        if judged.told && !told_channels.insert(channel.clone()) {
            let text = "This channel hears of it already through another monitor or group.".to_owned();
            let reason = Reason { code: ReasonCode::ToldByOtherGroup, text };
            verdicts.push(verdict(Some(channel), false, reason));
        } else {
            verdicts.push(verdict(Some(channel), judged.told, judged.reason.clone()));
        }
    }
    verdicts
}

fn judge(event: &Event, standing: &Standing, components: &[Component], member: &Member) -> Judged {
    let concern = match concern(event, standing, components, member) {
        Ok(concern) => concern,
        Err(silent) => return silent,
    };
    if let Subject::Incident(incident) = &event.subject
        && let Err(silent) = weigh(event, incident, standing, member)
    {
        return silent;
    }
    if let Subject::Maintenance(_) = &event.subject
        && matches!(event.kind, EventKind::MaintenanceCancelled | EventKind::MaintenanceCompleted)
        && !standing.imported_open
        && !standing.followers.contains(&member.group)
    {
        let text = "This maintenance was never announced here, so its end is not either.".to_owned();
        return Judged::silent(ReasonCode::NotAnnounced, text);
    }
    let wanted = event.changes.iter().find(|kind| member.rule.wants(**kind));
    match wanted {
        Some(kind) => {
            let text = format!("Group {} hears {kind}, and {}", member.group_name, concern.text);
            Judged { told: true, reason: Reason { code: concern.code, text }, follow: true, hold_until: None }
        }
        None => {
            let words: Vec<&str> = event.changes.iter().map(|kind| kind.word()).collect();
            let text = format!("Group {} does not hear {}.", member.group_name, words.join(", "));
            Judged { follow: true, ..Judged::silent(ReasonCode::EventNotWanted, text) }
        }
    }
}

/// Is this any business of the member? The reason's text continues "…, and ".
fn concern(event: &Event, standing: &Standing, components: &[Component], member: &Member) -> Result<Reason, Judged> {
    let reason = |code, text: String| Ok(Reason { code, text });
    match &event.subject {
        Subject::Incident(incident) if incident.imported && event.kind == EventKind::IncidentImported => {
            let text = "It was on the page when we first read it, or ended before our last look; that is no news.";
            return Err(Judged::silent(ReasonCode::Imported, text.to_owned()));
        }
        Subject::Incident(Incident { sample: true, .. }) => return Err(sample()),
        Subject::Maintenance(maintenance) if maintenance.sample => return Err(sample()),
        Subject::Page(_) | Subject::Test => {
            return reason(ReasonCode::PageNews, "this is about the status page itself.".to_owned());
        }
        Subject::Incident(_) | Subject::Maintenance(_) | Subject::Component(_) => {}
    }
    if member.interest.is_all() {
        return reason(ReasonCode::WholeProvider, "the monitor follows the whole provider.".to_owned());
    }
    let named = event.components();
    if named.is_empty() {
        return reason(ReasonCode::NamesNoComponent, "it names no component, so it concerns everyone.".to_owned());
    }
    if let Some(component) = member.interest.picks(named, components) {
        return reason(ReasonCode::ComponentFollowed, format!("it names {}, which is followed.", component.name));
    }
    if standing.followers.contains(&member.group) {
        let text = "it was told here before, under components that the vendor has since unlinked.";
        return reason(ReasonCode::ToldBefore, text.to_owned());
    }
    let names: Vec<&str> = named.iter().map(|component| component.name.as_str()).take(3).collect();
    let text = format!("It concerns {}, which this monitor does not follow.", names.join(", "));
    Err(Judged::silent(ReasonCode::OtherComponents, text))
}

fn sample() -> Judged {
    let text = "It is an example or test of the vendor's, not an incident.".to_owned();
    Judged::silent(ReasonCode::Sample, text)
}

/// Announced before, loud enough, and old enough?
fn weigh(event: &Event, incident: &Incident, standing: &Standing, member: &Member) -> Result<(), Judged> {
    if standing.imported_open || standing.followers.contains(&member.group) {
        return Ok(());
    }
    if incident.impact < member.rule.min_impact {
        let text = format!(
            "Its impact is {}; group {} hears {} and above.",
            incident.impact.word(),
            member.group_name,
            member.rule.min_impact.word()
        );
        return Err(Judged::silent(ReasonCode::BelowMinImpact, text));
    }
    let dwells = member.rule.dwell_s > 0 && incident.impact <= Impact::Minor;
    if !incident.is_open() {
        if !event.also_opened {
            let text = "It was never announced here, so its end is not either.".to_owned();
            return Err(Judged::silent(ReasonCode::NotAnnounced, text));
        }
        let lasted = incident.duration_s(event.at).unwrap_or(0);
        if dwells && lasted < member.rule.dwell_s {
            let text = format!("It ended after {lasted} s, within the group's dwell of {} s.", member.rule.dwell_s);
            return Err(Judged::silent(ReasonCode::EndedWithinDwell, text));
        }
        return Ok(());
    }
    let until =
        standing.held.get(&member.group).copied().unwrap_or_else(|| incident.first_seen_at.plus(member.rule.dwell_s));
    if dwells && event.at < until {
        let text = format!("It is minor and group {} waits until {until} before it speaks.", member.group_name);
        return Err(Judged { hold_until: Some(until), ..Judged::silent(ReasonCode::WithinDwell, text) });
    }
    Ok(())
}
