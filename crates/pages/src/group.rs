//! `/groups/new` and `/groups/{id}`: a rule and its channels.

use askama::Template;
use tocsin_domain::EventKind;
use tocsin_domain::alert::Rule;
use uuid::Uuid;

use crate::form::{self, Choice, Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::rehearsal::Rehearsed;
use crate::rule::Said;
use crate::rule_form::{self, Section, Typed};
use crate::words;

/// Families of events, in the order to show them.
const FAMILIES: [(&str, &str); 5] = [
    ("incident", "Incidents"),
    ("maintenance", "Maintenances"),
    ("component", "Components"),
    ("page", "The status page itself"),
    ("channel", "Our own channels"),
];

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// `None`: it is to be added.
    pub id: Option<Uuid>,
    /// The rule in force, or what could be read of what was typed.
    pub rule: Rule,
    /// The texts of the fields.
    pub typed: Typed,
    /// Patterns; `None`: the usual ones.
    pub events: Option<Vec<String>>,
    /// Which events these patterns match.
    pub hears: Vec<EventKind>,
    /// All channels with their kinds, and whether each is told.
    pub channels: Vec<(String, String, bool)>,
    /// Names of the other groups, which can be told when nobody answers.
    pub others: Vec<String>,
    /// All categories of the catalogue.
    pub categories: Vec<String>,
    /// Tags that monitors have.
    pub tags: Vec<String>,
    /// Names of the providers whose monitors tell it.
    pub used_by: Vec<String>,
    pub declared: bool,
    /// What the rule would have said lately, where that was asked for.
    pub rehearsed: Option<Rehearsed>,
    pub said: Option<String>,
    pub wrong: Vec<Wrong>,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/group.html")]
struct Page {
    layout: Layout,
    headline: String,
    action: String,
    id: Option<Uuid>,
    name: Field,
    usual: bool,
    families: Vec<(&'static str, Vec<Choice>)>,
    event_errors: Vec<String>,
    impacts: Vec<Choice>,
    impact_errors: Vec<String>,
    sections: Vec<Section>,
    channels: Vec<Choice>,
    channel_errors: Vec<String>,
    used_by: String,
    rule: String,
    told: String,
    declared: bool,
    rehearsed: Option<Rehearsed>,
    said: Option<String>,
    errors: Option<Summary>,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let (wrong, typed) = (&facts.wrong, &facts.typed);
        let name = typed.text("name");
        let headline = if facts.id.is_some() { name.to_owned() } else { "Add a group".to_owned() };
        let title = if facts.id.is_some() { format!("Group {headline}") } else { headline.clone() };
        let told: Vec<&str> =
            facts.channels.iter().filter(|(.., told)| *told).map(|(name, ..)| name.as_str()).collect();
        let used_by: Vec<&str> = facts.used_by.iter().map(String::as_str).collect();
        let said = Said::of(&facts.rule);
        Self {
            layout: Layout::new(&facts.chrome, Nav::Groups, None, &title, String::new()),
            headline,
            action: facts.id.map_or_else(|| "/groups/new".to_owned(), |id| format!("/groups/{id}")),
            id: facts.id,
            name: Field::new("name", "Name", "text")
                .value(name)
                .needed()
                .hint("Whom it is for, like support-desk.")
                .wrong(wrong),
            usual: facts.events.is_none(),
            families: FAMILIES.iter().map(|(family, title)| (*title, events(family, &facts.hears))).collect(),
            event_errors: form::of("events", wrong),
            impacts: rule_form::impacts(typed.text("min_impact")),
            impact_errors: form::of("min_impact", wrong),
            sections: rule_form::sections(facts, &said),
            channels: facts
                .channels
                .iter()
                .map(|(name, kind, told)| Choice::new(name, name, *told).hint(kind))
                .collect(),
            channel_errors: form::of("channels", wrong),
            used_by: words::names(&used_by, 8),
            rule: said.text(),
            told: words::names(&told, told.len()),
            declared: facts.declared,
            rehearsed: facts.rehearsed.clone(),
            said: facts.said.clone(),
            errors: Summary::new(wrong, &rule_form::LABELS),
        }
    }

    fn try_at(&self) -> String {
        format!("{}/try", self.action)
    }
}

fn events(family: &str, hears: &[EventKind]) -> Vec<Choice> {
    let told =
        |kind: &&EventKind| kind.word().split('.').next() == Some(family) && **kind != EventKind::IncidentImported;
    EventKind::ALL
        .iter()
        .filter(told)
        .map(|kind| Choice::new(kind.word(), kind.label(), hears.contains(kind)))
        .collect()
}
