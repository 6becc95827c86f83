//! What a desk asks of whoever carries its calls: this trait, and nothing else. Ours is [`crate::Own`]; a farm of media
//! servers may be another.

use std::future::Future;
use std::time::Duration;

use tocsin_rtc::Path;
use tokio::sync::broadcast::Receiver;

use crate::{Evidence, Mode};

/// The two ends of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// At a telephone.
    Caller,
    /// In a browser.
    Agent,
}

/// A call that was offered to an agent.
#[derive(Clone, Debug)]
pub struct Offered<C> {
    pub call: C,
    /// The session description for the browser.
    pub offer: String,
}

/// One direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Way {
    /// What came from the one end.
    pub came: Evidence,
    /// How many packets of it went to the other.
    pub passed: u64,
    /// And how many of our own: comfort noise, hold, keys.
    pub made: u64,
}

/// A call as it is now.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stats {
    /// Since the call was offered; all times within are counted from there.
    pub now: Duration,
    pub from_caller: Way,
    pub from_agent: Way,
    /// When DTLS with the browser came up.
    pub secured: Option<Duration>,
    pub path: Path,
    pub browser: tocsin_rtc::Stats,
}

/// What happens in a call.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    Path(Path),
    Secured,
    /// The agent's browser pressed a key; it goes to the caller of itself.
    Pressed(char),
    /// The call is over: who ended it (`None`: we), and why, where it was no goodbye.
    Over(Option<Side>, Option<String>),
}

/// Why something cannot be done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    #[error("no port is free for the call: {0}")]
    NoPort(String),
    #[error(transparent)]
    Browser(#[from] tocsin_rtc::Fault),
    #[error("the call is over")]
    Over,
    #[error("`{0}` is no key of a telephone")]
    NoKey(char),
}

/// Joins callers and browsers.
pub trait MediaBridge: Send + Sync {
    /// The caller's end, as this bridge takes it: payloads for one that lives in this process, a session description
    /// for one that has sockets of its own.
    type Caller;
    /// What the caller is to be told once the agent has answered: nothing, or the other session description.
    type Reply: Send;
    /// A call; it is hung up when nobody holds it any more.
    type Call: Clone + Send + Sync;

    /// Begins a call for a caller: what to offer to the agent's browser. Sound flows as soon as that has answered.
    fn offer(&self, caller: Self::Caller) -> impl Future<Output = Result<Offered<Self::Call>, Fault>> + Send;

    /// The browser's answer to the last offer.
    fn answer(&self, call: &Self::Call, answer: String) -> impl Future<Output = Result<Self::Reply, Fault>> + Send;

    /// An address that the browser found after its answer.
    fn candidate(&self, call: &Self::Call, line: String) -> impl Future<Output = Result<(), Fault>> + Send;

    /// An offer by which the browser looks for another way. The caller notices nothing.
    fn restart(&self, call: &Self::Call) -> impl Future<Output = Result<String, Fault>> + Send;

    /// What that end hears from now on.
    fn hears(&self, call: &Self::Call, who: Side, mode: Mode) -> impl Future<Output = Result<(), Fault>> + Send;

    /// Presses a key for that end.
    fn press(
        &self,
        call: &Self::Call,
        who: Side,
        key: char,
        held: Duration,
    ) -> impl Future<Output = Result<(), Fault>> + Send;

    /// What happens from now on: nothing, where the call is over. Whoever is too far behind misses the oldest.
    fn news(&self, call: &Self::Call) -> Receiver<News>;

    fn stats(&self, call: &Self::Call) -> impl Future<Output = Result<Stats, Fault>> + Send;

    /// Ends the call, both its ends. Done when nothing of it is left.
    fn hangup(&self, call: &Self::Call) -> impl Future<Output = ()> + Send;
}
