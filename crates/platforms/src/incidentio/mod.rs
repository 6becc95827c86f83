//! incident.io: an imitation of Statuspage's `api/v2`, the page's own JSON (`proxy/<host>`), the feed, and the page.
//!
//! Oddities: the imitation has ULIDs for ids, whole seconds in `Z`, and lacks groups, maintenances, and an incident's
//! components, start, end and short link; a broken component is `full_outage`. Only the page's own JSON holds groups
//! and maintenances. The feed holds the newest update of each incident and nothing before it, under an address with
//! two slashes.

mod feed;
pub(crate) mod flight;
mod native;

use tocsin_domain::{HttpAsk, Problem, Reading, Timestamp};

use crate::kit::feed as kit_feed;
use crate::kit::{decode, report};
use crate::statuspage::json::Part;
use crate::statuspage::past::Surfaces;
use crate::statuspage::poll::{Api, Look};
use crate::statuspage::{Document, assemble, is_ulid, json_part, not_ours, recognise_json};
use crate::{Answered, Evidence, Memory, PageAddress, Payload, Reader, Turn};

pub(crate) static READER: IncidentIo = IncidentIo;

pub(crate) struct IncidentIo;

const API: Api = Api {
    summary: "api/v2/summary.json",
    history: &[("incidents", "api/v2/incidents.json"), ("native", "proxy/{host}")],
    whole: &["native"],
    feed: Some("feed.atom"),
    html: true,
    past: Surfaces::NONE,
    look: |payload| Look::of_known(&READER, payload),
};

impl Reader for IncidentIo {
    fn recognise(&self, payload: &Payload) -> Option<Evidence> {
        let text = decode::text(payload);
        if let Some(json) = decode::json(&text) {
            return recognise_json(json, ulid_confidence).or_else(|| {
                let seen = "`summary` is incident.io's own, with a ULID for its id".to_owned();
                native::recognise(json).then_some(Evidence { confidence: 97, seen })
            });
        }
        if decode::is_html(&text) {
            let seen = "the page carries incident.io's own `summary`".to_owned();
            return recognise_html(&text).then_some(Evidence { confidence: 93, seen });
        }
        let feed = kit_feed::parse(&text).ok()?;
        feed::recognise(&feed).map(|(confidence, seen)| Evidence { confidence, seen: seen.to_owned() })
    }

    fn read(&self, payloads: &[Payload], now: Timestamp) -> Reading {
        let own: Vec<Part> = payloads.iter().filter_map(own_part).collect();
        // Where both list the components, the imitation's list counts and the other completes it.
        let imitated = !own.is_empty() && payloads.iter().any(lists_components);
        let reading = assemble("incidentio", payloads, |payload| part(payload, now, imitated));
        own.into_iter().fold(reading, completed)
    }

    fn begin(&self, page: &PageAddress, memory: &Memory, now: Timestamp) -> Vec<HttpAsk> {
        API.begin(page, memory, now)
    }

    fn next(&self, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp) -> Turn {
        API.next(self, page, memory, answers, now)
    }
}

fn ulid_confidence(id: &str) -> Option<u8> {
    is_ulid(id).then_some(97)
}

/// The marks of a whole page of incident.io, without parsing it.
fn recognise_html(text: &str) -> bool {
    let made_by = text.contains("incident-io-status-page-logos") || text.contains("data-testid=\"status-page-header\"");
    let summary = text.contains("\\\"status_page_id\\\":") && text.contains("\\\"affected_components\\\":");
    made_by && summary && !decode::is_cut_off(text)
}

/// True for the imitation's summary with at least one component.
fn lists_components(payload: &Payload) -> bool {
    let text = decode::text(payload);
    let ours = |json: &str| recognise_json(json, ulid_confidence).is_some();
    let json = decode::json(&text).filter(|json| ours(json));
    let document = json.and_then(|json| Document::read(json).ok());
    document.and_then(|document| document.components).is_some_and(|rows| !rows.is_empty())
}

fn part(payload: &Payload, now: Timestamp, imitated: bool) -> Result<Part, Problem> {
    let text = decode::text(payload);
    if let Some(mut part) = own_part(payload) {
        if imitated {
            part.components.clear();
        }
        return Ok(part);
    }
    if let Some(json) = decode::json(&text) {
        return json_part(payload, json, false, ulid_confidence);
    }
    if decode::is_html(&text) {
        return Err(not_ours(payload, &text));
    }
    let feed = kit_feed::parse(&text).map_err(|why| Problem::new("not_recognised", payload.key.clone(), why))?;
    feed::recognise(&feed).map(|_| feed::part(&feed, now)).ok_or_else(|| not_ours(payload, &text))
}

/// The page's own summary, sent alone or inside the page.
fn own_part(payload: &Payload) -> Option<Part> {
    let text = decode::text(payload);
    if let Some(json) = decode::json(&text) {
        return native::recognise(json).then(|| native::part(json));
    }
    if !decode::is_html(&text) || !recognise_html(&text) {
        return None;
    }
    let flight = flight::text(&text);
    flight::object_after(&flight, "\"summary\":").map(native::summary_part)
}

/// The imitation lacks what the page's own JSON has: groups, some components, and the components of an incident.
fn completed(mut reading: Reading, own: Part) -> Reading {
    for known in own.components {
        match reading.components.iter_mut().find(|component| component.id == known.id) {
            None => {
                reading.health = reading.health.max(known.health);
                reading.components.push(known);
            }
            Some(component) => {
                component.group = known.group;
                component.hidden_while_operational |= known.hidden_while_operational;
            }
        }
    }
    for incident in &mut reading.incidents {
        let Some(known) = own.incidents.iter().find(|known| known.id == incident.id) else { continue };
        if incident.components.is_empty() {
            incident.components.clone_from(&known.components);
        }
        incident.started_at = incident.started_at.or(known.started_at);
    }
    report::sort_reports(&mut reading.incidents);
    reading
}

#[cfg(test)]
mod tests;
