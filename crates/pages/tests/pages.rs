//! Every page as a reader, a validator of policy and an attacker would look at it.

#[path = "../examples/gallery/more.rs"]
mod more;
#[path = "../examples/gallery/subscribing.rs"]
mod subscribing;
#[path = "../examples/gallery/wild.rs"]
mod wild;
#[path = "../examples/gallery/wished.rs"]
mod wished;
#[path = "../examples/gallery/world.rs"]
mod world;

use std::fmt::Write;

use tocsin_domain::{ComponentRef, Health, IncidentState, Stage};
use tocsin_pages::unsubscribe::Whose;
use tocsin_pages::{
    acknowledge, assets, calendar, dashboard, decisions, deliveries, incident, instead, live, message, mute, provider,
    providers, silences, subscribe, subscribers, unsubscribe,
};

fn every_page() -> Vec<(&'static str, String)> {
    let step = |step| unsubscribe::render(&unsubscribe::Facts { chrome: world::chrome(), step });
    let (address, channel) = ("oncall@harbour.example".to_owned(), "mail".to_owned());
    let ask = unsubscribe::Step::Ask {
        action: "/unsubscribe/3f".to_owned(),
        address: address.clone(),
        from: Whose::Channel(channel.clone()),
    };
    let vendor = Whose::Vendor { name: "Kustomer".to_owned(), mails: false };
    let ended = unsubscribe::Step::Done { address: "This browser".to_owned(), from: vendor };
    vec![
        ("dashboard with none", dashboard::render(&world::dashboard(0))),
        ("dashboard with five", dashboard::render(&world::dashboard(5))),
        ("dashboard with many", dashboard::render(&world::dashboard(5_000))),
        ("provider", provider::render(&world::kustomer())),
        ("provider, large and unreadable", provider::render(&world::large_provider())),
        ("provider, not watched", provider::render(&world::unwatched())),
        ("providers", providers::render(&world::provider_list())),
        ("incident", incident::render(&world::kustomer_incident())),
        ("incident, open", incident::render(&world::open_incident())),
        ("incident, promised", incident::render(&promising("2026-11-23T16:00:00Z"))),
        ("incident, promise broken", incident::render(&promising("2026-11-23T16:46:00Z"))),
        ("wild dashboard", dashboard::render(&wild::dashboard())),
        ("wild provider", provider::render(&wild::provider())),
        ("wild incident", incident::render(&wild::incident())),
        ("bare incident", incident::render(&wild::bare())),
        ("calendar", calendar::render(&more::calendar())),
        ("calendar without work", calendar::render(&more::no_work())),
        ("deliveries", deliveries::render(&more::deliveries())),
        ("no deliveries", deliveries::render(&more::nothing_sent())),
        ("decisions", decisions::render(&more::decisions())),
        ("dashboard with wishes", dashboard::render(&wished::dashboard())),
        ("provider with wishes", provider::render(&wished::provider())),
        ("incident with wishes", incident::render(&wished::incident())),
        ("incident to take care of", incident::render(&wished::to_do())),
        ("silences", silences::render(&wished::list())),
        ("no silences", silences::render(&wished::nothing())),
        ("mute", mute::render(&wished::mute())),
        ("override", instead::render(&wished::instead())),
        ("acknowledge", acknowledge::render(&wished::link(false))),
        ("acknowledged", acknowledge::render(&wished::link(true))),
        ("not found", message::render(&message::Facts::not_found(world::chrome()))),
        ("unsubscribe", step(ask)),
        ("unsubscribed", step(unsubscribe::Step::Done { address, from: Whose::Channel(channel) })),
        ("unsubscribed from a vendor", step(ended)),
        ("subscribe", subscribe::render(&subscribing::ways())),
        ("subscribe to a board", subscribe::render(&subscribing::board())),
        ("subscribe, without mail and with a mistake", subscribe::render(&subscribing::refused())),
        ("subscribe, made", subscribing::made()),
        ("subscribe, to confirm", subscribing::to_confirm()),
        ("subscribers", subscribers::render(&subscribing::list())),
        ("no subscribers", subscribers::render(&subscribing::nobody())),
        ("unsubscribe, invalid", step(unsubscribe::Step::Invalid)),
    ]
}

