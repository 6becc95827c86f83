//! Follow: what a call changes, or time alone. A warning begins, becomes another, is told again or ends; the call and all
//! of it are stored together.

use std::collections::BTreeMap;

use tocsin_check::{Next, Said};
use tocsin_domain::alert::{Audience, Interest, Standing};
use tocsin_domain::call::Proof;
use tocsin_domain::step::Decided;
use tocsin_domain::warning::{CheckRef, Confidence, Raised, clear, raise};
use tocsin_domain::{
    Call, Component, ComponentRef, Health, HeardOf, Timestamp, Warning, WarningKind, ids, returned_to_warning,
};
use tocsin_store::{StoreError, Tried};
use tracing::{error, info, warn};
use uuid::Uuid;

use super::held_back;
use super::place::Made;
use crate::app::App;
use crate::checks::Watched;
use crate::checks::reading::read;
use crate::checks::state::{State, Tell};
use crate::clock;
use crate::work::asked;
use crate::work::commit::PendingTry;

/// Calls that a warning rests on.
const PROOF: usize = 3;
/// The same where calls are only poor.
const POOR_PROOF: usize = 5;

/// Makes a call and what follows from it true: it is read, compared with what was known, and what differs is decided.
/// Answers when to call next.
///
/// # Errors
/// If the store cannot be read or written: then nothing has happened.
pub async fn follow(app: &App, watched: &Watched, made: &mut Made) -> Result<Next, StoreError> {
    let _stepping = watched.stepping.lock().await;
    let now = clock::now();
    let mut state = watched.live(|live| live.state.clone());
    if !made.answered {
        state.unanswered();
    }
    if made.call.proof != Proof::Nothing {
        state.note_proof(Tell {
            at: made.call.at,
            passed: made.call.proof == Proof::Passed,
            verdict: made.call.verdict.clone(),
            codec: made.codec.clone(),
            why: made.call.why.clone(),
        });
    }
    let (said, next) = state.history.called(made.verdict, made.law);
    let known = state.open.as_ref().map(|open| open.warning.kind);
    let (says, components) = page(app, watched).await?;
    let reading = read(&watched.check, &state, made.call.proof, &made.call.why, &named(watched, &components));
    let audience = audience(app, watched);
    let mut warnings = Vec::new();
    let mut decided = Vec::new();
    match WarningKind::of(&reading) {
        found if found == known => {}
        Some(kind) => {
            let warning = warning(app, watched, &state, kind, says, &components, now);
            decided.push(raise(&mut state.open, warning, &components, &audience, now));
            warnings.extend(state.open.as_ref().map(|open| open.warning.clone()));
        }
        None => {
            let ended = clear(&mut state.open, "The last three calls passed.", &components, &audience, now);
            let (over, told): (Option<Warning>, Option<Decided>) = ended.unzip();
            warnings.extend(over);
            decided.extend(told);
        }
    }
    made.call.reading = Some(reading);
    commit(app, watched, state, Some(&made.call), warnings, decided).await?;
    report(watched, made, said, known);
    Ok(next)
}

/// Counts a call before it is made, so that nothing makes more of them than are allowed: no stop in the middle, and no
/// other check that begins at this moment. Answers why it may not be made.
///
/// # Errors
/// If the store cannot be written: then it is not to be made either.
pub async fn begin(app: &App, watched: &Watched) -> Result<Option<String>, StoreError> {
    let _counting = app.checks.counting.lock().await;
    let now = clock::now();
    if let Some(why) = held_back(app, watched, now) {
        return Ok(Some(why));
    }
    let _stepping = watched.stepping.lock().await;
    let mut state = watched.live(|live| live.state.clone());
    state.begin_call(now);
    commit(app, watched, state, None, Vec::new(), Vec::new()).await?;
    Ok(None)
}

/// Lets time alone speak of the warning that is open, or what somebody wishes of it now.
///
/// # Errors
/// If the store cannot be read or written: then nothing has happened.
pub async fn time(app: &App, watched: &Watched) -> Result<(), StoreError> {
    let _stepping = watched.stepping.lock().await;
    let mut state = watched.live(|live| live.state.clone());
    let before = state.open.clone();
    let Some(open) = &mut state.open else { return Ok(()) };
    let (_, components) = page(app, watched).await?;
    let decided = open.due(&components, &audience(app, watched), clock::now());
    if state.open == before && decided.is_empty() {
        return Ok(());
    }
    commit(app, watched, state, None, Vec::new(), decided).await
}

/// Tells a channel that is back how things stand with what the check warns of, and warned of until `ended`. Answers what
/// it was told of.
///
/// # Errors
/// If the store cannot be read or written: then nothing has happened.
pub async fn back(
    app: &App,
    watched: &Watched,
    ended: &[Warning],
    heard: &BTreeMap<Uuid, HeardOf>,
    audience: &Audience,
) -> Result<Vec<Uuid>, StoreError> {
    let _stepping = watched.stepping.lock().await;
    let now = clock::now();
    let (_, components) = page(app, watched).await?;
    let mut state = watched.live(|live| live.state.clone());
    let mut over: Vec<Raised> =
        ended.iter().map(|warning| Raised { warning: warning.clone(), standing: Standing::default() }).collect();
    let mut decided = Vec::new();
    for Raised { warning, standing } in state.open.iter_mut().chain(&mut over) {
        decided.extend(returned_to_warning(warning, standing, heard.get(&warning.id), &components, audience, now));
    }
    let told = decided.iter().filter_map(|one| Some(one.event.warning()?.id)).collect();
    if !decided.is_empty() {
        commit(app, watched, state, None, Vec::new(), decided).await?;
    }
    Ok(told)
}

