//! The widget of the incident: it says hello once, takes what comes, and falls back to defaults where nothing does. It is
//! here so that the suite can fail.

use std::time::Duration;

use tocsin_switchboard::handshake::message::{LeaseRequest, Message, PROTOCOLS};
use tocsin_switchboard::handshake::widget::{Act, Event, Me};
use tocsin_switchboard::snapshot::{Snapshot, Stamp};

use crate::simulated::Seat;

const GIVES_UP: Duration = Duration::from_secs(3);

pub struct Naive {
    me: Me,
    started: Option<Duration>,
    config: Option<Snapshot>,
}

impl Naive {
    pub fn new(me: Me) -> Naive {
        Naive { me, started: None, config: None }
    }
}

impl Seat for Naive {
    fn on(&mut self, now: Duration, event: Event) -> Vec<Act> {
        match event {
            Event::Start => {
                self.started = Some(now);
                let (widget_id, build) = (self.me.widget_id.clone(), self.me.build);
                vec![Act::Post { message: Message::Hello { widget_id, build, proto: PROTOCOLS, have: None } }]
            }
            Event::Window { message: Message::Port { .. }, port: Some(port) } => {
                vec![Act::Send { port, message: Message::Pull }]
            }
            Event::Port { message: Message::Config(snapshot), .. } => {
                let stamp = snapshot.stamp.clone();
                self.config = Some(snapshot);
                let Me { agent, tab, load, widget_id, build, .. } = self.me.clone();
                let request =
                    LeaseRequest { ask: 1, agent, tab, load, widget_id, build, stamp: stamp.clone(), token: None };
                vec![Act::Apply { stamp }, Act::Ask { request }]
            }
            _ => Vec::new(),
        }
    }

    fn state(&self, now: Duration) -> String {
        let waited = self.started.is_some_and(|started| now >= started + GIVES_UP);
        if self.config.is_some() || waited { "AVAILABLE".to_owned() } else { "HELLO".to_owned() }
    }

    fn wake(&self, now: Duration) -> Option<Duration> {
        self.started.map(|started| started + GIVES_UP).filter(|at| *at > now)
    }

    fn stamp(&self) -> Option<&Stamp> {
        self.config.as_ref().map(|config| &config.stamp)
    }
}
