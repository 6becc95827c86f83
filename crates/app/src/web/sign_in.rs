//! `/sign-in` and `/sign-out`.

use std::net::SocketAddr;

use axum::extract::{ConnectInfo, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use tocsin_pages::form::Wrong;
use tocsin_pages::sign_in::{self, Facts};

use super::forms::{Fields, Member, mistake, see, status};
use super::{Trouble, chrome, html};
use crate::access::login::{Login, login, own_path};
use crate::access::session;
use crate::app::App;
use crate::served::Served;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    next: String,
}

pub async fn page(member: Option<Member>, State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    let next = own_path(&asked.next).unwrap_or("/");
    if member.is_some() {
        return see(next);
    }
    show(&served.app, "", next, Vec::new())
}

pub async fn act(
    State(served): State<Served>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let app = &served.app;
    let (email, next) = (fields.text("email"), own_path(fields.text("next")).unwrap_or("/"));
    match login(app, &headers, peer, email, fields.raw("password")).await {
        Ok(Login::In(cookie)) => {
            let mut response = see(next);
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            response
        }
        Ok(Login::Refused) => {
            show(app, email, next, vec![mistake("", "This e-mail address and this password do not belong together.")])
        }
        Ok(Login::TooOften(seconds)) => too_often(show(app, email, next, vec![mistake("", wait(seconds))]), seconds),
        Err(error) => Trouble::from(error).page(app),
    }
}

pub async fn sign_out(member: Option<Member>, State(served): State<Served>) -> Response {
    let app = &served.app;
    if let Some(Member(browser)) = member
        && let Err(error) = app.store.end_session(&browser.hash).await
    {
        return Trouble::from(error).page(app);
    }
    forgotten(app)
}

/// Signed out, with nothing left in the browser.
pub fn forgotten(app: &App) -> Response {
    let mut response = see("/sign-in");
    if let Some(cookie) = session::forget(app) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}

/// How long to wait, in words.
pub fn wait(seconds: i64) -> String {
    format!("Too many attempts did not succeed. Try again in {}.", minutes(seconds))
}

/// A wait in whole minutes: `3 minutes`.
pub fn minutes(seconds: i64) -> String {
    let minutes = (seconds + 59).div_euclid(60).max(1);
    if minutes == 1 { "a minute".to_owned() } else { format!("{minutes} minutes") }
}

/// 429, with when to come again.
pub fn too_often(mut response: Response, seconds: i64) -> Response {
    *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn show(app: &App, email: &str, next: &str, wrong: Vec<Wrong>) -> Response {
    let facts = Facts {
        chrome: chrome(app),
        has_owner: app.access.has_owner(),
        email: email.to_owned(),
        next: next.to_owned(),
        wrong,
    };
    html(status(&facts.wrong), sign_in::render(&facts))
}

#[cfg(test)]
mod tests {
    use super::wait;

    #[test]
    fn minutes_are_rounded_up() {
        for (seconds, said) in [(1, "in a minute"), (60, "in a minute"), (61, "in 2 minutes"), (900, "in 15 minutes")] {
            assert!(wait(seconds).contains(said), "{seconds}");
        }
    }
}
