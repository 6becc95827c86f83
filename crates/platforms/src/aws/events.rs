//! AWS's events become reports and components.

use tocsin_domain::{Component, ComponentRef, Health, Impact, Problem, Report, Stage, Timestamp};

use super::clock;
use super::wire::{Document, Event, List};
use super::{Part, Told};
use crate::kit::report::{self, Draft};
use crate::kit::{dates, html, words};
use crate::statuspage::Text;

/// Where a person can look an event up.
const ADDRESS: &str = "https://health.aws.amazon.com/health/status?eventID=";

/// What one document says.
pub fn part(document: &Document<'_>, now: Timestamp) -> Part {
    let mut part = Part { current: document.has_current, ..Part::default() };
    for (place, why) in &document.unreadable {
        part.doubtful = true;
        part.problems.push(Problem::new("bad_shape", place.clone(), why));
    }
    for (index, (list, event)) in document.events.iter().enumerate() {
        let place = format!("[{index}]");
        let told = told(event, *list, &place, now, &mut part.problems);
        if *list == List::Current && !told.report.is_closed() {
            components(event, &place, told.report.is_relic(now), &mut part);
        }
        part.told.push(told);
    }
    // A service may be part of several events: its worst counts.
    part.components = report::fullest(part.components, |one| one.id.as_str(), |one| one.health);
    if document.has_history {
        part.history_since = part.told.iter().filter_map(|told| told.report.started_at).min();
    }
    part
}

/// 0 to 3, as text or as a number.
fn level(text: &Text<'_>) -> Option<u8> {
    match text.as_str() {
        Some("0") => Some(0),
        Some("1") => Some(1),
        Some("2") => Some(2),
        Some("3") => Some(3),
        _ => None,
    }
}

/// Informational, degradation, disruption. What is listed is never of no impact.
pub fn impact_of(level: u8) -> Option<Impact> {
    match level {
        0 => None,
        1 => Some(Impact::Minor),
        2 => Some(Impact::Major),
        _ => Some(Impact::Critical),
    }
}

fn told(event: &Event<'_>, list: List, place: &str, now: Timestamp, problems: &mut Vec<Problem>) -> Told {
    if level(&event.status).is_none() {
        problems.push(unknown(&format!("{place}.status"), &event.status));
    }
    let begun = event.date.as_str().and_then(dates::parse).map(|instant| Timestamp::from_jiff(instant.at));
    if begun.is_none() && event.date.as_str().is_some() {
        problems.push(Problem::new(
            "bad_time",
            format!("{place}.date"),
            format!("`{}` is no time we can read.", event.date.owned()),
        ));
    }
    let summary = event.summary.owned();
    let mut over =
        list == List::Archive || level(&event.status) == Some(0) || words::says_ended(&summary) == Some(true);
    let mut drafts = drafts(event, place, problems);
    if drafts.is_empty() {
        drafts = clock::drafts(&event.description.owned(), begun, over);
    }
    let updates = report::ordered(drafts);
    over |= report::last_stage(&updates).is_some_and(Stage::is_terminal);
    let mut report = Report {
        id: event.arn.option().unwrap_or_else(|| format!("{}_{}", event.service.owned(), event.date.owned())),
        title: title(&summary),
        url: event.arn.as_str().map(|arn| format!("{ADDRESS}{arn}")),
        impact: peak(event, over).and_then(impact_of),
        stage: Some(if over { Stage::Resolved } else { Stage::Investigating }),
        started_at: begun,
        resolved_at: None,
        components: scope(event, over),
        updates,
    };
    report::settle(&mut report);
    if over && report.resolved_at.is_none() {
        // Its last word is its end, where no word says so.
        report.resolved_at = report.updates.iter().filter_map(|update| update.at).next_back();
    }
    if report.is_relic(now) {
        report.impact = report.impact.map(|impact| impact.min(Impact::Minor));
    }
    Told { report, list, service: event.service.owned() }
}

