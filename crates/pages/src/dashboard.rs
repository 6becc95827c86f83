//! `/`: one sentence first, then what is open, what cannot be read, what comes, and every monitor in a ledger.

use askama::Template;
use jiff::tz::TimeZone;
use tocsin_domain::{Health, ProviderRef, Timestamp, title};

use crate::check::{Check, CheckRow};
use crate::facts::{ClosedIncident, OpenIncident, PlannedWork};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::ledger::Ledger;
pub use crate::ledger::Query;
use crate::moment::Moment;
use crate::rows::{self, ClosedRow, OpenRow, Who, WorkRow};
use crate::sentence::{self, Run, Tally};
use crate::sign::Sign;
use crate::wishes::OfMonitor;
use crate::{mentions, words};

/// Open incidents shown with their latest words; the rest is folded away, one line each.
const OPEN_IN_FULL: usize = 12;
/// Folded incidents at most.
const OPEN_FOLDED: usize = 200;
/// Unreadable vendors listed with their reasons; the ledger has them all.
const UNREADABLE_SHOWN: usize = 6;
/// Vendors named of those that do not say how they are; the ledger has them all.
const SILENT_NAMED: usize = 12;
/// Announced work and closed incidents listed beside the ledger.
const ASIDE_SHOWN: usize = 6;
/// Without a good reading for this long (seconds), the page says that it may be old.
pub(crate) const STALE_S: i64 = 15 * 60;

/// What the dashboard is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    /// All of the team's monitors, in any order.
    pub monitors: Vec<Monitor>,
    /// Incidents that concern them and still run.
    pub open: Vec<OpenIncident>,
    /// Tests of our own.
    pub checks: Vec<Check>,
    /// Work that is announced or under way.
    pub works: Vec<PlannedWork>,
    /// Ended lately, newest first.
    pub recent: Vec<ClosedIncident>,
    pub query: Query,
    /// How many silences and how many overrides hold.
    pub wished: (usize, usize),
}

/// One monitor with the health of what it watches.
#[derive(Clone, Debug)]
pub struct Monitor {
    /// Our id of it: its row keeps it.
    pub id: String,
    pub provider: ProviderRef,
    /// Names of the chosen components; empty for all of it.
    pub components: Vec<String>,
    pub health: Health,
    /// Beside an `unknown` health: what it was when it could still be read.
    pub last_known: Option<Health>,
    /// Why it cannot be read, one sentence.
    pub reason: Option<String>,
    /// The last good reading.
    pub read_at: Option<Timestamp>,
    /// `health` is what the team says, where it says something.
    pub wishes: OfMonitor,
}

impl Monitor {
    /// Why nothing is known of its health; `None` where something is.
    pub(crate) fn blank(&self) -> Option<Blank> {
        if self.wishes.instead.is_some() {
            return None;
        }
        let failed_again = self.read_at.is_none() || self.last_known.is_some();
        let why = match (&self.reason, self.read_at) {
            (Some(_), _) if failed_again => Blank::Unreadable,
            (None, None) => Blank::Pending,
            _ => Blank::Silent,
        };
        (self.health == Health::Unknown).then_some(why)
    }

    /// Why its health is `unknown`, in words.
    pub(crate) fn why(&self) -> String {
        match (self.blank(), &self.reason) {
            (Some(Blank::Unreadable), Some(reason)) => title::first_sentence(reason).to_owned(),
            (Some(Blank::Pending), _) => "Not read yet".to_owned(),
            _ => "The page does not say how it is".to_owned(),
        }
    }
}

/// Why nothing is known of a health, from the least that is wrong to the most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Blank {
    /// Nobody has asked yet.
    Pending,
    /// The page can be read and does not say how it is: a feed that lists nothing, say.
    Silent,
    /// The page could not be read.
    Unreadable,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/dashboard.html")]
struct Page {
    layout: Layout,
    lead: Vec<Run>,
    empty: bool,
    /// Open incidents whose vendor states no impact do not count as trouble: the sentence would hide them.
    unstated: String,
    /// Vendors whose words name another vendor that is in trouble, too.
    named: String,
    next: Vec<Coming>,
    /// `2 mutes and 1 override`; empty: none.
    wished: String,
    looked: Option<Moment>,
    stale: bool,
    checks: Vec<CheckRow>,
    /// Checks that warn, before all else.
    warned: Vec<CheckRow>,
    open: Vec<OpenRow>,
    folded: Vec<OpenRow>,
    open_count: String,
    open_beyond: String,
    unreadable: Vec<UnreadableRow>,
    unreadable_count: String,
    unreadable_more: Option<Link>,
    /// Vendors whose pages can be read and do not say how they are.
    silent: Vec<Who>,
    silent_count: String,
    silent_verb: &'static str,
    silent_beyond: String,
    works: Vec<WorkRow>,
    works_beyond: String,
    recent: Vec<ClosedRow>,
    ledger: Ledger,
}

#[derive(Clone, Debug)]
struct Link {
    href: String,
    text: String,
}

/// What comes next, or is under way.
#[derive(Clone, Debug)]
struct Coming {
    label: &'static str,
    row: WorkRow,
}

