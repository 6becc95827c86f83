//! What the summary, the components and the feed say, put together: each knows what the others do not.

use std::collections::HashMap;

use tocsin_domain::maintenance::Work;
use tocsin_domain::{Component, Health, Problem, Reading, Report, Timestamp, Update};

use super::json::Told;
use crate::kit::report;

/// An incident that the feed calls open and the summary does not list is believed for this long (seconds) after its
/// last word: one of the two came from a cache.
const LISTS_LAG_S: i64 = 15 * 60;

/// The reading of everything that was told. `doubtful`: something that should have been told could not be read.
pub fn reading(told: Vec<Told>, problems: Vec<Problem>, mut doubtful: bool, now: Timestamp) -> Reading {
    let mut reading = Reading { problems, ..Reading::default() };
    if told.is_empty() {
        if reading.problems.is_empty() {
            reading.problems.push(Problem::new("not_recognised", "", "There was nothing to read."));
        }
        return reading;
    }
    reading.platform = Some("instatus".to_owned());
    let (mut summaries, others): (Vec<Told>, Vec<Told>) = told.into_iter().partition(|one| one.is_summary);
    // Of the summary and the page itself, the one with components says more.
    summaries.sort_by_key(|one| std::cmp::Reverse(one.part.components.len()));
    let indicator = summaries.iter().find_map(|one| one.part.indicator);
    doubtful |= summaries.iter().chain(&others).any(|one| one.part.doubtful);
    let is_whole = !summaries.is_empty();
    let mut changed_at = HashMap::new();
    for one in summaries {
        active(&mut reading, one, &mut changed_at);
    }
    for one in others {
        History { changed_at: &changed_at, is_whole, now }.add(&mut reading, one);
    }
    identify(&mut reading);
    report::sort_reports(&mut reading.incidents);
    report::sort_works(&mut reading.maintenances);
    let mut reading = reading.settled(indicator);
    // What could not be read may be worse than what could.
    if doubtful {
        reading.covers.history_since = None;
        reading.health = reading.health.max(Health::Unknown);
    }
    reading
}

fn active(reading: &mut Reading, told: Told, changed_at: &mut HashMap<String, Timestamp>) {
    head(reading, &told);
    changed_at.extend(told.changed_at);
    reading.covers.open |= told.part.open;
    reading.problems.extend(told.part.problems);
    for report in told.part.incidents {
        if !reading.incidents.iter().any(|known| known.id == report.id) {
            reading.incidents.push(report);
        }
    }
    for work in told.part.works {
        if !reading.maintenances.iter().any(|known| known.id == work.id) {
            reading.maintenances.push(work);
        }
    }
}

fn head(reading: &mut Reading, told: &Told) {
    let page = &mut reading.page;
    page.name = page.name.take().or_else(|| told.part.page.name.clone());
    page.url = page.url.take().or_else(|| told.part.page.url.clone());
    if reading.components.is_empty() {
        reading.components = told.part.components.clone().into();
    }
}

/// How the feed is laid beside what is active.
struct History<'a> {
    changed_at: &'a HashMap<String, Timestamp>,
    /// The list of what is active was read.
    is_whole: bool,
    now: Timestamp,
}

impl History<'_> {
    fn add(&self, reading: &mut Reading, told: Told) {
        head(reading, &told);
        reading.problems.extend(told.part.problems);
        let mut since = told.part.history_since;
        for report in told.part.incidents {
            if let Some(known) = reading.incidents.iter_mut().find(|known| known.id == report.id) {
                self.complete(known, report);
            } else if report.is_closed() || self.may_be_open(&report.updates, report.started_at) {
                reading.incidents.push(report);
            } else {
                // It ended and the feed does not say so: the history is not whole before that.
                since = since.max(report.started_at.map(|start| start.plus(1)));
            }
        }
        for work in told.part.works {
            if let Some(known) = reading.maintenances.iter_mut().find(|known| known.id == work.id) {
                complete_work(known, work);
            } else if work.stage.is_some_and(|stage| stage.is_over()) || self.may_be_open(&work.updates, work.starts_at)
            {
                reading.maintenances.push(work);
            }
        }
        reading.covers.history_since = match (reading.covers.history_since, since) {
            (Some(one), Some(other)) => Some(one.max(other)),
            (one, other) => one.or(other),
        };
    }

    /// Without the list of what is active the feed's word is all there is.
    fn may_be_open<S>(&self, updates: &[Update<S>], start: Option<Timestamp>) -> bool {
        let spoke = updates.iter().filter_map(|update| update.at).max().or(start);
        !self.is_whole || spoke.is_some_and(|at| self.now.since(at) < LISTS_LAG_S)
    }

    /// The summary knows the impact, the feed the updates; the later of them knows the stage.
    fn complete(&self, known: &mut Report, told: Report) {
        let spoke = told.updates.iter().filter_map(|update| update.at).max();
        let is_newer = spoke.is_some_and(|at| self.changed_at.get(&known.id).is_none_or(|changed| at > *changed));
        if is_newer {
            known.stage = told.stage.or(known.stage);
        }
        if told.updates.len() > known.updates.len() {
            known.updates = told.updates;
        }
        known.impact = known.impact.or(told.impact);
        known.started_at = known.started_at.or(told.started_at);
        if known.components.is_empty() {
            known.components = told.components;
        }
        report::settle(known);
    }
}

fn complete_work(known: &mut Work, told: Work) {
    if told.updates.len() > known.updates.len() {
        known.updates = told.updates;
    }
    if told.stage > known.stage {
        known.stage = told.stage;
    }
    known.starts_at = known.starts_at.or(told.starts_at);
    known.ends_at = known.ends_at.or(told.ends_at);
    if known.components.is_empty() {
        known.components = told.components;
    }
}

/// The feed names components; where only one has that name, its id is known.
fn identify(reading: &mut Reading) {
    let mut ids: HashMap<&str, Option<&str>> = HashMap::new();
    for Component { id, name, .. } in &reading.components {
        ids.entry(name.as_str()).and_modify(|known| *known = None).or_insert(Some(id));
    }
    let scopes = reading.incidents.iter_mut().map(|one| &mut one.components);
    let scopes = scopes.chain(reading.maintenances.iter_mut().map(|one| &mut one.components));
    for named in scopes.flatten().filter(|named| named.id.is_empty()) {
        if let Some(Some(id)) = ids.get(named.name.as_str()) {
            (*id).clone_into(&mut named.id);
        }
    }
}
