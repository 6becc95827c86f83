//! Gotify: a push message from a server of one's own.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};

use crate::limits::{GOTIFY_MESSAGE_CHARS, GOTIFY_TITLE_CHARS};
use crate::say::{Said, Tone, told};
use crate::settings::{self, problem};
use crate::text::{COMMON, Unit, neutral, truncate};
use crate::wakes::{Wake, wakes};
use crate::{Attempt, Channel, Composed, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Gotify = Gotify;

pub(crate) struct Gotify;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "url",
        required: true,
        secret: false,
        list: false,
        help: "the address of your Gotify server, like https://gotify.example.com.",
    },
    Setting {
        key: "token",
        required: true,
        secret: true,
        list: false,
        help: "the token of an application, A…, from the server's page Apps; a client's token cannot send.",
    },
];

impl Channel for Gotify {
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
        let token = settings::string(settings, "token").trim();
        if token.starts_with('C') {
            problems
                .push(problem("token", "`token` is a client's (C…); take an application's (A…) from the page Apps"));
        } else if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            problems.push(problem("token", "`token` holds characters that no token of Gotify has"));
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        vec![crate::json_body(&message(notice, &Said::new(notice)))]
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let base = settings::string(settings, "url").trim().trim_end_matches('/');
        let key = settings::string(settings, "token").trim();
        crate::post_with(&format!("{base}/message"), composed, Some(("x-gotify-key", key.to_owned())))
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, by_body)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }

    fn plainer(&self, composed: &Composed) -> Option<Composed> {
        let mut message: Value = serde_json::from_slice(&composed.body).ok()?;
        message.as_object_mut()?.remove("extras")?;
        Some(Composed { part: composed.part, ..crate::json_body(&message) })
    }
}

/// A message that was kept has a number; a page of something in between has none.
fn by_body(http: &HttpAnswer) -> Option<Outcome> {
    if !(200..300).contains(&http.status) {
        return None;
    }
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let id = body.get("id").and_then(Value::as_i64);
    Some(id.map_or_else(
        || Outcome::Ambiguous { detail: format!("{} (Gotify answers with an id)", judge::detail(http)) },
        |id| Outcome::Delivered { remote: Some(id.to_string()) },
    ))
}

fn message(notice: &Notice, said: &Said) -> Value {
    let links: Vec<String> =
        said.links.iter().map(|link| format!("[{}](<{}>)", COMMON.escaped(&link.label), link.url)).collect();
    let links = links.join(" · ");
    let words = told(said, &COMMON, GOTIFY_MESSAGE_CHARS.saturating_sub(Unit::Chars.of(&links) + 2), Unit::Chars);
    let text = if links.is_empty() { words } else { format!("{words}\n\n{links}") };
    let title = format!("{} {}: {}", said.tone.sign(), said.vendor, said.state);
    let mut extras = json!({ "client::display": { "contentType": "text/markdown" } });
    if let Some(link) = said.links.first() {
        extras["client::notification"] = json!({ "click": { "url": link.url } });
    }
    json!({
        "title": truncate(&neutral(&title), GOTIFY_TITLE_CHARS, Unit::Chars),
        "message": text,
        "priority": priority(notice, said.tone),
        "extras": extras,
    })
}

/// 8 and above ring loudly, 4 to 7 ring, 1 to 3 show only.
fn priority(notice: &Notice, tone: Tone) -> u8 {
    match (wakes(notice).is_some_and(|wake| wake != Wake::Test), tone) {
        (true, Tone::Critical) => 9,
        (true, Tone::Major) => 8,
        (true, _) | (false, Tone::Critical) => 5,
        (false, Tone::Major | Tone::Minor | Tone::Good | Tone::Unknown) => 4,
        (false, Tone::Plain | Tone::Maintenance) => 3,
    }
}

#[cfg(test)]
mod tests;
