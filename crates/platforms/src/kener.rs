//! Kener 4: what the page loads for itself (`__data.json`), `dashboard-apis/monitor-bars` (how services are),
//! `dashboard-apis/notifications` (incidents and work) and each newer incident's own `__data.json`.
//!
//! Held against the software itself. Oddities: `__data.json` is flat, every value a number that says where in the list
//! it stands; services are found by tags, which only the page names; times are seconds since 1970; a service that was
//! never measured is `NO_DATA`; lists of incidents have neither their texts nor the services they name.

use serde_json::{Map, Value};
use tocsin_domain::{Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::html;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body as text_of, named_part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Kener = Kener;

pub(crate) struct Kener;

/// So many tags fit into one question, and so many questions are asked.
const TAGS: usize = 100;
const QUESTIONS: usize = 2;
/// The texts of so many incidents are asked for, open ones first.
const TEXTS: usize = 3;
/// Flat data is not followed further than this: deep, and values in all.
const DEEPEST: usize = 12;
const MOST: usize = 200_000;

/// What a body is, as plain JSON.
enum Kind {
    /// What the page loads: the site's part and the page's.
    Page(Value),
    Incident(Value),
    Bars,
    Notices,
}

impl Simple for Kener {
    fn name(&self) -> &'static str {
        "kener"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("data", page.below("__data.json"))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["data", "bars"]
    }

    fn weighs(&self, key: &str) -> bool {
        key == "notices" || key.starts_with("bars")
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let (confidence, seen) = match kind(body)? {
            Kind::Page(_) => (95, "Kener's `monitorTags` and `pageStatus`"),
            Kind::Incident(_) => (90, "an incident of Kener with `affectedMonitors`"),
            Kind::Bars => (92, "Kener's `currentStatus` by tag, and `missingTags`"),
            Kind::Notices if notices(body).is_empty() => (45, "an empty list of notifications"),
            Kind::Notices => (90, "Kener's notifications with `eventURL` and `eventStatus`"),
        };
        Some(Evidence { confidence, seen: seen.to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let (Some(kind), Some(json)) = (kind(body), body.json()) else { return };
        match kind {
            Kind::Page(data) => page(&Node::root(&data), sheet),
            Kind::Incident(data) => {
                let root = Node::root(&data);
                incident(&root.at("incident"), &root, "affectedMonitors", sheet);
            }
            Kind::Bars => bars(&Node::root(json), sheet),
            Kind::Notices => {
                for row in Node::root(json).objects("notifications", sheet) {
                    notice(&row, sheet);
                }
                sheet.open = true;
                sheet.history_since =
                    sheet.incidents.iter().filter_map(|one| one.started_at).filter(|at| *at <= now).min();
            }
        }
    }

    fn more(
        &self,
        page: &PageAddress,
        _memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        _now: Timestamp,
    ) -> Vec<HttpAsk> {
        let tags = bodies.iter().find_map(|(_, body)| match kind(body)? {
            Kind::Page(data) => Some(tags(&data)),
            _ => None,
        });
        let mut asks = Vec::new();
        let all = tags.unwrap_or_default();
        for (number, some) in all.chunks(TAGS).take(QUESTIONS).enumerate() {
            let key = if number == 0 { "bars".to_owned() } else { format!("bars.{}", number + 1) };
            let url = page.at_root("dashboard-apis/monitor-bars");
            asks.push(HttpAsk::get(key, format!("{url}?days=1&tags={}", some.join(","))));
        }
        if !all.is_empty() {
            let some: Vec<&str> = all.iter().take(TAGS * QUESTIONS).map(String::as_str).collect();
            let url = page.at_root("dashboard-apis/notifications");
            asks.push(HttpAsk::get("notices", format!("{url}?tags={}", some.join(","))));
        }
        let told = bodies.iter().find(|(payload, _)| payload.key == "notices");
        let mut rows = told.map(|(_, body)| notices(body)).unwrap_or_default();
        rows.retain(|row| number_in(row, "/incidents/").is_some());
        // Open ones first, then the newest.
        rows.sort_by_key(|row| {
            let start = row.get("eventStartDateTime").and_then(Value::as_i64).unwrap_or_default();
            (row.get("eventStatus").and_then(Value::as_str) == Some("RESOLVED"), std::cmp::Reverse(start))
        });
        for id in rows.iter().take(TEXTS).filter_map(|row| number_in(row, "/incidents/")) {
            asks.push(HttpAsk::get(format!("incident.{id}"), page.at_root(&format!("incidents/{id}/__data.json"))));
        }
        asks
    }

    fn alone(&self, page: &PageAddress, _memory: &Memory, id: &str) -> Option<String> {
        Some(page.at_root(&format!("incidents/{id}/__data.json")))
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        if sheet.components.is_empty() && sheet.indicator.is_none() {
            sheet.problem("missing_anchor", "", "It names no service.");
        }
        let Some(base) = sheet.page.url.as_deref().map(|url| url.trim_end_matches('/').to_owned()) else { return };
        for report in &mut sheet.incidents {
            report.url = Some(format!("{base}/incidents/{}", report.id));
        }
        for work in &mut sheet.works {
            work.url = Some(format!("{base}/maintenances/{}", work.id));
        }
    }

    fn probes(&self) -> &'static [&'static str] {
        &["__data.json"]
    }
}

fn kind(body: &Body<'_>) -> Option<Kind> {
    let json = body.json()?;
    if let Some(rows) = json.get("notifications").and_then(Value::as_array) {
        let ours = |row: &Value| row.get("eventURL").is_some() && row.get("eventStatus").is_some();
        return (rows.is_empty() || rows.iter().any(ours)).then_some(Kind::Notices);
    }
    if json.get("missingTags").is_some_and(Value::is_array) {
        return json.get("data").is_some_and(Value::is_object).then_some(Kind::Bars);
    }
    if json.get("type").and_then(Value::as_str) != Some("data") {
        return None;
    }
    let mut whole = Map::new();
    for node in json.get("nodes")?.as_array()? {
        if let Some(Value::Object(part)) = node.get("data").and_then(Value::as_array).map(|flat| unfolded(flat)) {
            whole.extend(part);
        }
    }
    let is = |key: &str, what: fn(&Value) -> bool| whole.get(key).is_some_and(what);
    if is("monitorTags", Value::is_array) && is("pageStatus", Value::is_object) {
        Some(Kind::Page(Value::Object(whole)))
    } else if is("incident", Value::is_object) && is("affectedMonitors", Value::is_array) {
        Some(Kind::Incident(Value::Object(whole)))
    } else {
        None
    }
}

/// Flat data as it was: the first value is the root, and a number inside a list or an object says which value stands
/// there. A negative one is nothing; a list that begins with a text is one of JavaScript's own kinds: `["Date", 7]`.
fn unfolded(flat: &[Value]) -> Value {
    let mut left = MOST;
    value_at(flat, 0, DEEPEST, &mut left)
}

fn value_at(flat: &[Value], at: usize, deep: usize, left: &mut usize) -> Value {
    if deep == 0 || *left == 0 {
        return Value::Null;
    }
    *left -= 1;
    let mut look_up = |place: &Value| {
        let at = place.as_u64().and_then(|at| usize::try_from(at).ok());
        at.map_or(Value::Null, |at| value_at(flat, at, deep - 1, left))
    };
    match flat.get(at) {
        Some(Value::Object(fields)) => {
            Value::Object(fields.iter().map(|(key, place)| (key.clone(), look_up(place))).collect())
        }
        Some(Value::Array(items)) => match items.first() {
            Some(Value::String(kind)) if kind == "Date" => items.get(1).cloned().unwrap_or_default(),
            Some(Value::String(_)) => Value::Null,
            _ => Value::Array(items.iter().map(look_up).collect()),
        },
        Some(plain) => plain.clone(),
        None => Value::Null,
    }
}

/// The services' tags, as the page lists them. What would not fit into an address is no tag.
fn tags(data: &Value) -> Vec<String> {
    let all = data.get("monitorTags").and_then(Value::as_array).into_iter().flatten();
    let plain = |tag: &&str| tag.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    all.filter_map(Value::as_str).filter(plain).filter(|tag| !tag.is_empty()).map(str::to_owned).collect()
}

fn notices(body: &Body<'_>) -> Vec<Value> {
    let rows = body.json().and_then(|json| json.get("notifications")).and_then(Value::as_array);
    rows.cloned().unwrap_or_default()
}

/// The number in `/incidents/7`.
fn number_in(row: &Value, before: &str) -> Option<String> {
    let (_, id) = row.get("eventURL")?.as_str()?.rsplit_once(before)?;
    (!id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit())).then(|| id.to_owned())
}

