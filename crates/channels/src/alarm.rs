//! Alarms: what raises one, what ends it and what is only said, the same for every kind that wakes people.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::event::Again;
use tocsin_domain::incident::Was;
use tocsin_domain::{EventKind, Health, Impact, Incident, Subject, Timestamp};

use crate::say::Said;
use crate::text::{self, PLAIN, Unit};
use crate::{Composed, Part, Setting};

/// Whether the vendor's further words are sent too, where an alarm that is there takes them without waking anybody.
pub(crate) const UPDATES: Setting = Setting {
    key: "updates",
    required: false,
    secret: false,
    list: false,
    help: "\"yes\": every update of the vendor is added to the alert; an alert that somebody closed by hand is raised again by the next one. \"no\" unless given.",
};

/// Characters of all quotes together.
const QUOTES_CHARS: usize = 12_000;

/// What becomes of an alarm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// It begins, or is said again because there is a reason to wake somebody.
    Raise,
    /// It goes on, and the vendor said something.
    Update,
    End,
}

/// How bad it is. Vendors call the steps differently, all have these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// Nobody has a problem: a test, planned work.
    Info,
    Warning,
    Error,
    Critical,
}

impl Severity {
    /// `info`, `warning`, `error`, `critical`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
            Self::Critical => "critical",
        }
    }

    fn of(notice: &Notice) -> Self {
        match &notice.event.subject {
            Subject::Incident(incident) => match incident.impact {
                // Many pages state no impact at all: that is no all-clear.
                Impact::None | Impact::Minor => Self::Warning,
                Impact::Major => Self::Error,
                Impact::Critical => Self::Critical,
            },
            Subject::Component(change) => match change.after {
                Health::MajorOutage => Self::Critical,
                Health::PartialOutage => Self::Error,
                _ => Self::Warning,
            },
            Subject::Warning(warning) => match warning.impact {
                Impact::None | Impact::Minor => Self::Warning,
                Impact::Major => Self::Error,
                Impact::Critical => Self::Critical,
            },
            Subject::Page(_) => Self::Warning,
            Subject::Maintenance(_) | Subject::Digest(_) | Subject::Channel(_) | Subject::Test => Self::Info,
        }
    }
}

/// What to do about one notice.
pub(crate) struct Alarm<'n> {
    pub(crate) act: Act,
    pub(crate) severity: Severity,
    pub(crate) said: Said,
    pub(crate) notice: &'n Notice,
}

impl<'n> Alarm<'n> {
    pub(crate) fn new(act: Act, notice: &'n Notice) -> Self {
        Self { act, severity: Severity::of(notice), said: Said::new(notice), notice }
    }

    /// When it began, as the vendor claims, else when we saw it.
    pub(crate) fn began(&self) -> Timestamp {
        let event = &self.notice.event;
        match &event.subject {
            Subject::Incident(incident) => incident.started_at.unwrap_or(incident.first_seen_at),
            Subject::Page(news) => news.since.unwrap_or(event.at),
            Subject::Warning(warning) => warning.started_at,
            Subject::Maintenance(maintenance) => maintenance.starts_at.unwrap_or(event.at),
            Subject::Component(_) | Subject::Digest(_) | Subject::Channel(_) | Subject::Test => event.at,
        }
    }

    /// What is hit, in the vendor's words: at most `most` names.
    pub(crate) fn components(&self, most: usize) -> Vec<String> {
        let all = match &self.notice.event.subject {
            Subject::Incident(incident) => incident.components.as_slice(),
            Subject::Maintenance(maintenance) => maintenance.components.as_slice(),
            Subject::Component(change) => std::slice::from_ref(&change.component),
            Subject::Warning(warning) => warning.components.as_slice(),
            Subject::Page(_) | Subject::Digest(_) | Subject::Channel(_) | Subject::Test => &[],
        };
        let names = all.iter().map(|one| text::truncate(&text::one_line(&one.name), 80, Unit::Chars));
        names.filter(|name| !name.is_empty()).take(most).collect()
    }

