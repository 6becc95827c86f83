//! `/monitors`: what is watched, and for whom.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;
use tocsin_pages::monitors::{self as list, Gone, PER_PAGE};
use tocsin_store::MonitorRow;
use uuid::Uuid;

use super::forms::{Fields, Member, body, see};
use super::{PathId, Trouble, chrome, facts, html};
use crate::app::App;
use crate::catalog::{self, Names};
use crate::clock;
use crate::directory::Directory;
use crate::served::Served;
use crate::setup::{self, Refusal, monitors};
use crate::work::asked;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    page: String,
    gone: Option<Uuid>,
    added: Option<usize>,
}

pub async fn page(_: Member, State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    let app = &served.app;
    match gone(app, asked.gone).await {
        Ok(gone) => html(StatusCode::OK, list::render(&list_facts(app, asked, gone))),
        Err(error) => error.page(app),
    }
}

async fn gone(app: &App, id: Option<Uuid>) -> Result<Option<Gone>, Trouble> {
    let Some(id) = id else { return Ok(None) };
    let row = app.store.removed_monitor(id, setup::earliest(clock::now())).await?;
    Ok(row.map(|row| Gone {
        action: format!("/monitors/{id}/restore"),
        said: format!("The monitor of {} is deleted.", facts::provider(&app.directory(), &row.provider).name),
    }))
}

fn list_facts(app: &App, asked: Asked, gone: Option<Gone>) -> list::Facts {
    let directory = app.directory();
    let mut found: Vec<(String, &MonitorRow)> = directory
        .all_monitors()
        .map(|row| (facts::provider(&directory, &row.provider).name, row))
        .filter(|(name, row)| {
            catalog::rank(&asked.q, Names { slug: &row.provider, name, ..Names::default() }).is_some()
        })
        .collect();
    found.sort_by_cached_key(|(name, row)| (name.to_lowercase(), row.id));
    let total = found.len();
    let page = asked.page.parse().unwrap_or(1_usize).clamp(1, total.div_ceil(PER_PAGE).max(1));
    let shown = found.into_iter().skip((page - 1) * PER_PAGE).take(PER_PAGE);
    list::Facts {
        chrome: chrome(app),
        query: asked.q,
        monitors: shown.map(|(_, row)| entry(app, &directory, row)).collect(),
        total,
        page,
        gone,
        added: asked.added,
        has_channel: directory.channels().next().is_some(),
        has_group: directory.groups().next().is_some(),
    }
}

fn entry(app: &App, directory: &Directory, row: &MonitorRow) -> list::Monitor {
    list::Monitor {
        id: row.id,
        provider: facts::provider(directory, &row.provider),
        components: row.components.clone(),
        groups: row.groups.iter().filter_map(|id| directory.group(*id)).map(|group| group.name.clone()).collect(),
        health: app.watch.pages().health(&row.provider).filter(|_| !row.paused),
        paused: row.paused,
        declared: row.declared,
    }
}

pub async fn pause(_: Member, State(served): State<Served>, PathId(id): PathId, fields: Fields) -> Response {
    let paused = fields.text("paused") == "true";
    match monitors::change(&served.app, id, &body([("paused", json!(paused))])).await {
        Ok(_) => see(&format!("/monitors/{id}")),
        Err(refusal) => Trouble::from(refusal).page(&served.app),
    }
}

pub async fn delete(_: Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    match monitors::remove(&served.app, id).await {
        Ok(()) => see(&format!("/monitors?gone={id}")),
        Err(refusal) => Trouble::from(refusal).page(&served.app),
    }
}

pub async fn restore(_: Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    match monitors::restore(&served.app, id).await {
        Ok(_) => see(&format!("/monitors/{id}")),
        Err(refusal) => Trouble::from(refusal).page(&served.app),
    }
}

/// Tells its groups once of what is open already. Doing it twice says so, and tells nobody.
pub async fn tell(_: Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    match asked::tell(&served.app, id).await {
        Ok(_) => see(&format!("/monitors/{id}?saved=told")),
        Err(Refusal::Conflict(text)) => super::say(&served.app, StatusCode::CONFLICT, "Nobody was told", &text),
        Err(refusal) => Trouble::from(refusal).page(&served.app),
    }
}
