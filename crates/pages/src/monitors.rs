//! `/monitors`: what is watched, and for whom.

use askama::Template;
use tocsin_domain::{Health, ProviderRef};
use uuid::Uuid;

use crate::layout::{Chrome, Layout, Nav, finish};
use crate::origin::Origin;
use crate::pager::Pager;
use crate::rows::Who;
use crate::sign::Sign;
use crate::{links, words};

/// Monitors on one page: the caller cuts its list by this.
pub const PER_PAGE: usize = 100;
/// Names of components that a row shows.
const NAMED: usize = 3;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// What was searched for; empty for all.
    pub query: String,
    /// Those of this page.
    pub monitors: Vec<Monitor>,
    /// How many match on all pages.
    pub total: usize,
    /// From 1.
    pub page: usize,
    /// What was deleted just now, and can come back.
    pub gone: Option<Gone>,
    /// That many were added just now.
    pub added: Option<usize>,
    /// There is a channel; there is a group.
    pub has_channel: bool,
    pub has_group: bool,
}

/// One monitor.
#[derive(Clone, Debug)]
pub struct Monitor {
    pub id: Uuid,
    pub provider: ProviderRef,
    pub components: Vec<String>,
    /// Names.
    pub groups: Vec<String>,
    /// `None`: paused, or not watched for another reason.
    pub health: Option<Health>,
    pub paused: bool,
    pub declared: bool,
}

/// Something that was deleted.
#[derive(Clone, Debug)]
pub struct Gone {
    /// Path that a POST brings it back by.
    pub action: String,
    /// One sentence.
    pub said: String,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/monitors.html")]
struct Page {
    layout: Layout,
    query: String,
    said: String,
    rows: Vec<Row>,
    origin: Origin,
    pager: Pager,
    gone: Option<Gone>,
    added: Option<String>,
    has_channel: bool,
    has_group: bool,
}

#[derive(Clone, Debug)]
struct Row {
    id: Uuid,
    who: Who,
    components: String,
    /// It follows all of the provider.
    all: bool,
    groups: String,
    sign: Option<Sign>,
    paused: bool,
    declared: bool,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let query = facts.query.trim();
        let pager = Pager::new(facts.total, PER_PAGE, facts.page, |page| {
            let page = if page > 1 { page.to_string() } else { String::new() };
            links::query("/monitors", &[("q", query), ("page", &page)])
        });
        let said = match (query.is_empty(), facts.total) {
            (true, 0) => "Nothing is watched yet.".to_owned(),
            (true, total) => format!("{}.", words::count(total, "monitor", "monitors")),
            (false, 0) => format!("No monitor matches “{query}”."),
            (false, total) => format!("{} for “{query}”.", words::count(total, "monitor", "monitors")),
        };
        Self {
            layout: Layout::new(&facts.chrome, Nav::Monitors, None, "Monitors", String::new()),
            query: query.to_owned(),
            said,
            rows: facts.monitors.iter().map(Row::new).collect(),
            origin: Origin::of(facts.monitors.iter().map(|monitor| monitor.declared)),
            pager,
            gone: facts.gone.clone(),
            added: facts.added.map(|count| format!("{} added.", words::count(count, "monitor is", "monitors are"))),
            has_channel: facts.has_channel,
            has_group: facts.has_group,
        }
    }
}

impl Row {
    fn new(monitor: &Monitor) -> Self {
        let names: Vec<&str> = monitor.components.iter().map(String::as_str).collect();
        let groups: Vec<&str> = monitor.groups.iter().map(String::as_str).collect();
        Self {
            id: monitor.id,
            who: Who::from(&monitor.provider),
            components: if names.is_empty() { "everything".to_owned() } else { words::names(&names, NAMED) },
            all: names.is_empty(),
            groups: words::names(&groups, NAMED),
            sign: monitor.health.map(Sign::from),
            paused: monitor.paused,
            declared: monitor.declared,
        }
    }
}
