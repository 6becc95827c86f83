//! When a call may be called connected.

use proptest::prelude::*;
use tocsin_bridge::{Cause, Connecting, LIMIT, Next, Seen};

use crate::ms;

/// What is seen from a moment on, every 100 ms.
#[derive(Clone, Copy, Debug, Default)]
struct Story {
    secured: Option<u64>,
    agent: Option<u64>,
    sounds: bool,
    muted: bool,
    caller: Option<u64>,
    browser: Option<u64>,
    /// Nothing of the agent or the browser gets through before a restart.
    blocked: bool,
}

const WELL: Story = Story {
    secured: Some(100),
    agent: Some(200),
    sounds: true,
    muted: false,
    caller: Some(0),
    browser: Some(300),
    blocked: false,
};

fn play(story: Story) -> Vec<(u64, Next)> {
    let mut connecting = Connecting::new(ms(0));
    let mut done = Vec::new();
    let (mut agent, mut caller, mut browser, mut secured) = (0, 0, 0, false);
    for at in (0..20_000).step_by(100) {
        let open = !story.blocked || done.iter().any(|(_, next)| *next == Next::RestartIce);
        let goes = |start: Option<u64>| start.is_some_and(|start| at >= start);
        let mut seen = vec![Seen::Muted(story.muted)];
        if open && goes(story.secured) {
            secured = true;
            seen.push(Seen::Secured);
        }
        agent += if open && secured && goes(story.agent) { 5 } else { 0 };
        browser += if open && secured && goes(story.browser) { 5 } else { 0 };
        caller += if goes(story.caller) { 5 } else { 0 };
        seen.push(Seen::Agent { packets: agent, sounds: story.sounds && agent > 0 });
        seen.extend([Seen::Caller { packets: caller }, Seen::Browser { packets: browser }]);
        done.extend(seen.into_iter().filter_map(|seen| connecting.see(seen, ms(at))).map(|next| (at, next)));
        done.extend(connecting.tick(ms(at)).map(|next| (at, next)));
    }
    done
}

#[test]
fn each_story_has_its_end() {
    let restarted = |cause| vec![Next::AnswerCaller, Next::RestartIce, Next::GiveUp(cause)];
    let table = [
        ("all is well", WELL, vec![Next::AnswerCaller, Next::Connected]),
        ("no way", Story { secured: None, ..WELL }, vec![Next::RestartIce, Next::GiveUp(Cause::NoWay)]),
        ("the agent sends nothing", Story { agent: None, ..WELL }, restarted(Cause::AgentSendsNothing)),
        ("the browser hears nothing", Story { browser: None, ..WELL }, restarted(Cause::BrowserHearsNothing)),
        (
            "the caller sends nothing",
            Story { caller: None, ..WELL },
            vec![Next::AnswerCaller, Next::GiveUp(Cause::CallerSendsNothing)],
        ),
        (
            "a microphone that is off",
            Story { sounds: false, ..WELL },
            vec![Next::AnswerCaller, Next::GiveUp(Cause::AgentSilent)],
        ),
        ("muted on purpose", Story { sounds: false, muted: true, ..WELL }, vec![Next::AnswerCaller, Next::Connected]),
        (
            "a way that only a restart finds",
            Story { blocked: true, ..WELL },
            vec![Next::RestartIce, Next::AnswerCaller, Next::Connected],
        ),
        (
            "sound after a restart only",
            Story { agent: Some(4000), ..WELL },
            vec![Next::AnswerCaller, Next::RestartIce, Next::Connected],
        ),
    ];
    for (name, story, expected) in table {
        let done: Vec<Next> = play(story).into_iter().map(|(_, next)| next).collect();
        assert_eq!(done, expected, "{name}");
    }
}

#[test]
fn times_are_kept() {
    let at = |story, wanted| play(story).into_iter().find(|(_, next)| *next == wanted).unwrap().0;
    assert_eq!(at(WELL, Next::Connected), 300);
    assert_eq!(at(Story { secured: None, ..WELL }, Next::RestartIce), 3000);
    assert_eq!(at(Story { secured: None, ..WELL }, Next::GiveUp(Cause::NoWay)), 6000);
    assert_eq!(at(Story { agent: None, ..WELL }, Next::RestartIce), 3100, "3 s after the way was secured");
    assert_eq!(at(Story { agent: None, ..WELL }, Next::GiveUp(Cause::AgentSendsNothing)), 6100);
}

#[test]
fn whoever_is_gone_ends_it_at_once() {
    for (seen, cause) in [
        (Seen::NoMicrophone, Cause::NoMicrophone),
        (Seen::AgentGone, Cause::AgentGone),
        (Seen::CallerGone, Cause::CallerGone),
    ] {
        let mut connecting = Connecting::new(ms(0));
        assert_eq!(connecting.see(seen, ms(5)), Some(Next::GiveUp(cause)));
        assert_eq!(connecting.see(Seen::Secured, ms(6)), None, "nothing comes after");
        assert_eq!(connecting.tick(ms(9000)), None);
    }
    assert!(Cause::CallerGone.is_callers() && !Cause::AgentGone.is_callers());
}

