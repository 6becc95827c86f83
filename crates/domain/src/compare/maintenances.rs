//! Maintenances: scheduled, changed, started, overdue, completed, cancelled; reminders are ticks.

use std::collections::BTreeSet;

use super::{Comparison, Moment};
use crate::alert::Standing;
use crate::event::{Event, EventKind, Subject};
use crate::ids;
use crate::maintenance::{Maintenance, MaintenanceStage, Work};
use crate::reading::Reading;
use crate::sample::is_sample;
use crate::step::{PageState, WorkTrace};
use crate::time::Timestamp;

/// Reminders before a window begins (seconds).
pub const REMINDERS_S: [i64; 2] = [24 * 3600, 3600];
/// A vendor that never says "in progress" is given this long after the window's start (seconds).
const START_GRACE_S: i64 = 10 * 60;

pub(super) fn compare(state: &mut PageState, reading: &Reading, moment: &Moment<'_>, comparison: &mut Comparison) {
    let mut seen = BTreeSet::new();
    for work in &reading.maintenances {
        if !seen.insert(work.id.as_str()) {
            continue;
        }
        let bytes = serde_json::to_vec(work).unwrap_or_default();
        let fingerprint = ids::hash64(&[&bytes]);
        match state.maintenances.get_mut(&work.id) {
            None => met(state, work, fingerprint, moment, comparison),
            Some(trace) => {
                trace.missing = 0;
                if trace.fingerprint != fingerprint {
                    trace.fingerprint = fingerprint;
                    told_again(trace, work, moment, comparison);
                }
            }
        }
    }
    if reading.covers.open && moment.before.is_some() {
        for (id, trace) in &mut state.maintenances {
            if !seen.contains(id.as_str()) {
                missing(trace, moment, comparison);
            }
        }
        state.maintenances.retain(|_, trace| !(trace.record.stage.is_over() && trace.missing >= 200));
    }
}

fn met(state: &mut PageState, work: &Work, fingerprint: u64, moment: &Moment<'_>, comparison: &mut Comparison) {
    let stage = work.stage.unwrap_or_else(|| by_window(work, moment.now));
    let ended = work.ends_at.or_else(|| work.updates.iter().filter_map(|update| update.at).next_back());
    let imported = match moment.before {
        None => true,
        Some(before) => stage.is_over() && ended.is_none_or(|ended| ended < before),
    };
    let record = Maintenance {
        id: ids::v7(moment.now, &[b"maintenance", moment.page.as_bytes(), work.id.as_bytes()]),
        vendor_id: work.id.clone(),
        title: work.title.clone(),
        url: work.url.clone(),
        stage,
        starts_at: work.starts_at,
        ends_at: work.ends_at,
        first_seen_at: moment.now,
        imported,
        sample: is_sample(&work.title, &work.updates),
        components: work.components.clone(),
        updates: work.updates.clone(),
    };
    let standing = Standing { imported_open: imported && !stage.is_over(), ..Standing::default() };
    let mut trace = WorkTrace { standing, ..WorkTrace::of(record, fingerprint) };
    trace.started = stage != MaintenanceStage::Scheduled;
    // What is announced inside a reminder's span needs no reminder.
    for (reminded, ahead) in trace.reminded.iter_mut().zip(REMINDERS_S) {
        *reminded = work.starts_at.is_some_and(|starts| moment.now.plus(ahead) >= starts);
    }
    if !imported {
        let kind = match stage {
            MaintenanceStage::Cancelled => EventKind::MaintenanceCancelled,
            MaintenanceStage::Completed => EventKind::MaintenanceCompleted,
            MaintenanceStage::InProgress | MaintenanceStage::Verifying => EventKind::MaintenanceStarted,
            MaintenanceStage::Scheduled => EventKind::MaintenanceScheduled,
        };
        comparison.events.push(event_of(&trace.record, vec![kind], moment));
    }
    comparison.maintenances.push(trace.record.clone());
    state.maintenances.insert(work.id.clone(), trace);
}

