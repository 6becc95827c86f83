//! The script against every kind of far end: the verdict, the ladder, and that no call is left standing.

use std::time::Duration;

use proptest::prelude::*;
use tocsin_check::{Act, Caller, Event, FRAME, Plan, Step};
use tocsin_media::g711::Law;
use tocsin_media::nonce::Nonce;
use tocsin_media::playout::Counts;
use tocsin_media::verdict::{Control, Evidence, Judgement, Limits, Outcome, Verdict, judge};

use crate::simulated::{Done, Far, Line, call, ms};

/// What a call needs to be ended once it is to be.
const SOON: Duration = Duration::from_millis(100);

fn plan() -> Plan {
    Plan::new(Nonce(0x2A91))
}

fn judged(done: &Done) -> Judgement {
    judge(&Evidence { control: Control::Echoed, outcome: done.report.outcome.clone(), agent: None }, &Limits::default())
}

#[test]
fn every_far_end_gets_its_verdict() {
    use Verdict::{
        AnsweredNoRtp, AnsweredSilent, Busy, CodecMismatch, DroppedEarly, LateAudio, NotAnswered, OneWayIn, OneWayOut,
        Pass, PoorQuality, Rejected, RingsForever,
    };
    let rows = [
        (Far::Ours(0), Pass),
        (Far::Ours(1000), Pass),
        (Far::Ours(3500), LateAudio),
        (Far::Mute, AnsweredNoRtp),
        (Far::Silent(None), AnsweredSilent),
        (Far::Silent(Some(-54.0)), AnsweredSilent),
        (Far::Deaf, OneWayIn),
        (Far::Voiceless, OneWayOut),
        (Far::Echo, AnsweredSilent),
        (Far::Music, OneWayIn),
        (Far::BusyTone, OneWayIn),
        (Far::Recording, OneWayIn),
        (Far::Parrot, OneWayIn),
        (Far::HangsUp(100), DroppedEarly),
        (Far::HangsUp(2500), DroppedEarly),
        (Far::Louder(-27.0), PoorQuality),
        (Far::Louder(30.0), PoorQuality),
        (Far::OtherCodec, CodecMismatch),
        (Far::AgreesToOther, CodecMismatch),
        (Far::NeverReplies, NotAnswered),
        (Far::NeverAnswers, RingsForever),
        (Far::AnswersLate, RingsForever),
        (Far::Refuses(486), Busy),
        (Far::Refuses(488), CodecMismatch),
        (Far::Refuses(503), Rejected),
    ];
    for law in Law::BOTH {
        for (far, verdict) in rows {
            let done = call(far, Line { law, ..Line::GOOD }, plan());
            let judged = judged(&done);
            assert_eq!(judged.verdict, verdict, "{far:?}: {}\n{}", judged.why, done.report.ladder);
            assert!(done.lasted <= Duration::from_secs(45), "{far:?} lasted {:?}", done.lasted);
        }
    }
}

/// Every call that was answered is hung up exactly once, every one that was not is cancelled, and nothing is done
/// about one that is over already.
#[test]
fn no_call_is_left_standing() {
    let rows: [(Far, &[Act]); 7] = [
        (Far::Ours(0), &[Act::HangUp]),
        (Far::Deaf, &[Act::HangUp]),
        (Far::AgreesToOther, &[Act::HangUp]),
        (Far::HangsUp(500), &[]),
        (Far::Refuses(486), &[]),
        (Far::NeverAnswers, &[Act::Cancel]),
        // The answer crossed with our cancelling.
        (Far::AnswersLate, &[Act::Cancel, Act::HangUp]),
    ];
    for (far, acts) in rows {
        assert_eq!(call(far, Line::GOOD, plan()).acts, acts, "{far:?}");
    }
}

