//! Facts, quotes and our own remarks.

use tocsin_domain::alert::Notice;
use tocsin_domain::{
    Again, ComponentRef, Event, EventKind, Impact, Incident, Maintenance, Subject, Timestamp, Warning, title,
};

use super::{QUOTES, Quote};
use crate::text;
use crate::when::{Clock, duration};

/// Sentences of evidence in a message at most.
const EVIDENCE: usize = 5;
/// Components named in a message at most.
const COMPONENTS: usize = 8;

/// Facts with something to say, the most important first.
pub(super) fn facts(notice: &Notice, clock: &Clock) -> Vec<(&'static str, String)> {
    let mut facts = by_subject(notice, clock);
    facts.retain(|(_, value)| !value.trim().is_empty());
    facts
}

fn by_subject(notice: &Notice, clock: &Clock) -> Vec<(&'static str, String)> {
    let event = &notice.event;
    match &event.subject {
        Subject::Incident(incident) => of_incident(event, incident, clock),
        Subject::Maintenance(maintenance) => of_maintenance(maintenance, clock),
        Subject::Component(change) => vec![
            ("Now", change.after.label().to_owned()),
            ("Before", change.before.label().to_owned()),
            ("Seen", clock.full(event.at)),
        ],
        Subject::Page(news) => {
            let mut facts = vec![("Page", text::truncate(&text::one_line(&news.url), 300, text::Unit::Chars))];
            if event.kind != EventKind::PageReadable && !news.reason.trim().is_empty() {
                let (label, said) = match event.kind {
                    EventKind::PageMoved => ("What we saw", news.reason.as_str()),
                    // What every address answered stands on the provider's page.
                    _ => ("Why", title::first_sentence(&news.reason)),
                };
                facts.push((label, text::truncate(&text::one_line(said), 500, text::Unit::Chars)));
            }
            let since = if event.kind == EventKind::PageReadable { "Unreadable since" } else { "Since" };
            facts.extend(news.since.filter(|_| event.kind != EventKind::PageMoved).map(|at| (since, clock.full(at))));
            if event.kind == EventKind::PageUnreadable {
                facts.extend(news.last_known.map(|health| ("Last known health", health.label().to_owned())));
            }
            facts
        }
        Subject::Warning(warning) => of_warning(event, warning, clock),
        Subject::Digest(digest) => super::digest::facts(digest, clock),
        Subject::Channel(news) => {
            let groups: Vec<String> = news.groups.iter().map(|name| text::one_line(name)).collect();
            let groups = if groups.is_empty() { "No group".to_owned() } else { groups.join(", ") };
            vec![("Since", clock.full(event.at)), ("Used by", text::truncate(&groups, 200, text::Unit::Chars))]
        }
        Subject::Test => vec![("Sent", clock.full(event.at))],
    }
}

fn of_incident(event: &Event, incident: &Incident, clock: &Clock) -> Vec<(&'static str, String)> {
    let impact = if incident.impact == Impact::None { "None stated" } else { incident.impact.label() };
    let mut facts = vec![("Impact", impact.to_owned()), ("Stage", incident.stage.label().to_owned())];
    facts.push(("Affected", components(&incident.components)));
    facts.extend(incident.started_at.map(|at| ("Started", clock.full(at))));
    facts.extend(incident.resolved_at.map(|at| ("Resolved", clock.full(at))));
    facts
        .extend(incident.promised_at().filter(|at| *at > event.at).map(|at| ("Next word", promised(at, event, clock))));
    // How long something has lasted that has just begun is no news.
    if let Some(seconds) = incident.duration_s(event.at).filter(|seconds| !incident.is_open() || *seconds >= 600) {
        facts.push((if incident.is_open() { "So far" } else { "Lasted" }, duration(seconds)));
    }
    facts
}

