//! Renamed: after a migration a page tells of the same incidents under other ids. They keep our record, whoever was told
//! of them, and their history; nothing is announced again.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::maintenances::fingerprint as work_fingerprint;
use super::{Recalled, timeline};
use crate::incident::{Incident, Report, Update};
use crate::maintenance::Work;
use crate::reading::Reading;
use crate::step::PageState;
use crate::time::Timestamp;

/// On the same page only what began in the same minute or two is the same (seconds).
const SAME_START_S: i64 = 120;
/// After a move, systems disagree on when a thing began: for what is over by an hour, for what goes on by a day (seconds).
const CLOSED_START_S: i64 = 3600;
const OPEN_START_S: i64 = 24 * 3600;

/// Gives remembered incidents the ids under which the reading tells of them, where it no longer knows the old ones: same
/// title, same beginning. `moved`: the page is made with something else than before.
pub(super) fn incidents<'a>(
    state: &mut PageState,
    recalled: &'a Recalled,
    reading: &Reading,
    now: Timestamp,
    moved: bool,
) -> Cow<'a, Recalled> {
    // Nothing that we know differs: the usual case.
    if recalled.is_empty() {
        return Cow::Borrowed(recalled);
    }
    let told: BTreeSet<&str> = reading.incidents.iter().map(|report| report.id.as_str()).collect();
    let before = named_before(state, recalled, &told);
    let mut recalled = before.clone();
    let lost: Vec<&Incident> =
        before.iter().filter(|(id, _)| !told.contains(id.as_str())).map(|(_, known)| known).collect();
    let is_new = |id: &String| !state.incidents.contains_key(id) && !before.contains_key(id);
    let new: Vec<&Report> = reading.incidents.iter().filter(|report| is_new(&report.id)).collect();
    for (known, report) in nearest(&lost, &new, moved) {
        let Some(mut trace) = state.incidents.remove(&known.vendor_id) else { continue };
        let adopted = adopted(known, report, trace.seen_at, now);
        trace.fingerprint = 0;
        state.incidents.insert(report.id.clone(), trace);
        recalled.to_mut().remove(&known.vendor_id);
        recalled.to_mut().insert(report.id.clone(), adopted);
    }
    recalled
}

/// What was recalled under an id that it once had and that the page tells again takes that id back, unless the page tells
/// of it under the present one too: then they are two.
fn named_before<'a>(state: &mut PageState, recalled: &'a Recalled, told: &BTreeSet<&str>) -> Cow<'a, Recalled> {
    let mut recalled = Cow::Borrowed(recalled);
    let strangers = recalled.keys().filter(|id| !state.incidents.contains_key(*id) && told.contains(id.as_str()));
    for id in strangers.cloned().collect::<Vec<_>>() {
        let Some(ours) = recalled.get(&id).map(|known| known.id) else { continue };
        let Some(present) = state.incidents.iter().find(|(_, trace)| trace.id == ours).map(|(id, _)| id.clone()) else {
            continue;
        };
        if told.contains(present.as_str()) {
            recalled.to_mut().remove(&id);
        } else if let Some(mut trace) = state.incidents.remove(&present) {
            trace.fingerprint = 0;
            state.incidents.insert(id, trace);
            recalled.to_mut().remove(&present);
        }
    }
    recalled
}

