//! Decide: who hears of an event, and why. The one function behind messages, board, API and the "why" page.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::early;
use super::open::Open;
use super::pace::{self, Later};
use super::places::Places;
use super::rule::{Interest, Rule};
use super::scope;
use super::silence::{Acknowledgement, Silence};
use super::standing::Standing;
use super::weigh;
use crate::components::Component;
use crate::event::{Again, Event, EventKind, Subject};
use crate::incident::Incident;
use crate::time::Timestamp;

/// Who could hear of a provider: one member for each pair of monitor and group, and what their teams wish just now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Audience {
    pub members: Vec<Member>,
    /// Slug of the provider.
    pub provider: String,
    /// Its category in the catalogue.
    pub category: String,
    /// About this provider; whether they hold is a matter of time.
    pub silences: Vec<Silence>,
    /// Incidents and warnings that somebody takes care of.
    pub acknowledged: Vec<Acknowledgement>,
}

impl Audience {
    /// The same wishes, for fewer members.
    pub(crate) fn only(&self, members: Vec<Member>) -> Self {
        Self {
            members,
            provider: self.provider.clone(),
            category: self.category.clone(),
            silences: self.silences.clone(),
            acknowledged: self.acknowledged.clone(),
        }
    }

    /// Who takes care of an incident or a warning in the member's team.
    pub(crate) fn acknowledged_by(&self, subject: uuid::Uuid, member: &Member) -> Option<&Acknowledgement> {
        self.acknowledged.iter().find(|one| one.subject == subject && one.team == member.team)
    }

    /// The silence of the member's team that covers an event.
    pub(crate) fn muted(&self, event: &Event, places: &Places, member: &Member) -> Option<&Silence> {
        let covers = |one: &&Silence| one.team == member.team && one.holds(event.at) && one.covers(event, places);
        let mut found: Vec<&Silence> = self.silences.iter().filter(covers).collect();
        // The one that lasts longest says when it ends.
        found.sort_by_key(|one| one.until.map_or(i64::MAX, Timestamp::as_second));
        found.pop()
    }
}

/// One monitor and one group that it tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Member {
    pub team: String,
    /// IANA zone of the team.
    pub zone: String,
    pub monitor: String,
    pub interest: Interest,
    /// Tags of the monitor.
    pub tags: Vec<String>,
    /// The monitor only keeps people aware: boards show it, nobody is told.
    pub aware: bool,
    pub group: String,
    pub group_name: String,
    pub rule: Rule,
    /// Ids of the group's channels.
    pub channels: Vec<String>,
    /// Those of them that raise alarms: an alarm's end wakes nobody, so it is never held back.
    pub alarms: BTreeSet<String>,
    /// A check names the group itself: it hears of that check's warnings, whatever its rule says of events.
    pub named: bool,
    /// It hears only once the group of this id has not acknowledged in time.
    pub after: Option<String>,
}

