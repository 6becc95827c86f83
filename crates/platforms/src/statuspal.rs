//! StatusPal: `api/v2/status_pages/<subdomain>/summary` and `…/incidents` on statuspal.io or statuspal.eu.
//! Known from several public clients and their test data; no capture was seen here.
//!
//! Oddities: times name no zone (UTC is assumed, clients disagree); no type at all means well; a page may have types of
//! its own, which nobody else knows; a service that is worse than all its parts speaks for them; a page on its own domain does not have to say
//! its subdomain, then only the overall word of the page itself can be read.

use std::collections::{BTreeSet, HashMap};
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::html::mixed_to_markdown;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, named_part, part};
use crate::kit::simple::{Body, Simple};
use crate::kit::words;
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: StatusPal = StatusPal;

pub(crate) struct StatusPal;

/// Names of services that have parts, by id.
type Groups = HashMap<String, String>;

/// Where the page's API is, once it was found.
const BASE: &str = "base";
/// Services stand inside one another at most so deep.
const DEEPEST: usize = 16;

static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let own_host = r"//([a-z0-9][a-z0-9-]*)\.statuspal\.(io|eu)";
    let below = r"statuspal\.(io|eu)/(?:api/v\d/)?status_pages/([a-z0-9][a-z0-9-]*)";
    Regex::new(&format!("{own_host}|{below}")).ok()
});