/// The same for announced work, of which the whole record is remembered. What is not told of any more stays as it is.
pub(super) fn maintenances(state: &mut PageState, reading: &Reading) {
    let told: BTreeSet<&str> = reading.maintenances.iter().map(|work| work.id.as_str()).collect();
    let new: Vec<&Work> =
        reading.maintenances.iter().filter(|work| !state.maintenances.contains_key(&work.id)).collect();
    for work in new {
        let same = |id: &String, title: &str, starts: Option<Timestamp>| {
            !told.contains(id.as_str())
                && same_title(title, &work.title)
                && starts.zip(work.starts_at).is_some_and(|(one, other)| one.since(other).abs() <= CLOSED_START_S)
        };
        let known = state.maintenances.iter().find(|(id, trace)| same(id, &trace.record.title, trace.record.starts_at));
        let Some(id) = known.map(|(id, _)| id.clone()) else { continue };
        if let Some(mut trace) = state.maintenances.remove(&id) {
            trace.record.vendor_id.clone_from(&work.id);
            trace.fingerprint = work_fingerprint(work);
            trace.missing = 0;
            trace.unlisted_since = None;
            state.maintenances.insert(work.id.clone(), trace);
        }
    }
}

/// Who is who: those that began nearest to each other first, each of them once.
fn nearest<'a>(lost: &[&'a Incident], new: &[&'a Report], moved: bool) -> Vec<(&'a Incident, &'a Report)> {
    let places = |report: &Report| {
        lost.iter().enumerate().filter_map(|(place, known)| Some((apart(known, report, moved)?, place))).collect()
    };
    let mut pairs: Vec<(i64, usize, usize)> = Vec::new();
    for (turn, report) in new.iter().enumerate() {
        let may_be: Vec<(i64, usize)> = places(report);
        pairs.extend(may_be.into_iter().map(|(apart, place)| (apart, turn, place)));
    }
    pairs.sort_unstable();
    let (mut turns, mut taken) = (BTreeSet::new(), BTreeSet::new());
    pairs.retain(|(_, turn, place)| {
        let free = !turns.contains(turn) && !taken.contains(place);
        free && turns.insert(*turn) && taken.insert(*place)
    });
    pairs.into_iter().filter_map(|(_, turn, place)| Some((*lost.get(place)?, *new.get(turn)?))).collect()
}

/// How far apart the beginnings are (seconds), where the two may be one; `None` where not.
fn apart(known: &Incident, report: &Report, moved: bool) -> Option<i64> {
    if !same_title(&known.title, &report.title) {
        return None;
    }
    let ongoing = known.is_open() && !report.is_closed();
    // What was over and what goes on are two, unless they began together.
    let again = !known.is_open() && !report.is_closed();
    let most = match (moved && !again, ongoing) {
        (false, _) => SAME_START_S,
        (true, false) => CLOSED_START_S,
        (true, true) => OPEN_START_S,
    };
    let began = |known: &Incident| known.started_at.unwrap_or(known.first_seen_at);
    match report.started_at {
        Some(start) => Some(began(known).since(start).abs()).filter(|apart| *apart <= most),
        None => (moved && ongoing).then_some(most),
    }
}

fn same_title(one: &str, other: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let (one, other): (String, String) = (letters(one), letters(other));
    !one.is_empty() && one == other
}

/// What we knew, in the words of the new telling as far as they speak of what we knew. What is newer is left for the
/// comparison.
fn adopted(known: &Incident, report: &Report, listed_at: Timestamp, now: Timestamp) -> Incident {
    // The word that ends it is news, whatever time it bears.
    let ends = known.is_open() && report.is_closed();
    let end = |update: &Update| ends && update.stage.is_some_and(crate::Stage::is_terminal);
    let old = |update: &&Update| update.at.is_none_or(|at| at <= listed_at) && !end(update);
    let updates: Vec<Update> = report.updates.iter().filter(old).cloned().collect();
    let closed = !known.is_open() && report.is_closed();
    Incident {
        vendor_id: report.id.clone(),
        title: report.title.clone(),
        url: report.url.clone().or_else(|| known.url.clone()),
        impact: report.impact.unwrap_or(known.impact),
        started_at: report.started_at.or(known.started_at),
        resolved_at: report.resolved_at.filter(|_| closed).or(known.resolved_at),
        components: if report.components.is_empty() { known.components.clone() } else { report.components.clone() },
        updates: timeline::merge(&known.updates, &updates, None, now).entries,
        ..known.clone()
    }
}
