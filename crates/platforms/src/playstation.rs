//! PlayStation Network's own status: one file a region, with every country's services. Known from several public clients;
//! no capture was seen.
//!
//! Oddities: what is well has an empty list of statuses; the same trouble stands under every country that it touches; a
//! status may stand at a region, a country, a service or a resource of it; texts are in many languages and are written
//! over; a shop that was closed for good in one country goes on being an outage for years.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::html;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, blamed, named_part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: PlayStation = PlayStation;

pub(crate) struct PlayStation;

const PAGE: &str = "https://status.playstation.com/";
/// Key of the ask, region, and what the region is called.
const REGIONS: [(&str, &str, &str); 3] =
    [("statuses", "SCEA", "Americas"), ("statuses-scee", "SCEE", "Europe"), ("statuses-sceja", "SCEJA", "Asia")];

/// One trouble with all that it touches.
struct Trouble<'a> {
    row: Node<'a>,
    label: String,
    parts: BTreeSet<ComponentRef>,
    countries: BTreeSet<String>,
}

type Troubles<'a> = BTreeMap<String, Trouble<'a>>;

impl Simple for PlayStation {
    fn name(&self) -> &'static str {
        "playstation"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        if page.url.path().ends_with(".json") {
            return vec![HttpAsk::get("statuses", page.url.to_string())];
        }
        let url = |region: &str| page.at_root(&format!("data/statuses/region/{region}.json"));
        REGIONS.iter().map(|(key, region, _)| HttpAsk::get(*key, url(region))).collect()
    }

    fn needs(&self) -> &'static [&'static str] {
        &["statuses"]
    }

    fn weighs(&self, key: &str) -> bool {
        !key.is_empty()
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let countries = body.json()?.get("countries")?.as_array()?;
        let ours = |row: &Value| {
            row.get("countryCode").is_some_and(Value::is_string) && row.get("services").is_some_and(Value::is_array)
        };
        countries
            .iter()
            .any(ours)
            .then(|| Evidence { confidence: 95, seen: "countries with a `countryCode` and services".to_owned() })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        sheet.page.name = Some("PlayStation Network".to_owned());
        sheet.page.url = Some(PAGE.to_owned());
        region(&Node::root(json), payload, now, sheet);
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        let regions: BTreeSet<&[String]> = sheet.components.iter().map(|one| one.group.as_slice()).collect();
        // Of a region that was not read nothing is known.
        sheet.open = regions.len() == REGIONS.len();
        sheet.join_components();
        sheet.blame(blamed);
        sheet.under_maintenance(now);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["status.playstation.com"]
    }
}

fn region(root: &Node<'_>, payload: &Payload, now: Timestamp, sheet: &mut Sheet) {
    let named = root.text("regionName").map(|name| name.to_uppercase());
    let known =
        |(key, code, _): &&(&str, &str, &str)| named.as_deref().map_or(payload.key == *key, |name| name == *code);
    let (code, label) = REGIONS.iter().find(known).map_or(("", "Region"), |(_, code, label)| (*code, *label));
    let mut troubles = Troubles::new();
    let mut whole = BTreeSet::new();
    let countries = root.objects("countries", sheet);
    for country in &countries {
        let name = country.string("countryCode");
        if name.is_empty() || !is_list(country, "services") {
            sheet.doubt(country.place(""), "A country should have a code and a list of services.");
        }
        let mut parts = BTreeSet::new();
        for service in country.objects("services", sheet) {
            parts.extend(self::service(&service, (code, label), &name, &mut troubles, sheet));
        }
        gather(country, "PlayStation Network", &parts, &name, &mut troubles, sheet);
        whole.extend(parts);
    }
    if root.has("status") {
        let all: Vec<String> = countries.iter().map(|country| country.string("countryCode")).collect();
        for name in all {
            gather(root, "PlayStation Network", &whole, &name, &mut troubles, sheet);
        }
    }
    for (id, trouble) in troubles {
        tell(id, trouble, countries.len(), now, sheet);
    }
}

fn is_list(row: &Node<'_>, key: &str) -> bool {
    row.value.get(key).is_some_and(Value::is_array)
}

