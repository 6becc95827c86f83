//! StatusCake's public reports: `PublicReportHandler.php`, under an id that stands in the page's address or in its HTML.
//! Known from several public clients; no capture was seen.
//!
//! Oddities: a test is up or down and nothing between; a report behind a password answers without its tests; it tells of
//! no incidents.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Timestamp};

use crate::kit::html::to_text;
use crate::kit::node::Node;
use crate::kit::sheet::Sheet;
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: StatusCake = StatusCake;

pub(crate) struct StatusCake;

const HANDLER: &str = "https://app.statuscake.com/Workfloor/PublicReportHandler.php?PublicID=";
/// The report's id, once it was found.
const ID: &str = "id";

static NAMED: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r#"\bPublicID(?:\s*=\s*["']|=)([A-Za-z0-9]{6,20})\b"#).ok());

impl Simple for StatusCake {
    fn name(&self) -> &'static str {
        "statuscake"
    }

    fn asks(&self, page: &PageAddress, memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        match by_address(page).as_deref().or_else(|| memory.text(ID)) {
            Some(id) => vec![report(id)],
            None => vec![HttpAsk::get("page", page.url.to_string())],
        }
    }

    fn needs(&self) -> &'static [&'static str] {
        &["report"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        if let Some(text) = body.html() {
            // It only says where to read.
            return (text.contains("statuscake") && id_in(text).is_some())
                .then(|| Evidence { confidence: 80, seen: "a page that names a report of StatusCake's".to_owned() });
        }
        let tests = body.json()?.get("TestData")?.as_array()?;
        let is_ours = |test: &Value| test.get("Status").is_some() && test.get("Name").is_some();
        tests.iter().any(is_ours).then(|| Evidence { confidence: 95, seen: "`TestData` of StatusCake".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        sheet.page.name = root.text("Title").map(|title| to_text(&title)).filter(|title| !title.is_empty());
        for row in root.objects("TestData", sheet) {
            let name = to_text(&row.string("Name"));
            if name.is_empty() {
                sheet.doubt(row.place("Name"), "The test has no name.");
                continue;
            }
            let id = row.text("TestID").map_or_else(|| name.clone(), |id| id.into_owned());
            let health = sheet.health(&row, "Status", |word| match word {
                "Up" => Some(Health::Operational),
                "Down" => Some(Health::MajorOutage),
                _ => None,
            });
            sheet.component(id, name, Vec::new(), health);
        }
    }

    fn more(
        &self,
        _page: &PageAddress,
        memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        _now: Timestamp,
    ) -> Vec<HttpAsk> {
        let found = bodies.iter().filter_map(|(_, body)| body.html()).find_map(id_in);
        let Some(id) = found else { return Vec::new() };
        memory.set(ID, id.clone());
        vec![report(&id)]
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        if sheet.components.is_empty() {
            sheet.problem("missing_anchor", "TestData", "No test is listed: the health is not known.");
        }
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["app.statuscake.com", "uptime.statuscake.com"]
    }
}

fn report(id: &str) -> HttpAsk {
    HttpAsk::get("report", format!("{HANDLER}{id}"))
}

/// `https://uptime.statuscake.com/?TestID=AbCdEf1234`.
fn by_address(page: &PageAddress) -> Option<String> {
    let host = page.url.host_str().unwrap_or_default();
    let is_theirs = host == "statuscake.com" || host.ends_with(".statuscake.com");
    let mut pairs = page.url.query_pairs().filter(|_| is_theirs);
    let found = pairs.find(|(key, _)| matches!(key.to_ascii_lowercase().as_str(), "publicid" | "testid"))?;
    let is_id = !found.1.is_empty() && found.1.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_id.then(|| found.1.into_owned())
}

fn id_in(html: &str) -> Option<String> {
    NAMED.as_ref()?.captures(html)?.get(1).map(|id| id.as_str().to_owned())
}
