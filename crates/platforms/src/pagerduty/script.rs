//! The older pages: everything in one script, words as words.

use std::collections::HashMap;

use serde_json::Value;
use tocsin_domain::{Health, Impact, Stage};

use super::{enums, health, impact, posts, services, stage};
use crate::Payload;
use crate::kit::html;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Sheet, Told, body, named_part};

/// The JSON in `<script id="data" type="application/json">`, if it is a page's.
pub(super) fn find(page: &str) -> Option<Value> {
    let (_, rest) = page.split_once("<script id=\"data\" type=\"application/json\">")?;
    let (json, _) = rest.split_once("</script>")?;
    let json: Value = serde_json::from_str(json).ok()?;
    let summary = json.get("summary")?;
    let lists =
        ["open_incidents", "resolved_incidents"].iter().all(|key| summary.get(key).is_some_and(Value::is_array));
    (lists && json.get("layout").is_some()).then_some(json)
}

pub(super) fn read(json: &Value, payload: &Payload, sheet: &mut Sheet) {
    let root = Node::root(json);
    let summary = root.at("summary");
    let layout = root.at("layout");
    sheet.page.id = layout.text("status_page_id").map(|id| id.into_owned());
    sheet.page.name = layout.at("layout_settings").text("name").map(|name| name.into_owned());
    enums(&summary, sheet);
    for row in summary.objects("open_incidents", sheet) {
        incident(&row, true, sheet);
    }
    for row in summary.objects("resolved_incidents", sheet) {
        incident(&row, false, sheet);
    }
    posts::all(&summary, payload, sheet);
    sheet.open = true;
    groups(&summary, &layout.at("layout_settings"), sheet);
    services(&summary, "post_status_page_services", sheet);
}

/// Notes the group of every service: both are named by a service of the account's behind them.
fn groups(summary: &Node<'_>, settings: &Node<'_>, sheet: &mut Sheet) {
    let rows = settings.objects("business_services", sheet);
    let names: HashMap<String, String> = rows
        .iter()
        .filter(|row| row.flag("grouping_element") == Some(true))
        .map(|row| (row.string("id"), row.string("name")))
        .collect();
    let heads: HashMap<String, String> = rows
        .iter()
        .filter_map(|row| Some((row.string("id"), names.get(row.text("Head_ID")?.as_ref())?.clone())))
        .collect();
    for service in summary.objects("post_status_page_services", sheet) {
        if let Some(name) = heads.get(&service.string("external_business_service_id")) {
            sheet.notes.insert(format!("group:{}", service.string("id")), name.clone());
        }
    }
}

fn incident(row: &Node<'_>, open: bool, sheet: &mut Sheet) {
    let mut updates = Vec::new();
    let mut impacts: Vec<Option<Impact>> = Vec::new();
    let mut rows = row.objects("updates", sheet);
    rows.sort_by_key(|update| update.string("reported_at"));
    for update in &rows {
        updates.push(Draft {
            id: update.string("id"),
            stage: sheet.word(update, "status", stage),
            at: sheet.time(update, "reported_at"),
            stored_at: sheet.time(update, "created_at"),
            body: body(update, "message"),
        });
        impacts.push(sheet.word(update, "severity", impact));
    }
    let mut stage = match updates.last().and_then(|last| last.stage) {
        _ if !open => Stage::Resolved,
        Some(stage) => stage,
        None => Stage::Investigating,
    };
    let cause = row.at("postmortem");
    if cause.is_object() {
        stage = if open { stage } else { Stage::Postmortem };
        updates.push(Draft {
            id: cause.string("id"),
            stage: Some(Stage::Postmortem),
            at: sheet.time(&cause, "reported_at"),
            stored_at: sheet.time(&cause, "created_at"),
            body: body(&cause, "message"),
        });
    }
    let touched = rows.last().map(|last| last.objects("impacted_business_services", sheet)).unwrap_or_default();
    if open {
        for service in &touched {
            note(service, sheet);
        }
    }
    let told = Told {
        id: row.string("id"),
        title: html::to_text(&row.string("title")),
        url: None,
        impact: if open { impacts.last().copied().flatten() } else { impacts.iter().flatten().copied().max() },
        stage: Some(stage),
        started_at: None,
        resolved_at: None,
        components: touched.iter().map(|one| named_part(one.string("id"), one.string("name"))).collect(),
        updates,
    };
    sheet.incident(told, row);
}

/// The health that an open incident gives a service.
fn note(service: &Node<'_>, sheet: &mut Sheet) {
    let now = sheet.health(service, "severity", health);
    let place = posts::note(&service.string("id"));
    let known = sheet.notes.get(&place).map(|word| health(word).unwrap_or(Health::Unknown));
    if known.is_none_or(|known| known < now) {
        sheet.notes.insert(place, service.string("severity"));
    }
}
