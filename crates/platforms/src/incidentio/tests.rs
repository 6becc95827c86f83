use tocsin_domain::{Answer, Health, HttpAnswer, Impact, MaintenanceStage};

use super::*;
use crate::{Done, Platform};

const PAGE: &str = "01JQ0000000000000000000PAGE";
const NOW: &str = "2026-05-04T12:00:00Z";

fn now() -> Timestamp {
    NOW.parse().unwrap()
}

fn ulid(tail: &str) -> String {
    format!("01JQ{tail:0>22}")
}

fn payload(key: &str, text: &str) -> Payload {
    Payload { key: key.to_owned(), bytes: text.as_bytes().to_vec(), ..Payload::default() }
}

fn summary() -> String {
    format!(
        r#"{{"page":{{"id":"{page}","name":"Larkmail","url":"https://status.larkmail.example/","updated_at":"2026-05-04T11:50:00Z"}},
        "status":{{"description":"Full outage","indicator":"critical"}},
        "components":[{{"id":"{c1}","name":"Sending","status":"full_outage","position":0,"page_id":"{page}"}},
                      {{"id":"{c2}","name":"Search","status":"operational","position":1,"page_id":"{page}"}}],
        "incidents":[{{"id":"{i1}","name":"Mail is late","status":"identified","impact":"critical","created_at":"2026-05-04T11:40:00Z",
            "updated_at":"2026-05-04T11:50:00Z","page_id":"{page}","incident_updates":[
              {{"id":"{u2}","body":"","status":"identified","created_at":"2026-05-04T11:50:00Z","display_at":"2026-05-04T11:50:00Z"}},
              {{"id":"{u1}","body":"We look.","status":"investigating","created_at":"2026-05-04T11:40:00Z","display_at":"2026-05-04T11:40:00Z"}}]}}]}}"#,
        page = ulid("PAGE"),
        c1 = ulid("C1"),
        c2 = ulid("C2"),
        i1 = ulid("J1"),
        u1 = ulid("V1"),
        u2 = ulid("V2"),
    )
}

fn native() -> String {
    format!(
        r#"{{"summary":{{"id":"{page}","name":"Larkmail","public_url":"https://status.larkmail.example/","intro_text":"$undefined",
        "components":[{{"id":"{c1}","name":"Sending"}},{{"id":"{c2}","name":"Search"}}],
        "structure":{{"items":[{{"group":{{"name":"Mail","hidden":false,"components":[{{"component_id":"{c1}","name":"Sending","hidden":false}}]}}}},
            {{"component":{{"component_id":"{c2}","name":"Search","hidden":true}},"group":null}},
            {{"component":{{"component_id":"{c3}","name":"Archive"}}}}]}},
        "affected_components":[{{"component_id":"{c1}","status":"full_outage","current_status":"partial_outage"}}],
        "ongoing_incidents":[{{"id":"{i1}","name":"Mail is late","type":"incident","status":"identified","published_at":"2026-05-04T11:38:00.5Z",
            "affected_components":[{{"component_id":"{c1}","status":"full_outage"}}],
            "updates":[{{"id":"{u1}","published_at":"2026-05-04T11:40:00.2Z","message_string":"We look.","to_status":"investigating"}}]}}],
        "scheduled_maintenances":[{{"id":"{m1}","name":"New disks","type":"maintenance","status":"maintenance_scheduled",
            "published_at":"2026-05-01T08:00:00Z","affected_components":[{{"component_id":"{c2}","status":"under_maintenance"}}],
            "component_impacts":[{{"start_at":"2026-05-06T02:00:00Z","end_at":"2026-05-06T03:00:00Z"}},{{"start_at":"2026-05-06T02:30:00Z","end_at":"2026-05-06T04:00:00Z"}}],
            "updates":[]}}]}}}}"#,
        page = ulid("PAGE"),
        c1 = ulid("C1"),
        c2 = ulid("C2"),
        c3 = ulid("C3"),
        i1 = ulid("J1"),
        m1 = ulid("M1"),
        u1 = ulid("V1"),
    )
}

