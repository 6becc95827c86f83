//! Checkly: `api/v1/summary.json` with what is open, `api/v1/services.json` with every part, `feed.rss` with the updates
//! and what is over; and `unresolved-incidents`, which the page draws itself from.
//!
//! The last one is known from captures, the others from several public clients. Oddities: the summary looks like
//! Instatus's, but has other words; a severity is a word of its own scale (`MEDIUM` stands between `MINOR` and `MAJOR`); a
//! service's status is such a severity; the summary has no texts and the feed no severities, so both are laid together by
//! the id in the incident's address. Only the summary says what is open: what the feed alone calls open is left out.

mod feed;

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Impact, Report, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::{self, Draft};
use crate::kit::sheet::{Planned, Sheet, Told, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::kit::{html, words};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Checkly = Checkly;

pub(crate) struct Checkly;

impl Simple for Checkly {
    fn name(&self) -> &'static str {
        "checkly"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        [("summary", "api/v1/summary.json"), ("services", "api/v1/services.json"), ("feed", "feed.rss")]
            .map(|(key, path)| HttpAsk::get(key, page.at_root(path)))
            .to_vec()
    }

    fn needs(&self) -> &'static [&'static str] {
        &["summary"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        if let Some(feed) = body.feed() {
            return feed::is_ours(feed)
                .then(|| Evidence { confidence: 93, seen: "a feed of incidents as Checkly writes them".to_owned() });
        }
        let json = body.json()?;
        let (confidence, seen) = match () {
            () if is_summary(payload, json) => (99, "a summary with Checkly's words"),
            () if is_unresolved(json) => (95, "incidents with `severity` and `services`"),
            () if is_services(payload, json) => (80, "a list of services with Checkly's words"),
            () => return None,
        };
        Some(Evidence { confidence, seen: seen.to_owned() })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        if let Some(feed) = body.feed() {
            feed::read(feed, sheet);
        } else if let Some(json) = body.json() {
            let root = Node::root(json);
            if is_summary(payload, json) {
                summary(&root, sheet);
            } else if is_unresolved(json) {
                for row in root.objects("incidents", sheet) {
                    incident(&row, ["created_at", "lastUpdateStatus", "services"], sheet);
                }
                sheet.open = true;
            } else {
                services(&root, sheet);
            }
        }
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        let listed = sheet.open;
        join(&mut sheet.incidents, listed);
        name_by_id(sheet);
        if let Some(whole) = sheet.indicator {
            sheet.overall("page.status", whole);
        }
        sheet.under_maintenance(now);
    }

    fn probes(&self) -> &'static [&'static str] {
        &["api/v1/summary.json"]
    }
}

fn is_summary(payload: &Payload, json: &Value) -> bool {
    let page = json.get("page");
    let word = page.and_then(|page| page.get("status")).and_then(Value::as_str);
    let url = page.and_then(|page| page.get("url")).and_then(Value::as_str).unwrap_or_default();
    let lists = ["activeIncidents", "activeMaintenances"].iter().all(|key| json.get(key).is_some_and(Value::is_array));
    let theirs = url.trim_end_matches('/').ends_with(".checkly-status-page.com")
        || payload.url.ends_with("/api/v1/summary.json")
        // Instatus writes UP and HASISSUES.
        || word.is_some_and(|word| word == "OPERATIONAL" || word.contains('_'));
    lists && theirs && word.is_some()
}

fn is_unresolved(json: &Value) -> bool {
    let alone = json.as_object().is_some_and(|fields| fields.len() == 1);
    let is_ours = |one: &Value| {
        let says = |key: &str| one.get(key).is_some_and(Value::is_string);
        says("severity") && says("created_at") && one.get("services").is_some_and(Value::is_array)
    };
    let list = json.get("incidents").and_then(Value::as_array);
    alone && list.is_some_and(|list| list.iter().any(is_ours))
}

