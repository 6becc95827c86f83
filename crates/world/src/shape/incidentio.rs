//! incident.io: the imitation of `api/v2`, the page's own `proxy/<host>`, and `feed.atom`.

use serde_json::{Value, json};
use tocsin_domain::{Health, MaintenanceStage, Stage, Timestamp};

use super::xml::{self, Entry, Head, escaped};
use super::{Body, words};
use crate::ids;
use crate::shown::{Shown, ShownIncident, ShownWork};

const LISTED: usize = 50;
const FED: usize = 25;

pub fn body(shown: &Shown, path: &str) -> Option<Body> {
    let json = match path {
        "api/v2/summary.json" => json!({
            "page": page(shown), "status": status(shown), "components": components(shown),
            "incidents": incidents(shown, |one| one.is_open()),
        }),
        "api/v2/status.json" => json!({ "page": page(shown), "status": status(shown) }),
        "api/v2/components.json" => json!({ "page": page(shown), "components": components(shown) }),
        "api/v2/incidents.json" => json!({ "page": page(shown), "incidents": incidents(shown, |_| true) }),
        "feed.atom" | "feed.rss" => return Some(feed(shown, path.ends_with("atom"))),
        _ => native(shown, path)?,
    };
    Some(Body::json(&json))
}

/// ULIDs hang on a moment; a page and its parts were made long ago.
fn made() -> Timestamp {
    Timestamp::from_second(1_704_164_645)
}

fn page_id(shown: &Shown) -> String {
    ids::ulid(made(), &["page", &shown.key])
}

fn part_id(shown: &Shown, place: usize) -> String {
    ids::ulid(made(), &["part", &shown.key, &place.to_string()])
}

fn incident_id(shown: &Shown, one: &ShownIncident) -> String {
    ids::ulid(one.started_at, &["incident", &shown.key, &one.key])
}

fn work_id(shown: &Shown, one: &ShownWork) -> String {
    ids::ulid(one.starts_at, &["work", &shown.key, &one.key])
}

const fn component_word(health: Health) -> &'static str {
    match health {
        Health::MajorOutage => "full_outage",
        other => words::component(other),
    }
}

fn page(shown: &Shown) -> Value {
    json!({
        "id": page_id(shown), "name": shown.name, "url": shown.base, "time_zone": "Etc/UTC",
        "updated_at": shown.updated_at.to_string(),
    })
}

fn status(shown: &Shown) -> Value {
    let (indicator, description) = words::indicator(shown.health());
    json!({ "indicator": indicator, "description": description })
}

fn components(shown: &Shown) -> Vec<Value> {
    let row = |(place, part): (usize, &crate::shown::ShownPart)| {
        json!({
            "id": part_id(shown, place), "name": part.name, "status": component_word(part.health),
            "created_at": made().to_string(), "updated_at": made().to_string(), "position": place + 1,
            "description": null, "page_id": page_id(shown),
        })
    };
    shown.parts.iter().enumerate().map(row).collect()
}

fn incidents(shown: &Shown, wanted: impl Fn(&ShownIncident) -> bool) -> Vec<Value> {
    let row = |one: &ShownIncident| {
        let id = incident_id(shown, one);
        let update = |(turn, update): (usize, &crate::shown::ShownUpdate<Stage>)| {
            json!({
                "id": ids::ulid(update.at, &["update", &id, &turn.to_string()]), "status": update.stage.word(),
                "body": update.body, "created_at": update.at.to_string(), "updated_at": update.updated_at.to_string(),
                "display_at": update.at.to_string(), "incident_id": id,
            })
        };
        json!({
            "id": id, "name": one.title, "status": one.stage.word(), "impact": one.impact.word(),
            "created_at": one.started_at.to_string(), "updated_at": one.updated_at.to_string(), "page_id": page_id(shown),
            "incident_updates": one.updates.iter().enumerate().map(update).rev().collect::<Vec<_>>(),
        })
    };
    shown.incidents.iter().filter(|one| wanted(one)).take(LISTED).map(row).collect()
}

/// `proxy/<host>` and `proxy/<host>/incidents`.
fn native(shown: &Shown, path: &str) -> Option<Value> {
    match path.strip_prefix("proxy/")?.split_once('/') {
        None => Some(json!({ "summary": summary(shown) })),
        Some((_, "incidents")) => {
            Some(json!({ "incidents": shown.incidents.iter().map(|one| event(shown, one)).collect::<Vec<_>>() }))
        }
        Some(_) => None,
    }
}

fn summary(shown: &Shown) -> Value {
    let affected: Vec<Value> = shown
        .parts
        .iter()
        .enumerate()
        .filter(|(_, part)| part.health != Health::Operational)
        .map(|(place, part)| {
            let word = component_word(part.health);
            json!({ "component_id": part_id(shown, place), "status": word, "current_status": word })
        })
        .collect();
    let works = |running: bool| -> Vec<Value> {
        let wanted = shown.works.iter().filter(|work| !work.stage.is_over() && work.stage.is_running() == running);
        wanted.map(|one| planned(shown, one)).collect()
    };
    let leaf = |place: usize| json!({ "component_id": part_id(shown, place), "name": shown.parts[place].name });
    let places = || 0..shown.parts.len();
    let all: Vec<Value> =
        places().map(|place| json!({ "id": part_id(shown, place), "name": shown.parts[place].name })).collect();
    json!({
        "id": page_id(shown), "name": shown.name, "public_url": shown.base, "subpath": "",
        "components": all,
        "structure": { "items": items(shown, &leaf) },
        "affected_components": affected,
        "ongoing_incidents": shown.incidents.iter().filter(|one| one.is_open()).map(|one| event(shown, one)).collect::<Vec<_>>(),
        "in_progress_maintenances": works(true),
        "scheduled_maintenances": works(false),
    })
}

