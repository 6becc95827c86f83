//! Slack: an incoming webhook that takes Block Kit.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};

use crate::limits::{
    SLACK_ALL_CHARS, SLACK_BLOCKS, SLACK_FIELD_CHARS, SLACK_FIELDS, SLACK_HEADER_CHARS, SLACK_SECTION_CHARS,
    SLACK_TEXT_CHARS,
};
use crate::say::{Link, Said};
use crate::settings::{self, problem};
use crate::text::{self, SLACK, Unit, escape_slack, neutral, truncate};
use crate::{Attempt, Channel, Composed, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Slack = Slack;

pub(crate) struct Slack;

const SETTINGS: &[Setting] = &[Setting {
    key: "url",
    required: true,
    secret: true,
    list: false,
    help: "the address of an incoming webhook, https://hooks.slack.com/services/…",
}];

/// Characters kept for links and our own words, whatever a vendor writes.
const KEPT_CHARS: usize = 4_000;

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
        vec![crate::json_body(&message(&Said::new(notice)))]
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        crate::post(settings::string(settings, "url"), composed)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, by_body)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, shown)
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

fn message(said: &Said) -> Value {
    let sign = said.tone.sign();
    let mut blocks = Blocks { list: Vec::new(), left: SLACK_ALL_CHARS };
    let headline = format!("{sign} {}", said.headline);
    blocks.header(&headline);
    if Unit::Chars.of(&headline) > SLACK_HEADER_CHARS {
        blocks.section(&format!("*{}*", escaped(&said.title)));
    }
    blocks.facts(&said.facts);
    for quote in &said.quotes {
        blocks.quote(&quote.label(), &quote.markdown);
    }
    blocks.section(&links(said));
    blocks.context(&ours(said));
    json!({
        "text": truncate(&escaped(&headline), SLACK_TEXT_CHARS, Unit::Chars),
        "blocks": blocks.list,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// Our remarks and the reason, as lines of a context block.
fn ours(said: &Said) -> Vec<String> {
    let mut lines: Vec<String> = said.notes.iter().map(|note| format!("*Tocsin notes:* {}", escaped(note))).collect();
    if !said.reason.is_empty() {
        lines.push(format!("*Why you read this:* {}", escaped(&said.reason)));
    }
    lines
}

fn links(said: &Said) -> String {
    let link = |link: &Link| {
        let label = escaped(&link.label).replace('|', "¦");
        format!("<{}|{label}>", escape_slack(&link.url))
    };
    said.links.iter().map(link).collect::<Vec<_>>().join("  ·  ")
}

fn escaped(text: &str) -> String {
    escape_slack(&neutral(text)).into_owned()
}

/// Blocks, with what is left of the characters that a message may have.
struct Blocks {
    list: Vec<Value>,
    left: usize,
}

impl Blocks {
    fn push(&mut self, block: Value, chars: usize) {
        if self.list.len() < SLACK_BLOCKS && chars <= self.left {
            self.left -= chars;
            self.list.push(block);
        }
    }

    fn header(&mut self, text: &str) {
        // A header is plain text: nothing is escaped, nothing is parsed.
        let text = truncate(&neutral(text), SLACK_HEADER_CHARS, Unit::Chars);
        let chars = Unit::Chars.of(&text);
        self.push(json!({ "type": "header", "text": { "type": "plain_text", "text": text, "emoji": true } }), chars);
    }

    fn facts(&mut self, facts: &[(&str, String)]) {
        let fields: Vec<String> = facts
            .iter()
            .take(SLACK_FIELDS)
            .map(|(label, value)| {
                format!("*{label}*\n{}", escaped(&truncate(value, SLACK_FIELD_CHARS / 8, Unit::Chars)))
            })
            .collect();
        if !fields.is_empty() {
            let chars = fields.iter().map(|field| Unit::Chars.of(field)).sum();
            let fields: Vec<Value> = fields.iter().map(|field| mrkdwn(field)).collect();
            self.push(json!({ "type": "section", "fields": fields }), chars);
        }
    }

    /// The vendor's words, each line marked as a quote.
    fn quote(&mut self, label: &str, markdown: &str) {
        let label = format!("*{}*", escaped(label));
        let room =
            SLACK_SECTION_CHARS.min(self.left.saturating_sub(KEPT_CHARS)).saturating_sub(Unit::Chars.of(&label) + 1);
        // Marks at line starts take room too: a body of many short lines is rendered into less.
        for share in [1, 2, 4, 8] {
            let body = text::render(markdown, &SLACK, room / share, Unit::Chars);
            let text = format!("{label}\n{}", marked(&body));
            let chars = Unit::Chars.of(&text);
            if chars <= room + Unit::Chars.of(&label) + 1 {
                return self.push(json!({ "type": "section", "text": mrkdwn(&text) }), chars);
            }
        }
    }

    fn section(&mut self, text: &str) {
        let chars = Unit::Chars.of(text);
        if (1..=SLACK_SECTION_CHARS).contains(&chars) {
            self.push(json!({ "type": "section", "text": mrkdwn(text) }), chars);
        }
    }

    fn context(&mut self, lines: &[String]) {
        let lines: Vec<&String> = lines.iter().filter(|line| Unit::Chars.of(line) <= SLACK_SECTION_CHARS).collect();
        let chars = lines.iter().map(|line| Unit::Chars.of(line)).sum();
        let elements: Vec<Value> = lines.iter().take(10).map(|line| mrkdwn(line)).collect();
        if !elements.is_empty() {
            self.push(json!({ "type": "context", "elements": elements }), chars);
        }
    }
}

fn marked(body: &str) -> String {
    body.lines()
        .map(|line| if line.starts_with('>') { line.to_owned() } else { format!(">{line}") })
        .collect::<Vec<_>>()
        .join("\n")
}

/// `verbatim`: Slack must not look for names and channels in it.
fn mrkdwn(text: &str) -> Value {
    json!({ "type": "mrkdwn", "text": text, "verbatim": true })
}

#[cfg(test)]
mod tests;
