//! `/monitors/new?provider=` and `/monitors/{id}`: which components, and who is told.

use std::collections::{BTreeMap, HashMap};

use askama::Template;
use tocsin_domain::title::{self, SplitTitle};
use tocsin_domain::{Component, Health, Incident, ProviderRef};
use uuid::Uuid;

use crate::form::{self, Choice, Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::rows::Who;
use crate::sign::Sign;
use crate::words;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// `None`: it is to be added.
    pub id: Option<Uuid>,
    pub provider: ProviderRef,
    /// What its page lists; empty while it was not read.
    pub known: Vec<Component>,
    /// Names, ids and globs that are chosen.
    pub chosen: Vec<String>,
    /// All groups, with whether each is told.
    pub groups: Vec<(String, bool)>,
    /// Its tags as they stand in the field, apart by commas.
    pub tags: String,
    /// Nobody is told: it only keeps people aware.
    pub aware: bool,
    pub paused: bool,
    pub declared: bool,
    /// `None`: not watched.
    pub health: Option<Health>,
    pub reason: Option<String>,
    /// What is open and concerns it.
    pub open: Vec<Incident>,
    /// Its groups can be told of that once.
    pub may_tell: bool,
    /// Address of its status page, where it was given by hand and can be changed.
    pub own_page: Option<String>,
    /// What was done just now.
    pub said: Option<String>,
    pub wrong: Vec<Wrong>,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/monitor.html")]
struct Page {
    layout: Layout,
    headline: String,
    action: String,
    id: Option<Uuid>,
    who: Who,
    slug: String,
    families: Vec<Family>,
    others: Field,
    groups: Vec<Choice>,
    group_errors: Vec<String>,
    told: String,
    component_list: String,
    tags: Field,
    aware: bool,
    aware_errors: Vec<String>,
    paused: bool,
    declared: bool,
    sign: Option<Sign>,
    reason: String,
    open: Vec<Open>,
    trouble: String,
    may_tell: bool,
    own_page: Option<Field>,
    tell: String,
    said: Option<String>,
    errors: Option<Summary>,
}

/// The components of one group of the page.
#[derive(Clone, Debug, Default)]
struct Family {
    /// Empty: those in no group.
    name: String,
    /// The group as a whole.
    whole: Option<Choice>,
    choices: Vec<Choice>,
    open: bool,
    first: bool,
}

/// An open incident.
#[derive(Clone, Debug)]
struct Open {
    href: String,
    title: SplitTitle,
    verbatim: String,
}

impl Open {
    fn new(incident: &Incident) -> Self {
        let href = format!("/incidents/{}", incident.id);
        Self { href, title: title::split(&incident.title), verbatim: incident.title.clone() }
    }
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let (families, rest) = families(&facts.known, &facts.chosen);
        let name = &facts.provider.name;
        let headline = if facts.id.is_some() { name.clone() } else { format!("Watch {name}") };
        let heading = if facts.id.is_some() { format!("Monitor of {name}") } else { headline.clone() };
        let told: Vec<&str> = facts.groups.iter().filter(|(_, told)| *told).map(|(name, _)| name.as_str()).collect();
        let chosen: Vec<&str> = facts.chosen.iter().map(String::as_str).collect();
        let hint = if facts.known.is_empty() {
            "One a line. Its components are offered here once its page was read. Nothing means everything."
        } else {
            "One a line: names, groups, or patterns like “API *”. Nothing chosen here or above means everything."
        };
        Self {
            layout: Layout::new(&facts.chrome, Nav::Monitors, None, &heading, String::new()),
            headline,
            action: facts.id.map_or_else(|| "/monitors/new".to_owned(), |id| format!("/monitors/{id}")),
            id: facts.id,
            who: Who::from(&facts.provider),
            slug: facts.provider.slug.clone(),
            families,
            others: Field::new("components", "Names and patterns", "lines")
                .value(&rest.join("\n"))
                .hint(hint)
                .wrong(&facts.wrong),
            groups: facts.groups.iter().map(|(name, told)| Choice::new(name, name, *told)).collect(),
            group_errors: form::of("groups", &facts.wrong),
            component_list: if chosen.is_empty() { "Everything".to_owned() } else { chosen.join(", ") },
            tags: Field::new("tags", "Tags", "text")
                .value(&facts.tags)
                .hint("Apart by commas, like prod, eu. Groups can ask for some tags only.")
                .wrong(&facts.wrong),
            aware: facts.aware,
            aware_errors: form::of("aware", &facts.wrong),
            paused: facts.paused,
            declared: facts.declared,
            sign: facts.health.filter(|_| !facts.paused).map(Sign::from),
            reason: facts.reason.clone().unwrap_or_default(),
            open: facts.open.iter().map(Open::new).collect(),
            trouble: trouble(name, facts.open.len()),
            may_tell: facts.may_tell,
            own_page: facts.own_page.as_ref().map(|page| {
                Field::new("page", "Address of its status page", "url").value(page).needed().wrong(&facts.wrong)
            }),
            tell: format!("Tell {} once", words::names(&told, 3)),
            told: words::names(&told, told.len()),
            said: facts.said.clone(),
            errors: Summary::new(
                &facts.wrong,
                &[
                    ("provider", "Provider"),
                    ("components", "Names and patterns"),
                    ("groups", "Groups"),
                    ("aware", "Only keep us aware"),
                    ("tags", "Tags"),
                    ("page", "Address of its status page"),
                ],
            ),
        }
    }
}

