//! `/monitors/new`: whom to watch. A search over the catalogue, or the address of a page that is not in it.

use askama::Template;
use tocsin_domain::ProviderRef;

use crate::form::{Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::words;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub query: String,
    /// The best matches.
    pub found: Vec<Found>,
    /// How many there are.
    pub total: usize,
    /// What was typed about a page of one's own.
    pub name: String,
    pub page: String,
    pub wrong: Vec<Wrong>,
}

/// A provider that fits the search.
#[derive(Clone, Debug)]
pub struct Found {
    pub provider: ProviderRef,
    pub category: Option<String>,
    /// How many monitors watch it already.
    pub monitors: usize,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let wrong = &facts.wrong;
    let query = facts.query.trim();
    let said = match (query.is_empty(), facts.total) {
        (true, _) => "Some of the best known; search for others.".to_owned(),
        (false, 0) => format!("Nothing in the catalogue matches “{query}”. Give the address of its status page below."),
        (false, total) if total > facts.found.len() => {
            format!("The best {} of {} for “{query}”.", facts.found.len(), words::number(total))
        }
        (false, total) => format!("{} for “{query}”.", words::count(total, "provider", "providers")),
    };
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Monitors, None, "Add a monitor", String::new()),
        query: query.to_owned(),
        said,
        rows: facts.found.iter().map(Row::new).collect(),
        errors: Summary::new(wrong, &[("name", "Name"), ("page", "Address of its status page")]),
        fields: vec![
            Field::new("name", "Name", "text").value(&facts.name).needed().hint("What people call it.").wrong(wrong),
            Field::new("page", "Address of its status page", "url")
                .value(&facts.page)
                .needed()
                .hint("Like https://status.example.com. What it is made with is found out by itself.")
                .wrong(wrong),
        ],
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/find_provider.html")]
struct Page {
    layout: Layout,
    query: String,
    said: String,
    rows: Vec<Row>,
    errors: Option<Summary>,
    fields: Vec<Field>,
}

/// One that was found, as it is shown.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) slug: String,
    pub(crate) name: String,
    pub(crate) about: String,
}

impl Row {
    pub(crate) fn new(found: &Found) -> Self {
        let category = words::category(found.category.as_deref());
        let watched = match found.monitors {
            0 => String::new(),
            count => format!("{} already", words::count(count, "monitor", "monitors")),
        };
        let about: Vec<String> = [category, watched].into_iter().filter(|part| !part.is_empty()).collect();
        Self { slug: found.provider.slug.clone(), name: found.provider.name.clone(), about: about.join(" · ") }
    }
}