fn feed(entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><id>https://status.larkmail.example/</id>\
         <title>Larkmail status</title><updated>2026-05-04T11:50:00.1Z</updated><generator>incident.io</generator>\
         <link rel=\"alternate\" href=\"https://status.larkmail.example/\"/>{entries}</feed>"
    )
}

fn entry(id: &str, word: &str, at: &str) -> String {
    let address = format!("https://status.larkmail.example//incidents/{id}");
    format!(
        "<entry><title type=\"html\"><![CDATA[Mail is late]]></title><id>{address}</id><link href=\"{address}\"/><updated>{at}</updated>\
         <content type=\"html\"><![CDATA[<b>Status: {word}</b><br/><br/>Mail goes out again.<br/><br/><b>Affected components</b>\
         <ul><li>Sending (Degraded performance)</li><li>Search (beta) (Operational)</li></ul>]]></content></entry>"
    )
}

#[test]
fn the_imitation_is_told_from_the_original_by_its_ids() {
    let ours = payload("summary", &summary());
    assert!(READER.recognise(&ours).unwrap().confidence >= 95);
    assert_eq!(Platform::Statuspage.reader().recognise(&ours), None);
    let theirs = payload("summary", &summary().replace(&ulid("PAGE"), "k3x8v0q2m1zt"));
    assert_eq!(READER.recognise(&theirs), None);
    assert_eq!(PAGE.len(), 27, "a ULID has 26 characters, this has one more");
    assert_eq!(READER.recognise(&payload("", &summary().replace(&ulid("PAGE"), PAGE))), None);
}

#[test]
fn missing_fields_are_no_problems_and_a_full_outage_is_a_major_one() {
    let reading = READER.read(&[payload("summary", &summary())], now());
    assert_eq!(reading.problems, []);
    assert_eq!(reading.health, Health::MajorOutage);
    assert_eq!(reading.components[0].health, Health::MajorOutage);
    let report = &reading.incidents[0];
    assert_eq!((report.impact, report.stage), (Some(Impact::Critical), Some(tocsin_domain::Stage::Identified)));
    assert_eq!(
        report.url.as_deref(),
        Some(format!("https://status.larkmail.example/incidents/{}", report.id).as_str())
    );
    assert_eq!(report.updates.len(), 2);
    assert_eq!(report.started_at.unwrap().to_string(), "2026-05-04T11:40:00Z");
    assert!(reading.covers.open);
    assert_eq!(reading.covers.history_since, None);
}

#[test]
fn the_history_is_never_taken_for_the_whole() {
    let history = summary().replace("\"status\":{\"description\":\"Full outage\",\"indicator\":\"critical\"},", "");
    let history = history.replace("\"components\":", "\"listed\":");
    let reading = READER.read(&[payload("summary", &summary()), payload("incidents", &history)], now());
    assert_eq!(reading.covers.history_since.unwrap().to_string(), "2026-05-04T11:40:00Z");
}

#[test]
fn the_pages_own_summary_adds_groups_scope_and_maintenances() {
    let one = payload("summary", &summary());
    let other = payload("native", &native());
    let reading = READER.read(&[one.clone(), other.clone()], now());
    assert_eq!(reading.problems, []);
    assert_eq!(reading.components[0].group, ["Mail"]);
    assert_eq!(reading.components[0].health, Health::MajorOutage);
    assert!(reading.components[1].hidden_while_operational);
    assert_eq!((reading.components[2].name.as_str(), reading.components.len()), ("Archive", 3));
    assert_eq!(reading.incidents.len(), 1);
    assert_eq!(reading.incidents[0].impact, Some(Impact::Critical));
    assert_eq!(reading.incidents[0].components[0].name, "Sending");
    let work = &reading.maintenances[0];
    assert_eq!(work.stage, Some(MaintenanceStage::Scheduled));
    assert_eq!(work.starts_at.unwrap().to_string(), "2026-05-06T02:00:00Z");
    assert_eq!(work.ends_at.unwrap().to_string(), "2026-05-06T04:00:00Z");
    assert_eq!(work.components[0].name, "Search");
    assert_eq!(READER.read(&[other, one], now()), reading);
}