/// Stores how the check stands now, and only then lets it stand so.
async fn commit(
    app: &App,
    watched: &Watched,
    state: State,
    call: Option<&Call>,
    warnings: Vec<Warning>,
    decided: Vec<Decided>,
) -> Result<(), StoreError> {
    let provider = watched.provider(&app.directory());
    let tried = Tried::unheard(watched.id, provider.slug.clone(), &state, call.cloned(), warnings);
    app.committer.commit_try(PendingTry { provider, tried, decided }).await?;
    watched.change(|live| {
        live.state = state;
        if let Some(call) = call {
            live.last = Some(call.clone());
        }
    });
    watched.stirred.notify_one();
    Ok(())
}

/// Who could hear of what the check finds.
pub fn audience(app: &App, watched: &Watched) -> Audience {
    app.directory().audience_of_check(watched.id, watched.check.provider.as_deref(), &watched.check.groups)
}

/// What people who run it hear of: the log.
fn report(watched: &Watched, made: &Made, said: Option<Said>, before: Option<WarningKind>) {
    let (check, verdict) = (watched.check.name.as_str(), made.call.verdict.as_str());
    let open = watched.live(|live| live.state.open.as_ref().map(|open| open.warning.clone()));
    match (&open, before) {
        (Some(warning), before) if before != Some(warning.kind) => warn!(check, verdict, "{}", warning.summary),
        (None, Some(_)) => info!(check, "calls pass again"),
        _ => {}
    }
    match said {
        Some(Said::ProbeIll) => error!(
            check,
            why = made.call.why,
            control = made.call.control,
            "the probe itself is ill: nothing is known of this line until it is well again"
        ),
        Some(Said::ProbeWell) => info!(check, "the probe is well again"),
        _ => info!(check, verdict, "called"),
    }
}

fn warning(
    app: &App,
    watched: &Watched,
    state: &State,
    kind: WarningKind,
    page_says: Option<Health>,
    components: &[Component],
    now: Timestamp,
) -> Warning {
    let most = if kind == WarningKind::PoorCalls { POOR_PROOF } else { PROOF };
    let rests_on: Vec<&Tell> = state.recent.iter().skip(state.recent.len().saturating_sub(most)).collect();
    let failed: Vec<&&Tell> = rests_on.iter().filter(|tell| !tell.passed).collect();
    let mut warning = Warning {
        id: ids::v7(now, &[b"warning", watched.id.as_bytes()]),
        kind,
        check: CheckRef { id: watched.id, slug: watched.check.slug.clone(), name: watched.check.name.clone() },
        provider: watched.check.provider.as_ref().map(|_| watched.provider(&app.directory())),
        components: named(watched, components),
        impact: kind.impact(),
        started_at: failed.first().map_or(now, |tell| tell.at),
        ended_at: None,
        page_says,
        evidence: Vec::new(),
        confidence: Confidence::of(failed.len(), rests_on.len()),
        summary: kind.summary().to_owned(),
        ended_because: None,
    };
    warning.evidence.extend(warning.page_word().map(|word| format!("{word}.")));
    warning.evidence.extend(rests_on.iter().rev().map(|tell| {
        let clock = tell.at.to_jiff().strftime("%H:%M:%S UTC");
        format!("{clock}, {}: {}", tell.codec, tell.why)
    }));
    warning.evidence.push(well(watched).to_owned());
    warning
}

/// Why none of it is the probe's own fault.
fn well(watched: &Watched) -> &'static str {
    match watched.check.agent {
        None => "Each time, a call to our own far end passed: the probe hears and is heard.",
        Some(_) => {
            "Each time, a call to our own far end passed, and the agent’s browser heard its own microphone: the probe \
             hears and is heard at both ends."
        }
    }
}

/// What the provider's pages say of what the check is about, and their components.
async fn page(app: &App, watched: &Watched) -> Result<(Option<Health>, Vec<Component>), StoreError> {
    let Some(provider) = &watched.check.provider else { return Ok((None, Vec::new())) };
    let components = asked::components(app, provider).await?;
    let interest = Interest(watched.check.components.clone());
    let ours = components.iter().filter(|one| !interest.is_all() && interest.picks_component(one));
    let of_ours = Health::worst(ours.map(|one| one.health));
    let whole = app.watch.pages().health(provider);
    Ok((of_ours.or(whole), components))
}

/// The components that a check names, as the page calls them.
fn named(watched: &Watched, components: &[Component]) -> Vec<ComponentRef> {
    let interest = Interest(watched.check.components.clone());
    let picked = components.iter().filter(|one| !interest.is_all() && interest.picks_component(one));
    let found: Vec<ComponentRef> =
        picked.map(|one| ComponentRef { id: one.id.clone(), name: one.name.clone() }).collect();
    if !found.is_empty() {
        return found;
    }
    // The page does not list them (yet): they are meant all the same.
    watched.check.components.iter().map(|name| ComponentRef { id: String::new(), name: name.clone() }).collect()
}
