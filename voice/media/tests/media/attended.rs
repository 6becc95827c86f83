//! What both ends of a call prove, where the far end is an agent of ours.

use std::time::Duration;

use tocsin_media::verdict::{
    Agent, Answered, Came, Control, Evidence, FarEnd, Heard, Limits, NonceHeard, Outcome, Quality, Verdict, judge,
};

fn heard() -> Answered {
    Answered {
        codec_agreed: true,
        packets: 400,
        heard: Heard::FarEnd,
        acknowledged: true,
        nonce: NonceHeard::Right,
        far_end: FarEnd::HeardUs,
        two_way_after: Some(Duration::from_millis(900)),
        cut_off: false,
        quality: Quality { missing: 0.0, level: -13.0, clipped: 0.0, delay: None, band: None },
    }
}

/// The caller hears nothing of the agent.
fn unheard() -> Answered {
    Answered { heard: Heard::Nothing, nonce: NonceHeard::Missing, two_way_after: None, ..heard() }
}

fn agent(came: Came) -> Agent {
    Agent { came, heard: Heard::Nothing, nonce: NonceHeard::Missing, says: Some("Connected.".to_owned()) }
}

fn hears() -> Agent {
    Agent { heard: Heard::FarEnd, nonce: NonceHeard::Right, ..agent(Came::Accepted) }
}

fn judged(outcome: Outcome, agent: Agent) -> (Verdict, String) {
    let evidence = Evidence { control: Control::Echoed, outcome, agent: Some(agent) };
    let judged = judge(&evidence, &Limits::default());
    (judged.verdict, judged.why)
}

#[test]
fn every_row_holds() {
    use Verdict::{
        AnsweredNoRtp, AnsweredSilent, Busy, CodecMismatch, DroppedEarly, LateAudio, NotAnswered, OneWayIn, OneWayOut,
        Pass, PoorQuality, ProbeFault, Rejected, RingsForever,
    };
    let (accepted, ready, rang) = (|| agent(Came::Accepted), || agent(Came::Ready), || agent(Came::Rang));
    let call = Outcome::Answered;
    let late = |ms| Answered { two_way_after: Some(Duration::from_millis(ms)), ..heard() };
    let rows = [
        ("both hear", call(heard()), hears(), Pass),
        ("as late as can be told", call(late(4_300)), hears(), Pass),
        ("later", call(late(4_301)), hears(), LateAudio),
        (
            "faint",
            call(Answered { quality: Quality { level: -40.0, ..heard().quality }, ..heard() }),
            hears(),
            PoorQuality,
        ),
        ("both hear, then it breaks", call(Answered { cut_off: true, ..heard() }), hears(), DroppedEarly),
        ("it breaks", call(Answered { cut_off: true, ..unheard() }), hears(), DroppedEarly),
        ("the microphone is not sent", call(unheard()), hears(), OneWayOut),
        ("no packet of it is", call(Answered { packets: 0, ..unheard() }), hears(), OneWayOut),
        ("notes instead of it", call(Answered { heard: Heard::Strange, ..unheard() }), hears(), OneWayOut),
        ("a recording instead", call(Answered { nonce: NonceHeard::Wrong, ..heard() }), hears(), OneWayOut),
        ("the caller is not played", call(heard()), accepted(), OneWayIn),
        ("half of it", call(heard()), Agent { nonce: NonceHeard::Garbled, ..hears() }, OneWayIn),
        ("an echo of the agent", call(heard()), Agent { heard: Heard::OwnEcho, ..accepted() }, OneWayIn),
        ("neither", call(unheard()), accepted(), AnsweredSilent),
        (
            "notes, and the agent nothing",
            call(Answered { heard: Heard::Strange, ..unheard() }),
            accepted(),
            AnsweredSilent,
        ),
        ("neither, and no packet", call(Answered { packets: 0, ..unheard() }), accepted(), AnsweredNoRtp),
        ("another codec", call(Answered { codec_agreed: false, ..heard() }), hears(), CodecMismatch),
        ("voicemail", call(unheard()), ready(), NotAnswered),
        ("voicemail that is heard", call(Answered { heard: Heard::Strange, ..unheard() }), ready(), NotAnswered),
        ("nothing rings anywhere", Outcome::NoReply, ready(), NotAnswered),
        ("it rings elsewhere", Outcome::Rang, ready(), NotAnswered),
        ("it cannot be accepted", Outcome::Rang, rang(), NotAnswered),
        ("accepted, and it goes on ringing", Outcome::Rang, accepted(), RingsForever),
        ("busy", Outcome::Refused(486), ready(), Busy),
        ("refused", Outcome::Refused(503), rang(), Rejected),
        ("the page is not ready", Outcome::NoReply, agent(Came::NotReady("it says so".to_owned())), NotAnswered),
        ("no browser", Outcome::NoReply, agent(Came::Broke("it is gone".to_owned())), ProbeFault),
        ("a browser that breaks in a call", call(unheard()), agent(Came::Broke("it is gone".to_owned())), ProbeFault),
    ];
    for (name, outcome, agent, verdict) in rows {
        let (came, why) = judged(outcome, agent);
        assert_eq!(came, verdict, "{name}: {why}");
        assert!(why.ends_with('.') && why.len() < 190 && !why.contains(".."), "{name}: {why}");
    }
}

#[test]
fn what_the_page_says_stands_beside_what_it_did() {
    let (_, why) = judged(Outcome::Answered(unheard()), hears());
    assert_eq!(why, "The agent hears the caller, and the caller hears nothing; the page says “Connected”.");
    let (_, why) = judged(Outcome::Answered(heard()), agent(Came::Accepted));
    assert_eq!(why, "The caller hears the agent, and the agent hears nothing; the page says “Connected”.");
    let (_, why) = judged(Outcome::NoReply, agent(Came::Broke("there is no program `chromium`".to_owned())));
    assert_eq!(why, "The agent of this check could not work: there is no program `chromium`.");
}

#[test]
fn an_ill_probe_blames_nobody() {
    let evidence = Evidence { control: Control::Failed, outcome: Outcome::Answered(unheard()), agent: Some(hears()) };
    assert_eq!(judge(&evidence, &Limits::default()).verdict, Verdict::ProbeFault);
}
