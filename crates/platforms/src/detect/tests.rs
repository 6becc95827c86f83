use std::collections::HashMap;

use tocsin_domain::{Failure, FailureKind, HttpAnswer, HttpAsk};

use super::*;

const STATUSPAGE: &str = r#"{"page":{"id":"k3x8v0q2m1zt","name":"Quillo","url":"https://status.quillo.example"},"status":{"indicator":"none"},"components":[],"incidents":[],"scheduled_maintenances":[]}"#;
const INSTATUS: &str = r#"{"page":{"name":"Quillo","url":"https://status.quillo.example","status":"UP"}}"#;
const MARKETING: &str = "<!DOCTYPE html><html><head><title>Statuspage | Makers of it</title></head><body><a href=\"https://www.statuspage.io\">\
     The best way to tell of incidents</a><div class=\"status\">Create your status page</div></body></html>";

fn page(url: &str) -> PageAddress {
    PageAddress { url: url.parse().unwrap() }
}

fn payload(url: &str, text: &str) -> Payload {
    Payload { url: url.to_owned(), bytes: text.as_bytes().to_vec(), ..Payload::default() }
}

/// What each address answers: status, final address, body. Everything else is a 404.
type World<'a> = HashMap<&'a str, (u16, &'a str, &'a str)>;

fn answer(ask: &HttpAsk, world: &World<'_>) -> Answered {
    let (status, url, body) = world.get(ask.url.as_str()).copied().unwrap_or((404, ask.url.as_str(), "nothing here"));
    let answer = HttpAnswer { status, headers: Vec::new(), body: body.as_bytes().to_vec(), url: url.to_owned() };
    Answered { ask: ask.clone(), answer: Answer::Http(answer) }
}

/// Plays detection to its end; returns the findings and how many requests it took in each round.
fn detect(address: &str, world: &World<'_>) -> (Findings, Vec<usize>) {
    let page = page(address);
    let mut asks = plan(&page);
    let (mut answers, mut rounds) = (Vec::new(), Vec::new());
    while !asks.is_empty() {
        rounds.push(asks.len());
        assert!(rounds.len() < 4, "it never ends");
        answers.extend(asks.iter().map(|ask| answer(ask, world)));
        let keys: std::collections::BTreeSet<&str> =
            answers.iter().map(|one: &Answered| one.ask.key.as_str()).collect();
        assert_eq!(keys.len(), answers.len(), "two asks share a key");
        asks = more(&page, &answers);
    }
    (judge(&page, &answers), rounds)
}

fn best(findings: &Findings) -> Option<(&str, &str)> {
    findings.best().map(|best| (best.platform.name(), best.page.as_str()))
}

#[test]
fn three_requests_are_enough_where_one_is_certain() {
    let address = "http://host.example/quillo";
    let world = World::from([(
        "http://host.example/quillo/api/v2/summary.json",
        (200, "http://host.example/quillo/api/v2/summary.json", STATUSPAGE),
    )]);
    let (findings, rounds) = detect(address, &world);
    assert_eq!(best(&findings), Some(("statuspage", address)));
    assert_eq!(rounds, [3]);
    assert!(findings.summary().contains("Atlassian Statuspage"), "{}", findings.summary());
    let json = serde_json::to_value(&findings.candidates).unwrap();
    assert_eq!(json[0]["platform"], "statuspage");
    assert_eq!(json[0]["page"], address);
}

#[test]
fn the_shape_decides_not_the_path() {
    // Instatus answers Statuspage's path too.
    let path = "https://status.quillo.example/api/v2/summary.json";
    let (findings, _) = detect("https://status.quillo.example/", &World::from([(path, (200, path, INSTATUS))]));
    assert_eq!(best(&findings), Some(("instatus", "https://status.quillo.example/")));
}

#[test]
fn redirects_are_followed_to_where_the_platform_lives() {
    let world = World::from([
        ("https://quillo.example/status", (200, "https://status.quillo.example/", MARKETING)),
        ("https://status.quillo.example/summary.json", (200, "https://status.quillo.example/summary.json", INSTATUS)),
    ]);
    let (findings, rounds) = detect("https://quillo.example/status", &world);
    assert_eq!(best(&findings), Some(("instatus", "https://status.quillo.example/")));
    assert_eq!(rounds.len(), 2);
    let to = "https://new.quillo.example/base/api/v2/summary.json";
    let world = World::from([("https://old.quillo.example/api/v2/summary.json", (200, to, STATUSPAGE))]);
    assert_eq!(
        best(&detect("https://old.quillo.example/", &world).0),
        Some(("statuspage", "https://new.quillo.example/base"))
    );
}

