use tocsin_bridge::Seen;
use tocsin_desk::desk::{Event, Order, Said, Tell};
use tocsin_switchboard::call::{By, Cause};
use tocsin_switchboard::queue::Unserved;

use crate::world::{CALL, World, record, rung, told};

fn missed(orders: &[Order]) -> Vec<Unserved> {
    let of = |order: &Order| match order {
        Order::Missed(missed) => Some(missed.why),
        _ => None,
    };
    orders.iter().filter_map(of).collect()
}

#[test]
fn a_call_from_the_invitation_to_the_record() {
    let mut world = World::with(&["ada", "grace"]);
    let orders = world.calls(CALL, "support");
    assert_eq!(orders[0], Order::Ring(CALL));
    assert_eq!(rung(&orders), ["ada"], "idle for longest");
    world.says("ada", Said::Ringing);
    let round = world.accepts("ada");
    // Answered is what the browser's way is up for, and connected what both are heard for.
    assert!(!world.flows(round, 500, false, false, false).contains(&Order::Answer(CALL)));
    let orders = world.seen(round, Seen::Secured);
    assert_eq!(orders, [Order::Answer(CALL), Order::Comfort(CALL, false)]);
    let orders = world.flows(round, 1000, true, true, false);
    assert_eq!(told(&orders, "ada"), []);
    let orders = world.flows(round, 300, true, true, true);
    assert_eq!(told(&orders, "ada"), [Tell::Connected { call: CALL }]);
    let orders = world.says("ada", Said::HangUp);
    assert!(orders.contains(&Order::HangUp(CALL)) && orders.contains(&Order::Close { call: CALL, round }));
    assert_eq!(told(&orders, "ada"), [Tell::Ended { call: CALL, wrap_ms: 20_000, by: Some(By::Agent), cause: None }]);
    let record = record(&orders);
    assert!(record.connected && record.agent.as_deref() == Some("ada") && record.failed.is_empty());
    // What follows a call takes its time.
    assert_eq!(rung(&world.calls(2, "support")), ["grace"]);
    assert_eq!(rung(&world.calls(3, "support")), Vec::<&str>::new());
    let orders = world.on(Event::Wrapped("ada".to_owned()));
    assert_eq!(told(&orders, "ada")[0], Tell::Free);
    assert_eq!(rung(&orders), ["ada"]);
}

#[test]
fn a_call_in_which_one_way_is_missing_goes_to_the_next_with_the_caller_first() {
    for (agent, browser, cause, restarts) in [
        (false, true, Cause::AgentNotHeard, 1),
        (true, false, Cause::CallerNotHeard, 1),
        (false, false, Cause::AgentNotHeard, 1),
    ] {
        let mut world = World::with(&["ada", "grace"]);
        world.calls(CALL, "support");
        let round = world.accepts("ada");
        world.seen(round, Seen::Secured);
        let orders = world.flows(round, 7000, agent, true, browser);
        let restarted = orders.iter().filter(|order| matches!(order, Order::RestartIce { .. })).count();
        assert_eq!(restarted, restarts, "{cause:?}");
        let said = told(&orders, "ada");
        assert_eq!(said[0], Tell::Ended { call: CALL, wrap_ms: 0, by: None, cause: Some(cause) });
        assert_eq!(said[1], Tell::NotReady { why: "not_heard" });
        assert!(!said.contains(&Tell::Connected { call: CALL }));
        assert!(orders.contains(&Order::Comfort(CALL, true)), "the caller hears that it goes on");
        assert_eq!(rung(&orders), ["grace"]);
        assert!(!world.is_leased("ada"), "no calls until they say that they are back");
        let round = world.accepts("grace");
        let orders = world.seen(round, Seen::Secured);
        assert!(!orders.contains(&Order::Answer(CALL)), "nobody is told twice");
        world.flows(round, 300, true, true, true);
        assert_eq!(world.stage(), "CONNECTED");
    }
}

#[test]
fn what_another_way_would_not_mend_is_given_up_at_once() {
    let mut world = World::with(&["ada", "grace"]);
    world.calls(CALL, "support");
    let round = world.accepts("ada");
    let orders = world.seen(round, Seen::NoMicrophone);
    assert!(orders.contains(&Order::Close { call: CALL, round }));
    assert!(!orders.iter().any(|order| matches!(order, Order::RestartIce { .. })));
    assert_eq!(rung(&orders), ["grace"]);
    // What is said of an attempt that is over says nothing of the next.
    world.accepts("grace");
    assert_eq!(world.seen(round, Seen::Secured), []);
    assert_eq!(world.on(Event::AgentLost { call: CALL, round }), []);
}

#[test]
fn silence_about_an_attempt_is_a_failure_too() {
    let mut world = World::with(&["ada"]);
    world.calls(CALL, "support");
    world.accepts("ada");
    let orders = world.after(7000);
    assert_eq!(orders.iter().filter(|order| matches!(order, Order::RestartIce { .. })).count(), 1);
    assert!(told(&orders, "ada").contains(&Tell::NotReady { why: "not_heard" }));
}

