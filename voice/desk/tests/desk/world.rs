//! A desk with two agents and two queues, and what a story does to it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Map;
use tocsin_bridge::Seen;
use tocsin_desk::desk::{Desk, Edition, Event, Number, Order, Record, Round, Said, Start, Tell};
use tocsin_switchboard::handshake::message::{LeaseReply, LeaseRequest, Outcome};
use tocsin_switchboard::queue::Times;
use tocsin_switchboard::snapshot::{Bridge, Build, Codec, Content, Flags, Ice};
use tocsin_switchboard::switches::{Change, Refused, Setting};

pub const CALL: Number = 1;

pub fn ms(span: u64) -> Duration {
    Duration::from_millis(span)
}

pub struct World {
    pub desk: Desk,
    pub now: Duration,
    asked: u64,
    tenths: u64,
    builds: BTreeMap<String, Build>,
}

fn queues(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|queue| (*queue).to_owned()).collect()
}

/// Build, files and when (ms); whether the one before was no good.
pub fn edition(build: Build, files: &str, at: u64, rolls_back: bool) -> (Edition, Duration) {
    let (files, who) = (files.to_owned(), "somebody".to_owned());
    (Edition { build, files, who, at_once: false, rolls_back }, ms(at))
}

impl World {
    pub fn new() -> World {
        World::after_builds(vec![edition(1, "good", 0, false), edition(2, "new", 7_200_000, false)])
    }

    /// A desk that starts where these were published.
    pub fn after_builds(editions: Vec<(Edition, Duration)>) -> World {
        let times = |wait| Times { ring: ms(10_000), wait: ms(wait), alone: ms(1000), wrap: ms(20_000) };
        let flags =
            Flags { bridge: Bridge::V1, codec: Codec::Pcmu, ice: Ice::All, signalling: "/voice/call".to_owned() };
        let numbers = [("support", "support"), ("sales", "sales"), ("4930", "sales")];
        let desk = Desk::new(Start {
            epoch: 3,
            queues: BTreeMap::from([("support".to_owned(), times(60_000)), ("sales".to_owned(), times(5000))]),
            numbers: numbers.iter().map(|(number, queue)| ((*number).to_owned(), (*queue).to_owned())).collect(),
            agents: BTreeMap::from([
                ("ada".to_owned(), queues(&["support", "sales"])),
                ("grace".to_owned(), queues(&["support"])),
            ]),
            content: Content { flags, settings: Map::new() },
            editions,
            min_build: 0,
        });
        World { desk, now: ms(7_200_000), asked: 0, tenths: 0, builds: BTreeMap::new() }
    }

    /// With agents who are ready, in the order in which they became idle.
    pub fn with(agents: &[&str]) -> World {
        let mut world = World::new();
        for agent in agents {
            world.signs_in(agent);
            world.after(100);
        }
        world
    }

    pub fn on(&mut self, event: Event) -> Vec<Order> {
        self.desk.on(self.now, event)
    }

    /// Lets time pass, with a tick every 100 ms and leases that are renewed; all that was ordered meanwhile.
    pub fn after(&mut self, span: u64) -> Vec<Order> {
        let mut orders = Vec::new();
        for _ in 0..span / 100 {
            self.now += ms(100);
            self.tenths += 1;
            orders.extend(self.on(Event::Tick));
            if self.tenths.is_multiple_of(40) {
                let agents: Vec<String> = self.builds.keys().cloned().collect();
                for agent in agents {
                    orders.extend(self.asks(&agent).1);
                }
            }
        }
        orders
    }

    pub fn signs_in(&mut self, agent: &str) -> Vec<Order> {
        self.builds.entry(agent.to_owned()).or_insert(2);
        let mut orders = self.on(Event::Present { agent: agent.to_owned(), widget: format!("w-{agent}") });
        orders.extend(self.asks(agent).1);
        orders
    }

    pub fn runs(&mut self, agent: &str, build: Build) {
        self.builds.insert(agent.to_owned(), build);
    }

    pub fn leaves(&mut self, agent: &str) -> Vec<Order> {
        self.builds.remove(agent);
        self.on(Event::Absent { agent: agent.to_owned(), widget: format!("w-{agent}") })
    }