impl Member {
    /// It hears of such events: its rule says so, or a warning is for it because a check names it or nobody else
    /// acknowledged.
    pub(crate) fn hears(&self, event: &Event, kind: EventKind) -> bool {
        let meant = event.warning().is_some() && (self.named || self.after.is_some());
        meant || self.rule.wants(kind)
    }
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
    NamedByCheck = "named_by_check",
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
    MaintenanceNotWanted = "maintenance_not_wanted",
    OutOfScope = "out_of_scope",
    Aware = "aware",
    Muted = "muted",
    QuietHours = "quiet_hours",
    InDigest = "in_digest",
    InStorm = "in_storm",
    HeldBack = "held_back",
    Reminder = "reminder",
    NotAcknowledged = "not_acknowledged",
    PromiseBroken = "promise_broken",
    ChannelBack = "channel_back",
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
    /// It is not told now, but kept to be told then.
    pub later: Option<Later>,
    /// The channel has heard nothing of this incident before, nor does it count as announced.
    pub first: bool,
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
    let judged: Vec<(&Member, Judged)> = audience
        .members
        .iter()
        .filter(|member| standing.is_asked(member))
        .map(|member| (member, judge(event, standing, places, audience, member)))
        .collect();
    for (member, one) in &judged {
        if let Some(until) = one.hold_until.filter(|_| !one.follow) {
            standing.hold(&member.group, until);
        }
    }
    // What a group waited for may be old news in a channel that it shares.
    let old_news = matches!(event.again, Some(Again::AfterWait | Again::AfterMute | Again::Asked));
    let known = if old_news { standing.aware() } else { BTreeSet::new() };
    let verdicts = spread(event, &judged, known, standing);
    // Only after all members: two monitors of one group must be judged alike.
    for (member, one) in judged.iter().filter(|(_, one)| one.follow) {
        standing.follow(member, event, one.told);
    }
    if let Some(subject) = Open::lasting(event) {
        standing.settle(subject, event.at);
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
    let known = standing.aware();
    let mut judged = Vec::new();
    for member in audience.members.iter().filter(|member| member.after.is_none()) {
        let one = match concern(event, &Standing::default(), places, member) {
            Ok(concern) => {
                let text = format!("It was asked for when the monitor was added, and {}", concern.text);
                Judged::told(ReasonCode::AskedFor, text)
            }
            Err(silent) => silent,
        };
        judged.push((member, one));
    }
    let verdicts = spread(event, &judged, known, standing);
    for (member, one) in judged.iter().filter(|(_, one)| one.follow) {
        standing.follow(member, event, one.told);
    }
    verdicts
}

/// For groups that are told of an open incident once more: a reminder, or because nobody else has acknowledged it.
/// Members that are muted hear nothing.
pub(crate) fn decide_again(
    event: &Event,
    standing: &mut Standing,
    places: &Places,
    audience: &Audience,
    (code, why): (ReasonCode, &str),
) -> Vec<Verdict> {
    let mut judged = Vec::new();
    for member in &audience.members {
        let one = match (concern(event, standing, places, member), audience.muted(event, places, member)) {
            (Err(silent), _) => silent,
            (Ok(_), Some(silence)) => Judged::silent(ReasonCode::Muted, muted_text(silence, member)),
            (Ok(concern), None) => Judged::told(code, format!("{why}, and {}", concern.text)),
        };
        judged.push((member, one));
    }
    let verdicts = spread(event, &judged, BTreeSet::new(), standing);
    for (member, one) in judged.iter().filter(|(_, one)| one.follow) {
        standing.follow(member, event, one.told);
    }
    verdicts
}

pub(super) struct Judged {
    pub(super) told: bool,
    pub(super) reason: Reason,
    pub(super) follow: bool,
    pub(super) hold_until: Option<Timestamp>,
}

impl Judged {
    pub(super) fn silent(code: ReasonCode, text: String) -> Self {
        Self { told: false, reason: Reason { code, text }, follow: false, hold_until: None }
    }

