//! `/providers/{slug}`: how one vendor is, by its own page.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use tocsin_domain::{Component, Health};
use tocsin_pages::provider::{self, Facts, StatusPage};
use tocsin_platforms::Platform;
use tocsin_store::{IncidentFilter, StateFilter};

use super::{Trouble, chrome, facts, html};
use crate::app::App;
use crate::clock;
use crate::directory::Provider;
use crate::served::Served;
use crate::work::watch::Live;

/// Incidents of the past on the page.
const PAST: i64 = 50;
const OPEN: i64 = 100;

pub async fn page(State(served): State<Served>, Path(slug): Path<String>) -> Response {
    match facts(&served.app, &slug).await {
        Ok(facts) => html(StatusCode::OK, provider::render(&facts)),
        Err(error) => error.page(&served.app),
    }
}

async fn facts(app: &App, slug: &str) -> Result<Facts, Trouble> {
    let now = clock::now();
    let directory = app.directory();
    let provider = directory.provider(slug).ok_or(Trouble::NotFound)?;
    let slug = provider.slug.clone();
    let watched = app.watch.pages();
    let lives: Vec<(String, Live)> =
        watched.of(&slug).iter().map(|page| (page.address.url.to_string(), page.live())).collect();
    let worst = lives.iter().map(|(_, live)| live).max_by_key(|live| live.health);
    let filter =
        |state, limit| IncidentFilter { state, provider: Some(slug.clone()), limit, ..IncidentFilter::default() };
    let open = app.store.incidents(&filter(StateFilter::Open, OPEN)).await?;
    let past = app.store.incidents(&filter(StateFilter::Closed, PAST)).await?;
    let works = app.store.maintenances(Some(now.plus(-24 * 3600)), None, Some(&slug)).await?;
    let ids: Vec<_> = watched.of(&slug).iter().map(|page| page.id).collect();
    let states = app.store.provider_states(&slug).await?;
    let states = states.into_iter().filter(|(row, _)| ids.contains(&row.id)).filter_map(|(_, state)| state);
    let components: Vec<Component> = states.flat_map(|state| state.components).collect();
    Ok(Facts {
        chrome: chrome(app),
        now,
        provider: provider.reference(),
        category: Some(provider.category.clone()).filter(|category| !category.is_empty()),
        homepage: provider.homepage.clone(),
        watched: !lives.is_empty(),
        health: worst.map_or(Health::Unknown, |live| live.health),
        last_known: worst.and_then(|live| live.last_known),
        reason: worst.and_then(|live| live.reason.clone()),
        read_at: lives.iter().filter_map(|(_, live)| live.read_at).min(),
        pages: pages(&provider, &lives),
        components,
        // What is open on a page that is watched no more will never be told as over.
        open: open
            .into_iter()
            .filter(|stored| ids.contains(&stored.page))
            .map(|stored| facts::open(provider.reference(), stored.incident))
            .collect(),
        past: past.into_iter().map(|stored| stored.incident).collect(),
        works: works.into_iter().map(|stored| stored.maintenance).collect(),
    })
}

fn pages(provider: &Provider, lives: &[(String, Live)]) -> Vec<StatusPage> {
    let title = |platform: Platform| platform.title().to_owned();
    if lives.is_empty() {
        let platform = provider.platform.as_deref().and_then(Platform::named).map(title);
        return vec![StatusPage { url: provider.page.clone(), platform, readable: false, reason: None, read_at: None }];
    }
    let page = |(url, live): &(String, Live)| StatusPage {
        url: url.clone(),
        platform: live.platform.map(title),
        readable: live.read_at.is_some() && live.last.failures == 0,
        reason: live.reason.clone(),
        read_at: live.read_at,
    };
    lives.iter().map(page).collect()
}
