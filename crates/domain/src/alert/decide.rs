//! Decide: who hears of an event, and why. The one function behind messages, board, API and the "why" page.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::places::Places;
use super::rule::{Interest, Rule};
use super::standing::Standing;
use crate::components::Component;
use crate::event::{Event, EventKind, Subject};
use crate::incident::{Impact, Incident};
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
    AskedFor = "asked_for",
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

/// Decides for every member of the audience, and notes in `standing` who follows the incident from now on.
/// `components` are the page's, so that a group's name counts for its members.
pub fn decide(event: &Event, standing: &mut Standing, components: &[Component], audience: &Audience) -> Vec<Verdict> {
    decide_among(event, standing, &Places::of(components.to_vec().into()), audience)
}

pub(crate) fn decide_among(
    event: &Event,
    standing: &mut Standing,
    places: &Places,
    audience: &Audience,
) -> Vec<Verdict> {
    let mut told_channels = if event.again.is_some() { standing.spoken.clone() } else { BTreeSet::new() };
    let mut followed_now = Vec::new();
    let mut verdicts = Vec::new();
    for member in &audience.members {
        let judged = judge(event, standing, places, member);
        match &judged {
            Judged { follow: true, .. } => followed_now.push(member),
            Judged { hold_until: Some(until), .. } => {
                standing.held.insert(member.group.clone(), *until);
            }
            Judged { .. } => {}
        }
        verdicts.extend(per_channel(member, &judged, &mut told_channels));
    }
    // Only after all members: two monitors of one group must be judged alike.
    for member in followed_now {
        standing.held.remove(&member.group);
        standing.followers.insert(member.group.clone());
        standing.through.insert(member.monitor.clone());
    }
    if let Some(incident) = event.incident() {
        standing.spoken.append(&mut told_channels);
        // Whoever is due was judged just now.
        standing.held.retain(|_, until| incident.is_open() && *until > event.at);
    }
    verdicts
}

