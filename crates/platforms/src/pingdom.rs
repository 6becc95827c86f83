//! Pingdom's public reports: the table of checks at `noscript` below the page, by its class names.
//! Known from one public client; no capture was seen.
//!
//! Oddities: a check is up or down and nothing between; one that is paused or was never made has no health; the page
//! itself draws its table by script; it tells of no incidents.

use scraper::{ElementRef, Selector};
use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Timestamp};

use crate::kit::node::Node;
use crate::kit::sheet::Sheet;
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Pingdom = Pingdom;

pub(crate) struct Pingdom;

const ROW: &str = "tr";
const WORD: &str = "td.check-status span.status";
const NAME: &str = "td.check-name a[href]";

impl Simple for Pingdom {
    fn name(&self) -> &'static str {
        "pingdom"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("noscript", page.below("noscript"))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["noscript"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let text = body.html()?;
        if !text.contains("check-status") || !text.contains("check-name") {
            return None;
        }
        let document = body.document()?;
        let rows = select(document.root_element(), ROW);
        let whole = rows.into_iter().any(|row| !select(row, WORD).is_empty() && !select(row, NAME).is_empty());
        whole.then(|| Evidence { confidence: 90, seen: "a table of Pingdom's checks".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(document) = body.document() else { return };
        let title = select(document.root_element(), "title").first().map(|title| words(*title));
        sheet.page.name = title.filter(|title| !title.is_empty());
        for (index, row) in select(document.root_element(), ROW).into_iter().enumerate() {
            if !select(row, "td.check-status, td.check-name").is_empty() {
                check(index, row, sheet);
            }
        }
    }

    fn probes(&self) -> &'static [&'static str] {
        &["noscript"]
    }
}

fn check(index: usize, row: ElementRef<'_>, sheet: &mut Sheet) {
    let name = select(row, NAME).first().map(|link| (words(*link), link.value().attr("href").unwrap_or_default()));
    let Some((name, href)) = name.filter(|(name, _)| !name.is_empty()) else {
        sheet.doubt(format!("tr[{index}]"), "The check has no name.");
        return;
    };
    let id = href.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned();
    let word = select(row, WORD).first().and_then(|word| word.value().classes().find(|class| *class != "status"));
    let value = Value::String(word.unwrap_or_default().to_owned());
    let health = sheet.health(&Node::root(&value), "", health);
    sheet.component(if id.is_empty() { name.clone() } else { id }, name, Vec::new(), health);
}

fn health(word: &str) -> Option<Health> {
    Some(match word {
        "up" => Health::Operational,
        "unconfirmed" | "unconfirmed_down" => Health::Degraded,
        "down" => Health::MajorOutage,
        "unknown" | "paused" | "unmonitored" => Health::Unknown,
        _ => return None,
    })
}

fn select<'a>(within: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|selector| within.select(&selector).collect()).unwrap_or_default()
}

fn words(element: ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}
