//! Posts: incidents and work, whose words are ids.

use std::collections::BTreeMap;

use jiff::Timestamp as Precise;
use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, Impact, MaintenanceStage, Stage, Timestamp};

use super::{health, impact, stage, work_stage};
use crate::Payload;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body, part};
use crate::kit::{dates, html};

/// A note that posts were read.
pub(super) const READ: &str = "posts read";
/// Posts whose updates are fetched one by one, at most.
pub(super) const MOST_DETAILS: usize = 2;
/// A post that changed this long ago (seconds) has told its story.
const FRESH_S: i64 = 2 * 24 * 3600;

/// Where the health of a service is noted.
pub(super) fn note(service: &str) -> String {
    format!("health:{service}")
}

/// The posts of late in a list that stand there without their updates, newest first.
pub(super) fn in_want_of_updates(page: &Value, now: Timestamp) -> Vec<String> {
    let rows = page.get("posts").and_then(Value::as_array).into_iter().flatten();
    let mut wanted: Vec<(Precise, String)> = rows
        .map(Node::root)
        .filter(|row| !row.value.get("updates").is_some_and(Value::is_array))
        .filter_map(|row| {
            let last = row.text("last_update_at").or_else(|| row.at("latest_update").text("reported_at"))?;
            let at = dates::parse(&last)?.at;
            let id = row.text("id").filter(|id| id.bytes().all(|byte| byte.is_ascii_alphanumeric()))?;
            (now.since(Timestamp::from_jiff(at)) < FRESH_S).then(|| (at, id.into_owned()))
        })
        .collect();
    wanted.sort();
    wanted.into_iter().rev().map(|(_, id)| id).collect()
}

pub(super) fn all(root: &Node<'_>, payload: &Payload, sheet: &mut Sheet) {
    sheet.notes.insert(READ.to_owned(), String::new());
    for row in root.objects("posts", sheet) {
        one(&row, payload, sheet);
    }
    // The list covers a span of days; what is open may be older than that.
    let closed = sheet.incidents.iter().filter(|one| one.is_closed());
    sheet.history_since = closed.filter_map(|one| one.started_at).min();
}

pub(super) fn one(row: &Node<'_>, payload: &Payload, sheet: &mut Sheet) {
    if !sheet.notes.contains_key(super::WORDS) {
        sheet.doubt(row.place("latest_update"), "Nothing says what its words mean.");
        sheet.notes.remove(READ);
        return;
    }
    match row.text("post_type").as_deref() {
        Some("incident") => incident(row, payload, sheet),
        Some("maintenance") => work(row, payload, sheet),
        other => {
            let word = other.unwrap_or("nothing").to_owned();
            sheet.doubt(row.place("post_type"), format!("`{word}` is neither incident nor maintenance."));
        }
    }
}

/// The updates by id, and the last one among them.
fn updates<'a>(row: &Node<'a>, sheet: &mut Sheet) -> Vec<Node<'a>> {
    let mut all: BTreeMap<String, Node<'a>> = BTreeMap::new();
    for update in row.objects("updates", sheet) {
        all.insert(update.string("id"), update);
    }
    let latest = row.at("latest_update");
    if latest.is_object() {
        all.insert(latest.string("id"), latest);
    }
    let mut all: Vec<Node<'a>> = all.into_values().collect();
    all.sort_by_key(|update| update.text("reported_at").and_then(|at| dates::parse(&at)).map(|instant| instant.at));
    all
}

/// What the word behind an id means.
fn meant<T>(row: &Node<'_>, key: &str, sheet: &mut Sheet, meaning: impl Fn(&str) -> Option<T>) -> Option<T> {
    let word = row.text(key).and_then(|id| sheet.notes.get(&format!("word:{id}")).cloned());
    let found = word.as_deref().and_then(meaning);
    if found.is_none() {
        let said = word.or_else(|| row.text(key).map(|id| id.into_owned())).unwrap_or_else(|| "nothing".to_owned());
        sheet.problem("unknown_status", row.place(key), format!("`{said}` is no status we know."));
    }
    found
}

