//! One call's life. Answered is not connected.
//!
//! ```text
//! WAITING → RINGING → ACCEPTED → ANSWERED → CONNECTED ⇄ HELD → ENDED
//!    ↑         │     (click)    (DTLS is   (both heard)
//!    │         │                up; 200)
//!    └─────────┴──────────┴─────────┘ declined, not taken, gone, or nobody heard: 3 s, one ICE restart, 3 s
//! ```
//!
//! From CONNECTED and HELD, too, it goes back to WAITING where the agent is lost, or an end falls silent for good.
//!
//! The caller is told `200` only when the agent's media path is up, and is never told twice: who fell back into the queue
//! is on the line already. Whether anybody is heard is judged elsewhere, from audio, and comes in as
//! [`Event::EvidenceBothWays`] or [`Event::NoEvidence`]; silence about it counts as no evidence when the time is up.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::snapshot::{Build, Stamp};

/// How long a media path may take, and then how long evidence of it may.
pub const PROOF: Duration = Duration::from_secs(3);

/// Which way audio goes: in from the agent, out to the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Way {
    In,
    Out,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    Caller,
    Agent,
    /// All calls were ended, or the desk ends.
    Desk,
}

/// Why a call that was accepted did not connect, or did not stay so.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// No way through the network, or no keys.
    Ice,
    /// Nothing either way.
    NoAudio,
    /// The caller would not hear the agent.
    AgentNotHeard,
    /// The agent would not hear the caller.
    CallerNotHeard,
    /// Packets both ways, and nothing in them.
    Silent,
    /// The agent's browser went away.
    AgentLost,
    /// It was connected, and then nothing came from the agent any more.
    AgentStopped,
    /// It was connected, and then nothing reached the agent's browser any more.
    HearingStopped,
    /// It was connected, and then nothing came from the caller any more.
    CallerStopped,
    /// Nobody said what came of it.
    Unproven,
}

impl Cause {
    /// As it is counted and shown.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Cause::Ice => "ice",
            Cause::NoAudio => "no_audio",
            Cause::AgentNotHeard => "agent_not_heard",
            Cause::CallerNotHeard => "caller_not_heard",
            Cause::Silent => "silent",
            Cause::AgentLost => "agent_lost",
            Cause::AgentStopped => "agent_stopped",
            Cause::HearingStopped => "hearing_stopped",
            Cause::CallerStopped => "caller_stopped",
            Cause::Unproven => "unproven",
        }
    }
}

/// What is counted of calls, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    Offered,
    Ringing,
    Accepted,
    DtlsUp,
    FirstRtpIn,
    FirstRtpOut,
    TwoWay,
}

/// To whom a call is offered, and what they run: frozen for as long as they have it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    pub agent: String,
    pub token: u64,
    pub build: Build,
    pub stamp: Stamp,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    Offered(Seat),
    /// The agent's browser shows it.
    Ringing,
    Declined,
    /// The agent did not take it in time.
    RingTimeout,
    Accepted,
    DtlsUp,
    FirstRtp(Way),
    EvidenceBothWays,
    NoEvidence(Cause),
    /// The same, and another way would not help: there is no microphone, or nothing in what it sends.
    Hopeless(Cause),
    Hold(bool),
    Mute(bool),
    /// The agent's browser is gone.
    AgentLost,
    HungUp(By),
    /// Nothing but time has passed.
    Tick,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    RingAgent,
    /// The offer is taken back.
    StopRinging,
    /// 200 to the caller.
    AnswerCaller,
    /// RTP between both.
    StartMedia,
    StopMedia,
    RestartIce,
    /// Both are told that they are connected.
    Connected {
        after_accept: Duration,
    },
    /// The caller hears that it goes on: music, or a ringing tone.
    Comfort(bool),
    MuteAgent(bool),
    /// Back to the queue, before all others where the agent had accepted.
    Requeue {
        first: bool,
    },
    /// The agent gets no calls until they are well.
    AgentNotReady,
    HangUpCaller,
    HangUpAgent,
    Count(Stage),
    ConnectFailed {
        cause: Cause,
        build: Build,
        stamp: Stamp,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    Waiting,
    Ringing,
    Accepted,
    Answered,
    Connected,
    Held,
    Ended,
}

#[derive(Clone, Debug)]
pub struct Call {
    state: State,
    seat: Option<Seat>,
    /// The caller was told 200.
    answered: bool,
    accepted_at: Duration,
    deadline: Option<Duration>,
    restarted: bool,
    heard: [bool; 2],
    muted: bool,
    ended_by: Option<By>,
}

impl Default for Call {
    fn default() -> Call {
        Call::new()
    }
}

impl Call {
    /// A caller who waits.
    #[must_use]
    pub fn new() -> Call {
        Call {
            state: State::Waiting,
            seat: None,
            answered: false,
            accepted_at: Duration::ZERO,
            deadline: None,
            restarted: false,
            heard: [false; 2],
            muted: false,
            ended_by: None,
        }
    }

    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    #[must_use]
    pub fn seat(&self) -> Option<&Seat> {
        self.seat.as_ref()
    }

    /// Whether the caller was told 200, which is not the same as being connected.
    #[must_use]
    pub fn is_answered(&self) -> bool {
        self.answered
    }

    #[must_use]
    pub fn is_muted(&self) -> bool {
        self.muted
    }

    #[must_use]
    pub fn ended_by(&self) -> Option<By> {
        self.ended_by
    }

    /// When a [`Event::Tick`] is due.
    #[must_use]
    pub fn wake(&self) -> Option<Duration> {
        self.deadline
    }

