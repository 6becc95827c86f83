//! In a conversation: an end from which nothing comes any more. Packets with nothing in them are something: people listen,
//! and microphones that are off still send.
//!
//! What counts is how long somebody looked while nothing came, so that a desk or a browser that stood still itself blames
//! nobody.

use std::time::Duration;

use tocsin_bridge::Seen;
use tocsin_switchboard::call::Cause;

/// So long nothing may come from the agent, or to the agent's browser, before another way is looked for.
pub const LIMIT: Duration = Duration::from_secs(4);
/// So long once more on that other way.
pub const AGAIN: Duration = Duration::from_secs(3);
/// Telephones may leave out packets while nobody speaks; after so long nobody is there. Another way would not help.
pub const CALLERS: Duration = Duration::from_secs(30);
/// After so long without trouble the next has a try of its own.
pub const WELL: Duration = Duration::from_secs(30);
/// A browser that has told nothing for longer is gone.
const SPEAKS: Duration = Duration::from_secs(5);
/// A look counts for no more: we look ten times a second, a browser tells every other second.
const LOOK: Duration = Duration::from_millis(500);
const REPORT: Duration = Duration::from_secs(3);
/// What lacks for less is not worth a word.
const WORTH: Duration = Duration::from_secs(2);

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    RestartIce(Cause),
    /// [`Cause::CallerStopped`] is nobody's fault here.
    GiveUp(Cause),
    /// The agent's browser says nothing at all any more.
    AgentGone,
}

/// Who may send nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Excused {
    /// The call is on hold.
    pub held: bool,
    /// The agent wants to be unheard.
    pub muted: bool,
    /// The caller put us on hold.
    pub caller_holds: bool,
}

/// What comes from one end.
#[derive(Clone, Copy, Debug)]
struct End {
    packets: u64,
    looked: Duration,
    lacks: Duration,
}

impl End {
    fn new(now: Duration) -> End {
        End { packets: 0, looked: now, lacks: Duration::ZERO }
    }

    fn count(&mut self, packets: u64, excused: bool, now: Duration, most: Duration) {
        let since = now.saturating_sub(self.looked).min(most);
        let nothing = packets == self.packets && !excused;
        self.lacks = if nothing { self.lacks + since } else { Duration::ZERO };
        self.packets = packets;
        self.looked = now;
    }
}

/// Follows one conversation.
#[derive(Clone, Copy, Debug)]
pub struct Quiet {
    agent: End,
    browser: End,
    caller: End,
    tried: Option<Duration>,
}

impl Quiet {
    /// Both are heard at `now`.
    #[must_use]
    pub fn new(now: Duration) -> Quiet {
        let end = End::new(now);
        Quiet { agent: end, browser: end, caller: end, tried: None }
    }

    /// Takes what was seen at `now`. What is to be given up is so at each look.
    #[must_use]
    pub fn see(&mut self, seen: Seen, excused: Excused, now: Duration) -> Option<Next> {
        let Excused { held, muted, caller_holds } = excused;
        match seen {
            Seen::Agent { packets, .. } => self.agent.count(packets, held || muted, now, LOOK),
            Seen::Browser { packets } => self.browser.count(packets, held, now, REPORT),
            Seen::Caller { packets } => self.caller.count(packets, held || caller_holds, now, LOOK),
            _ => return None,
        }
        if self.caller.lacks >= CALLERS {
            return Some(Next::GiveUp(Cause::CallerStopped));
        }
        let Some(cause) = self.lacks(if self.tried.is_some() { AGAIN } else { LIMIT }) else {
            let nothing = self.lacks(Duration::from_nanos(1)).is_none();
            self.tried = self.tried.filter(|tried| !nothing || now < *tried + WELL);
            return None;
        };
        if self.tried.is_none() {
            self.tried = Some(now);
            self.agent.lacks = Duration::ZERO;
            self.browser.lacks = Duration::ZERO;
            return Some(Next::RestartIce(cause));
        }
        let gone = cause == Cause::AgentStopped && now.saturating_sub(self.browser.looked) >= SPEAKS;
        Some(if gone { Next::AgentGone } else { Next::GiveUp(cause) })
    }

    /// From where nothing comes at present, as it is shown.
    #[must_use]
    pub fn silent(&self) -> Option<Cause> {
        self.lacks(WORTH).or((self.caller.lacks >= WORTH).then_some(Cause::CallerStopped))
    }

    fn lacks(&self, limit: Duration) -> Option<Cause> {
        match () {
            () if self.agent.lacks >= limit => Some(Cause::AgentStopped),
            () if self.browser.lacks >= limit => Some(Cause::HearingStopped),
            () => None,
        }
    }
}
