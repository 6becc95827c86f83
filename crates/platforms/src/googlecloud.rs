//! Google's dashboards (Cloud, Workspace, Firebase, Maps): `incidents.json`, a list of a year.
//!
//! Oddities: an incident is open while `end` is missing, empty or null, whatever its updates say; updates stand newest
//! first and carry no stage but `AVAILABLE` for the end; reports of causes come days after the end, as `AVAILABLE` too;
//! a dashboard names only products that had an incident, so one without open incidents is well.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Impact, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Sheet, Told, blamed, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: GoogleCloud = GoogleCloud;

pub(crate) struct GoogleCloud;

impl Simple for GoogleCloud {
    fn name(&self) -> &'static str {
        "googlecloud"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("incidents", incidents_url(page))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["incidents"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let list = body.json()?.as_array()?;
        if list.is_empty() {
            // A dashboard keeps a year of incidents: an empty one is believed only where it was asked for.
            return (payload.key == "incidents" && payload.url.ends_with("/incidents.json"))
                .then(|| Evidence { confidence: 60, seen: "an empty list of incidents".to_owned() });
        }
        let is_ours = |one: &Value| {
            let says = |key: &str| one.get(key).is_some_and(Value::is_string);
            let of = says("service_name") || one.get("affected_products").is_some_and(Value::is_array);
            says("id") && says("begin") && says("external_desc") && of
        };
        list.iter().any(is_ours).then(|| Evidence {
            confidence: 96,
            seen: "incidents with Google's `begin` and `external_desc`".to_owned(),
        })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        for row in Node::root(json).objects("", sheet) {
            incident(&row, now, sheet);
        }
        sheet.open = true;
        sheet.indicator = Some(Health::Operational);
        sheet.history_since = sheet.incidents.iter().filter_map(|one| one.started_at).min();
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        let named: Vec<_> = sheet.incidents.iter().flat_map(|one| one.components.clone()).collect();
        for component in named {
            sheet.component(component.id, component.name, Vec::new(), Health::Operational);
        }
        sheet.components.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
        sheet.blame(blamed);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["status.cloud.google.com", "status.firebase.google.com"]
    }

    fn probes(&self) -> &'static [&'static str] {
        &["incidents.json"]
    }
}

/// Below the dashboard: `…/appsstatus/dashboard/summary` has its list at `…/appsstatus/dashboard/incidents.json`.
fn incidents_url(page: &PageAddress) -> String {
    let mut page = page.clone();
    let path = page.url.path().trim_end_matches('/').to_owned();
    let base = ["/incidents.json", "/summary"].iter().find_map(|tail| path.strip_suffix(tail)).unwrap_or(&path);
    page.url.set_path(base);
    page.below("incidents.json")
}

fn incident(row: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let ended = row.text("end").is_some();
    let end = sheet.time(row, "end");
    let impact = impact(row, sheet);
    let mut updates = Vec::new();
    for update in row.objects("updates", sheet) {
        let at = sheet.time(&update, "when").or_else(|| sheet.time(&update, "created"));
        let stored_at = sheet.time(&update, "created");
        let over = update.text("status").as_deref() == Some("AVAILABLE");
        let after_end = end.is_some_and(|end| at.is_some_and(|at| at > end));
        let stage = match (over, after_end && is_cause(&update)) {
            (true, true) => Stage::Postmortem,
            (true, false) => Stage::Resolved,
            (false, _) => Stage::Investigating,
        };
        // An update that says "available" of an incident without an end speaks of what it hopes for.
        let stage = if ended || !stage.is_terminal() { stage } else { Stage::Monitoring };
        updates.push(Draft { id: String::new(), stage: Some(stage), at, stored_at, body: body(&update, "text") });
    }
    let postmortem = updates.iter().any(|update| update.stage == Some(Stage::Postmortem));
    let open_stage = updates
        .iter()
        .max_by_key(|update| (update.at, update.stored_at))
        .and_then(|update| update.stage)
        .unwrap_or(Stage::Investigating);
    let stage = match (ended, postmortem) {
        (true, true) => Stage::Postmortem,
        (true, false) => Stage::Resolved,
        (false, _) => open_stage,
    };
    let began = sheet.time(row, "begin").or_else(|| sheet.time(row, "created"));
    for key in ["begin", "external_desc"] {
        if row.text(key).is_none() {
            sheet.doubt(row.place(key), "Every incident should have this.");
        }
    }
    let mut components: Vec<_> = row
        .objects("affected_products", sheet)
        .iter()
        .filter_map(|one| {
            let title = one.text("title")?;
            Some(named_part(one.text("id").unwrap_or_else(|| title.clone()), title))
        })
        .collect();
    if components.is_empty()
        && let Some(name) = row.text("service_name")
        && row.text("service_key").as_deref() != Some("zall")
    {
        components.push(named_part(row.text("service_key").unwrap_or_else(|| name.clone()), name));
    }
    let told = Told {
        id: row.string("id"),
        title: crate::kit::html::to_text(&row.string("external_desc")),
        url: row.text("uri").filter(|uri| uri.starts_with("http")).map(|uri| uri.into_owned()),
        impact,
        stage: Some(stage),
        started_at: began.filter(|at| Timestamp::from_jiff(*at) <= now),
        resolved_at: end,
        components,
        updates,
    };
    sheet.incident(told, row);
}

/// The impact by its own word, or where that is left out by how grave the incident is called.
fn impact(row: &Node<'_>, sheet: &mut Sheet) -> Option<Impact> {
    if row.has("status_impact") {
        return sheet.word(row, "status_impact", |word| match word {
            "SERVICE_INFORMATION" | "AVAILABLE" => Some(Impact::None),
            "SERVICE_DISRUPTION" => Some(Impact::Major),
            "SERVICE_OUTAGE" => Some(Impact::Critical),
            _ => None,
        });
    }
    let grave = |word: &str| match word {
        "low" | "medium" => Some(Impact::Minor),
        "high" => Some(Impact::Major),
        _ => None,
    };
    row.has("severity").then(|| sheet.word(row, "severity", grave)).flatten()
}

/// Reports of causes call themselves so.
fn is_cause(update: &Node<'_>) -> bool {
    let text = update.text("text").unwrap_or_default().to_lowercase();
    ["incident report", "root cause", "mini incident", "postmortem", "post-mortem"]
        .iter()
        .any(|word| text.contains(word))
}
