//! A rehearsal of the rule that was in force gives what was decided.

#[expect(dead_code, reason = "other tests of this world need more of it")]
mod world;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tocsin_domain::alert::rehearse::{Heard, History, Outcome, Rehearsal, Summary, rehearse};
use tocsin_domain::alert::{
    Audience, Digesting, Escalation, Hours, Interest, Member, Reason, ReasonCode, Rule, Storm, Verdict,
};
use tocsin_domain::event::PageNews;
use tocsin_domain::step::Decided;
use tocsin_domain::{
    Component, ComponentRef, Components, Covers, Event, EventKind, Health, Impact, ProviderRef, Reading, Report, Stage,
    Subject, Timestamp,
};
use world::{Happening, World, happenings};

/// Reminders of an incident that nobody ends go on for ever; a test need not.
const LONG_S: i64 = 3 * 24 * 3600;

fn member(group: &str, rule: Rule, channels: &[&str]) -> Member {
    Member {
        team: "team".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        monitor: "monitor".to_owned(),
        group: group.to_owned(),
        group_name: group.to_owned(),
        rule,
        channels: channels.iter().map(|one| (*one).to_owned()).collect(),
        ..Member::default()
    }
}

fn night() -> Hours {
    Hours { quiet: vec!["22:00-07:00".parse().unwrap()], ..Hours::default() }
}

/// Groups of every kind; each has a channel of its own, and some share one.
fn audience() -> Audience {
    let patient = Rule { dwell_s: 600, longer_than_s: 300, ..Rule::default() };
    let rests = Rule { hours: night(), min_impact: Impact::Minor, ..Rule::default() };
    let reads = Rule { digest: Some(Digesting::Daily), ..Rule::default() };
    let asks = Rule {
        repeat_s: Some(3600),
        escalate: Some(Escalation { to: "behind".to_owned(), after_s: 1800 }),
        ..Rule::default()
    };
    let behind = Member { after: Some("asks".to_owned()), ..member("behind", Rule::default(), &["phone"]) };
    let some = Member {
        monitor: "some".to_owned(),
        interest: Interest(vec!["c1".to_owned()]),
        ..member("ops", Rule::default(), &["chat"])
    };
    Audience {
        members: vec![
            member("ops", Rule::default(), &["chat"]),
            some,
            member("patient", patient, &["chat", "mail"]),
            member("rests", rests, &["desk"]),
            member("reads", reads, &["paper"]),
            member("asks", asks, &["pager"]),
            behind,
            member("nobody", Rule::default(), &[]),
        ],
        provider: "harbour".to_owned(),
        ..Audience::default()
    }
}

/// Plays what happens, waking whenever time has something to say.
fn lived(happenings: &[Happening]) -> (Vec<Decided>, World) {
    let mut world = World { audience: audience(), ..World::default() };
    let mut decided = Vec::new();
    for happening in happenings {
        let (Happening::After(seconds, _)
        | Happening::Same(seconds)
        | Happening::Fail(seconds)
        | Happening::Pass(seconds)) = happening
        else {
            decided.extend(world.happen(happening));
            continue;
        };
        let until = world.now.plus(*seconds);
        while let Some(at) = world.wake_at.filter(|at| *at < until) {
            decided.extend(world.happen(&Happening::Pass(at.since(world.now).max(0))));
        }
        let rest = until.since(world.now);
        decided.extend(world.happen(&match happening {
            Happening::After(_, reading) => Happening::After(rest, reading.clone()),
            Happening::Same(_) => Happening::Same(rest),
            Happening::Fail(_) => Happening::Fail(rest),
            _ => Happening::Pass(rest),
        }));
    }
    (decided, world)
}

fn rehearsed(events: &[Event], components: &[Component], audience: &Audience, until: Timestamp) -> Rehearsal {
    let provider = ProviderRef { slug: "harbour".to_owned(), name: "Harbour".to_owned() };
    let components = components.to_vec().into();
    let history = History { page: "page", provider: &provider, components: &components, events, audience };
    let channels = audience.members.iter().flat_map(|member| &member.channels);
    let storms = channels.map(|channel| (channel.clone(), Storm { more_than: 0, within_s: 60 })).collect();
    rehearse(&[history], &storms, until)
}

fn said(event: &Event, verdicts: &[Verdict]) -> (Timestamp, EventKind, String, Vec<Verdict>) {
    (event.at, event.kind, event.title(), verdicts.to_vec())
}

