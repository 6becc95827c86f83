//! The page's own `summary`: what it draws itself from. All components with their groups, those that are affected, the
//! open incidents with all their updates, and the announced maintenances. No impacts.

use serde::Deserialize;
use serde_json::value::RawValue;
use tocsin_domain::maintenance::Work;
use tocsin_domain::{Component, ComponentRef, Health, Page, Problem, Report, Stage, Timestamp};

use crate::kit::report::{self, Draft};
use crate::kit::words;
use crate::kit::{dates, html};
use crate::statuspage::json::Part;
use crate::statuspage::{Text, is_ulid};

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    summary: &'a RawValue,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Summary<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    name: Text<'a>,
    public_url: Text<'a>,
    components: Option<Vec<Leaf<'a>>>,
    structure: Option<Structure<'a>>,
    affected_components: Option<Vec<Affected<'a>>>,
    ongoing_incidents: Option<Vec<&'a RawValue>>,
    in_progress_maintenances: Option<Vec<&'a RawValue>>,
    scheduled_maintenances: Option<Vec<&'a RawValue>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Structure<'a> {
    #[serde(borrow)]
    items: Option<Vec<Item<'a>>>,
}

/// A component or a group of components.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Item<'a> {
    #[serde(borrow)]
    component: Option<Leaf<'a>>,
    group: Option<Group<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Group<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    hidden: Option<bool>,
    components: Option<Vec<Leaf<'a>>>,
}

/// `component_id` in the structure, `id` in the list.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Leaf<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    component_id: Text<'a>,
    name: Text<'a>,
    hidden: Option<bool>,
}

/// `status` is the worst so far, `current_status` the one now.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Affected<'a> {
    #[serde(borrow)]
    component_id: Text<'a>,
    status: Text<'a>,
    current_status: Text<'a>,
}

/// An incident or a maintenance.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Event<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    name: Text<'a>,
    status: Text<'a>,
    published_at: Text<'a>,
    updates: Option<Vec<Said<'a>>>,
    affected_components: Option<Vec<Affected<'a>>>,
    component_impacts: Option<Vec<Span<'a>>>,
    status_summaries: Option<Vec<Span<'a>>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Said<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    published_at: Text<'a>,
    message_string: Text<'a>,
    to_status: Text<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Span<'a> {
    #[serde(borrow)]
    start_at: Text<'a>,
    end_at: Text<'a>,
}

/// A `summary` with a ULID for its id and a list of what is affected.
pub fn recognise(json: &str) -> bool {
    let Ok(envelope) = serde_json::from_str::<Envelope<'_>>(json) else { return false };
    let summary: Summary<'_> = serde_json::from_str(envelope.summary.get()).unwrap_or_default();
    summary.id.as_str().is_some_and(is_ulid) && summary.affected_components.is_some()
}

/// What `proxy/<host>` says. The caller has made sure of its anchor.
pub fn part(json: &str) -> Part {
    serde_json::from_str::<Envelope<'_>>(json).map(|envelope| summary_part(envelope.summary.get())).unwrap_or_default()
}

/// What the object says.
pub fn summary_part(json: &str) -> Part {
    let mut part = Part::default();
    let summary: Summary<'_> = match serde_json::from_str(json) {
        Ok(summary) => summary,
        Err(error) => {
            part.doubtful = true;
            part.problems.push(Problem::new("bad_shape", "summary", error.to_string()));
            return part;
        }
    };
    part.page = Page {
        id: summary.id.option(),
        name: summary.name.option(),
        url: summary.public_url.option(),
        time_zone: None,
    };
    part.open = summary.ongoing_incidents.is_some();
    components(&summary, &mut part);
    let lists = [
        ("ongoing_incidents", &summary.ongoing_incidents),
        ("in_progress_maintenances", &summary.in_progress_maintenances),
        ("scheduled_maintenances", &summary.scheduled_maintenances),
    ];
    for (list, events) in lists {
        for (index, raw) in events.iter().flatten().enumerate() {
            event(raw.get(), &format!("{list}[{index}]"), list == "ongoing_incidents", &mut part);
        }
    }
    part
}

fn components(summary: &Summary<'_>, part: &mut Part) {
    let items = summary.structure.iter().filter_map(|structure| structure.items.as_ref()).flatten();
    for item in items {
        if let Some(leaf) = &item.component {
            component(leaf, &[], leaf.hidden == Some(true), summary, part);
        }
        if let Some(group) = &item.group {
            let path: Vec<String> = group.name.option().into_iter().collect();
            for leaf in group.components.iter().flatten() {
                component(leaf, &path, leaf.hidden == Some(true) || group.hidden == Some(true), summary, part);
            }
        }
    }
    for leaf in summary.components.iter().flatten() {
        component(leaf, &[], leaf.hidden == Some(true), summary, part);
    }
}

