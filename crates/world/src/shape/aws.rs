//! AWS Health: `public/currentevents` in UTF-16, `historyevents.json`, `rss/all.rss`. What is well is never listed, and
//! work is not announced.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use tocsin_domain::Stage;

use super::xml::{self, Entry, Head};
use super::{Body, words};
use crate::ids;
use crate::shown::{Shown, ShownIncident};

const FED: usize = 25;

pub fn body(shown: &Shown, path: &str) -> Option<Body> {
    match path {
        "public/currentevents" => {
            let open = shown.incidents.iter().filter(|one| one.is_open()).map(|one| event(shown, one)).collect();
            Some(utf16(&Value::Array(open)))
        }
        "historyevents.json" => Some(utf16(&history(shown))),
        "rss/all.rss" => Some(feed(shown)),
        _ => None,
    }
}

/// Big-endian with a byte order mark.
fn utf16(value: &Value) -> Body {
    let units = std::iter::once(0xfeff).chain(value.to_string().encode_utf16().collect::<Vec<u16>>());
    Body { content_type: "application/json", bytes: units.flat_map(u16::to_be_bytes).collect() }
}

fn slug(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// `voice-eu1`: the component and the region, which is its group.
pub fn service(shown: &Shown, place: usize) -> String {
    let part = &shown.parts[place];
    let region = part.group.as_deref().map_or_else(|| "global".to_owned(), slug);
    let again = if shown.key.ends_with(" again") { "2" } else { "" };
    format!("{}{again}-{region}", slug(&part.name))
}

fn arn(shown: &Shown, one: &ShownIncident) -> String {
    format!("arn:aws:health:global::event/{}/{}", slug(&shown.name), ids::short(&["event", &shown.key, &one.key]))
}

fn event(shown: &Shown, one: &ShownIncident) -> Value {
    let level = words::level(one.impact);
    let first = one.parts.first().copied();
    let log: Vec<Value> = one
        .updates
        .iter()
        .map(|update| {
            let over = update.stage.is_terminal();
            json!({
                "summary": if over { format!("[RESOLVED] {}", one.title) } else { one.title.clone() },
                "message": update.body, "status": if over { 0 } else { level }, "timestamp": update.at.as_second(),
            })
        })
        .collect();
    let now = if one.is_open() { level } else { 0 };
    let impacted: Map<String, Value> = shown
        .named(&one.parts)
        .map(|(place, part)| {
            let levels = json!({ "service_name": part.name, "current": now.to_string(), "max": level.to_string() });
            (service(shown, place), levels)
        })
        .collect();
    let part = first.and_then(|place| shown.parts.get(place));
    json!({
        "date": one.started_at.as_second().to_string(), "arn": arn(shown, one),
        "region_name": part.and_then(|part| part.group.as_deref()).unwrap_or("Global"),
        "status": level.to_string(), "service": first.map(|place| service(shown, place)),
        "service_name": part.map(|part| part.name.as_str()),
        "summary": if one.stage == Stage::Resolved { format!("[RESOLVED] {}", one.title) } else { one.title.clone() },
        "event_log": log, "impacted_services": impacted,
    })
}

/// By service; `status` is the worst an event ever was.
fn history(shown: &Shown) -> Value {
    let mut services: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for one in &shown.incidents {
        let name = one.parts.first().map_or_else(|| "global".to_owned(), |place| service(shown, *place));
        services.entry(name).or_default().push(event(shown, one));
    }
    json!(services)
}

/// One item an update, `#<service>_<epoch>` for a guid.
fn feed(shown: &Shown) -> Body {
    let mut entries = Vec::new();
    for one in &shown.incidents {
        let name = one.parts.first().map_or_else(|| "global".to_owned(), |place| service(shown, *place));
        for update in &one.updates {
            let prefix = match (update.stage.is_terminal(), words::level(one.impact)) {
                (true, _) => "Service is operating normally: [RESOLVED]",
                (false, 1) => "Service impact:",
                (false, 2) => "Service degradation:",
                (false, _) => "Service disruption:",
            };
            entries.push(Entry {
                id: format!("https://status.aws.amazon.com/#{name}_{}", update.at.as_second()),
                title: format!("{prefix} {}", one.title),
                link: "https://status.aws.amazon.com/".to_owned(),
                published: update.at,
                updated: update.at,
                content: update.body.clone(),
            });
        }
    }
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.updated));
    entries.truncate(FED);
    let head = Head {
        id: String::new(),
        title: format!("{} Service Status", shown.name),
        link: "https://status.aws.amazon.com/",
        author: &shown.name,
        updated: shown.updated_at,
    };
    Body::text("application/rss+xml", xml::rss(&head, &entries))
}
