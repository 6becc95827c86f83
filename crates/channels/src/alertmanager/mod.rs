//! Alertmanager: alerts by its API v2, to every peer of a cluster. What fires is repeated, because it forgets.

use serde_json::{Map, Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, MaintenanceStage, Subject, Timestamp};

use crate::alarm::{self, Act, Alarm};
use crate::call::{self, Call};
use crate::limits::{ALERTMANAGER_LABELS, ALERTMANAGER_TEXT_CHARS};
use crate::settings::{self, problem};
use crate::text::{PLAIN, Unit, truncate};
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Alertmanager = Alertmanager;

pub(crate) struct Alertmanager;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "urls",
        required: true,
        secret: false,
        list: true,
        help: "the address of every Alertmanager of the cluster, like [\"https://alertmanager.example.com\"]: each is told, as Prometheus does it.",
    },
    Setting {
        key: "labels",
        required: false,
        secret: false,
        list: true,
        help: "labels that every alert of this channel has beside its own, for your routes: [\"severity=critical\", \"team=desk\"].",
    },
    Setting {
        key: "token",
        required: false,
        secret: true,
        list: false,
        help: "a bearer token, where something in front of Alertmanager wants one.",
    },
    Setting {
        key: "user",
        required: false,
        secret: false,
        list: false,
        help: "a name for basic authentication, where something in front of Alertmanager wants one.",
    },
    Setting { key: "password", required: false, secret: true, list: false, help: "the password of `user`." },
];

const PATH: &str = "/api/v2/alerts";
/// What still fires is told again this often (seconds): an Alertmanager that was started anew knows of nothing.
const REPEATED_S: i64 = 60;
/// What fires does so for this long without another word (seconds): longer than we are ever away.
const FIRES_S: i64 = 24 * 3_600;
/// A test fires for this long (seconds).
const TEST_FIRES_S: i64 = 300;
/// Labels that are ours.
const OWN: [&str; 7] = ["alertname", "provider", "instance", "incident", "maintenance", "component", "page"];

impl Channel for Alertmanager {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        let mut seen = Vec::new();
        for peer in settings::strings(settings, "urls") {
            match settings::address(&json!({ "urls": peer }), "urls") {
                Err(wrong) => problems.push(wrong),
                Ok(_) if seen.contains(&peer) => problems.push(problem("urls", format!("`{peer}` is named twice"))),
                Ok(_) if peer.contains(PATH) => {
                    let hint = format!("`{peer}` ends with {PATH}: give the address that a browser opens");
                    problems.push(problem("urls", hint));
                }
                Ok(_) => seen.push(peer),
            }
        }
        let wrong = settings::strings(settings, "labels").into_iter().filter_map(|one| wrong_label(&one));
        problems.extend(wrong.map(|detail| problem("labels", detail)));
        problems.extend(settings::credential(settings, "token"));
        let both = |key: &str| !settings::string(settings, key).trim().is_empty();
        if both("token") && both("user") {
            problems.push(problem("user", "either `token` or `user` and `password`, not both"));
        }
        if both("user") != both("password") {
            problems.push(problem("password", "`user` and `password` go together: give both or neither"));
        }
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, sender: &Sender) -> Vec<Composed> {
        let peers = settings::strings(settings, "urls");
        let to_all = |message: &Composed| -> Vec<Composed> {
            peers.iter().map(|peer| Composed { to: trimmed(peer).to_owned(), ..message.clone() }).collect()
        };
        let labels = |alarm: &Alarm<'_>| labels(settings, alarm, sender);
        let message = |alarm: &Alarm<'_>| {
            let over = (alarm.act == Act::End).then_some(notice.event.at);
            Some(crate::json_body(&alert(alarm, labels(alarm), over)))
        };
        // What ends at once is never shown: a test fires for a while, and ends by itself.
        let test = |alarm: &Alarm<'_>| {
            let until = notice.event.at.plus(TEST_FIRES_S);
            (alarm.act == Act::Raise).then(|| crate::json_body(&alert(alarm, labels(alarm), Some(until))))
        };
        let messages = match &notice.event.subject {
            Subject::Maintenance(maintenance) => {
                let act = match maintenance.stage {
                    MaintenanceStage::InProgress | MaintenanceStage::Verifying => Act::Raise,
                    MaintenanceStage::Completed | MaintenanceStage::Cancelled => Act::End,
                    MaintenanceStage::Scheduled => return Vec::new(),
                };
                message(&Alarm::new(act, notice)).into_iter().collect()
            }
            Subject::Test => alarm::messages(notice, test),
            _ => alarm::messages(notice, message),
        };
        messages.iter().flat_map(to_all).collect()
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let mut alert: Value = serde_json::from_slice(&composed.body).unwrap_or_default();
        if alert.get("endsAt").is_none() {
            alert["endsAt"] = json!(attempt.now.plus(FIRES_S));
        }
        Call::post(PATH, json!([alert])).ask(&composed.to, access(settings))
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |_| None)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }

    fn keeping(&self, _settings: &Value) -> Keeping {
        Keeping::Alarm
    }

    fn is_machine(&self) -> bool {
        true
    }

    fn refresh_s(&self) -> Option<i64> {
        Some(REPEATED_S)
    }

    fn ended(&self, composed: &Composed, at: Timestamp) -> Option<Composed> {
        let mut alert: Value = serde_json::from_slice(&composed.body).ok()?;
        if alert.get("endsAt").is_some() {
            return None;
        }
        end(&mut alert, at);
        Some(Composed { body: alert.to_string().into_bytes(), ..composed.clone() })
    }
}

