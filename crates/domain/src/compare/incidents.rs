//! Incidents: opened, updated, resolved, reopened, edited, gone.

use std::collections::BTreeSet;

use super::timeline;
use super::{Comparison, Moment, Recalled};
use crate::alert::Standing;
use crate::event::{Event, EventKind, Subject};
use crate::ids;
use crate::incident::{Impact, Incident, IncidentState, Report, Stage, TimelineEntry};
use crate::reading::Reading;
use crate::sample::is_sample;
use crate::step::{PageState, Trace};
use crate::time::Timestamp;

/// Good readings in a row from which an open incident must be missing before its absence means something.
const MISSING_TWICE: u8 = 2;

/// Which remembered incidents a comparison with `reading` at `now` needs: those told differently, missing, or held.
#[must_use]
pub fn recall(state: &PageState, reading: Option<&Reading>, now: Timestamp) -> Vec<String> {
    let held = |trace: &Trace| trace.standing.held.values().any(|until| *until <= now);
    let told: std::collections::BTreeMap<&str, &Report> = reading
        .map(|reading| reading.incidents.iter().map(|report| (report.id.as_str(), report)).collect())
        .unwrap_or_default();
    let needed = state.incidents.iter().filter(|(id, trace)| {
        let differs = match (reading, told.get(id.as_str())) {
            (None, _) => false,
            (Some(_), Some(report)) => trace.fingerprint != fingerprint(report),
            (Some(_), None) => trace.open,
        };
        differs || held(trace)
    });
    needed.map(|(id, _)| id.clone()).collect()
}

/// Changes whenever anything the page says of the incident changes.
pub(crate) fn fingerprint(report: &Report) -> u64 {
    let bytes = serde_json::to_vec(report).unwrap_or_default();
    ids::hash64(&[&bytes])
}

pub(super) fn compare(
    state: &mut PageState,
    recalled: &Recalled,
    reading: &Reading,
    moment: &Moment<'_>,
    comparison: &mut Comparison,
) {
    let mut seen = BTreeSet::new();
    for report in &reading.incidents {
        if !seen.insert(report.id.as_str()) {
            continue;
        }
        match state.incidents.get_mut(&report.id) {
            None => {
                let (incident, event) = met(report, moment);
                let standing =
                    Standing { imported_open: incident.imported && incident.is_open(), ..Standing::default() };
                let trace = Trace { standing, ..Trace::of(&incident, fingerprint(report), moment.now) };
                state.incidents.insert(report.id.clone(), trace);
                comparison.incidents.push(incident);
                comparison.events.push(event);
            }
            Some(trace) => {
                trace.missing = 0;
                trace.seen_at = moment.now;
                let print = fingerprint(report);
                if trace.fingerprint == print {
                    continue;
                }
                trace.fingerprint = print;
                if let Some(known) = recalled.get(&report.id) {
                    let (incident, event) = told_again(known, report, moment);
                    trace.follow(&incident);
                    comparison.incidents.push(incident);
                    comparison.events.extend(event);
                }
            }
        }
    }
    if reading.covers.open && moment.before.is_some() {
        for (id, trace) in &mut state.incidents {
            if trace.open && !seen.contains(id.as_str()) {
                missing(trace, recalled.get(id), reading, moment, comparison);
            }
        }
    }
}

/// An incident we meet for the first time.
fn met(report: &Report, moment: &Moment<'_>) -> (Incident, Event) {
    let closed = report.is_closed();
    let ended = report.resolved_at.or_else(|| report.updates.iter().filter_map(|update| update.at).next_back());
    let imported = match moment.before {
        None => true,
        // Nothing says when it ended: no evidence that it is news.
        Some(before) => closed && ended.is_none_or(|ended| ended < before),
    };
    let merged = timeline::merge(&[], &report.updates, moment.now);
    let incident = Incident {
        id: ids::v7(moment.now, &[b"incident", moment.page.as_bytes(), report.id.as_bytes()]),
        vendor_id: report.id.clone(),
        title: report.title.clone(),
        url: report.url.clone(),
        impact: report.impact.unwrap_or(Impact::Minor),
        stage: stage_of(report, None),
        state: if closed { IncidentState::Closed } else { IncidentState::Open },
        started_at: report.started_at.or_else(|| report.updates.iter().find_map(|update| update.at)),
        resolved_at: resolved_at(report, None),
        first_seen_at: moment.now,
        imported,
        inferred: false,
        sample: is_sample(&report.title, &report.updates),
        components: report.components.clone(),
        updates: merged.entries,
    };
    let changes = if imported {
        vec![EventKind::IncidentImported]
    } else if closed {
        let mut changes = vec![EventKind::IncidentResolved, EventKind::IncidentOpened];
        changes.extend((incident.stage == Stage::Postmortem).then_some(EventKind::IncidentPostmortem));
        changes
    } else {
        vec![EventKind::IncidentOpened]
    };
    let also_opened = closed && !imported;
    let updates = if imported { Vec::new() } else { merged.fresh };
    let event = event_of(&incident, changes, also_opened, updates, moment);
    (incident, event)
}

