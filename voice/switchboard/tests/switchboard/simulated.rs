//! One host page, one widget and one server over a network that loses, delays, doubles and reorders, while each of them
//! is started again at moments of a seed's choosing; and whoever looks on, and believes none of them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::{Value, json};
use tocsin_switchboard::handshake::host::{self, Host};
use tocsin_switchboard::handshake::message::{LeaseReply, LeaseRequest, Message, Outcome, Status};
use tocsin_switchboard::handshake::widget::{self, Me};
use tocsin_switchboard::lease::Leases;
use tocsin_switchboard::snapshot::{Bridge, Issuer, Snapshot, Stamp};

use crate::{Dice, content, ms};

/// Whatever sits in the frame: the product's widget, or one that has no place there.
pub trait Seat {
    fn on(&mut self, now: Duration, event: widget::Event) -> Vec<widget::Act>;
    fn state(&self, now: Duration) -> String;
    fn wake(&self, now: Duration) -> Option<Duration>;
    fn stamp(&self) -> Option<&Stamp>;
}

impl Seat for widget::Widget {
    fn on(&mut self, now: Duration, event: widget::Event) -> Vec<widget::Act> {
        self.on(now, event)
    }

    fn state(&self, now: Duration) -> String {
        self.state(now).to_string()
    }

    fn wake(&self, now: Duration) -> Option<Duration> {
        self.wake(now)
    }

    fn stamp(&self) -> Option<&Stamp> {
        self.snapshot().map(|snapshot| &snapshot.stamp)
    }
}

/// How bad the network is: percent lost, copies made at most, milliseconds late at most.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub loss: u64,
    pub copies: u64,
    pub delay: u64,
}

/// Who may give the widget its configuration in a schedule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Both,
    Host,
    Server,
}

pub const CALM: Weather = Weather { loss: 0, copies: 1, delay: 100 };
pub const BUILD: u32 = 7;
const AGENT: &str = "ada";

#[derive(Clone)]
enum Step {
    ToHost(host::Event, Option<(u32, u32)>),
    ToWidget(widget::Event, Option<(u32, u32)>),
    HostTick(u32),
    WidgetTick(u32),
    HostFetches(u32),
    WidgetFetches(u32),
    Asked(u32, LeaseRequest),
    Released(String, u64),
    Ring,
    Accept(u32),
    HangUp(u32, u64),
    NewHost,
    NewWidget,
    NewServer,
    ServerUp,
    Publish,
    Clear,
}

/// What the onlooker noted.
#[derive(Debug, Default)]
pub struct Seen {
    pub faults: Vec<String>,
    /// From when the network was well until the agent could be given calls for good.
    pub converged: Option<Duration>,
    pub states: BTreeSet<String>,
    /// One per machine that ran: what happened to it and what it did.
    pub traces: Vec<Value>,
}

pub struct World {
    dice: Dice,
    now: Duration,
    weather: Weather,
    steps: BTreeMap<(Duration, u64), Step>,
    counted: u64,
    epoch: u64,
    issuer: Issuer,
    leases: Leases,
    server_up: bool,
    source: Source,
    host: Host,
    host_number: u32,
    seat: Box<dyn Seat>,
    seat_number: u32,
    make: fn(Me) -> Box<dyn Seat>,
    /// The widget's ends of ports: to which host's which port, of which widget.
    ends: BTreeMap<u32, (u32, u32, u32)>,
    opened: u32,
    issued: BTreeMap<(u64, u64), Snapshot>,
    acknowledged: BTreeSet<(u32, String)>,
    granted: BTreeSet<(u32, String)>,
    applied: Vec<Stamp>,
    frozen: Option<Stamp>,
    /// The next ticks of host and widget; earlier plans are void.
    wakes: [Duration; 2],
    tracing: bool,
    trace: [Vec<Value>; 2],
    me: Me,
    pub seen: Seen,
}

