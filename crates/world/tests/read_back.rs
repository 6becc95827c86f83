//! What the vendors write is read back by the product's own readers, with exactly what the scenario holds: each platform
//! at every moment at which its page changes, less what the real platform does not tell.

use tocsin_domain::{Answer, Health, HttpAnswer, MaintenanceStage, Reading, Stage, Timestamp};
use tocsin_platforms::{Answered, Done, Memory, PageAddress, Platform, Turn, detect};
use tocsin_world::reply::How;
use tocsin_world::shape::Place;
use tocsin_world::shown::{ShownIncident, ShownWork};
use tocsin_world::{Scenario, Shape, Shown, World};

const BASE: &str = "http://127.0.0.1:9/quay";

/// The same story for every platform.
const STORY: &str = r#"
[[vendor]]
slug = "quay"
name = "Quay & Sons"
category = "voice"
platform = "PLATFORM"
parts = ["Europe / Voice", "Europe / Chat", "Billing"]
[[vendor.incident]]
title = "Calls fail & drop"
at = "-40d"
impact = "critical"
parts = ["Voice"]
updates = [
  { stage = "investigating", say = "We look into \"it\"." },
  { after = "20m", stage = "identified", say = "A queue & a half." },
  { after = "30m", stage = "monitoring", say = "Watching." },
  { after = "1h", stage = "resolved", say = "Well again.", edits = [{ after = "1d", say = "Well again: it was the queue." }] },
]
[[vendor.incident]]
title = "Chat is slow"
at = "-3h"
impact = "major"
parts = ["Chat", "Voice"]
late = "40m"
updates = [
  { stage = "investigating", say = "We look into it." },
  { after = "4h", stage = "resolved", say = "Well." },
]
[[vendor.incident]]
title = "Billing comes and goes"
at = "-20d"
every = "9d"
parts = ["Billing"]
updates = [{ stage = "monitoring", say = "Watching." }, { after = "2h", stage = "resolved", say = "Well." }]
[[vendor.maintenance]]
title = "Walls are painted"
announced = "-2d"
starts = "-1h"
ends = "+1h"
parts = ["Billing"]
say = "We paint."
"#;

fn world(shape: Shape) -> World {
    let source = STORY.replace("PLATFORM", shape.name());
    let start = Timestamp::from_second(1_790_000_040);
    Scenario::read("story.toml", &source).unwrap_or_else(|mistakes| panic!("{mistakes}")).world(start, 1.0)
}

fn address() -> PageAddress {
    PageAddress { url: BASE.parse().unwrap() }
}

/// One answer, as the network would bring it.
fn answer(world: &World, url: &str, now: Timestamp) -> Answer {
    let rest =
        url.strip_prefix(BASE).unwrap_or_else(|| panic!("{url} is asked, which is nowhere")).trim_start_matches('/');
    let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
    let reply = world.vendors[0].reply(&world.course, BASE, Place { path, query }, None, now);
    let How::Whole(answer) = reply.how else { panic!("a fault without a fault") };
    let headers = answer.headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Answer::Http(HttpAnswer { status: answer.status, headers, body: answer.body.to_vec(), url: url.to_owned() })
}

fn read(world: &World, platform: Platform, now: Timestamp) -> Reading {
    let reader = platform.reader();
    let mut answers: Vec<Answered> = Vec::new();
    let mut asks = reader.begin(&address(), &Memory::default(), now);
    for _ in 0..4 {
        answers.extend(asks.drain(..).map(|ask| Answered { answer: answer(world, &ask.url, now), ask }));
        match reader.next(&address(), &Memory::default(), &answers, now) {
            Turn::More { asks: more, .. } => asks = more,
            Turn::Done { done: Done::Read(reading), .. } => return *reading,
            Turn::Done { done, .. } => panic!("{}: {done:?}", platform.name()),
        }
    }
    panic!("{} asks without an end", platform.name());
}

