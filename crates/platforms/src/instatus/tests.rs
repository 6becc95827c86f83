use tocsin_domain::{Answer, Health, HttpAnswer, Impact, MaintenanceStage, Stage};

use super::*;
use crate::{Done, Platform};

const ID: &str = "cmfake0000001aaaaaaaaaaaa";
const WORK: &str = "cmfake0000002bbbbbbbbbbbb";

fn now() -> Timestamp {
    "2026-06-05T02:00:00Z".parse().unwrap()
}

fn payload(key: &str, text: &str) -> Payload {
    Payload { key: key.to_owned(), bytes: text.as_bytes().to_vec(), ..Payload::default() }
}

fn read(payloads: &[(&str, &str)]) -> Reading {
    let payloads: Vec<Payload> = payloads.iter().map(|(key, text)| payload(key, text)).collect();
    READER.read(&payloads, now())
}

const QUIET: &str = r#"{"page":{"name":"Quillo","url":"https://status.quillo.example","status":"UP"}}"#;

fn busy() -> String {
    format!(
        r#"{{"page":{{"name":"Quillo","url":"https://status.quillo.example","status":"ONEMAJOROUTAGE"}},
        "activeIncidents":[{{"id":"{ID}","name":"Calls drop","started":"2026-06-04T21:10:00.128Z","status":"MONITORING","impact":"MAJOROUTAGE",
            "url":"https://status.quillo.example/{ID}","updatedAt":"2026-06-05T01:00:01.838Z"}}],
        "activeMaintenances":[{{"id":"{WORK}","name":"New cables","start":"Sat Jun 13 2026 18:00:00 GMT+0000 (Coordinated Universal Time)",
            "status":"NOTSTARTEDYET","duration":"90","url":"https://status.quillo.example/{WORK}"}}]}}"#
    )
}

const COMPONENTS: &str = r#"{"components":[
    {"id":"g1","name":{"default":"Voice","de":"Sprache"},"status":"MAJOROUTAGE","isParent":true,"group":null,"children":[
        {"id":"c1","name":"Calls","status":"MAJOROUTAGE","group":{"id":"g1","name":"Voice"},"children":[]},
        {"id":"g2","name":"Far","status":"OPERATIONAL","children":[{"id":"c2","name":{"en":"Satellite"},"status":"UNDERMAINTENANCE"}]}]},
    {"id":"c1","name":"Calls","status":"MAJOROUTAGE","group":{"id":"g1","name":"Voice"}},
    {"id":"c3","name":"Chat","status":"SOMETHINGNEW","group":null},
    {"id":"c4","name":"Old","status":"MAJOROUTAGE","archivedAt":"2024-01-01T00:00:00Z"},
    {"id":"c5","name":"Web","status":"DEGRADEDPERFORMANCE","group":{"id":"g9","name":"Sites"}}]}"#;

fn block(day: &str, time: &str, word: &str, text: &str) -> String {
    format!(
        "<p><small>Jun <var data-var='date'> {day}</var>, <var data-var='time'>{time}</var> GMT+0</small><br /><strong>{word}</strong> -\n    {text}.</p>"
    )
}

fn entry(kind: &str, id: &str, published: &str, updated: &str, blocks: &str) -> String {
    format!(
        "<entry><id>tag:status.quillo.example,2005:{kind}/{id}</id><published>{published}</published><updated>{updated}</updated>\
         <link rel=\"alternate\" type=\"text/html\" href=\"https://status.quillo.example/{id}\"/><title>Calls drop</title>\
         <content type=\"html\"><![CDATA[<p><strong>Type:</strong> {kind}</p><p><strong>Duration:</strong> 4 hours</p>\
         <p><strong>Affected Components:</strong> Calls, Web</p>{blocks}]]></content></entry>"
    )
}

fn feed(entries: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><id>tag:status.quillo.example,2005:/history</id>\
         <title>Quillo Status - Incident history</title><updated>2026-06-05T01:40:38.000+00:00</updated>{entries}</feed>"
    )
}

fn resolved() -> String {
    let blocks = block("5", "01:40:38", "Resolved", "All calls go through.")
        + &block("5", "01:00:00", "Monitoring", "Better")
        + &block("4", "21:10:00", "Investigating", "We look");
    feed(&entry("Incident", ID, "2026-06-04T21:10:00.000+00:00", "2026-06-05T01:40:38.000+00:00", &blocks))
}

#[test]
fn omitted_lists_are_empty_and_the_pages_word_counts_without_components() {
    let reading = read(&[("summary", QUIET)]);
    assert_eq!((reading.health, reading.problems.len(), reading.covers.open), (Health::Operational, 0, true));
    let reading = read(&[("summary", &QUIET.replace("UP", "SOMEPARTIALOUTAGE"))]);
    assert_eq!(reading.health, Health::PartialOutage);
    let reading =
        read(&[("summary", &QUIET.replace("\"UP\"", "\"MOSTLY\",\"x\":1}, \"activeIncidents\":[], \"y\":{\"z\":0"))]);
    assert_eq!((reading.health, reading.problems[0].code.as_str()), (Health::Unknown, "unknown_status"));
}

