//! ntfy: a push message to everybody who follows a topic. One incident is one notification that changes.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Subject, Timestamp};

use crate::limits::{NTFY_ACTIONS, NTFY_MESSAGE_BYTES, NTFY_TITLE_CHARS};
use crate::say::{Said, Tone, told};
use crate::settings::{self, problem};
use crate::text::{QUIET, Unit, neutral, truncate};
use crate::wakes::{Wake, wakes};
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Ntfy = Ntfy;

pub(crate) struct Ntfy;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "url",
        required: true,
        secret: false,
        list: false,
        help: "the address of the server without a topic, like https://ntfy.sh or https://ntfy.example.com.",
    },
    Setting {
        key: "topic",
        required: true,
        secret: true,
        list: false,
        help: "the topic to publish to; on a public server whoever knows it can read along, so make it long and random.",
    },
    Setting {
        key: "token",
        required: false,
        secret: true,
        list: false,
        help: "an access token, tk_…, where the topic is protected; made in the web app under Account, Access tokens.",
    },
];

impl Channel for Ntfy {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        match settings::address(settings, "url") {
            Err(wrong) => problems.push(wrong),
            Ok(Some(url)) if url.query().is_some() => {
                problems.push(problem("url", "`url` must not have a part after ?; the token has a setting of its own"));
            }
            Ok(_) => {}
        }
        let topic = settings::string(settings, "topic").trim();
        let sound =
            topic.len() <= 64 && topic.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !sound {
            problems.push(problem("topic", "`topic` takes letters, digits, - and _, at most 64 of them"));
        }
        let token = settings::string(settings, "token").trim();
        if !token.is_empty() && (!token.starts_with("tk_") || !token.bytes().all(|byte| byte.is_ascii_graphic())) {
            problems.push(problem("token", "`token` is no access token of ntfy: those begin with tk_"));
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        vec![crate::json_body(&message(notice, &Said::new(notice)))]
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let topic = Value::from(settings::string(settings, "topic").trim());
        let mut composed = composed.clone();
        composed.body = crate::completed(&composed, &[("topic", topic)]);
        let token = settings::string(settings, "token").trim();
        let authorization = (!token.is_empty()).then(|| ("authorization", format!("Bearer {token}")));
        crate::post_with(settings::string(settings, "url"), &composed, authorization)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, by_body)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }

    fn keeping(&self, _settings: &Value) -> Keeping {
        Keeping::State
    }

    /// Older servers know neither buttons nor ids of ours.
    fn plainer(&self, composed: &Composed) -> Option<Composed> {
        let mut message: Value = serde_json::from_slice(&composed.body).ok()?;
        let given = message.as_object_mut()?;
        let dressed = given.len();
        given.retain(|key, _| matches!(key.as_str(), "title" | "message" | "priority" | "tags" | "click"));
        (given.len() < dressed).then(|| Composed { part: composed.part, ..crate::json_body(&message) })
    }
}

/// A message that was kept has an id; a page of something in between has none.
fn by_body(http: &HttpAnswer) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let id = body.get("id").and_then(Value::as_str);
    match (http.status, id) {
        (200..300, Some(id)) => Some(Outcome::Delivered { remote: Some(id.to_owned()) }),
        (200..300, None) => {
            Some(Outcome::Ambiguous { detail: format!("{} (ntfy answers with an id)", judge::detail(http)) })
        }
        (507, _) => Some(Outcome::RejectPayload { detail: judge::detail(http) }),
        _ => None,
    }
}

fn message(notice: &Notice, said: &Said) -> Value {
    let mut message = json!({
        "title": truncate(&neutral(&format!("{}: {}", said.vendor, said.state)), NTFY_TITLE_CHARS, Unit::Chars),
        "message": told(said, &QUIET, NTFY_MESSAGE_BYTES, Unit::Bytes),
        "priority": priority(notice, said.tone),
        "tags": [tag(said.tone)],
    });
    if let Some(link) = said.links.first() {
        message["click"] = Value::from(link.url.as_str());
    }
    let actions: Vec<Value> = said
        .links
        .iter()
        .take(NTFY_ACTIONS)
        .map(|link| json!({ "action": "view", "label": neutral(&link.label), "url": link.url }))
        .collect();
    if !actions.is_empty() {
        message["actions"] = Value::from(actions);
    }
    // The next message of the thread takes this one's place; a server that cannot do that shows both.
    if !matches!(notice.event.subject, Subject::Test | Subject::Digest(_)) {
        message["sequence_id"] = Value::from(notice.thread.as_str());
    }
    message
}

/// 5 rings through silence, 4 is long, 3 normal, 2 without a sound.
fn priority(notice: &Notice, tone: Tone) -> u8 {
    let rings = matches!(wakes(notice), Some(Wake::Raise | Wake::Worse));
    match tone {
        Tone::Critical if rings => 5,
        Tone::Major if rings => 4,
        Tone::Critical | Tone::Major | Tone::Minor | Tone::Good => 3,
        Tone::Plain if matches!(notice.event.subject, Subject::Test) => 3,
        Tone::Maintenance | Tone::Unknown | Tone::Plain => 2,
    }
}

/// Shown as a sign before the title.
const fn tag(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "white_check_mark",
        Tone::Plain => "information_source",
        Tone::Minor => "yellow_circle",
        Tone::Major => "orange_circle",
        Tone::Critical => "rotating_light",
        Tone::Maintenance => "wrench",
        Tone::Unknown => "grey_question",
    }
}

#[cfg(test)]
mod tests;
