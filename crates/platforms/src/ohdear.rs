//! Oh Dear: `json` below a status page. Known from the vendor's documentation and from one answer of a real page that
//! another project keeps for its tests.
//!
//! Oddities: sites stand in groups by name, messages by day (seconds since 1970), and no group or day at all is PHP's
//! empty list; sites have no ids and are known by their addresses; messages are announcements, each of its own: that a
//! site "appears to be down" and "has recovered" belong together by the site's label, of the others only the pinned one
//! is told, while it is pinned and no news.

use tocsin_domain::{ComponentRef, Health, HttpAsk, Impact, Stage, Timestamp};

use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Sheet, Told, body, named_part};
use crate::kit::simple::{Body, Simple};
use crate::{Evidence, Memory, PageAddress, Payload};

pub(crate) static READER: OhDear = OhDear;

pub(crate) struct OhDear;

impl Simple for OhDear {
    fn name(&self) -> &'static str {
        "ohdear"
    }

    fn asks(&self, page: &PageAddress, _memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![HttpAsk::get("json", page.below("json"))]
    }

    fn needs(&self) -> &'static [&'static str] {
        &["json"]
    }

    fn recognise(&self, _payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        let json = body.json()?;
        let has = |key: &str| json.get(key).is_some();
        (has("summarizedStatus") && has("sites") && has("updatesPerDay"))
            .then(|| Evidence { confidence: 96, seen: "`summarizedStatus` and `updatesPerDay` of Oh Dear".to_owned() })
    }

    fn read(&self, _payload: &Payload, body: &Body<'_>, _now: Timestamp, sheet: &mut Sheet) {
        let Some(json) = body.json() else { return };
        let root = Node::root(json);
        sheet.page.name = root.text("title").map(|text| text.into_owned());
        sheet.page.time_zone = root.text("timezone").map(|text| text.into_owned());
        let whole = sheet.health(&root, "summarizedStatus", health);
        if !root.has("sites") {
            sheet.doubt("sites", "The page should list its sites.");
        }
        let groups = root.fields("sites", sheet);
        for (group, sites) in &groups {
            for row in sites.objects("", sheet) {
                site(group, &row, sheet);
            }
        }
        if sheet.components.is_empty() && !groups.is_empty() {
            sheet.doubt("sites", "There are groups of sites, and no site.");
        }
        let pinned = root.at("pinnedUpdate");
        if pinned.is_object() {
            message(&pinned, sheet);
        } else if !pinned.is_null() && pinned.value.as_array().is_none_or(|list| !list.is_empty()) {
            sheet.doubt("pinnedUpdate", "This should be a message.");
        }
        outages(&root, sheet);
        sheet.open = true;
        sheet.overall("summarizedStatus", whole);
    }

    fn probes(&self) -> &'static [&'static str] {
        &["json"]
    }
}

fn site(group: &str, row: &Node<'_>, sheet: &mut Sheet) {
    let (url, label) = (row.string("url"), row.string("label"));
    let id = if url.is_empty() { label.clone() } else { url };
    if id.is_empty() {
        sheet.doubt(row.place(""), "The site has neither an address nor a label.");
        return;
    }
    let name = if label.is_empty() { id.clone() } else { label };
    let group = if matches!(group, "ungrouped" | "") { Vec::new() } else { vec![group.to_owned()] };
    let health = sheet.health(row, "status", health);
    sheet.component(id, name, group, health);
}

fn health(word: &str) -> Option<Health> {
    Some(match word {
        "up" => Health::Operational,
        "degraded" | "warning" => Health::Degraded,
        "down" => Health::MajorOutage,
        "maintenance" | "scheduled" => Health::Maintenance,
        _ => return None,
    })
}

/// What the machine itself writes of a site.
const DOWN: &str = " appears to be down.";
const UP: &str = " has recovered.";

/// The outages of the days that are listed. One without an end is open only while its site is down.
fn outages(root: &Node<'_>, sheet: &mut Sheet) {
    let mut messages = Vec::new();
    for (_, day) in root.fields("updatesPerDay", sheet) {
        messages.extend(day.objects("", sheet));
    }
    messages.sort_by_key(|row| row.number("time"));
    let mut found: Vec<(String, Node<'_>, Option<Node<'_>>)> = Vec::new();
    for row in messages {
        let title = row.string("title");
        if let Some(label) = title.strip_suffix(DOWN) {
            found.push((label.to_owned(), row, None));
        } else if let Some(label) = title.strip_suffix(UP)
            && let Some(known) = found.iter_mut().rev().find(|(of, _, end)| of == label && end.is_none())
        {
            known.2 = Some(row);
        }
    }
    for (label, begun, ended) in found {
        let site = sheet.components.iter().find(|one| one.name == label);
        if ended.is_none() && site.is_none_or(|site| site.health < Health::Degraded) {
            continue;
        }
        let scope: Vec<ComponentRef> =
            site.map(|site| named_part(site.id.clone(), site.name.clone())).into_iter().collect();
        let mut updates = Vec::new();
        for (row, stage) in [(Some(&begun), Stage::Investigating), (ended.as_ref(), Stage::Resolved)] {
            let Some(row) = row else { continue };
            let at = sheet.time(row, "time");
            updates.push(Draft {
                id: row.string("id"),
                stage: Some(stage),
                at,
                stored_at: None,
                body: body(row, "text"),
            });
        }
        let told = Told {
            id: begun.string("id"),
            title: begun.string("title"),
            started_at: updates.first().and_then(|update| update.at),
            components: scope,
            updates,
            ..Told::default()
        };
        sheet.incident(told, &begun);
    }
    let closed = sheet.incidents.iter().filter(|one| one.is_closed());
    sheet.history_since = closed.filter_map(|one| one.started_at).min();
}

/// The message on top is about now. Its severity says what it is.
fn message(row: &Node<'_>, sheet: &mut Sheet) {
    let Some((impact, stage)) = sheet.word(row, "severity", |word| {
        Some(match word {
            "info" | "scheduled" => (Impact::None, None),
            "warning" => (Impact::Minor, Some(Stage::Investigating)),
            "high" => (Impact::Major, Some(Stage::Investigating)),
            "resolved" => (Impact::None, Some(Stage::Resolved)),
            _ => return None,
        })
    }) else {
        sheet.doubt(row.place("severity"), "It may be trouble.");
        return;
    };
    // News and work to come are no incidents.
    let Some(stage) = stage else { return };
    let at = sheet.time(row, "time");
    let id = row.text("id").map_or_else(|| row.string("time"), |id| id.into_owned());
    let update = Draft { id: String::new(), stage: Some(stage), at, stored_at: None, body: body(row, "text") };
    let told = Told {
        id,
        title: row.string("title"),
        impact: Some(impact),
        stage: Some(stage),
        started_at: at,
        updates: vec![update],
        ..Told::default()
    };
    sheet.incident(told, row);
}
