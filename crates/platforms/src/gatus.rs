//! Gatus: `api/v1/endpoints/statuses`, `api/v1/suites/statuses`, and the announcements in `api/v1/config`.
//!
//! Held against the software itself. Oddities: results come oldest first, and
//! the last one is how it is; a service is named by group and name, joined to a key; conditions may be hidden; an
//! announcement has no id, so its time is one; maintenance is not told; an installation may want a login for all but the
//! announcements.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Impact, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Sheet, Told, body as text_of};
use crate::kit::silence::is_silent;
use crate::kit::simple::{Body, Simple};
use crate::kit::{dates, html};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: Gatus = Gatus;

pub(crate) struct Gatus;

/// So many results of each service tell its pace, and what it is.
const RESULTS: &str = "page=1&pageSize=10";
/// A title made of an announcement is not longer than this (characters).
const TITLE: usize = 120;

enum Kind {
    Endpoints,
    Suites,
    Config,
}

impl Simple for Gatus {
    fn name(&self) -> &'static str {
        "gatus"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let few = |path: &str| {
            let url = page.below(path);
            let joint = if url.contains('?') { '&' } else { '?' };
            format!("{url}{joint}{RESULTS}")
        };
        vec![
            HttpAsk::get("endpoints", few("api/v1/endpoints/statuses")),
            HttpAsk::get("suites", few("api/v1/suites/statuses")),
            HttpAsk::get("config", page.below("api/v1/config")),
        ]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["endpoints"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let (confidence, seen) = match kind(body)? {
            Kind::Endpoints => (95, "Gatus' services with `key` and `results`"),
            Kind::Suites => (93, "Gatus' suites with `endpointResults`"),
            Kind::Config => (75, "Gatus' `oidc` and `announcements`"),
        };
        Some(Evidence { confidence, seen: seen.to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let (Some(kind), Some(json)) = (kind(body), body.json()) else { return };
        let root = Node::root(json);
        match kind {
            Kind::Endpoints => services(&root, "", now, sheet),
            // A suite and a service may have the same key.
            Kind::Suites => services(&root, "suite/", now, sheet),
            Kind::Config => {
                for row in root.objects("announcements", sheet) {
                    announcement(&row, sheet);
                }
                sheet.open = true;
            }
        }
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        if sheet.components.is_empty() {
            sheet.problem("missing_anchor", "", "No service is listed.");
        }
    }

    fn probes(&self) -> &'static [&'static str] {
        &["api/v1/endpoints/statuses"]
    }
}

fn kind(body: &Body<'_>) -> Option<Kind> {
    let json = body.json()?;
    if json.get("announcements").is_some_and(Value::is_array) {
        let flags = ["oidc", "authenticated"].iter().all(|key| json.get(key).is_some_and(Value::is_boolean));
        return flags.then_some(Kind::Config);
    }
    let of = |row: &Value| {
        let key = row.get("key")?.as_str().filter(|key| key.contains('_'))?;
        let last = row.get("results")?.as_array()?.last()?;
        let timed =
            last.get("timestamp").is_some_and(Value::is_string) && last.get("duration").is_some_and(Value::is_number);
        let suite = last.get("endpointResults").is_some();
        (timed && !key.is_empty()).then_some(if suite { Kind::Suites } else { Kind::Endpoints })
    };
    json.as_array()?.iter().find_map(of)
}

fn services(root: &Node<'_>, before: &str, now: Timestamp, sheet: &mut Sheet) {
    for row in root.objects("", sheet) {
        let Some(key) = row.text("key") else {
            sheet.doubt(row.place("key"), "The service has no key.");
            continue;
        };
        let results = row.objects("results", sheet);
        let health = match results.last() {
            Some(last) => health(last, sheet),
            None => {
                sheet.problem("not_measured", row.place("results"), "It was never measured.");
                Health::Unknown
            }
        };
        let time = |result: &Node<'_>| dates::parse(&result.text("timestamp")?).map(|read| read.at);
        let times: Vec<_> = results.iter().filter_map(time).collect();
        let silent = is_silent(&times, now);
        if silent && !results.is_empty() {
            sheet.problem("stale", row.place("results"), "It was not measured for long.");
        }
        let health = if silent { Health::Unknown } else { health };
        let name = row.text("name").unwrap_or_else(|| key.clone());
        let group = row.text("group").map(Into::into).into_iter().collect();
        sheet.component(format!("{before}{key}"), name, group, health);
    }
}

/// A service that answers, but late or with a certificate that ends soon, is not down.
fn health(result: &Node<'_>, sheet: &mut Sheet) -> Health {
    const MILD: [&str; 3] = ["[RESPONSE_TIME]", "[CERTIFICATE_EXPIRATION]", "[DOMAIN_EXPIRATION]"];
    let conditions = result.objects("conditionResults", sheet);
    let mut failed = conditions.iter().filter(|one| one.flag("success") != Some(true)).peekable();
    let is_mild =
        |one: &Node<'_>| one.text("condition").is_some_and(|text| MILD.iter().any(|mild| text.starts_with(mild)));
    let answers = failed.peek().is_some() && failed.all(is_mild) && result.texts("errors").is_empty();
    sheet.health(result, "success", |word| match word {
        "true" => Some(Health::Operational),
        "false" if answers => Some(Health::Degraded),
        "false" => Some(Health::MajorOutage),
        _ => None,
    })
}

fn announcement(row: &Node<'_>, sheet: &mut Sheet) {
    let kind = sheet.word(row, "type", |word| match word {
        "outage" => Some((Impact::Major, false)),
        "warning" => Some((Impact::Minor, false)),
        "information" | "none" => Some((Impact::None, false)),
        // That it is well again.
        "operational" => Some((Impact::None, true)),
        _ => None,
    });
    let over = row.flag("archived") == Some(true) || kind.is_some_and(|(_, well)| well);
    let at = sheet.time(row, "timestamp");
    let stage = Some(if over { Stage::Resolved } else { Stage::Investigating });
    let message = text_of(row, "message");
    let line = message.lines().next().unwrap_or_default().replace(['*', '`', '#'], "");
    let title: String = html::to_text(&line).chars().take(TITLE).collect();
    // When an archived one ended nobody says.
    let first = if kind.is_some_and(|(_, well)| well) { Stage::Resolved } else { Stage::Investigating };
    let updates = vec![Draft { id: "~first".to_owned(), stage: Some(first), at, stored_at: at, body: message }];
    let told = Told {
        id: row.string("timestamp"),
        title,
        impact: kind.map(|(impact, _)| impact),
        stage,
        started_at: at,
        updates,
        ..Told::default()
    };
    sheet.incident(told, row);
}
