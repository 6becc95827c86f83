//! Slack through a bot: one message shows what holds now, its thread has every word, and what ends or gets worse is
//! also shown in the channel.

use serde_json::Value;
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};

use crate::say::rings;
use crate::settings::{self, problem};
use crate::sheet::Extent;
use crate::slack::blocks;
use crate::thread::{self, Answers};
use crate::{Attempt, Channel, Composed, Outcome, Part, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: SlackBot = SlackBot;

pub(crate) struct SlackBot;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "token",
        required: true,
        secret: true,
        list: false,
        help: "the bot's token, xoxb-…, from your Slack app's page \"OAuth & Permissions\"; its scope must hold \
               chat:write.",
    },
    Setting {
        key: "channel",
        required: true,
        secret: false,
        list: false,
        help: "the channel's id, C…, from the end of its details (or its name, #ops); invite the bot to it.",
    },
    Setting {
        key: "url",
        required: false,
        secret: false,
        list: false,
        help: "where Slack's API is; https://slack.com/api unless you use GovSlack (https://slack-gov.com/api).",
    },
];

const API: &str = "https://slack.com/api";
const HOSTS: [&str; 2] = ["slack.com", "slack-gov.com"];

impl Channel for SlackBot {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::no_spaces(settings, &["token"]));
        match settings::address(settings, "url") {
            Err(wrong) => problems.push(wrong),
            Ok(Some(url)) if !settings::is_private(&url) && !HOSTS.contains(&url.host_str().unwrap_or_default()) => {
                problems.push(problem("url", format!("`url` is not Slack's API: leave it out, or write {API}")));
            }
            Ok(_) => {}
        }
        let token = settings::string(settings, "token").trim();
        if !token.is_empty() && !token.starts_with("xox") {
            problems.push(problem("token", "`token` is no bot token of Slack: it begins with xoxb-"));
        }
        let channel = settings::string(settings, "channel").trim();
        if channel.contains(char::is_whitespace) || channel.contains('/') {
            let hint = "`channel` must be one channel: its id like C0123456789, or its name like #ops";
            problems.push(problem("channel", hint));
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let news = |said: &_| {
            let mut message = blocks::message(said, Extent::News);
            if rings(&notice.event) {
                message["reply_broadcast"] = Value::from(true);
            }
            crate::json_body(&message)
        };
        thread::edited(notice, Answers::All, |said| crate::json_body(&blocks::message(said, Extent::Whole)), news)
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let root = thread::root(attempt);
        let (channel, timestamp) = match root.map(|root| root.split_once('/').unwrap_or(("", root))) {
            Some(("", timestamp)) => (settings::string(settings, "channel").trim(), Some(timestamp)),
            Some((channel, timestamp)) => (channel, Some(timestamp)),
            None => (settings::string(settings, "channel").trim(), None),
        };
        let edits = composed.part == Part::Root && timestamp.is_some();
        let composed = thread::with(composed, |body| {
            body.insert("channel".to_owned(), Value::from(channel));
            match timestamp {
                Some(timestamp) if edits => {
                    body.remove("unfurl_links");
                    body.remove("unfurl_media");
                    body.insert("ts".to_owned(), Value::from(timestamp));
                }
                Some(timestamp) => drop(body.insert("thread_ts".to_owned(), Value::from(timestamp))),
                None => drop(body.remove("reply_broadcast")),
            }
        });
        let api = match settings::string(settings, "url").trim().trim_end_matches('/') {
            "" => API,
            given => given,
        };
        let method = if edits { "chat.update" } else { "chat.postMessage" };
        let token = settings::string(settings, "token").trim();
        let ask = crate::post(&format!("{api}/{method}"), &composed);
        crate::with_header(ask, "authorization", &format!("Bearer {token}"))
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |http| by_body(http, now))
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, settings::whole)
    }

    fn plainer(&self, composed: &Composed) -> Option<Composed> {
        blocks::plainer(composed)
    }
}

/// Slack answers 200 and says in `ok` and `error` what it meant. `remote` is the channel's id and the message's time.
fn by_body(http: &HttpAnswer, now: Timestamp) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    let word = |key: &str| body.get(key).and_then(Value::as_str);
    match body.get("ok").and_then(Value::as_bool) {
        Some(true) => {
            let remote = word("channel").zip(word("ts")).map(|(channel, timestamp)| format!("{channel}/{timestamp}"));
            return Some(Outcome::Delivered { remote });
        }
        Some(false) => {}
        // Something in between answered in Slack's place.
        None if (200..300).contains(&http.status) => {
            return Some(Outcome::Ambiguous { detail: format!("{detail} (Slack says whether it is ok)") });
        }
        None => return None,
    }
    let outcome = match word("error").unwrap_or_default() {
        "ratelimited" | "rate_limited" | "message_limit_exceeded" => match judge::wait(http, now) {
            Some(seconds) => Outcome::RetryAfter { seconds },
            None => Outcome::Retry { detail, slow: true },
        },
        "message_not_found"
        | "cant_update_message"
        | "edit_window_closed"
        | "thread_not_found"
        | "cannot_reply_to_message"
        | "is_inactive" => Outcome::RootGone { detail },
        "channel_not_found" | "is_archived" => Outcome::EndpointGone { detail },
        "not_in_channel" => Outcome::EndpointAuth { detail: format!("{detail}: invite the bot to the channel") },
        "fatal_error" | "internal_error" | "service_unavailable" | "request_timeout" | "team_added_to_org" => {
            Outcome::Ambiguous { detail }
        }
        "invalid_auth"
        | "not_authed"
        | "account_inactive"
        | "token_revoked"
        | "token_expired"
        | "missing_scope"
        | "no_permission"
        | "access_denied"
        | "not_allowed_token_type"
        | "org_login_required"
        | "ekm_access_denied"
        | "restricted_action"
        | "restricted_action_read_only_channel"
        | "restricted_action_thread_locked"
        | "restricted_action_thread_only_channel"
        | "restricted_action_non_threadable_channel"
        | "team_access_not_granted"
        | "enterprise_is_restricted"
        | "two_factor_setup_required" => Outcome::EndpointAuth { detail },
        _ => Outcome::RejectPayload { detail },
    };
    Some(outcome)
}

#[cfg(test)]
mod tests;
