//! Callers wait, and the agent who has been idle for longest rings.
//!
//! Whether somebody may be offered a call is asked anew before each offer ([`Floor::route`] is handed the question, which
//! the leases answer). A caller who was given to somebody and came back keeps the time at which they first came, and goes
//! before all who were not.
//!
//! | agent | until |
//! |---|---|
//! | away | they say that they are ready |
//! | idle | they are rung |
//! | ringing | they accept, decline, or the time is up: then they are away |
//! | busy | the call is over |
//! | wrapping up | the time is up, or they are done |

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::Serialize;

use crate::handshake::message::Refusal;

/// Who declined a call is not rung for it again so soon.
const DECLINED: Duration = Duration::from_secs(30);
/// The list of missed calls keeps so many.
const MISSED: usize = 1000;

/// A queue's own times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Times {
    pub ring: Duration,
    /// How long somebody waits before voicemail is offered.
    pub wait: Duration,
    /// The same where no agent of the queue is there at all.
    pub alone: Duration,
    pub wrap: Duration,
}

impl Default for Times {
    fn default() -> Times {
        let seconds = Duration::from_secs;
        Times { ring: seconds(20), wait: seconds(300), alone: seconds(5), wrap: seconds(30) }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Ring that agent, whose lease has that token.
    Offer {
        call: u64,
        agent: String,
        token: u64,
    },
    /// They did not take it in time; the caller waits again.
    Unanswered {
        call: u64,
        agent: String,
    },
    Voicemail {
        call: u64,
        why: Unserved,
    },
}

/// Why a caller was not served.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unserved {
    HungUp,
    NobodyThere,
    WaitedTooLong,
    QueueClosed,
}

/// A caller who was not served, for somebody to call back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Missed {
    pub call: u64,
    pub caller: String,
    pub queue: String,
    pub at: Duration,
    pub waited: Duration,
    pub why: Unserved,
    /// Who called back.
    pub returned_by: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    Away,
    Idle { since: Duration },
    Ringing { call: u64, until: Duration, since: Duration },
    Busy { call: u64 },
    Wrap { until: Duration },
}

#[derive(Clone, Debug)]
struct Agent {
    queues: BTreeSet<String>,
    status: Status,
}

#[derive(Clone, Debug)]
struct Caller {
    caller: String,
    queue: String,
    /// Came back after an agent had accepted.
    first: bool,
    entered: Duration,
    with: Option<String>,
    declined: BTreeMap<String, Duration>,
}

/// All queues, all agents.
#[derive(Clone, Debug, Default)]
pub struct Floor {
    times: BTreeMap<String, Times>,
    closed: BTreeSet<String>,
    /// Queues of which no agent is there, and since when.
    deserted: BTreeMap<String, Duration>,
    agents: BTreeMap<String, Agent>,
    /// Who is not served yet, and who is with an agent.
    callers: BTreeMap<u64, Caller>,
    missed: Vec<Missed>,
}

impl Floor {
    #[must_use]
    pub fn new(queues: BTreeMap<String, Times>) -> Floor {
        Floor { times: queues, ..Floor::default() }
    }

    /// A closed queue takes nobody: its callers are sent to voicemail.
    pub fn close(&mut self, queue: &str, closed: bool) {
        if closed {
            self.closed.insert(queue.to_owned());
        } else {
            self.closed.remove(queue);
        }
    }

    /// A caller comes. Unknown queues are the caller's mistake to make known: false.
    pub fn enter(&mut self, now: Duration, call: u64, caller: &str, queue: &str) -> bool {
        if !self.times.contains_key(queue) {
            return false;
        }
        let (caller, queue) = (caller.to_owned(), queue.to_owned());
        let declined = BTreeMap::new();
        self.callers.insert(call, Caller { caller, queue, first: false, entered: now, with: None, declined });
        true
    }

    /// An agent signs in, away at first.
    pub fn sign_in(&mut self, agent: &str, queues: BTreeSet<String>) {
        let known = self.agents.entry(agent.to_owned());
        known.or_insert(Agent { queues: BTreeSet::new(), status: Status::Away }).queues = queues;
    }

