//! `/subscriptions`: who is told without an account. Strangers may read much here, but not who else does.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tocsin_domain::Timestamp;
use tocsin_store::{Subscription, Target};
use uuid::Uuid;

use super::params::{Id, List, Params, limit};
use crate::access::{Sight, Writer};
use crate::problem::Problem;
use crate::served::Served;
use crate::subscribing;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Those to this provider.
    provider: Option<String>,
    limit: Option<i64>,
    cursor: Option<Uuid>,
}

#[derive(Debug, Serialize)]
pub struct View {
    id: Uuid,
    provider: String,
    kind: String,
    /// Where it is sent.
    address: String,
    /// Why it hears nothing just now; `null` where it does.
    rests: Option<&'static str>,
    created_at: Timestamp,
}

/// Newest first.
pub async fn list(
    sight: Sight,
    State(served): State<Served>,
    Params(asked): Params<Asked>,
) -> Result<Json<List<View>>, Problem> {
    if sight == Sight::Cut {
        return Err(Problem::unauthorised("Sign in, or send an API token, to see who subscribes."));
    }
    let limit = limit(asked.limit)?;
    let target = asked.provider.map(Target::Provider);
    let found = served.app.store.subscriptions(target.as_ref(), asked.cursor, limit + 1).await?;
    let view = |one: Subscription| View {
        id: one.id,
        provider: one.target.name().to_owned(),
        address: subscribing::address(&one),
        rests: subscribing::rests(&served.app, &one),
        kind: one.kind,
        created_at: one.created_at,
    };
    Ok(Json(List::cut(found, limit, |one| one.id.to_string(), view)))
}

/// Ends it; nothing more is sent there.
pub async fn remove(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<StatusCode, Problem> {
    let gone = || Problem::not_found(format!("There is no subscription {id}."));
    let subscription = served.app.store.subscription(id).await?.ok_or_else(gone)?;
    if !subscribing::end(&served.app, &subscription).await? {
        return Err(gone());
    }
    Ok(StatusCode::NO_CONTENT)
}
