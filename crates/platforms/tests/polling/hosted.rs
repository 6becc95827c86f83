//! Hosted platforms: one small request while nothing happens, more when something did.

use tocsin_domain::Health;
use tocsin_platforms::{Done, Memory};

use crate::world::{Site, World, case, now, play, play_at};

const HTML: &str = "<!doctype html><html><head><title>A page</title></head><body>Hello</body></html>";

#[test]
fn aws_is_asked_where_it_keeps_its_events() {
    let world = World::default()
        .body(
            "https://health.aws.amazon.com/public/currentevents",
            "aws/short-event-only-in-history/currentevents.json",
        )
        .body(
            "https://history-events-us-east-1-prod.s3.amazonaws.com/historyevents.json",
            "aws/short-event-only-in-history/history.json",
        );
    let played = play("aws", "https://health.aws.amazon.com/health/status", &Memory::default(), &world);
    assert_eq!(played.reading().incidents.len(), 3);
    assert!(played.reading().covers.history_since.is_some());
}

#[test]
fn aws_elsewhere_is_asked_below_the_page() {
    for page in ["http://127.0.0.1:9100/aws", "http://127.0.0.1:9100/aws/", "http://127.0.0.1:9100/aws/health/status"] {
        let world =
            World::default().body("http://127.0.0.1:9100/aws/public/currentevents", "aws/healthy/currentevents.json");
        let played = play("aws", page, &Memory::default(), &world);
        assert_eq!(played.reading().health, Health::Operational, "{page}");
        assert_eq!(played.asked[1], "http://127.0.0.1:9100/aws/historyevents.json", "{page}");
    }
}

#[test]
fn aws_without_events_is_read_by_its_feed() {
    let world = World::default().body("http://127.0.0.1:9100/rss/all.rss", "aws/all-rss/all.rss");
    let played = play("aws", "http://127.0.0.1:9100/health/status", &Memory::default(), &world);
    assert_eq!(played.reading().health, Health::PartialOutage);
    let world = World::default().with("http://127.0.0.1:9100/rss/all.rss", Site::Same(case("aws/all-rss/all.rss")));
    let again = play("aws", "http://127.0.0.1:9100/health/status", &played.memory, &world);
    assert!(matches!(again.done, Done::Unchanged));
}

#[test]
fn aws_behind_a_web_page_is_not_healthy() {
    let world = World::default().with("http://127.0.0.1:9100/public/currentevents", Site::Body(HTML.into()));
    assert_eq!(play("aws", "http://127.0.0.1:9100/", &Memory::default(), &world).why_not(), "not_recognised");
    let world = World::default().with("http://127.0.0.1:9100/public/currentevents", Site::Status(503));
    assert_eq!(play("aws", "http://127.0.0.1:9100/", &Memory::default(), &world).why_not(), "unreachable");
}

#[test]
fn aws_that_did_not_change_is_asked_once() {
    let url = "http://127.0.0.1:9100/public/currentevents";
    let body = case("aws/healthy/currentevents.json");
    let read = play(
        "aws",
        "http://127.0.0.1:9100/",
        &Memory::default(),
        &World::default().with(url, Site::Body(body.clone())),
    );
    let world = World::default().with(url, Site::Same(body));
    let again = play("aws", "http://127.0.0.1:9100/", &read.memory, &world);
    assert!(matches!(again.done, Done::Unchanged));
    assert_eq!(again.asked, [url]);
    // Without a memory "the same" says nothing.
    let lost = play("aws", "http://127.0.0.1:9100/", &Memory::default(), &world);
    assert_eq!(lost.reading().health, Health::Operational);
}

const QUILL: &str = "http://127.0.0.1:9100/quill";

fn list(path: &str) -> String {
    let sort = if path == "incidents" { "&sort=id&order=desc" } else { "" };
    format!("{QUILL}/api/v1/{path}?per_page=100{sort}")
}

fn cachet(case_name: &str) -> World {
    World::default()
        .body(&list("components"), &format!("cachet/{case_name}/components.json"))
        .body(&list("components/groups"), "cachet/healthy/groups.json")
        .body(&list("incidents"), &format!("cachet/{case_name}/incidents.json"))
}

