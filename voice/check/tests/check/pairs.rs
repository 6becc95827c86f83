//! A caller and an agent of ours: each direction proved by itself, whatever is wrong with the other.

use std::time::Duration;

use proptest::prelude::*;
use tocsin_check::{Act, Did, Event, FRAME, Ladder, Pair, PairPlan, Refrain, Report, Script};
use tocsin_media::g711::Law;
use tocsin_media::nonce::Nonce;
use tocsin_media::playout::Counts;
use tocsin_media::tone::Wave;
use tocsin_media::verdict::{Came, Control, Evidence, Judgement, Limits, Outcome, Verdict, judge};

use crate::simulated::{Line, Way, ms};

fn plan() -> PairPlan {
    PairPlan::new(Nonce(0x2A91), Nonce(0x77C0))
}

/// What is wrong with the desk, the page, or the browser.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Wrong {
    Nothing,
    /// The microphone is not sent: packets with silence, or none.
    Microphone,
    NoPacket,
    /// What comes of the caller is not played.
    Player,
    Both,
    /// The caller hears notes, and nobody hears the caller.
    Notes,
    /// The agent's microphone plays what was said in another call.
    Recording,
    /// Each hears itself.
    Echo,
    /// The browser hears and is heard so many ms after both were there.
    Late(u64),
    /// The desk hangs up so many ms after the answer.
    HangsUp(u64),
    /// Answered by voicemail, and the agent is not rung.
    Voicemail,
    /// Nothing rings anywhere.
    Nobody,
    /// It rings at the agent, and a click changes nothing.
    NoClick,
    /// Accepted, and the caller hears it ringing on.
    NoAnswer,
    /// The queue answers at once, and the agent accepts after so many ms.
    Queue(u64),
    /// The browser is gone after so many ms.
    Browser(u64),
    Refuses(u16),
}

struct Done {
    report: Report,
    acts: Vec<Act>,
    lasted: Duration,
}

fn call(wrong: Wrong, line: Line, plan: PairPlan) -> Done {
    use Wrong::{
        Both, Browser, Echo, HangsUp, Late, Microphone, NoAnswer, NoClick, NoPacket, Nobody, Notes, Player, Queue,
        Recording, Refuses, Voicemail,
    };
    let (mut there, mut back) = (Way::new(line, 0), Way::new(line, 1));
    let mut pair = Pair::new(plan, ms(2500), ms(0));
    let says = Refrain::of_agent(if wrong == Recording { Nonce(0xBEEF) } else { plan.agent }).sound();
    let mut notes = Wave::new(&[262.0, 330.0, 392.0], -18.0);
    let answered = ms(if matches!(wrong, Queue(_)) { 100 } else { 1000 });
    let accepted = ms(if let Queue(after) = wrong { after } else { 900 });
    let (mut acts, mut over) = (Vec::new(), None);
    for tick in 0..4500_u64 {
        let now = ms(tick * 20);
        let rings = !matches!(wrong, Voicemail | Nobody | Refuses(_));
        if now == ms(200) && !matches!(wrong, Nobody) {
            acts.extend(pair.happen(Event::Provisional(180), now));
        }
        if now == accepted - ms(100) && rings {
            pair.agent_did(Did::Rang, now);
        }
        if now == accepted && rings && wrong != NoClick {
            pair.agent_did(Did::Accepted, now);
            pair.agent_did(Did::Connected, now);
        }
        if now == answered {
            match wrong {
                Refuses(code) => acts.extend(pair.happen(Event::Refused(code), now)),
                Nobody | NoClick | NoAnswer => {}
                _ => acts.extend(pair.happen(Event::Answered { codec_agreed: true }, now)),
            }
        }
        if let HangsUp(after) = wrong
            && now == answered + ms(after)
        {
            acts.extend(pair.happen(Event::CutOff, now));
        }
        if let Browser(after) = wrong
            && now == accepted + ms(after)
        {
            pair.agent_did(Did::Broke("it is gone".to_owned()), now);
        }
        if pair.agent_is_to_hang_up() {
            pair.agent_did(Did::HungUp, now);
            acts.extend(pair.happen(Event::CutOff, now));
        }
        let both = answered.max(accepted);
        let on = now >= both && !matches!(wrong, Late(after) if now < both + ms(after));
        let (_, at_agent) = there.receive(now);
        let (packets, at_caller) = back.receive(now);
        for _ in 0..packets {
            acts.extend(pair.happen(Event::Packet, now));
        }
        if let Some(sound) = &at_caller {
            pair.hear(sound, now);
        }
        let said = pair.speak(FRAME, now);
        if on && !matches!(wrong, Player | Both | Notes | Voicemail) {
            there.send(&said, now);
        }
        if let Some(sound) = &at_agent {
            let heard = if wrong == Echo { says_at(&says, tick) } else { sound.clone() };
            // It begins to be played now.
            pair.agent_hears(3, &heard, now + ms(20));
        } else if now >= accepted {
            pair.agent_hears(3, &[0; FRAME], now + ms(20));
        }
        let comes = match wrong {
            NoPacket => None,
            Notes | Voicemail => Some(notes.take(FRAME)),
            Microphone | Both => Some(vec![0; FRAME]),
            Echo => Some(said),
            // Who waits hears notes.
            _ if now < accepted => Some(notes.take(FRAME)),
            _ if on => Some(says_at(&says, tick)),
            _ => Some(vec![0; FRAME]),
        };
        if let Some(sound) = comes.filter(|_| now >= answered) {
            back.send(&sound, now);
        }
        acts.extend(pair.tick(now));
        if pair.is_over() && over.is_none() {
            over = Some(now);
        }
        if over.is_some_and(|end| now >= end + ms(500)) {
            break;
        }
    }
    Done { report: pair.report(back.buffer.counts()), acts, lasted: over.expect("every call ends") }
}

