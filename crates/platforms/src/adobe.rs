//! Adobe: `StatusEvents`, every event of the last 40 days, and `SnowServiceRegistry`, the products.
//!
//! Known from seven public clients; no capture was seen. Oddities: lists are objects by id, histories objects by seconds
//! since 1970, where `0` is no time; every product of an event has a history of its own, and the event is over when all
//! of them are; texts stand apart, by language and token, with `{startDateTime}` in them; the words' case varies.

use std::collections::BTreeSet;

use jiff::Timestamp as Precise;
use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::html;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, named_part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Adobe = Adobe;

pub(crate) struct Adobe;

const BASE: &str = "https://data.status.adobe.com/adobestatus";
const INCIDENTS: &str = "/incidentEvent/incidents";
const WORKS: &str = "/maintenanceEvent/maintenance";

impl Simple for Adobe {
    fn name(&self) -> &'static str {
        "adobe"
    }

    /// The page is a program: what it shows comes from another host.
    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let own = page.url.host_str().is_some_and(|host| host.ends_with("status.adobe.com"));
        let base = if own { BASE.to_owned() } else { page.at_root("adobestatus") };
        vec![
            HttpAsk::get("events", format!("{base}/StatusEvents")),
            HttpAsk::get("registry", format!("{base}/SnowServiceRegistry")),
        ]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["events"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        if lists_events(json) {
            return Some(Evidence { confidence: 96, seen: "`incidentEvent` and `maintenanceEvent`".to_owned() });
        }
        let of = |key: &str| json.get(key).and_then(Value::as_object);
        let is_product = |one: &Value| one.get("name").is_some_and(Value::is_string) && one.get("id").is_some();
        (of("clouds").is_some() && of("products").is_some_and(|all| all.values().any(is_product)))
            .then(|| Evidence { confidence: 90, seen: "Adobe's `clouds` and `products`".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        if !lists_events(json) {
            for (id, product) in root.fields("products", sheet) {
                product_of_registry(id, &product, sheet);
            }
            return;
        }
        let group = root.at("incidentEvent");
        let texts = Texts::of(&group);
        for (id, event) in group.fields("incidents", sheet) {
            incident(id, &event, &texts, sheet);
        }
        let group = root.at("maintenanceEvent");
        let texts = Texts::of(&group);
        for (id, event) in group.fields("maintenance", sheet) {
            work(id, &event, &texts, sheet);
        }
        sheet.open = true;
        let closed = sheet.incidents.iter().filter(|one| one.is_closed());
        sheet.history_since = closed.filter_map(|one| one.started_at).min();
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        sheet.components.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        if sheet.open {
            sheet.indicator = Some(Health::Operational);
            sheet.under_maintenance(now);
            return;
        }
        // Products say nothing of how they are.
        for component in &mut sheet.components {
            component.health = Health::Unknown;
        }
        sheet.problem("incomplete", "", "There is no list of events: nothing tells how the products are.");
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["status.adobe.com", "data.status.adobe.com"]
    }
}

fn lists_events(json: &Value) -> bool {
    [INCIDENTS, WORKS].iter().all(|place| json.pointer(place).is_some_and(Value::is_object))
}

fn product_of_registry(id: &str, product: &Node<'_>, sheet: &mut Sheet) {
    let name = product.string("name");
    if name.is_empty() {
        sheet.problem("bad_shape", product.place("name"), "The product has no name.");
    } else {
        sheet.component(id, name, Vec::new(), Health::Operational);
    }
}

/// The English texts of one kind of event.
struct Texts<'a>(Node<'a>);

impl<'a> Texts<'a> {
    fn of(group: &Node<'a>) -> Self {
        Self(group.at("messages").at("en"))
    }

    /// A text by its token, with the times that it leaves open.
    fn text(&self, token: &str, start: Option<Precise>, end: Option<Precise>) -> String {
        let entry = self.0.at(token);
        let text = entry.text("htmlMessage").or_else(|| entry.text("textMessage")).or_else(|| entry.own_text());
        let shown =
            |at: Option<Precise>| at.map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string()).unwrap_or_default();
        let text = text.unwrap_or_default().replace("{startDateTime}", &shown(start));
        text.replace("{endDateTime}", &shown(end))
    }
}

