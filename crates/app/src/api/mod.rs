//! The HTTP API under `/api/v1`, one resource a file. Errors are RFC 9457 problem documents.

mod acknowledgements;
mod boards;
mod channels;
pub mod checks;
mod decisions;
pub mod deliveries;
mod events;
mod groups;
pub mod incidents;
mod maintenances;
mod monitors;
mod overrides;
pub mod params;
mod providers;
mod rehearsals;
mod schema;
mod silences;
mod stats;
mod subscriptions;

pub use schema::document;

use axum::Router;
use axum::extract::Request;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};

use crate::access;
use crate::problem::Problem;
use crate::served::Served;

/// The routes, relative to `/api/v1`.
pub fn routes(served: &Served) -> Router<Served> {
    Router::new()
        .route("/providers", get(providers::list).post(providers::create))
        .route("/providers/{slug}", get(providers::one).patch(providers::change).delete(providers::remove))
        .route("/incidents", get(incidents::list))
        .route("/incidents/{id}", get(incidents::one))
        .route(
            "/incidents/{id}/acknowledgement",
            post(acknowledgements::of_incident).delete(acknowledgements::take_back_incident),
        )
        .route("/silences", get(silences::list).post(silences::create))
        .route("/silences/{id}", delete(silences::end))
        .route("/overrides", get(overrides::list).put(overrides::set).delete(overrides::end))
        .route("/maintenances", get(maintenances::list))
        .route("/monitors", get(monitors::list).post(monitors::create))
        .route("/monitors/{id}", get(monitors::one).patch(monitors::change).delete(monitors::remove))
        .route("/monitors/{id}/restore", post(monitors::restore))
        .route("/monitors/{id}/tell", post(monitors::tell))
        .route("/groups", get(groups::list).post(groups::create))
        .route("/groups/rehearse", post(rehearsals::new))
        .route("/groups/{id}", get(groups::one).patch(groups::change).delete(groups::remove))
        .route("/groups/{id}/rehearse", post(rehearsals::one))
        .route("/groups/{id}/restore", post(groups::restore))
        .route("/channels", get(channels::list).post(channels::create))
        .route("/channels/{id}", get(channels::one).patch(channels::change).delete(channels::remove))
        .route("/channels/{id}/restore", post(channels::restore))
        .route("/channels/{id}/test", post(channels::test))
        .route("/channels/{id}/enable", post(channels::enable))
        .route("/channels/{id}/resend", post(deliveries::resend_missed))
        .route("/boards", get(boards::list).post(boards::create))
        .route("/boards/{id}", get(boards::one).patch(boards::change).delete(boards::remove))
        .route("/boards/{id}/restore", post(boards::restore))
        .route("/boards/{id}/renew", post(boards::renew))
        .route("/deliveries", get(deliveries::list))
        .route("/deliveries/{id}", get(deliveries::one))
        .route("/deliveries/{id}/resend", post(deliveries::resend))
        .route("/decisions", get(decisions::list))
        .route("/subscriptions", get(subscriptions::list))
        .route("/subscriptions/{id}", delete(subscriptions::remove))
        .route("/checks", get(checks::list))
        .route("/checks/{id}", get(checks::one))
        .route("/checks/{id}/calls", get(checks::calls))
        .route("/checks/{id}/run", post(checks::run))
        .route("/warnings", get(checks::warnings))
        .route("/warnings/{id}", get(checks::warning))
        .route(
            "/warnings/{id}/acknowledgement",
            post(acknowledgements::of_warning).delete(acknowledgements::take_back_warning),
        )
        .route("/events", get(events::stream))
        .route("/stats/latency", get(stats::latency))
        .route("/openapi.json", get(openapi))
        .fallback(nowhere)
        .method_not_allowed_fallback(|| async { Problem::method_not_allowed() })
        .layer(middleware::from_fn_with_state(served.clone(), access::readers))
}

async fn openapi() -> Response {
    axum::Json(document()).into_response()
}

async fn nowhere(request: Request) -> Problem {
    Problem::not_found(format!(
        "There is nothing at {}; GET /api/v1/openapi.json lists what there is.",
        request.uri().path()
    ))
}
