//! What a template may use: everything that is said, and the data of the standard webhook. Every name is always there;
//! what a notice is not about is none.

use serde_json::{Map, Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{EventKind, Health, MaintenanceStage, Subject};

use super::examples;
use crate::say::{Said, Tone};
use crate::text;
use crate::webhook::body_of;

/// Keys of the standard body's data that only some events have.
const SOMETIMES: [&str; 5] = ["incident", "maintenance", "component", "page", "digest"];
/// Characters of the vendor's words as plain text.
const TEXT_CHARS: usize = 4_000;

pub(super) fn facts(notice: &Notice) -> Value {
    let said = Said::new(notice);
    let mut facts = said_facts(&said);
    let event = &notice.event;
    facts.insert("event".to_owned(), json!(event.kind));
    facts.insert("at".to_owned(), json!(event.at));
    facts.insert("is_open".to_owned(), json!(is_open(notice)));
    facts.insert("thread".to_owned(), json!(notice.thread));
    facts.insert(
        "links".to_owned(),
        json!({
            "incident": text::web(&notice.links.incident),
            "vendor": notice.links.vendor.as_deref().and_then(text::web),
            "acknowledge": notice.links.acknowledge.as_deref().and_then(text::web),
        }),
    );
    let mut body = body_of(notice);
    if let Some(data) = body.get_mut("data").and_then(Value::as_object_mut) {
        for key in SOMETIMES {
            facts.insert(key.to_owned(), data.remove(key).unwrap_or_default());
        }
        for key in ["provider", "updates", "changes", "also_opened", "monitor", "sequence"] {
            facts.insert(key.to_owned(), data.remove(key).unwrap_or_default());
        }
    }
    Value::Object(facts)
}

fn said_facts(said: &Said) -> Map<String, Value> {
    let words = |markdown: &str| text::plain(markdown, TEXT_CHARS);
    let quotes: Vec<Value> = said
        .quotes
        .iter()
        .map(|quote| {
            json!({
                "by": quote.by,
                "about": quote.about,
                "text": words(&quote.markdown),
                "html": text::html(&quote.markdown),
            })
        })
        .collect();
    let listed: Vec<Value> =
        said.facts.iter().map(|(label, value)| json!({ "label": label, "value": value })).collect();
    let facts = json!({
        "headline": said.headline,
        "state": said.state,
        "title": said.title,
        "vendor": said.vendor,
        "tone": tone(said.tone),
        "sign": said.tone.sign(),
        "color": format!("#{:06x}", said.tone.rgb()),
        "facts": listed,
        "quotes": quotes,
        "text": said.quotes.first().map_or_else(String::new, |quote| words(&quote.markdown)),
        "notes": said.notes,
        "reason": said.reason,
    });
    match facts {
        Value::Object(facts) => facts,
        _ => Map::new(),
    }
}

const fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Plain => "plain",
        Tone::Minor => "minor",
        Tone::Major => "major",
        Tone::Critical => "critical",
        Tone::Maintenance => "maintenance",
        Tone::Unknown => "unknown",
    }
}

/// Something is (still) wrong, or work has not ended.
fn is_open(notice: &Notice) -> bool {
    match &notice.event.subject {
        Subject::Incident(incident) => incident.is_open(),
        Subject::Maintenance(work) => !matches!(work.stage, MaintenanceStage::Completed | MaintenanceStage::Cancelled),
        Subject::Component(change) => change.after != Health::Operational,
        Subject::Page(_) => notice.event.kind == EventKind::PageUnreadable,
        Subject::Warning(warning) => warning.is_open(),
        Subject::Digest(digest) => digest.open() > 0,
        Subject::Channel(_) => true,
        Subject::Test => false,
    }
}

/// Facts of everything that may be said: what a template is tried on.
pub(super) fn examples() -> Vec<(&'static str, Value)> {
    examples::notices().into_iter().map(|(about, notice)| (about, facts(&notice))).collect()
}