/// One product's part in an event.
struct Part<'a> {
    id: String,
    name: String,
    start: Option<Precise>,
    end: Option<Precise>,
    /// Oldest first.
    history: Vec<(i64, Node<'a>)>,
}

fn parts<'a>(event: &Node<'a>, sheet: &mut Sheet) -> Vec<Part<'a>> {
    let mut parts = Vec::new();
    for (id, product) in event.fields("products", sheet) {
        let mut history: Vec<(i64, Node<'a>)> = Vec::new();
        for (key, entry) in product.fields("history", sheet) {
            match key.parse() {
                Ok(at) => history.push((at, entry)),
                Err(_) => sheet.doubt(entry.place(""), "The history should be ordered by seconds."),
            }
        }
        history.sort_by_key(|(at, _)| *at);
        if history.is_empty() {
            sheet.doubt(product.place("history"), "The product's part in the event has no history.");
        }
        let (start, end) = (seconds(&product, "startedOn"), seconds(&product, "endedOn"));
        parts.push(Part { id: id.to_owned(), name: product.string("name"), start, end, history });
    }
    if parts.is_empty() {
        sheet.doubt(event.place("products"), "The event is of no product.");
    }
    parts.sort_by(|one, other| one.id.cmp(&other.id));
    parts
}

/// Seconds since 1970; `0` is no time.
fn seconds(node: &Node<'_>, key: &str) -> Option<Precise> {
    node.number(key).filter(|at| *at > 0).and_then(|at| Precise::from_second(at).ok())
}

