//! A call's life, row by row, and as stories.

use std::time::Duration;

use tocsin_switchboard::call::{Act, By, Call, Cause, Event, PROOF, Seat, Stage, State, Way};
use tocsin_switchboard::snapshot::{Bridge, Issuer, Stamp};

use crate::{content, ms};

fn stamp() -> Stamp {
    Issuer::new(1, content(Bridge::V1), 60_000, 1).current().stamp.clone()
}

fn seat(agent: &str) -> Seat {
    Seat { agent: agent.to_owned(), token: 5, build: 7, stamp: stamp() }
}

fn failed(cause: Cause) -> Act {
    Act::ConnectFailed { cause, build: 7, stamp: stamp() }
}

/// A call brought to a state, the last event at 1 s.
fn at(state: State) -> Call {
    let mut call = Call::new();
    let way = [
        (State::Ringing, Event::Offered(seat("ada"))),
        (State::Accepted, Event::Accepted),
        (State::Answered, Event::DtlsUp),
        (State::Connected, Event::EvidenceBothWays),
        (State::Held, Event::Hold(true)),
        (State::Ended, Event::HungUp(By::Caller)),
    ];
    let mut way = way.into_iter();
    while call.state() != state {
        let (then, event) = way.next().unwrap();
        call.on(ms(1000), event);
        assert_eq!(call.state(), then);
    }
    call
}

#[test]
fn every_transition() {
    use Act::*;
    use State::{Accepted, Answered, Connected, Ended, Held, Ringing, Waiting};
    let comes_back = |first| Requeue { first };
    let rows: Vec<(State, Event, State, Vec<Act>)> = vec![
        (Waiting, Event::Offered(seat("ada")), Ringing, vec![Count(Stage::Offered), RingAgent]),
        (Waiting, Event::Accepted, Waiting, vec![]),
        (Waiting, Event::HungUp(By::Caller), Ended, vec![]),
        (Waiting, Event::HungUp(By::Desk), Ended, vec![HangUpCaller]),
        (Ringing, Event::Ringing, Ringing, vec![Count(Stage::Ringing)]),
        (Ringing, Event::Accepted, Accepted, vec![Count(Stage::Accepted)]),
        (Ringing, Event::Declined, Waiting, vec![StopRinging, comes_back(false)]),
        (Ringing, Event::RingTimeout, Waiting, vec![AgentNotReady, StopRinging, comes_back(false)]),
        (Ringing, Event::AgentLost, Waiting, vec![AgentNotReady, StopRinging, comes_back(false)]),
        (Ringing, Event::HungUp(By::Caller), Ended, vec![StopRinging]),
        // Not even packets and evidence make a call connected that nobody accepted.
        (Ringing, Event::EvidenceBothWays, Ringing, vec![]),
        (Accepted, Event::EvidenceBothWays, Accepted, vec![]),
        (Accepted, Event::DtlsUp, Answered, vec![Count(Stage::DtlsUp), AnswerCaller, StartMedia]),
        (Accepted, Event::NoEvidence(Cause::Ice), Accepted, vec![RestartIce]),
        (Accepted, Event::HungUp(By::Caller), Ended, vec![HangUpAgent]),
        (
            Accepted,
            Event::AgentLost,
            Waiting,
            vec![failed(Cause::AgentLost), HangUpAgent, AgentNotReady, comes_back(true)],
        ),
        (Answered, Event::FirstRtp(Way::In), Answered, vec![Count(Stage::FirstRtpIn)]),
        (Answered, Event::FirstRtp(Way::Out), Answered, vec![Count(Stage::FirstRtpOut)]),
        (
            Answered,
            Event::EvidenceBothWays,
            Connected,
            vec![Count(Stage::TwoWay), Act::Connected { after_accept: ms(500) }],
        ),
        (Answered, Event::NoEvidence(Cause::Silent), Answered, vec![RestartIce]),
        (
            Answered,
            Event::AgentLost,
            Waiting,
            vec![failed(Cause::AgentLost), StopMedia, HangUpAgent, AgentNotReady, Comfort(true), comes_back(true)],
        ),
        (Answered, Event::HungUp(By::Agent), Ended, vec![StopMedia, HangUpCaller]),
        (Connected, Event::Hold(true), Held, vec![Comfort(true)]),
        (Connected, Event::Mute(true), Connected, vec![MuteAgent(true)]),
        (Connected, Event::Mute(false), Connected, vec![]),
        // Nothing comes any more: another way is looked for, and then it is given up.
        (Connected, Event::NoEvidence(Cause::AgentStopped), Connected, vec![RestartIce]),
        (
            Connected,
            Event::Hopeless(Cause::AgentStopped),
            Waiting,
            vec![failed(Cause::AgentStopped), StopMedia, HangUpAgent, AgentNotReady, Comfort(true), comes_back(true)],
        ),
        (
            Held,
            Event::Hopeless(Cause::HearingStopped),
            Waiting,
            vec![failed(Cause::HearingStopped), StopMedia, HangUpAgent, AgentNotReady, Comfort(true), comes_back(true)],
        ),
        (Connected, Event::AgentLost, Waiting, vec![StopMedia, AgentNotReady, Comfort(true), comes_back(true)]),
        (Connected, Event::HungUp(By::Caller), Ended, vec![StopMedia, HangUpAgent]),
        (Held, Event::Hold(false), Connected, vec![Comfort(false)]),
        (Held, Event::HungUp(By::Desk), Ended, vec![StopMedia, HangUpAgent, HangUpCaller]),
        (Ended, Event::HungUp(By::Caller), Ended, vec![]),
        (Ended, Event::Offered(seat("bob")), Ended, vec![]),
    ];
    for (from, event, to, acts) in rows {
        let mut call = at(from);
        let row = format!("{from:?}, {event:?}");
        assert_eq!(call.on(ms(1500), event), acts, "{row}");
        assert_eq!(call.state(), to, "{row}");
    }
}

