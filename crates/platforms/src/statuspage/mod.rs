//! Atlassian Statuspage: JSON (`api/v2`), the history feed, and the page itself as the last resort; also its history pages
//! and one incident alone, which say nothing of how the page is, but a lot of what was (`past`).
//!
//! Oddities: `summary.json` lists open incidents only, so an incident that opens and closes between two polls shows in
//! `incidents.json` alone; group rows are containers whose status is their worst child's; `shortlink` leads to an
//! address with another id; the feed's dates have no year, and its `published` is the time of the last update.

mod detail;
mod feed;
mod history;
mod html;
pub(crate) mod json;
pub(crate) mod past;
pub(crate) mod poll;
mod private;
mod wire;

use std::collections::HashMap;

use tocsin_domain::{HttpAsk, Problem, Reading, Timestamp};

use crate::kit::feed as kit_feed;
use crate::kit::{decode, report};
use crate::{Answered, Evidence, Memory, PageAddress, Payload, Reader, Turn};
pub(crate) use feed::{is_ulid, updates as feed_updates};
use json::{Part, Surface};
use past::Surfaces;
use poll::{Api, Look, Print};
use wire::Anchor;
pub(crate) use wire::{Document, Text};

pub(crate) static READER: Statuspage = Statuspage;

pub(crate) struct Statuspage;

const API: Api = Api {
    summary: "api/v2/summary.json",
    history: &[("incidents", "api/v2/incidents.json"), ("maintenances", "api/v2/scheduled-maintenances.json")],
    whole: &[],
    feed: Some("history.atom"),
    html: true,
    past: Surfaces {
        alone: &["incidents/{id}.json", "incidents/{id}"],
        parts: &["history.json?page={n}", "history?page={n}"],
        span: |payload| history::span_of(&decode::text(payload), Timestamp::from_second(0)),
    },
    look: |payload| whole_look(payload).or_else(|| Look::of_known(&READER, payload)),
};

impl Reader for Statuspage {
    fn recognise(&self, payload: &Payload) -> Option<Evidence> {
        let text = decode::text(payload);
        if let Some((confidence, seen)) = recognise_past(payload, &text) {
            return Some(Evidence { confidence, seen: seen.to_owned() });
        }
        if let Some(json) = decode::json(&text) {
            if json.starts_with('[') {
                return private::recognise(payload);
            }
            return recognise_json(json, is_statuspage_id);
        }
        if decode::is_html(&text) {
            let seen = "components and overall status stand in the page as Statuspage writes them".to_owned();
            return html::recognise(&text).then_some(Evidence { confidence: 91, seen });
        }
        let feed = kit_feed::parse(&text).ok()?;
        feed::recognise(&feed).map(|(confidence, seen)| Evidence { confidence, seen: seen.to_owned() })
    }

    fn read(&self, payloads: &[Payload], now: Timestamp) -> Reading {
        let lists = |payload: &Payload| decode::json(&decode::text(payload)).is_some_and(|json| json.starts_with('['));
        let private = payloads.iter().any(lists).then(|| private::read(self, payloads, now)).flatten();
        private.unwrap_or_else(|| assemble("statuspage", payloads, |payload| part(payload, now)))
    }

    fn begin(&self, page: &PageAddress, memory: &Memory, now: Timestamp) -> Vec<HttpAsk> {
        if private::is_api(page) { private::begin(page, memory) } else { API.begin(page, memory, now) }
    }

    fn next(&self, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp) -> Turn {
        if private::is_api(page) {
            return private::next(self, page, memory, answers, now);
        }
        API.next(self, page, memory, answers, now)
    }

    fn looks_again(&self, page: &PageAddress) -> bool {
        !private::is_api(page) && !API.past.alone.is_empty()
    }
}

