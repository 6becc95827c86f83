//! Whatever a vendor writes: limits hold, nothing breaks out of JSON or headers, nobody is pinged.

mod samples;

use proptest::prelude::*;
use serde_json::{Value, json};
use tocsin_channels::{ALL, Composed, Kind, Sender, limits};
use tocsin_domain::alert::Notice;
use tocsin_domain::event::{ComponentChange, PageNews};
use tocsin_domain::{
    ComponentRef, EventKind, Health, Incident, Maintenance, MaintenanceStage, Stage, Subject, TimelineEntry, Timestamp,
    Update,
};

fn composed(kind: Kind, notice: &Notice) -> Vec<Vec<u8>> {
    let settings = json!({ "to": ["oncall@example.com"], "url": "https://example.com/hook", "token": "token" });
    let sender = Sender {
        base_url: "https://tocsin.example.com".to_owned(),
        mail_from: "Tocsin <tocsin@example.com>".to_owned(),
        unsubscribe_key: b"key".to_vec(),
        ..Sender::default()
    };
    kind.channel().compose(&settings, notice, &sender.for_channel("mail")).into_iter().map(|one| one.body).collect()
}

fn json_of(kind: Kind, notice: &Notice) -> Value {
    let mut bodies = jsons_of(kind, notice);
    assert_eq!(bodies.len(), 1);
    bodies.remove(0)
}

fn jsons_of(kind: Kind, notice: &Notice) -> Vec<Value> {
    composed(kind, notice).iter().map(|body| serde_json::from_slice(body).unwrap()).collect()
}

/// Every string of a message.
fn strings(value: &Value, all: &mut Vec<String>) {
    match value {
        Value::String(text) => all.push(text.clone()),
        Value::Array(list) => list.iter().for_each(|one| strings(one, all)),
        Value::Object(map) => map.values().for_each(|one| strings(one, all)),
        _ => {}
    }
}

fn utf16(value: &Value) -> usize {
    value.as_str().unwrap_or_default().encode_utf16().count()
}

fn chars(value: &Value) -> usize {
    value.as_str().unwrap_or_default().chars().count()
}

fn no_mention(message: &Value) {
    let mut all = Vec::new();
    strings(message, &mut all);
    for text in all {
        for bad in ["@everyone", "@here", "@channel", "<!", "<@", "<#"] {
            assert!(!text.contains(bad), "{bad} in {text:?}");
        }
    }
}

fn check_slack(message: &Value) {
    no_mention(message);
    assert!(chars(&message["text"]) <= limits::SLACK_TEXT_CHARS);
    let blocks = message["blocks"].as_array().unwrap();
    assert!(blocks.len() <= limits::SLACK_BLOCKS);
    let mut all = 0;
    for block in blocks {
        let most = if block["type"] == "header" { limits::SLACK_HEADER_CHARS } else { limits::SLACK_SECTION_CHARS };
        assert!(chars(&block["text"]["text"]) <= most, "{block}");
        all += chars(&block["text"]["text"]);
        for field in block["fields"].as_array().into_iter().chain(block["elements"].as_array()).flatten() {
            assert!((1..=limits::SLACK_FIELD_CHARS).contains(&chars(&field["text"])), "{field}");
            all += chars(&field["text"]);
        }
        for mrkdwn in [&block["text"]].into_iter().filter(|text| text["type"] == "mrkdwn") {
            let text = mrkdwn["text"].as_str().unwrap();
            assert!(text.match_indices('<').all(|(place, _)| text[place..].starts_with("<http")), "{text:?}");
        }
    }
    assert!(all <= limits::SLACK_ALL_CHARS, "{all}");
}

