//! Apple's system status: one file of services with their events, for everybody or for developers. Known from several
//! public clients; no capture was seen.
//!
//! Oddities: the file is a script that calls `jsonCallback`, or bare JSON, and either may begin with a byte order mark;
//! nothing has a title; one event stands under each service it touches; it is one text, written over; a service without
//! events is well, and one whose events are over too; times are milliseconds, the time of posting is an American date.

use std::collections::BTreeMap;

use jiff::Timestamp as Precise;
use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, blamed, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::kit::{dates, html};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Apple = Apple;

pub(crate) struct Apple;

const DATA: &str = "https://www.apple.com/support/systemstatus/data/";
const FILE: &str = "system_status_en_US.js";

impl Simple for Apple {
    fn name(&self) -> &'static str {
        "apple"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let host = page.url.host_str().unwrap_or_default();
        let path = page.url.path();
        let developers = host.starts_with("developer.") || path.contains("/developer");
        let folder = if developers { "developer/" } else { "" };
        let url = match (path.ends_with(".js"), self.hosts().contains(&host)) {
            (true, _) => page.url.to_string(),
            (false, true) => format!("{DATA}{folder}{FILE}"),
            (false, false) => page.below(&format!("data/{folder}{FILE}")),
        };
        vec![HttpAsk::get("status", url)]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["status"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let services = body.json()?.get("services")?.as_array()?;
        let ours = |row: &Value| {
            row.get("serviceName").is_some_and(Value::is_string) && row.get("events").is_some_and(Value::is_array)
        };
        services
            .iter()
            .any(ours)
            .then(|| Evidence { confidence: 95, seen: "services with Apple's `serviceName` and `events`".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        sheet.page.name = Some("Apple".to_owned());
        let mut told: BTreeMap<String, (Node<'_>, Vec<ComponentRef>)> = BTreeMap::new();
        for service in Node::root(json).objects("services", sheet) {
            let name = service.string("serviceName");
            if name.is_empty() || !service.value.get("events").is_some_and(Value::is_array) {
                sheet.doubt(service.place(""), "A service should have a name and a list of events.");
                continue;
            }
            sheet.component(name.clone(), name.clone(), Vec::new(), Health::Operational);
            for event in service.objects("events", sheet) {
                let id = id(&event, &name);
                let others = event.texts("affectedServices").into_iter().map(|other| named_part(other.clone(), other));
                let parts = others.chain([named_part(name.clone(), name.clone())]).collect::<Vec<_>>();
                told.entry(id).or_insert_with(|| (event, Vec::new())).1.extend(parts);
            }
        }
        for (id, (event, mut parts)) in told {
            parts.sort();
            parts.dedup();
            self::event(id, &event, parts, now, sheet);
        }
        sheet.open = true;
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        sheet.blame(blamed);
        sheet.under_maintenance(now);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["www.apple.com", "developer.apple.com"]
    }
}

/// The number of the message; where there is none, what does not change of it.
fn id(event: &Node<'_>, service: &str) -> String {
    event
        .text("messageId")
        .map_or_else(|| format!("~{service}~{}", event.string("epochStartDate")), |id| id.into_owned())
}

fn event(id: String, row: &Node<'_>, components: Vec<ComponentRef>, now: Timestamp, sheet: &mut Sheet) {
    let kind = row.string("statusType");
    let first = components.first().map(|part| part.name.clone()).unwrap_or_default();
    let title = if kind.is_empty() { first } else { format!("{first}: {kind}") };
    let status = row.string("eventStatus").to_lowercase();
    let (start, end) = (sheet.time(row, "epochStartDate"), sheet.time(row, "epochEndDate"));
    if kind == "Maintenance" || matches!(&*status, "upcoming" | "scheduled") {
        let stage = match &*status {
            "upcoming" | "scheduled" => Some(MaintenanceStage::Scheduled),
            "ongoing" => Some(MaintenanceStage::InProgress),
            "resolved" | "completed" => Some(MaintenanceStage::Completed),
            "cancelled" | "canceled" => Some(MaintenanceStage::Cancelled),
            _ => sheet.word(row, "eventStatus", |_| None),
        };
        let updates = text(row, stage, start);
        sheet.work(Planned { id, title, url: None, stage, starts_at: start, ends_at: end, components, updates }, row);
        return;
    }
    let stage = match &*status {
        "ongoing" => Some(Stage::Investigating),
        "resolved" | "completed" => Some(Stage::Resolved),
        _ => {
            sheet.doubt(row.place("eventStatus"), format!("`{status}` is no status we know."));
            None
        }
    };
    let some = row.string("usersAffected").to_lowercase().starts_with("some");
    let impact = sheet.word(row, "statusType", |word| match word {
        "Available" => Some(Impact::None),
        "Issue" | "Performance" => Some(Impact::Minor),
        "Outage" if some => Some(Impact::Major),
        "Outage" => Some(Impact::Critical),
        _ => None,
    });
    let started_at = start.filter(|at| Timestamp::from_jiff(*at) <= now);
    let updates = text(row, stage, start);
    sheet
        .incident(Told { id, title, url: None, impact, stage, started_at, resolved_at: end, components, updates }, row);
}

/// The one text and whom it touches. It is written over, so an edit of it is an edit.
fn text<S>(row: &Node<'_>, stage: Option<S>, start: Option<Precise>) -> Vec<Draft<S>> {
    let mut body = body(row, "message");
    if let Some(users) = row.text("usersAffected") {
        body.push_str(if body.is_empty() { "" } else { "\n\n" });
        body.push_str(&html::mixed_to_markdown(&users));
    }
    let at = row.text("datePosted").and_then(|text| american(&text)).or(start);
    let draft = Draft { id: "text".to_owned(), stage, at, stored_at: None, body };
    if draft.body.is_empty() || draft.at.is_none() { Vec::new() } else { vec![draft] }
}

/// `02/20/2026 14:05 PST`.
fn american(text: &str) -> Option<Precise> {
    let (date, time) = text.trim().split_once(' ')?;
    let mut parts = date.split('/');
    let (month, day, year) = (parts.next()?, parts.next()?, parts.next()?);
    dates::parse(&format!("{year}-{month:0>2}-{day:0>2} {time}")).map(|instant| instant.at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn american_dates_are_read() {
        let read = |text: &str| american(text).map(|at| at.to_string());
        assert_eq!(read("02/20/2026 14:05 PST").as_deref(), Some("2026-02-20T22:05:00Z"));
        assert_eq!(read("2/3/2026 14:05 PST").as_deref(), Some("2026-02-03T22:05:00Z"));
        assert_eq!(read("soon"), None);
    }

    #[test]
    fn developers_have_a_file_of_their_own() {
        let asked = |page: &str| {
            let page = PageAddress { url: page.parse().unwrap() };
            READER.asks(&page, &Memory::default(), Timestamp::from_second(0)).remove(0).url
        };
        assert_eq!(asked("https://www.apple.com/support/systemstatus/"), format!("{DATA}{FILE}"));
        assert_eq!(asked("https://developer.apple.com/system-status/"), format!("{DATA}developer/{FILE}"));
    }
}
