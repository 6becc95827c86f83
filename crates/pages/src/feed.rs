//! Incidents of a vendor, or of all on a board, as an Atom feed (RFC 4287).

use std::fmt::Write as _;

use askama::Template;
use tocsin_domain::{Incident, Timestamp};

use crate::layout::Chrome;
use crate::links;

/// What the feed is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// What it is a feed of.
    pub name: String,
    /// The path of the page that shows the same.
    pub page: String,
    /// The path of the feed itself.
    pub own: String,
    /// Whoever reads it may see nothing else of ours: entries lead to the vendors.
    pub outward: bool,
    /// Newest first, each with the texts of its updates as sanitised HTML, in their order.
    pub incidents: Vec<(Incident, Vec<String>)>,
}

/// The feed as XML.
///
/// # Errors
/// If it could not be written.
pub fn render(facts: &Facts) -> Result<String, std::fmt::Error> {
    let base = facts.chrome.base_url.trim_end_matches('/');
    let page = format!("{base}{}", facts.page);
    let href = |incident: &Incident| {
        if !facts.outward {
            return format!("{base}{}", links::incident(incident.id));
        }
        incident.url.as_deref().and_then(links::outward).unwrap_or_else(|| page.clone())
    };
    let entries: Vec<Entry> =
        facts.incidents.iter().map(|(incident, bodies)| Entry::new(incident, bodies, href(incident))).collect();
    let feed = Feed {
        name: plain(&facts.name),
        updated: entries.iter().map(|entry| entry.updated).max().unwrap_or(Timestamp::from_second(0)),
        entries,
        own: format!("{base}{}", facts.own),
        page,
    };
    feed.render().map_err(|_| std::fmt::Error)
}

#[derive(Template, Debug)]
#[template(path = "feed.atom", escape = "html")]
struct Feed {
    name: String,
    page: String,
    own: String,
    updated: Timestamp,
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    id: String,
    title: String,
    href: String,
    published: Timestamp,
    updated: Timestamp,
    stage: &'static str,
    impact: &'static str,
    content: String,
}

impl Entry {
    fn new(incident: &Incident, bodies: &[String], href: String) -> Self {
        let seen = incident.updates.iter().map(|update| update.at.unwrap_or(update.first_seen_at));
        let edited =
            incident.updates.iter().flat_map(|update| update.revisions.iter().map(|revision| revision.seen_at));
        let published = incident.started_at.unwrap_or(incident.first_seen_at);
        let mut content = String::new();
        for (update, html) in incident.updates.iter().zip(bodies).rev() {
            let at = update.at.unwrap_or(update.first_seen_at);
            let stage = update.stage.map_or("Update", tocsin_domain::Stage::label);
            let _ = write!(content, "<p><strong>{stage}</strong>, {at}</p>{html}");
        }
        Self {
            id: incident.id.to_string(),
            title: plain(&incident.title),
            href,
            published,
            updated: seen.chain(edited).chain(incident.resolved_at).max().unwrap_or(published),
            stage: incident.stage.word(),
            impact: incident.impact.word(),
            content: plain(&content),
        }
    }
}

/// Without the characters that XML 1.0 has no place for.
fn plain(text: &str) -> String {
    let allowed = |letter: &char| matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..='\u{10ffff}');
    text.chars().filter(allowed).collect()
}
