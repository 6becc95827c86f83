//! Forms: what a browser posts, and what stands in a page's answer to it.

use axum::extract::{FromRequest, FromRequestParts, OptionalFromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Redirect, Response};
use bytes::Bytes;
use serde_json::{Map, Value};
use tocsin_pages::form::Wrong;
use url::form_urlencoded;

use super::to_sign_in;
use crate::access::{Browser, Visitor};
use crate::problem;
use crate::served::Served;

/// The fields of a form, in the order in which they were sent.
pub struct Fields(Vec<(String, String)>);

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let bytes = Bytes::from_request(request, state).await.map_err(IntoResponse::into_response)?;
        Ok(Self(form_urlencoded::parse(&bytes).into_owned().collect()))
    }
}

impl Fields {
    /// The first value of a field, without the white space around it; empty where there is none.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The first value of a field as it was typed: a password may begin with a space.
    pub fn raw(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every value of a field.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.trim().to_owned()).collect()
    }

    /// The lines of a field that hold something.
    pub fn lines(&self, name: &str) -> Vec<String> {
        self.raw(name).lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

/// Whoever is signed in. Others are sent to sign in first.
pub struct Member(pub Browser);

impl FromRequestParts<Served> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &Served) -> Result<Self, Response> {
        match Visitor::of(parts) {
            Visitor::Person(browser) => Ok(Self(*browser)),
            // After signing in, the page is asked for; what was sent is gone.
            _ => Err(to_sign_in(&page_of(parts))),
        }
    }
}

impl OptionalFromRequestParts<Served> for Member {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &Served) -> Result<Option<Self>, Response> {
        match Visitor::of(parts) {
            Visitor::Person(browser) => Ok(Some(Self(*browser))),
            _ => Ok(None),
        }
    }
}

/// The page that a request asks for, or belongs to: `/monitors/{id}/pause` belongs to `/monitors`.
fn page_of(parts: &Parts) -> Uri {
    if parts.method.is_safe() {
        return parts.uri.clone();
    }
    let mut segments = parts.uri.path().split('/').skip(1);
    let page = match (segments.next().unwrap_or_default(), segments.next()) {
        // Of these there is no list.
        ("incidents", Some(id)) => format!("/incidents/{id}"),
        ("overrides", _) => "/silences".to_owned(),
        (first, _) => format!("/{first}"),
    };
    page.parse().unwrap_or_default()
}

/// The mistakes of a body, each at its field.
pub fn wrong(errors: Vec<problem::Wrong>) -> Vec<Wrong> {
    let one =
        |wrong: problem::Wrong| Wrong { field: wrong.pointer.trim_start_matches('/').to_owned(), text: wrong.detail };
    errors.into_iter().map(one).collect()
}

/// A mistake of one field, or (with an empty name) of the form as a whole.
pub fn mistake(field: &str, text: impl Into<String>) -> Wrong {
    Wrong { field: field.to_owned(), text: text.into() }
}

/// A body for the set-up, made of a form's fields.
pub fn body<const N: usize>(pairs: [(&str, Value); N]) -> Value {
    Value::Object(pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect::<Map<_, _>>())
}

/// 200, or 422 where something typed does not fit.
pub fn status(wrong: &[Wrong]) -> StatusCode {
    if wrong.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY }
}

/// To the page that shows what came of it.
pub fn see(path: &str) -> Response {
    Redirect::to(path).into_response()
}
