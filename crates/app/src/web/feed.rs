//! `/providers/{slug}/feed.atom`: a vendor's incidents for feed readers.

use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use tocsin_channels::text;
use tocsin_domain::Incident;
use tocsin_pages::feed::{self, Facts};
use tocsin_store::IncidentFilter;

use super::chrome;
use crate::problem::Problem;
use crate::served::Served;

/// Incidents in a feed.
const MOST: i64 = 50;

pub async fn atom(State(served): State<Served>, Path(slug): Path<String>) -> Result<Response, Problem> {
    let app = &served.app;
    let provider = app.directory().provider(&slug);
    let provider = provider.ok_or_else(|| Problem::not_found(format!("There is no provider `{slug}`.")))?;
    let filter = IncidentFilter { provider: Some(provider.slug.clone()), limit: MOST, ..IncidentFilter::default() };
    let found = app.store.incidents(&filter).await?;
    let with_bodies = |incident: Incident| {
        let bodies = incident.updates.iter().map(|update| text::html(&update.body)).collect();
        (incident, bodies)
    };
    let facts = Facts {
        chrome: chrome(app),
        provider: provider.reference(),
        incidents: found.into_iter().map(|stored| with_bodies(stored.incident)).collect(),
    };
    let xml = feed::render(&facts).map_err(|_| Problem::internal("the feed could not be written"))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/atom+xml; charset=utf-8"))], xml).into_response())
}
