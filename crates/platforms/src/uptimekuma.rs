//! Uptime Kuma 1 and 2: `api/status-page/<slug>` (what is shown), `api/status-page/heartbeat/<slug>` (how it is) and
//! `…/<slug>/incident-history` (version 2.1 and later).
//!
//! Held against the software itself, versions 1.23 and 2.5. Oddities: a domain of its own shows the page at `/`, and
//! only its HTML names the slug; times are UTC without saying so, but a window of single work is in the work's own zone;
//! version 1 has one `incident` or null, version 2 a list; only pinned incidents are current, and one that is unpinned
//! or resolved is gone from the page; a paused service keeps its last heartbeat for ever; a name that does not exist is
//! answered by the program's own page with HTTP 200.

use std::collections::BTreeMap;

use serde_json::Value;
use tocsin_domain::{Component, Health, HttpAsk, Impact, MaintenanceStage, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Planned, Sheet, Told, body as text_of};
use crate::kit::silence::is_silent;
use crate::kit::simple::{Body, Simple};
use crate::kit::{dates, html};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: UptimeKuma = UptimeKuma;

pub(crate) struct UptimeKuma;

const SLUG: &str = "slug";
/// What a body is.
enum Kind {
    Page,
    Beats,
    History,
}

impl Simple for UptimeKuma {
    fn name(&self) -> &'static str {
        "uptimekuma"
    }

    fn asks(&self, page: &PageAddress, memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        match slug_in_path(page.url.path()).or_else(|| memory.text(SLUG)) {
            Some(slug) => surfaces(page, slug),
            None => vec![HttpAsk::get("home", page.url.to_string())],
        }
    }

    fn needs(&self) -> &'static [&'static str] {
        &["page", "beats"]
    }

    fn weighs(&self, key: &str) -> bool {
        key == "beats"
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let sure = |confidence, seen: &str| Some(Evidence { confidence, seen: seen.to_owned() });
        match (kind(body), body.html().and_then(slug_in_html)) {
            (Some(Kind::Page), _) => sure(96, "Uptime Kuma's `config.slug` and `publicGroupList`"),
            (Some(Kind::Beats), _) => sure(94, "Uptime Kuma's `heartbeatList` and `uptimeList`"),
            (Some(Kind::History), _) => sure(90, "Uptime Kuma's list of incidents with `nextCursor`"),
            (None, Some(_)) => sure(92, "a page of Uptime Kuma, with its `preloadData`"),
            (None, None) => None,
        }
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet) {
        let (Some(kind), Some(json)) = (kind(body), body.json()) else { return };
        let root = Node::root(json);
        match kind {
            Kind::Page => page(&root, sheet),
            Kind::Beats => beats(&root, now, sheet),
            Kind::History => history(&root, sheet),
        }
    }

    fn more(
        &self,
        page: &PageAddress,
        memory: &mut Memory,
        bodies: &[(Payload, Body<'_>)],
        _now: Timestamp,
    ) -> Vec<HttpAsk> {
        let home = bodies.iter().find(|(payload, _)| payload.key == "home");
        let Some(slug) = home.and_then(|(_, body)| slug_in_html(body.html()?)) else { return Vec::new() };
        memory.set(SLUG, slug);
        surfaces(page, slug)
    }

    fn finish(&self, sheet: &mut Sheet, _now: Timestamp) {
        let unmeasured = sheet.components.iter().filter(|one| one.health == Health::Unknown).count();
        if unmeasured > 0 || sheet.components.is_empty() {
            let of = sheet.components.len();
            sheet.problem(
                "not_measured",
                "heartbeatList",
                format!("Of {unmeasured} of {of} services it says nothing."),
            );
        }
        for component in &mut sheet.components {
            if component.name.is_empty() {
                component.name.clone_from(&component.id);
            }
        }
    }
}

fn surfaces(page: &PageAddress, slug: &str) -> Vec<HttpAsk> {
    vec![
        HttpAsk::get("page", page.at_root(&format!("api/status-page/{slug}"))),
        HttpAsk::get("beats", page.at_root(&format!("api/status-page/heartbeat/{slug}"))),
        HttpAsk::get("history", page.at_root(&format!("api/status-page/{slug}/incident-history"))),
    ]
}

/// `/status/harbour`.
fn slug_in_path(path: &str) -> Option<&str> {
    let slug = path.strip_prefix("/status/")?.split('/').next()?;
    is_slug(slug).then_some(slug)
}

/// The page names its manifest, and its data in a script: `{'config':{'slug':'harbour',…`.
fn slug_in_html(text: &str) -> Option<&str> {
    let (_, data) = text.split_once("window.preloadData")?;
    let (_, data) = data.get(..data.floor_char_boundary(400))?.split_once("slug")?;
    let slug = data.trim_start_matches(['\'', '"', ':', ' ']).split(['\'', '"']).next()?;
    is_slug(slug).then_some(slug)
}

fn is_slug(slug: &str) -> bool {
    !slug.is_empty() && slug.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
}

fn kind(body: &Body<'_>) -> Option<Kind> {
    let json = body.json()?;
    let is_object = |key: &str| json.get(key).is_some_and(Value::is_object);
    let is_list = |key: &str| json.get(key).is_some_and(Value::is_array);
    if is_list("publicGroupList") && json.pointer("/config/slug").is_some_and(Value::is_string) {
        Some(Kind::Page)
    } else if is_object("heartbeatList") && is_object("uptimeList") {
        Some(Kind::Beats)
    } else if json.get("ok") == Some(&Value::Bool(true)) && is_history(json) {
        Some(Kind::History)
    } else {
        None
    }
}

/// Pages of incidents are not Uptime Kuma's alone; its rows are.
fn is_history(json: &Value) -> bool {
    let paged = json.get("hasMore").is_some_and(Value::is_boolean) && json.get("nextCursor").is_some();
    let ours = |row: &Value| row.get("createdDate").is_some() && row.get("style").is_some() && row.get("pin").is_some();
    let rows = json.get("incidents").and_then(Value::as_array);
    paged && json.get("total").is_some() && rows.is_some_and(|rows| rows.is_empty() || rows.iter().any(ours))
}

/// The services by id. The page knows their names, the heartbeats their health; either may be read first.
struct Services(BTreeMap<String, usize>);

impl Services {
    fn of(sheet: &Sheet) -> Self {
        Self(sheet.components.iter().enumerate().map(|(at, one)| (one.id.clone(), at)).collect())
    }

    fn entry<'a>(&mut self, id: &str, sheet: &'a mut Sheet) -> Option<&'a mut Component> {
        let next = sheet.components.len();
        let at = *self.0.entry(id.to_owned()).or_insert(next);
        if at == next {
            sheet.components.push(Component {
                id: id.to_owned(),
                name: String::new(),
                group: Vec::new(),
                health: Health::Unknown,
                hidden_while_operational: false,
            });
        }
        sheet.components.get_mut(at)
    }
}

