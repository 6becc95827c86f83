use tocsin_bridge::Seen;
use tocsin_desk::desk::{Event, Order, Said, alarm_of_builds};
use tocsin_switchboard::builds::{Alarm, Still, Word};
use tocsin_switchboard::handshake::message::{Outcome, Refusal};
use tocsin_switchboard::switches::{Refused, Setting};

use crate::world::{CALL, World, edition, record, rung};

fn words(orders: &[Order]) -> Vec<&Word> {
    let mut words = Vec::new();
    for order in orders {
        if let Order::Builds(word) = order {
            words.push(word);
        }
    }
    words
}

/// Accepts, and is not heard.
fn fails(world: &mut World, agent: &str) -> Vec<Order> {
    let round = world.accepts(agent);
    world.seen(round, Seen::NoMicrophone)
}

#[test]
fn two_failures_of_a_young_build_roll_it_back() {
    let mut world = World::with(&["ada", "grace"]);
    world.calls(CALL, "support");
    assert_eq!(words(&fails(&mut world, "ada")), Vec::<&Word>::new());
    let orders = fails(&mut world, "grace");
    let said: Vec<String> = words(&orders).into_iter().map(alarm_of_builds).collect();
    assert!(said[0].starts_with("build 2 is new, and 2 of its calls"), "{said:?}");
    assert_eq!(said[1], "build 2 is rolled back: the files before it are published as build 3");
    let published = orders.iter().find_map(|order| match order {
        Order::Publish(published) => Some((published.build, published.files.as_str())),
        _ => None,
    });
    assert_eq!(published, Some((3, "good")));
    assert_eq!(world.desk.snapshot().min_build, 3);
    // Sessions of the build that failed get nothing, those of the new one do.
    world.on(Event::Back("ada".to_owned()));
    assert_eq!(world.asks("ada").0.outcome, Outcome::Refused { why: Refusal::BuildTooOld });
    world.runs("ada", 3);
    assert_eq!(rung(&world.asks("ada").1), ["ada"], "the caller is still there");
    world.talks("ada");
}

/// Two accept with a build and are not heard; what is said of builds then.
fn two_fail(world: &mut World, build: u32) -> Vec<Word> {
    for agent in ["ada", "grace"] {
        world.runs(agent, build);
        world.signs_in(agent);
        world.after(100);
    }
    world.calls(CALL, "support");
    let first = fails(world, "ada");
    let then = fails(world, "grace");
    words(&first).into_iter().chain(words(&then)).cloned().collect()
}

#[test]
fn rolled_back_but_calls_still_fail_and_a_start_forgets_nothing() {
    // By the desk itself; by somebody, before the desk was started anew.
    let mut by_itself = World::new();
    assert!(matches!(two_fail(&mut by_itself, 2)[..], [Word::Raised(_), Word::RollBack { from: 2, .. }]));
    by_itself.after(1000);
    for agent in ["ada", "grace"] {
        by_itself.on(Event::Back(agent.to_owned()));
    }
    by_itself.on(Event::CallerGone(CALL));
    let past =
        vec![edition(1, "good", 0, false), edition(2, "new", 7_100_000, false), edition(3, "good", 7_200_000, true)];
    for mut world in [by_itself, World::after_builds(past)] {
        world.after(1000);
        let said = two_fail(&mut world, 3);
        let still = said.iter().find_map(|word| match word {
            Word::Raised(Alarm::StillFailing { rolled_back, builds, why }) => {
                Some((*rolled_back, builds.clone(), *why))
            }
            _ => None,
        });
        assert_eq!(still, Some((2, [(3, 2)].into(), Still::WrongChange)), "{said:?}");
        assert!(!said.iter().any(|word| matches!(word, Word::RollBack { .. })), "never back and forth: {said:?}");
    }
}

#[test]
fn a_build_is_looked_at_right_before_each_offer() {
    let mut world = World::with(&["ada"]);
    world.publishes(3, "newer", true);
    assert_eq!(rung(&world.calls(CALL, "support")), Vec::<&str>::new(), "her lease is 100 ms old, and no good");
    world.runs("ada", 3);
    assert_eq!(rung(&world.asks("ada").1), ["ada"]);
}

#[test]
fn a_call_outlives_the_build_and_the_configuration_that_it_began_with() {
    let mut world = World::with(&["ada"]);
    world.calls(CALL, "support");
    world.talks("ada");
    world.publishes(3, "newer", true);
    world.after(30_000);
    assert_eq!(world.stage(), "CONNECTED");
    let orders = world.says("ada", Said::HangUp);
    assert!(record(&orders).connected);
    world.on(Event::Wrapped("ada".to_owned()));
    assert_eq!(world.asks("ada").0.outcome, Outcome::Refused { why: Refusal::BuildTooOld });
}

#[test]
fn a_build_that_is_published_waits_for_whoever_loads_it() {
    let mut world = World::with(&["ada"]);
    world.publishes(3, "newer", false);
    assert_eq!(world.desk.published().map(|one| one.build), Some(3));
    assert_eq!(rung(&world.calls(CALL, "support")), ["ada"], "she goes on with the one she has");
    assert!(world.publishes(2, "older", false).is_empty());
    assert_eq!(world.desk.published().map(|one| one.build), Some(3), "numbers rise");
}

#[test]
fn switches_do_what_they_say_and_nothing_else() {
    let mut world = World::with(&["ada"]);
    let orders = world.turn("calls.accept", Setting::On(false)).unwrap();
    assert!(matches!(&orders[..], [Order::Turned(entry)] if entry.who == "me"));
    assert_eq!(world.calls(CALL, "support"), [Order::Refuse { call: CALL, code: 503 }]);
    assert_eq!(world.turn("calls.accept", Setting::On(false)), Ok(vec![]), "it was so");
    world.turn("calls.accept", Setting::On(true)).unwrap();
    world.turn("routing.queue.sales", Setting::On(false)).unwrap();
    assert!(world.calls(CALL, "sales").iter().any(|order| matches!(order, Order::Voicemail { .. })));
    assert_eq!(rung(&world.calls(2, "support")), ["ada"]);
    let orders = world.turn("calls.terminate_all", Setting::On(true)).unwrap();
    assert!(orders.contains(&Order::HangUp(CALL)) && orders.contains(&Order::HangUp(2)));
    for (switch, to) in [("codec.opus", Setting::On(true)), ("bridge.v2", Setting::On(true))] {
        assert!(matches!(world.turn(switch, to), Err(Refused::Untested(_))));
    }
    assert_eq!(world.turn("widget.min_build", Setting::Build(9)), Err(Refused::BuildTooHigh { newest: 2 }));
}
