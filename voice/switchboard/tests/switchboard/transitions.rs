//! The widget's machine of the handshake, event by event: what each state does with what may come, and what it says.

use std::time::Duration;

use serde_json::{Value, json};
use tocsin_switchboard::handshake::message::{LeaseReply, Message, Outcome, Refusal};
use tocsin_switchboard::handshake::widget::{Act, Event, Me, Widget};
use tocsin_switchboard::snapshot::{Bridge, Issuer, Snapshot};

use crate::{content, ms};

fn snapshot(epoch: u64, version: u64, min_build: u32) -> Snapshot {
    let text = Issuer::new(1, content(Bridge::V1), 60_000, 1).current().text.clone();
    Snapshot::seal(epoch, version, 60_000, min_build, text)
}

pub fn v(version: u64) -> Snapshot {
    snapshot(1, version, 1)
}

fn broken(version: u64) -> Snapshot {
    Snapshot::seal(1, version, 60_000, 1, "{}".to_owned())
}

fn port_of(host: &str, epoch: u64, port: u32) -> Event {
    let message = Message::Port { to: "w".to_owned(), host: host.to_owned(), epoch, proto: 1 };
    Event::Window { message, port: Some(port) }
}

fn over(message: Message) -> Event {
    Event::Port { port: 1, message }
}

fn config(snapshot: Snapshot) -> Event {
    over(Message::Config(snapshot))
}

fn pong(version: u64) -> Event {
    over(Message::Pong { acked: Some(v(version).stamp) })
}

fn leased(ask: u64, min_build: u32, version: u64) -> Event {
    let outcome = Outcome::Leased { token: 40 + ask, ttl: 15_000, renew: 5000 };
    Event::Lease { reply: LeaseReply { ask, min_build, epoch: 1, version, outcome } }
}

fn refused(ask: u64, version: u64, why: Refusal) -> Event {
    let outcome = Outcome::Refused { why };
    Event::Lease { reply: LeaseReply { ask, min_build: 1, epoch: 1, version, outcome } }
}

fn ready(microphone: bool, preflight: bool) -> Event {
    Event::Ready { microphone, preflight }
}

