//! Sessions: a cookie with a random secret, of which the store keeps the hash. Each lasts while it is used.

use axum::http::{HeaderMap, HeaderValue, header};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};
use tocsin_domain::Timestamp;
use tocsin_store::{StoreError, UserRow};

use super::Secret;
use crate::app::App;

/// A session that is not used for this long ends (seconds).
const LASTS_S: i64 = 14 * 24 * 3600;
/// Its end is moved at most this often (seconds): reading costs no write.
const MOVED_EVERY_S: i64 = 3600;

/// A signed-in browser.
#[derive(Clone, Debug)]
pub struct Browser {
    pub user: UserRow,
    /// Hash of what its cookie holds.
    pub hash: String,
}

/// `__Host-` binds a cookie to this host and to https.
#[must_use]
pub fn cookie_name(base_url: &str) -> &'static str {
    if is_https(base_url) { "__Host-tocsin" } else { "tocsin" }
}

#[must_use]
pub fn is_https(base_url: &str) -> bool {
    base_url.starts_with("https://")
}

/// What a session's cookie holds, if the browser shows one.
#[must_use]
pub fn shown(headers: &HeaderMap, base_url: &str) -> Option<String> {
    let name = cookie_name(base_url);
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut cookies = lines.flat_map(Cookie::split_parse).filter_map(Result::ok);
    cookies.find(|cookie| cookie.name() == name).map(|cookie| cookie.value().to_owned())
}

/// The session of whoever shows this, and a fresh cookie where its end was moved.
///
/// # Errors
/// If the store does not answer.
pub async fn find(
    app: &App,
    shown: &str,
    now: Timestamp,
) -> Result<Option<(Browser, Option<HeaderValue>)>, StoreError> {
    let hash = Secret::hash_of(shown);
    let Some((user, expires_at)) = app.store.session(&hash, now).await? else { return Ok(None) };
    let moved = expires_at.since(now) < LASTS_S - MOVED_EVERY_S;
    if moved {
        app.store.extend_session(&hash, now.plus(LASTS_S)).await?;
    }
    Ok(Some((Browser { user, hash }, moved.then(|| held(app, shown)).flatten())))
}

/// Begins a session for somebody, always under a new secret; what the browser showed before is ended.
///
/// # Errors
/// If the store does not answer, or the system gives no random bytes.
pub async fn begin(app: &App, user: &UserRow, before: Option<String>) -> Result<HeaderValue, StoreError> {
    let now = crate::clock::now();
    if let Some(before) = before {
        app.store.end_session(&Secret::hash_of(&before)).await?;
    }
    let refused = |why: &str| StoreError::Unavailable(why.to_owned());
    let secret = Secret::draw("").map_err(refused)?;
    app.store.put_session(&secret.hash(), user.id, now, now.plus(LASTS_S)).await?;
    held(app, secret.text()).ok_or_else(|| refused("a cookie could not be written"))
}

fn held(app: &App, secret: &str) -> Option<HeaderValue> {
    cookie(&app.config.server.base_url, secret, Duration::seconds(LASTS_S))
}

/// Makes a browser forget its session.
#[must_use]
pub fn forget(app: &App) -> Option<HeaderValue> {
    cookie(&app.config.server.base_url, "", Duration::ZERO)
}

fn cookie(base_url: &str, value: &str, lasts: Duration) -> Option<HeaderValue> {
    let cookie = Cookie::build((cookie_name(base_url), value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(is_https(base_url))
        .max_age(lasts);
    HeaderValue::from_str(&cookie.build().to_string()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_out_of_reach_of_scripts_and_bound_to_https_where_there_is_https() {
        let text = |base| cookie(base, "x", Duration::seconds(60)).unwrap().to_str().unwrap().to_owned();
        assert_eq!(text("http://127.0.0.1:1"), "tocsin=x; HttpOnly; SameSite=Lax; Path=/; Max-Age=60");
        let secure = text("https://tocsin.example.com");
        assert_eq!(secure, "__Host-tocsin=x; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=60");
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, HeaderValue::from_static("other=1; tocsin=abc"));
        assert_eq!(shown(&headers, "http://127.0.0.1:1").as_deref(), Some("abc"));
        assert_eq!(shown(&headers, "https://tocsin.example.com"), None);
    }
}
