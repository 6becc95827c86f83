//! Rehearsal: what a group would have been told lately, from the journal. Nothing is stored and nobody is told.

use std::collections::BTreeMap;

use tocsin_domain::alert::rehearse::{History, Summary, rehearse};
use tocsin_domain::alert::{Audience, Member, Storm};
use tocsin_domain::{Components, Event, ProviderRef, Timestamp};
use tocsin_store::{ChannelRow, StoreError};
use uuid::Uuid;

use crate::app::App;
use crate::directory::Directory;
use crate::setup::groups::Trial;
use crate::work::{asked, later};

const DAY_S: i64 = 24 * 3600;
/// What began before the days that are asked for is looked up so much further back.
const BEFORE_DAYS: i64 = 30;
/// Events that are played at most.
const MOST_EVENTS: usize = 50_000;
/// Stands for the channel of a group that has none yet.
const SOME_CHANNEL: &str = "some channel";

/// What a rehearsal gave.
#[derive(Debug)]
pub struct Answer {
    pub summary: Summary,
    pub since: Timestamp,
    pub days: i64,
    pub monitors: usize,
    /// Names of channels with their messages, the most first; empty where the group has no channel yet.
    pub channels: Vec<(String, usize)>,
    /// There was more in the journal than was played.
    pub cut: bool,
}

/// One page's part of it.
struct Part {
    page: String,
    provider: ProviderRef,
    components: Components,
    events: Vec<Event>,
    audience: Audience,
}

/// Plays the last days once more, up to `now`.
///
/// # Errors
/// If the store does not answer.
pub async fn play(app: &App, trial: &Trial, now: Timestamp) -> Result<Answer, StoreError> {
    let directory = app.directory();
    let since = now.plus(-trial.days * DAY_S);
    let mut slugs: Vec<String> = trial.monitors.iter().map(|monitor| monitor.provider.clone()).collect();
    slugs.sort_unstable();
    slugs.dedup();
    let entries = app.store.events_since(&slugs, since.plus(-BEFORE_DAYS * DAY_S), MOST_EVENTS).await?;
    let full = entries.len() >= MOST_EVENTS;
    let mut events: BTreeMap<(String, Uuid), Vec<Event>> = BTreeMap::new();
    for (page, entry) in entries {
        events.entry((entry.provider, page)).or_default().push(entry.event);
    }
    let mut parts = Vec::with_capacity(events.len());
    for ((slug, page), events) in events {
        let Some(provider) = directory.provider(&slug) else { continue };
        parts.push(Part {
            page: page.to_string(),
            provider: provider.reference(),
            components: asked::components(app, &slug).await?.into(),
            events,
            audience: audience(&directory, trial, &slug),
        });
    }
    let storms = storms(&directory);
    let zone = app.config.server.time_zone.clone();
    let played = tokio::task::spawn_blocking(move || summed(&parts, &storms, since, now, &zone)).await;
    let summary = played.map_err(|error| StoreError::Unavailable(format!("the rehearsal broke off: {error}")))?;
    let name = |id: &String| Some(directory.channel(Uuid::parse_str(id).ok()?)?.name.clone());
    let mut channels: Vec<(String, usize)> =
        summary.by_channel.iter().filter_map(|(id, count)| Some((name(id)?, *count))).collect();
    channels.sort_by_key(|(name, count)| (std::cmp::Reverse(*count), name.clone()));
    let cut = full || summary.cut;
    Ok(Answer { summary, since, days: trial.days, monitors: trial.monitors.len(), channels, cut })
}

fn summed(parts: &[Part], storms: &BTreeMap<String, Storm>, since: Timestamp, now: Timestamp, zone: &str) -> Summary {
    let histories: Vec<History<'_>> = parts
        .iter()
        .map(|part| History {
            page: &part.page,
            provider: &part.provider,
            components: &part.components,
            events: &part.events,
            audience: &part.audience,
        })
        .collect();
    Summary::of(&rehearse(&histories, storms, now), since, zone)
}

/// Who would hear of a provider: the group that is tried, and those behind it.
fn audience(directory: &Directory, trial: &Trial, slug: &str) -> Audience {
    let monitors = trial.monitors.iter().filter(|monitor| monitor.provider == slug);
    let mut members: Vec<Member> = monitors.flat_map(|monitor| directory.members_of(monitor, &trial.group)).collect();
    // What it would hear is worth knowing before there is a channel.
    for member in members.iter_mut().filter(|member| member.group == trial.group.id.to_string()) {
        if member.channels.is_empty() {
            member.channels.push(SOME_CHANNEL.to_owned());
        }
    }
    Audience { members, ..directory.audience(slug) }
}

/// When new incidents are too many for each channel, where a rule does not say so.
fn storms(directory: &Directory) -> BTreeMap<String, Storm> {
    let one = |channel: &ChannelRow| Some((channel.id.to_string(), later::storm_of(channel)?));
    directory.channels().filter_map(one).chain([(SOME_CHANNEL.to_owned(), Storm::default())]).collect()
}
