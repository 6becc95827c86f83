//! Slack's own status: `api/v2.0.0/current` lists what is open, `history` the latest events, open ones too.
//!
//! Oddities: no component is listed, events only name services, out of a set that hardly changes; a note has neither id
//! nor stage; notes stand oldest first in one answer and newest first in another; an id is a number here and a text there,
//! and in the public address another one; times are in Slack's own zone; what was announced keeps its list and is told
//! apart by its status.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::{self, Draft};
use crate::kit::sheet::{Planned, Sheet, Told, blamed, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Slack = Slack;

pub(crate) struct Slack;

const HOSTS: [&str; 3] = ["slack-status.com", "www.slack-status.com", "status.slack.com"];

/// The services that events name. While all is well none is named, and all of them are.
const SERVICES: [&str; 11] = [
    "Apps/Integrations/APIs",
    "Canvases",
    "Connectivity",
    "Files",
    "Huddles",
    "Login/SSO",
    "Messaging",
    "Notifications",
    "Search",
    "Workflows",
    "Workspace/Org Administration",
];

impl Simple for Slack {
    fn name(&self) -> &'static str {
        "slack"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let url = |name: &str| {
            let path = format!("api/v2.0.0/{name}");
            match page.url.host_str() {
                // The old name forwards to the new one.
                Some("status.slack.com") => format!("https://slack-status.com/{path}"),
                Some(host) if HOSTS.contains(&host) => page.at_root(&path),
                _ => page.below(&path),
            }
        };
        vec![HttpAsk::get("current", url("current")), HttpAsk::get("history", url("history"))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["current"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        match body.json()? {
            Value::Object(fields) => {
                let dated =
                    fields.get("date_updated").or_else(|| fields.get("date_created")).is_some_and(Value::is_string);
                let listed = fields.get("active_incidents").is_some_and(Value::is_array);
                (dated && listed && fields.contains_key("status"))
                    .then(|| Evidence { confidence: 95, seen: "Slack's `active_incidents` under a date".to_owned() })
            }
            Value::Array(list) if list.is_empty() => {
                // An empty list is believed only where it was asked for.
                (payload.key == "history" && payload.url.ends_with("/api/v2.0.0/history"))
                    .then(|| Evidence { confidence: 60, seen: "an empty history".to_owned() })
            }
            Value::Array(list) => list
                .iter()
                .any(is_event)
                .then(|| Evidence { confidence: 94, seen: "events with Slack's `services` and `notes`".to_owned() }),
            _ => None,
        }
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        sheet.page.name = Some("Slack".to_owned());
        if root.is_object() {
            current(&root, sheet);
            return;
        }
        let mut starts = Vec::new();
        for row in root.objects("", sheet) {
            starts.extend(event(&row, sheet));
        }
        sheet.history_since = starts.into_iter().min();
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        // What both answers tell is told best by the fuller one.
        sheet.incidents = report::merged(std::mem::take(&mut sheet.incidents));
        let named = sheet.incidents.iter().flat_map(|one| &one.components);
        let mut named: Vec<_> = named.chain(sheet.works.iter().flat_map(|one| &one.components)).cloned().collect();
        named.sort();
        named.dedup();
        // The history alone says nothing of now, nor does a word that nobody knows.
        let said = sheet.indicator == Some(Health::Operational);
        let base = if said { Health::Operational } else { Health::Unknown };
        let known = if sheet.open { SERVICES.as_slice() } else { &[] };
        for name in known {
            sheet.component(*name, *name, Vec::new(), base);
        }
        for part in named {
            sheet.component(part.id, part.name, Vec::new(), base);
        }
        sheet.blame(blamed);
        sheet.under_maintenance(now);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &HOSTS
    }
}

fn is_event(one: &Value) -> bool {
    let is_list = |key: &str| one.get(key).is_some_and(Value::is_array);
    is_list("services") && is_list("notes") && one.get("date_created").is_some_and(Value::is_string)
}

fn current(root: &Node<'_>, sheet: &mut Sheet) {
    let rows = root.objects("active_incidents", sheet);
    for row in &rows {
        event(row, sheet);
    }
    let said = sheet.word(root, "status", |word| match word {
        "ok" => Some(Health::Operational),
        // How bad it is say the events.
        "active" if !rows.is_empty() => Some(Health::Operational),
        "active" => Some(Health::Degraded),
        _ => None,
    });
    if said != Some(Health::Operational) {
        sheet.doubt("status", "It does not say that all is well, and nothing says what is not.");
    }
    sheet.open = true;
    sheet.indicator = said;
}

/// Writes down one event; its start, if it is an incident.
fn event(row: &Node<'_>, sheet: &mut Sheet) -> Option<Timestamp> {
    if !row.value.get("notes").is_some_and(Value::is_array) {
        sheet.doubt(row.place("notes"), "Every event should have a list of notes.");
    }
    let status = row.string("status");
    if row.text("type").as_deref() == Some("maintenance") || matches!(&*status, "scheduled" | "completed" | "cancelled")
    {
        work(row, sheet);
        return None;
    }
    let stage = match &*status {
        "active" => None,
        "resolved" => Some(Stage::Resolved),
        _ => {
            sheet.doubt(row.place("status"), format!("`{status}` is no status we know."));
            None
        }
    };
    let impact = sheet.word(row, "type", |word| match word {
        "notice" => Some(Impact::None),
        "incident" => Some(Impact::Minor),
        "outage" => Some(Impact::Critical),
        _ => None,
    });
    let mut updates = notes(row, sheet);
    // Which note ends it nobody says: the last one of what is over.
    if let Some(last) = updates.iter_mut().max_by_key(|note| note.at) {
        last.stage = stage;
    }
    let started_at = sheet.time(row, "date_created");
    let touched = sheet.time(row, "date_updated");
    let told = Told {
        id: id(row),
        title: row.string("title"),
        url: row.text("url").map(|url| url.into_owned()),
        impact,
        stage,
        started_at,
        resolved_at: touched.filter(|_| stage.is_some() && updates.is_empty()),
        components: parts(row),
        updates,
    };
    sheet.incident(told, row);
    started_at.map(Timestamp::from_jiff)
}

fn work(row: &Node<'_>, sheet: &mut Sheet) {
    let stage = sheet.word(row, "status", |word| match word {
        "scheduled" => Some(MaintenanceStage::Scheduled),
        "active" => Some(MaintenanceStage::InProgress),
        "completed" | "resolved" => Some(MaintenanceStage::Completed),
        "cancelled" | "canceled" => Some(MaintenanceStage::Cancelled),
        _ => None,
    });
    if stage.is_none() {
        sheet.doubt(row.place("status"), "Whether the work runs is not known.");
    }
    let planned = Planned {
        id: id(row),
        title: row.string("title"),
        url: row.text("url").map(|url| url.into_owned()),
        stage,
        components: parts(row),
        updates: notes(row, sheet),
        ..Planned::default()
    };
    sheet.work(planned, row);
}

/// What the public address ends in: `…/2026-02/9f3b2a1c5d7e8f60`. Else the number.
fn id(row: &Node<'_>) -> String {
    let address = row.text("url").and_then(|url| url::Url::parse(&url).ok());
    let last = address.and_then(|url| url.path().trim_end_matches('/').rsplit('/').next().map(str::to_owned));
    last.filter(|last| !last.is_empty()).unwrap_or_else(|| row.string("id"))
}

fn notes<S>(row: &Node<'_>, sheet: &mut Sheet) -> Vec<Draft<S>> {
    let rows = row.objects("notes", sheet);
    let note = |note: &Node<'_>, sheet: &mut Sheet| Draft {
        id: String::new(),
        stage: None,
        at: sheet.time(note, "date_created"),
        stored_at: None,
        body: body(note, "body"),
    };
    rows.iter().map(|one| note(one, sheet)).collect()
}

fn parts(row: &Node<'_>) -> Vec<tocsin_domain::ComponentRef> {
    row.texts("services").into_iter().map(|name| named_part(name.trim(), name.trim())).collect()
}
