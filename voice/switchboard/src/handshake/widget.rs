//! The widget's half: it asks until it has what it needs, and says plainly what it lacks.
//!
//! What it shows is never kept, but follows from what is known ([`Widget::state`]), so that no order of events can leave
//! it believing something:
//!
//! | state | what is lacking |
//! |---|---|
//! | `BOOT`, `HELLO` | a port to the host page |
//! | `BOUND` | a configuration |
//! | `REJECTED` | a complete one: the last was not |
//! | `CONFIGURED` | the word of host or server that they know it is applied |
//! | `CONFIRMED` | the server's lease |
//! | `AVAILABLE` | nothing |
//! | `RINGING`, `CONNECTING`, `IN_CALL`, `WRAP` | a call; what is known is frozen until it is over |
//! | `STALE` | a build that may take calls: loads again once idle |
//! | `NOT_READY(why)` | what the [`Why`] says |

mod state;
mod taking;

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use state::{State, Why};

use super::message::{LeaseReply, LeaseRequest, Message, PROTOCOLS, Status};
use crate::snapshot::{Build, Snapshot, Stamp};

const HELLO_STEP: Duration = Duration::from_millis(100);
const HELLO_MOST: Duration = Duration::from_secs(1);
const BEAT: Duration = Duration::from_millis(300);
/// So many beats without a word, and the host page is lost.
const BEATS: u32 = 3;
/// How long nothing may be known before that is said, and the server asked directly.
const PATIENCE: Duration = Duration::from_secs(5);
/// Asking for a lease again, where nothing came back or it was refused.
const ASK_AGAIN: Duration = Duration::from_secs(1);
const REFUSED: Duration = Duration::from_secs(2);
/// Requests are remembered for as long as an answer could be of use.
const REMEMBERED: Duration = Duration::from_secs(15);
/// Stale sessions load again at a moment of their own within this time, and are not let off after the longer one.
const JITTER: u32 = 60_000;
const FORCED: Duration = Duration::from_secs(600);

/// Who this widget is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// Another one each time it is loaded.
    pub widget_id: String,
    pub agent: String,
    pub tab: String,
    /// Counts the loads in that tab.
    pub load: u64,
    pub build: Build,
    /// Any number, so that not all load again at once.
    pub dice: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case")]
