//! Instatus: `summary.json`, `v3/components.json`, the history feed, and the page itself as the last resort.
//!
//! Oddities: empty lists are left out; the page's word counts its broken components (`ONEMAJOROUTAGE`); names are a
//! text or one for each language; times are RFC 3339 or what JavaScript prints; a maintenance has a length in minutes,
//! written as a text; active incidents come without their updates, which only the feed has, where an incident's
//! `published` is its start. What is no longer active is gone from the summary, and its end stands in the feed.

mod feed;
mod json;
mod merge;
mod wire;
mod words;

use serde_json::Value;
use tocsin_domain::{HttpAsk, Problem, Reading, Timestamp};

use crate::incidentio::flight;
use crate::kit::decode;
use crate::kit::feed as kit_feed;
use crate::statuspage::not_ours;
use crate::statuspage::past::Surfaces;
use crate::statuspage::poll::{Api, Look, Print};
use crate::{Answered, Evidence, Memory, PageAddress, Payload, Reader, Turn};
use json::Told;
use wire::{Site, Summary};

pub(crate) static READER: Instatus = Instatus;

pub(crate) struct Instatus;

const API: Api = Api {
    summary: "summary.json",
    history: &[("components", "v3/components.json"), ("history", "history.atom")],
    whole: &["components"],
    feed: Some("history.atom"),
    html: true,
    past: Surfaces::NONE,
    look,
};

impl Reader for Instatus {
    fn recognise(&self, payload: &Payload) -> Option<Evidence> {
        let text = decode::text(payload);
        let (confidence, seen) = if let Some(json) = decode::json(&text) {
            json::recognise(json, is_components(payload))?
        } else if decode::is_html(&text) {
            recognise_html(&text)?
        } else {
            feed::recognise(&kit_feed::parse(&text).ok()?)?
        };
        Some(Evidence { confidence, seen })
    }

    fn read(&self, payloads: &[Payload], now: Timestamp) -> Reading {
        let mut told = Vec::new();
        let mut problems = Vec::new();
        let mut doubtful = false;
        for payload in payloads {
            match tell(payload, now) {
                Ok(one) => told.push(one),
                // Beside the page's own data a feed without entries is a history in which nothing happened.
                Err(_) if is_empty_feed(payload) && payloads.iter().any(|other| is_summary(other, now)) => {}
                Err(problem) => {
                    // The page's word for the whole does not stand in for components that could not be read.
                    doubtful |= is_components(payload);
                    problems.push(problem);
                }
            }
        }
        merge::reading(told, problems, doubtful, now)
    }

    fn begin(&self, page: &PageAddress, memory: &Memory, now: Timestamp) -> Vec<HttpAsk> {
        API.begin(page, memory, now)
    }

    fn next(&self, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp) -> Turn {
        API.next(self, page, memory, answers, now)
    }
}

/// Only there may a list be empty and still be the list of components.
fn is_components(payload: &Payload) -> bool {
    let path = payload.url.split(['?', '#']).next().unwrap_or_default();
    payload.key == "components" || path.ends_with("/components.json")
}

/// True for a whole feed without entries: nothing in it shows who made it.
fn is_empty_feed(payload: &Payload) -> bool {
    kit_feed::parse(&decode::text(payload)).is_ok_and(|feed| feed.items.is_empty())
}

/// True for what lists everything that is active.
fn is_summary(payload: &Payload, now: Timestamp) -> bool {
    tell(payload, now).is_ok_and(|told| told.is_summary)
}

/// The marks of a whole Instatus page, without reading it.
fn recognise_html(text: &str) -> Option<(u8, String)> {
    let made_by = text.contains("instatus.com");
    let data = text.contains("activeIncidents") && (text.contains("\\\"site\\\":{") || text.contains("\"site\":{"));
    (made_by && data && !decode::is_cut_off(text))
        .then(|| (92, "the page carries Instatus's `site` and `activeIncidents`".to_owned()))
}

fn tell(payload: &Payload, now: Timestamp) -> Result<Told, Problem> {
    let text = decode::text(payload);
    let refused = || not_ours(payload, &text);
    if let Some(json) = decode::json(&text) {
        return json::told(json, is_components(payload)).ok_or_else(refused);
    }
    if decode::is_html(&text) {
        recognise_html(&text).ok_or_else(refused)?;
        return html(&text).ok_or_else(refused);
    }
    let feed = kit_feed::parse(&text).map_err(|why| Problem::new("not_recognised", payload.key.clone(), why))?;
    feed::recognise(&feed).ok_or_else(refused)?;
    Ok(feed::told(&feed, now))
}

/// The page writes the data it draws itself from into itself.
fn html(text: &str) -> Option<Told> {
    let flight = flight::text(text);
    let site: Site<'_> = serde_json::from_str(flight::object_after(&flight, "\"site\":")?).ok()?;
    // The lists stand behind the site in the object around it.
    let incidents = flight::list_after(&flight, "\"activeIncidents\":")?;
    let maintenances = flight::list_after(&flight, "\"activeMaintenances\":");
    Some(json::told_by_site(&site, incidents, maintenances))
}

fn look(payload: &Payload) -> Option<Look> {
    READER.recognise(payload)?;
    let text = decode::text(payload);
    let summary = decode::json(&text).and_then(|json| Summary::read(json).ok()).unwrap_or_default();
    let open = summary.ids().into_iter().map(Value::String).collect();
    let print = Print { text: format!("{:016x}", tocsin_domain::ids::hash64(&[&payload.bytes])), open };
    Some(Look { print, reading: None })
}

#[cfg(test)]
mod tests;
