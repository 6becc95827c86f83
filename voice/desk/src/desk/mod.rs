//! The desk's mind. It owns the parts of the switchboard and lets them work together: who waits, who may be rung, how
//! each call goes, which configuration holds, which build fails.
//!
//! [`Desk::on`] takes what happened and gives what is to be done, in order. It knows no network, no file and no clock.

mod calls;
mod people;
pub mod quiet;
mod rule;
mod view;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tocsin_bridge::{Connecting, Seen};
use tocsin_switchboard::builds::{self, Builds, Published};
use tocsin_switchboard::call::{By, Call, Cause};
use tocsin_switchboard::lease::Leases;
use tocsin_switchboard::queue::{Floor, Missed, Times, Unserved};
use tocsin_switchboard::readiness::{self, Readiness, Report};
use tocsin_switchboard::snapshot::{Bridge, Build, Codec, Content, Issuer, Snapshot};
use tocsin_switchboard::switches::{Change, Entry, Refused, Switches, Tested};

use self::quiet::Quiet;
use crate::counts::Counts;

pub use self::people::sentence as alarm_of_readiness;
pub use self::rule::sentence as alarm_of_builds;

/// For how long a configuration holds without having been confirmed, in milliseconds.
const EXPIRES: u64 = 60_000;

/// What a desk begins with.
pub struct Start {
    /// Greater than at any start before.
    pub epoch: u64,
    pub queues: BTreeMap<String, Times>,
    /// Which queue a called user part leads to; `*` is everything else.
    pub numbers: BTreeMap<String, String>,
    /// Each agent's queues.
    pub agents: BTreeMap<String, BTreeSet<String>>,
    pub content: Content,
    /// Every build that was published, in order, each with its place on the stopwatch.
    pub editions: Vec<(Edition, Duration)>,
    pub min_build: Build,
}

/// Which call; and which attempt to connect it, since callers may meet several agents.
pub type Number = u64;
pub type Round = u64;

/// What an agent's widget says of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    Ringing,
    Accepted,
    Declined,
    Hold(bool),
    Mute(bool),
    HangUp,
}

#[derive(Clone, Debug)]
pub enum Event {
    /// Somebody calls, with a codec of ours.
    Invited {
        call: Number,
        caller: String,
        called: String,
    },
    /// The caller hung up or gave up.
    CallerGone(Number),
    /// The caller put us on hold, in a way in which nothing comes from them; or took us back.
    CallerHolds(Number, bool),
    /// A widget listens to what it is told.
    Present {
        agent: String,
        widget: String,
    },
    Absent {
        agent: String,
        widget: String,
    },
    Reported(Report),
    Widget {
        agent: String,
        call: Number,
        said: Said,
    },
    /// The agent is well again, or back.
    Back(String),
    /// The agent wants no calls for now.
    Paused(String, bool),
    /// Done with what follows a call.
    Wrapped(String),
    Seen {
        call: Number,
        round: Round,
        seen: Seen,
    },
    /// Nothing comes of this attempt: it could not be begun, or what the browser answered does not fit.
    Unfit {
        call: Number,
        round: Round,
    },
    /// The browser is gone.
    AgentLost {
        call: Number,
        round: Round,
    },
    /// The recording is over.
    Recorded(Number),
    /// A build was published.
    Published(Edition),
    /// No new calls.
    Drain,
    /// Every call ends now.
    Terminate,
    Tick,
}

/// A build as somebody published it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edition {
    pub build: Build,
    /// Names its files.
    pub files: String,
    pub who: String,
    /// Older ones may take no more calls.
    pub at_once: bool,
    /// The one before is no good.
    pub rolls_back: bool,
}

impl Edition {
    /// # Errors
    /// Its number is not above the last one's; that one is returned.
    fn into_builds(self, at: Duration, builds: &mut Builds) -> Result<(), Build> {
        let Edition { build, files, rolls_back, .. } = self;
        if rolls_back {
            builds.rolled_back(at, Published { build, files, at })
        } else {
            builds.publish(at, build, &files)
        }
    }
}