fn told_again(trace: &mut WorkTrace, work: &Work, moment: &Moment<'_>, comparison: &mut Comparison) {
    let known = trace.record.clone();
    // Work that is over stays over: late texts are kept, never told.
    let stage = if known.stage.is_over() { known.stage } else { work.stage.unwrap_or(known.stage) };
    let record = Maintenance {
        title: work.title.clone(),
        url: work.url.clone().or(known.url),
        stage,
        starts_at: work.starts_at.or(known.starts_at),
        ends_at: work.ends_at.or(known.ends_at),
        sample: known.sample || is_sample(&work.title, &work.updates),
        components: if work.components.is_empty() { known.components.clone() } else { work.components.clone() },
        updates: work.updates.clone(),
        ..known
    };
    let ids =
        |updates: &[crate::Update<MaintenanceStage>]| updates.iter().map(|one| one.id.clone()).collect::<BTreeSet<_>>();
    let fresh = ids(&record.updates).difference(&ids(&trace.record.updates)).count();
    let moved = record.starts_at != trace.record.starts_at || record.ends_at != trace.record.ends_at;
    let ends = stage.is_over() && !trace.record.stage.is_over();
    let starts = stage.is_running() && !trace.started;
    let carried = usize::from(ends || starts || (stage != trace.record.stage));
    let changed = moved || record.components != trace.record.components || fresh > carried;
    if moved && !stage.is_over() {
        trace.overdue = false;
        for (reminded, ahead) in trace.reminded.iter_mut().zip(REMINDERS_S) {
            *reminded = record.starts_at.is_some_and(|starts| moment.now.plus(ahead) >= starts);
        }
    }
    trace.started |= starts;
    let changes: Vec<EventKind> = [
        (ends && stage == MaintenanceStage::Cancelled, EventKind::MaintenanceCancelled),
        (ends && stage == MaintenanceStage::Completed, EventKind::MaintenanceCompleted),
        (starts, EventKind::MaintenanceStarted),
        (changed && !trace.record.stage.is_over(), EventKind::MaintenanceChanged),
    ]
    .into_iter()
    .filter_map(|(applies, kind)| applies.then_some(kind))
    .collect();
    trace.record = record;
    comparison.maintenances.push(trace.record.clone());
    if !changes.is_empty() {
        comparison.events.push(event_of(&trace.record, changes, moment));
    }
}

/// Announced work that two good readings in a row no longer list.
fn missing(trace: &mut WorkTrace, moment: &Moment<'_>, comparison: &mut Comparison) {
    trace.missing = trace.missing.saturating_add(1);
    if trace.missing != 2 || trace.record.stage.is_over() {
        return;
    }
    let begun = trace.started || trace.record.starts_at.is_some_and(|starts| starts <= moment.now);
    let (stage, kind) = if begun {
        (MaintenanceStage::Completed, EventKind::MaintenanceCompleted)
    } else {
        (MaintenanceStage::Cancelled, EventKind::MaintenanceCancelled)
    };
    trace.record.stage = stage;
    comparison.maintenances.push(trace.record.clone());
    comparison.events.push(event_of(&trace.record, vec![kind], moment));
}

/// What the mere passing of time does to announced work.
pub(crate) fn ticks(state: &mut PageState, now: Timestamp, comparison: &mut Comparison) {
    let page = state.page.clone();
    let moment = Moment { page: &page, now, before: state.read_at, unseen_s: None };
    for trace in state.maintenances.values_mut().filter(|trace| !trace.record.stage.is_over()) {
        if comparison.events.iter().any(|event| event.maintenance().is_some_and(|one| one.id == trace.record.id)) {
            continue;
        }
        if let Some((kind, reminder_s)) = tick(trace, now) {
            let mut event = event_of(&trace.record, vec![kind], &moment);
            event.reminder_s = reminder_s;
            comparison.events.push(event);
        }
    }
}

/// At most one event: a start wins over an overdue end, which wins over a reminder.
fn tick(trace: &mut WorkTrace, now: Timestamp) -> Option<(EventKind, Option<i64>)> {
    let starts = trace.record.starts_at?;
    if !trace.started && starts.plus(START_GRACE_S) <= now {
        trace.started = true;
        return Some((EventKind::MaintenanceStarted, None));
    }
    if !trace.overdue && trace.record.ends_at.is_some_and(|ends| ends < now) {
        trace.overdue = true;
        return Some((EventKind::MaintenanceOverdue, None));
    }
    if trace.started || starts <= now {
        return None;
    }
    let mut due = false;
    for (reminded, ahead) in trace.reminded.iter_mut().zip(REMINDERS_S) {
        if !*reminded && now.plus(ahead) >= starts {
            *reminded = true;
            due = true;
        }
    }
    due.then_some((EventKind::MaintenanceReminder, Some(starts.since(now))))
}

/// The next moment at which [`ticks`] would say something about this work.
pub(crate) fn wake_at(trace: &WorkTrace) -> Option<Timestamp> {
    if trace.record.stage.is_over() {
        return None;
    }
    let starts = trace.record.starts_at?;
    let reminders = trace
        .reminded
        .iter()
        .zip(REMINDERS_S)
        .filter_map(|(reminded, ahead)| (!trace.started && !*reminded).then(|| starts.plus(-ahead)));
    let start = (!trace.started).then(|| starts.plus(START_GRACE_S));
    let overdue = trace.record.ends_at.filter(|_| !trace.overdue).map(|ends| ends.plus(1));
    reminders.chain(start).chain(overdue).min()
}

fn by_window(work: &Work, now: Timestamp) -> MaintenanceStage {
    match (work.starts_at, work.ends_at) {
        (_, Some(ends)) if ends <= now => MaintenanceStage::Completed,
        (Some(starts), _) if starts <= now => MaintenanceStage::InProgress,
        _ => MaintenanceStage::Scheduled,
    }
}

fn event_of(record: &Maintenance, changes: Vec<EventKind>, moment: &Moment<'_>) -> Event {
    let subject = Subject::Maintenance(record.clone());
    let mut event = Event::new(moment.page, &record.vendor_id, changes, moment.now, subject);
    event.unseen_s = moment.unseen_s;
    event
}