/// A microphone that has been running for a while when the call begins.
fn says_at(says: &[i16], tick: u64) -> Vec<i16> {
    let from = (tick as usize + 37) * FRAME;
    (from..from + FRAME).map(|place| says[place % says.len()]).collect()
}

fn judged(report: &Report) -> Judgement {
    let (outcome, agent) = (report.outcome.clone(), report.agent.clone());
    judge(&Evidence { control: Control::Echoed, outcome, agent }, &Limits::default())
}

fn steps(ladder: &Ladder) -> Vec<String> {
    ladder.0.iter().map(|rung| rung.step.to_string()).collect()
}

#[test]
fn every_fault_gets_its_verdict() {
    use Verdict::{
        AnsweredNoRtp, AnsweredSilent, Busy, DroppedEarly, LateAudio, NotAnswered, OneWayIn, OneWayOut, Pass,
        ProbeFault, RingsForever,
    };
    let rows = [
        (Wrong::Nothing, Pass),
        (Wrong::Queue(9_000), Pass),
        (Wrong::Late(1000), Pass),
        (Wrong::Late(5000), LateAudio),
        (Wrong::Microphone, OneWayOut),
        (Wrong::NoPacket, OneWayOut),
        (Wrong::Recording, OneWayOut),
        (Wrong::Player, OneWayIn),
        (Wrong::Both, AnsweredSilent),
        (Wrong::Notes, AnsweredSilent),
        (Wrong::Echo, AnsweredSilent),
        (Wrong::HangsUp(1500), DroppedEarly),
        (Wrong::Voicemail, NotAnswered),
        (Wrong::Nobody, NotAnswered),
        (Wrong::NoClick, NotAnswered),
        (Wrong::NoAnswer, RingsForever),
        (Wrong::Browser(1500), ProbeFault),
        (Wrong::Refuses(486), Busy),
    ];
    for law in Law::BOTH {
        for (wrong, verdict) in rows {
            let done = call(wrong, Line { law, ..Line::GOOD }, plan());
            let judged = judged(&done.report);
            assert_eq!(judged.verdict, verdict, "{wrong:?}: {}\n{}", judged.why, done.report.ladder);
            assert!(done.lasted <= Duration::from_secs(45), "{wrong:?} lasted {:?}", done.lasted);
        }
    }
    let mute = call(Wrong::Both, Line::GOOD, PairPlan { talks: ms(4000), ..plan() });
    assert!(mute.lasted < ms(6000), "{:?}", mute.lasted);
    let none = Pair::not_made(Came::NotReady("the page says so".to_owned()));
    assert_eq!(judged(&none).verdict, NotAnswered);
    assert_eq!(steps(&none.ladder), ["nobody is called: the agent is not ready"]);
    let quiet = call(Wrong::NoPacket, Line::GOOD, plan());
    let Outcome::Answered(mut answered) = quiet.report.outcome.clone() else { panic!("{:?}", quiet.report.outcome) };
    answered.far_end = tocsin_media::verdict::FarEnd::HeardNothing;
    let agent = quiet
        .report
        .agent
        .map(|agent| tocsin_media::verdict::Agent { nonce: tocsin_media::verdict::NonceHeard::Missing, ..agent });
    let evidence = Evidence { control: Control::Echoed, outcome: Outcome::Answered(answered), agent };
    assert_eq!(judge(&evidence, &Limits::default()).verdict, AnsweredNoRtp);
}

