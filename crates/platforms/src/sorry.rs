//! Sorry (sorryapp): `api/v1/status`, `components` and `notices` on the page's own host.
//! Known from two public clients and a description of one page's API; no capture was seen.
//!
//! Oddities: lists come in pages of 25; a notice in a list has only its latest update, the others stand in its own
//! document; a component with parts repeats what they say, and `degraded` is all that is ever said of one; general
//! notices have no stage and are no incidents.

use std::collections::BTreeMap;

use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, MaintenanceStage, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Sorry = Sorry;

pub(crate) struct Sorry;

/// Pages of components that are read.
const MOST_PAGES: i64 = 4;
/// The note of how many components there are.
const TOTAL: &str = "total";
/// Open notices that are asked for one by one, where pages of components leave room for them.
const MOST_NOTICES: usize = 3;
/// Further asks of a poll.
const MOST_MORE: usize = 5;
/// Notes before the ids of notices: which of them are open, and which were read alone, with all updates.
const OPEN: &str = "open:";
const ALONE: &str = "alone:";

impl Simple for Sorry {
    fn name(&self) -> &'static str {
        "sorry"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        ["components", "notices", "status"].map(|key| HttpAsk::get(key, page.at_root(&format!("api/v1/{key}")))).into()
    }

    fn needs(&self) -> &'static [&'static str] {
        &["components", "status"]
    }

    fn weighs(&self, key: &str) -> bool {
        key == "notices" || key.starts_with("components")
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        let has = |value: &Value, keys: &[&str]| keys.iter().all(|key| value.get(key).is_some());
        let any = |key: &str, keys: &[&str]| {
            let list = json.get(key).and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|one| has(one, keys)))
        };
        let empty = |key: &str| {
            let is_empty = json.get(key).and_then(Value::as_array).is_some_and(Vec::is_empty);
            is_empty && payload.key == key && payload.url.contains("/api/v1/") && json.get("meta").is_some()
        };
        let evidence = |confidence, seen: &str| Some(Evidence { confidence, seen: seen.to_owned() });
        if json.get("page").is_some_and(|page| has(page, &["state", "state_text", "links"])) {
            return evidence(95, "`page.state_text` of Sorry");
        }
        if any("components", &["state", "parent_id", "position"]) {
            return evidence(85, "components with `state` and `parent_id`");
        }
        let notice = ["timeline_state", "type", "subject"];
        if any("notices", &notice) || json.get("notice").is_some_and(|one| has(one, &notice)) {
            return evidence(95, "notices with a `timeline_state`");
        }
        if empty("components") || empty("notices") {
            return evidence(60, "an empty list where Sorry keeps one");
        }
        None
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        if root.has("page") {
            let page = root.at("page");
            sheet.page.name = page.text("name").map(|text| text.into_owned());
            sheet.page.url = page.text("url").map(|text| text.into_owned());
            sheet.indicator = Some(sheet.health(&page, "state", health));
        } else if root.has("components") {
            components(&root, sheet);
        } else if root.has("notices") {
            notices(&root, sheet);
        } else {
            let alone = root.at("notice");
            sheet.notes.insert(format!("{ALONE}{}", alone.string("id")), String::new());
            notice(&alone, sheet);
        }
    }

    fn more(
        &self,
        page: &PageAddress,
        _memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        _now: Timestamp,
    ) -> Vec<HttpAsk> {
        let of = |key: &str| bodies.iter().find(|(payload, _)| payload.key == key).and_then(|(_, body)| body.json());
        let pages = of("components").map_or(1, |json| pages(&Node::root(json)));
        let mut asks: Vec<HttpAsk> = (2..=pages.min(MOST_PAGES))
            .map(|number| {
                let url = format!("{}?page={number}", page.at_root("api/v1/components"));
                HttpAsk::get(format!("components-{number}"), url)
            })
            .collect();
        let notices = of("notices").and_then(|json| json.get("notices")).and_then(Value::as_array);
        let open = notices.into_iter().flatten().filter(|one| is_present(one));
        let ids = open
            .filter_map(|one| one.get("id").and_then(Value::as_i64))
            .take(MOST_NOTICES.min(MOST_MORE.saturating_sub(asks.len())));
        asks.extend(ids.map(|id| HttpAsk::get(format!("notice-{id}"), page.at_root(&format!("api/v1/notices/{id}")))));
        asks
    }

    fn alone(&self, page: &PageAddress, _memory: &Memory, id: &str) -> Option<String> {
        Some(page.at_root(&format!("api/v1/notices/{id}")))
    }

    fn further(
        &self,
        page: &PageAddress,
        _memory: &Memory,
        bodies: &[(Payload, Body<'_>)],
        number: usize,
    ) -> Option<String> {
        let notices = bodies.iter().find(|(payload, _)| payload.key == "notices").and_then(|(_, body)| body.json())?;
        let goes_on = Node::root(notices).at("meta").has("next_page");
        goes_on.then(|| format!("{}?page={number}", page.at_root("api/v1/notices")))
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        let total: usize = sheet.notes.get(TOTAL).and_then(|total| total.parse().ok()).unwrap_or(0);
        if sheet.components.len() < total {
            sheet.doubt("meta.total_count", format!("There are {total} components, and not all of them were read."));
        }
        tell_of_notices(sheet);
        settle_parts(sheet);
        sheet.under_maintenance(now);
        if let Some(whole) = sheet.indicator {
            sheet.overall("page.state", whole);
        }
    }

    fn probes(&self) -> &'static [&'static str] {
        &["api/v1/status"]
    }
}

