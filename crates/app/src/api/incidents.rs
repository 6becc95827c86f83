//! `/incidents`: what vendors said went wrong.

use axum::Json;
use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use tocsin_domain::promise::{self, Promise};
use tocsin_domain::{Edit, Incident, TimelineEntry, Timestamp, Was};
use tocsin_store::{IncidentFilter, StateFilter, StoredIncident};
use uuid::Uuid;

use super::acknowledgements;
use super::params::{Id, List, Params, keyed, limit};
use crate::access::Sight;
use crate::app::App;
use crate::clock;
use crate::problem::Problem;
use crate::served::Served;
use crate::setup;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    state: Option<String>,
    provider: Option<String>,
    /// Started at or after this, RFC 3339.
    since: Option<Timestamp>,
    limit: Option<i64>,
    cursor: Option<String>,
}

/// Newest first.
pub async fn list(
    sight: Sight,
    State(served): State<Served>,
    Params(asked): Params<Asked>,
) -> Result<Json<List<Value>>, Problem> {
    let limit = limit(asked.limit)?;
    let state = match asked.state.as_deref() {
        None | Some("all") => StateFilter::All,
        Some("open") => StateFilter::Open,
        Some("closed") => StateFilter::Closed,
        Some(other) => {
            return Err(Problem::bad_request(format!("`state` is `{other}`; it must be open, closed or all.")));
        }
    };
    let filter = IncidentFilter {
        state,
        provider: asked.provider,
        since: asked.since,
        after: keyed(asked.cursor.as_deref())?.map(|(at, id)| (Timestamp::from_second(at), id)),
        limit: limit + 1,
        samples: false,
    };
    let found = match state {
        StateFilter::Open => open(&served.app, filter).await?,
        StateFilter::Closed | StateFilter::All => served.app.store.incidents(&filter).await?,
    };
    let now = clock::now();
    Ok(Json(List::cut(found, limit, cursor, |stored| view(&served.app, &stored, now, sight))))
}

/// What is open on pages that are watched. Of the others nobody will learn the end: neither open nor over, they stand
/// among all only.
async fn open(app: &App, mut filter: IncidentFilter) -> Result<Vec<StoredIncident>, Problem> {
    let pages = app.watch.pages();
    let wanted = usize::try_from(filter.limit).unwrap_or(usize::MAX);
    let mut open = Vec::new();
    loop {
        let found = app.store.incidents(&filter).await?;
        let last = found.last().filter(|_| found.len() >= wanted).map(place);
        open.extend(found.into_iter().filter(|stored| pages.by_id(stored.page).is_some()));
        if open.len() >= wanted || last.is_none() {
            open.truncate(wanted);
            return Ok(open);
        }
        filter.after = last;
    }
}

/// The place in a list after which another page goes on.
pub fn cursor(stored: &StoredIncident) -> String {
    let (at, id) = place(stored);
    format!("{}.{id}", at.as_second())
}

fn place(stored: &StoredIncident) -> (Timestamp, Uuid) {
    (stored.incident.started_at.unwrap_or(stored.incident.first_seen_at), stored.incident.id)
}

pub async fn one(sight: Sight, State(served): State<Served>, Id(id): Id) -> Result<Json<Value>, Problem> {
    let found = served.app.store.incident(id).await?;
    let stored = found.ok_or_else(|| Problem::not_found(format!("There is no incident {id}.")))?;
    Ok(Json(view(&served.app, &stored, clock::now(), sight)))
}

fn view(app: &App, stored: &StoredIncident, now: Timestamp, sight: Sight) -> Value {
    let mut view = tocsin_channels::incident_of(&stored.incident, &stored.provider, now);
    let taken = setup::wishes::acknowledgements::of(app, &stored.provider, stored.incident.id);
    view["acknowledged"] = json!(taken.map(|one| acknowledgements::View::new(&one, sight)));
    view["candour"] = candour(&stored.incident, now);
    view["edits"] = stored.incident.edits.iter().map(edit).collect();
    if stored.incident.left_out > 0 {
        view["left_out"] = json!(stored.incident.left_out);
    }
    let promises = promise::of(&stored.incident);
    let updates = stored.incident.updates.iter().zip(&promises);
    for (shown, (update, promise)) in view["updates"].as_array_mut().into_iter().flatten().zip(updates) {
        shown["backdated"] = json!(update.backdated);
        shown["unlisted_since"] = json!(update.unlisted_since);
        shown["promise"] = promise.map_or(Value::Null, |one| promised(one, now));
    }
    view
}

/// What an incident said of itself before.
fn edit(edit: &Edit) -> Value {
    let (field, before) = match &edit.was {
        Was::Title(title) => ("title", json!(title)),
        Was::Impact(impact) => ("impact", json!(impact)),
        Was::StartedAt(at) => ("started_at", json!(at)),
        Was::ResolvedAt(at) => ("resolved_at", json!(at)),
        Was::Components(components) => ("components", json!(components)),
    };
    json!({ "seen_at": edit.seen_at, "field": field, "before": before })
}

/// When the next word was promised, and what became of that.
fn promised(promise: Promise, now: Timestamp) -> Value {
    json!({ "by": promise.by, "came_at": promise.came, "late_s": promise.late_s(now) })
}

/// What our own records add to the vendor's word; `null` where they cannot tell.
fn candour(incident: &Incident, now: Timestamp) -> Value {
    let promises: Vec<Promise> = promise::of(incident).into_iter().flatten().collect();
    let texts: usize = incident.updates.iter().map(TimelineEntry::times_changed).sum();
    let count = |such: &dyn Fn(&TimelineEntry) -> bool| incident.updates.iter().filter(|update| such(update)).count();
    json!({
        "detection_s": incident.detection_s(),
        "spoke_first": if incident.imported { Value::Null } else if incident.pushed_at.is_some() { json!("push") } else { json!("poll") },
        "edits": texts + incident.times_changed(),
        "backdated": count(&|update| update.backdated),
        "removed": count(&|update| update.unlisted_since.is_some()),
        "promises": promises.len(),
        "promises_broken": promises.iter().filter(|promise| promise.late_s(now).is_some()).count(),
        "end_inferred": incident.inferred,
        "sample": incident.sample,
    })
}
