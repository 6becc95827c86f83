//! Statuspage's JSON, and incident.io's imitation of it, become a reading.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp as Precise;
use tocsin_domain::maintenance::Work;
use tocsin_domain::{Component, ComponentRef, Health, Impact, Problem, Report, Stage, Timestamp};

use super::wire::{self, Document, Text};
use crate::kit::report::{self, Draft};
use crate::kit::words::{self, Phase};
use crate::kit::{dates, html};

/// `incidents.json` holds this many incidents; fewer means that it holds all there ever were.
pub const HISTORY_LENGTH: usize = 50;

/// What one document says, before several are put together.
#[derive(Debug, Default)]
pub struct Part {
    pub page: tocsin_domain::Page,
    pub indicator: Option<Health>,
    pub components: Vec<Component>,
    pub incidents: Vec<Report>,
    pub works: Vec<Work>,
    /// All open incidents are in it.
    pub open: bool,
    /// All closed incidents since then are in it.
    pub history_since: Option<Timestamp>,
    /// Something in it was too odd to be read: the page may be worse than what could be read.
    pub doubtful: bool,
    pub problems: Vec<Problem>,
}

/// Which surface a document came from, as far as its ask or its address tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// `incidents.json`: with closed ones.
    History,
    /// `incidents/unresolved.json` and the like.
    Other,
    /// A file from disk: only the document itself can tell.
    Untold,
}

/// Reads one document. The caller has made sure of its anchor. `history_is_whole`: fewer than fifty incidents in the
/// history mean that there were no others (true for Statuspage, not for its imitation).
pub fn part(document: &Document<'_>, surface: Surface, history_is_whole: bool) -> Part {
    let mut part = Part::default();
    if let Some(page) = &document.page {
        part.page = tocsin_domain::Page {
            id: page.id.option(),
            name: page.name.option(),
            url: page.url.option(),
            time_zone: page.time_zone.option(),
        };
    }
    for (path, detail) in &document.unreadable {
        part.doubtful = true;
        part.problems.push(Problem::new("bad_shape", path.clone(), detail));
    }
    if let Some(word) = document.indicator() {
        part.indicator = words::indicator_health(word);
        if part.indicator.is_none() {
            part.problems.push(unknown("status.indicator", word));
        }
    }
    components(document, &mut part);
    // Without the anchor of the whole, a list may be any list.
    let is_summary = document.indicator().is_some();
    incidents(document, &mut part);
    let closed = part.incidents.iter().any(Report::is_closed);
    let history = surface == Surface::History || (surface == Surface::Untold && !is_summary && closed);
    if document.incidents.is_some() {
        part.open = is_summary || surface == Surface::History || surface == Surface::Untold;
        if history {
            part.history_since = Some(history_since(&part.incidents, history_is_whole));
        }
    }
    part
}

/// The fifty last incidents reach back to the earliest of them; a shorter list holds everything since the page began,
/// which is written as 1970: an incident that is missing from it was taken away.
fn history_since(incidents: &[Report], history_is_whole: bool) -> Timestamp {
    let earliest = incidents.iter().filter_map(|report| report.started_at).min();
    let beginning = Timestamp::from_second(0);
    if history_is_whole && incidents.len() < HISTORY_LENGTH { beginning } else { earliest.unwrap_or(beginning) }
}

fn components(document: &Document<'_>, part: &mut Part) {
    let rows = document.components.as_deref().unwrap_or_default();
    let groups: HashMap<&str, &wire::Component<'_>> =
        rows.iter().filter(|row| row.group).filter_map(|row| row.id.as_str().map(|id| (id, row))).collect();
    part.components.reserve(rows.len() - groups.len().min(rows.len()));
    for (index, row) in rows.iter().enumerate().filter(|(_, row)| !row.group) {
        let (Some(id), Some(name)) = (row.id.as_str().or(row.name.as_str()), row.name.as_str().or(row.id.as_str()))
        else {
            part.doubtful = true;
            part.problems.push(Problem::new(
                "bad_shape",
                format!("components[{index}]"),
                "It has neither id nor name.",
            ));
            continue;
        };
        let health = row.status.as_str().and_then(words::component_health);
        if health.is_none() {
            let place = format!("components[{index}].status");
            part.problems.push(unknown(&place, row.status.as_str().unwrap_or("nothing")));
        }
        part.components.push(Component {
            id: id.to_owned(),
            name: name.to_owned(),
            group: path(row, &groups),
            health: health.unwrap_or_default(),
            hidden_while_operational: row.only_show_if_degraded,
        });
    }
}

