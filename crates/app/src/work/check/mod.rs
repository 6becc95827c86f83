//! Checks: when it is time, or somebody asks, a call is made, and what it proves is followed up.

pub mod follow;
mod gone;
pub mod place;
pub mod recordings;

use std::sync::Arc;
use std::time::Duration;

use tocsin_check::Next;
use tocsin_domain::warning::Raised;
use tocsin_domain::{Timestamp, ids};
use tocsin_store::StoreError;
use tokio::task::JoinSet;
use tracing::{error, warn};

use crate::app::App;
use crate::checks::Watched;
use crate::checks::state::State;
use crate::clock;

/// After a start the checks begin within this time (seconds), one after the other.
const SPREAD_S: i64 = 5;
/// A store that failed is left alone for so long (seconds).
const TROUBLE_S: i64 = 5;
const UNSTORED: &str = "Its calls cannot be stored, so they prove nothing; the log says why.";
/// What waits for its time is looked at this often, and no more often than this.
const LOOK_EVERY: Duration = Duration::from_secs(5);
const LOOK_SOON: Duration = Duration::from_millis(100);
/// Old calls are let go of after so many new ones.
const PRUNE_EVERY: u32 = 50;

/// Calls until told to stop; calls under way are ended then.
pub async fn run(app: Arc<App>) {
    if let Err(error) = gone::end(&app).await {
        app.pulse.store_failed(&error);
        warn!(%error, "warnings of checks that are gone could not be ended; the next start tries again");
    }
    let mut calling = JoinSet::new();
    for watched in app.checks.iter() {
        let (with, what) = (Arc::clone(&app), Arc::clone(watched));
        calling.spawn(async move { calls(&with, &what).await });
        let (with, what) = (Arc::clone(&app), Arc::clone(watched));
        calling.spawn(async move { waits(&with, &what).await });
    }
    while let Some(ended) = calling.join_next().await {
        if let Err(error) = ended {
            error!(%error, "a check stopped by a fault of ours");
        }
    }
}

/// What is remembered of every check from before the start; nobody is to see one without it.
///
/// # Errors
/// If the store cannot be read.
pub async fn recall(app: &App) -> Result<(), StoreError> {
    for watched in app.checks.iter() {
        let state: Option<State> = app.store.check_state(watched.id).await?;
        let last = app.store.calls(watched.id, None, 1).await?.into_iter().next();
        watched.change(|live| {
            live.state = state.unwrap_or_default();
            live.last = last;
            live.read_again(&watched.check);
        });
    }
    Ok(())
}

async fn calls(app: &App, watched: &Watched) {
    let mut due = first(watched);
    let mut laws = place::laws(&watched.check);
    for turn in 1_u32.. {
        watched.change(|live| live.next_at = Some(due));
        if !wait(app, watched, due).await {
            return;
        }
        let began = clock::now();
        let in_turn = began.plus(spaced(watched, turn));
        let next = match call(app, watched, &laws).await {
            Ok(Came::Called(next)) => next,
            Ok(Came::HeldBack) => {
                gauge(watched);
                due = in_turn;
                continue;
            }
            Ok(Came::Stopped) => return,
            Err(error) => {
                app.pulse.store_failed(&error);
                warn!(check = watched.check.name, %error, "a call could not be stored, so it proves nothing");
                // What it said last grows old meanwhile.
                watched.change(|live| live.held_back = Some(UNSTORED.to_owned()));
                gauge(watched);
                if !wait(app, watched, clock::now().plus(TROUBLE_S)).await {
                    return;
                }
                Next::InTurn
            }
        };
        (due, laws) = match next {
            Next::InTurn => (in_turn.max(clock::now()), place::laws(&watched.check)),
            Next::AtOnce(law) => (clock::now(), place::laws_first(&watched.check, law)),
        };
        gauge(watched);
        if turn.is_multiple_of(PRUNE_EVERY)
            && let Err(error) = recordings::prune(app, watched).await
        {
            warn!(check = watched.check.name, %error, "old calls cannot be let go of");
        }
    }
}

