//! What we say, apart from where: a notice as a headline, facts, the vendor's words and ours, for every kind of event.
//!
//! The first line must answer a person who was woken up: which vendor, what, how bad, since when. The vendor's words
//! are kept apart from ours, always.

mod digest;
mod facts;
mod headline;
mod standing;
mod story;
pub(crate) mod title;
mod told;

pub(crate) use told::told;

pub(crate) use standing::rings;
use tocsin_domain::alert::Notice;
use tocsin_domain::{EventKind, Health, Impact, Subject};

use crate::text;
use crate::when::Clock;

/// Updates quoted in one message at most; the page has the others.
const QUOTES: usize = 5;

/// How a message looks at first sight: colour, sign and word, never colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Plain,
    Minor,
    Major,
    Critical,
    Maintenance,
    Unknown,
}

impl Tone {
    /// The sign before a headline in chat.
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Good => "✅",
            Self::Plain => "ℹ️",
            Self::Minor => "🟡",
            Self::Major => "🟠",
            Self::Critical => "🔴",
            Self::Maintenance => "🔧",
            Self::Unknown => "❔",
        }
    }

    /// Red, green, blue.
    pub(crate) const fn rgb(self) -> u32 {
        match self {
            Self::Good => 0x0025_6F45,
            Self::Plain => 0x0085_817A,
            Self::Minor => 0x00D9_A400,
            Self::Major => 0x00D8_6A1E,
            Self::Critical => 0x00AB_1D1D,
            Self::Maintenance => 0x0023_59A8,
            Self::Unknown => 0x0062_5E57,
        }
    }

    pub(crate) fn of(notice: &Notice) -> Self {
        match &notice.event.subject {
            // Nobody said that it ended well.
            Subject::Incident(_) if notice.event.kind == EventKind::IncidentRemoved => Self::Unknown,
            Subject::Incident(_) if notice.event.kind == EventKind::IncidentPostmortem => Self::Plain,
            Subject::Incident(incident) if !incident.is_open() => Self::Good,
            Subject::Incident(incident) => match incident.impact {
                Impact::None => Self::Plain,
                Impact::Minor => Self::Minor,
                Impact::Major => Self::Major,
                Impact::Critical => Self::Critical,
            },
            Subject::Maintenance(_) if notice.event.kind == EventKind::MaintenanceCompleted => Self::Good,
            Subject::Maintenance(_) => Self::Maintenance,
            Subject::Component(change) => match change.after {
                Health::Operational => Self::Good,
                Health::Degraded => Self::Minor,
                Health::PartialOutage => Self::Major,
                Health::MajorOutage => Self::Critical,
                Health::Maintenance => Self::Maintenance,
                Health::Unknown => Self::Unknown,
            },
            Subject::Page(_) if notice.event.kind == EventKind::PageReadable => Self::Good,
            Subject::Page(_) => Self::Unknown,
            Subject::Warning(warning) if !warning.is_open() => Self::Good,
            Subject::Warning(warning) => match warning.impact {
                Impact::None | Impact::Minor => Self::Minor,
                Impact::Major => Self::Major,
                Impact::Critical => Self::Critical,
            },
            Subject::Digest(digest) => match digest.worst() {
                None if digest.open() == 0 => Self::Good,
                None | Some(Impact::None) => Self::Plain,
                Some(Impact::Minor) => Self::Minor,
                Some(Impact::Major) => Self::Major,
                Some(Impact::Critical) => Self::Critical,
            },
            Subject::Channel(_) => Self::Major,
            Subject::Test => Self::Plain,
        }
    }
}

/// Something the vendor wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    /// `Kustomer wrote`
    pub(crate) by: String,
    /// `Identified, 20 Feb 2026, 17:01 EST (22:01 UTC)`; empty where the vendor says neither.
    pub(crate) about: String,
    /// Markdown as it was written: render it, never show it.
    pub(crate) markdown: String,
    /// A list that we made rather than a vendor's words.
    pub(crate) ours: bool,
}

impl Quote {
    /// `Kustomer wrote: Identified, 20 Feb 2026, 17:01 EST (22:01 UTC)`
    pub(crate) fn label(&self) -> String {
        if self.about.is_empty() { self.by.clone() } else { format!("{}: {}", self.by, self.about) }
    }
}

/// A link and what to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) label: String,
    pub(crate) url: String,
}

