//! Cachet 1 and 2: `api/v1/components`, `…/components/groups`, `…/incidents` and `…/schedules`, each in pages; and
//! Cachet 3: the same lists below `api/`, as JSON:API (see `v3`).
//!
//! Oddities: every list comes in pages; times name no zone; statuses are numbers, sometimes as texts; a component has no
//! "under maintenance", so a running schedule says it; old versions file work as incidents and know no schedules.
//! Installations are small: they are asked for no more than what is needed.

mod json;
mod poll;
mod v3;
mod wire;

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::maintenance::Work;
use tocsin_domain::{Component, ComponentRef, Health, HttpAsk, MaintenanceStage, Problem, Reading, Timestamp};

use crate::kit::{decode, report};
use crate::statuspage::not_ours;
use crate::{Answered, Evidence, Memory, PageAddress, Payload, Reader, Turn};
use json::Part;
use wire::{Document, Surface};

pub(crate) static READER: Cachet = Cachet;

pub(crate) struct Cachet;

impl Reader for Cachet {
    fn recognise(&self, payload: &Payload) -> Option<Evidence> {
        let text = decode::text(payload);
        let json = v3::as_before(decode::json(&text)?);
        let document = Document::read(&json).ok()?;
        let told = told(payload);
        match (document.surface, document.is_paginated()) {
            (Some(_), true) => {
                Some(Evidence { confidence: 94, seen: "Cachet's rows, with `meta.pagination`".to_owned() })
            }
            (Some(_), false) => Some(Evidence { confidence: 80, seen: "Cachet's rows".to_owned() }),
            // An empty list is a list of Cachet's only where Cachet keeps its lists.
            (None, true) if document.rows.is_empty() => {
                let confidence = if told.is_some() { 75 } else { 40 };
                Some(Evidence { confidence, seen: "an empty list with `meta.pagination`".to_owned() })
            }
            (None, _) => None,
        }
    }

    fn read(&self, payloads: &[Payload], _now: Timestamp) -> Reading {
        let mut reading = Reading::default();
        let mut parts = Vec::new();
        for payload in payloads {
            match part(payload) {
                Ok(part) => parts.push(part),
                Err(problem) => reading.problems.push(problem),
            }
        }
        if parts.is_empty() {
            if reading.problems.is_empty() {
                reading.problems.push(Problem::new("not_recognised", "", "There was nothing to read."));
            }
            return reading;
        }
        assemble(reading, parts)
    }

    fn begin(&self, page: &PageAddress, memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        poll::begin(page, memory)
    }

    fn next(&self, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp) -> Turn {
        poll::next(self, page, memory, answers, now)
    }
}

/// Which list a payload is, by the ask or the address that fetched it.
fn told(payload: &Payload) -> Option<Surface> {
    let path = payload.url.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
    let by_path = |list: &str| path.ends_with(&format!("/api/v1/{list}")) || path.ends_with(&format!("/api/{list}"));
    // Later pages are `incidents.2`.
    let key = payload.key.split('.').next().unwrap_or_default();
    let groups = path.ends_with("/api/component-groups").then_some(Surface::Groups);
    let by_list = poll::LISTS.iter().find(|(name, path, _)| key == *name || by_path(path));
    groups.or(by_list.map(|(_, _, surface)| *surface))
}

fn part(payload: &Payload) -> Result<Part, Problem> {
    let text = decode::text(payload);
    let Some(json) = decode::json(&text) else { return Err(not_ours(payload, &text)) };
    let json = v3::as_before(json);
    let document = Document::read(&json).map_err(|why| decode::unlike(&json, &payload.key, why))?;
    let empty = told(payload).filter(|_| document.rows.is_empty() && document.is_paginated());
    match document.surface.or(empty) {
        Some(surface) => Ok(json::part(&document, surface)),
        None => {
            let detail = "No row in it is one of Cachet's components, groups, incidents or schedules.";
            Err(Problem::new("missing_anchor", payload.key.clone(), detail))
        }
    }
}

