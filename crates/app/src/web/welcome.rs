//! `/welcome?token=`: the owner makes an account, with the link that the service printed.

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;
use serde::Deserialize;
use tocsin_pages::form::Wrong;
use tocsin_pages::welcome::{self, Facts};

use super::forms::{Fields, mistake, see, status};
use super::{Trouble, chrome, html, say};
use crate::access;
use crate::app::App;
use crate::served::Served;

/// Characters of a name or an e-mail address.
const MOST: usize = 200;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    token: String,
}

/// A GET uses nothing up: chat programs look at every link.
pub async fn page(State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    let app = &served.app;
    match access::welcome::is_valid(app, &asked.token).await {
        Ok(true) => show(app, &asked.token, "", "", Vec::new()),
        Ok(false) => used_up(app),
        Err(error) => Trouble::from(error).page(app),
    }
}

pub async fn act(State(served): State<Served>, headers: HeaderMap, fields: Fields) -> Response {
    let app = &served.app;
    let (token, name) = (fields.text("token"), fields.text("name"));
    let (email, password) = (access::login::normal(fields.text("email")), fields.raw("password"));
    match access::welcome::is_valid(app, token).await {
        Ok(true) => {}
        Ok(false) => return used_up(app),
        Err(error) => return Trouble::from(error).page(app),
    }
    let mut wrong = account_mistakes(&email, name);
    wrong.extend(access::password_problem(password, &email).map(|text| mistake("password", text)));
    if !wrong.is_empty() {
        return show(app, token, &email, name, wrong);
    }
    let user = match access::welcome::create_owner(app, token, &email, name, password.to_owned()).await {
        Ok(Some(user)) => user,
        Ok(None) => return used_up(app),
        Err(error) => return Trouble::from(error).page(app),
    };
    match access::session::begin(app, &user, access::session::shown(&headers, &app.config.server.base_url)).await {
        Ok(cookie) => {
            let mut response = see("/monitors");
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            response
        }
        Err(error) => Trouble::from(error).page(app),
    }
}

/// What is wrong with an e-mail address and a name.
pub fn account_mistakes(email: &str, name: &str) -> Vec<Wrong> {
    let mut wrong = Vec::new();
    if email.len() > MOST || email.parse::<lettre::Address>().is_err() {
        wrong.push(mistake("email", "This is not an e-mail address; write it like ada@example.com."));
    }
    if name.is_empty() || name.chars().count() > MOST || name.chars().any(char::is_control) {
        wrong.push(mistake("name", "This is needed: a name that the team knows you by."));
    }
    wrong
}

fn show(app: &App, token: &str, email: &str, name: &str, wrong: Vec<Wrong>) -> Response {
    let (token, email, name) = (token.to_owned(), email.to_owned(), name.to_owned());
    html(status(&wrong), welcome::render(&Facts { chrome: chrome(app), token, email, name, wrong }))
}

fn used_up(app: &App) -> Response {
    let detail = if app.access.has_owner() {
        "There is an owner already, so this link does nothing any more. Sign in instead."
    } else {
        "It works once and for a day. Start the service again: it prints a new one."
    };
    say(app, StatusCode::NOT_FOUND, "This link does not work", detail)
}
