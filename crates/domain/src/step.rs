//! Step: the one function that polling, replay, stories and tests all run.
//!
//! What we remember of a page and what just happened go in; what changed, who hears of it and why, and when to wake
//! come out. Nothing is asked, stored or sent here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::alert::{Audience, Open, Places, Standing, Verdict, Waiting, decide_among};
use crate::compare::{self, Comparison, Recalled};
use crate::components::Components;
use crate::event::{Event, EventKind, PageNews, Subject};
use crate::health::Health;
use crate::incident::{Impact, Incident};
use crate::maintenance::Maintenance;
use crate::reading::Reading;
use crate::time::Timestamp;
use crate::uptime::{self, HealthChange, Look};

/// Failures in a row after which a page's health is `unknown`.
pub const UNKNOWN_AFTER_FAILURES: u32 = 2;
/// A page that could not be read for this long is news of its own (seconds).
pub const UNREADABLE_NEWS_S: i64 = 30 * 60;
/// A page that could not be read for this long (seconds) is probably gone: a week.
pub const GONE_S: i64 = 7 * 24 * 3600;
/// A gap between two good readings beyond this is mentioned in what is told (seconds).
pub const LOOKED_AWAY_S: i64 = 20 * 60;
/// A closed incident that readings have not listed for this long leaves the page's memory (seconds).
const FORGET_S: i64 = 90 * 24 * 3600;

/// What just happened to a page.
#[derive(Clone, Copy, Debug)]
pub enum Input<'a> {
    /// It was read.
    Reading(&'a Reading),
    /// It was read, and it is made with another platform than at the last reading; one sentence what proves it.
    Moved(&'a Reading, &'a str),
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
    /// One of those readings covers the history in which it would have to be.
    #[serde(default)]
    pub not_in_history: bool,
    /// The first good reading that no longer lists it; of one whose end was inferred, the one it was inferred from.
    #[serde(default)]
    pub unlisted_since: Option<Timestamp>,
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
            not_in_history: false,
            unlisted_since: None,
            standing: Standing::default(),
        }
    }

    /// A good reading lists it.
    pub(crate) fn listed(&mut self, now: Timestamp) {
        self.seen_at = now;
        self.missing = 0;
        self.not_in_history = false;
        self.unlisted_since = None;
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
    /// The first good reading that no longer lists it.
    #[serde(default)]
    pub unlisted_since: Option<Timestamp>,
    /// The page never said that it is over; we inferred it from its absence.
    #[serde(default)]
    pub inferred: bool,
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
            unlisted_since: None,
            inferred: false,
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
    /// What the last good reading said itself, without what we know to be open beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Health>,
    /// Beside an `unknown` health: what it was when we could still read.
    pub last_known: Option<Health>,
    /// The last good reading (or proof that nothing changed).
    pub read_at: Option<Timestamp>,
    pub failures: u32,
    pub failing_since: Option<Timestamp>,
    /// Why the page cannot be read.
    pub reason: Option<String>,
    pub unreadable_told: bool,
    /// What the page was made with at the last good reading: another platform is a move.
    #[serde(default)]
    pub platform: Option<String>,
    /// The page's own id, where it has one: another id with other components is another page.
    #[serde(default)]
    pub native_id: Option<String>,
    /// Host (and port) that last answered for the page, after redirects: another one is a move.
    #[serde(default)]
    pub answered_by: Option<String>,
    /// The vendor sent us word since the last good reading, and nothing has come of it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pushed_at: Option<Timestamp>,
    pub components: Components,
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

    /// Something open was missing from the last reading: one more good reading without it and it has ended. Whoever
    /// keeps "nothing changed" from [`step`] to spare work must not do so now.
    #[must_use]
    pub fn wants_second_look(&self) -> bool {
        self.incidents.values().any(|trace| trace.open && trace.missing > 0)
            || self.maintenances.values().any(|trace| !trace.record.stage.is_over() && trace.missing > 0)
    }

    /// The page was proven to say at `at` what it said in the last good reading. For callers that learn it without a
    /// step; [`Input::Unchanged`] does it by itself.
    pub fn still_says_so(&mut self, at: Timestamp) {
        let Some(before) = self.read_at else { return };
        // What that reading listed is still listed; what it did not list was not seen now either.
        for trace in self.incidents.values_mut().filter(|trace| trace.seen_at == before) {
            trace.seen_at = at;
        }
        self.read_at = Some(at);
    }

    /// Work that was known once, and that the page tells of again: its record goes on, and its past is no news.
    pub fn remember_work(&mut self, record: Maintenance) {
        let over = record.stage.is_over();
        let mut trace = WorkTrace::of(record, 0);
        (trace.started, trace.overdue, trace.reminded) = (over, over, [over; 2]);
        self.maintenances.insert(trace.record.vendor_id.clone(), trace);
    }

    /// What its open incidents amount to.
    pub fn open_impacts(&self) -> impl Iterator<Item = Health> + '_ {
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
    /// Where healths moved between two good readings.
    pub healths: Vec<HealthChange>,
    /// When time alone will have something to say.
    pub wake_at: Option<Timestamp>,
}