/// Of a sign of our own; what the provider says stands beside it.
fn of_warning(event: &Event, warning: &Warning, clock: &Clock) -> Vec<(&'static str, String)> {
    let mut facts = vec![("Check", text::one_line(&warning.check.name))];
    if warning.is_open() {
        facts.push(("The provider", warning.page_word().map(|word| text::one_line(&word)).unwrap_or_default()));
    }
    let named = !warning.components.is_empty();
    facts.extend(named.then(|| ("Affected", components(&warning.components))));
    facts.push(("Started", clock.full(warning.started_at)));
    facts.extend(warning.ended_at.map(|at| ("Ended", clock.full(at))));
    if warning.is_open() {
        facts.push(("Confidence", warning.confidence.to_string()));
    } else {
        facts.push(("Lasted", duration(warning.duration_s(event.at))));
    }
    facts
}

/// `promised by 18:40 EST, in 35m`
fn promised(at: Timestamp, event: &Event, clock: &Clock) -> String {
    format!("promised by {}, in {}", clock.short(at), duration(at.since(event.at)))
}

fn of_maintenance(maintenance: &Maintenance, clock: &Clock) -> Vec<(&'static str, String)> {
    vec![
        ("Window", clock.window(maintenance.starts_at, maintenance.ends_at)),
        ("Stage", maintenance.stage.label().to_owned()),
        ("Affected", components(&maintenance.components)),
    ]
}

/// `Voice, Chat and 3 more`; nothing named means everything may be meant.
fn components(all: &[ComponentRef]) -> String {
    let named: Vec<String> = all.iter().map(|one| text::one_line(&one.name)).filter(|name| !name.is_empty()).collect();
    if named.is_empty() {
        return "The vendor names no component".to_owned();
    }
    let cut = |name: &String| text::truncate(name, 80, text::Unit::Chars);
    let mut names: Vec<String> = named.iter().take(COMPONENTS).map(cut).collect();
    if named.len() > COMPONENTS {
        names.push(format!("{} more", named.len() - COMPONENTS));
    }
    match names.pop() {
        Some(last) if names.is_empty() => last,
        Some(last) => format!("{} and {last}", names.join(", ")),
        None => String::new(),
    }
}

/// The vendor's words of this event, newest first, and how many were left out.
pub(super) fn quotes(notice: &Notice, vendor: &str, clock: &Clock) -> (Vec<Quote>, usize) {
    let quote = |stage: Option<&str>, at: Option<Timestamp>, body: &str| {
        let parts = [stage.map(str::to_owned), at.map(|at| clock.full(at))];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        Quote { by: format!("{vendor} wrote"), about: parts.join(", "), markdown: body.to_owned(), ours: false }
    };
    let mut all: Vec<Quote> = match &notice.event.subject {
        Subject::Incident(incident) => {
            let newest = incident.updates.last().filter(|_| speaks_alone(notice.event.kind));
            let fresh = notice.event.updates.iter().chain(newest.filter(|_| notice.event.updates.is_empty()));
            fresh
                .filter(|entry| !entry.body.trim().is_empty())
                .map(|entry| quote(entry.stage.map(|stage| stage.label()), entry.at, &entry.body))
                .collect()
        }
        Subject::Maintenance(maintenance) => {
            let newest = maintenance.updates.last().filter(|entry| !entry.body.trim().is_empty());
            newest
                .map(|entry| quote(entry.stage.map(|stage| stage.label()), entry.at, &entry.body))
                .into_iter()
                .collect()
        }
        Subject::Digest(digest) => vec![super::digest::list(digest, clock)],
        Subject::Component(_) | Subject::Page(_) | Subject::Warning(_) | Subject::Channel(_) | Subject::Test => {
            Vec::new()
        }
    };
    let left_out = all.len().saturating_sub(QUOTES);
    all.drain(..left_out);
    all.reverse();
    (all, left_out)
}

/// Kinds whose message quotes the last words even where none are new.
fn speaks_alone(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::IncidentOpened
            | EventKind::IncidentReopened
            | EventKind::IncidentImpactChanged
            | EventKind::IncidentScopeChanged
    )
}

