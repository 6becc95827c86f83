//! Maintenances: scheduled, changed, started, overdue, completed, cancelled; reminders are ticks.

use std::collections::BTreeSet;

use super::{Comparison, Moment, components};
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
/// Work that is over and that readings have not listed for this long leaves the page's memory (seconds).
const FORGET_S: i64 = 14 * 24 * 3600;

pub(super) fn compare(state: &mut PageState, reading: &Reading, moment: &Moment<'_>, comparison: &mut Comparison) {
    let mut seen = BTreeSet::new();
    for work in &reading.maintenances {
        if !seen.insert(work.id.as_str()) {
            continue;
        }
        let fingerprint = fingerprint(work);
        match state.maintenances.get_mut(&work.id) {
            None => met(state, work, fingerprint, moment, comparison),
            Some(trace) => {
                trace.missing = 0;
                trace.unlisted_since = None;
                if trace.fingerprint != fingerprint {
                    trace.fingerprint = fingerprint;
                    told_again(trace, work, moment, comparison);
                }
            }
        }
    }
    if reading.covers.open && moment.before.is_some() {
        for (_, trace) in state.maintenances.iter_mut().filter(|(id, _)| !seen.contains(id.as_str())) {
            trace.unlisted_since.get_or_insert(moment.now);
            missing(trace, moment, comparison);
        }
    }
    let forgotten = |trace: &WorkTrace| trace.unlisted_since.is_some_and(|since| moment.now.since(since) >= FORGET_S);
    state.maintenances.retain(|_, trace| !(trace.record.stage.is_over() && forgotten(trace)));
}

/// Changes whenever anything the page says of the work changes.
pub(super) fn fingerprint(work: &Work) -> u64 {
    ids::hash64(&[&serde_json::to_vec(work).unwrap_or_default()])
}

/// Work of a page that is no more, unless the page in its place tells of it: nobody will say how it ends.
pub(super) fn gone(state: &mut PageState, instead: &Reading, comparison: &mut Comparison) {
    let told: BTreeSet<&str> = instead.maintenances.iter().map(|work| work.id.as_str()).collect();
    let gone = |id: &str, trace: &WorkTrace| !told.contains(id) && !trace.record.stage.is_over();
    for (_, trace) in state.maintenances.iter().filter(|(id, trace)| gone(id, trace)) {
        comparison.maintenances.push(Maintenance { stage: MaintenanceStage::Cancelled, ..trace.record.clone() });
    }
    state.maintenances.retain(|id, _| told.contains(id.as_str()));
}

/// The page says what it said before: what was missing then is missing twice now.
pub(super) fn unchanged(state: &mut PageState, moment: &Moment<'_>, comparison: &mut Comparison) {
    for trace in state.maintenances.values_mut().filter(|trace| trace.missing > 0) {
        missing(trace, moment, comparison);
    }
}

fn met(state: &mut PageState, work: &Work, fingerprint: u64, moment: &Moment<'_>, comparison: &mut Comparison) {
    let stage = work.stage.unwrap_or_else(|| by_window(work, moment.now));
    let ended = work.ends_at.or_else(|| work.updates.iter().filter_map(|update| update.at).max());
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
        updates: by_time(&work.updates),
    };
    let standing = Standing { imported_open: imported && !stage.is_over(), ..Standing::default() };
    let mut trace = WorkTrace { standing, ..WorkTrace::of(record, fingerprint) };
    trace.started = stage != MaintenanceStage::Scheduled;
    trace.reminded = reminders_past(&trace.record, moment.now);
    if imported {
        // What time had done to it before we first looked is no news.
        trace.started |= started_by_time(&trace.record, moment.now);
        trace.overdue = overdue_by_time(&trace.record, moment.now);
    } else {
        comparison.events.push(event_of(&trace.record, vec![first_word(stage)], moment));
    }
    comparison.maintenances.push(trace.record.clone());
    state.maintenances.insert(work.id.clone(), trace);
}

/// How a maintenance is announced that was not there before.
const fn first_word(stage: MaintenanceStage) -> EventKind {
    match stage {
        MaintenanceStage::Cancelled => EventKind::MaintenanceCancelled,
        MaintenanceStage::Completed => EventKind::MaintenanceCompleted,
        MaintenanceStage::InProgress | MaintenanceStage::Verifying => EventKind::MaintenanceStarted,
        MaintenanceStage::Scheduled => EventKind::MaintenanceScheduled,
    }
}

fn told_again(trace: &mut WorkTrace, work: &Work, moment: &Moment<'_>, comparison: &mut Comparison) {
    let before = trace.record.clone();
    let inferred = std::mem::take(&mut trace.inferred);
    trace.record = retold(&before, work, inferred, moment.now);
    let returns = inferred && !trace.record.stage.is_over();
    let now = &trace.record;
    let moved = now.starts_at != before.starts_at || now.ends_at != before.ends_at;
    let changes = if returns { vec![first_word(now.stage)] } else { changes(trace, &before, moved) };
    if (moved || returns) && !now.stage.is_over() {
        trace.overdue = false;
        trace.reminded = reminders_past(now, moment.now);
        let ahead = now.starts_at.is_some_and(|starts| starts > moment.now);
        trace.started &= !(ahead && now.stage == MaintenanceStage::Scheduled);
    }
    trace.started |= now.stage.is_running();
    comparison.maintenances.push(trace.record.clone());
    if !changes.is_empty() {
        comparison.events.push(event_of(&trace.record, changes, moment));
    }
}

