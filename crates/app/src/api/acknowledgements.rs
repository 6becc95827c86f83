//! `/incidents/{id}/acknowledgement` and `/warnings/{id}/acknowledgement`: who takes care of it.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tocsin_domain::Timestamp;
use tocsin_domain::alert::Acknowledgement;

use super::params::Id;
use crate::access::{Sight, Writer};
use crate::app::App;
use crate::problem::Problem;
use crate::served::Served;
use crate::setup::wishes::acknowledgements;
use crate::setup::wishes::lasting::{INCIDENT, Lasting, WARNING};

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
pub async fn of_incident(writer: Writer, sight: Sight, State(served): State<Served>, Id(id): Id) -> Acknowledged {
    acknowledge(writer, sight, &served.app, Lasting::need(&served.app, INCIDENT, id).await?).await
}

/// The same for a warning.
pub async fn of_warning(writer: Writer, sight: Sight, State(served): State<Served>, Id(id): Id) -> Acknowledged {
    acknowledge(writer, sight, &served.app, Lasting::need(&served.app, WARNING, id).await?).await
}

type Acknowledged = Result<(StatusCode, Json<View>), Problem>;

async fn acknowledge(Writer(by): Writer, sight: Sight, app: &App, what: Lasting) -> Acknowledged {
    let (one, first) = acknowledgements::acknowledge(app, &what, &by).await?;
    let status = if first { StatusCode::CREATED } else { StatusCode::OK };
    Ok((status, Json(View::new(&one, sight))))
}

pub async fn take_back_incident(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<StatusCode, Problem> {
    acknowledgements::take_back(&served.app, &Lasting::need(&served.app, INCIDENT, id).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn take_back_warning(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<StatusCode, Problem> {
    acknowledgements::take_back(&served.app, &Lasting::need(&served.app, WARNING, id).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}
