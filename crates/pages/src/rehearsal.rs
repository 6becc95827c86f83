//! What a group would have been told lately: the answer to "try it", on its page and by itself.

use askama::Template;
use tocsin_domain::alert::rehearse::{Line, Outcome, Summary};
use tocsin_domain::alert::{ReasonCode, Rule};
use tocsin_domain::{EventKind, Timestamp};

use crate::layout::{Chrome, finish};
use crate::moment::{Form, Moment};
use crate::rule::Said;
use crate::words;

/// Lines of the table.
const LINES: usize = 200;
/// Kinds of messages that the sentence names.
const KINDS: usize = 3;

/// What the answer is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub rule: Rule,
    /// It is not the one in force.
    pub changed: bool,
    pub summary: Summary,
    /// Names of channels and how many messages each.
    pub channels: Vec<(String, usize)>,
    pub days: i64,
    /// Monitors that would tell it.
    pub monitors: usize,
    /// No monitor tells it yet, so that all were taken.
    pub all_monitors: bool,
    /// Nothing is monitored at all.
    pub nothing_watched: bool,
    /// The journal held more than was played.
    pub cut: bool,
    /// Id of the group that was tried; other groups are those behind it.
    pub group: String,
    /// Names of groups by id.
    pub names: Vec<(String, String)>,
    pub now: Timestamp,
}

/// The answer, ready to be written.
#[derive(Clone, Debug, Template)]
#[template(path = "parts/rehearsal.html")]
pub struct Rehearsed {
    rule: String,
    headline: String,
    more: Vec<String>,
    why: Vec<(String, String)>,
    rows: Vec<Row>,
    left: String,
}

#[derive(Clone, Debug)]
struct Row {
    at: Moment,
    provider: String,
    title: String,
    href: String,
    event: &'static str,
    outcome: &'static str,
    class: &'static str,
    group: String,
    reason: String,
}

impl Rehearsed {
    #[must_use]
    pub fn new(facts: &Facts, chrome: &Chrome) -> Self {
        let summary = &facts.summary;
        let name = |id: &str| {
            let found = facts.names.iter().find(|(known, _)| known == id && id != facts.group);
            found.map(|(_, name)| name.clone()).unwrap_or_default()
        };
        let row = |line: &Line| Row {
            at: Moment::new(line.at, Form::Full, &chrome.zone()),
            provider: line.provider.name.clone(),
            title: line.title.clone(),
            href: line.incident.map(|id| format!("/incidents/{id}")).unwrap_or_default(),
            event: line.kind.label(),
            outcome: outcome(line.outcome),
            class: line.outcome.word(),
            group: name(&line.group),
            reason: line.reason.text.clone(),
        };
        let mut silent: Vec<(&ReasonCode, &usize)> = summary.silent.iter().collect();
        silent.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        Self {
            rule: if facts.changed { Said::of(&facts.rule).text() } else { String::new() },
            headline: headline(facts),
            more: more(facts),
            why: silent.iter().map(|(code, count)| (words::number(**count), because(**code).to_owned())).collect(),
            rows: summary.lines.iter().take(LINES).map(row).collect(),
            left: match summary.lines.len().saturating_sub(LINES) {
                0 => String::new(),
                some => format!("{} more before that.", words::count(some, "event", "events")),
            },
        }
    }

    /// By itself, to be put into a page that is open.
    #[must_use]
    pub fn alone(&self) -> String {
        finish(self)
    }
}

fn headline(facts: &Facts) -> String {
    let days = facts.days;
    let (summary, span) = (&facts.summary, format!("the last {days} days"));
    if facts.nothing_watched {
        return "Nothing is monitored yet, so there is nothing to try it on.".to_owned();
    }
    if summary.lines.is_empty() {
        return format!("Nothing happened in {span} that could have concerned it.");
    }
    match summary.messages {
        0 => format!("It would have sent nothing in {span}."),
        some => format!("It would have sent {} in {span}.", words::count(some, "message", "messages")),
    }
}

fn more(facts: &Facts) -> Vec<String> {
    let summary = &facts.summary;
    let mut more = Vec::new();
    if summary.messages > 0 {
        let mut kinds: Vec<(&EventKind, &usize)> = summary.by_kind.iter().collect();
        kinds.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
        let rest: usize = kinds.iter().skip(KINDS).map(|(_, count)| **count).sum();
        let mut parts: Vec<String> = kinds
            .iter()
            .take(KINDS)
            .map(|(kind, count)| format!("{} × {}", words::number(**count), kind.label().to_lowercase()))
            .collect();
        if rest > 0 {
            parts.push(format!("{} × something else", words::number(rest)));
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        more.push(format!("{}.", words::capitalised(&words::names(&parts, parts.len()))));
        more.push(match summary.at_night {
            0 => "None at night.".to_owned(),
            some => format!("{} at night, between 22:00 and 07:00.", words::number(some)),
        });
    }
    if facts.channels.len() > 1 {
        let parts: Vec<String> =
            facts.channels.iter().map(|(name, count)| format!("{} to {name}", words::number(*count))).collect();
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        more.push(format!("{}.", words::capitalised(&words::names(&parts, 5))));
    }
    if summary.kept > 0 {
        more.push(format!("{} would still wait to be told.", words::count(summary.kept, "thing", "things")));
    }
    if facts.all_monitors && !facts.nothing_watched {
        let all = words::count(facts.monitors, "monitor", "monitors");
        more.push(format!("No monitor tells this group yet, so it was tried with all there are ({all})."));
    }
    if facts.cut {
        more.push("There was more than could be tried: the true number is higher.".to_owned());
    }
    more
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Told => "told",
        Outcome::Later => "told later",
        Outcome::Silent => "not told",
    }
}

/// What the events were that it stayed silent of, after a number of them.
fn because(code: ReasonCode) -> &'static str {
    match code {
        ReasonCode::Imported => "there before we first looked",
        ReasonCode::Sample => "an example or test of the vendor’s",
        ReasonCode::OtherComponents => "about components that its monitors do not follow",
        ReasonCode::BelowMinImpact => "not bad enough",
        ReasonCode::NotAnnounced => "the rest of something it was not told of",
        ReasonCode::WithinDwell => "just begun, and it waits",
        ReasonCode::EndedWithinDwell => "over before its wait was",
        ReasonCode::EventNotWanted => "of a kind it does not hear of",
        ReasonCode::MaintenanceNotWanted => "maintenance it does not want to hear of",
        ReasonCode::OutOfScope => "not of the part that it wants",
        ReasonCode::Aware => "through a monitor that only keeps people aware",
        ReasonCode::Muted => "muted",
        ReasonCode::ToldByOtherGroup => "told through another monitor or group",
        ReasonCode::NoChannel => "without a channel to go to",
        _ => "silent for another reason",
    }
}
