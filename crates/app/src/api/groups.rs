//! `/groups`: what to tell, and whom.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};
use tocsin_store::GroupRow;
use uuid::Uuid;

use super::params::{Body, Created, Id, List, Listed, Params};
use crate::access::Writer;
use crate::config::rule;
use crate::directory::Directory;
use crate::problem::Problem;
use crate::served::Served;
use crate::setup::groups;

#[derive(Debug, Serialize)]
pub struct View {
    id: Uuid,
    name: String,
    /// Names of channels.
    channels: Vec<String>,
    /// The rule in the keys of the configuration; `events` is `null` for the defaults.
    #[serde(flatten)]
    rule: Map<String, Value>,
    declared: bool,
}

pub async fn list(State(served): State<Served>, Params(asked): Params<Listed>) -> Result<Json<List<View>>, Problem> {
    let directory = served.app.directory();
    asked.page(directory.groups(), |row| row.id, |row| view(row, &directory))
}

pub async fn one(State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    let directory = served.app.directory();
    Ok(Json(view(groups::find(&directory, id)?, &directory)))
}

pub async fn create(_: Writer, State(served): State<Served>, Body(body): Body) -> Result<Created<View>, Problem> {
    let row = groups::create(&served.app, &body).await?;
    Ok(Created { at: format!("/api/v1/groups/{}", row.id), view: view(&row, &served.app.directory()) })
}

pub async fn change(
    _: Writer,
    State(served): State<Served>,
    Id(id): Id,
    Body(body): Body,
) -> Result<Json<View>, Problem> {
    let row = groups::change(&served.app, id, &body).await?;
    Ok(Json(view(&row, &served.app.directory())))
}

pub async fn remove(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<StatusCode, Problem> {
    groups::remove(&served.app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn restore(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    let row = groups::restore(&served.app, id).await?;
    Ok(Json(view(&row, &served.app.directory())))
}

fn view(row: &GroupRow, directory: &Directory) -> View {
    let names = row.channels.iter().filter_map(|id| directory.channel(*id)).map(|channel| channel.name.clone());
    View {
        id: row.id,
        name: row.name.clone(),
        channels: names.collect(),
        rule: rule::written(&row.rule),
        declared: row.declared,
    }
}
