//! The first line: which vendor, how bad, since when, what. The title comes last, because it is what may be cut.

use tocsin_domain::alert::Notice;
use tocsin_domain::event::{ComponentChange, PageNews};
use tocsin_domain::{Event, EventKind, Impact, Incident, Maintenance, Subject};

use super::title;
use crate::text;
use crate::when::{Clock, duration};

/// The whole line.
pub(super) fn line(notice: &Notice, vendor: &str, state: &str) -> String {
    match &notice.event.subject {
        Subject::Incident(incident) => format!("{vendor}: {state} – {}", title::readable(&incident.title)),
        Subject::Maintenance(maintenance) => format!("{vendor}: {state} – {}", title::readable(&maintenance.title)),
        Subject::Warning(warning) => format!("{vendor}: {state} – {}", title::readable(&warning.summary)),
        Subject::Component(_) | Subject::Page(_) => format!("{vendor}: {state}"),
        Subject::Digest(_) | Subject::Channel(_) | Subject::Test => super::capitalised(state),
    }
}

/// What happened, how bad, since when; begins in lower case.
pub(super) fn state(notice: &Notice, clock: &Clock) -> String {
    let event = &notice.event;
    match &event.subject {
        Subject::Incident(incident) => of_incident(event, incident, clock),
        Subject::Maintenance(maintenance) => of_maintenance(event, maintenance, clock),
        Subject::Component(change) => format!("{}, seen {}", of_component(change), clock.short(event.at)),
        Subject::Page(news) => of_page(event, news, clock),
        Subject::Warning(warning) if warning.is_open() => {
            format!("early warning since {}", clock.short(warning.started_at))
        }
        Subject::Warning(warning) => format!("early warning over after {}", duration(warning.duration_s(event.at))),
        Subject::Digest(digest) => super::digest::state(digest),
        Subject::Channel(news) => {
            let name = text::truncate(&text::one_line(&news.name), 80, text::Unit::Chars);
            format!("nothing is sent to the channel {name} ({}) any more", news.kind)
        }
        Subject::Test => "test message from Tocsin: this channel works".to_owned(),
    }
}

fn of_incident(event: &Event, incident: &Incident, clock: &Clock) -> String {
    let since = since(incident, clock);
    let incident_word = noun(incident.impact);
    match event.kind {
        EventKind::IncidentOpened => format!("{incident_word}{since}"),
        EventKind::IncidentReopened => format!("{incident_word} reopened, began {}", began(incident, clock)),
        EventKind::IncidentResolved => resolved(event, incident),
        EventKind::IncidentPostmortem => format!("post-mortem of the {incident_word} of {}", began(incident, clock)),
        EventKind::IncidentUpdated if incident.is_open() => {
            let now = if event.changes.contains(&EventKind::IncidentImpactChanged) { "now a " } else { "" };
            format!("{now}{incident_word}{since}, {}", incident.stage.label().to_lowercase())
        }
        EventKind::IncidentUpdated => {
            format!("word after the end of the {incident_word} of {}", began(incident, clock))
        }
        EventKind::IncidentImpactChanged if incident.impact == Impact::None => {
            format!("incident{since}, impact is now none")
        }
        EventKind::IncidentImpactChanged => format!("now a {incident_word}{since}"),
        EventKind::IncidentScopeChanged => format!("{incident_word}{since}, affected components changed"),
        EventKind::IncidentEdited => format!("{incident_word}{since}, an earlier text was edited"),
        EventKind::IncidentRemoved => format!("{incident_word}{since}, removed from the page without an end"),
        other => format!("{incident_word}{since}, {}", other.label().to_lowercase()),
    }
}

fn resolved(event: &Event, incident: &Incident) -> String {
    let after = incident.duration_s(event.at).map(|seconds| format!(" after {}", duration(seconds)));
    let after = after.unwrap_or_default();
    let ended = if incident.inferred { "gone from the page" } else { "resolved" };
    let word = noun(incident.impact);
    if event.also_opened { format!("new {word}, already {ended}{after}") } else { format!("{word} {ended}{after}") }
}

/// `major incident`; an impact of none says nothing.
fn noun(impact: Impact) -> String {
    match impact {
        Impact::None => "incident".to_owned(),
        other => format!("{} incident", other.word()),
    }
}

/// ` since 17:01 EST`; where the vendor gives no start, when we saw it.
fn since(incident: &Incident, clock: &Clock) -> String {
    match incident.started_at {
        Some(at) => format!(" since {}", clock.short(at)),
        None => format!(" seen {}", clock.short(incident.first_seen_at)),
    }
}

fn began(incident: &Incident, clock: &Clock) -> String {
    clock.short(incident.started_at.unwrap_or(incident.first_seen_at))
}

fn of_maintenance(event: &Event, maintenance: &Maintenance, clock: &Clock) -> String {
    let starts = maintenance.starts_at.map(|at| clock.short(at));
    let ends = maintenance.ends_at.map(|at| clock.short(at));
    let optional = |words: &str, time: Option<String>| time.map_or_else(String::new, |time| format!("{words} {time}"));
    match event.kind {
        EventKind::MaintenanceReminder => {
            let ahead = event.reminder_s.or_else(|| maintenance.starts_at.map(|at| at.since(event.at)));
            let ahead = ahead.map_or_else(|| " soon".to_owned(), |seconds| format!(" in {}", duration(seconds)));
            format!("maintenance starts{ahead}{}", optional(", at", starts))
        }
        EventKind::MaintenanceStarted => format!("maintenance started{}", optional(", planned to end", ends)),
        EventKind::MaintenanceOverdue => format!("maintenance overdue{}", optional(", was to end", ends)),
        EventKind::MaintenanceCompleted => "maintenance completed".to_owned(),
        EventKind::MaintenanceCancelled => format!("maintenance cancelled{}", optional(", was planned for", starts)),
        EventKind::MaintenanceChanged => format!("maintenance changed{}", optional(", planned for", starts)),
        _ => format!("maintenance scheduled{}", optional(" for", starts)),
    }
}

fn of_component(change: &ComponentChange) -> String {
    let name = text::truncate(&text::one_line(&change.component.name), 120, text::Unit::Chars);
    let group: Vec<String> = change.group.iter().take(3).map(|part| text::one_line(part)).collect();
    let group = if group.is_empty() { String::new() } else { format!(" ({})", group.join(", ")) };
    let group = text::truncate(&group, 120, text::Unit::Chars);
    let (before, after) = (change.before.label().to_lowercase(), change.after.label().to_lowercase());
    format!("{name}{group} now {after}, was {before}")
}

fn of_page(event: &Event, news: &PageNews, clock: &Clock) -> String {
    match event.kind {
        EventKind::PageReadable => {
            let gap = news.since.map(|since| event.at.since(since));
            let after = gap.map_or_else(String::new, |seconds| format!(" after {}", duration(seconds)));
            format!("status page readable again{after}")
        }
        EventKind::PageMoved => "status page has moved".to_owned(),
        _ => {
            let since = news.since.map_or_else(String::new, |at| format!(" since {}", clock.short(at)));
            format!("status page cannot be read{since}, so its health is unknown")
        }
    }
}