#[test]
fn one_packet_is_no_proof_and_neither_is_an_old_one() {
    let mut connecting = Connecting::new(ms(0));
    let _ = connecting.see(Seen::Secured, ms(0));
    for at in [100, 200] {
        for seen in [Seen::Caller { packets: at }, Seen::Browser { packets: at }] {
            assert_eq!(connecting.see(seen, ms(at)), None);
        }
        assert_eq!(connecting.see(Seen::Agent { packets: 4, sounds: true }, ms(at)), None, "four are an accident");
    }
    assert_eq!(connecting.see(Seen::Agent { packets: 10, sounds: true }, ms(1500)), None, "the others are long ago");
    assert_eq!(connecting.see(Seen::Browser { packets: 201 }, ms(1600)), None);
    assert_eq!(connecting.see(Seen::Caller { packets: 201 }, ms(1700)), Some(Next::Connected));
}

#[test]
fn what_came_before_a_restart_proves_nothing_after_it() {
    let mut connecting = Connecting::new(ms(0));
    let _ = connecting.see(Seen::Secured, ms(0));
    for seen in
        [Seen::Caller { packets: 100 }, Seen::Browser { packets: 100 }, Seen::Agent { packets: 100, sounds: true }]
    {
        let at = if matches!(seen, Seen::Agent { .. }) { 1500 } else { 0 };
        assert_eq!(connecting.see(seen, ms(at)), None);
    }
    assert_eq!(connecting.tick(ms(3000)), Some(Next::RestartIce));
    let counts = |packets| [Seen::Caller { packets }, Seen::Agent { packets, sounds: true }, Seen::Browser { packets }];
    for seen in counts(104) {
        assert_eq!(connecting.see(seen, ms(3200)), None);
    }
    let done: Vec<Next> = counts(105).into_iter().filter_map(|seen| connecting.see(seen, ms(3300))).collect();
    assert_eq!(done, [Next::Connected]);
}

fn seen() -> impl Strategy<Value = Seen> {
    let packets = 0_u64..60;
    prop_oneof![
        1 => Just(Seen::Secured),
        4 => (packets.clone(), any::<bool>()).prop_map(|(packets, sounds)| Seen::Agent { packets, sounds }),
        4 => packets.clone().prop_map(|packets| Seen::Caller { packets }),
        4 => packets.prop_map(|packets| Seen::Browser { packets }),
        1 => any::<bool>().prop_map(Seen::Muted),
    ]
}

proptest! {
    #![proptest_config(crate::config(500))]

    /// Whatever is seen, in whatever order: it ends in time, once, and is never connected without proof of every kind
    /// within the last second.
    #[test]
    fn it_ends_and_never_lies(told in prop::collection::vec((seen(), 0_u64..400), 0..200)) {
        let mut connecting = Connecting::new(ms(0));
        let (mut now, mut done) = (0, Vec::new());
        // When each was last seen to grow, and its count.
        let mut grew = [None::<u64>; 3];
        let mut counts = [0_u64; 3];
        let (mut secured, mut sounds, mut muted) = (None, false, false);
        for (seen, after) in told {
            now += after;
            let counted = match seen {
                Seen::Agent { packets, sounds: heard } => {
                    sounds |= heard;
                    Some((0, packets))
                }
                Seen::Caller { packets } => Some((1, packets)),
                Seen::Browser { packets } => Some((2, packets)),
                Seen::Secured => {
                    secured.get_or_insert(now);
                    None
                }
                Seen::Muted(on) => {
                    muted = on;
                    None
                }
                _ => None,
            };
            if let Some((which, packets)) = counted {
                if packets > counts[which] {
                    grew[which] = Some(now);
                }
                counts[which] = packets;
            }
            let next = connecting.see(seen, ms(now));
            if next == Some(Next::Connected) {
                prop_assert!(secured.is_some());
                prop_assert!(sounds || muted);
                prop_assert!(grew.iter().all(|grew| grew.is_some_and(|grew| now - grew < 1000)), "{:?} at {}", grew, now);
                prop_assert!(counts.iter().all(|count| *count >= 5));
            }
            done.extend(next.map(|next| (now, next)));
        }
        let limit = LIMIT.as_millis() as u64;
        for at in (now..now + 4 * limit).step_by(50) {
            done.extend(connecting.tick(ms(at)).map(|next| (at, next)));
        }
        let count = |wanted: fn(&Next) -> bool| done.iter().filter(|(_, next)| wanted(next)).count();
        prop_assert_eq!(count(|next| matches!(next, Next::Connected | Next::GiveUp(_))), 1, "{:?}", done);
        prop_assert!(matches!(done.last(), Some((_, Next::Connected | Next::GiveUp(_)))));
        prop_assert!(count(|next| *next == Next::RestartIce) <= 1);
        prop_assert!(count(|next| *next == Next::AnswerCaller) <= 1);
        let answered = done.iter().position(|(_, next)| *next == Next::AnswerCaller);
        let connected = done.iter().position(|(_, next)| *next == Next::Connected);
        prop_assert!(connected.is_none() || answered < connected);
    }
}
