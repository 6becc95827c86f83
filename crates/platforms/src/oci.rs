//! Oracle Cloud Infrastructure: `api/v2/components.json` for now, `api/v2/incident-summary.rss` for what was told.
//!
//! Known from the vendor's documentation and seven public clients; no capture was seen. Oddities: the addresses look
//! like Statuspage's, the JSON does not; a service that a region does not have is a dash; an incident stands in the
//! JSON by id and severity under every service it touches, and its words stand in the feed under the same id. Only the JSON
//! says what is open: what the feed alone calls open is left out where the JSON was read.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, Report, Stage, Timestamp};

use crate::kit::feed::Item;
use crate::kit::node::Node;
use crate::kit::report::{self, Draft};
use crate::kit::sheet::{Sheet, Told, named_part, part};
use crate::kit::simple::{Body, Simple};
use crate::kit::timeline;
use crate::kit::words::Phase;
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Oci = Oci;

pub(crate) struct Oci;

/// What every incident's id begins with.
const INCIDENT: &str = "ocid1.oraclecloudincident.";

impl Simple for Oci {
    fn name(&self) -> &'static str {
        "oci"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![
            HttpAsk::get("components", page.at_root("api/v2/components.json")),
            HttpAsk::get("feed", page.at_root("api/v2/incident-summary.rss")),
        ]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["components"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        if let Some(json) = body.json() {
            let regions = json.get("regionHealthReports").and_then(Value::as_array)?;
            let is_region = |one: &Value| one.get("serviceHealthReports").is_some_and(Value::is_array);
            return regions.iter().any(is_region).then(|| Evidence {
                confidence: 98,
                seen: "`regionHealthReports` with `serviceHealthReports`".to_owned(),
            });
        }
        let ours =
            |item: &Item| item.id.contains(INCIDENT) || item.link.as_ref().is_some_and(|to| to.contains(INCIDENT));
        body.feed()?
            .items
            .iter()
            .any(ours)
            .then(|| Evidence { confidence: 96, seen: "an entry's id is one of Oracle's incidents".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        if let Some(json) = body.json() {
            regions(&Node::root(json), sheet);
            sheet.open = true;
        } else if let Some(feed) = body.feed() {
            for (index, item) in feed.items.iter().enumerate() {
                entry(item, index, now, sheet);
            }
            let starts = sheet.incidents.iter().filter(|one| !one.updates.is_empty());
            sheet.history_since = starts.filter_map(|one| one.started_at).min();
        }
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        join_tellings(sheet);
        place_by_name(sheet);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["ocistatus.oraclecloud.com", "gov.ocistatus.com"]
    }
}

fn regions(root: &Node<'_>, sheet: &mut Sheet) {
    let mut open: BTreeMap<String, Told> = BTreeMap::new();
    for region in root.objects("regionHealthReports", sheet) {
        let name = region.string("regionName");
        let id = region.text("regionCanonicalName").or_else(|| region.text("regionId"));
        let id = id.map_or_else(|| name.clone(), std::borrow::Cow::into_owned);
        let services = region.objects("serviceHealthReports", sheet);
        if id.is_empty() || services.is_empty() {
            sheet.doubt(region.place(""), "The region has no name or no service.");
        }
        for service in services {
            one_service(&id, &name, &service, &mut open, sheet);
        }
    }
    for (_, told) in open {
        sheet.incident(told, root);
    }
}

fn one_service(
    region: &str,
    region_name: &str,
    service: &Node<'_>,
    open: &mut BTreeMap<String, Told>,
    sheet: &mut Sheet,
) {
    if matches!(service.text("serviceStatus").as_deref(), Some("-" | "NA" | "NotAvailable")) {
        return;
    }
    let name = service.string("serviceName");
    let own = service.text("serviceCanonicalName").or_else(|| service.text("serviceId"));
    let own = own.map_or_else(|| name.clone(), std::borrow::Cow::into_owned);
    if own.is_empty() {
        sheet.doubt(service.place("serviceName"), "The service has no name.");
        return;
    }
    let health = sheet.health(service, "serviceStatus", |word| meaning(word).map(|both| both.0));
    let id = format!("{region}/{own}");
    let shown = if name.is_empty() { own } else { name };
    for row in service.objects("incidents", sheet) {
        let impact = sheet.word(&row, "severity", |word| meaning(word).map(|both| both.1));
        let told = open.entry(row.string("incidentId")).or_insert_with(|| Told {
            id: row.string("incidentId"),
            title: format!("{shown} in {region_name}"),
            stage: Some(Stage::Investigating),
            ..Told::default()
        });
        told.impact = told.impact.max(impact);
        told.components.push(part(id.clone()));
    }
    sheet.component(id, shown, vec![region_name.to_owned()], health);
}

fn meaning(word: &str) -> Option<(Health, Impact)> {
    let plain: String = word.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect();
    Some(match plain.as_str() {
        "normalperformance" | "informational" => (Health::Operational, Impact::None),
        "servicedisruption" => (Health::PartialOutage, Impact::Major),
        "servicedown" => (Health::MajorOutage, Impact::Critical),
        _ => return None,
    })
}

/// One entry an incident, edited in place: newest first, `Resolved - …` in bold behind its date.
fn entry(item: &Item, index: usize, now: Timestamp, sheet: &mut Sheet) {
    let place = format!("entry[{index}]");
    let last = item.link.as_deref().and_then(|link| link.rsplit('/').next());
    let id = Some(item.id.as_str()).filter(|id| id.contains(INCIDENT)).or(last).unwrap_or_default();
    let newest = item.updated.or(item.published).unwrap_or_else(|| now.to_jiff());
    // Some entries leave no space before the day, which would run into the month.
    let blocks = timeline::blocks(&item.body.replace("<var", " <var"), newest);
    let mut drafts = Vec::with_capacity(blocks.len());
    for block in &blocks {
        let stage = match block.phase {
            Some(Phase::Incident(stage)) => Some(stage),
            Some(Phase::Same | Phase::Work(_)) => None,
            None => {
                sheet.problem("unknown_status", place.clone(), format!("`{}` is no status we know.", block.word));
                Some(Stage::Investigating)
            }
        };
        drafts.push(Draft { id: String::new(), stage, at: block.at, stored_at: None, body: block.body.clone() });
    }
    if blocks.is_empty() {
        sheet.problem("no_stage", place.clone(), "It does not say where it stands.");
    }
    let stage = drafts.iter().find_map(|draft| draft.stage).unwrap_or(Stage::Investigating);
    let named = item.title.split(" | ").map(str::trim).take(2).collect::<Vec<_>>().join(" | ");
    let told = Told {
        id: id.to_owned(),
        title: item.title.clone(),
        url: item.link.clone(),
        stage: Some(stage),
        started_at: blocks.iter().filter_map(|block| block.at).min().or(item.published),
        components: vec![named_part("", named)],
        updates: drafts,
        ..Told::default()
    };
    sheet.incident(told, &Node::root(&Value::Null));
}

/// Of an incident in both the JSON knows how bad it is and what it touches, the feed everything else.
fn join_tellings(sheet: &mut Sheet) {
    let all = std::mem::take(&mut sheet.incidents);
    let (mut told, bare): (Vec<Report>, Vec<Report>) = all.into_iter().partition(|one| one.url.is_some());
    let listed: BTreeSet<String> = bare.iter().map(|one| one.id.clone()).collect();
    for one in bare {
        match told.iter_mut().find(|known| known.id == one.id) {
            Some(known) => {
                known.impact = known.impact.max(one.impact);
                known.components = one.components;
            }
            None => told.push(one),
        }
    }
    if sheet.open {
        leave_out_what_only_seems_open(&listed, &mut told, &mut sheet.history_since);
    }
    sheet.incidents = told;
    report::sort_reports(&mut sheet.incidents);
}

/// Of what is left out nobody knows how it ended: the history that is known begins behind it.
fn leave_out_what_only_seems_open(
    listed: &BTreeSet<String>,
    told: &mut Vec<Report>,
    history_since: &mut Option<Timestamp>,
) {
    let stays = |one: &Report| one.is_closed() || listed.contains(&one.id);
    if let Some(last) = told.iter().filter(|one| !stays(one)).filter_map(|one| one.started_at).max() {
        *history_since = history_since.map(|since| since.max(last.plus(1)));
    }
    told.retain(stays);
}

/// The feed names `Service | Region`: where the list knows both, the component is that one.
fn place_by_name(sheet: &mut Sheet) {
    for component in sheet.incidents.iter_mut().flat_map(|one| &mut one.components).filter(|one| one.id.is_empty()) {
        let Some((service, region)) = component.name.split_once(" | ") else { continue };
        let known = sheet.components.iter().find(|one| one.name == service && one.group.iter().any(|at| at == region));
        *component = match known {
            Some(one) => ComponentRef { id: one.id.clone(), name: one.name.clone() },
            None => ComponentRef { id: String::new(), name: format!("{service} in {region}") },
        };
    }
}
