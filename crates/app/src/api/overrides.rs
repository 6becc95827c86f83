//! `/overrides`: what the team says of a health because it knows better than the page.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tocsin_domain::{Health, Timestamp};
use tocsin_store::OverrideRow;

use super::params::{Body, List, Params, limit, strange_cursor};
use crate::access::{Sight, Writer};
use crate::clock;
use crate::overruled::Overruled;
use crate::problem::Problem;
use crate::served::Served;
use crate::setup::wishes::overrides;

#[derive(Debug, Serialize)]
pub struct View {
    provider: String,
    /// Id of a component; `null`: the provider as a whole.
    component: Option<String>,
    #[serde(flatten)]
    said: Said,
}

/// What is said instead of the page, by whom, and for how long.
#[derive(Debug, Serialize)]
pub struct Said {
    health: Health,
    at: Timestamp,
    by: String,
    why: String,
    until: Option<Timestamp>,
    /// It ends with the next change on the page.
    until_change: bool,
}

impl Said {
    #[must_use]
    pub fn new(row: &OverrideRow, sight: Sight) -> Self {
        Self {
            health: row.health,
            at: row.at,
            by: sight.name(&row.by),
            why: sight.note(&row.why),
            until: row.until,
            until_change: row.until_change,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    provider: Option<String>,
    component: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Those that hold, by provider.
pub async fn list(
    sight: Sight,
    State(served): State<Served>,
    Params(asked): Params<Asked>,
) -> Result<Json<List<View>>, Problem> {
    let limit = limit(asked.limit)?;
    let skip: usize = asked.cursor.as_deref().map_or(Ok(0), |cursor| cursor.parse().map_err(|_| strange_cursor()))?;
    let directory = served.app.directory();
    let now = clock::now();
    let fits = |row: &&OverrideRow| {
        asked.provider.as_ref().is_none_or(|slug| *slug == row.provider)
            && asked.component.as_ref().is_none_or(|id| *id == row.component)
    };
    let mut rows: Vec<&OverrideRow> =
        directory.all_overrides().flat_map(|rows| Overruled::new(rows, now).holding()).filter(fits).collect();
    rows.sort_by_key(|row| (&row.provider, &row.component));
    let rows: Vec<_> = rows.into_iter().enumerate().skip(skip).take(usize::try_from(limit).unwrap_or(0) + 1).collect();
    Ok(Json(List::cut(rows, limit, |(index, _)| (index + 1).to_string(), |(_, row)| view(row, sight))))
}

pub async fn set(
    Writer(by): Writer,
    sight: Sight,
    State(served): State<Served>,
    Body(body): Body,
) -> Result<Json<View>, Problem> {
    let row = overrides::set(&served.app, &by, &body).await?;
    Ok(Json(view(&row, sight)))
}

/// Lets the page speak for itself again.
pub async fn end(_: Writer, State(served): State<Served>, Params(asked): Params<Asked>) -> Result<StatusCode, Problem> {
    let provider = asked.provider.ok_or_else(|| {
        Problem::bad_request("Say whose override ends: `?provider=…` (and `&component=…`, where it is about one).")
    })?;
    overrides::end(&served.app, &provider, asked.component.as_deref().unwrap_or_default()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn view(row: &OverrideRow, sight: Sight) -> View {
    let component = Some(row.component.clone()).filter(|id| !id.is_empty());
    View { provider: row.provider.clone(), component, said: Said::new(row, sight) }
}
