//! What was: history further back than the lists of a poll, and incidents that are looked at again after their end.

use serde_json::{Value, json};
use tocsin_domain::{Reading, Stage, Timestamp};
use tocsin_platforms::{Done, Memory};

use crate::world::{Played, Site, World, case, play_at};

const PAGE: &str = "https://status.quayside.example";
const PAGE_ID: &str = "q7w2e9r4t1y6";
const DAY_S: i64 = 24 * 3600;
const MOST_ASKS: usize = 8;

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn below(path: &str) -> String {
    format!("{PAGE}/{path}")
}

fn site(json: &Value) -> Site {
    Site::Body(serde_json::to_vec(json).unwrap())
}

fn play(page: &str, platform: &str, memory: &Memory, world: &World, now: Timestamp) -> Played {
    let played = play_at(now, platform, page, memory, world);
    assert!(played.asked.len() <= MOST_ASKS, "{:?}", played.asked);
    played
}

fn first_of(played: &Played, key: &str) -> bool {
    played.asked.iter().any(|url| url.contains(key))
}

/// An incident of Statuspage's that ended an hour after it began.
fn incident(id: &str, began: Timestamp, last: &str) -> Value {
    let ended = began.plus(3600);
    let update = |number: u8, stage: &str, at: Timestamp, body: &str| {
        json!({"id": format!("{id}{number}"), "status": stage, "body": body, "created_at": at.to_string(),
            "display_at": at.to_string(), "incident_id": id, "affected_components": null})
    };
    json!({"id": id, "name": format!("Trouble {id}"), "status": "resolved", "impact": "minor", "page_id": PAGE_ID,
        "created_at": began.to_string(), "started_at": began.to_string(), "updated_at": ended.to_string(),
        "resolved_at": ended.to_string(), "shortlink": format!("https://stspg.io/{id}"), "components": [],
        "incident_updates": [update(2, "resolved", ended, last), update(1, "investigating", began, "We look into it.")]})
}

fn page_row() -> Value {
    json!({"id": PAGE_ID, "name": "Quayside", "url": PAGE, "time_zone": "Etc/UTC", "updated_at": "2026-03-01T11:00:00.000Z"})
}

/// A page whose fifty last incidents began within the last 50 days, one a day.
fn busy() -> World {
    let all: Vec<Value> =
        (1..=50).map(|day| incident(&format!("inc{day:09}"), now().plus(-day * DAY_S), "It is over.")).collect();
    let component = json!({"id": "k2m4n6p8q0rs", "name": "Berths", "status": "operational", "group": false,
        "group_id": null, "only_show_if_degraded": false});
    let summary = json!({"page": page_row(), "status": {"indicator": "none", "description": "All Systems Operational"},
        "components": [component], "incidents": [], "scheduled_maintenances": []});
    World::default()
        .with(&below("api/v2/summary.json"), site(&summary))
        .with(&below("api/v2/incidents.json"), site(&json!({"page": page_row(), "incidents": all})))
        .with(
            &below("api/v2/scheduled-maintenances.json"),
            site(&json!({"page": page_row(), "scheduled_maintenances": []})),
        )
}

/// The first day of the quarter that a part of a history begins with: part 1 is January to March 2026.
fn quarter(part: i64) -> (i64, i64) {
    let months = 2026 * 12 - (part - 1) * 3;
    (months.div_euclid(12), months.rem_euclid(12) + 1)
}

/// One part of a history, with an incident on the fifth of its first month.
fn part(number: i64) -> Value {
    let (year, month) = quarter(number);
    let name =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][(month - 1) as usize];
    let day = "<var data-var='date'>5</var>";
    let at = |clock: &str| format!("<var data-var='time'>{clock}</var>");
    let row = json!({"code": format!("old{number:09}"), "name": format!("Old trouble {number}"), "message": "It is over.",
        "impact": "major", "timestamp": format!("{name} {day}, {} - {} UTC", at("10:00"), at("11:30"))});
    let going_on = json!({"code": format!("odd{number:09}"), "name": "It names no end", "message": "",
        "impact": "minor", "timestamp": format!("{name} {day}, {} UTC", at("12:00"))});
    let months = json!([{"name": name, "year": year, "starts_on": 0, "days": 31, "incidents": [row, going_on]}]);
    let last_day = [31, 30, 30, 31][((month - 1) / 3) as usize];
    json!({"page_status": {"page": {"id": PAGE_ID, "name": "Quayside", "domain": "status.quayside.example"}},
        "components": [], "months": months, "component_filter": [], "show_component_filter": true,
        "start_time": format!("{year}-{month:02}-01T00:00:00Z"),
        "end_time": format!("{year}-{:02}-{last_day}T23:59:59Z", month + 2)})
}

