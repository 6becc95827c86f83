//! StatusIQ (Site24x7, Zoho): `summary_details` of the page, under an id that its HTML names.
//! Known from the vendor's own app library and four public clients; no capture was seen.
//!
//! Oddities: statuses are numbers out of order (4 is maintenance, 3 and 5 are worse); groups and components stand in one
//! list; work is told among the incidents and known by its updates; resolved ones are grouped by day; one client reads the
//! numbers in another way than the vendor does, whose reading is kept.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: StatusIq = StatusIq;

pub(crate) struct StatusIq;

/// The page's id, once it was found.
const ID: &str = "id";

static NAMED: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r#"(?:enc_statuspage_id|encodedStatuspageId)\\?["']?\s*:\s*\\?["']([A-Za-z0-9_\-+/]{8,}=*)"#).ok()
});

impl Simple for StatusIq {
    fn name(&self) -> &'static str {
        "statusiq"
    }

    fn asks(&self, page: &PageAddress, memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        match memory.text(ID) {
            Some(id) => vec![summary(page, id)],
            None => vec![HttpAsk::get("page", page.at_root(""))],
        }
    }

    fn needs(&self) -> &'static [&'static str] {
        &["summary"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        if let Some(text) = body.html() {
            // It only says where to read.
            return page_id(text)
                .map(|_| Evidence { confidence: 85, seen: "a page that names an id of StatusIQ".to_owned() });
        }
        let rows = body.json()?.get("data")?.get("current_status")?.as_array()?;
        let is_ours = |row: &Value| row.get("component_status").is_some() || row.get("componentgroup_status").is_some();
        rows.iter().any(is_ours).then(|| Evidence {
            confidence: 96,
            seen: "`data.current_status` with StatusIQ's `component_status`".to_owned(),
        })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let data = Node::root(json).at("data");
        let details = data.at("statuspage_details");
        sheet.page.id = details.text("enc_statuspage_id").map(|text| text.into_owned());
        sheet.page.name = details.text("display_name").map(|text| text.into_owned());
        for row in data.objects("current_status", sheet) {
            component(&row, &[], sheet);
        }
        if data.has("active_incident_details") {
            sheet.open = true;
        } else {
            sheet.doubt(data.place("active_incident_details"), "The summary should list open incidents.");
        }
        for row in data.objects("active_incident_details", sheet) {
            told(&row, false, now, sheet);
        }
        for day in data.objects("resolved_incident_details", sheet) {
            for row in day.objects("grp_by_incidents_list", sheet) {
                told(&row, true, now, sheet);
            }
        }
        if details.has("status") {
            let whole = sheet.health(&details, "status", health);
            sheet.overall(details.place("status"), whole);
        }
        let closed = sheet.incidents.iter().filter(|one| one.is_closed());
        sheet.history_since = closed.filter_map(|one| one.started_at).min();
    }

    fn more(
        &self,
        page: &PageAddress,
        memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        _now: Timestamp,
    ) -> Vec<HttpAsk> {
        let found = bodies.iter().filter_map(|(_, body)| body.html()).find_map(page_id);
        let Some(id) = found else { return Vec::new() };
        memory.set(ID, id.clone());
        vec![summary(page, &id)]
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        if sheet.components.is_empty() {
            sheet.problem("missing_anchor", "current_status", "No component is listed: the health is not known.");
        }
        // Incidents name components by what they are called.
        let ids: Vec<(String, String)> =
            sheet.components.iter().map(|one| (one.name.clone(), one.id.clone())).collect();
        let scopes = sheet.incidents.iter_mut().map(|one| &mut one.components);
        for named in scopes.chain(sheet.works.iter_mut().map(|one| &mut one.components)).flatten() {
            let mut same = ids.iter().filter(|(name, _)| *name == named.name);
            if let (Some((_, id)), None) = (same.next(), same.next()) {
                named.id.clone_from(id);
            }
        }
    }
}

/// The id stands in the address as it is, with its `=` at the end.
fn summary(page: &PageAddress, id: &str) -> HttpAsk {
    let base = page.at_root("sp/api/public/summary_details/statuspages/");
    HttpAsk::get("summary", format!("{base}{id}?period=1&timezone=UTC"))
}

fn page_id(html: &str) -> Option<String> {
    NAMED.as_ref()?.captures(html)?.get(1).map(|id| id.as_str().to_owned())
}

fn component(row: &Node<'_>, group: &[String], sheet: &mut Sheet) {
    let parts = row.objects("componentgroup_components", sheet);
    let group_name = row.string("componentgroup_display_name");
    let is_group = row.flag("is_group") == Some(true) || (row.text("display_name").is_none() && !group_name.is_empty());
    if is_group && group.is_empty() {
        let name = if group_name.is_empty() { row.string("display_name") } else { group_name };
        for part in parts {
            component(&part, std::slice::from_ref(&name), sheet);
        }
        return;
    }
    let name = row.string("display_name");
    let id = row.text("enc_component_id").map_or_else(|| name.clone(), |id| id.into_owned());
    if name.is_empty() {
        sheet.doubt(row.place("display_name"), "The component has no name.");
        return;
    }
    let health = sheet.health(row, "component_status", health);
    sheet.component(id, name, group.to_vec(), health);
}