fn trouble(name: &str, open: usize) -> String {
    match open {
        0 => String::new(),
        1 => format!("{name} has trouble right now: an incident is open that concerns this monitor."),
        many => format!("{name} has trouble right now: {many} incidents are open that concern this monitor."),
    }
}

/// What is known, family by family, with what is chosen of it; and what is chosen beyond it.
fn families(known: &[Component], chosen: &[String]) -> (Vec<Family>, Vec<String>) {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for component in known {
        *times.entry(component.name.as_str()).or_default() += 1;
    }
    let mut rest: Vec<String> = chosen.to_vec();
    let mut take = |value: &str| {
        let before = rest.len();
        rest.retain(|one| !one.eq_ignore_ascii_case(value));
        rest.len() < before
    };
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut families: Vec<Family> = Vec::new();
    for component in known {
        let name = component.group.last().cloned().unwrap_or_default();
        let place = *places.entry(name.clone()).or_insert_with(|| {
            let whole = (!name.is_empty()).then(|| Choice::new(&name, &format!("All of {name}"), take(&name)));
            families.push(Family { name, whole, ..Family::default() });
            families.len() - 1
        });
        let unique = times.get(component.name.as_str()) == Some(&1);
        let value = if unique { &component.name } else { &component.id };
        let picked = take(value) || (unique && take(&component.id));
        let choice = Choice::new(value, &component.name, picked);
        let choice = match component.health {
            Health::Operational => choice,
            other => choice.hint(&other.label().to_lowercase()),
        };
        if let Some(family) = families.get_mut(place) {
            family.choices.push(choice);
        }
    }
    for (index, family) in families.iter_mut().enumerate() {
        family.first = index == 0;
        let picked = family.whole.iter().chain(&family.choices).any(|choice| choice.chosen);
        family.open = picked || known.len() <= 24;
    }
    (families, rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(id: &str, name: &str, group: &str) -> Component {
        let group = Some(group.to_owned()).into_iter().filter(|group| !group.is_empty()).collect();
        Component {
            id: id.to_owned(),
            name: name.to_owned(),
            group,
            health: Health::Operational,
            hidden_while_operational: false,
        }
    }

    #[test]
    fn what_is_known_is_ticked_and_what_is_not_stays_as_written() {
        let known =
            [part("c1", "Voice", ""), part("c2", "API", "EU"), part("c3", "API", "US"), part("c4", "Chat", "US")];
        let chosen = ["voice", "c3", "EU", "Fax *"].map(str::to_owned);
        let (families, rest) = families(&known, &chosen);
        assert_eq!(rest, ["Fax *"]);
        let ticked: Vec<&str> = families
            .iter()
            .flat_map(|family| family.whole.iter().chain(&family.choices))
            .filter(|choice| choice.chosen)
            .map(|choice| choice.value.as_str())
            .collect();
        assert_eq!(ticked, ["Voice", "EU", "c3"], "two of one name are told apart by their id");
    }
}