fn html(json: &Value) -> Site {
    let props = json.to_string().replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;");
    let page = format!(
        "<!DOCTYPE html><html><head><title>Quayside Status - Incident History</title></head><body>\
         <div data-react-class=\"HistoryIndex\" data-react-props=\"{props}\"></div></body></html>"
    );
    Site::Body(page.into_bytes())
}

fn with_history(world: World, path: &str, as_site: impl Fn(&Value) -> Site) -> World {
    (1..=6).fold(world, |world, number| world.with(&below(&format!("{path}?page={number}")), as_site(&part(number))))
}

fn ids(reading: &Reading) -> Vec<&str> {
    let old = |id: &&str| id.starts_with("old");
    reading.incidents.iter().map(|one| one.id.as_str()).filter(old).collect()
}

#[test]
fn a_year_of_a_busy_page_is_fetched_with_its_first_polls() {
    let world = with_history(busy(), "history.json", site);
    let first = play(PAGE, "statuspage", &Memory::default(), &world, now());
    assert_eq!(first.rounds, [1, 2, 2]);
    assert_eq!(ids(first.reading()), ["old000000001", "old000000002"]);
    assert_eq!(first.reading().incidents.len(), 54, "what has no end and is old is over");
    assert_eq!(first.reading().covers.history_since, "2025-10-01T00:00:00Z".parse().ok());
    assert_eq!((first.reading().covers.open, first.reading().problems.len()), (true, 0));
    // Nothing changed meanwhile: the rest is fetched all the same.
    let second = play(PAGE, "statuspage", &first.memory, &world.unchanged(), now().plus(300));
    assert_eq!(ids(second.reading()), ["old000000003", "old000000004"]);
    // This reading does not hold what lies between.
    assert_eq!(second.reading().covers.history_since, Some(now().plus(-50 * DAY_S)));
    let world = with_history(busy(), "history.json", site);
    let third = play(PAGE, "statuspage", &second.memory, &world, now().plus(600));
    assert_eq!(ids(third.reading()), ["old000000005", "old000000006"], "a year, in pairs: {:?}", third.asked);
    let fourth = play(PAGE, "statuspage", &third.memory, &world, now().plus(900));
    assert!(!first_of(&fourth, "history"), "{:?}", fourth.asked);
    // After half a year in which nobody looked only what lies between is fetched.
    let later = now().plus(10 * DAY_S);
    let mut memory = fourth.memory.clone();
    memory.set("back", json!({"seen": now().plus(-100 * DAY_S).as_second()}));
    memory.0.remove("summary");
    let again = play(PAGE, "statuspage", &memory, &world, later);
    assert_eq!(ids(again.reading()), ["old000000001", "old000000002"]);
    let done = play(PAGE, "statuspage", &again.memory, &world, later.plus(3600));
    assert!(!first_of(&done, "history"), "{:?}", done.asked);
}

#[test]
fn a_history_that_is_no_json_is_read_from_its_page() {
    let world = with_history(busy(), "history", html);
    let first = play(PAGE, "statuspage", &Memory::default(), &world, now());
    assert_eq!(ids(first.reading()), Vec::<&str>::new());
    let second = play(PAGE, "statuspage", &first.memory, &world, now().plus(300));
    assert_eq!(ids(second.reading()), ["old000000001", "old000000002"], "{:?}", second.asked);
    assert_eq!(second.reading().covers.history_since, "2025-10-01T00:00:00Z".parse().ok());
}

