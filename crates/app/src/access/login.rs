//! Login: an e-mail address and a password become a session. Whatever is wrong, the answer is the same.

use std::net::{IpAddr, SocketAddr};
use std::sync::PoisonError;

use axum::http::{HeaderMap, HeaderValue};
use tocsin_store::{StoreError, UserRow};
use url::Url;

use super::{Throttle, session};
use crate::app::App;
use crate::clock;

/// How an attempt to sign in ended.
pub enum Login {
    /// Somebody, with the cookie of their session.
    In(HeaderValue),
    Refused,
    /// Seconds to wait.
    TooOften(i64),
}

/// Looks at an address and a password.
///
/// # Errors
/// If the store does not answer.
pub async fn login(
    app: &App,
    headers: &HeaderMap,
    peer: SocketAddr,
    email: &str,
    password: &str,
) -> Result<Login, StoreError> {
    let email = normal(email);
    let address = address(headers, peer);
    if let Err(seconds) = throttle(app, |throttle| throttle.attempt(&email, address, clock::now())) {
        tracing::warn!(?address, "too many attempts to sign in");
        return Ok(Login::TooOften(seconds));
    }
    let user = app.store.user_by_email(&email).await?;
    let kept = user.as_ref().map(|user| user.password.clone());
    let right = app.access.passwords.matches(password.to_owned(), kept).await;
    let Some(user) = user.filter(|_| right) else {
        tracing::info!(?address, "an attempt to sign in failed");
        return Ok(Login::Refused);
    };
    throttle(app, |throttle| throttle.succeeded(&email, address));
    let before = session::shown(headers, &app.config.server.base_url);
    Ok(Login::In(session::begin(app, &user, before).await?))
}

/// Is this the password of somebody who is signed in? Counted like an attempt to sign in.
///
/// # Errors
/// Seconds to wait.
pub async fn confirm(app: &App, user: &UserRow, password: &str) -> Result<bool, i64> {
    throttle(app, |throttle| throttle.attempt(&user.email, None, clock::now()))?;
    let right = app.access.passwords.matches(password.to_owned(), Some(user.password.clone())).await;
    if right {
        throttle(app, |throttle| throttle.succeeded(&user.email, None));
    }
    Ok(right)
}

fn throttle<T>(app: &App, act: impl FnOnce(&mut Throttle) -> T) -> T {
    act(&mut app.access.throttle.lock().unwrap_or_else(PoisonError::into_inner))
}

/// An e-mail address as it is kept.
#[must_use]
pub fn normal(email: &str) -> String {
    email.trim().to_lowercase()
}

/// Where a request comes from: the peer, or whom a proxy on our own network names as its last hop.
#[must_use]
pub fn address(headers: &HeaderMap, peer: SocketAddr) -> Option<IpAddr> {
    let ip = peer.ip().to_canonical();
    let near = match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unique_local(),
    };
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back().and_then(|value| value.to_str().ok());
    let last = forwarded.and_then(|hops| hops.rsplit(',').next()).and_then(|hop| hop.trim().parse().ok());
    last.filter(|_| near).or(Some(ip))
}

/// An address of ours to go on to after signing in: a path of this site, or none.
#[must_use]
pub fn own_path(next: &str) -> Option<&str> {
    let plain = next.starts_with('/') && !next.contains('\\') && !next.chars().any(char::is_control);
    let here = Url::parse("http://here.invalid/").ok()?;
    let there = here.join(next).ok()?;
    (plain && there.origin() == here.origin()).then_some(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_nowhere_else() {
        for good in ["/", "/monitors", "/incidents/x?y=z#w", "/monitors/new?q=a%2Fb"] {
            assert_eq!(own_path(good), Some(good));
        }
        for bad in [
            "",
            "monitors",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/%0d\n",
            " //evil.example",
        ] {
            assert_eq!(own_path(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn a_proxy_nearby_is_believed_about_its_last_hop_only() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("203.0.113.9, 198.51.100.7"));
        let ip = |text: &str| Some(text.parse().unwrap());
        let peer = |text: &str| format!("{text}:5000").parse().unwrap();
        assert_eq!(address(&headers, peer("10.0.0.2")), ip("198.51.100.7"));
        assert_eq!(address(&headers, peer("192.0.2.4")), ip("192.0.2.4"), "a stranger says what it likes");
        assert_eq!(address(&HeaderMap::new(), peer("127.0.0.1")), ip("127.0.0.1"));
    }
}
