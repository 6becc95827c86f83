//! Cachet's lists become facts.

use std::collections::BTreeMap;

use jiff::Timestamp as Precise;
use serde_json::value::RawValue;
use tocsin_domain::maintenance::Work;
use tocsin_domain::{ComponentRef, Health, MaintenanceStage, Problem, Report, Stage, Timestamp};

use super::wire::{Component, Document, Group, Incident, Schedule, Surface};
use crate::kit::report::{self, Draft};
use crate::kit::{dates, html};
use crate::statuspage::Text;
use crate::statuspage::json::incident_in;

/// A component before its group is known.
#[derive(Debug)]
pub struct Row {
    pub id: String,
    pub name: String,
    pub group_id: String,
    pub health: Health,
}

/// What one page of one list says.
#[derive(Debug, Default)]
pub struct Part {
    pub surface: Option<Surface>,
    /// Number of this page, and of all there are.
    pub page: (usize, usize),
    pub rows: Vec<Row>,
    pub groups: BTreeMap<String, String>,
    pub incidents: Vec<Report>,
    pub works: Vec<Work>,
    pub doubtful: bool,
    pub assumed_utc: bool,
    pub problems: Vec<Problem>,
}

/// Reads one page of the list `surface`. The caller has made sure of its anchor.
pub fn part(document: &Document<'_>, surface: Surface) -> Part {
    let pages = document.pages().unwrap_or(1).max(1);
    let mut part = Part { surface: Some(surface), page: (document.page().unwrap_or(1), pages), ..Part::default() };
    for (index, row) in document.rows.iter().enumerate() {
        let place = format!("data[{index}]");
        match surface {
            Surface::Components => {
                if let Some(row) = element::<Component<'_>>(row, &place, &mut part) {
                    component(&row, None, &place, &mut part);
                }
            }
            Surface::Groups => {
                if let Some(row) = element::<Group<'_>>(row, &place, &mut part) {
                    group(&row, &place, &mut part);
                }
            }
            Surface::Incidents => {
                if let Some(row) = element::<Incident<'_>>(row, &place, &mut part) {
                    incident(&row, &place, &mut part);
                }
            }
            Surface::Schedules => {
                if let Some(row) = element::<Schedule<'_>>(row, &place, &mut part) {
                    schedule(&row, &place, &mut part);
                }
            }
        }
    }
    part
}

fn element<'a, T: serde::Deserialize<'a>>(raw: &'a RawValue, place: &str, part: &mut Part) -> Option<T> {
    match serde_json::from_str(raw.get()) {
        Ok(element) => Some(element),
        Err(error) => {
            part.doubtful = true;
            part.problems.push(Problem::new("bad_shape", place, error.to_string()));
            None
        }
    }
}

/// `false`, `0` and `"0"`: expressly not.
fn is_off(text: &Text<'_>) -> bool {
    matches!(text.as_str(), Some("0" | "false"))
}

fn component(row: &Component<'_>, group: Option<&str>, place: &str, part: &mut Part) {
    if is_off(&row.enabled) || row.deleted_at.as_str().is_some() {
        return;
    }
    let Some(id) = row.id.as_str().or(row.name.as_str()) else {
        part.doubtful = true;
        part.problems.push(Problem::new("bad_shape", place, "It has neither id nor name."));
        return;
    };
    let health = match row.status.as_str() {
        Some("0") => Health::Unknown,
        Some("1") => Health::Operational,
        Some("2") => Health::Degraded,
        Some("3") => Health::PartialOutage,
        Some("4") => Health::MajorOutage,
        // Version 3.
        Some("6") => Health::Maintenance,
        word => {
            part.problems.push(unknown(&format!("{place}.status"), word));
            Health::Unknown
        }
    };
    let group_id = row.group_id.as_str().or(group).filter(|id| *id != "0").unwrap_or_default();
    let name = row.name.as_str().unwrap_or(id);
    part.rows.push(Row { id: id.to_owned(), name: name.to_owned(), group_id: group_id.to_owned(), health });
}

