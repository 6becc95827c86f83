//! `/metrics` for Prometheus: counters as they stand, healths as of now.

use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::app::App;
use crate::served::Served;

pub async fn text(State(served): State<Served>) -> Response {
    if let Err(error) = healths(&served.app).await {
        tracing::warn!(%error, "the healths of components could not be read for /metrics");
    }
    let body = served.metrics.render();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], body).into_response()
}

async fn healths(app: &App) -> Result<(), tocsin_store::StoreError> {
    let pages = app.watch.pages();
    for page in &pages.all {
        let slug = page.provider.slug.clone();
        let health = pages.health(&slug).unwrap_or_default();
        metrics::gauge!("tocsin_provider_health", "provider" => slug).set(f64::from(health.number()));
    }
    for slug in app.directory().monitored() {
        for (_, state) in app.store.provider_states(slug).await? {
            for component in state.map(|state| state.components).unwrap_or_default() {
                let labels = [("provider", slug.to_owned()), ("component", component.name)];
                metrics::gauge!("tocsin_component_health", &labels).set(f64::from(component.health.number()));
            }
        }
    }
    Ok(())
}
