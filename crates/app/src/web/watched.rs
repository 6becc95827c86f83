//! Watched: how what monitors and boards name is, and what is open about it. The dashboard and every board ask here, so
//! that they cannot differ.

use std::collections::{HashMap, HashSet};

use tocsin_domain::alert::{Interest, Silenced};
use tocsin_domain::{Component, ComponentRef, Health, Impact, Incident, Timestamp};
use tocsin_pages::dashboard::Monitor;
use tocsin_pages::facts::{OpenIncident, PlannedWork};
use tocsin_store::{IncidentFilter, MonitorRow, StateFilter, StoredIncident};
use uuid::Uuid;

use super::Trouble;
use super::facts;
use super::wished::Wished;
use crate::app::App;
use crate::overruled::Overruled;
use crate::work::asked;
use crate::work::watch::{Glance, Pages};

/// Open incidents that are looked at.
const OPEN: i64 = 1000;
/// Announced work is shown this far ahead (seconds).
const AHEAD_S: i64 = 60 * 24 * 3600;

/// How some monitors are, with what is open and announced at their providers.
pub struct Watched {
    /// In the order in which they were asked for.
    pub monitors: Vec<Monitor>,
    pub open: Vec<OpenIncident>,
    pub works: Vec<PlannedWork>,
}

impl Watched {
    /// # Errors
    /// If the store cannot be read.
    pub async fn look(app: &App, wished: Wished<'_>, rows: &[MonitorRow]) -> Result<Self, Trouble> {
        let (directory, now) = (wished.directory, wished.now);
        let pages = app.watch.pages();
        let mut picked = Picked::look(app, wished, &pages, rows);
        let watched: HashSet<&str> = rows.iter().map(|row| row.provider.as_str()).collect();
        let open = stored(app, StateFilter::Open, None, OPEN).await?;
        let works = app.store.maintenances(Some(now.plus(-24 * 3600)), Some(now.plus(AHEAD_S)), None).await?;
        picked.read(app).await?;
        let muted = muted_parts(app, wished).await?;
        let parts = |slug: &str| muted.get(slug).map_or(&[][..], Vec::as_slice);
        // What is open on a page that is watched no more will never be told as over.
        let followed = |stored: &StoredIncident| pages.by_id(stored.page).is_some();
        let open: Vec<OpenIncident> = open
            .into_iter()
            .filter(|stored| watched.contains(stored.provider.as_str()) && followed(stored))
            .map(|stored| {
                let provider = facts::provider(directory, &stored.provider);
                facts::open(wished, provider, stored.incident, parts(&stored.provider))
            })
            .collect();
        let mut by_provider: HashMap<&str, Vec<&Incident>> = HashMap::new();
        for one in &open {
            by_provider.entry(&one.provider.slug).or_default().push(&one.incident);
        }
        let monitors =
            rows.iter().map(|row| monitor(row, app, wished, &pages, &picked, &by_provider, parts(&row.provider)));
        let monitors = monitors.collect();
        let works = works.into_iter().filter(|work| watched.contains(work.provider.as_str()));
        let planned = works.map(|work| PlannedWork {
            provider: facts::provider(directory, &work.provider),
            maintenance: work.maintenance,
        });
        Ok(Self { monitors, works: planned.collect(), open })
    }
}

/// Incidents in this state, newest first.
///
/// # Errors
/// If the store cannot be read.
pub async fn stored(
    app: &App,
    state: StateFilter,
    since: Option<Timestamp>,
    limit: i64,
) -> Result<Vec<StoredIncident>, Trouble> {
    Ok(app.store.incidents(&IncidentFilter { state, since, limit, ..IncidentFilter::default() }).await?)
}

/// The components of providers of which some are muted.
async fn muted_parts(app: &App, wished: Wished<'_>) -> Result<HashMap<String, Vec<Component>>, Trouble> {
    let mut parts = HashMap::new();
    for (slug, silence) in wished.directory.all_silences() {
        if matches!(silence.what, Silenced::Components(_)) && !parts.contains_key(slug) {
            parts.insert(slug.to_owned(), asked::components(app, slug).await?);
        }
    }
    Ok(parts)
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
    fn look(app: &App, wished: Wished<'_>, pages: &Pages, rows: &[MonitorRow]) -> Self {
        let mut picked = Self::default();
        let needs = |row: &&MonitorRow| is_worked_out(row, wished);
        for row in rows.iter().filter(needs) {
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

    fn health(&self, app: &App, row: &MonitorRow, open: &[&Incident], overruled: Overruled<'_>) -> Health {
        let worked_out = || {
            let (version, parts) = self.parts.get(&row.provider)?;
            let health = chosen(row, parts, open, overruled);
            app.chosen.put(row.id, *version, health);
            Some(health)
        };
        self.known.get(&row.id).copied().or_else(worked_out).unwrap_or_default()
    }
}

/// Its health is not just its provider's: it names components, or the team knows better of one.
fn is_worked_out(row: &MonitorRow, wished: Wished<'_>) -> bool {
    !row.components.is_empty() || wished.overruled(&row.provider).in_part()
}

/// Changes with every step of any of a provider's pages.
fn version(pages: &Pages, provider: &str) -> u64 {
    pages.of(provider).iter().map(|page| page.with(|live| live.version)).sum()
}

fn monitor(
    row: &MonitorRow,
    app: &App,
    wished: Wished<'_>,
    pages: &Pages,
    picked: &Picked,
    open: &HashMap<&str, Vec<&Incident>>,
    parts: &[Component],
) -> Monitor {
    let glances = pages.of(&row.provider).iter().map(|page| page.glance());
    // Of two pages of which nothing is known, the one that failed has something to say.
    let live: Option<Glance> = glances.max_by_key(|live| (live.health, live.reason.is_some()));
    let whole = live.as_ref().map(|live| live.health).unwrap_or_default();
    let overruled = wished.overruled(&row.provider);
    let said = if !is_worked_out(row, wished) || whole == Health::Unknown {
        whole
    } else {
        picked.health(app, row, open.get(row.provider.as_str()).map_or(&[][..], Vec::as_slice), overruled)
    };
    let health = overruled.whole().map_or(said, |row| row.health);
    Monitor {
        id: row.id.to_string(),
        provider: facts::provider(wished.directory, &row.provider),
        components: row.components.clone(),
        health,
        last_known: live.as_ref().and_then(|live| live.last_known),
        reason: live.as_ref().and_then(|live| live.reason.clone()).filter(|_| health == Health::Unknown),
        read_at: live.and_then(|live| live.read_at),
        wishes: wished.monitor(row, said, parts),
    }
}

/// The worst of the chosen components and of the open incidents that concern them.
fn chosen(row: &MonitorRow, components: &[Component], open: &[&Incident], overruled: Overruled<'_>) -> Health {
    let interest = Interest(row.components.clone());
    let picked =
        components.iter().filter(|component| interest.picks_component(component)).map(|one| overruled.component(one));
    let concerns = |open: &&&Incident| concerns(&interest, &open.components, components);
    let impacts = open.iter().filter(concerns).filter_map(|open| Impact::health(open.impact));
    Health::worst(picked.chain(impacts)).unwrap_or_default()
}

/// True where something that names these components (none: all of the page) concerns whoever has this interest.
#[must_use]
pub fn concerns(interest: &Interest, named: &[ComponentRef], components: &[Component]) -> bool {
    interest.is_all() || named.is_empty() || interest.picks(named, components).is_some()
}
