//! Telegram: a bot that writes to a chat, each message an answer to the first of its incident.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};
use url::Url;

use crate::limits::{TELEGRAM_BUTTON_CHARS, TELEGRAM_UTF16};
use crate::say::{Link, Said};
use crate::settings::{self, problem};
use crate::sheet::{Extent, Quoting, Sheet};
use crate::text::{self, TELEGRAM, Unit, neutral, truncate};
use crate::{Attempt, Channel, Composed, Outcome, Sender, Setting, SettingProblem, judge, thread};

pub(crate) static CHANNEL: Telegram = Telegram;

pub(crate) struct Telegram;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "token",
        required: true,
        secret: true,
        list: false,
        help: "the bot's token from @BotFather, like 123456789:AA…",
    },
    Setting {
        key: "chat_id",
        required: true,
        secret: false,
        list: false,
        help: "the chat's id (a group's begins with -100), or a public channel's @name; add the bot to it first.",
    },
    Setting {
        key: "topic_id",
        required: false,
        secret: false,
        list: false,
        help: "in a group with topics: the topic's number, which is in the links to its messages.",
    },
    Setting {
        key: "url",
        required: false,
        secret: false,
        list: false,
        help: "where the Bot API is, if you run a server of your own; https://api.telegram.org by default.",
    },
];

const API: &str = "https://api.telegram.org";

const SHEET: Sheet = Sheet {
    dialect: &TELEGRAM,
    most: TELEGRAM_UTF16,
    unit: Unit::Utf16,
    line: "\n",
    quoting: Quoting::Around("<blockquote>", "</blockquote>"),
    links: false,
};

impl Channel for Telegram {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::address(settings, "url").err());
        let token = settings::string(settings, "token").trim();
        if !token.is_empty() && !is_token(token) {
            let hint = "`token` is no token of a bot: copy it from @BotFather, digits, a colon, and letters";
            problems.push(problem("token", hint));
        }
        let chat = settings::string(settings, "chat_id").trim();
        if !chat.is_empty() && chat.parse::<i64>().is_err() && !is_name(chat) {
            let hint = "`chat_id` must be a number like \"-1001234567890\", or a public channel's name like \"@ops\"";
            problems.push(problem("chat_id", hint));
        }
        let topic = settings::string(settings, "topic_id").trim();
        if !topic.is_empty() && topic.parse::<i64>().is_err() {
            problems.push(problem("topic_id", "`topic_id` must be a number, like \"42\""));
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        vec![crate::json_body(&message(&Said::new(notice)))]
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let given = |key| settings::string(settings, key).trim();
        let root = thread::root(attempt).and_then(|root| root.parse::<i64>().ok());
        let composed = thread::with(composed, |body| {
            let chat = given("chat_id");
            body.insert("chat_id".to_owned(), chat.parse::<i64>().map_or_else(|_| Value::from(chat), Value::from));
            if let Ok(topic) = given("topic_id").parse::<i64>() {
                body.insert("message_thread_id".to_owned(), Value::from(topic));
            }
            if let Some(root) = root {
                let parameters = json!({ "message_id": root, "allow_sending_without_reply": true });
                body.insert("reply_parameters".to_owned(), parameters);
            }
        });
        let api = match given("url").trim_end_matches('/') {
            "" => API,
            url => url,
        };
        crate::post(&format!("{api}/bot{}/sendMessage", given("token")), &composed)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |http| by_body(http, now))
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, settings::whole)
    }

    fn plainer(&self, composed: &Composed) -> Option<Composed> {
        plainer(composed)
    }
}

fn is_token(text: &str) -> bool {
    let letters = |part: &str| part.chars().all(|one| one.is_ascii_alphanumeric() || matches!(one, '_' | '-'));
    let parts = text.split_once(':');
    parts.is_some_and(|(id, rest)| id.parse::<u64>().is_ok() && rest.len() >= 20 && letters(rest))
}

fn is_name(text: &str) -> bool {
    let name = text.strip_prefix('@').unwrap_or_default();
    name.len() >= 4 && name.chars().all(|one| one.is_ascii_alphanumeric() || one == '_')
}