#[test]
fn every_platform_is_read_back_at_every_moment() {
    for shape in Shape::ALL {
        let world = world(shape);
        let platform = Platform::named(shape.name()).unwrap();
        let (from, to) = (world.course.start.plus(-60 * 86_400), world.course.start.plus(2 * 86_400));
        let moments = world.vendors[0].moments(&world.course, from, to);
        assert!(moments.len() >= 14, "{moments:?}");
        for now in moments.into_iter().chain([from]) {
            let shown = world.vendors[0].shown(&world.course, BASE, now);
            let reading = read(&world, platform, now);
            compare(shape, &shown, &reading, now);
        }
    }
}

fn compare(shape: Shape, shown: &Shown, reading: &Reading, now: Timestamp) {
    let at = format!("{} at {now}", shape.name());
    let known = |code: &str| match shape {
        Shape::Cachet => code == "assumed_utc",
        // Nothing in a history without an entry says who made it.
        Shape::Instatus => shown.incidents.is_empty() && shown.works.is_empty() && code == "not_recognised",
        _ => false,
    };
    assert!(reading.problems.iter().all(|problem| known(&problem.code)), "{at}: {:?}", reading.problems);
    assert_eq!(reading.platform.as_deref(), Some(shape.name()), "{at}");
    components(shape, shown, reading, &at);
    let told: Vec<&ShownIncident> = shown.incidents.iter().collect();
    assert_eq!(reading.incidents.len(), told.len(), "{at}: {:#?}", reading.incidents);
    for one in told {
        incident(shape, shown, one, reading, &at);
    }
    for one in shown.works.iter().filter(|one| tells_of(shape, one)) {
        work(shape, one, reading, &at);
    }
}

fn components(shape: Shape, shown: &Shown, reading: &Reading, at: &str) {
    let row = |name: &str, group: Option<&str>, health| (name.to_owned(), group.map(str::to_owned), health);
    let mut told: Vec<_> = reading
        .components
        .iter()
        .map(|part| row(&part.name, part.group.first().map(String::as_str), part.health))
        .collect();
    let mut held: Vec<_> = shown.parts.iter().map(|part| row(&part.name, part.group.as_deref(), part.health)).collect();
    match shape {
        Shape::Feed => held.clear(),
        // Only what is impaired is listed, at the worst of its events; a service without a region is global.
        Shape::Aws => {
            held.retain(|(_, _, health)| *health > Health::Unknown);
            held.iter_mut()
                .for_each(|(_, group, _)| *group = Some(group.take().unwrap_or_else(|| "Europe".to_owned())));
            for (_, group, _) in held.iter_mut().filter(|(name, ..)| name == "Billing") {
                *group = Some("Global".to_owned());
            }
        }
        _ => {}
    }
    told.sort();
    held.sort();
    assert_eq!(told, held, "{at}");
}

fn incident(shape: Shape, shown: &Shown, one: &ShownIncident, reading: &Reading, at: &str) {
    let same = |report: &&tocsin_domain::Report| {
        report.title == one.title && report.started_at.is_some_and(|start| start.since(one.started_at).abs() < 60)
    };
    let report = reading
        .incidents
        .iter()
        .find(same)
        .unwrap_or_else(|| panic!("{at}: no {:?} in {:#?}", one.title, reading.incidents));
    let texts: Vec<&str> = report.updates.iter().map(|update| update.body.as_str()).collect();
    let said: Vec<&str> = one.updates.iter().map(|update| update.body.as_str()).collect();
    assert_eq!(texts.len(), said.len(), "{at}: {texts:?}");
    if shape == Shape::Statuspage {
        assert_eq!(texts, said, "{at}");
    }
    let stage = match shape {
        // AWS knows open and over.
        Shape::Aws if one.is_open() => Stage::Investigating,
        _ => one.stage,
    };
    assert_eq!(report.stage, Some(stage), "{at}: {}", one.title);
    assert_eq!(report.is_closed(), !one.is_open(), "{at}: {}", one.title);
    assert_eq!(report.resolved_at, one.resolved_at, "{at}: {}", one.title);
    let tells_impact = match shape {
        Shape::Statuspage | Shape::IncidentIo | Shape::Aws => true,
        Shape::Instatus => one.is_open(),
        Shape::Cachet | Shape::Feed => false,
    };
    if tells_impact {
        assert_eq!(report.impact, Some(one.impact), "{at}: {}", one.title);
    }
    let names: Vec<&str> = shown.named(&one.parts).map(|(_, part)| part.name.as_str()).collect();
    let mut told: Vec<&str> = report.components.iter().map(|part| part.name.as_str()).collect();
    told.sort_unstable();
    match shape {
        Shape::Feed => {}
        Shape::Cachet => assert_eq!(told, names[..1], "{at}"),
        // The imitation names no components; the page's own JSON does while they are open.
        Shape::IncidentIo if !one.is_open() => {}
        _ => {
            let mut names = names;
            names.sort_unstable();
            assert_eq!(told, names, "{at}: {}", one.title);
        }
    }
}

