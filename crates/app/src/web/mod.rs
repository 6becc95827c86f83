//! Pages for people, one a file; what they look like is `tocsin-pages`' business.

mod acknowledge;
mod assets;
pub mod board;
mod boards;
mod calendar;
mod channels;
mod check;
pub mod dashboard;
mod decisions;
mod deliveries;
mod describe;
mod door;
mod facts;
mod feed;
mod forms;
mod groups;
mod history;
pub mod incident;
mod instead;
mod kinds;
pub mod live;
mod metrics;
mod monitor;
mod monitors;
mod mute;
pub mod provider;
mod providers;
mod push;
mod settings;
mod sign_in;
mod subscribe;
mod subscribers;
mod tour;
mod unsubscribe;
mod uses;
mod watched;
mod welcome;
mod wished;
mod wishes;

use std::convert::Infallible;

use axum::Router;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{Html, IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use tocsin_pages::{Chrome, Simulated, message};
use tocsin_store::StoreError;
use url::form_urlencoded;
use uuid::Uuid;

use crate::access::{self, Visitor};
use crate::app::App;
use crate::served::Served;
use crate::setup::Refusal;

/// The routes.
pub fn routes(served: &Served) -> Router<Served> {
    let for_readers = Router::new()
        .route("/", get(dashboard::page))
        .route("/providers", get(providers::page))
        .route("/providers/{slug}", get(provider::page))
        .route("/providers/{slug}/feed.atom", get(feed::atom))
        .route("/providers/{slug}/subscribe", get(subscribe::page))
        .route("/providers/{slug}/subscribe/email", post(subscribe::email))
        .route("/providers/{slug}/subscribe/push", post(subscribe::push))
        .route("/providers/{slug}/subscribe/webhook", post(subscribe::webhook))
        .route("/incidents/{id}", get(incident::page))
        .route("/checks/{id}", get(check::page))
        .route("/checks/{id}/calls/{call}/{file}", get(check::recording))
        .route("/tour", get(tour::page))
        .route("/calendar", get(calendar::page))
        .route("/calendar.ics", get(calendar::ics))
        .route("/boards", get(boards::page))
        .route("/deliveries", get(deliveries::page))
        .route("/deliveries/{id}", get(deliveries::one))
        .route("/deliveries/{id}/resend", post(deliveries::resend))
        .route("/decisions", get(decisions::page))
        .route("/silences", get(wishes::list))
        .route("/live/now", get(live::now))
        .route("/live/providers/{slug}", get(live::provider))
        .route("/live/incidents/{id}", get(live::incident))
        .layer(middleware::from_fn_with_state(served.clone(), readers));
    let for_programs = Router::new()
        .route("/metrics", get(metrics::text))
        .layer(middleware::from_fn_with_state(served.clone(), access::readers));
    for_readers
        .merge(for_programs)
        .merge(set_up())
        .route("/subscribe/{token}", get(subscribe::confirm).post(subscribe::confirmed))
        .route("/unsubscribe/{token}", get(unsubscribe::ask).post(unsubscribe::act))
        .route("/acknowledge/{token}", get(acknowledge::ask).post(acknowledge::act))
        // These ask for themselves who may look: a board may be shared with somebody who may see nothing else.
        .route("/boards/{slug}", get(board::page))
        .route("/boards/{slug}/feed.atom", get(board::feed))
        .route("/boards/{slug}/subscribe", get(subscribe::page))
        .route("/boards/{slug}/subscribe/email", post(subscribe::email))
        .route("/boards/{slug}/subscribe/push", post(subscribe::push))
        .route("/boards/{slug}/subscribe/webhook", post(subscribe::webhook))
        .route("/live/boards/{slug}", get(live::board))
        .route("/static/{file}", get(assets::file))
}

/// Where people sign in and set things up. Each handler asks for whom it needs.
fn set_up() -> Router<Served> {
    Router::new()
        .route("/welcome", get(welcome::page).post(welcome::act))
        .route("/sign-in", get(sign_in::page).post(sign_in::act))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/settings", get(settings::page))
        .route("/settings/account", post(settings::account))
        .route("/settings/password", post(settings::password))
        .route("/settings/sign-out-everywhere", post(settings::sign_out_everywhere))
        .route("/settings/subscribers", get(subscribers::page))
        .route("/settings/subscribers/{id}/remove", post(subscribers::remove))
        .route("/settings/tokens", post(settings::make_token))
        .route("/settings/tokens/{id}/revoke", post(settings::revoke_token))
        .route("/providers/{slug}/describe", get(describe::page).post(describe::act))
        .route("/providers/{slug}/describe/remove", post(describe::remove))
        .route("/providers/{slug}/access", get(door::page).post(door::save))
        .route("/providers/{slug}/access/remove", post(door::remove))
        .route("/providers/{slug}/push", get(push::page).post(push::make))
        .route("/providers/{slug}/push/remove", post(push::remove))
        .route("/providers/{slug}/mute", get(mute::page).post(mute::act))
        .route("/providers/{slug}/override", get(instead::page).post(instead::act))
        .route("/incidents/{id}/acknowledge", post(wishes::acknowledge_incident))
        .route("/incidents/{id}/take-back", post(wishes::take_back_incident))
        .route("/incidents/{id}/mute", post(wishes::mute_incident))
        .route("/silences/{id}/end", post(wishes::end_silence))
        .route("/overrides/end", post(wishes::end_override))
        .route("/checks/{id}/run", post(check::run))
        .route("/checks/{id}/acknowledge", post(check::acknowledge))
        .route("/checks/{id}/take-back", post(check::take_back))
        .route("/checks/{id}/mute", post(check::mute))
        .route("/monitors", get(monitors::page))
        .route("/monitors/new", get(monitor::new).post(monitor::create))
        .route("/monitors/uses", get(uses::ask).post(uses::find))
        .route("/monitors/uses/add", post(uses::add))
        .route("/monitors/new/page", post(monitor::own_page))
        .route("/monitors/{id}", get(monitor::one).post(monitor::change))
        .route("/monitors/{id}/page", post(monitor::change_page))
        .route("/monitors/{id}/pause", post(monitors::pause))
        .route("/monitors/{id}/delete", post(monitors::delete))
        .route("/monitors/{id}/restore", post(monitors::restore))
        .route("/monitors/{id}/tell", post(monitors::tell))
        .route("/boards/new", get(boards::new).post(boards::create))
        .route("/boards/{slug}/edit", get(boards::edit).post(boards::change))
        .route("/boards/{slug}/renew", post(board::renew))
        .route("/boards/{slug}/delete", post(boards::delete))
        .route("/boards/{slug}/restore", post(boards::restore))
        .route("/groups", get(groups::page))
        .route("/groups/new", get(groups::new).post(groups::create))
        .route("/groups/new/try", post(groups::try_new))
        .route("/groups/{id}", get(groups::one).post(groups::change))
        .route("/groups/{id}/try", post(groups::try_one))
        .route("/groups/{id}/delete", post(groups::delete))
        .route("/groups/{id}/restore", post(groups::restore))
        .route("/channels", get(channels::page))
        .route("/channels/new", get(channels::new).post(channels::create))
        .route("/channels/{id}", get(channels::one).post(channels::change))
        .route("/channels/{id}/test", post(channels::test))
        .route("/channels/{id}/enable", post(channels::enable))
        .route("/channels/{id}/resend", post(channels::resend))
        .route("/channels/{id}/delete", post(channels::delete))
        .route("/channels/{id}/restore", post(channels::restore))
}

/// An id in the path; whatever else stands there leads nowhere.
struct PathId(Uuid);

impl FromRequestParts<Served> for PathId {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Self, Response> {
        let id = Path::<Uuid>::from_request_parts(parts, served).await;
        id.map(|Path(id)| Self(id)).map_err(|_| not_found_page(&served.app))
    }
}

fn chrome(app: &App) -> Chrome {
    let asked = access::asked();
    Chrome {
        base_url: app.config.server.base_url.clone(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        simulated: app.config.simulated.as_ref().map(|world| Simulated { arrived: world.arrived.clone() }),
        signed_in: asked.name,
        follows: asked.follows,
        time_zone: app.config.server.time_zone.clone(),
    }
}

/// A finished page with the headers every page has.
fn html(status: StatusCode, page: String) -> Response {
    let mut response = (status, Html(page)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// A page that could not be made.
pub enum Trouble {
    NotFound,
    Store(StoreError),
    /// One sentence that says what to do.
    Refused(String),
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Unknown(_) => Self::NotFound,
            Refusal::Store(error) => Self::Store(error),
            Refusal::Conflict(text) => Self::Refused(text),
            Refusal::Wrong(all) => Self::Refused(all.into_iter().map(|one| one.detail).collect::<Vec<_>>().join(" ")),
        }
    }
}

impl Trouble {
    fn page(self, app: &App) -> Response {
        match self {
            Self::NotFound => not_found_page(app),
            Self::Refused(text) => say(app, StatusCode::CONFLICT, "That was not done", &text),
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

/// A page that says one thing.
pub fn say(app: &App, status: StatusCode, headline: &str, detail: &str) -> Response {
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

/// Lets only readers pass; others sign in first, and then come here.
async fn readers(State(served): State<Served>, visitor: Visitor, request: Request, next: Next) -> Response {
    if access::may_read(&served.app, &visitor) {
        return next.run(request).await;
    }
    to_sign_in(request.uri())
}

/// Sends somebody to sign in, and then on to where they wanted to go.
fn to_sign_in(wanted: &Uri) -> Response {
    let wanted = wanted.path_and_query().map_or("/", |wanted| wanted.as_str());
    let next: String = form_urlencoded::Serializer::new(String::new()).append_pair("next", wanted).finish();
    Redirect::to(&format!("/sign-in?{next}")).into_response()
}
