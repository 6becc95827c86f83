//! OnlineOrNot: the data that a status page embeds for its own script.
//! Known from two public clients with recorded pages; no capture was seen here.
//!
//! Oddities: the data is a flat list in which every number names another place of it (React Router's stream), so that one
//! thing may stand in many places and a hostile page could make a small list endless; an incident is told twice, once as
//! `id` and once as `incidentId` with its impact; updates stand newest first.

use serde_json::{Map, Value};
use tocsin_domain::{Health, HttpAsk, Impact, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body};
use crate::kit::simple::{Body, Simple};
use crate::kit::words;
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: OnlineOrNot = OnlineOrNot;

pub(crate) struct OnlineOrNot;

/// Before every piece of the stream, in a script of the page.
const PIECE: &str = "streamController.enqueue(\"";
/// Things that a stream may hold, and how deep inside one another. More is no page's.
const MOST: usize = 200_000;
const DEEPEST: usize = 48;

impl Simple for OnlineOrNot {
    fn name(&self) -> &'static str {
        "onlineornot"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("page", page.url.to_string())]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["page"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let data = data(body.html()?)?;
        let result = root(&data)?;
        let parts = result.get("components").and_then(Value::as_array)?;
        let named = |part: &Value| part.get("name").is_some() && part.get("status").is_some();
        (result.get("statusPage").is_some() && parts.iter().any(named))
            .then(|| Evidence { confidence: 90, seen: "`statusPage` and `components` in the page's stream".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(data) = body.html().and_then(data) else { return };
        let loaded = Node::root(&data).at("loaderData");
        let result = loaded.at("root").at("result");
        let page = result.at("statusPage");
        sheet.page.id = page.text("id").map(|text| text.into_owned());
        sheet.page.name = page.text("name").map(|text| text.into_owned());
        for row in result.objects("components", sheet) {
            component(&row, sheet);
        }
        let index = loaded.at("routes/_index").at("result");
        if !index.has("activeIncidents") {
            sheet.doubt(index.place("activeIncidents"), "The page should list what is open.");
            return;
        }
        for row in index.objects("activeIncidents", sheet) {
            incident(&row, now, sheet);
        }
        sheet.open = true;
        for (_, day) in index.fields("incidents", sheet) {
            for row in day.objects("", sheet) {
                incident(&row, now, sheet);
            }
        }
        for key in ["scheduledMaintenance", "activeMaintenance"] {
            for row in index.objects(key, sheet) {
                work(&row, sheet);
            }
        }
        let closed = sheet.incidents.iter().filter(|one| one.is_closed());
        sheet.history_since = closed.filter_map(|one| one.started_at).min();
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        sheet.under_maintenance(now);
    }
}

fn root(data: &Value) -> Option<&Value> {
    data.get("loaderData")?.get("root")?.get("result")
}

/// The data of the page, put together again.
fn data(html: &str) -> Option<Value> {
    let mut stream = String::new();
    let mut rest = html;
    while let Some((_, piece)) = rest.split_once(PIECE) {
        let end = end_of_text(piece)?;
        let text = piece.get(..end)?;
        stream.push_str(&serde_json::from_str::<String>(&format!("\"{text}\"")).ok()?);
        rest = piece.get(end..)?;
    }
    // What comes later in the stream is the end of something that took its time.
    let mut values = serde_json::Deserializer::from_str(&stream).into_iter::<Vec<Value>>();
    let flat = values.next()?.ok()?;
    let mut left = MOST;
    decode(&flat, 0, DEEPEST, &mut left)
}

/// Where a text in a script ends.
fn end_of_text(text: &str) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at),
            _ => {}
        }
    }
    None
}

/// The thing at a place, with everything that it names. `None` where it holds too much.
fn decode(flat: &[Value], place: i64, depth: usize, left: &mut usize) -> Option<Value> {
    *left = left.checked_sub(1)?;
    let depth = depth.checked_sub(1)?;
    // Numbers below zero are nothing of some kind.
    let Some(value) = usize::try_from(place).ok().and_then(|place| flat.get(place)) else { return Some(Value::Null) };
    Some(match value {
        Value::Object(fields) => {
            let mut object = Map::new();
            for (key, value) in fields {
                let name = key.strip_prefix('_').and_then(|number| number.parse::<usize>().ok());
                let name = name.and_then(|number| flat.get(number)).and_then(Value::as_str);
                let value = value.as_i64().unwrap_or(-1);
                object.insert(name.unwrap_or(key).to_owned(), decode(flat, value, depth, left)?);
            }
            Value::Object(object)
        }
        // A date or the like: its kind, and what it is.
        Value::Array(items) if matches!(items.as_slice(), [Value::String(_), _]) => match items.get(1) {
            Some(Value::Number(number)) => decode(flat, number.as_i64().unwrap_or(-1), depth, left)?,
            Some(other) => other.clone(),
            None => Value::Null,
        },
        Value::Array(items) => {
            let mut list = Vec::new();
            for item in items {
                list.push(decode(flat, item.as_i64().unwrap_or(-1), depth, left)?);
            }
            Value::Array(list)
        }
        plain => plain.clone(),
    })
}