#[test]
fn notices_are_read_with_their_odd_times() {
    let reading = read(&[("summary", &busy())]);
    assert_eq!(reading.problems, []);
    assert_eq!(reading.health, Health::MajorOutage);
    let report = &reading.incidents[0];
    assert_eq!(
        (report.id.as_str(), report.impact, report.stage),
        (ID, Some(Impact::Critical), Some(Stage::Monitoring))
    );
    assert_eq!(report.started_at.unwrap().to_string(), "2026-06-04T21:10:00Z");
    let work = &reading.maintenances[0];
    assert_eq!(work.stage, Some(MaintenanceStage::Scheduled));
    assert_eq!(work.starts_at.unwrap().to_string(), "2026-06-13T18:00:00Z");
    assert_eq!(work.ends_at.unwrap().to_string(), "2026-06-13T19:30:00Z");
    for odd in ["\"soon\"", "\"-5\"", "\"1e99\"", "\"NaN\""] {
        let reading = read(&[("summary", &busy().replace("\"90\"", odd))]);
        assert_eq!(reading.maintenances[0].ends_at, None, "{odd}");
        assert_eq!(reading.problems[0].place, "activeMaintenances[0].duration");
    }
}

#[test]
fn components_are_leaves_with_the_groups_around_them() {
    let reading = read(&[("components", COMPONENTS), ("summary", QUIET)]);
    let rows: Vec<(&str, Vec<&str>, Health)> = reading
        .components
        .iter()
        .map(|one| (one.name.as_str(), one.group.iter().map(String::as_str).collect(), one.health))
        .collect();
    assert_eq!(
        rows,
        [
            ("Calls", vec!["Voice"], Health::MajorOutage),
            ("Satellite", vec!["Voice", "Far"], Health::Maintenance),
            ("Chat", vec![], Health::Unknown),
            ("Web", vec!["Sites"], Health::Degraded),
        ]
    );
    assert_eq!(reading.health, Health::MajorOutage);
    assert_eq!(reading.problems.len(), 1);
    let bare = r#"[{"id":"a","name":"A","status":"OPERATIONAL"}]"#;
    assert_eq!(read(&[("", bare)]).components.len(), 1);
    assert!(READER.recognise(&payload("", bare)).is_some());
    let lower = bare.replace("OPERATIONAL", "operational");
    assert_eq!(READER.recognise(&payload("", &lower)), None, "that is how others write");
    assert_eq!(READER.recognise(&payload("", "[]")), None);
    assert!(READER.recognise(&payload("components", "[]")).is_some());
}

#[test]
fn components_that_cannot_be_read_are_not_well() {
    for garbage in ["<!doctype html><html></html>", "{\"components\":[{\"id\":\"a\"}]}", "[7]", "{"] {
        let reading = read(&[("summary", QUIET), ("components", garbage)]);
        assert_eq!((reading.health, reading.problems.len()), (Health::Unknown, 1), "{garbage}");
    }
    // A history that is not there costs nothing but itself; one odd row hides no other.
    assert_eq!(read(&[("summary", QUIET), ("history", "<!doctype html><html></html>")]).health, Health::Operational);
    let odd = r#"[{"id":"a","status":{"x":1}},{"id":"b","name":"B","status":"MAJOROUTAGE"}]"#;
    assert_eq!(read(&[("summary", QUIET), ("components", odd)]).health, Health::MajorOutage);
    let new_word = QUIET.replace("UP", "SLEEPY");
    assert_eq!(READER.recognise(&payload("summary", &new_word)).unwrap().confidence, 70);
    assert_eq!(read(&[("summary", &new_word)]).health, Health::Unknown);
}

#[test]
fn what_the_summary_lacks_stands_in_the_feed() {
    let before_the_end = resolved().replacen(&block("5", "01:40:38", "Resolved", "All calls go through."), "", 1);
    let before_the_end = before_the_end.replace("01:40:38", "01:00:00");
    let all = [("summary", busy()), ("components", COMPONENTS.to_owned()), ("history", before_the_end)];
    let all: Vec<(&str, &str)> = all.iter().map(|(key, text)| (*key, text.as_str())).collect();
    let reading = read(&all);
    let report = &reading.incidents[0];
    assert_eq!(
        (report.impact, report.stage, report.updates.len()),
        (Some(Impact::Critical), Some(Stage::Monitoring), 2)
    );
    assert_eq!(report.updates[0].body, "We look.");
    let scope: Vec<(&str, &str)> = report.components.iter().map(|one| (one.id.as_str(), one.name.as_str())).collect();
    assert_eq!(scope, [("c1", "Calls"), ("c5", "Web")]);
    let mut turned = all.clone();
    turned.reverse();
    assert_eq!(read(&turned), reading);
}

