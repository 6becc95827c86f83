//! Software that people run themselves: how its pages are found and asked.

use tocsin_domain::{Health, Reading};
use tocsin_platforms::{Done, Memory};

use crate::world::{Played, Site, World, found, play, play_at};

/// One poll: how it ended, what was remembered, and what was asked in each round.
fn poll(platform: &str, address: &str, world: &World, memory: &Memory) -> (Done, Memory, Vec<usize>) {
    let now = "2026-11-20T09:43:00Z".parse().unwrap();
    let Played { done, memory, rounds, .. } = play_at(now, platform, address, memory, world);
    (done, memory, rounds)
}

fn reading(done: Done) -> Reading {
    match done {
        Done::Read(reading) => *reading,
        other => panic!("{other:?}"),
    }
}

#[test]
fn uptime_kuma_names_its_slug_once() {
    let world = World::of(&[
        ("https://status.beacon.example/", "uptimekuma/the-page-alone/home.html"),
        ("https://status.beacon.example/api/status-page/beacon", "uptimekuma/broken-with-an-incident/page.json"),
        (
            "https://status.beacon.example/api/status-page/heartbeat/beacon",
            "uptimekuma/broken-with-an-incident/beats.json",
        ),
    ]);
    let address = "https://status.beacon.example/";
    assert_eq!(found(address, &world), Some(("uptimekuma", address.to_owned())));
    let (done, memory, rounds) = poll("uptimekuma", address, &world, &Memory::default());
    let read = reading(done);
    // Version 1 has no list of what is over.
    assert_eq!(
        (read.health, read.covers.open, read.covers.history_since, rounds),
        (Health::MajorOutage, true, None, vec![1, 3])
    );
    let (done, _, rounds) = poll("uptimekuma", address, &world, &memory);
    assert_eq!((reading(done).health, rounds), (Health::MajorOutage, vec![3]));
    let (done, _, rounds) =
        poll("uptimekuma", "https://status.beacon.example/status/beacon", &world, &Memory::default());
    assert_eq!((reading(done).health, rounds), (Health::MajorOutage, vec![3]));
}

#[test]
fn cstate_without_any_issue_has_no_list_of_them() {
    let world = World::of(&[
        ("https://status.harbour.example/index.json", "cstate/no-issue-ever/index.json"),
        ("https://status.harbour.example/index.xml", "cstate/no-issue-ever/feed.xml"),
    ]);
    let address = "https://status.harbour.example/";
    assert_eq!(found(address, &world), Some(("cstate", address.to_owned())));
    let (done, _, rounds) = poll("cstate", address, &world, &Memory::default());
    let read = reading(done);
    assert_eq!((read.health, read.covers.open, rounds), (Health::Operational, false, vec![3]));
    assert_eq!(read.problems, []);
}

#[test]
fn gatus_may_want_a_login() {
    let open = World::of(&[("https://up.example/gatus/api/v1/endpoints/statuses", "gatus/healthy/endpoints.json")]);
    let address = "https://up.example/gatus";
    assert_eq!(found(address, &open), Some(("gatus", address.to_owned())));
    assert_eq!(reading(poll("gatus", address, &open, &Memory::default()).0).health, Health::Operational);
    let closed = World::of(&[
        ("https://up.example/gatus/api/v1/endpoints/statuses", ""),
        ("https://up.example/gatus/api/v1/config", "gatus/announcements-alone/config.json"),
    ]);
    let Done::Unreadable { reason, .. } = poll("gatus", address, &closed, &Memory::default()).0 else {
        panic!("it is read");
    };
    assert!(reason.contains("wants a login"), "{reason}");
}

#[test]
fn openstatus_has_a_host_or_a_part_of_the_path() {
    let world = World::of(&[
        ("https://status.harbour.example/feed/json", "openstatus/work/feed.json"),
        ("https://status.harbour.example/api/status/summary.json", "openstatus/work/summary.json"),
        ("https://pages.example/harbour/feed/json", "openstatus/broken/feed.json"),
        ("https://pages.example/api/status/harbour/summary.json", "openstatus/broken/summary.json"),
    ]);
    for (address, health) in [
        ("https://status.harbour.example/", Health::Maintenance),
        ("https://pages.example/harbour", Health::MajorOutage),
    ] {
        assert_eq!(found(address, &world), Some(("openstatus", address.to_owned())));
        let read = reading(poll("openstatus", address, &world, &Memory::default()).0);
        assert_eq!((read.health, read.problems.len()), (health, 0), "{address}");
    }
}