fn named(parts: &[Part<'_>]) -> Vec<ComponentRef> {
    parts.iter().map(|one| named_part(one.id.clone(), one.name.clone())).collect()
}

/// The title of the last word that has one; else the products' names.
fn title(parts: &[Part<'_>], texts: &Texts<'_>, start: Option<Precise>, end: Option<Precise>) -> String {
    let mut entries: Vec<&(i64, Node<'_>)> = parts.iter().flat_map(|one| &one.history).collect();
    entries.sort_by_key(|(at, _)| *at);
    let titles = entries.iter().rev().map(|(_, entry)| texts.text(&entry.string("titleToken"), start, end));
    let found = titles.map(|title| html::to_text(&title)).find(|title| !title.is_empty());
    found.unwrap_or_else(|| parts.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", "))
}

/// What was said, once where it was said of many products.
fn updates<S: Copy + PartialEq>(
    parts: &[Part<'_>],
    texts: &Texts<'_>,
    times: (Option<Precise>, Option<Precise>),
    stage: impl Fn(&str) -> Option<S>,
) -> Vec<Draft<S>> {
    let mut drafts = Vec::new();
    let mut told = BTreeSet::new();
    for (at, entry) in parts.iter().flat_map(|one| &one.history) {
        let token = entry.string("messageToken");
        if !token.is_empty() && !told.insert(token.clone()) {
            continue;
        }
        let id = if token.is_empty() { entry.string("id") } else { token.clone() };
        let body = html::mixed_to_markdown(&texts.text(&token, times.0, times.1));
        let at = Precise::from_second(*at).ok();
        drafts.push(Draft { id, stage: stage(&entry.string("status")), at, stored_at: None, body });
    }
    drafts
}

fn incident(id: &str, event: &Node<'_>, texts: &Texts<'_>, sheet: &mut Sheet) {
    let parts = parts(event, sheet);
    let mut open = parts.is_empty();
    let (mut worst_open, mut worst): (Option<Impact>, Option<Impact>) = (None, None);
    for one in &parts {
        let Some((_, last)) = one.history.last() else {
            open = true;
            continue;
        };
        let over = sheet.word(last, "status", is_over).unwrap_or(false);
        open |= !over;
        let impact = sheet.word(last, "severity", severity);
        if !over {
            // Others of the event's products may be well again: each is as bad as its own last word.
            let health = impact.map_or(Some(Health::Degraded), Impact::health).unwrap_or(Health::Operational);
            sheet.component(one.id.clone(), one.name.clone(), Vec::new(), health);
        }
        worst = worst.max(impact);
        worst_open = worst_open.max(impact.filter(|_| !over));
    }
    let start = parts.iter().filter_map(|one| one.start).min();
    let end = parts.iter().filter_map(|one| one.end).max().filter(|_| !open);
    // One product is well again while others are not: that ends nothing.
    let stage_of = |word: &str| match is_over(word) {
        Some(true) if open => Some(Stage::Monitoring),
        Some(true) => Some(Stage::Resolved),
        Some(false) => None,
        None => None,
    };
    let mut updates = updates(&parts, texts, (start, end), stage_of);
    if let Some(first) = updates.iter_mut().min_by_key(|update| update.at).filter(|first| first.stage.is_none()) {
        first.stage = Some(Stage::Investigating);
    }
    let told = Told {
        id: id.to_owned(),
        title: title(&parts, texts, start, end),
        url: parts.first().map(|one| format!("https://status.adobe.com/products/{}/{id}", one.id)),
        impact: if open { worst_open } else { worst },
        stage: Some(if open { Stage::Investigating } else { Stage::Resolved }),
        started_at: start,
        resolved_at: end,
        components: named(&parts),
        updates,
    };
    sheet.incident(told, event);
}

/// Is the event over for the product?
fn is_over(word: &str) -> Option<bool> {
    Some(match word.to_ascii_lowercase().as_str() {
        "opened" | "started" | "updated" | "reopened" | "discovery" | "scheduled" => false,
        "closed" | "canceled" | "cancelled" | "completed" | "dismissed" => true,
        _ => return None,
    })
}

fn severity(word: &str) -> Option<Impact> {
    Some(match word.to_ascii_lowercase().as_str() {
        "maintenance" => Impact::None,
        "potential" | "trivial" | "minor" => Impact::Minor,
        "major" => Impact::Major,
        "critical" => Impact::Critical,
        _ => return None,
    })
}

fn work(id: &str, event: &Node<'_>, texts: &Texts<'_>, sheet: &mut Sheet) {
    let parts = parts(event, sheet);
    let start = seconds(event, "startedOn").or_else(|| seconds(event, "scheduledDate"));
    let start = start.or_else(|| parts.iter().filter_map(|one| one.start).min());
    let end = parts.iter().filter_map(|one| one.end).max().or_else(|| seconds(event, "completedOn"));
    let stage = if event.has("status") { sheet.word(event, "status", work_stage) } else { None };
    // The word may stay at "scheduled" while the work runs: where there is a window, the window tells.
    let has_window = start.is_some() && end.is_some();
    let planned = Planned {
        id: id.to_owned(),
        title: title(&parts, texts, start, end),
        url: parts.first().map(|one| format!("https://status.adobe.com/products/{}/{id}", one.id)),
        stage: stage.filter(|stage| !has_window || *stage != MaintenanceStage::Scheduled),
        starts_at: start,
        ends_at: end,
        components: named(&parts),
        updates: updates(&parts, texts, (start, end), work_stage),
    };
    sheet.work(planned, event);
}

fn work_stage(word: &str) -> Option<MaintenanceStage> {
    Some(match word.to_ascii_lowercase().as_str() {
        "scheduled" | "opened" | "discovery" => MaintenanceStage::Scheduled,
        "started" | "updated" | "reopened" => MaintenanceStage::InProgress,
        "completed" | "closed" => MaintenanceStage::Completed,
        "canceled" | "cancelled" | "dismissed" => MaintenanceStage::Cancelled,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_shows_comes_from_another_host() {
        let asked = |page: &str| {
            let page = PageAddress { url: page.parse().unwrap() };
            let asks = READER.asks(&page, &Memory::default(), "2026-03-03T00:00:00Z".parse().unwrap());
            asks.into_iter().map(|ask| ask.url).collect::<Vec<_>>()
        };
        let real = [
            "https://data.status.adobe.com/adobestatus/StatusEvents",
            "https://data.status.adobe.com/adobestatus/SnowServiceRegistry",
        ];
        assert_eq!(asked("https://status.adobe.com/cloud/creative_cloud"), real);
        assert_eq!(asked("http://127.0.0.1:9/")[0], "http://127.0.0.1:9/adobestatus/StatusEvents");
    }
}
