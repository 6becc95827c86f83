//! Instatus: `summary.json`, `v3/components.json`, `history.atom`. Empty lists are left out.

use serde_json::{Map, Value, json};
use tocsin_domain::{Health, MaintenanceStage};

use super::xml::{self, Entry, Head, escaped};
use super::{Body, words::milliseconds};
use crate::ids;
use crate::shown::{Shown, ShownIncident, ShownWork};

const FED: usize = 25;

pub fn body(shown: &Shown, path: &str) -> Option<Body> {
    match path {
        "summary.json" | "v3/summary.json" | "api/v2/summary.json" => Some(Body::json(&summary(shown))),
        "v2/components.json" | "v3/components.json" => Some(Body::json(&json!({ "components": components(shown) }))),
        "history.atom" => Some(Body::text("application/atom+xml", xml::atom(&head(shown), &entries(shown)))),
        "history.rss" => Some(Body::text("application/rss+xml", xml::rss(&head(shown), &entries(shown)))),
        _ => None,
    }
}

const fn word(health: Health) -> &'static str {
    match health {
        Health::Operational | Health::Unknown => "OPERATIONAL",
        Health::Degraded => "DEGRADEDPERFORMANCE",
        Health::PartialOutage => "PARTIALOUTAGE",
        Health::MajorOutage => "MAJOROUTAGE",
        Health::Maintenance => "UNDERMAINTENANCE",
    }
}

/// `UP`, `UNDERMAINTENANCE`, or how many are how badly off: `SOMEPARTIALOUTAGE`.
fn page_word(shown: &Shown) -> String {
    let health = shown.health();
    match health {
        Health::Operational | Health::Unknown => "UP".to_owned(),
        Health::Maintenance => "UNDERMAINTENANCE".to_owned(),
        _ => {
            let many = shown.parts.iter().filter(|part| part.health == health).count();
            let count = if many == shown.parts.len() {
                "ALL"
            } else if many == 1 {
                "ONE"
            } else {
                "SOME"
            };
            if many == 0 { "HASISSUES".to_owned() } else { format!("{count}{}", word(health)) }
        }
    }
}

fn id(shown: &Shown, kind: &str, key: &str) -> String {
    ids::cuid(&[kind, &shown.key, key])
}

fn part_id(shown: &Shown, place: usize) -> String {
    id(shown, "part", &place.to_string())
}

fn summary(shown: &Shown) -> Value {
    let mut summary = Map::new();
    summary.insert("page".to_owned(), json!({ "name": shown.name, "url": shown.base, "status": page_word(shown) }));
    let active: Vec<Value> =
        shown.incidents.iter().filter(|one| one.is_open()).map(|one| incident(shown, one)).collect();
    let works: Vec<Value> = shown.works.iter().filter(|one| !one.stage.is_over()).map(|one| work(shown, one)).collect();
    for (key, list) in [("activeIncidents", active), ("activeMaintenances", works)] {
        if !list.is_empty() {
            summary.insert(key.to_owned(), Value::Array(list));
        }
    }
    Value::Object(summary)
}

fn named(shown: &Shown, parts: &[usize]) -> Vec<Value> {
    shown
        .named(parts)
        .map(|(place, part)| json!({ "id": part_id(shown, place), "name": part.name, "status": word(part.health) }))
        .collect()
}

fn incident(shown: &Shown, one: &ShownIncident) -> Value {
    let id = id(shown, "incident", &one.key);
    json!({
        "id": id, "name": one.title, "started": milliseconds(one.started_at),
        "status": one.stage.word().to_uppercase(), "impact": one.impact.health().map_or("OPERATIONAL", word),
        "url": format!("{}/incident/{id}", shown.base), "updatedAt": milliseconds(one.updated_at),
        "components": named(shown, &one.parts),
    })
}

fn work(shown: &Shown, one: &ShownWork) -> Value {
    let id = id(shown, "work", &one.key);
    let status = match one.stage {
        MaintenanceStage::Scheduled => "NOTSTARTEDYET",
        MaintenanceStage::InProgress | MaintenanceStage::Verifying => "INPROGRESS",
        MaintenanceStage::Completed | MaintenanceStage::Cancelled => "COMPLETED",
    };
    json!({
        "id": id, "name": one.title, "start": milliseconds(one.starts_at), "status": status,
        "duration": (one.ends_at.since(one.starts_at) / 60).to_string(), "url": format!("{}/maintenance/{id}", shown.base),
        "updatedAt": milliseconds(one.updated_at), "components": named(shown, &one.parts),
    })
}

fn components(shown: &Shown) -> Vec<Value> {
    let row = |(place, part): (usize, &crate::shown::ShownPart)| {
        let group = part
            .group
            .as_deref()
            .map(|group| json!({ "id": id(shown, "group", group), "name": group, "description": "" }));
        json!({
            "id": part_id(shown, place), "name": part.name, "description": "", "status": word(part.health),
            "order": place, "isParent": false, "group": group,
        })
    };
    shown.parts.iter().enumerate().map(row).collect()
}

fn head(shown: &Shown) -> Head<'_> {
    Head {
        id: format!("tag:{},2005:/history", shown.base.split("//").nth(1).unwrap_or_default()),
        title: format!("{} Status - Incident history", shown.name),
        link: &shown.base,
        author: &shown.name,
        updated: shown.updated_at,
    }
}

/// `published` is the start, `updated` the last change; type and components stand in words before the updates.
fn entries(shown: &Shown) -> Vec<Entry> {
    let host = shown.base.split("//").nth(1).unwrap_or_default();
    let facts = |kind: &str, parts: &[usize]| {
        let names: Vec<String> = shown.named(parts).map(|(_, part)| escaped(&part.name)).collect();
        format!("<p><strong>Type:</strong> {kind}</p><p><strong>Affected Components:</strong> {}</p>", names.join(", "))
    };
    let incidents = shown.incidents.iter().map(|one| {
        let id = id(shown, "incident", &one.key);
        Entry {
            id: format!("tag:{host},2005:Incident/{id}"),
            title: one.title.clone(),
            link: format!("{}/incident/{id}", shown.base),
            published: one.started_at,
            updated: one.updated_at,
            content: facts("Incident", &one.parts) + &xml::incident_blocks(one),
        }
    });
    let works = shown.works.iter().map(|one| {
        let id = id(shown, "work", &one.key);
        Entry {
            id: format!("tag:{host},2005:Maintenance/{id}"),
            title: one.title.clone(),
            link: format!("{}/maintenance/{id}", shown.base),
            published: one.starts_at,
            updated: one.updated_at,
            content: facts("Maintenance", &one.parts) + &xml::work_blocks(one),
        }
    });
    let mut entries: Vec<Entry> = incidents.chain(works).collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.published));
    entries.truncate(FED);
    entries
}