fn component(row: &Node<'_>, sheet: &mut Sheet) {
    let name = row.string("name");
    if name.is_empty() {
        sheet.doubt(row.place("name"), "The component has no name.");
        return;
    }
    let id = row.text("id").map_or_else(|| name.clone(), |id| id.into_owned());
    let health = sheet.health(row, "status", |word| {
        Some(match word {
            "OPERATIONAL" | "NO_IMPACT" => Health::Operational,
            "DEGRADED_PERFORMANCE" => Health::Degraded,
            "PARTIAL_OUTAGE" => Health::PartialOutage,
            "MAJOR_OUTAGE" => Health::MajorOutage,
            "MAINTENANCE" | "UNDER_MAINTENANCE" => Health::Maintenance,
            _ => return None,
        })
    });
    sheet.component(id, name, Vec::new(), health);
}

fn id_of(row: &Node<'_>) -> String {
    row.text("incidentId").or_else(|| row.text("id")).map(|id| id.into_owned()).unwrap_or_default()
}

fn incident(row: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let end = sheet.time(row, "ended").filter(|at| Timestamp::from_jiff(*at) <= now);
    let impact = row.has("impact").then(|| sheet.word(row, "impact", impact)).flatten();
    let mut updates = Vec::new();
    for update in row.objects("updates", sheet) {
        let stage = match update.text("status").as_deref() {
            Some("UPDATE") => None,
            _ => sheet.update_stage(&update, "status", words::stage),
        };
        let at = sheet.time(&update, "createdAt");
        let key = if update.has("description") { "description" } else { "message" };
        updates.push(Draft { id: update.string("id"), stage, at, stored_at: None, body: body(&update, key) });
    }
    let told = Told {
        id: id_of(row),
        title: row.string("title"),
        impact,
        stage: end.map(|_| Stage::Resolved),
        started_at: sheet.time(row, "started"),
        resolved_at: end,
        updates,
        ..Told::default()
    };
    if end.is_some() { sheet.incident(told, row) } else { sheet.open_incident(told, row) }
}

fn impact(word: &str) -> Option<Impact> {
    Some(match word {
        "OPERATIONAL" | "NO_IMPACT" | "MAINTENANCE" => Impact::None,
        "DEGRADED_PERFORMANCE" => Impact::Minor,
        "PARTIAL_OUTAGE" => Impact::Major,
        "MAJOR_OUTAGE" => Impact::Critical,
        _ => return None,
    })
}

fn work(row: &Node<'_>, sheet: &mut Sheet) {
    let planned = Planned {
        id: id_of(row),
        title: row.string("title"),
        starts_at: sheet.time(row, "started"),
        ends_at: sheet.time(row, "ended"),
        ..Planned::default()
    };
    sheet.work(planned, row);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_become_what_stands_there() {
        let flat = serde_json::json!([{"_1": 2, "_3": 4}, "a", 5, "b", [6, -5], ["D", 7], true, "2026-05-20"]);
        let flat = flat.as_array().unwrap();
        let whole = decode(flat, 0, DEEPEST, &mut 100).unwrap();
        assert_eq!(whole, serde_json::json!({"a": 5, "b": [true, null]}));
    }

    #[test]
    fn a_list_that_names_itself_ends() {
        let flat = serde_json::json!([[0, 0, 0, 0]]);
        assert_eq!(decode(flat.as_array().unwrap(), 0, DEEPEST, &mut 10_000), None);
        // Twice as much with every step.
        let doubling: Vec<Value> = (1..40).map(|next| serde_json::json!([next, next])).collect();
        assert_eq!(decode(&doubling, 0, DEEPEST, &mut 10_000), None);
    }

    #[test]
    fn a_text_ends_at_its_quote() {
        assert_eq!(end_of_text(r#"a\"b\\" rest"#), Some(6));
        assert_eq!(end_of_text("never"), None);
    }
}
