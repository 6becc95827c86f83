//! Microsoft Graph: `admin/serviceAnnouncement/healthOverviews` and `/issues`, asked with a token of the tenant.

use serde_json::Value;
use tocsin_domain::{Health, HttpAsk, Impact, Stage, Timestamp};

use super::plain;
use crate::kit::html;
use crate::kit::node::Node;
use crate::kit::report::Draft;
use crate::kit::sheet::{Sheet, Told, named_part};
use crate::kit::simple::Body;
use crate::{Evidence, PageAddress, Payload};

const HOSTS: [&str; 3] = ["graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us"];
const BELOW: &str = "v1.0/admin/serviceAnnouncement";
/// Closed issues are asked for so far back (seconds): 30 days.
const HISTORY_S: i64 = 30 * 24 * 3600;
/// A list is followed so many parts further; with the first part of each no more than eight are asked.
fn most_parts(key: &str) -> usize {
    if key.starts_with("history") { 1 } else { 2 }
}

/// The name of the link to the next part of a list.
const NEXT: &str = "@odata.nextLink";
const CONTEXT: &str = "@odata.context";

/// The page is Graph's, in whichever of its clouds.
pub fn is_at(page: &PageAddress) -> bool {
    page.url.host_str().is_some_and(|host| HOSTS.contains(&host))
}

pub fn asks(page: &PageAddress, now: Timestamp) -> Vec<HttpAsk> {
    let since = now.plus(-HISTORY_S).to_string();
    let day = since.get(..10).unwrap_or_default();
    let asked = |key: &str, path: &str, filter: Option<String>| {
        let mut url = page.url.clone();
        url.set_path(&format!("/{BELOW}/{path}"));
        url.set_query(filter.map(|filter| format!("$filter={}", filter.replace(' ', "%20"))).as_deref());
        url.set_fragment(None);
        HttpAsk::get(key, url.to_string())
    };
    vec![
        asked("services", "healthOverviews", None),
        asked("notices", "issues", Some("isResolved eq false".to_owned())),
        asked("history", "issues", Some(format!("lastModifiedDateTime ge {day}T00:00:00Z"))),
    ]
}

