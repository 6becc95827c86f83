//! `/settings/subscribers`: who is told without an account.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use tocsin_channels::Kind;
use tocsin_pages::subscribers::{self as page, Facts, Subscriber};
use tocsin_store::{StoreError, Subscription};
use uuid::Uuid;

use super::forms::{Member, see};
use super::subscribe::shown;
use super::{PathId, Trouble, chrome, html};
use crate::app::App;
use crate::served::Served;
use crate::subscribing::{self, News};

/// Subscriptions on a page.
const PER_PAGE: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    before: String,
}

pub async fn page(_: Member, State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    match facts(&served.app, Uuid::parse_str(&asked.before).ok()).await {
        Ok(facts) => html(StatusCode::OK, page::render(&facts)),
        Err(error) => Trouble::from(error).page(&served.app),
    }
}

pub async fn remove(_: Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    let app = &served.app;
    let ended = match app.store.subscription(id).await {
        Ok(Some(subscription)) => subscribing::end(app, &subscription).await.map(drop),
        Ok(None) => Ok(()),
        Err(error) => Err(error),
    };
    match ended {
        Ok(()) => see("/settings/subscribers"),
        Err(error) => Trouble::from(error).page(app),
    }
}

async fn facts(app: &App, before: Option<Uuid>) -> Result<Facts, StoreError> {
    let directory = app.directory();
    let limit = i64::try_from(PER_PAGE).unwrap_or(0) + 1;
    let mut found = app.store.subscriptions(None, before, limit).await?;
    let more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let count = |(target, count): (tocsin_store::Target, i64)| {
        (shown(&News::of(&directory, &target)), usize::try_from(count).unwrap_or_default())
    };
    let row = |one: &Subscription| Subscriber {
        id: one.id,
        news: shown(&News::of(&directory, &one.target)),
        way: Kind::named(&one.kind).map_or_else(|| one.kind.clone(), |kind| kind.title().to_owned()),
        address: subscribing::address(one),
        since: one.created_at,
        rests: subscribing::rests(app, one).unwrap_or_default().to_owned(),
    };
    Ok(Facts {
        chrome: chrome(app),
        open: app.config.server.subscriptions,
        counts: app.store.subscribed().await?.into_iter().map(count).collect(),
        next: found.last().filter(|_| more).map(|last| last.id),
        leafed: before.is_some(),
        subscribers: found.iter().map(row).collect(),
    })
}
