//! `/boards/new` and `/boards/{slug}/edit`: what is on a board, in which order, and who may look. Nothing is stored until it is
//! saved: searching, adding and taking away make the same form again, with what was typed so far.

use askama::Template;
use tocsin_domain::ProviderRef;
use tocsin_domain::board::Visibility;

use crate::find_provider::{Found, Row as FoundRow};
use crate::form::{self, Choice, Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::{links, words};

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// Slug and name of the board that is changed; `None`: it is to be made.
    pub board: Option<(String, String)>,
    pub name: String,
    /// As typed; empty: made of the name.
    pub slug: String,
    pub about: String,
    pub visibility: Visibility,
    pub entries: Vec<Entry>,
    /// What was searched for.
    pub query: String,
    /// The best matches.
    pub found: Vec<Found>,
    /// How many there are.
    pub total: usize,
    /// Monitored providers that are not on it yet.
    pub missing: usize,
    /// Strangers may read this instance.
    pub open_to_all: bool,
    pub wrong: Vec<Wrong>,
}

/// One provider, as it stands in the form.
#[derive(Clone, Debug)]
pub struct Entry {
    pub provider: ProviderRef,
    pub section: String,
    /// One a line.
    pub components: String,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/board_form.html")]
struct Page {
    layout: Layout,
    headline: String,
    action: String,
    back: String,
    fields: Vec<Field>,
    about: Field,
    choices: Vec<Choice>,
    visibility_errors: Vec<String>,
    rows: Vec<Row>,
    count: String,
    entry_errors: Vec<String>,
    query: String,
    said: String,
    found: Vec<FoundRow>,
    missing: String,
    delete: Option<String>,
    errors: Option<Summary>,
}

#[derive(Clone, Debug)]
struct Row {
    /// From 0.
    index: usize,
    slug: String,
    name: String,
    section: String,
    components: String,
    /// The same in a few words.
    scope: String,
    errors: Vec<String>,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let wrong = &facts.wrong;
        let back = facts.board.as_ref().map_or_else(|| "/boards".to_owned(), |(slug, _)| links::board(slug, "", ""));
        let headline = match &facts.board {
            Some((_, name)) => format!("Edit {name}"),
            None => "Make a board".to_owned(),
        };
        Self {
            layout: Layout::new(&facts.chrome, Nav::Boards, None, &headline, String::new()),
            headline,
            action: facts.board.as_ref().map_or_else(|| "/boards/new".to_owned(), |_| format!("{back}/edit")),
            delete: facts.board.as_ref().map(|_| format!("{back}/delete")),
            back,
            fields: vec![
                Field::new("name", "Name", "text")
                    .value(&facts.name)
                    .needed()
                    .hint("It stands above the board.")
                    .wrong(wrong),
                Field::new("slug", "Address", "text")
                    .value(&facts.slug)
                    .hint("The end of its address: a-z, 0-9 and -. Made of the name where you leave it empty.")
                    .wrong(wrong),
            ],
            about: Field::new("about", "What it is about", "text")
                .value(&facts.about)
                .hint("One line for those who look at it. May be empty.")
                .wrong(wrong),
            choices: Visibility::ALL
                .into_iter()
                .map(|one| {
                    let label = match one {
                        Visibility::Private => "The team",
                        Visibility::Link => "Whoever has the link",
                        Visibility::Public => "Everybody",
                    };
                    Choice::new(one.word(), label, one == facts.visibility).hint(match one {
                        Visibility::Private => "signed in",
                        Visibility::Link => "without signing in, and nothing else of yours; the link can be made anew",
                        Visibility::Public if facts.open_to_all => "who can reach this instance",
                        Visibility::Public => {
                            "who may read this instance: for now that is the team, because `public_read` is off"
                        }
                    })
                })
                .collect(),
            visibility_errors: form::of("visibility", wrong),
            rows: facts.entries.iter().enumerate().map(|(index, entry)| Row::new(index, entry, wrong)).collect(),
            count: words::count(facts.entries.len(), "provider", "providers"),
            entry_errors: wrong.iter().filter(|one| one.field == "entries").map(|one| one.text.clone()).collect(),
            query: facts.query.trim().to_owned(),
            said: said(facts),
            found: facts.found.iter().map(FoundRow::new).collect(),
            missing: match facts.missing {
                0 => String::new(),
                1 => "Add the one more that you monitor".to_owned(),
                many if facts.entries.is_empty() => format!("Add all {} that you monitor", words::number(many)),
                many => format!("Add the other {} that you monitor", words::number(many)),
            },
            errors: Summary::new(
                wrong,
                &[
                    ("name", "Name"),
                    ("slug", "Address"),
                    ("about", "What it is about"),
                    ("entries", "Providers"),
                    ("visibility", "Who may look"),
                ],
            ),
        }
    }
}

/// What the search found; empty where nothing was searched for.
fn said(facts: &Facts) -> String {
    let query = facts.query.trim();
    match (query.is_empty(), facts.total) {
        (true, _) => String::new(),
        (false, 0) => format!("Nothing in the catalogue matches “{query}”."),
        (false, total) if total > facts.found.len() => {
            format!("The best {} of {} for “{query}”.", facts.found.len(), words::number(total))
        }
        (false, total) => format!("{} for “{query}”.", words::count(total, "provider", "providers")),
    }
}

impl Row {
    fn new(index: usize, entry: &Entry, wrong: &[Wrong]) -> Self {
        let names: Vec<&str> = entry.components.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let at = format!("entries/{index}");
        Self {
            index,
            slug: entry.provider.slug.clone(),
            name: entry.provider.name.clone(),
            section: entry.section.clone(),
            components: entry.components.clone(),
            scope: if names.is_empty() { "everything".to_owned() } else { words::names(&names, 3) },
            errors: form::of(&at, wrong),
        }
    }
}