/// What is left when the markup is gone: one line per block, as a text browser would show it.
fn visible(html: &str) -> String {
    let body =
        html.split_once("<main").map_or(html, |(_, rest)| rest).split_once("</main>").map_or("", |(main, _)| main);
    let mut text = String::new();
    let mut rest = body.split_once('>').map_or("", |(_, rest)| rest);
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let (name, after) = tag.split_once('>').unwrap_or((tag, ""));
        let name = name.trim_start_matches('/').split([' ', '/']).next().unwrap_or_default();
        if matches!(name, "p" | "li" | "div" | "h1" | "h2" | "h3" | "h4" | "dt" | "dd" | "tr" | "section" | "summary") {
            text.push('\n');
        } else if matches!(name, "td" | "th" | "small") {
            text.push_str(" | ");
        }
        rest = after;
    }
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).fold(String::new(), |mut all, line| {
        let _ = writeln!(all, "{line}");
        all
    })
}

#[test]
fn channels_with_the_same_reason_share_a_line() {
    let mut facts = more::decisions();
    let [_, told, managers] = facts.decisions.as_slice() else { panic!("the gallery has three decisions") };
    let (told, managers) = (told.clone(), managers.clone());
    facts.decisions.extend([
        decisions::Decision { channel: Some("mail".to_owned()), ..told.clone() },
        decisions::Decision {
            channel: Some("chat".to_owned()),
            reason: "It is night.".to_owned(),
            told: false,
            ..told
        },
        decisions::Decision { channel: None, ..managers },
    ]);
    let page = visible(&decisions::render(&facts));
    assert!(page.contains("support-desk through hook and mail"), "{page}");
    assert!(page.contains("support-desk through chat\nIt is night."), "another reason has a line of its own: {page}");
    assert!(page.contains("managers through hook\nThe impact"), "{page}");
}

#[test]
fn what_the_dashboard_says() {
    insta::assert_snapshot!("dashboard", visible(&dashboard::render(&world::dashboard(5))));
    insta::assert_snapshot!("dashboard_empty", visible(&dashboard::render(&world::dashboard(0))));
}

#[test]
fn a_page_that_says_nothing_is_not_one_that_cannot_be_read() {
    let mut facts = world::dashboard(5);
    let unknown = facts.monitors.iter().position(|one| one.health == Health::Unknown && one.reason.is_some()).unwrap();
    let page = dashboard::render(&facts);
    assert!(page.contains("cannot be read") && page.contains("id=\"unreadable\"") && !page.contains("id=\"silent\""));
    facts.monitors[unknown].reason = None;
    facts.monitors[unknown].last_known = None;
    let name = facts.monitors[unknown].provider.name.clone();
    let page = visible(&dashboard::render(&facts));
    assert!(!page.contains("cannot be read") && !page.contains("Cannot be read"), "{page}");
    assert!(page.contains("1 does not say how it is"), "{page}");
    assert!(page.contains(&format!("1 vendor does not say how it is: {name}. Its page can be read.")), "{page}");
    let mut silent = world::large_provider();
    silent.reason = None;
    silent.last_known = None;
    assert!(provider::render(&silent).contains("does not say how it is"));
}

#[test]
fn a_row_is_told_the_first_sentence_of_the_reason_only() {
    let mut facts = world::dashboard(5);
    let unknown = facts.monitors.iter_mut().find(|one| one.health == Health::Unknown && one.reason.is_some()).unwrap();
    unknown.reason = Some("The page answers HTTP 500. https://a.example/api answers HTTP 500.".to_owned());
    let page = dashboard::render(&facts);
    assert!(page.contains("The page answers HTTP 500.") && !page.contains("a.example/api"));
}

