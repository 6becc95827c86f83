//! `/providers?q=`: who can be watched, and who is.

use askama::Template;
use tocsin_domain::{Health, ProviderRef, Timestamp};

use crate::layout::{Chrome, Layout, Nav, finish};
use crate::pager::Pager;
use crate::rows::Who;
use crate::sign::Sign;
use crate::{links, words};

/// Providers on one page: the caller cuts its list by this.
pub const PER_PAGE: usize = 100;

/// What the list is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    /// What was searched for; empty for all.
    pub query: String,
    /// Only of this category; empty for all.
    pub category: String,
    /// Every category, by name.
    pub categories: Vec<String>,
    /// Only what is watched.
    pub only_watched: bool,
    /// Those of this page, in the order to show them.
    pub entries: Vec<Entry>,
    /// How many match on all pages.
    pub total: usize,
    /// How many of those are watched; the caller puts them first.
    pub watched: usize,
    /// From 1.
    pub page: usize,
}

/// One provider.
#[derive(Clone, Debug)]
pub struct Entry {
    pub provider: ProviderRef,
    pub category: Option<String>,
    /// Host (and path) of its status page.
    pub page: String,
    /// How many monitors name it.
    pub monitors: usize,
    /// `None`: nobody here watches it.
    pub health: Option<Health>,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/providers.html")]
struct Page {
    layout: Layout,
    headline: String,
    watched: String,
    rows: Vec<Row>,
    pager: Pager,
    searched: bool,
    q: String,
    categories: Vec<Choice>,
    only_watched: bool,
}

#[derive(Clone, Debug)]
struct Choice {
    word: String,
    text: String,
    chosen: bool,
}

#[derive(Clone, Debug)]
struct Row {
    who: Who,
    category: String,
    page: String,
    monitors: String,
    sign: Option<Sign>,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let query = facts.query.trim();
        let pager = Pager::new(facts.total, PER_PAGE, facts.page, |page| {
            let page = if page > 1 { page.to_string() } else { String::new() };
            let watched = if facts.only_watched { "yes" } else { "" };
            let pairs = [("q", query), ("category", &facts.category), ("watched", watched), ("page", &page)];
            links::query("/providers", &pairs)
        });
        let narrowed = facts.only_watched || !facts.category.is_empty();
        let headline = match (query.is_empty(), facts.total) {
            (true, 0) if narrowed => "Nothing matches".to_owned(),
            (true, 0) => "No providers are known".to_owned(),
            (true, total) => words::count(total, "provider", "providers"),
            (false, 0) => format!("Nothing matches “{query}”"),
            (false, total) => format!("{} for “{query}”", words::count(total, "provider", "providers")),
        };
        let mut layout =
            Layout::new(&facts.chrome, Nav::Providers, Some("/providers"), "Providers", format!("{headline}."));
        query.clone_into(&mut layout.search);
        Self {
            layout,
            headline,
            watched: match facts.watched {
                0 => "None of them is watched.".to_owned(),
                all if all == facts.total && all > 1 => "All of them are watched.".to_owned(),
                some => format!("{} of them watched.", words::number(some)),
            },
            rows: facts.entries.iter().map(Row::new).collect(),
            pager,
            searched: !query.is_empty() || !facts.category.is_empty() || facts.only_watched,
            q: query.to_owned(),
            only_watched: facts.only_watched,
            categories: facts
                .categories
                .iter()
                .map(|word| Choice {
                    text: words::category(Some(word)),
                    chosen: *word == facts.category,
                    word: word.clone(),
                })
                .collect(),
        }
    }
}

impl Row {
    fn new(entry: &Entry) -> Self {
        Self {
            who: Who::from(&entry.provider),
            category: words::category(entry.category.as_deref()),
            page: links::short(&entry.page),
            monitors: if entry.monitors > 0 {
                words::count(entry.monitors, "monitor", "monitors")
            } else {
                String::new()
            },
            sign: entry.health.map(Sign::from),
        }
    }
}
