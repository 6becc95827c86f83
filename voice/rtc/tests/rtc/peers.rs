//! Both ends by hand: every datagram takes 5 ms, and no time passes but what is said to.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tocsin_rtc::{Datagram, Event, Fault, Kind, Path, Payload, Peer, Step};

use crate::browser::Browser;

const DELAY: Duration = Duration::from_millis(5);
const OURS: &str = "192.0.2.1:4000";
const OTHER: &str = "192.0.2.1:4001";

fn at(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

struct World {
    now: Instant,
    peer: Peer,
    browser: Browser,
    /// On their way, with when they arrive.
    flying: VecDeque<(Instant, bool, Datagram)>,
    /// To and from there everything is lost.
    blocked: Option<SocketAddr>,
    events: Vec<Event>,
    over: bool,
}

impl World {
    fn new() -> World {
        let now = tokio::time::Instant::now().into_std();
        let mut peer = Peer::new(now);
        peer.announce(at(OURS)).unwrap();
        let browser = Browser::new(at("198.51.100.7:5000"), now);
        let (flying, events) = (VecDeque::new(), Vec::new());
        World { now, peer, browser, flying, blocked: None, events, over: false }
    }

    fn negotiated() -> World {
        let mut world = World::new();
        let offer = world.peer.offer().unwrap();
        let answer = world.browser.answer(&offer);
        world.peer.answer(&answer).unwrap();
        world
    }

    fn connected() -> World {
        let mut world = World::negotiated();
        world.pass(Duration::from_secs(1));
        assert!(world.browser.connected && world.peer.is_secured());
        world
    }

    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        loop {
            let mut wake = end;
            loop {
                match self.peer.poll() {
                    Step::Send(datagram) => self.fly(datagram, true),
                    Step::Happened(event) => self.events.push(event),
                    Step::Wait(until) => break wake = wake.min(until),
                    Step::Over => break self.over = true,
                }
            }
            let (sent, until) = self.browser.poll();
            for datagram in sent {
                self.fly(datagram, false);
            }
            wake = wake.min(until.unwrap_or(end));
            if let Some((arrives, _, _)) = self.flying.front() {
                wake = wake.min(*arrives);
            }
            self.now = self.now.max(wake);
            while self.flying.front().is_some_and(|(arrives, ..)| *arrives <= self.now) {
                let (_, to_browser, datagram) = self.flying.pop_front().unwrap();
                if to_browser {
                    self.browser.take(&datagram, self.now);
                } else {
                    self.peer.take(&datagram, self.now);
                }
            }
            if self.now >= end {
                return;
            }
            self.peer.tick(self.now);
            if self.browser.rtc.is_alive() {
                self.browser.rtc.handle_input(str0m::Input::Timeout(self.now)).unwrap();
            }
        }
    }

    fn fly(&mut self, datagram: Datagram, to_browser: bool) {
        if ![Some(datagram.from), Some(datagram.to)].contains(&self.blocked) {
            self.flying.push_back((self.now + DELAY, to_browser, datagram));
        }
    }

    fn say(&mut self, kind: Kind, sequence: u16, timestamp: u32, bytes: &[u8]) {
        let payload = Payload { kind, marker: sequence == 0, sequence, timestamp, source: 1, bytes: bytes.into() };
        self.peer.say(&payload, self.now);
        self.pass(Duration::from_millis(20));
    }

    fn payloads(&self) -> Vec<&Payload> {
        self.events
            .iter()
            .filter_map(|event| if let Event::Payload(payload) = event { Some(payload) } else { None })
            .collect()
    }
}

#[test]
fn only_pcmu_and_keys_are_offered() {
    let mut world = World::new();
    let offer = world.peer.offer().unwrap();
    let codecs: Vec<&str> = offer.lines().filter_map(|line| line.strip_prefix("a=rtpmap:")).collect();
    assert_eq!(codecs, ["0 PCMU/8000", "101 telephone-event/8000"]);
    assert!(offer.contains("a=sendrecv") && offer.contains("192.0.2.1 4000 typ host"), "{offer}");
    assert_eq!(world.peer.offer().unwrap(), offer, "until it is answered it stays the same");
}

