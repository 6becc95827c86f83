//! `/groups/new` and `/groups/{id}`: a rule and its channels.

use askama::Template;
use tocsin_domain::{EventKind, Impact};
use uuid::Uuid;

use crate::form::{self, Choice, Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::words;

/// Families of events, in the order to show them.
const FAMILIES: [(&str, &str); 4] = [
    ("incident", "Incidents"),
    ("maintenance", "Maintenances"),
    ("component", "Components"),
    ("page", "The status page itself"),
];

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// `None`: it is to be added.
    pub id: Option<Uuid>,
    pub name: String,
    /// Patterns; `None`: the usual ones.
    pub events: Option<Vec<String>>,
    /// Which events these patterns match.
    pub hears: Vec<EventKind>,
    /// The word as it was typed.
    pub min_impact: String,
    /// As it was typed, like `10m`.
    pub dwell: String,
    /// All channels with their kinds, and whether each is told.
    pub channels: Vec<(String, String, bool)>,
    /// Names of the providers whose monitors tell it.
    pub used_by: Vec<String>,
    pub declared: bool,
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
    dwell: Field,
    channels: Vec<Choice>,
    channel_errors: Vec<String>,
    used_by: String,
    rule: String,
    told: String,
    declared: bool,
    said: Option<String>,
    errors: Option<Summary>,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let wrong = &facts.wrong;
        let headline = if facts.id.is_some() { facts.name.clone() } else { "Add a group".to_owned() };
        let title = if facts.id.is_some() { format!("Group {headline}") } else { headline.clone() };
        let told: Vec<&str> =
            facts.channels.iter().filter(|(.., told)| *told).map(|(name, ..)| name.as_str()).collect();
        let used_by: Vec<&str> = facts.used_by.iter().map(String::as_str).collect();
        let least = Impact::ALL.into_iter().find(|impact| impact.word() == facts.min_impact).unwrap_or_default();
        Self {
            layout: Layout::new(&facts.chrome, Nav::Groups, None, &title, String::new()),
            headline,
            action: facts.id.map_or_else(|| "/groups/new".to_owned(), |id| format!("/groups/{id}")),
            id: facts.id,
            name: Field::new("name", "Name", "text")
                .value(&facts.name)
                .needed()
                .hint("Whom it is for, like support-desk.")
                .wrong(wrong),
            usual: facts.events.is_none(),
            families: FAMILIES.iter().map(|(family, title)| (*title, events(family, &facts.hears))).collect(),
            event_errors: form::of("events", wrong),
            impacts: impacts(&facts.min_impact),
            impact_errors: form::of("min_impact", wrong),
            dwell: Field::new("dwell", "Wait before telling a minor incident", "text")
                .value(&facts.dwell)
                .hint("Like 10m: what is over by then is not told. Major ones are never held back.")
                .wrong(wrong),
            channels: facts
                .channels
                .iter()
                .map(|(name, kind, told)| Choice::new(name, name, *told).hint(kind))
                .collect(),
            channel_errors: form::of("channels", wrong),
            used_by: words::names(&used_by, 8),
            rule: crate::groups::rule(facts.events.as_deref(), least, 0),
            told: words::names(&told, told.len()),
            declared: facts.declared,
            said: facts.said.clone(),
            errors: Summary::new(
                wrong,
                &[
                    ("name", "Name"),
                    ("channels", "Channels"),
                    ("events", "Events"),
                    ("min_impact", "Least impact"),
                    ("dwell", "Wait before telling"),
                ],
            ),
        }
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

fn impacts(chosen: &str) -> Vec<Choice> {
    let label = |impact: Impact| match impact {
        Impact::None => "Every incident",
        Impact::Minor => "Minor and worse",
        Impact::Major => "Major and worse",
        Impact::Critical => "Critical only",
    };
    Impact::ALL.into_iter().map(|impact| Choice::new(impact.word(), label(impact), impact.word() == chosen)).collect()
}
