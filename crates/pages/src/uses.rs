//! `/monitors/uses`: which vendors do you use?

use askama::Template;

use crate::form::{self, Choice, Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::words;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// What was pasted.
    pub text: String,
    /// `None`: nothing was looked for yet.
    pub found: Option<Found>,
    /// All groups, with whether each is ticked.
    pub groups: Vec<(String, bool)>,
    pub wrong: Vec<Wrong>,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Found {
    /// "a package.json"
    pub taken_for: &'static str,
    /// Names that were looked up.
    pub looked_at: usize,
    pub vendors: Vec<Vendor>,
    /// Names that nobody in the catalogue bears.
    pub unknown: Vec<String>,
}

/// A vendor that something points to.
#[derive(Clone, Debug)]
pub struct Vendor {
    pub slug: String,
    pub name: String,
    pub reasons: Vec<String>,
    /// There is a monitor of it.
    pub watched: bool,
    /// `None`: nobody has ticked anything yet.
    pub ticked: Option<bool>,
}

/// Names that nobody bears are listed up to this many.
const UNKNOWN: usize = 30;

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let wrong = &facts.wrong;
    let found = facts.found.as_ref();
    let vendors = found.map_or(&[][..], |found| &found.vendors);
    let unknown = found.map_or(&[][..], |found| &found.unknown);
    let more = unknown.len().saturating_sub(UNKNOWN);
    let mut names = unknown.iter().take(UNKNOWN).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 {
        names = format!("{names} and {more} more");
    }
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Monitors, None, "Which vendors do you use?", String::new()),
        text: Field::new("text", "Paste it", "lines")
            .value(&facts.text)
            .hint("A package.json, Cargo.toml, requirements.txt or go.mod, Terraform, DNS records or SPF, or names of vendors.")
            .wrong(wrong),
        file_errors: form::of("file", wrong),
        errors: Summary::new(
            wrong,
            &[("text", "What was pasted"), ("file", "File"), ("providers", "Vendors"), ("groups", "Groups")],
        ),
        said: found.map(said).unwrap_or_default(),
        vendors: vendors.iter().map(choice).collect(),
        unknown: names,
        groups: facts.groups.iter().map(|(name, chosen)| Choice::new(name, name, *chosen)).collect(),
        group_errors: form::of("groups", wrong),
    })
}

fn said(found: &Found) -> String {
    let what = match found.taken_for {
        "" => String::new(),
        kind => format!("This looks like {kind} with {}. ", words::count(found.looked_at, "name", "names")),
    };
    match found.vendors.len() {
        0 => format!("{what}It points to nobody in the catalogue."),
        count => format!("{what}It points to {}.", words::count(count, "vendor", "vendors")),
    }
}

fn choice(vendor: &Vendor) -> Choice {
    let watched = if vendor.watched { "; watched already" } else { "" };
    let hint = format!("{}{watched}", vendor.reasons.join(", "));
    Choice::new(&vendor.slug, &vendor.name, vendor.ticked.unwrap_or(!vendor.watched)).hint(&hint)
}

#[derive(Template, Debug)]
#[template(path = "pages/uses.html")]
struct Page {
    layout: Layout,
    text: Field,
    file_errors: Vec<String>,
    errors: Option<Summary>,
    said: String,
    vendors: Vec<Choice>,
    unknown: String,
    groups: Vec<Choice>,
    group_errors: Vec<String>,
}
