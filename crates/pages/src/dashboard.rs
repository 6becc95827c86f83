//! `/`: one sentence first, then what is open, what cannot be read, what comes, and every monitor in a ledger.

use askama::Template;
use tocsin_domain::title;
use tocsin_domain::{Health, ProviderRef, Timestamp};

use crate::facts::{ClosedIncident, OpenIncident, PlannedWork};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::moment::Moment;
use crate::pager::Pager;
use crate::rows::{self, ClosedRow, OpenRow, Who, WorkRow};
use crate::sentence::{self, Run, Tally};
use crate::sign::Sign;
use crate::{links, words};

/// Rows of the ledger on one page.
const PER_PAGE: usize = 100;
/// Open incidents shown with their latest words; the rest is folded away, one line each.
const OPEN_IN_FULL: usize = 12;
/// Folded incidents at most.
const OPEN_FOLDED: usize = 200;
/// Unreadable vendors listed with their reasons; the ledger has them all.
const UNREADABLE_SHOWN: usize = 6;
/// Announced work and closed incidents listed beside the ledger.
const ASIDE_SHOWN: usize = 6;
/// Chosen components that a row names, and how many more its tooltip tells.
const SCOPE_NAMED: usize = 3;
const SCOPE_TOLD: usize = 24;
/// Without a good reading for this long (seconds), the page says that it may be old.
const STALE_S: i64 = 15 * 60;

/// What the dashboard is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    /// All of the team's monitors, in any order.
    pub monitors: Vec<Monitor>,
    /// Incidents that concern them and still run.
    pub open: Vec<OpenIncident>,
    /// Work that is announced or under way.
    pub works: Vec<PlannedWork>,
    /// Ended lately, newest first.
    pub recent: Vec<ClosedIncident>,
    pub query: Query,
}

/// One monitor with the health of what it watches.
#[derive(Clone, Debug)]
pub struct Monitor {
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
}

impl Monitor {
    /// Nobody has asked yet.
    pub(crate) fn is_pending(&self) -> bool {
        self.health == Health::Unknown && self.read_at.is_none() && self.reason.is_none()
    }
}

/// What the address asks of the ledger: `/?q=…&health=…&page=…`.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// Part of a vendor's or component's name, any case.
    pub q: String,
    pub health: Option<Health>,
    /// From 1; anything else is brought into range.
    pub page: usize,
}

impl Query {
    fn address(&self, health: Option<Health>, page: usize) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        let pairs = [("q", self.q.trim()), ("health", health.map_or("", Health::word)), ("page", &page)];
        format!("{}#monitors", links::query("/", &pairs))
    }

    fn matches_text(&self, monitor: &Monitor) -> bool {
        let wanted = self.q.trim().to_lowercase();
        wanted.is_empty()
            || monitor.provider.name.to_lowercase().contains(&wanted)
            || monitor.provider.slug.contains(&wanted)
            || monitor.components.iter().any(|name| name.to_lowercase().contains(&wanted))
    }
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
    next: Vec<Coming>,
    looked: Option<Moment>,
    stale: bool,
    open: Vec<OpenRow>,
    folded: Vec<OpenRow>,
    open_count: String,
    open_beyond: String,
    unreadable: Vec<UnreadableRow>,
    unreadable_count: String,
    unreadable_more: Option<Link>,
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

/// All monitors by health: some of them on this page.
#[derive(Clone, Debug)]
struct Ledger {
    chips: Vec<Chip>,
    groups: Vec<Group>,
    pager: Pager,
    q: String,
    health: &'static str,
    total: String,
    /// No monitor matches what was asked for.
    nothing: bool,
}

#[derive(Clone, Debug)]
struct Chip {
    href: String,
    class: &'static str,
    word: &'static str,
    count: String,
    current: bool,
}

#[derive(Clone, Debug)]
struct Group {
    sign: Sign,
    count: String,
    rows: Vec<MonitorRow>,
}

#[derive(Clone, Debug)]
struct MonitorRow {
    who: Who,
    scope: String,
    /// More of their names than `scope` has room for; empty where it names them all.
    all_parts: String,
    /// No component was chosen.
    everything: bool,
    note: Note,
    read: Option<Moment>,
}

