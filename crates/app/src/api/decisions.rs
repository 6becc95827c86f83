//! `/decisions`: why a notice was or was not sent.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use tocsin_domain::Timestamp;
use tocsin_store::StoredDecision;
use uuid::Uuid;

use super::params::{List, Params, limit};
use crate::problem::Problem;
use crate::served::Served;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    incident: Option<Uuid>,
    limit: Option<i64>,
    cursor: Option<i64>,
}

/// One decision as the contract's section 6 shows it.
#[derive(Debug, Serialize)]
pub struct View {
    incident: Option<Uuid>,
    change: String,
    at: Timestamp,
    sequence: i64,
    monitor: Uuid,
    group: String,
    /// `null` where the group has no channel.
    channel: Option<String>,
    told: bool,
    reason: ReasonView,
}

#[derive(Debug, Serialize)]
struct ReasonView {
    code: String,
    text: String,
}

/// Newest first.
pub async fn list(State(served): State<Served>, Params(asked): Params<Asked>) -> Result<Json<List<View>>, Problem> {
    let limit = limit(asked.limit)?;
    let found = served.app.store.decisions(asked.incident, None, asked.cursor, limit + 1).await?;
    Ok(Json(List::cut(found, limit, |decision| decision.id.to_string(), view)))
}

fn view(decision: StoredDecision) -> View {
    View {
        incident: decision.incident,
        change: decision.change,
        at: decision.at,
        sequence: decision.sequence,
        monitor: decision.monitor,
        group: decision.group_name,
        channel: decision.channel_name,
        told: decision.told,
        reason: ReasonView { code: decision.code, text: decision.text },
    }
}
