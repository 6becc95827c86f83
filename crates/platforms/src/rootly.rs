//! Rootly: `api/v1/status.json` and `incidents.json` on a page's own domain.
//! Known from the vendor's documentation; no capture was seen.
//!
//! Oddities: it looks like Statuspage without ids: a page has none, an incident only its address; incidents are those
//! that are open, their status is that of the work on them ("mitigated"), the stage that people are told stands in the
//! updates; components are not told.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, MaintenanceStage, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body};
use crate::kit::simple::{Body, Simple};
use crate::kit::words::{self, Phase};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Rootly = Rootly;

pub(crate) struct Rootly;

impl Simple for Rootly {
    fn name(&self) -> &'static str {
        "rootly"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let incidents = format!("{}?per_page=100", page.at_root("api/v1/incidents.json"));
        vec![HttpAsk::get("incidents", incidents), HttpAsk::get("status", page.at_root("api/v1/status.json"))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["status"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        let page = json.get("page")?;
        let of_page = |key: &str| page.get(key).is_some();
        let incidents = json.get("incidents")?.as_array()?;
        // Statuspage and its kin have ids, and components beside.
        if of_page("id") || !of_page("time_zone") || !of_page("updated_at") || json.get("components").is_some() {
            return None;
        }
        let has = |one: &Value, key: &str| one.get(key).is_some();
        let is_ours = |one: &Value| !has(one, "id") && has(one, "url") && has(one, "incident_updates");
        if json.get("status").is_some_and(|status| has(status, "indicator")) {
            let confidence = if incidents.iter().any(is_ours) { 92 } else { 80 };
            return Some(Evidence {
                confidence,
                seen: "`status.indicator` and `incidents` of a page without an id".to_owned(),
            });
        }
        incidents
            .iter()
            .any(is_ours)
            .then(|| Evidence { confidence: 85, seen: "incidents without ids of a page without one".to_owned() })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        let page = root.at("page");
        sheet.page.name = page.text("name").map(|text| text.into_owned());
        sheet.page.url = page.text("url").map(|text| text.into_owned());
        sheet.page.time_zone = page.text("time_zone").map(|text| text.into_owned());
        if root.has("status") {
            sheet.indicator = Some(sheet.health(&root.at("status"), "indicator", indicator));
            sheet.open = true;
        } else if payload.key == "status" {
            sheet.doubt("status", "The page should say how it is.");
        }
        for row in root.objects("incidents", sheet) {
            told(&row, now, sheet);
        }
    }

    fn probes(&self) -> &'static [&'static str] {
        &["api/v1/status.json"]
    }
}

fn indicator(word: &str) -> Option<Health> {
    Some(match word {
        "none" => Health::Operational,
        "minor" => Health::Degraded,
        "major" | "critical" => Health::MajorOutage,
        "maintenance" => Health::Maintenance,
        _ => return None,
    })
}

/// Where the work on it stands.
#[derive(Clone, Copy)]
enum Work {
    Open(Option<Stage>),
    Over,
    Planned(MaintenanceStage),
}

fn work(word: &str) -> Option<Work> {
    Some(match word {
        "in_triage" | "started" | "detected" | "acknowledged" => Work::Open(None),
        "mitigated" => Work::Open(Some(Stage::Monitoring)),
        "resolved" | "closed" | "cancelled" => Work::Over,
        "scheduled" => Work::Planned(MaintenanceStage::Scheduled),
        "in_progress" => Work::Planned(MaintenanceStage::InProgress),
        "verifying" => Work::Planned(MaintenanceStage::Verifying),
        "completed" => Work::Planned(MaintenanceStage::Completed),
        _ => {
            return match words::stage(word)? {
                stage if stage.is_terminal() => Some(Work::Over),
                stage => Some(Work::Open(Some(stage))),
            };
        }
    })
}

