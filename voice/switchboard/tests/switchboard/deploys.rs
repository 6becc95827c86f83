//! Switches and builds: what is stopped, what is chosen, and what is rolled back.

use std::time::Duration;

use tocsin_switchboard::builds::{Alarm, Builds, Still, Word};
use tocsin_switchboard::call::Cause;
use tocsin_switchboard::snapshot::{Bridge, Codec, Issuer};
use tocsin_switchboard::switches::{Change, Effect, Refused, Setting, Switch, Switches, Tested};

use crate::content;

fn s(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

const ON: Setting = Setting::On(true);
const OFF: Setting = Setting::On(false);

fn turn(switches: &mut Switches, word: &str, to: Setting) -> Result<Effect, Refused> {
    let tested = Tested { bridges: [Bridge::V1, Bridge::V2].into(), codecs: [Codec::Pcmu].into(), newest: 9 };
    let change = Change { switch: word.parse()?, to, who: "eve".to_owned(), why: "because".to_owned() };
    switches.set(s(1), change, &tested)
}

#[test]
fn switches_stop_drain_or_choose_what_was_tested() {
    let mut switches = Switches::new(content(Bridge::V1), 3, ["sales".to_owned()]);
    let sales = |closed| Effect::CloseQueue { queue: "sales".to_owned(), closed };
    let rows = [
        ("calls.accept", OFF, Ok(Effect::AcceptCalls(false))),
        ("calls.accept", OFF, Ok(Effect::Nothing)),
        ("bridge.v2", ON, Ok(Effect::Publish)),
        ("codec.opus", ON, Err(Refused::Untested(Switch::CodecOpus))),
        ("codec.opus", OFF, Ok(Effect::Nothing)),
        ("widget.min_build", Setting::Build(9), Ok(Effect::Publish)),
        ("widget.min_build", Setting::Build(10), Err(Refused::BuildTooHigh { newest: 9 })),
        ("widget.min_build", ON, Err(Refused::WrongSetting(Switch::WidgetMinBuild))),
        ("bridge.v2", Setting::Build(1), Err(Refused::WrongSetting(Switch::BridgeV2))),
        ("routing.queue.sales", OFF, Ok(sales(true))),
        ("routing.queue.sales", ON, Ok(sales(false))),
        ("routing.queue.help", OFF, Err(Refused::UnknownQueue("help".to_owned()))),
        ("calls.terminate_all", ON, Ok(Effect::TerminateAll)),
        ("calls.terminate_all", ON, Ok(Effect::TerminateAll)),
        ("calls.terminate_all", OFF, Err(Refused::WrongSetting(Switch::CallsTerminateAll))),
        ("codec.legacy", ON, Err(Refused::Unknown("codec.legacy".to_owned()))),
    ];
    let mut changes = 0;
    for (word, to, result) in rows {
        changes += usize::from(result.as_ref().is_ok_and(|effect| *effect != Effect::Nothing));
        assert_eq!(turn(&mut switches, word, to), result, "{word} {to:?}");
        assert_eq!(switches.audit().len(), changes, "{word}: what changed is written down, and nothing else");
    }
    assert_eq!(switches.content().flags.bridge, Bridge::V2);
    assert_eq!((switches.min_build(), switches.accepts()), (9, false));
    let first = &switches.audit()[0];
    assert_eq!((first.who.as_str(), first.from, first.to), ("eve", ON, OFF));
    let silent = Change { switch: Switch::CallsAccept, to: ON, who: "eve".to_owned(), why: " ".to_owned() };
    assert_eq!(switches.set(s(2), silent, &Tested::default()), Err(Refused::NoReason));
    // What chooses a path becomes a version that every session is to acknowledge.
    let mut issuer = Issuer::new(4, content(Bridge::V1), 60_000, 3);
    assert_eq!(issuer.publish(switches.content().clone(), switches.min_build()).stamp.version, 2);
    assert_eq!(issuer.publish(switches.content().clone(), switches.min_build()).stamp.version, 2);
}

/// Calls accepted at a second by a build, of which so many fail.
fn calls(builds: &mut Builds, second: u64, build: u32, well: u64, failing: u64) -> Vec<Word> {
    let mut words = Vec::new();
    for number in 0..well + failing {
        let call = second * 1000 + u64::from(build) * 100_000_000 + number;
        builds.accepted(s(second), call, build, (1, 1));
        if number < well {
            builds.connected(call);
        } else {
            words.extend(builds.failed(s(second), call, Cause::NoAudio));
        }
    }
    words
}

fn two_builds() -> Builds {
    let mut builds = Builds::default();
    builds.publish(s(0), 1, "one").unwrap();
    builds.publish(s(10_000), 2, "two").unwrap();
    assert_eq!(builds.publish(s(10_000), 2, "again"), Err(2));
    builds
}

#[test]
fn a_young_build_is_rolled_back_after_two() {
    let mut builds = two_builds();
    assert_eq!(calls(&mut builds, 10_100, 2, 500, 1), []);
    let words = calls(&mut builds, 10_200, 2, 0, 1);
    assert_eq!(words[0], Word::Raised(Alarm::YoungBuild { build: 2, failures: 2 }));
    let Word::RollBack { from: 2, to } = &words[1] else { panic!("{words:?}") };
    assert_eq!((to.build, to.files.as_str()), (3, "one"), "numbers only rise, so that 2 is shut out");
    assert_eq!(builds.current().unwrap().build, 3);
    let words = builds.tick(s(10_201));
    assert_eq!(words, [Word::Cleared(Alarm::YoungBuild { build: 2, failures: 2 })]);
}

#[test]
fn an_older_build_takes_a_rate() {
    let mut builds = two_builds();
    let second = 10_000 + 1900;
    assert_eq!(calls(&mut builds, second, 2, 200, 4), [], "4 of 204 is under 2 %");
    let words = calls(&mut builds, second + 100, 2, 0, 1);
    assert_eq!(words[0], Word::Raised(Alarm::Rate { build: 2, failures: 5, accepted: 205 }));
    assert!(matches!(words[1], Word::RollBack { from: 2, .. }));
    // The same of a build of which there is none before.
    let mut builds = Builds::default();
    builds.publish(s(0), 1, "one").unwrap();
    let words = calls(&mut builds, 4000, 1, 1, 3);
    assert_eq!(words, [Word::Raised(Alarm::Rate { build: 1, failures: 3, accepted: 4 })]);
    assert_eq!(builds.tick(s(4301)).len(), 1, "over after five minutes");
    assert!(builds.alarms().is_empty());
    // And of one that has been well for a day: it is no deploy's fault.
    let mut builds = two_builds();
    let words = calls(&mut builds, 10_000 + 90_000, 2, 0, 3);
    assert_eq!(words.len(), 1, "{words:?}");
}

#[test]
fn rolled_back_and_calls_still_fail() {
    for (failing, builds_named, why) in [
        (&[2, 2][..], vec![(2, 2)], Still::StaleSessions),
        (&[3, 3], vec![(3, 2)], Still::WrongChange),
        (&[2, 3], vec![(2, 1), (3, 1)], Still::WrongChange),
    ] {
        let mut builds = two_builds();
        calls(&mut builds, 10_100, 2, 0, 2);
        let mut words = Vec::new();
        for (number, build) in failing.iter().enumerate() {
            words.extend(calls(&mut builds, 10_400 + number as u64, *build, 0, 1));
        }
        let alarm = Alarm::StillFailing { rolled_back: 2, builds: builds_named.into_iter().collect(), why };
        assert!(words.contains(&Word::Raised(alarm)), "{words:?}");
        assert!(!words.iter().any(|word| matches!(word, Word::RollBack { .. })), "never back and forth");
    }
    // Fixed forward: what fails from then on is the new build's.
    let mut builds = two_builds();
    calls(&mut builds, 10_100, 2, 0, 2);
    builds.publish(s(10_300), 4, "four").unwrap();
    let words = calls(&mut builds, 10_400, 4, 0, 2);
    assert!(words.iter().any(|word| matches!(word, Word::RollBack { from: 4, to } if to.build == 5)), "{words:?}");
}

#[test]
fn silence_is_no_success() {
    let mut builds = two_builds();
    for call in 0..2 {
        builds.accepted(s(10_100), call, 2, (1, 4));
    }
    builds.accepted(s(10_100), 3, 2, (1, 4));
    builds.withdrawn(3);
    assert_eq!(builds.tick(s(10_109)), []);
    assert!(matches!(builds.tick(s(10_110))[..], [Word::Raised(Alarm::YoungBuild { build: 2, failures: 2 }), ..]));
    let rates = builds.rates();
    assert_eq!((rates[0].version, rates[0].accepted, rates[0].causes[&Cause::Unproven]), ((1, 4), 2, 2));
}
