//! Hyperping: `status.json` of the page. Known from one public client, a description of the API and a list of formats,
//! which do not agree on the names of fields; no capture was seen.
//!
//! Oddities: the word is in `indicator`, else in `status`; a service may say `operational: true` besides; services have
//! no ids, so they are known by their names; incidents are not told there.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Timestamp};

use crate::kit::node::Node;
use crate::kit::sheet::Sheet;
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Hyperping = Hyperping;

pub(crate) struct Hyperping;

impl Simple for Hyperping {
    fn name(&self) -> &'static str {
        "hyperping"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("status", page.at_root("status.json"))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["status"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        let services = json.get("services")?.as_array()?;
        let says = |value: &Value| word_of(value).and_then(|key| value.get(key)).is_some_and(Value::is_string);
        let named =
            |service: &Value| service.get("name").is_some_and(Value::is_string) && service.get("uptime").is_some();
        let whole = json.get("indicator").is_some_and(Value::is_string);
        if !says(json) || !services.iter().any(|one| named(one) && says(one)) {
            return None;
        }
        let confidence = if whole { 85 } else { 60 };
        Some(Evidence {
            confidence,
            seen: "an `indicator` and services with an `uptime`, as Hyperping writes".to_owned(),
        })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        sheet.page.name = root.text("name").map(|text| text.into_owned());
        sheet.page.url = root.text("url").filter(|url| url.starts_with("http")).map(|text| text.into_owned());
        let indicator = said(&root, sheet);
        for row in root.objects("services", sheet) {
            let name = row.string("name");
            if name.is_empty() {
                sheet.doubt(row.place("name"), "The service has no name.");
                continue;
            }
            let mut health = said(&row, sheet);
            if row.flag("operational") == Some(false) && health == Health::Operational {
                sheet.problem("unknown_status", row.place("operational"), "It is up, and not operational.");
                health = Health::Unknown;
            }
            sheet.component(name.clone(), name, Vec::new(), health);
        }
        sheet.overall("indicator", indicator);
    }

    fn probes(&self) -> &'static [&'static str] {
        &["status.json"]
    }
}

/// The field with the word.
fn word_of(value: &Value) -> Option<&'static str> {
    ["indicator", "status"].into_iter().find(|key| value.get(key).is_some_and(|word| !word.is_null()))
}

fn said(node: &Node<'_>, sheet: &mut Sheet) -> Health {
    sheet.health(node, word_of(node.value).unwrap_or("indicator"), |word| {
        Some(match word.to_ascii_lowercase().as_str() {
            "up" | "operational" => Health::Operational,
            "degraded" => Health::Degraded,
            "incident" | "partial_outage" => Health::PartialOutage,
            "outage" | "down" | "major_outage" => Health::MajorOutage,
            "maintenance" => Health::Maintenance,
            _ => return None,
        })
    })
}