/// An act in a word or two.
fn told(act: &Value) -> String {
    let message = &act["message"];
    let status = message["status"].as_str().unwrap_or_default();
    let kind = message["kind"].as_str().unwrap_or_default();
    let version = act["stamp"]["version"].as_u64().map(|version| version.to_string()).unwrap_or_default();
    let words = [act["act"].as_str().unwrap(), kind, status, &version, act["reason"].as_str().unwrap_or_default()];
    words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

pub fn acts<A: serde::Serialize>(acts: &[A]) -> String {
    acts.iter().map(|act| told(&json!(act))).collect::<Vec<_>>().join(", ")
}

/// When, what, what it then is, and what it does.
type Row = (u64, Event, &'static str, &'static str);

fn play(name: &str, story: Vec<Row>) -> Widget {
    let (widget_id, agent, tab) = ("w".to_owned(), "ada".to_owned(), "t".to_owned());
    let mut widget = Widget::new(Me { widget_id, agent, tab, load: 1, build: 7, dice: 30_000 });
    assert_eq!(widget.state(ms(0)).to_string(), "BOOT");
    for (number, (at, event, state, does)) in story.into_iter().enumerate() {
        let row = format!("{name}, row {number}: {event:?}");
        let done: Vec<Act> = widget.on(ms(at), event);
        assert_eq!(widget.state(ms(at)).to_string(), state, "{row}");
        assert_eq!(acts(&done), does, "{row}");
    }
    widget
}

/// Up to AVAILABLE, at 100 ms.
fn available() -> Vec<Row> {
    vec![
        (0, Event::Start, "HELLO", "post HELLO"),
        (0, ready(true, true), "HELLO", ""),
        (0, Event::Lock { held: true }, "HELLO", ""),
        (10, port_of("h", 1, 1), "BOUND", "send PULL, send PING"),
        (20, config(v(1)), "CONFIGURED", "apply 1, send ACK applied"),
        (30, pong(1), "CONFIRMED", "ask"),
        (100, leased(1, 1, 1), "AVAILABLE", ""),
    ]
}

fn then(rows: Vec<Row>) -> Vec<Row> {
    available().into_iter().chain(rows).collect()
}

#[test]
fn from_hello_to_available() {
    play("straight", available());
    play(
        "hello is said again and again",
        vec![
            (0, Event::Start, "HELLO", "post HELLO"),
            (99, Event::Tick, "HELLO", ""),
            (100, Event::Tick, "HELLO", "post HELLO"),
            (300, Event::Tick, "HELLO", "post HELLO"),
            (300, Event::Window { message: Message::Who { host: "h".to_owned() }, port: None }, "HELLO", "post HELLO"),
            (400, Event::Tick, "HELLO", "post HELLO"),
        ],
    );
    play(
        "a port for somebody else",
        vec![
            (0, Event::Start, "HELLO", "post HELLO"),
            (
                10,
                Event::Window {
                    message: Message::Port { to: "x".to_owned(), host: "h".to_owned(), epoch: 1, proto: 1 },
                    port: Some(1),
                },
                "HELLO",
                "close",
            ),
            (20, over(Message::Config(v(1))), "HELLO", ""),
        ],
    );
    play(
        "asked for until it comes",
        vec![
            (0, Event::Start, "HELLO", "post HELLO"),
            (10, port_of("h", 1, 1), "BOUND", "send PULL, send PING"),
            (310, Event::Tick, "BOUND", "send PULL, send PING"),
            (610, over(Message::Pong { acked: None }), "BOUND", "send PULL, send PING"),
            (620, port_of("h", 1, 2), "BOUND", "close"),
            (700, config(v(1)), "CONFIGURED", "apply 1, send ACK applied"),
            (910, Event::Tick, "CONFIGURED", "send ACK applied, send PING"),
            (920, over(Message::Pong { acked: Some(v(2).stamp) }), "CONFIGURED", ""),
            (930, pong(1), "NOT_READY(microphone)", ""),
            (940, ready(true, false), "NOT_READY(preflight)", ""),
            (950, ready(true, true), "NOT_READY(another_tab)", ""),
            (960, Event::Lock { held: true }, "CONFIRMED", "ask"),
            (1910, Event::Tick, "CONFIRMED", "send PING"),
            (1960, Event::Tick, "CONFIRMED", "ask"),
            (1970, leased(2, 1, 1), "AVAILABLE", ""),
            (1980, leased(1, 1, 1), "AVAILABLE", ""),
        ],
    );
}

#[test]
fn nobody_has_a_configuration() {
    play(
        "the server is asked after five seconds",
        vec![
            (0, Event::Start, "HELLO", "post HELLO"),
            (4999, Event::Tick, "HELLO", "post HELLO"),
            (5000, Event::Tick, "NOT_READY(config_timeout)", "fetch"),
            (9999, Event::Tick, "NOT_READY(config_timeout)", "post HELLO"),
            (10_000, Event::Tick, "NOT_READY(config_timeout)", "fetch"),
            (10_010, Event::Fetched { snapshot: v(1) }, "NOT_READY(microphone)", "apply 1"),
            (10_020, ready(true, true), "NOT_READY(another_tab)", ""),
            (10_030, Event::Lock { held: true }, "CONFIRMED", "ask"),
            (10_040, leased(1, 1, 1), "AVAILABLE", ""),
        ],
    );
    play(
        "a host page that answers and sends nothing",
        vec![
            (0, Event::Start, "HELLO", "post HELLO"),
            (10, port_of("h", 1, 1), "BOUND", "send PULL, send PING"),
            (4900, over(Message::Pong { acked: None }), "BOUND", "send PULL, send PING"),
            (5000, over(Message::Pong { acked: None }), "NOT_READY(config_timeout)", "fetch"),
            (5010, Event::Fetched { snapshot: v(1) }, "NOT_READY(microphone)", "apply 1"),
        ],
    );
}

#[test]
fn what_is_incomplete_is_not_taken() {
    play(
        "at first",
        vec![
            (0, Event::Start, "HELLO", "post HELLO"),
            (10, port_of("h", 1, 1), "BOUND", "send PULL, send PING"),
            (20, config(broken(1)), "REJECTED", "send ACK rejected, fetch"),
            (310, over(Message::Pong { acked: None }), "REJECTED", "send PING"),
            (5020, over(Message::Pong { acked: None }), "REJECTED", "send PULL, send PING, fetch"),
            (5030, config(v(1)), "CONFIGURED", "apply 1, send ACK applied"),
        ],
    );
    play(
        "later: what was there is no excuse",
        then(vec![
            (200, config(broken(2)), "REJECTED", "send ACK rejected, fetch, release"),
            (210, config(v(1)), "REJECTED", "send ACK applied"),
            (220, Event::Fetched { snapshot: v(2) }, "CONFIRMED", "apply 2, ask"),
        ]),
    );
    play(
        "the same number over another content",
        then(vec![(200, config(snapshot(1, 1, 2)), "REJECTED", "send ACK rejected, fetch, release")]),
    );
}

#[test]
fn versions_go_forward() {
    play(
        "older, equal, newer, a new epoch",
        then(vec![
            (110, config(v(3)), "CONFIGURED", "apply 3, send ACK applied"),
            (120, pong(1), "CONFIGURED", ""),
            (130, pong(3), "CONFIRMED", "ask"),
            (140, leased(2, 1, 3), "AVAILABLE", ""),
            (150, config(v(2)), "AVAILABLE", "send ACK stale_ignored"),
            (160, config(v(3)), "AVAILABLE", "send ACK applied"),
            (170, Event::Fetched { snapshot: v(2) }, "AVAILABLE", ""),
            (180, config(snapshot(2, 1, 1)), "CONFIGURED", "apply 1, send ACK applied"),
            (190, port_of("h2", 1, 2), "CONFIGURED", "close"),
        ]),
    );
    play(
        "the server says that there is a newer one",
        then(vec![
            (5100, refused(1, 2, Refusal::StaleConfig), "AVAILABLE", "send PING, ask"),
            (5110, over(Message::Pong { acked: None }), "AVAILABLE", ""),
            (5120, refused(2, 2, Refusal::StaleConfig), "NOT_READY(refused:stale_config)", "send PULL, fetch"),
            (5130, Event::Fetched { snapshot: v(2) }, "CONFIRMED", "apply 2, ask"),
        ]),
    );
}

#[test]
fn what_is_lost_is_noticed() {
    play(
        "the host page",
        then(vec![
            (310, Event::Tick, "AVAILABLE", "send PING"),
            (610, Event::Tick, "AVAILABLE", "send PING"),
            (910, Event::Tick, "AVAILABLE", "send PING"),
            (1210, Event::Tick, "NOT_READY(host_lost)", "send PING, post HELLO, release"),
            (1220, port_of("h", 1, 2), "CONFIGURED", "close, send ACK applied, send PING"),
        ]),
    );
    play(
        "found again on the old port",
        then(vec![
            (310, Event::Tick, "AVAILABLE", "send PING"),
            (610, Event::Tick, "AVAILABLE", "send PING"),
            (910, Event::Tick, "AVAILABLE", "send PING"),
            (1210, Event::Tick, "NOT_READY(host_lost)", "send PING, post HELLO, release"),
            (1220, pong(1), "CONFIRMED", "ask"),
        ]),
    );
    play(
        "the server alone",
        then(vec![
            (310, Event::Tick, "AVAILABLE", "send PING"),
            (610, Event::Tick, "AVAILABLE", "send PING"),
            (910, Event::Tick, "AVAILABLE", "send PING"),
            (1210, Event::Tick, "NOT_READY(host_lost)", "send PING, post HELLO, release"),
            (5030, Event::Tick, "NOT_READY(host_lost)", "send PING, post HELLO, fetch"),
            (5040, Event::Fetched { snapshot: v(1) }, "CONFIRMED", "ask"),
            (5050, leased(2, 1, 1), "AVAILABLE", ""),
        ]),
    );
    play(
        "the lease",
        then(vec![
            (14_000, pong(1), "AVAILABLE", "send PING, ask"),
            (15_029, pong(1), "AVAILABLE", "send PING, ask"),
            (15_030, pong(1), "NOT_READY(lease_lost)", ""),
            (16_029, pong(1), "NOT_READY(lease_lost)", "send PING, ask"),
            (16_040, leased(4, 1, 1), "AVAILABLE", ""),
        ]),
    );
    play(
        "taken away",
        then(vec![
            (5030, pong(1), "AVAILABLE", "send PING, ask"),
            (5040, refused(2, 1, Refusal::Revoked), "NOT_READY(refused:revoked)", ""),
            (7040, pong(1), "NOT_READY(refused:revoked)", "send PING, ask"),
            (7050, leased(3, 1, 1), "AVAILABLE", ""),
        ]),
    );
    play(
        "the microphone",
        then(vec![
            (200, ready(false, true), "NOT_READY(microphone)", "release"),
            (210, ready(true, true), "CONFIRMED", "ask"),
        ]),
    );
    play("the tab's turn", then(vec![(200, Event::Lock { held: false }, "NOT_READY(another_tab)", "release")]));
    play("sleep", then(vec![(200, Event::Shown, "NOT_READY(host_lost)", "send ACK applied, send PING, post HELLO")]));
    play(
        "nobody confirms it for longer than it holds",
        then(vec![
            (310, Event::Tick, "AVAILABLE", "send PING"),
            (60_030, over(Message::Pong { acked: None }), "NOT_READY(expired)", "send PING"),
        ]),
    );
}

#[test]
fn a_call_goes_on_whatever_comes() {
    let call = |rows: Vec<Row>| {
        let start = vec![
            (200, Event::Ring, "RINGING", ""),
            (210, Event::Accept, "CONNECTING", ""),
            (220, Event::Connected, "IN_CALL", ""),
        ];
        then(start.into_iter().chain(rows).collect())
    };
    play(
        "a newer configuration",
        call(vec![
            (230, config(v(2)), "IN_CALL", "send ACK held"),
            (240, config(v(2)), "IN_CALL", "send ACK held"),
            (250, config(v(1)), "IN_CALL", "send ACK stale_ignored"),
            (260, Event::HungUp { wrap: true }, "WRAP", "apply 2, ask"),
            (270, pong(2), "WRAP", "ask"),
            (280, leased(3, 1, 2), "WRAP", ""),
            (290, Event::Ring, "WRAP", "decline"),
            (300, Event::WrapDone, "AVAILABLE", ""),
        ]),
    );
    play(
        "an incomplete one",
        call(vec![
            (230, config(broken(2)), "IN_CALL", "send ACK rejected, fetch"),
            (240, Event::HungUp { wrap: false }, "REJECTED", "release"),
        ]),
    );
    play(
        "a lease that is lost, a host that is gone",
        call(vec![
            (5030, Event::Tick, "IN_CALL", "send PING, ask"),
            (5040, refused(2, 1, Refusal::Revoked), "IN_CALL", ""),
            (20_000, Event::Shown, "IN_CALL", "send ACK applied, send PING, post HELLO, ask"),
            (20_010, Event::HungUp { wrap: false }, "NOT_READY(host_lost)", ""),
        ]),
    );
    play(
        "a build that is shut out",
        call(vec![
            (230, config(snapshot(1, 2, 8)), "IN_CALL", "send ACK held"),
            (3_600_000, pong(1), "IN_CALL", "send PING, ask"),
            (3_600_010, Event::HungUp { wrap: false }, "STALE", "apply 2, reload build_too_old"),
        ]),
    );
    play(
        "an offer that is taken back",
        then(vec![
            (200, Event::Ring, "RINGING", ""),
            (210, Event::HungUp { wrap: false }, "AVAILABLE", ""),
            (220, Event::Accept, "AVAILABLE", ""),
            (230, Event::Connected, "AVAILABLE", ""),
        ]),
    );
    play(
        "nobody rings who is not available",
        vec![(0, Event::Start, "HELLO", "post HELLO"), (10, Event::Ring, "HELLO", "decline")],
    );
}

#[test]
fn a_stale_build_loads_again_once_idle() {
    play(
        "in its own moment of the minute",
        then(vec![
            (200, config(snapshot(1, 2, 8)), "STALE", "apply 2, send ACK applied, release"),
            (30_199, over(Message::Pong { acked: None }), "STALE", "send ACK applied, send PING, fetch"),
            (30_200, over(Message::Pong { acked: None }), "STALE", "reload build_too_old"),
            (40_000, over(Message::Pong { acked: None }), "STALE", "send ACK applied, send PING, fetch"),
        ]),
    );
    play(
        "let be while wrapping up, for ten minutes",
        then(vec![
            (200, Event::Ring, "RINGING", ""),
            (210, Event::HungUp { wrap: true }, "WRAP", ""),
            (220, over(Message::Reload { reason: "by hand".to_owned() }), "WRAP", ""),
            (600_219, pong(1), "WRAP", "send PING, ask"),
            (600_220, pong(1), "WRAP", "reload by hand"),
        ]),
    );
    play(
        "the lease says it first, and takes it back: a roll-back",
        then(vec![(5030, pong(1), "AVAILABLE", "send PING, ask"), (5040, leased(2, 8, 1), "STALE", "release")]),
    );
}

#[test]
fn no_protocol_in_common() {
    let refusal = Event::Window { message: Message::Reload { reason: "protocol".to_owned() }, port: None };
    play(
        "said by the host page",
        vec![
            (0, Event::Start, "HELLO", "post HELLO"),
            (10, refusal.clone(), "REJECTED", ""),
            (110, Event::Tick, "REJECTED", "post HELLO"),
            (120, port_of("h", 1, 1), "BOUND", "send PULL, send PING"),
            (130, refusal, "BOUND", ""),
        ],
    );
}

#[test]
fn nothing_is_due_before_wake() {
    let mut widget = Widget::new(Me {
        widget_id: "w".to_owned(),
        agent: "ada".to_owned(),
        tab: "t".to_owned(),
        load: 1,
        build: 7,
        dice: 0,
    });
    widget.on(ms(0), Event::Start);
    let mut now = Duration::ZERO;
    for _ in 0..200 {
        let wake = widget.wake(now).unwrap();
        for at in [now + (wake - now) / 3, wake - ms(1)] {
            assert_eq!(widget.clone().on(at, Event::Tick), []);
        }
        now = wake;
        widget.on(now, Event::Tick);
    }
}
