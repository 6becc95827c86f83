//! Pages for people, one a file; what they look like is `tocsin-pages`' business.

mod assets;
mod calendar;
pub mod dashboard;
mod decisions;
mod deliveries;
mod facts;
mod feed;
mod history;
pub mod incident;
pub mod live;
mod metrics;
pub mod provider;
mod providers;
mod tour;
mod unsubscribe;

use std::convert::Infallible;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use tocsin_pages::{Chrome, Simulated, message};
use tocsin_store::StoreError;

use crate::access;
use crate::app::App;
use crate::served::Served;

/// What a page may load: our own files, and nothing else.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'self'";

/// The routes.
pub fn routes(served: &Served) -> Router<Served> {
    let for_readers = Router::new()
        .route("/", get(dashboard::page))
        .route("/providers", get(providers::page))
        .route("/providers/{slug}", get(provider::page))
        .route("/providers/{slug}/feed.atom", get(feed::atom))
        .route("/incidents/{id}", get(incident::page))
        .route("/tour", get(tour::page))
        .route("/calendar", get(calendar::page))
        .route("/calendar.ics", get(calendar::ics))
        .route("/deliveries", get(deliveries::page))
        .route("/deliveries/{id}", get(deliveries::one))
        .route("/deliveries/{id}/resend", post(deliveries::resend))
        .route("/decisions", get(decisions::page))
        .route("/live/now", get(live::now))
        .route("/live/providers/{slug}", get(live::provider))
        .route("/live/incidents/{id}", get(live::incident))
        .route("/metrics", get(metrics::text))
        .layer(middleware::from_fn_with_state(served.clone(), readers));
    for_readers
        .route("/unsubscribe/{token}", get(unsubscribe::ask).post(unsubscribe::act))
        .route("/static/{file}", get(assets::file))
}

fn chrome(app: &App) -> Chrome {
    Chrome {
        base_url: app.config.server.base_url.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        simulated: app.config.simulated.as_ref().map(|world| Simulated { arrived: world.arrived.clone() }),
    }
}

/// A finished page with the headers every page has.
fn html(status: StatusCode, page: String) -> Response {
    let mut response = (status, Html(page)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// A page that could not be made.
pub enum Trouble {
    NotFound,
    Store(StoreError),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Trouble {
    fn page(self, app: &App) -> Response {
        match self {
            Self::NotFound => not_found_page(app),
            Self::Store(error) => {
                tracing::error!(%error, "a page could not be made from the store");
                say(
                    app,
                    StatusCode::SERVICE_UNAVAILABLE,
                    "The store does not answer",
                    &format!("What is known cannot be shown: {error}. Watching goes on; try again in a minute."),
                )
            }
        }
    }
}

fn say(app: &App, status: StatusCode, headline: &str, detail: &str) -> Response {
    let facts = message::Facts {
        chrome: chrome(app),
        status: status.as_u16(),
        headline: headline.to_owned(),
        detail: detail.to_owned(),
    };
    html(status, message::render(&facts))
}

fn not_found_page(app: &App) -> Response {
    html(StatusCode::NOT_FOUND, message::render(&message::Facts::not_found(chrome(app))))
}

/// For every address that leads nowhere.
pub async fn not_found(State(served): State<Served>, _request: Request) -> Response {
    not_found_page(&served.app)
}

/// Whether this reader may change things, so that pages offer only what would be let through.
struct MayWrite(bool);

impl FromRequestParts<Served> for MayWrite {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Self, Infallible> {
        Ok(Self(access::Writer::from_request_parts(parts, served).await.is_ok()))
    }
}

/// Lets only readers pass; others are told in words.
async fn readers(State(served): State<Served>, request: Request, next: Next) -> Response {
    if access::may_read(&served.app.config, request.headers()) {
        return next.run(request).await;
    }
    let detail = "Reading these pages needs a sign-in. Whoever runs this instance can open them with \
                  `server.public_read = true`.";
    say(&served.app, StatusCode::UNAUTHORIZED, "These pages are not open to everybody", detail)
}
