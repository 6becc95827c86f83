//! From drafts to reports: order, times and identity of updates, the same for every platform.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp as Precise;
use tocsin_domain::maintenance::Work;
use tocsin_domain::{MaintenanceStage, Report, Stage, Timestamp, Update};

/// An update as a platform read it, with its times in full precision.
#[derive(Clone, Debug)]
pub struct Draft<S> {
    /// Native id; empty: one is derived from the time.
    pub id: String,
    pub stage: Option<S>,
    /// When the vendor says it was made.
    pub at: Option<Precise>,
    /// When the vendor's system stored it: decides between equal `at`.
    pub stored_at: Option<Precise>,
    pub body: String,
}

/// Puts updates oldest first by (shown time, stored time, id), then cuts times to seconds. Repeated ids are dropped.
/// Updates without an id get one from their minute, marked with `~`, because that is all a feed does not change.
/// Of those without an id that are alike in everything one stays.
#[must_use]
pub fn ordered<S: PartialEq>(mut drafts: Vec<Draft<S>>) -> Vec<Update<S>> {
    drafts.sort_by(|one, other| {
        let key = |draft: &Draft<S>| (draft.at.or(draft.stored_at), draft.stored_at);
        key(one).cmp(&key(other)).then_with(|| one.id.cmp(&other.id))
    });
    let mut taken: HashSet<String> = HashSet::with_capacity(drafts.len());
    let mut turns: HashMap<String, usize> = HashMap::new();
    let mut updates: Vec<Update<S>> = Vec::with_capacity(drafts.len());
    // The full time of each update.
    let mut said: Vec<Option<Precise>> = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let at = draft.at.or(draft.stored_at).map(Timestamp::from_jiff);
        if draft.id.is_empty() && is_known(&updates, &said, &draft) {
            continue;
        }
        let id = if draft.id.is_empty() { free_id(derived_id(at), &taken, &mut turns) } else { draft.id };
        if taken.insert(id.clone()) {
            said.push(draft.at);
            updates.push(Update { id, stage: draft.stage, at, body: draft.body });
        }
    }
    updates
}

/// The same stage and words at the very same time. Only the neighbours need be looked at: the drafts are in order.
fn is_known<S: PartialEq>(updates: &[Update<S>], said: &[Option<Precise>], draft: &Draft<S>) -> bool {
    let same_time = updates.iter().zip(said).rev().take_while(|(_, at)| **at == draft.at).take(NEIGHBOURS);
    draft.at.is_some() && same_time.into_iter().any(|(one, _)| one.stage == draft.stage && one.body == draft.body)
}

/// More updates than this at one moment are not looked through.
const NEIGHBOURS: usize = 20;

/// `~2026-02-20T22:01Z`: an id for an update that has none.
#[must_use]
pub fn derived_id(at: Option<Timestamp>) -> String {
    let text = at.map(|at| at.to_string()).unwrap_or_default();
    format!("~{}Z", text.get(..16).unwrap_or("undated"))
}

/// `~2026-02-20T22:01Z.2`: the second one of its minute. `turns` counts the ones of every minute.
fn free_id(wanted: String, taken: &HashSet<String>, turns: &mut HashMap<String, usize>) -> String {
    if !taken.contains(&wanted) {
        return wanted;
    }
    let turn = turns.entry(wanted.clone()).or_insert(1);
    loop {
        *turn += 1;
        let id = format!("{wanted}.{turn}");
        if !taken.contains(&id) {
            return id;
        }
    }
}

/// "Update" repeats the stage before it. Updates must be oldest first.
pub fn carry_stages<S: Copy>(updates: &mut [Update<S>]) {
    let mut last = None;
    for update in updates {
        match update.stage {
            Some(stage) => last = Some(stage),
            None => update.stage = last,
        }
    }
}

/// What is listed as open is not over because an update without a word follows one that said so: what comes after an end
/// goes on. Updates must be oldest first.
pub fn stay_open(updates: &mut [Update]) {
    let Some(last) = updates.iter().rposition(|update| update.stage.is_some()) else { return };
    if updates.get(last).and_then(|update| update.stage).is_some_and(Stage::is_terminal) {
        updates.iter_mut().skip(last + 1).for_each(|update| update.stage = Some(Stage::Monitoring));
    }
}

/// Fills in what follows from the updates: the start where the vendor gives none, the end of a closed incident.
/// Only an incident that is closed gets an end.
pub fn settle(report: &mut Report) {
    report.started_at = report.started_at.or_else(|| report.updates.iter().find_map(|update| update.at));
    let terminal = |update: &&Update| update.stage.is_some_and(Stage::is_terminal);
    if report.stage.is_some_and(|stage| !stage.is_terminal()) {
        report.resolved_at = None;
    } else if report.stage.is_some() && report.resolved_at.is_none() {
        // The end that counts is the first terminal word after the last sign of trouble.
        let trouble = |update: &Update| update.stage.is_some_and(|stage| !stage.is_terminal());
        let after = report.updates.iter().rposition(trouble).map_or(0, |last| last + 1);
        let tail = report.updates.get(after..).unwrap_or_default();
        report.resolved_at =
            tail.iter().find(terminal).or_else(|| report.updates.iter().find(terminal)).and_then(|update| update.at);
    }
}