/// The record after the page's present telling. Work that is over stays over, unless we only inferred that it was.
fn retold(before: &Maintenance, work: &Work, inferred: bool, now: Timestamp) -> Maintenance {
    let stage = if inferred {
        work.stage.unwrap_or_else(|| by_window(work, now))
    } else if before.stage.is_over() {
        before.stage
    } else {
        work.stage.unwrap_or(before.stage)
    };
    let ends = stage.is_over() && !before.stage.is_over();
    Maintenance {
        title: work.title.clone(),
        url: work.url.clone().or_else(|| before.url.clone()),
        stage,
        starts_at: work.starts_at.or(before.starts_at),
        ends_at: work.ends_at.or(before.ends_at),
        sample: before.sample || is_sample(&work.title, &work.updates),
        components: components::after(&before.components, &work.components, ends),
        updates: by_time(&work.updates),
        ..before.clone()
    }
}

/// Every kind that applies, in the order that picks the event's type.
fn changes(trace: &WorkTrace, before: &Maintenance, moved: bool) -> Vec<EventKind> {
    let now = &trace.record;
    let ends = now.stage.is_over() && !before.stage.is_over();
    let starts = now.stage.is_running() && !trace.started;
    let known: BTreeSet<&str> = before.updates.iter().map(|update| update.id.as_str()).collect();
    let fresh = now.updates.iter().filter(|update| !known.contains(update.id.as_str())).count();
    // The update that is the transition is not counted as a change beside it.
    let carried = usize::from(starts || now.stage != before.stage);
    let rescoped = !ends && !components::same(&before.components, &now.components);
    let changed = moved || rescoped || fresh > carried;
    [
        (ends && now.stage == MaintenanceStage::Cancelled, EventKind::MaintenanceCancelled),
        (ends && now.stage == MaintenanceStage::Completed, EventKind::MaintenanceCompleted),
        (starts, EventKind::MaintenanceStarted),
        (changed && !before.stage.is_over(), EventKind::MaintenanceChanged),
    ]
    .into_iter()
    .filter_map(|(applies, kind)| applies.then_some(kind))
    .collect()
}

/// Announced work that two good readings in a row no longer list.
fn missing(trace: &mut WorkTrace, moment: &Moment<'_>, comparison: &mut Comparison) {
    trace.missing = trace.missing.saturating_add(1);
    if trace.missing < 2 || trace.record.stage.is_over() {
        return;
    }
    let begun = trace.started || trace.record.starts_at.is_some_and(|starts| starts <= moment.now);
    let (stage, kind) = if begun {
        (MaintenanceStage::Completed, EventKind::MaintenanceCompleted)
    } else {
        (MaintenanceStage::Cancelled, EventKind::MaintenanceCancelled)
    };
    trace.record.stage = stage;
    trace.inferred = true;
    // Whatever the page says of it next is a change, even if it is what it said before.
    trace.fingerprint = 0;
    comparison.maintenances.push(trace.record.clone());
    comparison.events.push(event_of(&trace.record, vec![kind], moment));
}

/// What the mere passing of time does to announced work.
pub(crate) fn ticks(state: &mut PageState, now: Timestamp, comparison: &mut Comparison) {
    let page = state.page.clone();
    let moment = Moment { page: &page, now, before: state.read_at, unseen_s: None, pushed_at: None };
    let spoken: BTreeSet<_> =
        comparison.events.iter().filter_map(|event| event.maintenance()).map(|one| one.id).collect();
    for trace in state.maintenances.values_mut().filter(|trace| !trace.record.stage.is_over()) {
        if spoken.contains(&trace.record.id) {
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
    let past = reminders_past(&trace.record, now);
    let due = past.iter().zip(trace.reminded).any(|(past, reminded)| *past && !reminded);
    for (reminded, past) in trace.reminded.iter_mut().zip(past) {
        *reminded |= past;
    }
    if !trace.started && started_by_time(&trace.record, now) {
        trace.started = true;
        return Some((EventKind::MaintenanceStarted, None));
    }
    if trace.started && !trace.overdue && overdue_by_time(&trace.record, now) {
        trace.overdue = true;
        return Some((EventKind::MaintenanceOverdue, None));
    }
    let starts = trace.record.starts_at.filter(|starts| due && !trace.started && *starts > now)?;
    Some((EventKind::MaintenanceReminder, Some(starts.since(now))))
}

/// A vendor that never says that work began is taken by the window's word after a while.
fn started_by_time(record: &Maintenance, now: Timestamp) -> bool {
    record.starts_at.is_some_and(|starts| starts.plus(START_GRACE_S) <= now)
}

fn overdue_by_time(record: &Maintenance, now: Timestamp) -> bool {
    record.ends_at.is_some_and(|ends| ends < now)
}

/// Which reminders are behind us. What is announced inside a reminder's span needs no such reminder.
fn reminders_past(record: &Maintenance, now: Timestamp) -> [bool; 2] {
    REMINDERS_S.map(|ahead| record.starts_at.is_some_and(|starts| now.plus(ahead) >= starts))
}

/// The next moment at which [`ticks`] would say something about this work.
pub(crate) fn wake_at(trace: &WorkTrace) -> Option<Timestamp> {
    if trace.record.stage.is_over() {
        return None;
    }
    if trace.started {
        return trace.record.ends_at.filter(|_| !trace.overdue).map(|ends| ends.plus(1));
    }
    let starts = trace.record.starts_at?;
    let reminders = trace.reminded.iter().zip(REMINDERS_S).filter(|(reminded, _)| !**reminded);
    reminders.map(|(_, ahead)| starts.plus(-ahead)).chain([starts.plus(START_GRACE_S)]).min()
}

/// Oldest first; the page's order decides between equal times.
fn by_time(updates: &[crate::Update<MaintenanceStage>]) -> Vec<crate::Update<MaintenanceStage>> {
    let mut updates = updates.to_vec();
    updates.sort_by_key(|update| update.at);
    updates
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
