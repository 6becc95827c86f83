//! History: what the calls so far prove, in a form that survives a restart.

use serde::{Deserialize, Serialize};
use tocsin_check::{Calls, Fault, Next, Said};
use tocsin_media::g711::Law;
use tocsin_media::verdict::Verdict;

/// More is never kept, however odd the past was.
const MOST: usize = 2_000;
/// Calls in a row that the probe spoiled, beyond which one more changes nothing.
const ILL_ENOUGH: usize = 3;
/// After so many it is ill.
const ILL: usize = 2;

/// The calls that still count, oldest first. What they prove is always worked out anew, so that a restart changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History(Vec<Entry>);

/// The words of a call's verdict and codec.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry(String, String);

fn law(word: &str) -> Law {
    Law::BOTH.into_iter().find(|law| law.name() == word).unwrap_or(Law::Mu)
}

impl Entry {
    fn verdict(&self) -> Verdict {
        // A word that this version does not know proves nothing.
        Verdict::named(&self.0).unwrap_or(Verdict::ProbeFault)
    }
}

fn replayed(entries: &[Entry]) -> Calls {
    let mut calls = Calls::default();
    for entry in entries {
        let _known = calls.called(entry.verdict(), law(&entry.1));
    }
    calls
}

impl History {
    /// Takes the verdict of a call in that codec: what changed by it, and when to call next.
    pub fn called(&mut self, verdict: Verdict, law: Law) -> (Option<Said>, Next) {
        let mut calls = replayed(&self.0);
        let answer = calls.called(verdict, law);
        if verdict == Verdict::ProbeFault && self.spoiled() >= ILL_ENOUGH {
            return answer;
        }
        self.0.push(Entry(verdict.word().to_owned(), law.name().to_owned()));
        // The shortest past that proves the same is enough.
        let from = (0..self.0.len()).rev().find(|from| self.0.get(*from..).is_some_and(|end| replayed(end) == calls));
        self.0.drain(..from.unwrap_or(0).max(self.0.len().saturating_sub(MOST)));
        answer
    }

    /// What is wrong with the target.
    #[must_use]
    pub fn open(&self) -> Option<Fault> {
        replayed(&self.0).open()
    }

    fn spoiled(&self) -> usize {
        self.0.iter().rev().take_while(|entry| entry.verdict() == Verdict::ProbeFault).count()
    }

    /// The probe spoiled its last calls.
    #[must_use]
    pub fn is_ill(&self) -> bool {
        self.spoiled() >= ILL
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A fixed row of numbers that look drawn.
    fn drawn(seed: u64) -> impl Iterator<Item = usize> {
        let mut state = seed;
        std::iter::repeat_with(move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) as usize
        })
    }

    #[test]
    fn a_restart_after_any_call_changes_nothing() {
        let words =
            [Verdict::Pass, Verdict::Pass, Verdict::OneWayIn, Verdict::Busy, Verdict::PoorQuality, Verdict::ProbeFault];
        for seed in 0..300 {
            let (mut true_calls, mut kept) = (Calls::default(), History::default());
            let mut drawn = drawn(seed);
            // Some lines are mostly well, some mostly ill: then long stretches are alike.
            let kinds = drawn.next().unwrap() % words.len() + 1;
            for turn in 0..120 {
                let verdict = words[drawn.next().unwrap() % kinds];
                let law = Law::BOTH[turn % 2];
                let stored = serde_json::to_string(&kept).unwrap();
                kept = serde_json::from_str(&stored).unwrap();
                assert_eq!(kept.called(verdict, law), true_calls.called(verdict, law), "seed {seed}, turn {turn}");
                assert_eq!(kept.open(), true_calls.open(), "seed {seed}, turn {turn}");
            }
        }
    }

    #[test]
    fn what_goes_on_alike_is_kept_short() {
        for verdict in Verdict::ALL {
            let mut history = History::default();
            for _ in 0..500 {
                let _known = history.called(verdict, Law::Mu);
            }
            assert!(history.0.len() <= 6, "{verdict}: {}", history.0.len());
            assert_eq!(history.is_ill(), verdict == Verdict::ProbeFault);
        }
    }
}
