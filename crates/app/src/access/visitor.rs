//! Visitor: who sends a request. Found out once, before anything else is done.

use std::convert::Infallible;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tocsin_store::StoreError;

use super::{Browser, Secret, session};
use crate::app::App;
use crate::clock;
use crate::problem::Problem;
use crate::served::Served;

/// That a token was used is written down at most this often (seconds).
const NOTED_EVERY_S: i64 = 60;

/// Who sends a request.
#[derive(Clone, Debug, Default)]
pub enum Visitor {
    #[default]
    Nobody,
    /// A program with the admin token.
    Admin,
    /// A program with the API token of this name.
    Program(String),
    /// Somebody signed in.
    Person(Box<Browser>),
}

impl Visitor {
    /// Anybody we know: may read and write.
    #[must_use]
    pub fn is_known(&self) -> bool {
        !matches!(self, Self::Nobody)
    }

    /// Whose wish something is, for people.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Nobody => String::new(),
            Self::Admin => "the admin token".to_owned(),
            Self::Program(token) => format!("the API token “{token}”"),
            Self::Person(browser) => browser.user.name.clone(),
        }
    }

    #[must_use]
    pub fn of(parts: &Parts) -> Self {
        parts.extensions.get::<Self>().cloned().unwrap_or_default()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(parts))
    }
}

tokio::task_local! {
    /// Whose request this task answers, and how: every page shows it.
    static ASKED: Asked;
}

/// What every page shows of the request that it answers.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Name of the person who asks.
    pub name: Option<String>,
    /// Where no script runs, the page is to be loaded again and again (`?follow`).
    pub follows: bool,
}

/// Who asks, and how, while a request is answered.
#[must_use]
pub fn asked() -> Asked {
    ASKED.try_with(Clone::clone).unwrap_or_default()
}

/// Finds out who asks, keeps their answers out of shared caches, and lets their session last.
pub async fn identify(State(served): State<Served>, mut request: Request, next: Next) -> Response {
    let found = find(&served.app, request.headers()).await;
    let (visitor, cookie) = match found {
        Ok(found) => found,
        // What everybody may see is shown while the store is away; whoever must be known is asked to come again.
        Err(_) if request.uri().path().starts_with("/static/") || is_probe(request.uri().path()) => Default::default(),
        Err(error) => return Problem::from(error).into_response(),
    };
    let known = visitor.is_known();
    let name = match &visitor {
        Visitor::Person(browser) => Some(browser.user.name.clone()),
        _ => None,
    };
    let follows = request.uri().query().is_some_and(|query| query.split('&').any(|part| part == "follow"));
    request.extensions_mut().insert(visitor);
    let fixed = request.uri().path().starts_with("/static/");
    let mut response = ASKED.scope(Asked { name, follows }, next.run(request)).await;
    let headers = response.headers_mut();
    if known && !fixed {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    }
    // Signing in or out says more than a session that goes on.
    if let Some(cookie) = cookie.filter(|_| !headers.contains_key(header::SET_COOKIE)) {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}

fn is_probe(path: &str) -> bool {
    matches!(path, "/healthz" | "/readyz")
}

async fn find(app: &App, headers: &HeaderMap) -> Result<(Visitor, Option<HeaderValue>), StoreError> {
    if let Some(token) = bearer(headers) {
        return Ok((by_token(app, token).await?, None));
    }
    let Some(shown) = session::shown(headers, &app.config.server.base_url) else { return Ok(Default::default()) };
    Ok(match session::find(app, &shown, clock::now()).await? {
        Some((browser, cookie)) => (Visitor::Person(Box::new(browser)), cookie),
        None => Default::default(),
    })
}

/// The token that a request carries.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = given.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

async fn by_token(app: &App, given: &str) -> Result<Visitor, StoreError> {
    let admin = app.config.admin_token.as_deref();
    if admin.is_some_and(|token| verify_slices_are_equal(token.as_bytes(), given.as_bytes()).is_ok()) {
        return Ok(Visitor::Admin);
    }
    let Some(token) = app.store.token(&Secret::hash_of(given)).await? else { return Ok(Visitor::Nobody) };
    let now = clock::now();
    if token.used_at.is_none_or(|at| now.since(at) >= NOTED_EVERY_S) {
        app.store.use_token(token.id, now).await?;
    }
    Ok(Visitor::Program(token.name))
}
