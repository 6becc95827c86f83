//! `/providers/{slug}/override`: how a provider is, by those who know better than its page.

use askama::Template;
use tocsin_domain::{Component, Health, ProviderRef};

use crate::form::{self, Choice, Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::rows::Who;
use crate::sign::Sign;

/// Until when people say it, as the form's field takes it.
const ENDS: [(&str, &str); 4] = [
    ("change", "Until the page says something else"),
    ("4h", "For 4 hours"),
    ("1d", "For 1 day"),
    ("lock", "Until somebody ends it"),
];

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub provider: ProviderRef,
    pub components: Vec<Component>,
    /// What its page says.
    pub said: Health,
    pub typed: Typed,
    pub wrong: Vec<Wrong>,
}

/// What somebody has filled in.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    pub component: String,
    /// A health's word.
    pub health: String,
    pub ends: String,
    pub why: String,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let headline = format!("Say how {} is", facts.provider.name);
    let typed = &facts.typed;
    let ends = if typed.ends.is_empty() { "change" } else { &typed.ends };
    let labels = [("component", "What"), ("health", "How it is"), ("for", "Until when"), ("why", "Why")];
    let all = Choice::new("", &format!("{} as a whole", facts.provider.name), typed.component.is_empty());
    let parts = facts.components.iter().map(|part| {
        let value = if part.id.is_empty() { &part.name } else { &part.id };
        let place = if part.group.is_empty() { String::new() } else { format!(" ({})", part.group.join(" › ")) };
        Choice::new(value, &format!("{}{place}", part.name), typed.component == *value)
    });
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Providers, None, &headline, String::new()),
        who: Who::from(&facts.provider),
        action: format!("/providers/{}/override", facts.provider.slug),
        headline,
        said: facts.said.into(),
        errors: Summary::new(&facts.wrong, &labels),
        components: std::iter::once(all).chain(parts).collect(),
        component_errors: form::of("component", &facts.wrong),
        healths: Health::ALL
            .iter()
            .map(|health| ((*health).into(), health.word(), typed.health == health.word()))
            .collect(),
        health_errors: form::of("health", &facts.wrong),
        ends: ENDS.iter().map(|(value, label)| Choice::new(value, label, *value == ends)).collect(),
        why: Field::new("why", "Why", "text")
            .value(&typed.why)
            .hint("What you know and the page does not say. It stands beside the health.")
            .wrong(&facts.wrong),
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/instead.html")]
struct Page {
    layout: Layout,
    who: Who,
    action: String,
    headline: String,
    said: Sign,
    errors: Option<Summary>,
    components: Vec<Choice>,
    component_errors: Vec<String>,
    healths: Vec<(Sign, &'static str, bool)>,
    health_errors: Vec<String>,
    ends: Vec<Choice>,
    why: Field,
}