    pub fn sign_out(&mut self, agent: &str) {
        self.agents.remove(agent);
    }

    #[must_use]
    pub fn status(&self, agent: &str) -> Option<Status> {
        self.agents.get(agent).map(|agent| agent.status)
    }

    /// They can take calls. Who was idle stays as long idle as they are.
    pub fn ready(&mut self, now: Duration, agent: &str) {
        self.turn(agent, |status| match status {
            Status::Away | Status::Wrap { .. } => Status::Idle { since: now },
            other => other,
        });
    }

    /// They cannot, for whatever reason: their lease is gone, or they say so. A call stays with them.
    pub fn away(&mut self, agent: &str) {
        self.turn(agent, |status| match status {
            Status::Idle { .. } | Status::Wrap { .. } => Status::Away,
            other => other,
        });
    }

    pub fn accepted(&mut self, call: u64, agent: &str) {
        self.turn(agent, |status| match status {
            Status::Ringing { call: ringing, .. } if ringing == call => Status::Busy { call },
            other => other,
        });
    }

    /// They let somebody else take it, and are idle for as long as before only among those after them.
    pub fn declined(&mut self, now: Duration, call: u64, agent: &str) {
        if let Some(caller) = self.callers.get_mut(&call).filter(|caller| caller.with.as_deref() == Some(agent)) {
            caller.with = None;
            caller.declined.insert(agent.to_owned(), now + DECLINED);
            self.turn(agent, |_| Status::Idle { since: now });
        }
    }

    /// A call came back: its agent is gone or was not heard. They are away until they are well.
    pub fn came_back(&mut self, call: u64, first: bool) {
        if let Some(caller) = self.callers.get_mut(&call) {
            caller.first |= first;
            if let Some(agent) = caller.with.take() {
                self.turn(&agent, |_| Status::Away);
            }
        }
    }

    /// A call is over. Who was with an agent was served; who was not is missed.
    pub fn ended(&mut self, now: Duration, call: u64) {
        let Some(caller) = self.callers.get(&call) else { return };
        let agent = caller.with.clone();
        let status = agent.as_deref().and_then(|agent| self.status(agent));
        let wrap = self.times.get(&caller.queue).copied().unwrap_or_default().wrap;
        match (agent, status) {
            (Some(agent), Some(Status::Busy { .. })) => {
                self.callers.remove(&call);
                self.turn(&agent, |_| Status::Wrap { until: now + wrap });
            }
            (agent, _) => {
                if let Some(agent) = agent {
                    // It was not theirs to take any more: they stay first.
                    self.turn(&agent, |status| match status {
                        Status::Ringing { since, .. } => Status::Idle { since },
                        other => other,
                    });
                }
                self.miss(now, call, Unserved::HungUp);
            }
        }
    }

    /// Done with what follows a call.
    pub fn wrapped(&mut self, now: Duration, agent: &str) {
        self.turn(agent, |status| match status {
            Status::Wrap { .. } => Status::Idle { since: now },
            other => other,
        });
    }

    /// Gives callers to agents, and takes back what was not taken. `may` is asked before each offer.
    pub fn route(&mut self, now: Duration, mut may: impl FnMut(&str) -> Result<u64, Refusal>) -> Vec<Order> {
        let mut orders = Vec::new();
        self.time_out(now, &mut orders);
        self.look_around(now);
        for call in self.waiting() {
            let Some(caller) = self.callers.get(&call) else { continue };
            let queue = caller.queue.clone();
            if self.closed.contains(&queue) {
                self.miss(now, call, Unserved::QueueClosed);
                orders.push(Order::Voicemail { call, why: Unserved::QueueClosed });
                continue;
            }
            let declined = |agent: &str| caller.declined.get(agent).is_some_and(|until| now < *until);
            let mut idle: Vec<(Duration, &String)> = self
                .agents
                .iter()
                .filter(|(name, agent)| agent.queues.contains(&queue) && !declined(name))
                .filter_map(|(name, agent)| match agent.status {
                    Status::Idle { since } => Some((since, name)),
                    _ => None,
                })
                .collect();
            idle.sort();
            let chosen = idle.into_iter().find_map(|(since, name)| Some((since, name.clone(), may(name).ok()?)));
            let times = self.times.get(&queue).copied().unwrap_or_default();
            if let Some((since, agent, token)) = chosen {
                self.turn(&agent, |_| Status::Ringing { call, until: now + times.ring, since });
                if let Some(caller) = self.callers.get_mut(&call) {
                    caller.with = Some(agent.clone());
                }
                orders.push(Order::Offer { call, agent, token });
                continue;
            }
            let waited = now.saturating_sub(caller.entered);
            let alone = self.deserted.get(&queue).map(|since| now.saturating_sub(caller.entered.max(*since)));
            let why = match () {
                () if waited >= times.wait => Unserved::WaitedTooLong,
                () if alone.is_some_and(|alone| alone >= times.alone) => Unserved::NobodyThere,
                () => continue,
            };
            self.miss(now, call, why);
            orders.push(Order::Voicemail { call, why });
        }
        orders
    }

