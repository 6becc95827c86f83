//! Microsoft Teams: a workflow ("Post to a channel when a webhook request is received") that takes an Adaptive Card.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};
use url::Url;

use crate::limits::TEAMS_BODY_BYTES;
use crate::manner::REPEAT;
use crate::say::{Said, Tone};
use crate::settings::{self, problem};
use crate::text::{self, TEAMS, Unit, escape_teams, neutral, truncate};
use crate::thread;
use crate::{Attempt, Channel, Composed, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Teams = Teams;

pub(crate) struct Teams;

const SETTINGS: &[Setting] = &[Setting {
    key: "url",
    required: true,
    secret: true,
    list: false,
    help: "the address of a Teams workflow that begins with “When a Teams webhook request is received”.",
}];

/// Hosts of the connectors that Microsoft has switched off.
const RETIRED: [&str; 3] = ["webhook.office.com", "outlook.office.com", "outlook.office365.com"];
const HOSTS: [&str; 3] = ["api.powerplatform.com", "logic.azure.com", "api.powerautomate.com"];

impl Channel for Teams {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        match settings::address(settings, "url") {
            Err(wrong) => problems.push(wrong),
            Ok(Some(url)) => problems.extend(wrong_host(&url).map(|detail| problem("url", detail))),
            Ok(None) => {}
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        vec![crate::json_body(&message(&Said::new(notice)))]
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        crate::post(settings::string(settings, "url"), composed)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, by_body)
    }

    fn marked(&self, composed: &Composed) -> Option<Composed> {
        let mut message: Value = serde_json::from_slice(&composed.body).ok()?;
        let note = json!({ "type": "TextBlock", "text": REPEAT, "wrap": true, "isSubtle": true });
        message.pointer_mut("/attachments/0/content/body")?.as_array_mut()?.push(note);
        Some(Composed { body: message.to_string().into_bytes(), ..composed.clone() })
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, 0))
    }

    fn plainer(&self, composed: &Composed) -> Option<Composed> {
        let message: Value = serde_json::from_slice(&composed.body).ok()?;
        let card = &message["attachments"].get(0)?["content"];
        let mut texts = Vec::new();
        blocks(&card["body"], &mut texts);
        let plain = json!({
            "type": "AdaptiveCard",
            "version": "1.2",
            "body": texts.iter().map(|text| json!({ "type": "TextBlock", "text": text, "wrap": true })).collect::<Vec<_>>(),
            "actions": card["actions"],
        });
        Some(thread::with(composed, |body| {
            let content = json!({ "contentType": "application/vnd.microsoft.card.adaptive", "content": plain });
            body.insert("attachments".to_owned(), json!([content]));
        }))
    }
}

fn wrong_host(url: &Url) -> Option<String> {
    let host = url.host_str().unwrap_or_default();
    let is = |known: &str| host == known || host.ends_with(&format!(".{known}"));
    let make = "in Teams, open the channel's menu, Workflows, and choose \"Send webhook alerts to a channel\"; \
                its address goes here";
    if RETIRED.iter().any(|known| is(known)) {
        return Some(format!("`url` belongs to an Office 365 connector, which Microsoft has switched off: {make}"));
    }
    let known = HOSTS.iter().any(|known| is(known));
    (!known && !settings::is_private(url)).then(|| format!("`url` is no Teams workflow: {make}"))
}

/// An old connector answers 200 and says in words that it failed.
fn by_body(http: &HttpAnswer) -> Option<Outcome> {
    let start = http.body.get(..400).unwrap_or(&http.body);
    let text = String::from_utf8_lossy(start);
    if http.status == 200 && text.contains("HTTP error 429") {
        return Some(Outcome::Retry { detail: judge::detail(http), slow: true });
    }
    if http.status == 200 && text.contains("HTTP error") {
        return Some(Outcome::RejectPayload { detail: judge::detail(http) });
    }
    None
}

/// The richest card that fits.
fn message(said: &Said) -> Value {
    let mut last = Value::Null;
    for (quotes, room) in [(5, 4_000), (3, 3_000), (2, 2_000), (1, 1_500), (0, 0)] {
        last = envelope(said, quotes, room);
        if last.to_string().len() <= TEAMS_BODY_BYTES {
            break;
        }
    }
    last
}

fn envelope(said: &Said, quotes: usize, room: usize) -> Value {
    let actions: Vec<Value> = said
        .links
        .iter()
        .map(|link| json!({ "type": "Action.OpenUrl", "title": truncate(&link.label, 60, Unit::Chars), "url": link.url }))
        .collect();
    let card = json!({
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "fallbackText": truncate(&neutral(&said.headline), 400, Unit::Chars),
        "body": body(said, quotes, room),
        "actions": actions,
        "msteams": { "width": "full" },
    });
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": card,
        }],
    })
}

fn body(said: &Said, quotes: usize, room: usize) -> Vec<Value> {
    let headline = format!("{} {}", said.tone.sign(), escaped(&truncate(&said.headline, 400, Unit::Chars)));
    let mut body = vec![json!({
        "type": "Container",
        "style": style(said.tone),
        "bleed": true,
        "items": [{ "type": "TextBlock", "text": headline, "weight": "Bolder", "size": "Medium", "wrap": true }],
    })];
    let facts: Vec<Value> = said
        .facts
        .iter()
        .map(|(label, value)| json!({ "title": label, "value": escaped(&truncate(value, 400, Unit::Chars)) }))
        .collect();
    body.push(json!({ "type": "FactSet", "facts": facts }));
    for quote in said.quotes.iter().take(quotes) {
        // A line break inside a TextBlock needs two.
        let words = text::render(&quote.markdown, &TEAMS, room, Unit::Bytes);
        let words = words.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n\n");
        body.push(json!({
            "type": "Container",
            "style": "emphasis",
            "items": [
                { "type": "TextBlock", "text": escaped(&quote.label()), "weight": "Bolder", "size": "Small", "wrap": true },
                { "type": "TextBlock", "text": words, "wrap": true, "spacing": "Small" },
            ],
        }));
    }
    for note in &said.notes {
        let text = format!("**Tocsin notes:** {}", escaped(note));
        body.push(json!({ "type": "TextBlock", "text": text, "size": "Small", "wrap": true }));
    }
    if !said.reason.is_empty() {
        let text = format!("Why you read this: {}", escaped(&said.reason));
        body.push(json!({ "type": "TextBlock", "text": text, "size": "Small", "isSubtle": true, "wrap": true }));
    }
    body
}

/// The texts of a card's blocks, in order, facts among them.
fn blocks(value: &Value, texts: &mut Vec<String>) {
    for item in value.as_array().into_iter().flatten() {
        texts.extend(item["text"].as_str().map(str::to_owned));
        for fact in item["facts"].as_array().into_iter().flatten() {
            let part = |key: &str| fact[key].as_str().unwrap_or_default().to_owned();
            texts.push(format!("{}: {}", part("title"), part("value")));
        }
        blocks(&item["items"], texts);
    }
}

const fn style(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Minor | Tone::Major => "warning",
        Tone::Critical => "attention",
        Tone::Maintenance => "accent",
        Tone::Plain | Tone::Unknown => "emphasis",
    }
}

fn escaped(text: &str) -> String {
    escape_teams(&neutral(text)).into_owned()
}

#[cfg(test)]
mod tests;
