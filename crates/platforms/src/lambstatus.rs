//! LambStatus: `api/components`, `api/incidents`, `api/maintenances`, and `history.rss` with the texts.
//!
//! Known from a captured feed and from the software's own code. Oddities: the lists are whole (everything that ever was),
//! but have no texts, which only the feed's 25 entries have; nothing names components of an incident or says how bad it
//! is; states are English words for people (`Partial Outage`); `updatedAt` moves with every edit.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tocsin_domain::maintenance::Work;
use tocsin_domain::{Health, HttpAsk, Report, Stage, Timestamp};

use crate::kit::feed::{Feed, Item};
use crate::kit::node::Node;
use crate::kit::report::{self, Draft};
use crate::kit::sheet::{Planned, Sheet, Told};
use crate::kit::simple::{Body, Simple};
use crate::kit::timeline::{self, Block};
use crate::kit::words::{self, Phase};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: LambStatus = LambStatus;

pub(crate) struct LambStatus;

/// How it writes an update: date with a year, stage, text.
static UPDATE: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"<p><small>[A-Z][a-z]{2} \d{1,2}, \d{4}, \d{2}:\d{2} UTC</small><br><strong>").ok());

impl Simple for LambStatus {
    fn name(&self) -> &'static str {
        "lambstatus"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        [
            ("components", "api/components"),
            ("incidents", "api/incidents"),
            ("maintenances", "api/maintenances"),
            ("feed", "history.rss"),
        ]
        .map(|(key, path)| HttpAsk::get(key, page.at_root(path)))
        .to_vec()
    }

    fn needs(&self) -> &'static [&'static str] {
        &["components", "incidents"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        if let Some(feed) = body.feed() {
            let written = |item: &Item| UPDATE.as_ref().is_some_and(|update| update.is_match(&item.body));
            let is_ours = feed.items.iter().any(|item| id(item).is_some() && written(item));
            return is_ours
                .then(|| Evidence { confidence: 91, seen: "a feed of updates as LambStatus writes them".to_owned() });
        }
        let list = body.json()?.as_array()?;
        if list.is_empty() {
            // Nothing happened yet. A page without components would be none.
            let asked = matches!(payload.key.as_str(), "incidents" | "maintenances");
            return asked.then(|| Evidence { confidence: 40, seen: "an empty list".to_owned() });
        }
        let key = key_of(list)?;
        Some(Evidence { confidence: 96, seen: format!("a list of things with a `{key}`") })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        if let Some(feed) = body.feed() {
            read_feed(feed, now, sheet);
            return;
        }
        let Some(json) = body.json() else { return };
        let rows = Node::root(json).objects("", sheet);
        match json.as_array().and_then(|list| key_of(list)) {
            Some("componentID") => rows.iter().for_each(|row| component(row, sheet)),
            Some("maintenanceID") => rows.iter().for_each(|row| work(row, sheet)),
            Some(_) => incidents(&rows, sheet),
            None if payload.key == "incidents" => sheet.open = true,
            None => {}
        }
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        sheet.incidents = lay_together(std::mem::take(&mut sheet.incidents));
        sheet.works = lay_works_together(std::mem::take(&mut sheet.works));
        sheet.under_maintenance(now);
    }

    fn probes(&self) -> &'static [&'static str] {
        &["api/components"]
    }
}

/// By which id the rows of a list are theirs.
fn key_of(list: &[Value]) -> Option<&'static str> {
    let keys = ["componentID", "incidentID", "maintenanceID"];
    keys.into_iter().find(|key| list.iter().any(|one| one.get(key).is_some_and(Value::is_string)))
}

fn component(row: &Node<'_>, sheet: &mut Sheet) {
    let Some(id) = row.text("componentID") else {
        sheet.doubt(row.place("componentID"), "A component has no id.");
        return;
    };
    let health = sheet.health(row, "status", health);
    sheet.component(id.as_ref(), row.text("name").unwrap_or_else(|| id.clone()), Vec::new(), health);
}

fn incidents(rows: &[Node<'_>], sheet: &mut Sheet) {
    for row in rows {
        let stage = sheet.word(row, "status", words::stage).unwrap_or(Stage::Investigating);
        let told = Told {
            id: row.string("incidentID"),
            title: row.string("name"),
            stage: Some(stage),
            started_at: sheet.time(row, "createdAt"),
            // The best there is where the feed no longer has it.
            resolved_at: sheet.time(row, "updatedAt").filter(|_| stage.is_terminal()),
            ..Told::default()
        };
        sheet.incident(told, row);
    }
    sheet.open = true;
    sheet.history_since = sheet.incidents.iter().filter_map(|one| one.started_at).min();
}

fn work(row: &Node<'_>, sheet: &mut Sheet) {
    let planned = Planned {
        id: row.string("maintenanceID"),
        title: row.string("name"),
        stage: sheet.word(row, "status", words::maintenance_stage),
        starts_at: sheet.time(row, "startAt"),
        ends_at: sheet.time(row, "endAt"),
        ..Planned::default()
    };
    sheet.work(planned, row);
}

/// Whether an entry is work, and the id in its address: `…/incidents/bqoDstalneID`.
fn id(item: &Item) -> Option<(bool, &str)> {
    let address = item.link.as_deref()?;
    let plain = |id: &&str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (8..=40).contains(&id.len()) && id.bytes().all(is_plain)
    };
    let of = |kind: &str| address.rsplit_once(kind).map(|(_, id)| id.trim_end_matches('/')).filter(plain);
    of("/incidents/").map(|id| (false, id)).or_else(|| of("/maintenances/").map(|id| (true, id)))
}