#[test]
fn cachet_is_read_page_by_page() {
    let second = format!("{}&page=2", list("components"));
    let world = cachet("pages").body(&second, "cachet/pages/components.2.json");
    let played = play("cachet", QUILL, &Memory::default(), &world);
    let names: Vec<&str> = played.reading().components.iter().map(|component| component.name.as_str()).collect();
    assert_eq!(names, ["Web hosting", "Mail", "Video"]);
    assert_eq!(played.reading().health, Health::Degraded);
    // From then on all pages are asked at once.
    let again = play("cachet", QUILL, &played.memory, &world);
    assert!(again.asked.contains(&second), "{:?}", again.asked);
    assert_eq!(again.asked.len(), 5);
}

#[test]
fn riot_of_which_a_whole_game_is_refused_is_not_known() {
    let file = |game: &str, region: &str| {
        format!("https://{game}.secure.dyn.riotcdn.net/channels/public/x/status/{region}.json")
    };
    let regions = [("lol", "na1"), ("lol", "euw1"), ("lol", "eun1"), ("lol", "kr")];
    let world = World::of(&[(&file("valorant", "na"), ""), (&file("valorant", "eu"), "")]);
    let one = |id: &str| {
        format!("{{\"id\":\"{id}\",\"name\":\"{id}\",\"locales\":[],\"maintenances\":[],\"incidents\":[]}}")
            .into_bytes()
    };
    let world = regions.iter().fold(world, |world, (game, id)| world.with(&file(game, id), Site::Body(one(id))));
    let played = play("riot", "https://status.riotgames.com/", &Memory::default(), &world);
    assert_eq!((played.reading().health, played.reading().covers.open), (Health::Unknown, false));
    assert_eq!(played.rounds, [6, 1]);
    let page = "https://status.riotgames.com/?product=lol&region=kr";
    let played = play("riot", page, &Memory::default(), &world);
    assert_eq!((played.reading().health, played.reading().covers.open), (Health::Operational, true));
    assert_eq!(played.rounds, [1]);
}

#[test]
fn cachet_with_a_page_that_cannot_be_had_is_not_healthy() {
    let played = play("cachet", QUILL, &Memory::default(), &cachet("a-page-is-missing"));
    assert_eq!(played.reading().health, Health::Unknown);
    assert!(played.asked.len() <= 4 + 2 + 1, "{:?}", played.asked);
}

#[test]
fn cachet_of_which_a_part_changed_is_read_whole() {
    let body = |file: &str| Site::Same(case(file));
    let world = cachet("open-with-updates")
        .with(&list("components/groups"), body("cachet/healthy/groups.json"))
        .with(&list("schedules"), body("cachet/healthy/schedules.json"));
    let first = play("cachet", QUILL, &Memory::default(), &world);
    assert_eq!(first.reading().components[0].group, ["Hosting"]);
    let nothing = World::default()
        .with(&list("components"), body("cachet/healthy/components.json"))
        .with(&list("components/groups"), body("cachet/healthy/groups.json"))
        .with(&list("incidents"), body("cachet/healthy/incidents.json"))
        .with(&list("schedules"), body("cachet/healthy/schedules.json"));
    let again = play("cachet", QUILL, &first.memory, &nothing);
    assert!(matches!(again.done, Done::Unchanged), "{:?}", again.asked);
    assert_eq!(again.asked.len(), 4);
}

#[test]
fn cachet_that_is_down_or_gone() {
    let dead = cachet("healthy").with(&list("components"), Site::Dead);
    assert_eq!(play("cachet", QUILL, &Memory::default(), &dead).why_not(), "unreachable");
    assert_eq!(play("cachet", QUILL, &Memory::default(), &World::default()).why_not(), "not_recognised");
    let schedules_fail = cachet("healthy").with(&list("schedules"), Site::Status(500));
    assert_eq!(play("cachet", QUILL, &Memory::default(), &schedules_fail).reading().health, Health::Operational);
}

