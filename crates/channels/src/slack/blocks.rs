//! Block Kit: a header, fields, the vendor's words as quotes, links, and our remarks as context.

use serde_json::{Value, json};

use crate::Composed;
use crate::limits::{
    SLACK_ALL_CHARS, SLACK_BLOCKS, SLACK_FIELD_CHARS, SLACK_FIELDS, SLACK_HEADER_CHARS, SLACK_SECTION_CHARS,
    SLACK_TEXT_CHARS,
};
use crate::say::{Link, Said};
use crate::sheet::Extent;
use crate::text::{self, SLACK, Unit, escape_slack, neutral, truncate};
use crate::thread::with;

/// Characters kept for links and our own words, whatever a vendor writes.
const KEPT_CHARS: usize = 4_000;

/// A message of blocks. Links are text: Slack marks a button with a warning where no program answers its click.
pub(crate) fn message(said: &Said, extent: Extent) -> Value {
    let sign = said.tone.sign();
    let mut blocks = Blocks { list: Vec::new(), left: SLACK_ALL_CHARS };
    let headline = format!("{sign} {}", said.headline);
    blocks.header(&headline);
    if Unit::Chars.of(&headline) > SLACK_HEADER_CHARS {
        blocks.section(&format!("*{}*", escaped(&said.title)));
    }
    if extent == Extent::Whole {
        blocks.facts(&said.facts);
    }
    for quote in &said.quotes {
        blocks.quote(&quote.label(), &quote.markdown);
    }
    blocks.section(&links(said));
    blocks.context(&ours(said, extent));
    json!({
        "text": truncate(&escaped(&headline), SLACK_TEXT_CHARS, Unit::Chars),
        "blocks": blocks.list,
        "unfurl_links": false,
        "unfurl_media": false,
    })
}

/// Our remarks and the reason, as lines of a context block.
fn ours(said: &Said, extent: Extent) -> Vec<String> {
    let mut lines: Vec<String> = said.notes.iter().map(|note| format!("*Tocsin notes:* {}", escaped(note))).collect();
    if extent == Extent::Whole && !said.reason.is_empty() {
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

/// The same words without blocks, for a place that refuses them. `None`: it has none.
pub(crate) fn plainer(composed: &Composed) -> Option<Composed> {
    let message: Value = serde_json::from_slice(&composed.body).ok()?;
    let mut lines = Vec::new();
    for block in message.get("blocks")?.as_array()? {
        let text = block["text"]["text"].as_str();
        // A header is plain text, the others are escaped already.
        lines.extend(text.map(|text| if block["type"] == "header" { escaped(text) } else { text.to_owned() }));
        let inner = block["fields"].as_array().or_else(|| block["elements"].as_array());
        let texts = inner.into_iter().flatten().filter_map(|one| one["text"].as_str());
        lines.extend(texts.map(|text| text.replace('\n', " ")));
    }
    let mut text = String::new();
    for line in lines.iter().filter(|line| Unit::Chars.of(line) + 1 < SLACK_TEXT_CHARS) {
        if Unit::Chars.of(&text) + Unit::Chars.of(line) < SLACK_TEXT_CHARS {
            text.push_str(line);
            text.push('\n');
        }
    }
    Some(with(composed, |body| {
        body.remove("blocks");
        body.insert("text".to_owned(), Value::from(text.trim_end()));
    }))
}