/// For somebody who asked to be told of an open incident when a monitor was added: thresholds do not count then, only
/// whether it concerns the monitor, and whether the channel has heard of it.
pub(crate) fn decide_asked(
    event: &Event,
    standing: &mut Standing,
    places: &Places,
    audience: &Audience,
) -> Vec<Verdict> {
    let mut told_channels = standing.spoken.clone();
    let mut verdicts = Vec::new();
    for member in &audience.members {
        let judged = match concern(event, &Standing::default(), places, member) {
            Ok(concern) => {
                standing.held.remove(&member.group);
                standing.followers.insert(member.group.clone());
                standing.through.insert(member.monitor.clone());
                let text = format!("It was asked for when the monitor was added, and {}", concern.text);
                let reason = Reason { code: ReasonCode::AskedFor, text };
                Judged { told: true, reason, follow: true, hold_until: None }
            }
            Err(silent) => silent,
        };
        verdicts.extend(per_channel(member, &judged, &mut told_channels));
    }
    standing.spoken.append(&mut told_channels);
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

fn judge(event: &Event, standing: &Standing, places: &Places, member: &Member) -> Judged {
    let concern = match concern(event, standing, places, member) {
        Ok(concern) => concern,
        Err(silent) => return silent,
    };
    let weighed = match &event.subject {
        Subject::Incident(incident) => weigh(event, incident, standing, member),
        Subject::Maintenance(_) => announced(event, standing, member),
        Subject::Component(_) | Subject::Page(_) | Subject::Digest(_) | Subject::Test => Ok(()),
    };
    if let Err(silent) = weighed {
        return silent;
    }
    let told = |kind: EventKind, more: &str| {
        let text = format!("Group {} hears of {}, and {}{more}", member.group_name, kind.plural(), concern.text);
        Judged { told: true, reason: Reason { code: concern.code, text }, follow: true, hold_until: None }
    };
    if let Some(kind) = event.changes.iter().find(|kind| member.rule.wants(**kind)) {
        return told(*kind, "");
    }
    // What was too small before, or elsewhere, opens for this group at this moment.
    let opens = event.incident().is_some_and(Incident::is_open) && !standing.is_announced_to(member);
    if opens && member.rule.wants(EventKind::IncidentOpened) {
        return told(EventKind::IncidentOpened, " This is the first that concerns the group.");
    }
    let kinds: Vec<&str> = event.changes.iter().map(|kind| kind.plural()).collect();
    let text = format!("Group {} does not hear of {}.", member.group_name, kinds.join(" or of "));
    Judged { follow: true, ..Judged::silent(ReasonCode::EventNotWanted, text) }
}

/// Is this any business of the member? The reason's text continues "…, and ".
fn concern(event: &Event, standing: &Standing, places: &Places, member: &Member) -> Result<Reason, Judged> {
    let reason = |code, text: &str| Ok(Reason { code, text: text.to_owned() });
    match &event.subject {
        Subject::Incident(Incident { sample: true, .. }) => return Err(sample()),
        Subject::Incident(incident) if incident.imported && event.kind == EventKind::IncidentImported => {
            let text = "It was on the page when we first read it, or ended before our last look; that is no news.";
            return Err(Judged::silent(ReasonCode::Imported, text.to_owned()));
        }
        Subject::Maintenance(maintenance) if maintenance.sample => return Err(sample()),
        Subject::Page(_) | Subject::Digest(_) | Subject::Test => {
            return reason(ReasonCode::PageNews, "this is about the status page itself.");
        }
        Subject::Incident(_) | Subject::Maintenance(_) | Subject::Component(_) => {}
    }
    if member.interest.is_all() {
        return reason(ReasonCode::WholeProvider, "the monitor follows the whole provider.");
    }
    let named = event.components();
    if named.is_empty() {
        return reason(ReasonCode::NamesNoComponent, "it names no component, so it concerns everyone.");
    }
    if let Some(component) = member.interest.picks_at(named, places) {
        return reason(ReasonCode::ComponentFollowed, &format!("it names {}, which is followed.", component.name));
    }
    if standing.through.contains(&member.monitor) {
        let text = "it was told here before, though the components it names now are others.";
        return reason(ReasonCode::ToldBefore, text);
    }
    let names: Vec<&str> = named.iter().map(|component| component.name.as_str()).take(3).collect();
    let text = format!("It concerns {}, which this monitor does not follow.", names.join(", "));
    Err(Judged::silent(ReasonCode::OtherComponents, text))
}

fn sample() -> Judged {
    let text = "It is an example or test of the vendor's, not an incident.".to_owned();
    Judged::silent(ReasonCode::Sample, text)
}

/// The end of work that was never announced is not told.
fn announced(event: &Event, standing: &Standing, member: &Member) -> Result<(), Judged> {
    let ends = matches!(event.kind, EventKind::MaintenanceCancelled | EventKind::MaintenanceCompleted);
    if ends && !standing.imported_open && !standing.followers.contains(&member.group) {
        let text = "This maintenance was never announced here, so its end is not either.".to_owned();
        return Err(Judged::silent(ReasonCode::NotAnnounced, text));
    }
    Ok(())
}

/// Announced before, loud enough, and old enough?
fn weigh(event: &Event, incident: &Incident, standing: &Standing, member: &Member) -> Result<(), Judged> {
    if standing.is_announced_to(member) {
        return Ok(());
    }
    let (group, rule) = (&member.group_name, &member.rule);
    if incident.impact < rule.min_impact {
        let impact = match incident.impact {
            Impact::None => "It has no stated impact".to_owned(),
            other => format!("Its impact is {}", other.word()),
        };
        let above = if rule.min_impact == Impact::Critical { " only" } else { " and worse" };
        let text = format!("{impact}; group {group} hears of {} ones{above}.", rule.min_impact.word());
        return Err(Judged::silent(ReasonCode::BelowMinImpact, text));
    }
    let dwells = rule.dwell_s > 0 && incident.impact <= Impact::Minor;
    let held = standing.held.get(&member.group).copied();
    if !incident.is_open() {
        return ended(event, incident, member, held, dwells);
    }
    let until = held.unwrap_or_else(|| incident.first_seen_at.plus(rule.dwell_s));
    if dwells && event.at < until {
        let text = format!("It is minor, and group {group} hears of minor ones only after {}.", span(rule.dwell_s));
        return Err(Judged { hold_until: Some(until), ..Judged::silent(ReasonCode::WithinDwell, text) });
    }
    Ok(())
}

/// The end of an incident that was not announced: told only if it began unseen too, and if it lasted long enough.
fn ended(
    event: &Event,
    incident: &Incident,
    member: &Member,
    held: Option<Timestamp>,
    dwells: bool,
) -> Result<(), Judged> {
    let dwell_s = member.rule.dwell_s;
    if held.is_none() && !event.also_opened {
        let text = "It was never announced here, so what follows is not either.".to_owned();
        return Err(Judged::silent(ReasonCode::NotAnnounced, text));
    }
    let too_short = match held {
        Some(until) => incident.resolved_at.is_none_or(|ended| ended < until),
        None => incident.duration_s(event.at).unwrap_or(0) < dwell_s,
    };
    if dwells && too_short {
        let text = format!("It was minor and over within {}, before the group hears of minor ones.", span(dwell_s));
        return Err(Judged::silent(ReasonCode::EndedWithinDwell, text));
    }
    Ok(())
}

/// A span of seconds in words, in the largest unit that gives a whole number: "10 minutes".
fn span(seconds: i64) -> String {
    let (number, unit) = match seconds {
        whole if whole % 3_600 == 0 => (whole / 3_600, "hour"),
        whole if whole % 60 == 0 => (whole / 60, "minute"),
        other => (other, "second"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_are_said_in_words() {
        let table = [(1, "1 second"), (90, "90 seconds"), (60, "1 minute"), (5_400, "90 minutes"), (7_200, "2 hours")];
        for (seconds, words) in table {
            assert_eq!(span(seconds), words);
        }
    }

    #[test]
    fn what_somebody_hears_of_is_never_said_in_the_words_of_the_contract() {
        for kind in EventKind::ALL {
            let said = kind.plural();
            assert!(!said.contains(kind.word()) && !said.contains(['.', '_']), "{said}");
        }
    }
}