/// Groups and lone components in their order.
fn items(shown: &Shown, leaf: &dyn Fn(usize) -> Value) -> Vec<Value> {
    let in_group = |place: usize, group: &str| shown.parts[place].group.as_deref() == Some(group);
    let places = || 0..shown.parts.len();
    let groups = shown.groups().into_iter().map(|group| {
        let members: Vec<Value> = places().filter(|place| in_group(*place, group)).map(leaf).collect();
        json!({ "group": { "id": ids::ulid(made(), &["group", &shown.key, group]), "name": group, "hidden": false, "components": members } })
    });
    let lone =
        places().filter(|place| shown.parts[*place].group.is_none()).map(|place| json!({ "component": leaf(place) }));
    groups.chain(lone).collect()
}

fn affected(shown: &Shown, parts: &[usize], word: &str) -> Vec<Value> {
    let row = |(place, _)| json!({ "component_id": part_id(shown, place), "status": word, "current_status": word });
    shown.named(parts).map(row).collect()
}

fn event(shown: &Shown, one: &ShownIncident) -> Value {
    let id = incident_id(shown, one);
    let update = |(turn, update): (usize, &crate::shown::ShownUpdate<Stage>)| {
        json!({
            "id": ids::ulid(update.at, &["update", &id, &turn.to_string()]), "published_at": update.at.to_string(),
            "message_string": update.body, "to_status": update.stage.word(), "component_statuses": [],
        })
    };
    json!({
        "id": id, "name": one.title, "type": "incident", "status": one.stage.word(),
        "published_at": one.started_at.to_string(),
        "updates": one.updates.iter().enumerate().map(update).collect::<Vec<_>>(),
        "affected_components": affected(shown, &one.parts, component_word(one.health)),
    })
}

const fn work_word(stage: MaintenanceStage) -> &'static str {
    match stage {
        MaintenanceStage::Scheduled => "maintenance_scheduled",
        MaintenanceStage::InProgress | MaintenanceStage::Verifying => "maintenance_in_progress",
        MaintenanceStage::Completed | MaintenanceStage::Cancelled => "maintenance_complete",
    }
}

fn planned(shown: &Shown, one: &ShownWork) -> Value {
    let id = work_id(shown, one);
    let update = |(turn, update): (usize, &crate::shown::ShownUpdate<MaintenanceStage>)| {
        json!({
            "id": ids::ulid(update.at, &["update", &id, &turn.to_string()]), "published_at": update.at.to_string(),
            "message_string": update.body, "to_status": work_word(update.stage), "component_statuses": [],
        })
    };
    let span = json!({
        "start_at": one.starts_at.to_string(), "end_at": one.ends_at.to_string(),
        "worst_component_status": "under_maintenance",
    });
    json!({
        "id": id, "name": one.title, "type": "maintenance", "status": work_word(one.stage),
        "published_at": one.updates.first().map(|update| update.at.to_string()),
        "updates": one.updates.iter().enumerate().map(update).collect::<Vec<_>>(),
        "affected_components": affected(shown, &one.parts, "under_maintenance"), "status_summaries": [span],
    })
}

/// Only the newest update of each, behind an address with two slashes.
fn feed(shown: &Shown, is_atom: bool) -> Body {
    let entry = |one: &ShownIncident| {
        let word = one.updates.last().map_or("", |update| words::stage(update.stage));
        let text = one.updates.last().map_or("", |update| update.body.as_str());
        let parts: String = shown
            .named(&one.parts)
            .map(|(_, part)| format!("<li>{} ({})</li>", escaped(&part.name), part.health.label()))
            .collect();
        Entry {
            id: format!("{}//incidents/{}", shown.base, incident_id(shown, one)),
            title: one.title.clone(),
            link: format!("{}//incidents/{}", shown.base, incident_id(shown, one)),
            published: one.updated_at,
            updated: one.updated_at,
            content: format!(
                "<b>Status: {word}</b><br/><br/>{}<br/><br/><b>Affected components</b><ul>{parts}</ul>",
                escaped(text)
            ),
        }
    };
    let entries: Vec<Entry> = shown.incidents.iter().take(FED).map(entry).collect();
    let head = Head {
        id: shown.base.clone(),
        title: format!("{} status", shown.name),
        link: &shown.base,
        author: &shown.name,
        updated: shown.updated_at,
    };
    if is_atom {
        Body::text("application/atom+xml", xml::atom(&head, &entries))
    } else {
        Body::text("application/rss+xml", xml::rss(&head, &entries))
    }
}
