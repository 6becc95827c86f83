//! PayPal: `api/v1/components`, each with a status for production and one for the sandbox, and `api/v1/events`.
//!
//! The components are known from two public clients, the events from one of them and only in part; no capture was seen.
//! Oddities: words come with spaces or with underscores, in any case; only production is read, the sandbox is not where
//! money moves; an event without an id cannot be followed, and an open one leaves the page unknown; an empty list of events
//! is believed only where it was asked for.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Impact, Stage, Timestamp};

use crate::kit::html;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told};
use crate::kit::simple::{Body, Simple};
use crate::kit::words::{self, Phase};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: PayPal = PayPal;

pub(crate) struct PayPal;

const ENVIRONMENT: &str = "production";

impl Simple for PayPal {
    fn name(&self) -> &'static str {
        "paypal"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![
            HttpAsk::get("components", page.at_root("api/v1/components")),
            HttpAsk::get("events", format!("{}?s=true", page.at_root("api/v1/events"))),
        ]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["components"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let rows = body.json()?.get("result")?.as_array()?;
        if rows.iter().any(is_component) {
            let seen = "`result` with a `status` by environment and a `category`".to_owned();
            return Some(Evidence { confidence: 95, seen });
        }
        if rows.is_empty() {
            return (payload.key == "events" && payload.url.contains("/api/v1/events"))
                .then(|| Evidence { confidence: 60, seen: "an empty list of PayPal's events".to_owned() });
        }
        rows.iter()
            .any(is_event)
            .then(|| Evidence { confidence: 90, seen: "`result` with `summary`, `state` and `environment`".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let rows = Node::root(json).objects("result", sheet);
        if rows.iter().any(|row| is_component(row.value)) {
            for row in rows {
                component(&row, sheet);
            }
            return;
        }
        let mut all = true;
        for row in rows {
            all &= event(&row, now, sheet);
        }
        sheet.open = all;
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["www.paypal-status.com", "paypal-status.com"]
    }
}

fn is_component(row: &Value) -> bool {
    row.pointer(&format!("/status/{ENVIRONMENT}")).is_some_and(Value::is_string)
        && row.pointer("/category/name").is_some_and(Value::is_string)
}

fn is_event(row: &Value) -> bool {
    ["summary", "state", "environment", "type"].iter().all(|key| row.get(key).is_some_and(Value::is_string))
}

fn component(row: &Node<'_>, sheet: &mut Sheet) {
    let name = row.string("name");
    let category = row.at("category").string("name");
    let id = first(row, &["id", "_id", "componentId"]).unwrap_or_else(|| format!("{category}/{name}"));
    if name.is_empty() {
        sheet.doubt(row.place("name"), "The component has no name.");
        return;
    }
    let health = sheet.health(&row.at("status"), ENVIRONMENT, health);
    let group = Some(category).filter(|category| !category.is_empty());
    sheet.component(id, name, group.into_iter().collect(), health);
}

fn plain(word: &str) -> String {
    word.trim().to_ascii_lowercase().replace([' ', '-'], "_")
}

fn health(word: &str) -> Option<Health> {
    Some(match plain(word).as_str() {
        "operational" | "informational" => Health::Operational,
        "under_maintenance" => Health::Maintenance,
        "service_disruption" => Health::PartialOutage,
        "service_outage" => Health::MajorOutage,
        _ => return None,
    })
}

fn impact(word: &str) -> Option<Impact> {
    Some(match plain(word).as_str() {
        "informational" | "operational" | "under_maintenance" => Impact::None,
        "service_disruption" => Impact::Major,
        "service_outage" => Impact::Critical,
        other => return words::severity(other),
    })
}

/// The first of the fields that says something.
fn first(row: &Node<'_>, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| row.text(key)).map(std::borrow::Cow::into_owned)
}

fn time(row: &Node<'_>, keys: &[&str], sheet: &mut Sheet) -> Option<jiff::Timestamp> {
    let key = keys.iter().find(|key| row.has(key))?;
    sheet.time(row, key)
}

/// True where the event could be read, or is not of production.
fn event(row: &Node<'_>, now: Timestamp, sheet: &mut Sheet) -> bool {
    if row.text("environment").is_some_and(|word| plain(&word) != ENVIRONMENT) {
        return true;
    }
    let Some(id) = first(row, &["id", "_id", "eventId"]) else {
        // One that is over is gone either way; one that is open would be missed.
        if plain(&row.string("state")) == "closed" {
            sheet.problem("bad_shape", row.place("id"), "The event has no id.");
        } else {
            sheet.doubt(row.place("id"), "The event has no id.");
        }
        return false;
    };
    let title = html::to_text(&row.string("summary"));
    let start = time(row, &["startDate", "startTime", "startedAt", "start"], sheet);
    let end = time(row, &["endDate", "endTime", "endedAt", "end"], sheet);
    let state = row.string("state");
    let closed = plain(&state) == "closed";
    let phase = words::phase(&state);
    if plain(&row.string("type")).contains("maintenance") {
        let said = words::maintenance_stage(&state);
        let stage = if closed { Some(tocsin_domain::MaintenanceStage::Completed) } else { said };
        let planned = Planned { id, title, stage, starts_at: start, ends_at: end, ..Planned::default() };
        sheet.work(planned, row);
        return true;
    }
    let stage = match phase {
        _ if closed => Some(Stage::Resolved),
        Some(Phase::Incident(stage)) => Some(stage),
        Some(Phase::Work(stage)) if stage.is_over() => Some(Stage::Resolved),
        Some(Phase::Same | Phase::Work(_)) => Some(Stage::Investigating),
        None if ["open", "opened", "active", "ongoing", "new"].contains(&plain(&state).as_str()) => {
            Some(Stage::Investigating)
        }
        None => None,
    };
    if stage.is_none() {
        sheet.problem("unknown_status", row.place("state"), format!("`{state}` is no status we know."));
    }
    let over = stage.is_some_and(Stage::is_terminal);
    let told = Told {
        id,
        title,
        impact: row.has("severity").then(|| sheet.word(row, "severity", impact)).flatten(),
        stage: Some(stage.unwrap_or(Stage::Investigating)),
        started_at: start.filter(|at| Timestamp::from_jiff(*at) <= now),
        resolved_at: end.filter(|_| over),
        updates: updates(row, sheet),
        ..Told::default()
    };
    sheet.incident(told, row);
    true
}

/// What was written, under whichever of its names.
fn updates(row: &Node<'_>, sheet: &mut Sheet) -> Vec<Draft<Stage>> {
    let key = ["updates", "eventUpdates", "messages"].into_iter().find(|key| row.at(key).value.is_array());
    let mut drafts = Vec::new();
    for one in key.map(|key| row.objects(key, sheet)).unwrap_or_default() {
        let at = time(&one, &["createdDate", "createdAt", "date", "time", "updatedAt"], sheet);
        let text = first(&one, &["message", "body", "description", "text"]).unwrap_or_default();
        let stage = first(&one, &["state", "status"]).and_then(|word| words::stage(&word));
        let id = first(&one, &["id", "_id"]).unwrap_or_default();
        drafts.push(Draft { id, stage, at, stored_at: None, body: html::mixed_to_markdown(&text) });
    }
    drafts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_list_of_events_is_believed_where_it_was_asked_for() {
        let json = serde_json::json!({"result": []});
        let read = |key: &str, url: &str| {
            let payload = Payload { key: key.to_owned(), url: url.to_owned(), ..Payload::default() };
            let body = Body::Json(json.clone());
            let evidence = Simple::recognise(&READER, &payload, &body)?;
            let mut sheet = Sheet::default();
            Simple::read(&READER, &payload, &body, Timestamp::from_second(0), &mut sheet);
            Some((evidence.confidence, sheet.open))
        };
        assert_eq!(read("events", "https://www.paypal-status.com/api/v1/events?s=true"), Some((60, true)));
        assert_eq!(read("components", "https://www.paypal-status.com/api/v1/components"), None);
        assert_eq!(read("events", "https://status.example.com/events"), None);
    }
}
