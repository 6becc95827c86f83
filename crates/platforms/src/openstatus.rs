//! OpenStatus: `feed/json` with every report and maintenance, and `api/status/summary.json` with how components are.
//!
//! Held against the software itself. Oddities: a page has a host of its own, or is the first part of the path; the
//! feed's `updatedAt` is always now; its components have no status (only the older `monitors` have one, and the page's
//! own word leaves out components that are no monitors); the summary looks like Statuspage's without any id, so its
//! components are found by name; updates come newest first; older versions have neither components nor a summary.

use std::collections::BTreeMap;

use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Report, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body as text_of, part};
use crate::kit::simple::{Body, Simple};
use crate::kit::{html, words};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: OpenStatus = OpenStatus;

pub(crate) struct OpenStatus;

/// Before the name of a component that the summary tells, until it is found in the feed.
const BY_NAME: &str = "~";

impl Simple for OpenStatus {
    fn name(&self) -> &'static str {
        "openstatus"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let (feed, summary) = match slug_of(page) {
            None => ("feed/json".to_owned(), "api/status/summary.json".to_owned()),
            Some(slug) => (format!("{slug}/feed/json"), format!("api/status/{slug}/summary.json")),
        };
        vec![HttpAsk::get("feed", page.at_root(&feed)), HttpAsk::get("summary", page.at_root(&summary))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["feed"]
    }

