//! Heroku's own status: `api/v4/current-status` says how the systems are and what is open, `api/v4/incidents` what was.
//!
//! Oddities: `resolved` may be false of an incident whose `state` is resolved, so the state counts; colours stand for
//! health, blue for work; how bad an incident is say only the colours of its updates and systems; announced work has no
//! window but in its text, and goes on being `upcoming` when its last update says that it is done.

use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};
use url::Url;

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body, part};
use crate::kit::simple::{Body, Simple};
use crate::kit::words;
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Heroku = Heroku;

pub(crate) struct Heroku;

const CURRENT: &str = "api/v4/current-status";
const INCIDENTS: &str = "api/v4/incidents";
/// So many of the past are asked for.
const MOST: &str = "50";

impl Simple for Heroku {
    fn name(&self) -> &'static str {
        "heroku"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let host = page.url.host_str().unwrap_or_default();
        let url = |path: &str| if self.hosts().contains(&host) { page.at_root(path) } else { page.below(path) };
        let mut incidents = url(INCIDENTS);
        if let Ok(mut parsed) = Url::parse(&incidents) {
            parsed.query_pairs_mut().append_pair("limit", MOST);
            incidents = parsed.to_string();
        }
        vec![HttpAsk::get("current-status", url(CURRENT)), HttpAsk::get("incidents", incidents)]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["current-status"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        match body.json()? {
            Value::Object(fields) => {
                let systems = fields.get("status").and_then(Value::as_array)?;
                let coloured = |one: &Value| one.get("system").is_some() && one.get("status").is_some();
                let listed = fields.get("incidents").is_some_and(Value::is_array);
                (listed && systems.iter().any(coloured))
                    .then(|| Evidence { confidence: 95, seen: "systems with a status beside `incidents`".to_owned() })
            }
            Value::Array(list) if list.is_empty() => (payload.key == "incidents" && payload.url.contains(INCIDENTS))
                .then(|| Evidence { confidence: 60, seen: "an empty list of incidents".to_owned() }),
            Value::Array(list) => list.iter().any(is_incident).then(|| Evidence {
                confidence: 92,
                seen: "incidents with Heroku's `state` and `update_type`".to_owned(),
            }),
            _ => None,
        }
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        sheet.page.name = Some("Heroku".to_owned());
        if root.is_object() {
            for system in root.objects("status", sheet) {
                let health = sheet.health(&system, "status", colour);
                let name = system.string("system");
                if name.is_empty() {
                    sheet.doubt(system.place("system"), "The system has no name.");
                }
                sheet.component(name.clone(), name, Vec::new(), health);
            }
            for row in root.objects("incidents", sheet) {
                incident(&row, sheet);
            }
            for row in root.objects("scheduled", sheet) {
                work(&row, now, sheet);
            }
            sheet.open = true;
            return;
        }
        let starts: Vec<_> = root.objects("", sheet).iter().filter_map(|row| incident(row, sheet)).collect();
        sheet.history_since = starts.into_iter().min();
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["status.heroku.com"]
    }
}

/// An update of Heroku's says what it is in `update_type`.
fn is_incident(one: &Value) -> bool {
    let typed = |updates: &Vec<Value>| updates.iter().any(|update| update.get("update_type").is_some());
    one.get("state").is_some() && one.get("updates").and_then(Value::as_array).is_some_and(typed)
}

fn colour(word: &str) -> Option<Health> {
    Some(match word {
        "green" => Health::Operational,
        "yellow" => Health::Degraded,
        "orange" => Health::PartialOutage,
        "red" => Health::MajorOutage,
        "blue" => Health::Maintenance,
        _ => return None,
    })
}