impl Simple for StatusPal {
    fn name(&self) -> &'static str {
        "statuspal"
    }

    fn asks(&self, page: &PageAddress, memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        match by_address(page).or_else(|| memory.text(BASE).map(str::to_owned)) {
            Some(base) => both(&base),
            None => vec![HttpAsk::get("summary", page.url.to_string())],
        }
    }

    fn needs(&self) -> &'static [&'static str] {
        &["summary"]
    }

    fn weighs(&self, key: &str) -> bool {
        key == "incidents"
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        if let Some(json) = body.json() {
            return of_json(payload, json);
        }
        let text = body.html()?;
        (text.contains("statuspal") && indicator(body).is_some())
            .then(|| Evidence { confidence: 75, seen: "StatusPal's `.system-status` in a page".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else {
            let word = indicator(body).unwrap_or_default();
            let value = Value::String(word);
            sheet.indicator = Some(sheet.health(&Node::root(&value), "", |word| health(word, "none")));
            return;
        };
        let root = Node::root(json);
        if root.has("status_page") {
            summary(&root, now, sheet);
        } else {
            history(&root, now, sheet);
        }
    }

    fn more(
        &self,
        page: &PageAddress,
        memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        _now: Timestamp,
    ) -> Vec<HttpAsk> {
        let pages = bodies.iter().filter_map(|(_, body)| body.html());
        let Some(base) = pages.filter_map(by_links).next().filter(|_| by_address(page).is_none()) else {
            return Vec::new();
        };
        memory.set(BASE, base.clone());
        both(&base)
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        let known: BTreeSet<&str> = sheet.components.iter().map(|one| one.id.as_str()).collect();
        let scopes = sheet.incidents.iter_mut().map(|one| &mut one.components);
        for scope in scopes.chain(sheet.works.iter_mut().map(|one| &mut one.components)) {
            // The history names groups and services that are gone by numbers alone.
            scope.retain(|one| !one.name.is_empty() || known.contains(one.id.as_str()));
        }
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["statuspal.io", "statuspal.eu"]
    }
}

fn both(base: &str) -> Vec<HttpAsk> {
    vec![HttpAsk::get("incidents", format!("{base}/incidents")), HttpAsk::get("summary", format!("{base}/summary"))]
}

/// `https://harbour.statuspal.eu/` and every address below `statuspal.eu/…/status_pages/harbour`.
fn by_address(page: &PageAddress) -> Option<String> {
    let host = page.url.host_str()?;
    let base = |end: &str, name: &str| format!("https://statuspal.{end}/api/v2/status_pages/{name}");
    for end in ["io", "eu"] {
        let vendor = format!("statuspal.{end}");
        if let Some(name) = host.strip_suffix(&format!(".{vendor}")).filter(|name| *name != "www") {
            return Some(base(end, name));
        }
        if host == vendor || host == format!("www.{vendor}") {
            let path = page.url.path();
            let (_, rest) = path.split_once("/status_pages/")?;
            return rest.split('/').next().filter(|name| !name.is_empty()).map(|name| base(end, name));
        }
    }
    None
}

/// The same out of a link in a page on its own domain.
fn by_links(html: &str) -> Option<String> {
    const OTHERS: [&str; 8] = ["www", "app", "api", "cdn", "assets", "static", "docs", "help"];
    let pattern = NAMED.as_ref()?;
    let mut found = pattern.captures_iter(html).filter_map(|found| {
        let end = found.get(2).or_else(|| found.get(3))?.as_str();
        let name = found.get(1).or_else(|| found.get(4))?.as_str();
        (!OTHERS.contains(&name)).then(|| format!("https://statuspal.{end}/api/v2/status_pages/{name}"))
    });
    found.next()
}

fn of_json(payload: &Payload, json: &Value) -> Option<Evidence> {
    let page = json.get("status_page");
    let says = |key: &str| page.and_then(|page| page.get(key)).is_some();
    if says("subdomain") && says("current_incident_type") && json.get("services").is_some() {
        return Some(Evidence { confidence: 97, seen: "`status_page.current_incident_type` of StatusPal".to_owned() });
    }
    let list = json.get("incidents").and_then(Value::as_array)?;
    let counted = json.get("meta").and_then(|meta| meta.get("total_count")).is_some();
    if list.is_empty() {
        // An empty list is believed only where it was asked for.
        return (counted && payload.key == "incidents" && payload.url.contains("/api/v2/status_pages/"))
            .then(|| Evidence { confidence: 60, seen: "an empty list of StatusPal's incidents".to_owned() });
    }
    let is_ours =
        |one: &Value| ["service_ids", "starts_at", "ends_at", "type"].iter().all(|key| one.get(key).is_some());
    list.iter().any(is_ours).then(|| Evidence { confidence: 75, seen: "incidents with `service_ids`".to_owned() })
}

/// The overall word of a page: `type-minor`.
fn indicator(body: &Body<'_>) -> Option<String> {
    let document = body.document()?;
    let selector = scraper::Selector::parse(".system-status").ok()?;
    document
        .select(&selector)
        .find_map(|element| element.value().classes().find_map(|class| class.strip_prefix("type-")).map(str::to_owned))
}

fn summary(root: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let page = root.at("status_page");
    sheet.page.id = page.text("subdomain").map(|text| text.into_owned());
    sheet.page.name = page.text("name").map(|text| text.into_owned());
    sheet.page.time_zone = page.text("time_zone").map(|text| text.into_owned());
    for key in ["services", "incidents", "maintenances"] {
        if !root.has(key) {
            sheet.doubt(key, "The summary should have this list.");
        }
    }
    let mut groups = HashMap::new();
    for service in root.objects("services", sheet) {
        add(&service, &[], Health::Operational, &mut groups, sheet);
    }
    for row in root.objects("incidents", sheet) {
        told(&row, &groups, now, sheet);
    }
    for row in root.objects("maintenances", sheet) {
        work(&row, Some(MaintenanceStage::InProgress), &groups, now, sheet);
    }
    for row in root.objects("upcoming_maintenances", sheet) {
        work(&row, Some(MaintenanceStage::Scheduled), &groups, now, sheet);
    }
    sheet.open = true;
    let whole = own_health(&page, sheet);
    sheet.overall("status_page.current_incident_type", whole);
}

fn history(root: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let rows = root.objects("incidents", sheet);
    let mut starts = Vec::new();
    for row in &rows {
        starts.extend(sheet.utc(row, "starts_at"));
        if is_work(row) {
            work(row, None, &Groups::new(), now, sheet);
        } else {
            told(row, &Groups::new(), now, sheet);
        }
    }
    // All of them are there, or the newest: else older ones may be missing between them.
    let all = root.at("meta").number("total_count").is_some_and(|count| usize::try_from(count) == Ok(rows.len()));
    if all || starts.is_sorted_by(|one, next| one >= next) {
        sheet.history_since = starts.iter().min().map(|at| Timestamp::from_jiff(*at));
    }
}

/// A service, or the parts of it. What is said of it holds for its parts where none of them is as bad.
fn add(service: &Node<'_>, group: &[String], above: Health, groups: &mut Groups, sheet: &mut Sheet) {
    let own = own_health(service, sheet);
    let (id, name) = (service.string("id"), service.string("name"));
    if id.is_empty() || name.is_empty() || group.len() > DEEPEST {
        sheet.doubt(service.place(""), "The service has no id or no name.");
        return;
    }
    let parts = service.objects("children", sheet);
    if parts.is_empty() {
        sheet.component(id, name, group.to_vec(), own.max(above));
        return;
    }
    let told = parts.iter().map(worst).max().unwrap_or_default();
    let inherited = if own > told { own.max(above) } else { above };
    groups.insert(id, name.clone());
    let inner: Vec<String> = group.iter().cloned().chain([name]).collect();
    for part in parts {
        add(&part, &inner, inherited, groups, sheet);
    }
}

/// The worst that is said of a service or of any of its parts.
fn worst(service: &Node<'_>) -> Health {
    let word = service.text("current_incident_type");
    let own = word.map_or(Some(Health::Operational), |word| health(&word, "info"));
    let parts = service.value.get("children").and_then(Value::as_array);
    let below = parts.into_iter().flatten().map(|part| worst(&Node::root(part)));
    below.chain([own.unwrap_or(Health::Unknown)]).max().unwrap_or_default()
}

fn own_health(node: &Node<'_>, sheet: &mut Sheet) -> Health {
    const KEY: &str = "current_incident_type";
    if node.names(KEY) && !node.has(KEY) {
        return Health::Operational;
    }
    sheet.health(node, KEY, |word| health(word, "info"))
}

/// `well`: the word that says so.
fn health(word: &str, well: &str) -> Option<Health> {
    Some(match word {
        _ if word == well => Health::Operational,
        "info" => Health::Operational,
        "minor" | "performance" => Health::Degraded,
        "major" => Health::MajorOutage,
        "scheduled" | "maintenance" | "emergency-maintenance" => Health::Maintenance,
        _ => return None,
    })
}

fn is_work(row: &Node<'_>) -> bool {
    row.text("type").is_some_and(|kind| health(&kind, "info") == Some(Health::Maintenance))
}

fn told(row: &Node<'_>, groups: &Groups, now: Timestamp, sheet: &mut Sheet) {
    let impact = sheet.word(row, "type", |word| match word {
        "info" => Some(Impact::None),
        "minor" | "performance" | "emergency-maintenance" => Some(Impact::Minor),
        "major" => Some(Impact::Major),
        _ => None,
    });
    let end = sheet.time(row, "ends_at").filter(|at| Timestamp::from_jiff(*at) <= now);
    let mut updates = Vec::new();
    for update in row.objects("updates", sheet) {
        let stage = match update.text("type").as_deref() {
            Some("update") => None,
            _ => sheet.update_stage(&update, "type", update_stage),
        };
        updates.push(draft(&update, stage, sheet));
    }
    let told = Told {
        id: row.string("id"),
        title: row.string("title"),
        url: link(row),
        impact,
        stage: end.map(|_| Stage::Resolved),
        started_at: sheet.time(row, "starts_at"),
        resolved_at: end,
        components: scope(row, groups),
        updates,
    };
    if end.is_some() { sheet.incident(told, row) } else { sheet.open_incident(told, row) }
}

fn update_stage(word: &str) -> Option<Stage> {
    if word == "issue" { Some(Stage::Investigating) } else { words::stage(word) }
}

fn work(row: &Node<'_>, listed_as: Option<MaintenanceStage>, groups: &Groups, now: Timestamp, sheet: &mut Sheet) {
    let (starts, ends) = (sheet.time(row, "starts_at"), sheet.time(row, "ends_at"));
    let over = ends.is_some_and(|at| Timestamp::from_jiff(at) <= now);
    let mut updates = Vec::new();
    for update in row.objects("updates", sheet) {
        let draft = draft(&update, None, sheet);
        updates.push(Draft { stage: None, id: draft.id, at: draft.at, stored_at: draft.stored_at, body: draft.body });
    }
    let planned = Planned {
        id: row.string("id"),
        title: row.string("title"),
        url: link(row),
        stage: if over { Some(MaintenanceStage::Completed) } else { listed_as },
        starts_at: starts,
        ends_at: ends,
        components: scope(row, groups),
        updates,
    };
    sheet.work(planned, row);
}

fn draft(update: &Node<'_>, stage: Option<Stage>, sheet: &mut Sheet) -> Draft<Stage> {
    let at = sheet.time(update, "posted_at").or_else(|| sheet.time(update, "inserted_at"));
    let text = update.text("description_html").or_else(|| update.text("description"));
    Draft {
        id: update.string("id"),
        stage,
        at,
        stored_at: sheet.utc(update, "inserted_at"),
        body: text.map(|text| mixed_to_markdown(&text)).unwrap_or_default(),
    }
}

/// The services it names: those that are groups by their names, the others are looked up.
fn scope(row: &Node<'_>, groups: &Groups) -> Vec<ComponentRef> {
    let ids = row.texts("service_ids").into_iter();
    ids.map(|id| groups.get(id.as_ref()).map_or_else(|| part(id.as_ref()), |name| named_part(id.as_ref(), name)))
        .collect()
}

fn link(row: &Node<'_>) -> Option<String> {
    row.text("url").filter(|url| url.starts_with("http")).map(|url| url.into_owned())
}