fn group(row: &Group<'_>, place: &str, part: &mut Part) {
    let (Some(id), Some(name)) = (row.id.as_str(), row.name.as_str()) else {
        part.problems.push(Problem::new("bad_shape", place, "The group lacks id or name."));
        return;
    };
    part.groups.insert(id.to_owned(), name.to_owned());
    for (index, component_row) in row.enabled_components.iter().flatten().enumerate() {
        component(component_row, Some(id), &format!("{place}.enabled_components[{index}]"), part);
    }
}

/// 0 scheduled (work that is filed as an incident), 1 investigating, 2 identified, 3 watching, 4 fixed.
fn stage(word: &str) -> Option<Stage> {
    match word {
        "1" => Some(Stage::Investigating),
        "2" => Some(Stage::Identified),
        "3" => Some(Stage::Monitoring),
        "4" => Some(Stage::Resolved),
        _ => None,
    }
}

fn incident(incident: &Incident<'_>, place: &str, part: &mut Part) {
    if is_off(&incident.visible) || incident.deleted_at.as_str().is_some() {
        return;
    }
    if incident.id.as_str().is_none() {
        part.doubtful = true;
        part.problems.push(Problem::new("bad_shape", place, "It has no id."));
        return;
    }
    let word = incident.latest_status.as_str().or(incident.status.as_str());
    if word == Some("0") {
        let work = incident_work(incident, place, part);
        part.works.push(work);
        return;
    }
    let drafts = drafts(incident, place, part);
    let updates = report::ordered(drafts);
    let stage = word.and_then(stage).or_else(|| {
        part.problems.push(unknown(&format!("{place}.status"), word));
        // Whatever the word means, it does not say that the incident is over.
        Some(report::last_stage(&updates).filter(|stage| !stage.is_terminal()).unwrap_or(Stage::Investigating))
    });
    let started_at = time(&incident.occurred_at, place, "occurred_at", part)
        .or_else(|| time(&incident.created_at, place, "created_at", part))
        .map(Timestamp::from_jiff);
    // Without updates, the end is the last time somebody touched it.
    let ended_alone = incident.updates.iter().flatten().next().is_none() && stage.is_some_and(Stage::is_terminal);
    let resolved_at =
        ended_alone.then(|| time(&incident.updated_at, place, "updated_at", part)).flatten().map(Timestamp::from_jiff);
    let mut report = Report {
        id: incident.permalink.as_str().and_then(incident_in).map_or_else(|| incident.id.owned(), str::to_owned),
        title: incident.name.owned(),
        url: incident.permalink.option(),
        impact: None,
        stage,
        started_at,
        resolved_at: resolved_at.map(|at| started_at.map_or(at, |start| at.max(start))),
        components: component_ref(&incident.component_id, None)
            .into_iter()
            .chain(incident.components.iter().flatten().filter_map(|row| component_ref(&row.component_id, None)))
            .collect(),
        updates,
    };
    report::settle(&mut report);
    part.incidents.push(report);
}

/// The incident's own text is its first update. With later ones, its `status` is theirs, not the first one's.
fn drafts(incident: &Incident<'_>, place: &str, part: &mut Part) -> Vec<Draft<Stage>> {
    let mut drafts = Vec::new();
    let count = incident.updates.iter().flatten().count();
    let created = time(&incident.created_at, place, "created_at", part);
    let at = incident.occurred_at.as_str().and_then(dates::parse).map(|instant| instant.at).or(created);
    let first = incident.status.as_str().filter(|_| count == 0).and_then(stage);
    drafts.push(Draft { id: "~first".to_owned(), stage: first, at, stored_at: created, body: body(&incident.message) });
    for (index, update) in incident.updates.iter().flatten().enumerate() {
        let place = format!("{place}.updates[{index}]");
        let stage = update.status.as_str().and_then(stage);
        if stage.is_none() {
            part.problems.push(unknown(&format!("{place}.status"), update.status.as_str()));
        }
        let at = time(&update.created_at, &place, "created_at", part);
        drafts.push(Draft { id: update.id.owned(), stage, at, stored_at: at, body: body(&update.message) });
    }
    drafts
}