#[test]
fn an_incident_that_is_no_longer_active_is_resolved_by_the_feed() {
    let reading = read(&[("summary", QUIET), ("history", &resolved())]);
    let report = &reading.incidents[0];
    assert_eq!(report.stage, Some(Stage::Resolved));
    assert_eq!(report.resolved_at.unwrap().to_string(), "2026-06-05T01:40:38Z");
    assert_eq!(report.updates[2].body, "All calls go through.");
    assert_eq!(report.started_at, reading.covers.history_since);
    // The feed is newer than the summary: its word counts. An older one does not end what is active.
    let newer = read(&[("summary", &busy()), ("history", &resolved())]);
    assert_eq!(newer.incidents[0].stage, Some(Stage::Resolved));
    let reopened = busy().replace("2026-06-05T01:00:01.838Z", "2026-06-05T01:50:00Z");
    let reading = read(&[("summary", &reopened), ("history", &resolved())]);
    assert_eq!((reading.incidents[0].stage, reading.incidents[0].resolved_at), (Some(Stage::Monitoring), None));
}

#[test]
fn an_end_that_the_feed_does_not_tell_is_left_to_absence() {
    let silent = feed(&entry(
        "Incident",
        ID,
        "2026-06-01T21:10:00+00:00",
        "2026-06-01T21:10:00+00:00",
        &block("1", "21:10:00", "Investigating", "We look"),
    ));
    let reading = read(&[("summary", QUIET), ("history", &silent)]);
    assert_eq!(reading.incidents, []);
    assert_eq!(reading.covers.history_since.unwrap().to_string(), "2026-06-01T21:10:01Z");
    // Alone, the feed is believed; and so is its newest word while the lists may lag.
    assert_eq!(read(&[("feed", &silent)]).incidents.len(), 1);
    let fresh = silent.replace("2026-06-01", "2026-06-05").replace("21:10:00", "01:55:00").replace("> 1<", "> 5<");
    assert_eq!(read(&[("summary", QUIET), ("history", &fresh)]).incidents.len(), 1);
}

#[test]
fn feeds_that_write_oldest_first_are_turned() {
    let blocks = block("4", "21:10:00", "Investigating", "We look") + &block("9", "01:40:38", "Resolved", "Done");
    let text = feed(&entry("Incident", ID, "2026-06-04T21:10:00+00:00", "2026-06-09T01:40:38+00:00", &blocks));
    let reading = read(&[("feed", &text)]);
    let times: Vec<String> =
        reading.incidents[0].updates.iter().filter_map(|one| one.at).map(|at| at.to_string()).collect();
    assert_eq!(times, ["2026-06-04T21:10:00Z", "2026-06-09T01:40:38Z"]);
    assert_eq!(reading.incidents[0].stage, Some(Stage::Resolved));
}

#[test]
fn maintenances_in_the_feed_are_no_incidents() {
    let blocks = block("4", "09:18:00", "Completed", "Done") + &block("4", "09:00:00", "Identified", "It runs");
    let text = feed(&entry("Maintenance", WORK, "2026-06-04T09:00:00+00:00", "2026-06-04T09:18:00+00:00", &blocks));
    let reading = read(&[("summary", QUIET), ("history", &text)]);
    assert_eq!(reading.incidents, []);
    assert_eq!(reading.maintenances[0].stage, Some(MaintenanceStage::Completed));
    let rss = format!(
        "<rss version=\"2.0\"><channel><title>Quillo Status - Incident history</title><link>https://status.quillo.example</link><item>\
         <title>Cables</title><link>https://status.quillo.example/maintenance/{WORK}</link><guid>https://status.quillo.example/maintenance/{WORK}</guid>\
         <pubDate>Thu, 04 Jun 2026 09:00:00 +0000</pubDate><description><![CDATA[Type: Maintenance\nDuration: 18 minutes\n\nAffected Components: Web\n{blocks}]]></description></item></channel></rss>"
    );
    assert!(READER.recognise(&payload("", &rss)).unwrap().confidence > 95);
    let reading = read(&[("history", &rss)]);
    assert_eq!(reading.maintenances[0].components[0].name, "Web");
}

#[test]
fn its_feed_is_told_from_statuspages() {
    let text = payload("history", &resolved());
    let other = Platform::Statuspage.reader().recognise(&text).map_or(0, |evidence| evidence.confidence);
    assert!(READER.recognise(&text).unwrap().confidence > other);
    let numbered = payload("history", &resolved().replace(ID, "27240563"));
    assert_eq!(READER.recognise(&numbered), None);
}