fn trimmed(peer: &str) -> &str {
    peer.trim().trim_end_matches('/')
}

fn access(settings: &Value) -> Vec<(String, String)> {
    let given = |key| settings::string(settings, key).trim();
    match (given("token"), given("user")) {
        ("", "") => Vec::new(),
        ("", user) => vec![call::basic(user, given("password"))],
        (token, _) => vec![call::bearer(token)],
    }
}

/// What is wrong with a label that somebody gave.
fn wrong_label(text: &str) -> Option<String> {
    let Some((name, value)) = text.split_once('=') else {
        return Some(format!("`{text}` is no label: write name=value"));
    };
    let (name, value) = (name.trim(), value.trim());
    let letters = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if name.is_empty() || !name.chars().all(letters) || name.starts_with(|first: char| first.is_ascii_digit()) {
        return Some(format!("`{name}` cannot name a label: letters, digits and _ can, a digit not first"));
    }
    if OWN.contains(&name) {
        return Some(format!("the label `{name}` is Tocsin's own: choose another name"));
    }
    value.is_empty().then(|| format!("the label `{name}` has no value: write {name}=value"))
}

/// What tells an alert from all others, and nothing that changes while it fires: another label would be another alert.
fn labels(settings: &Value, alarm: &Alarm<'_>, sender: &Sender) -> Value {
    let mut labels = Map::new();
    for given in settings::strings(settings, "labels").iter().take(ALERTMANAGER_LABELS) {
        if let Some((name, value)) = given.split_once('=') {
            labels.insert(name.trim().to_owned(), Value::from(value.trim()));
        }
    }
    let notice = alarm.notice;
    let (name, own) = match &notice.event.subject {
        Subject::Incident(incident) => ("StatusPageIncident", Some(("incident", incident.id.to_string()))),
        Subject::Maintenance(maintenance) => {
            ("StatusPageMaintenance", Some(("maintenance", maintenance.id.to_string())))
        }
        Subject::Component(change) => {
            let id = truncate(&change.component.id, ALERTMANAGER_TEXT_CHARS, Unit::Chars);
            ("StatusPageComponent", Some(("component", id)))
        }
        Subject::Page(news) => {
            ("StatusPageUnreadable", Some(("page", truncate(&news.url, ALERTMANAGER_TEXT_CHARS, Unit::Chars))))
        }
        Subject::Warning(warning) => ("OwnCheckFails", Some(("warning", warning.id.to_string()))),
        Subject::Digest(_) | Subject::Channel(_) | Subject::Test => ("TocsinTest", None),
    };
    labels.insert("alertname".to_owned(), Value::from(name));
    labels.insert("provider".to_owned(), Value::from(notice.provider.slug.as_str()));
    labels.insert("instance".to_owned(), Value::from(sender.base_url.as_str()));
    labels.extend(own.map(|(name, value)| (name.to_owned(), Value::from(value))));
    Value::Object(labels)
}

/// One alert; without `over` it has no end, which each attempt sets anew.
fn alert(alarm: &Alarm<'_>, labels: Value, over: Option<Timestamp>) -> Value {
    let said = &alarm.said;
    let fact = |name: &str| said.facts.iter().find(|(label, _)| *label == name).map(|(_, value)| value.as_str());
    let link = |place: usize| said.links.get(place).map(|link| link.url.as_str());
    let mut alert = json!({
        "labels": labels,
        "annotations": {
            "summary": truncate(&said.headline, ALERTMANAGER_TEXT_CHARS, Unit::Chars),
            "description": said.story(&PLAIN, ALERTMANAGER_TEXT_CHARS, Unit::Chars),
            "severity": alarm.severity.word(),
            "impact": fact("Impact"),
            "stage": fact("Stage"),
            "components": alarm.components(20).join(", "),
            "vendor_page": alarm.notice.links.vendor.as_deref().and_then(crate::text::web),
        },
        "startsAt": alarm.began(),
        "generatorURL": link(0),
    });
    call::without_blanks(&mut alert);
    if let Some(at) = over {
        end(&mut alert, at);
    }
    alert
}

/// Over since `at`. An alert that ends before it began is refused, and vendors do claim such things.
fn end(alert: &mut Value, at: Timestamp) {
    let began = alert["startsAt"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
    if began.is_none_or(|began| began >= at) {
        alert["startsAt"] = json!(at.plus(-1));
    }
    alert["endsAt"] = json!(at);
}

#[cfg(test)]
mod tests;
