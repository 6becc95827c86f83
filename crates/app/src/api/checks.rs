//! `/checks` and `/warnings`: tests of our own, their calls, and what they warn of.

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tocsin_domain::{Call, Health, Reading, Timestamp, Warning};
use tocsin_store::WarningFilter;
use uuid::Uuid;

use super::acknowledgements;
use super::params::{Id, List, Listed, Params, keyed, limit};
use crate::access::{Sight, Writer};
use crate::app::App;
use crate::checks::{OWN, Watched};
use crate::problem::Problem;
use crate::served::Served;
use crate::setup::wishes;
use crate::{clock, work};

/// A check as it is shown.
#[derive(Debug, Serialize)]
pub struct View {
    id: Uuid,
    slug: String,
    name: String,
    kind: &'static str,
    target: String,
    interval_s: i64,
    provider: Option<String>,
    components: Vec<String>,
    groups: Vec<String>,
    records: bool,
    health: Health,
    reason: Option<String>,
    reading: Reading,
    calling: bool,
    next_at: Option<Timestamp>,
    last_call: Option<Value>,
    warning: Option<Value>,
}

impl View {
    fn new(app: &App, watched: &Watched, sight: Sight) -> Self {
        let check = &watched.check;
        watched.live(|live| {
            let (health, reason) = live.health(check);
            Self {
                id: watched.id,
                slug: check.slug.clone(),
                name: check.name.clone(),
                kind: check.kind.word(),
                target: sight.recipient(check.target.to_string()),
                interval_s: check.interval_s,
                provider: check.provider.clone(),
                components: check.components.clone(),
                groups: check.groups.clone(),
                records: check.line.record,
                health,
                reason,
                reading: live.reading(check),
                calling: live.is_calling,
                next_at: live.next_at,
                last_call: live.last.as_ref().map(call_of),
                warning: live.state.open.as_ref().map(|open| warning_of(app, &open.warning, sight)),
            }
        })
    }
}

/// A call as it is shown.
#[must_use]
pub fn call_of(call: &Call) -> Value {
    json!({
        "id": call.id,
        "at": call.at,
        "lasted_ms": call.lasted_ms,
        "verdict": call.verdict,
        "proof": call.proof,
        "why": call.why,
        "trouble": call.trouble,
        "offered": call.offered,
        "control": call.control,
        "measures": call.measures,
        "ladder": call.ladder,
        "recorded": call.recorded,
        "reading": call.reading,
    })
}

/// As other lists are: by id, the last first.
pub async fn list(
    sight: Sight,
    State(served): State<Served>,
    Params(listed): Params<Listed>,
) -> Result<Json<List<View>>, Problem> {
    listed.page(served.app.checks.iter(), |watched| watched.id, |watched| View::new(&served.app, watched, sight))
}

/// # Errors
/// If there is none of that id.
pub fn find<'a>(app: &'a App, id: &str) -> Result<&'a Watched, Problem> {
    let found = app.checks.find(id);
    found.map(AsRef::as_ref).ok_or_else(|| Problem::not_found(format!("There is no check {id}.")))
}

pub async fn one(sight: Sight, State(served): State<Served>, Path(id): Path<String>) -> Result<Json<View>, Problem> {
    Ok(Json(View::new(&served.app, find(&served.app, &id)?, sight)))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    limit: Option<i64>,
    cursor: Option<String>,
}

fn place(at: Timestamp, id: Uuid) -> String {
    format!("{}.{id}", at.as_second())
}

/// Newest first.
pub async fn calls(
    State(served): State<Served>,
    Path(id): Path<String>,
    Params(asked): Params<Asked>,
) -> Result<Json<List<Value>>, Problem> {
    let check = find(&served.app, &id)?.id;
    let limit = limit(asked.limit)?;
    let before = keyed(asked.cursor.as_deref())?.map(|(at, id)| (Timestamp::from_second(at), id));
    let found = served.app.store.calls(check, before, limit + 1).await?;
    Ok(Json(List::cut(found, limit, |call| place(call.at, call.id), |call| call_of(&call))))
}

/// Calls now, instead of waiting for its turn; what comes of it counts as any other call does.
pub async fn run(
    _: Writer,
    State(served): State<Served>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<Value>), Problem> {
    let watched = find(&served.app, &id)?;
    call_now(&served.app, watched)?;
    Ok((StatusCode::ACCEPTED, Json(json!({ "check": watched.id, "calling": true }))))
}

/// # Errors
/// If a call is under way, or none is allowed.
pub fn call_now(app: &App, watched: &Watched) -> Result<(), Problem> {
    if watched.live(|live| live.is_calling) {
        return Err(Problem::conflict("A call of this check is under way; wait for its end."));
    }
    if let Some(why) = work::check::held_back(app, watched, clock::now()) {
        return Err(Problem::too_many(why));
    }
    watched.wanted.notify_one();
    Ok(())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    state: Option<String>,
    provider: Option<String>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Newest first.
pub async fn warnings(
    sight: Sight,
    State(served): State<Served>,
    Params(asked): Params<Wanted>,
) -> Result<Json<List<Value>>, Problem> {
    let limit = limit(asked.limit)?;
    let open = match asked.state.as_deref() {
        None | Some("all") => None,
        Some("open") => Some(true),
        Some("closed") => Some(false),
        Some(other) => {
            return Err(Problem::bad_request(format!("`state` is `{other}`; it must be open, closed or all.")));
        }
    };
    let before = keyed(asked.cursor.as_deref())?.map(|(at, id)| (Timestamp::from_second(at), id));
    let filter = WarningFilter { open, provider: asked.provider, check: None, before, limit: limit + 1 };
    let found = served.app.store.warnings(&filter).await?;
    let cursor = |warning: &Warning| place(warning.started_at, warning.id);
    Ok(Json(List::cut(found, limit, cursor, |warning| warning_of(&served.app, &warning, sight))))
}

pub async fn warning(sight: Sight, State(served): State<Served>, Id(id): Id) -> Result<Json<Value>, Problem> {
    let found = served.app.store.warning(id).await?;
    let warning = found.ok_or_else(|| Problem::not_found(format!("There is no warning {id}.")))?;
    Ok(Json(warning_of(&served.app, &warning, sight)))
}

/// With who takes care of it.
fn warning_of(app: &App, warning: &Warning, sight: Sight) -> Value {
    let slug = warning.provider.as_ref().map_or(OWN, |provider| provider.slug.as_str());
    let taken = wishes::acknowledgements::of(app, slug, warning.id);
    let mut view = tocsin_channels::warning_of(warning);
    view["acknowledged"] = json!(taken.map(|one| acknowledgements::View::new(&one, sight)));
    view
}
