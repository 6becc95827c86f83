//! Atlassian Statuspage: `api/v2/…`, `history.atom`, `history.rss`.

use serde_json::{Value, json};
use tocsin_domain::{MaintenanceStage, Stage};

use super::words::{self, milliseconds};
use super::xml::{self, Entry, Head};
use super::{Body, html};
use crate::ids;
use crate::shown::{Shown, ShownIncident, ShownUpdate, ShownWork};

/// How many entries the lists and the feeds hold.
const LISTED: usize = 50;
const FED: usize = 25;

pub fn body(shown: &Shown, path: &str) -> Option<Body> {
    let all = || shown.incidents.iter().take(LISTED);
    let works = |wanted: fn(MaintenanceStage) -> bool| {
        let works: Vec<&ShownWork> = shown.works.iter().filter(|work| wanted(work.stage)).take(LISTED).collect();
        Some(with_page(shown, "scheduled_maintenances", list(works, |one| work(shown, one))))
    };
    let json = match path.strip_prefix("api/v2/") {
        Some("summary.json") => Some(summary(shown)),
        Some("status.json") => Some(json!({ "page": page(shown), "status": status(shown) })),
        Some("components.json") => Some(with_page(shown, "components", Value::Array(components(shown)))),
        Some("incidents.json") => Some(with_page(shown, "incidents", list(all(), |one| incident(shown, one)))),
        Some("incidents/unresolved.json") => {
            Some(with_page(shown, "incidents", list(all().filter(|one| one.is_open()), |one| incident(shown, one))))
        }
        Some("scheduled-maintenances.json") => works(|_| true),
        Some("scheduled-maintenances/upcoming.json") => works(|stage| stage == MaintenanceStage::Scheduled),
        Some("scheduled-maintenances/active.json") => works(MaintenanceStage::is_running),
        _ => None,
    };
    match path {
        _ if json.is_some() => json.map(|json| Body::json(&json)),
        "" => Some(html::body(shown)),
        "history.atom" => Some(Body::text("application/atom+xml", xml::atom(&head(shown), &entries(shown)))),
        "history.rss" => Some(Body::text("application/rss+xml", xml::rss(&head(shown), &entries(shown)))),
        _ => None,
    }
}

pub fn page_id(shown: &Shown) -> String {
    ids::short(&["page", &shown.key])
}

pub fn part_id(shown: &Shown, place: usize) -> String {
    ids::short(&["part", &shown.key, &place.to_string()])
}

pub fn incident_id(shown: &Shown, key: &str) -> String {
    ids::short(&["incident", &shown.key, key])
}

fn list<'a, T: 'a>(all: impl IntoIterator<Item = &'a T>, one: impl Fn(&'a T) -> Value) -> Value {
    Value::Array(all.into_iter().map(one).collect())
}

fn with_page(shown: &Shown, key: &str, list: Value) -> Value {
    json!({ "page": page(shown), key: list })
}

fn page(shown: &Shown) -> Value {
    json!({
        "id": page_id(shown), "name": shown.name, "url": shown.base, "time_zone": "Etc/UTC",
        "updated_at": milliseconds(shown.updated_at),
    })
}

fn status(shown: &Shown) -> Value {
    let (indicator, description) = words::indicator(shown.health());
    json!({ "indicator": indicator, "description": description })
}

fn summary(shown: &Shown) -> Value {
    let open = shown.incidents.iter().filter(|one| one.is_open());
    let works = shown.works.iter().filter(|work| !work.stage.is_over());
    json!({
        "page": page(shown),
        "components": components(shown),
        "incidents": list(open, |one| incident(shown, one)),
        "scheduled_maintenances": list(works, |one| work(shown, one)),
        "status": status(shown),
    })
}

fn group_id(shown: &Shown, group: &str) -> String {
    ids::short(&["group", &shown.key, group])
}

/// Groups stand among the components, each before its members.
fn components(shown: &Shown) -> Vec<Value> {
    let mut rows: Vec<Value> = Vec::new();
    for place in 0..shown.parts.len() {
        let group = shown.parts.get(place).and_then(|part| part.group.as_deref());
        let first = shown.parts.iter().position(|part| part.group.as_deref() == group) == Some(place);
        if let Some(group) = group.filter(|_| first) {
            rows.push(group_row(shown, group));
        }
        rows.push(component(shown, place));
    }
    rows
}

fn group_row(shown: &Shown, group: &str) -> Value {
    let members: Vec<usize> =
        (0..shown.parts.len()).filter(|place| shown.parts[*place].group.as_deref() == Some(group)).collect();
    let worst = members.iter().map(|place| shown.parts[*place].health).max().unwrap_or_default();
    let ids: Vec<String> = members.iter().map(|place| part_id(shown, *place)).collect();
    json!({
        "id": group_id(shown, group), "name": group, "status": words::component(worst),
        "created_at": "2024-01-02T03:04:05.000Z", "updated_at": "2024-01-02T03:04:05.000Z", "position": 1,
        "description": null, "showcase": false, "start_date": null, "group_id": null, "page_id": page_id(shown),
        "group": true, "only_show_if_degraded": false, "components": ids,
    })
}