#[test]
fn no_call_is_left_standing() {
    let rows: [(Wrong, &[Act]); 7] = [
        (Wrong::Nothing, &[Act::HangUp]),
        (Wrong::Microphone, &[Act::HangUp]),
        (Wrong::Voicemail, &[Act::HangUp]),
        (Wrong::Browser(500), &[Act::HangUp]),
        (Wrong::HangsUp(500), &[]),
        (Wrong::Refuses(486), &[]),
        (Wrong::NoAnswer, &[Act::Cancel]),
    ];
    for (wrong, acts) in rows {
        assert_eq!(call(wrong, Line::GOOD, plan()).acts, acts, "{wrong:?}");
    }
    let agent = call(Wrong::Nothing, Line::GOOD, PairPlan { agent_ends: true, ..plan() });
    assert_eq!(agent.acts, []);
    assert_eq!(judged(&agent.report).verdict, Verdict::Pass);
    let steps = steps(&agent.report.ladder);
    assert_eq!(steps[steps.len() - 2..], ["the agent clicks to hang up", "the far end hangs up"]);
}

#[test]
fn a_good_call_climbs_the_whole_ladder() {
    let done = call(Wrong::Nothing, Line::GOOD, plan());
    let mut steps = steps(&done.report.ladder);
    // One way is 30 ms of line, which are 40 in a world that looks every 20, and 60 of buffer.
    assert!(steps.contains(&"the agent hears the chirp: 100 ms from the caller".to_owned()), "{steps:?}");
    assert_eq!(
        steps[..8],
        [
            "the agent is signed in and ready, after 2.5 s",
            "we call",
            "it rings (180)",
            "it rings at the agent",
            "the agent clicks to accept",
            "the page says that they are connected",
            "the call is answered",
            "the first packet of sound comes",
        ]
    );
    for step in
        ["the agent hears the number 2a91", "we hear the agent", "the far end says the number 77c0", "we hang up"]
    {
        assert!(steps.iter().any(|one| one == step), "{step}: {steps:?}");
    }
    assert!(done.report.ladder.0.is_sorted_by_key(|rung| rung.after));
    assert!(done.lasted < Duration::from_secs(12), "{:?}", done.lasted);
    steps.sort();
    steps.dedup();
    assert_eq!(steps.len(), done.report.ladder.0.len(), "each is told once: {}", done.report.ladder);
}

/// What a network loses is no reason to call a connection none, nor to call none one.
#[test]
fn bad_lines_still_connect() {
    for (seed, lost) in (1..).zip([10, 30, 50]) {
        for law in Law::BOTH {
            let line = Line { law, delay: 60, jitter: 10, lost, seed };
            let done = call(Wrong::Nothing, line, plan());
            let verdict = judged(&done.report).verdict;
            assert!(
                matches!(verdict, Verdict::Pass | Verdict::PoorQuality),
                "{line:?}: {verdict}\n{}",
                done.report.ladder
            );
            assert_eq!(judged(&call(Wrong::Player, line, plan()).report).verdict, Verdict::OneWayIn, "{line:?}");
            assert_eq!(judged(&call(Wrong::Microphone, line, plan()).report).verdict, Verdict::OneWayOut, "{line:?}");
        }
    }
}

