//! `/checks/{id}`: a test of our own, its calls, and what was said in them.

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tocsin_domain::alert::Interest;
use tocsin_domain::{Component, Health, Timestamp};
use tocsin_pages::check::{self, Check, Facts};
use tocsin_pages::wishes::OfOne;
use tocsin_store::{StoreError, WarningFilter};
use uuid::Uuid;

use super::forms::{Fields, Member, see};
use super::wished::Wished;
use super::wishes::{self, Placed};
use super::{MayWrite, Trouble, chrome, html};
use crate::access::Sight;
use crate::api;
use crate::api::params::keyed;
use crate::app::App;
use crate::checks::Watched;
use crate::clock;
use crate::served::Served;
use crate::setup::Refusal;
use crate::setup::wishes::lasting::Lasting;
use crate::work::asked;
use crate::work::check::recordings;

/// Calls on a page.
const CALLS: usize = 20;
/// Warnings of the past on it.
const PAST: i64 = 5;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The calls go on after this one.
    before: String,
}

pub async fn page(
    sight: Sight,
    may: MayWrite,
    State(served): State<Served>,
    Path(id): Path<String>,
    Query(asked): Query<Asked>,
) -> Response {
    match facts(&served.app, &id, &asked.before, (sight, may.0)).await {
        Ok(facts) => html(StatusCode::OK, check::render(&facts)),
        Err(error) => error.page(&served.app),
    }
}

async fn facts(app: &App, id: &str, before: &str, (sight, may_write): (Sight, bool)) -> Result<Facts, Trouble> {
    let watched = app.checks.find(id).ok_or(Trouble::NotFound)?;
    let now = clock::now();
    let before = keyed(Some(before).filter(|before| !before.is_empty())).ok().flatten();
    let before = before.map(|(at, id)| (Timestamp::from_second(at), id));
    let mut calls = app.store.calls(watched.id, before, CALLS as i64 + 1).await?;
    let more = calls.len() > CALLS;
    calls.truncate(CALLS);
    let cursor = calls.last().filter(|_| more).map(|last| format!("{}.{}", last.at.as_second(), last.id));
    let filter = WarningFilter { open: Some(false), check: Some(watched.id), limit: PAST, ..WarningFilter::default() };
    let past = app.store.warnings(&filter).await?;
    let mut heard = Vec::new();
    for call in calls.iter().filter(|call| call.recorded && sight == Sight::Whole) {
        let path = recordings::path(&app.config.recordings, call.id, "heard");
        if tokio::fs::try_exists(&path).await.unwrap_or(false) {
            heard.push(call.id);
        }
    }
    let declared = &watched.check;
    let directory = app.directory();
    let live = watched.live(Clone::clone);
    let (health, reason) = live.health(declared);
    let wished = Wished { directory: &directory, sight, now };
    Ok(Facts {
        chrome: chrome(app),
        now,
        name: declared.name.clone(),
        slug: declared.slug.clone(),
        target: sight.recipient(declared.target.to_string()),
        agent_at: declared.agent.as_ref().map(|seat| sight.recipient(seat.site.shown().to_owned())),
        interval_s: declared.interval_s,
        groups: declared.groups.clone(),
        components: declared.components.clone(),
        provider: declared.provider.as_ref().map(|_| watched.provider(&directory)),
        page_says: page_says(app, watched).await?,
        health,
        reason,
        is_calling: live.is_calling,
        next_at: live.next_at,
        wishes: match &live.state.open {
            Some(open) => wished.warning(&open.warning, &page_parts(app, watched).await?),
            None => OfOne::default(),
        },
        warning: live.state.open.map(|open| open.warning),
        past,
        earlier: cursor.map(|cursor| check::earlier(&declared.slug, &cursor)),
        calls,
        heard,
        may_write,
        records: declared.line.record,
    })
}

/// The components that the provider's page lists.
async fn page_parts(app: &App, watched: &Watched) -> Result<Vec<Component>, StoreError> {
    match &watched.check.provider {
        Some(provider) => asked::components(app, provider).await,
        None => Ok(Vec::new()),
    }
}

