//! `/boards`: the boards there are, and how what they show is.

use askama::Template;
use tocsin_domain::Health;
use tocsin_domain::board::Visibility;

use crate::board::{sentence, who_sees};
use crate::dashboard::Monitor;
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::links;
use crate::monitors::Gone;
use crate::origin::Origin;
use crate::sign::Sign;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// By name.
    pub boards: Vec<Board>,
    /// Whoever looks may make and change them.
    pub may_change: bool,
    /// Strangers may read this instance.
    pub open_to_all: bool,
    /// How many providers are monitored.
    pub monitored: usize,
    /// What was deleted just now, and can come back.
    pub gone: Option<Gone>,
}

/// One board.
#[derive(Clone, Debug)]
pub struct Board {
    pub slug: String,
    pub name: String,
    pub about: String,
    pub visibility: Visibility,
    pub monitors: Vec<Monitor>,
    pub declared: bool,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let declared = facts.boards.iter().map(|board| board.declared);
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Boards, None, "Boards", String::new()),
        rows: facts.boards.iter().map(|board| Row::new(board, facts.open_to_all)).collect(),
        origin: if facts.may_change { Origin::of(declared) } else { Origin::of([].into_iter()) },
        may_change: facts.may_change,
        monitored: facts.monitored,
        gone: facts.gone.clone(),
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/boards.html")]
struct Page {
    layout: Layout,
    rows: Vec<Row>,
    origin: Origin,
    may_change: bool,
    monitored: usize,
    gone: Option<Gone>,
}

#[derive(Clone, Debug)]
struct Row {
    href: String,
    name: String,
    about: String,
    /// One word, and what it means here.
    visibility: &'static str,
    who: &'static str,
    sign: Option<Sign>,
    said: String,
    declared: bool,
}

impl Row {
    fn new(board: &Board, open_to_all: bool) -> Self {
        Self {
            href: links::board(&board.slug, "", ""),
            name: board.name.clone(),
            about: board.about.clone(),
            visibility: match board.visibility {
                Visibility::Private => "the team",
                Visibility::Link => "whoever has the link",
                Visibility::Public if open_to_all => "everybody",
                Visibility::Public => "the team, as reading is not open",
            },
            who: who_sees(board.visibility, open_to_all),
            sign: Health::worst(board.monitors.iter().map(|monitor| monitor.health)).map(Sign::from),
            said: sentence(&board.monitors),
            declared: board.declared,
        }
    }
}