#[test]
fn a_round_holds_what_it_is_to_hold() {
    let sound = Refrain::of_caller(Nonce(7)).sound();
    assert_eq!(sound.len(), 25_600);
    let ends = [&sound[..1600], &sound[sound.len() - 2400..]];
    assert!(ends.into_iter().flatten().all(|sample| *sample == 0), "rounds are joined by silence");
}

fn event() -> impl Strategy<Value = (Option<Event>, Option<Did>)> {
    prop_oneof![
        (180..190_u16).prop_map(|code| (Some(Event::Provisional(code)), None)),
        any::<bool>().prop_map(|codec_agreed| (Some(Event::Answered { codec_agreed }), None)),
        (300..700_u16).prop_map(|code| (Some(Event::Refused(code)), None)),
        Just((Some(Event::Packet), None)),
        Just((Some(Event::CutOff), None)),
        Just((None, Some(Did::Rang))),
        Just((None, Some(Did::Accepted))),
        Just((None, Some(Did::Connected))),
        Just((None, Some(Did::HungUp))),
        Just((None, Some(Did::Broke("it is gone".to_owned())))),
    ]
}

proptest! {
    #![proptest_config(crate::config(32))]

    /// Whatever happens in whatever order, a call ends in its time, and whoever answered is hung up on or hung up.
    #[test]
    fn every_call_ends(events in proptest::collection::vec((0..3500_u64, event()), 0..14), agent_ends: bool) {
        let mut pair = Pair::new(PairPlan { agent_ends, ..plan() }, ms(0), ms(0));
        let (mut acts, mut answered, mut cut_off, mut refused) = (Vec::new(), false, false, false);
        for tick in 0..3500_u64 {
            let now = ms(tick * 20);
            for (_, (event, did)) in events.iter().filter(|one| one.0 == tick) {
                if let Some(did) = did {
                    pair.agent_did(did.clone(), now);
                }
                let Some(event) = event else { continue };
                let is_final = matches!(event, Event::Answered { .. } | Event::Refused(_));
                if is_final && (answered || refused) || (matches!(event, Event::CutOff) && !answered) {
                    continue;
                }
                answered |= matches!(event, Event::Answered { .. });
                refused |= matches!(event, Event::Refused(_));
                cut_off |= matches!(event, Event::CutOff) && !pair.is_over();
                acts.extend(pair.happen(*event, now));
            }
            pair.hear(&[0; FRAME], now);
            pair.agent_hears(1, &[0; FRAME], now);
            prop_assert_eq!(pair.speak(FRAME, now).len(), FRAME);
            acts.extend(pair.tick(now));
        }
        prop_assert!(pair.is_over());
        let hung_up = acts.iter().filter(|act| **act == Act::HangUp).count();
        let report = pair.report(Counts::default());
        prop_assert_eq!(hung_up, usize::from(answered && !cut_off), "{}", report.ladder);
        prop_assert!(report.ladder.0.is_sorted_by_key(|rung| rung.after));
        let verdict = judged(&report).verdict;
        prop_assert!(!matches!(verdict, Verdict::Pass | Verdict::PoorQuality | Verdict::LateAudio));
    }

    #[test]
    fn any_two_numbers_are_heard(caller: u16, apart in 1..=u16::MAX, seed in 1..1000_u64) {
        let plan = PairPlan::new(Nonce(caller), Nonce(caller.wrapping_add(apart)));
        let line = Line { delay: seed % 200, jitter: 5, seed, ..Line::GOOD };
        let done = call(Wrong::Nothing, line, plan);
        let judged = judged(&done.report);
        prop_assert_eq!(judged.verdict, Verdict::Pass, "{}\n{}", judged.why, done.report.ladder);
    }
}
