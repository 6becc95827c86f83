//! Rocket.Chat: an incoming webhook, or a user whose first message is edited and answered in its thread.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};
use url::Url;

use crate::limits::ROCKET_CHAT_CHARS;
use crate::say::Said;
use crate::settings::{self, problem};
use crate::sheet::{Extent, Quoting, Sheet};
use crate::text::{ROCKET_CHAT, Unit};
use crate::thread::{self, Answers};
use crate::{Attempt, Channel, Composed, Outcome, Part, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: RocketChat = RocketChat;

pub(crate) struct RocketChat;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "url",
        required: true,
        secret: true,
        list: false,
        help: "the address of an incoming webhook, https://chat.example.com/hooks/…; with a token, the server's own.",
    },
    Setting {
        key: "token",
        required: false,
        secret: true,
        list: false,
        help: "a personal access token: with it one message is edited and answered in its thread.",
    },
    Setting {
        key: "user_id",
        required: false,
        secret: false,
        list: false,
        help: "with a token: the id of its user, shown together with the token.",
    },
    Setting {
        key: "room_id",
        required: false,
        secret: false,
        list: false,
        help: "with a token: the room's id (rid), from the room's address or information; the user must be in it.",
    },
];

const TOGETHER: &[&str] = &["token", "user_id", "room_id"];

const SHEET: Sheet = Sheet {
    dialect: &ROCKET_CHAT,
    most: ROCKET_CHAT_CHARS,
    unit: Unit::Chars,
    line: "\n",
    quoting: Quoting::Lines("> "),
    links: true,
};

impl Channel for RocketChat {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::no_spaces(settings, TOGETHER));
        problems.extend(settings::together(settings, TOGETHER));
        match settings::address(settings, "url") {
            Err(wrong) => problems.push(wrong),
            Ok(Some(url)) => problems.extend(wrong_door(&url, is_user(settings)).map(|hint| problem("url", hint))),
            Ok(None) => {}
        }
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let text = |said: &Said, extent| SHEET.written(said, extent);
        if !is_user(settings) {
            let message = json!({ "alias": "Tocsin", "text": text(&Said::new(notice), Extent::Whole) });
            return vec![crate::json_body(&message)];
        }
        let body = |said: &Said, extent| crate::json_body(&json!({ "text": text(said, extent) }));
        let news = |said: &Said| body(said, Extent::News);
        thread::edited(notice, Answers::All, |said| body(said, Extent::Whole), news)
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let url = settings::string(settings, "url").trim();
        if !is_user(settings) {
            return crate::post(url, composed);
        }
        let root = thread::root(attempt);
        let edits = composed.part == Part::Root && root.is_some();
        let composed = thread::with(composed, |body| {
            body.insert("roomId".to_owned(), Value::from(settings::string(settings, "room_id").trim()));
            if let Some(root) = root {
                body.insert(if edits { "msgId" } else { "tmid" }.to_owned(), Value::from(root));
            }
        });
        let method = if edits { "chat.update" } else { "chat.postMessage" };
        let ask = crate::post(&format!("{}/api/v1/{method}", url.trim_end_matches('/')), &composed);
        let ask = crate::with_header(ask, "x-auth-token", settings::string(settings, "token").trim());
        crate::with_header(ask, "x-user-id", settings::string(settings, "user_id").trim())
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |http| by_body(http, now))
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, settings::cut_hook)
    }
}

fn is_user(settings: &Value) -> bool {
    !settings::string(settings, "token").trim().is_empty()
}

/// A webhook's address with a token, or a server's without one.
fn wrong_door(url: &Url, user: bool) -> Option<String> {
    match (user, settings::hook_at(url)) {
        (true, Some(_)) => Some(
            "`url` is an incoming webhook, which needs no token: take `token`, `user_id` and `room_id` away, or write \
             the server's own address, like https://chat.example.com"
                .to_owned(),
        ),
        (false, None) if !settings::is_private(url) => Some(
            "`url` is no incoming webhook of Rocket.Chat: it looks like https://chat.example.com/hooks/…; make one \
             under Administration, Integrations, or add `token`, `user_id` and `room_id`"
                .to_owned(),
        ),
        _ => None,
    }
}

/// Rocket.Chat says in `success` whether it kept the message, whatever the status.
fn by_body(http: &HttpAnswer, now: Timestamp) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    if http.status == 429 {
        return waiting(http, now).map(|seconds| Outcome::RetryAfter { seconds });
    }
    match body.get("success").and_then(Value::as_bool) {
        Some(true) => {
            let remote = body["message"]["_id"].as_str().map(str::to_owned);
            return Some(Outcome::Delivered { remote });
        }
        None if (200..300).contains(&http.status) => {
            return Some(Outcome::Ambiguous { detail: format!("{detail} (Rocket.Chat says whether it succeeded)") });
        }
        _ => {}
    }
    let words = |key: &str| body.get(key).and_then(Value::as_str).unwrap_or_default();
    let said = format!("{} {}", words("error"), words("errorType")).to_ascii_lowercase();
    let has = |all: &[&str]| all.iter().any(|word| said.contains(word));
    if has(&["no message found", "does not match where the message is", "editing", "edit-message", "invalid-message"]) {
        Some(Outcome::RootGone { detail })
    } else if has(&["too-many-requests", "too many requests"]) {
        Some(Outcome::Retry { detail, slow: true })
    } else if has(&["room-not-found", "invalid-room", "invalid-channel", "invalid integration", "room_archived"]) {
        Some(Outcome::EndpointGone { detail })
    } else if has(&["not-allowed", "unauthorized", "must be logged in", "not authorized", "readonly"]) {
        Some(Outcome::EndpointAuth { detail })
    } else if has(&["size", "too-long"]) {
        Some(Outcome::RejectPayload { detail })
    } else {
        None
    }
}

/// `Retry-After`, or the moment (milliseconds since 1970) at which the limit is over.
fn waiting(http: &HttpAnswer, now: Timestamp) -> Option<u32> {
    let reset = || {
        let at: i64 = http.header("x-ratelimit-reset")?.trim().parse().ok()?;
        #[expect(clippy::cast_precision_loss, reason = "clamped to an hour")]
        let seconds = at.saturating_div(1_000).saturating_add(1).saturating_sub(now.as_second()) as f64;
        judge::clamped(seconds)
    };
    judge::wait(http, now).or_else(reset)
}

#[cfg(test)]
mod tests;