#[test]
fn a_feed_is_found_through_its_page() {
    let page = "https://status.ferrycloud.example/";
    let html = "<!doctype html><html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/news/feed.xml\"></head></html>";
    let feed = "https://status.ferrycloud.example/news/feed.xml";
    let world = World::default().with(page, Site::Body(html.into())).body(feed, "feed/rolling-history/feed.xml");
    let played = play("feed", page, &Memory::default(), &world);
    assert_eq!(played.reading().health, Health::MajorOutage);
    let again = play("feed", page, &played.memory, &world);
    assert_eq!(again.asked, [feed]);
    let same = World::default().with(feed, Site::Same(Vec::new()));
    assert!(matches!(play("feed", page, &played.memory, &same).done, Done::Unchanged));
    // It moved: the page is asked where it is now.
    let moved = html.replace("/news/", "/");
    let world = World::default()
        .with(page, Site::Body(moved.into()))
        .body("https://status.ferrycloud.example/feed.xml", "feed/rolling-history/feed.xml");
    assert_eq!(play("feed", page, &played.memory, &world).reading().incidents.len(), 3);
}

#[test]
fn a_feed_that_is_none() {
    let page = "https://status.ferrycloud.example/feed.xml";
    let world = World::default().with(page, Site::Body(HTML.into()));
    assert_eq!(play("feed", page, &Memory::default(), &world).why_not(), "not_recognised");
    let world = World::default().body(page, "feed/empty/feed.xml");
    assert_eq!(play("feed", page, &Memory::default(), &world).reading().health, Health::Unknown);
    let world = World::default().with(page, Site::Dead);
    assert_eq!(play("feed", page, &Memory::default(), &world).why_not(), "unreachable");
}

const LANTERN: &str = "https://status.lanternworks.example";

fn lantern(path: &str) -> String {
    format!("{LANTERN}/{path}")
}

fn statuspage(case_name: &str) -> World {
    World::default()
        .body(&lantern("api/v2/summary.json"), &format!("statuspage/{case_name}/summary.json"))
        .body(&lantern("api/v2/incidents.json"), "statuspage/short-incident-only-in-history/incidents.json")
        .body(&lantern("api/v2/scheduled-maintenances.json"), "statuspage/healthy/scheduled-maintenances.json")
}

#[test]
fn statuspage_tells_the_short_incident_when_something_changed() {
    let first = play("statuspage", LANTERN, &Memory::default(), &statuspage("healthy"));
    assert_eq!(first.asked.len(), 3);
    assert_eq!(first.reading().incidents.len(), 1);
    // Nothing changed and the history was read a moment ago: one small request.
    let second = play("statuspage", LANTERN, &first.memory, &statuspage("healthy"));
    assert_eq!(second.asked, [lantern("api/v2/summary.json")]);
    let third = play("statuspage", LANTERN, &second.memory, &statuspage("open-minor-in-groups"));
    assert_eq!(third.asked.len(), 3);
    assert_eq!(third.reading().health, Health::PartialOutage);
}