#[test]
fn a_history_that_is_not_there_or_does_not_answer_costs_little() {
    let mut memory = Memory::default();
    let mut asked = 0;
    for turn in 0..6 {
        let played = play(PAGE, "statuspage", &memory, &busy(), now().plus(turn * 300));
        asked += played.asked.iter().filter(|url| url.contains("/history")).count();
        assert_eq!(played.reading().problems, []);
        memory = played.memory;
    }
    assert_eq!(asked, 4, "both of its forms, once");
    let (mut memory, mut asked) = (Memory::default(), 0);
    let dead = (1..=3)
        .fold(busy(), |world, number| world.with(&below(&format!("history.json?page={number}")), Site::Status(503)));
    for turn in 0..6 {
        let played = play(PAGE, "statuspage", &memory, &dead, now().plus(turn * 300));
        asked += played.asked.iter().filter(|url| url.contains("/history")).count();
        memory = played.memory;
    }
    assert_eq!(asked, 6, "three times two parts");
}

#[test]
fn a_page_that_lists_all_there_ever_was_is_asked_for_nothing_more() {
    let few = json!({"page": page_row(), "incidents": [incident("inc000000001", now().plus(-DAY_S), "Over.")]});
    let world = with_history(busy(), "history.json", site).with(&below("api/v2/incidents.json"), site(&few));
    let played = play(PAGE, "statuspage", &Memory::default(), &world, now());
    assert_eq!(played.asked.len(), 3, "{:?}", played.asked);
}

const FEED: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feed xml:lang=\"en-US\" xmlns=\"http://www.w3.org/2005/Atom\">\
    <id>tag:status.quayside.example,2005:/history</id><link rel=\"alternate\" type=\"text/html\" href=\"https://status.quayside.example\"/>\
    <title>Quayside Status - Incident History</title><updated>2026-03-01T11:00:00Z</updated><author><name>Quayside</name></author>ENTRIES</feed>";

fn feed(entries: &str) -> Site {
    Site::Body(FEED.replace("ENTRIES", entries).into_bytes())
}

#[test]
fn what_fell_out_of_the_feed_is_looked_at_by_itself() {
    let entry = "<entry><id>tag:status.quayside.example,2005:Incident/27240563</id><published>2026-02-28T10:00:00Z</published>\
        <updated>2026-02-28T10:00:00Z</updated><link rel=\"alternate\" type=\"text/html\" \
        href=\"https://status.quayside.example/incidents/q1w2e3r4t5y6\"/><title>Nothing could be sent</title>\
        <content type=\"html\">&lt;p&gt;&lt;small&gt;Feb &lt;var data-var='date'&gt;28&lt;/var&gt;, &lt;var data-var='time'&gt;10:00&lt;/var&gt; \
        UTC&lt;/small&gt;&lt;br&gt;&lt;strong&gt;Resolved&lt;/strong&gt; - It is over.&lt;/p&gt;</content></entry>";
    let api_is_off = || World::default().with(&below("api/v2/summary.json"), Site::Status(403));
    let listed = api_is_off().with(&below("history.atom"), feed(entry));
    let first = play(PAGE, "statuspage", &Memory::default(), &listed, now());
    assert_eq!(first.reading().incidents.len(), 1);
    // Days later it is listed no more. Its own page is there, its JSON is not.
    let page = String::from_utf8(case("statuspage/one-incident-as-page/incident.html")).unwrap();
    let page = page.replace("status.harbourqueue.example", "status.quayside.example");
    let other = entry.replace("q1w2e3r4t5y6", "a1a1a1a1a1a1").replace("27240563", "27240564");
    let fallen = api_is_off()
        .with(&below("history.atom"), feed(&other))
        .with(&below("incidents/q1w2e3r4t5y6"), Site::Body(page.into_bytes()));
    let later = now().plus(2 * DAY_S);
    let second = play(PAGE, "statuspage", &first.memory, &fallen, later);
    let told = second.reading().incidents.iter().find(|one| one.id == "q1w2e3r4t5y6").unwrap();
    assert!(told.updates.iter().any(|update| update.body.contains("A disk was full")), "{told:?}");
    // From then on it is asked for where it was found; once a day.
    let third = play(PAGE, "statuspage", &second.memory, &fallen, later.plus(3600));
    assert!(!first_of(&third, "/incidents/"), "{:?}", third.asked);
    let fourth = play(PAGE, "statuspage", &third.memory, &fallen, later.plus(DAY_S + 60));
    let looks: Vec<_> = fourth.asked.iter().filter(|url| url.contains("/incidents/q1w2")).collect();
    assert_eq!(looks, [&format!("{}!", below("incidents/q1w2e3r4t5y6"))]);
    let month = play(PAGE, "statuspage", &fourth.memory, &fallen, now().plus(31 * DAY_S));
    assert!(!first_of(&month, "/incidents/q1w2"), "{:?}", month.asked);
}