/// The rest of a list that was cut into parts.
pub fn more(bodies: &[(Payload, Body<'_>)]) -> Vec<HttpAsk> {
    let link = |(payload, body): &(Payload, Body<'_>)| {
        let next = body.json()?.get(NEXT)?.as_str()?.to_owned();
        let here = url::Url::parse(&payload.url).ok()?;
        let there = url::Url::parse(&next).ok()?;
        // The token goes nowhere else.
        let same = here.host_str() == there.host_str() && there.scheme() == here.scheme();
        let parts = payload.key.matches('+').count();
        (same && parts < most_parts(&payload.key)).then(|| HttpAsk::get(format!("{}+", payload.key), next))
    };
    bodies.iter().filter_map(link).collect()
}

pub fn recognise(json: &Value) -> Option<Evidence> {
    let list = json.get("value")?.as_array()?;
    let first = list.first();
    let says = |key: &str| first.and_then(|one| one.get(key)).is_some_and(Value::is_string);
    let context = json.get(CONTEXT).and_then(Value::as_str).unwrap_or_default();
    let ours =
        context.contains("serviceAnnouncement/healthOverviews") || context.contains("serviceAnnouncement/issues");
    let issue = first.and_then(|one| one.get("isResolved")).is_some() && says("service") && says("startDateTime");
    let service = says("service") && says("status") && says("id");
    (ours && (issue || service || list.is_empty()) || issue)
        .then(|| Evidence { confidence: 97, seen: "Microsoft Graph's service announcements".to_owned() })
}

pub fn read(payload: &Payload, json: &Value, sheet: &mut Sheet) {
    let root = Node::root(json);
    let context = root.text(CONTEXT).unwrap_or_default();
    let rows = root.objects("value", sheet);
    let of_issues = context.contains("/issues") || rows.first().is_some_and(|row| row.names("isResolved"));
    for row in &rows {
        if of_issues { issue(row, sheet) } else { service(row, sheet) }
    }
    let whole = !root.has(NEXT);
    let cut = !whole && (payload.key.is_empty() || payload.key.matches('+').count() >= most_parts(&payload.key));
    if !of_issues {
        if rows.is_empty() || cut {
            sheet.doubt("value", "The list of services is empty or not whole.");
        }
        return;
    }
    if cut {
        sheet.problem("incomplete", payload.key.clone(), "The list goes on; the rest of it was not read.");
    }
    if payload.key.starts_with("history") {
        sheet.history_since = sheet.history_since.or_else(|| since(payload).filter(|_| whole));
    } else if payload.key == "notices" || payload.key.is_empty() {
        sheet.open = whole;
    } else if whole {
        // The last part of what was still open.
        sheet.open = true;
    }
}

/// The day since which the history was asked.
fn since(payload: &Payload) -> Option<Timestamp> {
    let (_, rest) = payload.url.split_once("ge%20").or_else(|| payload.url.split_once("ge "))?;
    rest.get(..20)?.replace("%3A", ":").parse().ok()
}

fn service(row: &Node<'_>, sheet: &mut Sheet) {
    let name = row.text("service").map(|name| name.trim().to_owned()).unwrap_or_default();
    let id = row.text("id").map_or_else(|| name.clone(), std::borrow::Cow::into_owned);
    if name.is_empty() {
        sheet.doubt(row.place("service"), "The service has no name.");
        return;
    }
    let health = sheet.health(row, "status", health);
    sheet.component(id, name, Vec::new(), health);
    for one in row.objects("issues", sheet) {
        issue(&one, sheet);
    }
}

fn issue(row: &Node<'_>, sheet: &mut Sheet) {
    let resolved = row.flag("isResolved");
    if resolved.is_none() {
        sheet.doubt(row.place("isResolved"), "The issue does not say whether it is resolved.");
    }
    let over = resolved == Some(true);
    let said = sheet.word(row, "status", stage).unwrap_or(Stage::Investigating);
    let stage = match (over, said) {
        (true, Stage::Postmortem) => Stage::Postmortem,
        (true, _) => Stage::Resolved,
        (false, said) if said.is_terminal() => Stage::Monitoring,
        (false, said) => said,
    };
    let end = sheet.time(row, "endDateTime").filter(|_| over);
    let mut updates: Vec<Draft<Stage>> = row.objects("posts", sheet).iter().map(|post| update(post, sheet)).collect();
    if over && let Some(last) = updates.iter_mut().max_by_key(|update| update.at) {
        last.stage = Some(stage);
    }
    let name = row.text("service").map(|name| name.trim().to_owned());
    let told = Told {
        id: row.string("id"),
        title: html::to_text(&row.string("title")),
        impact: impact(row, sheet),
        stage: Some(stage),
        started_at: sheet.time(row, "startDateTime"),
        resolved_at: end,
        components: name.map(|name| named_part(name.clone(), name)).into_iter().collect(),
        updates,
        url: None,
    };
    sheet.incident(told, row);
}

fn update(post: &Node<'_>, sheet: &mut Sheet) -> Draft<Stage> {
    let at = sheet.time(post, "createdDateTime");
    let text = post.at("description").string("content");
    Draft { id: String::new(), stage: None, at, stored_at: None, body: html::mixed_to_markdown(&text) }
}

/// Issues name the service, services have an id too.
pub fn name_services(sheet: &mut Sheet) {
    let ids: Vec<(String, String)> = sheet.components.iter().map(|one| (one.name.clone(), one.id.clone())).collect();
    for part in sheet.incidents.iter_mut().flat_map(|one| &mut one.components) {
        if let Some((_, id)) = ids.iter().find(|(name, _)| *name == part.name) {
            part.id.clone_from(id);
        }
    }
}

fn health(word: &str) -> Option<Health> {
    Some(match plain(word).as_str() {
        "serviceoperational"
        | "servicerestored"
        | "falsepositive"
        | "postincidentreviewpublished"
        | "resolved"
        | "resolvedexternal" => Health::Operational,
        "investigating"
        | "restoringservice"
        | "verifyingservice"
        | "servicedegradation"
        | "extendedrecovery"
        | "investigationsuspended"
        | "mitigated"
        | "mitigatedexternal"
        | "confirmed"
        | "reported" => Health::Degraded,
        "serviceinterruption" => Health::MajorOutage,
        _ => return None,
    })
}

fn stage(word: &str) -> Option<Stage> {
    Some(match plain(word).as_str() {
        "investigating"
        | "reported"
        | "confirmed"
        | "servicedegradation"
        | "serviceinterruption"
        | "investigationsuspended" => Stage::Investigating,
        "restoringservice" | "extendedrecovery" => Stage::Identified,
        "verifyingservice" | "mitigated" | "mitigatedexternal" => Stage::Monitoring,
        "serviceoperational" | "servicerestored" | "falsepositive" | "resolved" | "resolvedexternal" => Stage::Resolved,
        "postincidentreviewpublished" => Stage::Postmortem,
        _ => return None,
    })
}

/// An advisory is of some users or of one feature; an interruption is the worst there is.
fn impact(row: &Node<'_>, sheet: &mut Sheet) -> Option<Impact> {
    if row.text("status").is_some_and(|status| plain(&status) == "serviceinterruption") {
        return Some(Impact::Critical);
    }
    let kind = |word: &str| match plain(word).as_str() {
        "advisory" => Some(Impact::Minor),
        "incident" => Some(Impact::Major),
        _ => None,
    };
    row.has("classification").then(|| sheet.word(row, "classification", kind)).flatten()
}
