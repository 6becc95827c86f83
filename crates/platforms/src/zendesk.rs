//! Zendesk's own status page: the documented `api/incidents/active` and `api/incidents/maintenance`, and what the page
//! itself reads, `api/ssp/incidents.json` (a history) and `api/ssp/services.json`.
//!
//! Known from the vendor's documentation and six public clients; no capture was seen. Oddities: JSON:API, with names in
//! `snake_case` where it is documented and in `camelCase` where the page reads; an incident's `status` goes stale, only
//! `resolved_at` tells whether it is over; a service has no status of its own; ten requests a minute are allowed.

use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, blamed, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::kit::{html, words};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Zendesk = Zendesk;

pub(crate) struct Zendesk;

const ASKS: [(&str, &str); 4] = [
    ("active", "api/incidents/active"),
    ("maintenance", "api/incidents/maintenance"),
    ("history", "api/ssp/incidents.json"),
    ("services", "api/ssp/services.json"),
];

impl Simple for Zendesk {
    fn name(&self) -> &'static str {
        "zendesk"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        // `?subdomain=` in the page's address narrows it to one customer's part.
        let ask = |(key, path): (&str, &str)| {
            let mut url = page.url.clone();
            url.set_path(path);
            url.set_fragment(None);
            HttpAsk::get(key, url.to_string())
        };
        ASKS.map(ask).into()
    }

    fn needs(&self) -> &'static [&'static str] {
        &["active"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        let rows = json.get("data")?.as_array()?;
        if rows.iter().any(is_incident) {
            return Some(Evidence { confidence: 95, seen: "JSON:API rows of Zendesk's incidents".to_owned() });
        }
        if rows.iter().any(is_service) {
            return Some(Evidence { confidence: 92, seen: "JSON:API rows of Zendesk's services".to_owned() });
        }
        // Nothing open: believed only where it was asked for.
        let path = payload.url.split('?').next().unwrap_or_default();
        let asked = ASKS.iter().any(|(key, tail)| *key == payload.key && path.ends_with(tail));
        (asked && rows.is_empty() && json.get("included").is_none_or(Value::is_array) && payload.key != "services")
            .then(|| Evidence { confidence: 60, seen: "an empty list of Zendesk's incidents".to_owned() })
    }

    fn read(&self, payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        let rows = root.objects("data", sheet);
        if rows.iter().any(|row| is_service(row.value)) {
            for row in rows {
                service(&row, sheet);
            }
            return;
        }
        let side = root.objects("included", sheet);
        for row in &rows {
            let fields = Fields(row.at("attributes"));
            if payload.key == "maintenance" || fields.key("maintenance_start_time").is_some() {
                work(row, &fields, &side, sheet);
            } else {
                incident(row, &fields, &side, sheet);
            }
        }
        sheet.open |= payload.key != "maintenance";
        if payload.key != "active" && payload.key != "maintenance" {
            let closed = sheet.incidents.iter().filter(|one| one.is_closed());
            sheet.history_since = closed.filter_map(|one| one.started_at).min();
        }
    }

    fn finish(&self, sheet: &mut Sheet, now: Timestamp) {
        if sheet.open {
            sheet.indicator = Some(Health::Operational);
            sheet.blame(blamed);
            sheet.under_maintenance(now);
            return;
        }
        // Services say nothing of how they are.
        for component in &mut sheet.components {
            component.health = Health::Unknown;
        }
        sheet.problem("incomplete", "", "There is no list of open incidents: nothing tells how the services are.");
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["status.zendesk.com"]
    }
}

fn is_incident(row: &Value) -> bool {
    let attributes = row.get("attributes");
    let names = |key: &str| attributes.and_then(|fields| fields.get(key)).is_some();
    row.get("type").and_then(Value::as_str) == Some("incident")
        && names("outage")
        && (names("resolved_at") || names("resolvedAt"))
}

fn is_service(row: &Value) -> bool {
    let attributes = row.get("attributes");
    let names = |key: &str| attributes.and_then(|fields| fields.get(key)).is_some();
    row.get("id").is_some() && names("name") && names("slug") && names("deprecated")
}

/// Attributes under either spelling of their names.
struct Fields<'a>(Node<'a>);

