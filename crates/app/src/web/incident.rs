//! `/incidents/{id}`: one incident.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use tocsin_channels::text;
use tocsin_domain::TimelineEntry;
use tocsin_pages::incident::{self, Body, Facts, Told};
use tocsin_store::{DeliveryFilter, StoredDecision};
use uuid::Uuid;

use super::wished::Wished;
use super::{Trouble, chrome, facts, html};
use crate::access::Sight;
use crate::app::App;
use crate::clock;
use crate::served::Served;
use crate::work::asked;

/// Messages that the page names.
const HEARD: i64 = 12;

pub async fn page(sight: Sight, State(served): State<Served>, Path(id): Path<String>) -> Response {
    match render(&served.app, &id, sight).await {
        Ok(page) => html(StatusCode::OK, page),
        Err(error) => error.page(&served.app),
    }
}

/// The page as HTML.
pub async fn render(app: &App, id: &str, sight: Sight) -> Result<String, Trouble> {
    facts(app, id, sight).await.map(|facts| incident::render(&facts))
}

async fn facts(app: &App, id: &str, sight: Sight) -> Result<Facts, Trouble> {
    let id = Uuid::parse_str(id).map_err(|_| Trouble::NotFound)?;
    let stored = app.store.incident(id).await?.ok_or(Trouble::NotFound)?;
    let directory = app.directory();
    let now = clock::now();
    let parts = asked::components(app, &stored.provider).await?;
    let wished = Wished { directory: &directory, sight, now };
    Ok(Facts {
        wishes: wished.incident(&stored.provider, &stored.incident, &parts),
        chrome: chrome(app),
        now,
        provider: facts::provider(&directory, &stored.provider),
        bodies: stored.incident.updates.iter().map(body).collect(),
        told: told(app, id, sight).await?,
        incident: stored.incident,
    })
}

async fn told(app: &App, id: Uuid, sight: Sight) -> Result<Told, Trouble> {
    let filter = DeliveryFilter { subject: Some(id), to_team: true, limit: HEARD + 1, ..DeliveryFilter::default() };
    let mut found = app.store.deliveries(&filter).await?;
    let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > HEARD;
    found.truncate(usize::try_from(HEARD).unwrap_or(0));
    found.reverse();
    let silence = match found.is_empty() {
        true => app.store.decisions(Some(id), None, None, 1).await?.pop().map(|decision| unheard(app, decision)),
        false => None,
    };
    let deliveries = found.into_iter().map(|delivery| super::deliveries::shown(delivery, None, sight)).collect();
    Ok(Told { deliveries, more, silence: silence.unwrap_or_default() })
}

/// Why nothing was sent. Where somebody should have been told there is something to say, too: never the reason for telling.
fn unheard(app: &App, decision: StoredDecision) -> String {
    if !decision.told {
        return decision.text;
    }
    let words = match app.config.simulated {
        Some(_) => "It began before this simulated world did: it was decided whom to tell, but nothing was sent.",
        None => "What was sent is no longer kept.",
    };
    words.to_owned()
}

fn body(update: &TimelineEntry) -> Body {
    Body { html: text::html(&update.body) }
}
