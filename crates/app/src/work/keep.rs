//! Keep: what a page's next step starts from, and how what follows from it becomes true.

use tocsin_domain::compare::{Recalled, recall, strange_works, strangers};
use tocsin_domain::step::Decided;
use tocsin_domain::{Health, PageState, Reading, Step, Timestamp};
use tocsin_store::{Observation, Packed, PayloadRow, StoreError};
use uuid::Uuid;

use super::commit::Pending;
use super::watch::Page;
use crate::app::App;

/// That a page was looked at is written down this often (seconds); far more often than a gap in it would be one.
const COVER_EVERY_S: i64 = 5 * 60;

/// What we remember of a page, up to the last time that it was proven unchanged.
///
/// # Errors
/// If the store cannot be read.
pub async fn load(app: &App, page: &Page) -> Result<PageState, StoreError> {
    let known = match page.with(|live| live.state.take()) {
        Some(known) => Some(*known),
        None => app.store.page_state(page.id).await?,
    };
    let Some(mut state) = known else {
        return Ok(PageState::new(page.id.to_string(), page.address.url.as_str()));
    };
    if let Some(at) = page.with(|live| live.read_at).filter(|at| Some(*at) > state.read_at) {
        state.still_says_so(at);
    }
    Ok(state)
}

/// The incidents that the next step needs whole. What the reading tells of and `state` does not hold may have been known
/// once, or under another id: it keeps its record.
///
/// # Errors
/// If the store cannot be read.
pub async fn recalled(
    app: &App,
    page: &Page,
    state: &mut PageState,
    reading: Option<&Reading>,
    now: Timestamp,
) -> Result<Recalled, StoreError> {
    let wanted = recall(state, reading, now).into_iter();
    let ids: Vec<_> = wanted.filter_map(|id| state.incidents.get(&id).map(|trace| (id, trace.id))).collect();
    let mut recalled = Recalled::new();
    if !ids.is_empty() {
        let incidents = app.store.recall(&ids).await?;
        recalled.extend(incidents.into_iter().map(|incident| (incident.vendor_id.clone(), incident)));
    }
    let Some(reading) = reading else { return Ok(recalled) };
    let unknown = strangers(state, reading);
    if !unknown.is_empty() {
        recalled.extend(app.store.known_as(page.id, &unknown).await?);
    }
    let unknown = strange_works(state, reading);
    if !unknown.is_empty() {
        app.store.works_of(page.id, &unknown).await?.into_iter().for_each(|work| state.remember_work(work));
    }
    Ok(recalled)
}

/// Hands a step to the committer and waits until it is true. `said` is the health that was read, if any was.
///
/// # Errors
/// What the store said; nothing of it is true then.
pub async fn commit(
    app: &App,
    page: &Page,
    mut next: Step,
    said: Option<Health>,
    payloads: Vec<PayloadRow>,
    now: Timestamp,
) -> Result<(), StoreError> {
    let observation = observed(page, &mut next, now);
    let looks = if said.is_some() { looks(page, now) } else { Vec::new() };
    let covered = !looks.is_empty();
    hand_in(app, page, Observation { said, looks, payloads, ..observation }, next.decided).await?;
    if covered {
        page.with(|live| live.covered_at = Some(now));
    }
    Ok(())
}

/// The looks at a page that are due to be written down: this one and the last before it, which may end a span.
fn looks(page: &Page, now: Timestamp) -> Vec<Timestamp> {
    let (covered_at, read_at) = page.with(|live| (live.covered_at, live.read_at));
    if covered_at.is_some_and(|at| now.since(at) < COVER_EVERY_S) {
        return Vec::new();
    }
    read_at.into_iter().chain([now]).collect()
}

/// The same where nothing was read: somebody asked, through this monitor, to be told of what is open.
///
/// # Errors
/// What the store said; nothing of it is true then.
pub async fn commit_asked(
    app: &App,
    page: &Page,
    mut next: Step,
    asked_by: Uuid,
    now: Timestamp,
) -> Result<(), StoreError> {
    let observation = observed(page, &mut next, now);
    hand_in(app, page, Observation { asked_by: Some(asked_by), ..observation }, next.decided).await
}

/// What a step makes true, apart from what was read for it and what is decided about it.
fn observed(page: &Page, next: &mut Step, now: Timestamp) -> Observation {
    let (memory, validators) = page.with(|live| live.kept.stored());
    Observation {
        page: page.id,
        provider: page.provider.slug.clone(),
        at: now,
        wake_at: next.wake_at,
        memory,
        validators,
        said: None,
        looks: Vec::new(),
        payloads: Vec::new(),
        incidents: std::mem::take(&mut next.incidents),
        maintenances: std::mem::take(&mut next.maintenances),
        healths: std::mem::take(&mut next.healths),
        packed: Packed::json(&next.state),
        state: std::mem::take(&mut next.state),
        events: Vec::new(),
        decisions: Vec::new(),
        outbox: Vec::new(),
        kept: Vec::new(),
        circulars: Vec::new(),
        told_along: Vec::new(),
        asked_by: None,
    }
}

async fn hand_in(app: &App, page: &Page, observation: Observation, decided: Vec<Decided>) -> Result<(), StoreError> {
    let pending = Pending { provider: page.provider.clone(), observation, decided };
    let observation = app.committer.commit(pending).await?;
    page.follow(observation.state, observation.wake_at);
    Ok(())
}