fn is_services(payload: &Payload, json: &Value) -> bool {
    let is_ours = |one: &Value| {
        let says = |key: &str| one.get(key).is_some_and(Value::is_string);
        let word = one.get("status").and_then(Value::as_str);
        let shouted = word.is_some_and(|word| word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_'));
        // A key of its own tells its ask; else every row must look like theirs.
        says("id") && says("name") && one.get("group").is_some() && (shouted || payload.key == "services")
    };
    json.as_array().is_some_and(|list| !list.is_empty() && list.iter().all(is_ours))
}

fn summary(root: &Node<'_>, sheet: &mut Sheet) {
    let page = root.at("page");
    sheet.page.name = page.text("name").map(|name| name.into_owned());
    sheet.page.url = page.text("url").map(|url| url.into_owned());
    sheet.indicator = Some(sheet.health(&page, "status", page_health));
    for row in root.objects("activeIncidents", sheet) {
        incident(&row, ["startedAt", "status", "affectedServices"], sheet);
    }
    for row in root.objects("activeMaintenances", sheet) {
        work(&row, sheet);
    }
    sheet.open = true;
}

fn services(root: &Node<'_>, sheet: &mut Sheet) {
    for row in root.objects("", sheet) {
        let Some(id) = row.text("id") else {
            sheet.doubt(row.place("id"), "A service has no id.");
            continue;
        };
        let name = row.text("name").unwrap_or_else(|| id.clone());
        let group = row.text("group").map(|group| group.into_owned());
        let health = sheet.health(&row, "status", health);
        sheet.component(id.as_ref(), name, group.into_iter().collect(), health);
    }
}

/// An incident by the names its surface has for its start, its stage and its services.
fn incident(row: &Node<'_>, [start, stage, services]: [&str; 3], sheet: &mut Sheet) {
    let mut updates = Vec::new();
    for update in row.objects("incidentUpdates", sheet) {
        updates.push(Draft {
            id: update.string("id"),
            stage: sheet.word(&update, "status", words::stage),
            at: sheet.time(&update, "publicIncidentUpdateDate").or_else(|| sheet.time(&update, "created_at")),
            stored_at: sheet.time(&update, "created_at"),
            body: body(&update, "description"),
        });
    }
    let said = if row.has(stage) { sheet.word(row, stage, words::stage) } else { None };
    let last = updates.iter().max_by_key(|update| (update.at, update.stored_at)).and_then(|update| update.stage);
    let parts = row.objects(services, sheet);
    let told = Told {
        id: row.string("id"),
        title: html::to_text(&row.string("name")),
        url: row.text("url").map(|url| url.into_owned()),
        impact: sheet.word(row, "severity", impact),
        // It is listed among what is open.
        stage: said.or(last).or(Some(Stage::Investigating)),
        started_at: sheet.time(row, start),
        resolved_at: None,
        components: parts.iter().map(|one| named_part(one.string("id"), one.string("name"))).collect(),
        updates,
    };
    sheet.incident(told, row);
}

/// Work: no client shows one, so every name that the vendor uses elsewhere is taken.
fn work(row: &Node<'_>, sheet: &mut Sheet) {
    let first = |keys: &[&'static str]| keys.iter().copied().find(|key| row.has(key));
    let parts = ["affectedServices", "services"].map(|key| row.objects(key, sheet)).concat();
    let planned = Planned {
        id: row.string("id"),
        title: html::to_text(&row.string("name")),
        url: row.text("url").map(|url| url.into_owned()),
        stage: row.text("status").and_then(|word| words::maintenance_stage(&word)),
        starts_at: first(&["startsAt", "startAt", "startedAt", "start"]).and_then(|key| sheet.time(row, key)),
        ends_at: first(&["endsAt", "endAt", "end"]).and_then(|key| sheet.time(row, key)),
        components: parts.iter().map(|one| named_part(one.string("id"), one.string("name"))).collect(),
        updates: Vec::new(),
    };
    sheet.work(planned, row);
}

/// Two tellings of an incident become one: who has a severity knows it, who has texts gives them.
fn join(incidents: &mut Vec<Report>, listed: bool) {
    let all = std::mem::take(incidents);
    let (mut open, fed): (Vec<Report>, Vec<Report>) = all.into_iter().partition(|one| one.impact.is_some());
    // A severity that nobody knows leaves its incident among the others: it is told all the same.
    let (unfed, fed): (Vec<Report>, Vec<Report>) = fed.into_iter().partition(|one| !feed::is_fed(one));
    open.extend(unfed);
    for other in fed {
        match open.iter_mut().find(|one| one.id == other.id) {
            Some(one) => lay_over(one, other),
            None if other.is_closed() || !listed => incidents.push(other),
            None => {}
        }
    }
    incidents.extend(open);
}

fn lay_over(one: &mut Report, fed: Report) {
    one.url = one.url.take().or(fed.url);
    if one.updates.len() < fed.updates.len() {
        one.updates = fed.updates;
    }
    if one.components.is_empty() {
        one.components = fed.components;
    }
    // The feed may know of the end before the list does.
    if fed.stage.is_some_and(Stage::is_terminal) {
        one.stage = fed.stage;
    }
    report::settle(one);
}

/// The feed names services by name only.
fn name_by_id(sheet: &mut Sheet) {
    for incident in &mut sheet.incidents {
        for part in incident.components.iter_mut().filter(|part| part.id.is_empty()) {
            let mut known = sheet.components.iter().filter(|one| one.name == part.name);
            if let (Some(one), None) = (known.next(), known.next()) {
                part.id.clone_from(&one.id);
            }
        }
    }
}

fn page_health(word: &str) -> Option<Health> {
    match word {
        "HAS_ISSUES" => Some(Health::Degraded),
        "UNDER_MAINTENANCE" => Some(Health::Maintenance),
        _ => health(word),
    }
}

fn health(word: &str) -> Option<Health> {
    Some(match word {
        "OPERATIONAL" => Health::Operational,
        "MINOR" => Health::Degraded,
        "MEDIUM" => Health::PartialOutage,
        "MAJOR" | "CRITICAL" => Health::MajorOutage,
        "MAINTENANCE" => Health::Maintenance,
        _ => return None,
    })
}

fn impact(word: &str) -> Option<Impact> {
    Some(match word {
        "MINOR" => Impact::Minor,
        "MEDIUM" => Impact::Major,
        "MAJOR" | "CRITICAL" => Impact::Critical,
        "MAINTENANCE" => Impact::None,
        _ => return None,
    })
}
