//! Better Stack (Better Uptime): `index.json`, a JSON:API document of the whole page, and the page itself as proof.
//!
//! Known from captures, the vendor's documentation and public clients. Oddities: what a document relates to stands in one
//! flat list of mixed kinds; a section is named by number, a resource by text; a report says nothing of stages, only how
//! bad things are (`resolved` is the end, and `ends_at` stays null then); work that is still to come says `maintenance`
//! already, so only its window tells; a resource that is `not_monitored` is known to nobody. The zone is Rails', not IANA's.
//! The web page draws its state as pictures: of it only the name of its icon is read.

use std::collections::HashMap;
use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::html;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body, part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: BetterStack = BetterStack;

pub(crate) struct BetterStack;

/// The icon of a page is named after its state.
static ICON: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"uptime\.betterstack\.com/assets/status_pages(?:_v2)?/(?:favicons/|og_)([a-z_]+)-[0-9a-f]{16,}").ok()
});
static TITLE: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"(?is)<title>(.{1,200}?)</title>").ok());

impl Simple for BetterStack {
    fn name(&self) -> &'static str {
        "betterstack"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("index", index_url(page))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["index"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        if let Some(page) = body.html() {
            icon(page)?;
            return Some(Evidence { confidence: 92, seen: "an icon of Better Stack's that shows a state".to_owned() });
        }
        let data = body.json()?.get("data")?;
        let kind = data.get("type").and_then(Value::as_str) == Some("status_page");
        let named = data.get("id").is_some_and(|id| id.is_string() || id.is_number());
        let state = data.get("attributes")?.get("aggregate_state").is_some_and(Value::is_string);
        (kind && named && state).then(|| Evidence {
            confidence: 97,
            seen: "a document of type `status_page` with an `aggregate_state`".to_owned(),
        })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        if let Some(page) = body.html() {
            web_page(page, sheet);
        } else if let Some(json) = body.json() {
            document(&Node::root(json), now, sheet);
        }
    }

    fn probes(&self) -> &'static [&'static str] {
        &["index.json"]
    }
}

/// People paste the tabs of a page as well.
fn index_url(page: &PageAddress) -> String {
    let mut page = page.clone();
    let path = page.url.path().trim_end_matches('/').to_owned();
    let tabs = ["/index.json", "/incidents", "/maintenance", "/feed"];
    let base = tabs.iter().find_map(|tab| path.strip_suffix(tab)).unwrap_or(&path);
    page.url.set_path(base);
    page.below("index.json")
}

fn icon(page: &str) -> Option<&str> {
    let found = ICON.as_ref()?.captures(page)?;
    found.get(1).map(|word| word.as_str())
}

/// The page's own word, and nothing of its parts.
fn web_page(page: &str, sheet: &mut Sheet) {
    let word = icon(page).unwrap_or_default();
    sheet.indicator = health(word);
    if sheet.indicator.is_none() {
        sheet.problem("unknown_status", "icon", format!("`{word}` is no status we know."));
    }
    let title = TITLE.as_ref().and_then(|title| title.captures(page)).and_then(|found| found.get(1));
    let title = title.map(|title| html::to_text(title.as_str()));
    sheet.page.name = sheet.page.name.take().or(title).filter(|name| !name.is_empty());
}

fn document(root: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let page = root.at("data").at("attributes");
    sheet.page.id = root.at("data").text("id").map(|id| id.into_owned());
    sheet.page.name = page.text("company_name").map(|name| name.into_owned());
    sheet.page.url = address(&page);
    sheet.page.time_zone = page.text("timezone").filter(|zone| zone.contains('/')).map(|zone| zone.into_owned());
    sheet.indicator = Some(sheet.health(&page, "aggregate_state", health));
    if !root.has("included") {
        sheet.doubt("included", "A page should list what it is made of.");
    }
    let all = Included::of(root, sheet);
    all.resources(sheet);
    for report in &all.reports {
        if is_work(report, sheet) {
            work(report, &all, sheet);
        } else {
            incident(report, &all, now, sheet);
        }
    }
    sheet.open = true;
    sheet.history_since = sheet.incidents.iter().filter(|one| one.is_closed()).filter_map(|one| one.started_at).min();
}

