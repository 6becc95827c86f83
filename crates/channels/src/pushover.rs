//! Pushover: rings on a phone; what is critical rings until somebody acknowledges it, or until it is over.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};

use crate::limits::{
    PUSHOVER_EXPIRE_S, PUSHOVER_MESSAGE_CHARS, PUSHOVER_RETRY_S, PUSHOVER_TITLE_CHARS, PUSHOVER_URL_CHARS,
    PUSHOVER_URL_TITLE_CHARS,
};
use crate::say::{Said, Tone, told};
use crate::settings::{self, problem};
use crate::text::{QUIET, Unit, neutral, truncate};
use crate::wakes::{Wake, wakes};
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Part, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Pushover = Pushover;

pub(crate) struct Pushover;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "token",
        required: true,
        secret: true,
        list: false,
        help: "the API token of an application, 30 letters and digits, made at https://pushover.net/apps/build.",
    },
    Setting {
        key: "user",
        required: true,
        secret: true,
        list: false,
        help: "the key of the user or group that is rung, 30 letters and digits, from https://pushover.net.",
    },
    Setting {
        key: "device",
        required: false,
        secret: false,
        list: true,
        help: "names of the devices that ring; leave it out for all of them.",
    },
    Setting {
        key: "sound",
        required: false,
        secret: false,
        list: false,
        help: "the name of a sound, like siren; leave it out for the one that the user chose.",
    },
    Setting {
        key: "url",
        required: false,
        secret: false,
        list: false,
        help: "where Pushover's API is, if not at https://api.pushover.net: for a stand-in on a private address.",
    },
];

const HOST: &str = "api.pushover.net";
/// An emergency rings again after this many seconds.
const RETRY_S: i64 = 60;
/// Letters and digits of a key.
const KEY_CHARS: usize = 30;

impl Channel for Pushover {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::stand_in(settings, HOST).err());
        for key in ["token", "user"] {
            let value = settings::string(settings, key).trim();
            let sound = value.len() == KEY_CHARS && value.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if !value.is_empty() && !sound {
                problems.push(problem(key, format!("`{key}` must be {KEY_CHARS} letters and digits")));
            }
        }
        let named = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if !settings::strings(settings, "device").iter().all(|device| device.len() <= 25 && named(device)) {
            problems.push(problem("device", "`device` takes letters, digits, - and _, at most 25 of them"));
        }
        if !named(settings::string(settings, "sound").trim()) {
            problems.push(problem("sound", "`sound` is one word, like siren"));
        }
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let Some(wake) = wakes(notice) else { return Vec::new() };
        let message = crate::json_body(&message(settings, notice, &Said::new(notice), wake));
        if wake != Wake::End {
            return vec![message];
        }
        // What rings must stop first; then it is said that it is over.
        let silence = crate::json_body(&json!({ "cancel": notice.thread }));
        vec![silence, Composed { part: Part::Reply, ..message }]
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let base = settings::stand_in(settings, HOST).unwrap_or_else(|_| format!("https://{HOST}"));
        let token = ("token", Value::from(settings::string(settings, "token").trim()));
        let stored: Value = serde_json::from_slice(&composed.body).unwrap_or_default();
        let mut composed = composed.clone();
        let Some(tag) = stored.get("cancel").and_then(Value::as_str) else {
            let user = ("user", Value::from(settings::string(settings, "user").trim()));
            composed.body = crate::completed(&composed, &[token, user]);
            return crate::post(&format!("{base}/1/messages.json"), &composed);
        };
        composed.body = json!({ "token": token.1 }).to_string().into_bytes();
        // A receipt is what the emergency's own answer gave; without one, its tag finds it, if there was any.
        let path = match attempt.root.filter(|receipt| receipt.bytes().all(|byte| byte.is_ascii_alphanumeric())) {
            Some(receipt) => format!("receipts/{receipt}/cancel.json"),
            None => format!("receipts/cancel_by_tag/{tag}.json"),
        };
        crate::post(&format!("{base}/1/{path}"), &composed)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |http| by_body(http, now))
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }

    fn keeping(&self, _settings: &Value) -> Keeping {
        Keeping::Alarm
    }
}

/// `status` 1 is the only success; a wrong key is named in the answer.
fn by_body(http: &HttpAnswer, now: Timestamp) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let status = body.get("status").and_then(Value::as_i64);
    let detail = judge::detail(http);
    let is_cancel = http.url.contains("/receipts/");
    let wrong = |key: &str| body.get(key).and_then(Value::as_str).is_some_and(|word| word == "invalid");
    match http.status {
        200..300 if status == Some(1) => {
            let receipt = body.get("receipt").and_then(Value::as_str).map(str::to_owned);
            Some(Outcome::Delivered { remote: receipt })
        }
        200..300 if status.is_none() => {
            Some(Outcome::Ambiguous { detail: format!("{detail} (Pushover answers with a status)") })
        }
        429 => Some(
            judge::wait(http, now)
                .or_else(|| until_reset(http, now))
                .map_or(Outcome::Retry { detail, slow: true }, |seconds| Outcome::RetryAfter { seconds }),
        ),
        200..500 if wrong("token") || wrong("user") => Some(Outcome::EndpointAuth { detail }),
        // The emergency was acknowledged, has ended, or never was one.
        200..500 if is_cancel && !matches!(http.status, 401 | 403) => Some(Outcome::Superseded),
        200..500 if status == Some(0) => Some(Outcome::RejectPayload { detail }),
        _ => None,
    }
}

/// The application's monthly messages are spent; the answer says until when.
fn until_reset(http: &HttpAnswer, now: Timestamp) -> Option<u32> {
    let at: i64 = http.header("x-limit-app-reset")?.trim().parse().ok()?;
    let seconds = u32::try_from(at.saturating_sub(now.as_second())).unwrap_or(u32::from(at > now.as_second()));
    judge::clamped(f64::from(seconds))
}

fn message(settings: &Value, notice: &Notice, said: &Said, wake: Wake) -> Value {
    let title = format!("{} {}: {}", said.tone.sign(), said.vendor, said.state);
    let mut message = json!({
        "title": truncate(&neutral(&title), PUSHOVER_TITLE_CHARS, Unit::Chars),
        "message": told(said, &QUIET, PUSHOVER_MESSAGE_CHARS, Unit::Chars),
        "timestamp": notice.event.at.as_second(),
        "priority": 0,
    });
    match (wake, said.tone) {
        (Wake::Raise | Wake::Worse, Tone::Critical) => {
            message["priority"] = Value::from(2);
            message["retry"] = Value::from(RETRY_S.max(PUSHOVER_RETRY_S));
            message["expire"] = Value::from(PUSHOVER_EXPIRE_S);
            message["tags"] = Value::from(notice.thread.as_str());
        }
        (Wake::Raise | Wake::Worse, Tone::Major) => message["priority"] = Value::from(1),
        _ => {}
    }
    let link = said.links.iter().find(|link| Unit::Chars.of(&link.url) <= PUSHOVER_URL_CHARS);
    if let Some(link) = link {
        message["url"] = Value::from(link.url.as_str());
        message["url_title"] = Value::from(truncate(&neutral(&link.label), PUSHOVER_URL_TITLE_CHARS, Unit::Chars));
    }
    let devices = settings::strings(settings, "device");
    if !devices.is_empty() {
        message["device"] = Value::from(devices.join(","));
    }
    let sound = settings::string(settings, "sound").trim();
    if !sound.is_empty() && wake != Wake::End {
        message["sound"] = Value::from(sound);
    }
    message
}

#[cfg(test)]
mod tests;
