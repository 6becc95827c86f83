//! The past beside the present: what is asked for of what was, whatever the platform, and how it joins what was read of now.

use std::collections::BTreeSet;

use tocsin_domain::{Reading, Timestamp};

use super::{back, late};
use crate::{Answered, Memory};

/// A poll asks for the past only as long as it makes no more asks than this in all.
pub const MOST_ASKS: usize = 8;

/// A part that ends this long (seconds) before the next one begins leaves nothing out: many end at 23:59:59.
const SEAM_S: i64 = 60;

/// An ask for something that was. It is made once, always whole: what it brings is not held against the next.
#[must_use]
pub fn is_past(key: &str) -> bool {
    key.starts_with(late::KEY) || key.starts_with(back::KEY)
}

/// So many asks a poll may still make.
pub(crate) fn room(answers: &[Answered]) -> usize {
    MOST_ASKS.saturating_sub(answers.len())
}

/// Something of the past was asked for in this poll.
pub(crate) fn was_asked(answers: &[Answered]) -> bool {
    answers.iter().any(|answered| is_past(&answered.ask.key))
}

/// Ids of the incidents that were asked for by themselves.
pub(crate) fn late_ids(answers: &[Answered]) -> Vec<&str> {
    let mut ids: Vec<&str> = answers.iter().filter_map(|answered| answered.ask.key.strip_prefix(late::KEY)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What stays remembered of the past where everything else is looked for anew.
pub(crate) fn kept(memory: &Memory) -> Memory {
    let mut kept = Memory::default();
    for key in [back::BACK, late::ENDED] {
        if let Some(value) = memory.0.get(key) {
            kept.set(key, value.clone());
        }
    }
    kept
}

/// The reading of now, and beside it what was. `whole` was read from the same payloads and those of the past: of now it
/// says nothing, neither how things are nor what is open.
pub(crate) fn joined(now: Reading, whole: Reading) -> Reading {
    let open: BTreeSet<&str> = now.incidents.iter().map(|one| one.id.as_str()).collect();
    let works: BTreeSet<&str> = now.maintenances.iter().map(|one| one.id.as_str()).collect();
    let (mut incidents, mut maintenances) = (whole.incidents, whole.maintenances);
    incidents.retain(|one| one.is_closed() || open.contains(one.id.as_str()));
    maintenances.retain(|one| one.stage.is_some_and(|stage| stage.is_over()) || works.contains(one.id.as_str()));
    Reading { incidents, maintenances, ..now }
}

/// Since when everything is told: parts that overlap what is known, each from and to when, newest first, reach further.
pub(crate) fn reaching(
    since: Option<Timestamp>,
    parts: impl IntoIterator<Item = (Timestamp, Timestamp)>,
) -> Option<Timestamp> {
    let overlap = |known: Timestamp, to: Timestamp| to.plus(SEAM_S) >= known;
    let further = |known: Timestamp, (from, to): (Timestamp, Timestamp)| {
        if overlap(known, to) { known.min(from) } else { known }
    };
    since.map(|since| parts.into_iter().fold(since, further))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_overlaps_reaches_further() {
        let at = |minute: i64| Timestamp::from_second(minute * 600);
        let reach = |since: Option<i64>, parts: &[(i64, i64)]| {
            let parts = parts.iter().map(|(from, to)| (at(*from), at(*to)));
            reaching(since.map(at), parts).map(|at| at.as_second() / 600)
        };
        assert_eq!(reach(Some(50), &[(40, 60), (30, 40)]), Some(30));
        assert_eq!(reach(Some(50), &[(60, 90), (40, 60)]), Some(40));
        assert_eq!(reach(Some(50), &[(30, 40), (20, 30)]), Some(50), "what lies between is not known");
        assert_eq!(reach(None, &[(30, 40)]), None);
    }
}