/// A component that is listed and not affected is operational: that is how this format says so. Where it does not say
/// what is affected, nothing is known.
fn component(leaf: &Leaf<'_>, group: &[String], hidden: bool, summary: &Summary<'_>, part: &mut Part) {
    let Some(id) = leaf.component_id.as_str().or(leaf.id.as_str()) else { return };
    if part.components.iter().any(|known| known.id == id) {
        return;
    }
    let affected = summary.affected_components.as_deref();
    let mut health = if affected.is_some() { Health::Operational } else { Health::Unknown };
    for (index, one) in affected.unwrap_or_default().iter().enumerate() {
        if one.component_id.as_str() != Some(id) {
            continue;
        }
        let word = one.current_status.as_str().or(one.status.as_str());
        let known = word.and_then(words::component_health);
        if known.is_none() {
            let place = format!("summary.affected_components[{index}].status");
            part.problems.push(unknown(&place, word.unwrap_or("nothing")));
        }
        health = health.max(known.unwrap_or(Health::Unknown));
    }
    part.components.push(Component {
        id: id.to_owned(),
        name: leaf.name.as_str().unwrap_or(id).to_owned(),
        group: group.to_vec(),
        health,
        hidden_while_operational: hidden,
    });
}

fn event(json: &str, place: &str, is_incident: bool, part: &mut Part) {
    let event: Event<'_> = match serde_json::from_str(json) {
        Ok(event) => event,
        Err(error) => {
            part.doubtful = true;
            part.problems.push(Problem::new("bad_shape", place, error.to_string()));
            return;
        }
    };
    let Some(id) = event.id.option() else {
        part.doubtful = true;
        part.problems.push(Problem::new("bad_shape", place, "It has no id."));
        return;
    };
    let url = part.page.url.as_ref().map(|page| format!("{}/incidents/{id}", page.trim_end_matches('/')));
    let word = event.status.as_str();
    if word.is_none_or(|word| words::phase(word).is_none()) {
        part.problems.push(unknown(&format!("{place}.status"), word.unwrap_or("nothing")));
    }
    let scope = scope(&event, &part.components);
    if !is_incident || word.is_some_and(|word| words::maintenance_stage(word).is_some() && words::stage(word).is_none())
    {
        let (starts_at, ends_at) = window(&event);
        let updates = report::ordered(drafts(&event, words::maintenance_stage));
        let stage = word.and_then(words::maintenance_stage).or_else(|| report::last_work_stage(&updates));
        let title = event.name.owned();
        part.works.push(Work { id, title, url, stage, starts_at, ends_at, components: scope, updates });
        return;
    }
    let updates = report::ordered(drafts(&event, words::stage));
    let mut report = Report {
        id,
        title: event.name.owned(),
        url,
        impact: None,
        // It stands among the ongoing ones: a word we do not know does not end it.
        stage: word.and_then(words::stage).or(Some(Stage::Investigating)),
        started_at: event.published_at.as_str().and_then(dates::parse).map(|instant| Timestamp::from_jiff(instant.at)),
        resolved_at: None,
        components: scope,
        updates,
    };
    report::settle(&mut report);
    part.incidents.push(report);
}

fn drafts<S>(event: &Event<'_>, stage_of: impl Fn(&str) -> Option<S>) -> Vec<Draft<S>> {
    let updates = event.updates.iter().flatten();
    let read = |said: &Said<'_>| {
        let at = said.published_at.as_str().and_then(dates::parse).map(|instant| instant.at);
        let body = said.message_string.as_str().map(html::tidy).unwrap_or_default();
        Draft { id: said.id.owned(), stage: said.to_status.as_str().and_then(&stage_of), at, stored_at: at, body }
    };
    updates.map(read).collect()
}

fn scope(event: &Event<'_>, components: &[Component]) -> Vec<ComponentRef> {
    let ids = event.affected_components.iter().flatten().filter_map(|one| one.component_id.as_str());
    let named = ids.map(|id| {
        let name = components.iter().find(|known| known.id == id).map_or(id, |known| known.name.as_str());
        ComponentRef { id: id.to_owned(), name: name.to_owned() }
    });
    named.collect()
}

/// From the first start to the last end of its impacts; open where one of them is.
fn window(event: &Event<'_>) -> (Option<Timestamp>, Option<Timestamp>) {
    let impacts = event.component_impacts.as_deref().filter(|spans| !spans.is_empty());
    let spans = impacts.or(event.status_summaries.as_deref()).unwrap_or_default();
    let time = |text: &Text<'_>| text.as_str().and_then(dates::parse).map(|instant| Timestamp::from_jiff(instant.at));
    let starts = spans.iter().filter_map(|span| time(&span.start_at)).min();
    let ends: Option<Vec<Timestamp>> = spans.iter().map(|span| time(&span.end_at)).collect();
    (starts, ends.and_then(|ends| ends.into_iter().max()))
}

fn unknown(place: &str, word: &str) -> Problem {
    Problem::new("unknown_status", place, format!("`{word}` is no status we know."))
}