#[test]
fn statuspage_is_asked_for_what_ended_and_no_longer_stands_in_the_history() {
    let first = play("statuspage", LANTERN, &Memory::default(), &statuspage("healthy"));
    let incident: serde_json::Value =
        serde_json::from_slice(&case("statuspage/short-incident-only-in-history/incidents.json")).unwrap();
    let mut alone = incident["incidents"][0].clone();
    alone["page_id"] = incident["page"]["id"].clone();
    alone["incident_updates"][0]["body"] = "Rewritten weeks later.".into();
    let empty = serde_json::json!({"page": incident["page"], "incidents": []});
    let world = || {
        let bytes = |json: &serde_json::Value| Site::Body(serde_json::to_vec(json).unwrap());
        let id = first.reading().incidents[0].id.clone();
        statuspage("open-minor-in-groups")
            .with(&lantern("api/v2/incidents.json"), bytes(&empty))
            .with(&lantern(&format!("incidents/{id}.json")), bytes(&alone))
    };
    // It was seen a moment ago.
    let soon = play_at(now().plus(60), "statuspage", LANTERN, &first.memory, &world());
    assert_eq!(soon.asked.len(), 3, "{:?}", soon.asked);
    let days = |days: i64| now().plus(days * 24 * 3600);
    let later = play_at(days(3), "statuspage", LANTERN, &first.memory, &world());
    assert_eq!(later.asked.len(), 4, "{:?}", later.asked);
    let told = later.reading().incidents.iter().find(|one| one.id == first.reading().incidents[0].id).unwrap();
    assert!(told.updates.iter().any(|update| update.body == "Rewritten weeks later."), "{told:?}");
    let again = play_at(days(3).plus(3600), "statuspage", LANTERN, &later.memory, &world());
    assert_eq!(again.asked.len(), 3, "once a day is enough: {:?}", again.asked);
    let month = play_at(days(32), "statuspage", LANTERN, &later.memory, &world());
    assert_eq!(month.asked.len(), 3, "after a month nobody looks: {:?}", month.asked);
    // A page that is not there any more costs nothing else.
    let gone = world().with(&lantern("incidents/5hrt1nc1d3nt.json"), Site::Status(404));
    assert_eq!(play_at(days(3), "statuspage", LANTERN, &first.memory, &gone).reading().health, Health::PartialOutage);
}

#[test]
fn statuspage_with_a_closed_api_is_read_by_feed_and_page() {
    let world = World::default()
        .with(&lantern("api/v2/summary.json"), Site::Status(403))
        .body(&lantern("history.atom"), "statuspage/history-atom/history.atom");
    let played = play("statuspage", LANTERN, &Memory::default(), &world);
    assert_eq!(played.reading().incidents.len(), 2);
    let page = format!("{LANTERN}/");
    let world = World::default().body(&page, "statuspage/page-html/page.html");
    let played = play("statuspage", LANTERN, &Memory::default(), &world);
    assert_eq!(played.reading().health, Health::Degraded);
    let world = World::default().with(&page, Site::Body(HTML.into()));
    assert_eq!(play("statuspage", LANTERN, &Memory::default(), &world).why_not(), "not_recognised");
    let world = statuspage("healthy").with(&lantern("api/v2/summary.json"), Site::Status(502));
    assert_eq!(play("statuspage", LANTERN, &Memory::default(), &world).why_not(), "unreachable");
}

#[test]
fn a_private_statuspage_with_many_components_is_read_page_by_page() {
    const API: &str = "https://api.statuspage.io/v1/pages/q7wl2m4xk9td";
    let row = |number: usize, status: &str| {
        serde_json::json!({"id": format!("c{number}"), "page_id": "q7wl2m4xk9td", "name": format!("Crane {number}"),
            "status": status, "group_id": null, "group": false})
    };
    let list = |rows: Vec<serde_json::Value>| serde_json::to_vec(&serde_json::Value::Array(rows)).unwrap();
    let first = list((0..100).map(|number| row(number, "operational")).collect());
    let later = |status: &str| list(vec![row(100, status)]);
    let (components, second) =
        (format!("{API}/components?per_page=100"), format!("{API}/components?per_page=100&page=2"));
    let world = |status: &str| {
        World::default()
            .with(&components, Site::Same(first.clone()))
            .with(&format!("{API}/incidents?limit=100"), Site::Same(b"[]".to_vec()))
            .with(&second, Site::Body(later(status)))
    };
    let fresh = World::default()
        .with(&components, Site::Body(first.clone()))
        .with(&format!("{API}/incidents?limit=100"), Site::Body(b"[]".to_vec()))
        .with(&second, Site::Body(later("operational")));
    let read = play("statuspage", API, &Memory::default(), &fresh);
    assert_eq!((read.reading().components.len(), read.reading().health), (101, Health::Operational));
    let again = play("statuspage", API, &read.memory, &world("major_outage"));
    assert_eq!(again.reading().health, Health::MajorOutage, "a change on the second page is seen: {:?}", again.asked);
    let lost = fresh.with(&second, Site::Status(404));
    assert_eq!(play("statuspage", API, &Memory::default(), &lost).reading().health, Health::Unknown);
}