    /// Asks for a lease with what holds now.
    pub fn asks(&mut self, agent: &str) -> (LeaseReply, Vec<Order>) {
        self.asked += 1;
        let build = self.builds.get(agent).copied().unwrap_or(2);
        let stamp = self.desk.snapshot().stamp.clone();
        let (agent, widget_id, tab) = (agent.to_owned(), format!("w-{agent}"), format!("t-{agent}"));
        let request = LeaseRequest { ask: self.asked, agent, tab, load: 1, widget_id, build, stamp, token: None };
        self.desk.lease(self.now, &request)
    }

    pub fn is_leased(&mut self, agent: &str) -> bool {
        matches!(self.asks(agent).0.outcome, Outcome::Leased { .. })
    }

    pub fn calls(&mut self, call: Number, called: &str) -> Vec<Order> {
        self.on(Event::Invited { call, caller: "+49".to_owned(), called: called.to_owned() })
    }

    pub fn says(&mut self, agent: &str, said: Said) -> Vec<Order> {
        self.on(Event::Widget { agent: agent.to_owned(), call: CALL, said })
    }

    /// Accepts; the attempt that was begun.
    pub fn accepts(&mut self, agent: &str) -> Round {
        let orders = self.says(agent, Said::Accepted);
        let begun = orders.iter().find_map(|order| match order {
            Order::Open { call: CALL, round, agent: with } if with == agent => Some(*round),
            _ => None,
        });
        begun.unwrap_or_else(|| panic!("{agent} accepts, and nothing is begun: {orders:?}"))
    }

    pub fn seen(&mut self, round: Round, seen: Seen) -> Vec<Order> {
        self.on(Event::Seen { call: CALL, round, seen })
    }

    /// Sound flows both ways for so long; what is ordered.
    pub fn flows(&mut self, round: Round, span: u64, agent: bool, caller: bool, browser: bool) -> Vec<Order> {
        let mut orders = Vec::new();
        for tenth in 1..=span / 100 {
            orders.extend(self.after(100));
            let packets = tenth * 5;
            if agent {
                orders.extend(self.seen(round, Seen::Agent { packets, sounds: true }));
            }
            if caller {
                orders.extend(self.seen(round, Seen::Caller { packets }));
            }
            if browser {
                orders.extend(self.seen(round, Seen::Browser { packets }));
            }
        }
        orders
    }

    /// A call between the agent and the caller, as it should be.
    pub fn talks(&mut self, agent: &str) -> Round {
        let round = self.accepts(agent);
        assert!(self.seen(round, Seen::Secured).contains(&Order::Answer(CALL)) || self.is_answered());
        let orders = self.flows(round, 300, true, true, true);
        assert!(told(&orders, agent).contains(&Tell::Connected { call: CALL }), "{orders:?}");
        round
    }

    fn is_answered(&self) -> bool {
        self.desk.view(self.now)["calls"][0]["answered"] == true
    }

    pub fn turn(&mut self, switch: &str, to: Setting) -> Result<Vec<Order>, Refused> {
        let (who, why) = ("me".to_owned(), "a story".to_owned());
        self.desk.turn(self.now, Change { switch: switch.parse()?, to, who, why })
    }

    pub fn publishes(&mut self, build: Build, files: &str, at_once: bool) -> Vec<Order> {
        let (files, who) = (files.to_owned(), "me".to_owned());
        self.on(Event::Published(Edition { build, files, who, at_once, rolls_back: false }))
    }

    pub fn stage(&self) -> String {
        let view = self.desk.view(self.now);
        view["calls"][0]["stage"].as_str().unwrap_or("none").to_owned()
    }
}

/// What an agent was told, in order.
pub fn told(orders: &[Order], to: &str) -> Vec<Tell> {
    let of = |order: &Order| match order {
        Order::Tell { agent, tell } if agent == to => Some(tell.clone()),
        _ => None,
    };
    orders.iter().filter_map(of).collect()
}

/// Whom a call was offered to.
pub fn rung(orders: &[Order]) -> Vec<&str> {
    let mut rung = Vec::new();
    for order in orders {
        if let Order::Tell { agent, tell: Tell::Offered { .. } } = order {
            rung.push(agent.as_str());
        }
    }
    rung
}

pub fn record(orders: &[Order]) -> &Record {
    match orders.iter().find(|order| matches!(order, Order::Record(_))) {
        Some(Order::Record(record)) => record,
        _ => panic!("nothing was written down: {orders:?}"),
    }
}
