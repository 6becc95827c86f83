//! Pages and what they ask for.
//!
//! | path | whose | what |
//! |---|---|---|
//! | `/` | everybody's | a host page, with the widget in a frame |
//! | `/widget`, `/widget/<files>/…` | everybody's | the widget of the current build, never kept; its files, kept for ever |
//! | `/voice/config` | everybody's | the configuration that holds |
//! | `/voice/…` | an agent's | lease, calls, what there is to be told |
//! | `/supervisor`, `/supervisor/…` | a supervisor's | what is live, missed calls, voicemail, switches |
//! | `/metrics`, `/healthz` | everybody's | figures; whether calls are taken |

mod agent;
mod pages;
pub mod supervisor;

use std::sync::Arc;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::header::{AUTHORIZATION, HeaderMap};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::edge::Edge;

/// Descriptions of browsers are some kilobytes.
const LARGEST: usize = 64 * 1024;

/// Everything.
pub fn router(edge: Arc<Edge>) -> Router {
    let pages = Router::new()
        .route("/", get(pages::host))
        .route("/host/{files}/{file}", get(pages::host_file))
        .route("/widget", get(pages::widget))
        .route("/widget/{files}/{file}", get(pages::widget_file))
        .route("/supervisor", get(pages::supervisor))
        .route("/healthz", get(pages::healthz))
        .route("/metrics", get(pages::metrics));
    let agents = Router::new()
        .route("/voice/config", get(agent::config))
        .route("/voice/me", get(agent::me))
        .route("/voice/lease", post(agent::lease))
        .route("/voice/release", post(agent::release))
        .route("/voice/report", post(agent::report))
        .route("/voice/events", get(agent::events))
        .route("/voice/agent", post(agent::agent))
        .route("/voice/call", post(agent::call));
    let supervisors = Router::new()
        .route("/supervisor/state", get(supervisor::state))
        .route("/supervisor/switch", post(supervisor::switch))
        .route("/supervisor/voicemail/{call}", get(supervisor::voicemail));
    pages.merge(agents).merge(supervisors).layer(DefaultBodyLimit::max(LARGEST)).layer(from_fn(plain)).with_state(edge)
}

/// What every answer says of itself, unless it said something else.
async fn plain(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// A refusal that says what to do.
pub struct No(StatusCode, String);

impl IntoResponse for No {
    fn into_response(self) -> Response {
        (self.0, axum::Json(json!({ "error": self.1 }))).into_response()
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// Takes as long for what is nearly right as for what is not.
fn same(one: &str, other: &str) -> bool {
    Sha256::digest(one) == Sha256::digest(other)
}

/// Who the agent is, by `Authorization: Bearer agent:token`.
fn agent_of(edge: &Edge, headers: &HeaderMap) -> Result<String, No> {
    let no = || No(StatusCode::UNAUTHORIZED, "sign in with an agent's name and token".to_owned());
    let (id, token) = bearer(headers).and_then(|said| said.split_once(':')).ok_or_else(no)?;
    let agent = edge.setup.agent.iter().find(|agent| agent.id == id && same(&agent.token, token));
    agent.map(|agent| agent.id.clone()).ok_or_else(no)
}

fn supervisor_of(edge: &Edge, headers: &HeaderMap) -> Result<(), No> {
    let fits = bearer(headers).is_some_and(|token| same(token, &edge.supervisor_token));
    let said = "a supervisor's token is needed: `Authorization: Bearer …`; it was told when the desk started";
    if fits { Ok(()) } else { Err(No(StatusCode::UNAUTHORIZED, said.to_owned())) }
}
