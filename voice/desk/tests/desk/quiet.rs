//! Who falls silent in a conversation.

use tocsin_bridge::Seen;
use tocsin_desk::desk::quiet::{Excused, Next, Quiet};
use tocsin_desk::desk::{Event, Order, Round, Said, Tell};
use tocsin_switchboard::call::{By, Cause};

use crate::world::{CALL, World, ms, record, rung, told};

/// Which ends send packets at a moment, and whether there is anything in them.
#[derive(Clone, Copy)]
struct Sends {
    agent: bool,
    caller: bool,
    browser: bool,
    /// The browser tells what it counts.
    tells: bool,
}

const WELL: Sends = Sends { agent: true, caller: true, browser: true, tells: true };

/// Looks every 100 ms, the browser's word every other second, for a minute; what is done, and at which second.
fn play(excused: Excused, sounds: bool, sends: impl Fn(u64, bool) -> Sends) -> Vec<(u64, Next)> {
    let mut quiet = Quiet::new(ms(0));
    let mut done: Vec<(u64, Next)> = Vec::new();
    let (mut agent, mut caller, mut browser) = (0, 0, 0);
    for at in (100..60_000).step_by(100) {
        let restarted = !done.is_empty();
        let now = sends(at, restarted);
        agent += if now.agent { 5 } else { 0 };
        caller += if now.caller { 5 } else { 0 };
        browser += if now.browser { 5 } else { 0 };
        let mut seen = vec![Seen::Agent { packets: agent, sounds }, Seen::Caller { packets: caller }];
        if now.tells && at % 2000 == 0 {
            seen.push(Seen::Browser { packets: browser });
        }
        for seen in seen {
            let next = quiet.see(seen, excused, ms(at));
            done.extend(next.map(|next| (at / 1000, next)));
            if matches!(next, Some(Next::GiveUp(_) | Next::AgentGone)) {
                return done;
            }
        }
    }
    done
}

