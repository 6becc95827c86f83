//! `/maintenances`: announced work.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::Value;
use tocsin_domain::Timestamp;

use super::params::{List, Params, limit, strange_cursor};
use crate::problem::Problem;
use crate::served::Served;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Ends at or after this, RFC 3339.
    from: Option<Timestamp>,
    /// Starts at or before this, RFC 3339.
    to: Option<Timestamp>,
    provider: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// By the start of the window, latest first.
pub async fn list(State(served): State<Served>, Params(asked): Params<Asked>) -> Result<Json<List<Value>>, Problem> {
    let limit = limit(asked.limit)?;
    let skip: usize = asked.cursor.as_deref().map_or(Ok(0), |cursor| cursor.parse().map_err(|_| strange_cursor()))?;
    let mut found = served.app.store.maintenances(asked.from, asked.to, asked.provider.as_deref()).await?;
    found.reverse();
    let rows: Vec<_> = found.into_iter().enumerate().skip(skip).collect();
    let cursor = |(index, _): &(usize, _)| (index + 1).to_string();
    Ok(Json(List::cut(rows, limit, cursor, |(_, stored)| {
        tocsin_channels::maintenance_of(&stored.maintenance, &stored.provider)
    })))
}