/// An incident we know, told differently now.
fn told_again(known: &Incident, report: &Report, moment: &Moment<'_>) -> (Incident, Option<Event>) {
    let merged = timeline::merge(&known.updates, &report.updates, moment.now);
    let closes = known.is_open() && report.is_closed();
    let reopens = !known.is_open() && !report.is_closed() && reopens(known, report, &merged.fresh);
    let open = reopens || (known.is_open() && !closes);
    let mut incident = Incident {
        title: report.title.clone(),
        url: report.url.clone().or_else(|| known.url.clone()),
        impact: report.impact.unwrap_or(known.impact),
        started_at: report.started_at.or(known.started_at),
        state: if open { IncidentState::Open } else { IncidentState::Closed },
        sample: known.sample || is_sample(&report.title, &report.updates),
        updates: merged.entries,
        ..known.clone()
    };
    if open {
        incident.stage = stage_of(report, Some(known.stage));
        incident.resolved_at = None;
        incident.inferred = false;
    } else if report.is_closed() {
        incident.stage = if known.stage == Stage::Postmortem { Stage::Postmortem } else { stage_of(report, None) };
        incident.resolved_at = resolved_at(report, Some(known));
        incident.inferred = known.inferred && report.resolved_at.is_none() && !closes;
    }
    // A surface that names no components, and an unlinking at the end, do not take any away.
    if !report.components.is_empty() && (open || closes) {
        incident.components.clone_from(&report.components);
        if closes && !known.components.iter().all(|one| report.components.contains(one)) {
            incident.components.clone_from(&known.components);
        }
    }
    let flags = Flags { closes, reopens, edited: merged.edited || known.title != report.title };
    let changes = changes(known, &incident, &merged.fresh, &flags);
    let event = (!changes.is_empty()).then(|| event_of(&incident, changes, false, merged.fresh, moment));
    (incident, event)
}

/// Only a new non-terminal update made after the end reopens. Where the page never gives updates, its word must do;
/// an end that we only inferred yields to the page's word too.
fn reopens(known: &Incident, report: &Report, fresh: &[TimelineEntry]) -> bool {
    if known.inferred || (known.updates.is_empty() && report.updates.is_empty()) {
        return true;
    }
    let ended = known.resolved_at;
    fresh.iter().any(|update| {
        let speaks_of_trouble = update.stage.is_some_and(|stage| !stage.is_terminal());
        let after_the_end = match (update.at, ended) {
            (Some(at), Some(ended)) => at > ended,
            (None, _) | (_, None) => true,
        };
        speaks_of_trouble && after_the_end
    })
}

struct Flags {
    closes: bool,
    reopens: bool,
    edited: bool,
}

/// Every kind that applies, in the order that picks the event's type.
fn changes(known: &Incident, now: &Incident, fresh: &[TimelineEntry], flags: &Flags) -> Vec<EventKind> {
    let postmortem = now.stage == Stage::Postmortem && known.stage != Stage::Postmortem;
    // The update that is the transition is not counted as an update beside it.
    let carried = |update: &&TimelineEntry| match update.stage {
        Some(Stage::Resolved) => flags.closes,
        Some(Stage::Postmortem) => postmortem,
        _ => false,
    };
    let carriers = fresh.iter().filter(carried).count() + usize::from(flags.reopens);
    let scope = |incident: &Incident| incident.components.iter().map(|one| one.id.clone()).collect::<BTreeSet<_>>();
    let scope_changed = now.is_open() && scope(known) != scope(now);
    [
        (flags.reopens, EventKind::IncidentReopened),
        (flags.closes, EventKind::IncidentResolved),
        (postmortem, EventKind::IncidentPostmortem),
        (fresh.len() > carriers, EventKind::IncidentUpdated),
        (known.impact != now.impact, EventKind::IncidentImpactChanged),
        (scope_changed, EventKind::IncidentScopeChanged),
        (flags.edited, EventKind::IncidentEdited),
    ]
    .into_iter()
    .filter_map(|(applies, kind)| applies.then_some(kind))
    .collect()
}

/// An open incident that the page no longer lists, although it lists all open ones.
fn missing(
    trace: &mut Trace,
    known: Option<&Incident>,
    reading: &Reading,
    moment: &Moment<'_>,
    comparison: &mut Comparison,
) {
    trace.missing = trace.missing.saturating_add(1);
    let Some(known) = known.filter(|_| trace.missing >= MISSING_TWICE) else { return };
    let would_be_in_history =
        reading.covers.history_since.is_some_and(|since| known.started_at.unwrap_or(known.first_seen_at) >= since);
    let mut incident = Incident { state: IncidentState::Closed, inferred: true, ..known.clone() };
    let kind = if would_be_in_history {
        EventKind::IncidentRemoved
    } else {
        incident.stage = Stage::Resolved;
        incident.resolved_at = Some(trace.seen_at);
        EventKind::IncidentResolved
    };
    trace.follow(&incident);
    comparison.events.push(event_of(&incident, vec![kind], false, Vec::new(), moment));
    comparison.incidents.push(incident);
}

fn stage_of(report: &Report, known: Option<Stage>) -> Stage {
    let by_time = if report.resolved_at.is_some() { Stage::Resolved } else { known.unwrap_or(Stage::Investigating) };
    report.stage.unwrap_or(by_time)
}

fn resolved_at(report: &Report, known: Option<&Incident>) -> Option<Timestamp> {
    let terminal = || {
        let ends = |update: &&crate::incident::Update| update.stage.is_some_and(Stage::is_terminal);
        report.updates.iter().find(ends).and_then(|update| update.at)
    };
    if !report.is_closed() {
        return None;
    }
    report.resolved_at.or_else(terminal).or_else(|| known.and_then(|known| known.resolved_at))
}

fn event_of(
    incident: &Incident,
    changes: Vec<EventKind>,
    also_opened: bool,
    updates: Vec<TimelineEntry>,
    moment: &Moment<'_>,
) -> Event {
    let subject = Subject::Incident(incident.clone());
    let mut event = Event::new(moment.page, &incident.vendor_id, changes, moment.now, subject);
    event.also_opened = also_opened;
    event.updates = updates;
    event.unseen_s = moment.unseen_s;
    event
}
