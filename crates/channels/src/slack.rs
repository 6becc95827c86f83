//! Slack: an incoming webhook that takes Block Kit.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};

use crate::limits::SLACK_BLOCKS;
use crate::manner::REPEAT;
use crate::say::Said;
use crate::settings::{self, problem};
use crate::sheet::Extent;
use crate::text::{Unit, truncate};
use crate::{Attempt, Channel, Composed, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) mod blocks;

pub(crate) static CHANNEL: Slack = Slack;

pub(crate) struct Slack;

const SETTINGS: &[Setting] = &[Setting {
    key: "url",
    required: true,
    secret: true,
    list: false,
    help: "the address of an incoming webhook, https://hooks.slack.com/services/…",
}];

const HOSTS: [&str; 2] = ["hooks.slack.com", "hooks.slack-gov.com"];

impl Channel for Slack {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        match settings::address(settings, "url") {
            Err(wrong) => problems.push(wrong),
            Ok(Some(url)) if !settings::is_private(&url) => {
                let known = HOSTS.contains(&url.host_str().unwrap_or_default()) && url.path().starts_with("/services/");
                if !known {
                    let hint = "`url` is no incoming webhook of Slack: copy the one that begins with \
                                https://hooks.slack.com/services/ from your Slack app's page \"Incoming Webhooks\"";
                    problems.push(problem("url", hint));
                }
            }
            Ok(_) => {}
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        vec![crate::json_body(&blocks::message(&Said::new(notice), Extent::Whole))]
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        crate::post(settings::string(settings, "url"), composed)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, by_body)
    }

    fn marked(&self, composed: &Composed) -> Option<Composed> {
        let mut message: Value = serde_json::from_slice(&composed.body).ok()?;
        let note = json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": REPEAT }] });
        let blocks = message.get_mut("blocks")?.as_array_mut()?;
        blocks.truncate(SLACK_BLOCKS - 1);
        blocks.push(note);
        Some(Composed { body: message.to_string().into_bytes(), ..composed.clone() })
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, shown)
    }

    fn plainer(&self, composed: &Composed) -> Option<Composed> {
        blocks::plainer(composed)
    }
}

/// `https://hooks.slack.com/services/T…/B…/••••`: enough to tell two apart.
fn shown(url: &url::Url) -> String {
    let short = |part: &str| truncate(part, 4, Unit::Chars);
    match url.path_segments().map(Iterator::collect::<Vec<_>>).as_deref() {
        Some(["services", team, app, _]) if HOSTS.contains(&url.host_str().unwrap_or_default()) => {
            let host = url.host_str().unwrap_or_default();
            format!("https://{host}/services/{}/{}/{}", short(team), short(app), settings::DOTS)
        }
        _ => settings::cut(url, 1),
    }
}

/// Slack says in a word what was wrong; a 200 counts only with `ok`.
fn by_body(http: &HttpAnswer) -> Option<Outcome> {
    let detail = judge::detail(http);
    let start = http.body.get(..200).unwrap_or(&http.body);
    let word = String::from_utf8_lossy(start).trim().to_ascii_lowercase();
    match (http.status, word.as_str()) {
        (200..300, "ok") => Some(Outcome::Delivered { remote: None }),
        (_, "no_service" | "no_team" | "channel_not_found" | "channel_is_archived" | "no_active_hooks") => {
            Some(Outcome::EndpointGone { detail })
        }
        (_, "action_prohibited" | "posting_to_general_channel_denied" | "invalid_token" | "no_service_id") => {
            Some(Outcome::EndpointAuth { detail })
        }
        (
            _,
            "invalid_payload"
            | "invalid_blocks"
            | "no_text"
            | "missing_text_or_fallback_or_attachments"
            | "too_many_attachments"
            | "user_not_found",
        ) => Some(Outcome::RejectPayload { detail }),
        (_, "rollup_error" | "fatal_error" | "internal_error" | "service_unavailable") => {
            Some(Outcome::Retry { detail, slow: false })
        }
        // Something in between took it and may have handed it on.
        (200..300, _) => Some(Outcome::Ambiguous { detail: format!("{detail} (Slack says ok)") }),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
