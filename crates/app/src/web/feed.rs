//! Incidents for feed readers: those of a vendor (`/providers/{slug}/feed.atom`), or of all on a board.

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
pub const MOST: i64 = 50;

pub async fn atom(State(served): State<Served>, Path(slug): Path<String>) -> Result<Response, Problem> {
    let app = &served.app;
    let provider = app.directory().provider(&slug);
    let provider = provider.ok_or_else(|| Problem::not_found(format!("There is no provider `{slug}`.")))?;
    let filter = IncidentFilter { provider: Some(provider.slug.clone()), limit: MOST, ..IncidentFilter::default() };
    let found = app.store.incidents(&filter).await?;
    answer(&Facts {
        chrome: chrome(app),
        page: format!("/providers/{}", provider.slug),
        own: format!("/providers/{}/feed.atom", provider.slug),
        name: provider.name,
        outward: false,
        incidents: found.into_iter().map(|stored| with_bodies(stored.incident)).collect(),
    })
}

/// An incident with the texts of its updates, safe to be shown.
pub fn with_bodies(incident: Incident) -> (Incident, Vec<String>) {
    let bodies = incident.updates.iter().map(|update| text::html(&update.body)).collect();
    (incident, bodies)
}

/// A finished feed.
///
/// # Errors
/// If it could not be written.
pub fn answer(facts: &Facts) -> Result<Response, Problem> {
    let xml = feed::render(facts).map_err(|_| Problem::internal("the feed could not be written"))?;
    Ok(([(header::CONTENT_TYPE, HeaderValue::from_static("application/atom+xml; charset=utf-8"))], xml).into_response())
}
