//! Uptime.com: `ajax` and `history` below a status page; the page itself embeds the same object.
//! Known from three public clients, one of them with the vendor's own page recorded; no capture was seen.
//!
//! Oddities: groups and components are one list, a group's status repeats its parts; work stands among the open
//! incidents, known by its type, and also while it is only to come; states of updates are words of their own.

use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, MaintenanceStage, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, blamed, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::kit::words;
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: UptimeCom = UptimeCom;

pub(crate) struct UptimeCom;

/// Components stand inside one another at most so deep.
const DEEPEST: usize = 8;
/// Before the object that a page embeds.
const CONTROLLER: &str = "StatusPageDisplayController";

impl Simple for UptimeCom {
    fn name(&self) -> &'static str {
        "uptimecom"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        if page.url.path().contains("/statuspage/") {
            return ["ajax", "history"].map(|key| json(HttpAsk::get(key, page.below(key)))).into();
        }
        // On a domain of its own the page does not say its slug, but embeds what `ajax` would answer.
        vec![HttpAsk::get("ajax", page.url.to_string())]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["ajax"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let evidence = |confidence, seen: &str| Some(Evidence { confidence, seen: seen.to_owned() });
        if let Some(text) = body.html() {
            return embedded(text).and_then(|_| evidence(95, "a page of Uptime.com with its object"));
        }
        let data = body.json()?.get("data")?;
        if is_page(data) {
            return evidence(95, "`data.global_is_operational` of Uptime.com");
        }
        let history = data.get("past_incidents").is_some() && data.get("component_history").is_some();
        if history { evidence(92, "`data.past_incidents` of Uptime.com") } else { None }
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        if let Some(page) = body.html().and_then(embedded) {
            present(&Node::root(&page), now, sheet);
            return;
        }
        let Some(json) = body.json() else { return };
        let data = Node::root(json).at("data");
        if is_page(data.value) { present(&data, now, sheet) } else { past(&data, now, sheet) }
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        sheet.blame(blamed);
        sheet.under_maintenance(now);
    }
}

/// It is asked for as the page's own script asks.
fn json(mut ask: HttpAsk) -> HttpAsk {
    ask.headers.push(("accept".to_owned(), "application/json".to_owned()));
    ask
}

fn is_page(value: &Value) -> bool {
    value.get("global_is_operational").is_some() && value.get("components").is_some_and(Value::is_array)
}

/// `createElement(StatusPageDisplayController, {"statuspage": {…}})`.
fn embedded(html: &str) -> Option<Value> {
    let (_, rest) = html.split_once(CONTROLLER)?;
    let start = rest.find('{').filter(|at| *at < 200)?;
    let mut values = serde_json::Deserializer::from_str(rest.get(start..)?).into_iter::<Value>();
    let mut props = values.next()?.ok()?;
    let page = props.get_mut("statuspage")?.take();
    is_page(&page).then_some(page)
}

fn present(page: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    sheet.page.name = page.text("name").map(|text| text.into_owned());
    let well = page.flag("global_is_operational");
    if well.is_none() {
        sheet.doubt(page.place("global_is_operational"), "The page should say whether all is well.");
    }
    for row in page.objects("components", sheet) {
        add(&row, &[], sheet);
    }
    for key in ["active_incidents", "upcoming_maintenance"] {
        for row in page.objects(key, sheet) {
            told(&row, false, now, sheet);
        }
    }
    if !page.has("active_incidents") {
        sheet.doubt(page.place("active_incidents"), "The page should list what is open.");
    }
    sheet.open = true;
    if let Some(well) = well {
        let health = if well { Health::Operational } else { Health::Degraded };
        sheet.overall(page.place("global_is_operational"), health);
    }
}

fn past(data: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    for row in data.objects("past_incidents", sheet) {
        told(&row, true, now, sheet);
    }
    sheet.history_since = sheet.incidents.iter().filter_map(|one| one.started_at).min();
}

fn add(row: &Node<'_>, group: &[String], sheet: &mut Sheet) {
    let (id, name) = (row.string("id"), row.string("name"));
    if id.is_empty() || name.is_empty() || group.len() > DEEPEST {
        sheet.doubt(row.place(""), "The component has no id or no name.");
        return;
    }
    let parts = row.objects("subcomponents", sheet);
    if !parts.is_empty() {
        let inner: Vec<String> = group.iter().cloned().chain([name]).collect();
        for part in parts {
            add(&part, &inner, sheet);
        }
        return;
    }
    let health = sheet.health(row, "status", health);
    sheet.component(id, name, group.to_vec(), health);
}

fn health(word: &str) -> Option<Health> {
    words::component_health(&word.replace('-', "_"))
}

fn told(row: &Node<'_>, is_past: bool, now: Timestamp, sheet: &mut Sheet) {
    let is_work = sheet.word(row, "incident_type", |word| match word {
        "INCIDENT" => Some(false),
        "SCHEDULED_MAINTENANCE" => Some(true),
        _ => None,
    });
    if is_work == Some(true) { work(row, now, sheet) } else { incident(row, is_past, now, sheet) }
}

fn incident(row: &Node<'_>, is_past: bool, now: Timestamp, sheet: &mut Sheet) {
    let end = sheet.time(row, "ends_at").filter(|at| Timestamp::from_jiff(*at) <= now);
    let told = Told {
        id: row.string("id"),
        title: row.string("name"),
        stage: (is_past || end.is_some()).then_some(Stage::Resolved),
        started_at: sheet.time(row, "starts_at"),
        resolved_at: end,
        components: scope(row, sheet),
        // A word nobody knows is no end.
        updates: updates(row, stage, Some(Stage::Investigating), sheet),
        ..Told::default()
    };
    if is_past { sheet.incident(told, row) } else { sheet.open_incident(told, row) }
}

fn work(row: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let ends = sheet.time(row, "ends_at");
    let over = ends.is_some_and(|at| Timestamp::from_jiff(at) <= now);
    let planned = Planned {
        id: row.string("id"),
        title: row.string("name"),
        // The window decides: work is listed as open before it begins.
        stage: over.then_some(MaintenanceStage::Completed),
        starts_at: sheet.time(row, "starts_at"),
        ends_at: ends,
        components: scope(row, sheet),
        updates: updates(row, |_| Some(None), None, sheet),
        ..Planned::default()
    };
    sheet.work(planned, row);
}

fn stage(word: &str) -> Option<Option<Stage>> {
    match word {
        "update" | "maintenance" | "notification" => Some(None),
        _ => words::stage(word).map(Some),
    }
}

fn updates<S: Copy>(
    row: &Node<'_>,
    meaning: impl Fn(&str) -> Option<Option<S>>,
    strange: Option<S>,
    sheet: &mut Sheet,
) -> Vec<Draft<S>> {
    let mut drafts = Vec::new();
    for update in row.objects("updates", sheet) {
        let said = update.has("incident_state").then(|| sheet.word(&update, "incident_state", &meaning));
        let stage = said.and_then(|said| said.unwrap_or(strange));
        let at = sheet.time(&update, "updated_at");
        let body = body(&update, "description");
        drafts.push(Draft { id: update.string("id"), stage, at, stored_at: None, body });
    }
    drafts
}

fn scope(row: &Node<'_>, sheet: &mut Sheet) -> Vec<ComponentRef> {
    let rows = row.objects("affected_components", sheet);
    rows.iter().map(|one| named_part(one.string("id"), one.string("name"))).collect()
}