impl<'a> Fields<'a> {
    /// The spelling under which the attribute has a value.
    fn key(&self, snake: &str) -> Option<String> {
        [snake.to_owned(), camel(snake)].into_iter().find(|key| self.0.has(key))
    }

    fn is_named(&self, snake: &str) -> bool {
        self.0.names(snake) || self.0.names(&camel(snake))
    }

    fn text(&self, snake: &str) -> Option<String> {
        let key = self.key(snake)?;
        self.0.text(&key).map(std::borrow::Cow::into_owned)
    }

    fn time(&self, snake: &str, sheet: &mut Sheet) -> Option<jiff::Timestamp> {
        sheet.time(&self.0, &self.key(snake)?)
    }

    fn is_true(&self, snake: &str) -> bool {
        self.key(snake).is_some_and(|key| self.0.flag(&key) == Some(true))
    }
}

/// `resolved_at` → `resolvedAt`.
fn camel(snake: &str) -> String {
    let mut parts = snake.split('_');
    let mut name = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    name
}

fn service(row: &Node<'_>, sheet: &mut Sheet) {
    let fields = Fields(row.at("attributes"));
    let (id, name) = (row.string("id"), fields.text("name").unwrap_or_default());
    if id.is_empty() || name.is_empty() {
        sheet.doubt(row.place(""), "The service has no id or no name.");
    } else if !fields.is_true("deprecated") {
        sheet.component(id, name, Vec::new(), Health::Operational);
    }
}

