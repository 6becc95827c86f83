//! StatusCast: the page itself and its list of open incidents, by the class names in their markup.
//! Known from two public clients that read the same classes; no capture was seen.
//!
//! Oddities: how a component is called stands nowhere that we know, so only the worst of all their words is told, as the
//! page's; incidents have an icon for how bad they are, and neither stage nor date in the list.

use scraper::{ElementRef, Html, Selector};
use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Impact, Timestamp};
use url::Url;

use crate::kit::node::Node;
use crate::kit::sheet::{Sheet, Told};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: StatusCast = StatusCast;

pub(crate) struct StatusCast;

const WORDS: &str = ".status-list-component-status-text";

impl Simple for StatusCast {
    fn name(&self) -> &'static str {
        "statuscast"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let open = format!("{}?IncidentStatus=OpenStarted", page.at_root("incidents"));
        vec![HttpAsk::get("incidents", open), HttpAsk::get("page", page.at_root(""))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["page"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let text = body.html()?;
        if text.contains("status-list-component-status-text") {
            let document = body.document()?;
            let found = select(document.root_element(), WORDS).into_iter().any(|one| word(one).is_some());
            return found.then(|| Evidence { confidence: 92, seen: "StatusCast's words for components".to_owned() });
        }
        let is_list = payload.key == "incidents" || text.contains("incident-icon");
        let has_results = text.contains("id=\"results\"");
        if !is_list || !has_results || !text.contains("incident-body") && !text.contains("statuscast") {
            return None;
        }
        Some(Evidence { confidence: 65, seen: "StatusCast's list of incidents".to_owned() })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(document) = body.document() else { return };
        let words = select(document.root_element(), WORDS);
        if words.is_empty() {
            incidents(&document, &payload.url, sheet);
            return;
        }
        for element in words {
            let value = Value::String(word(element).unwrap_or_default().to_owned());
            let found = sheet.health(&Node::root(&value), "", health);
            sheet.indicator = Some(sheet.indicator.map_or(found, |known| known.max(found)));
        }
    }
}

/// `available` in `class="status-list-component-status-text component-available"`.
fn word(element: ElementRef<'_>) -> Option<&str> {
    element.value().classes().find_map(|class| class.strip_prefix("component-"))
}

fn health(word: &str) -> Option<Health> {
    Some(match word {
        "available" | "informational" => Health::Operational,
        "investigating" | "identified" | "monitored" | "degraded" | "performance" => Health::Degraded,
        "unavailable" => Health::MajorOutage,
        "maintenance" => Health::Maintenance,
        _ => return None,
    })
}

fn incidents(document: &Html, address: &str, sheet: &mut Sheet) {
    let results = select(document.root_element(), "#results");
    let Some(results) = results.first() else {
        sheet.doubt("#results", "The list of incidents is missing.");
        return;
    };
    let rows = select(*results, ".incident-body");
    if rows.is_empty() && !is_empty(*results) {
        sheet.doubt("#results", "What the list of incidents holds cannot be read.");
        return;
    }
    sheet.open = true;
    for (index, row) in rows.into_iter().enumerate() {
        incident(index, row, address, sheet);
    }
}

/// Nothing stands there, or words that say so. Elements without words may be filled in later.
fn is_empty(results: ElementRef<'_>) -> bool {
    let text = words_of(results).to_lowercase();
    let text = text.trim_end_matches(['.', '!']);
    let says_none =
        ["no incidents", "no open incidents", "no active incidents", "no results", "there are no incidents"]
            .into_iter()
            .any(|none| text.strip_prefix(none).is_some_and(|rest| rest.is_empty() || ENDS.contains(&rest.trim())));
    says_none || text.is_empty() && results.child_elements().next().is_none()
}

/// What may stand behind "no incidents".
const ENDS: [&str; 5] = ["found", "to report", "to display", "at this time", "reported"];

fn incident(index: usize, row: ElementRef<'_>, address: &str, sheet: &mut Sheet) {
    let place = Value::Null;
    let node = Node::root(&place);
    let title = select(row, ".incident-title").first().map(|title| words_of(*title)).unwrap_or_default();
    let icon = select(row, ".incident-icon .fa").first().and_then(|icon| word(*icon)).unwrap_or_default().to_owned();
    let icon = Value::String(icon);
    let impact = sheet.word(&Node::root(&icon), "", impact);
    // The address is the only thing that names it.
    let link = select(row, "a[href]").into_iter().find_map(|link| {
        let href = link.value().attr("href")?;
        number(href).map(|id| (id, href.to_owned()))
    });
    let Some((id, href)) = link else {
        sheet.doubt(format!(".incident-body[{index}]"), format!("Nothing names the incident `{title}`."));
        // It is there, whatever its name.
        let health = impact.map_or(Some(Health::Degraded), Impact::health).unwrap_or_default();
        sheet.indicator = Some(sheet.indicator.map_or(health, |known| known.max(health)));
        return;
    };
    let url = Url::parse(&href).or_else(|_| Url::parse(address)?.join(&href)).ok();
    sheet.incident(Told { id, title, url: url.map(String::from), impact, ..Told::default() }, &node);
}

/// `588414` of `/incident/588414/api-down`: the title may stand behind the number, and may be edited.
fn number(href: &str) -> Option<String> {
    let path = href.split(['?', '#']).next()?;
    let parts =
        path.split('/').skip_while(|part| !matches!(part.to_ascii_lowercase().as_str(), "incident" | "incidents"));
    let is_number = |part: &&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.skip(1).find(is_number).map(str::to_owned)
}

fn impact(word: &str) -> Option<Impact> {
    Some(match word {
        "available" | "informational" => Impact::None,
        "performance" => Impact::Minor,
        "unavailable" => Impact::Critical,
        _ => return None,
    })
}

fn select<'a>(within: ElementRef<'a>, selector: &str) -> Vec<ElementRef<'a>> {
    Selector::parse(selector).map(|selector| within.select(&selector).collect()).unwrap_or_default()
}

fn words_of(element: ElementRef<'_>) -> String {
    element.text().flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_incident_is_named_by_its_number() {
        for href in [
            "/incident/588414",
            "/incident/588414/",
            "/incident/588414/api-down",
            "/Incidents/588414?utm=7",
            "https://status.example.com/incident/588414#7",
            "/incidents/details/588414/2-of-3-queues",
        ] {
            assert_eq!(number(href).as_deref(), Some("588414"), "{href}");
        }
        assert_eq!(number("/incident/api-down"), None);
        assert_eq!(number("/components/12"), None);
    }
}