#[test]
fn the_page_alone_is_read_from_its_data() {
    let data = serde_json::to_string(&format!(
        "4:[\"$\",\"$L1\",null,{}]\n",
        native().replace("\"id\":", "\"status_page_id\":\"x\",\"id\":")
    ));
    let page = format!(
        "<!DOCTYPE html><html><head></head><body><header data-testid=\"status-page-header\"></header>\
         <script>self.__next_f.push([1,{}])</script></body></html>",
        data.unwrap()
    );
    assert_eq!(READER.recognise(&payload("html", &page)).unwrap().confidence, 93);
    let reading = READER.read(&[payload("html", &page)], now());
    assert_eq!(reading.problems, []);
    assert_eq!(reading.health, Health::PartialOutage);
    assert_eq!(reading.incidents[0].started_at.unwrap().to_string(), "2026-05-04T11:38:00Z");
    assert_eq!(reading.maintenances.len(), 1);
    let empty = READER.read(&[payload("html", &page.replace("affected_components", "touched"))], now());
    assert_eq!((empty.health, empty.platform), (Health::Unknown, None));
}

#[test]
fn without_a_list_of_what_is_affected_nothing_is_operational() {
    let part =
        native::part(&native().replacen("\"affected_components\":[{\"component_id\"", "\"x\":[{\"component_id\"", 1));
    assert!(part.components.iter().all(|component| component.health == Health::Unknown));
}

#[test]
fn the_feed_holds_the_newest_update_and_the_id_the_start() {
    let id = "01HZX3Q4M8A1B2C3D4E5F6G7H8";
    let text = feed(
        &(entry(id, "Resolved", "2026-05-04T11:50:00.1Z") + &entry(&ulid("M2"), "Scheduled", "2026-05-01T00:00:00Z")),
    );
    let reading = READER.read(&[payload("feed", &text)], now());
    assert_eq!(reading.problems, []);
    assert_eq!(reading.health, Health::Unknown);
    assert_eq!(reading.page.name.as_deref(), Some("Larkmail"));
    let report = &reading.incidents[0];
    assert_eq!(report.url.as_deref(), Some(format!("https://status.larkmail.example/incidents/{id}").as_str()));
    assert_eq!(report.updates[0].body, "Mail goes out again.");
    assert_eq!(report.resolved_at.unwrap().to_string(), "2026-05-04T11:50:00Z");
    assert_eq!(report.started_at.unwrap().to_string(), "2024-06-08T23:42:39Z");
    let names: Vec<&str> = report.components.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Sending", "Search (beta)"]);
    assert_eq!(reading.maintenances[0].stage, Some(MaintenanceStage::Scheduled));
    assert_eq!(Platform::Statuspage.reader().recognise(&payload("feed", &text)), None);
}

#[test]
fn a_word_nobody_knows_ends_nothing() {
    let text = feed(&entry(&ulid("J3"), "Sorted out", "2026-05-04T11:50:00Z"));
    let reading = READER.read(&[payload("feed", &text)], now());
    assert!(!reading.incidents[0].is_closed());
    assert_eq!(reading.problems[0].code, "unknown_status");
    let odd = READER.read(&[payload("summary", &summary().replace("full_outage", "on_fire"))], now());
    assert_eq!(odd.components[0].health, Health::Unknown);
    assert_eq!(odd.problems[0].code, "unknown_status");
}

#[test]
fn whatever_is_cut_off_is_survived() {
    for whole in [summary(), native(), feed(&entry(&ulid("J1"), "Resolved", "2026-05-04T11:50:00Z"))] {
        for end in (0..whole.len()).step_by(7) {
            let cut = payload("", &whole[..whole.floor_char_boundary(end)]);
            READER.recognise(&cut);
            assert_ne!(READER.read(&[cut], now()).health, Health::Operational);
        }
    }
}

