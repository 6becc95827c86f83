//! `/silences`: what the team does not want to hear for a while.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tocsin_domain::Timestamp;
use tocsin_domain::alert::{Silence, Silenced};
use tocsin_store::StoreError;
use uuid::Uuid;

use super::params::{Body, Created, Id, List, Listed, Params};
use crate::access::{Sight, Writer};
use crate::app::App;
use crate::clock;
use crate::problem::Problem;
use crate::served::Served;
use crate::setup::wishes::silences;

#[derive(Debug, Serialize)]
pub struct View {
    id: Uuid,
    provider: String,
    /// Empty: all of it, or the one thing that is named.
    components: Vec<String>,
    incident: Option<Uuid>,
    maintenance: Option<Uuid>,
    warning: Option<Uuid>,
    since: Timestamp,
    /// `null`: until it ends.
    until: Option<Timestamp>,
    by: String,
    why: String,
}

/// Those that hold, newest first.
pub async fn list(
    sight: Sight,
    State(served): State<Served>,
    Params(asked): Params<Listed>,
) -> Result<Json<List<View>>, Problem> {
    let directory = served.app.directory();
    let now = clock::now();
    let rows: Vec<(&str, &Silence)> = directory.all_silences().filter(|(_, one)| one.holds(now)).collect();
    let Json(cut) = asked.page(rows.iter(), |(_, one)| one.id, |row| *row)?;
    let mut items = Vec::with_capacity(cut.items.len());
    for (provider, silence) in cut.items {
        items.push(view(&served.app, provider, silence, sight).await?);
    }
    Ok(Json(List { items, next_cursor: cut.next_cursor }))
}

pub async fn create(
    Writer(by): Writer,
    sight: Sight,
    State(served): State<Served>,
    Body(body): Body,
) -> Result<Created<View>, Problem> {
    let row = silences::mute(&served.app, &by, &body).await?;
    let view = view(&served.app, &row.provider, &row.silence, sight).await?;
    Ok(Created { at: format!("/api/v1/silences/{}", row.silence.id), view })
}

/// Ends it; what is still open and was held back is told at once.
pub async fn end(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<StatusCode, Problem> {
    silences::end(&served.app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn view(app: &App, provider: &str, silence: &Silence, sight: Sight) -> Result<View, StoreError> {
    let (components, subject) = match &silence.what {
        Silenced::Provider => (Vec::new(), None),
        Silenced::Components(interest) => (interest.0.clone(), None),
        Silenced::Subject(id) => (Vec::new(), Some(*id)),
    };
    let (mut maintenance, mut warning) = (None, None);
    if let Some(id) = subject {
        maintenance = app.store.maintenance(id).await?.map(|stored| stored.maintenance.id);
        warning = app.store.warning(id).await?.map(|warning| warning.id);
    }
    Ok(View {
        id: silence.id,
        provider: provider.to_owned(),
        components,
        incident: subject.filter(|_| maintenance.is_none() && warning.is_none()),
        maintenance,
        warning,
        since: silence.since,
        until: silence.until,
        by: sight.name(&silence.by),
        why: sight.note(&silence.why),
    })
}