#[test]
fn a_caller_who_sends_nothing_ends_and_blames_nobody() {
    let mut world = World::with(&["ada"]);
    world.calls(CALL, "support");
    let round = world.accepts("ada");
    world.seen(round, Seen::Secured);
    let orders = world.flows(round, 4000, true, false, true);
    assert!(orders.contains(&Order::HangUp(CALL)));
    assert_eq!(record(&orders).failed, [Cause::CallerNotHeard]);
    assert!(!orders.iter().any(|order| matches!(order, Order::Builds(_))));
    assert_eq!(rung(&world.calls(2, "support")), ["ada"], "ada is free at once");
}

#[test]
fn declined_is_for_the_next_and_unanswered_too() {
    let mut world = World::with(&["ada", "grace"]);
    world.calls(CALL, "support");
    let orders = world.says("ada", Said::Declined);
    assert_eq!(told(&orders, "ada")[0], Tell::Withdrawn { call: CALL });
    assert_eq!(rung(&orders), ["grace"]);
    let orders = world.after(10_100);
    let said = told(&orders, "grace");
    assert_eq!(said[..2], [Tell::NotReady { why: "no_answer" }, Tell::Withdrawn { call: CALL }]);
    // Ada declined it, and is not asked again so soon; then she is.
    assert_eq!(rung(&orders), Vec::<&str>::new());
    assert_eq!(rung(&world.after(20_000)), ["ada"]);
    world.talks("ada");
}

#[test]
fn who_lets_it_ring_is_passed_over_in_one_step() {
    let mut world = World::with(&["ada", "grace"]);
    world.calls(CALL, "support");
    let orders = world.after(10_100);
    assert_eq!(rung(&orders), ["grace"]);
    // The offer stands: it is not given up a moment later because nobody else is there.
    assert!(!world.after(2000).iter().any(|order| matches!(order, Order::Voicemail { .. })));
    world.talks("grace");
}

#[test]
fn a_caller_may_give_up_at_any_time() {
    for stage in 0..5 {
        let mut world = if stage == 0 { World::new() } else { World::with(&["ada"]) };
        world.calls(CALL, "support");
        let mut round = 0;
        if stage >= 2 {
            round = world.accepts("ada");
        }
        if stage >= 3 {
            world.seen(round, Seen::Secured);
        }
        if stage >= 4 {
            world.flows(round, 300, true, true, true);
        }
        let orders = world.on(Event::CallerGone(CALL));
        assert_eq!(world.stage(), "none");
        assert_eq!(missed(&orders).len(), usize::from(stage < 4), "at stage {stage}");
        let said = told(&orders, "ada");
        match stage {
            0 => assert_eq!(said, []),
            1 => assert_eq!(said, [Tell::Withdrawn { call: CALL }, Tell::Free]),
            _ => assert!(matches!(said[0], Tell::Ended { wrap_ms: 20_000, .. }), "{said:?}"),
        }
        assert!(!orders.contains(&Order::HangUp(CALL)), "they are gone");
        assert_eq!(record(&orders).ended_by, Some(By::Caller));
    }
}

#[test]
fn hold_and_mute_are_for_the_bridge_and_waiting_is_for_the_desk() {
    let mut world = World::with(&["ada", "grace"]);
    world.calls(CALL, "support");
    let round = world.talks("ada");
    let hears = |held, muted| Order::Hears { call: CALL, round, held, muted };
    assert!(world.says("ada", Said::Hold(true)).contains(&hears(true, false)));
    assert!(world.says("ada", Said::Mute(true)).contains(&hears(true, true)));
    assert!(world.says("ada", Said::Hold(false)).contains(&hears(false, true)));
    assert!(world.says("ada", Said::Mute(false)).contains(&hears(false, false)));
    assert_eq!(world.says("grace", Said::HangUp), [], "it is not hers");
    // Her browser goes: the caller waits, before all others.
    world.calls(2, "sales");
    let orders = world.on(Event::AgentLost { call: CALL, round });
    assert!(orders.contains(&Order::Comfort(CALL, true)));
    assert_eq!(rung(&orders), ["grace"]);
}

#[test]
fn voicemail_when_nobody_is_there_or_it_takes_too_long() {
    let mut world = World::new();
    world.after(200);
    world.calls(CALL, "support");
    let orders = world.after(1200);
    assert!(orders.contains(&Order::Voicemail { call: CALL, why: Unserved::NobodyThere }));
    assert_eq!(missed(&orders), [Unserved::NobodyThere]);
    assert_eq!(world.stage(), "VOICEMAIL");
    let orders = world.on(Event::Recorded(CALL));
    assert!(orders.contains(&Order::HangUp(CALL)));
    assert_eq!(missed(&orders), [], "written down once");
    let mut world = World::with(&["ada"]);
    world.calls(CALL, "support");
    world.talks("ada");
    world.calls(2, "sales");
    let orders = world.after(5200);
    assert!(orders.contains(&Order::Voicemail { call: 2, why: Unserved::WaitedTooLong }));
}

#[test]
fn who_calls_nobody_is_told_so() {
    let mut world = World::with(&["ada"]);
    assert_eq!(world.calls(CALL, "nobody"), [Order::Refuse { call: CALL, code: 404 }]);
    assert_eq!(rung(&world.calls(2, "4930")), ["ada"]);
    world.on(Event::Drain);
    assert_eq!(world.calls(3, "support"), [Order::Refuse { call: 3, code: 503 }]);
    let orders = world.on(Event::Terminate);
    assert!(orders.contains(&Order::HangUp(2)));
}