#[test]
fn how_an_incident_ended_that_vanished_from_a_page_is_looked_up_at_once() {
    let page = String::from_utf8(case("statuspage/page-html/page.html")).unwrap();
    let off = || World::default().with(&below("api/v2/summary.json"), Site::Status(403));
    let root = format!("{PAGE}/");
    let first =
        play(PAGE, "statuspage", &Memory::default(), &off().with(&root, Site::Body(page.clone().into())), now());
    let open = first.reading().incidents.iter().find(|one| !one.is_closed()).expect("the case has one open").id.clone();
    let well = page.replace("unresolved-incident", "told-before");
    let well = well.replace("</body>", "<div class=\"page-status status-none\"><span>All well</span></div></body>");
    let alone = incident(&open, now().plus(-3600), "The cable is whole again.");
    let world =
        off().with(&root, Site::Body(well.into())).with(&below(&format!("incidents/{open}.json")), site(&alone));
    let second = play(PAGE, "statuspage", &first.memory, &world, now().plus(300));
    let told = second.reading().incidents.iter().find(|one| one.id == open).unwrap();
    assert_eq!((told.stage, told.resolved_at), (Some(Stage::Resolved), Some(now())));
}

const NOTICES: &str = "https://status.harbour-queue.example.com/api/v1";

fn notice(id: i64, began: Timestamp, state: &str, content: &str) -> Value {
    let over = state == "resolved";
    json!({"id": id, "type": "unplanned", "timeline_state": if over { "past" } else { "present" }, "state": state,
        "subject": format!("Trouble {id}"), "url": format!("https://status.harbour-queue.example.com/notices/{id}"),
        "began_at": began.to_string(), "ended_at": over.then(|| began.plus(3600).to_string()),
        "created_at": began.to_string(), "updated_at": began.to_string(),
        "latest_update": {"state": state, "content": content, "created_at": began.plus(3600).to_string()}})
}

#[test]
fn sorry_goes_back_page_by_page_and_looks_again_at_what_fell_out_of_its_list() {
    let list = |from: i64, next: Value| {
        let rows: Vec<Value> =
            (from..from + 25).map(|day| notice(1000 - day, now().plus(-day * DAY_S), "resolved", "Over.")).collect();
        json!({"notices": rows, "meta": {"count": 25, "total_count": 60, "next_page": next}})
    };
    let end = json!({"notices": [], "meta": {"count": 0, "total_count": 50, "next_page": null}});
    let world = |first: i64| {
        World::default()
            .body(&format!("{NOTICES}/components"), "sorry/healthy/components.json")
            .body(&format!("{NOTICES}/status"), "sorry/healthy/status.json")
            .with(&format!("{NOTICES}/notices"), site(&list(first, json!(2))))
            .with(&format!("{NOTICES}/notices?page=2"), site(&list(26, json!(3))))
            .with(&format!("{NOTICES}/notices?page=3"), site(&end))
            .with(
                &format!("{NOTICES}/notices/999"),
                site(&json!({"notice": notice(999, now().plus(-DAY_S), "resolved", "Rewritten.")})),
            )
    };
    let page = "https://status.harbour-queue.example.com/";
    let first = play(page, "sorry", &Memory::default(), &world(1), now());
    assert_eq!(first.reading().incidents.len(), 50, "{:?}", first.asked);
    assert_eq!(first.reading().covers.history_since, Some(now().plus(-50 * DAY_S)));
    let again = play(page, "sorry", &first.memory, &world(1).unchanged(), now().plus(300));
    assert!(matches!(again.done, Done::Unchanged), "all is known: {:?}", again.asked);
    // Two days later the list begins a day later than it did.
    let moved = play(page, "sorry", &again.memory, &world(2), now().plus(2 * DAY_S));
    let told = moved.reading().incidents.iter().find(|one| one.id == "999").unwrap();
    assert_eq!(told.updates.last().unwrap().body, "Rewritten.");
}

