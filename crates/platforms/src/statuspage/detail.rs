//! One incident with all its words: `/incidents/<id>.json`, `api/v2/incidents/<id>.json`, and the incident's own page.

use jiff::Timestamp as Precise;
use scraper::{ElementRef, Html, Selector};
use serde_json::value::RawValue;
use tocsin_domain::maintenance::Work;
use tocsin_domain::{ComponentRef, MaintenanceStage, Page, Problem, Report, Stage, Update};

use super::json::{self, Part, Surface};
use super::wire::{self, Document, Text};
use crate::Payload;
use crate::kit::report::{self, Draft};
use crate::kit::words::{self, Phase};
use crate::kit::{decode, html};

/// What both kinds of JSON have: an incident alone, or one beside its page.
#[derive(Default, serde::Deserialize)]
#[serde(default)]
struct Outer<'a> {
    #[serde(borrow)]
    page: Option<&'a RawValue>,
    incident: Option<&'a RawValue>,
    page_id: Text<'a>,
    id: Text<'a>,
    incident_updates: Option<&'a RawValue>,
}

impl<'a> Outer<'a> {
    fn read(json: &'a str) -> Option<Self> {
        // A whole document is told apart without reading it.
        let lists = json.contains("\"incidents\"") || json.contains("\"scheduled_maintenances\"");
        if lists || !json.contains("\"incident_updates\"") {
            return None;
        }
        let outer: Self = serde_json::from_str(json).ok()?;
        match outer.incident {
            // Beside its page, which then bears the id.
            Some(inside) if outer.page_id.as_str().is_none() => {
                let inner: Self = serde_json::from_str(inside.get()).ok()?;
                let page = outer.page.and_then(|raw| serde_json::from_str::<wire::Page<'a>>(raw.get()).ok());
                let page_id = page.filter(|page| page.id.as_str().is_some()).map_or(inner.page_id, |page| page.id);
                Some(Self { page: outer.page, incident: Some(inside), page_id, ..inner })
            }
            _ => Some(outer),
        }
    }

    fn is_whole(&self) -> bool {
        self.id.as_str().is_some() && self.incident_updates.is_some_and(|list| list.get().starts_with('['))
    }
}

/// How sure it is that this is one incident of Statuspage's, by the id of the page that it names.
pub fn recognise_json(json: &str, confident: impl Fn(&str) -> Option<u8>) -> Option<u8> {
    let outer = Outer::read(json).filter(Outer::is_whole)?;
    // Only the exact form of the maker's ids is a mark here: nothing else in it is.
    outer.page_id.as_str().and_then(confident).filter(|sure| *sure >= 95).map(|sure| sure - 4)
}

/// What it says.
pub fn part_of_json(json: &str) -> Option<Part> {
    let outer = Outer::read(json)?;
    let incident: wire::Incident<'_> = serde_json::from_str(outer.incident.map_or(json, RawValue::get)).ok()?;
    let page = outer.page.and_then(|raw| serde_json::from_str(raw.get()).ok());
    let page = page.unwrap_or_else(|| wire::Page { id: outer.page_id.clone(), ..wire::Page::default() });
    let document = Document { page: Some(page), incidents: Some(vec![incident]), ..Document::default() };
    // One incident says nothing of the others.
    Some(Part { open: false, history_since: None, ..json::part(&document, Surface::Other, false) })
}

/// The marks of an incident's page, without parsing it.
pub fn recognise_page(payload: &Payload, text: &str) -> bool {
    text.contains("incident-updates-container")
        && address(payload, text).is_some()
        && text.contains("update-row")
        && text.contains("data-datetime-unix=")
        && !decode::is_cut_off(text)
        && !html::nests_too_deep(text)
}

/// The incident's public address: as the page names it, else where it came from.
fn address<'a>(payload: &'a Payload, text: &'a str) -> Option<&'a str> {
    let canonical = text.split_once("rel=\"canonical\"").and_then(|(_, rest)| {
        let (_, rest) = rest.split('>').next()?.split_once("href=\"")?;
        rest.split_once('"').map(|(address, _)| address)
    });
    canonical.into_iter().chain([payload.url.as_str()]).find(|address| json::incident_in(address).is_some())
}

/// What an incident's page says. `None` where nothing tells which incident it is.
pub fn part_of_page(payload: &Payload, text: &str) -> Option<Part> {
    let url = address(payload, text)?;
    let id = json::incident_in(url)?.to_owned();
    let document = Html::parse_document(text);
    let root = document.root_element();
    let named = first(root, ".incident-name")?;
    let mut part = Part::default();
    let subheader = first(root, ".subheader");
    let name = subheader.and_then(|one| first(one, "a")).map(words_of);
    part.page = Page { name, url: url.split("/incidents/").next().map(str::to_owned), ..Page::default() };
    let rows = select(root, ".incident-updates-container .update-row");
    let mut told: Vec<(Option<Phase>, Draft<()>)> = Vec::with_capacity(rows.len());
    for (index, row) in rows.into_iter().enumerate() {
        told.push(update(index, row, &mut part));
    }
    let title = words_of(named);
    let is_work = subheader.is_some_and(|one| words_of(one).starts_with("Scheduled Maintenance"))
        || told.iter().any(|(phase, _)| matches!(phase, Some(Phase::Work(_))));
    let components = first(root, ".components-affected").map(|one| affected(&words_of(one))).unwrap_or_default();
    let url = Some(url.to_owned());
    if is_work {
        let updates = ordered(told, None, |phase| match phase {
            Phase::Work(stage) => Some(stage),
            Phase::Incident(Stage::Resolved | Stage::Postmortem) => Some(MaintenanceStage::Completed),
            Phase::Incident(_) | Phase::Same => None,
        });
        let stage = report::last_work_stage(&updates);
        part.works.push(Work { id, title, url, stage, starts_at: None, ends_at: None, components, updates });
        return Some(part);
    }
    // A word nobody knows does not go on with an end.
    let updates = ordered(told, Some(Stage::Investigating), |phase| match phase {
        Phase::Incident(stage) => Some(stage),
        Phase::Work(_) | Phase::Same => None,
    });
    let stage = report::last_stage(&updates).or(Some(Stage::Investigating));
    let impact = named.value().classes().find_map(|class| class.strip_prefix("impact-")).and_then(words::impact);
    let (started_at, resolved_at) = (None, None);
    let mut report = Report { id, title, url, impact, stage, started_at, resolved_at, components, updates };
    report::settle(&mut report);
    part.incidents.push(report);
    Some(part)
}

/// One row: what it is called, when it was posted, what it says.
fn update(index: usize, row: ElementRef<'_>, part: &mut Part) -> (Option<Phase>, Draft<()>) {
    let place = format!(".update-row[{index}]");
    let word = first(row, ".update-title").map(words_of).unwrap_or_default();
    let phase = words::phase(&word);
    if phase.is_none() {
        part.problems.push(Problem::new("unknown_status", place.clone(), format!("`{word}` is no status we know.")));
    }
    let unix = first(row, "[data-datetime-unix]").and_then(|one| one.value().attr("data-datetime-unix"));
    let at = unix.and_then(|unix| unix.parse().ok()).and_then(|unix| Precise::from_millisecond(unix).ok());
    if at.is_none() {
        part.problems.push(Problem::new("bad_time", place, "Its date cannot be read."));
    }
    let body = first(row, ".update-body").map(|one| html::to_markdown(&one.inner_html())).unwrap_or_default();
    (phase, Draft { id: String::new(), stage: None, at, stored_at: None, body })
}

/// Rows stand newest first. `unknown`: the stage of a word that nobody knows.
fn ordered<S: Copy + PartialEq>(
    told: Vec<(Option<Phase>, Draft<()>)>,
    unknown: Option<S>,
    stage_of: impl Fn(Phase) -> Option<S>,
) -> Vec<Update<S>> {
    let draft = |(phase, draft): (Option<Phase>, Draft<()>)| Draft {
        id: draft.id,
        stage: phase.map_or(unknown, &stage_of),
        at: draft.at,
        stored_at: draft.stored_at,
        body: draft.body,
    };
    let mut updates = report::ordered(told.into_iter().rev().map(draft).collect());
    report::carry_stages(&mut updates);
    updates
}

/// `This incident affected: Calls, Chat.` Where a bracket stands, groups and names cannot be told apart.
fn affected(text: &str) -> Vec<ComponentRef> {
    let names = text.split_once(": ").map(|(_, names)| names.trim_end_matches('.')).unwrap_or_default();
    if names.contains('(') {
        return Vec::new();
    }
    let names = names.split(", ").map(str::trim).filter(|name| !name.is_empty());
    names.map(|name| ComponentRef { id: String::new(), name: name.to_owned() }).collect()
}

fn select<'a>(element: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|selector| element.select(&selector).collect()).unwrap_or_default()
}

fn first<'a>(element: ElementRef<'a>, selector: &str) -> Option<ElementRef<'a>> {
    select(element, selector).into_iter().next()
}

fn words_of(element: ElementRef<'_>) -> String {
    html::to_text(&element.text().collect::<Vec<_>>().join(" ").replace('<', "&lt;"))
}
