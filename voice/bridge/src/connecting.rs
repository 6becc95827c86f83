//! From the moment an agent accepts to the moment both can hear each other, or nobody tries any longer.
//!
//! A call is connected by proof alone: packets from the agent that are not dead silence, packets from the caller, and a
//! browser that says that sound reaches it. Where that does not come in time the way is looked for anew, once.

use std::time::Duration;

use crate::Growth;

/// What may pass from the acceptance to a secured way, and from there to the proof; each again after a restart.
pub const LIMIT: Duration = Duration::from_secs(3);
/// So many packets are no accident: 100 ms.
const ENOUGH: u64 = 5;

/// What was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// DTLS with the browser is up.
    Secured,
    /// So many packets came from the agent in all; whether there is anything in them.
    Agent {
        packets: u64,
        sounds: bool,
    },
    /// The agent has said that nobody shall hear them: that their packets are empty is no fault.
    Muted(bool),
    /// So many packets came from the caller in all.
    Caller {
        packets: u64,
    },
    /// So many packets came to the browser in all, as it reports of its `inbound-rtp`, as long as it plays what comes.
    Browser {
        packets: u64,
    },
    /// The browser has no microphone for us: there is none, or the agent did not allow it.
    NoMicrophone,
    /// The browser closed.
    AgentGone,
    CallerGone,
}

/// What is to be done. Each at most once, [`Next::Connected`] and [`Next::GiveUp`] last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// 200 OK to the caller.
    AnswerCaller,
    Connected,
    RestartIce,
    GiveUp(Cause),
}

/// Why a call did not come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cause {
    /// No way to the browser was found and secured.
    NoWay,
    AgentSendsNothing,
    /// Packets come from the agent, and nothing is in them.
    AgentSilent,
    BrowserHearsNothing,
    CallerSendsNothing,
    NoMicrophone,
    AgentGone,
    CallerGone,
}

impl Cause {
    /// In figures and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Cause::NoWay => "no_way",
            Cause::AgentSendsNothing => "agent_sends_nothing",
            Cause::AgentSilent => "agent_silent",
            Cause::BrowserHearsNothing => "browser_hears_nothing",
            Cause::CallerSendsNothing => "caller_sends_nothing",
            Cause::NoMicrophone => "no_microphone",
            Cause::AgentGone => "agent_gone",
            Cause::CallerGone => "caller_gone",
        }
    }

    /// Whether another agent would fare no better.
    #[must_use]
    pub fn is_callers(self) -> bool {
        matches!(self, Cause::CallerSendsNothing | Cause::CallerGone)
    }
}

/// One that is counted, and where this try began to count.
#[derive(Clone, Copy, Debug, Default)]
struct Proof {
    growth: Growth,
    base: u64,
}

impl Proof {
    fn count(&mut self, packets: u64, now: Duration) {
        self.growth.count(packets, now);
        self.base = self.base.min(packets);
    }

    fn is_given(&self, now: Duration) -> bool {
        self.growth.total() >= self.base + ENOUGH && self.growth.grows(now)
    }

    fn again(&mut self) {
        self.base = self.growth.total();
    }
}

/// Follows one acceptance.
#[derive(Clone, Debug)]
pub struct Connecting {
    /// Of the try.
    since: Duration,
    secured: bool,
    agent: Proof,
    caller: Proof,
    browser: Proof,
    sounds: bool,
    muted: bool,
    restarted: bool,
    over: bool,
}

impl Connecting {
    /// Accepted at `now`.
    #[must_use]
    pub fn new(now: Duration) -> Connecting {
        Connecting {
            since: now,
            secured: false,
            agent: Proof::default(),
            caller: Proof::default(),
            browser: Proof::default(),
            sounds: false,
            muted: false,
            restarted: false,
            over: false,
        }
    }

    /// Takes what was seen at `now`.
    #[must_use]
    pub fn see(&mut self, seen: Seen, now: Duration) -> Option<Next> {
        if self.over {
            return None;
        }
        match seen {
            Seen::Secured if self.secured => {}
            Seen::Secured => {
                self.secured = true;
                self.since = now;
                return Some(Next::AnswerCaller);
            }
            Seen::Agent { packets, sounds } => {
                self.agent.count(packets, now);
                self.sounds |= sounds;
            }
            Seen::Muted(muted) => self.muted = muted,
            Seen::Caller { packets } => self.caller.count(packets, now),
            Seen::Browser { packets } => self.browser.count(packets, now),
            Seen::NoMicrophone => return Some(self.give_up(Cause::NoMicrophone)),
            Seen::AgentGone => return Some(self.give_up(Cause::AgentGone)),
            Seen::CallerGone => return Some(self.give_up(Cause::CallerGone)),
        }
        self.tick(now)
    }

    /// Looks at the time.
    #[must_use]
    pub fn tick(&mut self, now: Duration) -> Option<Next> {
        if self.over {
            return None;
        }
        let Some(cause) = self.missing(now) else {
            self.over = true;
            return Some(Next::Connected);
        };
        if now < self.until() {
            return None;
        }
        // What is wrong beside the way is not mended by another.
        let is_the_way = matches!(cause, Cause::NoWay | Cause::AgentSendsNothing | Cause::BrowserHearsNothing);
        if self.restarted || !is_the_way {
            return Some(self.give_up(cause));
        }
        self.restarted = true;
        self.since = now;
        for proof in [&mut self.agent, &mut self.caller, &mut self.browser] {
            proof.again();
        }
        Some(Next::RestartIce)
    }

    /// When [`Connecting::tick`] has something to say at the latest.
    #[must_use]
    pub fn until(&self) -> Duration {
        self.since + LIMIT
    }

    /// What is not proved yet.
    fn missing(&self, now: Duration) -> Option<Cause> {
        [
            (self.secured, Cause::NoWay),
            (self.agent.is_given(now), Cause::AgentSendsNothing),
            (self.browser.is_given(now), Cause::BrowserHearsNothing),
            (self.caller.is_given(now), Cause::CallerSendsNothing),
            (self.sounds || self.muted, Cause::AgentSilent),
        ]
        .into_iter()
        .find_map(|(proved, cause)| (!proved).then_some(cause))
    }

    fn give_up(&mut self, cause: Cause) -> Next {
        self.over = true;
        Next::GiveUp(cause)
    }
}
