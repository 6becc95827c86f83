//! Yandex Cloud's own status: `api/services` lists the services of every installation with what is open on them,
//! `api/incidents` the latest incidents with their comments.
//!
//! Oddities: a service's `status` is how finished it is, never how well; the same service stands once for every
//! installation; an incident may go on being `open` when its end and its closing comment are there already; comments
//! come months after the end as `update`; the report of causes is a field of the incident, with a time of its own.

use std::collections::BTreeMap;

use serde_json::Value;
use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, Stage, Timestamp};
use url::Url;

use crate::kit::node::Node;
use crate::kit::report::{self, Draft};
use crate::kit::sheet::{Sheet, Told, blamed, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::kit::words;
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: YandexCloud = YandexCloud;

pub(crate) struct YandexCloud;

const PAGE: &str = "https://status.yandex.cloud";
/// So many incidents are asked for.
const PER_PAGE: usize = 50;

impl Simple for YandexCloud {
    fn name(&self) -> &'static str {
        "yandexcloud"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        let lang = if page.url.path().split('/').any(|part| part == "ru") { "ru" } else { "en" };
        let url = |path: &str, query: &[(&str, &str)]| {
            let vendors = page.url.host_str().is_some_and(|host| self.hosts().contains(&host));
            let url = if vendors { format!("{PAGE}/{path}") } else { page.at_root(path) };
            let Ok(mut parsed) = Url::parse(&url) else { return url };
            parsed.query_pairs_mut().append_pair("lang", lang).extend_pairs(query);
            parsed.to_string()
        };
        let many = PER_PAGE.to_string();
        let incidents = [("installation", "all"), ("page", "1"), ("perPage", many.as_str())];
        vec![
            HttpAsk::get("services", url("api/services", &[("incidents", "all")])),
            HttpAsk::get("incidents", url("api/incidents", &incidents)),
        ]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["services"]
    }

    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        if let Some(rows) = json.as_array() {
            let ours = |row: &Value| is_list(row, "incidents") && has(row, "slug") && has(row, "installationCode");
            return rows.iter().any(ours).then(|| Evidence {
                confidence: 95,
                seen: "services with an `installationCode` and `incidents`".to_owned(),
            });
        }
        let items = json.get("items").and_then(Value::as_array)?;
        let counted = json.get("count").is_some_and(Value::is_number);
        if items.is_empty() {
            return (counted && payload.key == "incidents" && payload.url.contains("/api/incidents"))
                .then(|| Evidence { confidence: 60, seen: "an empty list of incidents".to_owned() });
        }
        let ours = |row: &Value| is_list(row, "comments") && has(row, "levelId") && has(row, "startDate");
        items
            .iter()
            .any(ours)
            .then(|| Evidence { confidence: 95, seen: "incidents with a `levelId` and `comments`".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        sheet.page.name = Some("Yandex Cloud".to_owned());
        if root.is_object() {
            let rows = root.objects("items", sheet);
            for row in &rows {
                if !is_list(row.value, "comments") {
                    sheet.doubt(row.place("comments"), "Every incident should have comments.");
                }
                let parts = parts(row, sheet);
                incident(row, parts, now, sheet);
            }
            let starts = rows.iter().filter_map(|row| sheet.time(row, "startDate"));
            sheet.history_since = starts.map(Timestamp::from_jiff).min();
        } else {
            services(&root, now, sheet);
            sheet.open = true;
        }
    }

    fn further(
        &self,
        page: &PageAddress,
        memory: &Memory,
        bodies: &[(Payload, Body<'_>)],
        number: usize,
    ) -> Option<String> {
        let list = bodies.iter().find(|(payload, _)| payload.key == "incidents").and_then(|(_, body)| body.json())?;
        let rows = list.get("items").and_then(Value::as_array)?;
        let first =
            self.asks(page, memory, Timestamp::from_second(0)).into_iter().find(|ask| ask.key == "incidents")?;
        (rows.len() >= PER_PAGE).then(|| first.url.replace("&page=1&", &format!("&page={number}&")))
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        sheet.components.sort_by(|one, other| (&one.group, &one.name).cmp(&(&other.group, &other.name)));
        // What both lists tell is told best by the one with comments.
        sheet.incidents = report::merged(std::mem::take(&mut sheet.incidents));
        // An incident names services and installations apart; not every installation has every service.
        let exists = |part: &ComponentRef, sheet: &Sheet| sheet.components.iter().any(|one| one.id == part.id);
        for at in 0..sheet.incidents.len() {
            let named = sheet.incidents.get(at).map(|one| one.components.clone()).unwrap_or_default();
            let there: Vec<_> = named.into_iter().filter(|part| exists(part, sheet)).collect();
            if let Some(report) = sheet.incidents.get_mut(at).filter(|_| !there.is_empty()) {
                report.components = there;
            }
        }
        sheet.blame(blamed);
    }

    fn hosts(&self) -> &'static [&'static str] {
        &["status.yandex.cloud", "status.cloud.yandex.ru", "status.cloud.yandex.com"]
    }
}

fn has(row: &Value, key: &str) -> bool {
    row.get(key).is_some_and(|value| !value.is_null())
}

fn is_list(row: &Value, key: &str) -> bool {
    row.get(key).is_some_and(Value::is_array)
}

fn services(root: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let mut told: BTreeMap<String, (Node<'_>, Vec<ComponentRef>)> = BTreeMap::new();
    for row in root.objects("", sheet) {
        let (slug, code) = (row.string("slug"), row.string("installationCode"));
        if slug.is_empty() || code.is_empty() || !is_list(row.value, "incidents") {
            sheet.doubt(row.place(""), "A service should have a slug, an installation and a list of incidents.");
        }
        let name = row.text("name").map_or_else(|| slug.clone(), |name| name.into_owned());
        let part = named_part(id_of(&slug, &code), name);
        sheet.component(part.id.clone(), part.name.clone(), vec![code.to_uppercase()], Health::Operational);
        for open in row.objects("incidents", sheet) {
            told.entry(open.string("id")).or_insert_with(|| (open.clone(), Vec::new())).1.push(part.clone());
        }
    }
    for (row, parts) in told.into_values() {
        incident(&row, parts, now, sheet);
    }
}

fn id_of(slug: &str, code: &str) -> String {
    format!("{slug}-{code}")
}

/// Every service in every installation that an incident names.
fn parts(row: &Node<'_>, sheet: &mut Sheet) -> Vec<ComponentRef> {
    let installations = row.objects("installations", sheet);
    let codes: Vec<_> = installations.iter().filter_map(|one| one.text("code")).collect();
    let services = row.objects("services", sheet);
    let named = services.iter().filter_map(|one| Some((one.text("slug")?, one.string("name"))));
    named
        .flat_map(|(slug, name)| {
            codes.iter().map(move |code| named_part(id_of(&slug, code), name.clone())).collect::<Vec<_>>()
        })
        .collect()
}

fn incident(row: &Node<'_>, components: Vec<ComponentRef>, now: Timestamp, sheet: &mut Sheet) {
    let mut updates = Vec::new();
    for comment in row.objects("comments", sheet) {
        let said = sheet.word(&comment, "type", |word| match word {
            "investigation" => Some(Some(Stage::Investigating)),
            "update" => Some(None),
            other => words::stage(other).map(Some),
        });
        let at = sheet.time(&comment, "createdAt");
        let (id, body) = (comment.string("id"), body(&comment, "content"));
        updates.push(Draft { id, stage: said.flatten(), at, stored_at: None, body });
    }
    let last = updates.iter().max_by_key(|update| update.at).and_then(|update| update.stage);
    let end = sheet.time(row, "endDate");
    let closed = last == Some(Stage::Resolved) && end.is_some_and(|end| Timestamp::from_jiff(end) <= now);
    let reported = causes(row, sheet);
    let open = updates.iter().filter(|update| update.stage.is_some_and(|stage| !stage.is_terminal()));
    let open = open.max_by_key(|update| update.at).and_then(|update| update.stage).unwrap_or(Stage::Investigating);
    let stage = match row.string("status").as_str() {
        "resolved" | "withReport" if reported.is_some() => Stage::Postmortem,
        "resolved" | "withReport" => Stage::Resolved,
        "open" if closed => Stage::Resolved,
        "open" => open,
        other => {
            sheet.doubt(row.place("status"), format!("`{other}` is no status we know."));
            open
        }
    };
    updates.extend(reported);
    let id = row.string("id");
    let started_at = sheet.time(row, "startDate").or_else(|| sheet.time(row, "createdAt"));
    let told = Told {
        title: row.string("title"),
        url: (!id.is_empty()).then(|| format!("{PAGE}/en/incidents/{id}")),
        impact: sheet.word(row, "levelId", |word| match word {
            "1" => Some(Impact::Minor),
            "2" => Some(Impact::Critical),
            _ => None,
        }),
        stage: Some(stage),
        started_at,
        resolved_at: end.filter(|end| started_at.is_none_or(|start| start <= *end)),
        components,
        updates,
        id,
    };
    sheet.incident(told, row);
}

/// The report of causes, once it is published.
fn causes(row: &Node<'_>, sheet: &mut Sheet) -> Option<Draft<Stage>> {
    if row.flag("isReportPublished") != Some(true) || !row.has("report") {
        return None;
    }
    let at = sheet.time(row, "reportPublishedTime");
    Some(Draft {
        id: "report".to_owned(),
        stage: Some(Stage::Postmortem),
        at,
        stored_at: None,
        body: body(row, "report"),
    })
}
