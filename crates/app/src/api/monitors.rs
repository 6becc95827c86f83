//! `/monitors`: what is watched, and for whom.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tocsin_store::MonitorRow;
use uuid::Uuid;

use super::params::{Body, Created, Id, List, Listed, Params};
use crate::access::Writer;
use crate::directory::Directory;
use crate::problem::Problem;
use crate::served::Served;
use crate::setup::monitors;
use crate::work::asked;

#[derive(Debug, Serialize)]
pub struct View {
    id: Uuid,
    provider: String,
    components: Vec<String>,
    /// Names of groups.
    groups: Vec<String>,
    /// Neither polled for nor told of.
    paused: bool,
    tags: Vec<String>,
    /// It only keeps people aware: boards show it, nobody is told.
    aware: bool,
    /// It stands in a configuration file and can only be changed there.
    declared: bool,
}

/// How many incidents were told.
#[derive(Debug, Serialize)]
pub struct Told {
    told: usize,
}

pub async fn list(State(served): State<Served>, Params(asked): Params<Listed>) -> Result<Json<List<View>>, Problem> {
    let directory = served.app.directory();
    asked.page(directory.all_monitors(), |row| row.id, |row| view(row, &directory))
}

pub async fn one(State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    let directory = served.app.directory();
    Ok(Json(view(monitors::find(&directory, id)?, &directory)))
}

pub async fn create(_: Writer, State(served): State<Served>, Body(body): Body) -> Result<Created<View>, Problem> {
    let row = monitors::create(&served.app, &body).await?;
    Ok(Created { at: format!("/api/v1/monitors/{}", row.id), view: view(&row, &served.app.directory()) })
}

pub async fn change(
    _: Writer,
    State(served): State<Served>,
    Id(id): Id,
    Body(body): Body,
) -> Result<Json<View>, Problem> {
    let row = monitors::change(&served.app, id, &body).await?;
    Ok(Json(view(&row, &served.app.directory())))
}

pub async fn remove(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<StatusCode, Problem> {
    monitors::remove(&served.app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn restore(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    let row = monitors::restore(&served.app, id).await?;
    Ok(Json(view(&row, &served.app.directory())))
}

/// Tells its groups once of what is open already.
pub async fn tell(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<Json<Told>, Problem> {
    Ok(Json(Told { told: asked::tell(&served.app, id).await? }))
}

fn view(row: &MonitorRow, directory: &Directory) -> View {
    let names = row.groups.iter().filter_map(|id| directory.group(*id)).map(|group| group.name.clone());
    View {
        id: row.id,
        provider: row.provider.clone(),
        components: row.components.clone(),
        groups: names.collect(),
        paused: row.paused,
        tags: row.tags.clone(),
        aware: row.aware,
        declared: row.declared,
    }
}