/// Telegram says in `ok` whether it kept the message, in `description` why not, and in `parameters` what to do.
fn by_body(http: &HttpAnswer, now: Timestamp) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    match body.get("ok").and_then(Value::as_bool) {
        Some(true) => {
            let remote = body["result"]["message_id"].as_i64().map(|id| id.to_string());
            return Some(Outcome::Delivered { remote });
        }
        Some(false) => {}
        None if (200..300).contains(&http.status) => {
            return Some(Outcome::Ambiguous { detail: format!("{detail} (Telegram says whether it is ok)") });
        }
        None => return None,
    }
    let parameters = &body["parameters"];
    if let Some(chat) = parameters["migrate_to_chat_id"].as_i64() {
        return Some(Outcome::Changed { key: "chat_id".to_owned(), value: chat.to_string(), detail });
    }
    let code = body.get("error_code").and_then(Value::as_u64).unwrap_or_else(|| u64::from(http.status));
    if code == 429 {
        let wanted = parameters["retry_after"].as_f64().and_then(judge::clamped).max(judge::wait(http, now));
        return Some(wanted.map_or(Outcome::Retry { detail, slow: true }, |seconds| Outcome::RetryAfter { seconds }));
    }
    let said = body["description"].as_str().unwrap_or_default().to_ascii_lowercase();
    let has = |all: &[&str]| all.iter().any(|word| said.contains(word));
    match code {
        400 if has(&["message is not modified"]) => Some(Outcome::Superseded),
        400 if has(&["message to edit not found", "message can't be edited"]) => Some(Outcome::RootGone { detail }),
        400 if has(&[
            "chat not found",
            "thread not found",
            "topic_closed",
            "topic_deleted",
            "group is deactivated",
        ]) =>
        {
            Some(Outcome::EndpointGone { detail })
        }
        400 if has(&["not enough rights", "have no rights", "chat_write_forbidden", "chat_admin_required"]) => {
            Some(Outcome::EndpointAuth { detail })
        }
        400 => Some(Outcome::RejectPayload { detail }),
        403 if has(&["blocked", "kicked", "deactivated", "not a member", "initiate conversation"]) => {
            Some(Outcome::EndpointGone { detail })
        }
        // A token that nobody has looks like a path that does not exist.
        401 | 403 | 404 => Some(Outcome::EndpointAuth { detail }),
        _ => None,
    }
}

fn message(said: &Said) -> Value {
    let (buttons, texts): (Vec<&Link>, Vec<&Link>) = said.links.iter().partition(|link| may_be_button(&link.url));
    let mut text = SHEET.written(said, Extent::Whole);
    let links: Vec<String> = texts.iter().map(|link| TELEGRAM.linked(&link.label, &link.url)).collect();
    let links = links.join(" · ");
    if !links.is_empty() && Unit::Utf16.of(&text) + Unit::Utf16.of(&links) + 2 <= TELEGRAM_UTF16 {
        text.push_str(&format!("\n\n{links}"));
    }
    let mut message = json!({
        "text": text,
        "parse_mode": "HTML",
        "link_preview_options": { "is_disabled": true },
    });
    if !buttons.is_empty() {
        let button = |link: &&Link| {
            let label = truncate(&neutral(&link.label), TELEGRAM_BUTTON_CHARS, Unit::Chars);
            json!({ "text": label, "url": link.url })
        };
        // Ours and theirs side by side, what to do about it below them.
        let rows: Vec<Vec<Value>> = buttons.chunks(2).map(|row| row.iter().map(button).collect()).collect();
        message["reply_markup"] = json!({ "inline_keyboard": rows });
    }
    message
}

/// Telegram refuses buttons to hosts that are not on the internet, and the message with them.
fn may_be_button(address: &str) -> bool {
    Url::parse(address).is_ok_and(|url| !settings::is_private(&url))
}

/// The same words without marks and buttons. `None`: they have none.
fn plainer(composed: &Composed) -> Option<Composed> {
    let message: Value = serde_json::from_slice(&composed.body).ok()?;
    message.get("parse_mode")?;
    let mut text = text::without_tags(message.get("text")?.as_str()?);
    for button in message["reply_markup"]["inline_keyboard"]
        .as_array()
        .into_iter()
        .flatten()
        .flat_map(|row| row.as_array())
        .flatten()
    {
        let line = format!(
            "\n{}: {}",
            button["text"].as_str().unwrap_or_default(),
            button["url"].as_str().unwrap_or_default()
        );
        if Unit::Utf16.of(&text) + Unit::Utf16.of(&line) <= TELEGRAM_UTF16 {
            text.push_str(&line);
        }
    }
    Some(thread::with(composed, |body| {
        body.remove("parse_mode");
        body.remove("reply_markup");
        body.insert("text".to_owned(), Value::from(text));
    }))
}

#[cfg(test)]
mod tests;