/// Why a monitor is how it is.
#[derive(Clone, Debug, Default)]
struct Note {
    text: String,
    href: Option<String>,
    verbatim: String,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let tally = Tally::of(&facts.monitors);
        let lead = tally.sentence();
        let open = rows::open(&facts.open);
        let row = |open: &&OpenIncident| OpenRow::new(open, facts.now);
        let works = rows::ahead(&facts.works);
        let looked = facts.monitors.iter().filter_map(|monitor| monitor.read_at).max();
        let stale = |at| facts.now.since(at) > STALE_S;
        let (unreadable, count) = unreadable(facts);
        let plain = sentence::plain(&lead);
        Self {
            layout: Layout::new(&facts.chrome, Nav::Now, Some("/"), "Now", format!("{plain}.")),
            empty: facts.monitors.is_empty(),
            unstated: unstated(&open),
            next: coming(&works, facts.now),
            looked: looked
                .map(|at| if stale(at) { Moment::lasting(at, facts.now) } else { Moment::ago(at, facts.now) }),
            stale: looked.is_some_and(stale),
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
            works_beyond: beyond(works.len(), ASIDE_SHOWN),
            works: works.iter().take(ASIDE_SHOWN).map(|work| WorkRow::new(work, facts.now)).collect(),
            recent: recent(facts),
            ledger: Ledger::new(facts, &open),
            lead,
        }
    }
}

fn beyond(count: usize, shown: usize) -> String {
    if count > shown { format!("and {} more", words::number(count - shown)) } else { String::new() }
}

fn recent(facts: &Facts) -> Vec<ClosedRow> {
    let closed = facts.recent.iter().filter(|closed| !closed.incident.sample && !closed.incident.is_open());
    closed.take(ASIDE_SHOWN).map(|closed| ClosedRow::new(closed, facts.now)).collect()
}

fn unstated(open: &[&OpenIncident]) -> String {
    match open.iter().filter(|open| open.incident.impact.health().is_none()).count() {
        0 => String::new(),
        1 => "1 open incident states no impact.".to_owned(),
        many => format!("{} open incidents state no impact.", words::number(many)),
    }
}

/// At most one maintenance under way and one to come.
fn coming(works: &[&PlannedWork], now: Timestamp) -> Vec<Coming> {
    let running = works.iter().find(|work| rows::is_running(&work.maintenance, now));
    let next = works.iter().find(|work| work.maintenance.starts_at.is_some_and(|at| at > now));
    let label = |label, work: &&PlannedWork| Coming { label, row: WorkRow::new(work, now) };
    running.map(|work| label("Under way", work)).into_iter().chain(next.map(|work| label("Next", work))).collect()
}

/// The first few that were asked and could not be read, and how many there are.
fn unreadable(facts: &Facts) -> (Vec<UnreadableRow>, usize) {
    let mut all: Vec<&Monitor> =
        facts.monitors.iter().filter(|monitor| monitor.health == Health::Unknown && !monitor.is_pending()).collect();
    all.sort_by(|one, other| one.provider.slug.cmp(&other.provider.slug));
    all.dedup_by(|one, other| one.provider.slug == other.provider.slug);
    let row = |monitor: &&Monitor| UnreadableRow {
        who: Who::from(&monitor.provider),
        reason: reason(monitor),
        last_known: monitor.last_known.map(Sign::from),
        read: monitor.read_at.map(|at| Moment::ago(at, facts.now)),
    };
    (all.iter().take(UNREADABLE_SHOWN).map(row).collect(), all.len())
}

fn reason(monitor: &Monitor) -> String {
    match &monitor.reason {
        Some(reason) => reason.clone(),
        None if monitor.is_pending() => "Not read yet".to_owned(),
        None => "The page does not say how it is".to_owned(),
    }
}