#[test]
fn an_address_of_a_surface_leads_to_its_page() {
    let feed = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>tag:status.quillo.example,2005:/history</id><title>Quillo Status - Incident History</title></feed>";
    let address = "https://status.quillo.example/history.atom";
    let (findings, _) = detect(address, &World::from([(address, (200, address, feed))]));
    assert_eq!(best(&findings), Some(("statuspage", "https://status.quillo.example/")));
    let asked: Vec<&str> = findings.tried.iter().map(|tried| tried.url.as_str()).collect();
    assert_eq!(asked[1], "https://status.quillo.example/api/v2/summary.json");
}

#[test]
fn what_answers_everything_with_a_web_page_is_nothing() {
    let addresses = [
        "https://q.statuspage.io/",
        "https://q.statuspage.io/api/v2/summary.json",
        "https://q.statuspage.io/summary.json",
    ];
    let world: World<'_> = addresses.iter().map(|url| (*url, (200, *url, MARKETING))).collect();
    let (findings, rounds) = detect(addresses[0], &world);
    assert_eq!((findings.best(), findings.candidates.len()), (None, 0));
    assert!(findings.reachable());
    // After the first rounds there is one with what each platform would be proved by, and nothing more.
    let probes: usize = crate::ALL.iter().map(|platform| platform.reader().probes().len()).sum();
    assert!(rounds.iter().take(2).sum::<usize>() <= 12 && rounds.len() <= 3, "{rounds:?}");
    assert!(rounds.get(2).is_none_or(|last| *last <= probes), "{rounds:?}");
    let summary = findings.summary();
    assert!(summary.contains("https://q.statuspage.io/ answers with a web page."), "{summary}");
}

#[test]
fn nobody_there_is_not_asked_twice() {
    let address = page("https://gone.example/");
    let detail = "There is no host gone.example.".to_owned();
    let failure = Failure { kind: FailureKind::Dns, detail, sent: false };
    let answers: Vec<Answered> =
        plan(&address).into_iter().map(|ask| Answered { ask, answer: Answer::Failed(failure.clone()) }).collect();
    assert_eq!(more(&address, &answers), []);
    let findings = judge(&address, &answers);
    assert!(!findings.reachable() && findings.best().is_none());
    assert_eq!(findings.summary(), "Nobody could be reached: There is no host gone.example.");
    assert!(!Findings::default().summary().is_empty());
}

fn rss(title: &str, link: &str, items: &[(&str, &str, &str)]) -> String {
    let items: String = items
        .iter()
        .map(|(title, link, text)| {
            format!(
                "<item><title>{title}</title><link>{link}</link><description><![CDATA[{text}]]></description></item>"
            )
        })
        .collect();
    format!("<rss version=\"2.0\"><channel><title>{title}</title><link>{link}</link>{items}</channel></rss>")
}

#[test]
fn a_blog_is_no_status_page() {
    let posts = [
        (
            "How we fixed our longest outage",
            "https://blog.quillo.example/posts/1",
            "Last week <b>our</b> incident was resolved after two hours.",
        ),
        ("Monitoring at scale", "https://blog.quillo.example/posts/2", "We love dashboards."),
        ("Hiring", "https://blog.quillo.example/posts/3", "Join us."),
        ("Version 3", "https://blog.quillo.example/posts/4", "Faster."),
    ];
    for title in ["The Quillo Blog", "Quillo Status Quo: a blog", "Incidents of travel", "News"] {
        let found = all_of_payloads(&[payload(
            "https://blog.quillo.example/feed",
            &rss(title, "https://blog.quillo.example", &posts),
        )]);
        assert!(found.iter().all(|(_, evidence)| evidence.confidence < 50), "{title}: {found:?}");
        assert_eq!(of_payloads(&[payload("", &rss(title, "https://blog.quillo.example", &posts))]), None);
    }
    let world_page =
        "<!DOCTYPE html><html><head><link rel=\"alternate\" type=\"application/rss+xml\" href=\"/feed\"></head></html>";
    let feed = rss("The Quillo Blog", "https://blog.quillo.example", &posts);
    let world = World::from([
        ("https://blog.quillo.example/", (200, "https://blog.quillo.example/", world_page)),
        ("https://blog.quillo.example/feed", (200, "https://blog.quillo.example/feed", feed.as_str())),
    ]);
    let (findings, _) = detect("https://blog.quillo.example/", &world);
    assert_eq!(findings.best(), None);
    assert!(findings.tried.iter().any(|tried| tried.url.ends_with("/feed")));
}

