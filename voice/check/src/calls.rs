//! What several calls to one target prove: when there is an incident, and when it is over.
//!
//! One bad call proves little, so it is made again at once, with the other codec offered first.
//!
//! | last calls, probe faults left out | |
//! |---|---|
//! | 2 of 3 that nobody can talk in, or that are not answered | incident, major |
//! | 3 of 5 that are poor or late, and none | incident, minor |
//! | 3 in a row that connect, not all well | a major incident becomes a minor one |
//! | 3 in a row that pass | over |
//!
//! A call that the probe spoiled itself counts for nothing, neither for an incident nor against one.

use std::collections::VecDeque;

use tocsin_media::g711::Law;
use tocsin_media::verdict::Verdict;

/// What is wrong with a target, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fault {
    /// Calls connect, and are hard to follow or late.
    Poor,
    /// Calls are not answered.
    NotAnswered,
    /// Calls are answered, and somebody cannot be heard.
    NoAudio,
}

impl Fault {
    /// What a call with that verdict stands for.
    #[must_use]
    pub fn of(verdict: Verdict) -> Option<Fault> {
        match verdict {
            Verdict::Pass | Verdict::ProbeFault => None,
            Verdict::LateAudio | Verdict::PoorQuality => Some(Fault::Poor),
            Verdict::AnsweredNoRtp | Verdict::AnsweredSilent | Verdict::OneWayIn | Verdict::OneWayOut => {
                Some(Fault::NoAudio)
            }
            Verdict::NotAnswered
            | Verdict::Busy
            | Verdict::Rejected
            | Verdict::RingsForever
            | Verdict::DroppedEarly
            | Verdict::CodecMismatch => Some(Fault::NotAnswered),
        }
    }

    #[must_use]
    pub fn is_major(self) -> bool {
        self > Fault::Poor
    }
}

/// When to call next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// When the schedule says so.
    InTurn,
    /// Without waiting, offering that codec first.
    AtOnce(Law),
}

/// What a call changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// An incident begins.
    Opened(Fault),
    /// The one that is open is of another kind, better or worse.
    Became(Fault),
    /// It is over.
    Ended(Fault),
    /// The probe was ill in two calls in a row: for its owner, and no incident of the target.
    ProbeIll,
    /// The probe is well again.
    ProbeWell,
}

const PROOF: usize = 2;
const OF: usize = 3;
const POOR_PROOF: usize = 3;
const POOR_OF: usize = 5;
const WELL: usize = 3;
const ILL: u32 = 2;

/// The calls to one target, as far back as they count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// The newest last; `None` passed.
    recent: VecDeque<Option<Fault>>,
    open: Option<Fault>,
    probe_faults: u32,
    /// The last call was made at once because of the one before.
    again: bool,
}

impl Calls {
    /// The incident that is open.
    #[must_use]
    pub fn open(&self) -> Option<Fault> {
        self.open
    }

    /// Takes the verdict of a call in that codec.
    pub fn called(&mut self, verdict: Verdict, law: Law) -> (Option<Said>, Next) {
        if verdict == Verdict::ProbeFault {
            self.probe_faults += 1;
            self.again = false;
            return ((self.probe_faults == ILL).then_some(Said::ProbeIll), Next::InTurn);
        }
        let was_ill = std::mem::take(&mut self.probe_faults) >= ILL;
        let fault = Fault::of(verdict);
        self.recent.push_back(fault);
        if self.recent.len() > POOR_OF {
            self.recent.pop_front();
        }
        let before = self.open;
        self.open = self.holds();
        let said = match (before, self.open) {
            (None, Some(fault)) => Some(Said::Opened(fault)),
            (Some(fault), None) => Some(Said::Ended(fault)),
            (Some(one), Some(other)) if one != other => Some(Said::Became(other)),
            _ => was_ill.then_some(Said::ProbeWell),
        };
        // A doubt is settled at once: a second call proves the first or does not. A third is in turn.
        let doubtful = fault.is_some_and(Fault::is_major) && self.open.is_none_or(|open| !open.is_major());
        self.again = doubtful && !self.again;
        (said, if self.again { Next::AtOnce(other(law)) } else { Next::InTurn })
    }

    /// The newest so many, if there are as many.
    fn last(&self, count: usize) -> impl Iterator<Item = Option<Fault>> {
        self.recent.iter().rev().take(count).copied()
    }

    fn holds(&self) -> Option<Fault> {
        let bad: Vec<Fault> = self.last(OF).flatten().filter(|fault| fault.is_major()).collect();
        if bad.len() >= PROOF {
            // Two that are not alike are told by the worse.
            return bad.into_iter().max();
        }
        let poor = self.last(POOR_OF).filter(|fault| *fault == Some(Fault::Poor)).count();
        match self.open {
            Some(_) if self.recent.len() >= WELL && self.last(WELL).all(|fault| fault.is_none()) => None,
            Some(major) if major.is_major() && bad.is_empty() && self.recent.len() >= WELL => Some(Fault::Poor),
            Some(open) => Some(open),
            None if poor >= POOR_PROOF => Some(Fault::Poor),
            None => None,
        }
    }
}

fn other(law: Law) -> Law {
    match law {
        Law::Mu => Law::A,
        Law::A => Law::Mu,
    }
}