    /// Takes what happened and says what to do, in order. What does not fit the state is let pass.
    pub fn on(&mut self, now: Duration, event: Event) -> Vec<Act> {
        let mut acts = Vec::new();
        match (self.state, event) {
            (State::Ended, _) => {}
            (_, Event::HungUp(by)) => self.end(by, &mut acts),
            (State::Waiting, Event::Offered(seat)) => {
                self.seat = Some(seat);
                self.state = State::Ringing;
                acts.extend([Act::Count(Stage::Offered), Act::RingAgent]);
            }
            (State::Ringing, Event::Ringing) => acts.push(Act::Count(Stage::Ringing)),
            (State::Ringing, Event::Declined) => self.back(false, &mut acts),
            (State::Ringing, Event::RingTimeout | Event::AgentLost) => {
                acts.push(Act::AgentNotReady);
                self.back(false, &mut acts);
            }
            (State::Ringing, Event::Accepted) => {
                self.state = State::Accepted;
                self.accepted_at = now;
                self.deadline = Some(now + PROOF);
                acts.push(Act::Count(Stage::Accepted));
            }
            (State::Accepted, Event::DtlsUp) => {
                self.state = State::Answered;
                self.deadline = Some(now + PROOF);
                acts.push(Act::Count(Stage::DtlsUp));
                if !std::mem::replace(&mut self.answered, true) {
                    acts.push(Act::AnswerCaller);
                } else {
                    acts.push(Act::Comfort(false));
                }
                acts.push(Act::StartMedia);
            }
            (State::Answered, Event::FirstRtp(way)) if !self.heard[way as usize] => {
                self.heard[way as usize] = true;
                acts.push(Act::Count(if way == Way::In { Stage::FirstRtpIn } else { Stage::FirstRtpOut }));
            }
            (State::Answered, Event::EvidenceBothWays) => {
                self.state = State::Connected;
                self.deadline = None;
                let after_accept = now.saturating_sub(self.accepted_at);
                acts.extend([Act::Count(Stage::TwoWay), Act::Connected { after_accept }]);
            }
            (State::Accepted | State::Answered, Event::NoEvidence(cause)) => self.doubt(now, cause, &mut acts),
            // How long that may take is for whoever listens to say.
            (State::Connected | State::Held, Event::NoEvidence(_)) => acts.push(Act::RestartIce),
            (State::Accepted | State::Answered | State::Connected | State::Held, Event::Hopeless(cause)) => {
                self.fail(cause, &mut acts)
            }
            (State::Accepted | State::Answered, Event::Tick) if self.deadline.is_some_and(|at| at <= now) => {
                let cause = self.cause();
                self.doubt(now, cause, &mut acts);
            }
            (State::Accepted | State::Answered, Event::AgentLost) => self.fail(Cause::AgentLost, &mut acts),
            // A conversation that breaks off: the caller is not lost, and comes first.
            (State::Connected | State::Held, Event::AgentLost) => {
                acts.extend([Act::StopMedia, Act::AgentNotReady]);
                self.back(true, &mut acts);
            }
            (State::Connected, Event::Hold(true)) => {
                self.state = State::Held;
                acts.push(Act::Comfort(true));
            }
            (State::Held, Event::Hold(false)) => {
                self.state = State::Connected;
                acts.push(Act::Comfort(false));
            }
            (State::Connected | State::Held, Event::Mute(muted)) if muted != self.muted => {
                self.muted = muted;
                acts.push(Act::MuteAgent(muted));
            }
            _ => {}
        }
        acts
    }

    /// What is missing, as far as packets say.
    fn cause(&self) -> Cause {
        match (self.state, self.heard) {
            (State::Accepted, _) => Cause::Ice,
            (_, [false, false]) => Cause::NoAudio,
            (_, [false, true]) => Cause::AgentNotHeard,
            (_, [true, false]) => Cause::CallerNotHeard,
            (_, [true, true]) => Cause::Silent,
        }
    }

    /// One more try, then no more.
    fn doubt(&mut self, now: Duration, cause: Cause, acts: &mut Vec<Act>) {
        if std::mem::replace(&mut self.restarted, true) {
            self.fail(cause, acts);
        } else {
            self.deadline = Some(now + PROOF);
            acts.push(Act::RestartIce);
        }
    }

    fn fail(&mut self, cause: Cause, acts: &mut Vec<Act>) {
        if let Some(seat) = &self.seat {
            acts.push(Act::ConnectFailed { cause, build: seat.build, stamp: seat.stamp.clone() });
        }
        if self.state != State::Accepted {
            acts.push(Act::StopMedia);
        }
        acts.extend([Act::HangUpAgent, Act::AgentNotReady]);
        self.back(true, acts);
    }

    /// To the queue.
    fn back(&mut self, first: bool, acts: &mut Vec<Act>) {
        if self.state == State::Ringing {
            acts.push(Act::StopRinging);
        }
        if self.answered {
            acts.push(Act::Comfort(true));
        }
        acts.push(Act::Requeue { first });
        let answered = self.answered;
        *self = Call { answered, ..Call::new() };
    }

    fn end(&mut self, by: By, acts: &mut Vec<Act>) {
        match self.state {
            State::Ringing => acts.push(Act::StopRinging),
            State::Accepted => acts.push(Act::HangUpAgent),
            State::Answered | State::Connected | State::Held => {
                acts.push(Act::StopMedia);
                if by != By::Agent {
                    acts.push(Act::HangUpAgent);
                }
            }
            State::Waiting | State::Ended => {}
        }
        if by != By::Caller {
            acts.push(Act::HangUpCaller);
        }
        self.state = State::Ended;
        self.deadline = None;
        self.ended_by = Some(by);
    }
}
