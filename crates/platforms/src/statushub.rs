//! StatusHub: `api/statuses` on the page's own host, which counts services by their status.
//! Known from one public client, which reads the counters alone; no capture was seen.
//!
//! Oddities: the counters carry numbers for words: 1 up, 2 affected, 3 down. What else may stand in the document is not
//! known, so neither services nor incidents are told.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Timestamp};

use crate::kit::node::Node;
use crate::kit::sheet::Sheet;
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: StatusHub = StatusHub;

pub(crate) struct StatusHub;

/// Before the number in the name of a counter.
const COUNT: &str = "count_status_";

impl Simple for StatusHub {
    fn name(&self) -> &'static str {
        "statushub"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("statuses", page.at_root("api/statuses"))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["statuses"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let counters = body.json()?.get("counters")?;
        let counts = |number: u8| counters.get(format!("{COUNT}{number}")).is_some_and(|count| count.is_number());
        (counts(1) && counts(2) && counts(3))
            .then(|| Evidence { confidence: 95, seen: "`counters.count_status_1` of StatusHub".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let counters = Node::root(json).at("counters");
        let mut worst = None;
        for (name, count) in counters.fields("", sheet) {
            let Some(number) = name.strip_prefix(COUNT) else { continue };
            if count.value.as_u64() == Some(0) {
                continue;
            }
            // What cannot be counted is not nothing.
            let word = Value::String(if count.value.is_u64() { number } else { "?" }.to_owned());
            let found = sheet.health(&Node::root(&word), "", health);
            worst = worst.max(Some(found));
        }
        if worst.is_none() {
            sheet.problem("missing_anchor", "counters", "The page counts no service at all.");
        }
        sheet.indicator = worst;
    }

    fn probes(&self) -> &'static [&'static str] {
        &["api/statuses"]
    }
}

fn health(number: &str) -> Option<Health> {
    Some(match number {
        "1" => Health::Operational,
        "2" => Health::Degraded,
        "3" => Health::MajorOutage,
        _ => return None,
    })
}
