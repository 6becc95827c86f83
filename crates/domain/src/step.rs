//! Step: the one function that polling, replay, stories and tests all run.
//!
//! What we remember of a page and what just happened go in; what changed, who hears of it and why, and when to wake
//! come out. Nothing is asked, stored or sent here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::alert::{Audience, Standing, Verdict, decide};
use crate::compare::{self, Comparison, Recalled};
use crate::event::{Event, EventKind, PageNews, Subject};
use crate::health::Health;
use crate::incident::{Impact, Incident};
use crate::maintenance::Maintenance;
use crate::reading::{Component, Reading};
use crate::time::Timestamp;

/// Failures in a row after which a page's health is `unknown`.
pub const UNKNOWN_AFTER_FAILURES: u32 = 2;
/// A page that could not be read for this long is news of its own (seconds).
pub const UNREADABLE_NEWS_S: i64 = 30 * 60;
/// A gap between two good readings beyond this is mentioned in what is told (seconds).
pub const LOOKED_AWAY_S: i64 = 20 * 60;
/// A closed incident that no reading has listed for this long leaves the page's memory (seconds).
const FORGET_S: i64 = 90 * 24 * 3600;

/// What just happened to a page.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// It was read.
    Reading(&'a Reading),
    /// It says what it said before.
    Unchanged,
    /// It could not be read; one sentence why.
    Unreadable(&'a str),
    /// Nothing but time.
    Tick,
}

/// What we remember of one incident between readings; the whole record is recalled only when something differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trace {
    pub id: Uuid,
    pub fingerprint: u64,
    pub open: bool,
    pub impact: Impact,
    #[serde(default)]
    pub sample: bool,
    /// The last good reading that listed it.
    pub seen_at: Timestamp,
    /// Good readings in a row that should have listed it and did not.
    #[serde(default)]
    pub missing: u8,
    #[serde(default)]
    pub standing: Standing,
}

impl Trace {
    pub(crate) fn of(incident: &Incident, fingerprint: u64, now: Timestamp) -> Self {
        Self {
            id: incident.id,
            fingerprint,
            open: incident.is_open(),
            impact: incident.impact,
            sample: incident.sample,
            seen_at: now,
            missing: 0,
            standing: Standing::default(),
        }
    }

    pub(crate) fn follow(&mut self, incident: &Incident) {
        self.open = incident.is_open();
        self.impact = incident.impact;
        self.sample = incident.sample;
    }
}

/// What we remember of one maintenance: few and small, so the record is kept here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkTrace {
    pub record: Maintenance,
    pub fingerprint: u64,
    pub started: bool,
    pub overdue: bool,
    /// Which of the reminders (24 h, 1 h) are done with.
    pub reminded: [bool; 2],
    #[serde(default)]
    pub missing: u8,
    #[serde(default)]
    pub standing: Standing,
}

impl WorkTrace {
    pub(crate) fn of(record: Maintenance, fingerprint: u64) -> Self {
        Self {
            record,
            fingerprint,
            started: false,
            overdue: false,
            reminded: [false; 2],
            missing: 0,
            standing: Standing::default(),
        }
    }
}

/// What we remember of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageState {
    /// Our own key of the page: part of every derived id.
    pub page: String,
    pub url: String,
    /// As shown: `unknown` before the first reading and after two failures in a row.
    pub health: Health,
    /// Beside an `unknown` health: what it was when we could still read.
    pub last_known: Option<Health>,
    /// The last good reading (or proof that nothing changed).
    pub read_at: Option<Timestamp>,
    pub failures: u32,
    pub failing_since: Option<Timestamp>,
    /// Why the page cannot be read.
    pub reason: Option<String>,
    pub unreadable_told: bool,
    pub components: Vec<Component>,
    pub incidents: BTreeMap<String, Trace>,
    pub maintenances: BTreeMap<String, WorkTrace>,
}

impl PageState {
    /// A page nobody has read yet.
    #[must_use]
    pub fn new(page: impl Into<String>, url: impl Into<String>) -> Self {
        Self { page: page.into(), url: url.into(), ..Self::default() }
    }

    /// An incident is open or a maintenance is running: ask more often.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.incidents.values().any(|trace| trace.open && !trace.sample)
            || self.maintenances.values().any(|trace| trace.record.stage.is_running())
    }

    fn open_impacts(&self) -> impl Iterator<Item = Health> + '_ {
        self.incidents.values().filter(|trace| trace.open && !trace.sample).filter_map(|trace| trace.impact.health())
    }
}

/// One event with what was decided about it.
#[derive(Clone, Debug)]
pub struct Decided {
    pub event: Event,
    pub verdicts: Vec<Verdict>,
}

/// What follows from an input.
#[derive(Clone, Debug)]
pub struct Step {
    pub state: PageState,
    pub decided: Vec<Decided>,
    /// Records to keep, new or changed.
    pub incidents: Vec<Incident>,
    pub maintenances: Vec<Maintenance>,
    /// When time alone will have something to say.
    pub wake_at: Option<Timestamp>,
}

