//! Salesforce's Trust: every instance with its status and what is open on it, the incidents of a month, maintenances.
//!
//! Oddities: more than a thousand instances in one answer, retired ones among them that go on being `OK`; one incident
//! stands under each of its instances; it has neither title nor end, but impacts with a key for a name and an end of
//! their own, and is open while one of them has none; an event says its stage in a key of which there are dozens. The
//! public addresses are read; the vendor moves its customers to others behind a login.

use jiff::Timestamp as Precise;
use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};
use url::Url;

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body, part};
use crate::kit::simple::{Body, Simple};
use crate::kit::words;
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Salesforce = Salesforce;

pub(crate) struct Salesforce;

const PAGE: &str = "https://status.salesforce.com";
const API: &str = "https://api.status.salesforce.com/v1/";
const HOSTS: [&str; 3] = ["status.salesforce.com", "api.status.salesforce.com", "trust.salesforce.com"];
/// So many entries are asked for; of a fuller list nobody knows what it leaves out.
const MOST: usize = 200;
const DAY_S: i64 = 24 * 3600;
/// Incidents are asked for so far back.
const HISTORY_S: i64 = 30 * DAY_S;

impl Simple for Salesforce {
    fn name(&self) -> &'static str {
        "salesforce"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, now: Timestamp) -> Vec<HttpAsk> {
        let instance = named_in(page, "instances");
        let most = MOST.to_string();
        let (months, days) = (day(now, HISTORY_S), day(now, 2 * DAY_S));
        let mut incidents = vec![("limit", most.as_str()), ("startTime", &months)];
        let mut maintenances = vec![("limit", most.as_str()), ("startTime", &days)];
        let product = named_in(page, "products");
        let status = match &instance {
            Some(key) => {
                incidents.push(("instance", key));
                maintenances.push(("instance", key));
                api(page, &format!("instances/{key}/status"), &[("childProducts", "false")])
            }
            None => {
                let product = product.iter().map(|key| ("products", key.as_str()));
                let query: Vec<_> = product.chain([("childProducts", "false")]).collect();
                api(page, "instances/status/preview", &query)
            }
        };
        vec![
            HttpAsk::get("instances", status),
            HttpAsk::get("incidents", api(page, "incidents", &incidents)),
            HttpAsk::get("maintenances", api(page, "maintenances", &maintenances)),
        ]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["instances"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        let one = std::slice::from_ref(json);
        let rows = json.as_array().map_or(one, Vec::as_slice);
        let seen = if rows.iter().any(is_instance) {
            "instances with `Incidents` and `Maintenances`"
        } else if rows.iter().any(|row| is_list(row, "IncidentImpacts")) {
            "incidents with `IncidentImpacts`"
        } else if rows.iter().any(|row| is_list(row, "MaintenanceImpacts") || is_list(row, "MaintenanceEvents")) {
            "maintenances with `MaintenanceImpacts`"
        } else {
            let asked = matches!(payload.key.as_str(), "incidents" | "maintenances")
                && payload.url.contains(&format!("/v1/{}", payload.key));
            return (rows.is_empty() && asked).then(|| Evidence { confidence: 60, seen: "an empty list".to_owned() });
        };
        Some(Evidence { confidence: 96, seen: seen.to_owned() })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        sheet.page.name = Some("Salesforce".to_owned());
        let root = Node::root(json);
        let rows = if root.is_object() { vec![root] } else { root.objects("", sheet) };
        let asked = rows.is_empty() && payload.key == "incidents";
        if asked || rows.iter().any(|row| is_list(row.value, "IncidentImpacts")) {
            if rows.len() < MOST {
                sheet.history_since = Some(now.plus(-HISTORY_S));
            }
            rows.iter().for_each(|row| incident(row, now, sheet));
        } else if rows.iter().any(|row| is_instance(row.value)) {
            rows.iter().for_each(|row| instance(row, now, sheet));
            sheet.open = true;
        } else {
            rows.iter().for_each(|row| work(row, sheet));
        }
    }

    fn hosts(&self) -> &'static [&'static str] {
        &HOSTS
    }
}

/// What stands behind a word in the page's path: `/instances/NA1`.
fn named_in(page: &PageAddress, word: &str) -> Option<String> {
    let mut parts = page.url.path().split('/').skip_while(|part| *part != word).skip(1);
    parts.next().filter(|name| !name.is_empty() && *name != "status").map(str::to_owned)
}