#[test]
fn edits_that_were_not_kept_are_counted() {
    let mut facts = world::kustomer_incident();
    let page = visible(&incident::render(&facts));
    assert!(!page.contains("earlier edit"), "{page}");
    facts.incident.left_out = 1;
    let edited = facts.incident.updates.iter_mut().find(|update| !update.revisions.is_empty()).unwrap();
    edited.left_out = 30;
    let page = visible(&incident::render(&facts));
    assert!(page.contains("Changed later: 31 earlier versions"), "{page}");
    assert!(page.contains("and 30 earlier edits, of which we kept no text."), "{page}");
    assert!(page.contains("and 1 earlier edit that we did not keep."), "{page}");
}

#[test]
fn what_a_provider_page_says() {
    insta::assert_snapshot!("provider", visible(&provider::render(&world::kustomer())));
    insta::assert_snapshot!("provider_unreadable", visible(&provider::render(&world::large_provider())));
    insta::assert_snapshot!("provider_unwatched", visible(&provider::render(&world::unwatched())));
}

#[test]
fn what_an_incident_page_says() {
    insta::assert_snapshot!("incident", visible(&incident::render(&world::kustomer_incident())));
    insta::assert_snapshot!("incident_open", visible(&incident::render(&world::open_incident())));
}

/// An open incident whose vendor keeps one promise, is late with another, and made a third at 15:21.
fn promising(now: &str) -> incident::Facts {
    let mut facts = world::open_incident();
    facts.now = now.parse().unwrap();
    let said = |stage, clock: &str, body| world::update(stage, &format!("2026-11-23T{clock}:00Z"), body);
    facts.incident.updates = vec![
        said(Stage::Investigating, "14:00", "We are looking. Next update within 30 minutes."),
        said(Stage::Investigating, "14:29", "Still looking. Next update by 14:45 UTC."),
        said(Stage::Identified, "15:21", "The metadata tier. Next update in 1 hour."),
    ];
    facts
}

#[test]
fn a_promise_counts_down_and_is_named_when_it_is_broken() {
    let table = [
        ("2026-11-23T15:22:00Z", "Next update promised by 16:21 UTC, due in 59m"),
        ("2026-11-23T16:09:00Z", "Next update promised by 16:21 UTC, due in 12m"),
        ("2026-11-23T16:21:30Z", "Next update promised by 16:21 UTC, due now"),
        ("2026-11-23T16:25:59Z", "Next update promised by 16:21 UTC, due now"),
        ("2026-11-23T16:26:00Z", "Next update was promised for 16:21 UTC, 5m overdue"),
        ("2026-11-23T16:46:00Z", "Next update was promised for 16:21 UTC, 25m overdue"),
        ("2026-11-24T16:46:00Z", "Next update was promised for 23 Nov, 16:21 UTC, 1d overdue"),
    ];
    for (now, said) in table {
        let page = visible(&incident::render(&promising(now)));
        assert!(page.lines().any(|line| line == said), "{now}: {said}\n{page}");
        let mut board = world::dashboard(5);
        board.now = now.parse().unwrap();
        board.open[0].incident = promising(now).incident;
        let marked = visible(&dashboard::render(&board)).contains("update 25m overdue");
        assert_eq!(marked, now == "2026-11-23T16:46:00Z", "{now}");
    }
}

#[test]
fn what_became_of_a_promise_stands_in_the_timeline() {
    let page = visible(&incident::render(&promising("2026-11-23T15:42:00Z")));
    assert!(page.contains("Next update promised by 14:30 UTC, and it came in time\n"), "{page}");
    assert!(page.contains("Next update promised by 14:45 UTC, and it came 36m late\n"), "{page}");
    assert!(page.contains("Promised updates on time\n1 of 2\n"), "what is not due yet does not count: {page}");
    let page = visible(&incident::render(&promising("2026-11-23T17:42:00Z")));
    assert!(page.contains("Promised updates on time\n1 of 3\n"), "{page}");
    let mut over = promising("2026-11-23T17:42:00Z");
    over.incident.state = IncidentState::Closed;
    over.incident.resolved_at = Some("2026-11-23T16:00:00Z".parse().unwrap());
    let page = visible(&incident::render(&over));
    assert!(!page.contains("due") && !page.contains("overdue"), "{page}");
    assert!(page.contains("Next update promised by 16:21 UTC, and it came in time\n"), "the end is a word: {page}");
}