    /// When to route again though nothing happened.
    #[must_use]
    pub fn wake(&self, now: Duration) -> Option<Duration> {
        let agents = self.agents.values().filter_map(|agent| match agent.status {
            Status::Ringing { until, .. } | Status::Wrap { until } => Some(until),
            _ => None,
        });
        let callers = self.callers.values().filter(|caller| caller.with.is_none()).flat_map(|caller| {
            let times = self.times.get(&caller.queue).copied().unwrap_or_default();
            let alone = self.deserted.get(&caller.queue).map_or(caller.entered, |since| caller.entered.max(*since));
            let ends = [alone + times.alone, caller.entered + times.wait];
            ends.into_iter().chain(caller.declined.values().copied())
        });
        agents.chain(callers).filter(|at| *at > now).min()
    }

    /// Who waits, the next one first.
    #[must_use]
    pub fn waiting(&self) -> Vec<u64> {
        let free = self.callers.iter().filter(|(_, caller)| caller.with.is_none());
        let mut order: Vec<(bool, Duration, u64)> =
            free.map(|(call, caller)| (!caller.first, caller.entered, *call)).collect();
        order.sort_unstable();
        order.into_iter().map(|(_, _, call)| call).collect()
    }

    /// Who was not served, the latest last.
    #[must_use]
    pub fn missed(&self) -> &[Missed] {
        &self.missed
    }

    /// Somebody called back.
    pub fn returned(&mut self, call: u64, agent: &str) {
        for missed in self.missed.iter_mut().filter(|missed| missed.call == call) {
            missed.returned_by = Some(agent.to_owned());
        }
    }

    /// Whoever is away for a moment only sends nobody to voicemail.
    fn look_around(&mut self, now: Duration) {
        for queue in self.times.keys() {
            let is_there = |agent: &Agent| agent.queues.contains(queue) && agent.status != Status::Away;
            if self.agents.values().any(is_there) {
                self.deserted.remove(queue);
            } else {
                self.deserted.entry(queue.clone()).or_insert(now);
            }
        }
    }

    fn time_out(&mut self, now: Duration, orders: &mut Vec<Order>) {
        for (name, agent) in &mut self.agents {
            match agent.status {
                Status::Ringing { call, until, .. } if until <= now => {
                    agent.status = Status::Away;
                    if let Some(caller) = self.callers.get_mut(&call) {
                        caller.with = None;
                    }
                    orders.push(Order::Unanswered { call, agent: name.clone() });
                }
                Status::Wrap { until } if until <= now => agent.status = Status::Idle { since: until },
                _ => {}
            }
        }
    }

    fn miss(&mut self, now: Duration, call: u64, why: Unserved) {
        let Some(Caller { caller, queue, entered, .. }) = self.callers.remove(&call) else { return };
        let waited = now.saturating_sub(entered);
        self.missed.push(Missed { call, caller, queue, at: now, waited, why, returned_by: None });
        if self.missed.len() > MISSED {
            self.missed.remove(0);
        }
    }

    fn turn(&mut self, agent: &str, to: impl FnOnce(Status) -> Status) {
        if let Some(agent) = self.agents.get_mut(agent) {
            agent.status = to(agent.status);
        }
    }
}
