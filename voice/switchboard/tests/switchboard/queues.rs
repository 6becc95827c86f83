//! Callers and agents, as stories.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use tocsin_switchboard::handshake::message::Refusal;
use tocsin_switchboard::queue::{Floor, Order, Status, Times, Unserved};

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// Two queues; ada and bob serve sales, bob and cy help. All are idle, ada for longest.
fn floor() -> Floor {
    let queues = ["sales", "help"].map(|queue| (queue.to_owned(), Times::default()));
    let mut floor = Floor::new(queues.into_iter().collect::<BTreeMap<_, _>>());
    for (second, (agent, queues)) in
        [("ada", &["sales"][..]), ("bob", &["sales", "help"]), ("cy", &["help"])].iter().enumerate()
    {
        floor.sign_in(agent, queues.iter().map(|&queue| queue.to_owned()).collect::<BTreeSet<_>>());
        floor.ready(s(second as u64), agent);
    }
    floor
}

fn anybody(_: &str) -> Result<u64, Refusal> {
    Ok(7)
}

fn offer(call: u64, agent: &str) -> Order {
    Order::Offer { call, agent: agent.to_owned(), token: 7 }
}

#[test]
fn the_agent_idle_for_longest_rings() {
    let mut floor = floor();
    floor.enter(s(10), 1, "+1", "help");
    floor.enter(s(11), 2, "+2", "sales");
    assert!(!floor.enter(s(11), 3, "+3", "nowhere"));
    assert_eq!(floor.route(s(12), anybody), [offer(1, "bob"), offer(2, "ada")]);
    assert_eq!(floor.route(s(12), anybody), []);
    floor.accepted(1, "bob");
    floor.accepted(2, "ada");
    floor.ended(s(60), 1);
    assert_eq!(floor.status("bob"), Some(Status::Wrap { until: s(90) }));
    floor.enter(s(61), 4, "+4", "help");
    assert_eq!(floor.route(s(61), anybody), [offer(4, "cy")]);
    floor.enter(s(62), 5, "+5", "help");
    assert_eq!(floor.route(s(62), anybody), []);
    assert_eq!(floor.wake(s(62)), Some(s(67)), "whether somebody is alone");
    floor.wrapped(s(70), "bob");
    assert_eq!(floor.route(s(70), anybody), [offer(5, "bob")]);
}

#[test]
fn a_call_that_is_not_taken_goes_on() {
    let mut floor = floor();
    floor.enter(s(10), 1, "+1", "sales");
    assert_eq!(floor.route(s(10), anybody), [offer(1, "ada")]);
    assert_eq!(floor.wake(s(10)), Some(s(30)));
    let unanswered = Order::Unanswered { call: 1, agent: "ada".to_owned() };
    assert_eq!(floor.route(s(30), anybody), [unanswered, offer(1, "bob")]);
    assert_eq!(floor.status("ada"), Some(Status::Away), "until they say that they are there");
    floor.declined(s(31), 1, "bob");
    assert_eq!(floor.route(s(31), anybody), [], "not bob again so soon");
    assert_eq!(floor.route(s(61), anybody), [offer(1, "bob")]);
}

#[test]
fn each_offer_is_asked_for() {
    let mut floor = floor();
    floor.enter(s(10), 1, "+1", "sales");
    let mut asked = Vec::new();
    let orders = floor.route(s(10), |agent| {
        asked.push(agent.to_owned());
        if agent == "ada" { Err(Refusal::StaleConfig) } else { Ok(9) }
    });
    assert_eq!(orders, [Order::Offer { call: 1, agent: "bob".to_owned(), token: 9 }]);
    assert_eq!(asked, ["ada", "bob"]);
    assert_eq!(floor.status("ada"), Some(Status::Idle { since: s(0) }));
}

