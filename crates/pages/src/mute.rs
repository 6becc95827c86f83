//! `/providers/{slug}/mute`: nothing is told of a provider, or of some components, for a while.

use askama::Template;
use tocsin_domain::{Component, ProviderRef};

use crate::form::{self, Choice, Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::rows::Who;
use crate::words;

/// Components that are shown at once; more are folded away by group.
const UNFOLDED: usize = 24;

/// How long people mute something, as the form's key takes it.
const SPANS: [(&str, &str); 5] =
    [("1h", "1 hour"), ("4h", "4 hours"), ("12h", "12 hours"), ("1d", "1 day"), ("7d", "1 week")];

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub provider: ProviderRef,
    /// In the page's own order.
    pub components: Vec<Component>,
    pub typed: Typed,
    pub wrong: Vec<Wrong>,
}

/// What somebody has filled in.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    /// Ids or names; empty: everything.
    pub components: Vec<String>,
    /// One of the spans, or empty.
    pub span: String,
    /// Another span.
    pub other: String,
    pub why: String,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let headline = format!("Mute {}", facts.provider.name);
    let typed = &facts.typed;
    let chosen = if typed.span.is_empty() && typed.other.is_empty() { "1h" } else { &typed.span };
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Providers, None, &headline, String::new()),
        who: Who::from(&facts.provider),
        action: format!("/providers/{}/mute", facts.provider.slug),
        headline,
        errors: Summary::new(&facts.wrong, &[("components", "What"), ("for", "For how long"), ("why", "Why")]),
        families: families(&facts.components, &typed.components),
        component_errors: form::of("components", &facts.wrong),
        spans: SPANS.iter().map(|(value, label)| Choice::new(value, label, *value == chosen)).collect(),
        span_errors: form::of("for", &facts.wrong),
        other: Field::new("other", "Or another time", "text").value(&typed.other).hint("Like 90m, 6h or 3d."),
        why: Field::new("why", "Why", "text")
            .value(&typed.why)
            .hint("For the others of your team: it stands beside every mute.")
            .wrong(&facts.wrong),
    })
}

/// Components by group, those that are chosen in sight.
fn families(components: &[Component], chosen: &[String]) -> Vec<Family> {
    let mut families: Vec<Family> = Vec::new();
    for component in components {
        let value = if component.id.is_empty() { &component.name } else { &component.id };
        let choice = Choice::new(value, &component.name, chosen.contains(value));
        let name = component.group.join(" › ");
        match families.iter_mut().find(|family| family.name == name) {
            Some(family) => family.choices.push(choice),
            None => families.push(Family { name, open: false, count: String::new(), choices: vec![choice] }),
        }
    }
    for family in &mut families {
        family.open = components.len() <= UNFOLDED || family.choices.iter().any(|choice| choice.chosen);
        family.count = words::count(family.choices.len(), "component", "components");
        if family.name.is_empty() && components.len() > UNFOLDED {
            "Without a group".clone_into(&mut family.name);
        }
    }
    families
}

#[derive(Template, Debug)]
#[template(path = "pages/mute.html")]
struct Page {
    layout: Layout,
    who: Who,
    action: String,
    headline: String,
    errors: Option<Summary>,
    families: Vec<Family>,
    component_errors: Vec<String>,
    spans: Vec<Choice>,
    span_errors: Vec<String>,
    other: Field,
    why: Field,
}

#[derive(Clone, Debug)]
struct Family {
    name: String,
    open: bool,
    count: String,
    choices: Vec<Choice>,
}