fn read_feed(feed: &Feed, now: Timestamp, sheet: &mut Sheet) {
    let name = feed.title.replace(['[', ']'], "");
    let name = name.split(" Status").next().unwrap_or_default().trim().to_owned();
    sheet.page.name = Some(name).filter(|name| !name.is_empty());
    sheet.page.url.clone_from(&feed.link);
    for (index, item) in feed.items.iter().enumerate() {
        let place = format!("entry[{index}]");
        let Some((is_work, id)) = id(item) else {
            sheet.problem("bad_shape", place, "The entry leads to no incident.");
            continue;
        };
        let newest = item.updated.or(item.published).unwrap_or_else(|| now.to_jiff());
        let blocks = timeline::blocks(&item.body, newest);
        for block in blocks.iter().filter(|block| block.phase.is_none()) {
            sheet.problem("unknown_status", place.clone(), format!("`{}` is no status we know.", block.word));
        }
        if is_work {
            fed_work(item, id, &blocks, sheet);
        } else {
            fed_incident(item, id, &blocks, sheet);
        }
    }
    sheet.history_since = sheet.incidents.iter().filter_map(|one| one.started_at).min();
}

fn fed_incident(item: &Item, id: &str, blocks: &[Block], sheet: &mut Sheet) {
    let updates = drafts(blocks, |phase| match phase {
        Phase::Incident(stage) => Some(stage),
        Phase::Work(_) | Phase::Same => None,
    });
    // A word nobody knows, said last, does not say that it is over.
    let last = updates.first().map(|newest| newest.stage.unwrap_or(Stage::Investigating));
    let (id, title, url) = (id.to_owned(), item.title.clone(), item.link.clone());
    sheet.incident(Told { id, title, url, stage: last, updates, ..Told::default() }, &Node::root(&Value::Null));
}

fn fed_work(item: &Item, id: &str, blocks: &[Block], sheet: &mut Sheet) {
    let updates = drafts(blocks, |phase| match phase {
        Phase::Work(stage) => Some(stage),
        Phase::Incident(_) | Phase::Same => None,
    });
    let (id, title, url) = (id.to_owned(), item.title.clone(), item.link.clone());
    sheet.work(Planned { id, title, url, updates, ..Planned::default() }, &Node::root(&Value::Null));
}

/// Newest first, as they stand in the feed.
fn drafts<S>(blocks: &[Block], stage: impl Fn(Phase) -> Option<S>) -> Vec<Draft<S>> {
    let draft = |block: &Block| Draft {
        id: String::new(),
        stage: block.phase.and_then(&stage),
        at: block.at,
        stored_at: None,
        body: block.body.clone(),
    };
    blocks.iter().map(draft).collect()
}

/// An incident of the lists and the same in the feed are one: the lists know its stage and its start, the feed the rest.
fn lay_together(all: Vec<Report>) -> Vec<Report> {
    let (fed, mut listed): (Vec<Report>, Vec<Report>) = all.into_iter().partition(|one| one.url.is_some());
    let mut alone = Vec::new();
    for other in fed {
        let Some(one) = listed.iter_mut().find(|one| one.id == other.id) else {
            alone.push(other);
            continue;
        };
        let end = other.resolved_at.filter(|_| one.is_closed());
        one.url = other.url;
        one.updates = other.updates;
        one.started_at = one.started_at.or(other.started_at);
        one.resolved_at = end.or(one.resolved_at);
        report::settle(one);
    }
    listed.extend(alone);
    listed
}

fn lay_works_together(all: Vec<Work>) -> Vec<Work> {
    let (fed, mut listed): (Vec<Work>, Vec<Work>) = all.into_iter().partition(|one| one.url.is_some());
    let mut alone = Vec::new();
    for other in fed {
        match listed.iter_mut().find(|one| one.id == other.id) {
            Some(one) => (one.url, one.updates) = (other.url, other.updates),
            None => alone.push(other),
        }
    }
    listed.extend(alone);
    listed
}

fn health(word: &str) -> Option<Health> {
    Some(match word {
        "Operational" => Health::Operational,
        "Under Maintenance" => Health::Maintenance,
        "Degraded Performance" => Health::Degraded,
        "Partial Outage" => Health::PartialOutage,
        "Major Outage" => Health::MajorOutage,
        _ => return None,
    })
}