/// `status.example.com`, else the vendor's name for it.
fn address(page: &Node<'_>) -> Option<String> {
    let own = page.text("custom_domain").map(|host| format!("https://{host}"));
    own.or_else(|| page.text("subdomain").map(|name| format!("https://{name}.betteruptime.com")))
}

/// The flat list, by kind.
struct Included<'a> {
    sections: HashMap<String, (i64, String)>,
    resources: Vec<Node<'a>>,
    reports: Vec<Node<'a>>,
    updates: HashMap<String, Node<'a>>,
}

impl<'a> Included<'a> {
    fn of(root: &Node<'a>, sheet: &mut Sheet) -> Self {
        let mut all =
            Self { sections: HashMap::new(), resources: Vec::new(), reports: Vec::new(), updates: HashMap::new() };
        for one in root.objects("included", sheet) {
            match one.text("type").as_deref() {
                Some("status_page_section") => {
                    let section = one.at("attributes");
                    let place = section.number("position").unwrap_or(i64::MAX);
                    all.sections.insert(one.string("id"), (place, section.string("name")));
                }
                Some("status_page_resource") => all.resources.push(one),
                Some("status_report") => all.reports.push(one),
                Some("status_update") => {
                    all.updates.insert(one.string("id"), one);
                }
                Some(_) => {}
                None => sheet.doubt(one.place("type"), "It does not say what it is."),
            }
        }
        all
    }

    fn resources(&self, sheet: &mut Sheet) {
        let section = |node: &Node<'_>| self.sections.get(&node.at("attributes").string("status_page_section_id"));
        let mut resources: Vec<&Node<'_>> = self.resources.iter().collect();
        resources.sort_by_key(|one| {
            let place = section(one).map_or(i64::MAX, |(place, _)| *place);
            (place, one.at("attributes").number("position").unwrap_or(i64::MAX))
        });
        for one in resources {
            let Some(id) = one.text("id") else {
                sheet.doubt(one.place("id"), "A part of the page has no id.");
                continue;
            };
            let row = one.at("attributes");
            let name = row.text("public_name").or_else(|| row.text("explanation")).unwrap_or_else(|| id.clone());
            let group = section(one).map(|(_, name)| name.clone()).filter(|name| !name.is_empty());
            let health = sheet.health(&row, "status", health);
            sheet.component(id, name, group.into_iter().collect(), health);
        }
    }

    /// A report's updates, oldest first.
    fn updates_of(&self, report: &Node<'a>, sheet: &mut Sheet) -> Vec<(Draft<Stage>, Option<Impact>)> {
        let mut updates = Vec::new();
        for link in report.at("relationships").at("status_updates").objects("data", sheet) {
            let id = link.string("id");
            let Some(update) = self.updates.get(&id) else {
                sheet.problem("bad_shape", link.place("id"), format!("The update {id} is not there."));
                continue;
            };
            let row = update.at("attributes");
            let touched = touched(&row, sheet);
            let over = !touched.is_empty() && touched.iter().all(|(_, word)| word == "resolved");
            let draft = Draft {
                id,
                stage: over.then_some(Stage::Resolved),
                at: sheet.time(&row, "published_at"),
                stored_at: None,
                body: body(&row, "message"),
            };
            updates.push((draft, worst(&touched)));
        }
        updates.sort_by_key(|(draft, _)| draft.at);
        updates
    }
}

fn is_work(report: &Node<'_>, sheet: &mut Sheet) -> bool {
    let row = report.at("attributes");
    row.has("report_type")
        && sheet.word(&row, "report_type", |word| match word {
            "maintenance" => Some(true),
            "manual" | "automatic" | "calculated" | "incident" => Some(false),
            _ => None,
        }) == Some(true)
}

