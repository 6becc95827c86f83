//! What a widget shows, and why.

use std::fmt;

use super::super::message::Refusal;

/// Why no call can be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// Nobody gave a configuration in time.
    ConfigTimeout,
    /// The host page does not answer.
    HostLost,
    /// Nobody confirmed the configuration for longer than it holds.
    Expired,
    Microphone,
    Preflight,
    /// Another tab of this browser is the agent's.
    AnotherTab,
    /// The lease ran out and was not renewed.
    LeaseLost,
    Refused(Refusal),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    Boot,
    Hello,
    Bound,
    Rejected,
    Configured,
    Confirmed,
    Available,
    Ringing,
    Connecting,
    InCall,
    Wrap,
    Stale,
    NotReady(Why),
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self {
            State::Boot => "BOOT",
            State::Hello => "HELLO",
            State::Bound => "BOUND",
            State::Rejected => "REJECTED",
            State::Configured => "CONFIGURED",
            State::Confirmed => "CONFIRMED",
            State::Available => "AVAILABLE",
            State::Ringing => "RINGING",
            State::Connecting => "CONNECTING",
            State::InCall => "IN_CALL",
            State::Wrap => "WRAP",
            State::Stale => "STALE",
            State::NotReady(Why::ConfigTimeout) => "NOT_READY(config_timeout)",
            State::NotReady(Why::HostLost) => "NOT_READY(host_lost)",
            State::NotReady(Why::Expired) => "NOT_READY(expired)",
            State::NotReady(Why::Microphone) => "NOT_READY(microphone)",
            State::NotReady(Why::Preflight) => "NOT_READY(preflight)",
            State::NotReady(Why::AnotherTab) => "NOT_READY(another_tab)",
            State::NotReady(Why::LeaseLost) => "NOT_READY(lease_lost)",
            State::NotReady(Why::Refused(why)) => return write!(out, "NOT_READY(refused:{})", why.word()),
        };
        out.write_str(word)
    }
}