#[test]
fn a_way_is_found_and_secured() {
    let world = World::connected();
    let first = |wanted: &Event| world.events.iter().position(|event| event == wanted);
    let (up, secured) = (first(&Event::Path(Path::Up)).unwrap(), first(&Event::Secured).unwrap());
    assert!(up < secured, "{:?}", world.events);
    assert_eq!(world.events.iter().filter(|event| **event == Event::Secured).count(), 1);
}

#[test]
fn payloads_arrive_as_they_were_numbered() {
    let mut world = World::connected();
    for number in 0..20_u16 {
        // Two are never sent, one goes twice, one is a key.
        let kind = if number == 15 { Kind::Key } else { Kind::Sound };
        if ![7, 8].contains(&number) {
            world.say(
                kind,
                number.wrapping_add(65_530),
                u32::from(number) * 160,
                &[number as u8; 160][..if kind == Kind::Key { 4 } else { 160 }],
            );
        }
    }
    let numbers: Vec<u16> = world.browser.heard.iter().map(|heard| heard.2).collect();
    let sent: Vec<u16> =
        (0..20_u16).filter(|number| ![7, 8].contains(number)).map(|number| number.wrapping_add(65_530)).collect();
    assert_eq!(numbers, sent);
    assert!(world.browser.heard.iter().all(|heard| (heard.0 == Kind::Key) == (heard.4.len() == 4)));
    assert!(world.browser.heard.iter().all(|heard| heard.3 == u32::from(heard.2.wrapping_sub(65_530)) * 160));
    assert_eq!(world.browser.heard.iter().filter(|heard| heard.1).count(), 1, "the marker of number 0");

    let sounds = (0..5_u64).map(|number| (Kind::Sound, 100 + number, vec![number as u8; 160]));
    for (kind, number, bytes) in
        sounds.chain([(Kind::Key, 105, vec![5, 0x0A, 0, 160]), (Kind::Key, 106, vec![5, 0x8A, 1, 64])])
    {
        let timestamp = if kind == Kind::Key { 9000 } else { number as u32 * 160 };
        world.browser.say(kind, number, timestamp, bytes, world.now);
        world.pass(Duration::from_millis(20));
    }
    let numbers: Vec<u16> = world.payloads().iter().map(|payload| payload.sequence).collect();
    assert_eq!(numbers, [100, 101, 102, 103, 104, 105, 106]);
    assert_eq!(world.payloads()[1].bytes[..], [1; 160]);
    assert_eq!(world.events.iter().filter(|event| **event == Event::Pressed('5')).count(), 1);
}

#[test]
fn nothing_is_said_before_the_way_is_secured() {
    let mut world = World::negotiated();
    world.peer.say(
        &Payload { kind: Kind::Sound, marker: false, sequence: 1, timestamp: 1, source: 1, bytes: [0; 160].into() },
        world.now,
    );
    world.pass(Duration::from_secs(1));
    assert!(world.browser.connected && world.browser.heard.is_empty());
}

#[test]
fn a_restart_goes_round_a_port_that_is_blocked() {
    let mut world = World::connected();
    world.blocked = Some(at(OURS));
    world.say(Kind::Sound, 1, 160, &[1; 160]);
    assert!(world.browser.heard.is_empty());
    world.pass(Duration::from_secs(30));
    assert_eq!(world.events.iter().rev().find(|event| matches!(event, Event::Path(_))), Some(&Event::Path(Path::Down)));

    world.peer.announce(at(OTHER)).unwrap();
    let offer = world.peer.restart().unwrap();
    let answer = world.browser.answer(&offer);
    world.peer.answer(&answer).unwrap();
    world.pass(Duration::from_secs(3));
    world.say(Kind::Sound, 2, 320, &[2; 160]);
    assert_eq!(world.browser.heard.len(), 1, "{:?}", world.events);
    assert_eq!(world.events.iter().filter(|event| **event == Event::Secured).count(), 1, "what was secured stays so");
}

