//! The host page's machine of the handshake, event by event, and the shapes of what is said on the wire.

use serde_json::json;
use tocsin_switchboard::handshake::host::{self, Host};
use tocsin_switchboard::handshake::message::{Message, Status};

use crate::ms;
use crate::transitions::{acts, v};

/// When, what, what it then is, and what it does.
type HostRow = (u64, host::Event, host::State, &'static str);

fn host_plays(name: &str, story: Vec<HostRow>) -> Host {
    let mut host = Host::new("h".to_owned());
    for (number, (at, event, state, does)) in story.into_iter().enumerate() {
        let row = format!("{name}, row {number}: {event:?}");
        let done = host.on(ms(at), event);
        assert_eq!(host.state(), state, "{row}");
        assert_eq!(acts(&done), does, "{row}");
    }
    host
}

fn hello(proto: [u32; 2]) -> host::Event {
    host::Event::Window { message: Message::Hello { widget_id: "w".to_owned(), build: 7, proto, have: None } }
}

fn said(port: u32, message: Message) -> host::Event {
    host::Event::Port { port, message }
}

fn acked(port: u32, version: u64, status: Status) -> host::Event {
    said(port, Message::Ack { stamp: v(version).stamp, status, missing: Vec::new() })
}

#[test]
fn the_host_page() {
    use host::Event::{Fetched, Start, Tick};
    use host::State::{PortSent, Rejected, Sending, Synced, WaitHello};
    let fetched = |version| Fetched { snapshot: v(version) };
    let start = || {
        vec![
            (0, Start, WaitHello, "post WHO, fetch"),
            (10, hello([1, 1]), WaitHello, ""),
            (20, fetched(1), WaitHello, ""),
            (30, hello([1, 1]), PortSent, "open PORT"),
            (40, said(1, Message::Pull), Sending, "send CONFIG"),
        ]
    };
    let then = |rows: Vec<HostRow>| start().into_iter().chain(rows).collect::<Vec<_>>();
    host_plays(
        "sends until it is acknowledged",
        then(vec![
            (240, Tick, Sending, "send CONFIG"),
            (640, Tick, Sending, "send CONFIG"),
            (1440, Tick, Sending, "send CONFIG"),
            (1500, said(1, Message::Ping { have: None }), Sending, "send PONG"),
            (3040, Tick, Sending, "send CONFIG, fetch"),
            (3100, acked(1, 1, Status::Applied), Synced, "send PONG"),
            (3110, said(1, Message::Ping { have: Some(v(1).stamp) }), Synced, "send PONG"),
            (3120, fetched(2), Sending, "send CONFIG"),
            (3130, acked(1, 2, Status::Held), Sending, ""),
            (3330, Tick, Sending, ""),
            (3340, acked(1, 2, Status::Applied), Synced, "send PONG"),
            (3350, fetched(1), Synced, ""),
        ]),
    );
    host_plays(
        "to nobody who is silent",
        then(vec![
            (240, Tick, Sending, "send CONFIG"),
            (640, Tick, Sending, "send CONFIG"),
            (1440, Tick, Sending, "send CONFIG"),
            (3040, Tick, Sending, "fetch"),
            (9000, said(1, Message::Ping { have: None }), Sending, "send PONG, send CONFIG, fetch"),
        ]),
    );
    host_plays(
        "rejected, until it is asked again or has another",
        then(vec![
            (50, acked(1, 1, Status::Rejected), Rejected, ""),
            (300, Tick, Rejected, ""),
            (400, said(1, Message::Pull), Sending, "send CONFIG"),
            (410, acked(1, 1, Status::Rejected), Rejected, ""),
            (420, fetched(2), Sending, "send CONFIG"),
        ]),
    );
    host_plays(
        "somebody knows more",
        then(vec![(50, acked(1, 4, Status::StaleIgnored), Sending, "fetch"), (60, fetched(4), Sending, "send CONFIG")]),
    );
    host_plays(
        "a widget that forgot",
        then(vec![
            (50, acked(1, 1, Status::Applied), Synced, "send PONG"),
            (60, said(1, Message::Ping { have: None }), Sending, "send PONG, send CONFIG"),
        ]),
    );
    host_plays(
        "the port that was heard last counts",
        then(vec![
            (50, hello([1, 1]), Sending, "open PORT"),
            (60, said(2, Message::Pull), Sending, "send CONFIG"),
            (70, acked(2, 1, Status::Applied), Synced, "send PONG"),
            (80, said(1, Message::Ping { have: None }), Sending, "send PONG"),
            (90, said(2, Message::Ping { have: Some(v(1).stamp) }), Synced, "send PONG"),
        ]),
    );
    host_plays(
        "protocols",
        vec![
            (0, Start, WaitHello, "post WHO, fetch"),
            (10, fetched(1), WaitHello, ""),
            (20, hello([2, 3]), WaitHello, "post RELOAD"),
            (30, hello([0, 4]), PortSent, "open PORT"),
        ],
    );
    let mut many = start();
    many.extend((0..7).map(|number| (50 + number, hello([1, 1]), Sending, "open PORT")));
    many.push((60, hello([1, 1]), Sending, "open PORT, close"));
    let host = host_plays("ports do not pile up", many);
    assert_eq!(host.acked(), None);
}

/// The shapes on the wire, as the browser and other servers have to write them.
#[test]
fn messages_are_written_so() {
    let stamp = json!({"epoch": 1, "version": 1, "hash": v(1).stamp.hash});
    let rows = [
        (json!(Message::Who { host: "h".to_owned() }), json!({"kind": "WHO", "host": "h"})),
        (
            json!(Message::Hello { widget_id: "w".to_owned(), build: 7, proto: [1, 1], have: Some(v(1).stamp) }),
            json!({"kind": "HELLO", "widgetId": "w", "build": 7, "proto": [1, 1], "have": stamp}),
        ),
        (json!(Message::Pull), json!({"kind": "PULL"})),
        (
            json!(Message::Config(v(1))),
            json!({"kind": "CONFIG", "epoch": 1, "version": 1, "hash": v(1).stamp.hash, "expires": 60_000, "minBuild": 1,
                "snapshot": v(1).text}),
        ),
        (
            json!(Message::Ack { stamp: v(1).stamp, status: Status::StaleIgnored, missing: vec![] }),
            json!({"kind": "ACK", "epoch": 1, "version": 1, "hash": v(1).stamp.hash, "status": "stale_ignored", "missing": []}),
        ),
        (json!(Message::Ping { have: None }), json!({"kind": "PING", "have": null})),
        (json!(Message::Reload { reason: "x".to_owned() }), json!({"kind": "RELOAD", "reason": "x"})),
    ];
    for (written, shape) in rows {
        assert_eq!(written, shape);
        let read: Message = serde_json::from_value(shape).unwrap();
        assert_eq!(json!(read), written);
    }
    assert!(serde_json::from_value::<Message>(json!({"kind": "CONFIG", "epoch": 1})).is_err());
}