fn is_present(notice: &Value) -> bool {
    let is = |key: &str, word: &str| notice.get(key).and_then(Value::as_str) == Some(word);
    is("timeline_state", "present") && !is("type", "general")
}

/// Of open notices that were not read alone only the latest update is known.
fn tell_of_notices(sheet: &mut Sheet) {
    let open = sheet.notes.keys().filter_map(|key| key.strip_prefix(OPEN));
    let missing = open.filter(|id| !sheet.notes.contains_key(&format!("{ALONE}{id}"))).count();
    if missing > 0 {
        let told = format!("Of {missing} open notices only the latest update was read.");
        sheet.problem("incomplete", "notices", told);
    }
}

/// How many pages a list has.
fn pages(root: &Node<'_>) -> i64 {
    let meta = root.at("meta");
    let (count, total) = (meta.number("count").unwrap_or(0), meta.number("total_count").unwrap_or(0));
    if meta.has("next_page") && count > 0 { (total - 1).max(0) / count + 1 } else { 1 }
}

fn components(root: &Node<'_>, sheet: &mut Sheet) {
    for row in root.objects("components", sheet) {
        let health = sheet.health(&row, "state", health);
        let (id, name) = (row.string("id"), row.string("name"));
        if id.is_empty() || name.is_empty() {
            sheet.doubt(row.place(""), "The component has no id or no name.");
            continue;
        }
        // Its parent, until all are known.
        sheet.component(id, name, row.text("parent_id").map(|text| text.into_owned()).into_iter().collect(), health);
    }
    if let Some(total) = root.at("meta").text("total_count") {
        sheet.notes.insert(TOTAL.to_owned(), total.into_owned());
    }
}

fn health(word: &str) -> Option<Health> {
    Some(match word.replace('-', "_").as_str() {
        "operational" => Health::Operational,
        "degraded" | "partially_degraded" => Health::Degraded,
        "under_maintenance" => Health::Maintenance,
        _ => return None,
    })
}

/// Components with parts are groups. What is said of one holds for its parts where none of them says it.
fn settle_parts(sheet: &mut Sheet) {
    let all = std::mem::take(&mut sheet.components);
    let mut worst: BTreeMap<String, Health> = BTreeMap::new();
    for one in &all {
        if let Some(parent) = one.group.first() {
            let known = worst.entry(parent.clone()).or_default();
            *known = if *known == Health::Unknown { one.health } else { (*known).max(one.health) };
        }
    }
    let by_id: BTreeMap<&str, &tocsin_domain::Component> = all.iter().map(|one| (one.id.as_str(), one)).collect();
    for one in all.iter().filter(|one| !worst.contains_key(&one.id)) {
        let mut one = one.clone();
        let mut names = Vec::new();
        let mut parent = one.group.first().and_then(|id| by_id.get(id.as_str()));
        while let Some(above) = parent.filter(|_| names.len() < 16) {
            if worst.get(&above.id) == Some(&Health::Operational) {
                one.health = one.health.max(above.health);
            }
            names.insert(0, above.name.clone());
            parent = above.group.first().and_then(|id| by_id.get(id.as_str()));
        }
        one.group = names;
        sheet.components.push(one);
    }
    if sheet.components.is_empty() && !all.is_empty() {
        sheet.doubt("components", "Every component is part of another one.");
    }
}

fn notices(root: &Node<'_>, sheet: &mut Sheet) {
    let rows = root.objects("notices", sheet);
    let whole = !root.at("meta").has("next_page");
    let mut made = Vec::new();
    for row in &rows {
        made.extend(sheet.time(row, "created_at"));
        if is_present(row.value) {
            sheet.notes.insert(format!("{OPEN}{}", row.string("id")), String::new());
        }
        notice(row, sheet);
    }
    sheet.open = whole;
    // All are there, or the newest: else older ones may be missing between them.
    if whole || made.is_sorted_by(|one, next| one >= next) {
        sheet.history_since = sheet.incidents.iter().filter_map(|one| one.started_at).min();
    }
}