/// A plausible day in which time does not run back.
fn day() -> impl Strategy<Value = Vec<Happening>> {
    let forward = |happening: &Happening| match happening {
        Happening::After(seconds, _)
        | Happening::Same(seconds)
        | Happening::Fail(seconds)
        | Happening::Pass(seconds) => (0..LONG_S).contains(seconds),
        Happening::Read(_) => true,
    };
    happenings().prop_map(move |past| past.into_iter().filter(forward).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn the_rule_that_was_in_force_decides_as_it_did(past in day()) {
        let (decided, world) = lived(&past);
        let events: Vec<Event> = decided.iter().map(|one| one.event.clone()).collect();
        let again = rehearsed(&events, &world.state.components, &world.audience, world.now);
        let was: Vec<_> = decided.iter().map(|one| said(&one.event, &one.verdicts)).collect();
        let is: Vec<_> = again.heard.iter().map(|one| said(&one.event, &one.verdicts)).collect();
        prop_assert_eq!(was, is);
        prop_assert!(!again.cut);
    }

    #[test]
    fn nothing_is_told_twice_and_nothing_is_lost(past in day()) {
        let (decided, world) = lived(&past);
        let events: Vec<Event> = decided.iter().map(|one| one.event.clone()).collect();
        let end = world.now.plus(8 * 24 * 3600);
        let again = rehearsed(&events, &world.state.components, &world.audience, end);
        let now = again.heard.iter().flat_map(|one| &one.verdicts).filter(|verdict| verdict.told).count();
        let later = again.heard.iter().flat_map(|one| &one.verdicts).filter(|verdict| verdict.later.is_some()).count();
        prop_assert!(again.messages.len() >= now, "what is told at once is a message");
        prop_assert!(again.messages.len() <= now + later, "what is kept is told at most once");
        let mut ids = BTreeSet::new();
        for message in &again.messages {
            prop_assert!(ids.insert((message.event.id, message.channel.clone())), "twice: {:?}", message);
        }
    }
}

fn report(id: &str, impact: Impact, stage: Stage) -> Report {
    Report {
        id: id.to_owned(),
        title: format!("Trouble {id}"),
        url: None,
        impact: Some(impact),
        stage: Some(stage),
        started_at: None,
        resolved_at: None,
        components: vec![ComponentRef { id: "c1".to_owned(), name: "Quay".to_owned() }],
        updates: Vec::new(),
    }
}

fn reading(incidents: Vec<Report>) -> Reading {
    let quay = Component {
        id: "c1".to_owned(),
        name: "Quay".to_owned(),
        group: Vec::new(),
        health: Health::Operational,
        hidden_while_operational: false,
    };
    Reading {
        platform: Some("statuspage".to_owned()),
        components: vec![quay].into(),
        incidents,
        covers: Covers { open: true, history_since: None },
        ..Reading::default()
    }
    .settled(None)
}

/// A first look at noon in Berlin, a minor incident at 23:00 that ends at 23:30, a critical one from 02:00 to 03:00, and
/// a minor one from 04:00 that goes on.
fn evening() -> (Vec<Event>, World) {
    use Impact::{Critical, Minor};
    use Stage::{Investigating, Resolved};
    let hours = |count: i64| count * 3600;
    let (short, bad, long) = (
        |stage| report("short", Minor, stage),
        |stage| report("bad", Critical, stage),
        || report("long", Minor, Investigating),
    );
    let (decided, world) = lived(&[
        Happening::After(hours(10), reading(vec![])),
        Happening::After(hours(11), reading(vec![short(Investigating)])),
        Happening::After(1800, reading(vec![short(Resolved)])),
        Happening::After(hours(3) - 1800, reading(vec![short(Resolved), bad(Investigating)])),
        Happening::After(hours(1), reading(vec![short(Resolved), bad(Resolved)])),
        Happening::After(hours(1), reading(vec![short(Resolved), bad(Resolved), long()])),
        Happening::Same(hours(6)),
    ]);
    (decided.into_iter().map(|one| one.event).collect(), world)
}

/// How many messages one group gets with that rule, and how many of them at night.
fn messages(rule: Rule) -> (usize, usize, BTreeMap<ReasonCode, usize>) {
    let (events, world) = evening();
    let audience = Audience { members: vec![member("desk", rule, &["desk"])], ..audience() };
    let again = rehearsed(&events, &world.state.components, &audience, world.now);
    let summary = Summary::of(&again, Timestamp::from_second(0), "Europe/Berlin");
    assert_eq!(summary.messages, summary.by_kind.values().sum::<usize>());
    assert_eq!(summary.messages, summary.by_channel.values().sum::<usize>());
    assert_eq!(summary.lines.len(), summary.events_told + summary.silent.values().sum::<usize>());
    (summary.messages, summary.at_night, summary.silent)
}

#[test]
fn each_rule_gives_its_number_of_messages() {
    let none = BTreeMap::new;
    let escalate = Some(Escalation { to: "nobody".to_owned(), after_s: 600 });
    let table = [
        ("everything", Rule::default(), (5, 5), none()),
        ("critical only", Rule { min_impact: Impact::Critical, ..Rule::default() }, (2, 2), {
            BTreeMap::from([(ReasonCode::BelowMinImpact, 3)])
        }),
        ("at night only what is bad", Rule { hours: night(), ..Rule::default() }, (4, 2), none()),
        ("a digest each day", Rule { digest: Some(Digesting::Daily), ..Rule::default() }, (1, 0), none()),
        ("minor ones after an hour", Rule { dwell_s: 3600, ..Rule::default() }, (3, 3), {
            BTreeMap::from([(ReasonCode::WithinDwell, 2), (ReasonCode::EndedWithinDwell, 1)])
        }),
        ("reminders every two hours", Rule { repeat_s: Some(7200), ..Rule::default() }, (8, 6), none()),
        ("nobody behind", Rule { escalate, ..Rule::default() }, (5, 5), none()),
    ];
    for (name, rule, (all, at_night), silent) in table {
        let (messages, night, why) = messages(rule);
        assert_eq!((messages, night), (all, at_night), "{name}");
        assert_eq!(why, silent, "{name}");
    }
}

#[test]
fn what_comes_at_once_is_one_message_where_people_read_it() {
    let trouble = |stage| (0..14).map(|n| report(&format!("t{n}"), Impact::Major, stage)).collect();
    let (decided, world) = lived(&[
        Happening::Read(reading(vec![])),
        Happening::After(60, reading(trouble(Stage::Investigating))),
        Happening::Same(3600),
    ]);
    let events: Vec<Event> = decided.into_iter().map(|one| one.event).collect();
    let audience = Audience { members: vec![member("ops", Rule::default(), &["chat"])], ..audience() };
    let provider = ProviderRef { slug: "harbour".to_owned(), name: "Harbour".to_owned() };
    let components = &world.state.components;
    let history = History { page: "page", provider: &provider, components, events: &events, audience: &audience };
    let people = BTreeMap::from([("chat".to_owned(), Storm::default())]);
    let again = rehearse(&[history], &people, world.now);
    assert_eq!(again.messages.len(), 11, "ten, and the other four in one");
    let late = Summary::of(&again, Timestamp::from_second(0), "UTC");
    let later = late.lines.iter().filter(|line| line.outcome == Outcome::Later).count();
    assert_eq!((later, again.kept), (4, 0));
    assert!(late.lines.iter().any(|line| line.reason.code == ReasonCode::InStorm));
    let alarms = rehearse(&[history], &BTreeMap::new(), world.now);
    assert_eq!(alarms.messages.len(), 14, "an alarm is for one thing");
}

/// Our own line is down for an hour: no page can be read, and then all can. Nobody reads fourteen messages of that, twice.
#[test]
fn pages_that_cannot_be_read_all_at_once_are_one_message() {
    let pages: Vec<String> = (0..14).map(|n| format!("page {n}")).collect();
    let news = |page: &String, kind, minute: i64| {
        let reason = "It cannot be reached.".to_owned();
        let news = PageNews { url: format!("https://{page}.example"), reason, since: None, last_known: None };
        Event::new(page, "page", vec![kind], Timestamp::from_second(minute * 60), Subject::Page(news))
    };
    let of_page = |page| vec![news(page, EventKind::PageUnreadable, 30), news(page, EventKind::PageReadable, 90)];
    let events: Vec<Vec<Event>> = pages.iter().map(of_page).collect();
    let audience = Audience { members: vec![member("ops", Rule::default(), &["chat"])], ..audience() };
    let provider = ProviderRef { slug: "harbour".to_owned(), name: "Harbour".to_owned() };
    let components = Components::default();
    let histories: Vec<History<'_>> = pages
        .iter()
        .zip(&events)
        .map(|(page, events)| History {
            page,
            provider: &provider,
            components: &components,
            events,
            audience: &audience,
        })
        .collect();
    let people = BTreeMap::from([("chat".to_owned(), Storm::default())]);
    let told = rehearse(&histories, &people, Timestamp::from_second(7200)).messages;
    let gathered = told.iter().filter(|message| message.code == ReasonCode::InStorm).count();
    assert_eq!((told.len(), gathered), (22, 2), "ten one by one, the rest in one; down and up");
}

#[test]
fn what_began_before_the_journal_counts_as_announced() {
    let (events, world) = evening();
    let ends: Vec<Event> = events.into_iter().filter(|event| event.kind == EventKind::IncidentResolved).collect();
    assert_eq!(ends.len(), 2);
    let audience = Audience { members: vec![member("desk", Rule::default(), &["desk"])], ..audience() };
    let again = rehearsed(&ends, &world.state.components, &audience, world.now);
    assert_eq!(again.messages.len(), 2);
    let told = |heard: &Heard| heard.verdicts.iter().all(|one| one.told && !text(&one.reason).is_empty());
    assert!(again.heard.iter().all(told));
}

fn text(reason: &Reason) -> &str {
    &reason.text
}