fn api(page: &PageAddress, path: &str, query: &[(&str, &str)]) -> String {
    let vendors = page.url.host_str().is_some_and(|host| HOSTS.contains(&host));
    let url = if vendors { format!("{API}{path}") } else { page.at_root(&format!("v1/{path}")) };
    let Ok(mut parsed) = Url::parse(&url) else { return url };
    parsed.query_pairs_mut().extend_pairs(query);
    parsed.to_string()
}

/// The midnight before so many seconds ago, so that the address changes once a day.
fn day(now: Timestamp, ago_s: i64) -> String {
    let at = now.as_second() - ago_s;
    Timestamp::from_second(at - at.rem_euclid(DAY_S)).to_string()
}

fn is_list(row: &Value, key: &str) -> bool {
    row.get(key).is_some_and(Value::is_array)
}

fn is_instance(row: &Value) -> bool {
    is_list(row, "Incidents") && is_list(row, "Maintenances") && row.get("key").is_some() && row.get("status").is_some()
}

fn instance(row: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    for key in ["Incidents", "Maintenances"] {
        if !is_list(row.value, key) {
            sheet.doubt(row.place(key), "Every instance should have this list.");
        }
    }
    for incident_row in row.objects("Incidents", sheet) {
        incident(&incident_row, now, sheet);
    }
    for work_row in row.objects("Maintenances", sheet) {
        work(&work_row, sheet);
    }
    // A retired instance keeps its row.
    if row.flag("isActive") == Some(false) {
        return;
    }
    let Some(key) = row.text("key") else {
        sheet.doubt(row.place("key"), "The instance has no key.");
        return;
    };
    let health = sheet.health(row, "status", |word| match word {
        "OK" => Some(Health::Operational),
        "INFORMATIONAL_CORE" | "INFORMATIONAL_NONCORE" => Some(Health::Operational),
        "MAINTENANCE_CORE" | "MAINTENANCE_NONCORE" => Some(Health::Maintenance),
        "MINOR_INCIDENT_CORE" | "MINOR_INCIDENT_NONCORE" => Some(Health::Degraded),
        "MAJOR_INCIDENT_NONCORE" => Some(Health::PartialOutage),
        "MAJOR_INCIDENT_CORE" => Some(Health::MajorOutage),
        _ => None,
    });
    let group = ["environment", "location"].iter().filter_map(|field| row.text(field));
    sheet.component(key.clone(), key, group.map(|name| plain(&name)).collect(), health);
}

fn incident(row: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let impacts = row.objects("IncidentImpacts", sheet);
    let starts: Vec<Precise> = impacts.iter().filter_map(|impact| sheet.time(impact, "startTime")).collect();
    let ends: Vec<Precise> = impacts.iter().filter_map(|impact| sheet.time(impact, "endTime")).collect();
    // An end that is still to come closes nothing.
    let ends: Vec<Precise> = ends.into_iter().filter(|at| Timestamp::from_jiff(*at) <= now).collect();
    let severity = |word: &str| match word.to_ascii_lowercase().as_str() {
        "informational" | "none" => Some(Impact::None),
        "minor" => Some(Impact::Minor),
        "major" | "critical" => Some(Impact::Critical),
        _ => None,
    };
    let worst = impacts.iter().filter_map(|impact| sheet.word(impact, "severity", severity)).max();
    let updates: Vec<Draft<Stage>> = row
        .objects("IncidentEvents", sheet)
        .iter()
        .map(|event| draft(event, stage(&event.string("type")), sheet))
        .collect();
    let over = is_over(row, impacts.len(), ends.len());
    let last = updates.iter().filter(|update| update.stage.is_some()).max_by_key(|update| update.at);
    let open =
        last.and_then(|update| update.stage).filter(|stage| !stage.is_terminal()).unwrap_or(Stage::Investigating);
    let id = row.string("id");
    let named = impacts.first().and_then(|impact| impact.text("type"));
    let told = Told {
        title: named.map_or_else(|| format!("Incident {id}"), |key| plain(&key)),
        url: (!id.is_empty()).then(|| format!("{PAGE}/incidents/{id}")),
        impact: worst,
        stage: Some(if over { Stage::Resolved } else { open }),
        started_at: starts.into_iter().min().or_else(|| sheet.time(row, "createdAt")),
        resolved_at: ends.into_iter().max().filter(|_| over),
        components: instances(row),
        updates,
        id,
    };
    sheet.incident(told, row);
}