fn page(root: &Node<'_>, sheet: &mut Sheet) {
    let config = root.at("config");
    sheet.page.id = config.text("slug").map(Into::into);
    sheet.page.name = config.text("title").map(Into::into);
    let mut services = Services::of(sheet);
    for group in root.objects("publicGroupList", sheet) {
        for monitor in group.objects("monitorList", sheet) {
            let Some(id) = monitor.text("id") else {
                sheet.doubt(monitor.place("id"), "The service has no id.");
                continue;
            };
            if let Some(service) = services.entry(&id, sheet).filter(|service| service.name.is_empty()) {
                service.name = monitor.text("name").unwrap_or_else(|| id.clone()).into_owned();
                service.group = group.text("name").map(Into::into).into_iter().collect();
            }
        }
    }
    let one = root.at("incident");
    if root.has("incident") && !one.is_object() || !root.names("incident") && !root.names("incidents") {
        sheet.doubt("incidents", "The page should say which incidents are open.");
    }
    let listed = root.objects("incidents", sheet);
    for row in listed.iter().chain(one.is_object().then_some(&one)) {
        incident(row, true, sheet);
    }
    for row in root.objects("maintenanceList", sheet) {
        work(&row, sheet);
    }
    sheet.open = true;
}

fn beats(root: &Node<'_>, now: Timestamp, sheet: &mut Sheet) {
    let mut services = Services::of(sheet);
    let list = root.at("heartbeatList");
    for (id, _) in root.fields("heartbeatList", sheet) {
        let beats = list.objects(id, sheet);
        // Oldest first: the last one is how it is.
        let mut health = Health::Unknown;
        if let Some(last) = beats.last() {
            health = sheet.health(last, "status", |word| match word {
                "0" => Some(Health::MajorOutage),
                "1" => Some(Health::Operational),
                // It fails, and is tried again before it is called down: "partially degraded", says its page.
                "2" => Some(Health::Degraded),
                "3" => Some(Health::Maintenance),
                _ => None,
            });
            let time = |beat: &Node<'_>| dates::parse(&beat.text("time")?).map(|read| read.at);
            let times: Vec<_> = beats.iter().filter_map(time).collect();
            if is_silent(&times, now) {
                sheet.problem("stale", last.place("time"), "It was not measured for long: it may be paused.");
                health = Health::Unknown;
            }
        }
        if let Some(service) = services.entry(id, sheet) {
            service.health = health;
        }
    }
}