#[test]
fn issues_are_read_page_by_page_for_a_year() {
    let row = |number: i64| {
        let at = now().plus((number - 200) * 4 * DAY_S).to_string();
        json!({"number": number, "state": "closed", "title": format!("Late boats {number}"), "comments": 0, "body": "Late.",
            "user": {"login": "keeper", "type": "User"}, "author_association": "MEMBER", "labels": [{"name": "incident"}],
            "html_url": format!("https://github.com/harbour-queue/status/issues/{number}"),
            "created_at": at, "updated_at": at, "closed_at": at})
    };
    let list = |from: i64| site(&Value::Array((0..50).map(|nth| row(from - nth)).collect()));
    let url =
        "https://api.github.com/repos/harbour-queue/status/issues?state=all&sort=updated&direction=desc&per_page=50";
    let open = "https://api.github.com/repos/harbour-queue/status/issues?state=open&per_page=100";
    let world = [(2, 150), (3, 100)]
        .into_iter()
        .fold(World::default(), |world, (number, from)| world.with(&format!("{url}&page={number}"), list(from)));
    let world = world.with(url, list(200)).with(open, site(&json!([])));
    let page = "https://github.com/harbour-queue/status";
    let played = play(page, "githubissues", &Memory::default(), &world, now());
    assert_eq!(played.reading().incidents.len(), 150);
    let again = play(page, "githubissues", &played.memory, &world, now().plus(300));
    assert!(!first_of(&again, "&page="), "two years are known: {:?}", again.asked);
}

#[test]
fn kener_is_asked_for_the_words_of_what_ended_lately() {
    let base = "https://status.harbour.example";
    let now: Timestamp = "2026-11-20T09:43:00Z".parse().unwrap();
    let world = World::of(&[
        ("https://status.harbour.example/__data.json", "kener/down/data.json"),
        ("https://status.harbour.example/dashboard-apis/monitor-bars", "kener/down/bars.json"),
        ("https://status.harbour.example/dashboard-apis/notifications", "kener/down/notices.json"),
        ("https://status.harbour.example/incidents/4/__data.json", "kener/down/incident.4.json"),
    ]);
    let address = format!("{base}/");
    let first = play(&address, "kener", &Memory::default(), &world, now);
    // Number 4 is gone from every list the next day, and its own page tells how it went on.
    let gone = json!({"notifications": []});
    let world = world.with(&format!("{base}/dashboard-apis/notifications"), site(&gone));
    let second = play(&address, "kener", &first.memory, &world, now.plus(DAY_S));
    assert!(first_of(&second, "/incidents/4/__data.json!"), "{:?}", second.asked);
}

/// Whatever stands where the past should be: what is read of now stays the same.
#[test]
fn a_past_that_is_none_changes_nothing() {
    let plain = play(PAGE, "statuspage", &Memory::default(), &busy(), now());
    let junk = [
        b"{}".to_vec(),
        b"[]".to_vec(),
        b"{\"months\": [{\"year\": \"x\", \"incidents\": [7, null, {}]}], \"start_time\": 7}".to_vec(),
        b"<!doctype html><html><body data-react-class=\"HistoryIndex\" data-react-props=\"{\"></body></html>".to_vec(),
        serde_json::to_vec(&part(1)).unwrap()[..400].to_vec(),
        case("statuspage/forbidden/summary.json"),
    ];
    for bytes in junk {
        let world = (1..=2).fold(busy(), |world, number| {
            world.with(&below(&format!("history.json?page={number}")), Site::Body(bytes.clone()))
        });
        let played = play(PAGE, "statuspage", &Memory::default(), &world, now());
        assert_eq!(played.reading(), plain.reading(), "{}", String::from_utf8_lossy(&bytes));
    }
    // A history that says that something goes on says nothing of now.
    let world = with_history(busy(), "history.json", |part| {
        let mut part = part.clone();
        part["months"][0]["year"] = json!(2026);
        part["months"][0]["incidents"][1]["timestamp"] = json!("Feb 28, 12:00 UTC");
        site(&part)
    });
    let played = play(PAGE, "statuspage", &Memory::default(), &world, now());
    assert!(
        played.reading().incidents.iter().all(|one| one.is_closed())
            && played.reading().health == plain.reading().health
    );
}