/// A message, before it is dressed for a channel. No string but a quote's Markdown spans lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) tone: Tone,
    pub(crate) vendor: String,
    /// `Kustomer: major incident since 17:01 EST – Trouble accepting Inbound Calls (Voice, PROD 1)`
    pub(crate) headline: String,
    /// The same without vendor and title: `Major incident since 17:01 EST`.
    pub(crate) state: String,
    /// The vendor's title as it was written.
    pub(crate) title: String,
    /// `(label, value)`
    pub(crate) facts: Vec<(&'static str, String)>,
    /// Newest first.
    pub(crate) quotes: Vec<Quote>,
    /// What we add: always labelled as ours.
    pub(crate) notes: Vec<String>,
    pub(crate) reason: String,
    /// Ours first, then the vendor's, then where to acknowledge.
    pub(crate) links: Vec<Link>,
}

impl Said {
    pub(crate) fn new(notice: &Notice) -> Self {
        let clock = Clock::new(&notice.time_zone, notice.event.at);
        let vendor = vendor(notice);
        let state = headline::state(notice, &clock);
        let (quotes, left_out) = facts::quotes(notice, &vendor, &clock);
        let mut notes = facts::notes(notice, &clock);
        if left_out > 0 {
            notes.push(format!("{left_out} earlier updates are on the page of the incident."));
        }
        Self {
            tone: Tone::of(notice),
            headline: headline::line(notice, &vendor, &state),
            state: capitalised(&state),
            title: subject_title(notice),
            facts: facts::facts(notice, &clock),
            quotes,
            notes,
            reason: text::truncate(&text::one_line(&notice.reason), 500, text::Unit::Chars),
            links: links(notice, &vendor),
            vendor,
        }
    }
}

impl Said {
    /// What holds now, in place of what is new: for a message that is edited as things go on.
    pub(crate) fn standing(notice: &Notice) -> Self {
        let mut said = Self::new(&standing::standing(notice));
        // How long it has lasted, or will, would be wrong a minute later; since when this holds is not.
        said.facts.retain(|(label, _)| *label != "So far");
        for (_, value) in said.facts.iter_mut().filter(|(label, _)| *label == "Next word") {
            value.truncate(value.rfind(", in ").unwrap_or(value.len()));
        }
        let clock = Clock::new(&notice.time_zone, notice.event.at);
        said.facts.push(("As of", clock.full(notice.event.at)));
        said
    }
}

/// Who is spoken about; a test message is about us.
fn vendor(notice: &Notice) -> String {
    if matches!(notice.event.subject, Subject::Test | Subject::Digest(_) | Subject::Channel(_)) {
        return "Tocsin".to_owned();
    }
    let name = text::truncate(&text::one_line(&notice.provider.name), 60, text::Unit::Chars);
    if name.is_empty() { text::truncate(&text::one_line(&notice.provider.slug), 60, text::Unit::Chars) } else { name }
}

/// The vendor's title, or ours where there is none.
fn subject_title(notice: &Notice) -> String {
    match &notice.event.subject {
        Subject::Incident(incident) => title::verbatim(&incident.title),
        Subject::Maintenance(maintenance) => title::verbatim(&maintenance.title),
        Subject::Component(change) => title::verbatim(&change.component.name),
        Subject::Page(_) => "Status page".to_owned(),
        Subject::Warning(warning) => title::verbatim(&warning.summary),
        Subject::Digest(digest) => digest::title(digest),
        Subject::Channel(news) => {
            text::truncate(&text::one_line(&format!("Channel {}", news.name)), 120, text::Unit::Chars)
        }
        Subject::Test => "Test message".to_owned(),
    }
}

fn links(notice: &Notice, vendor: &str) -> Vec<Link> {
    let ours = text::web(&notice.links.incident).map(|url| Link { label: "Open in Tocsin".to_owned(), url });
    let theirs = notice.links.vendor.as_deref().and_then(text::web);
    let theirs = theirs.map(|url| Link { label: format!("{vendor}’s page"), url });
    let acknowledge = notice.links.acknowledge.as_deref().and_then(text::web);
    let acknowledge = acknowledge.map(|url| Link { label: "Acknowledge".to_owned(), url });
    ours.into_iter().chain(theirs).chain(acknowledge).collect()
}

/// The first letter in upper case.
pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