/// Names of the groups around a row, outermost first. The API knows one level; more are read, loops are not.
fn path(row: &wire::Component<'_>, groups: &HashMap<&str, &wire::Component<'_>>) -> Vec<String> {
    let mut path = Vec::new();
    let mut group = row.group_id.as_str().and_then(|id| groups.get(id));
    while let Some(row) = group.filter(|_| path.len() < 8) {
        path.insert(0, row.name.owned());
        group = row.group_id.as_str().and_then(|id| groups.get(id));
    }
    path
}

fn incidents(document: &Document<'_>, part: &mut Part) {
    let page_url = document.page.as_ref().and_then(|page| page.url.as_str());
    let lists = [("incidents", &document.incidents), ("scheduled_maintenances", &document.scheduled_maintenances)];
    for (list, incidents) in lists {
        for (index, incident) in incidents.iter().flatten().enumerate() {
            let place = format!("{list}[{index}]");
            if incident.id.as_str().is_none() && incident.name.as_str().is_none() {
                part.doubtful = true;
                part.problems.push(Problem::new("bad_shape", place, "It has neither id nor name."));
            } else if list == "scheduled_maintenances" || is_work(incident) {
                part.works.push(work(incident, page_url, &place, &mut part.problems));
            } else {
                part.incidents.push(report(incident, page_url, &place, &mut part.problems));
            }
        }
    }
}

/// Work that stands in the list of incidents: it has a window, or a stage that only work has.
fn is_work(incident: &wire::Incident<'_>) -> bool {
    incident.scheduled_for.as_str().is_some()
        || matches!(incident.status.as_str().and_then(words::phase), Some(Phase::Work(_)))
}

fn report(incident: &wire::Incident<'_>, page_url: Option<&str>, place: &str, problems: &mut Vec<Problem>) -> Report {
    let mut drafts = drafts(incident, place, problems, words::stage);
    drafts.extend(postmortem(incident));
    let updates = report::ordered(drafts);
    let word = incident.status.as_str();
    let stage = match (word, word.and_then(words::stage)) {
        (_, Some(stage)) => Some(stage),
        (None, None) => report::last_stage(&updates),
        (Some(word), None) => {
            problems.push(unknown(&format!("{place}.status"), word));
            // Whatever the word means, it does not say that the incident is over.
            Some(report::last_stage(&updates).filter(|stage| !stage.is_terminal()).unwrap_or(Stage::Investigating))
        }
    };
    let id = public_id(incident);
    let mut report = Report {
        url: url(incident, page_url, &id),
        title: incident.name.owned(),
        impact: impact(incident, place, problems),
        stage,
        started_at: time(&incident.started_at, place, "started_at", problems)
            .or_else(|| time(&incident.created_at, place, "created_at", problems))
            .map(Timestamp::from_jiff),
        resolved_at: time(&incident.resolved_at, place, "resolved_at", problems).map(Timestamp::from_jiff),
        components: scope(incident, stage.is_some_and(Stage::is_terminal)),
        updates,
        id,
    };
    report::settle(&mut report);
    report
}

fn work(incident: &wire::Incident<'_>, page_url: Option<&str>, place: &str, problems: &mut Vec<Problem>) -> Work {
    let updates = report::ordered(drafts(incident, place, problems, words::maintenance_stage));
    let word = incident.status.as_str();
    let stage = word.and_then(words::maintenance_stage);
    if let (Some(word), None) = (word, stage) {
        problems.push(unknown(&format!("{place}.status"), word));
    }
    let id = public_id(incident);
    Work {
        url: url(incident, page_url, &id),
        title: incident.name.owned(),
        stage: stage.or_else(|| report::last_work_stage(&updates)),
        starts_at: time(&incident.scheduled_for, place, "scheduled_for", problems).map(Timestamp::from_jiff),
        ends_at: time(&incident.scheduled_until, place, "scheduled_until", problems).map(Timestamp::from_jiff),
        components: scope(incident, false),
        updates,
        id,
    }
}