/// AWS announces nothing; incident.io shows only what is to come and what runs.
fn tells_of(shape: Shape, one: &ShownWork) -> bool {
    match shape {
        Shape::Aws => false,
        Shape::IncidentIo => !one.stage.is_over(),
        _ => true,
    }
}

fn work(shape: Shape, one: &ShownWork, reading: &Reading, at: &str) {
    let told =
        reading.maintenances.iter().find(|work| work.title == one.title).unwrap_or_else(|| panic!("{at}: no work"));
    assert_eq!(told.stage, Some(one.stage), "{at}");
    let whole = matches!(shape, Shape::Statuspage | Shape::IncidentIo | Shape::Cachet)
        || (shape == Shape::Instatus && one.stage != MaintenanceStage::Completed);
    if whole {
        assert_eq!((told.starts_at, told.ends_at), (Some(one.starts_at), Some(one.ends_at)), "{at}");
        let names: Vec<&str> = told.components.iter().map(|part| part.name.as_str()).collect();
        assert_eq!(names, ["Billing"], "{at}");
    }
}

#[test]
fn every_platform_is_recognised_by_its_page() {
    for shape in Shape::ALL {
        let world = world(shape);
        let now = world.course.start;
        let mut answers: Vec<Answered> = Vec::new();
        let mut asks = detect::plan(&address());
        while !asks.is_empty() {
            let here = |url: &str| url.starts_with(BASE);
            let played = asks.into_iter().filter(|ask| here(&ask.url));
            answers.extend(played.map(|ask| Answered { answer: answer(&world, &ask.url, now), ask }));
            asks = detect::more(&address(), &answers).into_iter().filter(|ask| here(&ask.url)).collect();
        }
        let findings = detect::judge(&address(), &answers);
        let best = findings.best().unwrap_or_else(|| panic!("{}: {}", shape.name(), findings.summary()));
        assert_eq!(best.platform.name(), shape.name(), "{}", findings.summary());
    }
}

#[test]
fn what_did_not_change_keeps_its_tag_and_is_not_sent_again() {
    for shape in Shape::ALL {
        let world = world(shape);
        let path = match shape {
            Shape::Statuspage | Shape::IncidentIo => "api/v2/summary.json",
            Shape::Instatus => "summary.json",
            Shape::Cachet => "api/v1/incidents",
            Shape::Aws => "public/currentevents",
            Shape::Feed => "incidents.rss",
        };
        let ask = |known: Option<&str>, now| {
            let place = Place { path, query: "per_page=100" };
            match world.vendors[0].reply(&world.course, BASE, place, known, now).how {
                How::Whole(answer) => answer,
                other => panic!("{other:?}"),
            }
        };
        let now = world.course.start;
        let first = ask(None, now);
        let tag = first.headers.iter().find(|(name, _)| *name == "etag").map(|(_, value)| value.clone()).unwrap();
        assert_eq!((first.status, ask(Some(&tag), now.plus(600)).status), (200, 304), "{}", shape.name());
        assert_eq!(ask(Some(&tag), now.plus(7300)).status, 200, "{}: it changed", shape.name());
    }
}