fn notice(row: &Node<'_>, sheet: &mut Sheet) {
    match row.text("type").as_deref() {
        Some("unplanned") => incident(row, sheet),
        Some("planned") => work(row, sheet),
        Some("general") => {}
        _ => sheet.doubt(row.place("type"), "The notice is of no type we know."),
    }
}

fn incident(row: &Node<'_>, sheet: &mut Sheet) {
    let stage = sheet.update_stage(row, "state", stage);
    let updates = updates(row, stage_of, sheet);
    let told = Told {
        id: row.string("id"),
        title: row.string("subject"),
        url: link(row),
        impact: None,
        stage,
        started_at: sheet.time(row, "began_at").or_else(|| sheet.time(row, "created_at")),
        resolved_at: sheet.time(row, "ended_at"),
        components: scope(row, sheet),
        updates,
    };
    sheet.incident(told, row);
}

fn stage(word: &str) -> Option<Stage> {
    Some(match word {
        "investigating" => Stage::Investigating,
        "identified" => Stage::Identified,
        "recovering" => Stage::Monitoring,
        "resolved" | "false_alarm" => Stage::Resolved,
        _ => return None,
    })
}

fn work(row: &Node<'_>, sheet: &mut Sheet) {
    let stage = sheet.word(row, "state", work_stage);
    let updates = updates(row, work_stage_of, sheet);
    let planned = Planned {
        id: row.string("id"),
        title: row.string("subject"),
        url: link(row),
        stage,
        starts_at: sheet.time(row, "began_at").or_else(|| sheet.time(row, "begins_at")),
        ends_at: sheet.time(row, "ended_at").or_else(|| sheet.time(row, "ends_at")),
        components: scope(row, sheet),
        updates,
    };
    sheet.work(planned, row);
}

fn work_stage(word: &str) -> Option<MaintenanceStage> {
    Some(match word {
        "scheduled" => MaintenanceStage::Scheduled,
        "underway" => MaintenanceStage::InProgress,
        "complete" => MaintenanceStage::Completed,
        "cancelled" => MaintenanceStage::Cancelled,
        _ => return None,
    })
}

fn stage_of(update: &Node<'_>, sheet: &mut Sheet) -> Option<Stage> {
    update.has("state").then(|| sheet.update_stage(update, "state", stage)).flatten()
}

fn work_stage_of(update: &Node<'_>, sheet: &mut Sheet) -> Option<MaintenanceStage> {
    update.has("state").then(|| sheet.word(update, "state", work_stage)).flatten()
}

/// All updates where they are told, else the latest. A list leaves out their ids, so that they are named by their times.
fn updates<S>(row: &Node<'_>, stage: impl Fn(&Node<'_>, &mut Sheet) -> Option<S>, sheet: &mut Sheet) -> Vec<Draft<S>> {
    let mut rows = row.objects("updates", sheet);
    if rows.is_empty() && row.has("latest_update") {
        rows.push(row.at("latest_update"));
    }
    let mut drafts = Vec::new();
    for update in rows {
        let at = sheet.time(&update, "created_at");
        let stage = stage(&update, sheet);
        drafts.push(Draft { id: String::new(), stage, at, stored_at: None, body: body(&update, "content") });
    }
    drafts
}

fn scope(row: &Node<'_>, sheet: &mut Sheet) -> Vec<ComponentRef> {
    let rows = row.objects("components", sheet);
    rows.iter().map(|one| named_part(one.string("id"), one.string("name"))).collect()
}

fn link(row: &Node<'_>) -> Option<String> {
    row.text("url").filter(|url| url.starts_with("http")).map(|url| url.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_asks_eight_times_at_most() {
        let page = PageAddress { url: "https://status.harbour-queue.example.com/".parse().unwrap() };
        let now = Timestamp::from_second(0);
        let asked = |components: i64| {
            let meta = serde_json::json!({"count": 25, "total_count": components, "next_page": 2});
            let notice = |id: i64| serde_json::json!({"id": id, "type": "unplanned", "timeline_state": "present"});
            let body =
                |key: &str, json: Value| (Payload { key: key.to_owned(), ..Payload::default() }, Body::Json(json));
            let bodies = [
                body("components", serde_json::json!({"components": [], "meta": meta})),
                body("notices", serde_json::json!({"notices": (1..9).map(notice).collect::<Vec<_>>()})),
            ];
            let more = READER.more(&page, &mut Memory::default(), &bodies, now);
            let notices = more.iter().filter(|ask| ask.key.starts_with("notice-")).count();
            (READER.asks(&page, &Memory::default(), now).len() + more.len(), notices)
        };
        assert_eq!(asked(30), (7, 3));
        assert_eq!(asked(500), (8, 2));
    }
}
