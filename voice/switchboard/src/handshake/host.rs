//! The host page's half: it has the configuration, and sends it until somebody says that it is applied.
//!
//! | state | until |
//! |---|---|
//! | `WAIT_HELLO` | a widget says hello, and there is a configuration to give it |
//! | `PORT_SENT` | the widget speaks on the port |
//! | `SENDING` | it acknowledges; sent every 200 ms, backing off to 2 s |
//! | `SYNCED` | there is a newer one |
//! | `REJECTED` | it asks again, or there is a newer one |
//!
//! Each hello is answered with a port of its own, since the one before may be lost. The port that was heard last is the
//! one that counts, so that a late message of an older one confuses for a beat at most.

use std::collections::VecDeque;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::message::{Message, PROTOCOLS, Status};
use crate::snapshot::{Snapshot, Stamp};

const RESEND: Duration = Duration::from_millis(200);
const RESEND_MOST: Duration = Duration::from_secs(2);
/// How often the server is asked for what holds; sooner where nothing is known.
const POLL: Duration = Duration::from_secs(2);
const POLL_FIRST: Duration = Duration::from_secs(1);
/// A port that is silent for so long is sent nothing.
const SILENT: Duration = Duration::from_secs(3);
const PORTS: usize = 8;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case")]
pub enum Event {
    Start,
    /// Nothing but time has passed.
    Tick,
    /// From the widget's window.
    Window {
        message: Message,
    },
    Port {
        port: u32,
        message: Message,
    },
    /// What the server says holds.
    Fetched {
        snapshot: Snapshot,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// To the widget's window.
    Post {
        message: Message,
    },
    /// To the widget's window, with the other end of a new port of that number.
    Open {
        port: u32,
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
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum State {
    WaitHello,
    PortSent,
    Sending,
    Synced,
    Rejected,
}

#[derive(Clone, Debug)]
struct Port {
    number: u32,
    opened: Duration,
    heard: Option<Duration>,
    acked: Option<Stamp>,
    rejected: Option<Stamp>,
    /// Held or older than what the widget has: not to be sent again.
    settled: Option<Stamp>,
    next: Duration,
    wait: Duration,
}

#[derive(Clone, Debug)]
pub struct Host {
    name: String,
    snapshot: Option<Snapshot>,
    /// The newest last.
    ports: VecDeque<Port>,
    opened: u32,
    fetch_at: Option<Duration>,
}

impl Host {
    /// `name` is another one each time the page is loaded.
    #[must_use]
    pub fn new(name: String) -> Host {
        Host { name, snapshot: None, ports: VecDeque::new(), opened: 0, fetch_at: None }
    }

    #[must_use]
    pub fn state(&self) -> State {
        let Some(port) = self.counting() else {
            return State::WaitHello;
        };
        let current = self.snapshot.as_ref().map(|snapshot| &snapshot.stamp);
        match port {
            port if port.heard.is_none() => State::PortSent,
            port if port.acked.as_ref() == current => State::Synced,
            port if port.rejected.as_ref() == current => State::Rejected,
            _ => State::Sending,
        }
    }

    /// What the widget is known to have applied.
    #[must_use]
    pub fn acked(&self) -> Option<&Stamp> {
        self.counting()?.acked.as_ref()
    }

    /// When a [`Event::Tick`] is due.
    #[must_use]
    pub fn wake(&self) -> Option<Duration> {
        let sends = self.ports.iter().filter(|port| self.owes(port)).map(|port| port.next);
        sends.chain(self.fetch_at).min()
    }

    /// Takes what happened and says what to do.
    pub fn on(&mut self, now: Duration, event: Event) -> Vec<Act> {
        let mut acts = Vec::new();
        match event {
            Event::Start => {
                acts.push(Act::Post { message: Message::Who { host: self.name.clone() } });
                self.fetch_at = Some(now);
            }
            Event::Tick => {}
            Event::Window { message: Message::Hello { widget_id, proto, .. } } => {
                self.hello(now, widget_id, proto, &mut acts);
            }
            Event::Window { .. } => {}
            Event::Port { port, message } => self.heard(now, port, message, &mut acts),
            Event::Fetched { snapshot } => self.fetched(now, snapshot),
        }
        self.due(now, &mut acts);
        acts
    }

    /// The port that was heard last, or else was opened last.
    fn counting(&self) -> Option<&Port> {
        self.ports.iter().max_by_key(|port| (port.heard, port.number))
    }

    fn hello(&mut self, now: Duration, widget_id: String, proto: [u32; 2], acts: &mut Vec<Act>) {
        let Some(spoken) = (PROTOCOLS[0]..=PROTOCOLS[1]).rev().find(|one| (proto[0]..=proto[1]).contains(one)) else {
            acts.push(Act::Post { message: Message::Reload { reason: "protocol".to_owned() } });
            return;
        };
        // Without anything to give, silence: the widget then asks the server.
        let Some(snapshot) = &self.snapshot else { return };
        self.opened += 1;
        let number = self.opened;
        let message =
            Message::Port { to: widget_id, host: self.name.clone(), epoch: snapshot.stamp.epoch, proto: spoken };
        acts.push(Act::Open { port: number, message });
        if self.ports.len() == PORTS {
            // The one of which nothing was heard for longest, and never the one that counts.
            let counts = self.counting().map(|port| port.number);
            let others = self.ports.iter().filter(|port| Some(port.number) != counts);
            let oldest = others.map(|port| (port.heard.unwrap_or(port.opened), port.number)).min();
            if let Some((_, gone)) = oldest {
                self.ports.retain(|port| port.number != gone);
                acts.push(Act::Close { port: gone });
            }
        }
        self.ports.push_back(Port {
            number,
            opened: now,
            heard: None,
            acked: None,
            rejected: None,
            settled: None,
            next: Duration::ZERO,
            wait: RESEND,
        });
    }

    fn heard(&mut self, now: Duration, number: u32, message: Message, acts: &mut Vec<Act>) {
        let current = self.snapshot.as_ref().map(|snapshot| snapshot.stamp.clone());
        let Some(port) = self.ports.iter_mut().find(|port| port.number == number) else { return };
        if port.heard.is_none_or(|heard| now.saturating_sub(heard) >= SILENT) {
            (port.next, port.wait) = (now, RESEND);
        }
        port.heard = Some(now);
        match message {
            Message::Pull => {
                port.rejected = None;
                port.settled = None;
                port.acked = None;
                (port.next, port.wait) = (now, RESEND);
            }
            Message::Ack { stamp, status, .. } => match status {
                Status::Applied => {
                    port.acked = Some(stamp.clone());
                    acts.push(Act::Send { port: number, message: Message::Pong { acked: Some(stamp) } });
                }
                Status::Held => port.settled = Some(stamp),
                Status::Rejected => port.rejected = Some(stamp),
                Status::StaleIgnored => {
                    port.settled = current;
                    // Somebody knows more than this page.
                    self.fetch_at = Some(now);
                }
            },
            Message::Ping { have } => {
                // A widget that lost what it once acknowledged is sent it again.
                if port.acked.is_some() && port.acked != have {
                    port.acked = None;
                    (port.next, port.wait) = (now, RESEND);
                }
                let acked = port.acked.clone();
                acts.push(Act::Send { port: number, message: Message::Pong { acked } });
            }
            _ => {}
        }
    }

    fn fetched(&mut self, now: Duration, snapshot: Snapshot) {
        self.fetch_at = Some(now + POLL);
        if self.snapshot.as_ref().is_some_and(|mine| snapshot.stamp.order(&mine.stamp).is_le()) {
            return;
        }
        self.snapshot = Some(snapshot);
        for port in &mut self.ports {
            (port.next, port.wait) = (now, RESEND);
        }
    }

    /// Whether a port is to be sent the configuration.
    fn owes(&self, port: &Port) -> bool {
        let current = self.snapshot.as_ref().map(|snapshot| &snapshot.stamp);
        current.is_some()
            && port.heard.is_some_and(|heard| port.next < heard + SILENT)
            && [&port.acked, &port.rejected, &port.settled].iter().all(|known| known.as_ref() != current)
    }

    fn due(&mut self, now: Duration, acts: &mut Vec<Act>) {
        for index in 0..self.ports.len() {
            let port = &self.ports[index];
            if port.next <= now
                && self.owes(port)
                && let Some(snapshot) = &self.snapshot
            {
                acts.push(Act::Send { port: port.number, message: Message::Config(snapshot.clone()) });
                let port = &mut self.ports[index];
                port.next = now + port.wait;
                port.wait = (port.wait * 2).min(RESEND_MOST);
            }
        }
        if self.fetch_at.is_some_and(|at| at <= now) {
            self.fetch_at = Some(now + if self.snapshot.is_some() { POLL } else { POLL_FIRST });
            acts.push(Act::Fetch);
        }
    }
}