fn incident(row: &Node<'_>, fields: &Fields<'_>, side: &[Node<'_>], sheet: &mut Sheet) {
    if !fields.is_named("resolved_at") {
        sheet.doubt(row.place("attributes.resolved_at"), "The incident does not say whether it is over.");
    }
    let resolved_at = fields.time("resolved_at", sheet);
    let over = fields.key("resolved_at").is_some();
    let said = sheet.word(&fields.0, "status", words::stage);
    let postmortem = said == Some(Stage::Postmortem) || fields.text("postmortem").is_some();
    let stage = match (over, said) {
        (true, _) if postmortem => Stage::Postmortem,
        (true, _) => Stage::Resolved,
        (false, Some(stage)) if !stage.is_terminal() => stage,
        (false, Some(_)) => Stage::Monitoring,
        (false, None) => Stage::Investigating,
    };
    let id = row.string("id");
    let told = Told {
        title: html::to_text(&fields.text("title").or_else(|| fields.text("name")).unwrap_or_default()),
        url: Some(format!("https://status.zendesk.com/incidents/{id}")).filter(|_| !id.is_empty()),
        impact: impact(fields, sheet),
        stage: Some(stage),
        started_at: fields.time("started_at", sheet),
        resolved_at,
        components: services_of(row, side),
        updates: updates_of(row, side, sheet),
        id,
    };
    sheet.incident(told, row);
}

fn impact(fields: &Fields<'_>, sheet: &mut Sheet) -> Option<Impact> {
    let meaning = |word: &str| match word.to_ascii_lowercase().as_str() {
        "none" | "no impact" => Some(Impact::None),
        "minor" => Some(Impact::Minor),
        "major" | "security" => Some(Impact::Major),
        "critical" => Some(Impact::Critical),
        _ => None,
    };
    if fields.0.has("impact") {
        return sheet.word(&fields.0, "impact", meaning);
    }
    match (fields.is_true("outage"), fields.is_true("degradation")) {
        (true, _) => Some(Impact::Critical),
        (false, true) => Some(Impact::Minor),
        (false, false) => None,
    }
}

fn work(row: &Node<'_>, fields: &Fields<'_>, side: &[Node<'_>], sheet: &mut Sheet) {
    let start = fields.time("maintenance_start_time", sheet).or_else(|| fields.time("started_at", sheet));
    let end = fields.time("maintenance_end_time", sheet).or_else(|| fields.time("resolved_at", sheet));
    // The word may stay at "scheduled" while the work runs: where there is a window, the window tells.
    let said = fields.text("status").and_then(|word| words::maintenance_stage(&word));
    let stage = said.filter(|stage| start.is_none() || *stage != MaintenanceStage::Scheduled);
    let planned = Planned {
        id: row.string("id"),
        title: html::to_text(&fields.text("title").or_else(|| fields.text("name")).unwrap_or_default()),
        stage,
        starts_at: start,
        ends_at: end,
        components: services_of(row, side),
        updates: Vec::new(),
        url: None,
    };
    sheet.work(planned, row);
}

/// Rows of the second list that the incident refers to under one of the names.
fn related<'a>(row: &Node<'_>, names: [&str; 2], side: &[Node<'a>]) -> Vec<Node<'a>> {
    let relations = row.at("relationships");
    let ids: Vec<String> = names
        .iter()
        .filter_map(|name| relations.at(name).value.get("data")?.as_array())
        .flatten()
        .filter_map(|one| one.get("id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned)))
        .collect();
    let kind = names[0].trim_end_matches('s');
    let wanted = |one: &&Node<'a>| {
        let its = one.string("type");
        (its == kind || its == camel(kind)) && ids.contains(&one.string("id"))
    };
    side.iter().filter(wanted).cloned().collect()
}

fn services_of(row: &Node<'_>, side: &[Node<'_>]) -> Vec<ComponentRef> {
    let named = |one: Node<'_>| {
        let fields = Fields(one.at("attributes"));
        let id = fields.text("service_id").unwrap_or_default();
        named_part(id, fields.text("service_name").or_else(|| fields.text("name")).unwrap_or_default())
    };
    let parts = related(row, ["incident_services", "incidentServices"], side).into_iter().map(named);
    parts.filter(|part| !part.id.is_empty() || !part.name.is_empty()).collect()
}

fn updates_of(row: &Node<'_>, side: &[Node<'_>], sheet: &mut Sheet) -> Vec<Draft<Stage>> {
    let rows = related(row, ["incident_updates", "incidentUpdates"], side);
    let mut drafts = Vec::with_capacity(rows.len());
    for one in rows {
        let fields = Fields(one.at("attributes"));
        let stage = fields.text("status").and_then(|word| words::stage(&word));
        let at = fields.time("created_at", sheet);
        let text = body(&fields.0, "description");
        drafts.push(Draft { id: one.string("id"), stage, at, stored_at: None, body: text });
    }
    drafts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Reader;

    const EMPTY: &str = "{\"data\":[],\"included\":[]}";

    fn payload(key: &str, path: &str, text: &str) -> Payload {
        let url = format!("https://status.zendesk.com/{path}");
        Payload { key: key.to_owned(), url, bytes: text.as_bytes().to_vec(), ..Payload::default() }
    }

    #[test]
    fn an_empty_list_is_believed_only_where_it_was_asked_for() {
        let sure = |payload: &Payload| Reader::recognise(&READER, payload).map(|evidence| evidence.confidence);
        assert_eq!(sure(&payload("active", "api/incidents/active?subdomain=harbour", EMPTY)), Some(60));
        assert_eq!(sure(&payload("active", "api/other", EMPTY)), None);
        assert_eq!(sure(&payload("", "api/incidents/active", EMPTY)), None);
        assert_eq!(sure(&payload("active", "api/incidents/active", "{\"message\":\"Forbidden\"}")), None);
    }

    #[test]
    fn with_nothing_open_the_services_are_well() {
        let services = "{\"data\":[{\"id\":\"7\",\"type\":\"service\",\"attributes\":{\"name\":\"Harbour Chat\",\
                        \"slug\":\"chat\",\"deprecated\":false}}]}";
        let payloads =
            [payload("active", "api/incidents/active", EMPTY), payload("services", "api/ssp/services.json", services)];
        let reading = Reader::read(&READER, &payloads, "2026-03-03T00:00:00Z".parse().unwrap());
        assert_eq!((reading.health, reading.covers.open), (Health::Operational, true));
        assert_eq!(reading.problems, []);
    }

    #[test]
    fn the_page_may_be_narrowed_to_one_customer() {
        let page = PageAddress { url: "https://status.zendesk.com/?subdomain=harbour".parse().unwrap() };
        let asks = READER.asks(&page, &Memory::default(), "2026-03-03T00:00:00Z".parse().unwrap());
        assert_eq!(asks[0].url, "https://status.zendesk.com/api/incidents/active?subdomain=harbour");
    }
}