fn component(shown: &Shown, place: usize) -> Value {
    let part = &shown.parts[place];
    json!({
        "id": part_id(shown, place), "name": part.name, "status": words::component(part.health),
        "created_at": "2024-01-02T03:04:05.000Z", "updated_at": "2024-01-02T03:04:05.000Z", "position": place + 1,
        "description": null, "showcase": false, "start_date": null,
        "group_id": part.group.as_deref().map(|group| group_id(shown, group)), "page_id": page_id(shown),
        "group": false, "only_show_if_degraded": false,
    })
}

fn incident(shown: &Shown, one: &ShownIncident) -> Value {
    let id = incident_id(shown, &one.key);
    // When an incident ends its components are unlinked; its updates still name them.
    let components: Vec<Value> = match one.is_open() {
        true => shown.named(&one.parts).map(|(place, _)| component(shown, place)).collect(),
        false => Vec::new(),
    };
    let updates: Vec<Value> =
        one.updates.iter().enumerate().map(|(turn, update)| said(shown, &id, turn, update, &one.parts)).rev().collect();
    let monitored = one.updates.iter().find(|update| update.stage == Stage::Monitoring);
    json!({
        "id": id, "name": one.title, "status": one.stage.word(), "impact": one.impact.word(),
        "created_at": milliseconds(one.started_at), "started_at": milliseconds(one.started_at),
        "updated_at": milliseconds(one.updated_at),
        "monitoring_at": monitored.map(|update| milliseconds(update.at)),
        "resolved_at": one.resolved_at.map(milliseconds),
        "shortlink": format!("{}/incidents/{id}", shown.base), "page_id": page_id(shown),
        "incident_updates": updates, "components": components, "reminder_intervals": null,
    })
}

fn work(shown: &Shown, one: &ShownWork) -> Value {
    let id = incident_id(shown, &one.key);
    let components: Vec<Value> = shown.named(&one.parts).map(|(place, _)| component(shown, place)).collect();
    let updates: Vec<Value> =
        one.updates.iter().enumerate().map(|(turn, update)| said(shown, &id, turn, update, &one.parts)).rev().collect();
    let announced = one.updates.first().map(|update| milliseconds(update.at));
    let over = one.stage.is_over().then(|| milliseconds(one.updated_at));
    json!({
        "id": id, "name": one.title, "status": one.stage.word(), "impact": "maintenance",
        "created_at": announced, "started_at": announced, "updated_at": milliseconds(one.updated_at),
        "monitoring_at": null, "resolved_at": over, "shortlink": format!("{}/incidents/{id}", shown.base),
        "page_id": page_id(shown), "incident_updates": updates, "components": components,
        "scheduled_for": milliseconds(one.starts_at), "scheduled_until": milliseconds(one.ends_at),
        "reminder_intervals": null,
    })
}

fn said<S: Copy + Word>(shown: &Shown, incident: &str, turn: usize, update: &ShownUpdate<S>, parts: &[usize]) -> Value {
    let affected: Vec<Value> = shown
        .named(parts)
        .map(|(place, part)| {
            json!({
                "code": part_id(shown, place), "name": part.name, "old_status": "operational",
                "new_status": words::component(part.health),
            })
        })
        .collect();
    json!({
        "id": ids::short(&["update", incident, &turn.to_string()]), "status": update.stage.word(), "body": update.body,
        "incident_id": incident, "created_at": milliseconds(update.at), "updated_at": milliseconds(update.updated_at),
        "display_at": milliseconds(update.at), "affected_components": affected, "deliver_notifications": true,
        "custom_tweet": null, "tweet_id": null,
    })
}

/// Both kinds of stage have a word.
trait Word {
    fn word(self) -> &'static str;
}

impl Word for Stage {
    fn word(self) -> &'static str {
        self.word()
    }
}

impl Word for MaintenanceStage {
    fn word(self) -> &'static str {
        self.word()
    }
}

fn host(shown: &Shown) -> &str {
    shown.base.split("//").nth(1).unwrap_or(&shown.base)
}

fn head(shown: &Shown) -> Head<'_> {
    Head {
        id: format!("tag:{},2005:/history", host(shown)),
        title: format!("{} Status - Incident History", shown.name),
        link: &shown.base,
        author: &shown.name,
        updated: shown.updated_at,
    }
}

/// Incidents and works mixed, newest first; `published` is the last update's time, not the start.
fn entries(shown: &Shown) -> Vec<Entry> {
    let entry = |key: &str, title: &str, said: Option<tocsin_domain::Timestamp>, updated, content| Entry {
        id: format!("tag:{},2005:Incident/{}", host(shown), ids::number(&[&shown.key, key])),
        title: title.to_owned(),
        link: format!("{}/incidents/{}", shown.base, incident_id(shown, key)),
        published: said.unwrap_or(updated),
        updated,
        content,
    };
    let incidents = shown.incidents.iter().map(|one| {
        let last = one.updates.last().map(|update| update.at);
        entry(&one.key, &one.title, last, one.updated_at, xml::incident_blocks(one))
    });
    let works = shown.works.iter().map(|one| {
        let last = one.updates.last().map(|update| update.at);
        entry(&one.key, &one.title, last, one.updated_at, xml::work_blocks(one))
    });
    let mut entries: Vec<Entry> = incidents.chain(works).collect();
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.published));
    entries.truncate(FED);
    entries
}