#[test]
fn a_feed_that_looks_like_a_history_is_one() {
    let entries = [
        ("Calls drop", "https://quillo.example/incidents/12", "<p><strong>Resolved</strong> - It works.</p>"),
        ("Chat is late", "https://quillo.example/incidents/11", "<p><strong>Status: Monitoring</strong></p>"),
    ];
    let cases = [
        ("linked and staged", "Quillo news", "https://quillo.example", &entries[..]),
        ("empty, named so", "Quillo Status", "https://quillo.example", &[]),
        ("on a status host", "RSS", "https://status.quillo.example", &[("A", "https://quillo.example/a", "b")]),
        (
            "by category words",
            "Service incidents",
            "https://quillo.example",
            &[("[Resolved] Calls", "https://quillo.example/x/1", "ok")],
        ),
    ];
    for (what, title, link, entries) in cases {
        let found = of_payloads(&[payload("", &rss(title, link, entries))]);
        assert_eq!(found.map(|(platform, _)| platform), Some(Platform::Feed), "{what}");
    }
}

#[test]
fn feeds_of_the_same_site_are_found_and_others_are_not_asked() {
    let html = "<!DOCTYPE html><html><head>\
        <link rel=\"alternate\" type=\"application/rss+xml\" href=\"/events.xml\">\
        <link rel=\"alternate stylesheet\" type=\"application/atom+xml; charset=utf-8\" href=\"https://feeds.quillo.example/a\">\
        <link rel=\"alternate\" type=\"application/rss+xml\" href=\"https://elsewhere.example/feed\">\
        <link rel=\"alternate\" type=\"application/rss+xml\" href=\"http://169.254.169.254/x\">\
        <link rel=\"alternate\" type=\"application/rss+xml\" href=\"file:///etc/passwd\">\
        <link rel=\"alternate\" hreflang=\"de\" href=\"/de\"></head></html>";
    let feed = rss(
        "Quillo Status",
        "https://quillo.example",
        &[("[Resolved] Calls", "https://quillo.example/incidents/1", "x")],
    );
    let world = World::from([
        ("https://quillo.example/health", (200, "https://quillo.example/health", html)),
        ("https://quillo.example/events.xml", (200, "https://quillo.example/events.xml", feed.as_str())),
    ]);
    let (findings, _) = detect("https://quillo.example/health", &world);
    assert_eq!(best(&findings), Some(("feed", "https://quillo.example/events.xml")));
    let asked: Vec<&str> = findings.tried.iter().map(|tried| tried.url.as_str()).collect();
    assert!(asked.contains(&"https://feeds.quillo.example/a"));
    assert!(
        !asked.iter().any(|url| url.contains("elsewhere") || url.contains("169.254") || url.starts_with("file")),
        "{asked:?}"
    );
}

#[test]
fn payloads_of_one_page_vote() {
    let feed = rss(
        "Quillo Status",
        "https://status.quillo.example",
        &[("[Resolved] Calls", "https://quillo.example/incidents/1", "x")],
    );
    let feed = payload("", &feed);
    let all = all_of_payloads(&[feed.clone(), payload("", INSTATUS), feed.clone()]);
    let names: Vec<&str> = all.iter().map(|(platform, _)| platform.name()).collect();
    assert_eq!(names, ["feed", "instatus"]);
    let (platform, evidence) = of_payloads(&[feed, payload("", STATUSPAGE)]).unwrap();
    assert_eq!((platform, evidence.confidence), (Platform::Statuspage, 98));
    assert_eq!(of_payloads(&[]), None);
    assert_eq!(of_payloads(&[payload("", ""), payload("", "{}"), payload("", "<html>")]), None);
}

#[test]
fn surfaces_are_cut_off_at_their_end_only() {
    let cases = [
        ("https://h.example/api/v2/summary.json", Some("https://h.example/")),
        ("https://h.example/a/b/v3/summary.json?x=1", Some("https://h.example/a/b?x=1")),
        ("https://h.example/a/history.atom/", Some("https://h.example/a")),
        ("https://h.example/history.atom/a", None),
        ("https://h.example/", None),
        ("no address", None),
    ];
    for (address, base) in cases {
        assert_eq!(probes::without_surface(address).as_deref(), base, "{address}");
    }
}
