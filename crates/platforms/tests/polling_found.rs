//! Pages that must first be asked where they keep what they say, and lists that come in pieces.

use std::collections::BTreeMap;

use tocsin_domain::{Answer, Health, HttpAnswer, Reading, Timestamp};
use tocsin_platforms::{Answered, Done, Memory, PageAddress, Platform, Turn};

/// Addresses and the files of cases that they answer with.
type World<'a> = BTreeMap<&'a str, &'a str>;

struct Played {
    done: Done,
    memory: Memory,
    asked: Vec<String>,
}

impl Played {
    fn reading(&self) -> &Reading {
        match &self.done {
            Done::Read(reading) => reading,
            other => panic!("not read: {other:?} after {:?}", self.asked),
        }
    }
}

fn play(platform: &str, page: &str, memory: &Memory, world: &World<'_>) -> Played {
    let reader = Platform::named(platform).unwrap().reader();
    let page = PageAddress { url: page.parse().unwrap() };
    let now: Timestamp = "2026-05-20T12:00:00Z".parse().unwrap();
    let mut asks = reader.begin(&page, memory, now);
    let (mut answers, mut asked) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        for ask in asks {
            asked.push(ask.url.clone());
            let answer = answer(&ask.url, world);
            answers.push(Answered { ask, answer });
        }
        match reader.next(&page, memory, &answers, now) {
            Turn::Done { done, memory } => return Played { done, memory, asked },
            Turn::More { asks: more, .. } => asks = more,
        }
    }
    panic!("no end after four rounds: {asked:?}");
}

