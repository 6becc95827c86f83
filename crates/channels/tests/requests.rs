//! The exact request of every channel for every kind of event: `cases/<channel>/<event>.snap`, reviewed like code.

mod samples;

use serde_json::{Value, json};
use tocsin_channels::{ALL, Kind, Sender};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Ask, EventKind, Revision, Subject};

fn sender() -> Sender {
    Sender {
        base_url: "https://tocsin.example.com".to_owned(),
        mail_from: "Tocsin <tocsin@example.com>".to_owned(),
        unsubscribe_key: b"an example key of thirty-two byt".to_vec(),
        vapid: b"an example key of thirty-two byt".to_vec(),
        ..Sender::default()
    }
}

/// All requests of one notice, as a person reads them: first line, headers, body. What does not begin a thread answers a
/// root that the other side calls `root-1`.
fn requests(kind: Kind, notice: &Notice) -> String {
    let (settings, sender) = (samples::settings(kind), sender().for_channel("hook"));
    let root = Some(samples::root(kind)).filter(|_| !notice.first_of_thread);
    let attempt = samples::attempt(notice, root, samples::at("2026-02-20T22:02:00Z"));
    let composed = kind.channel().compose(&settings, notice, &sender);
    let asks = composed.iter().map(|message| (message, kind.channel().ask(&settings, message, &attempt, &sender)));
    asks.map(|(message, ask)| written(&ask, &message.body)).collect::<Vec<_>>().join("\n\n")
}

fn written(ask: &Ask, stored: &[u8]) -> String {
    match ask {
        Ask::Http(http) => {
            let headers: Vec<String> = http.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
            let method = format!("{:?}", http.method).to_uppercase();
            format!("{method} {}\n{}\n\n{}", http.url, headers.join("\n"), readable(&http.body, stored))
        }
        Ask::Mail(mail) => {
            let message = String::from_utf8(mail.message.clone()).unwrap();
            format!("MAIL FROM {} RCPT TO {}\n\n{}", mail.from, mail.to, message.replace("\r\n", "\n"))
        }
    }
}

/// JSON over many lines, a form over one line a field, what is sealed before it was; anything else as it is.
fn readable(body: &[u8], stored: &[u8]) -> String {
    if std::str::from_utf8(body).is_err() {
        return format!("sealed, {} bytes, from:\n{}", body.len(), readable(stored, stored));
    }
    if let Ok(json) = serde_json::from_slice::<Value>(body) {
        return serde_json::to_string_pretty(&json).unwrap();
    }
    String::from_utf8_lossy(body).replace('&', "\n&")
}

fn case(kind: Kind) {
    // A flood is measured, not read: see hostile.rs.
    for (name, notice) in samples::all().into_iter().filter(|(name, _)| *name != "hostile-flood") {
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(format!("../cases/{}", kind.name()));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, requests(kind, &notice)));
    }
}

#[test]
fn webhook() {
    case(Kind::Webhook);
}

#[test]
fn email() {
    case(Kind::Email);
}

#[test]
fn slack() {
    case(Kind::Slack);
}

#[test]
fn slack_bot() {
    case(Kind::SlackBot);
}

#[test]
fn discord() {
    case(Kind::Discord);
}

#[test]
fn teams() {
    case(Kind::Teams);
}

#[test]
fn google_chat() {
    case(Kind::GoogleChat);
}

#[test]
fn mattermost() {
    case(Kind::Mattermost);
}

#[test]
fn rocket_chat() {
    case(Kind::RocketChat);
}

#[test]
fn telegram() {
    case(Kind::Telegram);
}

#[test]
fn matrix() {
    case(Kind::Matrix);
}

#[test]
fn webex() {
    case(Kind::Webex);
}

#[test]
fn zulip() {
    case(Kind::Zulip);
}

#[test]
fn ntfy() {
    case(Kind::Ntfy);
}

#[test]
fn pushover() {
    case(Kind::Pushover);
}

#[test]
fn gotify() {
    case(Kind::Gotify);
}

#[test]
fn twilio_sms() {
    case(Kind::TwilioSms);
}

#[test]
fn twilio_voice() {
    case(Kind::TwilioVoice);
}

#[test]
fn webhook_template() {
    case(Kind::WebhookTemplate);
}

#[test]
fn statuspage_webhook() {
    case(Kind::StatuspageWebhook);
}

#[test]
fn web_push() {
    case(Kind::WebPush);
}

#[test]
fn pagerduty() {
    case(Kind::PagerDuty);
}

#[test]
fn opsgenie() {
    case(Kind::Opsgenie);
}

#[test]
fn jsm() {
    case(Kind::Jsm);
}

#[test]
fn splunk_oncall() {
    case(Kind::SplunkOnCall);
}

#[test]
fn incident_io() {
    case(Kind::IncidentIo);
}

#[test]
fn rootly() {
    case(Kind::Rootly);
}

#[test]
fn firehydrant() {
    case(Kind::FireHydrant);
}

#[test]
fn grafana_irm() {
    case(Kind::GrafanaIrm);
}

#[test]
fn alertmanager() {
    case(Kind::Alertmanager);
}