fn page(root: &Node<'_>, sheet: &mut Sheet) {
    sheet.page.name = root.text("siteName").map(Into::into);
    sheet.page.url = root.text("siteUrl").filter(|url| url.starts_with("https://")).map(Into::into);
    sheet.indicator = Some(sheet.health(&root.at("pageStatus"), "statusSummary", |word| match word {
        "All Systems Operational" => Some(Health::Operational),
        "Under Maintenance" => Some(Health::Maintenance),
        "Degraded Performance" | "Partial Degraded Performance" => Some(Health::Degraded),
        "Partial System Outage" => Some(Health::PartialOutage),
        "Major System Outage" => Some(Health::MajorOutage),
        "No Status Available" => Some(Health::Unknown),
        _ => None,
    }));
    let named = root.at("monitorTags").value.as_array().map_or(0, Vec::len);
    if tags(root.value).len().min(TAGS * QUESTIONS) < named {
        sheet.doubt("monitorTags", "It names more services than can be asked for.");
    }
    for row in root.objects("ongoingIncidents", sheet) {
        incident(&row, &row, "monitors", sheet);
    }
}

fn bars(root: &Node<'_>, sheet: &mut Sheet) {
    for tag in root.texts("missingTags") {
        sheet.problem("not_measured", "missingTags", format!("The page names `{tag}`, but it is not there."));
        sheet.component(tag.clone(), tag, Vec::new(), Health::Unknown);
    }
    for (tag, row) in root.fields("data", sheet) {
        let health = sheet.health(&row, "currentStatus", |word| match word {
            "UP" => Some(Health::Operational),
            "DEGRADED" => Some(Health::Degraded),
            "DOWN" => Some(Health::MajorOutage),
            "MAINTENANCE" => Some(Health::Maintenance),
            "NO_DATA" => Some(Health::Unknown),
            _ => None,
        });
        if row.text("currentStatus").as_deref() == Some("NO_DATA") {
            sheet.problem("not_measured", row.place("currentStatus"), "It was never measured.");
        }
        sheet.component(tag, row.text("name").unwrap_or(tag.into()), Vec::new(), health);
    }
}

