//! Webex: a bot in a space, whose later messages answer the first; or an incoming webhook.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};
use url::Url;

use crate::limits::WEBEX_BYTES;
use crate::say::Said;
use crate::settings::{self, problem};
use crate::sheet::{Extent, Quoting, Sheet};
use crate::text::{self, QUIET, Unit, WEBEX};
use crate::{Attempt, Channel, Composed, Outcome, Sender, Setting, SettingProblem, judge, thread};

pub(crate) static CHANNEL: Webex = Webex;

pub(crate) struct Webex;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "token",
        required: false,
        secret: true,
        list: false,
        help: "a bot's access token, from developer.webex.com, My Webex Apps.",
    },
    Setting {
        key: "room_id",
        required: false,
        secret: false,
        list: false,
        help: "with a token: the id of the space, to which the bot was added.",
    },
    Setting {
        key: "url",
        required: false,
        secret: true,
        list: false,
        help: "instead of a token: the address of an incoming webhook, https://webexapis.com/v1/webhooks/incoming/…",
    },
];

const API: &str = "https://webexapis.com/v1";
const HOSTS: [&str; 2] = ["webexapis.com", "api.ciscospark.com"];

const SHEET: Sheet = Sheet {
    dialect: &WEBEX,
    most: WEBEX_BYTES,
    unit: Unit::Bytes,
    // Two spaces, or the next line goes on in this one.
    line: "  \n",
    quoting: Quoting::Lines("> "),
    links: true,
};

impl Channel for Webex {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::no_spaces(settings, &["token", "room_id"]));
        problems.extend(settings::together(settings, &["token", "room_id"]));
        match settings::address(settings, "url") {
            Err(wrong) => problems.push(wrong),
            Ok(Some(url)) => problems.extend(wrong_door(&url, is_bot(settings)).map(|hint| problem("url", hint))),
            Ok(None) if !is_bot(settings) && settings::string(settings, "room_id").trim().is_empty() => {
                problems.push(problem(
                    "token",
                    "`token` is missing: write a bot's `token` and a `room_id`, or the `url` of \
                                                an incoming webhook",
                ));
            }
            Ok(None) => {}
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let message = json!({ "markdown": SHEET.written(&Said::new(notice), Extent::Whole) });
        vec![crate::json_body(&message)]
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let given = |key| settings::string(settings, key).trim();
        if !is_bot(settings) {
            return crate::post(given("url"), composed);
        }
        let composed = thread::with(composed, |body| {
            body.insert("roomId".to_owned(), Value::from(given("room_id")));
            if let Some(root) = thread::root(attempt) {
                body.insert("parentId".to_owned(), Value::from(root));
            }
        });
        let api = match given("url").trim_end_matches('/') {
            "" => API,
            url => url,
        };
        let ask = crate::post(&format!("{api}/messages"), &composed);
        crate::with_header(ask, "authorization", &format!("Bearer {}", given("token")))
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |http| by_body(http, now))
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url: &Url| {
            settings::cut(url, if HOSTS.contains(&url.host_str().unwrap_or_default()) { 3 } else { 1 })
        })
    }

    fn plainer(&self, composed: &Composed) -> Option<Composed> {
        let message: Value = serde_json::from_slice(&composed.body).ok()?;
        let markdown = message.get("markdown")?.as_str()?;
        let text = text::render(markdown, &QUIET, WEBEX_BYTES, Unit::Bytes);
        Some(thread::with(composed, |body| {
            body.remove("markdown");
            body.insert("text".to_owned(), Value::from(text));
        }))
    }
}

fn is_bot(settings: &Value) -> bool {
    !settings::string(settings, "token").trim().is_empty()
}

fn wrong_door(url: &Url, bot: bool) -> Option<String> {
    let known = HOSTS.contains(&url.host_str().unwrap_or_default());
    let hook = url.path().starts_with("/v1/webhooks/incoming/");
    match (bot, known && hook) {
        (true, true) => Some(
            "`url` is an incoming webhook, which needs no token: take `token` and `room_id` away, or `url`".to_owned(),
        ),
        (true, false) if !known && !settings::is_private(url) => {
            Some(format!("`url` is not Webex's API: leave it out, or write {API}"))
        }
        (false, false) if !settings::is_private(url) => Some(
            "`url` is no incoming webhook of Webex: it begins with https://webexapis.com/v1/webhooks/incoming/; or write \
             a bot's `token` and a `room_id`"
                .to_owned(),
        ),
        _ => None,
    }
}

/// A message has an id; a webhook answers with nothing.
fn by_body(http: &HttpAnswer, now: Timestamp) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    let said = detail.to_ascii_lowercase();
    match http.status {
        204 => Some(Outcome::Delivered { remote: None }),
        200..300 => Some(match body.get("id").and_then(Value::as_str) {
            Some(id) => Outcome::Delivered { remote: Some(id.to_owned()) },
            None if http.body.trim_ascii().is_empty() => Outcome::Delivered { remote: None },
            None => Outcome::Ambiguous { detail: format!("{detail} (Webex shows the message)") },
        }),
        400 | 404 if said.contains("parent") => Some(Outcome::RootGone { detail }),
        // Locked for the moment.
        423 => Some(
            judge::wait(http, now)
                .map_or(Outcome::Retry { detail, slow: true }, |seconds| Outcome::RetryAfter { seconds }),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