fn drafts<S>(
    incident: &wire::Incident<'_>,
    place: &str,
    problems: &mut Vec<Problem>,
    stage_of: impl Fn(&str) -> Option<S>,
) -> Vec<Draft<S>> {
    let updates = incident.incident_updates.iter().flatten().enumerate();
    let read = |(index, update): (usize, &wire::Update<'_>)| {
        let stage = update.status.as_str().and_then(&stage_of);
        let place = || format!("{place}.incident_updates[{index}]");
        if stage.is_none() {
            problems.push(unknown(&format!("{}.status", place()), update.status.as_str().unwrap_or("nothing")));
        }
        let mut read_time = |text: &Text<'_>, key: &str| {
            let read = text.as_str().map(dates::parse);
            if let Some(None) = read {
                problems.push(bad_time(&format!("{}.{key}", place()), text));
            }
            read.flatten().map(|instant| instant.at)
        };
        let shown = read_time(&update.display_at, "display_at");
        let stored_at = read_time(&update.created_at, "created_at");
        let body = update.body.as_str().map(html::tidy).unwrap_or_default();
        Draft { id: update.id.owned(), stage, at: shown.or(stored_at), stored_at, body }
    };
    updates.map(read).collect()
}

/// The text of a post-mortem that comes beside the updates, not among them.
fn postmortem(incident: &wire::Incident<'_>) -> Option<Draft<Stage>> {
    let body = incident.postmortem_body.as_str()?;
    let among = incident.incident_updates.iter().flatten().any(|update| update.status.as_str() == Some("postmortem"));
    let at = incident.postmortem_published_at.as_str().and_then(dates::parse)?.at;
    (!among).then(|| Draft {
        id: "~postmortem".to_owned(),
        stage: Some(Stage::Postmortem),
        at: Some(at),
        stored_at: Some(at),
        body: html::tidy(body),
    })
}

fn impact(incident: &wire::Incident<'_>, place: &str, problems: &mut Vec<Problem>) -> Option<Impact> {
    let word = incident.impact.as_str()?;
    let impact = words::impact(word);
    if impact.is_none() {
        problems.push(Problem::new(
            "unknown_impact",
            format!("{place}.impact"),
            format!("`{word}` is no impact we know."),
        ));
    }
    impact
}

/// The components it names. Statuspage unlinks them when an incident ends; what its updates named is used then.
fn scope(incident: &wire::Incident<'_>, closed: bool) -> Vec<ComponentRef> {
    let named = incident.components.iter().flatten().filter(|row| !row.group);
    let mut scope: Vec<ComponentRef> = named.filter_map(|row| component_ref(&row.id, &row.name)).collect();
    if scope.is_empty() && closed {
        let mut seen = HashSet::new();
        let updates =
            incident.incident_updates.iter().flatten().flat_map(|update| update.affected_components.iter().flatten());
        for affected in updates.filter_map(|affected| component_ref(&affected.code, &affected.name)) {
            if seen.insert(affected.clone()) {
                scope.push(affected);
            }
        }
    }
    scope
}

fn component_ref(id: &Text<'_>, name: &Text<'_>) -> Option<ComponentRef> {
    let name_or_id = name.as_str().or(id.as_str())?;
    Some(ComponentRef { id: id.owned(), name: name_or_id.to_owned() })
}

/// The id in its public address (`…/incidents/<id>`), else its own, else its name. A short link (`stspg.io/x`) holds
/// another id than the address it leads to.
pub fn public_id(incident: &wire::Incident<'_>) -> String {
    let address = incident.shortlink.as_str().and_then(incident_in);
    address.or(incident.id.as_str()).or(incident.name.as_str()).unwrap_or_default().to_owned()
}

/// The id in an address like `https://status.example/incidents/<id>`.
pub fn incident_in(address: &str) -> Option<&str> {
    let rest = address.rsplit_once("/incidents/")?.1;
    let id = rest.split(['/', '?', '#']).next()?;
    (!id.is_empty() && id.len() <= 64).then_some(id)
}

fn url(incident: &wire::Incident<'_>, page_url: Option<&str>, id: &str) -> Option<String> {
    incident
        .shortlink
        .option()
        .or_else(|| page_url.map(|page| format!("{}/incidents/{id}", page.trim_end_matches('/'))))
}

fn time(text: &Text<'_>, place: &str, key: &str, problems: &mut Vec<Problem>) -> Option<Precise> {
    let read = dates::parse(text.as_str()?);
    if read.is_none() {
        problems.push(bad_time(&format!("{place}.{key}"), text));
    }
    read.map(|instant| instant.at)
}

fn bad_time(place: &str, text: &Text<'_>) -> Problem {
    Problem::new("bad_time", place, format!("`{}` is no time we can read.", text.owned()))
}

fn unknown(place: &str, word: &str) -> Problem {
    Problem::new("unknown_status", place, format!("`{word}` is no status we know."))
}