fn check_discord(message: &Value) {
    no_mention(message);
    assert_eq!(message["allowed_mentions"], json!({ "parse": [] }));
    assert!(utf16(&message["content"]) <= limits::DISCORD_CONTENT);
    let embed = &message["embeds"][0];
    assert!(utf16(&embed["title"]) <= limits::DISCORD_TITLE);
    assert!(utf16(&embed["description"]) <= limits::DISCORD_DESCRIPTION);
    let mut all = utf16(&embed["title"]) + utf16(&embed["description"]) + utf16(&embed["footer"]["text"]);
    for field in embed["fields"].as_array().into_iter().flatten() {
        assert!((1..=limits::DISCORD_FIELD_NAME).contains(&utf16(&field["name"])), "{field}");
        assert!((1..=limits::DISCORD_FIELD_VALUE).contains(&utf16(&field["value"])), "{field}");
        all += utf16(&field["name"]) + utf16(&field["value"]);
    }
    assert!(all <= limits::DISCORD_ALL, "{all}");
}

fn check_teams(notice: &Notice) {
    let message = json_of(Kind::Teams, notice);
    no_mention(&message);
    assert!(message.to_string().len() <= limits::TEAMS_BODY_BYTES);
}

fn check_google_chat(notice: &Notice) {
    let message = json_of(Kind::GoogleChat, notice);
    no_mention(&message);
    assert!(message.to_string().len() <= limits::GOOGLE_CHAT_BYTES);
    let text = message["text"].as_str().unwrap();
    assert!(!text.contains(['<', '*', '`']) && !text.contains("users/all>"), "{text:?}");
}

fn check_mattermost(message: &Value) {
    no_mention(message);
    assert!(chars(&message["message"]) <= limits::MATTERMOST_CHARS);
    assert!(chars(&message["props"]["attachments"][0]["text"]) <= limits::MATTERMOST_CHARS);
}

fn check_rocket_chat(message: &Value) {
    no_mention(message);
    assert!((1..=limits::ROCKET_CHAT_CHARS).contains(&chars(&message["text"])));
}

/// Every tag is closed, in the order of opening, and none is the vendor's.
fn tags_are_ours(html: &str) {
    let mut open: Vec<&str> = Vec::new();
    for tag in html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap()) {
        let name = tag.split(' ').next().unwrap();
        if let Some(name) = name.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{html:?}");
        } else if name != "br" {
            let known = ["b", "i", "s", "code", "pre", "blockquote", "a", "strong", "em", "del"];
            assert!(known.contains(&name), "<{name}> in {html:?}");
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?} in {html:?}");
}

fn check_telegram(notice: &Notice) {
    let message = json_of(Kind::Telegram, notice);
    no_mention(&message);
    assert!((1..=limits::TELEGRAM_UTF16).contains(&utf16(&message["text"])));
    tags_are_ours(message["text"].as_str().unwrap());
}

fn check_matrix(content: &Value) {
    no_mention(content);
    assert_eq!(content["m.mentions"], json!({}));
    assert!(content.to_string().len() * 2 <= limits::MATRIX_EVENT_BYTES - 4_000, "{}", content.to_string().len());
    tags_are_ours(content["formatted_body"].as_str().unwrap());
}

fn check_webex(notice: &Notice) {
    let message = json_of(Kind::Webex, notice);
    no_mention(&message);
    assert!((1..=limits::WEBEX_BYTES).contains(&message["markdown"].as_str().unwrap().len()));
}

fn check_zulip(notice: &Notice) {
    let bodies = composed(Kind::Zulip, notice);
    assert_eq!(bodies.len(), 1);
    let pairs: Value =
        url::form_urlencoded::parse(&bodies[0]).map(|(key, value)| (key.into_owned(), value.into_owned())).collect();
    no_mention(&pairs);
    assert!((1..=limits::ZULIP_CHARS).contains(&chars(&pairs["content"])));
    assert!((1..=limits::ZULIP_TOPIC_CHARS).contains(&chars(&pairs["topic"])));
}

fn check_webhook(notice: &Notice) {
    let body = json_of(Kind::Webhook, notice);
    assert!(body.to_string().len() <= limits::WEBHOOK_BODY_BYTES, "{}", body.to_string().len());
    assert_eq!(body["type"], notice.event.kind.word());
}