fn stage(word: &str) -> Option<Stage> {
    Some(match word {
        "INVESTIGATING" => Stage::Investigating,
        "IDENTIFIED" => Stage::Identified,
        "MONITORING" => Stage::Monitoring,
        "RESOLVED" => Stage::Resolved,
        _ => return None,
    })
}

/// An incident with its texts. `around` has the comments and, under `named`, the services.
fn incident(row: &Node<'_>, around: &Node<'_>, named: &str, sheet: &mut Sheet) {
    let state = sheet.word(row, "state", stage);
    let started_at = sheet.time(row, "start_date_time");
    let ended_at = sheet.time(row, "end_date_time");
    let mut updates = Vec::new();
    for comment in around.objects("comments", sheet) {
        let at = sheet.time(&comment, "commented_at");
        let stage = sheet.word(&comment, "state", stage);
        updates.push(Draft { id: comment.string("id"), stage, at, stored_at: at, body: text_of(&comment, "comment") });
    }
    let mut worst = None;
    let mut components = Vec::new();
    for monitor in around.objects(named, sheet) {
        let impact = sheet.word(&monitor, "monitor_impact", |word| match word {
            "DOWN" => Some(Impact::Major),
            "DEGRADED" => Some(Impact::Minor),
            "UP" | "MAINTENANCE" => Some(Impact::None),
            _ => None,
        });
        worst = worst.max(impact);
        let tag = monitor.string("monitor_tag");
        components.push(named_part(tag, monitor.string("monitor_name")));
    }
    let over = state.is_some_and(Stage::is_terminal);
    let told = Told {
        id: row.string("id"),
        title: html::to_text(&row.string("title")),
        impact: worst,
        // A word that nobody knows does not say that it is over.
        stage: Some(state.unwrap_or(Stage::Investigating)),
        started_at,
        resolved_at: ended_at.filter(|_| over),
        components,
        updates,
        ..Told::default()
    };
    sheet.incident(told, row);
}

fn notice(row: &Node<'_>, sheet: &mut Sheet) {
    let starts_at = sheet.time(row, "eventStartDateTime");
    let ends_at = sheet.time(row, "eventEndDateTime");
    let title = html::to_text(&row.string("eventTitle"));
    match sheet.word(row, "eventType", |word| matches!(word, "incident" | "maintenance").then(|| word.to_owned())) {
        Some(kind) if kind == "incident" => {
            let state = sheet.word(row, "eventStatus", stage);
            let over = state.is_some_and(Stage::is_terminal);
            let told = Told {
                id: number_in(row.value, "/incidents/").unwrap_or_default(),
                title,
                stage: Some(state.unwrap_or(Stage::Investigating)),
                started_at: starts_at,
                resolved_at: ends_at.filter(|_| over),
                ..Told::default()
            };
            sheet.incident(told, row);
        }
        Some(_) => {
            let stage = sheet.word(row, "eventStatus", |word| match word {
                "SCHEDULED" | "READY" => Some(MaintenanceStage::Scheduled),
                "ONGOING" => Some(MaintenanceStage::InProgress),
                "COMPLETED" => Some(MaintenanceStage::Completed),
                "CANCELLED" => Some(MaintenanceStage::Cancelled),
                _ => None,
            });
            let id = number_in(row.value, "/maintenances/").unwrap_or_default();
            sheet.work(Planned { id, title, stage, starts_at, ends_at, ..Planned::default() }, row);
        }
        None => sheet.doubt(row.place("eventType"), "This is neither an incident nor work."),
    }
}