/// What an agent's widget is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Tell {
    Offered {
        call: Number,
        caller: String,
        queue: String,
        ring_ms: u64,
    },
    Withdrawn {
        call: Number,
    },
    Connected {
        call: Number,
    },
    Held {
        call: Number,
        held: bool,
    },
    Muted {
        call: Number,
        muted: bool,
    },
    /// The agent's part in it is over; how long what follows may take.
    Ended {
        call: Number,
        wrap_ms: u64,
        by: Option<By>,
        cause: Option<Cause>,
    },
    /// What follows a call is over.
    Free,
    /// To a widget that begins to listen: the call that the desk knows it to have, so that it forgets any other.
    Standing {
        call: Option<Number>,
    },
    /// No calls until the agent says that they are back: a word for why.
    NotReady {
        why: &'static str,
    },
    Paused {
        paused: bool,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// 180 to the caller.
    Ring(Number),
    Refuse {
        call: Number,
        code: u16,
    },
    /// 200 to the caller.
    Answer(Number),
    HangUp(Number),
    /// The caller hears that it goes on, or no longer.
    Comfort(Number, bool),
    Voicemail {
        call: Number,
        why: Unserved,
    },
    /// A way to an agent's browser is to be made.
    Open {
        call: Number,
        round: Round,
        agent: String,
    },
    RestartIce {
        call: Number,
        round: Round,
    },
    /// What both hear: neither the other while it is held; the caller nothing while the agent is muted.
    Hears {
        call: Number,
        round: Round,
        held: bool,
        muted: bool,
    },
    Close {
        call: Number,
        round: Round,
    },
    Tell {
        agent: String,
        tell: Tell,
    },
    Missed(Missed),
    /// A switch was turned: to be kept.
    Turned(Entry),
    /// A build is published in place of another: to be kept, and given to whoever loads the widget.
    Publish(Published),
    Builds(builds::Word),
    Readiness(readiness::Word),
    /// What came of a call.
    Record(Record),
}

/// A call that is over, as it is written down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Record {
    pub call: Number,
    pub caller: String,
    pub queue: String,
    pub agent: Option<String>,
    pub connected: bool,
    pub lasted_ms: u64,
    pub ended_by: Option<By>,
    /// Of each attempt that failed.
    pub failed: Vec<Cause>,
}

/// A call and what the desk knows of it besides.
struct Live {
    call: Call,
    caller: String,
    queue: String,
    began: Duration,
    round: Round,
    /// How far the present attempt is.
    connecting: Option<Connecting>,
    /// And since it succeeded: whether anybody falls silent.
    quiet: Option<Quiet>,
    caller_holds: bool,
    /// In from the agent, out to the agent.
    flows: [bool; 2],
    voicemail: bool,
    failed: Vec<Cause>,
    connected: bool,
    agent: Option<String>,
    /// Why the present attempt is about to fail, for the agent to be told.
    blamed: Option<Cause>,
}

/// A widget that listens.
struct Presence {
    /// Empty where none listens.
    widget: String,
    /// Since when it does not, until that has had its consequences.
    gone: Option<Duration>,
    /// Why the agent was taken out, until they say that they are back.
    not_ready: Option<&'static str>,
    paused: bool,
}

pub struct Desk {
    issuer: Issuer,
    issued_at: Duration,
    acknowledged: BTreeSet<String>,
    leases: Leases,
    floor: Floor,
    switches: Switches,
    tested: Tested,
    readiness: Readiness,
    builds: Builds,
    numbers: BTreeMap<String, String>,
    times: BTreeMap<String, Times>,
    agents: BTreeMap<String, BTreeSet<String>>,
    present: BTreeMap<String, Presence>,
    reports: BTreeMap<String, Report>,
    /// Who has a call or what follows one: call, token of the lease.
    engaged: BTreeMap<String, (Number, u64)>,
    calls: BTreeMap<Number, Live>,
    rounds: Round,
    draining: bool,
    counts: Counts,
}