#[test]
fn a_browser_is_found_by_what_it_trickles() {
    let mut world = World::new();
    let offer = world.peer.offer().unwrap();
    let answer = world.browser.answer(&offer);
    let (candidates, rest): (Vec<&str>, Vec<&str>) = answer.lines().partition(|line| line.starts_with("a=candidate"));
    world.peer.answer(&(rest.join("\r\n") + "\r\n")).unwrap();
    assert_eq!(
        world.peer.candidate("candidate:1 1 udp 1 b5d0.local 5000 typ host"),
        Ok(()),
        "a name says nothing to us"
    );
    assert_eq!(world.peer.candidate(""), Ok(()), "that was all of them");
    assert!(matches!(world.peer.candidate("candidate:what"), Err(Fault::Candidate(_))));
    for candidate in candidates {
        world.peer.candidate(candidate).unwrap();
    }
    world.pass(Duration::from_secs(1));
    assert!(world.peer.is_secured());
    let many = (0..40).map(|port| format!("candidate:1 1 udp 1 203.0.113.1 {} typ host", 1000 + port));
    assert_eq!(many.filter_map(|line| world.peer.candidate(&line).err()).next(), Some(Fault::TooMany));
}

#[test]
fn answers_that_cannot_become_a_call() {
    let answered = |change: fn(&str) -> String| {
        let mut world = World::new();
        let offer = world.peer.offer().unwrap();
        let answer = world.browser.answer(&offer);
        world.peer.answer(&change(&answer))
    };
    assert_eq!(answered(str::to_owned), Ok(()));
    assert_eq!(answered(|answer| answer.replace("a=sendrecv", "a=recvonly")), Err(Fault::NoMicrophone));
    assert_eq!(answered(|answer| answer.replace("PCMU/8000", "PCMA/8000")), Err(Fault::NoPcmu));
    assert!(matches!(answered(|_| "hello".to_owned()), Err(Fault::Unreadable(_))));
    let mut world = World::new();
    assert_eq!(world.peer.restart(), Err(Fault::Nothing), "there is nothing to restart yet");
    let offer = world.peer.offer().unwrap();
    let answer = world.browser.answer(&offer);
    assert_eq!(world.peer.answer(&answer), Ok(()));
    assert_eq!(world.peer.answer(&answer), Err(Fault::Unasked), "once is enough");
}

#[test]
fn either_end_closes() {
    let mut world = World::connected();
    world.peer.close();
    world.pass(Duration::from_secs(1));
    assert!(world.over && world.events.last() == Some(&Event::Over(None)));
    assert!(!world.browser.rtc.is_alive(), "the browser is told");

    let mut world = World::connected();
    world.browser.rtc.close().unwrap();
    world.pass(Duration::from_secs(1));
    assert!(world.over && world.events.last() == Some(&Event::Over(None)));
}

#[test]
fn what_is_not_meant_for_us_is_nothing() {
    let mut world = World::connected();
    let from = at("203.0.113.9:9");
    for bytes in
        [vec![], vec![0; 4], vec![0x80; 40], vec![22; 80], vec![0x16, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]
    {
        world.peer.take(&Datagram { from, to: at(OURS), bytes }, world.now);
        world.pass(Duration::from_millis(20));
    }
    world.say(Kind::Sound, 1, 160, &[1; 160]);
    assert_eq!(world.browser.heard.len(), 1);
}

#[test]
fn figures_come_every_second() {
    let mut world = World::connected();
    for number in 0..200 {
        world.browser.say(Kind::Sound, number, number as u32 * 160, vec![0; 160], world.now);
        world.say(Kind::Sound, number as u16, number as u32 * 160, &[0; 160]);
    }
    let last =
        world.events.iter().rev().find_map(|event| if let Event::Stats(stats) = event { Some(*stats) } else { None });
    let stats = last.unwrap();
    assert!(stats.received > 100 && stats.sent > 100, "{stats:?}");
    assert_eq!(stats.round_trip, Some(DELAY * 2));
}
