//! Who may read and who may write.
//!
//! Reading is open on a loopback listener (there is no owner yet) and with `server.public_read`; everything else needs
//! the admin token as `Authorization: Bearer …`.

use aws_lc_rs::constant_time::verify_slices_are_equal;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::config::Config;
use crate::problem::Problem;
use crate::served::Served;

fn has_token(config: &Config, headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given =
        given.and_then(|value| value.split_once(' ')).filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    match (&config.admin_token, given) {
        (Some(token), Some((_, given))) => verify_slices_are_equal(token.as_bytes(), given.trim().as_bytes()).is_ok(),
        _ => false,
    }
}

/// True where this request may see what we know.
#[must_use]
pub fn may_read(config: &Config, headers: &HeaderMap) -> bool {
    config.server.public_read || config.server.listen.ip().is_loopback() || has_token(config, headers)
}

fn refused(config: &Config) -> Problem {
    Problem::unauthorised(if config.admin_token.is_some() {
        "Send the admin token as `Authorization: Bearer …`."
    } else {
        "No admin token is set: start with TOCSIN_ADMIN_TOKEN, then send it as `Authorization: Bearer …`."
    })
}

/// Lets only readers pass to the API.
pub async fn readers(State(served): State<Served>, request: Request, next: Next) -> Response {
    if may_read(&served.app.config, request.headers()) {
        return next.run(request).await;
    }
    refused(&served.app.config).into_response()
}

/// Taken by handlers that write: refused without the token.
pub struct Writer;

impl FromRequestParts<Served> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Self, Problem> {
        let config = &served.app.config;
        if has_token(config, &parts.headers) { Ok(Self) } else { Err(refused(config)) }
    }
}