/// `[RESOLVED] Packet loss` and `Packet loss` are one title.
pub fn title(summary: &str) -> String {
    let plain = summary.trim();
    plain.strip_prefix("[RESOLVED]").map_or(plain, str::trim).to_owned()
}

fn drafts(event: &Event<'_>, place: &str, problems: &mut Vec<Problem>) -> Vec<Draft<Stage>> {
    let mut drafts = Vec::new();
    for (index, log) in event.event_log.iter().flatten().enumerate() {
        let place = format!("{place}.event_log[{index}]");
        let at = log.timestamp.as_str().and_then(dates::parse).map(|instant| instant.at);
        if at.is_none() {
            let detail = format!("`{}` is no time we can read.", log.timestamp.owned());
            problems.push(Problem::new("bad_time", format!("{place}.timestamp"), detail));
        }
        let level = level(&log.status);
        if level.is_none() {
            problems.push(unknown(&format!("{place}.status"), &log.status));
        }
        let over =
            level == Some(0) || log.summary.as_str().is_some_and(|summary| words::says_ended(summary) == Some(true));
        drafts.push(Draft {
            id: String::new(),
            stage: Some(if over { Stage::Resolved } else { Stage::Investigating }),
            at,
            stored_at: None,
            body: log.message.as_str().map(html::mixed_to_markdown).unwrap_or_default(),
        });
    }
    drafts
}

/// How bad: now while it is open, at its worst when it is over.
fn peak(event: &Event<'_>, over: bool) -> Option<u8> {
    let now = level(&event.status);
    if !over {
        // Listed and not over: at least a little is wrong, whatever the word.
        return Some(now.unwrap_or(1).max(1));
    }
    let logs = event.event_log.iter().flatten().map(|log| &log.status);
    let services = event.impacted_services.iter().flatten().map(|(_, service)| &service.max);
    logs.chain(services).filter_map(level).chain(now).max()
}

fn scope(event: &Event<'_>, over: bool) -> Vec<ComponentRef> {
    let impacted = event.impacted_services.iter().flatten();
    let mut scope: Vec<ComponentRef> = impacted
        .filter(|(_, service)| over || level(&service.current) != Some(0))
        .map(|(slug, service)| ComponentRef {
            id: slug.clone(),
            name: service.service_name.option().unwrap_or_else(|| slug.clone()),
        })
        .collect();
    if scope.is_empty()
        && let Some(slug) = event.service.option()
    {
        let name = event.service_name.option().unwrap_or_else(|| slug.clone());
        scope.push(ComponentRef { id: slug, name });
    }
    scope
}

/// AWS lists what is impaired, never what is well. The region stands beside it, it is not read out of any text.
fn components(event: &Event<'_>, place: &str, relic: bool, part: &mut Part) {
    let rows: Vec<(String, String, &Text<'_>)> = match &event.impacted_services {
        Some(services) if !services.is_empty() => services
            .iter()
            .map(|(slug, service)| {
                (slug.clone(), service.service_name.option().unwrap_or_else(|| slug.clone()), &service.current)
            })
            .collect(),
        _ => {
            let slug = event.service.owned();
            vec![(slug.clone(), event.service_name.option().unwrap_or(slug), &event.status)]
        }
    };
    for (id, name, status) in rows {
        let health = match level(status) {
            Some(0) => continue,
            Some(level) => impact_of(level).and_then(Impact::health).unwrap_or_default(),
            None => {
                part.problems.push(unknown(&format!("{place}.impacted_services.{id}.current"), status));
                Health::Unknown
            }
        };
        let health = if relic { health.min(Health::Degraded) } else { health };
        let group = event.region_name.option().into_iter().collect();
        let row = Component { id, name, group, health, hidden_while_operational: false };
        part.components.push(row);
    }
}

fn unknown(place: &str, word: &Text<'_>) -> Problem {
    Problem::new("unknown_status", place, format!("`{}` is no status we know.", word.as_str().unwrap_or("nothing")))
}