impl World {
    pub fn new(seed: u64, make: fn(Me) -> Box<dyn Seat>, tracing: bool) -> World {
        let me = me(1);
        let mut world = World {
            dice: Dice(seed),
            now: Duration::ZERO,
            weather: CALM,
            steps: BTreeMap::new(),
            counted: 0,
            epoch: 1,
            issuer: Issuer::new(1, content(Bridge::V1), 60_000, 1),
            leases: Leases::new(1_000_000),
            server_up: true,
            source: Source::Both,
            host: Host::new("host-1".to_owned()),
            host_number: 1,
            seat: make(me.clone()),
            seat_number: 1,
            make,
            ends: BTreeMap::new(),
            opened: 0,
            issued: BTreeMap::new(),
            acknowledged: BTreeSet::new(),
            granted: BTreeSet::new(),
            applied: Vec::new(),
            frozen: None,
            wakes: [Duration::MAX; 2],
            tracing,
            trace: [Vec::new(), Vec::new()],
            me,
            seen: Seen::default(),
        };
        world.issue();
        world
    }

    /// With one of the two sources only.
    pub fn fed_by(mut self, source: Source) -> World {
        self.source = source;
        self
    }

    /// A whole schedule of a seed: weather and restarts, then ten calm seconds.
    pub fn play(mut self) -> Seen {
        self.weather = Weather { loss: self.dice.upto(50), copies: 1 + self.dice.upto(4), delay: self.dice.upto(2000) };
        let storm = 3000 + self.dice.upto(17_000);
        let (host_at, widget_at) = (self.dice.upto(5000), self.dice.upto(5000));
        self.at(ms(host_at), Step::NewHost);
        self.at(ms(widget_at), Step::NewWidget);
        for _ in 0..self.dice.upto(8) {
            let step = match self.dice.upto(5) {
                0 => Step::NewHost,
                1 => Step::NewWidget,
                2 => Step::NewServer,
                3 => Step::Ring,
                _ => Step::Publish,
            };
            let at = ms(self.dice.upto(storm));
            self.at(at, step);
        }
        self.at(ms(storm.max(5000)), Step::Clear);
        self.run(ms(storm.max(5000)) + Duration::from_secs(10));
        self.finish(ms(storm.max(5000)))
    }

    fn finish(mut self, cleared: Duration) -> Seen {
        let fine = self.is_well();
        if !fine {
            let state = self.seat.state(self.now);
            self.fault(format!(
                "10 s after the network was well the widget is {state}, the host {:?}",
                self.host.state()
            ));
        }
        if let Some(since) = self.seen.converged.take().filter(|_| fine) {
            self.seen.converged = Some(since.saturating_sub(cleared));
        }
        self.keep_trace(0);
        self.keep_trace(1);
        self.seen
    }

    /// The agent can be given calls, on what the server has, and the widget knows.
    fn is_well(&mut self) -> bool {
        let current = self.issuer.current().clone();
        self.server_up
            && self.seat.state(self.now) == "AVAILABLE"
            && self.seat.stamp() == Some(&current.stamp)
            && self.leases.sessions(self.now, &current).iter().any(|session| session.routable)
    }

    fn at(&mut self, at: Duration, step: Step) {
        self.counted += 1;
        self.steps.insert((at, self.counted), step);
    }

    fn fault(&mut self, what: String) {
        self.seen.faults.push(format!("{} ms: {what}", self.now.as_millis()));
    }

    fn issue(&mut self) {
        let snapshot = self.issuer.current().clone();
        self.issued.insert((snapshot.stamp.epoch, snapshot.stamp.version), snapshot);
    }

    fn run(&mut self, until: Duration) {
        while let Some(entry) = self.steps.first_entry().filter(|entry| entry.key().0 <= until) {
            self.now = entry.key().0;
            let step = entry.remove();
            self.step(step);
            self.look();
        }
        self.now = until;
        self.look();
    }

