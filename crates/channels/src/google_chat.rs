//! Google Chat: a space's webhook that takes a card; messages of one incident share a thread.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Subject, Timestamp};
use url::Url;

use crate::limits::GOOGLE_CHAT_BYTES;
use crate::say::Said;
use crate::settings::{self, problem};
use crate::text::{self, GOOGLE_CARD, Unit, neutral, truncate};
use crate::{Attempt, Channel, Composed, Outcome, Sender, Setting, SettingProblem, judge, thread};

pub(crate) static CHANNEL: GoogleChat = GoogleChat;

pub(crate) struct GoogleChat;

const SETTINGS: &[Setting] = &[Setting {
    key: "url",
    required: true,
    secret: true,
    list: false,
    help: "the address of a space's webhook, https://chat.googleapis.com/v1/spaces/…/messages?key=…&token=…",
}];

const HOST: &str = "chat.googleapis.com";

impl Channel for GoogleChat {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        match settings::address(settings, "url") {
            Err(wrong) => problems.push(wrong),
            Ok(Some(url)) if !settings::is_private(&url) => {
                let has = |wanted: &str| url.query_pairs().any(|(name, value)| name == wanted && !value.is_empty());
                let known = url.host_str() == Some(HOST) && url.path().starts_with("/v1/spaces/");
                if !(known && has("key") && has("token")) {
                    let hint = "`url` is no webhook of Google Chat: in the space's menu choose Apps & integrations, \
                                Webhooks, and copy the whole address that begins with \
                                https://chat.googleapis.com/v1/spaces/, with its key and token";
                    problems.push(problem("url", hint));
                }
            }
            Ok(_) => {}
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let mut message = message(&Said::new(notice));
        if matches!(notice.event.subject, Subject::Incident(_) | Subject::Maintenance(_)) {
            message["thread"] = json!({ "threadKey": notice.thread });
        }
        vec![crate::json_body(&message)]
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        crate::post(&threaded(settings::string(settings, "url")), composed)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, by_body)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, shown)
    }

    fn plainer(&self, composed: &Composed) -> Option<Composed> {
        plainer(composed)
    }
}

/// `https://chat.googleapis.com/v1/spaces/AAAA/messages?key=••••&token=••••`
fn shown(url: &Url) -> String {
    settings::cut(url, if url.host_str() == Some(HOST) { 4 } else { 1 })
}

/// Without this the thread's key is ignored; a thread that is gone begins anew.
fn threaded(address: &str) -> String {
    const OPTION: &str = "messageReplyOption";
    let Ok(mut url) = Url::parse(address.trim()) else { return address.trim().to_owned() };
    let kept: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(name, _)| name != OPTION).collect();
    url.query_pairs_mut().clear().extend_pairs(kept).append_pair(OPTION, "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD");
    url.to_string()
}

/// What was kept has a name; an error has a status in words.
fn by_body(http: &HttpAnswer) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    if (200..300).contains(&http.status) {
        let name = body.get("name").and_then(Value::as_str).map(str::to_owned);
        return Some(match name {
            Some(name) => Outcome::Delivered { remote: Some(name) },
            None => Outcome::Ambiguous { detail: format!("{detail} (Google Chat names what it kept)") },
        });
    }
    match body["error"]["status"].as_str()? {
        "PERMISSION_DENIED" | "UNAUTHENTICATED" => Some(Outcome::EndpointAuth { detail }),
        "NOT_FOUND" => Some(Outcome::EndpointGone { detail }),
        "INVALID_ARGUMENT" if detail.contains("API key not valid") => Some(Outcome::EndpointAuth { detail }),
        "INVALID_ARGUMENT" | "FAILED_PRECONDITION" => Some(Outcome::RejectPayload { detail }),
        // No wait is said: sixty a minute is what a space takes from everybody together.
        "RESOURCE_EXHAUSTED" => Some(Outcome::Retry { detail, slow: true }),
        _ => None,
    }
}

