//! Two tellings of one timeline become one: nothing is lost, edits keep the earlier text.

use crate::incident::{Revision, TimelineEntry, Update};
use crate::time::Timestamp;

/// What became of a timeline.
pub(super) struct Merged {
    /// Oldest first.
    pub entries: Vec<TimelineEntry>,
    /// Entries nobody had seen before, oldest first.
    pub fresh: Vec<TimelineEntry>,
    /// The text, stage or time of a known entry changed.
    pub edited: bool,
}

/// Merges what the page tells now into what we remember. Entries the page no longer lists are kept.
pub(super) fn merge(known: &[TimelineEntry], told: &[Update], now: Timestamp) -> Merged {
    let mut left: Vec<Option<&TimelineEntry>> = known.iter().map(Some).collect();
    let mut merged =
        Merged { entries: Vec::with_capacity(told.len().max(known.len())), fresh: Vec::new(), edited: false };
    let pairs = pair(&mut left, told);
    for (update, entry) in told.iter().zip(pairs) {
        match entry {
            Some((entry, Match::SameId)) => {
                let entry = revised(entry, update, now, &mut merged.edited);
                merged.entries.push(entry);
            }
            // Another surface of the page tells it in its own words and ids: the one we have stays.
            Some((entry, Match::SameMoment)) => merged.entries.push(entry.clone()),
            None => {
                let entry = TimelineEntry {
                    id: update.id.clone(),
                    stage: update.stage,
                    at: update.at,
                    body: update.body.clone(),
                    first_seen_at: now,
                    revisions: Vec::new(),
                };
                merged.fresh.push(entry.clone());
                merged.entries.push(entry);
            }
        }
    }
    for entry in left.into_iter().flatten() {
        let place = merged.entries.iter().position(|other| other.at > entry.at).unwrap_or(merged.entries.len());
        merged.entries.insert(place, entry.clone());
    }
    merged
}

enum Match {
    SameId,
    SameMoment,
}

/// For each told update the remembered entry it is: by id first, for all of them, then by stage and minute.
fn pair<'a>(left: &mut [Option<&'a TimelineEntry>], told: &[Update]) -> Vec<Option<(&'a TimelineEntry, Match)>> {
    let mut pairs: Vec<_> = told
        .iter()
        .map(|update| take(left, |entry| entry.id == update.id).map(|entry| (entry, Match::SameId)))
        .collect();
    for (update, found) in told.iter().zip(pairs.iter_mut()) {
        if found.is_none() {
            *found = take(left, |entry| same_moment(entry, update)).map(|entry| (entry, Match::SameMoment));
        }
    }
    pairs
}

fn take<'a>(
    left: &mut [Option<&'a TimelineEntry>],
    is_it: impl Fn(&TimelineEntry) -> bool,
) -> Option<&'a TimelineEntry> {
    left.iter_mut().find(|entry| entry.is_some_and(&is_it)).and_then(Option::take)
}

/// Same stage in the same minute with the same words: feeds cut times to minutes and have ids of their own.
fn same_moment(entry: &TimelineEntry, update: &Update) -> bool {
    let minute = |at: Option<Timestamp>| at.map(|at| at.as_second().div_euclid(60));
    entry.at.is_some()
        && minute(entry.at) == minute(update.at)
        && entry.stage == update.stage
        && (same_text(&entry.body, &update.body) || looks_derived(&update.id) != looks_derived(&entry.id))
}

/// Readers mark ids that they derived themselves (a feed has none) with a leading `~`.
fn looks_derived(id: &str) -> bool {
    id.starts_with('~')
}

fn same_text(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

fn revised(entry: &TimelineEntry, update: &Update, now: Timestamp, edited: &mut bool) -> TimelineEntry {
    let same_body = same_text(&entry.body, &update.body);
    if same_body && entry.stage == update.stage && entry.at == update.at {
        return entry.clone();
    }
    *edited = true;
    let mut entry = entry.clone();
    entry.revisions.push(Revision {
        seen_at: now,
        body: std::mem::replace(&mut entry.body, update.body.clone()),
        stage: entry.stage.filter(|_| entry.stage != update.stage),
        at: entry.at.filter(|_| entry.at != update.at),
    });
    entry.stage = update.stage.or(entry.stage);
    entry.at = update.at.or(entry.at);
    entry
}