/// One service of a country, and the component that it is.
fn service<'a>(
    row: &Node<'a>,
    (code, label): (&str, &str),
    country: &str,
    troubles: &mut Troubles<'a>,
    sheet: &mut Sheet,
) -> Option<ComponentRef> {
    let key = row.string("serviceName");
    if key.is_empty() || !is_list(row, "status") {
        sheet.doubt(row.place(""), "A service should have a name and a list of statuses.");
        return None;
    }
    let name = row.at("i18n").text("en-US").map_or_else(|| key.clone(), |name| name.into_owned());
    let id = if code.is_empty() { key } else { format!("{code}.{key}") };
    sheet.component(id.clone(), name.clone(), vec![label.to_owned()], Health::Operational);
    let part = named_part(id, name.clone());
    let parts = BTreeSet::from([part.clone()]);
    gather(row, &name, &parts, country, troubles, sheet);
    for resource in row.objects("resources", sheet) {
        gather(&resource, &name, &parts, country, troubles, sheet);
    }
    Some(part)
}

/// Puts the statuses of a row with those of the same name elsewhere.
fn gather<'a>(
    row: &Node<'a>,
    label: &str,
    parts: &BTreeSet<ComponentRef>,
    country: &str,
    troubles: &mut Troubles<'a>,
    sheet: &mut Sheet,
) {
    for status in row.objects("status", sheet) {
        // Listed, and well.
        if status.text("statusType").as_deref() == Some("OK") {
            continue;
        }
        let id = status
            .text("statusId")
            .map_or_else(|| format!("~{label}~{}", status.string("startDate")), |id| id.into_owned());
        let new =
            || Trouble { row: status, label: label.to_owned(), parts: BTreeSet::new(), countries: BTreeSet::new() };
        let trouble = troubles.entry(id).or_insert_with(new);
        trouble.parts.extend(parts.iter().cloned());
        trouble.countries.insert(country.to_owned());
    }
}

fn tell(id: String, trouble: Trouble<'_>, countries: usize, now: Timestamp, sheet: &mut Sheet) {
    let row = &trouble.row;
    let everywhere = trouble.countries.len() >= countries;
    let kind = row.string("statusType");
    let only = if everywhere || trouble.countries.len() > 3 {
        String::new()
    } else {
        format!(" ({})", trouble.countries.iter().cloned().collect::<Vec<_>>().join(", "))
    };
    let title = format!("{}: {kind}{only}", trouble.label);
    let (start, end) = (sheet.time(row, "startDate"), sheet.time(row, "endDate"));
    let over = end.is_some_and(|end| Timestamp::from_jiff(end) <= now);
    let components: Vec<ComponentRef> = trouble.parts.into_iter().collect();
    let url = Some(PAGE.to_owned());
    if kind == "Maintenance" {
        let stage = over.then_some(MaintenanceStage::Completed);
        let updates = text(row, stage, sheet);
        sheet.work(Planned { id, title, url, stage, starts_at: start, ends_at: end, components, updates }, row);
        return;
    }
    let impact = sheet.word(row, "statusType", |word| match word {
        "Outage" if everywhere => Some(Impact::Critical),
        "Outage" => Some(Impact::Major),
        "Degraded" => Some(Impact::Minor),
        _ => None,
    });
    let stage = if over { Stage::Resolved } else { Stage::Investigating };
    let updates = text(row, Some(stage), sheet);
    let resolved_at = end.filter(|_| over);
    sheet.incident(
        Told { id, title, url, impact, stage: Some(stage), started_at: start, resolved_at, components, updates },
        row,
    );
    // What was closed for good is no news.
    if let Some(told) = sheet.incidents.last_mut().filter(|told| told.is_relic(now)) {
        told.impact = told.impact.map(|impact| impact.min(Impact::Minor));
    }
}

/// The text in English, else in any language; one text that is written over.
fn text<S>(row: &Node<'_>, stage: Option<S>, sheet: &mut Sheet) -> Vec<Draft<S>> {
    let messages = row.at("message").at("messages");
    let plain = row.text("message").map(|text| text.into_owned());
    let any = || messages.value.as_object().and_then(|all| all.values().find_map(Value::as_str)).map(str::to_owned);
    let english = ["en-US", "en-GB"].iter().find_map(|locale| messages.text(locale)).map(|text| text.into_owned());
    let body = plain.or(english).or_else(any).map(|text| html::mixed_to_markdown(&text)).unwrap_or_default();
    let at = sheet.time(row, "createdDate").or_else(|| sheet.time(row, "startDate"));
    let draft = Draft { id: "text".to_owned(), stage, at, stored_at: None, body };
    if draft.body.is_empty() || draft.at.is_none() { Vec::new() } else { vec![draft] }
}