fn history(root: &Node<'_>, sheet: &mut Sheet) {
    for row in root.objects("incidents", sheet) {
        let current = row.flag("active") != Some(false) && row.flag("pin") != Some(false);
        incident(&row, current, sheet);
    }
    sheet.history_since = sheet.incidents.iter().filter_map(|one| one.started_at).min();
}

fn incident(row: &Node<'_>, open: bool, sheet: &mut Sheet) {
    // The style is a colour; two of them warn.
    let impact = sheet.word(row, "style", |word| match word {
        "info" | "primary" | "light" | "dark" => Some(Impact::None),
        "warning" => Some(Impact::Minor),
        "danger" => Some(Impact::Major),
        _ => None,
    });
    let began = sheet.utc(row, "createdDate");
    let touched = sheet.utc(row, "lastUpdatedDate");
    // Its text is written anew, not added to.
    let mut updates = vec![Draft {
        id: "~first".to_owned(),
        stage: Some(Stage::Investigating),
        at: began,
        stored_at: began,
        body: text_of(row, "content"),
    }];
    if !open && touched.is_some() {
        updates.push(Draft {
            id: "~end".to_owned(),
            stage: Some(Stage::Resolved),
            at: touched,
            stored_at: touched,
            body: String::new(),
        });
    }
    let told = Told {
        id: row.string("id"),
        title: html::to_text(&row.string("title")),
        impact,
        stage: Some(if open { Stage::Investigating } else { Stage::Resolved }),
        started_at: began,
        resolved_at: if open { None } else { touched },
        updates,
        ..Told::default()
    };
    sheet.incident(told, row);
}

fn work(row: &Node<'_>, sheet: &mut Sheet) {
    let stage = sheet.word(row, "status", |word| match word {
        "scheduled" => Some(MaintenanceStage::Scheduled),
        "under-maintenance" => Some(MaintenanceStage::InProgress),
        "ended" => Some(MaintenanceStage::Completed),
        "inactive" => Some(MaintenanceStage::Cancelled),
        _ => None,
    });
    let slots = row.objects("timeslotList", sheet);
    let offset = row.text("timezoneOffset").unwrap_or_default();
    let time = |key: &str, sheet: &mut Sheet| {
        let text = slots.first()?.text(key)?;
        let zoned = if text.ends_with('Z') { text.into_owned() } else { format!("{}{offset}", text.replace(' ', "T")) };
        let read = dates::parse(&zoned);
        if read.is_none() {
            sheet.problem("bad_time", row.place("timeslotList"), format!("`{zoned}` is no time we can read."));
        }
        read.map(|instant| instant.at)
    };
    let (starts_at, ends_at) = (time("startDate", sheet), time("endDate", sheet));
    // Work that comes again and again keeps its number: its start tells which one it is.
    let again = !matches!(row.text("strategy").as_deref(), Some("single" | "manual") | None);
    let id = row.string("id");
    let id = match starts_at.filter(|_| again && !id.is_empty()) {
        Some(start) => format!("{id}-{}", start.as_second()),
        None => id,
    };
    let description = text_of(row, "description");
    let updates = if description.is_empty() {
        Vec::new()
    } else {
        vec![Draft { id: "~first".to_owned(), stage: None, at: None, stored_at: None, body: description }]
    };
    let title = html::to_text(&row.string("title"));
    sheet.work(Planned { id, title, stage, starts_at, ends_at, updates, ..Planned::default() }, row);
}