#[test]
fn answered_is_not_connected() {
    for (heard, cause) in [
        (&[][..], Cause::NoAudio),
        (&[Way::In], Cause::CallerNotHeard),
        (&[Way::Out], Cause::AgentNotHeard),
        (&[Way::In, Way::Out], Cause::Silent),
    ] {
        let mut call = at(State::Answered);
        for way in heard {
            call.on(ms(1100), Event::FirstRtp(*way));
        }
        let wake = call.wake().unwrap();
        assert_eq!(wake, ms(1000) + PROOF);
        assert_eq!(call.on(wake - ms(1), Event::Tick), []);
        assert_eq!(call.on(wake, Event::Tick), [Act::RestartIce], "one more try");
        let wake = call.wake().unwrap();
        let acts = call.on(wake, Event::Tick);
        assert_eq!(acts[0], failed(cause));
        assert!(acts.contains(&Act::AgentNotReady) && acts.contains(&Act::Requeue { first: true }), "{acts:?}");
        assert_eq!(call.state(), State::Waiting);
        assert!(wake <= ms(1000) + PROOF * 2);
    }
}

#[test]
fn no_way_through_the_network() {
    let mut call = at(State::Accepted);
    assert_eq!(call.on(ms(1000) + PROOF, Event::Tick), [Act::RestartIce]);
    assert_eq!(call.on(ms(1000) + PROOF * 2, Event::Tick)[0], failed(Cause::Ice));
    assert!(!call.is_answered(), "the caller was never told that somebody answered");
}

#[test]
fn a_restart_may_save_it() {
    let mut call = at(State::Answered);
    call.on(ms(1000) + PROOF, Event::Tick);
    let acts = call.on(ms(5000), Event::EvidenceBothWays);
    assert_eq!(acts, [Act::Count(Stage::TwoWay), Act::Connected { after_accept: Duration::from_secs(4) }]);
    assert_eq!(call.wake(), None);
}

#[test]
fn a_caller_is_told_200_once() {
    let mut call = at(State::Answered);
    call.on(ms(2000), Event::AgentLost);
    for event in [Event::Offered(seat("bob")), Event::Accepted] {
        call.on(ms(2500), event);
    }
    let acts = call.on(ms(3000), Event::DtlsUp);
    assert_eq!(acts, [Act::Count(Stage::DtlsUp), Act::Comfort(false), Act::StartMedia]);
    call.on(ms(3100), Event::EvidenceBothWays);
    assert_eq!(call.seat().unwrap().agent, "bob");
    call.on(ms(9000), Event::HungUp(By::Caller));
    assert_eq!(call.ended_by(), Some(By::Caller));
}