fn told(row: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let state = sheet.word(row, "status", work);
    let mut updates = Vec::new();
    for update in row.objects("incident_updates", sheet) {
        let said = sheet.word(&update, "status", words::phase);
        // A word nobody knows is no end.
        let stage = said.or_else(|| update.has("status").then_some(Phase::Incident(Stage::Investigating)));
        let at = sheet.time(&update, "created_at");
        updates.push(Draft { id: String::new(), stage, at, stored_at: None, body: body(&update, "body") });
    }
    let is_work = |update: &Draft<Phase>| matches!(update.stage, Some(Phase::Work(_)));
    if matches!(state, Some(Work::Planned(_))) || (!updates.is_empty() && updates.iter().all(is_work)) {
        planned(row, state, updates, sheet);
    } else {
        incident(row, state, updates, now, sheet);
    }
}

/// The last part of its address is all that names it.
fn id_and_url(row: &Node<'_>) -> (String, Option<String>) {
    let url = row.string("url");
    let id =
        url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    (id.to_owned(), Some(url.clone()).filter(|url| url.starts_with("http")))
}

fn incident(row: &Node<'_>, state: Option<Work>, updates: Vec<Draft<Phase>>, now: Timestamp, sheet: &mut Sheet) {
    let (id, url) = id_and_url(row);
    let end = sheet.time(row, "resolved_at").filter(|at| Timestamp::from_jiff(*at) <= now);
    let updates = staged(updates, |phase| match phase {
        Phase::Incident(stage) => Some(stage),
        Phase::Work(_) | Phase::Same => None,
    });
    let over = end.is_some() || matches!(state, Some(Work::Over));
    let last = updates.iter().filter(|update| update.stage.is_some()).max_by_key(|update| update.at);
    let said = last.and_then(|update| update.stage);
    let stage = match state {
        _ if over => Some(Stage::Resolved),
        // What people are told is finer, where anything is.
        Some(Work::Open(stage)) if said.is_none() => stage.or(Some(Stage::Investigating)),
        // Nobody knows what its own word means: an update does not end it.
        None if row.has("status") && said.is_some_and(Stage::is_terminal) => Some(Stage::Investigating),
        _ => None,
    };
    let told = Told {
        id,
        title: row.string("name"),
        url,
        impact: sheet.word(row, "impact", words::impact),
        stage,
        started_at: sheet.time(row, "started_at"),
        resolved_at: end,
        components: Vec::new(),
        updates,
    };
    sheet.open_incident(told, row);
}

fn planned(row: &Node<'_>, state: Option<Work>, updates: Vec<Draft<Phase>>, sheet: &mut Sheet) {
    let (id, url) = id_and_url(row);
    let stage = match state {
        Some(Work::Planned(stage)) => Some(stage),
        Some(Work::Over) => Some(MaintenanceStage::Completed),
        Some(Work::Open(_)) | None => None,
    };
    let planned = Planned {
        id,
        title: row.string("name"),
        url,
        stage,
        starts_at: sheet.time(row, "scheduled_for").or_else(|| sheet.time(row, "started_at")),
        ends_at: sheet.time(row, "scheduled_until").or_else(|| sheet.time(row, "resolved_at")),
        components: Vec::new(),
        updates: staged(updates, |phase| match phase {
            Phase::Work(stage) => Some(stage),
            Phase::Incident(stage) if stage.is_terminal() => Some(MaintenanceStage::Completed),
            Phase::Incident(_) | Phase::Same => None,
        }),
    };
    sheet.work(planned, row);
}

fn staged<S>(updates: Vec<Draft<Phase>>, stage: impl Fn(Phase) -> Option<S>) -> Vec<Draft<S>> {
    let one = |draft: Draft<Phase>| Draft {
        id: draft.id,
        stage: draft.stage.and_then(&stage),
        at: draft.at,
        stored_at: draft.stored_at,
        body: draft.body,
    };
    updates.into_iter().map(one).collect()
}
