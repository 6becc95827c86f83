//! Pages that must first be asked where they keep what they say, and lists that come in pieces.

use tocsin_domain::{Health, Timestamp};
use tocsin_platforms::Memory;

use crate::world::{Played, World, play_at};

fn play(platform: &str, page: &str, memory: &Memory, world: &World) -> Played {
    play_at(at(), platform, page, memory, world)
}

fn at() -> Timestamp {
    "2026-05-20T12:00:00Z".parse().unwrap()
}

/// Plays a poll and a second one with what the first remembered: both read the same, and the second asks at once.
fn twice(platform: &str, page: &str, world: &World) -> (Played, Played) {
    let first = play(platform, page, &Memory::default(), world);
    let again = play(platform, page, &first.memory, world);
    assert_eq!(first.reading(), again.reading(), "{platform}");
    (first, again)
}

#[test]
fn statuspal_is_found_by_its_host() {
    let base = "https://statuspal.eu/api/v2/status_pages/harbour-queue";
    let (summary, incidents) = (format!("{base}/summary"), format!("{base}/incidents"));
    let world = World::of(&[
        (summary.as_str(), "statuspal/incident-open/summary.json"),
        (incidents.as_str(), "statuspal/incident-open/incidents.json"),
    ]);
    for page in ["https://harbour-queue.statuspal.eu/", "https://statuspal.eu/status_pages/harbour-queue", &summary] {
        let played = play("statuspal", page, &Memory::default(), &world);
        assert_eq!(played.reading().health, Health::MajorOutage, "{page}");
        assert_eq!(played.reading().incidents.len(), 2, "{page}");
    }
    let alone = World::of(&[("https://status.quay.example/", "statuspal/page-on-its-own-domain/summary.html")]);
    let played = play("statuspal", "https://status.quay.example/", &Memory::default(), &alone);
    assert_eq!(played.reading().health, Health::Degraded);
}

#[test]
fn statusiq_is_read_under_the_id_in_its_page() {
    let summary =
        "https://status.quay.example/sp/api/public/summary_details/statuspages/Q2hhbGtQYWdl=?period=1&timezone=UTC";
    let world = World::of(&[
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
    let world = World::of(&[
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
    let world = World::of(&[
        (one.as_str(), "uptimerobot/two-pages/monitors.json"),
        (two.as_str(), "uptimerobot/two-pages/monitors-2.json"),
    ]);
    let (first, _) = twice("uptimerobot", "https://stats.uptimerobot.com/QuayKey123", &world);
    assert_eq!((first.reading().health, first.reading().components.iter().count()), (Health::MajorOutage, 21));
    let half = World::of(&[(one.as_str(), "uptimerobot/two-pages/monitors.json")]);
    let first = play("uptimerobot", "https://stats.uptimerobot.com/QuayKey123", &Memory::default(), &half);
    assert_eq!(first.reading().health, Health::Unknown);
}

#[test]
fn statuscake_is_read_under_the_id_in_its_address_or_page() {
    let report = "https://app.statuscake.com/Workfloor/PublicReportHandler.php?PublicID=QuayId1234";
    let world = World::of(&[
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
    let both: Vec<_> = addresses.iter().map(String::as_str).zip(files.iter().map(String::as_str)).collect();
    let world = World::of(&both);
    let played =
        play("sorry", "https://status.quay.example/notices/71-north-quay-is-closed", &Memory::default(), &world);
    let open = played.reading().incidents.iter().find(|one| one.id == "71").unwrap();
    assert_eq!(open.updates.len(), 2);
    // And what was before, as the list goes on.
    let further = [2, 3].map(|number| format!("{base}/notices?page={number}!"));
    assert_eq!((played.rounds, &played.asked[4..]), (vec![3, 1, 2], further.as_slice()));
}

#[test]
fn uptimecom_is_asked_below_its_page_or_reads_what_it_embeds() {
    let page = "https://uptime.com/statuspage/quay";
    let (ajax, history) = (format!("{page}/ajax"), format!("{page}/history"));
    let world = World::of(&[
        (ajax.as_str(), "uptimecom/incident-open/ajax.json"),
        (history.as_str(), "uptimecom/incident-open/history.json"),
        ("https://status.quay.example/", "uptimecom/embedded-in-the-page/ajax.html"),
    ]);
    let played = play("uptimecom", page, &Memory::default(), &world);
    assert_eq!(played.reading().incidents.len(), 2);
    let played = play("uptimecom", "https://status.quay.example/", &Memory::default(), &world);
    assert_eq!(played.reading().health, Health::Degraded);
}

/// What was remembered of a page is looked for anew once it leads nowhere.
#[test]
fn an_id_that_is_out_of_date_is_forgotten() {
    let stale = play("uptimekuma", "https://up.quay.example/", &Memory::default(), &World::default());
    assert!(stale.memory.0.is_empty(), "{:?}", stale.memory);
    let mut memory = Memory::default();
    memory.set("slug", "renamed");
    memory.set("surface", "uptimekuma");
    let gone = play("uptimekuma", "https://up.quay.example/", &memory, &World::default());
    assert_eq!(gone.why_not(), "not_recognised");
    assert!(gone.memory.0.is_empty(), "{:?}", gone.memory);
}