/// Takes a page from one state to the next. `recalled` holds the incidents that [`compare::recall`] named.
#[must_use]
pub fn step(mut state: PageState, recalled: &Recalled, input: Input<'_>, audience: &Audience, now: Timestamp) -> Step {
    let before = Look::of(&state);
    let mut comparison = match input {
        Input::Reading(reading) => {
            match unrecognised(reading).map(str::to_owned).or_else(|| foreign(&state, reading)) {
                Some(reason) if is_move(&state, reading, now) => moved(&mut state, recalled, reading, reason, now),
                Some(reason) => unreadable(&mut state, &reason, now),
                None => read(&mut state, recalled, reading, now),
            }
        }
        Input::Moved(reading, why) => match unrecognised(reading) {
            Some(reason) => unreadable(&mut state, reason, now),
            // Nobody has read it as what it was.
            None if state.read_at.is_none() => read(&mut state, recalled, reading, now),
            None => moved(&mut state, recalled, reading, why.to_owned(), now),
        },
        // From what? Nobody has read the page yet.
        Input::Unchanged if state.read_at.is_none() => Comparison::default(),
        Input::Unchanged => unchanged(&mut state, recalled, now),
        Input::Unreadable(reason) => unreadable(&mut state, reason, now),
        Input::Tick => Comparison::default(),
    };
    overdue_news(&mut state, now, &mut comparison);
    compare::ticks(&mut state, now, &mut comparison);
    let Comparison { events, incidents, maintenances } = comparison;
    let places = Places::of(std::mem::take(&mut state.components));
    let mut decided: Vec<Decided> =
        events.into_iter().map(|event| rule(&mut state, event, &places, audience)).collect();
    decided.extend(due(&mut state, recalled, &incidents, &places, audience, now));
    state.components = places.into_components();
    let wake_at = wake_at(&state);
    let healths = uptime::changes(&before, &state, now);
    Step { state, decided, incidents, maintenances, healths, wake_at }
}

/// A reading in which nothing was recognised is a failure, with its first problem as the reason.
fn unrecognised(reading: &Reading) -> Option<&str> {
    let nothing = reading.platform.is_none()
        && reading.components.is_empty()
        && reading.incidents.is_empty()
        && reading.maintenances.is_empty();
    reading.problems.first().filter(|_| nothing).map(|problem| problem.detail.as_str())
}

/// The address answers for another page: its id is another, and it lists none of the components we know. Nothing it says
/// is about what we watched, least of all what it does not list.
fn foreign(state: &PageState, reading: &Reading) -> Option<String> {
    let (known, told) = (state.native_id.as_deref()?, reading.page.id.as_deref()?);
    let both = !state.components.is_empty() && !reading.components.is_empty();
    let shared = reading.components.iter().any(|one| state.components.iter().any(|known| known.id == one.id));
    (known != told && both && !shared).then(|| {
        format!(
            "The address answers for another page now: its id is {told}, not {known}, and no component is the same."
        )
    })
}

/// What stays another page for as long as a page may be unreadable before that is news has moved for good.
fn is_move(state: &PageState, reading: &Reading, now: Timestamp) -> bool {
    foreign(state, reading).is_some() && state.failing_since.is_some_and(|since| now.since(since) >= UNREADABLE_NEWS_S)
}