/// Lets time speak of what the check warns of, whenever it has something to say: a mute is over, somebody is to be
/// reminded, nobody has acknowledged.
async fn waits(app: &App, watched: &Watched) {
    let mut stopping = app.stop.subscribe();
    loop {
        let due = watched.live(|live| live.state.open.as_ref().and_then(Raised::wakes));
        if due.is_some_and(|due| due <= clock::now())
            && let Err(error) = follow::time(app, watched).await
        {
            app.pulse.store_failed(&error);
            warn!(check = watched.check.name, %error, "what time has to say of a warning could not be stored");
        }
        let passes = async {
            match due {
                // Somebody may set the clock meanwhile.
                Some(due) => tokio::time::sleep(ahead(due).clamp(LOOK_SOON, LOOK_EVERY)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = stopping.wait_for(|stopping| *stopping) => return,
            () = watched.stirred.notified() => {}
            () = passes => {}
        }
    }
}

/// How long until then.
fn ahead(due: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(due.as_second().saturating_mul(1_000) - clock::now_ms()).unwrap_or(0))
}

/// The first call after a start: when the last one before it was long enough ago.
fn first(watched: &Watched) -> Timestamp {
    let now = clock::now();
    let interval_s = watched.check.interval_s;
    let share = ids::hash64(&[b"check", watched.check.slug.as_bytes()]) % SPREAD_S.min(interval_s).unsigned_abs();
    let soon = now.plus(i64::try_from(share).unwrap_or(0));
    let last = watched.live(|live| live.state.last_at);
    last.map_or(soon, |last| last.plus(interval_s).max(soon).min(now.plus(interval_s)))
}

/// The interval, a little more or less each time: checks that began together do not go on together.
fn spaced(watched: &Watched, turn: u32) -> i64 {
    let interval_s = watched.check.interval_s;
    let room = (interval_s / 20).unsigned_abs();
    let drawn = ids::hash64(&[watched.check.slug.as_bytes(), &turn.to_be_bytes()]) % (2 * room + 1);
    (interval_s + i64::try_from(drawn).unwrap_or(0) - i64::try_from(room).unwrap_or(0)).max(1)
}

/// Until it is time or somebody asks. False: we are to stop.
async fn wait(app: &App, watched: &Watched, due: Timestamp) -> bool {
    let mut stopping = app.stop.subscribe();
    tokio::select! {
        biased;
        _ = stopping.wait_for(|stopping| *stopping) => false,
        () = watched.wanted.notified() => true,
        () = tokio::time::sleep(ahead(due)) => true,
    }
}

/// Why it may not call just now, in one sentence.
#[must_use]
pub fn held_back(app: &App, watched: &Watched, now: Timestamp) -> Option<String> {
    let voice = &app.config.voice;
    if let Some(until) = watched.check.hours.rests_until(&app.config.server.time_zone, now) {
        return Some(format!("It calls within its business hours, and they begin at {until}."));
    }
    if app.checks.hourly(watched, now) >= voice.calls_per_hour {
        return Some(format!(
            "It has called {} times within an hour, and `calls_per_hour` allows no more.",
            voice.calls_per_hour
        ));
    }
    let most = voice.spend_per_day?;
    let after = (app.checks.minutes_today(now) + 1).saturating_mul(voice.price_per_minute);
    (after > most).then(|| "One more call today would cost more than `spend_per_day` allows.".to_owned())
}

/// What came of a turn to call.
enum Came {
    Called(Next),
    HeldBack,
    /// We are to stop.
    Stopped,
}

/// One call, if it may be made, and all that follows.
async fn call(app: &App, watched: &Watched, laws: &[tocsin_media::g711::Law]) -> Result<Came, StoreError> {
    let why = follow::begin(app, watched).await?;
    watched.change(|live| {
        live.is_calling = why.is_none();
        live.held_back.clone_from(&why);
    });
    if why.is_some() {
        return Ok(Came::HeldBack);
    }
    let mut stopping = app.stop.subscribe();
    let stop = async { drop(stopping.wait_for(|stopping| *stopping).await) };
    let made = place::place(&app.config.voice, (watched.id, &watched.check), laws.to_vec(), stop).await;
    watched.change(|live| live.is_calling = false);
    let Some(mut made) = made else { return Ok(Came::Stopped) };
    if let Some(recording) = made.recording.take().filter(|_| watched.check.line.record) {
        made.call.recorded = recordings::keep(&app.config.recordings, made.call.id, &recording).await;
    }
    let labels = [("check", watched.check.slug.clone()), ("verdict", made.call.verdict.clone())];
    metrics::counter!("tocsin_check_calls_total", &labels).increment(1);
    follow::follow(app, watched, &mut made).await.map(Came::Called)
}

fn gauge(watched: &Watched) {
    let (health, ill) = watched.live(|live| (live.reading(&watched.check).health, live.state.history.is_ill()));
    metrics::gauge!("tocsin_check_health", "check" => watched.check.slug.clone()).set(f64::from(health.number()));
    metrics::gauge!("tocsin_check_probe_ill", "check" => watched.check.slug.clone()).set(f64::from(u8::from(ill)));
}
