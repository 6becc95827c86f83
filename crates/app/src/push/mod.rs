//! Push: vendors may send word that something changed. It is a hint and never a fact: their page is asked at once, and only
//! what it says counts. So a forged word costs one request.

pub mod websub;

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::hmac;
use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Path, Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tocsin_domain::Timestamp;
use tocsin_store::PushAddress;
use tokio::sync::Notify;
use tracing::info;
use uuid::Uuid;

use crate::access::Secret;
use crate::app::App;
use crate::clock;
use crate::problem::Problem;
use crate::served::Served;
use crate::work::turns::Wish;

/// No vendor's word is larger than this (bytes).
const LARGEST: usize = 256 << 10;
/// A hub sends the whole feed.
const LARGEST_FEED: usize = 4 << 20;
/// Nor nested deeper.
const DEEPEST: usize = 32;
/// A signature may be this old (seconds).
const TOLERANCE_S: i64 = 300;
/// In front of the base64 of a signing secret.
const SECRET: &str = "whsec_";

/// Pages that are to be asked sooner, for whoever polls.
#[derive(Debug, Default)]
pub struct Hints {
    pages: Mutex<HashMap<Uuid, Wish>>,
    rung: Notify,
}

impl Hints {
    /// This page is to be asked at once.
    pub fn give(&self, page: Uuid, wish: Wish) {
        let mut pages = self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        pages.entry(page).and_modify(|before| *before = wish.max(*before)).or_insert(wish);
        drop(pages);
        self.rung.notify_one();
    }

    /// Waits until there are some.
    pub async fn rung(&self) {
        self.rung.notified().await;
    }

    /// Takes what was given since the last time.
    pub fn take(&self) -> HashMap<Uuid, Wish> {
        std::mem::take(&mut self.pages.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Where vendors send word.
pub fn routes() -> Router<Served> {
    Router::new().route("/in/{provider}/{token}", post(hear)).layer(DefaultBodyLimit::max(LARGEST)).merge(
        Router::new()
            .route("/hub/{token}", get(websub::confirm).post(websub::called))
            .layer(DefaultBodyLimit::max(LARGEST_FEED)),
    )
}

/// The address that a vendor is given.
#[must_use]
pub fn address(app: &App, provider: &str, token: &Secret) -> String {
    format!("{}/in/{provider}/{}", app.config.server.base_url, token.text())
}

/// Base64 that signatures can be made with: the vendor shows it as `whsec_…`.
#[must_use]
pub fn is_secret(text: &str) -> bool {
    key(text).is_some()
}

async fn hear(
    State(served): State<Served>,
    Path((provider, token)): Path<(String, String)>,
    headers: HeaderMap,
    request: Request,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let app = &served.app;
    let now = clock::now();
    let hash = Secret::hash_of(&token);
    let known = app.store.push_by_hash(&hash).await?.filter(|known| known.provider == provider);
    let Some(known) = known else { return Err(Problem::not_found("There is no such address to send word to.")) };
    let body = body_of(request).await?;
    if !is_signed(&known, &headers, &body, now) {
        return Err(Problem::unauthorised("The signature does not fit the secret that this address was given."));
    }
    if !is_word(&body) {
        return Err(Problem::bad_request(format!("This is no JSON object, or one nested deeper than {DEEPEST}.")));
    }
    app.store.push_heard(&hash, now).await?;
    let pages = app.watch.pages();
    for page in pages.of(&provider) {
        page.with(|live| live.pushed_at = live.pushed_at.or(Some(now)));
        app.hints.give(page.id, Wish::Word);
    }
    info!(provider, pages = pages.of(&provider).len(), "the vendor sent word; its page is asked");
    Ok((StatusCode::ACCEPTED, Json(json!({ "heard": true }))))
}

/// The body of a request whose sender is known by its address: who is not sends it for nothing.
async fn body_of(request: Request) -> Result<Bytes, Problem> {
    Bytes::from_request(request, &()).await.map_err(|refused| match refused.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large("This is larger than any word; send less."),
        _ => Problem::bad_request("The body broke off; send it again."),
    })
}

/// An object, nested within reason.
fn is_word(body: &[u8]) -> bool {
    fn deep(value: &Value, left: usize) -> bool {
        match value {
            _ if left == 0 => true,
            Value::Array(all) => all.iter().any(|one| deep(one, left - 1)),
            Value::Object(all) => all.values().any(|one| deep(one, left - 1)),
            _ => false,
        }
    }
    serde_json::from_slice(body).is_ok_and(|value: Value| value.is_object() && !deep(&value, DEEPEST))
}

/// By Standard Webhooks, whose headers may be called `svix-…`. Without a secret nothing is signed.
fn is_signed(address: &PushAddress, headers: &HeaderMap, body: &[u8], now: Timestamp) -> bool {
    let Some(secret) = address.secret.as_deref() else { return true };
    let header = |name: &str| {
        let found = headers.get(format!("webhook-{name}")).or_else(|| headers.get(format!("svix-{name}")));
        found.and_then(|value| value.to_str().ok())
    };
    let all = (header("id"), header("timestamp"), header("signature"), key(secret));
    let (Some(id), Some(at), Some(signatures), Some(key)) = all else { return false };
    let fresh = at.parse().is_ok_and(|at: i64| (now.as_second() - at).abs() <= TOLERANCE_S);
    let signed = [id.as_bytes(), b".", at.as_bytes(), b".", body].concat();
    let fits = |signature: &str| {
        let bytes = signature.strip_prefix("v1,").and_then(|text| STANDARD.decode(text).ok());
        bytes.is_some_and(|bytes| hmac::verify(&key, &signed, &bytes).is_ok())
    };
    fresh && signatures.split_whitespace().any(fits)
}

fn key(secret: &str) -> Option<hmac::Key> {
    let bytes = STANDARD.decode(secret.trim().strip_prefix(SECRET).unwrap_or(secret.trim())).ok()?;
    (bytes.len() >= 16).then(|| hmac::Key::new(hmac::HMAC_SHA256, &bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_an_object_within_reason() {
        let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
        let table = [
            ("{}".to_owned(), true),
            ("[]".to_owned(), false),
            ("\"text\"".to_owned(), false),
            ("{".to_owned(), false),
            (String::new(), false),
            (nested(30), true),
            (nested(40), false),
            (nested(5000), false),
        ];
        for (text, fits) in table {
            assert_eq!(is_word(text.as_bytes()), fits, "{}", text.len());
        }
    }

    #[test]
    fn secrets_are_base64_of_some_length() {
        assert!(is_secret("whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"));
        assert!(is_secret("C2FVsBQIhrscChlQIMV+b5sSYspob7oD"));
        assert!(!is_secret("whsec_short") && !is_secret("") && !is_secret("whsec_not base64 at all, whatever it says"));
    }
}