#[test]
fn who_was_not_heard_comes_first() {
    let mut floor = floor();
    floor.enter(s(10), 1, "+1", "sales");
    floor.enter(s(20), 2, "+2", "sales");
    assert_eq!(floor.route(s(20), anybody), [offer(1, "ada"), offer(2, "bob")]);
    floor.enter(s(21), 3, "+3", "sales");
    floor.enter(s(5), 4, "+4", "sales");
    floor.accepted(2, "bob");
    floor.came_back(2, true);
    assert_eq!(floor.waiting(), [2, 4, 3], "before those who came earlier");
    assert_eq!(floor.status("bob"), Some(Status::Away));
    floor.ready(s(22), "bob");
    assert_eq!(floor.route(s(22), anybody), [offer(2, "bob")]);
}

#[test]
fn whoever_is_away_for_a_moment_sends_nobody_to_voicemail() {
    let mut floor = floor();
    floor.away("bob");
    floor.ready(s(0), "ada");
    let nobody = |_: &str| Err(Refusal::NoLease);
    floor.enter(s(0), 1, "+1", "sales");
    assert_eq!(floor.route(s(60), nobody), []);
    floor.away("ada");
    assert_eq!(floor.route(s(61), nobody), []);
    floor.ready(s(63), "ada");
    assert_eq!(floor.route(s(63), anybody), [offer(1, "ada")]);
    floor.came_back(1, true);
    assert_eq!(floor.route(s(64), anybody), []);
    assert_eq!(floor.wake(s(64)), Some(s(69)));
    assert_eq!(floor.route(s(69), anybody), [Order::Voicemail { call: 1, why: Unserved::NobodyThere }]);
}

#[test]
fn voicemail_when_nobody_is_there() {
    let mut floor = floor();
    floor.away("ada");
    floor.away("bob");
    floor.enter(s(10), 1, "+1", "sales");
    assert_eq!(floor.route(s(10), anybody), []);
    assert_eq!(floor.route(s(14), anybody), []);
    let voicemail = |call, why| Order::Voicemail { call, why };
    assert_eq!(floor.route(s(15), anybody), [voicemail(1, Unserved::NobodyThere)]);
    // Somebody is there, and busy all the time.
    floor.enter(s(20), 2, "+2", "help");
    floor.route(s(20), anybody);
    floor.accepted(2, "cy");
    floor.enter(s(21), 3, "+3", "help");
    assert_eq!(floor.route(s(320), anybody), []);
    assert_eq!(floor.route(s(321), anybody), [voicemail(3, Unserved::WaitedTooLong)]);
    floor.close("sales", true);
    floor.enter(s(330), 4, "+4", "sales");
    assert_eq!(floor.route(s(330), anybody), [voicemail(4, Unserved::QueueClosed)]);
    let missed: Vec<_> = floor.missed().iter().map(|missed| (missed.call, missed.why, missed.waited)).collect();
    assert_eq!(
        missed,
        [(1, Unserved::NobodyThere, s(5)), (3, Unserved::WaitedTooLong, s(300)), (4, Unserved::QueueClosed, s(0))]
    );
    floor.returned(3, "cy");
    assert_eq!(floor.missed()[1].returned_by.as_deref(), Some("cy"));
}

#[test]
fn who_hangs_up_is_missed_and_nobody_loses_their_turn() {
    let mut floor = floor();
    floor.enter(s(10), 1, "+1", "sales");
    floor.route(s(10), anybody);
    floor.ended(s(15), 1);
    assert_eq!(floor.status("ada"), Some(Status::Idle { since: s(0) }));
    assert_eq!(floor.missed()[0].why, Unserved::HungUp);
    assert!(floor.waiting().is_empty());
    floor.enter(s(20), 2, "+2", "sales");
    floor.route(s(20), anybody);
    floor.accepted(2, "ada");
    floor.away("ada");
    assert_eq!(floor.status("ada"), Some(Status::Busy { call: 2 }), "a call stays with whoever has it");
    floor.ended(s(30), 2);
    assert_eq!(floor.missed().len(), 1, "who was served is not missed");
}
