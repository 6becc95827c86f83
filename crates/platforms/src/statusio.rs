//! Status.io: `api.status.io/1.0/status/<page>`, under an id that stands in the page's HTML.
//!
//! Known from a capture, the vendor's documentation and several public clients. Oddities: codes are numbers that do not
//! stand in one row with what they mean (200 is work, not trouble); parts have an `id`, everything else an `_id`; a part
//! is a matrix of places (`containers`) of which the worst counts, and the same place stands below many parts; a part may
//! be well while an incident that names it is open; only what is open is listed. Where the web page alone is had, its
//! worst word is read.

use std::sync::LazyLock;

use jiff::Timestamp as Precise;
use regex::Regex;
use scraper::{ElementRef, Selector};
use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::html;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: StatusIo = StatusIo;

pub(crate) struct StatusIo;

/// What is remembered of a page: where its status is.
const STATUS: &str = "status";

/// Where a page's HTML names the address of its status: at the vendor's, or at the vendor's for pages of the older kind.
static ADDRESS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"https://(?:api\.status\.io|[a-z0-9.-]{1,60}\.hostedstatus\.com)/1\.0/status/[0-9a-f]{24}\b").ok()
});

/// Where a page's HTML names its id.
static ID: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let variable = r#"(?i:\b(?:status)?page_?id)\s*[=:]\s*["']"#;
    Regex::new(&format!(r"(?:{variable}|/1\.0/status/|/pages/(?:history/|incident/|maintenance/)?)([0-9a-f]{{24}})\b"))
        .ok()
});

