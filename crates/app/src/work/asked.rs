//! Asked: a monitor was added while its vendor has trouble. Its groups are told of that once, if somebody says so.

use tocsin_domain::alert::{Audience, Interest};
use tocsin_domain::{Component, Incident, asked};
use tocsin_store::{IncidentFilter, MonitorRow, StateFilter, StoreError};
use uuid::Uuid;

use super::keep;
use crate::app::App;
use crate::clock;
use crate::setup::{Refusal, monitors};

/// Open incidents of one provider that are looked at.
const OPEN: i64 = 200;

/// What is open on the pages that are watched and concerns a monitor.
///
/// # Errors
/// If the store does not answer.
pub async fn trouble(app: &App, monitor: &MonitorRow) -> Result<Vec<Incident>, StoreError> {
    let components = components(app, &monitor.provider).await?;
    let interest = Interest(monitor.components.clone());
    let concerns = |incident: &Incident| {
        interest.is_all()
            || incident.components.is_empty()
            || interest.picks(&incident.components, &components).is_some()
    };
    let open = open(app, &monitor.provider).await?.into_iter().map(|(_, incident)| incident);
    Ok(open.filter(|incident| !incident.sample && concerns(incident)).collect())
}

/// The components that a provider's pages list.
///
/// # Errors
/// If the store does not answer.
pub async fn components(app: &App, provider: &str) -> Result<Vec<Component>, StoreError> {
    let states = app.store.provider_states(provider).await?;
    let pages = app.watch.pages();
    let watched = states.into_iter().filter(|(row, _)| pages.by_id(row.id).is_some());
    Ok(watched.filter_map(|(_, state)| state).flat_map(|state| state.components).collect())
}

pub(super) async fn open(app: &App, provider: &str) -> Result<Vec<(Uuid, Incident)>, StoreError> {
    let filter = IncidentFilter {
        state: StateFilter::Open,
        provider: Some(provider.to_owned()),
        limit: OPEN,
        ..IncidentFilter::default()
    };
    let pages = app.watch.pages();
    let stored = app.store.incidents(&filter).await?;
    let watched = stored.into_iter().filter(|stored| pages.by_id(stored.page).is_some());
    Ok(watched.map(|stored| (stored.page, stored.incident)).collect())
}

/// Tells the groups of a monitor of what is open, once. Answers how many incidents.
///
/// # Errors
/// If that was done before, or there is nothing (or nobody) to tell; the store's trouble.
pub async fn tell(app: &App, id: Uuid) -> Result<usize, Refusal> {
    let _changing = app.changing.lock().await;
    let directory = app.directory();
    let monitor = monitors::find(&directory, id)?;
    let refuse = |text: &str| Err(Refusal::Conflict(text.to_owned()));
    if monitor.told_at.is_some() {
        return refuse("The groups of this monitor were told already.");
    }
    if monitor.paused {
        return refuse("This monitor is paused: let it go on first.");
    }
    let audience = Audience { members: directory.members(monitor), ..directory.audience(&monitor.provider) };
    if audience.members.iter().all(|member| member.channels.is_empty()) {
        return refuse("This monitor has no group with a channel, so there is nobody to tell.");
    }
    let open = open(app, &monitor.provider).await?;
    let mut told = 0;
    for page in app.watch.pages().of(&monitor.provider) {
        let here: Vec<Incident> =
            open.iter().filter(|(on, _)| *on == page.id).map(|(_, incident)| incident.clone()).collect();
        let _stepping = page.stepping.lock().await;
        let now = clock::now();
        let next = asked(keep::load(app, page).await?, &here, &audience, now);
        if !next.decided.is_empty() {
            told += next.decided.len();
            keep::commit_asked(app, page, next, id, now).await?;
        }
    }
    if told == 0 {
        return refuse("Nothing is open that concerns this monitor and that its channels have not heard of.");
    }
    app.refresh().await?;
    Ok(told)
}