fn incident(report: &Node<'_>, all: &Included<'_>, now: Timestamp, sheet: &mut Sheet) {
    let row = report.at("attributes");
    let updates = all.updates_of(report, sheet);
    let touched = touched(&row, sheet);
    let ends_at = sheet.time(&row, "ends_at");
    let has_ended = ends_at.is_some_and(|at| Timestamp::from_jiff(at) <= now);
    let state = sheet.word(&row, "aggregate_state", state);
    let over = match state {
        Some(State::Over) => true,
        Some(State::Bad(Impact::None)) => has_ended,
        _ => false,
    };
    let was = updates.iter().filter_map(|(_, impact)| *impact).max().or_else(|| worst(&touched));
    let impact = match state {
        Some(State::Bad(impact)) if !over => Some(impact),
        None => None,
        _ => was,
    };
    let mut drafts: Vec<Draft<Stage>> = updates.into_iter().map(|(draft, _)| draft).collect();
    if let Some(first) = drafts.first_mut().filter(|first| first.stage.is_none()) {
        first.stage = Some(Stage::Investigating);
    }
    if let Some(last) = drafts.last_mut().filter(|_| over) {
        last.stage = Some(Stage::Resolved);
    }
    let stage = match (over, drafts.last().and_then(|last| last.stage)) {
        (true, _) => Stage::Resolved,
        // Its parts are well again, but the report is not closed.
        (false, Some(Stage::Resolved)) => Stage::Monitoring,
        (false, _) => Stage::Investigating,
    };
    let told = Told {
        id: report.string("id"),
        title: row.text("title").map_or_else(|| "Incident".to_owned(), |title| html::to_text(&title)),
        url: url_of(report, sheet),
        impact,
        stage: Some(stage),
        started_at: sheet.time(&row, "starts_at"),
        resolved_at: ends_at.filter(|_| over && has_ended),
        components: touched.iter().map(|(id, _)| part(id.as_str())).collect(),
        updates: drafts,
    };
    sheet.incident(told, report);
}

fn work(report: &Node<'_>, all: &Included<'_>, sheet: &mut Sheet) {
    let row = report.at("attributes");
    let state = sheet.word(&row, "aggregate_state", state);
    let updates = all.updates_of(report, sheet).into_iter().map(|(draft, _)| Draft {
        id: draft.id,
        stage: None,
        at: draft.at,
        stored_at: draft.stored_at,
        body: draft.body,
    });
    let planned = Planned {
        id: report.string("id"),
        title: row.text("title").map(|title| html::to_text(&title)).unwrap_or_default(),
        url: url_of(report, sheet),
        stage: matches!(state, Some(State::Over)).then_some(MaintenanceStage::Completed),
        starts_at: sheet.time(&row, "starts_at"),
        ends_at: sheet.time(&row, "ends_at"),
        components: touched(&row, sheet).iter().map(|(id, _)| part(id.as_str())).collect(),
        updates: updates.collect(),
    };
    sheet.work(planned, report);
}

fn url_of(report: &Node<'_>, sheet: &Sheet) -> Option<String> {
    Some(format!("{}/incident/{}", sheet.page.url.as_deref()?, report.text("id")?))
}

/// The ids of what a report or an update touches, and how it is.
fn touched(row: &Node<'_>, sheet: &mut Sheet) -> Vec<(String, String)> {
    let rows = row.objects("affected_resources", sheet);
    let both = |one: &Node<'_>| Some((one.text("status_page_resource_id")?.into_owned(), one.string("status")));
    rows.iter().filter_map(both).collect()
}

/// How bad it was at its worst; `None` where nothing in it was.
fn worst(touched: &[(String, String)]) -> Option<Impact> {
    let bad = touched.iter().filter_map(|(_, word)| match state(word) {
        Some(State::Bad(impact)) => Some(impact),
        _ => None,
    });
    bad.max().filter(|impact| *impact > Impact::None)
}

fn health(word: &str) -> Option<Health> {
    Some(match word {
        "operational" => Health::Operational,
        "degraded" => Health::Degraded,
        "downtime" => Health::MajorOutage,
        "maintenance" => Health::Maintenance,
        "not_monitored" => Health::Unknown,
        _ => return None,
    })
}

/// How a report is.
#[derive(Clone, Copy)]
enum State {
    Bad(Impact),
    Over,
}

fn state(word: &str) -> Option<State> {
    Some(match word {
        "resolved" => State::Over,
        "operational" | "maintenance" => State::Bad(Impact::None),
        "degraded" => State::Bad(Impact::Minor),
        "downtime" => State::Bad(Impact::Major),
        _ => return None,
    })
}