fn answer(url: &str, world: &World<'_>) -> Answer {
    let (status, body) = match world.get(url) {
        Some(file) => (200, std::fs::read(format!("{}/cases/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()),
        None => (404, b"<!doctype html><html><body>Not here</body></html>".to_vec()),
    };
    Answer::Http(HttpAnswer { status, headers: Vec::new(), body, url: url.to_owned() })
}

/// Plays a poll and a second one with what the first remembered: both read the same, and the second asks at once.
fn twice(platform: &str, page: &str, world: &World<'_>) -> (Played, Played) {
    let first = play(platform, page, &Memory::default(), world);
    let again = play(platform, page, &first.memory, world);
    assert_eq!(first.reading(), again.reading(), "{platform}");
    (first, again)
}

#[test]
fn statuspal_is_found_by_its_host() {
    let base = "https://statuspal.eu/api/v2/status_pages/harbour-queue";
    let (summary, incidents) = (format!("{base}/summary"), format!("{base}/incidents"));
    let world = World::from([
        (summary.as_str(), "statuspal/incident-open/summary.json"),
        (incidents.as_str(), "statuspal/incident-open/incidents.json"),
    ]);
    for page in ["https://harbour-queue.statuspal.eu/", "https://statuspal.eu/status_pages/harbour-queue", &summary] {
        let played = play("statuspal", page, &Memory::default(), &world);
        assert_eq!(played.reading().health, Health::MajorOutage, "{page}");
        assert_eq!(played.reading().incidents.len(), 2, "{page}");
    }
    let alone = World::from([("https://status.quay.example/", "statuspal/page-on-its-own-domain/summary.html")]);
    let played = play("statuspal", "https://status.quay.example/", &Memory::default(), &alone);
    assert_eq!(played.reading().health, Health::Degraded);
}

#[test]
fn statusiq_is_read_under_the_id_in_its_page() {
    let summary =
        "https://status.quay.example/sp/api/public/summary_details/statuspages/Q2hhbGtQYWdl=?period=1&timezone=UTC";
    let world = World::from([
        ("https://status.quay.example/", "statusiq/page-alone/page.html"),
        (summary, "statusiq/healthy/summary.json"),
    ]);
    let (first, again) = twice("statusiq", "https://status.quay.example/#/incidents", &world);
    assert_eq!(first.reading().health, Health::Operational);
    assert!(first.reading().problems.is_empty());
    assert_eq!(again.asked, [summary]);
}

#[test]
fn freshstatus_is_read_under_the_account_in_its_page() {
    let api = "https://public-api.freshstatus.io/v1";
    let components = format!("{api}/public-components/?account_id=9");
    let open = format!("{api}/public-incidents/?account_id=9&end_time__isempty=true");
    let world = World::from([
        ("https://status.quay.example/", "freshstatus/page-alone/page.html"),
        (components.as_str(), "freshstatus/incident-open/components.json"),
        (open.as_str(), "freshstatus/incident-open/open.json"),
    ]);
    let (first, again) = twice("freshstatus", "https://status.quay.example/", &world);
    assert_eq!(first.reading().health, Health::MajorOutage);
    assert_eq!(again.asked.len(), 3);
}

#[test]
fn uptimerobot_is_read_page_by_page() {
    let list = |number: u8| format!("https://stats.uptimerobot.com/api/getMonitorList/QuayKey123?page={number}");
    let (one, two) = (list(1), list(2));
    let world = World::from([
        (one.as_str(), "uptimerobot/two-pages/monitors.json"),
        (two.as_str(), "uptimerobot/two-pages/monitors-2.json"),
    ]);
    let (first, _) = twice("uptimerobot", "https://stats.uptimerobot.com/QuayKey123", &world);
    assert_eq!((first.reading().health, first.reading().components.iter().count()), (Health::MajorOutage, 21));
    let half = World::from([(one.as_str(), "uptimerobot/two-pages/monitors.json")]);
    let first = play("uptimerobot", "https://stats.uptimerobot.com/QuayKey123", &Memory::default(), &half);
    assert_eq!(first.reading().health, Health::Unknown);
}

#[test]
fn statuscake_is_read_under_the_id_in_its_address_or_page() {
    let report = "https://app.statuscake.com/Workfloor/PublicReportHandler.php?PublicID=QuayId1234";
    let world = World::from([
        ("https://status.quay.example/", "statuscake/page-alone/page.html"),
        (report, "statuscake/down/report.json"),
    ]);
    let (first, again) = twice("statuscake", "https://status.quay.example/", &world);
    assert_eq!(first.reading().health, Health::MajorOutage);
    assert_eq!(again.asked, [report]);
    let played = play("statuscake", "https://uptime.statuscake.com/?TestID=QuayId1234", &Memory::default(), &world);
    assert_eq!(played.asked, [report]);
}

#[test]
fn sorry_asks_for_an_open_notice_by_its_number() {
    let base = "https://status.quay.example/api/v1";
    let addresses = ["status", "components", "notices", "notices/71"].map(|path| format!("{base}/{path}"));
    let files = ["status", "components", "notices", "notice-71"].map(|key| format!("sorry/incident-open/{key}.json"));
    let world: World<'_> = addresses.iter().map(String::as_str).zip(files.iter().map(String::as_str)).collect();
    let played =
        play("sorry", "https://status.quay.example/notices/71-north-quay-is-closed", &Memory::default(), &world);
    let open = played.reading().incidents.iter().find(|one| one.id == "71").unwrap();
    assert_eq!(open.updates.len(), 2);
    assert_eq!(played.asked.len(), 4);
}

#[test]
fn uptimecom_is_asked_below_its_page_or_reads_what_it_embeds() {
    let page = "https://uptime.com/statuspage/quay";
    let (ajax, history) = (format!("{page}/ajax"), format!("{page}/history"));
    let world = World::from([
        (ajax.as_str(), "uptimecom/incident-open/ajax.json"),
        (history.as_str(), "uptimecom/incident-open/history.json"),
        ("https://status.quay.example/", "uptimecom/embedded-in-the-page/ajax.html"),
    ]);
    let played = play("uptimecom", page, &Memory::default(), &world);
    assert_eq!(played.reading().incidents.len(), 2);
    let played = play("uptimecom", "https://status.quay.example/", &Memory::default(), &world);
    assert_eq!(played.reading().health, Health::Degraded);
}