fn health(number: &str) -> Option<Health> {
    Some(match number {
        // 2 is informational.
        "1" | "2" => Health::Operational,
        "3" => Health::Degraded,
        "4" => Health::Maintenance,
        "5" => Health::PartialOutage,
        "6" => Health::MajorOutage,
        _ => return None,
    })
}

/// What an update says by its number.
#[derive(Clone, Copy)]
enum Word {
    Incident(Stage),
    Work(MaintenanceStage),
}

fn word(number: &str) -> Option<Word> {
    Some(match number {
        "10" | "11" => Word::Incident(Stage::Investigating),
        "12" => Word::Incident(Stage::Identified),
        "13" => Word::Incident(Stage::Monitoring),
        "14" => Word::Incident(Stage::Resolved),
        "21" => Word::Work(MaintenanceStage::Scheduled),
        "22" => Word::Work(MaintenanceStage::InProgress),
        "23" => Word::Work(MaintenanceStage::Verifying),
        "24" => Word::Work(MaintenanceStage::Completed),
        _ => return None,
    })
}

/// `over`: it is listed among what is resolved, whatever its last update says.
fn told(row: &Node<'_>, over: bool, now: Timestamp, sheet: &mut Sheet) {
    let mut words = Vec::new();
    for update in row.objects("incident_status_updates", sheet) {
        let known = sheet.word(&update, "incident_status_id", word);
        // A number nobody knows is no end.
        let strange = || update.has("incident_status_id").then_some(Word::Incident(Stage::Investigating));
        let said = known.or_else(strange);
        let at = sheet.time(&update, "status_updated_at");
        words.push(Draft {
            id: String::new(),
            stage: said,
            at,
            stored_at: None,
            body: body(&update, "incident_status_desc"),
        });
    }
    let is_work = words.iter().any(|update| matches!(update.stage, Some(Word::Work(_))))
        || row.text("incident_severity_id").as_deref() == Some("4");
    if is_work { work(row, words, over, sheet) } else { incident(row, words, over, now, sheet) }
}

fn incident(row: &Node<'_>, words: Vec<Draft<Word>>, over: bool, now: Timestamp, sheet: &mut Sheet) {
    let end = sheet.time(row, "incident_ended_at").filter(|at| Timestamp::from_jiff(*at) <= now);
    let impact = sheet.word(row, "incident_severity_id", impact);
    let told = Told {
        id: row.string("enc_inc_id"),
        title: row.string("incident_title"),
        impact,
        stage: (over || end.is_some()).then_some(Stage::Resolved),
        started_at: sheet.time(row, "incident_began_at"),
        resolved_at: end,
        components: scope(row, sheet),
        updates: drafts(words, |word| match word {
            Word::Incident(stage) => Some(stage),
            Word::Work(_) => None,
        }),
        ..Told::default()
    };
    if over { sheet.incident(told, row) } else { sheet.open_incident(told, row) }
}

fn impact(number: &str) -> Option<Impact> {
    Some(match number {
        "1" | "2" => Impact::None,
        "3" => Impact::Minor,
        "5" => Impact::Major,
        "6" => Impact::Critical,
        _ => return None,
    })
}

fn work(row: &Node<'_>, words: Vec<Draft<Word>>, over: bool, sheet: &mut Sheet) {
    let planned = Planned {
        id: row.string("enc_inc_id"),
        title: row.string("incident_title"),
        stage: over.then_some(MaintenanceStage::Completed),
        starts_at: sheet.time(row, "incident_began_at"),
        ends_at: sheet.time(row, "incident_ended_at"),
        components: scope(row, sheet),
        updates: drafts(words, |word| match word {
            Word::Work(stage) => Some(stage),
            Word::Incident(Stage::Resolved | Stage::Postmortem) => Some(MaintenanceStage::Completed),
            Word::Incident(_) => None,
        }),
        ..Planned::default()
    };
    sheet.work(planned, row);
}

fn drafts<S>(words: Vec<Draft<Word>>, stage: impl Fn(Word) -> Option<S>) -> Vec<Draft<S>> {
    let one = |draft: Draft<Word>| Draft {
        id: draft.id,
        stage: draft.stage.and_then(&stage),
        at: draft.at,
        stored_at: draft.stored_at,
        body: draft.body,
    };
    words.into_iter().map(one).collect()
}

fn scope(row: &Node<'_>, sheet: &mut Sheet) -> Vec<ComponentRef> {
    let rows = row.objects("incident_affected_components", sheet);
    let names = rows.iter().map(|one| one.string("display_name")).filter(|name| !name.is_empty());
    names.map(|name| ComponentRef { id: String::new(), name }).collect()
}