#[test]
fn the_page_alone_is_read_from_its_data() {
    let site = r#"{"id":"s","status":"UP","mainStatus":"ONEDEGRADEDPERFORMANCE","name":{"default":"Quillo"},"customDomain":"status.quillo.example","subdomain":"quillo","components":[{"id":"c1","name":{"default":"Calls"},"status":"DEGRADEDPERFORMANCE","group":null,"children":[]}]}"#;
    let incidents = format!(
        r#"[{{"id":"{ID}","name":{{"default":"Calls drop"}},"started":"2026-06-04T21:10:00Z","status":"IDENTIFIED","impact":"DEGRADEDPERFORMANCE"}}]"#
    );
    let data = format!("4:[{{\"site\":{site},\"activeIncidents\":{incidents},\"activeMaintenances\":[]}}]");
    let page = format!(
        "<!DOCTYPE html><html><head><link href=\"https://instatus.com/x.svg\"></head><script>self.__next_f.push([1,{}])</script></html>",
        serde_json::to_string(&data).unwrap()
    );
    assert_eq!(READER.recognise(&payload("html", &page)).unwrap().confidence, 92);
    let reading = read(&[("html", &page)]);
    assert_eq!((reading.health, reading.problems.len()), (Health::Degraded, 0));
    assert_eq!(reading.incidents[0].title, "Calls drop");
    assert_eq!(reading.page.url.as_deref(), Some("https://status.quillo.example"));
}

#[test]
fn others_are_refused_and_odd_elements_cost_only_themselves() {
    let statuspage = r#"{"page":{"id":"k3x8v0q2m1zt","name":"Q"},"status":{"indicator":"none"},"components":[]}"#;
    for strange in
        [statuspage, "{}", "[]", "{\"page\":{}}", "null", "<!doctype html><html></html>", "{\"message\":\"Forbidden\"}"]
    {
        assert_eq!(READER.recognise(&payload("", strange)), None, "{strange}");
        let reading = read(&[("summary", strange)]);
        assert_eq!((reading.health, reading.platform, reading.problems.len()), (Health::Unknown, None, 1), "{strange}");
    }
    let odd = busy().replacen("\"activeIncidents\":[", "\"activeIncidents\":[7, {\"name\":\"no id\"}, ", 1);
    let reading = read(&[("summary", &odd)]);
    assert_eq!((reading.incidents.len(), reading.problems.len()), (1, 2));
    let quiet = QUIET.replace("\"UP\"}", "\"UP\"},\"activeIncidents\":[{\"id\":{}}]");
    assert_eq!(read(&[("summary", &quiet)]).health, Health::Unknown);
}

#[test]
fn whatever_is_cut_off_is_survived() {
    for whole in [busy(), COMPONENTS.to_owned(), resolved()] {
        for end in (0..whole.len()).step_by(5) {
            let cut = &whole[..whole.floor_char_boundary(end)];
            READER.recognise(&payload("components", cut));
            assert_ne!(read(&[("components", cut)]).health, Health::Operational, "{cut}");
        }
    }
}

#[test]
fn components_come_with_every_reading() {
    let page = PageAddress { url: "https://host.example/quillo".parse().unwrap() };
    let ok = |ask: &HttpAsk, body: &str| Answered {
        ask: ask.clone(),
        answer: Answer::Http(HttpAnswer {
            status: 200,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
            url: ask.url.clone(),
        }),
    };
    let same = |ask: &HttpAsk| Answered { ask: ask.clone(), answer: Answer::NotModified };
    let first = READER.begin(&page, &Memory::default(), now());
    assert_eq!(first[0].url, "https://host.example/quillo/summary.json");
    let mut answers = vec![ok(&first[0], &busy())];
    let Turn::More { asks, fresh: false } = READER.next(&page, &Memory::default(), &answers, now()) else {
        panic!("history first")
    };
    assert_eq!(asks.iter().map(|ask| ask.key.as_str()).collect::<Vec<_>>(), ["components", "history"]);
    answers.extend([same(&asks[0]), ok(&asks[1], &resolved())]);
    let Turn::More { asks, fresh: true } = READER.next(&page, &Memory::default(), &answers, now()) else {
        panic!("components again")
    };
    assert_eq!(asks.len(), 1);
    answers.push(ok(&asks[0], COMPONENTS));
    let Turn::Done { done: Done::Read(reading), memory } = READER.next(&page, &Memory::default(), &answers, now())
    else {
        panic!("done")
    };
    assert_eq!((reading.components.len(), reading.incidents.len()), (4, 1));
    let later = READER.next(&page, &memory, &[same(&first[0])], now().plus(60));
    assert!(matches!(later, Turn::Done { done: Done::Unchanged, .. }));
    let due = READER.next(&page, &memory, &[same(&first[0])], now().plus(900));
    assert!(matches!(due, Turn::More { fresh: false, .. }));
}
