//! Cachet 2: lists in pages, numbers for statuses, times without a zone.

use serde_json::{Value, json};
use tocsin_domain::{Health, MaintenanceStage, Stage};

use super::words::zoneless;
use super::{Body, Place};
use crate::ids;
use crate::shown::{Shown, ShownIncident, ShownWork};

pub fn body(shown: &Shown, place: Place<'_>) -> Option<Body> {
    let rows = match place.path.strip_prefix("api/v1/")? {
        "ping" => return Some(Body::json(&json!({ "data": "Pong!" }))),
        "version" => return Some(Body::json(&json!({ "data": "2.3.18" }))),
        "components" => (0..shown.parts.len()).map(|place| component(shown, place)).collect(),
        "components/groups" => groups(shown),
        "incidents" => shown.incidents.iter().map(|one| incident(shown, one)).collect(),
        "schedules" => shown.works.iter().map(|one| schedule(shown, one)).collect(),
        _ => return None,
    };
    Some(Body::json(&paged(shown, place, rows)))
}

fn paged(shown: &Shown, place: Place<'_>, rows: Vec<Value>) -> Value {
    let count = |key: &str, otherwise: usize| {
        place.value(key).and_then(|text| text.parse::<usize>().ok()).filter(|count| *count > 0).unwrap_or(otherwise)
    };
    let (per_page, current) = (count("per_page", 20), count("page", 1));
    let (total, pages) = (rows.len(), rows.len().div_ceil(per_page).max(1));
    let data: Vec<Value> = rows.into_iter().skip((current - 1) * per_page).take(per_page).collect();
    let next = (current < pages).then(|| format!("{}/{}?page={}", shown.base, place.path, current + 1));
    json!({
        "meta": { "pagination": {
            "total": total, "count": data.len(), "per_page": per_page, "current_page": current, "total_pages": pages,
            "links": { "next_page": next, "previous_page": null },
        } },
        "data": data,
    })
}

fn part_id(place: usize, shown: &Shown) -> u64 {
    let moved = if shown.key.ends_with(" again") { 500 } else { 0 };
    place as u64 + 1 + moved
}

fn group_id(shown: &Shown, group: Option<&str>) -> usize {
    group.and_then(|group| shown.groups().iter().position(|one| *one == group)).map_or(0, |place| place + 1)
}

/// There is no number for "under maintenance": a running schedule says it.
const fn number(health: Health) -> (u8, &'static str) {
    match health {
        Health::Operational | Health::Unknown | Health::Maintenance => (1, "Operational"),
        Health::Degraded => (2, "Performance Issues"),
        Health::PartialOutage => (3, "Partial Outage"),
        Health::MajorOutage => (4, "Major Outage"),
    }
}

fn component(shown: &Shown, place: usize) -> Value {
    let part = &shown.parts[place];
    let (status, status_name) = number(part.health);
    json!({
        "id": part_id(place, shown), "name": part.name, "description": "", "link": "", "status": status,
        "status_name": status_name, "order": place, "group_id": group_id(shown, part.group.as_deref()), "enabled": true,
        "created_at": "2024-01-02 03:04:05", "updated_at": zoneless(shown.updated_at), "deleted_at": null, "tags": [],
    })
}

fn groups(shown: &Shown) -> Vec<Value> {
    let row = |group: &str| {
        let in_group = |place: &usize| shown.parts[*place].group.as_deref() == Some(group);
        let members: Vec<Value> =
            (0..shown.parts.len()).filter(in_group).map(|place| component(shown, place)).collect();
        json!({
            "id": group_id(shown, Some(group)), "name": group, "order": 0, "collapsed": 0, "visible": 1,
            "created_at": "2024-01-02 03:04:05", "updated_at": "2024-01-02 03:04:05", "enabled_components": members,
        })
    };
    shown.groups().into_iter().map(row).collect()
}

const fn stage(stage: Stage) -> (u8, &'static str) {
    match stage {
        Stage::Investigating => (1, "Investigating"),
        Stage::Identified => (2, "Identified"),
        Stage::Monitoring => (3, "Watching"),
        Stage::Resolved | Stage::Postmortem => (4, "Fixed"),
    }
}

/// The first update is the incident's own text; the others stand below it, oldest first.
fn incident(shown: &Shown, one: &ShownIncident) -> Value {
    let id = ids::number(&["incident", &shown.key, &one.key]);
    let first = one.updates.first();
    let (status, _) = first.map_or((1, ""), |update| stage(update.stage));
    let (latest, human) = stage(one.stage);
    let updates: Vec<Value> = one
        .updates
        .iter()
        .enumerate()
        .skip(1)
        .map(|(turn, update)| {
            json!({
                "id": ids::number(&["update", &shown.key, &one.key, &turn.to_string()]), "incident_id": id,
                "status": stage(update.stage).0, "human_status": stage(update.stage).1, "message": update.body,
                "created_at": zoneless(update.at), "updated_at": zoneless(update.updated_at),
            })
        })
        .collect();
    json!({
        "id": id, "component_id": one.parts.first().map_or(0, |place| part_id(*place, shown)), "name": one.title,
        "status": status, "latest_status": latest, "latest_human_status": human, "human_status": human,
        "is_resolved": !one.is_open(), "visible": 1, "stickied": false, "notifications": true,
        "message": first.map(|update| update.body.as_str()), "occurred_at": zoneless(one.started_at),
        "created_at": zoneless(one.started_at), "updated_at": zoneless(one.updated_at), "deleted_at": null,
        "scheduled_at": null, "permalink": format!("{}/incidents/{id}", shown.base), "updates": updates,
    })
}

fn schedule(shown: &Shown, one: &ShownWork) -> Value {
    let id = ids::number(&["work", &shown.key, &one.key]);
    let (status, human) = match one.stage {
        MaintenanceStage::Scheduled => (0, "Upcoming"),
        MaintenanceStage::InProgress | MaintenanceStage::Verifying => (1, "In Progress"),
        MaintenanceStage::Completed | MaintenanceStage::Cancelled => (2, "Complete"),
    };
    let created = one.updates.first().map(|update| zoneless(update.at));
    let components: Vec<Value> = shown
        .named(&one.parts)
        .enumerate()
        .map(|(row, (place, _))| json!({ "id": row + 1, "schedule_id": id, "component_id": part_id(place, shown) }))
        .collect();
    json!({
        "id": id, "name": one.title, "message": one.updates.first().map(|update| update.body.as_str()), "status": status,
        "human_status": human, "scheduled_at": zoneless(one.starts_at), "completed_at": zoneless(one.ends_at),
        "created_at": created, "updated_at": zoneless(one.updated_at), "components": components,
    })
}
