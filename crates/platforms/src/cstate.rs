//! cState, a page made by Hugo: `index.json`, the list of issues, and the feed for their texts.
//!
//! Held against the theme itself, built here. Oddities: the files are as old as the last build; titles stand in the
//! JSON with their quotes as they are, so that it is broken; nothing is written as `<no value>`; times are Go's, but the
//! end of an issue is written as its author wrote it; a service is known by its name alone; without any issue there is
//! no list of issues; an issue that begins later, and every `notice`, is work: the page itself calls that "Maintenance".

use std::collections::BTreeMap;

use jiff::Timestamp as Precise;
use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Impact, MaintenanceStage, Report, Stage, Timestamp};

use crate::kit::feed::Feed;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, named_part};
use crate::kit::simple::{Body, Simple};
use crate::kit::{dates, decode, html};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: CState = CState;

pub(crate) struct CState;

impl Simple for CState {
    fn name(&self) -> &'static str {
        "cstate"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        ["feed=index.xml", "index=index.json", "issues=issues/index.json"]
            .iter()
            .filter_map(|ask| ask.split_once('='))
            .map(|(key, path)| HttpAsk::get(key, page.below(path)))
            .collect()
    }

    fn needs(&self) -> &'static [&'static str] {
        &["index"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let sure = |confidence, seen: &str| Some(Evidence { confidence, seen: seen.to_owned() });
        if body.feed().is_some() {
            // Anybody's feed reader reads it as well; alone it says nothing of the services.
            let ours = decode::text(payload).contains("<generator>github.com/cstate</generator>");
            return if ours { sure(45, "a feed that names cState as its maker") } else { None };
        }
        let json = json(payload, body)?;
        match json.get("is").and_then(Value::as_str)? {
            "index" if is_index(&json) => sure(97, "cState's `is`, `cStateVersion` and `systems`"),
            "issues" if is_issues(&json) => sure(90, "cState's list of issues"),
            _ => None,
        }
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        if let Some(feed) = body.feed() {
            return texts(feed, sheet);
        }
        let Some(json) = json(payload, body) else { return };
        let root = Node::root(&json);
        if root.text("is").as_deref() == Some("index") {
            index(&root, now, sheet);
        } else {
            for row in root.objects("pages", sheet) {
                if row.text("is").as_deref() == Some("issue") {
                    issue(&row, now, sheet);
                }
            }
            sheet.open = true;
            sheet.history_since = sheet.incidents.iter().filter_map(|one| one.started_at).min();
        }
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        join_texts(sheet);
        // The page's word may speak of an issue that is in no list we read.
        let listed = sheet.components.iter().map(|one| one.health);
        let open = sheet.incidents.iter().filter(|one| !one.is_closed());
        let known = Health::worst(listed.chain(open.filter_map(|one| one.impact.and_then(Impact::health))));
        let Some(said) = sheet.indicator.filter(|said| *said >= Health::Unknown) else { return };
        let unheard = known.is_none_or(|known| known < said) && sheet.works.is_empty();
        if unheard || said == Health::Unknown {
            sheet.doubt("summaryStatus", "The page says worse of itself than of any of its services and issues.");
        }
    }

    fn probes(&self) -> &'static [&'static str] {
        &["index.json"]
    }
}

fn is_index(json: &Value) -> bool {
    let says = |key: &str| json.get(key).is_some_and(Value::is_string);
    says("cStateVersion") && says("summaryStatus") && json.get("systems").is_some_and(Value::is_array)
}

fn is_issues(json: &Value) -> bool {
    let is_issue =
        |one: &Value| one.get("is").and_then(Value::as_str) == Some("issue") && one.get("permalink").is_some();
    json.get("baseURL").is_some()
        && json.get("pages").and_then(Value::as_array).is_some_and(|all| all.iter().any(is_issue))
}

/// The JSON of a body, mended where its author's quotes broke it.
fn json(payload: &Payload, body: &Body<'_>) -> Option<Value> {
    if let Some(json) = body.json() {
        return Some(json.clone());
    }
    let text = decode::text(payload);
    let text = decode::json(&text)?;
    if !text.contains("\"is\": \"") {
        return None;
    }
    let lines: Vec<String> = text.lines().map(mended).collect();
    serde_json::from_str(&lines.join("\n")).ok()
}

/// One line of the template holds one field: `"title": "It is "down"",` gets its inner quotes escaped.
fn mended(line: &str) -> String {
    let end = line.trim_end();
    let bare = end.strip_suffix(',').unwrap_or(end);
    let parts = line.split_once("\": \"").filter(|(key, _)| key.trim_start().starts_with('"'));
    let inner = parts.and_then(|(key, _)| bare.get(key.len() + 4..)?.strip_suffix('"').map(|text| (key, text)));
    match inner {
        Some((key, text)) if text.contains(['"', '\\']) => {
            let comma = if bare.len() < end.len() { "," } else { "" };
            format!("{key}\": \"{}\"{comma}", text.replace('\\', "\\\\").replace('"', "\\\""))
        }
        _ => line.to_owned(),
    }
}

fn index(root: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    sheet.page.name = root.text("title").map(Into::into);
    sheet.page.url = root.text("baseURL").filter(|url| url.starts_with("http")).map(Into::into);
    sheet.indicator = Some(sheet.health(root, "summaryStatus", health));
    for system in root.objects("systems", sheet) {
        let Some(name) = system.text("name") else {
            sheet.doubt(system.place("name"), "The service has no name.");
            continue;
        };
        let mut state = sheet.health(&system, "status", health);
        let issues = system.objects("unresolvedIssues", sheet);
        let begins_later = |row: &Node<'_>| row.text("createdAt").and_then(|text| later(&text, now)).is_some();
        if !issues.is_empty() && state != Health::Unknown && issues.iter().all(begins_later) {
            state = Health::Operational;
        }
        for row in &issues {
            issue(row, now, sheet);
        }
        let group = system.text("category").map(Into::into).into_iter().collect();
        sheet.component(name.clone(), name, group, state);
    }
}