fn answered(ask: &HttpAsk, status: u16, body: &str) -> Answered {
    let answer = match status {
        304 => Answer::NotModified,
        _ => Answer::Http(HttpAnswer {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            url: ask.url.clone(),
        }),
    };
    Answered { ask: ask.clone(), answer }
}

/// Plays a poll against these bodies by key; `None` is a 404. Returns the keys asked, round by round.
fn play(
    memory: &mut Memory,
    now: Timestamp,
    bodies: &dyn Fn(&str, bool) -> Option<String>,
) -> (Vec<Vec<String>>, Done) {
    let page = PageAddress { url: "https://status.larkmail.example/eu".parse().unwrap() };
    let mut asks = READER.begin(&page, memory, now);
    let mut fresh = false;
    let (mut rounds, mut answers) = (Vec::new(), Vec::new());
    for _ in 0..4 {
        rounds.push(asks.iter().map(|ask| ask.key.clone()).collect());
        answers.extend(asks.iter().map(|ask| match bodies(&ask.key, fresh) {
            Some(body) if body.is_empty() => answered(ask, 304, ""),
            Some(body) => answered(ask, 200, &body),
            None => answered(ask, 404, ""),
        }));
        match READER.next(&page, memory, &answers, now) {
            Turn::More { asks: more, fresh: again } => (asks, fresh) = (more, again),
            Turn::Done { done, memory: remembered } => {
                *memory = remembered;
                return (rounds, done);
            }
        }
    }
    panic!("four rounds were not enough: {rounds:?}");
}

#[test]
fn one_request_while_nothing_changes_and_the_whole_when_something_did() {
    let mut memory = Memory::default();
    let all = |key: &str, _: bool| match key {
        "summary" => Some(summary()),
        "native" => Some(native()),
        _ => None,
    };
    let (rounds, done) = play(&mut memory, now(), &all);
    assert_eq!(rounds, [vec!["summary"], vec!["incidents", "native"]]);
    assert!(matches!(done, Done::Read(reading) if reading.maintenances.len() == 1));
    let (rounds, done) = play(&mut memory, now().plus(60), &|_, _| Some(String::new()));
    assert_eq!(rounds, [["summary"]]);
    assert!(matches!(done, Done::Unchanged));
    // The summary changed, the page's own data says that it did not: its body is asked for all the same.
    let moved = |key: &str, fresh: bool| match key {
        "summary" => Some(summary().replace("11:50:00Z\"},", "11:59:00Z\"},")),
        "native" => Some(if fresh { native() } else { String::new() }),
        _ => None,
    };
    let (rounds, done) = play(&mut memory, now().plus(120), &moved);
    assert_eq!(rounds, [vec!["summary"], vec!["incidents", "native"], vec!["native"]]);
    assert!(matches!(done, Done::Read(reading) if reading.components[0].group == ["Mail"]));
}

#[test]
fn without_the_imitation_the_feed_serves() {
    let mut memory = Memory::default();
    let only_feed =
        |key: &str, _: bool| (key == "feed").then(|| feed(&entry(&ulid("J1"), "Monitoring", "2026-05-04T11:50:00Z")));
    let (rounds, done) = play(&mut memory, now(), &only_feed);
    assert_eq!(rounds, [["summary"], ["feed"]]);
    assert!(matches!(done, Done::Read(reading) if reading.incidents.len() == 1));
}

#[test]
fn asks_stand_below_the_pages_full_path() {
    let page = PageAddress { url: "https://host.example/base".parse().unwrap() };
    let ask = READER.begin(&page, &Memory::default(), now()).remove(0);
    assert_eq!(ask.url, "https://host.example/base/api/v2/summary.json");
    let answers = [answered(&ask, 200, &summary())];
    let Turn::More { asks, .. } = READER.next(&page, &Memory::default(), &answers, now()) else {
        panic!("it is not done")
    };
    assert_eq!(asks[1].url, "https://host.example/base/proxy/host.example");
}
