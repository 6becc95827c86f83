//! What a step needs of what is remembered: named here, looked up by whoever keeps it.

use std::collections::{BTreeMap, BTreeSet};

use super::incidents::fingerprint;
use crate::incident::Report;
use crate::reading::Reading;
use crate::step::{PageState, Trace};
use crate::time::Timestamp;

/// Which remembered incidents a step at `now` needs: those that `reading` tells differently or misses, those whose
/// dwell is over, and those that were missing once (if the page says that nothing changed, they are missing twice).
#[must_use]
pub fn recall(state: &PageState, reading: Option<&Reading>, now: Timestamp) -> Vec<String> {
    // A page that is made anew may tell of anything we know under another id.
    if reading.is_some_and(|reading| is_remade(state, reading)) {
        return state.incidents.keys().cloned().collect();
    }
    let held = |trace: &Trace| trace.open && trace.standing.waits(now);
    let told: BTreeMap<&str, &Report> = reading
        .map(|reading| reading.incidents.iter().map(|report| (report.id.as_str(), report)).collect())
        .unwrap_or_default();
    let needed = state.incidents.iter().filter(|(id, trace)| {
        let differs = match (reading, told.get(id.as_str())) {
            (None, _) => trace.open && trace.missing > 0,
            (Some(_), Some(report)) => trace.fingerprint != fingerprint(report),
            (Some(_), None) => trace.open,
        };
        differs || held(trace)
    });
    needed.map(|(id, _)| id.clone()).collect()
}

/// Ids of incidents that the reading tells of and the page's memory does not hold. They may have been known once, or under
/// another id: whoever keeps records looks for them, and hands what is found to the step under the id told here.
#[must_use]
pub fn strangers(state: &PageState, reading: &Reading) -> Vec<String> {
    let unknown = reading.incidents.iter().map(|report| &report.id).filter(|id| !state.incidents.contains_key(*id));
    unknown.cloned().collect::<BTreeSet<String>>().into_iter().collect()
}

/// The reading is of another platform, or of a page with another id, than what we know.
fn is_remade(state: &PageState, reading: &Reading) -> bool {
    let differs = |known: &Option<String>, told: &Option<String>| known.is_some() && told.is_some() && known != told;
    differs(&state.platform, &reading.platform) || differs(&state.native_id, &reading.page.id)
}

/// Ids of work that the reading tells of and the page's memory does not hold: it may have been known once. Whoever keeps
/// records hands what is found to [`PageState::remember_work`] before the step.
#[must_use]
pub fn strange_works(state: &PageState, reading: &Reading) -> Vec<String> {
    let unknown = reading.maintenances.iter().map(|work| &work.id).filter(|id| !state.maintenances.contains_key(*id));
    unknown.cloned().collect::<BTreeSet<String>>().into_iter().collect()
}
