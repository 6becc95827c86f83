//! How an installation is asked: the first page of every list, then the pages that are left.

use tocsin_domain::{HttpAsk, Timestamp};

use super::wire::{Document, Surface};
use crate::kit::answers::{self, Why, Worth, unreadable};
use crate::kit::decode;
use crate::{Answered, Done, Memory, PageAddress, Payload, Reader, Turn};

/// Key, path below `api/v1/`, and which list it is. The first and the third make a page worth reading.
pub const LISTS: [(&str, &str, Surface); 4] = [
    ("components", "components", Surface::Components),
    ("groups", "components/groups", Surface::Groups),
    ("incidents", "incidents", Surface::Incidents),
    ("schedules", "schedules", Surface::Schedules),
];
/// No list is read further than this.
pub const MOST_PAGES: usize = 10;
/// Of the incidents (newest first) only so many pages are asked for: what is open stands there.
const MOST_INCIDENT_PAGES: usize = 2;

pub fn begin(page: &PageAddress, memory: &Memory) -> Vec<HttpAsk> {
    let mut asks: Vec<HttpAsk> = LISTS.iter().map(|(key, path, _)| ask(page, key, path, 1)).collect();
    // A change on a later page shows only there.
    for (key, path, _) in LISTS {
        let known = memory.0.get(key).and_then(serde_json::Value::as_u64).and_then(|pages| usize::try_from(pages).ok());
        asks.extend((2..=known.unwrap_or(1).min(MOST_PAGES)).map(|number| ask(page, key, path, number)));
    }
    asks
}

fn ask(page: &PageAddress, key: &str, path: &str, number: usize) -> HttpAsk {
    let mut url = page.below(&format!("api/v1/{path}"));
    url.push(if url.contains('?') { '&' } else { '?' });
    url.push_str("per_page=100");
    if key == "incidents" {
        url.push_str("&sort=id&order=desc");
    }
    if number == 1 {
        return HttpAsk::get(key, url);
    }
    HttpAsk::get(format!("{key}.{number}"), format!("{url}&page={number}"))
}

pub fn next(reader: &dyn Reader, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp) -> Turn {
    let worth = |key: &str| answers::worth(reader, answers, key);
    match (worth("components"), worth("incidents")) {
        (None, None) => return unreadable("unreachable", Why::plain("Nothing was answered."), memory),
        (Some(Worth::Trouble(why)), _) | (_, Some(Worth::Trouble(why))) => {
            return unreadable("unreachable", why, memory);
        }
        (Some(Worth::Absent(why)), Some(Worth::Absent(_)) | None) => return unreadable("not_recognised", why, memory),
        _ => {}
    }
    let withheld = answers::withheld(answers);
    if !withheld.is_empty() {
        let bodies = answers::payloads(answers);
        if memory.text("surface").is_some() && bodies.iter().all(|payload| reader.recognise(payload).is_none()) {
            return Turn::Done { done: Done::Unchanged, memory: memory.clone() };
        }
        if withheld.iter().any(|ask| answers::times_asked(answers, &ask.key) > 1) {
            return unreadable(
                "not_modified",
                Why::plain("The page says that nothing changed, but not what it was."),
                memory,
            );
        }
        return Turn::More { asks: withheld, fresh: true };
    }
    let mut payloads = answers::payloads(answers);
    payloads.retain(|payload| reader.recognise(payload).is_some());
    let mut memory = memory.clone();
    let missing = missing_pages(page, &payloads, answers, &mut memory);
    if !missing.is_empty() {
        return Turn::More { asks: missing, fresh: true };
    }
    memory.set("surface", "json");
    Turn::Done { done: Done::Read(Box::new(reader.read(&payloads, now))), memory }
}

/// Pages that the first ones speak of and nobody has asked for.
fn missing_pages(page: &PageAddress, payloads: &[Payload], answers: &[Answered], memory: &mut Memory) -> Vec<HttpAsk> {
    let mut missing = Vec::new();
    for (key, path, surface) in LISTS {
        let Some(payload) = payloads.iter().find(|payload| payload.key == key) else { continue };
        let text = decode::text(payload);
        let pages = decode::json(&text).and_then(|json| Document::read(json).ok()?.pages()).unwrap_or(1);
        let most = if surface == Surface::Incidents { MOST_INCIDENT_PAGES } else { MOST_PAGES };
        let pages = pages.min(most);
        memory.set(key, pages);
        let asked = |number: &usize| answers::latest(answers, &format!("{key}.{number}")).is_some();
        missing.extend((2..=pages).filter(|number| !asked(number)).map(|number| ask(page, key, path, number)));
    }
    missing
}
