//! `/deliveries`: what went out, attempt by attempt.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tocsin_domain::Timestamp;
use tocsin_store::{ChannelRow, Delivery, DeliveryFilter, DeliveryState, Target};
use uuid::Uuid;

use super::params::{Body, Id, List, Params, keyed, limit};
use crate::access::{Sight, Writer};
use crate::clock;
use crate::directory::Directory;
use crate::problem::Problem;
use crate::served::Served;
use crate::setup::channels;
use crate::subscribing;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// `due`, `sent`, `failed`, `dead` or `suppressed`.
    state: Option<String>,
    /// Those about this incident or maintenance.
    incident: Option<Uuid>,
    /// Those to this channel: its id or its name.
    channel: Option<String>,
    /// Those made at this time or later.
    since: Option<String>,
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
    /// Why it ended so, where the attempts do not say.
    why: Option<String>,
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
    let channel = asked.channel.as_deref().map(|name| named(&served.app.directory(), name)).transpose()?;
    let since_ms = asked.since.as_deref().map(since).transpose()?;
    let filter = DeliveryFilter {
        state,
        subject: asked.incident,
        channel: channel.map(|row| row.id),
        // Who subscribed is nobody else's business.
        to_team: sight == Sight::Cut,
        since_ms,
        after,
        limit: limit + 1,
    };
    let found = served.app.store.deliveries(&filter).await?;
    let place = |delivery: &Delivery| format!("{}.{}", delivery.created_ms, delivery.id);
    let directory = served.app.directory();
    Ok(Json(List::cut(found, limit, place, |delivery| view(&directory, delivery, sight))))
}

fn state(word: &str) -> Result<DeliveryState, Problem> {
    let wrong =
        || Problem::bad_request(format!("`state` is `{word}`; it must be due, sent, failed, dead or suppressed."));
    DeliveryState::named(word).ok_or_else(wrong)
}

fn named(directory: &Directory, name: &str) -> Result<ChannelRow, Problem> {
    let by_id = Uuid::parse_str(name).ok().and_then(|id| directory.channel(id));
    let found = by_id.or_else(|| directory.channels().find(|row| row.name == name)).cloned();
    found.ok_or_else(|| Problem::bad_request(format!("`channel` is `{name}`; there is no channel of this id or name.")))
}

/// Milliseconds since 1970.
fn since(text: &str) -> Result<i64, Problem> {
    let at: Result<Timestamp, _> = text.parse();
    let wrong = || Problem::bad_request(format!("`since` is `{text}`; write a time like 2026-02-20T22:00:00Z."));
    at.map(|at| at.as_second() * 1000).map_err(|_| wrong())
}

pub async fn one(sight: Sight, State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    let delivery = find(&served, id).await?;
    if sight == Sight::Cut && Target::of_channel(&delivery.channel_name).is_some() {
        return Err(Problem::not_found(format!("There is no delivery {id}.")));
    }
    Ok(Json(view(&served.app.directory(), delivery, sight)))
}

/// Makes it due again, whatever became of it.
pub async fn resend(_writer: Writer, State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    let delivery = find(&served, id).await?;
    let is_left = Target::of_channel(&delivery.channel_name).is_some()
        && served.app.store.subscription(delivery.channel).await?.is_none();
    if is_left {
        return Err(Problem::conflict("Whoever subscribed has left."));
    }
    if served.app.directory().is_suppressed(delivery.team, &delivery.channel_name, &delivery.recipient) {
        return Err(Problem::conflict("Its recipient does not want to hear from this channel any more."));
    }
    let under_way = || Problem::conflict("It is on its way already.");
    if delivery.state == DeliveryState::Due || !served.app.store.resend(id, clock::now_ms()).await? {
        return Err(under_way());
    }
    served.app.outbox_grew.notify_one();
    find(&served, id).await.map(|delivery| Json(view(&served.app.directory(), delivery, Sight::Whole)))
}

/// Makes due again what a channel refused, or what was given up, of everything made since a time. Answers how many.
pub async fn resend_missed(
    _writer: Writer,
    State(served): State<Served>,
    Id(id): Id,
    Body(body): Body,
) -> Result<Json<Value>, Problem> {
    let app = &served.app;
    let channel = channels::find(&app.directory(), id)?.id;
    let wanted = || Problem::bad_request("The body must be like {\"since\": \"2026-02-20T22:00:00Z\"}.");
    let text = body.get("since").and_then(Value::as_str).ok_or_else(wanted)?;
    let resent = app.store.resend_missed(channel, since(text)?, clock::now_ms()).await?;
    app.outbox_grew.notify_one();
    Ok(Json(json!({ "resent": resent })))
}

async fn find(served: &Served, id: Uuid) -> Result<Delivery, Problem> {
    let found = served.app.store.delivery(id).await?;
    found.ok_or_else(|| Problem::not_found(format!("There is no delivery {id}.")))
}

fn view(directory: &Directory, delivery: Delivery, sight: Sight) -> View {
    let at = |ms: i64| Timestamp::from_second(ms.div_euclid(1000));
    View {
        id: delivery.id,
        notice: NoticeView {
            sequence: delivery.sequence,
            kind: delivery.event,
            incident: delivery.subject,
            reason: delivery.reason,
        },
        channel: subscribing::channel_title(directory, delivery.channel_name),
        kind: delivery.kind,
        recipient: Some(sight.recipient(delivery.recipient)).filter(|recipient| !recipient.is_empty()),
        state: delivery.state.word(),
        why: delivery.why.map(|why| sight.answer(why)),
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