/// Versions before 2.3 filed work as an incident of status 0.
fn incident_work(incident: &Incident<'_>, place: &str, part: &mut Part) -> Work {
    let at = time(&incident.created_at, place, "created_at", part);
    let starts_at = time(&incident.scheduled_at, place, "scheduled_at", part).map(Timestamp::from_jiff);
    let stage = MaintenanceStage::Scheduled;
    Work {
        id: incident.id.owned(),
        title: incident.name.owned(),
        url: incident.permalink.option(),
        stage: Some(stage),
        starts_at,
        ends_at: None,
        components: component_ref(&incident.component_id, None).into_iter().collect(),
        updates: report::ordered(vec![Draft {
            id: "~first".to_owned(),
            stage: Some(stage),
            at,
            stored_at: at,
            body: body(&incident.message),
        }]),
    }
}

fn schedule(schedule: &Schedule<'_>, place: &str, part: &mut Part) {
    if schedule.id.as_str().is_none() {
        part.problems.push(Problem::new("bad_shape", place, "It has no id."));
        return;
    }
    let stage = match schedule.status.as_str() {
        Some("0") => Some(MaintenanceStage::Scheduled),
        Some("1") => Some(MaintenanceStage::InProgress),
        Some("2") => Some(MaintenanceStage::Completed),
        word => {
            part.problems.push(unknown(&format!("{place}.status"), word));
            None
        }
    };
    let at = time(&schedule.created_at, place, "created_at", part);
    let text = Draft { id: "~first".to_owned(), stage: None, at, stored_at: at, body: body(&schedule.message) };
    let mut texts = vec![text];
    for (index, update) in schedule.updates.iter().flatten().enumerate() {
        let at = time(&update.created_at, &format!("{place}.updates[{index}]"), "created_at", part);
        texts.push(Draft { id: update.id.owned(), stage: None, at, stored_at: at, body: body(&update.message) });
    }
    let components = schedule.components.iter().flatten();
    let starts_at = time(&schedule.scheduled_at, place, "scheduled_at", part).map(Timestamp::from_jiff);
    let ends_at = time(&schedule.completed_at, place, "completed_at", part).map(Timestamp::from_jiff);
    part.works.push(Work {
        // Schedules and incidents count separately: both may have a number 1.
        id: format!("schedule-{}", schedule.id.owned()),
        title: schedule.name.owned(),
        url: None,
        stage,
        starts_at,
        ends_at,
        components: components
            .filter_map(|row| {
                component_ref(
                    if row.component_id.as_str().is_some() { &row.component_id } else { &row.id },
                    row.name.as_str(),
                )
            })
            .collect(),
        updates: report::ordered(texts),
    });
}

fn component_ref(id: &Text<'_>, name: Option<&str>) -> Option<ComponentRef> {
    let id = id.as_str().filter(|id| *id != "0")?;
    Some(ComponentRef { id: id.to_owned(), name: name.unwrap_or_default().to_owned() })
}

fn body(text: &Text<'_>) -> String {
    text.as_str().map(html::mixed_to_markdown).unwrap_or_default()
}

/// Cachet writes times in the zone of its installation without naming it. `0000-00-00 …` is MySQL's nothing.
fn time(text: &Text<'_>, place: &str, key: &str, part: &mut Part) -> Option<Precise> {
    let text = text.as_str().filter(|text| !text.starts_with("0000-"))?;
    let Some(read) = dates::parse(text) else {
        part.problems.push(Problem::new(
            "bad_time",
            format!("{place}.{key}"),
            format!("`{text}` is no time we can read."),
        ));
        return None;
    };
    part.assumed_utc |= read.assumed_utc;
    Some(read.at)
}

fn unknown(place: &str, word: Option<&str>) -> Problem {
    Problem::new("unknown_status", place, format!("`{}` is no status we know.", word.unwrap_or("nothing")))
}