fn check_mail(notice: &Notice) {
    for message in composed(Kind::Email, notice) {
        let message = String::from_utf8(message).expect("a mail is ASCII");
        assert!(message.is_ascii());
        assert!(!message.replace("\r\n", "").contains(['\r', '\n']), "a bare line break");
        assert!(message.split("\r\n").all(|line| line.len() <= limits::MAIL_LINE_OCTETS));
        let (headers, _) = message.split_once("\r\n\r\n").unwrap();
        let known = [
            "From",
            "To",
            "Date",
            "Message-ID",
            "Subject",
            "In-Reply-To",
            "References",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "Precedence",
            "List-Id",
            "X-Tocsin-Event",
            "List-Unsubscribe",
            "List-Unsubscribe-Post",
            "MIME-Version",
            "Content-Type",
        ];
        for line in headers.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])) {
            let name = line.split(':').next().unwrap();
            assert!(known.contains(&name), "{line:?}");
        }
        assert_eq!(headers.matches("\r\nSubject:").count(), 1);
    }
}

fn check(notice: &Notice) {
    jsons_of(Kind::Slack, notice).iter().for_each(check_slack);
    jsons_of(Kind::SlackBot, notice).iter().for_each(check_slack);
    jsons_of(Kind::Discord, notice).iter().for_each(check_discord);
    check_teams(notice);
    check_google_chat(notice);
    jsons_of(Kind::Mattermost, notice).iter().for_each(check_mattermost);
    jsons_of(Kind::RocketChat, notice).iter().for_each(check_rocket_chat);
    check_telegram(notice);
    jsons_of(Kind::Matrix, notice).iter().for_each(check_matrix);
    check_webex(notice);
    check_zulip(notice);
    check_webhook(notice);
    check_mail(notice);
}

#[test]
fn every_sample_passes() {
    for (_, notice) in samples::all() {
        check(&notice);
    }
}

/// Text a vendor might write who means harm, or whose keyboard fell down the stairs.
fn words() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ -~]{0,30}",
        "\\PC{0,20}",
        Just("<!channel> @everyone @here <@U1> <#C1>".to_owned()),
        Just("\r\nBcc: victim@example.com\r\n\r\n".to_owned()),
        Just("</blockquote></td></table><script>alert(1)</script>".to_owned()),
        Just("**".to_owned()),
        Just("```".to_owned()),
        Just("\n> - 1. # ".to_owned()),
        Just("[a](https://e.com/?a=b|c>d)".to_owned()),
        Just("\u{202e}\u{0}\u{feff}👩‍👩‍👧‍👧".to_owned()),
        Just("&lt;!here&gt; &amp;lt;".to_owned()),
        Just("&&&&<<<<>>>>____".repeat(40)),
        Just("слово 停电 ".repeat(300)),
        Just("a\n".repeat(800)),
    ];
    proptest::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// The incident's words as those of announced work, a component or a page.
fn other(about: i32, incident: &Incident) -> Option<Subject> {
    let component = incident.components.first().cloned();
    match about {
        0 => Some(Subject::Maintenance(Maintenance {
            id: incident.id,
            vendor_id: incident.vendor_id.clone(),
            title: incident.title.clone(),
            url: incident.url.clone(),
            stage: MaintenanceStage::Scheduled,
            starts_at: incident.started_at,
            ends_at: incident.started_at.map(|at| at.plus(3_600)),
            first_seen_at: incident.first_seen_at,
            imported: false,
            sample: false,
            components: incident.components.clone(),
            updates: incident
                .updates
                .iter()
                .map(|entry| Update { id: String::new(), stage: None, at: entry.at, body: entry.body.clone() })
                .collect(),
        })),
        1 => Some(Subject::Component(ComponentChange {
            group: incident.components.iter().map(|one| one.name.clone()).collect(),
            component: component?,
            before: Health::Operational,
            after: Health::PartialOutage,
        })),
        2 => Some(Subject::Page(PageNews {
            url: incident.title.clone(),
            reason: incident.updates.first().map_or_else(String::new, |entry| entry.body.clone()),
            since: incident.started_at,
            last_known: None,
        })),
        _ => None,
    }
}