    /// Over the network: lost, or several times, each at its own time.
    fn carry(&mut self, step: &Step) {
        let Weather { loss, copies, delay } = self.weather;
        for _ in 0..=self.dice.upto(copies - 1) {
            if !self.dice.percent(loss) {
                let at = self.now + ms(self.dice.upto(delay));
                self.at(at, step.clone());
            }
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::ToHost(event, port) => self.reaches_host(event, port),
            Step::ToWidget(event, port) => self.reaches_widget(event, port),
            Step::HostTick(number) if number == self.host_number && self.wakes[0] == self.now => {
                self.wakes[0] = Duration::MAX;
                self.host_does(host::Event::Tick);
            }
            Step::WidgetTick(number) if number == self.seat_number && self.wakes[1] == self.now => {
                self.wakes[1] = Duration::MAX;
                self.seat_does(widget::Event::Tick);
            }
            Step::HostTick(_) | Step::WidgetTick(_) => {}
            Step::HostFetches(number) if self.server_up => {
                let snapshot = self.issuer.current().clone();
                self.carry(&Step::ToHost(host::Event::Fetched { snapshot }, Some((number, 0))));
            }
            Step::WidgetFetches(number) if self.server_up && self.source != Source::Host => {
                let snapshot = self.issuer.current().clone();
                self.carry(&Step::ToWidget(widget::Event::Fetched { snapshot }, Some((0, number))));
            }
            Step::Asked(number, request) if self.server_up => self.asked(number, &request),
            Step::Released(agent, token) if self.server_up => self.leases.release(&agent, token),
            Step::Ring if self.server_up => self.ring(),
            Step::HostFetches(_) | Step::WidgetFetches(_) | Step::Asked(..) | Step::Released(..) | Step::Ring => {}
            Step::Accept(number) if number == self.seat_number => {
                self.seat_does(widget::Event::Accept);
                self.seat_does(widget::Event::Connected);
            }
            Step::HangUp(number, token) => {
                let current = self.issuer.current().clone();
                self.leases.call_over(self.now, AGENT, token, &current);
                if number == self.seat_number {
                    self.seat_does(widget::Event::HungUp { wrap: false });
                }
            }
            Step::Accept(_) => {}
            Step::NewHost if self.source == Source::Server => {}
            Step::NewHost => {
                self.keep_trace(0);
                self.host_number += 1;
                self.host = Host::new(format!("host-{}", self.host_number));
                self.host_does(host::Event::Start);
            }
            Step::NewWidget => self.new_widget(),
            Step::NewServer => {
                self.server_up = false;
                let back = self.now + ms(self.dice.upto(3000));
                self.at(back, Step::ServerUp);
            }
            Step::ServerUp if !self.server_up => {
                self.epoch += 1;
                self.server_up = true;
                self.issuer = Issuer::new(self.epoch, self.issuer.content().clone(), 60_000, 1);
                self.leases = Leases::new(self.epoch * 1_000_000);
                self.issue();
            }
            Step::ServerUp => {}
            Step::Publish => {
                let bridge = if self.issuer.content().flags.bridge == Bridge::V1 { Bridge::V2 } else { Bridge::V1 };
                self.issuer.publish(content(bridge), 1);
                self.issue();
            }
            Step::Clear => {
                self.weather = CALM;
                if !self.server_up {
                    self.step(Step::ServerUp);
                }
            }
        }
    }

    fn new_widget(&mut self) {
        self.keep_trace(1);
        self.seat_number += 1;
        self.me = me(self.seat_number);
        self.seat = (self.make)(self.me.clone());
        self.applied.clear();
        self.frozen = None;
        self.seat_does(widget::Event::Start);
        self.seat_does(widget::Event::Lock { held: true });
        self.seat_does(widget::Event::Ready { microphone: true, preflight: true });
    }

