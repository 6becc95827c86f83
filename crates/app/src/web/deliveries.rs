//! `/deliveries`: what went out, attempt by attempt.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use serde::Deserialize;
use tocsin_domain::Timestamp;
use tocsin_pages::About;
use tocsin_pages::deliveries::{self, Attempt, Facts, State as Shown};
use tocsin_store::{Delivery, DeliveryFilter, DeliveryState, Target};
use uuid::Uuid;

use super::{MayWrite, Trouble, chrome, facts, html};
use crate::access::{Sight, Writer};
use crate::api;
use crate::api::params::{Id, keyed};
use crate::app::App;
use crate::clock;
use crate::problem::Problem;
use crate::served::Served;
use crate::subscribing;

/// Deliveries on a page.
const PER_PAGE: usize = 50;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    state: String,
    incident: String,
    channel: String,
    cursor: String,
}

pub async fn page(
    sight: Sight,
    State(served): State<Served>,
    MayWrite(may_write): MayWrite,
    Query(asked): Query<Asked>,
) -> Response {
    match list(&served.app, &asked, may_write, sight).await {
        Ok(facts) => html(StatusCode::OK, deliveries::render(&facts)),
        Err(error) => error.page(&served.app),
    }
}

pub async fn one(
    sight: Sight,
    State(served): State<Served>,
    MayWrite(may_write): MayWrite,
    Path(id): Path<String>,
) -> Response {
    match single(&served.app, &id, may_write, sight).await {
        Ok(facts) => html(StatusCode::OK, deliveries::render(&facts)),
        Err(error) => error.page(&served.app),
    }
}

/// Makes it due again, then shows it.
pub async fn resend(writer: Writer, State(served): State<Served>, id: Id) -> Result<Response, Problem> {
    let Id(delivery) = id;
    drop(api::deliveries::resend(writer, State(served), Id(delivery)).await?);
    Ok(Redirect::to(&format!("/deliveries/{delivery}")).into_response())
}

async fn list(app: &App, asked: &Asked, may_write: bool, sight: Sight) -> Result<Facts, Trouble> {
    let state = Shown::named(&asked.state);
    let incident = Uuid::parse_str(&asked.incident).ok();
    let after = keyed(Some(asked.cursor.as_str()).filter(|cursor| !cursor.is_empty())).ok().flatten();
    let limit = i64::try_from(PER_PAGE).unwrap_or(0) + 1;
    let stored = state.and_then(|state| DeliveryState::named(state.word()));
    let directory = app.directory();
    let channel = Uuid::parse_str(&asked.channel).ok();
    let filter = DeliveryFilter {
        state: stored,
        subject: incident,
        channel,
        after,
        limit,
        to_team: sight == Sight::Cut,
        ..DeliveryFilter::default()
    };
    let mut found = app.store.deliveries(&filter).await?;
    let more = found.len() > PER_PAGE;
    found.truncate(PER_PAGE);
    let next = found.last().filter(|_| more).map(|last| format!("{}.{}", last.created_ms, last.id));
    Ok(Facts {
        chrome: chrome(app),
        now: clock::now(),
        asked: deliveries::Asked {
            state,
            incident: incident.map(|id| id.to_string()),
            channel: channel.map(|id| {
                let name = directory.channel(id).map_or_else(|| "a deleted channel".to_owned(), |row| row.name.clone());
                (id.to_string(), name)
            }),
            one: false,
            leafed: after.is_some(),
        },
        deliveries: with_subjects(app, found, sight).await?,
        next,
        may_write,
    })
}

async fn single(app: &App, id: &str, may_write: bool, sight: Sight) -> Result<Facts, Trouble> {
    let id = Uuid::parse_str(id).map_err(|_| Trouble::NotFound)?;
    let found = app.store.delivery(id).await?;
    // Who subscribed is nobody else's business.
    let is_shown = |found: &Delivery| sight == Sight::Whole || Target::of_channel(&found.channel_name).is_none();
    let found = found.filter(is_shown).ok_or(Trouble::NotFound)?;
    Ok(Facts {
        chrome: chrome(app),
        now: clock::now(),
        asked: deliveries::Asked { one: true, ..deliveries::Asked::default() },
        deliveries: with_subjects(app, vec![found], sight).await?,
        next: None,
        may_write,
    })
}

async fn with_subjects(app: &App, found: Vec<Delivery>, sight: Sight) -> Result<Vec<deliveries::Delivery>, Trouble> {
    let sequences: Vec<i64> = found.iter().map(|delivery| delivery.sequence).collect();
    let subjects = facts::abouts(app, &sequences).await?;
    let directory = app.directory();
    // Several recipients of one mail share the event.
    let row = |mut delivery: Delivery| {
        delivery.channel_name = subscribing::channel_title(&directory, delivery.channel_name);
        let about = subjects.get(&delivery.sequence).cloned();
        shown(delivery, about, sight)
    };
    Ok(found.into_iter().map(row).collect())
}

/// A delivery as pages take it.
pub fn shown(delivery: Delivery, about: Option<About>, sight: Sight) -> deliveries::Delivery {
    let at = |ms: i64| Timestamp::from_second(ms.div_euclid(1000));
    let attempt = |one: tocsin_store::Attempt| Attempt {
        at: one.at,
        outcome: one.outcome,
        status: one.status,
        latency_ms: one.latency_ms,
        answer: sight.answer(one.answer),
    };
    deliveries::Delivery {
        id: delivery.id.to_string(),
        event: delivery.event,
        about,
        channel: delivery.channel_name,
        kind: facts::kind(&delivery.kind),
        recipient: sight.recipient(delivery.recipient),
        reason: delivery.reason,
        state: Shown::named(delivery.state.word()).unwrap_or(Shown::Due),
        why: delivery.why.map(|why| sight.answer(why)),
        created_at: at(delivery.created_ms),
        next_at: (delivery.state == DeliveryState::Due).then(|| at(delivery.next_ms)),
        attempts: delivery.attempts.into_iter().map(attempt).collect(),
    }
}
