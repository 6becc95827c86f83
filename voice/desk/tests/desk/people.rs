use tocsin_desk::desk::{Event, Said, Tell};

use crate::world::{CALL, World, rung, told};

#[test]
fn who_does_not_listen_is_not_rung_whatever_their_lease_says() {
    let mut world = World::with(&["ada"]);
    world.leaves("ada");
    assert_eq!(rung(&world.calls(CALL, "support")), Vec::<&str>::new());
    // Back at once: the same lease, and the call.
    assert_eq!(rung(&world.signs_in("ada")), ["ada"]);
}

#[test]
fn a_connection_that_breaks_off_while_it_rings_rings_again_or_is_passed_over() {
    let mut world = World::with(&["ada", "grace"]);
    world.calls(CALL, "support");
    world.leaves("ada");
    world.after(1000);
    let orders = world.signs_in("ada");
    assert_eq!(told(&orders, "ada")[0], Tell::Standing { call: Some(CALL) });
    assert!(matches!(told(&orders, "ada")[1], Tell::Offered { ring_ms: 9000, .. }));
    world.leaves("ada");
    assert_eq!(rung(&world.after(2200)), ["grace"]);
}

#[test]
fn another_tab_has_the_lease_once_the_first_is_gone() {
    let mut world = World::with(&["ada"]);
    world.leaves("ada");
    world.after(2100);
    let session = |world: &World| world.desk.view(world.now)["agents"][0]["routable"].clone();
    assert_eq!(session(&world), false);
    world.signs_in("ada");
    assert_eq!(session(&world), true);
}

#[test]
fn a_break_is_kept_until_it_is_over() {
    let mut world = World::with(&["ada"]);
    world.on(Event::Paused("ada".to_owned(), true));
    assert_eq!(rung(&world.calls(CALL, "support")), Vec::<&str>::new());
    world.leaves("ada");
    let orders = world.signs_in("ada");
    assert!(told(&orders, "ada").contains(&Tell::Paused { paused: true }));
    assert_eq!(rung(&orders), Vec::<&str>::new());
    assert_eq!(rung(&world.on(Event::Paused("ada".to_owned(), false))), ["ada"]);
}

#[test]
fn who_begins_a_break_in_a_call_has_it_after() {
    let mut world = World::with(&["ada"]);
    world.calls(CALL, "support");
    world.talks("ada");
    world.on(Event::Paused("ada".to_owned(), true));
    assert_eq!(world.stage(), "CONNECTED");
    world.says("ada", Said::HangUp);
    world.on(Event::Wrapped("ada".to_owned()));
    assert_eq!(rung(&world.calls(2, "support")), Vec::<&str>::new());
}

#[test]
fn who_is_out_is_back_when_they_say_so() {
    let mut world = World::with(&["ada"]);
    world.calls(CALL, "support");
    world.after(10_100);
    assert!(!world.is_leased("ada"));
    world.leaves("ada");
    let orders = world.signs_in("ada");
    assert!(told(&orders, "ada").contains(&Tell::NotReady { why: "no_answer" }), "a new page knows it, too");
    world.on(Event::Back("ada".to_owned()));
    assert_eq!(rung(&world.asks("ada").1), ["ada"]);
}

#[test]
fn whoever_is_done_hears_so_even_if_the_desk_knows_of_nothing() {
    let mut world = World::with(&["ada"]);
    assert_eq!(told(&world.on(Event::Wrapped("ada".to_owned())), "ada"), [Tell::Free]);
}