    fn ring(&mut self) {
        let current = self.issuer.current().clone();
        let Ok(token) = self.leases.may_offer(self.now, AGENT, &current) else { return };
        self.leases.call_began(AGENT, token).unwrap();
        self.at(self.now, Step::ToWidget(widget::Event::Ring, None));
        self.at(self.now + ms(300), Step::Accept(self.seat_number));
        let over = self.now + ms(1000 + self.dice.upto(3000));
        self.at(over, Step::HangUp(self.seat_number, token));
    }

    fn asked(&mut self, number: u32, request: &LeaseRequest) {
        let current = self.issuer.current().clone();
        self.acknowledged.insert((number, request.stamp.hash.clone()));
        let reply: LeaseReply = self.leases.ask(self.now, request, &current);
        if matches!(reply.outcome, Outcome::Leased { .. }) {
            self.granted.insert((number, request.stamp.hash.clone()));
        }
        self.carry(&Step::ToWidget(widget::Event::Lease { reply }, Some((0, number))));
    }

    fn reaches_host(&mut self, event: host::Event, port: Option<(u32, u32)>) {
        // A port dies with either end; what was meant for an earlier page's request does not reach the next.
        if let Some((host, seat)) = port
            && (host != self.host_number || (seat != 0 && seat != self.seat_number))
        {
            return;
        }
        if let host::Event::Port { message: Message::Ack { stamp, status: Status::Applied, .. }, .. } = &event {
            self.acknowledged.insert((self.seat_number, stamp.hash.clone()));
        }
        self.host_does(event);
    }

    fn reaches_widget(&mut self, event: widget::Event, port: Option<(u32, u32)>) {
        if let Some((host, seat)) = port
            && ((host != 0 && host != self.host_number) || seat != self.seat_number)
        {
            return;
        }
        self.seat_does(event);
    }

    fn host_does(&mut self, event: host::Event) {
        let shown = self.tracing.then(|| json!(event));
        let acts = self.host.on(self.now, event);
        if let Some(event) = shown {
            let wake = self.host.wake().map(|at| at.as_millis() as u64);
            self.trace[0].push(json!({"at": self.now.as_millis() as u64, "event": event, "acts": acts,
                "state": self.host.state(), "wake": wake}));
        }
        for act in acts {
            match act {
                host::Act::Post { message } => {
                    self.carry(&Step::ToWidget(widget::Event::Window { message, port: None }, None));
                }
                host::Act::Open { port, message } => {
                    let Weather { loss, copies, delay } = self.weather;
                    for _ in 0..=self.dice.upto(copies - 1) {
                        self.opened += 1;
                        let end = self.opened;
                        self.ends.insert(end, (self.host_number, port, self.seat_number));
                        if !self.dice.percent(loss) {
                            let at = self.now + ms(self.dice.upto(delay));
                            let event = widget::Event::Window { message: message.clone(), port: Some(end) };
                            self.at(at, Step::ToWidget(event, None));
                        }
                    }
                }
                host::Act::Send { port, message } => {
                    let ends: Vec<u32> = self.ends_of(port);
                    for end in ends {
                        let event = widget::Event::Port { port: end, message: message.clone() };
                        self.carry(&Step::ToWidget(event, Some((self.host_number, self.seat_number))));
                    }
                }
                host::Act::Close { port } => {
                    for end in self.ends_of(port) {
                        self.ends.remove(&end);
                    }
                }
                host::Act::Fetch => self.carry(&Step::HostFetches(self.host_number)),
            }
        }
        if let Some(at) = self.host.wake() {
            self.wakes[0] = at.max(self.now);
            self.at(self.wakes[0], Step::HostTick(self.host_number));
        }
    }

    fn ends_of(&self, port: u32) -> Vec<u32> {
        let mine = |(_, end): &(&u32, &(u32, u32, u32))| **end == (self.host_number, port, self.seat_number);
        self.ends.iter().filter(mine).map(|(end, _)| *end).collect()
    }