prop_compose! {
    fn notices()(
        title in words(),
        bodies in proptest::collection::vec(words(), 0..6),
        names in proptest::collection::vec(words(), 0..12),
        vendor in words(),
        reason in words(),
        url in proptest::option::of(words()),
        kind in proptest::sample::select(EventKind::ALL),
        zone in proptest::sample::select(vec!["UTC", "America/New_York", "Asia/Kolkata", "nowhere"]),
        start in proptest::option::of(-9_000_000_000_i64..9_000_000_000),
        unseen in proptest::option::of(0_i64..1_000_000),
        about in 0..4,
    ) -> Notice {
        let mut incident = samples::incident(1);
        incident.title = title;
        incident.url.clone_from(&url);
        incident.started_at = start.map(Timestamp::from_second);
        incident.components = names.into_iter().map(|name| ComponentRef { id: name.clone(), name }).collect();
        incident.updates = bodies
            .into_iter()
            .map(|body| TimelineEntry {
                id: String::new(),
                stage: Some(Stage::Identified),
                at: incident.started_at,
                body,
                first_seen_at: incident.first_seen_at,
                revisions: Vec::new(),
                left_out: 0,
                backdated: false,
                unlisted_since: None,
            })
            .collect();
        let updates = incident.updates.clone();
        let subject = other(about, &incident).unwrap_or(Subject::Incident(incident));
        let mut notice = samples::notice(&[kind], "2026-02-20T22:31:00Z", subject, updates);
        notice.provider.name = vendor;
        notice.reason = reason;
        notice.links.vendor = url;
        notice.time_zone = zone.to_owned();
        notice.event.unseen_s = unseen;
        notice
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn no_vendor_breaks_a_message(notice in notices()) {
        check(&notice);
    }
}

/// What a refused message becomes says the same to the same people.
fn plainer(kind: Kind, name: &str, message: &Composed, plain: &Composed) {
    let where_to = format!("{} of {name}, plainer", kind.name());
    assert_ne!(message.body, plain.body, "{where_to}");
    assert_eq!((&message.to, message.part), (&plain.to, plain.part), "{where_to}");
    let json: Value = serde_json::from_slice(&plain.body).unwrap();
    no_mention(&json);
    let mut all = Vec::new();
    strings(&json, &mut all);
    assert!(all.iter().any(|text| text.chars().count() > 20), "{where_to} says nothing: {json}");
    if name.starts_with("incident-") {
        assert!(all.iter().any(|text| text.contains("Kustomer")), "{where_to} names nobody: {json}");
    }
}

/// For every kind there is, so that a new one is held to it from its first day.
#[test]
fn whatever_a_vendor_writes_stays_in_its_place() {
    let sender = Sender { base_url: "https://tocsin.example.com".to_owned(), ..Sender::default() };
    for kind in ALL {
        let settings = samples::settings(*kind);
        for (name, notice) in samples::all() {
            for message in kind.channel().compose(&settings, &notice, &sender.for_channel("hook")) {
                let root = Some(samples::root(*kind)).filter(|_| !notice.first_of_thread);
                let attempt = samples::attempt(&notice, root, notice.event.at);
                if let Some(plain) = kind.channel().plainer(&message) {
                    plainer(*kind, name, &message, &plain);
                }
                let where_to = format!("{} of {name}", kind.name());
                let tocsin_domain::Ask::Http(ask) = kind.channel().ask(&settings, &message, &attempt, &sender) else {
                    continue;
                };
                assert!(ask.body.len() <= 512 * 1024, "{where_to}: {} bytes", ask.body.len());
                assert!(!ask.url.contains("evil.example"), "{where_to}: {}", ask.url);
                for (header, value) in &ask.headers {
                    assert!(!value.contains(['\r', '\n', '\0']), "{where_to}: {header}");
                }
                if let Ok(json) = serde_json::from_slice::<Value>(&ask.body) {
                    // A program reads what was written, word for word.
                    if !kind.channel().is_machine() {
                        no_mention(&json);
                    }
                }
            }
        }
    }
}
