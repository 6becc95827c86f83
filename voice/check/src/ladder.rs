//! What happened in a call, in order, for people to read.

use std::fmt;
use std::time::Duration;

use tocsin_media::nonce::Nonce;
use tocsin_media::progress::Progress;
use tocsin_media::signal::Tone;

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    Invited,
    /// A provisional answer: 180, 183.
    Provisional(u16),
    Answered,
    Refused(u16),
    /// The first packet of sound came.
    FirstPacket,
    /// A packet of a codec that was not agreed.
    WrongCodec,
    HeardTone(Tone),
    /// What a network says: ringing, busy.
    HeardNetwork(Progress),
    SaidNumber(Nonce),
    HeardAnswer(Nonce),
    HeardGarbled,
    SaidChirp,
    /// The chirp came back; one way is so long.
    HeardChirp(Duration),
    /// What was waited for did not come in time.
    GaveUp(Awaited),
    /// The far end hung up, or the call broke.
    CutOff,
    HungUp,
    Cancelled,
    /// No call was made, since nobody was there to take it.
    NotCalled,
    /// An agent of ours is ready for the call, after so long.
    AgentReady(Duration),
    AgentRang,
    AgentAccepted,
    /// The page says so.
    AgentConnected,
    AgentHears,
    AgentHeardNumber(Nonce),
    /// The caller's chirp, so long under way.
    AgentHeardChirp(Duration),
    AgentHungUp,
    /// The browser failed.
    AgentBroke,
    /// The caller hears the agent's tone.
    HeardAgent,
}

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    AnAnswer,
    Acknowledgement,
    Confirmation,
    TheNumber,
    TheChirp,
    /// That it rings at the agent.
    TheAgentsRing,
    /// That the agent can accept.
    Acceptance,
    /// That the caller hears the agent's number, and the agent the caller's.
    AgentsNumber,
    CallersNumber,
    /// That the call ends when the agent hangs up.
    TheEnd,
}

impl fmt::Display for Step {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Step::Invited => out.write_str("we call"),
            Step::Provisional(180) => out.write_str("it rings (180)"),
            Step::Provisional(code) => write!(out, "it is being put through ({code})"),
            Step::Answered => out.write_str("the call is answered"),
            Step::Refused(code) => write!(out, "the call is refused ({code})"),
            Step::FirstPacket => out.write_str("the first packet of sound comes"),
            Step::WrongCodec => out.write_str("sound comes in a codec that was not agreed"),
            Step::HeardTone(tone) => out.write_str(match tone {
                Tone::CalleeGreets => "we hear the far end",
                Tone::CalleeHears => "the far end says that it hears us",
                Tone::CalleeConfirms => "the far end knows that we hear it",
                Tone::CallerCalls | Tone::CallerHears => "we hear our own tone",
            }),
            Step::HeardNetwork(progress) => write!(
                out,
                "we hear {}",
                match progress {
                    Progress::Dial => "a dial tone",
                    Progress::Ringing => "ringing",
                    Progress::Busy => "a busy tone",
                    Progress::Congestion => "a congestion tone",
                    Progress::Information => "the three tones before an announcement",
                    Progress::Fax => "a fax that calls",
                    Progress::Answer => "a fax or modem that answers",
                    Progress::TestLine => "a test line",
                }
            ),
            Step::SaidNumber(nonce) => write!(out, "we say the number {:04x}", nonce.0),
            Step::HeardAnswer(nonce) => write!(out, "the far end says the number {:04x}", nonce.0),
            Step::HeardGarbled => out.write_str("the far end says a number that cannot be made out"),
            Step::SaidChirp => out.write_str("we send a chirp"),
            Step::HeardChirp(delay) => write!(out, "a chirp comes back: {} ms one way", delay.as_millis()),
            Step::GaveUp(Awaited::AnAnswer) => out.write_str("nobody answers in time"),
            Step::GaveUp(Awaited::Acknowledgement) => out.write_str("nothing says that the far end hears us"),
            Step::GaveUp(Awaited::Confirmation) => out.write_str("the far end does not confirm that we hear it"),
            Step::GaveUp(Awaited::TheNumber) => out.write_str("the far end does not answer our number"),
            Step::GaveUp(Awaited::TheChirp) => out.write_str("no chirp comes back"),
            Step::GaveUp(Awaited::TheAgentsRing) => out.write_str("it does not ring at the agent"),
            Step::GaveUp(Awaited::Acceptance) => out.write_str("the agent cannot accept"),
            Step::GaveUp(Awaited::AgentsNumber) => out.write_str("we do not hear the agent's number"),
            Step::GaveUp(Awaited::CallersNumber) => out.write_str("the agent does not hear our number"),
            Step::GaveUp(Awaited::TheEnd) => out.write_str("the call goes on though the agent hung up"),
            Step::CutOff => out.write_str("the far end hangs up"),
            Step::HungUp => out.write_str("we hang up"),
            Step::Cancelled => out.write_str("we cancel the call"),
            Step::NotCalled => out.write_str("nobody is called: the agent is not ready"),
            Step::AgentReady(after) => {
                write!(out, "the agent is signed in and ready, after {:.1} s", after.as_secs_f64())
            }
            Step::AgentRang => out.write_str("it rings at the agent"),
            Step::AgentAccepted => out.write_str("the agent clicks to accept"),
            Step::AgentConnected => out.write_str("the page says that they are connected"),
            Step::AgentHears => out.write_str("the agent hears the caller"),
            Step::AgentHeardNumber(nonce) => write!(out, "the agent hears the number {:04x}", nonce.0),
            Step::AgentHeardChirp(delay) => {
                write!(out, "the agent hears the chirp: {} ms from the caller", delay.as_millis())
            }
            Step::AgentHungUp => out.write_str("the agent clicks to hang up"),
            Step::AgentBroke => out.write_str("the agent's browser fails"),
            Step::HeardAgent => out.write_str("we hear the agent"),
        }
    }
}

/// A step, and how long after the call began.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rung {
    pub after: Duration,
    pub step: Step,
}

/// All of a call. Written out, a rung a line: `  1.320 s  the call is answered`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ladder(pub Vec<Rung>);

impl Ladder {
    /// In its place: what somebody else saw is often told a little later.
    pub(crate) fn add(&mut self, after: Duration, step: Step) {
        let place = self.0.iter().rposition(|rung| rung.after <= after).map_or(0, |before| before + 1);
        self.0.insert(place, Rung { after, step });
    }

    /// When something first happened.
    #[must_use]
    pub fn first(&self, is: impl Fn(&Step) -> bool) -> Option<Duration> {
        self.0.iter().find(|rung| is(&rung.step)).map(|rung| rung.after)
    }
}

impl fmt::Display for Ladder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for rung in &self.0 {
            writeln!(out, "{:7.3} s  {}", rung.after.as_secs_f64(), rung.step)?;
        }
        Ok(())
    }
}