fn health(word: &str) -> Option<Health> {
    Some(match word {
        "ok" => Health::Operational,
        "notice" => Health::Maintenance,
        "disrupted" => Health::PartialOutage,
        "down" => Health::MajorOutage,
        _ => return None,
    })
}

/// The time of a text, where it is still to come.
fn later(text: &str, now: Timestamp) -> Option<Precise> {
    dates::parse(text).map(|read| read.at).filter(|at| Timestamp::from_jiff(*at) > now)
}

/// The last part of an issue's address is its file's name, which nobody edits.
fn id_of(address: &str) -> &str {
    address.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

fn issue(row: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    // Announcements stay for ever; nothing is wrong.
    if row.flag("informational") == Some(true) {
        return;
    }
    let Some(resolved) = row.flag("resolved") else {
        sheet.doubt(row.place("resolved"), "The issue does not say whether it is over.");
        return;
    };
    let link = row.string("permalink");
    let id = id_of(&link).to_owned();
    let title = html::to_text(&row.string("title"));
    let url = link.starts_with("http").then_some(link);
    let started_at = sheet.time(row, "createdAt");
    let over_at = end(row, sheet);
    let components = row.texts("affected").into_iter().map(|name| named_part(name.clone(), name)).collect();
    let future = row.text("createdAt").and_then(|text| later(&text, now)).is_some();
    let severity = row.text("severity").unwrap_or_default();
    if future || severity == "notice" {
        let stage = match (resolved, future) {
            (true, _) => MaintenanceStage::Completed,
            (false, true) => MaintenanceStage::Scheduled,
            (false, false) => MaintenanceStage::InProgress,
        };
        let updates = Vec::new();
        let stage = Some(stage);
        let work = Planned { id, title, url, stage, starts_at: started_at, ends_at: over_at, components, updates };
        return sheet.work(work, row);
    }
    let impact = sheet.word(row, "severity", |word| match word {
        "disrupted" => Some(Impact::Major),
        "down" => Some(Impact::Critical),
        _ => None,
    });
    let first =
        |stage, at, id: &str| Draft { id: id.to_owned(), stage: Some(stage), at, stored_at: at, body: String::new() };
    let mut updates = vec![first(Stage::Investigating, started_at, "~first")];
    if resolved && over_at.is_some() {
        updates.push(first(Stage::Resolved, over_at, "~end"));
    }
    let stage = Some(if resolved { Stage::Resolved } else { Stage::Investigating });
    let resolved_at = if resolved { over_at } else { None };
    sheet.incident(Told { id, title, url, impact, stage, started_at, resolved_at, components, updates }, row);
}

/// The end is the author's own text. Where it names no zone, it is in that of the beginning, which Hugo writes out.
fn end(row: &Node<'_>, sheet: &mut Sheet) -> Option<Precise> {
    let text = row.text("resolvedAt").filter(|text| !text.starts_with('<') && !text.starts_with("0001-"))?;
    let read = dates::parse(&text);
    if read.is_none() {
        sheet.problem("bad_time", row.place("resolvedAt"), format!("`{text}` is no time we can read."));
    }
    let created = row.text("createdAt").unwrap_or_default();
    let zone = created.split(' ').find(|word| word.len() == 5 && word.starts_with(['+', '-']));
    let zoned = || dates::parse(&format!("{text} {}", zone?));
    match read {
        Some(read) if read.assumed_utc && zoned().is_some() => zoned().map(|read| read.at),
        Some(_) => sheet.time(row, "resolvedAt"),
        None => None,
    }
}

/// What the feed says of issues: their texts. Kept as reports that say nothing else, until all is read.
fn texts(feed: &Feed, sheet: &mut Sheet) {
    let nothing = Node::root(&Value::Null);
    for item in &feed.items {
        let id = item.link.as_deref().map(id_of).unwrap_or(item.id.as_str()).to_owned();
        let body = html::to_markdown(&item.body);
        if id.is_empty() || body.is_empty() {
            continue;
        }
        let draft = Draft { id: TEXT.to_owned(), stage: None, at: None, stored_at: None, body };
        sheet.incident(Told { id, title: TEXT.to_owned(), updates: vec![draft], ..Told::default() }, &nothing);
    }
}

/// Marks what only carries a text.
const TEXT: &str = "~text";

/// Gives every issue its text, and forgets the texts of all else.
fn join_texts(sheet: &mut Sheet) {
    let is_text = |one: &Report| one.title == TEXT;
    let (texts, issues): (Vec<_>, Vec<_>) = std::mem::take(&mut sheet.incidents).into_iter().partition(is_text);
    let mut bodies: BTreeMap<String, String> = BTreeMap::new();
    for text in texts {
        let body = text.updates.into_iter().map(|update| update.body).next().unwrap_or_default();
        bodies.insert(text.id, body);
    }
    sheet.incidents = issues;
    for report in &mut sheet.incidents {
        if let (Some(body), Some(first)) = (bodies.get(&report.id), report.updates.first_mut()) {
            first.body.clone_from(body);
        }
    }
    for work in &mut sheet.works {
        if let (Some(body), true) = (bodies.get(&work.id), work.updates.is_empty()) {
            let at = work.starts_at.filter(|_| work.stage != Some(MaintenanceStage::Scheduled));
            work.updates.push(tocsin_domain::Update { id: "~first".to_owned(), stage: None, at, body: body.clone() });
        }
    }
}
