//! Freshstatus: components and incidents of an account at `public-api.freshstatus.io`, whose number stands in the page.
//! Known from four public clients of the two lists; no capture was seen. How the page writes the number is a guess.
//!
//! Oddities: statuses are two letters; components may be left out of the whole by their owner (`ignore_overall_status`);
//! incidents and work are one list, and have a text, but neither stage nor updates.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body, part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Freshstatus = Freshstatus;

pub(crate) struct Freshstatus;

const API: &str = "https://public-api.freshstatus.io/v1";
/// The account's number, once it was found.
const ACCOUNT: &str = "account";
/// Components stand inside one another at most so deep.
const DEEPEST: usize = 8;

static NUMBER: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"account_id(?:=|\\?"\s*:\s*\\?"?)(\d+)|\\?"accountDetails\\?"\s*:\s*\{[^{}]*?\\?"id\\?"\s*:\s*(\d+)"#)
        .ok()
});

impl Simple for Freshstatus {
    fn name(&self) -> &'static str {
        "freshstatus"
    }

    fn asks(&self, page: &PageAddress, memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let named = page.url.query_pairs().find(|(key, _)| key == "account_id").map(|(_, number)| number.into_owned());
        match named.as_deref().or_else(|| memory.text(ACCOUNT)) {
            Some(account) => lists(account),
            None => vec![HttpAsk::get("page", page.url.to_string())],
        }
    }

    fn needs(&self) -> &'static [&'static str] {
        &["components"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let evidence = |confidence, seen: &str| Some(Evidence { confidence, seen: seen.to_owned() });
        if let Some(text) = body.html() {
            // It only says where to read.
            return (text.contains("freshstatus") && account(text).is_some())
                .then(|| Evidence { confidence: 80, seen: "a page that names an account of Freshstatus".to_owned() });
        }
        let json = body.json()?;
        let components = json.get("components").and_then(Value::as_array);
        if components.is_some_and(|all| all.iter().any(|one| has_status(one, 0))) {
            return evidence(90, "components with Freshstatus's two letters");
        }
        let results = json.get("results").and_then(Value::as_array)?;
        let is_ours = |one: &Value| ["is_planned", "affected_components"].iter().all(|key| one.get(key).is_some());
        if results.iter().any(is_ours) {
            return evidence(90, "incidents with `is_planned` and `affected_components`");
        }
        let asked_for =
            matches!(payload.key.as_str(), "open" | "incidents") && payload.url.contains("/public-incidents");
        if results.is_empty() && asked_for { evidence(65, "an empty list of incidents") } else { None }
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        if root.has("components") {
            for row in root.objects("components", sheet) {
                add(&row, &[], sheet);
            }
            return;
        }
        let rows = root.objects("results", sheet);
        let mut starts = Vec::new();
        for row in &rows {
            starts.extend(sheet.time(row, "start_time"));
            if row.flag("is_planned") == Some(true) {
                work(row, now, sheet);
            } else {
                incident(row, now, sheet);
            }
        }
        let whole = !root.has("next");
        if payload.key == "open" {
            sheet.open = whole;
        } else if whole || starts.is_sorted_by(|one, next| one >= next) {
            sheet.history_since = starts.iter().min().map(|at| Timestamp::from_jiff(*at));
        }
    }

    fn more(
        &self,
        _page: &PageAddress,
        memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        _now: Timestamp,
    ) -> Vec<HttpAsk> {
        let found = bodies.iter().filter_map(|(_, body)| body.html()).find_map(account);
        let Some(number) = found else { return Vec::new() };
        memory.set(ACCOUNT, number.clone());
        lists(&number)
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        if sheet.components.is_empty() {
            sheet.problem("missing_anchor", "components", "No component is listed: the health is not known.");
        }
        sheet.under_maintenance(now);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["public-api.freshstatus.io"]
    }
}

fn lists(account: &str) -> Vec<HttpAsk> {
    vec![
        HttpAsk::get("components", format!("{API}/public-components/?account_id={account}")),
        HttpAsk::get("incidents", format!("{API}/public-incidents/?account_id={account}")),
        HttpAsk::get("open", format!("{API}/public-incidents/?account_id={account}&end_time__isempty=true")),
    ]
}

