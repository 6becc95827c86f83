//! Xbox's status service: `servicestatusv6`, core services and titles with their scenarios. Known from several public
//! clients of both dialects; no capture was seen.
//!
//! Oddities: the same thing comes as XML or as JSON, as it likes, so JSON is asked for and both are read; a status called
//! `None` is well; one incident stands under each scenario it touches, and in XML none is told at all; an end may be a
//! date before time. The overall word may be worse than everything that is listed.

mod xml;

use std::collections::BTreeMap;

use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, Stage, Timestamp};

use crate::kit::decode;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Sheet, Told, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Xbox = Xbox;

pub(crate) struct Xbox;

const SERVICE: &str = "https://xnotify.xboxlive.com/";
const STATUS: &str = "servicestatusv6/US/en-US";
const LISTS: [(&str, &str); 2] = [("CoreServices", "Services"), ("Titles", "Games and apps")];

/// What an incident is told as under every scenario that it touches.
type Touched<'a> = BTreeMap<String, (Node<'a>, String, Vec<ComponentRef>)>;

impl Simple for Xbox {
    fn name(&self) -> &'static str {
        "xbox"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let host = page.url.host_str().unwrap_or_default();
        let url = match (page.url.path().starts_with("/servicestatus"), self.hosts().contains(&host)) {
            (true, _) => page.url.to_string(),
            (false, true) => format!("{SERVICE}{STATUS}"),
            (false, false) => page.below(STATUS),
        };
        let mut ask = HttpAsk::get("status", url);
        ask.headers.push(("accept".to_owned(), "application/json, application/xml;q=0.5".to_owned()));
        vec![ask]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["status"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let root = root(payload, body)?;
        let listed = root.get("CoreServices").is_some_and(Value::is_array);
        let overall = root.get("Status").and_then(|status| status.get("Overall")).is_some_and(Value::is_object);
        (listed && overall)
            .then(|| Evidence { confidence: 95, seen: "`CoreServices` under an overall status".to_owned() })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(root) = root(payload, body) else { return };
        let root = Node::root(&root);
        sheet.page.name = Some("Xbox".to_owned());
        let mut touched = Touched::new();
        for (list, group) in LISTS {
            for row in root.objects(list, sheet) {
                sheet.open |= category(&row, group, &mut touched, sheet);
            }
        }
        for (id, (row, title, components)) in touched {
            incident(id, &row, title, components, now, sheet);
        }
        let overall = sheet.health(&root.at("Status").at("Overall"), "State", health);
        let worst = sheet.components.iter().map(|part| part.health).max();
        if worst.is_none_or(|worst| worst == Health::Operational) && overall != Health::Operational {
            sheet.doubt("Status.Overall.State", "The whole is not well, and nothing says what is not.");
        }
        sheet.indicator = Some(overall);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["support.xbox.com", "xnotify.xboxlive.com"]
    }
}

fn root(payload: &Payload, body: &Body<'_>) -> Option<Value> {
    if let Some(json) = body.json() {
        return Some(json.clone());
    }
    let text = decode::text(payload);
    if !text.contains("<CoreServices") {
        return None;
    }
    xml::parse(&text).map(|(_, value)| value)
}

fn health(word: &str) -> Option<Health> {
    Some(match word.to_lowercase().replace(' ', "").as_str() {
        "none" => Health::Operational,
        "limited" | "degraded" => Health::Degraded,
        "impacted" | "partialoutage" => Health::PartialOutage,
        "majoroutage" | "outage" | "down" | "critical" => Health::MajorOutage,
        "maintenance" | "scheduledmaintenance" => Health::Maintenance,
        _ => return None,
    })
}

/// True where it would tell incidents if there were any.
fn category<'a>(row: &Node<'a>, group: &str, touched: &mut Touched<'a>, sheet: &mut Sheet) -> bool {
    let name = row.string("Name");
    let id = row.text("Id").map_or_else(|| name.clone(), |id| id.into_owned());
    if id.is_empty() || name.is_empty() {
        sheet.doubt(row.place("Name"), "A service should have a name.");
        return false;
    }
    let mut worst = sheet.health(&row.at("Status"), "Name", health);
    let mut scenarios = row.objects("Scenarios", sheet);
    // What could happen to it says how it is in some answers only.
    scenarios.extend(row.objects("PossibleScenarios", sheet).into_iter().filter(|one| one.has("Status")));
    let tells = scenarios.iter().any(|scenario| scenario.names("Incidents"));
    for scenario in scenarios {
        worst = worst.max(sheet.health(&scenario.at("Status"), "Name", health));
        for row in scenario.objects("Incidents", sheet) {
            let title = format!("{name}: {}", scenario.string("Name"));
            let told = touched.entry(row.string("Id")).or_insert_with(|| (row, title, Vec::new()));
            told.2.push(named_part(id.clone(), name.clone()));
        }
    }
    sheet.component(id, name, vec![group.to_owned()], worst);
    tells
}

fn incident(
    id: String,
    row: &Node<'_>,
    title: String,
    components: Vec<ComponentRef>,
    now: Timestamp,
    sheet: &mut Sheet,
) {
    let started_at = sheet.time(row, "Begin");
    // The first day of all stands for none.
    let end = row.text("End").is_some_and(|end| !end.starts_with("0001-")).then(|| sheet.time(row, "End")).flatten();
    let status = row.at("Status").string("Name");
    let over = status == "Resolved" || end.is_some_and(|end| Timestamp::from_jiff(end) <= now);
    let impact = if over { None } else { sheet.word(&row.at("Status"), "Name", |word| health(word).and_then(impact)) };
    let stage = if over { Stage::Resolved } else { Stage::Investigating };
    // One text that is written over.
    let text = body(&row.at("Stage"), "Message");
    let at = end.filter(|_| over).or(started_at);
    let draft = Draft { id: "text".to_owned(), stage: Some(stage), at, stored_at: None, body: text };
    let told = Told {
        id,
        title,
        url: None,
        impact,
        stage: Some(stage),
        started_at,
        resolved_at: end.filter(|_| over),
        components,
        updates: if draft.body.is_empty() || draft.at.is_none() { Vec::new() } else { vec![draft] },
    };
    sheet.incident(told, row);
}

fn impact(health: Health) -> Option<Impact> {
    match health {
        Health::Degraded => Some(Impact::Minor),
        Health::PartialOutage => Some(Impact::Major),
        Health::MajorOutage => Some(Impact::Critical),
        Health::Operational | Health::Maintenance => Some(Impact::None),
        Health::Unknown => None,
    }
}