impl Desk {
    #[must_use]
    pub fn new(start: Start) -> Desk {
        let Start { epoch, queues, numbers, agents, content, editions, min_build } = start;
        let mut builds = Builds::default();
        for (edition, at) in editions {
            // They were in order when they were written down.
            let _ = edition.into_builds(at, &mut builds);
        }
        let tested = Tested {
            bridges: BTreeSet::from([Bridge::V1]),
            codecs: BTreeSet::from([Codec::Pcmu]),
            newest: builds.current().map_or(0, |one| one.build),
        };
        let mut floor = Floor::new(queues.clone());
        for (agent, queues) in &agents {
            floor.sign_in(agent, queues.clone());
        }
        Desk {
            issuer: Issuer::new(epoch, content.clone(), EXPIRES, min_build),
            issued_at: Duration::ZERO,
            acknowledged: BTreeSet::new(),
            leases: Leases::new(epoch * 1_000_000),
            floor,
            switches: Switches::new(content, min_build, queues.keys().cloned()),
            tested,
            readiness: Readiness::default(),
            builds,
            numbers,
            times: queues,
            agents,
            present: BTreeMap::new(),
            reports: BTreeMap::new(),
            engaged: BTreeMap::new(),
            calls: BTreeMap::new(),
            rounds: 0,
            draining: false,
            counts: Counts::default(),
        }
    }

    /// What holds now.
    #[must_use]
    pub fn snapshot(&self) -> &Snapshot {
        self.issuer.current()
    }

    #[must_use]
    pub fn published(&self) -> Option<&Published> {
        self.builds.current()
    }

    /// How many calls there are.
    #[must_use]
    pub fn calls(&self) -> usize {
        self.calls.len()
    }

    /// Takes what happened, and says what to do.
    pub fn on(&mut self, now: Duration, event: Event) -> Vec<Order> {
        let mut orders = Vec::new();
        match event {
            Event::Invited { call, caller, called } => self.invited(now, call, caller, &called, &mut orders),
            Event::CallerGone(call) => self.hung_up(now, call, By::Caller, &mut orders),
            Event::CallerHolds(call, holds) => self.caller_holds(call, holds),
            Event::Widget { agent, call, said } => self.said(now, &agent, call, said, &mut orders),
            Event::Seen { call, round, seen } => self.seen(now, call, round, seen, &mut orders),
            Event::Unfit { call, round } => self.hopeless(now, call, round, Cause::Ice, &mut orders),
            Event::AgentLost { call, round } => self.agent_lost(now, call, Some(round), &mut orders),
            Event::Recorded(call) => self.hung_up(now, call, By::Desk, &mut orders),
            Event::Present { agent, widget } => self.came(now, agent, widget, &mut orders),
            Event::Absent { agent, widget } => self.left(now, &agent, &widget, &mut orders),
            Event::Reported(report) => self.reported(now, report, &mut orders),
            Event::Back(agent) => self.back(now, &agent),
            Event::Paused(agent, paused) => self.pause(now, &agent, paused, &mut orders),
            Event::Wrapped(agent) => self.wrapped(now, agent, &mut orders),
            Event::Published(edition) => self.publish(now, edition, &mut orders),
            Event::Drain => self.draining = true,
            Event::Terminate => self.terminate(now, &mut orders),
            Event::Tick => self.ticked(now, &mut orders),
        }
        self.settle(now, &mut orders);
        orders
    }

    /// Turns a switch.
    ///
    /// # Errors
    /// What to do instead.
    pub fn turn(&mut self, now: Duration, change: Change) -> Result<Vec<Order>, Refused> {
        let mut orders = Vec::new();
        self.turned(now, change, &mut orders)?;
        self.settle(now, &mut orders);
        Ok(orders)
    }

    /// What is counted, as Prometheus reads it.
    #[must_use]
    pub fn metrics(&self) -> String {
        self.counts.text(&self.leases, &self.readiness, self.calls.len(), self.floor.waiting().len())
    }
}
