//! Incidents: opened, updated, resolved, reopened, edited, gone.

use std::collections::BTreeSet;

use super::components;
use super::timeline;
use super::{Comparison, Moment, Recalled};
use crate::alert::Standing;
use crate::event::{Event, EventKind, Subject};
use crate::ids;
use crate::incident::{Edit, Impact, Incident, IncidentState, Report, Stage, TimelineEntry, Was};
use crate::reading::Reading;
use crate::sample::is_sample;
use crate::step::{PageState, Trace};
use crate::time::Timestamp;

/// Good readings in a row from which an open incident must be missing before its absence means something.
const MISSING_TWICE: u8 = 2;

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
        if let (false, Some(known)) = (state.incidents.contains_key(&report.id), recalled.get(&report.id)) {
            // Known once and forgotten: its record goes on.
            let (incident, event) = told_again(known, report, last_seen(known), moment);
            let imported_open = moment.before.is_none() && incident.is_open();
            let standing = Standing { imported_open, imported_impact: incident.impact, ..Standing::default() };
            let trace = Trace { standing, ..Trace::of(&incident, fingerprint(report), moment.now) };
            state.incidents.insert(report.id.clone(), trace);
            comparison.incidents.push(incident);
            // A first look announces nothing.
            comparison.events.extend(event.filter(|_| moment.before.is_some()));
            continue;
        }
        match state.incidents.get_mut(&report.id) {
            None => {
                let (incident, event) = met(report, moment);
                let imported_open = incident.imported && incident.is_open();
                let standing = Standing { imported_open, imported_impact: incident.impact, ..Standing::default() };
                let trace = Trace { standing, ..Trace::of(&incident, fingerprint(report), moment.now) };
                state.incidents.insert(report.id.clone(), trace);
                comparison.incidents.push(incident);
                comparison.events.push(event);
            }
            Some(trace) => {
                let listed_at = trace.seen_at;
                trace.listed(moment.now);
                let print = fingerprint(report);
                if trace.fingerprint == print {
                    continue;
                }
                if let Some(known) = recalled.get(&report.id) {
                    trace.fingerprint = print;
                    let (incident, event) = told_again(known, report, listed_at, moment);
                    trace.follow(&incident);
                    comparison.incidents.push(incident);
                    comparison.events.extend(event);
                }
            }
        }
    }
    for (id, trace) in &mut state.incidents {
        if seen.contains(id.as_str()) {
            continue;
        }
        trace.unlisted_since.get_or_insert(moment.now);
        if !trace.open || moment.before.is_none() {
            continue;
        }
        let known = recalled.get(id);
        if reading.covers.open || known.is_some_and(|known| history_reaches_behind(known, reading)) {
            trace.not_in_history |= known.is_some_and(|known| history_has_room(known, reading));
            missing(trace, known, moment, comparison);
        }
    }
}

/// The page says what it said before: what was missing then is missing twice now.
pub(super) fn unchanged(state: &mut PageState, recalled: &Recalled, moment: &Moment<'_>, comparison: &mut Comparison) {
    for (id, trace) in state.incidents.iter_mut().filter(|(_, trace)| trace.open && trace.missing > 0) {
        missing(trace, recalled.get(id), moment, comparison);
    }
}

