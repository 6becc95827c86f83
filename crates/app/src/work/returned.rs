//! Returned: a channel that was given up takes messages again, and is told where things stand.

use std::collections::{BTreeMap, BTreeSet};

use tocsin_domain::alert::{Audience, Member};
use tocsin_domain::{EventKind, HeardOf, Incident, Timestamp, Warning, returned};
use tocsin_store::StoreError;
use tracing::{info, warn};
use uuid::Uuid;

use super::check::follow;
use super::{asked, compose, keep};
use crate::app::App;
use crate::clock;

/// What arrived longer ago (milliseconds) is not looked up: 30 days.
const LOOK_BACK_MS: i64 = 30 * 24 * 3600 * 1000;
/// What takes the place of what was not told.
const INSTEAD: &str = "When the channel took messages again it was told where this stands.";

/// Sends to a channel again, beginning with where things stand.
///
/// # Errors
/// If the store cannot be read or written.
pub async fn enable(app: &App, channel: Uuid) -> Result<(), StoreError> {
    if app.enable_channel(channel).await? { tell(app, channel).await } else { Ok(()) }
}

/// The same where nobody waits for an answer.
pub async fn tell_or_say(app: &App, channel: Uuid) {
    if let Err(error) = tell(app, channel).await {
        warn!(%error, "a channel that is back could not be told where things stand");
    }
}

/// Tells a channel of the incidents and warnings of which it missed something: once each, as they stand now.
///
/// # Errors
/// If the store cannot be read or written.
pub async fn tell(app: &App, channel: Uuid) -> Result<(), StoreError> {
    let directory = app.directory();
    let Some(row) = directory.channel(channel).filter(|row| row.disabled.is_none()) else { return Ok(()) };
    let heard = heard(app.store.arrived(channel, clock::now_ms() - LOOK_BACK_MS).await?);
    let ended = ended(app, &heard).await?;
    let mut told: BTreeSet<Uuid> = BTreeSet::new();
    for page in &app.watch.pages().all {
        let audience = alone(directory.audience(&page.provider.slug), channel);
        if audience.members.is_empty() {
            continue;
        }
        let open = asked::open(app, &page.provider.slug).await?;
        let all = open.into_iter().chain(ended.iter().cloned());
        let here: Vec<Incident> = all.filter(|(on, _)| *on == page.id).map(|(_, incident)| incident).collect();
        let _stepping = page.stepping.lock().await;
        let now = clock::now();
        let next = returned(keep::load(app, page).await?, &here, &heard, &audience, now);
        let about: Vec<Uuid> = next.decided.iter().filter_map(|one| Some(one.event.incident()?.id)).collect();
        if !about.is_empty() {
            keep::commit(app, page, next, None, Vec::new(), now).await?;
            told.extend(about);
        }
    }
    for watched in app.checks.iter() {
        let audience = alone(follow::audience(app, watched), channel);
        if audience.members.is_empty() {
            continue;
        }
        let ended = warned(app, watched.id, &heard).await?;
        told.extend(follow::back(app, watched, &ended, &heard, &audience).await?);
    }
    for subject in &told {
        app.store.put_aside(channel, *subject, INSTEAD).await?;
    }
    if !told.is_empty() {
        info!(channel = row.name, things = told.len(), "the channel is back and is told where things stand");
    }
    Ok(())
}

/// The last word on each thing.
fn heard(arrived: Vec<(Uuid, String, i64)>) -> BTreeMap<Uuid, HeardOf> {
    let word = |(subject, event, at): (Uuid, String, i64)| {
        let over = event.parse::<EventKind>().is_ok_and(compose::ends);
        (subject, HeardOf { at: Timestamp::from_second(at.div_euclid(1000)), over })
    };
    arrived.into_iter().map(word).collect()
}

/// What the channel heard of, and not that it is over, with its page.
async fn ended(app: &App, heard: &BTreeMap<Uuid, HeardOf>) -> Result<Vec<(Uuid, Incident)>, StoreError> {
    let mut ended = Vec::new();
    for (subject, _) in heard.iter().filter(|(_, heard)| !heard.over) {
        let stored = app.store.incident(*subject).await?;
        ended.extend(stored.filter(|stored| !stored.incident.is_open()).map(|stored| (stored.page, stored.incident)));
    }
    Ok(ended)
}

/// The same for what one of our own checks warned of.
async fn warned(app: &App, check: Uuid, heard: &BTreeMap<Uuid, HeardOf>) -> Result<Vec<Warning>, StoreError> {
    let mut ended = Vec::new();
    for (subject, _) in heard.iter().filter(|(_, heard)| !heard.over) {
        let stored = app.store.warning(*subject).await?;
        ended.extend(stored.filter(|warning| !warning.is_open() && warning.check.id == check));
    }
    Ok(ended)
}

/// The same audience, as if there were no other channel.
fn alone(audience: Audience, channel: Uuid) -> Audience {
    let channel = channel.to_string();
    let here = |member: Member| {
        let has = member.channels.contains(&channel);
        has.then(|| Member { channels: vec![channel.clone()], ..member })
    };
    let members = audience.members.clone().into_iter().filter_map(here).collect();
    Audience { members, ..audience }
}