/// Takes a page from one state to the next. `recalled` holds the incidents that [`compare::recall`] named.
#[must_use]
pub fn step(state: &PageState, recalled: &Recalled, input: Input<'_>, audience: &Audience, now: Timestamp) -> Step {
    let mut state = state.clone();
    let mut comparison = match input {
        Input::Reading(reading) => {
            let comparison = compare::compare(&mut state, recalled, reading, now);
            let open = Health::worst(state.open_impacts());
            state.health = open.map_or(reading.health, |open| open.max(reading.health));
            readable(&mut state, now, comparison)
        }
        Input::Unchanged => {
            if let Some(health) = state.last_known {
                state.health = health;
            }
            readable(&mut state, now, Comparison::default())
        }
        Input::Unreadable(reason) => unreadable(&mut state, reason, now),
        Input::Tick => Comparison::default(),
    };
    overdue_news(&mut state, now, &mut comparison);
    compare::ticks(&mut state, now, &mut comparison);
    let mut decided: Vec<Decided> =
        comparison.events.into_iter().map(|event| rule(&mut state, event, audience)).collect();
    decided.extend(release(&mut state, recalled, audience, now));
    state.incidents.retain(|_, trace| trace.open || now.since(trace.seen_at) < FORGET_S);
    let wake_at = wake_at(&state);
    Step { state, decided, incidents: comparison.incidents, maintenances: comparison.maintenances, wake_at }
}

/// A good reading ends a time of failures.
fn readable(state: &mut PageState, now: Timestamp, mut comparison: Comparison) -> Comparison {
    if state.unreadable_told {
        let reason = "The page can be read again.".to_owned();
        comparison.events.insert(0, page_event(state, EventKind::PageReadable, reason, now));
    }
    state.read_at = Some(now);
    state.failures = 0;
    state.failing_since = None;
    state.reason = None;
    state.unreadable_told = false;
    state.last_known = None;
    comparison
}

/// A failure: health stays after the first, is `unknown` from the second on. Open incidents stay open.
fn unreadable(state: &mut PageState, reason: &str, now: Timestamp) -> Comparison {
    state.failures = state.failures.saturating_add(1);
    state.failing_since.get_or_insert(now);
    state.reason = Some(reason.to_owned());
    if state.failures >= UNKNOWN_AFTER_FAILURES && state.read_at.is_some() && state.last_known.is_none() {
        state.last_known = Some(state.health);
    }
    if state.failures >= UNKNOWN_AFTER_FAILURES {
        state.health = Health::Unknown;
    }
    Comparison::default()
}

/// Thirty minutes without a reading are news of their own, once.
fn overdue_news(state: &mut PageState, now: Timestamp, comparison: &mut Comparison) {
    let Some(since) = state.failing_since else { return };
    if !state.unreadable_told && state.failures >= UNKNOWN_AFTER_FAILURES && now.since(since) >= UNREADABLE_NEWS_S {
        let reason = state.reason.clone().unwrap_or_else(|| "The page cannot be read.".to_owned());
        comparison.events.push(page_event(state, EventKind::PageUnreadable, reason, now));
        state.unreadable_told = true;
    }
}

fn page_event(state: &PageState, kind: EventKind, reason: String, now: Timestamp) -> Event {
    let news = PageNews { url: state.url.clone(), reason, since: state.failing_since, last_known: state.last_known };
    Event::new(&state.page, "page", vec![kind], now, Subject::Page(news))
}

/// Lets the one decision function judge an event, with what the page remembers of its subject.
fn rule(state: &mut PageState, event: Event, audience: &Audience) -> Decided {
    let mut none = Standing::default();
    let standing = match &event.subject {
        Subject::Incident(incident) => state.incidents.get_mut(&incident.vendor_id).map(|trace| &mut trace.standing),
        Subject::Maintenance(work) => state.maintenances.get_mut(&work.vendor_id).map(|trace| &mut trace.standing),
        Subject::Component(_) | Subject::Page(_) | Subject::Test => None,
    };
    let verdicts = decide(&event, standing.unwrap_or(&mut none), &state.components, audience);
    Decided { event, verdicts }
}

/// Incidents whose dwell has ended are announced now, to the groups that waited.
fn release(state: &mut PageState, recalled: &Recalled, audience: &Audience, now: Timestamp) -> Vec<Decided> {
    let page = state.page.clone();
    let components = std::mem::take(&mut state.components);
    let mut released = Vec::new();
    for (id, trace) in &mut state.incidents {
        let due: Vec<String> =
            trace.standing.held.iter().filter(|(_, until)| **until <= now).map(|(group, _)| group.clone()).collect();
        let Some(incident) = recalled.get(id).filter(|_| !due.is_empty() && trace.open) else { continue };
        let waited = Audience {
            members: audience.members.iter().filter(|member| due.contains(&member.group)).cloned().collect(),
        };
        let subject = Subject::Incident(incident.clone());
        let mut event = Event::new(&page, &format!("{id} after dwell"), vec![EventKind::IncidentOpened], now, subject);
        event.after_dwell = true;
        event.updates.clone_from(&incident.updates);
        let verdicts = decide(&event, &mut trace.standing, &components, &waited);
        for group in due {
            trace.standing.held.remove(&group);
        }
        released.push(Decided { event, verdicts });
    }
    state.components = components;
    released
}

fn wake_at(state: &PageState) -> Option<Timestamp> {
    let held = state.incidents.values().flat_map(|trace| trace.standing.held.values().copied());
    let works = state.maintenances.values().filter_map(compare::wake_at);
    let news = state
        .failing_since
        .filter(|_| !state.unreadable_told && state.failures >= UNKNOWN_AFTER_FAILURES)
        .map(|since| since.plus(UNREADABLE_NEWS_S));
    held.chain(works).chain(news).min()
}