fn account(html: &str) -> Option<String> {
    let found = NUMBER.as_ref()?.captures(html)?;
    found.get(1).or_else(|| found.get(2)).map(|number| number.as_str().to_owned())
}

fn has_status(one: &Value, depth: usize) -> bool {
    let known = one.get("status").and_then(Value::as_str).is_some_and(|word| health(word).is_some());
    let parts = one.get("components").and_then(Value::as_array);
    (known && one.get("id").is_some())
        || (depth < DEEPEST && parts.is_some_and(|all| all.iter().any(|one| has_status(one, depth + 1))))
}

fn health(word: &str) -> Option<Health> {
    Some(match word {
        "OP" => Health::Operational,
        "PD" => Health::Degraded,
        "PO" => Health::PartialOutage,
        "MO" => Health::MajorOutage,
        "UM" => Health::Maintenance,
        _ => return None,
    })
}

fn add(row: &Node<'_>, group: &[String], sheet: &mut Sheet) {
    let (id, name) = (row.string("id"), row.string("name"));
    if id.is_empty() || name.is_empty() || group.len() > DEEPEST {
        sheet.doubt(row.place(""), "The component has no id or no name.");
        return;
    }
    let parts = row.objects("components", sheet);
    if !parts.is_empty() {
        let inner: Vec<String> = group.iter().cloned().chain([name]).collect();
        for part in parts {
            add(&part, &inner, sheet);
        }
        return;
    }
    // Its owner says that it does not count.
    if row.at("display_options").flag("ignore_overall_status") == Some(true) {
        return;
    }
    let health = sheet.health(row, "status", health);
    sheet.component(id, name, group.to_vec(), health);
}

fn incident(row: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let begun = sheet.time(row, "start_time");
    let end = sheet.time(row, "end_time").filter(|at| Timestamp::from_jiff(*at) <= now);
    let mut impact = None;
    for touched in row.objects("affected_components", sheet) {
        let found = touched.has("new_status").then(|| sheet.word(&touched, "new_status", impact_of)).flatten();
        impact = impact.max(found);
    }
    let told = Told {
        id: row.string("id"),
        title: row.string("title"),
        impact,
        stage: end.map(|_| Stage::Resolved),
        started_at: begun,
        resolved_at: end,
        components: scope(row, sheet),
        updates: text(row, begun, Some(Stage::Investigating)),
        ..Told::default()
    };
    sheet.incident(told, row);
}

fn impact_of(word: &str) -> Option<Impact> {
    Some(match word {
        "OP" | "UM" => Impact::None,
        "PD" => Impact::Minor,
        "PO" => Impact::Major,
        "MO" => Impact::Critical,
        _ => return None,
    })
}

fn work(row: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let end = sheet.time(row, "end_time").filter(|at| Timestamp::from_jiff(*at) <= now);
    let starts = sheet.time(row, "scheduled_start_time").or_else(|| sheet.time(row, "start_time"));
    let planned = Planned {
        id: row.string("id"),
        title: row.string("title"),
        stage: end.map(|_| MaintenanceStage::Completed),
        starts_at: starts,
        ends_at: sheet.time(row, "scheduled_end_time").or(end),
        components: scope(row, sheet),
        updates: text(row, None, None),
        ..Planned::default()
    };
    sheet.work(planned, row);
}

fn scope(row: &Node<'_>, sheet: &mut Sheet) -> Vec<ComponentRef> {
    let rows = row.objects("affected_components", sheet);
    rows.iter().map(|one| part(one.string("component"))).filter(|one| !one.id.is_empty()).collect()
}

/// The description is the only word there is.
fn text<S>(row: &Node<'_>, at: Option<jiff::Timestamp>, stage: Option<S>) -> Vec<Draft<S>> {
    let body = body(row, "description");
    if body.is_empty() {
        return Vec::new();
    }
    vec![Draft { id: "description".to_owned(), stage, at, stored_at: None, body }]
}
