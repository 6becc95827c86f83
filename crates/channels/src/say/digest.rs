//! What a digest says: how many, where, the worst first, and what they most likely rest on.

use tocsin_domain::digest::{Digest, DigestItem, Gathered};
use tocsin_domain::{EventKind, Impact};

use super::{Quote, Tone, title};
use crate::text::{self, Unit, escape_markdown};
use crate::when::{Clock, duration};

/// Items listed in one message at most; the dashboard has all.
const LISTED: usize = 20;
/// Components named behind one item.
const PARTS: usize = 3;
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

/// The items as a list, grouped by provider; vendors' titles are escaped, so that they cannot format or link anything.
pub(super) fn list(digest: &Digest, clock: &Clock) -> Quote {
    let listed = digest.items.get(..LISTED).unwrap_or(&digest.items);
    let mut lines = Vec::new();
    for (index, first) in listed.iter().enumerate() {
        let slug = &first.provider.slug;
        if listed.iter().take(index).any(|earlier| earlier.provider.slug == *slug) {
            continue;
        }
        let vendor = escape_markdown(&name(&first.provider.name));
        let of_vendor: Vec<&DigestItem> = listed.iter().filter(|item| item.provider.slug == *slug).collect();
        match of_vendor.as_slice() {
            [only] => lines.push(format!("- **{vendor}**: {}", line(only, clock))),
            several => {
                lines.push(format!("- **{vendor}**: {}", of_one(several)));
                lines.extend(several.iter().map(|item| format!("  - {}", line(item, clock))));
            }
        }
    }
    Quote { by: "In this message".to_owned(), about: String::new(), markdown: lines.join("\n"), ours: true }
}

/// `3 entries, 1 over`
fn of_one(items: &[&DigestItem]) -> String {
    let noun = if items.iter().all(|item| item.impact.is_some()) { "incidents" } else { "entries" };
    let over = items.iter().filter(|item| item.over).count();
    let over = if over > 0 { format!(", {over} over") } else { String::new() };
    format!("{} {noun}{over}", items.len())
}

/// `🔴 critical incident since 17:01 EST – [Elevated errors](https://…) (EC2, S3)`
fn line(item: &DigestItem, clock: &Clock) -> String {
    let words = escape_markdown(&text::truncate(&title::readable(&item.title), TITLE_CHARS, Unit::Chars));
    let words = if item.link.is_empty() { words } else { format!("[{words}](<{}>)", item.link) };
    let named = item.components.iter().take(PARTS).map(|one| escape_markdown(&name(one)));
    let more = item.components.len().saturating_sub(PARTS);
    let parts: Vec<String> = named.chain((more > 0).then(|| format!("{more} more"))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    format!("{} {} – {words}{parts}", tone(item).sign(), what(item, clock))
}

fn tone(item: &DigestItem) -> Tone {
    match item.impact {
        _ if item.over => Tone::Good,
        Some(Impact::Critical) => Tone::Critical,
        Some(Impact::Major) => Tone::Major,
        Some(Impact::Minor) => Tone::Minor,
        Some(Impact::None) => Tone::Plain,
        None if item.kind.word().starts_with("maintenance.") => Tone::Maintenance,
        None => Tone::Unknown,
    }
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

#[cfg(test)]
mod tests {
    use tocsin_domain::{ProviderRef, Timestamp};

    use super::*;

    fn item(slug: &str, title: &str, impact: Option<Impact>, over: bool) -> DigestItem {
        let kind = if impact.is_some() { EventKind::IncidentOpened } else { EventKind::MaintenanceScheduled };
        DigestItem {
            provider: ProviderRef { slug: slug.to_owned(), name: format!("The {slug} Company") },
            kind,
            title: title.to_owned(),
            impact,
            over,
            started_at: None,
            ended_at: None,
            components: (1..=5).map(|number| format!("Part {number}")).collect(),
            link: String::new(),
        }
    }

    #[test]
    fn each_provider_is_named_once_and_the_worst_comes_first() {
        let at = Timestamp::from_second(1_771_624_800);
        let digest = Digest {
            gathered: Gathered::Daily,
            from: at,
            to: at.plus(3_600),
            items: vec![
                item("b", "Down", Some(Impact::Critical), false),
                item("a", "Slow", Some(Impact::Minor), false),
                item("b", "Fixed", Some(Impact::Major), true),
                item("b", "Upgrade", None, false),
            ],
            root: None,
        };
        let said = list(&digest, &Clock::new("UTC", at));
        assert_eq!(
            crate::text::plain(&said.markdown, 4_000),
            "• The b Company: 3 entries, 1 over\n\
             \u{20} • 🔴 critical incident – Down (Part 1, Part 2, Part 3, 2 more)\n\
             \u{20} • ✅ major incident, over – Fixed (Part 1, Part 2, Part 3, 2 more)\n\
             \u{20} • 🔧 maintenance scheduled – Upgrade (Part 1, Part 2, Part 3, 2 more)\n\
             • The a Company: 🟡 minor incident – Slow (Part 1, Part 2, Part 3, 2 more)"
        );
    }
}