#[test]
fn kener_is_asked_for_its_services_by_the_tags_of_the_page() {
    let world = World::of(&[
        ("https://status.harbour.example/__data.json", "kener/down/data.json"),
        ("https://status.harbour.example/dashboard-apis/monitor-bars", "kener/down/bars.json"),
        ("https://status.harbour.example/dashboard-apis/notifications", "kener/down/notices.json"),
        ("https://status.harbour.example/incidents/4/__data.json", "kener/down/incident.4.json"),
    ]);
    let address = "https://status.harbour.example/";
    assert_eq!(found(address, &world), Some(("kener", address.to_owned())));
    let (done, _, rounds) = poll("kener", address, &world, &Memory::default());
    let read = reading(done);
    assert_eq!((read.health, rounds), (Health::MajorOutage, vec![1, 2, 2]));
    assert_eq!(read.incidents[0].updates.len(), 2);
}

#[test]
fn cachet_3_is_found_where_it_keeps_its_lists() {
    let world = World::of(&[
        ("https://status.harbour.example/api/components", "cachet/version-3-open/components.json"),
        ("https://status.harbour.example/api/component-groups", "cachet/version-3-open/groups.json"),
        ("https://status.harbour.example/api/incidents", "cachet/version-3-open/incidents.json"),
        ("https://status.harbour.example/api/schedules", "cachet/version-3-open/schedules.json"),
    ]);
    let address = "https://status.harbour.example/";
    assert_eq!(found(address, &world), Some(("cachet", address.to_owned())));
    let (done, memory, rounds) = poll("cachet", address, &world, &Memory::default());
    assert_eq!((reading(done).health, rounds), (Health::MajorOutage, vec![4, 4]));
    let (done, _, rounds) = poll("cachet", address, &world, &memory);
    assert_eq!((reading(done).health, rounds), (Health::MajorOutage, vec![4]));
}

/// What a page says first may stand still while what it says behind it moves.
#[test]
fn a_page_is_unchanged_only_if_everything_that_was_read_is() {
    let world = || {
        World::of(&[
            ("https://status.harbour.example/__data.json", "kener/down/data.json"),
            ("https://status.harbour.example/dashboard-apis/monitor-bars", "kener/down/bars.json"),
            ("https://status.harbour.example/dashboard-apis/notifications", "kener/down/notices.json"),
            ("https://status.harbour.example/incidents/4/__data.json", "kener/down/incident.4.json"),
        ])
    };
    let address = "https://status.harbour.example/";
    let (_, memory, _) = poll("kener", address, &world(), &Memory::default());
    let (done, memory, rounds) = poll("kener", address, &world().unchanged(), &memory);
    assert!(matches!(done, Done::Unchanged), "{done:?}");
    assert_eq!(rounds, [1, 4], "all of it was asked");
    let moved = world()
        .unchanged()
        .body("https://status.harbour.example/incidents/4/__data.json", "kener/down/incident.4.json");
    let (done, _, rounds) = poll("kener", address, &moved, &memory);
    assert_eq!(reading(done).incidents[0].updates.len(), 2, "{rounds:?}");
}

/// Upptime's services are well, and its incidents are issues elsewhere: who may not see them knows nothing of now.
#[test]
fn what_is_refused_is_not_well() {
    let files = [(
        "https://raw.githubusercontent.com/harbour/status/HEAD/history/summary.json",
        "upptime/healthy/summary.json",
    )];
    let page = "https://github.com/harbour/status";
    let world = || World::of(&files);
    let first = play("upptime", page, &Memory::default(), &world());
    let issues =
        first.asked.iter().find(|url| url.contains("api.github.com")).unwrap().trim_end_matches('!').to_owned();
    let refused = play("upptime", page, &Memory::default(), &world().with(&issues, Site::Status(403)));
    let read = refused.reading();
    assert_eq!((read.health, read.covers.open), (Health::Unknown, false));
    assert!(read.problems.iter().any(|problem| problem.code == "incomplete"), "{:?}", read.problems);
}

/// What told how the services are is gone: the page is unknown, and stays so.
#[test]
fn a_surface_that_weighs_is_missed_for_as_long_as_it_is_gone() {
    let (feed, summary) =
        ("https://status.harbour.example/feed/json", "https://status.harbour.example/api/status/summary.json");
    let whole = World::of(&[(feed, "openstatus/healthy/feed.json"), (summary, "openstatus/healthy/summary.json")]);
    let half = World::of(&[(feed, "openstatus/healthy/feed.json")]);
    let page = "https://status.harbour.example/";
    let mut memory = play("openstatus", page, &Memory::default(), &whole).memory;
    for turn in 0..3 {
        let played = play("openstatus", page, &memory, &half);
        assert_eq!((played.reading().health, played.reading().covers.open), (Health::Unknown, false), "{turn}");
        memory = played.memory;
    }
    assert_eq!(play("openstatus", page, &memory, &whole).reading().health, Health::Operational);
    assert_eq!(play("openstatus", page, &Memory::default(), &half).reading().health, Health::Operational, "older ones");
}