#[derive(Clone, Debug)]
struct UnreadableRow {
    who: Who,
    reason: String,
    last_known: Option<Sign>,
    read: Option<Moment>,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let zone = facts.chrome.zone();
        let tally = Tally::of(&facts.monitors);
        let mut lead = tally.sentence();
        let warned = checks(facts, true);
        if !warned.is_empty() {
            lead.push(Run { class: "partial", text: ", but our own check warns".to_owned() });
        }
        let open = rows::open(&facts.open);
        let row = |open: &&OpenIncident| OpenRow::new(open, facts.now);
        let works = rows::ahead(&facts.works);
        let looked = facts.monitors.iter().filter_map(|monitor| monitor.read_at).max();
        let stale = |at| facts.now.since(at) > STALE_S;
        let (unreadable, count) = unreadable(facts);
        let silent = vendors(facts, Blank::Silent);
        let plain = sentence::plain(&lead);
        Self {
            layout: Layout::new(&facts.chrome, Nav::Now, Some("/"), "Now", format!("{plain}."))
                .live(facts.query.live(), facts.now),
            empty: facts.monitors.is_empty() && facts.checks.is_empty(),
            unstated: unstated(&open),
            named: mentions::sentence(facts, &open),
            wished: wished(facts.wished),
            next: coming(&works, facts.now, &zone),
            looked: looked
                .map(|at| if stale(at) { Moment::lasting(at, facts.now) } else { Moment::ago(at, facts.now) }),
            stale: looked.is_some_and(stale),
            warned,
            checks: checks(facts, false),
            open_count: words::count(open.len(), "incident", "incidents"),
            open_beyond: beyond(open.len(), OPEN_IN_FULL + OPEN_FOLDED),
            folded: open.iter().skip(OPEN_IN_FULL).take(OPEN_FOLDED).map(row).collect(),
            open: open.iter().take(OPEN_IN_FULL).map(row).collect(),
            unreadable_more: (count > unreadable.len()).then(|| Link {
                href: Query::default().address(Some(Health::Unknown), 1),
                text: format!("all {}", words::number(count)),
            }),
            unreadable_count: words::count(count, "vendor", "vendors"),
            unreadable,
            silent_count: words::count(silent.len(), "vendor", "vendors"),
            silent_verb: if silent.len() == 1 { "does not say how it is" } else { "do not say how they are" },
            silent_beyond: beyond(silent.len(), SILENT_NAMED),
            silent: silent.iter().take(SILENT_NAMED).map(|monitor| Who::from(&monitor.provider)).collect(),
            works_beyond: beyond(works.len(), ASIDE_SHOWN),
            works: works.iter().take(ASIDE_SHOWN).map(|work| WorkRow::new(work, facts.now, &zone)).collect(),
            recent: recent(facts),
            ledger: Ledger::new(facts, &open),
            lead,
        }
    }
}

fn wished((mutes, overrides): (usize, usize)) -> String {
    let mutes = (mutes > 0).then(|| words::count(mutes, "mute", "mutes"));
    let overrides = (overrides > 0).then(|| words::count(overrides, "override", "overrides"));
    mutes.into_iter().chain(overrides).collect::<Vec<_>>().join(" and ")
}

/// Those that warn, or the others.
fn checks(facts: &Facts, warn: bool) -> Vec<CheckRow> {
    let those = facts.checks.iter().filter(|check| (check.health >= Health::Degraded) == warn);
    those.map(|check| CheckRow::new(check, facts.now)).collect()
}

fn beyond(count: usize, shown: usize) -> String {
    if count > shown { format!("and {} more", words::number(count - shown)) } else { String::new() }
}

fn recent(facts: &Facts) -> Vec<ClosedRow> {
    let closed = facts.recent.iter().filter(|closed| !closed.incident.sample && !closed.incident.is_open());
    closed.take(ASIDE_SHOWN).map(|closed| ClosedRow::new(closed, facts.now, &facts.chrome.zone())).collect()
}

fn unstated(open: &[&OpenIncident]) -> String {
    match open.iter().filter(|open| open.incident.impact.health().is_none()).count() {
        0 => String::new(),
        1 => "1 open incident states no impact.".to_owned(),
        many => format!("{} open incidents state no impact.", words::number(many)),
    }
}

/// At most one maintenance under way and one to come.
fn coming(works: &[&PlannedWork], now: Timestamp, zone: &TimeZone) -> Vec<Coming> {
    let running = works.iter().find(|work| rows::is_running(&work.maintenance, now));
    let next = works.iter().find(|work| work.maintenance.starts_at.is_some_and(|at| at > now));
    let label = |label, work: &&PlannedWork| Coming { label, row: WorkRow::new(work, now, zone) };
    running.map(|work| label("Under way", work)).into_iter().chain(next.map(|work| label("Next", work))).collect()
}

/// The first few that were asked and could not be read, and how many there are.
/// One monitor of each vendor of which nothing is known for this reason.
fn vendors(facts: &Facts, blank: Blank) -> Vec<&Monitor> {
    let mut all: Vec<&Monitor> = facts.monitors.iter().filter(|monitor| monitor.blank() == Some(blank)).collect();
    all.sort_by(|one, other| one.provider.slug.cmp(&other.provider.slug));
    all.dedup_by(|one, other| one.provider.slug == other.provider.slug);
    all
}

fn unreadable(facts: &Facts) -> (Vec<UnreadableRow>, usize) {
    let all = vendors(facts, Blank::Unreadable);
    let row = |monitor: &&Monitor| UnreadableRow {
        who: Who::from(&monitor.provider),
        reason: monitor.why(),
        last_known: monitor.last_known.filter(|health| *health != Health::Unknown).map(Sign::from),
        read: monitor.read_at.map(|at| Moment::ago(at, facts.now)),
    };
    (all.iter().take(UNREADABLE_SHOWN).map(row).collect(), all.len())
}