/// The surfaces that tell only of what was: the history, and one incident alone. Each as JSON and as a page.
fn recognise_past(payload: &Payload, text: &str) -> Option<(u8, &'static str)> {
    if let Some(json) = decode::json(text) {
        if history::recognise_json(json) {
            return Some((94, "`months` of incidents, as in Statuspage's history"));
        }
        return detail::recognise_json(json, is_statuspage_id).map(|sure| (sure, "one incident with its page's id"));
    }
    if history::recognise(text) {
        return Some((95, "the data of Statuspage's history stands in the page"));
    }
    let seen = "an incident's updates stand in the page as Statuspage writes them";
    detail::recognise_page(payload, text).then_some((92, seen))
}

fn past(payload: &Payload, text: &str, now: Timestamp) -> Option<Part> {
    match decode::json(text) {
        Some(json) => history::part_of_json(json, now).or_else(|| detail::part_of_json(json)),
        None if history::recognise(text) => history::part(text, now),
        None => detail::part_of_page(payload, text),
    }
}

/// Statuspage's page ids are twelve lower-case letters and digits; any other short id is let pass, a ULID is
/// incident.io's.
fn is_statuspage_id(id: &str) -> Option<u8> {
    let exact = id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    match (exact, is_ulid(id)) {
        (true, _) => Some(98),
        (false, false) => Some(92),
        (false, true) => None,
    }
}

/// Looks for `page.id` with `status.indicator`, or for `page.id` with a list of incidents. `confident` judges the id.
pub(crate) fn recognise_json(json: &str, confident: impl Fn(&str) -> Option<u8>) -> Option<Evidence> {
    let anchor = Anchor::read(json)?;
    let id = anchor.page_id.as_str()?;
    let confidence = confident(id)?;
    if anchor.has_indicator {
        return Some(Evidence { confidence, seen: format!("`page.id` is `{id}` and `status.indicator` is there") });
    }
    // Twelve characters are the mark of one maker; a shorter id with a list could be anybody's.
    let confidence = confidence.saturating_sub(if confidence >= 95 { 4 } else { 12 });
    anchor.lists.then(|| Evidence { confidence, seen: format!("`page.id` is `{id}` and incidents are listed") })
}

fn part(payload: &Payload, now: Timestamp) -> Result<Part, Problem> {
    let text = decode::text(payload);
    if recognise_past(payload, &text).is_some() {
        return past(payload, &text, now).ok_or_else(|| not_ours(payload, &text));
    }
    if let Some(json) = decode::json(&text) {
        return json_part(payload, json, true, is_statuspage_id);
    }
    if decode::is_html(&text) {
        return if html::recognise(&text) { Ok(html::part(&text, now)) } else { Err(not_ours(payload, &text)) };
    }
    let feed = kit_feed::parse(&text).map_err(|why| Problem::new("not_recognised", place(payload), why))?;
    feed::recognise(&feed).map(|_| feed::part(&feed, now)).ok_or_else(|| not_ours(payload, &text))
}

/// A summary that alone makes a reading: print and reading in one pass.
fn whole_look(payload: &Payload) -> Option<Look> {
    let text = decode::text(payload);
    let document = Document::read(decode::json(&text)?).ok()?;
    let part = document_part(payload, &document, true, is_statuspage_id).ok()?;
    let reading = join("statuspage", vec![part], Vec::new());
    Some(Look { print: Print::of(&document), reading: Some(reading) })
}

/// One JSON payload, if its anchor is there.
pub(crate) fn json_part(
    payload: &Payload,
    json: &str,
    history_is_whole: bool,
    confident: impl Fn(&str) -> Option<u8>,
) -> Result<Part, Problem> {
    let document = Document::read(json).map_err(|why| Problem::new("not_json", place(payload), why))?;
    document_part(payload, &document, history_is_whole, confident)
}

fn document_part(
    payload: &Payload,
    document: &Document<'_>,
    history_is_whole: bool,
    confident: impl Fn(&str) -> Option<u8>,
) -> Result<Part, Problem> {
    if document.page_id().and_then(confident).is_none() {
        let detail = "`page.id` is missing or of another maker: this is not what the page should send.";
        return Err(Problem::new("missing_anchor", place(payload), detail));
    }
    let listed = document.incidents.is_some() || document.scheduled_maintenances.is_some();
    if document.indicator().is_none() && (!listed || document.components.is_some()) {
        return Err(Problem::new("missing_anchor", place(payload), "`status.indicator` is missing."));
    }
    Ok(json::part(document, surface(payload), history_is_whole))
}