#[test]
fn a_promise_changes_the_page_only_when_it_is_broken() {
    let prints = |now: &str| -> Vec<u64> {
        live::fragments(&incident::render(&promising(now))).into_iter().map(|part| part.print).collect()
    };
    // The notes count the silence in words, so only the head is compared.
    let head = |now| prints(now)[0];
    assert_eq!(head("2026-11-23T16:09:00Z"), head("2026-11-23T16:09:20Z"));
    assert_ne!(head("2026-11-23T16:25:59Z"), head("2026-11-23T16:26:00Z"));
}

#[test]
fn the_verbatim_title_stays_for_machines() {
    let page = incident::render(&world::kustomer_incident());
    let verbatim = "[Voice] [Trouble accepting Inbound Calls] [PROD 1]";
    assert!(page.contains(&format!("<title>{verbatim} · Kustomer · Tocsin</title>")));
    assert!(page.contains(&format!("<meta property=\"og:title\" content=\"{verbatim}\">")));
    assert!(
        page.contains(&format!(
            "<h1 class=\"title\" title=\"{verbatim}\"><span>Trouble accepting Inbound Calls</span>"
        ))
    );
    assert!(page.contains(&format!("\"headline\":\"{verbatim}\"")));
    assert!(page.contains("\"temporalCoverage\":\"2026-02-20T22:01:00Z/2026-02-21T00:01:00Z\""));
    assert!(page.contains("content=\"Kustomer: Trouble accepting Inbound Calls. Minor, resolved after 2h.\""));
}

#[test]
fn hostile_words_stay_words() {
    const EVIL: &str = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&<!--";
    let mut one = world::kustomer_incident();
    one.incident.title = EVIL.to_owned();
    one.incident.url = Some("javascript:alert(3)".to_owned());
    one.incident.components = vec![ComponentRef { id: EVIL.to_owned(), name: EVIL.to_owned() }];
    for update in &mut one.incident.updates {
        EVIL.clone_into(&mut update.body);
    }
    one.provider.name = EVIL.to_owned();
    one.bodies.clear();
    let mut board = world::dashboard(5);
    for open in &mut board.open {
        EVIL.clone_into(&mut open.incident.title);
        EVIL.clone_into(&mut open.excerpt);
    }
    for monitor in &mut board.monitors {
        EVIL.clone_into(&mut monitor.provider.name);
        EVIL.clone_into(&mut monitor.provider.slug);
        monitor.reason = Some(EVIL.to_owned());
        monitor.components = vec![EVIL.to_owned()];
    }
    EVIL.clone_into(&mut board.query.q);
    let mut vendor = world::kustomer();
    EVIL.clone_into(&mut vendor.provider.name);
    vendor.homepage = Some("javascript:alert(3)".to_owned());
    vendor.category = Some(EVIL.to_owned());
    for component in &mut vendor.components {
        EVIL.clone_into(&mut component.name);
        component.group = vec![EVIL.to_owned()];
    }
    for page in &mut vendor.pages {
        page.url = format!("javascript:{EVIL}");
    }
    let mut list = world::provider_list();
    EVIL.clone_into(&mut list.query);
    let pages =
        [incident::render(&one), dashboard::render(&board), provider::render(&vendor), providers::render(&list)];
    for page in pages {
        assert!(!page.contains("<script>"), "a script element came through");
        assert!(!page.contains("<img"), "an element came through");
        for comment in page.split("<!--").skip(1) {
            let (mark, _) = comment.split_once("-->").expect("its end");
            let name = mark.strip_prefix('[').or_else(|| mark.strip_suffix(']')).unwrap_or_default();
            let ours = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase());
            assert!(ours, "a comment came through: {mark}");
        }
        assert!(!page.contains("href=\"javascript:"), "a script address came through");
        let scripts = page.matches("<script").count();
        assert_eq!(scripts, page.matches("</script>").count(), "a script element was closed from inside");
    }
}