impl Ledger {
    fn new(facts: &Facts, open: &[&OpenIncident]) -> Self {
        let query = &facts.query;
        let named: Vec<&Monitor> = facts.monitors.iter().filter(|monitor| query.matches_text(monitor)).collect();
        let mut shown: Vec<(&Monitor, String)> = named
            .iter()
            .filter(|monitor| query.health.is_none_or(|health| health == monitor.health))
            .map(|monitor| (*monitor, monitor.provider.name.to_lowercase()))
            .collect();
        shown.sort_by(|(one, name), (other, other_name)| {
            other.health.cmp(&one.health).then_with(|| (name, &one.components).cmp(&(other_name, &other.components)))
        });
        let pager = Pager::new(shown.len(), PER_PAGE, query.page, |page| query.address(query.health, page));
        let mut groups: Vec<Group> = Vec::new();
        for (monitor, _) in shown.iter().skip(pager.first).take(PER_PAGE) {
            let sign = Sign::from(monitor.health);
            if groups.last().is_none_or(|group| group.sign != sign) {
                let count = shown.iter().filter(|(other, _)| other.health == monitor.health).count();
                groups.push(Group { sign, count: words::number(count), rows: Vec::new() });
            }
            if let Some(group) = groups.last_mut() {
                group.rows.push(MonitorRow::new(monitor, facts, open));
            }
        }
        Self {
            chips: chips(query, &named),
            nothing: groups.is_empty() && !facts.monitors.is_empty(),
            groups,
            pager,
            q: query.q.trim().to_owned(),
            health: query.health.map_or("", Health::word),
            total: words::number(facts.monitors.len()),
        }
    }
}

/// One for each health that occurs, worst first, after one for all.
fn chips(query: &Query, named: &[&Monitor]) -> Vec<Chip> {
    let mut healths = Health::ALL;
    healths.sort_by_key(|health| std::cmp::Reverse(*health));
    let all = Chip {
        href: query.address(None, 1),
        class: "",
        word: "All",
        count: words::number(named.len()),
        current: query.health.is_none(),
    };
    let each = healths.into_iter().filter_map(|health| {
        let count = named.iter().filter(|monitor| monitor.health == health).count();
        let current = query.health == Some(health);
        let Sign { class, word } = Sign::from(health);
        let count_text = words::number(count);
        (count > 0 || current).then(|| Chip {
            href: query.address(Some(health), 1),
            class,
            word,
            count: count_text,
            current,
        })
    });
    std::iter::once(all).chain(each).collect()
}

impl MonitorRow {
    fn new(monitor: &Monitor, facts: &Facts, open: &[&OpenIncident]) -> Self {
        let names: Vec<&str> = monitor.components.iter().map(String::as_str).collect();
        Self {
            who: Who::from(&monitor.provider),
            scope: if names.is_empty() { "everything".to_owned() } else { words::names(&names, SCOPE_NAMED) },
            all_parts: if names.len() > SCOPE_NAMED { words::names(&names, SCOPE_TOLD) } else { String::new() },
            everything: names.is_empty(),
            note: Note::new(monitor, facts, open),
            read: monitor.read_at.map(|at| Moment::ago(at, facts.now)),
        }
    }
}

impl Note {
    fn new(monitor: &Monitor, facts: &Facts, open: &[&OpenIncident]) -> Self {
        match monitor.health {
            Health::Operational => Self::default(),
            Health::Unknown => {
                let last = monitor.last_known.map(|health| format!(", last known {}", health.label().to_lowercase()));
                let reason = reason(monitor);
                Self {
                    text: format!("{}{}", reason.trim_end_matches('.'), last.unwrap_or_default()),
                    ..Self::default()
                }
            }
            Health::Maintenance => facts
                .works
                .iter()
                .find(|work| {
                    work.provider.slug == monitor.provider.slug && rows::is_running(&work.maintenance, facts.now)
                })
                .map(|work| Self {
                    text: title::split(&work.maintenance.title).sentence,
                    href: None,
                    verbatim: work.maintenance.title.clone(),
                })
                .unwrap_or_default(),
            Health::Degraded | Health::PartialOutage | Health::MajorOutage => Self::trouble(monitor, open),
        }
    }

    /// The incident behind it: one that names a watched component before one that does not.
    fn trouble(monitor: &Monitor, open: &[&OpenIncident]) -> Self {
        let mine = || open.iter().filter(|open| open.provider.slug == monitor.provider.slug);
        let named =
            mine().find(|open| open.incident.components.iter().any(|part| monitor.components.contains(&part.name)));
        match named.or_else(|| mine().next()) {
            Some(open) => Self {
                text: title::split(&open.incident.title).sentence,
                href: Some(links::incident(open.incident.id)),
                verbatim: open.incident.title.clone(),
            },
            None => Self { text: "No incident published".to_owned(), ..Self::default() },
        }
    }
}
