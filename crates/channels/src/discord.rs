//! Discord: a channel's webhook that takes embeds. The first message of an incident is edited as things go on; what gets
//! worse, begins again or ends is also said anew, since an edit rings for nobody.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};
use url::Url;

use crate::limits::{
    DISCORD_ALL, DISCORD_CONTENT, DISCORD_DESCRIPTION, DISCORD_FIELD_NAME, DISCORD_FIELD_VALUE, DISCORD_FIELDS,
    DISCORD_FOOTER, DISCORD_TITLE,
};
use crate::manner::REPEAT;
use crate::say::Said;
use crate::settings::{self, problem};
use crate::text::{self, DISCORD, Unit, escape_discord, neutral, truncate};
use crate::thread::{self, Answers};
use crate::{Attempt, Channel, Composed, Outcome, Part, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Discord = Discord;

pub(crate) struct Discord;

const SETTINGS: &[Setting] = &[Setting {
    key: "url",
    required: true,
    secret: true,
    list: false,
    help: "the address of a channel's webhook, https://discord.com/api/webhooks/…; add ?thread_id=… for a thread.",
}];

const HOSTS: [&str; 4] = ["discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com"];

impl Channel for Discord {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        match settings::address(settings, "url") {
            Err(wrong) => problems.push(wrong),
            Ok(Some(url)) if !settings::is_private(&url) => {
                if !HOSTS.contains(&url.host_str().unwrap_or_default()) || parts(&url).is_none() {
                    let hint = "`url` is no webhook of Discord: copy the one that begins with \
                                https://discord.com/api/webhooks/ from the channel's settings, Integrations";
                    problems.push(problem("url", hint));
                }
            }
            Ok(_) => {}
        }
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let at = notice.event.at;
        let whole = |said: &Said| crate::json_body(&message(said, at));
        thread::edited(notice, Answers::Ringing, whole, |said| crate::json_body(&short(said, at)))
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let url = settings::string(settings, "url");
        match thread::root(attempt).filter(|_| composed.part == Part::Root) {
            None => crate::post(&address(url, None), composed),
            Some(root) => {
                // Only what was posted has a name.
                let composed = thread::with(composed, |body| drop(body.remove("username")));
                crate::by(Method::Patch, crate::post(&address(url, Some(root)), &composed))
            }
        }
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |http| by_body(http, now))
    }

    fn marked(&self, composed: &Composed) -> Option<Composed> {
        let mut message: Value = serde_json::from_slice(&composed.body).ok()?;
        let content = message.get("content")?.as_str()?;
        message["content"] = Value::from(fitted(&format!("{REPEAT}\n{content}"), DISCORD_CONTENT));
        Some(Composed { body: message.to_string().into_bytes(), ..composed.clone() })
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, shown)
    }

    fn plainer(&self, composed: &Composed) -> Option<Composed> {
        plainer(composed)
    }
}

/// Id and token of a webhook's address, with or without a version in between.
fn parts(url: &Url) -> Option<(String, String)> {
    let segments: Vec<&str> = url.path_segments()?.filter(|part| !part.is_empty()).collect();
    match segments.as_slice() {
        ["api", "webhooks", id, token] => Some(((*id).to_owned(), (*token).to_owned())),
        ["api", version, "webhooks", id, token] if version.starts_with('v') => {
            Some(((*id).to_owned(), (*token).to_owned()))
        }
        _ => None,
    }
}

fn shown(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    match parts(url) {
        Some((id, _)) if HOSTS.contains(&host) => format!("https://{host}/api/webhooks/{id}/{}", settings::DOTS),
        _ => settings::cut(url, 1),
    }
}

/// With `wait`, Discord answers whether it kept the message; a thread in the address stays. `root`: the message to edit.
fn address(address: &str, root: Option<&str>) -> String {
    let Ok(mut url) = Url::parse(address.trim()) else { return address.trim().to_owned() };
    let kept: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(name, _)| name != "wait").collect();
    url.set_query(None);
    match root {
        None => drop(url.query_pairs_mut().append_pair("wait", "true")),
        Some(root) => {
            if let Ok(mut path) = url.path_segments_mut() {
                path.pop_if_empty().extend(["messages", root]);
            }
        }
    }
    if !kept.is_empty() {
        url.query_pairs_mut().extend_pairs(kept);
    }
    url.to_string()
}

/// Discord's own codes, the id of what it kept, and the wait it asks for in the body.
fn by_body(http: &HttpAnswer, now: Timestamp) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    match http.status {
        200..300 => {
            let remote = body.get("id").and_then(Value::as_str).map(str::to_owned);
            Some(Outcome::Delivered { remote })
        }
        429 => {
            let wanted = body.get("retry_after").and_then(Value::as_f64).and_then(judge::clamped);
            wanted.max(judge::wait(http, now)).map(|seconds| Outcome::RetryAfter { seconds })
        }
        _ => match body.get("code").and_then(Value::as_i64)? {
            // Gone, or edited too often since it was new.
            10_008 | 30_046 => Some(Outcome::RootGone { detail }),
            10_003 | 10_015 => Some(Outcome::EndpointGone { detail }),
            50_001 | 50_013 | 50_027 => Some(Outcome::EndpointAuth { detail }),
            50_006 | 50_035 | 50_109 | 220_001..=220_003 => Some(Outcome::RejectPayload { detail }),
            _ => None,
        },
    }
}