    fn weighs(&self, key: &str) -> bool {
        matches!(key, "feed" | "summary")
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        let (confidence, seen) = if is_feed(json) {
            (96, "OpenStatus' `statusReports` beside `maintenances`")
        } else if is_summary(json) {
            (60, "a summary without any id, as OpenStatus makes it")
        } else {
            return None;
        };
        Some(Evidence { confidence, seen: seen.to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        if is_feed(json) { feed(&root, now, sheet) } else { summary(&root, sheet) }
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        let (told, listed): (Vec<_>, Vec<_>) =
            std::mem::take(&mut sheet.components).into_iter().partition(|one| one.id.starts_with(BY_NAME));
        let by_name: BTreeMap<&str, Health> = told.iter().map(|one| (one.name.as_str(), one.health)).collect();
        if listed.is_empty() {
            sheet.components.clone_from(&told);
            for component in &mut sheet.components {
                component.id.clone_from(&component.name);
            }
        } else {
            sheet.components = listed;
            sheet.blame(blamed);
            sheet.under_maintenance(now);
            for component in &mut sheet.components {
                if let Some(health) = by_name.get(component.name.as_str()) {
                    component.health = *health;
                }
            }
        }
        let Some(base) = sheet.page.url.clone().filter(|url| url.starts_with("https://")) else { return };
        let base = base.trim_end_matches('/');
        for report in &mut sheet.incidents {
            report.url = Some(format!("{base}/events/report/{}", report.id));
        }
        for work in &mut sheet.works {
            work.url = Some(format!("{base}/events/maintenance/{}", work.id));
        }
    }

    fn probes(&self) -> &'static [&'static str] {
        &["feed/json"]
    }
}

/// The page's name where the path has it; two letters are a language.
fn slug_of(page: &PageAddress) -> Option<&str> {
    let first = page.url.path().split('/').find(|part| !part.is_empty())?;
    (first.len() > 2 && first != "feed" && first != "api").then_some(first)
}

fn is_feed(json: &Value) -> bool {
    let is_list = |key: &str| json.get(key).is_some_and(Value::is_array);
    let says = |key: &str| json.get(key).is_some_and(Value::is_string);
    let parts = is_list("pageComponents") || is_list("monitors");
    parts && is_list("statusReports") && is_list("maintenances") && says("title") && says("updatedAt")
}

fn is_summary(json: &Value) -> bool {
    let Some(page) = json.get("page").and_then(Value::as_object) else { return false };
    let known = page.keys().all(|key| matches!(key.as_str(), "name" | "url" | "updated_at")) && page.len() == 3;
    let parts = json.get("components").and_then(Value::as_array).filter(|parts| !parts.is_empty());
    let nameless = |one: &Value| one.get("id").is_none() && one.get("name").is_some();
    let lists = ["incidents", "scheduled_maintenances"].iter().all(|key| json.get(key).is_some_and(Value::is_array));
    known
        && lists
        && json.pointer("/status/indicator").is_some()
        && parts.is_some_and(|parts| parts.iter().all(nameless))
}

/// How a component is that an open report names: what is only watched is well again, says the software.
fn blamed(report: &Report) -> Option<Health> {
    (report.stage != Some(Stage::Monitoring)).then_some(Health::Degraded)
}

fn summary(root: &Node<'_>, sheet: &mut Sheet) {
    let page = root.at("page");
    sheet.page.url = page.text("url").map(Into::into);
    sheet.page.name = page.text("name").map(Into::into);
    for row in root.objects("components", sheet) {
        let health = sheet.health(&row, "status", words::component_health);
        let name = row.string("name");
        sheet.component(format!("{BY_NAME}{name}"), name, Vec::new(), health);
    }
}

fn feed(root: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    sheet.page.name = root.text("title").map(Into::into);
    let measured = monitors(root, sheet);
    if root.has("pageComponents") {
        components(root, &measured, sheet);
    } else {
        for row in root.objects("monitors", sheet) {
            if let Some(id) = row.text("id") {
                let health = measured.get(id.as_ref()).copied().unwrap_or_default();
                sheet.component(format!("monitor-{id}"), row.string("name"), Vec::new(), health);
            }
        }
    }
    for row in root.objects("statusReports", sheet) {
        report(&row, sheet);
    }
    for row in root.objects("maintenances", sheet) {
        work(&row, sheet);
    }
    sheet.indicator = Some(sheet.health(root, "status", health));
    sheet.open = true;
    let begins = |one: &Report| one.started_at.filter(|at| *at <= now);
    sheet.history_since = sheet.incidents.iter().filter_map(begins).min();
}

fn health(word: &str) -> Option<Health> {
    Some(match word {
        "success" => Health::Operational,
        "degraded" => Health::Degraded,
        "error" => Health::MajorOutage,
        "info" => Health::Maintenance,
        _ => return None,
    })
}

/// What the monitors say, by their ids.
fn monitors(root: &Node<'_>, sheet: &mut Sheet) -> BTreeMap<String, Health> {
    let mut measured = BTreeMap::new();
    for row in root.objects("monitors", sheet) {
        let state = sheet.health(&row, "status", health);
        measured.insert(row.string("id"), state);
    }
    measured
}

fn components(root: &Node<'_>, measured: &BTreeMap<String, Health>, sheet: &mut Sheet) {
    let groups: BTreeMap<String, String> = root
        .objects("pageComponentGroups", sheet)
        .iter()
        .map(|group| (group.string("id"), group.string("name")))
        .filter(|(_, name)| !name.is_empty())
        .collect();
    for row in root.objects("pageComponents", sheet) {
        let Some(id) = row.text("id") else {
            sheet.doubt(row.place("id"), "The component has no id.");
            continue;
        };
        // One without a monitor is well while no report and no work names it.
        let health = match row.text("monitorId") {
            Some(monitor) => measured.get(monitor.as_ref()).copied().unwrap_or_default(),
            None if row.names("monitorId") => Health::Operational,
            None => {
                sheet.problem("missing_anchor", row.place("monitorId"), "It does not say whether it is measured.");
                Health::Unknown
            }
        };
        let group = row.text("groupId").and_then(|id| groups.get(id.as_ref()).cloned());
        sheet.component(id, row.string("name"), group.into_iter().collect(), health);
    }
}

/// The components that a report or a work names; older versions name monitors.
fn named(row: &Node<'_>) -> Vec<ComponentRef> {
    if row.has("pageComponents") {
        row.texts("pageComponents").into_iter().map(part).collect()
    } else {
        row.texts("monitors").into_iter().map(|id| part(format!("monitor-{id}"))).collect()
    }
}

fn report(row: &Node<'_>, sheet: &mut Sheet) {
    let stage = sheet.word(row, "status", words::stage);
    let mut updates = Vec::new();
    for update in row.objects("statusReportUpdates", sheet) {
        let at = sheet.time(&update, "date");
        let stage = sheet.word(&update, "status", words::stage);
        let body = text_of(&update, "message");
        updates.push(Draft { id: update.string("id"), stage, at, stored_at: at, body });
    }
    let told = Told {
        id: row.string("id"),
        title: html::to_text(&row.string("title")),
        // A word that nobody knows does not say that it is over.
        stage: Some(stage.unwrap_or(Stage::Investigating)),
        components: named(row),
        updates,
        ..Told::default()
    };
    sheet.incident(told, row);
}

fn work(row: &Node<'_>, sheet: &mut Sheet) {
    let starts_at = sheet.time(row, "from");
    let ends_at = sheet.time(row, "to");
    let body = text_of(row, "message");
    let draft = Draft { id: "~first".to_owned(), stage: None, at: None, stored_at: None, body };
    let updates = Some(draft).filter(|draft| !draft.body.is_empty()).into_iter().collect();
    let title = html::to_text(&row.string("name"));
    let components = named(row);
    sheet.work(
        Planned { id: row.string("id"), title, starts_at, ends_at, components, updates, ..Planned::default() },
        row,
    );
}
