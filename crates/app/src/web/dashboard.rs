//! `/`: what is happening now.

use std::collections::HashMap;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tocsin_domain::alert::Interest;
use tocsin_domain::{Component, Health, Impact, Incident, Timestamp};
use tocsin_pages::dashboard::{self, Facts, Monitor};
use tocsin_pages::facts::{ClosedIncident, OpenIncident, PlannedWork};
use tocsin_store::{IncidentFilter, MonitorRow, StateFilter, StoredIncident};
use uuid::Uuid;

use super::{Trouble, chrome, facts, html};
use crate::app::App;
use crate::clock;
use crate::directory::Directory;
use crate::served::Served;
use crate::work::watch::{Glance, Pages};

/// Open incidents that are looked at.
const OPEN: i64 = 1000;
/// Closed incidents among which those of monitored providers are picked.
const RECENT: i64 = 60;
/// Ended lately means within this (seconds).
const LATELY_S: i64 = 14 * 24 * 3600;
/// Announced work is shown this far ahead (seconds).
const AHEAD_S: i64 = 60 * 24 * 3600;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    health: String,
    page: String,
}

pub async fn page(State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    match render(&served.app, &asked).await {
        Ok(page) => html(StatusCode::OK, page),
        Err(error) => error.page(&served.app),
    }
}

/// The page as HTML.
pub async fn render(app: &App, asked: &Asked) -> Result<String, Trouble> {
    facts(app, asked).await.map(|facts| dashboard::render(&facts))
}

async fn facts(app: &App, asked: &Asked) -> Result<Facts, Trouble> {
    let now = clock::now();
    let directory = app.directory();
    let pages = app.watch.pages();
    let mut picked = Picked::look(app, &directory, &pages);
    let monitored = directory.monitored();
    let open = stored(app, StateFilter::Open, None, OPEN).await?;
    let recent = stored(app, StateFilter::Closed, Some(now.plus(-LATELY_S)), RECENT).await?;
    let mine = |stored: &StoredIncident| monitored.contains(stored.provider.as_str());
    let works = app.store.maintenances(Some(now.plus(-24 * 3600)), Some(now.plus(AHEAD_S)), None).await?;
    picked.read(app).await?;
    // What is open on a page that is watched no more will never be told as over.
    let watched = |stored: &StoredIncident| pages.by_id(stored.page).is_some();
    let open: Vec<OpenIncident> = open
        .into_iter()
        .filter(|stored| mine(stored) && watched(stored))
        .map(|stored| facts::open(facts::provider(&directory, &stored.provider), stored.incident))
        .collect();
    let mut by_provider: HashMap<&str, Vec<&Incident>> = HashMap::new();
    for one in &open {
        by_provider.entry(&one.provider.slug).or_default().push(&one.incident);
    }
    let monitors = directory.monitors().iter().map(|row| monitor(row, app, &directory, &pages, &picked, &by_provider));
    let monitors: Vec<Monitor> = monitors.collect();
    Ok(Facts {
        chrome: chrome(app),
        now,
        monitors,
        works: works
            .into_iter()
            .filter(|work| monitored.contains(work.provider.as_str()))
            .map(|work| PlannedWork {
                provider: facts::provider(&directory, &work.provider),
                maintenance: work.maintenance,
            })
            .collect(),
        recent: recent
            .into_iter()
            .filter(mine)
            .map(|stored| ClosedIncident {
                provider: facts::provider(&directory, &stored.provider),
                incident: stored.incident,
            })
            .collect(),
        open,
        query: dashboard::Query {
            q: asked.q.clone(),
            health: asked.health.parse().ok(),
            page: asked.page.parse().unwrap_or(1),
        },
    })
}

async fn stored(
    app: &App,
    state: StateFilter,
    since: Option<Timestamp>,
    limit: i64,
) -> Result<Vec<StoredIncident>, Trouble> {
    Ok(app.store.incidents(&IncidentFilter { state, since, limit, ..IncidentFilter::default() }).await?)
}

/// How the monitors are that name components: known already, or to be worked out of what is read now.
#[derive(Default)]
struct Picked {
    known: HashMap<Uuid, Health>,
    /// By provider: its components, and the version of its pages before they (and what is open) were read.
    parts: HashMap<String, (u64, Vec<Component>)>,
}

impl Picked {
    /// Must come before anything else is read: what is stored meanwhile makes it out of date, not wrong.
    fn look(app: &App, directory: &Directory, pages: &Pages) -> Self {
        let mut picked = Self::default();
        for row in directory.monitors().iter().filter(|row| !row.components.is_empty()) {
            let version = version(pages, &row.provider);
            match app.chosen.get(row.id, version) {
                Some(health) => drop(picked.known.insert(row.id, health)),
                None => drop(picked.parts.entry(row.provider.clone()).or_insert((version, Vec::new()))),
            }
        }
        picked
    }

    async fn read(&mut self, app: &App) -> Result<(), Trouble> {
        for (provider, (_, parts)) in &mut self.parts {
            let states = app.store.provider_states(provider).await?;
            *parts = states.into_iter().filter_map(|(_, state)| state).flat_map(|state| state.components).collect();
        }
        Ok(())
    }

    fn health(&self, app: &App, row: &MonitorRow, open: &[&Incident]) -> Health {
        let worked_out = || {
            let (version, parts) = self.parts.get(&row.provider)?;
            let health = chosen(row, parts, open);
            app.chosen.put(row.id, *version, health);
            Some(health)
        };
        self.known.get(&row.id).copied().or_else(worked_out).unwrap_or_default()
    }
}

/// Changes with every step of any of a provider's pages.
fn version(pages: &Pages, provider: &str) -> u64 {
    pages.of(provider).iter().map(|page| page.with(|live| live.version)).sum()
}

fn monitor(
    row: &MonitorRow,
    app: &App,
    directory: &Directory,
    pages: &Pages,
    picked: &Picked,
    open: &HashMap<&str, Vec<&Incident>>,
) -> Monitor {
    let glances = pages.of(&row.provider).iter().map(|page| page.glance());
    // Of two pages of which nothing is known, the one that failed has something to say.
    let live: Option<Glance> = glances.max_by_key(|live| (live.health, live.reason.is_some()));
    let whole = live.as_ref().map(|live| live.health).unwrap_or_default();
    let health = if row.components.is_empty() || whole == Health::Unknown {
        whole
    } else {
        picked.health(app, row, open.get(row.provider.as_str()).map_or(&[][..], Vec::as_slice))
    };
    Monitor {
        id: row.id.to_string(),
        provider: facts::provider(directory, &row.provider),
        components: row.components.clone(),
        health,
        last_known: live.as_ref().and_then(|live| live.last_known),
        reason: live.as_ref().and_then(|live| live.reason.clone()).filter(|_| health == Health::Unknown),
        read_at: live.and_then(|live| live.read_at),
    }
}

/// The worst of the chosen components and of the open incidents that concern them.
fn chosen(row: &MonitorRow, components: &[Component], open: &[&Incident]) -> Health {
    let interest = Interest(row.components.clone());
    let picked = components.iter().filter(|component| interest.picks_component(component)).map(|one| one.health);
    let concerns = |open: &&&Incident| {
        let named = &open.components;
        named.is_empty() || interest.picks(named, components).is_some()
    };
    let impacts = open.iter().filter(concerns).filter_map(|open| Impact::health(open.impact));
    Health::worst(picked.chain(impacts)).unwrap_or_default()
}
