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
    /// Those to this board.
    board: Option<Uuid>,
    limit: Option<i64>,
    cursor: Option<Uuid>,
}

#[derive(Debug, Serialize)]
pub struct View {
    id: Uuid,
    /// One of them says what it is to.
    provider: Option<String>,
    board: Option<Uuid>,
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
    let target = match (asked.provider, asked.board) {
        (Some(_), Some(_)) => {
            return Err(Problem::bad_request("Name a provider or a board: a subscription is to one of them."));
        }
        (provider, board) => provider.map(Target::Provider).or(board.map(Target::Board)),
    };
    let found = served.app.store.subscriptions(target.as_ref(), asked.cursor, limit + 1).await?;
    let view = |one: Subscription| View {
        id: one.id,
        provider: if let Target::Provider(slug) = &one.target { Some(slug.clone()) } else { None },
        board: if let Target::Board(id) = one.target { Some(id) } else { None },
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
