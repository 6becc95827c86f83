//! What a rehearsal comes to: how many messages, of what, at which hours, and why not more.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use uuid::Uuid;

use super::super::decide::{Reason, ReasonCode};
use super::{Heard, Rehearsal};
use crate::event::EventKind;
use crate::provider::ProviderRef;
use crate::time::Timestamp;

/// What became of an event for a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Outcome {
    Silent,
    Later,
    Told,
}

impl Outcome {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Told => "told",
            Self::Later => "later",
            Self::Silent => "silent",
        }
    }
}

/// One event, for one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: Timestamp,
    pub provider: ProviderRef,
    pub incident: Option<Uuid>,
    pub kind: EventKind,
    pub title: String,
    /// The group's id.
    pub group: String,
    pub outcome: Outcome,
    pub reason: Reason,
}

/// The part of a rehearsal since a moment, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub messages: usize,
    /// By the channel's id.
    pub by_channel: BTreeMap<String, usize>,
    pub by_kind: BTreeMap<EventKind, usize>,
    /// Messages between ten in the evening and seven in the morning, on the clock of the team.
    pub at_night: usize,
    /// Events that the group is told of, at once or later.
    pub events_told: usize,
    /// Events that nobody is told of, by reason.
    pub silent: BTreeMap<ReasonCode, usize>,
    /// Kept at the end, to be told later.
    pub kept: usize,
    pub cut: bool,
    /// Newest first, and all of them.
    pub lines: Vec<Line>,
}

impl Summary {
    /// What `rehearsal` holds since `since`, on the clock of a team in `zone`; a zone we do not know is UTC.
    #[must_use]
    pub fn of(rehearsal: &Rehearsal, since: Timestamp, zone: &str) -> Self {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let mut summary = Self { kept: rehearsal.kept, cut: rehearsal.cut, ..Self::default() };
        for message in rehearsal.messages.iter().filter(|message| message.at >= since) {
            summary.messages += 1;
            *summary.by_channel.entry(message.channel.clone()).or_default() += 1;
            *summary.by_kind.entry(message.event.kind).or_default() += 1;
            summary.at_night += usize::from(is_night(message.at, &zone));
        }
        let heard = rehearsal.heard.iter().filter(|heard| heard.event.at >= since);
        summary.lines = heard.flat_map(lines).collect();
        summary.lines.reverse();
        for line in &summary.lines {
            match line.outcome {
                Outcome::Silent => *summary.silent.entry(line.reason.code).or_default() += 1,
                Outcome::Told | Outcome::Later => summary.events_told += 1,
            }
        }
        summary
    }
}

fn is_night(at: Timestamp, zone: &TimeZone) -> bool {
    !(7..22).contains(&at.to_jiff().to_zoned_datetime(zone.clone()).hour())
}

/// One line for each group: what spoke the most among its monitors and channels.
fn lines(heard: &Heard) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for verdict in &heard.verdicts {
        let outcome = match (verdict.told, verdict.later) {
            (true, _) => Outcome::Told,
            (false, Some(_)) => Outcome::Later,
            (false, None) => Outcome::Silent,
        };
        match lines.iter_mut().find(|line| line.group == verdict.group) {
            Some(line) if line.outcome >= outcome => {}
            Some(line) => (line.outcome, line.reason) = (outcome, verdict.reason.clone()),
            None => lines.push(Line {
                at: heard.event.at,
                provider: heard.provider.clone(),
                incident: heard.event.incident().map(|incident| incident.id),
                kind: heard.event.kind,
                title: heard.event.title(),
                group: verdict.group.clone(),
                outcome,
                reason: verdict.reason.clone(),
            }),
        }
    }
    lines
}