/// What we know and the vendor did not say.
pub(super) fn notes(notice: &Notice, clock: &Clock) -> Vec<String> {
    let event = &notice.event;
    let mut notes = Vec::new();
    if event.also_opened && event.incident().is_some() {
        notes.push("It opened and ended between two of our readings.".to_owned());
    }
    if let Some(seconds) = event.unseen_s {
        let gap = duration(seconds);
        notes.push(format!("This happened while we were not looking: our last good reading was {gap} earlier."));
    }
    notes.extend(event.again.as_ref().map(|why| again(why, clock)));
    match &event.subject {
        Subject::Incident(incident) => notes.extend(of_one(event, incident)),
        Subject::Page(_) if event.kind == EventKind::PageUnreadable => {
            notes.push("What it says of incidents may be out of date until it can be read again.".to_owned());
        }
        Subject::Warning(warning) => {
            let said = warning.ended_because.as_ref().map_or(warning.evidence.as_slice(), std::slice::from_ref);
            let evidence = said.iter().take(EVIDENCE);
            notes.extend(evidence.map(|one| text::truncate(&text::one_line(one), 300, text::Unit::Chars)));
        }
        Subject::Channel(news) => {
            notes.push(text::truncate(&text::one_line(&news.why), 300, text::Unit::Chars));
            notes.push(
                "Put it right and enable it again on its page; what it was not told can be sent again from there."
                    .to_owned(),
            );
        }
        Subject::Test => notes.push("Somebody asked for it; no vendor has a problem because of it.".to_owned()),
        Subject::Digest(digest) => notes.extend(super::digest::notes(digest)),
        Subject::Maintenance(_) | Subject::Component(_) | Subject::Page(_) => {}
    }
    notes
}

/// Why this is said now, though it happened before.
fn again(again: &Again, clock: &Clock) -> String {
    match again {
        Again::AfterWait => "It has outlasted the time this group waits before it is told.".to_owned(),
        Again::Asked => "It was open already; somebody asked to be told when the monitor was added.".to_owned(),
        Again::AfterMute => "It was muted here until now, and is still open.".to_owned(),
        Again::Repeat(1) => "A reminder: it is still open.".to_owned(),
        Again::Repeat(number) => format!("A reminder, the {}: it is still open.", ordinal(*number)),
        Again::Escalated(group) => format!("Group {} has not acknowledged it in time.", text::one_line(group)),
        Again::PromiseBroken(at) => {
            format!("The vendor promised word by {}, and has said nothing since.", clock.short(*at))
        }
        Again::Missed => "Messages could not be delivered here for a while; this is where it stands now.".to_owned(),
        Again::HeldBack => {
            "It was held back until now, as the group wishes; this is all that was said meanwhile.".to_owned()
        }
    }
}

/// `2nd`, `3rd`, `11th`.
fn ordinal(number: u32) -> String {
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn of_one(event: &Event, incident: &Incident) -> Vec<String> {
    let mut notes = Vec::new();
    if incident.inferred && !incident.is_open() {
        notes.push("The vendor never said that it ended; it is gone from the page.".to_owned());
    }
    if event.kind == EventKind::IncidentOpened
        && event.unseen_s.is_none()
        && let Some(seconds) = incident.detection_s()
    {
        notes.push(format!("Seen here {} after the vendor’s first word.", duration(seconds)));
    }
    let said = |kind: &&EventKind| {
        use EventKind::{IncidentEdited, IncidentImpactChanged, IncidentScopeChanged};
        **kind != event.kind && matches!(kind, IncidentEdited | IncidentImpactChanged | IncidentScopeChanged)
    };
    let also: Vec<String> = event.changes.iter().filter(said).map(|kind| kind.label().to_lowercase()).collect();
    if !also.is_empty() && !event.also_opened {
        notes.push(format!("Also: {}.", also.join(", ")));
    }
    notes
}
