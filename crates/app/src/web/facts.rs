//! Facts that several pages need.

use std::collections::HashMap;

use tocsin_channels::{Kind, text};
use tocsin_domain::event::Subject;
use tocsin_domain::{Again, Component, Incident, ProviderRef};
use tocsin_pages::About;
use tocsin_pages::facts::OpenIncident;
use tocsin_store::{JournalEntry, StoreError};

use super::wished::Wished;
use crate::app::App;
use crate::directory::Directory;

/// Characters of the latest update that an open incident shows.
const EXCERPT: usize = 280;

/// A provider as pages name it; one that is known no more is named by its slug.
pub fn provider(directory: &Directory, slug: &str) -> ProviderRef {
    directory
        .provider(slug)
        .map_or_else(|| ProviderRef { slug: slug.to_owned(), name: slug.to_owned() }, |provider| provider.reference())
}

/// A kind of channel as people call it; one that is known no more is called as it was.
pub fn kind(name: &str) -> String {
    Kind::named(name).map_or_else(|| name.to_owned(), |kind| kind.title().to_owned())
}

/// What the events of these sequences are about.
///
/// # Errors
/// If the store cannot be read.
pub async fn abouts(app: &App, sequences: &[i64]) -> Result<HashMap<i64, About>, StoreError> {
    let directory = app.directory();
    let entries = app.store.events_at(sequences).await?;
    let about = |entry: &JournalEntry| {
        let provider = provider(&directory, &entry.provider);
        // A page's reason goes on with every address that was tried; its first sentence is the title.
        let title = entry.event.title();
        let title = match entry.event.subject {
            Subject::Page(_) => title.split_once(". ").map_or(title.as_str(), |(first, _)| first).to_owned(),
            _ => title,
        };
        match &entry.event.subject {
            Subject::Incident(incident) => About::incident(&provider, &incident.id.to_string(), &title),
            Subject::Warning(warning) => About::check(warning, &title),
            _ => About::provider(&provider, &title),
        }
        .again(&again(entry.event.again.as_ref()))
    };
    Ok(entries.iter().map(|entry| (entry.sequence, about(entry))).collect())
}

/// Why something is said again; empty where it is news.
fn again(again: Option<&Again>) -> String {
    match again {
        None => String::new(),
        Some(Again::AfterWait) => "after the group's wait".to_owned(),
        Some(Again::Asked) => "asked for when a monitor was added".to_owned(),
        Some(Again::AfterMute) => "after the mute".to_owned(),
        Some(Again::Repeat(times)) => format!("reminder {times}"),
        Some(Again::Escalated(group)) => format!("not acknowledged by {group}"),
        Some(Again::PromiseBroken(_)) => "promised word did not come".to_owned(),
        Some(Again::HeldBack) => "held back".to_owned(),
        Some(Again::Missed) => "where it stands, for a channel that is back".to_owned(),
    }
}

/// An open incident with its latest words as plain text; `parts` are its page's components, where they are known.
pub fn open(wished: Wished<'_>, provider: ProviderRef, incident: Incident, parts: &[Component]) -> OpenIncident {
    let wishes = wished.incident(&provider.slug, &incident, parts);
    let latest = incident.updates.iter().rev().find(|update| !update.body.trim().is_empty());
    let excerpt = latest.map(|update| text::one_line(&text::plain(&update.body, EXCERPT))).unwrap_or_default();
    OpenIncident { provider, incident, excerpt, wishes }
}
