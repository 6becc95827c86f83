//! `/incidents/{id}`: one incident.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use tocsin_channels::text;
use tocsin_domain::TimelineEntry;
use tocsin_pages::incident::{self, Body, Facts};
use uuid::Uuid;

use super::{Trouble, chrome, facts, html};
use crate::app::App;
use crate::clock;
use crate::served::Served;

pub async fn page(State(served): State<Served>, Path(id): Path<String>) -> Response {
    match facts(&served.app, &id).await {
        Ok(facts) => html(StatusCode::OK, incident::render(&facts)),
        Err(error) => error.page(&served.app),
    }
}

async fn facts(app: &App, id: &str) -> Result<Facts, Trouble> {
    let id = Uuid::parse_str(id).map_err(|_| Trouble::NotFound)?;
    let stored = app.store.incident(id).await?.ok_or(Trouble::NotFound)?;
    Ok(Facts {
        chrome: chrome(app),
        now: clock::now(),
        provider: facts::provider(&app.directory(), &stored.provider),
        bodies: stored.incident.updates.iter().map(body).collect(),
        incident: stored.incident,
    })
}

fn body(update: &TimelineEntry) -> Body {
    Body {
        html: text::html(&update.body),
        revisions: update.revisions.iter().map(|revision| text::html(&revision.body)).collect(),
    }
}