#[test]
fn structured_data_is_json_whatever_the_title() {
    let mut facts = world::kustomer_incident();
    facts.incident.title = "</script><b>\u{2028} \\ \"".to_owned();
    let page = incident::render(&facts);
    let (_, rest) = page.split_once("<script type=\"application/ld+json\">").expect("structured data");
    let (data, _) = rest.split_once("</script>").expect("its end");
    let value: serde_json::Value = serde_json::from_str(data).expect("JSON");
    assert_eq!(value["headline"], facts.incident.title.as_str());
    assert_eq!(value["@type"], "Report");
}

#[test]
fn a_strict_content_policy_suits_every_page() {
    for (name, page) in every_page() {
        assert!(!page.contains(" style="), "{name} has an inline style");
        assert!(!page.contains("<style"), "{name} has an inline stylesheet");
        assert!(!page.contains(" onclick=") && !page.contains(" onload="), "{name} has an inline handler");
        for script in page.split("<script").skip(1) {
            let external = script.starts_with(" src=\"/static/");
            assert!(external || script.starts_with(" type=\"application/ld+json\""), "{name} has an inline script");
        }
        assert!(page.contains(&assets::CSS.address()), "{name} lacks its stylesheet");
    }
}

#[test]
fn every_page_has_one_outline() {
    for (name, page) in every_page() {
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
        assert_eq!(page.matches("<main").count(), 1, "{name}");
        let levels: Vec<u8> = page
            .match_indices("<h")
            .filter_map(|(at, _)| page.as_bytes().get(at + 2).filter(|digit| (b'1'..=b'6').contains(digit)))
            .map(|digit| digit - b'0')
            .collect();
        for pair in levels.windows(2) {
            assert!(pair[1] <= pair[0] + 1, "{name} skips from h{} to h{}", pair[0], pair[1]);
        }
    }
}

#[test]
fn five_thousand_monitors_fit_on_a_page_and_worst_come_first() {
    let mut facts = world::dashboard(5_000);
    let page = dashboard::render(&facts);
    assert!(page.len() < 120_000, "{} bytes before compression", page.len());
    assert!(page.contains("1–100 of 5,000") && page.contains("href=\"/?page=2#monitors\""));
    let place = |word: &str| page.find(&format!("</svg>{word} <span class=\"num\">")).unwrap_or(usize::MAX);
    assert!(place("Major outage") < place("Degraded") && place("Degraded") < place("Unknown"));
    facts.query = dashboard::Query { q: "larkspur chat".to_owned(), health: Some(Health::Operational), page: 900 };
    let page = dashboard::render(&facts);
    assert!(page.contains("value=\"larkspur chat\"") && page.contains("name=\"health\" value=\"operational\""));
    let (_, ledger) = page.split_once("id=\"ledger\"").expect("a ledger");
    let rows: Vec<&str> = ledger.split("<th scope=\"row\">").skip(1).collect();
    assert!(!rows.is_empty() && rows.len() <= 100, "{} rows", rows.len());
    assert!(rows.iter().all(|row| row.contains(">Larkspur Chat ")), "the filter let another vendor through");
    facts.query = dashboard::Query { q: "no such vendor".to_owned(), ..dashboard::Query::default() };
    assert!(dashboard::render(&facts).contains("No monitor matches."));
}

#[test]
fn what_is_missing_or_contradictory_is_said() {
    let mut facts = world::kustomer_incident();
    facts.incident.resolved_at = facts.incident.started_at.map(|at| at.plus(-60));
    assert!(visible(&incident::render(&facts)).contains("the stated end lies before the start"));
    facts.incident.started_at = None;
    facts.incident.resolved_at = None;
    facts.incident.imported = true;
    let page = visible(&incident::render(&facts));
    assert!(page.contains("not stated") && page.contains("time not stated"));
    assert!(page.contains("imported from the page’s history, not detected"));
    assert!(!page.contains("after Kustomer’s first word"), "an import is no detection");
    let mut board = world::dashboard(25);
    board.now = board.now.plus(7_200);
    assert!(
        visible(&dashboard::render(&board)).contains("Nothing has been read for 2h: what you see may be out of date.")
    );
}