/// Whoever it is and whatever it waits for: after `whole` the call is ended, and soon.
#[test]
fn no_call_outlasts_its_time() {
    let fars = [
        Far::Ours(0),
        Far::Ours(3500),
        Far::Mute,
        Far::Deaf,
        Far::Voiceless,
        Far::Music,
        Far::Recording,
        Far::NeverAnswers,
        Far::AnswersLate,
    ];
    for far in fars {
        for seconds in [1, 2, 3, 5, 8] {
            let whole = Duration::from_secs(seconds);
            let patient = Duration::from_secs(600);
            let plan =
                Plan { whole, rings: patient, acknowledged: patient, confirmed: patient, number: patient, ..plan() };
            let done = call(far, Line::GOOD, plan);
            let ends = [Act::HangUp, Act::Cancel];
            assert!(done.acts.first().is_none_or(|act| ends.contains(act)), "{far:?}: {:?}", done.acts);
            assert!(
                done.lasted <= whole + SOON,
                "{far:?} lasted {:?} of {whole:?}\n{}",
                done.lasted,
                done.report.ladder
            );
        }
    }
}

#[test]
fn a_good_call_climbs_the_whole_ladder() {
    let done = call(Far::Ours(0), Line::GOOD, plan());
    let steps: Vec<String> = done.report.ladder.0.iter().map(|rung| rung.step.to_string()).collect();
    // One way is 30 ms of line, which are 40 in a world that looks every 20, and 60 of buffer.
    let delay = done.report.ladder.0.iter().find_map(|rung| match rung.step {
        Step::HeardChirp(delay) => Some(delay.as_millis()),
        _ => None,
    });
    let delay = delay.expect("a chirp came back");
    assert!((99..=101).contains(&delay), "{delay} ms");
    assert_eq!(
        steps,
        [
            "we call",
            "it rings (180)",
            "the call is answered",
            "the first packet of sound comes",
            "we hear the far end",
            "the far end says that it hears us",
            "the far end knows that we hear it",
            "we say the number 2a91",
            "the far end says the number d56e",
            "we send a chirp",
            &format!("a chirp comes back: {delay} ms one way"),
            "we hang up",
        ]
    );
    let written = done.report.ladder.to_string();
    assert!(written.contains("  1.000 s  the call is answered\n"), "{written}");
    assert_eq!((done.report.rang_after, done.report.answered_after), (Some(ms(200)), Some(ms(1000))));
    assert!(done.report.first_packet_after.is_some_and(|after| after <= ms(60)));
    assert!(done.lasted < Duration::from_secs(12), "{:?}", done.lasted);
    assert_eq!(done.callee.number(), Some(Nonce(0x2A91)));
}

#[test]
fn delay_is_told_to_a_few_milliseconds() {
    let shortest = call(Far::Ours(0), Line { delay: 20, ..Line::GOOD }, plan());
    let of = |done: &Done| match &done.report.outcome {
        Outcome::Answered(answered) => answered.quality.delay.unwrap().as_secs_f64() * 1000.0,
        other => panic!("{other:?}"),
    };
    for delay in [40, 100, 240, 380] {
        let done = call(Far::Ours(0), Line { delay, ..Line::GOOD }, plan());
        let longer = of(&done) - of(&shortest);
        assert!((longer - (delay - 20) as f64).abs() < 1.0, "{delay}: {longer}");
        let verdict = judged(&done).verdict;
        assert_eq!(verdict, if delay < 320 { Verdict::Pass } else { Verdict::PoorQuality }, "{delay}");
    }
}

/// What a network loses is no reason to call a connection none.
#[test]
fn bad_lines_still_connect() {
    for (seed, lost) in (1..).zip([10, 30, 50, 100]) {
        for law in Law::BOTH {
            let line = Line { law, delay: 60, jitter: 10, lost, seed };
            let done = call(Far::Ours(0), line, plan());
            let verdict = judged(&done).verdict;
            // At 10 % the loss itself is the complaint.
            let expected: &[Verdict] =
                if lost < 100 { &[Verdict::Pass, Verdict::PoorQuality] } else { &[Verdict::PoorQuality] };
            assert!(expected.contains(&verdict), "{line:?}: {verdict}\n{}", done.report.ladder);
            let deaf = call(Far::Deaf, line, plan());
            assert_eq!(judged(&deaf).verdict, Verdict::OneWayIn, "{line:?}");
        }
    }
}

