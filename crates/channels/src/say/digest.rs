//! What a digest says: how many, where, the worst first, and what they most likely rest on.

use tocsin_domain::digest::{Digest, DigestItem, Gathered};
use tocsin_domain::{EventKind, Impact};

use super::{Quote, title};
use crate::text::{self, Unit, escape_markdown};
use crate::when::{Clock, duration};

/// Items listed in one message at most; the dashboard has all.
const LISTED: usize = 20;
/// Characters of one title in a list.
const TITLE_CHARS: usize = 120;

/// Begins in lower case: `storm: 14 incidents at 12 providers in 5m, most likely because of AWS`.
pub(super) fn state(digest: &Digest) -> String {
    let what = match digest.gathered {
        Gathered::Storm => "storm",
        Gathered::Hourly => "the last hour",
        Gathered::Daily => "the last day",
        Gathered::Weekly => "the last week",
    };
    let span = match digest.gathered {
        Gathered::Storm => format!(" in {}", duration(digest.to.since(digest.from))),
        Gathered::Hourly | Gathered::Daily | Gathered::Weekly => format!(", {} still open", digest.open()),
    };
    let root = digest.root.as_ref().map(|root| format!(", most likely because of {}", name(&root.provider.name)));
    format!("{what}: {}{span}{}", counted(digest), root.unwrap_or_default())
}

pub(super) fn title(digest: &Digest) -> String {
    super::capitalised(&counted(digest))
}

/// `14 things at 12 providers`.
fn counted(digest: &Digest) -> String {
    let (things, providers) = (digest.items.len(), digest.providers());
    let incidents = digest.items.iter().all(|item| item.impact.is_some());
    let noun = match (incidents, things) {
        (true, 1) => "incident",
        (true, _) => "incidents",
        (false, 1) => "entry",
        (false, _) => "entries",
    };
    format!("{things} {noun} at {providers} provider{}", if providers == 1 { "" } else { "s" })
}

pub(super) fn facts(digest: &Digest, clock: &Clock) -> Vec<(&'static str, String)> {
    let (open, over) = (digest.open(), digest.items.len() - digest.open());
    let root = digest.root.as_ref().map(|root| name(&root.provider.name));
    vec![
        ("From", clock.full(digest.from)),
        ("To", clock.full(digest.to)),
        ("Still open", open.to_string()),
        ("Over", over.to_string()),
        ("Most likely root", root.unwrap_or_default()),
    ]
}

pub(super) fn notes(digest: &Digest) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(root) = &digest.root {
        notes.push(text::truncate(&text::one_line(&root.why), 300, Unit::Chars));
    }
    let more = digest.items.len().saturating_sub(LISTED);
    if more > 0 {
        notes.push(format!("{more} more are on the dashboard."));
    }
    notes
}

/// The items as a list; vendors' titles are escaped, so that they cannot format or link anything.
pub(super) fn list(digest: &Digest, clock: &Clock) -> Quote {
    let lines: Vec<String> = digest.items.iter().take(LISTED).map(|item| line(item, clock)).collect();
    Quote { by: "In this message".to_owned(), about: String::new(), markdown: lines.join("\n") }
}

/// `- **AWS**: major incident since 17:01 EST – [Elevated errors](https://…) (EC2, S3)`
fn line(item: &DigestItem, clock: &Clock) -> String {
    let words = escape_markdown(&text::truncate(&title::readable(&item.title), TITLE_CHARS, Unit::Chars));
    let words = if item.link.is_empty() { words } else { format!("[{words}](<{}>)", item.link) };
    let parts: Vec<String> = item.components.iter().take(3).map(|one| escape_markdown(&name(one))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!("- **{}**: {} – {words}{parts}", escape_markdown(&name(&item.provider.name)), what(item, clock))
}

fn what(item: &DigestItem, clock: &Clock) -> String {
    let since = item.started_at.map(|at| format!(" since {}", clock.short(at))).unwrap_or_default();
    let noun = match item.impact {
        Some(Impact::None) => "incident".to_owned(),
        Some(impact) => format!("{} incident", impact.word()),
        None => return item.kind.label().to_lowercase(),
    };
    match (item.over, item.started_at, item.ended_at) {
        (true, Some(from), Some(to)) => format!("{noun}, over after {}", duration(to.since(from))),
        (true, ..) => format!("{noun}, over"),
        (false, ..) if item.kind == EventKind::IncidentReopened => format!("{noun} reopened{since}"),
        (false, ..) => format!("{noun}{since}"),
    }
}

fn name(text: &str) -> String {
    text::truncate(&text::one_line(text), 60, Unit::Chars)
}