#[test]
fn each_story_has_its_end() {
    use Cause::{AgentStopped, CallerStopped, HearingStopped};
    use Next::{AgentGone, GiveUp, RestartIce};
    let none = Excused::default();
    let from = |at: u64, then: Sends| move |now: u64, _: bool| if now < at { WELL } else { then };
    type Sending = Box<dyn Fn(u64, bool) -> Sends>;
    type Story = (&'static str, Excused, Sending, Vec<(u64, Next)>);
    let stories: Vec<Story> = vec![
        ("all is well", none, Box::new(|_, _| WELL), vec![]),
        (
            "the agent stops",
            none,
            Box::new(from(10_000, Sends { agent: false, ..WELL })),
            vec![(13, RestartIce(AgentStopped)), (16, GiveUp(AgentStopped))],
        ),
        (
            "the browser hears nothing more",
            none,
            Box::new(from(10_001, Sends { browser: false, ..WELL })),
            vec![(14, RestartIce(HearingStopped)), (18, GiveUp(HearingStopped))],
        ),
        (
            "another way helps",
            none,
            Box::new(|now, restarted| Sends { agent: now < 10_000 || restarted, ..WELL }),
            vec![(13, RestartIce(AgentStopped))],
        ),
        (
            "the browser is gone altogether",
            none,
            Box::new(from(10_000, Sends { agent: false, browser: false, tells: false, ..WELL })),
            vec![(13, RestartIce(AgentStopped)), (16, AgentGone)],
        ),
        (
            "a browser that tells nothing while sound comes",
            none,
            Box::new(from(1, Sends { tells: false, ..WELL })),
            vec![],
        ),
        (
            "the caller stops",
            none,
            Box::new(from(10_000, Sends { caller: false, ..WELL })),
            vec![(39, GiveUp(CallerStopped))],
        ),
        (
            "the caller put us on hold",
            Excused { caller_holds: true, ..none },
            Box::new(from(10_000, Sends { caller: false, ..WELL })),
            vec![],
        ),
        (
            "muted, by a browser that sends nothing then",
            Excused { muted: true, ..none },
            Box::new(from(10_000, Sends { agent: false, ..WELL })),
            vec![],
        ),
        (
            "muted, and nothing reaches the agent",
            Excused { muted: true, ..none },
            Box::new(from(10_001, Sends { browser: false, ..WELL })),
            vec![(14, RestartIce(HearingStopped)), (18, GiveUp(HearingStopped))],
        ),
        (
            "on hold nobody need send",
            Excused { held: true, ..none },
            Box::new(from(10_000, Sends { agent: false, caller: false, browser: false, tells: true })),
            vec![],
        ),
        (
            "a pause of three seconds now and then",
            none,
            Box::new(|now, _| Sends { agent: now % 10_000 >= 3000, ..WELL }),
            vec![],
        ),
    ];
    for (name, excused, story, expected) in stories {
        // Whether anything is in what comes is all one.
        for sounds in [true, false] {
            assert_eq!(play(excused, sounds, &story), expected, "{name}");
        }
    }
}

#[test]
fn trouble_has_one_restart_until_it_was_well_for_long() {
    let trouble = |every: u64| move |now: u64, _: bool| Sends { agent: now % every >= 5000, ..WELL };
    let close = play(Excused::default(), true, trouble(15_000));
    assert!(matches!(close[..], [(_, Next::RestartIce(_)), (_, Next::GiveUp(_))]), "{close:?}");
    let far = play(Excused::default(), true, trouble(40_000));
    assert!(matches!(far[..], [(4, Next::RestartIce(_)), (43, Next::RestartIce(_))]), "{far:?}");
}

#[test]
fn a_desk_that_stood_still_itself_blames_nobody() {
    for stood in [5_000, 30_000, 600_000] {
        let mut quiet = Quiet::new(ms(0));
        for now in [ms(100), ms(100 + stood)] {
            for seen in
                [Seen::Agent { packets: 9, sounds: true }, Seen::Browser { packets: 9 }, Seen::Caller { packets: 9 }]
            {
                assert_eq!(quiet.see(seen, Excused::default(), now), None);
            }
        }
        assert_eq!(quiet.silent().filter(|cause| *cause != Cause::HearingStopped), None);
    }
}

/// A conversation that goes on: packets so far of agent, caller and browser.
struct Talk {
    world: World,
    round: Round,
    packets: [u64; 3],
}

impl Talk {
    fn with(agents: &[&str]) -> Talk {
        let mut world = World::with(agents);
        world.calls(CALL, "support");
        let round = world.talks("ada");
        Talk { world, round, packets: [1000; 3] }
    }

    /// Which of the three grow for so long; nothing is in the packets, and the browser tells every other second.
    fn goes_on(&mut self, span: u64, grows: [bool; 3]) -> Vec<Order> {
        let mut orders = Vec::new();
        for tenth in 1..=span / 100 {
            orders.extend(self.world.after(100));
            for (packets, grows) in self.packets.iter_mut().zip(grows) {
                *packets += if grows { 5 } else { 0 };
            }
            let [agent, caller, browser] = self.packets;
            orders.extend(self.world.seen(self.round, Seen::Agent { packets: agent, sounds: false }));
            orders.extend(self.world.seen(self.round, Seen::Caller { packets: caller }));
            if tenth % 20 == 0 {
                orders.extend(self.world.seen(self.round, Seen::Browser { packets: browser }));
            }
        }
        orders
    }
}

#[test]
fn who_falls_silent_is_left_and_the_caller_comes_first_for_the_next() {
    for (agent, browser, cause, word) in
        [(false, true, Cause::AgentStopped, "agent_stopped"), (true, false, Cause::HearingStopped, "hearing_stopped")]
    {
        let mut talk = Talk::with(&["ada", "grace"]);
        assert_eq!(talk.goes_on(20_000, [true; 3]), [], "silence in the packets is no fault");
        assert_eq!(talk.goes_on(3500, [agent, true, browser]), []);
        let silent = talk.world.desk.view(talk.world.now)["calls"][0]["silent"].clone();
        assert_eq!(silent, word, "a supervisor sees it coming");
        let orders = talk.goes_on(9000, [agent, true, browser]);
        let Talk { mut world, round, .. } = talk;
        let restarts = orders.iter().filter(|order| matches!(order, Order::RestartIce { .. })).count();
        assert_eq!(restarts, 1, "{cause:?}");
        assert_eq!(
            told(&orders, "ada")[..2],
            [Tell::Ended { call: CALL, wrap_ms: 0, by: None, cause: Some(cause) }, Tell::NotReady { why: "broke_off" }]
        );
        assert!(orders.contains(&Order::Comfort(CALL, true)) && orders.contains(&Order::Close { call: CALL, round }));
        assert_eq!(rung(&orders), ["grace"]);
        assert!(!world.is_leased("ada"));
        assert_eq!(world.desk.view(world.now)["calls"][0]["failed"][0], word);
        assert!(world.desk.metrics().contains(&format!("voice_connect_fail_total{{cause=\"{word}\",build=\"2\"")));
        assert_eq!(world.desk.view(world.now)["rates"][0]["failed"], 1, "a build whose calls break off is named");
        world.talks("grace");
    }
}

#[test]
fn a_caller_who_falls_silent_ends_and_blames_nobody() {
    let mut talk = Talk::with(&["ada"]);
    let orders = talk.goes_on(31_000, [true, false, true]);
    let world = talk.world;
    assert!(orders.contains(&Order::HangUp(CALL)));
    let record = record(&orders);
    assert_eq!(
        (record.ended_by, record.connected, &record.failed[..]),
        (Some(By::Desk), true, &[Cause::CallerStopped][..])
    );
    assert_eq!(told(&orders, "ada")[0], Tell::Ended { call: CALL, wrap_ms: 20_000, by: Some(By::Desk), cause: None });
    assert_eq!(world.desk.view(world.now)["rates"][0]["failed"], 0);
}

#[test]
fn hold_on_either_side_is_no_silence() {
    let mut talk = Talk::with(&["ada"]);
    talk.world.on(Event::CallerHolds(CALL, true));
    assert_eq!(talk.goes_on(60_000, [true, false, true]), []);
    talk.world.on(Event::CallerHolds(CALL, false));
    talk.world.says("ada", Said::Hold(true));
    assert_eq!(talk.goes_on(60_000, [false; 3]), []);
    talk.world.says("ada", Said::Hold(false));
    assert_eq!(talk.goes_on(3000, [false, true, true]), [], "it counts from there");
}