#[test]
fn every_colour_of_text_can_be_read() {
    let css = std::str::from_utf8(assets::CSS.bytes).expect("UTF-8");
    let pair = |name: &str| {
        let (_, rest) = css.split_once(&format!("--{name}: light-dark(")).unwrap_or_else(|| panic!("no --{name}"));
        let (light, rest) = rest.split_once(", ").expect("two colours");
        [light, rest.split(')').next().unwrap_or_default()].map(luminance)
    };
    let healths = ["ok", "maint", "degraded", "partial", "major", "unknown"];
    let inks = healths.iter().chain(&["ink", "soft", "faint"]);
    let mut checks: Vec<(String, String)> = inks.clone().map(|ink| ((*ink).to_owned(), "paper".to_owned())).collect();
    checks.extend(healths.iter().map(|ink| ((*ink).to_owned(), format!("{ink}-wash"))));
    checks.extend(
        [("soft", "unknown-wash"), ("soft", "sunken"), ("faint", "raised")].map(|(a, b)| (a.to_owned(), b.to_owned())),
    );
    for (ink, ground) in checks {
        for (ink_light, ground_light) in pair(&ink).into_iter().zip(pair(&ground)) {
            let ratio = (ink_light.max(ground_light) + 0.05) / (ink_light.min(ground_light) + 0.05);
            assert!(ratio >= 4.5, "--{ink} on --{ground}: {ratio:.2}");
        }
    }
}

/// Relative luminance of `#rrggbb` (WCAG 2).
fn luminance(colour: &str) -> f64 {
    let channel = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).expect("hex")) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

#[test]
fn a_day_is_named_where_it_begins() {
    let page = incident::render(&world::kustomer_incident());
    assert_eq!(page.matches("<small class=\"same\">").count(), 4, "five updates on one day");
    let page = incident::render(&wild::incident());
    assert_eq!(page.matches("<small><time").count(), 4, "four days in fifty updates");
}

#[test]
fn every_part_that_changes_is_marked_and_has_its_place() {
    for (name, page) in every_page() {
        let parts = live::fragments(&page);
        assert_eq!(parts.is_empty(), !page.contains("data-live="), "{name}");
        for part in &parts {
            let place = format!("id=\"live-{}\"><!--[{}-->", part.name, part.name);
            assert_eq!(page.matches(&place).count(), 1, "{name}: {}", part.name);
            for tag in ["div", "section", "ul", "ol", "li", "table", "p", "details"] {
                let (opened, closed) = (format!("<{tag}"), format!("</{tag}>"));
                let opened = part.html.split(&opened).skip(1).filter(|rest| rest.starts_with([' ', '>'])).count();
                assert_eq!(opened, part.html.matches(&closed).count(), "{name}: {} cuts through <{tag}>", part.name);
            }
        }
    }
}

#[test]
fn seconds_later_only_ages_differ() {
    let prints = |page: &str| live::fragments(page).into_iter().map(|part| part.print).collect::<Vec<_>>();
    let (facts, mut later) = (world::dashboard(5), world::dashboard(5));
    later.now = later.now.plus(20);
    assert_eq!(prints(&dashboard::render(&facts)), prints(&dashboard::render(&later)));
    later.open.clear();
    assert_ne!(prints(&dashboard::render(&facts)), prints(&dashboard::render(&later)));
}

#[test]
fn long_lists_fold_behind_what_matters() {
    let page = visible(&incident::render(&wild::incident()));
    assert!(page.contains("and 78 more"), "90 components, 12 of them at once");
    let page = provider::render(&wild::provider());
    let (before, folded) = page.split_once("<details class=\"group\"").expect("folded groups");
    assert_eq!(before.matches("<li data-row><svg class=\"shape major\"").count(), 5, "what is out, by name");
    assert!(!folded.contains("<details class=\"group\" open") && !folded.starts_with(" open"));
    let page = visible(&incident::render(&wild::bare()));
    assert!(page.contains("0 updates\nThe page gives no updates.\n"), "{page}");
}
