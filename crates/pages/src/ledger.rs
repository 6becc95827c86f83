//! The ledger: all monitors by health, some of them on a page, and what the address asks of it.

use tocsin_domain::{Health, Timestamp, title};

use crate::dashboard::{Facts, Monitor};
use crate::facts::{OpenIncident, PlannedWork};
use crate::moment::Moment;
use crate::pager::Pager;
use crate::rows::{self, Who};
use crate::sign::Sign;
use crate::{links, words};

/// Rows of the ledger on one page.
const PER_PAGE: usize = 100;
/// Chosen components that a row names, and how many more its tooltip tells.
const SCOPE_NAMED: usize = 3;
const SCOPE_TOLD: usize = 24;

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
    pub(crate) fn address(&self, health: Option<Health>, page: usize) -> String {
        let page = if page > 1 { page.to_string() } else { String::new() };
        let pairs = [("q", self.q.trim()), ("health", health.map_or("", Health::word)), ("page", &page)];
        format!("{}#monitors", links::query("/", &pairs))
    }

    /// Where the changes of this very view are streamed.
    pub(crate) fn live(&self) -> String {
        let page = if self.page > 1 { self.page.to_string() } else { String::new() };
        let pairs = [("q", self.q.trim()), ("health", self.health.map_or("", Health::word)), ("page", &page)];
        links::query("/live/now", &pairs)
    }

    /// What is searched for, in lower case.
    fn wanted(&self) -> String {
        self.q.trim().to_lowercase()
    }
}

/// All monitors by health: some of them on this page.
#[derive(Clone, Debug)]
pub(crate) struct Ledger {
    pub(crate) chips: Vec<Chip>,
    pub(crate) groups: Vec<Group>,
    pub(crate) pager: Pager,
    pub(crate) q: String,
    pub(crate) health: &'static str,
    pub(crate) total: String,
    /// No monitor matches what was asked for.
    pub(crate) nothing: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Chip {
    pub(crate) href: String,
    pub(crate) class: &'static str,
    pub(crate) word: &'static str,
    pub(crate) count: String,
    pub(crate) current: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub(crate) sign: Sign,
    pub(crate) count: String,
    pub(crate) rows: Vec<MonitorRow>,
}

#[derive(Clone, Debug)]
pub(crate) struct MonitorRow {
    pub(crate) id: String,
    pub(crate) who: Who,
    pub(crate) scope: String,
    /// More of their names than `scope` has room for; empty where it names them all.
    pub(crate) all_parts: String,
    /// No component was chosen.
    pub(crate) everything: bool,
    pub(crate) note: Note,
    pub(crate) read: Option<Moment>,
    /// `muted`, `muted in part`, or nothing.
    pub(crate) muted: &'static str,
}

/// Why a monitor is how it is.
#[derive(Clone, Debug, Default)]
pub(crate) struct Note {
    pub(crate) text: String,
    pub(crate) href: Option<String>,
    pub(crate) verbatim: String,
}

impl Ledger {
    pub(crate) fn new(facts: &Facts, open: &[&OpenIncident]) -> Self {
        let query = &facts.query;
        let wanted = query.wanted();
        let named: Vec<&Monitor> = facts.monitors.iter().filter(|monitor| holds(monitor, &wanted)).collect();
        let mut shown: Vec<(&Monitor, String)> = named
            .iter()
            .filter(|monitor| query.health.is_none_or(|health| health == monitor.health))
            .map(|monitor| (*monitor, monitor.provider.name.to_lowercase()))
            .collect();
        shown.sort_by(|(one, name), (other, other_name)| {
            let worst_first = (other.health, other.blank()).cmp(&(one.health, one.blank()));
            worst_first.then_with(|| (name, &one.components).cmp(&(other_name, &other.components)))
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

/// Whether a vendor or a watched component is called so.
fn holds(monitor: &Monitor, wanted: &str) -> bool {
    wanted.is_empty()
        || monitor.provider.slug.contains(wanted)
        || monitor.provider.name.to_lowercase().contains(wanted)
        || monitor.components.iter().any(|name| name.to_lowercase().contains(wanted))
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
            id: monitor.id.clone(),
            who: Who::from(&monitor.provider),
            scope: if names.is_empty() { "everything".to_owned() } else { words::names(&names, SCOPE_NAMED) },
            all_parts: if names.len() > SCOPE_NAMED { words::names(&names, SCOPE_TOLD) } else { String::new() },
            everything: names.is_empty(),
            note: Note::new(monitor, &facts.works, facts.now, open),
            read: monitor.read_at.map(|at| Moment::ago(at, facts.now)),
            muted: monitor.wishes.tag(),
        }
    }
}

impl Note {
    pub(crate) fn new(monitor: &Monitor, works: &[PlannedWork], now: Timestamp, open: &[&OpenIncident]) -> Self {
        if monitor.wishes.instead.is_some() {
            return Self { text: monitor.wishes.said(monitor.health), ..Self::default() };
        }
        match monitor.health {
            Health::Operational => Self::default(),
            Health::Unknown => {
                let known = monitor.last_known.filter(|health| *health != Health::Unknown);
                let last = known.map(|health| format!(", last known {}", health.label().to_lowercase()));
                let reason = monitor.why();
                Self {
                    text: format!("{}{}", reason.trim_end_matches('.'), last.unwrap_or_default()),
                    ..Self::default()
                }
            }
            Health::Maintenance => works
                .iter()
                .find(|work| work.provider.slug == monitor.provider.slug && rows::is_running(&work.maintenance, now))
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
