//! What several calls prove, as stories of verdicts.

use proptest::prelude::*;
use tocsin_check::{Calls, Fault, Next, Said};
use tocsin_media::g711::Law;
use tocsin_media::verdict::Verdict;

/// A call, what it changed, and whether another is made at once.
type Told = (Verdict, Option<Said>, bool);

fn play(name: &str, story: &[Told]) {
    let mut calls = Calls::default();
    let mut law = Law::Mu;
    for (number, (verdict, said, at_once)) in story.iter().enumerate() {
        let (heard, next) = calls.called(*verdict, law);
        assert_eq!(heard, *said, "{name}, call {number}");
        let other = if law == Law::Mu { Law::A } else { Law::Mu };
        assert_eq!(next, if *at_once { Next::AtOnce(other) } else { Next::InTurn }, "{name}, call {number}");
        law = if *at_once { other } else { Law::Mu };
    }
}

#[test]
fn stories() {
    use Fault::{NoAudio, NotAnswered, Poor};
    use Said::{Became, Ended, Opened, ProbeIll, ProbeWell};
    use Verdict::{AnsweredNoRtp, Busy, OneWayIn, Pass, PoorQuality, ProbeFault, RingsForever};
    let well = (Pass, None, false);
    play("one bad call is no incident", &[well, (OneWayIn, None, true), well, well, well]);
    play(
        "two are, and three good ones end it",
        &[
            well,
            (OneWayIn, None, true),
            (OneWayIn, Some(Opened(NoAudio)), false),
            (AnsweredNoRtp, None, false),
            well,
            well,
            (Pass, Some(Ended(NoAudio)), false),
            well,
        ],
    );
    play(
        "in one codec only",
        &[
            (OneWayIn, None, true),
            well,
            (OneWayIn, Some(Opened(NoAudio)), false),
            well,
            (OneWayIn, None, false),
            well,
            well,
            (Pass, Some(Ended(NoAudio)), false),
        ],
    );
    play(
        "two that are three apart prove nothing",
        &[(OneWayIn, None, true), well, well, (OneWayIn, None, true), well, well, well],
    );
    play(
        "nobody answers, then somebody does whom nobody hears",
        &[
            (RingsForever, None, true),
            (Busy, Some(Opened(NotAnswered)), false),
            (OneWayIn, Some(Became(NoAudio)), false),
            (OneWayIn, None, false),
            (OneWayIn, None, false),
        ],
    );
    play(
        "poor calls take three of five",
        &[
            (PoorQuality, None, false),
            well,
            (PoorQuality, None, false),
            well,
            (PoorQuality, Some(Opened(Poor)), false),
            well,
            well,
            (Pass, Some(Ended(Poor)), false),
        ],
    );
    play(
        "from bad to worse and back",
        &[
            (PoorQuality, None, false),
            (PoorQuality, None, false),
            (PoorQuality, Some(Opened(Poor)), false),
            (OneWayIn, None, true),
            (OneWayIn, Some(Became(NoAudio)), false),
            (PoorQuality, None, false),
            (PoorQuality, None, false),
            (Pass, Some(Became(Poor)), false),
            well,
            (Pass, Some(Ended(Poor)), false),
        ],
    );
    play(
        "an ill probe",
        &[
            (OneWayIn, None, true),
            (ProbeFault, None, false),
            (ProbeFault, Some(ProbeIll), false),
            (ProbeFault, None, false),
            (Pass, Some(ProbeWell), false),
            well,
            (ProbeFault, None, false),
            well,
        ],
    );
    play(
        "an ill probe neither ends nor makes an incident",
        &[
            (OneWayIn, None, true),
            (ProbeFault, None, false),
            (OneWayIn, Some(Opened(NoAudio)), false),
            (ProbeFault, None, false),
            (Pass, None, false),
            (ProbeFault, None, false),
            well,
            (Pass, Some(Ended(NoAudio)), false),
        ],
    );
}

#[test]
fn every_verdict_stands_for_something() {
    let without: Vec<Verdict> = Verdict::ALL.into_iter().filter(|verdict| Fault::of(*verdict).is_none()).collect();
    assert_eq!(without, [Verdict::Pass, Verdict::ProbeFault]);
    for verdict in Verdict::ALL {
        assert_eq!(verdict.is_answered_without_audio(), Fault::of(verdict) == Some(Fault::NoAudio), "{verdict}");
    }
    assert!(!Fault::Poor.is_major() && Fault::NoAudio.is_major());
}

proptest! {
    #![proptest_config(crate::config(256))]

    #[test]
    fn what_is_said_is_what_is_open(verdicts in proptest::collection::vec(0..Verdict::ALL.len(), 0..80)) {
        let mut calls = Calls::default();
        let mut open = None;
        let mut counted: Vec<Option<Fault>> = Vec::new();
        for number in verdicts {
            let verdict = Verdict::ALL[number];
            let (said, next) = calls.called(verdict, Law::A);
            match said {
                Some(Said::Opened(fault)) => {
                    prop_assert_eq!(open.replace(fault), None);
                }
                Some(Said::Became(fault)) => {
                    prop_assert!(open.replace(fault).is_some_and(|before| before != fault));
                }
                Some(Said::Ended(fault)) => {
                    prop_assert_eq!(open.take(), Some(fault));
                }
                Some(Said::ProbeIll | Said::ProbeWell) | None => {}
            }
            prop_assert_eq!(calls.open(), open);
            if verdict == Verdict::ProbeFault {
                prop_assert!(!matches!(said, Some(Said::Opened(_) | Said::Became(_) | Said::Ended(_))));
                prop_assert_eq!(next, Next::InTurn);
                continue;
            }
            counted.push(Fault::of(verdict));
            let last = |count: usize| counted.iter().rev().take(count).copied().flatten();
            let bad = last(3).filter(|fault| fault.is_major()).count();
            // The rules, said the other way round.
            prop_assert!(bad < 2 || open.is_some_and(Fault::is_major));
            if counted.len() >= 3 && last(3).count() == 0 {
                prop_assert_eq!(open, None);
            }
            if let Some(Said::Opened(fault)) = said {
                let poor = last(5).filter(|one| *one == Fault::Poor).count();
                let proved = if fault.is_major() { bad >= 2 } else { poor >= 3 };
                prop_assert!(proved);
            }
        }
    }
}
