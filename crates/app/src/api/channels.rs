//! `/channels`: where messages go, and a test message to one of them.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use serde_json::Value;
use tocsin_channels::Kind;
use tocsin_store::ChannelRow;
use uuid::Uuid;

use super::params::{Body, Created, Id, List, Listed, Params};
use crate::access::{Sight, Writer};
use crate::problem::Problem;
use crate::served::Served;
use crate::setup::channels;
use crate::work::{returned, trial};

#[derive(Debug, Serialize)]
pub struct View {
    id: Uuid,
    name: String,
    kind: String,
    /// Secrets are cut.
    settings: Value,
    declared: bool,
    /// Why nothing is sent to it any more.
    disabled: Option<String>,
}

pub async fn list(
    sight: Sight,
    State(served): State<Served>,
    Params(asked): Params<Listed>,
) -> Result<Json<List<View>>, Problem> {
    asked.page(served.app.directory().channels(), |row| row.id, |row| view(row, sight))
}

pub async fn one(sight: Sight, State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    Ok(Json(view(channels::find(&served.app.directory(), id)?, sight)))
}

pub async fn create(_: Writer, State(served): State<Served>, Body(body): Body) -> Result<Created<View>, Problem> {
    let row = channels::create(&served.app, &body).await?;
    Ok(Created { at: format!("/api/v1/channels/{}", row.id), view: view(&row, Sight::Whole) })
}

pub async fn change(
    _: Writer,
    State(served): State<Served>,
    Id(id): Id,
    Body(body): Body,
) -> Result<Json<View>, Problem> {
    Ok(Json(view(&channels::change(&served.app, id, &body).await?, Sight::Whole)))
}

pub async fn remove(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<StatusCode, Problem> {
    channels::remove(&served.app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn restore(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    Ok(Json(view(&channels::restore(&served.app, id).await?, Sight::Whole)))
}

/// Sends to it again, whatever it was disabled for.
pub async fn enable(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    channels::find(&served.app.directory(), id)?;
    returned::enable(&served.app, id).await?;
    Ok(Json(view(channels::find(&served.app.directory(), id)?, Sight::Whole)))
}

/// Sends a real message now and answers what the receiver said.
pub async fn test(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<Json<trial::Answered>, Problem> {
    let directory = served.app.directory();
    Ok(Json(trial::send(&served.app, channels::find(&directory, id)?).await))
}

fn view(row: &ChannelRow, sight: Sight) -> View {
    let settings = Kind::named(&row.kind).map_or(Value::Null, |kind| kind.channel().redacted(&row.settings));
    View {
        id: row.id,
        name: row.name.clone(),
        kind: row.kind.clone(),
        settings: sight.settings(settings),
        declared: row.declared,
        disabled: row.disabled.clone().map(|why| sight.answer(why)),
    }
}