impl Simple for StatusIo {
    fn name(&self) -> &'static str {
        "statusio"
    }

    fn asks(&self, page: &PageAddress, memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        if page.url.path().contains("/1.0/status/") {
            return vec![HttpAsk::get("status", page.url.to_string())];
        }
        let known = memory.text(STATUS).map(str::to_owned);
        match known.or_else(|| id_in(page.url.path()).map(|id| status_url(&id))) {
            Some(url) => vec![HttpAsk::get("status", url)],
            None => vec![HttpAsk::get("page", page.url.to_string())],
        }
    }

    fn needs(&self) -> &'static [&'static str] {
        &["status"]
    }

    fn more(
        &self,
        _page: &PageAddress,
        memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        _now: Timestamp,
    ) -> Vec<HttpAsk> {
        let Some(url) = bodies.iter().filter_map(|(_, body)| body.html()).find_map(status_in) else {
            return Vec::new();
        };
        memory.set(STATUS, url.clone());
        vec![HttpAsk::get("status", url)]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        if let Some(page) = body.html() {
            let made_by = page.contains("statusio_") || page.contains("api.status.io/");
            return (made_by && id_in(page).is_some())
                .then(|| Evidence { confidence: 92, seen: "a page with Status.io's names and page id".to_owned() });
        }
        let result = body.json()?.get("result")?;
        let overall = result.get("status_overall")?.get("status_code")?;
        let lists = result.get("status").is_some_and(Value::is_array) && result.get("incidents").is_some();
        (lists && (overall.is_number() || overall.is_string()))
            .then(|| Evidence { confidence: 97, seen: "`result.status_overall` with a code of Status.io's".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        if let Some(json) = body.json() {
            status(&Node::root(json).at("result"), sheet);
        } else if let Some(page) = body.document() {
            web_page(&page, sheet);
        }
    }
}

fn status_url(id: &str) -> String {
    format!("https://api.status.io/1.0/status/{id}")
}

/// The address of the status that a page names, else the one that follows from its id.
fn status_in(page: &str) -> Option<String> {
    let named = ADDRESS.as_ref().and_then(|address| address.find(page)).map(|found| found.as_str().to_owned());
    named.or_else(|| id_in(page).map(|id| status_url(&id)))
}

fn id_in(text: &str) -> Option<String> {
    let found = ID.as_ref()?.captures(text)?;
    found.get(1).map(|id| id.as_str().to_owned())
}

/// What the page's parts say in words. They are not listed, because nothing there gives them ids.
fn web_page(page: &scraper::Html, sheet: &mut Sheet) {
    let Ok(selector) = Selector::parse("#statusio_components .component-status") else { return };
    let words: Vec<String> = page.select(&selector).map(|word| text_of(&word)).collect();
    let healths: Vec<Health> = words
        .iter()
        .map(|word| {
            worded(word).unwrap_or_else(|| {
                sheet.problem("unknown_status", "page", format!("`{word}` is no status we know."));
                Health::Unknown
            })
        })
        .collect();
    sheet.indicator = Health::worst(healths);
    if sheet.indicator.is_none() {
        sheet.problem("bad_shape", "page", "The page lists no parts.");
    }
}

fn text_of(element: &ElementRef<'_>) -> String {
    html::to_text(&element.text().collect::<String>())
}

fn status(result: &Node<'_>, sheet: &mut Sheet) {
    sheet.indicator = Some(sheet.health(&result.at("status_overall"), "status_code", code));
    for row in result.objects("status", sheet) {
        component(&row, sheet);
    }
    let works = result.at("maintenance");
    for (row, key) in [(result, "incidents"), (&works, "active"), (&works, "upcoming")] {
        if !row.has(key) {
            sheet.doubt(row.place(key), "This should be there, if only empty.");
        }
    }
    for row in result.objects("incidents", sheet) {
        incident(&row, sheet);
    }
    for (key, stage) in [("active", MaintenanceStage::InProgress), ("upcoming", MaintenanceStage::Scheduled)] {
        for row in works.objects(key, sheet) {
            work(&row, stage, sheet);
        }
    }
    sheet.open = true;
}

fn component(row: &Node<'_>, sheet: &mut Sheet) {
    let Some(id) = row.text("id").or_else(|| row.text("_id")) else {
        sheet.doubt(row.place("id"), "A part of the page has no id.");
        return;
    };
    let mut health = sheet.health(row, "status_code", code);
    for place in row.objects("containers", sheet) {
        health = health.max(sheet.health(&place, "status_code", code));
    }
    let name = row.text("name").unwrap_or_else(|| id.clone());
    sheet.component(id.as_ref(), html::to_text(&name), Vec::new(), health);
}

fn incident(row: &Node<'_>, sheet: &mut Sheet) {
    let messages = messages(row, sheet, state);
    let last = messages.last();
    let stage = last.and_then(|(_, draft)| draft.stage).unwrap_or(Stage::Investigating);
    // What is over was as bad as its worst hour.
    let impact = match last {
        Some((impact, _)) if !stage.is_terminal() => *impact,
        _ => messages.iter().filter_map(|(impact, _)| *impact).max(),
    };
    let told = Told {
        id: id_of(row),
        title: html::to_text(&row.string("name")),
        url: None,
        impact,
        stage: Some(stage),
        started_at: sheet.time(row, "datetime_open"),
        resolved_at: None,
        components: affected(row, sheet),
        updates: messages.into_iter().map(|(_, draft)| draft).collect(),
    };
    sheet.incident(told, row);
}

fn work(row: &Node<'_>, stage: MaintenanceStage, sheet: &mut Sheet) {
    let updates = messages(row, sheet, work_state).into_iter().map(|(_, draft)| draft).collect();
    let planned = Planned {
        id: id_of(row),
        title: html::to_text(&row.string("name")),
        url: None,
        stage: Some(stage),
        starts_at: sheet.time(row, "datetime_planned_start"),
        ends_at: sheet.time(row, "datetime_planned_end"),
        components: affected(row, sheet),
        updates,
    };
    sheet.work(planned, row);
}

/// Messages, oldest first, each with how bad it says things are.
fn messages<S>(
    row: &Node<'_>,
    sheet: &mut Sheet,
    state: impl Fn(&str) -> Option<S>,
) -> Vec<(Option<Impact>, Draft<S>)> {
    let mut messages = Vec::new();
    for message in row.objects("messages", sheet) {
        let draft = Draft {
            id: id_of(&message),
            stage: sheet.word(&message, "state", &state),
            at: sheet.time(&message, "datetime"),
            stored_at: None,
            body: body(&message, "details"),
        };
        let impact = sheet.word(&message, "status", impact);
        messages.push((impact, draft));
    }
    messages.sort_by_key(|(_, draft): &(_, Draft<S>)| draft.at.unwrap_or(Precise::MIN));
    messages
}

fn id_of(row: &Node<'_>) -> String {
    row.text("_id").or_else(|| row.text("id")).map(|id| id.into_owned()).unwrap_or_default()
}

fn affected(row: &Node<'_>, sheet: &mut Sheet) -> Vec<ComponentRef> {
    let rows = row.objects("components_affected", sheet);
    let named = rows.iter().map(|one| named_part(id_of(one), one.string("name")));
    named.filter(|one| !one.id.is_empty() || !one.name.is_empty()).collect()
}

fn code(code: &str) -> Option<Health> {
    Some(match code {
        "100" => Health::Operational,
        "200" => Health::Maintenance,
        "300" => Health::Degraded,
        "400" => Health::PartialOutage,
        // A disruption; and a security event, which is no less.
        "500" | "600" => Health::MajorOutage,
        _ => return None,
    })
}

/// The same as the page writes it.
fn worded(word: &str) -> Option<Health> {
    Some(match word {
        "Operational" => Health::Operational,
        "Planned Maintenance" => Health::Maintenance,
        "Degraded Performance" => Health::Degraded,
        "Partial Service Disruption" => Health::PartialOutage,
        "Service Disruption" | "Security Event" => Health::MajorOutage,
        _ => return None,
    })
}

fn impact(code: &str) -> Option<Impact> {
    Some(match code {
        "100" | "200" => Impact::None,
        "300" => Impact::Minor,
        "400" => Impact::Major,
        "500" | "600" => Impact::Critical,
        _ => return None,
    })
}

fn state(code: &str) -> Option<Stage> {
    Some(match code {
        "100" => Stage::Investigating,
        "200" => Stage::Identified,
        "300" => Stage::Monitoring,
        "400" => Stage::Resolved,
        _ => return None,
    })
}

fn work_state(code: &str) -> Option<MaintenanceStage> {
    Some(match code {
        "100" => MaintenanceStage::Scheduled,
        "200" => MaintenanceStage::InProgress,
        "300" | "400" => MaintenanceStage::Completed,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_found_out_once() {
        let page = |url: &str| PageAddress { url: url.parse().unwrap() };
        let now = "2026-03-03T00:00:00Z".parse().unwrap();
        let (own, mut memory) = (page("https://status.beacon.example/"), Memory::default());
        assert_eq!(READER.asks(&own, &memory, now)[0].key, "page");
        let html = "<script>var pageId = '5a10c0de0000000000000999';</script>";
        let bodies = [(Payload { key: "page".to_owned(), ..Payload::default() }, Body::Html(html))];
        let asked = READER.more(&own, &mut memory, &bodies, now);
        assert_eq!(asked[0].url, "https://api.status.io/1.0/status/5a10c0de0000000000000999");
        assert_eq!(READER.asks(&own, &memory, now), asked);
        let elsewhere = "https://status-api.hostedstatus.com/1.0/status/5a10c0de0000000000000999";
        assert_eq!(status_in(&format!("fetch('{elsewhere}')")).as_deref(), Some(elsewhere));
        let stranger = "https://evil.example/1.0/status/5a10c0de0000000000000999";
        assert_eq!(status_in(stranger).as_deref(), Some(asked[0].url.as_str()));
        // Addresses that name it already.
        for url in [
            "https://status.beacon.example/pages/5a10c0de0000000000000999",
            "https://status.beacon.example/pages/history/5a10c0de0000000000000999",
            "https://api.status.io/1.0/status/5a10c0de0000000000000999",
        ] {
            assert_eq!(READER.asks(&page(url), &Memory::default(), now), asked, "{url}");
        }
    }
}