/// Puts the pages of the lists together.
fn assemble(mut reading: Reading, mut parts: Vec<Part>) -> Reading {
    reading.platform = Some("cachet".to_owned());
    parts.sort_by_key(|part| (part.surface, part.page));
    let mut doubtful = parts.iter().any(|part| part.doubtful);
    let assumed_utc = parts.iter().any(|part| part.assumed_utc);
    let whole: Vec<Surface> =
        poll::LISTS.iter().map(|(_, _, surface)| *surface).filter(|one| is_whole(&parts, *one)).collect();
    for surface in parts.iter().filter_map(|part| part.surface).collect::<BTreeSet<_>>() {
        // Old incidents may be left out (`covers` says so), a component may not: it could be the one that is down.
        if !whole.contains(&surface) && surface != Surface::Incidents {
            doubtful |= surface == Surface::Components;
            let detail = format!("Not all pages of the {} were read.", name_of(surface));
            reading.problems.push(Problem::new("incomplete", name_of(surface), detail));
        }
    }
    let groups: BTreeMap<String, String> = parts.iter().flat_map(|part| part.groups.clone()).collect();
    let mut known = BTreeSet::new();
    let mut incidents_seen = false;
    for part in parts {
        incidents_seen |= part.surface == Some(Surface::Incidents);
        for row in part.rows {
            if known.insert(row.id.clone()) {
                let group = groups.get(&row.group_id).cloned().into_iter().collect();
                let component = Component {
                    id: row.id,
                    name: row.name,
                    group,
                    health: row.health,
                    hidden_while_operational: false,
                };
                reading.components.push(component);
            }
        }
        reading.incidents.extend(part.incidents);
        reading.maintenances.extend(part.works);
        reading.problems.extend(part.problems);
    }
    reading.incidents = report::merged(reading.incidents);
    reading.maintenances = report::merged_works(reading.maintenances);
    if assumed_utc {
        reading.problems.push(Problem::new("assumed_utc", "", "Times name no zone; UTC was assumed."));
    }
    reading.covers.open = whole.contains(&Surface::Incidents) && !doubtful;
    if incidents_seen {
        let earliest = reading.incidents.iter().filter_map(|report| report.started_at).min();
        let beginning = Timestamp::from_second(0);
        let since = if whole.contains(&Surface::Incidents) { beginning } else { earliest.unwrap_or(beginning) };
        reading.covers.history_since = Some(since).filter(|_| !doubtful);
    }
    name_components(&mut reading);
    under_maintenance(&mut reading);
    report::sort_reports(&mut reading.incidents);
    report::sort_works(&mut reading.maintenances);
    let mut reading = reading.settled(None);
    if doubtful {
        reading.health = reading.health.max(Health::Unknown);
    }
    reading
}

fn is_whole(parts: &[Part], surface: Surface) -> bool {
    let pages: Vec<(usize, usize)> =
        parts.iter().filter(|part| part.surface == Some(surface)).map(|part| part.page).collect();
    let last = pages.iter().map(|(_, of)| *of).max().unwrap_or(0);
    last > 0
        && (1..=last).take(poll::MOST_PAGES + 1).all(|page| pages.iter().any(|(number, _)| *number == page))
        && last <= poll::MOST_PAGES
}

fn name_of(surface: Surface) -> &'static str {
    poll::LISTS.iter().find(|(_, _, one)| *one == surface).map_or("", |(name, _, _)| *name)
}

/// Incidents and schedules name components by number.
fn name_components(reading: &mut Reading) {
    let names: BTreeMap<&str, &str> =
        reading.components.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    let mut name = |one: &mut ComponentRef| {
        if one.name.is_empty() {
            one.name = names.get(one.id.as_str()).map_or_else(|| one.id.clone(), |name| (*name).to_owned());
        }
    };
    reading.incidents.iter_mut().flat_map(|report| &mut report.components).for_each(&mut name);
    reading.maintenances.iter_mut().flat_map(|work| &mut work.components).for_each(&mut name);
}

/// A component that is well, but in a running schedule, is under maintenance.
fn under_maintenance(reading: &mut Reading) {
    let running = |work: &&Work| work.stage.is_some_and(MaintenanceStage::is_running);
    let ids: BTreeSet<&str> = reading
        .maintenances
        .iter()
        .filter(running)
        .flat_map(|work| &work.components)
        .map(|one| one.id.as_str())
        .collect();
    for component in &mut reading.components {
        if component.health == Health::Operational && ids.contains(component.id.as_str()) {
            component.health = Health::Maintenance;
        }
    }
}
