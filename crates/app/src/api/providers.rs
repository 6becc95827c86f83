//! `/providers`: whom we know, and how they are.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tocsin_domain::{Component, Health, PageState, Timestamp};
use tocsin_store::PageRow;

use super::overrides::Said;
use super::params::{Body, Created, List, Params, limit};
use crate::access::{Sight, Writer};
use crate::app::App;
use crate::clock;
use crate::directory::{Directory, Provider};
use crate::overruled::Overruled;
use crate::problem::Problem;
use crate::served::Served;
use crate::setup;
use crate::work::watch::Pages;

/// One provider as the contract's section 6 shows it.
#[derive(Debug, Serialize)]
pub struct View {
    slug: String,
    name: String,
    category: String,
    homepage: Option<String>,
    pages: Vec<PageView>,
    /// `unknown` where nobody watches it.
    health: Health,
    /// What its pages say: another health only where the team knows better.
    said: Health,
    #[serde(rename = "override")]
    overruled: Option<Said>,
    last_known: Option<Health>,
    read_at: Option<Timestamp>,
    components: Vec<ComponentView>,
}

#[derive(Debug, Serialize)]
struct PageView {
    url: String,
    platform: Option<String>,
    readable: bool,
    reason: Option<String>,
}

#[derive(Debug, Serialize)]
struct ComponentView {
    id: String,
    name: String,
    group: Vec<String>,
    health: Health,
    /// What the page says, where the team says something else.
    #[serde(skip_serializing_if = "Option::is_none")]
    said: Option<Health>,
    #[serde(rename = "override", skip_serializing_if = "Option::is_none")]
    overruled: Option<Said>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Part of a name.
    q: Option<String>,
    category: Option<String>,
    /// Only those that are watched (`true`), or only those that are not (`false`).
    watched: Option<bool>,
    health: Option<Health>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Providers by slug; with `q` still by slug, so that a cursor holds.
pub async fn list(
    sight: Sight,
    State(served): State<Served>,
    Params(asked): Params<Asked>,
) -> Result<Json<List<View>>, Problem> {
    let limit = limit(asked.limit)?;
    let app = &served.app;
    let directory = app.directory();
    let pages = app.watch.pages();
    let mut found: Vec<Provider> = directory
        .all_providers()
        .filter(|provider| fits(&asked, provider))
        .filter(|provider| asked.watched.is_none_or(|watched| watched != pages.of(&provider.slug).is_empty()))
        .filter(|provider| asked.health.is_none_or(|health| shown(&directory, &pages, &provider.slug) == health))
        .filter(|provider| asked.cursor.as_ref().is_none_or(|cursor| provider.slug > *cursor))
        .collect();
    found.sort_by(|one, other| one.slug.cmp(&other.slug));
    found.truncate(usize::try_from(limit).unwrap_or(usize::MAX) + 1);
    let cut = List::cut(found, limit, |provider| provider.slug.clone(), |provider| provider);
    let mut items = Vec::with_capacity(cut.items.len());
    for provider in cut.items {
        items.push(view(app, provider, sight).await?);
    }
    Ok(Json(List { items, next_cursor: cut.next_cursor }))
}

/// Its health, as far as it is known without its components.
fn shown(directory: &Directory, pages: &Pages, slug: &str) -> Health {
    let instead = Overruled::new(directory.overrides(slug), clock::now()).whole();
    instead.map_or_else(|| pages.health(slug).unwrap_or_default(), |row| row.health)
}

fn fits(asked: &Asked, provider: &Provider) -> bool {
    let named = asked.q.as_deref().is_none_or(|query| crate::catalog::rank(query, provider.names()).is_some());
    named && asked.category.as_ref().is_none_or(|category| provider.category == *category)
}

pub async fn one(sight: Sight, State(served): State<Served>, Path(slug): Path<String>) -> Result<Json<View>, Problem> {
    let found = served.app.directory().provider(&slug);
    let provider = found.ok_or_else(|| Problem::not_found(format!("There is no provider `{slug}`.")))?;
    Ok(Json(view(&served.app, provider, sight).await?))
}

/// Adds a status page that is not in the catalogue.
pub async fn create(
    _: Writer,
    sight: Sight,
    State(served): State<Served>,
    Body(body): Body,
) -> Result<Created<View>, Problem> {
    let row = setup::providers::create(&served.app, &body).await?;
    let provider = served.app.directory().provider(&row.slug);
    let provider = provider.ok_or_else(|| Problem::internal("What was added is not there."))?;
    Ok(Created { at: format!("/api/v1/providers/{}", row.slug), view: view(&served.app, provider, sight).await? })
}

/// Changes a provider that was added by hand.
pub async fn change(
    _: Writer,
    sight: Sight,
    State(served): State<Served>,
    Path(slug): Path<String>,
    Body(body): Body,
) -> Result<Json<View>, Problem> {
    setup::providers::change(&served.app, &slug, &body).await?;
    one(sight, State(served), Path(slug)).await
}

/// Removes one that was added by hand and that nobody monitors.
pub async fn remove(_: Writer, State(served): State<Served>, Path(slug): Path<String>) -> Result<StatusCode, Problem> {
    setup::providers::remove(&served.app, &slug).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn view(app: &App, provider: Provider, sight: Sight) -> Result<View, Problem> {
    let watched = app.watch.pages();
    let watched = watched.of(&provider.slug);
    let states = if watched.is_empty() { Vec::new() } else { app.store.provider_states(&provider.slug).await? };
    let states: Vec<(PageRow, Option<PageState>)> =
        states.into_iter().filter(|(row, _)| watched.iter().any(|page| page.id == row.id)).collect();
    let lives: Vec<_> = watched.iter().map(|page| page.live()).collect();
    let worst = lives.iter().max_by_key(|live| live.health);
    let directory = app.directory();
    let overruled = Overruled::new(directory.overrides(&provider.slug), clock::now());
    let said = worst.map(|live| live.health).unwrap_or_default();
    let pages = pages(&provider, watched, &states);
    let states: Vec<PageState> = states.into_iter().filter_map(|(_, state)| state).collect();
    let open: Vec<Health> = states.iter().flat_map(PageState::open_impacts).collect();
    let parts: Vec<Component> = states.into_iter().flat_map(|state| state.components).collect();
    Ok(View {
        health: overruled.provider(said, &parts, open.into_iter()),
        said,
        overruled: overruled.whole().map(|row| Said::new(row, sight)),
        last_known: worst.and_then(|live| live.last_known),
        read_at: lives.iter().filter_map(|live| live.read_at).min(),
        pages,
        components: parts.into_iter().map(|part| component(part, overruled, sight)).collect(),
        slug: provider.slug,
        name: provider.name,
        category: provider.category,
        homepage: provider.homepage,
    })
}

fn pages(
    provider: &Provider,
    watched: &[std::sync::Arc<crate::work::watch::Page>],
    states: &[(PageRow, Option<PageState>)],
) -> Vec<PageView> {
    if watched.is_empty() {
        let reason = Some("Nobody watches it.".to_owned());
        return vec![PageView {
            url: provider.page.clone(),
            platform: provider.platform.clone(),
            readable: false,
            reason,
        }];
    }
    let view = |page: &std::sync::Arc<crate::work::watch::Page>| {
        let live = page.live();
        let stored = states.iter().find(|(row, _)| row.id == page.id);
        PageView {
            url: stored.map_or_else(|| page.address.url.to_string(), |(row, _)| row.url.clone()),
            platform: live.platform.map(|platform| platform.name().to_owned()),
            readable: live.read_at.is_some() && live.last.failures == 0,
            reason: live.reason.or_else(|| live.read_at.is_none().then(|| "It has not been read yet.".to_owned())),
        }
    };
    watched.iter().map(view).collect()
}

fn component(one: Component, overruled: Overruled<'_>, sight: Sight) -> ComponentView {
    let instead = overruled.of(&one);
    ComponentView {
        health: overruled.component(&one),
        said: instead.map(|_| one.health),
        overruled: instead.map(|row| Said::new(row, sight)),
        id: one.id,
        name: one.name,
        group: one.group,
    }
}
