//! `/deliveries`: what went out, attempt by attempt.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tocsin_domain::Timestamp;
use tocsin_store::{Delivery, DeliveryState};
use uuid::Uuid;

use super::params::{Id, List, Params, keyed, limit};
use crate::access::{Sight, Writer};
use crate::clock;
use crate::problem::Problem;
use crate::served::Served;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// `due`, `sent`, `failed`, `dead` or `suppressed`.
    state: Option<String>,
    /// Those about this incident or maintenance.
    incident: Option<Uuid>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// One delivery as the contract's section 6 shows it.
#[derive(Debug, Serialize)]
pub struct View {
    id: Uuid,
    notice: NoticeView,
    channel: String,
    kind: String,
    recipient: Option<String>,
    state: &'static str,
    created_at: Timestamp,
    attempts: Vec<AttemptView>,
    /// The same over all attempts: the receiver's key against repeats.
    webhook_id: Uuid,
    /// When it is tried next; `null` where it is not.
    next_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
struct NoticeView {
    sequence: i64,
    #[serde(rename = "type")]
    kind: String,
    incident: Option<Uuid>,
    reason: String,
}

#[derive(Debug, Serialize)]
struct AttemptView {
    at: Timestamp,
    outcome: String,
    status: Option<i64>,
    latency_ms: i64,
    answer: String,
}

/// Newest first.
pub async fn list(
    sight: Sight,
    State(served): State<Served>,
    Params(asked): Params<Asked>,
) -> Result<Json<List<View>>, Problem> {
    let limit = limit(asked.limit)?;
    let state = asked.state.as_deref().map(state).transpose()?;
    let after = keyed(asked.cursor.as_deref())?;
    let found = served.app.store.deliveries(state, asked.incident, after, limit + 1).await?;
    let place = |delivery: &Delivery| format!("{}.{}", delivery.created_ms, delivery.id);
    Ok(Json(List::cut(found, limit, place, |delivery| view(delivery, sight))))
}

fn state(word: &str) -> Result<DeliveryState, Problem> {
    let wrong =
        || Problem::bad_request(format!("`state` is `{word}`; it must be due, sent, failed, dead or suppressed."));
    DeliveryState::named(word).ok_or_else(wrong)
}

pub async fn one(sight: Sight, State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    find(&served, id).await.map(|delivery| Json(view(delivery, sight)))
}

/// Makes it due again, whatever became of it.
pub async fn resend(_writer: Writer, State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    match find(&served, id).await?.state {
        DeliveryState::Suppressed => {
            return Err(Problem::conflict("Its recipient asked not to hear from this channel any more."));
        }
        DeliveryState::Due => return Err(Problem::conflict("It is on its way already.")),
        DeliveryState::Sent | DeliveryState::Failed | DeliveryState::Dead => {}
    }
    served.app.store.resend(id, clock::now_ms()).await?;
    served.app.outbox_grew.notify_one();
    find(&served, id).await.map(|delivery| Json(view(delivery, Sight::Whole)))
}

async fn find(served: &Served, id: Uuid) -> Result<Delivery, Problem> {
    let found = served.app.store.delivery(id).await?;
    found.ok_or_else(|| Problem::not_found(format!("There is no delivery {id}.")))
}

fn view(delivery: Delivery, sight: Sight) -> View {
    let at = |ms: i64| Timestamp::from_second(ms.div_euclid(1000));
    View {
        id: delivery.id,
        notice: NoticeView {
            sequence: delivery.sequence,
            kind: delivery.event,
            incident: delivery.subject,
            reason: delivery.reason,
        },
        channel: delivery.channel_name,
        kind: delivery.kind,
        recipient: Some(sight.recipient(delivery.recipient)).filter(|recipient| !recipient.is_empty()),
        state: delivery.state.word(),
        created_at: at(delivery.created_ms),
        next_at: (delivery.state == DeliveryState::Due).then(|| at(delivery.next_ms)),
        webhook_id: delivery.id,
        attempts: delivery.attempts.into_iter().map(|one| attempt(one, sight)).collect(),
    }
}

fn attempt(one: tocsin_store::Attempt, sight: Sight) -> AttemptView {
    AttemptView {
        at: one.at,
        outcome: one.outcome,
        status: one.status,
        latency_ms: one.latency_ms,
        answer: sight.answer(one.answer),
    }
}