/// Takes the other page for what it is: a first look. What was open on the old one was taken away, not resolved.
fn moved(state: &mut PageState, recalled: &Recalled, reading: &Reading, reason: String, now: Timestamp) -> Comparison {
    let (mut comparison, recalled) = compare::gone(state, recalled, reading, now);
    comparison.events.insert(0, page_event(state, EventKind::PageMoved, reason, now));
    state.components.clear();
    state.native_id = None;
    state.read_at = None;
    let after = read(state, &recalled, reading, now);
    comparison.events.extend(after.events);
    comparison.incidents.extend(after.incidents);
    comparison.maintenances.extend(after.maintenances);
    comparison
}

fn read(state: &mut PageState, recalled: &Recalled, reading: &Reading, now: Timestamp) -> Comparison {
    state.native_id = reading.page.id.clone().or_else(|| state.native_id.take());
    state.platform.clone_from(&reading.platform);
    let comparison = compare::compare(state, recalled, reading, now);
    if !comparison.events.is_empty() {
        state.pushed_at = None;
    }
    state.said = Some(reading.health);
    state.health = with_what_is_open(state, reading.health);
    let forgotten = |since: Option<Timestamp>| since.is_some_and(|since| now.since(since) >= FORGET_S);
    state.incidents.retain(|_, trace| trace.open || !forgotten(trace.unlisted_since));
    readable(state, now, comparison)
}

fn with_what_is_open(state: &PageState, said: Health) -> Health {
    Health::worst(state.open_impacts()).map_or(said, |open| open.max(said))
}

fn unchanged(state: &mut PageState, recalled: &Recalled, now: Timestamp) -> Comparison {
    let comparison = compare::unchanged(state, recalled, now);
    state.still_says_so(now);
    // Something that was missing may have ended by this look.
    if let Some(said) = state.said {
        state.health = with_what_is_open(state, said);
    } else if let Some(health) = state.last_known {
        state.health = health;
    }
    readable(state, now, comparison)
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
    let since = *state.failing_since.get_or_insert(now);
    state.reason = Some(if now.since(since) >= GONE_S {
        let day = since.to_string();
        let day = day.get(..10).unwrap_or_default();
        format!("Nothing could be read here since {day}: the page is probably gone. {reason}")
    } else {
        reason.to_owned()
    });
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
fn rule(state: &mut PageState, event: Event, places: &Places, audience: &Audience) -> Decided {
    let mut none = Standing::default();
    let standing = match &event.subject {
        Subject::Incident(incident) => state.incidents.get_mut(&incident.vendor_id).map(|trace| &mut trace.standing),
        Subject::Maintenance(work) => state.maintenances.get_mut(&work.vendor_id).map(|trace| &mut trace.standing),
        Subject::Component(_)
        | Subject::Page(_)
        | Subject::Warning(_)
        | Subject::Channel(_)
        | Subject::Digest(_)
        | Subject::Test => None,
    };
    let verdicts = decide_among(&event, standing.unwrap_or(&mut none), places, audience);
    Decided { event, verdicts }
}

/// What time alone has to say of open incidents. `changed` are the records of this step.
fn due(
    state: &mut PageState,
    recalled: &Recalled,
    changed: &[Incident],
    places: &Places,
    audience: &Audience,
    now: Timestamp,
) -> Vec<Decided> {
    let mut decided = Vec::new();
    let waits = |trace: &Trace| trace.open && trace.standing.waits(now);
    for (id, trace) in state.incidents.iter_mut().filter(|(_, trace)| waits(trace)) {
        let record = changed.iter().find(|incident| incident.vendor_id == *id).or_else(|| recalled.get(id));
        let Some(incident) = record else { continue };
        let open = Open::Incident(incident);
        let waiting = Waiting { page: &state.page, open, places, audience, now };
        let said = waiting.said(&mut trace.standing);
        // Groups that are gone wait no longer, and nobody else is concerned.
        let said = said.into_iter().filter(|(_, verdicts)| !verdicts.is_empty());
        decided.extend(said.map(|(event, verdicts)| Decided { event, verdicts }));
    }
    decided
}

pub(crate) fn wake_at(state: &PageState) -> Option<Timestamp> {
    let held = state.incidents.values().filter(|trace| trace.open).filter_map(|trace| trace.standing.wakes());
    let works = state.maintenances.values().filter_map(compare::wake_at);
    let news = state
        .failing_since
        .filter(|_| !state.unreadable_told && state.failures >= UNKNOWN_AFTER_FAILURES)
        .map(|since| since.plus(UNREADABLE_NEWS_S));
    held.chain(works).chain(news).min()
}
