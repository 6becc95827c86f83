//! Zulip: a bot that writes to a channel, one topic an incident.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Subject, Timestamp};
use url::form_urlencoded;

use crate::limits::{ZULIP_CHARS, ZULIP_TOPIC_CHARS};
use crate::say::{Said, title};
use crate::settings::{self, problem};
use crate::sheet::{Extent, Quoting, Sheet};
use crate::text::{Unit, ZULIP, neutral, one_line, truncate};
use crate::when::Clock;
use crate::{Attempt, Channel, Composed, Outcome, Part, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Zulip = Zulip;

pub(crate) struct Zulip;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "url",
        required: true,
        secret: false,
        list: false,
        help: "the organisation's address, like https://acme.zulipchat.com",
    },
    Setting {
        key: "email",
        required: true,
        secret: false,
        list: false,
        help: "the bot's e-mail, from Personal settings, Bots.",
    },
    Setting {
        key: "api_key",
        required: true,
        secret: true,
        list: false,
        help: "the bot's API key, shown beside its e-mail.",
    },
    Setting {
        key: "stream",
        required: true,
        secret: false,
        list: false,
        help: "the name of the channel (once called stream) to write to; subscribe the bot to it if it is private.",
    },
];

const SHEET: Sheet = Sheet {
    dialect: &ZULIP,
    most: ZULIP_CHARS,
    unit: Unit::Chars,
    line: "\n",
    quoting: Quoting::Lines("> "),
    links: true,
};

impl Channel for Zulip {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::no_spaces(settings, &["email", "api_key"]));
        problems.extend(settings::address(settings, "url").err());
        let email = settings::string(settings, "email").trim();
        if !email.is_empty() && (!email.contains('@') || email.contains(':')) {
            let hint = "`email` must be the bot's e-mail, like tocsin-bot@acme.zulipchat.com";
            problems.push(problem("email", hint));
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let said = Said::new(notice);
        let body = form_urlencoded::Serializer::new(String::new())
            .append_pair("type", "stream")
            .append_pair("topic", &topic(notice, &said))
            .append_pair("content", &SHEET.written(&said, Extent::Whole))
            .finish();
        vec![Composed {
            content_type: "application/x-www-form-urlencoded".to_owned(),
            body: body.into_bytes(),
            to: String::new(),
            part: Part::Root,
        }]
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let given = |key| settings::string(settings, key).trim();
        let to = form_urlencoded::Serializer::new(String::new()).append_pair("to", given("stream")).finish();
        let mut composed = composed.clone();
        composed.body.extend(format!("&{to}").into_bytes());
        let ask = crate::post(&format!("{}/api/v1/messages", given("url").trim_end_matches('/')), &composed);
        let credentials = STANDARD.encode(format!("{}:{}", given("email"), given("api_key")));
        crate::with_header(ask, "authorization", &format!("Basic {credentials}"))
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |http| by_body(http, now))
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, settings::whole)
    }
}

/// `Kustomer: Trouble accepting Inbound Calls · 20 Feb`: the day tells an incident from the last of that name.
/// It is the day on which we saw it first, which no vendor can move.
fn topic(notice: &Notice, said: &Said) -> String {
    let clock = Clock::new(&notice.time_zone, notice.event.at);
    let (name, seen) = match &notice.event.subject {
        Subject::Incident(incident) => (title::split(&incident.title).0, Some(incident.first_seen_at)),
        Subject::Maintenance(work) => (title::split(&work.title).0, Some(work.first_seen_at)),
        Subject::Component(change) => (one_line(&change.component.name), None),
        Subject::Page(_) => ("status page".to_owned(), None),
        Subject::Digest(_) => ("digests".to_owned(), None),
        // About ourselves.
        _ => ("messages".to_owned(), None),
    };
    let day = seen.map_or_else(String::new, |at| format!(" · {}", clock.date(at)));
    let room = ZULIP_TOPIC_CHARS - Unit::Chars.of(&day);
    format!("{}{day}", truncate(&neutral(&format!("{}: {name}", said.vendor)), room, Unit::Chars))
}

/// Zulip says in `result` whether it kept the message, and in `code` why not.
fn by_body(http: &HttpAnswer, now: Timestamp) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    match body.get("result").and_then(Value::as_str) {
        Some("success") => {
            let remote = body.get("id").and_then(Value::as_i64).map(|id| id.to_string());
            return Some(Outcome::Delivered { remote });
        }
        Some(_) => {}
        None if (200..300).contains(&http.status) => {
            return Some(Outcome::Ambiguous { detail: format!("{detail} (Zulip says success)") });
        }
        None => return None,
    }
    match body.get("code").and_then(Value::as_str).unwrap_or_default() {
        "RATE_LIMIT_HIT" => {
            let wanted = body.get("retry-after").and_then(Value::as_f64).and_then(judge::clamped);
            let seconds = wanted.max(judge::wait(http, now));
            Some(seconds.map_or(Outcome::Retry { detail, slow: true }, |seconds| Outcome::RetryAfter { seconds }))
        }
        "STREAM_DOES_NOT_EXIST" | "REALM_DEACTIVATED" => Some(Outcome::EndpointGone { detail }),
        "INVALID_API_KEY" | "UNAUTHORIZED" | "UNAUTHENTICATED_USER" | "USER_DEACTIVATED" => {
            Some(Outcome::EndpointAuth { detail })
        }
        "BAD_REQUEST" if detail.contains("not authorized") || detail.contains("permission") => {
            Some(Outcome::EndpointAuth { detail })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
