//! Private Statuspage pages, read through the API of whoever owns them: `https://api.statuspage.io/v1/pages/{id}` with
//! `Authorization: OAuth {key}`. Its lists hold the public page's objects without the page around them, so they are put
//! into one and read like any other. Known from the vendor's documentation; no capture was seen.

use serde_json::{Map, Value, json};
use tocsin_domain::{Covers, Health, HttpAsk, Problem, Reading, Timestamp};

use super::is_statuspage_id;
use crate::kit::answers::{self, Why, Worth, unreadable};
use crate::kit::decode;
use crate::{Answered, Done, Evidence, Memory, PageAddress, Payload, Reader, Turn};

/// Key and path below the page's address.
const LISTS: [(&str, &str); 2] = [("components", "components?per_page=100"), ("incidents", "incidents?limit=100")];
/// A list of components comes in pages of a hundred; further than this they are not read.
const MOST_PAGES: usize = 4;
/// In the memory: how many pages there were.
const PAGES: &str = "pages";
const A_PAGE: usize = 100;

/// True for the address of a page in the owner's API.
pub fn is_api(page: &PageAddress) -> bool {
    let mut parts = page.url.path_segments().into_iter().flatten().filter(|part| !part.is_empty());
    let (version, pages, id) = (parts.next(), parts.next(), parts.next());
    version == Some("v1") && pages == Some("pages") && id.and_then(is_statuspage_id).is_some()
}

fn ask(page: &PageAddress, key: &str, path: &str) -> HttpAsk {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let url = page.below(path);
    let mark = if url.contains('?') { '&' } else { '?' };
    HttpAsk::get(key, format!("{url}{mark}{query}"))
}

/// A change on a later page shows only there.
pub fn begin(page: &PageAddress, memory: &Memory) -> Vec<HttpAsk> {
    let known = memory.0.get(PAGES).and_then(Value::as_u64).and_then(|pages| usize::try_from(pages).ok());
    let later = (2..=known.unwrap_or(1).min(MOST_PAGES)).map(|number| later_page(page, number));
    LISTS.iter().map(|(key, path)| ask(page, key, path)).chain(later).collect()
}

fn later_page(page: &PageAddress, number: usize) -> HttpAsk {
    ask(page, &format!("components.{number}"), &format!("components?per_page=100&page={number}"))
}

pub fn next(reader: &dyn Reader, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp) -> Turn {
    let is_list = |payload: &Payload| list_of(payload).is_some();
    for (key, _) in LISTS {
        match answers::worth_by(answers, key, is_list) {
            None => return unreadable("unreachable", Why::plain("Nothing was answered."), memory),
            Some(Worth::Trouble(why)) => return unreadable("unreachable", why, memory),
            Some(Worth::Absent(why)) => return unreadable("not_recognised", why, memory),
            Some(Worth::Body | Worth::Same) => {}
        }
    }
    let withheld = answers::withheld(answers);
    if !withheld.is_empty() {
        if memory.text("surface").is_some() && withheld.len() == answers.len() {
            return Turn::Done { done: Done::Unchanged, memory: memory.clone() };
        }
        if withheld.iter().any(|ask| answers::times_asked(answers, &ask.key) > 1) {
            let why = Why::plain("The page says that nothing changed, but not what it was.");
            return unreadable("not_modified", why, memory);
        }
        return Turn::More { asks: withheld, fresh: true };
    }
    let payloads = answers::payloads(answers);
    let pages: Vec<&Payload> = payloads.iter().filter(|payload| payload.key.starts_with("components")).collect();
    let full = pages.iter().all(|payload| list_of(payload).is_some_and(|list| list.len() == A_PAGE));
    let next = later_page(page, pages.len() + 1);
    if full && pages.len() < MOST_PAGES && answers::latest(answers, &next.key).is_none() {
        return Turn::More { asks: vec![next], fresh: true };
    }
    let mut memory = memory.clone();
    memory.set("surface", "private");
    memory.set(PAGES, pages.len());
    let mut reading = reader.read(&payloads, now);
    let lost = answers
        .iter()
        .any(|one| one.ask.key.starts_with("components") && !payloads.iter().any(|payload| payload.key == one.ask.key));
    let cut = full && pages.len() == MOST_PAGES;
    if cut || lost {
        // A component that was not read may be the one that is down.
        let detail = "Not all pages of the components were read.";
        reading.problems.push(Problem::new("incomplete", "components", detail));
        reading.health = reading.health.max(Health::Unknown);
        reading.covers = Covers::default();
    }
    Turn::Done { done: Done::Read(Box::new(reading)), memory }
}

fn list_of(payload: &Payload) -> Option<Vec<Value>> {
    let text = decode::text(payload);
    serde_json::from_str(decode::json(&text).filter(|json| json.starts_with('['))?).ok()
}

fn page_of(row: &Value) -> Option<&str> {
    row.get("page_id").and_then(Value::as_str).filter(|id| is_statuspage_id(id).is_some())
}

/// Rows of a page that names itself in each of them.
pub fn recognise(payload: &Payload) -> Option<Evidence> {
    let list = list_of(payload)?;
    let is_row = |row: &Value| {
        let has = |key: &str| row.get(key).is_some();
        page_of(row).is_some()
            && has("id")
            && has("name")
            && has("status")
            && (has("incident_updates") || has("group_id"))
    };
    let fits = !list.is_empty() && list.iter().all(is_row);
    fits.then(|| Evidence { confidence: 93, seen: "lists of Statuspage's API, of one page".to_owned() })
}

/// The lists as the public page would tell them. `None` where they are not such lists.
pub fn read(reader: &dyn Reader, payloads: &[Payload], now: Timestamp) -> Option<Reading> {
    let of_api = |payload: &Payload| recognise(payload).is_some();
    if !payloads.iter().any(of_api) {
        return None;
    }
    let (mut components, mut incidents) = (Vec::new(), Vec::new());
    for row in payloads.iter().filter_map(list_of).flatten() {
        if row.get("incident_updates").is_some() { incidents.push(row) } else { components.push(row) }
    }
    let id = components.iter().chain(&incidents).find_map(page_of)?.to_owned();
    let page = json!({ "id": id });
    let (works, incidents): (Vec<Value>, Vec<Value>) =
        incidents.into_iter().partition(|one| one.get("scheduled_for").is_some_and(Value::is_string));
    let mut summary = Map::new();
    summary.insert("page".to_owned(), page.clone());
    summary.insert("status".to_owned(), json!({ "indicator": "none" }));
    // Without its components nothing is known of the page's health.
    let has_components = !components.is_empty();
    summary.insert("components".to_owned(), components.into());
    summary.insert("scheduled_maintenances".to_owned(), works.into());
    let history = json!({ "page": page, "incidents": incidents.clone() });
    summary.insert("incidents".to_owned(), incidents.into());
    let payload = |key: &str, json: &Value| Payload {
        key: key.to_owned(),
        bytes: serde_json::to_vec(json).unwrap_or_default(),
        ..Payload::default()
    };
    let mut all = vec![payload("incidents", &history)];
    if has_components {
        all.push(payload("summary", &Value::Object(summary)));
    }
    // What is no such list is told as what it is.
    all.extend(payloads.iter().filter(|payload| list_of(payload).is_none()).cloned());
    Some(reader.read(&all, now))
}
