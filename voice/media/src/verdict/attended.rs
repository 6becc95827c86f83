//! What a call proved whose far end is ours, too: an agent at a page, of whom it is known what was seen and heard there.
//!
//! Each direction is proved by itself: by the number that one end says and the other makes out. Where several verdicts
//! fit, the first of these holds:
//!
//! | what happened | verdict |
//! |---|---|
//! | the control call failed, or the agent's browser did | `probe_fault` |
//! | the page was never ready | `not_answered` |
//! | refused | as of any call |
//! | it never rang at the agent, whoever answered | `not_answered` |
//! | it rang there, and could not be accepted | `not_answered` |
//! | accepted, and the caller was not answered | `rings_forever` |
//! | a codec that was not offered | `codec_mismatch` |
//! | both heard each other, but cut off before the end | `dropped_early` |
//! | both heard each other | `late_audio`, `poor_quality` or `pass` |
//! | cut off before that | `dropped_early` |
//! | only the agent heard; only the caller did | `one_way_out`; `one_way_in` |
//! | neither: no packet came; packets came | `answered_no_rtp`; `answered_silent` |

use std::time::Duration;

use super::{Answered, Heard, Judgement, Limits, NonceHeard, Outcome, Verdict, of_connected, refused, so};

/// The longest stretch of what both say in which nothing can be made out.
const UNCLEAR: Duration = Duration::from_millis(1300);

/// The agent's end of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    pub came: Came,
    /// The most that was heard of the caller.
    pub heard: Heard,
    /// The caller's number.
    pub nonce: NonceHeard,
    /// The page's own words, the last ones.
    pub says: Option<String>,
}

/// How far the agent came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Came {
    /// The browser failed: no fault of the page.
    Broke(String),
    /// The page could not be used, and why.
    NotReady(String),
    Ready,
    Rang,
    Accepted,
}

/// What both ends together prove.
pub(super) fn judge(outcome: &Outcome, agent: &Agent, limits: &Limits) -> Judgement {
    match (&agent.came, outcome) {
        (Came::Broke(why), _) => so(Verdict::ProbeFault, format!("The agent of this check could not work: {why}.")),
        (Came::NotReady(why), _) => so(Verdict::NotAnswered, format!("Nobody could have answered: {why}.")),
        (_, Outcome::Refused(code)) => refused(*code),
        (Came::Ready, Outcome::Answered(_)) => said(
            agent,
            Verdict::NotAnswered,
            "The call was answered, but not by the agent, who was ready and was not rung: by voicemail, or by somebody else",
        ),
        (Came::Ready, _) => {
            said(agent, Verdict::NotAnswered, "The call did not ring at the agent, who was ready for it")
        }
        (Came::Rang, _) => said(agent, Verdict::NotAnswered, "It rang at the agent, and could not be accepted"),
        (Came::Accepted, Outcome::Answered(call)) => of_accepted(call, agent, limits),
        (Came::Accepted, _) => {
            said(agent, Verdict::RingsForever, "The agent accepted, and for the caller it goes on ringing")
        }
    }
}

/// With what the page says of it.
fn said(agent: &Agent, verdict: Verdict, why: &str) -> Judgement {
    match &agent.says {
        Some(says) => so(verdict, format!("{why}; the page says “{}”.", says.trim_end_matches('.'))),
        None => so(verdict, format!("{why}.")),
    }
}

fn of_accepted(call: &Answered, agent: &Agent, limits: &Limits) -> Judgement {
    if !call.codec_agreed {
        return so(Verdict::CodecMismatch, "The answer, or the sound that came, is in a codec that we did not offer.");
    }
    let (caller, agent_hears) = (call.nonce == NonceHeard::Right, agent.nonce == NonceHeard::Right);
    match (caller, agent_hears) {
        (true, true) if call.cut_off => {
            so(Verdict::DroppedEarly, "Both ends heard each other; then the call broke off before its time.")
        }
        (true, true) => of_connected(call, &Limits { two_way: limits.two_way + UNCLEAR, ..*limits }),
        _ if call.cut_off => said(
            agent,
            Verdict::DroppedEarly,
            "The agent accepted, and the call broke off before both heard each other",
        ),
        (false, true) => said(agent, Verdict::OneWayOut, &only("The agent hears the caller", call.heard, "caller")),
        (true, false) => said(agent, Verdict::OneWayIn, &only("The caller hears the agent", agent.heard, "agent")),
        (false, false) if call.packets == 0 => {
            said(agent, Verdict::AnsweredNoRtp, "The agent accepted, and not one packet of sound came to the caller")
        }
        (false, false) => said(agent, Verdict::AnsweredSilent, "The agent accepted, and neither heard the other"),
    }
}

fn only(hears: &str, other: Heard, who: &str) -> String {
    let what = match other {
        Heard::FarEnd => "cannot make out what comes back",
        Heard::Strange => "hears something else than what was said",
        Heard::OwnEcho => "hears nothing but an echo",
        Heard::ComfortNoise | Heard::Nothing => "hears nothing",
    };
    format!("{hears}, and the {who} {what}")
}
