//! `/decisions`: why somebody was told, and why not.

use askama::Template;
use tocsin_domain::{EventKind, Timestamp};

use crate::layout::{Chrome, Layout, Nav, finish};
use crate::moment::{Form, Moment};
use crate::rows::About;
use crate::wishes::{Taken, TakenRow};
use crate::{links, words};

/// What the list is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    /// Only about this one.
    pub incident: Option<String>,
    /// Who takes care of that one.
    pub taken: Option<Taken>,
    /// Only those of one sort.
    pub only: Option<Only>,
    /// Newest first: those of this page.
    pub decisions: Vec<Decision>,
    /// The place after which the next page goes on.
    pub next: Option<String>,
    /// This is not the first page.
    pub leafed: bool,
}

/// Sorts of decisions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    Told,
    Later,
    Silent,
}

impl Only {
    const fn word(self) -> &'static str {
        match self {
            Self::Told => "yes",
            Self::Later => "later",
            Self::Silent => "no",
        }
    }
}

/// One decision about one event, for one group and channel.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The event's place in the journal.
    pub sequence: i64,
    pub change: String,
    pub about: Option<About>,
    pub at: Timestamp,
    pub group: String,
    pub channel: Option<String>,
    pub told: bool,
    /// What became of it, where it was not told at once.
    pub instead: Silent,
    /// One sentence.
    pub reason: String,
}

/// What became of something that was not told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Silent {
    #[default]
    NotTold,
    /// Somebody had muted it.
    Muted,
    /// It is kept, and told later.
    Later,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/decisions.html")]
struct Page {
    layout: Layout,
    /// Only of one incident.
    of_one: bool,
    taken: Option<TakenRow>,
    narrowed: bool,
    deliveries: String,
    chips: Vec<Chip>,
    events: Vec<Happening>,
    next: Option<String>,
    leafed: bool,
}

#[derive(Clone, Debug)]
struct Chip {
    href: String,
    word: &'static str,
    current: bool,
}

/// One event with all that was decided about it.
#[derive(Clone, Debug)]
struct Happening {
    sequence: i64,
    event: &'static str,
    /// Why it is said again, where it is; empty: it is news.
    again: String,
    about: Option<About>,
    at: Moment,
    ago: Moment,
    verdicts: Vec<Verdict>,
}

/// What was decided for one group; channels for which it was the same share it.
#[derive(Clone, Debug)]
struct Verdict {
    told: bool,
    word: &'static str,
    group: String,
    channels: Vec<String>,
    reason: String,
}

impl Happening {
    fn add(&mut self, decision: &Decision) {
        let word = match (decision.told, decision.instead) {
            (true, _) => "told",
            (false, Silent::NotTold) => "not told",
            (false, Silent::Muted) => "muted",
            (false, Silent::Later) => "later",
        };
        let same = |one: &&mut Verdict| {
            one.told == decision.told
                && one.word == word
                && one.group == decision.group
                && one.reason == decision.reason
        };
        match self.verdicts.iter_mut().find(same) {
            Some(verdict) => verdict.channels.extend(decision.channel.clone()),
            None => self.verdicts.push(Verdict {
                told: decision.told,
                word,
                group: decision.group.clone(),
                channels: decision.channel.iter().cloned().collect(),
                reason: decision.reason.clone(),
            }),
        }
    }
}

impl Verdict {
    fn through(&self) -> String {
        let names: Vec<&str> = self.channels.iter().map(String::as_str).collect();
        words::names(&names, names.len())
    }
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let incident = facts.incident.as_deref().unwrap_or_default();
        let address = |only: Option<Only>, before: &str| {
            links::query(
                "/decisions",
                &[("incident", incident), ("told", only.map_or("", Only::word)), ("before", before)],
            )
        };
        let chip = |only, word| Chip { href: address(only, ""), word, current: only == facts.only };
        let path = incident.is_empty().then_some("/decisions");
        let title = "Why was I (not) told?";
        Self {
            layout: Layout::new(
                &facts.chrome,
                Nav::Deliveries,
                path,
                title,
                "Every decision with its reason.".to_owned(),
            ),
            taken: facts.taken.as_ref().map(|taken| TakenRow::new(taken, &facts.chrome.zone())),
            of_one: !incident.is_empty(),
            narrowed: !incident.is_empty() || facts.only.is_some(),
            deliveries: links::query("/deliveries", &[("incident", incident)]),
            chips: vec![
                chip(None, "All"),
                chip(Some(Only::Told), "Told"),
                chip(Some(Only::Later), "Told later"),
                chip(Some(Only::Silent), "Not told"),
            ],
            events: happenings(facts),
            next: facts.next.as_deref().map(|before| address(facts.only, before)),
            leafed: facts.leafed,
        }
    }
}

fn happenings(facts: &Facts) -> Vec<Happening> {
    let mut events: Vec<Happening> = Vec::new();
    for decision in &facts.decisions {
        if events.last().is_none_or(|last| last.sequence != decision.sequence) {
            events.push(Happening {
                sequence: decision.sequence,
                event: decision.change.parse::<EventKind>().map_or("Event", EventKind::label),
                again: decision.about.as_ref().map(|about| about.again.clone()).unwrap_or_default(),
                about: decision.about.clone(),
                at: Moment::new(decision.at, Form::Full, &facts.chrome.zone()),
                ago: Moment::ago(decision.at, facts.now),
                verdicts: Vec::new(),
            });
        }
        if let Some(last) = events.last_mut() {
            last.add(decision);
        }
    }
    events
}
