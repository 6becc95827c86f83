//! `/unsubscribe/{token}`: one click in a mail program (RFC 8058), or a page that asks first.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use tocsin_channels::read_unsubscribe_token;
use tocsin_pages::unsubscribe::{self, Facts, Step};
use tracing::info;

use super::{chrome, html};
use crate::app::App;
use crate::clock;
use crate::served::Served;

/// A GET changes nothing: mail scanners follow every link.
pub async fn ask(State(served): State<Served>, Path(token): Path<String>) -> Response {
    let step = match named(&served.app, &token) {
        Some((channel, address)) => Step::Ask { action: format!("/unsubscribe/{token}"), address, channel },
        None => Step::Invalid,
    };
    render(&served.app, step)
}

/// A POST acts, as often as it comes.
pub async fn act(State(served): State<Served>, Path(token): Path<String>) -> Response {
    let app = &served.app;
    let Some((channel, address)) = named(app, &token) else { return render(app, Step::Invalid) };
    let _changing = app.changing.lock().await;
    let team = app.store.default_team();
    let why = "asked by a link in a mail";
    let done = app.store.suppress(team, &channel, &address, why, clock::now()).await;
    let done = match done {
        Ok(()) => app.refresh().await,
        error => error,
    };
    match done {
        Ok(()) => {
            info!(channel, "a recipient asked not to hear any more");
            render(app, Step::Done { address, channel })
        }
        Err(error) => super::Trouble::from(error).page(app),
    }
}

fn named(app: &App, token: &str) -> Option<(String, String)> {
    read_unsubscribe_token(&app.sender.unsubscribe_key, token)
}

fn render(app: &App, step: Step) -> Response {
    let status = if matches!(step, Step::Invalid) { StatusCode::NOT_FOUND } else { StatusCode::OK };
    html(status, unsubscribe::render(&Facts { chrome: chrome(app), step }))
}
