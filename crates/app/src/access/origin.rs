//! Same origin: what changes something comes from our own pages, or from a program with a token.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use url::Url;

use super::session;
use crate::problem::Problem;
use crate::served::Served;
use crate::web;

/// Refuses what another site makes a browser send.
pub async fn guard(State(served): State<Served>, request: Request, next: Next) -> Response {
    let safe = request.method().is_safe();
    // These buttons are pressed out of messages, without a page of ours; their address is the permission.
    let one_click = ["/unsubscribe/", "/acknowledge/"].iter().any(|path| request.uri().path().starts_with(path));
    if safe || one_click || is_own(request.headers(), &served.app.config.server.base_url) {
        return next.run(request).await;
    }
    let text = "This request comes from another site, so nothing was changed. Open the page here and try again; behind a \
                proxy, `server.base_url` must be the address that browsers use.";
    if request.uri().path().starts_with("/api/") {
        return Problem::forbidden(text).into_response();
    }
    web::say(&served.app, StatusCode::FORBIDDEN, "Nothing was changed", text)
}

fn is_own(headers: &HeaderMap, base_url: &str) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    // Who comes with a token is not known by a cookie. Any other `Authorization` says nothing: the cookie still counts.
    if super::visitor::bearer(headers).is_some() {
        return true;
    }
    let origin = text("origin").map(|origin| is_ours(origin, base_url, text("host")));
    match text("sec-fetch-site") {
        Some("same-origin" | "none") => true,
        Some(_) => false,
        // A browser that says nothing of where it comes from changes nothing in somebody's name.
        None => origin.unwrap_or_else(|| session::shown(headers, base_url).is_none()),
    }
}

/// The origin of `server.base_url`, or of the host that was asked.
fn is_ours(origin: &str, base_url: &str, host: Option<&str>) -> bool {
    let Ok(origin) = Url::parse(origin) else { return false };
    let base = Url::parse(base_url).is_ok_and(|base| base.origin() == origin.origin());
    let asked = host.and_then(|host| Url::parse(&format!("{}://{host}", origin.scheme())).ok());
    base || asked.is_some_and(|asked| asked.origin() == origin.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_our_own_pages_and_programs_with_a_token_change_things() {
        let base = "https://tocsin.example.com";
        let session = ("cookie", "__Host-tocsin=x");
        let table: &[(&[(&str, &str)], bool)] = &[
            (&[("sec-fetch-site", "same-origin"), session], true),
            (&[("sec-fetch-site", "none"), session], true),
            (&[("sec-fetch-site", "same-site"), session], false),
            (&[("sec-fetch-site", "cross-site"), session], false),
            (&[("sec-fetch-site", "cross-site")], false),
            (&[("origin", "https://tocsin.example.com"), session], true),
            (&[("origin", "http://10.0.0.7:8400"), ("host", "10.0.0.7:8400"), session], true),
            (&[("origin", "https://evil.example"), ("host", "tocsin.example.com"), session], false),
            (&[("origin", "https://tocsin.example.com.evil.example"), session], false),
            (&[("origin", "null"), session], false),
            (&[session], false),
            (&[], true),
            (&[("authorization", "Bearer x"), ("sec-fetch-site", "cross-site")], true),
            (&[("authorization", "Basic YTpi"), ("sec-fetch-site", "cross-site"), session], false),
        ];
        for (given, own) in table {
            let given: Vec<(&'static str, &'static str)> = given.to_vec();
            assert_eq!(is_own(&headers(&given), base), *own, "{given:?}");
        }
    }
}