fn surface(payload: &Payload) -> Surface {
    let path = payload.url.split(['?', '#']).next().unwrap_or_default();
    if payload.key == "incidents" || path.ends_with("/incidents.json") {
        Surface::History
    } else if payload.key.is_empty() && path.is_empty() {
        Surface::Untold
    } else {
        Surface::Other
    }
}

fn place(payload: &Payload) -> String {
    payload.key.clone()
}

pub(crate) fn not_ours(payload: &Payload, text: &str) -> Problem {
    let detail = format!("Here came {}, not what this platform sends.", decode::describe(text));
    Problem::new("not_recognised", place(payload), detail)
}

/// Puts the parts of one page together. Of one incident told twice the fuller telling stays.
pub(crate) fn assemble(
    platform: &str,
    payloads: &[Payload],
    part: impl Fn(&Payload) -> Result<Part, Problem>,
) -> Reading {
    let (parts, problems): (Vec<_>, Vec<_>) = payloads.iter().map(part).partition(Result::is_ok);
    let parts = parts.into_iter().filter_map(Result::ok).collect();
    join(platform, parts, problems.into_iter().filter_map(Result::err).collect())
}

fn join(platform: &str, mut parts: Vec<Part>, problems: Vec<Problem>) -> Reading {
    let mut reading = Reading { problems, ..Reading::default() };
    if parts.is_empty() {
        if reading.problems.is_empty() {
            reading.problems.push(Problem::new("not_recognised", "", "There was nothing to read."));
        }
        return reading;
    }
    reading.platform = Some(platform.to_owned());
    // Parts with components first, then those with an id: the order of payloads does not matter.
    parts.sort_by_key(|part| {
        (std::cmp::Reverse(part.components.len()), part.page.id.is_none(), part.history_since.is_some())
    });
    let indicator = parts.iter().find_map(|part| part.indicator);
    let mut doubtful = false;
    for part in parts {
        doubtful |= part.doubtful;
        merge(&mut reading, part);
    }
    reading.incidents = report::fullest(
        reading.incidents,
        |one| one.id.as_str(),
        |one| (one.updates.len(), one.is_closed(), one.impact.is_some()),
    );
    reading.maintenances =
        report::fullest(reading.maintenances, |one| one.id.as_str(), |one| (one.updates.len(), one.stage));
    name_components(&mut reading);
    report::sort_reports(&mut reading.incidents);
    report::sort_works(&mut reading.maintenances);
    let mut reading = reading.settled(indicator);
    // What could not be read may be worse than what could.
    if doubtful {
        reading.covers.history_since = None;
        reading.health = reading.health.max(tocsin_domain::Health::Unknown);
    }
    reading
}

/// Updates name components with their group ("PROD 1 - Voice"); the list of components says what they are called.
fn name_components(reading: &mut Reading) {
    let names: HashMap<&str, &str> =
        reading.components.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    let named = reading.incidents.iter_mut().flat_map(|report| &mut report.components);
    for component in named.chain(reading.maintenances.iter_mut().flat_map(|work| &mut work.components)) {
        if let Some(name) = names.get(component.id.as_str()) {
            (*name).clone_into(&mut component.name);
        }
    }
}

fn merge(reading: &mut Reading, part: Part) {
    let page = &mut reading.page;
    page.id = page.id.take().or(part.page.id);
    page.name = page.name.take().or(part.page.name);
    page.url = page.url.take().or(part.page.url);
    page.time_zone = page.time_zone.take().or(part.page.time_zone);
    if reading.components.is_empty() {
        reading.components = part.components.into();
    }
    reading.incidents.extend(part.incidents);
    reading.maintenances.extend(part.works);
    reading.covers.open |= part.open;
    reading.covers.history_since = match (reading.covers.history_since, part.history_since) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    };
    reading.problems.extend(part.problems);
}