    fn seat_does(&mut self, event: widget::Event) {
        let shown = self.tracing.then(|| json!(event));
        let was_ringing = matches!(event, widget::Event::Ring);
        let acts = self.seat.on(self.now, event);
        let state = self.seat.state(self.now);
        if let Some(event) = shown {
            let wake = self.seat.wake(self.now).map(|at| at.as_millis() as u64);
            self.trace[1].push(json!({"at": self.now.as_millis() as u64, "event": event, "acts": acts, "state": state,
                "wake": wake}));
        }
        if was_ringing && state == "RINGING" {
            self.frozen = self.seat.stamp().cloned();
        }
        for act in acts {
            match act {
                widget::Act::Post { message } => self.carry(&Step::ToHost(host::Event::Window { message }, None)),
                widget::Act::Send { port, message } => {
                    if let Some((host, number, _)) = self.ends.get(&port).copied() {
                        let event = host::Event::Port { port: number, message };
                        self.carry(&Step::ToHost(event, Some((host, self.seat_number))));
                    }
                }
                widget::Act::Close { port } => {
                    self.ends.remove(&port);
                }
                widget::Act::Fetch => self.carry(&Step::WidgetFetches(self.seat_number)),
                widget::Act::Ask { request } => self.carry(&Step::Asked(self.seat_number, request)),
                widget::Act::Release { agent, token } => self.carry(&Step::Released(agent, token)),
                widget::Act::Apply { stamp } => self.applies(stamp),
                widget::Act::Decline => {}
                widget::Act::Reload { reason } => self.fault(format!("loads again for {reason}")),
            }
        }
        if let Some(at) = self.seat.wake(self.now) {
            self.wakes[1] = at.max(self.now);
            self.at(self.wakes[1], Step::WidgetTick(self.seat_number));
        }
    }

    fn applies(&mut self, stamp: Stamp) {
        if self.applied.iter().any(|before| before.order(&stamp).is_ge()) {
            self.fault(format!("goes back to, or applies again, {}.{}", stamp.epoch, stamp.version));
        }
        self.applied.push(stamp);
    }

    /// The onlooker: what may never be, at any moment.
    fn look(&mut self) {
        let state = self.seat.state(self.now);
        let in_call = matches!(state.as_str(), "RINGING" | "CONNECTING" | "IN_CALL");
        if in_call && self.frozen.is_some() && self.seat.stamp() != self.frozen.as_ref() {
            self.fault("what is in force changed in a call".to_owned());
        }
        if state == "AVAILABLE" {
            let fault = match self.seat.stamp() {
                None => Some("without a configuration"),
                Some(stamp) => {
                    let issued = self.issued.get(&(stamp.epoch, stamp.version));
                    let known = (self.seat_number, stamp.hash.clone());
                    if !issued.is_some_and(|issued| issued.stamp == *stamp && issued.read().is_ok()) {
                        Some("on what no server issued")
                    } else if !self.acknowledged.contains(&known) {
                        Some("on what it never acknowledged")
                    } else if !self.granted.contains(&known) {
                        Some("without a lease")
                    } else {
                        None
                    }
                }
            };
            if let Some(fault) = fault {
                self.fault(format!("available {fault}"));
            }
        }
        self.seen.states.insert(state);
        if self.weather.loss > 0 || !self.is_well() {
            self.seen.converged = None;
        } else if self.seen.converged.is_none() {
            self.seen.converged = Some(self.now);
        }
    }

    fn keep_trace(&mut self, which: usize) {
        let steps = std::mem::take(&mut self.trace[which]);
        if !steps.is_empty() {
            self.seen.traces.push(match which {
                0 => json!({"machine": "host", "name": format!("host-{}", self.host_number), "steps": steps}),
                _ => json!({"machine": "widget", "me": self.me, "steps": steps}),
            });
        }
    }
}

fn me(number: u32) -> Me {
    let (widget_id, load) = (format!("widget-{number}"), u64::from(number));
    Me { widget_id, agent: AGENT.to_owned(), tab: "tab-1".to_owned(), load, build: BUILD, dice: 0 }
}