/// Zero is no time.
fn time(row: &Node<'_>, key: &str, sheet: &mut Sheet) -> Option<Precise> {
    row.text(key).filter(|text| text != "0")?;
    sheet.time(row, key)
}

fn draft<S>(update: &Node<'_>, stage: Option<S>, sheet: &mut Sheet) -> Draft<S> {
    let at = time(update, "reported_at", sheet);
    Draft { id: update.string("id"), stage, at, stored_at: None, body: body(update, "message") }
}

fn incident(row: &Node<'_>, payload: &Payload, sheet: &mut Sheet) {
    let rows = updates(row, sheet);
    let mut drafts = Vec::new();
    let mut impacts: Vec<Option<Impact>> = Vec::new();
    for update in &rows {
        let stage = meant(update, "status_id", sheet, stage);
        drafts.push(draft(update, stage, sheet));
        impacts.push(meant(update, "severity_id", sheet, impact));
    }
    let stage = drafts.last().and_then(|last| last.stage).unwrap_or(Stage::Investigating);
    let touched = rows.last().map(|last| touched(last, !stage.is_terminal(), sheet)).unwrap_or_default();
    // What is over was as bad as its worst hour.
    let worst = impacts.iter().flatten().copied().max();
    let told = Told {
        id: row.string("id"),
        title: html::to_text(&row.string("title")),
        url: url_of(row, payload),
        impact: if stage.is_terminal() { worst } else { impacts.last().copied().flatten() },
        stage: Some(stage),
        started_at: time(row, "first_update_at", sheet).or_else(|| time(row, "starts_at", sheet)),
        resolved_at: None,
        components: touched,
        updates: drafts,
    };
    sheet.incident(told, row);
}

/// The services that an update names. Of an open post their health is noted.
fn touched(update: &Node<'_>, open: bool, sheet: &mut Sheet) -> Vec<ComponentRef> {
    let mut found = Vec::new();
    for row in update.objects("impacts", sheet) {
        let Some(service) = row.text("service_id") else {
            sheet.doubt(row.place("service_id"), "An impact names no service.");
            continue;
        };
        if open {
            let now = meant(&row, "severity_id", sheet, health).unwrap_or(Health::Unknown);
            let word = row.text("severity_id").and_then(|id| sheet.notes.get(&format!("word:{id}")).cloned());
            let known = sheet.notes.get(&note(&service)).map(|word| health(word).unwrap_or(Health::Unknown));
            if known.is_none_or(|known| known < now) {
                sheet.notes.insert(note(&service), word.unwrap_or_default());
            }
        }
        found.push(part(service.as_ref()));
    }
    found
}

fn work(row: &Node<'_>, payload: &Payload, sheet: &mut Sheet) {
    let rows = updates(row, sheet);
    let mut drafts: Vec<Draft<MaintenanceStage>> = Vec::new();
    for update in &rows {
        let stage = meant(update, "status_id", sheet, work_stage);
        drafts.push(draft(update, stage, sheet));
    }
    let stage = drafts.last().and_then(|last| last.stage);
    let running = stage.is_some_and(MaintenanceStage::is_running);
    let planned = Planned {
        id: row.string("id"),
        title: html::to_text(&row.string("title")),
        url: url_of(row, payload),
        stage,
        starts_at: time(row, "starts_at", sheet),
        ends_at: time(row, "ends_at", sheet),
        components: rows.last().map(|last| touched(last, running, sheet)).unwrap_or_default(),
        updates: drafts,
    };
    sheet.work(planned, row);
}

fn url_of(row: &Node<'_>, payload: &Payload) -> Option<String> {
    let (base, _) = payload.url.split_once("/api/")?;
    row.text("id").map(|id| format!("{base}/posts/details/{id}"))
}
