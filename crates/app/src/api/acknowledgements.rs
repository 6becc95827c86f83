//! `/incidents/{id}/acknowledgement`: who takes care of an incident.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tocsin_domain::Timestamp;
use tocsin_domain::alert::Acknowledgement;

use super::params::Id;
use crate::access::{Sight, Writer};
use crate::problem::Problem;
use crate::served::Served;
use crate::setup::wishes::acknowledgements;

#[derive(Debug, Serialize)]
pub struct View {
    by: String,
    at: Timestamp,
}

impl View {
    #[must_use]
    pub fn new(one: &Acknowledgement, sight: Sight) -> Self {
        Self { by: sight.name(&one.by), at: one.at }
    }
}

/// Whoever was first stays, and is answered with 200 instead of 201.
pub async fn acknowledge(
    Writer(by): Writer,
    sight: Sight,
    State(served): State<Served>,
    Id(id): Id,
) -> Result<(StatusCode, Json<View>), Problem> {
    let (one, first) = acknowledgements::acknowledge(&served.app, id, &by).await?;
    let status = if first { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(View::new(&one, sight))))
}

pub async fn take_back(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<StatusCode, Problem> {
    acknowledgements::take_back(&served.app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