/// An incident we meet for the first time.
fn met(report: &Report, moment: &Moment<'_>) -> (Incident, Event) {
    let closed = report.is_closed();
    let merged = timeline::merge(&[], &report.updates, None, moment.now);
    let timeline = &merged.entries;
    let resolved_at = resolved_at(report, timeline, None);
    let ended = resolved_at.or_else(|| timeline.iter().filter_map(|entry| entry.at).max());
    let imported = match moment.before {
        None => true,
        // Nothing says when it ended: no evidence that it is news.
        Some(before) => closed && ended.is_none_or(|ended| ended < before),
    };
    let incident = Incident {
        id: ids::v7(moment.now, &[b"incident", moment.page.as_bytes(), report.id.as_bytes()]),
        vendor_id: report.id.clone(),
        title: report.title.clone(),
        url: report.url.clone(),
        impact: report.impact.unwrap_or(Impact::Minor),
        stage: stage_of(report, timeline, None),
        state: if closed { IncidentState::Closed } else { IncidentState::Open },
        started_at: report.started_at.or_else(|| timeline.iter().find_map(|entry| entry.at)),
        resolved_at,
        first_seen_at: moment.now,
        imported,
        inferred: false,
        sample: is_sample(&report.title, &report.updates),
        components: report.components.clone(),
        updates: timeline.clone(),
        edits: Vec::new(),
        left_out: 0,
        pushed_at: moment.pushed_at.filter(|_| !imported),
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

/// When anything new was seen of it last.
fn last_seen(known: &Incident) -> Timestamp {
    known.updates.iter().map(|entry| entry.first_seen_at).fold(known.first_seen_at, Timestamp::max)
}

/// It is over, and this telling has none of the words that we know: a row of a history says less than we know, and
/// nothing new.
fn says_less(known: &Incident, report: &Report) -> bool {
    let over = !known.is_open() && !known.inferred && report.is_closed();
    over && report.updates.is_empty() && !known.updates.is_empty()
}

/// Its words come after it was met as over, without any: they were there before we looked, and are no news either.
fn words_come_later(known: &Incident, report: &Report) -> bool {
    known.imported && !known.is_open() && report.is_closed() && known.updates.is_empty()
}

/// An incident we know, told differently now. `listed_at`: the last reading that told of it.
fn told_again(
    known: &Incident,
    report: &Report,
    listed_at: Timestamp,
    moment: &Moment<'_>,
) -> (Incident, Option<Event>) {
    if says_less(known, report) {
        return (Incident { vendor_id: report.id.clone(), ..known.clone() }, None);
    }
    let later = words_come_later(known, report);
    let mut merged = timeline::merge(&known.updates, &report.updates, Some(listed_at).filter(|_| !later), moment.now);
    if later {
        merged.fresh.retain(|update| update.at.is_some_and(|at| at > listed_at));
    }
    // One that was taken off the page never had an end; the page's word gives it one.
    let endless = known.is_open() || was_removed(known);
    let closes = endless && report.is_closed();
    let reopens = !known.is_open() && !report.is_closed() && reopens(known, report, &merged.fresh);
    let open = reopens || (known.is_open() && !closes);
    let mut incident = Incident {
        vendor_id: report.id.clone(),
        title: report.title.clone(),
        url: report.url.clone().or_else(|| known.url.clone()),
        impact: report.impact.unwrap_or(known.impact),
        started_at: report.started_at.or(known.started_at),
        state: if open { IncidentState::Open } else { IncidentState::Closed },
        sample: known.sample || is_sample(&report.title, &report.updates),
        ..known.clone()
    };
    let timeline = &merged.entries;
    if open {
        incident.stage = stage_of(report, timeline, Some(known.stage).filter(|stage| !stage.is_terminal()));
        incident.resolved_at = None;
        incident.inferred = false;
    } else if report.is_closed() {
        incident.stage =
            if known.stage == Stage::Postmortem { Stage::Postmortem } else { stage_of(report, timeline, None) };
        incident.resolved_at = resolved_at(report, timeline, Some(known));
        incident.inferred = false;
    }
    if open || closes {
        incident.components = components::after(&known.components, &report.components, closes);
    }
    incident.updates = merged.entries;
    let edits = edits(known, &incident, moment.now);
    incident.note(edits);
    let retitled = is_retitled(known, &report.title);
    let flags = Flags { closes, reopens, edited: merged.edited || retitled };
    let changes = changes(known, &incident, &merged.fresh, &flags);
    let event = (!changes.is_empty()).then(|| event_of(&incident, changes, false, merged.fresh, moment));
    (incident, event)
}

fn is_retitled(known: &Incident, title: &str) -> bool {
    let earlier = known.edits.iter().rev().filter_map(|edit| match &edit.was {
        Was::Title(title) => Some(title.as_str()),
        _ => None,
    });
    known.title != title && !timeline::runs_on(earlier, &known.title, title)
}

/// What an incident no longer says of itself. That it ends, or names its components at last, takes nothing back.
fn edits(before: &Incident, after: &Incident, now: Timestamp) -> Vec<Edit> {
    let moved =
        |before: Option<Timestamp>, after: Option<Timestamp>| before.filter(|_| after.is_some() && before != after);
    let ended = moved(before.resolved_at, after.resolved_at).filter(|_| !before.inferred && !after.is_open());
    let scope = !before.components.is_empty() && !components::same(&before.components, &after.components);
    let retitled = is_retitled(before, &after.title);
    let title = retitled.then(|| Was::Title(before.title.clone()));
    let impact = (before.impact != after.impact).then_some(Was::Impact(before.impact));
    let started = moved(before.started_at, after.started_at).map(Was::StartedAt);
    let scope = scope.then(|| Was::Components(before.components.clone()));
    let all = [title, impact, started, ended.map(Was::ResolvedAt), scope];
    all.into_iter().flatten().map(|was| Edit { seen_at: now, was }).collect()
}

/// We closed it because the page took it away, without a word on how it ended.
fn was_removed(known: &Incident) -> bool {
    known.inferred && !known.stage.is_terminal()
}

/// Only a new non-terminal update made after the end reopens. Where the page never gives updates, its word must do;
/// an end that we only inferred yields to the page's word too.
fn reopens(known: &Incident, report: &Report, fresh: &[TimelineEntry]) -> bool {
    if known.inferred || (known.updates.is_empty() && report.updates.is_empty()) {
        return true;
    }
    let ended = known.resolved_at;
    // An update without a stage speaks for the stage that the incident has beside it.
    let stands_open = report.stage.is_some_and(|stage| !stage.is_terminal());
    fresh.iter().any(|update| {
        let speaks_of_trouble = update.stage.map_or(stands_open, |stage| !stage.is_terminal());
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
    let scope_changed = now.is_open() && !components::same(&known.components, &now.components);
    // A page that gives no texts has only the stage to say that something moved.
    let moved = now.updates.is_empty() && known.is_open() && now.is_open() && known.stage != now.stage;
    [
        (flags.reopens, EventKind::IncidentReopened),
        (flags.closes, EventKind::IncidentResolved),
        (postmortem, EventKind::IncidentPostmortem),
        (fresh.len() > carriers || moved, EventKind::IncidentUpdated),
        (known.impact != now.impact, EventKind::IncidentImpactChanged),
        (scope_changed, EventKind::IncidentScopeChanged),
        (flags.edited, EventKind::IncidentEdited),
    ]
    .into_iter()
    .filter_map(|(applies, kind)| applies.then_some(kind))
    .collect()
}

/// The reading's history would list this incident if it had ended. Pages list their history by the start.
fn history_has_room(known: &Incident, reading: &Reading) -> bool {
    reading.covers.history_since.is_some_and(|since| known.started_at.unwrap_or(known.first_seen_at) >= since)
}

/// The reading's history begins before this incident did, so that it would list it, open or not.
fn history_reaches_behind(known: &Incident, reading: &Reading) -> bool {
    reading.covers.history_since.zip(known.started_at).is_some_and(|(since, began)| since < began)
}

/// An open incident that the page no longer lists, although it lists all open ones, or all of its time.
fn missing(trace: &mut Trace, known: Option<&Incident>, moment: &Moment<'_>, comparison: &mut Comparison) {
    trace.missing = trace.missing.saturating_add(1);
    let Some(known) = known.filter(|_| trace.missing >= MISSING_TWICE) else { return };
    let mut incident = Incident { state: IncidentState::Closed, inferred: true, ..known.clone() };
    let kind = if trace.not_in_history {
        EventKind::IncidentRemoved
    } else {
        incident.stage = Stage::Resolved;
        incident.resolved_at = Some(trace.seen_at);
        EventKind::IncidentResolved
    };
    trace.follow(&incident);
    // From here on it is remembered for as long as any other that is over.
    trace.unlisted_since = Some(moment.now);
    // Whatever the page says of it next is a change, even if it is what it said before.
    trace.fingerprint = 0;
    comparison.events.push(event_of(&incident, vec![kind], false, Vec::new(), moment));
    comparison.incidents.push(incident);
}

/// Every open incident of a page that is no more, unless the page in its place tells of it.
pub(super) fn gone(
    state: &mut PageState,
    recalled: &Recalled,
    instead: &Reading,
    moment: &Moment<'_>,
    comparison: &mut Comparison,
) {
    let told: BTreeSet<&str> = instead.incidents.iter().map(|report| report.id.as_str()).collect();
    for (id, trace) in state.incidents.iter_mut().filter(|(id, trace)| trace.open && !told.contains(id.as_str())) {
        let Some(known) = recalled.get(id) else { continue };
        let incident = Incident { state: IncidentState::Closed, inferred: true, ..known.clone() };
        trace.follow(&incident);
        trace.fingerprint = 0;
        comparison.events.push(event_of(&incident, vec![EventKind::IncidentRemoved], false, Vec::new(), moment));
        comparison.incidents.push(incident);
    }
}

/// The page's word for the stage; else the end, where it gives the time of one; else what is known. A post-mortem that
/// is the last word of a closed incident's timeline is its stage, even if the page calls it resolved still.
fn stage_of(report: &Report, timeline: &[TimelineEntry], known: Option<Stage>) -> Stage {
    let last = timeline.iter().rev().find_map(|entry| entry.stage);
    if report.is_closed() {
        let postmortem = last == Some(Stage::Postmortem);
        return if postmortem { Stage::Postmortem } else { report.stage.unwrap_or(Stage::Resolved) };
    }
    let open = |stage: &Stage| !stage.is_terminal();
    report.stage.or(last.filter(open)).or(known).unwrap_or(Stage::Investigating)
}

/// The vendor's time of the end, else the first "resolved" after the last sign of trouble (else the last one, else the
/// first terminal update), else what is known.
fn resolved_at(report: &Report, timeline: &[TimelineEntry], known: Option<&Incident>) -> Option<Timestamp> {
    if !report.is_closed() {
        return None;
    }
    let resolved = |entry: &&TimelineEntry| entry.stage == Some(Stage::Resolved);
    let terminal = |entry: &&TimelineEntry| entry.stage.is_some_and(Stage::is_terminal);
    let trouble = |entry: &TimelineEntry| entry.stage.is_some_and(|stage| !stage.is_terminal());
    let after = timeline.iter().rposition(trouble).map_or(0, |last| last + 1);
    let tail = timeline.get(after..).unwrap_or_default();
    let ends = tail.iter().find(resolved).or_else(|| timeline.iter().rev().find(resolved));
    let told = || ends.or_else(|| timeline.iter().find(terminal)).and_then(|entry| entry.at);
    report.resolved_at.or_else(told).or_else(|| known.and_then(|known| known.resolved_at))
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