fn incident(row: &Node<'_>, sheet: &mut Sheet) -> Option<Timestamp> {
    let state = row.string("state");
    let stage = match &*state {
        "open" => None,
        other => words::stage(other).or_else(|| {
            sheet.doubt(row.place("state"), format!("`{state}` is no state we know."));
            None
        }),
    };
    let mut updates = Vec::new();
    for update in row.objects("updates", sheet) {
        let said = sheet.word(&update, "update_type", |word| match word {
            "issue" => Some(Some(Stage::Identified)),
            "update" | "info" => Some(None),
            other => words::stage(other).map(Some),
        });
        updates.push(draft(&update, said.flatten(), sheet));
    }
    // The state knows the end; while it runs, the last update has the finer word.
    let last = updates.iter().filter(|update| update.stage.is_some()).max_by_key(|update| update.at);
    let open_stage = last.and_then(|update| update.stage).filter(|stage| !stage.is_terminal());
    let stage = if state == "open" { open_stage.or(Some(Stage::Investigating)) } else { stage };
    let started_at = sheet.time(row, "created_at");
    let told = Told {
        id: row.string("id"),
        title: row.string("title"),
        url: row.text("full_url").map(|url| url.into_owned()),
        impact: impact(row),
        stage,
        started_at,
        resolved_at: sheet.time(row, "resolved_at"),
        components: systems(row, sheet),
        updates,
    };
    sheet.incident(told, row);
    started_at.map(Timestamp::from_jiff)
}

fn draft<S>(update: &Node<'_>, stage: Option<S>, sheet: &mut Sheet) -> Draft<S> {
    let at = sheet.time(update, "created_at");
    Draft {
        id: update.string("id"),
        stage,
        at,
        stored_at: sheet.time(update, "updated_at"),
        body: body(update, "contents"),
    }
}

/// The worst colour that an update or a system of it was given. All green while it is open says nothing.
fn impact(row: &Node<'_>) -> Option<Impact> {
    let list = |key: &str| row.value.get(key).and_then(Value::as_array).into_iter().flatten();
    let colours = list("updates").flat_map(|update| [update.get("status_prod"), update.get("status_dev")]);
    let colours = colours.chain(list("systems").map(|system| system.get("status"))).flatten().filter_map(Value::as_str);
    let impact = |health: Health| match health {
        Health::Degraded => Some(Impact::Minor),
        Health::PartialOutage => Some(Impact::Major),
        Health::MajorOutage => Some(Impact::Critical),
        Health::Operational | Health::Maintenance | Health::Unknown => None,
    };
    colours.filter_map(colour).filter_map(impact).max()
}

fn systems(row: &Node<'_>, sheet: &mut Sheet) -> Vec<ComponentRef> {
    row.objects("systems", sheet)
        .iter()
        .filter_map(|system| system.text("name"))
        .map(|name| part(name.into_owned()))
        .collect()
}

fn work(row: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let mut updates = Vec::new();
    for update in row.objects("updates", sheet) {
        updates.push(draft(&update, None, sheet));
    }
    let says_done = |text: &str| {
        let plain = text.trim().to_lowercase();
        words::says_ended(text) == Some(true)
            || plain.starts_with("maintenance is complete")
            || plain.starts_with("the maintenance is complete")
    };
    let done = updates.iter().max_by_key(|update| update.at).is_some_and(|update| says_done(&update.body));
    let stage = match row.string("state").as_str() {
        _ if done || row.flag("resolved") == Some(true) => Some(MaintenanceStage::Completed),
        "upcoming" => Some(MaintenanceStage::Scheduled),
        "open" | "active" => Some(MaintenanceStage::InProgress),
        _ => sheet.word(row, "state", words::maintenance_stage),
    };
    let at = sheet.time(row, "created_at");
    let planned = Planned {
        id: row.string("id"),
        title: row.string("title"),
        url: row.text("full_url").map(|url| url.into_owned()),
        stage,
        // It is dated by its beginning, if at all.
        starts_at: at.filter(|at| Timestamp::from_jiff(*at) > now),
        ends_at: None,
        components: systems(row, sheet),
        updates,
    };
    sheet.work(planned, row);
}