#[test]
fn sns() {
    case(Kind::Sns);
}

#[test]
fn servicenow() {
    case(Kind::ServiceNow);
}

#[test]
fn jira() {
    case(Kind::Jira);
}

#[test]
fn github_issue() {
    case(Kind::GitHubIssue);
}

#[test]
fn every_channel_has_cases() {
    for kind in ALL {
        let folder = format!("{}/cases/{}", env!("CARGO_MANIFEST_DIR"), kind.name());
        assert!(std::fs::read_dir(&folder).is_ok_and(|mut files| files.next().is_some()), "{folder} is missing");
    }
}

#[test]
fn composing_twice_gives_the_same_bytes() {
    for kind in ALL {
        for (name, notice) in samples::all() {
            let compose = || kind.channel().compose(&samples::settings(*kind), &notice, &sender().for_channel("hook"));
            assert_eq!(compose(), compose(), "{} of {name}", kind.name());
        }
    }
}

fn mails_of(case: &str, channel: &str, to: &Value) -> Vec<String> {
    let (_, notice) = samples::all().into_iter().find(|(name, _)| *name == case).unwrap();
    let composed = Kind::Email.channel().compose(&json!({ "to": to }), &notice, &sender().for_channel(channel));
    composed.into_iter().map(|one| String::from_utf8(one.body).unwrap()).collect()
}

fn header<'a>(mail: &'a str, name: &str) -> Option<&'a str> {
    let (headers, _) = mail.split_once("\r\n\r\n")?;
    headers.split("\r\n").find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[test]
fn each_recipient_gets_a_mail_and_an_address_of_their_own() {
    let mails = mails_of("incident-opened", "mail", &json!(["a@example.com", "B <b@example.com>", "broken"]));
    assert_eq!(mails.len(), 2);
    assert_eq!(header(&mails[0], "To"), Some("a@example.com"));
    assert!(!mails[0].contains("b@example.com"), "nobody learns who else is told");
    assert_ne!(header(&mails[0], "Message-ID"), header(&mails[1], "Message-ID"));
    for (mail, recipient) in mails.iter().zip(["a@example.com", "b@example.com"]) {
        let address = header(mail, "List-Unsubscribe").unwrap().trim_matches(['<', '>']);
        let token = address.strip_prefix("https://tocsin.example.com/unsubscribe/").unwrap();
        let named = tocsin_channels::read_unsubscribe_token(&sender().unsubscribe_key, token);
        assert_eq!(named, Some(("mail".to_owned(), recipient.to_owned())));
    }
}

#[test]
fn later_mails_answer_the_first() {
    let to = json!(["a@example.com"]);
    let first = mails_of("incident-opened", "mail", &to).remove(0);
    for case in ["incident-updated", "incident-resolved", "incident-postmortem"] {
        let later = mails_of(case, "mail", &to).remove(0);
        assert_eq!(header(&later, "In-Reply-To"), header(&first, "Message-ID"), "{case}");
        assert_eq!(header(&later, "References"), header(&first, "Message-ID"), "{case}");
        assert_eq!(header(&later, "Subject"), header(&first, "Subject"), "{case}");
    }
}

#[test]
fn a_page_that_fails_twice_is_two_mails() {
    let ping = |when: &str| {
        let (_, mut notice) = samples::all().into_iter().find(|(name, _)| *name == "page-unreadable").unwrap();
        notice.id = tocsin_domain::ids::v7(samples::at(when), &[b"another"]);
        notice.first_of_thread = true;
        let settings = json!({ "to": ["a@example.com"] });
        let composed = Kind::Email.channel().compose(&settings, &notice, &sender().for_channel("mail"));
        header(std::str::from_utf8(&composed[0].body).unwrap(), "Message-ID").unwrap().to_owned()
    };
    assert_ne!(ping("2026-02-20T22:01:00Z"), ping("2026-02-21T22:01:00Z"));
}

#[test]
fn a_webhook_carries_the_last_earlier_texts_and_the_api_all_that_were_kept() {
    let mut incident = samples::incident(1);
    let seen_at = samples::at("2026-02-20T22:40:00Z");
    let text = |turn: usize| Revision { seen_at, body: format!("Text {turn}."), stage: None, at: None };
    incident.updates[0].revisions = (0..20).map(text).collect();
    incident.updates[0].left_out = 7;
    let whole = tocsin_channels::incident_of(&incident, "kustomer", seen_at);
    let kept = |incident: &Value| incident["updates"][0]["revisions"].as_array().map(Vec::len);
    assert_eq!((kept(&whole), &whole["updates"][0]["left_out"]), (Some(20), &json!(7)));
    let notice =
        samples::notice(&[EventKind::IncidentEdited], "2026-02-20T22:40:00Z", Subject::Incident(incident), Vec::new());
    let told = &tocsin_channels::body_of(&notice)["data"]["incident"];
    assert_eq!((kept(told), &told["updates"][0]["left_out"]), (Some(3), &json!(24)));
    assert_eq!(told["updates"][0]["revisions"][2]["body"], "Text 19.");
}
