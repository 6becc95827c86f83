//! `/groups`: what is told, and to which channels.

use askama::Template;
use tocsin_domain::alert::Rule;
use uuid::Uuid;

use crate::layout::{Chrome, Layout, Nav, finish};
use crate::monitors::Gone;
use crate::origin::Origin;
use crate::rule::Said;
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
    pub rule: Rule,
    pub declared: bool,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Groups, None, "Groups", String::new()),
        rows: facts.groups.iter().map(Row::new).collect(),
        origin: Origin::of(facts.groups.iter().map(|group| group.declared)),
        gone: facts.gone.clone(),
        refused: facts.refused.clone(),
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/groups.html")]
struct Page {
    layout: Layout,
    rows: Vec<Row>,
    origin: Origin,
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
            rule: Said::of(&group.rule).text(),
            channels: words::names(&channels, NAMED),
            monitors: match group.monitors {
                0 => "no monitor".to_owned(),
                some => words::count(some, "monitor", "monitors"),
            },
            declared: group.declared,
        }
    }
}