/// What the provider's page says of what the check is about.
async fn page_says(app: &App, watched: &Watched) -> Result<Option<Health>, StoreError> {
    let Some(provider) = &watched.check.provider else { return Ok(None) };
    let interest = Interest(watched.check.components.clone());
    let whole = app.watch.pages().health(provider);
    if interest.is_all() {
        return Ok(whole);
    }
    let components = page_parts(app, watched).await?;
    let ours = components.iter().filter(|one| interest.picks_component(one)).map(|one| one.health);
    Ok(Health::worst(ours).or(whole))
}

/// Whoever is signed in lets it call now.
pub async fn run(Member(_): Member, State(served): State<Served>, Path(id): Path<String>) -> Response {
    let Some(watched) = served.app.checks.find(&id) else { return Trouble::NotFound.page(&served.app) };
    // Whoever presses twice, or too often, sees on the page why nothing happens.
    drop(api::checks::call_now(&served.app, watched));
    see(&check::path(&watched.check.slug))
}

/// The warning that is open at a check.
fn placed(app: &App, id: &str) -> Placed {
    let watched = app.checks.find(id).ok_or_else(|| Refusal::Unknown(format!("There is no check `{id}`.")))?;
    let open = watched.live(|live| live.state.open.as_ref().map(|open| open.warning.clone()));
    let warning = open.ok_or_else(|| Refusal::Conflict("This check warns of nothing any more.".to_owned()))?;
    Ok((Lasting::Warning(Box::new(warning)), check::path(&watched.check.slug)))
}

pub async fn acknowledge(Member(who): Member, State(served): State<Served>, Path(id): Path<String>) -> Response {
    wishes::acknowledge(&served.app, &who.user.name, placed(&served.app, &id)).await
}

pub async fn take_back(_: Member, State(served): State<Served>, Path(id): Path<String>, fields: Fields) -> Response {
    wishes::take_back(&served.app, placed(&served.app, &id), &fields).await
}

pub async fn mute(
    Member(who): Member,
    State(served): State<Served>,
    Path(id): Path<String>,
    fields: Fields,
) -> Response {
    wishes::mute(&served.app, &who.user.name, placed(&served.app, &id), &fields).await
}

/// One side of a call, to be heard by those who belong here.
pub async fn recording(
    sight: Sight,
    State(served): State<Served>,
    Path((id, call, file)): Path<(String, Uuid, String)>,
) -> Response {
    let found = async {
        let watched = served.app.checks.find(&id)?;
        let side = file.strip_suffix(".wav").filter(|side| recordings::SIDES.contains(side))?;
        let call = served.app.store.call(call).await.ok().flatten()?;
        let is_ours = call.check == watched.id && call.recorded && sight == Sight::Whole;
        let path = is_ours.then(|| recordings::path(&served.app.config.recordings, call.id, side))?;
        tokio::fs::read(path).await.ok()
    };
    match found.await {
        Some(bytes) => {
            let headers = [(header::CONTENT_TYPE, "audio/wav"), (header::CACHE_CONTROL, "private, no-store")];
            (headers, bytes).into_response()
        }
        None => Trouble::NotFound.page(&served.app),
    }
}

/// Checks in a list.
pub fn listed<'a>(app: &App, checks: impl Iterator<Item = &'a std::sync::Arc<Watched>>) -> Vec<Check> {
    let directory = app.directory();
    let one = |watched: &std::sync::Arc<Watched>| {
        let (health, reason, last) = watched.live(|live| {
            let (health, reason) = live.health(&watched.check);
            (health, reason, live.last.clone())
        });
        Check {
            name: watched.check.name.clone(),
            slug: watched.check.slug.clone(),
            provider: watched.check.provider.as_ref().map(|_| watched.provider(&directory)),
            health,
            reason,
            last,
        }
    };
    checks.map(one).collect()
}