/// Of several tellings of one thing the fullest stays, in the place of the first; among equals the first.
pub fn fullest<T, K: Ord>(
    all: impl IntoIterator<Item = T>,
    id: impl Fn(&T) -> &str,
    fullness: impl Fn(&T) -> K,
) -> Vec<T> {
    let mut kept: Vec<T> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for one in all {
        match places.get(id(&one)).copied() {
            None => {
                places.insert(id(&one).to_owned(), kept.len());
                kept.push(one);
            }
            Some(place) => {
                if let Some(known) = kept.get_mut(place).filter(|known| fullness(&one) > fullness(known)) {
                    *known = one;
                }
            }
        }
    }
    kept
}

/// The fullest telling of every incident, whatever came first.
pub fn merged(reports: impl IntoIterator<Item = Report>) -> Vec<Report> {
    let text = |one: &Report| serde_json::to_string(one).unwrap_or_default();
    fullest(reports, |one| one.id.as_str(), |one| (one.updates.len(), one.is_closed(), one.impact, text(one)))
}

/// The fullest telling of every work, whatever came first.
pub fn merged_works(works: impl IntoIterator<Item = Work>) -> Vec<Work> {
    let text = |one: &Work| serde_json::to_string(one).unwrap_or_default();
    fullest(works, |one| one.id.as_str(), |one| (one.updates.len(), one.stage, text(one)))
}

/// Newest first, so that a reading does not depend on the order of its payloads.
pub fn sort_reports(reports: &mut [Report]) {
    reports.sort_by(|one, other| other.started_at.cmp(&one.started_at).then_with(|| one.id.cmp(&other.id)));
}

/// Newest first.
pub fn sort_works(works: &mut [Work]) {
    works.sort_by(|one, other| other.starts_at.cmp(&one.starts_at).then_with(|| one.id.cmp(&other.id)));
}

/// The last stage an update names.
#[must_use]
pub fn last_stage(updates: &[Update]) -> Option<Stage> {
    updates.iter().rev().find_map(|update| update.stage)
}

/// The last stage an update of announced work names.
#[must_use]
pub fn last_work_stage(updates: &[Update<MaintenanceStage>]) -> Option<MaintenanceStage> {
    updates.iter().rev().find_map(|update| update.stage)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(id: &str, at: &str, stored: &str) -> Draft<Stage> {
        Draft {
            id: id.to_owned(),
            stage: None,
            at: at.parse().ok(),
            stored_at: stored.parse().ok(),
            body: String::new(),
        }
    }

    #[test]
    fn full_precision_decides_before_times_are_cut() {
        let drafts = vec![
            draft("b", "2026-02-20T22:01:00.900Z", "2026-02-20T22:01:00.900Z"),
            draft("c", "2026-02-20T22:01:00.100Z", "2026-02-20T22:05:00.000Z"),
            draft("a", "2026-02-20T22:01:00.100Z", "2026-02-20T22:05:00.000Z"),
            draft("a", "2026-02-20T22:01:00.100Z", "2026-02-20T22:05:00.000Z"),
        ];
        let ids: Vec<String> = ordered(drafts).into_iter().map(|update| update.id).collect();
        assert_eq!(ids, ["a", "c", "b"]);
    }

    #[test]
    fn two_updates_of_one_minute_have_two_derived_ids() {
        let drafts = vec![draft("", "2026-02-20T22:01:00Z", ""), draft("", "2026-02-20T22:01:30Z", "")];
        let ids: Vec<String> = ordered(drafts).into_iter().map(|update| update.id).collect();
        assert_eq!(ids, ["~2026-02-20T22:01Z", "~2026-02-20T22:01Z.2"]);
    }

    #[test]
    fn what_follows_an_end_in_a_list_of_open_ones_is_none() {
        let stages = |all: &[Option<Stage>]| {
            let update = |(minute, stage)| Update { id: format!("u{minute}"), stage, at: None, body: String::new() };
            let mut updates: Vec<Update> = all.iter().copied().enumerate().map(update).collect();
            stay_open(&mut updates);
            updates.into_iter().map(|update| update.stage).collect::<Vec<_>>()
        };
        let (looking, over) = (Some(Stage::Investigating), Some(Stage::Resolved));
        assert_eq!(stages(&[looking, over, None]), [looking, over, Some(Stage::Monitoring)]);
        assert_eq!(stages(&[looking, None, over]), [looking, None, over]);
        assert_eq!(stages(&[looking, None]), [looking, None]);
        assert_eq!(stages(&[None]), [None]);
    }

    #[test]
    fn the_fullest_telling_stays_whatever_came_first() {
        let all = [("a", 1), ("b", 5), ("a", 3), ("b", 2), ("a", 3)];
        let kept = fullest(all, |one| one.0, |one| one.1);
        assert_eq!(kept, [("a", 3), ("b", 5)]);
    }
}