/// The richest card that fits.
fn message(said: &Said) -> Value {
    let mut last = Value::Null;
    for (quotes, room) in [(5, 5_000), (3, 4_000), (2, 3_000), (1, 2_000), (0, 0)] {
        last = envelope(said, quotes, room);
        if last.to_string().len() <= GOOGLE_CHAT_BYTES {
            break;
        }
    }
    last
}

fn envelope(said: &Said, quotes: usize, room: usize) -> Value {
    let headline = truncate(&said.headline, 400, Unit::Chars);
    // What stands above the card is also what a notification shows.
    let text = format!("{} {}", said.tone.sign(), literal(&headline));
    let mut sections = Vec::new();
    let facts: Vec<Value> = said.facts.iter().map(|(label, value)| fact(label, value)).collect();
    if !facts.is_empty() {
        sections.push(json!({ "widgets": facts }));
    }
    for quote in said.quotes.iter().take(quotes) {
        let words = text::render(&quote.markdown, &GOOGLE_CARD, room, Unit::Bytes);
        let text = format!("{}\n{words}", GOOGLE_CARD.strong(&quote.label()));
        sections.push(json!({ "widgets": [paragraph(&text)] }));
    }
    let mut last: Vec<Value> = said
        .notes
        .iter()
        .map(|note| paragraph(&format!("{} {}", GOOGLE_CARD.strong("Tocsin notes:"), GOOGLE_CARD.escaped(note))))
        .collect();
    if !said.reason.is_empty() {
        last.push(paragraph(&GOOGLE_CARD.emphasis(&format!("Why you read this: {}", said.reason))));
    }
    if !said.links.is_empty() {
        let button = |link: &crate::say::Link| {
            let label = truncate(&neutral(&link.label), 60, Unit::Chars);
            json!({ "text": label, "onClick": { "openLink": { "url": link.url } } })
        };
        let buttons: Vec<Value> = said.links.iter().map(button).collect();
        last.push(json!({ "buttonList": { "buttons": buttons } }));
    }
    sections.push(json!({ "widgets": last }));
    json!({ "text": text, "cardsV2": [{ "cardId": "notice", "card": { "sections": sections } }] })
}

/// A text has marks and mentions but no escapes: letters that look the same stand for those that mean something.
fn literal(text: &str) -> String {
    neutral(text).replace('<', "‹").replace('>', "›").replace('*', "∗").replace('~', "∼").replace('`', "'")
}

fn fact(label: &str, value: &str) -> Value {
    let value = GOOGLE_CARD.escaped(&truncate(value, 400, Unit::Chars));
    json!({ "decoratedText": { "topLabel": label, "text": value, "wrapText": true } })
}

fn paragraph(text: &str) -> Value {
    json!({ "textParagraph": { "text": text } })
}

/// The card's words without their marks, below the text that stands above it. `None`: there is no card.
fn plainer(composed: &Composed) -> Option<Composed> {
    let message: Value = serde_json::from_slice(&composed.body).ok()?;
    let mut lines = vec![message.get("text")?.as_str()?.to_owned()];
    let sections = message.get("cardsV2")?.get(0)?["card"]["sections"].as_array()?;
    for widget in sections.iter().flat_map(|section| section["widgets"].as_array().into_iter().flatten()) {
        let fact = &widget["decoratedText"];
        lines.extend(
            fact["topLabel"].as_str().map(|label| format!("{label}: {}", fact["text"].as_str().unwrap_or_default())),
        );
        lines.extend(widget["textParagraph"]["text"].as_str().map(text::without_tags));
        for button in widget["buttonList"]["buttons"].as_array().into_iter().flatten() {
            let part = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            lines.push(format!("{}: {}", part(&button["text"]), part(&button["onClick"]["openLink"]["url"])));
        }
    }
    let text = truncate(&literal(&lines.join("\n")), GOOGLE_CHAT_BYTES / 2, Unit::Bytes);
    Some(thread::with(composed, |body| {
        body.remove("cardsV2");
        body.insert("text".to_owned(), Value::from(text));
    }))
}

#[cfg(test)]
mod tests;