fn message(said: &Said, at: Timestamp) -> Value {
    let content = format!("{} **{}**", said.tone.sign(), escaped(&truncate(&said.headline, 900, Unit::Chars)));
    json!({
        "content": fitted(&content, DISCORD_CONTENT),
        "username": "Tocsin",
        "allowed_mentions": { "parse": [] },
        "embeds": [embed(said, at)],
    })
}

/// What is new, beside a message that has the facts.
fn short(said: &Said, at: Timestamp) -> Value {
    let mut message = message(said, at);
    if let Some(embed) = message["embeds"][0].as_object_mut() {
        embed.remove("fields");
        embed.remove("footer");
    }
    message
}

/// The embed's words as text, for a place that refuses it. `None`: there is none.
fn plainer(composed: &Composed) -> Option<Composed> {
    let message: Value = serde_json::from_slice(&composed.body).ok()?;
    let content = message.get("content")?.as_str()?;
    let words = message["embeds"].get(0)?["description"].as_str().unwrap_or_default();
    // A mark that is cut away would leave its fellow alone: lines are taken whole.
    let mut text = content.to_owned();
    for line in words.lines() {
        if Unit::Utf16.of(&text) + Unit::Utf16.of(line) < DISCORD_CONTENT {
            text.push('\n');
            text.push_str(line);
        }
    }
    Some(thread::with(composed, |body| {
        body.insert("content".to_owned(), Value::from(text));
        body.insert("embeds".to_owned(), Value::Array(Vec::new()));
    }))
}

fn embed(said: &Said, at: Timestamp) -> Value {
    let mut left = DISCORD_ALL - 200;
    let mut take = |text: String| {
        left = left.saturating_sub(Unit::Utf16.of(&text));
        text
    };
    let title = take(truncate(&neutral(&said.title), DISCORD_TITLE, Unit::Utf16));
    let footer = take(truncate(&neutral(&said.reason), DISCORD_FOOTER / 4, Unit::Utf16));
    let fields: Vec<Value> = said
        .facts
        .iter()
        .take(DISCORD_FIELDS)
        .map(|(label, value)| {
            let name = take(truncate(label, DISCORD_FIELD_NAME, Unit::Utf16));
            let value = take(fitted(&escaped(&truncate(value, 200, Unit::Chars)), DISCORD_FIELD_VALUE));
            json!({ "name": name, "value": value, "inline": Unit::Chars.of(&value) <= 24 })
        })
        .collect();
    let mut embed = json!({
        "title": title,
        "color": said.tone.rgb(),
        "fields": fields,
        "timestamp": at,
    });
    let description = description(said, left.min(DISCORD_DESCRIPTION));
    if !description.is_empty() {
        embed["description"] = Value::from(description);
    }
    if !footer.is_empty() {
        embed["footer"] = json!({ "text": footer });
    }
    if let Some(link) = said.links.first() {
        embed["url"] = Value::from(link.url.as_str());
    }
    embed
}

/// The vendor's words, then ours, then where to read on; each part whole or not at all.
fn description(said: &Said, most: usize) -> String {
    let mut tail = Vec::new();
    for note in &said.notes {
        tail.push(format!("**Tocsin notes:** {}", escaped(note)));
    }
    let links: Vec<String> =
        said.links.iter().map(|link| format!("[{}](<{}>)", escaped(&link.label), link.url)).collect();
    if !links.is_empty() {
        tail.push(links.join(" · "));
    }
    let mut tail = tail.join("\n");
    if Unit::Utf16.of(&tail) > most / 2 {
        tail = said
            .notes
            .first()
            .map(|note| escaped(note))
            .filter(|note| Unit::Utf16.of(note) <= most / 2)
            .unwrap_or_default();
    }
    let mut left = most.saturating_sub(Unit::Utf16.of(&tail) + 2);
    let mut parts = Vec::new();
    for (index, quote) in said.quotes.iter().enumerate() {
        let label = format!("**{}**", escaped(&quote.label()));
        // The newest words may take two thirds of the room, each older one half of what is left.
        let share = if index + 1 == said.quotes.len() { left } else { left * 2 / 3 };
        let Some(room) = share.checked_sub(Unit::Utf16.of(&label) + 40) else { break };
        let body = (1..=4)
            .map(|part| text::render(&quote.markdown, &DISCORD, room / part, Unit::Utf16))
            .map(|body| marked(&body));
        let Some(body) = body.into_iter().find(|body| Unit::Utf16.of(body) <= room) else { break };
        let part = format!("{label}\n{body}");
        left = left.saturating_sub(Unit::Utf16.of(&part) + 2);
        parts.push(part);
    }
    parts.push(tail);
    parts.retain(|part| !part.is_empty());
    parts.join("\n\n")
}

fn marked(body: &str) -> String {
    body.lines()
        .map(|line| if line.starts_with("> ") { line.to_owned() } else { format!("> {line}") })
        .collect::<Vec<_>>()
        .join("\n")
}

fn escaped(text: &str) -> String {
    escape_discord(&neutral(text)).into_owned()
}

/// Escaped text in its limit: an escape is not cut in half.
fn fitted(text: &str, most: usize) -> String {
    let cut = truncate(text, most, Unit::Utf16);
    if cut.len() < text.len() { cut.replace("\\…", "…") } else { cut }
}

#[cfg(test)]
mod tests;
