//! Matrix: a user in a room. The first message of an incident is replaced as things go on, every word is in its thread.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};

use crate::limits::{MATRIX_HTML_BYTES, MATRIX_PLAIN_BYTES};
use crate::say::{Said, rings};
use crate::settings::{self, problem};
use crate::sheet::{Extent, Quoting, Sheet};
use crate::text::{MATRIX, QUIET, Unit};
use crate::thread::{self, Answers};
use crate::{Attempt, Channel, Composed, Outcome, Part, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Matrix = Matrix;

pub(crate) struct Matrix;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "url",
        required: true,
        secret: false,
        list: false,
        help: "the homeserver's address, like https://matrix.example.com",
    },
    Setting {
        key: "token",
        required: true,
        secret: true,
        list: false,
        help: "the access token of the user that writes.",
    },
    Setting {
        key: "room_id",
        required: true,
        secret: false,
        list: false,
        help: "the room's internal id, !…, from its settings, Advanced; the user must have joined it, and it must not be \
               encrypted.",
    },
];

const HTML: Sheet = Sheet {
    dialect: &MATRIX,
    most: MATRIX_HTML_BYTES,
    unit: Unit::Bytes,
    line: "\n",
    quoting: Quoting::Around("<blockquote>", "</blockquote>"),
    links: true,
};

const TEXT: Sheet = Sheet {
    dialect: &QUIET,
    most: MATRIX_PLAIN_BYTES,
    unit: Unit::Bytes,
    line: "\n",
    quoting: Quoting::Lines("> "),
    links: true,
};

impl Channel for Matrix {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::no_spaces(settings, &["token", "room_id"]));
        problems.extend(settings::address(settings, "url").err());
        let room = settings::string(settings, "room_id").trim();
        if room.starts_with('#') {
            let hint = "`room_id` is a room's alias: write its internal id, which begins with !, from the room's \
                        settings, Advanced";
            problems.push(problem("room_id", hint));
        } else if !room.is_empty() && !room.starts_with('!') {
            problems.push(problem("room_id", "`room_id` must begin with !, like \"!abcdef:example.com\""));
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        // A notice makes no sound: that is for word in between.
        let kind = if rings(&notice.event) { "m.text" } else { "m.notice" };
        let content = |said: &Said, extent| crate::json_body(&content(said, extent, kind));
        let news = |said: &Said| content(said, Extent::News);
        thread::edited(notice, Answers::All, |said| content(said, Extent::Whole), news)
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let given = |key| settings::string(settings, key).trim();
        let composed = match (thread::root(attempt), composed.part) {
            (Some(root), Part::Root) => replacing(composed, root),
            (Some(root), Part::Reply) => thread::with(composed, |body| {
                let latest = attempt.latest.unwrap_or(root);
                let relation = json!({
                    "rel_type": "m.thread",
                    "event_id": root,
                    "is_falling_back": true,
                    "m.in_reply_to": { "event_id": latest },
                });
                body.insert("m.relates_to".to_owned(), relation);
            }),
            (None, _) => composed.clone(),
        };
        // The server keeps the first of several requests with one transaction's name.
        let transaction = format!("{}-{}", attempt.delivery, composed.part.word());
        let url = format!(
            "{}/_matrix/client/v3/rooms/{}/send/m.room.message/{transaction}",
            given("url").trim_end_matches('/'),
            settings::in_path(given("room_id")),
        );
        let ask = crate::by(Method::Put, crate::post(&url, &composed));
        crate::with_header(ask, "authorization", &format!("Bearer {}", given("token")))
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        match judge::http(answer, now, |http| by_body(http, now)) {
            // The same transaction again is not said twice.
            Outcome::Ambiguous { detail } if matches!(answer, Answer::Failed(_)) => {
                Outcome::Retry { detail, slow: false }
            }
            outcome => outcome,
        }
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, settings::whole)
    }

    fn plainer(&self, composed: &Composed) -> Option<Composed> {
        let content: Value = serde_json::from_slice(&composed.body).ok()?;
        content.get("formatted_body")?;
        Some(thread::with(composed, |body| {
            body.remove("format");
            body.remove("formatted_body");
        }))
    }
}

/// A message of a room. It mentions nobody.
fn content(said: &Said, extent: Extent, kind: &str) -> Value {
    json!({
        "msgtype": kind,
        "body": TEXT.written(said, extent),
        "format": "org.matrix.custom.html",
        "formatted_body": lines(&HTML.written(said, extent)),
        "m.mentions": {},
    })
}

/// Line breaks as tags; a quote stands on lines of its own anyway.
fn lines(html: &str) -> String {
    html.replace('\n', "<br>")
        .replace("<br><blockquote>", "<blockquote>")
        .replace("</blockquote><br><br>", "</blockquote>")
}

/// The same message in the place of `root`. Programs that know nothing of that see a star before it.
fn replacing(composed: &Composed, root: &str) -> Composed {
    thread::with(composed, |body| {
        let new = Value::Object(body.clone());
        for key in ["body", "formatted_body"] {
            if let Some(Value::String(text)) = body.get_mut(key) {
                text.insert_str(0, "* ");
            }
        }
        body.insert("m.new_content".to_owned(), new);
        body.insert("m.relates_to".to_owned(), json!({ "rel_type": "m.replace", "event_id": root }));
    })
}

/// What was kept has an event's id; errors have a code.
fn by_body(http: &HttpAnswer, now: Timestamp) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    if (200..300).contains(&http.status) {
        let event = body.get("event_id").and_then(Value::as_str).map(str::to_owned);
        return Some(match event {
            Some(event) => Outcome::Delivered { remote: Some(event) },
            None => Outcome::Ambiguous { detail: format!("{detail} (a homeserver names the event)") },
        });
    }
    let said = body.get("error").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
    match body.get("errcode").and_then(Value::as_str)? {
        "M_LIMIT_EXCEEDED" => {
            let wanted = body.get("retry_after_ms").and_then(Value::as_f64).map(|wait| wait / 1_000.0);
            let seconds = judge::wait(http, now).or(wanted.and_then(judge::clamped));
            Some(seconds.map_or(Outcome::Retry { detail, slow: true }, |seconds| Outcome::RetryAfter { seconds }))
        }
        "M_UNKNOWN_TOKEN"
        | "M_MISSING_TOKEN"
        | "M_USER_DEACTIVATED"
        | "M_USER_LOCKED"
        | "M_USER_SUSPENDED"
        | "M_CONSENT_NOT_GIVEN" => Some(Outcome::EndpointAuth { detail }),
        "M_FORBIDDEN" => Some(Outcome::EndpointAuth {
            detail: format!("{detail}: the user must be in the room and may write there"),
        }),
        "M_TOO_LARGE" | "M_BAD_JSON" | "M_NOT_JSON" => Some(Outcome::RejectPayload { detail }),
        "M_NOT_FOUND" | "M_UNRECOGNIZED" => Some(Outcome::EndpointGone { detail }),
        "M_UNKNOWN" | "M_INVALID_PARAM" if ["relation", "thread", "parent"].iter().any(|word| said.contains(word)) => {
            Some(Outcome::RootGone { detail })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests;
