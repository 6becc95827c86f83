//! `/providers/{slug}`: how one vendor is, by its own page.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tocsin_domain::step::GONE_S;
use tocsin_domain::uptime::Day;
use tocsin_domain::{Component, Health, Timestamp};
use tocsin_pages::provider::{self, Facts, StatusPage};
use tocsin_platforms::Platform;
use tocsin_store::{IncidentFilter, PageRow, StateFilter};
use uuid::Uuid;

use super::history::History;
use super::wished::Wished;
use super::{Trouble, check, chrome, facts, html};
use crate::access::Sight;
use crate::api::incidents::cursor;
use crate::api::params::keyed;
use crate::app::App;
use crate::clock;
use crate::directory::Provider;
use crate::served::Served;
use crate::work::watch::Live;

/// Incidents of the past on the page.
const PAST: usize = 25;
const OPEN: i64 = 100;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The past goes on after this one.
    pub before: String,
}

pub async fn page(
    sight: Sight,
    State(served): State<Served>,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    match render(&served.app, &slug, &asked.before, sight).await {
        Ok(page) => html(StatusCode::OK, page),
        Err(error) => error.page(&served.app),
    }
}

/// The page as HTML; `before` is the place after which its past goes on.
pub async fn render(app: &App, slug: &str, before: &str, sight: Sight) -> Result<String, Trouble> {
    facts(app, slug, before, sight).await.map(|facts| provider::render(&facts))
}

async fn facts(app: &App, slug: &str, before: &str, sight: Sight) -> Result<Facts, Trouble> {
    let now = clock::now();
    let directory = app.directory();
    let provider = directory.provider(slug).ok_or(Trouble::NotFound)?;
    let slug = provider.slug.clone();
    let watched = app.watch.pages();
    let lives: Vec<(Uuid, String, Live)> =
        watched.of(&slug).iter().map(|page| (page.id, page.address.url.to_string(), page.live())).collect();
    let worst = lives.iter().map(|(_, _, live)| live).max_by_key(|live| live.health);
    let filter =
        |state, limit| IncidentFilter { state, provider: Some(slug.clone()), limit, ..IncidentFilter::default() };
    let open = app.store.incidents(&filter(StateFilter::Open, OPEN)).await?;
    let after = keyed(Some(before).filter(|before| !before.is_empty())).ok().flatten();
    let after = after.map(|(at, id)| (Timestamp::from_second(at), id));
    let past = IncidentFilter { after, ..filter(StateFilter::Closed, PAST as i64 + 1) };
    let mut past = app.store.incidents(&past).await?;
    let more = past.len() > PAST;
    past.truncate(PAST);
    let earlier = past.last().filter(|_| more).map(|last| provider::earlier(&slug, &cursor(last)));
    let works = app.store.maintenances(Some(now.plus(-24 * 3600)), None, Some(&slug)).await?;
    let ids: Vec<_> = watched.of(&slug).iter().map(|page| page.id).collect();
    let mut components: Vec<Component> = Vec::new();
    let mut days: Vec<Vec<Day>> = Vec::new();
    let mut pages = Vec::with_capacity(lives.len());
    let mut states = app.store.provider_states(&slug).await?;
    for (id, url, live) in &lives {
        let history = History::of(app, *id, live, now).await?;
        let stored = states.iter_mut().find(|(row, _)| row.id == *id);
        // What was found out of the page says nothing of how somebody described it.
        let proven = |row: &PageRow| row.platform.as_deref() == live.platform.map(Platform::name);
        let evidence = stored.as_ref().filter(|(row, _)| proven(row)).map(|(row, _)| row.evidence.clone());
        let evidence = evidence.unwrap_or_default();
        let parts = stored.and_then(|(_, state)| state.take()).map(|state| state.components).unwrap_or_default();
        days.extend(history.components(&parts));
        components.extend(parts);
        pages.push(page_of(url, live, now, evidence, history.page(live.last_known.unwrap_or(live.health))));
    }
    if pages.is_empty() {
        pages.push(unwatched(&provider));
    }
    let wished = Wished { directory: &directory, sight, now };
    let said = worst.map_or(Health::Unknown, |live| live.health);
    // What is open on a page that is watched no more will never be told as over.
    let open: Vec<_> = open.into_iter().filter(|stored| ids.contains(&stored.page)).collect();
    let impacts = open.iter().filter(|stored| !stored.incident.sample);
    let impacts = impacts.filter_map(|stored| stored.incident.impact.health());
    Ok(Facts {
        health: wished.overruled(&slug).provider(said, &components, impacts),
        wishes: wished.provider(app, &slug, said, &components).await?,
        open: open
            .iter()
            .map(|stored| facts::open(wished, provider.reference(), stored.incident.clone(), &components))
            .collect(),
        checks: check::listed(app, app.checks.of(&slug)),
        chrome: chrome(app),
        now,
        provider: provider.reference(),
        category: Some(provider.category.clone()).filter(|category| !category.is_empty()),
        homepage: provider.homepage.clone(),
        watched: !lives.is_empty(),
        subscribable: app.config.server.subscriptions && !lives.is_empty(),
        describable: is_describable(&provider, lives.iter().map(|(_, _, live)| live)),
        last_known: worst.and_then(|live| live.last_known),
        reason: worst.and_then(|live| live.reason.clone()),
        read_at: lives.iter().filter_map(|(_, _, live)| live.read_at).min(),
        pages,
        components,
        days,
        earlier,
        before: before.to_owned(),
        past: past.into_iter().map(|stored| stored.incident).collect(),
        works: works.into_iter().map(|stored| stored.maintenance).collect(),
    })
}

/// Nobody reads its page, or as somebody described it.
fn is_describable<'a>(provider: &Provider, mut lives: impl Iterator<Item = &'a Live>) -> bool {
    let unread = |live: &Live| live.platform.is_none() || live.last.failures > 0 || live.health == Health::Unknown;
    let stated = provider.platform.as_deref().and_then(Platform::named);
    let by_hand = |platform: Option<Platform>| matches!(platform, Some(Platform::Json | Platform::Html));
    let unknown_platform = crate::catalog::unread_platform(&provider.slug).is_some();
    provider.described.is_some()
        || by_hand(stated)
        || unknown_platform
        || lives.any(|live| unread(live) || by_hand(live.platform))
}

fn title(platform: Platform) -> String {
    platform.title().to_owned()
}

fn page_of(url: &str, live: &Live, now: Timestamp, evidence: Vec<String>, days: Vec<Day>) -> StatusPage {
    StatusPage {
        url: url.to_owned(),
        platform: live.platform.map(title),
        readable: live.read_at.is_some() && live.last.failures == 0,
        gone: live.failing_since.is_some_and(|since| now.since(since) >= GONE_S),
        reason: live.reason.clone(),
        read_at: live.read_at,
        evidence,
        days,
    }
}

fn unwatched(provider: &Provider) -> StatusPage {
    StatusPage {
        url: provider.page.clone(),
        platform: provider.platform.as_deref().and_then(Platform::named).map(title),
        readable: false,
        gone: false,
        reason: None,
        read_at: None,
        evidence: Vec::new(),
        days: Vec::new(),
    }
}