    fn told(code: ReasonCode, text: String) -> Self {
        Self { told: true, reason: Reason { code, text }, follow: true, hold_until: None }
    }
}

/// The verdicts for every member and channel. No channel hears the same thing twice: whoever speaks at once goes before
/// whoever speaks later, and that one before a digest. `known` are channels that have heard of it already.
fn spread(
    event: &Event,
    judged: &[(&Member, Judged)],
    known: BTreeSet<String>,
    standing: &mut Standing,
) -> Vec<Verdict> {
    let mut speakers: BTreeMap<&str, (usize, Option<Later>)> = BTreeMap::new();
    for (place, (member, _)) in judged.iter().enumerate().filter(|(_, (_, one))| one.told) {
        for channel in member.channels.iter().filter(|channel| !known.contains(*channel)) {
            let later = pace::later(event, member, channel);
            // At once, then when the rest is over, then in a digest.
            let rank = |later: &Option<Later>| later.map_or(0, |later| 1 + u8::from(later.gathered.is_some()));
            if speakers.get(channel.as_str()).is_none_or(|(_, others)| rank(&later) < rank(others)) {
                speakers.insert(channel, (place, later));
            }
        }
    }
    let lasting = Open::lasting(event);
    let mut verdicts = Vec::new();
    for (place, (member, one)) in judged.iter().enumerate() {
        let news = |channel: Option<&String>| {
            let heard = standing.imported_open || channel.is_some_and(|channel| standing.spoken.contains(channel));
            lasting.is_some() && !heard
        };
        let verdict = |channel: Option<&String>, told: bool, later: Option<Later>, reason: Reason| Verdict {
            monitor: member.monitor.clone(),
            monitor_components: member.interest.0.clone(),
            group: member.group.clone(),
            channel: channel.cloned(),
            told,
            later,
            first: (told || later.is_some()) && news(channel),
            reason,
        };
        if member.channels.is_empty() {
            verdicts.push(verdict(None, false, None, no_channel(member, one)));
        }
        for channel in &member.channels {
            let speaks = speakers.get(channel.as_str()).filter(|(speaker, _)| one.told && *speaker == place);
            verdicts.push(match speaks {
                Some((_, None)) => verdict(Some(channel), true, None, one.reason.clone()),
                Some((_, Some(later))) => verdict(Some(channel), false, Some(*later), pace::reason(later, member)),
                None if one.told => {
                    let text = "This channel hears of it already through another monitor or group.".to_owned();
                    let reason = Reason { code: ReasonCode::ToldByOtherGroup, text };
                    verdict(Some(channel), false, None, reason)
                }
                None => verdict(Some(channel), false, None, one.reason.clone()),
            });
        }
    }
    if let Some(subject) = lasting {
        for (channel, (_, later)) in speakers {
            // What stands in a digest only is still news for whoever speaks at once.
            let by_itself = later.is_none_or(|later| later.gathered.is_none());
            if by_itself {
                standing.spoken.insert(channel.to_owned());
            }
            if !subject.is_open() {
                standing.closed.insert(channel.to_owned());
            } else if by_itself {
                standing.closed.remove(channel);
            }
        }
    }
    verdicts
}

fn no_channel(member: &Member, one: &Judged) -> Reason {
    if one.told {
        let text = format!("Group {} has no channel, so nobody could be told.", member.group_name);
        Reason { code: ReasonCode::NoChannel, text }
    } else {
        one.reason.clone()
    }
}

fn judge(event: &Event, standing: &Standing, places: &Places, audience: &Audience, member: &Member) -> Judged {
    let concern = match concern(event, standing, places, member) {
        Ok(concern) => concern,
        Err(silent) => return silent,
    };
    if !standing.followers.contains(&member.group)
        && !member.named
        && let Some(text) = scope::outside(event, places, audience, member)
    {
        return Judged::silent(ReasonCode::OutOfScope, text);
    }
    if member.aware {
        let text = "The monitor keeps people aware: boards show it, and nobody is told.".to_owned();
        return Judged::silent(ReasonCode::Aware, text);
    }
    if let Some(silent) = muted(event, standing, places, audience, member) {
        return silent;
    }
    if let Some(silent) = began_again_muted(event, standing, member) {
        return silent;
    }
    let weighed = match &event.subject {
        Subject::Incident(incident) => weigh::incident(event, incident, standing, member),
        Subject::Maintenance(_) => weigh::maintenance(event, standing, member),
        Subject::Warning(warning) => {
            early::wanted(warning, standing, member).map_err(|(code, text)| Judged::silent(code, text))
        }
        Subject::Component(_) | Subject::Page(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test => Ok(()),
    };
    if let Err(silent) = weighed {
        return silent;
    }
    let told = |kind: EventKind, more: &str| {
        let text = format!("Group {} hears of {}, and {}{more}", member.group_name, kind.plural(), concern.text);
        Judged::told(concern.code, text)
    };
    if let Some(kind) = event.changes.iter().find(|kind| member.hears(event, **kind)) {
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

/// What a team muted is silent, but for the end of what it has heard of. What is still open when the mute is over is told
/// then.
fn muted(event: &Event, standing: &Standing, places: &Places, audience: &Audience, member: &Member) -> Option<Judged> {
    let silence = audience.muted(event, places, member)?;
    let ends = Open::lasting(event).is_some_and(|subject| !subject.is_open()) || event.kind.ends_maintenance();
    let heard = match &event.subject {
        Subject::Incident(_) => standing.is_announced_to(member),
        _ => standing.imported_open || standing.followers.contains(&member.group),
    };
    // What began again while it was muted never began again for this team, so it does not end again.
    if ends && heard && !standing.over.contains(&member.group) {
        return None;
    }
    let wanted = event.warning().is_none() || member.hears(event, EventKind::WarningRaised);
    let waits = Open::of(event).is_some() && wanted && (!heard || standing.over.contains(&member.group));
    // One without an end is over when somebody ends it.
    let hold_until = waits.then(|| silence.ends(event.at));
    Some(Judged { hold_until, ..Judged::silent(ReasonCode::Muted, muted_text(silence, member)) })
}

/// It began again while it was muted, and that mute is over: that it is open comes first, and it does not end twice.
fn began_again_muted(event: &Event, standing: &Standing, member: &Member) -> Option<Judged> {
    if !standing.unheard.contains(&member.group) {
        return None;
    }
    if event.incident()?.is_open() {
        let until = *standing.held.get(&member.group)?;
        let text = "It began again while it was muted; that is told first, with this.".to_owned();
        return Some(Judged { hold_until: Some(until), ..Judged::silent(ReasonCode::Muted, text) });
    }
    (event.kind == EventKind::IncidentResolved).then(|| {
        let text = "That it began again was not told here, so that it is over again is not either.".to_owned();
        Judged::silent(ReasonCode::NotAnnounced, text)
    })
}

fn muted_text(silence: &Silence, member: &Member) -> String {
    let until = silence.until.map(|at| format!(" until {}", pace::clock(at, &member.zone))).unwrap_or_default();
    let why = if silence.why.is_empty() { String::new() } else { format!(": {}", silence.why) };
    format!("{} muted it{until}{why}.", silence.by)
}

/// Is this any business of the member? The reason's text continues "…, and ".
fn concern(event: &Event, standing: &Standing, places: &Places, member: &Member) -> Result<Reason, Judged> {
    let reason = |code, text: &str| Ok(Reason { code, text: text.to_owned() });
    match &event.subject {
        // What was announced before the vendor called it a test is ended like everything that was announced.
        Subject::Incident(Incident { sample: true, .. }) if !standing.followers.contains(&member.group) => {
            return Err(sample());
        }
        Subject::Incident(incident) if incident.imported && event.kind == EventKind::IncidentImported => {
            let text = "It was on the page when we first read it, or ended before our last look; that is no news.";
            return Err(Judged::silent(ReasonCode::Imported, text.to_owned()));
        }
        Subject::Maintenance(maintenance) if maintenance.sample => return Err(sample()),
        Subject::Page(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test => {
            return reason(ReasonCode::PageNews, "this is about the status page itself.");
        }
        Subject::Warning(_) if member.named && member.after.is_none() => {
            return reason(ReasonCode::NamedByCheck, "the check names this group.");
        }
        Subject::Warning(_) if member.named => {
            return reason(ReasonCode::NamedByCheck, "the check names the group before it.");
        }
        Subject::Incident(_) | Subject::Maintenance(_) | Subject::Component(_) | Subject::Warning(_) => {}
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

/// A span of seconds in words, in the largest unit that gives a whole number: "10 minutes".
pub(super) fn span(seconds: i64) -> String {
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
