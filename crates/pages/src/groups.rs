//! `/groups`: what is told, and to which channels.

use askama::Template;
use tocsin_domain::Impact;
use uuid::Uuid;

use crate::layout::{Chrome, Layout, Nav, finish};
use crate::monitors::Gone;
use crate::words;

/// Names that a row shows.
const NAMED: usize = 4;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// In the order to show them.
    pub groups: Vec<Group>,
    /// What was deleted just now, and can come back.
    pub gone: Option<Gone>,
    /// Why something was not done.
    pub refused: Option<String>,
}

/// One group.
#[derive(Clone, Debug)]
pub struct Group {
    pub id: Uuid,
    pub name: String,
    /// Names.
    pub channels: Vec<String>,
    /// How many monitors tell it.
    pub monitors: usize,
    /// `None`: the defaults.
    pub events: Option<Vec<String>>,
    pub min_impact: Impact,
    /// Seconds.
    pub dwell_s: i64,
    pub declared: bool,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Groups, None, "Groups", String::new()),
        rows: facts.groups.iter().map(Row::new).collect(),
        gone: facts.gone.clone(),
        refused: facts.refused.clone(),
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/groups.html")]
struct Page {
    layout: Layout,
    rows: Vec<Row>,
    gone: Option<Gone>,
    refused: Option<String>,
}

#[derive(Clone, Debug)]
struct Row {
    id: Uuid,
    name: String,
    rule: String,
    channels: String,
    monitors: String,
    declared: bool,
}

impl Row {
    fn new(group: &Group) -> Self {
        let channels: Vec<&str> = group.channels.iter().map(String::as_str).collect();
        Self {
            id: group.id,
            name: group.name.clone(),
            rule: rule(group.events.as_deref(), group.min_impact, group.dwell_s),
            channels: words::names(&channels, NAMED),
            monitors: words::count(group.monitors, "monitor", "monitors"),
            declared: group.declared,
        }
    }
}

/// "the usual events, minor and above, after 10m"
pub(crate) fn rule(events: Option<&[String]>, min_impact: Impact, dwell_s: i64) -> String {
    let mut parts = vec![match events {
        None => "the usual events".to_owned(),
        Some([]) => "no events".to_owned(),
        Some(events) => words::names(&events.iter().map(String::as_str).collect::<Vec<_>>(), NAMED),
    }];
    if min_impact != Impact::None {
        parts.push(format!("{} and above", min_impact.word()));
    }
    if dwell_s > 0 {
        parts.push(format!("minor ones after {}", words::duration(dwell_s)));
    }
    parts.join(", ")
}