    /// Facts, the vendor's words and ours as an object that a program or a person may read.
    pub(crate) fn details(&self) -> Value {
        let said = &self.said;
        let mut details = serde_json::Map::new();
        for (label, value) in &said.facts {
            details.insert((*label).to_owned(), Value::from(value.as_str()));
        }
        let mut left = QUOTES_CHARS;
        let mut quotes = Vec::new();
        for quote in &said.quotes {
            let body = text::render(&quote.markdown, &PLAIN, left, Unit::Chars);
            left = left.saturating_sub(Unit::Chars.of(&body));
            if !body.is_empty() {
                quotes.push(format!("{}\n{body}", quote.label()));
            }
        }
        let mut insert = |key: &str, value: Value| details.insert(key.to_owned(), value);
        insert("Title", json!(said.title));
        insert("Event", json!(self.notice.event.kind.word()));
        if !quotes.is_empty() {
            insert("Updates", json!(quotes));
        }
        if !said.notes.is_empty() {
            insert("Tocsin notes", json!(said.notes));
        }
        if !said.reason.is_empty() {
            insert("Why you read this", json!(said.reason));
        }
        Value::Object(details)
    }

    /// `[{"href": …, "text": …}]`
    pub(crate) fn links(&self) -> Value {
        self.said.links.iter().map(|link| json!({ "href": link.url, "text": link.label })).collect()
    }
}

/// The messages that `message` makes of what is to be done about a notice: none where there is no reason to wake
/// anybody, two for a test, which ends as it began.
pub(crate) fn messages(notice: &Notice, message: impl Fn(&Alarm<'_>) -> Option<Composed>) -> Vec<Composed> {
    let mut messages = Vec::new();
    for act in acts(notice) {
        if let Some(composed) = message(&Alarm::new(act, notice)) {
            let part = if messages.is_empty() { Part::Root } else { Part::Reply };
            messages.push(Composed { part, ..composed });
        }
    }
    messages
}

/// What a notice does to its alarm. What opened and ended unseen, announced work and digests do nothing.
fn acts(notice: &Notice) -> Vec<Act> {
    use EventKind::{
        IncidentImpactChanged, IncidentOpened, IncidentRemoved, IncidentReopened, IncidentResolved,
        IncidentScopeChanged, IncidentUpdated,
    };
    let event = &notice.event;
    let any = |kinds: &[EventKind]| kinds.contains(&event.kind) || event.changes.iter().any(|one| kinds.contains(one));
    let act = match &event.subject {
        Subject::Incident(incident) if !incident.is_open() => {
            (!event.also_opened && any(&[IncidentResolved, IncidentRemoved])).then_some(Act::End)
        }
        // A word that did not come is no reason to wake anybody.
        Subject::Incident(_) if matches!(event.again, Some(Again::PromiseBroken(_))) => Some(Act::Update),
        Subject::Incident(_) if event.again.is_some() => Some(Act::Raise),
        Subject::Incident(_) if any(&[IncidentOpened, IncidentReopened]) => Some(Act::Raise),
        Subject::Incident(incident)
            if any(&[IncidentImpactChanged]) && is_worse(incident)
                || any(&[IncidentScopeChanged]) && is_wider(incident) =>
        {
            Some(Act::Raise)
        }
        Subject::Incident(_) => {
            any(&[IncidentUpdated, IncidentImpactChanged, IncidentScopeChanged]).then_some(Act::Update)
        }
        Subject::Component(change) => match change.after {
            Health::Degraded | Health::PartialOutage | Health::MajorOutage => Some(Act::Raise),
            Health::Operational | Health::Maintenance => Some(Act::End),
            Health::Unknown => None,
        },
        Subject::Page(_) => match event.kind {
            EventKind::PageUnreadable => Some(Act::Raise),
            EventKind::PageReadable => Some(Act::End),
            _ => None,
        },
        // What came and went while it was held back raised nothing.
        Subject::Warning(warning) if !warning.is_open() => (!event.also_opened).then_some(Act::End),
        Subject::Warning(_) => Some(Act::Raise),
        Subject::Test => return vec![Act::Raise, Act::End],
        Subject::Maintenance(_) | Subject::Digest(_) | Subject::Channel(_) => None,
    };
    act.into_iter().collect()
}

/// Its impact is above the last one before; where that was not kept, it may be.
fn is_worse(incident: &Incident) -> bool {
    let before = incident.edits.iter().rev().find_map(|edit| match edit.was {
        Was::Impact(impact) => Some(impact),
        _ => None,
    });
    before.is_none_or(|before| incident.impact > before)
}

/// It names a part that it did not name before: perhaps the first that this team follows.
fn is_wider(incident: &Incident) -> bool {
    let before = incident.edits.iter().rev().find_map(|edit| match &edit.was {
        Was::Components(components) => Some(components),
        _ => None,
    });
    // Naming none is naming everything.
    before.is_none_or(|before| {
        incident.components.is_empty()
            || incident.components.iter().any(|one| !before.iter().any(|other| other.id == one.id))
    })
}

#[cfg(test)]
mod tests;
