//! `/`: what is happening now.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tocsin_pages::dashboard::{self, Facts};
use tocsin_pages::facts::ClosedIncident;
use tocsin_store::StateFilter;

use super::watched::{Watched, stored};
use super::wished::Wished;
use super::{Trouble, check, chrome, facts, html};
use crate::access::Sight;
use crate::app::App;
use crate::clock;
use crate::overruled::Overruled;
use crate::served::Served;

/// Closed incidents among which those of monitored providers are picked.
const RECENT: i64 = 60;
/// Ended lately means within this (seconds).
const LATELY_S: i64 = 14 * 24 * 3600;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(default)]
pub struct Asked {
    q: String,
    health: String,
    page: String,
}

pub async fn page(sight: Sight, State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    match render(&served.app, &asked, sight).await {
        Ok(page) => html(StatusCode::OK, page),
        Err(error) => error.page(&served.app),
    }
}

/// The page as HTML.
pub async fn render(app: &App, asked: &Asked, sight: Sight) -> Result<String, Trouble> {
    facts(app, asked, sight).await.map(|facts| dashboard::render(&facts))
}

async fn facts(app: &App, asked: &Asked, sight: Sight) -> Result<Facts, Trouble> {
    let now = clock::now();
    let directory = app.directory();
    let wished = Wished { directory: &directory, sight, now };
    let Watched { monitors, open, works } = Watched::look(app, wished, directory.monitors()).await?;
    let monitored = directory.monitored();
    let recent = stored(app, StateFilter::Closed, Some(now.plus(-LATELY_S)), RECENT).await?;
    Ok(Facts {
        chrome: chrome(app),
        now,
        monitors,
        works,
        recent: recent
            .into_iter()
            .filter(|stored| monitored.contains(stored.provider.as_str()))
            .map(|stored| ClosedIncident {
                provider: facts::provider(&directory, &stored.provider),
                incident: stored.incident,
            })
            .collect(),
        open,
        checks: check::listed(app, app.checks.iter()),
        wished: (
            directory.all_silences().filter(|(_, one)| one.holds(now)).count(),
            directory.all_overrides().map(|rows| Overruled::new(rows, now).holding().count()).sum(),
        ),
        query: dashboard::Query {
            q: asked.q.clone(),
            health: asked.health.parse().ok(),
            page: asked.page.parse().unwrap_or(1),
        },
    })
}