#[test]
fn the_ladder_tells_what_the_network_said() {
    let done = call(Far::BusyTone, Line::GOOD, plan());
    let written = done.report.ladder.to_string();
    assert!(written.contains("we hear a busy tone"), "{written}");
    assert!(written.contains("nothing says that the far end hears us"), "{written}");
}

/// The call to our own echo: well if we hear ourselves, and in no other case.
#[test]
fn the_control_call_hears_itself_or_fails() {
    let rows = [
        (Far::Echo, Control::Echoed),
        (Far::Mute, Control::Failed),
        (Far::Silent(None), Control::Failed),
        (Far::Deaf, Control::Failed),
        (Far::Music, Control::Failed),
        (Far::NeverReplies, Control::Failed),
        (Far::Refuses(503), Control::Failed),
        (Far::OtherCodec, Control::Failed),
    ];
    for (far, control) in rows {
        assert_eq!(Control::of(&call(far, Line::GOOD, plan()).report.outcome), control, "{far:?}");
    }
    let bad = Line { lost: 50, jitter: 10, seed: 4, ..Line::GOOD };
    assert_eq!(Control::of(&call(Far::Echo, bad, plan()).report.outcome), Control::Echoed);
}

#[test]
fn an_ill_probe_blames_nobody() {
    let done = call(Far::Deaf, Line::GOOD, plan());
    let evidence = Evidence { control: Control::Failed, outcome: done.report.outcome, agent: None };
    assert_eq!(judge(&evidence, &Limits::default()).verdict, Verdict::ProbeFault);
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (180..190_u16).prop_map(Event::Provisional),
        any::<bool>().prop_map(|codec_agreed| Event::Answered { codec_agreed }),
        (300..700_u16).prop_map(Event::Refused),
        Just(Event::Packet),
        Just(Event::WrongCodec),
        Just(Event::CutOff),
    ]
}

proptest! {
    #![proptest_config(crate::config(48))]

    /// Whatever happens in whatever order, a call ends in its time, and whoever answered is hung up on or hung up.
    #[test]
    fn every_call_ends(events in proptest::collection::vec((0..3500_u64, event()), 0..12), noisy: bool) {
        let plan = plan();
        let mut caller = Caller::new(plan, ms(0));
        let (mut acts, mut answered, mut cut_off, mut refused) = (Vec::new(), false, false, false);
        for tick in 0..3500_u64 {
            let now = ms(tick * 20);
            for (_, event) in events.iter().filter(|one| one.0 == tick) {
                // A call has one final answer.
                let is_final = matches!(event, Event::Answered { .. } | Event::Refused(_));
                if is_final && (answered || refused) || (matches!(event, Event::CutOff) && !answered) {
                    continue;
                }
                answered |= matches!(event, Event::Answered { .. });
                refused |= matches!(event, Event::Refused(_));
                cut_off |= matches!(event, Event::CutOff) && !caller.is_over();
                acts.extend(caller.happen(*event, now));
            }
            let sound = if noisy { vec![(tick % 700) as i16 * 30; FRAME] } else { vec![0; FRAME] };
            caller.hear(&sound, now);
            prop_assert_eq!(caller.speak(FRAME).len(), FRAME);
            acts.extend(caller.tick(now));
        }
        prop_assert!(caller.is_over());
        let hung_up = acts.iter().filter(|act| **act == Act::HangUp).count();
        prop_assert_eq!(hung_up, usize::from(answered && !cut_off), "{}", caller.report(Counts::default()).ladder);
        let verdict = judge(
            &Evidence { control: Control::Echoed, outcome: caller.report(Counts::default()).outcome, agent: None },
            &Limits::default(),
        ).verdict;
        prop_assert!(!matches!(verdict, Verdict::Pass | Verdict::PoorQuality | Verdict::LateAudio));
    }
}

proptest! {
    #![proptest_config(crate::config(16))]

    #[test]
    fn any_number_is_answered(number: u16, seed in 1..1000_u64) {
        let line = Line { delay: seed % 200, jitter: 5, seed, ..Line::GOOD };
        let done = call(Far::Ours(seed % 500), line, Plan::new(Nonce(number)));
        prop_assert_eq!(judged(&done).verdict, Verdict::Pass, "{}", done.report.ladder);
    }
}