pub enum Event {
    Start,
    /// Nothing but time has passed.
    Tick,
    /// From the host's window; `port` where one came with it.
    Window {
        message: Message,
        port: Option<u32>,
    },
    Port {
        port: u32,
        message: Message,
    },
    /// What the server says holds.
    Fetched {
        snapshot: Snapshot,
    },
    Lease {
        reply: LeaseReply,
    },
    /// What a call needs here: leave to use the microphone, and a trial of the audio that went well.
    Ready {
        microphone: bool,
        preflight: bool,
    },
    /// Whether this tab is the agent's one in this browser.
    Lock {
        held: bool,
    },
    /// The page is back from sleep: what was known of others may be long past.
    Shown,
    /// A call is offered.
    Ring,
    Accept,
    /// Both hear each other.
    Connected,
    /// The call is over, or the offer taken back.
    HungUp {
        wrap: bool,
    },
    WrapDone,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// To the host's window.
    Post {
        message: Message,
    },
    Send {
        port: u32,
        message: Message,
    },
    Close {
        port: u32,
    },
    /// Ask the server what holds.
    Fetch,
    /// Ask the server for a lease.
    Ask {
        request: LeaseRequest,
    },
    /// Give it back.
    Release {
        agent: String,
        token: u64,
    },
    /// This configuration is now in force.
    Apply {
        stamp: Stamp,
    },
    /// A call that cannot be taken.
    Decline,
    Reload {
        reason: String,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Idle,
    Ringing,
    Connecting,
    InCall,
    Wrap,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Source {
    Host,
    Server,
}

#[derive(Clone, Debug)]
struct Port {
    number: u32,
    host: String,
    unanswered: u32,
    next_beat: Duration,
    pull_at: Duration,
}

#[derive(Clone, Debug)]
struct Lease {
    token: u64,
    until: Duration,
    stamp: Stamp,
}

#[derive(Clone, Debug)]
pub struct Widget {
    me: Me,
    started: Option<Duration>,
    hello_at: Duration,
    hello_wait: Duration,
    port: Option<Port>,
    /// The page before: what it sent late is not followed.
    past_host: Option<String>,
    /// When the host page was heard last, or was first waited for.
    heard: Duration,
    config: Option<Snapshot>,
    /// Newer than what is frozen.
    pending: Option<(Snapshot, Source)>,
    rejected: Option<Stamp>,
    refused_protocol: bool,
    confirmed: Option<Source>,
    /// Since when nobody confirms.
    unsure: Duration,
    proved: Duration,
    fetch_at: Duration,
    /// What holds at the server, by its own word: epoch, version.
    current: (u64, u64),
    min_build: Build,
    microphone: bool,
    preflight: bool,
    locked: bool,
    asked: u64,
    asks: BTreeMap<u64, (Duration, Stamp)>,
    answered: u64,
    ask_at: Duration,
    lease: Option<Lease>,
    no_lease: Option<Why>,
    phase: Phase,
    stale_since: Option<Duration>,
    reload: Option<String>,
    reloading: bool,
}

impl Widget {
    #[must_use]
    pub fn new(me: Me) -> Widget {
        Widget {
            me,
            started: None,
            hello_at: Duration::ZERO,
            hello_wait: HELLO_STEP,
            port: None,
            past_host: None,
            heard: Duration::ZERO,
            config: None,
            pending: None,
            rejected: None,
            refused_protocol: false,
            confirmed: None,
            unsure: Duration::ZERO,
            proved: Duration::ZERO,
            fetch_at: Duration::ZERO,
            current: (0, 0),
            min_build: 0,
            microphone: false,
            preflight: false,
            locked: false,
            asked: 0,
            asks: BTreeMap::new(),
            answered: 0,
            ask_at: Duration::ZERO,
            lease: None,
            no_lease: None,
            phase: Phase::Idle,
            stale_since: None,
            reload: None,
            reloading: false,
        }
    }

    /// What is in force: in a call, what was when it began to ring.
    #[must_use]
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.config.as_ref()
    }

    #[must_use]
    pub fn state(&self, now: Duration) -> State {
        match self.phase {
            Phase::Ringing => return State::Ringing,
            Phase::Connecting => return State::Connecting,
            Phase::InCall => return State::InCall,
            Phase::Wrap => return State::Wrap,
            Phase::Idle => {}
        }
        let Some(started) = self.started else { return State::Boot };
        if self.stale_since.is_some() {
            return State::Stale;
        }
        if self.rejected.is_some() || self.refused_protocol {
            return State::Rejected;
        }
        let Some(config) = &self.config else {
            return match &self.port {
                _ if now >= started + PATIENCE => State::NotReady(Why::ConfigTimeout),
                Some(_) => State::Bound,
                None => State::Hello,
            };
        };
        match self.confirmed {
            Some(Source::Server) => {}
            _ if self.is_host_lost() => return State::NotReady(Why::HostLost),
            None => return State::Configured,
            Some(Source::Host) => {}
        }
        if now >= self.proved + Duration::from_millis(config.expires) {
            return State::NotReady(Why::Expired);
        }
        if !self.microphone {
            return State::NotReady(Why::Microphone);
        }
        if !self.preflight {
            return State::NotReady(Why::Preflight);
        }
        if !self.locked {
            return State::NotReady(Why::AnotherTab);
        }
        match &self.lease {
            Some(lease) if now < lease.until && lease.stamp == config.stamp => State::Available,
            _ => self.no_lease.map_or(State::Confirmed, State::NotReady),
        }
    }

    /// When a [`Event::Tick`] is due.
    #[must_use]
    pub fn wake(&self, now: Duration) -> Option<Duration> {
        let started = self.started?;
        let mut next = vec![self.ask_at];
        if self.is_host_lost() {
            next.push(self.hello_at);
        }
        next.extend(self.port.as_ref().map(|port| port.next_beat));
        next.extend([
            self.fetch_at,
            self.fetch_at.max(self.heard + PATIENCE),
            self.fetch_at.max(self.unsure + PATIENCE),
        ]);
        next.push(started + PATIENCE);
        next.extend(self.lease.as_ref().map(|lease| lease.until));
        next.extend(self.config.as_ref().map(|config| self.proved + Duration::from_millis(config.expires)));
        next.extend(self.reload_at());
        next.retain(|at| *at > now);
        next.into_iter().min()
    }

    /// Takes what happened and says what to do, in order.
    pub fn on(&mut self, now: Duration, event: Event) -> Vec<Act> {
        let mut acts = Vec::new();
        match event {
            Event::Start => {
                self.started = Some(now);
                (self.heard, self.unsure, self.hello_at) = (now, now, now);
            }
            Event::Tick => {}
            Event::Window { message, port } => self.window(now, message, port, &mut acts),
            Event::Port { port, message } => self.heard(now, port, message, &mut acts),
            Event::Fetched { snapshot } => {
                self.take(now, snapshot, Source::Server, &mut acts);
            }
            Event::Lease { reply } => self.leased(now, &reply, &mut acts),
            Event::Ready { microphone, preflight } => {
                (self.microphone, self.preflight) = (microphone, preflight);
                self.ask_at = self.ask_at.min(now);
            }
            Event::Lock { held } => {
                self.locked = held;
                self.ask_at = self.ask_at.min(now);
            }
            Event::Shown => self.shown(now),
            Event::Ring if self.state(now) == State::Available => self.phase = Phase::Ringing,
            Event::Ring => acts.push(Act::Decline),
            Event::Accept if self.phase == Phase::Ringing => self.phase = Phase::Connecting,
            Event::Connected if self.phase == Phase::Connecting => self.phase = Phase::InCall,
            Event::HungUp { wrap } if matches!(self.phase, Phase::Ringing | Phase::Connecting | Phase::InCall) => {
                self.phase = if wrap { Phase::Wrap } else { Phase::Idle };
                self.thaw(now, &mut acts);
            }
            Event::WrapDone if self.phase == Phase::Wrap => self.phase = Phase::Idle,
            Event::Accept | Event::Connected | Event::HungUp { .. } | Event::WrapDone => {}
        }
        self.due(now, &mut acts);
        acts
    }

    fn is_host_lost(&self) -> bool {
        self.port.as_ref().is_none_or(|port| port.unanswered > BEATS)
    }

    /// A page that is not the one we talk to, nor the one before.
    fn is_another(&self, host: &str) -> bool {
        self.port.as_ref().is_none_or(|port| port.host != host) && self.past_host.as_deref() != Some(host)
    }

    fn is_frozen(&self) -> bool {
        matches!(self.phase, Phase::Ringing | Phase::Connecting | Phase::InCall)
    }

    fn stamp(&self) -> Option<&Stamp> {
        self.config.as_ref().map(|config| &config.stamp)
    }

    /// The newest that is known to be whole, in force or not.
    fn newest(&self) -> Option<&Stamp> {
        self.pending.as_ref().map(|(pending, _)| &pending.stamp).or(self.stamp())
    }

    fn hello_soon(&mut self, now: Duration) {
        self.hello_at = now;
        self.hello_wait = HELLO_STEP;
    }

    fn is_behind(&self) -> bool {
        self.newest().is_none_or(|mine| (mine.epoch, mine.version) < self.current)
    }

    fn needs_server(&self, now: Duration) -> bool {
        let waited = match self.confirmed {
            None => now >= self.unsure + PATIENCE,
            Some(Source::Host) => self.is_host_lost() && now >= self.heard + PATIENCE,
            Some(Source::Server) => false,
        };
        waited || self.rejected.is_some() || (self.current > (0, 0) && self.is_behind())
    }

    fn may_ask(&self, now: Duration) -> bool {
        match self.state(now) {
            State::Confirmed | State::Available => true,
            State::NotReady(Why::LeaseLost | Why::Refused(_)) => true,
            State::Ringing | State::Connecting | State::InCall | State::Wrap => self.config.is_some(),
            _ => false,
        }
    }

    fn reload_at(&self) -> Option<Duration> {
        let since = self.stale_since.filter(|_| !self.reloading)?;
        match self.phase {
            Phase::Idle => Some(since + Duration::from_millis(u64::from(self.me.dice % JITTER))),
            // What follows a call is let be for long, and a call always.
            Phase::Wrap => Some(since + FORCED),
            _ => None,
        }
    }

    fn hello(&mut self, now: Duration, acts: &mut Vec<Act>) {
        let message = Message::Hello {
            widget_id: self.me.widget_id.clone(),
            build: self.me.build,
            proto: PROTOCOLS,
            have: self.stamp().cloned(),
        };
        acts.push(Act::Post { message });
        self.hello_at = now + self.hello_wait;
        self.hello_wait = (self.hello_wait + HELLO_STEP).min(HELLO_MOST);
    }

    fn beat(&mut self, now: Duration, acts: &mut Vec<Act>) {
        let (have, confirmed) = (self.stamp().cloned(), self.confirmed == Some(Source::Host));
        let (rejected, was_lost) = (self.rejected.is_some(), self.is_host_lost());
        let Some(port) = self.port.as_mut().filter(|port| port.next_beat <= now) else { return };
        let number = port.number;
        let mut send = |message| acts.push(Act::Send { port: number, message });
        if have.is_none() || rejected {
            if port.pull_at <= now {
                send(Message::Pull);
                port.pull_at = if rejected { now + PATIENCE } else { now + BEAT };
            }
        } else if !confirmed && let Some(stamp) = have.clone() {
            send(Message::Ack { stamp, status: Status::Applied, missing: Vec::new() });
        }
        send(Message::Ping { have });
        port.unanswered = (port.unanswered + 1).min(BEATS + 1);
        port.next_beat = now + BEAT;
        // The beat after the third that nobody answered.
        if port.unanswered > BEATS && !was_lost {
            self.hello_soon(now);
        }
    }

    /// All that time alone brings about.
    fn due(&mut self, now: Duration, acts: &mut Vec<Act>) {
        if self.started.is_none() {
            return;
        }
        let stale = self.me.build < self.min_build || self.reload.is_some();
        self.stale_since = stale.then(|| self.stale_since.unwrap_or(now));
        self.beat(now, acts);
        if self.hello_at <= now && self.is_host_lost() {
            self.hello(now, acts);
        }
        if self.fetch_at <= now && self.needs_server(now) {
            self.fetch_at = now + PATIENCE;
            acts.push(Act::Fetch);
        }
        if self.lease.as_ref().is_some_and(|lease| lease.until <= now) {
            self.lease = None;
            self.no_lease = Some(Why::LeaseLost);
        }
        self.ask(now, acts);
        if self.reload_at().is_some_and(|at| at <= now) {
            self.reloading = true;
            let reason = self.reload.clone().unwrap_or_else(|| "build_too_old".to_owned());
            acts.push(Act::Reload { reason });
        }
    }

    fn ask(&mut self, now: Duration, acts: &mut Vec<Act>) {
        let may = self.may_ask(now) && !self.reloading;
        if !may {
            if self.phase == Phase::Idle
                && self.state(now) != State::Configured
                && let Some(lease) = self.lease.take()
            {
                acts.push(Act::Release { agent: self.me.agent.clone(), token: lease.token });
                self.ask_at = now;
            }
            return;
        }
        let Some(stamp) = self.stamp().cloned().filter(|_| self.ask_at <= now) else { return };
        self.asked += 1;
        self.asks.retain(|_, (sent, _)| *sent + REMEMBERED > now);
        self.asks.insert(self.asked, (now, stamp.clone()));
        self.ask_at = now + ASK_AGAIN;
        acts.push(Act::Ask {
            request: LeaseRequest {
                ask: self.asked,
                agent: self.me.agent.clone(),
                tab: self.me.tab.clone(),
                load: self.me.load,
                widget_id: self.me.widget_id.clone(),
                build: self.me.build,
                stamp,
                token: self.lease.as_ref().map(|lease| lease.token),
            },
        });
    }
}
