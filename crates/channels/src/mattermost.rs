//! Mattermost: an incoming webhook, or a bot that edits one message and answers below it.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};
use url::Url;

use crate::limits::{MATTERMOST_CHARS, MATTERMOST_FIELDS};
use crate::say::Said;
use crate::settings::{self, problem};
use crate::sheet::{Extent, Quoting, Sheet};
use crate::text::{MATTERMOST, Unit, truncate};
use crate::thread::{self, Answers};
use crate::{Attempt, Channel, Composed, Outcome, Part, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Mattermost = Mattermost;

pub(crate) struct Mattermost;

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
        help: "a bot's access token: with it one message is edited and answered below.",
    },
    Setting {
        key: "channel_id",
        required: false,
        secret: false,
        list: false,
        help: "with a token: the channel's id, 26 letters and digits, from the channel's menu, View Info.",
    },
];

const SHEET: Sheet = Sheet {
    dialect: &MATTERMOST,
    most: MATTERMOST_CHARS / 2,
    unit: Unit::Chars,
    line: "\n",
    quoting: Quoting::Lines("> "),
    links: true,
};

impl Channel for Mattermost {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::no_spaces(settings, &["token", "channel_id"]));
        problems.extend(settings::together(settings, &["token", "channel_id"]));
        match settings::address(settings, "url") {
            Err(wrong) => problems.push(wrong),
            Ok(Some(url)) => problems.extend(wrong_door(&url, is_bot(settings)).map(|hint| problem("url", hint))),
            Ok(None) => {}
        }
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        if !is_bot(settings) {
            return vec![crate::json_body(&posted(&Said::new(notice)))];
        }
        let whole = |said: &Said| crate::json_body(&message(said, Extent::Whole));
        thread::edited(notice, Answers::All, whole, |said| crate::json_body(&message(said, Extent::News)))
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let url = settings::string(settings, "url").trim();
        if !is_bot(settings) {
            return crate::post(url, composed);
        }
        let api = format!("{}/api/v4/posts", url.trim_end_matches('/'));
        let ask = match thread::root(attempt) {
            Some(root) if composed.part == Part::Root => {
                let url = format!("{api}/{}/patch", settings::in_path(root));
                crate::by(Method::Put, crate::post(&url, composed))
            }
            root => {
                let channel = settings::string(settings, "channel_id").trim();
                let composed = thread::with(composed, |body| {
                    body.insert("channel_id".to_owned(), Value::from(channel));
                    if let Some(root) = root {
                        body.insert("root_id".to_owned(), Value::from(root));
                    }
                });
                crate::post(&api, &composed)
            }
        };
        let token = settings::string(settings, "token").trim();
        crate::with_header(ask, "authorization", &format!("Bearer {token}"))
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, by_body)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, settings::cut_hook)
    }

    fn plainer(&self, composed: &Composed) -> Option<Composed> {
        plainer(composed)
    }
}

fn is_bot(settings: &Value) -> bool {
    !settings::string(settings, "token").trim().is_empty()
}

/// A webhook's address with a token, or a server's without one.
fn wrong_door(url: &Url, bot: bool) -> Option<String> {
    match (bot, settings::hook_at(url)) {
        (true, Some(_)) => Some(
            "`url` is an incoming webhook, which needs no token: take `token` and `channel_id` away, or write the \
             server's own address, like https://chat.example.com"
                .to_owned(),
        ),
        (false, None) if !settings::is_private(url) => Some(
            "`url` is no incoming webhook of Mattermost: it looks like https://chat.example.com/hooks/…; make one under \
             Integrations, or add a bot's `token` and a `channel_id`"
                .to_owned(),
        ),
        _ => None,
    }
}

/// A webhook says `ok`, the API shows what it kept; errors have an id in words.
fn by_body(http: &HttpAnswer) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    let id = body.get("id").and_then(Value::as_str).unwrap_or_default();
    if (200..300).contains(&http.status) {
        return Some(match id {
            "" if http.body.trim_ascii().eq_ignore_ascii_case(b"ok") => Outcome::Delivered { remote: None },
            "" => Outcome::Ambiguous { detail: format!("{detail} (Mattermost says ok or shows the post)") },
            id => Outcome::Delivered { remote: Some(id.to_owned()) },
        });
    }
    let has = |words: &[&str]| words.iter().any(|word| id.contains(word));
    if has(&["root_id", "post.get.", "sql_post.get", "update_post", "patch_post", "edit_limit", "time_limit"]) {
        return Some(Outcome::RootGone { detail });
    }
    if has(&["incoming_webhook.disabled", "session_expired", "channel_locked", "permissions"]) {
        return Some(Outcome::EndpointAuth { detail });
    }
    if has(&["incoming_webhook.invalid", "incoming_webhook.channel", "deleted", "channel.get"]) {
        return Some(Outcome::EndpointGone { detail });
    }
    let reset = http.header("x-ratelimit-reset").and_then(|value| value.trim().parse().ok());
    let reset = reset.filter(|_| http.status == 429 && http.header("retry-after").is_none());
    reset.and_then(judge::clamped).map(|seconds| Outcome::RetryAfter { seconds })
}

/// For a webhook.
fn posted(said: &Said) -> Value {
    json!({ "text": headline(said), "username": "Tocsin", "attachments": [attachment(said, Extent::Whole)] })
}

/// For a bot.
fn message(said: &Said, extent: Extent) -> Value {
    json!({ "message": headline(said), "props": { "attachments": [attachment(said, extent)] } })
}

fn headline(said: &Said) -> String {
    let words = truncate(&said.headline, 400, Unit::Chars);
    format!("{} {}", said.tone.sign(), MATTERMOST.strong(&words))
}

fn attachment(said: &Said, extent: Extent) -> Value {
    let mut attachment = json!({
        "fallback": truncate(&crate::text::neutral(&said.headline), 400, Unit::Chars),
        "color": format!("#{:06x}", said.tone.rgb()),
        "text": SHEET.written(said, Extent::Words),
    });
    if extent == Extent::Whole {
        let field = |(label, value): &(&'static str, String)| {
            let value = MATTERMOST.escaped(&truncate(value, 400, Unit::Chars));
            json!({ "short": Unit::Chars.of(&value) <= 40, "title": label, "value": value })
        };
        attachment["fields"] = said.facts.iter().take(MATTERMOST_FIELDS).map(field).collect();
        attachment["footer"] = Value::from(truncate(&crate::text::neutral(&said.reason), 300, Unit::Chars));
    }
    attachment
}

/// The attachment's words below the headline. `None`: there is no attachment.
fn plainer(composed: &Composed) -> Option<Composed> {
    let message: Value = serde_json::from_slice(&composed.body).ok()?;
    let key = if message.get("message").is_some() { "message" } else { "text" };
    let attachments = message.get("attachments").or_else(|| message.get("props")?.get("attachments"))?;
    let words = attachments.get(0)?.get("text")?.as_str()?;
    let text = format!("{}\n\n{words}", message.get(key)?.as_str()?);
    Some(thread::with(composed, |body| {
        body.remove("attachments");
        body.remove("props");
        body.insert(key.to_owned(), Value::from(text));
    }))
}

#[cfg(test)]
mod tests;