/// By its own word where it has one that is known; else when every impact has ended.
fn is_over(row: &Node<'_>, impacts: usize, ended: usize) -> bool {
    match row.string("status").to_ascii_lowercase().as_str() {
        "resolved" | "closed" | "completed" | "canceled" | "cancelled" => true,
        "active" | "open" | "ongoing" | "in progress" | "investigating" | "identified" | "monitoring" => false,
        _ => impacts > 0 && ended == impacts,
    }
}

/// The stage that the key of an event begins with; there are many more that say nothing of it.
fn stage(key: &str) -> Option<Stage> {
    let begins = |stem: &str| key.starts_with(stem);
    Some(match () {
        () if begins("investigating") => Stage::Investigating,
        () if begins("issueIsolated") || begins("implementingSolution") || begins("identified") => Stage::Identified,
        () if begins("monitoring") => Stage::Monitoring,
        () if begins("resolved") => Stage::Resolved,
        () if begins("rootCause") => Stage::Postmortem,
        () => return None,
    })
}

fn draft<S>(event: &Node<'_>, stage: Option<S>, sheet: &mut Sheet) -> Draft<S> {
    let text = body(event, "message");
    let text = if text.is_empty() { plain(&event.string("type")) } else { text };
    let at = sheet.time(event, "createdAt");
    Draft { id: event.string("id"), stage, at, stored_at: sheet.time(event, "updatedAt"), body: text }
}

fn work(row: &Node<'_>, sheet: &mut Sheet) {
    let message = row.at("message");
    let said = if row.has("status") { row.clone() } else { message.clone() };
    let key = if row.has("status") { "status" } else { "eventStatus" };
    let stage = said.has(key).then(|| sheet.word(&said, key, words::maintenance_stage)).flatten();
    let updates: Vec<Draft<MaintenanceStage>> =
        row.objects("MaintenanceEvents", sheet).iter().map(|event| draft(event, None, sheet)).collect();
    let impacts = row.objects("MaintenanceImpacts", sheet);
    let impact = impacts.first().cloned().unwrap_or_else(|| row.at("no impact"));
    let (id, kind) = (row.string("id"), message.text("maintenanceType").or_else(|| impact.text("type")));
    let planned = Planned {
        title: row
            .text("name")
            .map(|name| name.into_owned())
            .or_else(|| kind.map(|key| plain(&key)))
            .unwrap_or_default(),
        url: (!id.is_empty()).then(|| format!("{PAGE}/maintenances/{id}")),
        stage,
        starts_at: sheet.time(row, "plannedStartTime").or_else(|| sheet.time(&impact, "startTime")),
        ends_at: sheet.time(row, "plannedEndTime").or_else(|| sheet.time(&impact, "endTime")),
        components: instances(row),
        updates,
        id,
    };
    sheet.work(planned, row);
}

fn instances(row: &Node<'_>) -> Vec<ComponentRef> {
    row.texts("instanceKeys").into_iter().map(part).collect()
}

/// `performanceDegradationSubset` is "Performance degradation subset", `production` "Production".
fn plain(key: &str) -> String {
    if key.contains([' ', '_']) || key.chars().all(char::is_uppercase) {
        return key.replace('_', " ");
    }
    let mut words = String::with_capacity(key.len() + 8);
    for letter in key.chars() {
        if words.is_empty() {
            words.extend(letter.to_uppercase());
        } else if letter.is_uppercase() {
            words.push(' ');
            words.extend(letter.to_lowercase());
        } else {
            words.push(letter);
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(page: &str) -> Vec<String> {
        let page = PageAddress { url: page.parse().unwrap() };
        let now = "2026-03-03T05:06:07Z".parse().unwrap();
        READER.asks(&page, &Memory::default(), now).into_iter().map(|ask| ask.url).collect()
    }

    #[test]
    fn an_instance_is_asked_for_itself() {
        let all = asked("https://status.salesforce.com/");
        assert_eq!(all[0], "https://api.status.salesforce.com/v1/instances/status/preview?childProducts=false");
        assert!(all[1].ends_with("/v1/incidents?limit=200&startTime=2026-02-01T00%3A00%3A00Z"), "{}", all[1]);
        let one = asked("https://status.salesforce.com/instances/NA1/maintenances");
        assert_eq!(one[0], "https://api.status.salesforce.com/v1/instances/NA1/status?childProducts=false");
        assert!(one[2].ends_with("&instance=NA1"), "{}", one[2]);
    }

    #[test]
    fn keys_become_words() {
        assert_eq!(plain("performanceDegradationSubset"), "Performance degradation subset");
        assert_eq!(plain("EMEA"), "EMEA");
        assert_eq!(plain("Sales_Cloud"), "Sales Cloud");
    }
}
