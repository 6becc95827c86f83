//! UptimeRobot: `api/getMonitorList/<key>` on the host of a public page, some monitors at a time.
//! Known from a dozen public clients; no capture was seen. The feed of events is known by name only and is not read.
//!
//! Oddities: a status is the colour of a label (`success`, `danger`, `black`); monitors that are paused have one too;
//! pages of the list are counted by `totalMonitors` and `perPage`; the newer form leaves `psp` out and lists under `data`.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Timestamp};

use crate::kit::node::Node;
use crate::kit::sheet::Sheet;
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: UptimeRobot = UptimeRobot;

pub(crate) struct UptimeRobot;

/// The page's key, once it was found.
const KEY: &str = "key";
/// The notes of how many monitors there are, and how many of them are down.
const TOTAL: &str = "total";
const DOWN: &str = "down";
/// Pages of the list that are read.
const MOST_PAGES: i64 = 5;

static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"getMonitorList/([A-Za-z0-9-]{6,40})|pspApiPath\s*=\s*["'][^"']*/([A-Za-z0-9-]{6,40})["']"#).ok()
});

impl Simple for UptimeRobot {
    fn name(&self) -> &'static str {
        "uptimerobot"
    }

    fn asks(&self, page: &PageAddress, memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        match by_address(page).as_deref().or_else(|| memory.text(KEY)) {
            Some(key) => vec![list(page, key, 1)],
            None => vec![HttpAsk::get("page", page.url.to_string())],
        }
    }

    fn needs(&self) -> &'static [&'static str] {
        &["monitors"]
    }

    fn weighs(&self, key: &str) -> bool {
        key.starts_with("monitors")
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        if let Some(text) = body.html() {
            // It only says where to read.
            return (text.contains("uptimerobot") && key_in(text).is_some())
                .then(|| Evidence { confidence: 80, seen: "a page that names a key of UptimeRobot's".to_owned() });
        }
        let json = body.json()?;
        let is_ours = |one: &Value| one.get("statusClass").is_some() && one.get("name").is_some();
        let any = monitors(json)?.as_array()?.iter().any(is_ours);
        any.then(|| Evidence { confidence: 96, seen: "monitors with UptimeRobot's `statusClass`".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        let rows =
            if root.has("psp") { root.at("psp").objects("monitors", sheet) } else { root.objects("data", sheet) };
        for row in rows {
            let name = row.string("name");
            let id =
                row.text("monitorId").or_else(|| row.text("id")).map_or_else(|| name.clone(), |id| id.into_owned());
            if name.is_empty() {
                sheet.doubt(row.place("name"), "The monitor has no name.");
                continue;
            }
            let health = sheet.health(&row, "statusClass", health);
            sheet.component(id, name, Vec::new(), health);
        }
        if root.text("status").is_some_and(|word| word != "ok") {
            sheet.doubt("status", "The list does not say that it is ok.");
        }
        for (key, at) in
            [(TOTAL, root.at("psp").text("totalMonitors")), (DOWN, root.at("statistics").at("counts").text("down"))]
        {
            if let Some(count) = at {
                sheet.notes.insert(key.to_owned(), count.into_owned());
            }
        }
    }

    fn more(
        &self,
        page: &PageAddress,
        memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        _now: Timestamp,
    ) -> Vec<HttpAsk> {
        let key = by_address(page).or_else(|| memory.text(KEY).map(str::to_owned));
        let key = key.or_else(|| bodies.iter().filter_map(|(_, body)| body.html()).find_map(key_in));
        let Some(key) = key else { return Vec::new() };
        memory.set(KEY, key.clone());
        let first = bodies.iter().find(|(payload, _)| payload.key == "monitors").and_then(|(_, body)| body.json());
        let pages = first.map_or(1, |json| pages(&Node::root(json)));
        (1..=pages.min(MOST_PAGES)).map(|number| list(page, &key, number)).collect()
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        let count = |key: &str| sheet.notes.get(key).and_then(|count| count.parse::<usize>().ok()).unwrap_or(0);
        let (total, down) = (count(TOTAL), count(DOWN));
        let ill = sheet.components.iter().filter(|one| one.health >= Health::Degraded).count();
        if sheet.components.is_empty() {
            sheet.problem("missing_anchor", "psp.monitors", "No monitor is listed: the health is not known.");
        } else if sheet.components.len() < total {
            sheet.doubt("psp.totalMonitors", format!("There are {total} monitors, and not all of them were read."));
        } else if down > 0 && ill == 0 {
            sheet.doubt("statistics.counts.down", format!("{down} monitors are down, and none of them is listed."));
        }
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["stats.uptimerobot.com"]
    }
}

/// Pages of the list.
fn pages(root: &Node<'_>) -> i64 {
    let psp = root.at("psp");
    let (total, each) = (psp.number("totalMonitors").unwrap_or(0), psp.number("perPage").unwrap_or(0));
    if each > 0 { (total - 1).max(0) / each + 1 } else { 1 }
}

fn list(page: &PageAddress, key: &str, number: i64) -> HttpAsk {
    let name = if number == 1 { "monitors".to_owned() } else { format!("monitors-{number}") };
    let base = page.at_root("api/getMonitorList/");
    HttpAsk::get(name, format!("{base}{key}?page={number}"))
}

/// `https://stats.uptimerobot.com/AbCdEf123`, also with a monitor's number behind, and the address of the list itself.
fn by_address(page: &PageAddress) -> Option<String> {
    let mut parts = page.url.path().split('/').filter(|part| !part.is_empty());
    let first = parts.next()?;
    let key = if first == "api" { parts.nth(1)? } else { first };
    let is_key = (6..=40).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_theirs = page.url.host_str() == Some("stats.uptimerobot.com") || first == "api";
    (is_key && is_theirs).then(|| key.to_owned())
}

fn key_in(html: &str) -> Option<String> {
    let found = NAMED.as_ref()?.captures(html)?;
    found.get(1).or_else(|| found.get(2)).map(|key| key.as_str().to_owned())
}

fn monitors(json: &Value) -> Option<&Value> {
    json.get("psp").map_or_else(|| json.get("data"), |psp| psp.get("monitors"))
}

fn health(class: &str) -> Option<Health> {
    Some(match class {
        "success" => Health::Operational,
        "warning" => Health::Degraded,
        "danger" => Health::MajorOutage,
        "info" => Health::Maintenance,
        // Nobody looks.
        "black" | "paused" => Health::Unknown,
        _ => return None,
    })
}
