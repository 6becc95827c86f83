//! Poll: cadence says a page is due → ask → read → compare → decide → commit.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use tocsin_domain::event::PageNews;
use tocsin_domain::step::Decided;
use tocsin_domain::{Event, EventKind, Health, Input, PageState, Reading, Subject, Timestamp, cadence, ids, step};
use tocsin_platforms::{Done, Payload, Platform};
use tocsin_store::{Packed, PayloadRow};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tracing::{debug, error, info, warn};
use uuid::Uuid;

use super::ask::{self, Asked, Known};
use super::keep::{commit, load, recalled};
use super::turns::{Delay, HINT_GAP, Turns};
use super::watch::{Kept, Live, Page};
use crate::app::App;
use crate::catalog;
use crate::clock;
use crate::push::websub;

/// The loop turns at least this often, as a sign of life.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// What falls due within this time starts together: one waking for many pages instead of one for each.
const BEAT: Duration = Duration::from_millis(25);
/// Pages that the first sweep asks in a second, at least.
const FIRST_PER_SECOND: usize = 5;
/// A page whose poll broke off is tried again after this.
const BROKE_OFF: Duration = Duration::from_secs(300);
/// Pages whose store failed are tried again after this.
const STORE_TROUBLE: Duration = Duration::from_secs(10);

/// A page is asked for everything at least this often (seconds).
pub const WHOLE_EVERY_S: i64 = 24 * 3600;
/// What a vendor sent word of shows on its page within this time (seconds), or never.
const WORD_HOLDS_S: i64 = 60;

/// Polls under way at the end have this long to finish; a page that does not answer is asked again at the next start.
const LAST_POLLS: Duration = Duration::from_secs(3);

/// Polls every watched page at its time until the app stops; then waits a little for the polls under way.
pub async fn run(app: Arc<App>) {
    let mut stop = app.stop.subscribe();
    let mut changed = app.watch_changed.subscribe();
    let permits = Arc::new(Semaphore::new(app.config.poll.concurrency.max(1)));
    let mut running: JoinSet<(Uuid, Delay)> = JoinSet::new();
    let pages = app.watch.pages();
    let mut turns = Turns::plan(&pages, first_spread_s(app.config.poll.spread_s, pages.all.len()), clock::steady());
    let mut full = true;
    let mut beat = clock::steady();
    loop {
        // Everything that is due starts at once, as far as permits go; what had to wait for one starts as soon as it can.
        if full || clock::steady() >= beat {
            full = start_due(&app, &mut turns, &mut running, &permits);
            beat = clock::steady() + BEAT;
        }
        let now = clock::steady();
        let wait =
            turns.next_wait(now).filter(|_| !full).map_or(LOOK_EVERY, |wait| wait.max(beat - now).min(LOOK_EVERY));
        tokio::select! {
            _ = stop.wait_for(|stopping| *stopping) => break,
            _ = changed.changed() => turns.replan(&app.watch.pages(), clock::steady()),
            () = app.hints.rung() => {
                for (page, wish) in app.hints.take() {
                    turns.hurry(page, wish, clock::steady());
                }
            }
            Some(done) = running.join_next(), if !running.is_empty() => {
                let pages = app.watch.pages();
                for (id, delay) in std::iter::once(done).chain(std::iter::from_fn(|| running.try_join_next())).flatten() {
                    turns.done(id, delay, clock::steady(), &pages);
                }
            }
            () = tokio::time::sleep(wait) => {}
        }
        app.pulse.poll();
    }
    let finished = async { while running.join_next().await.is_some() {} };
    if tokio::time::timeout(LAST_POLLS, finished).await.is_err() {
        debug!("some pages did not answer in time; they are asked again at the next start");
    }
}

/// Few pages need no long spread: whoever starts us with a handful wants to see them.
fn first_spread_s(configured_s: i64, pages: usize) -> i64 {
    configured_s.min(i64::try_from(pages / FIRST_PER_SECOND).unwrap_or(i64::MAX).max(1))
}

/// Starts the polls that are due; true where some must wait for a permit.
fn start_due(
    app: &Arc<App>,
    turns: &mut Turns,
    running: &mut JoinSet<(Uuid, Delay)>,
    permits: &Arc<Semaphore>,
) -> bool {
    while turns.is_due(clock::steady()) {
        let Ok(permit) = Arc::clone(permits).try_acquire_owned() else { return true };
        let Some(page) = turns.take_due(clock::steady()) else { break };
        let app = Arc::clone(app);
        running.spawn(async move {
            // A broken invariant of ours costs this poll, not the page's next turn and no other page.
            let polled = AssertUnwindSafe(once(&app, &page, permit)).catch_unwind().await;
            let delay = polled.unwrap_or_else(|_| {
                error!(provider = page.provider.slug, "a poll broke off by a fault of ours; please report it");
                trouble(BROKE_OFF)
            });
            (page.id, delay)
        });
    }
    false
}

/// One poll of one page; answers how long to wait until the next. The permit is to ask: whoever waits for the committer
/// holds up nobody who has still to ask.
async fn once(app: &Arc<App>, page: &Arc<Page>, permit: OwnedSemaphorePermit) -> Delay {
    let started = clock::steady();
    let now = clock::now();
    let outcome = match platform_of(app, page, now).await {
        Ok(platform) => {
            let known = page.with(|live| known(page, live, now)).open();
            let net = app.doors.keyed(&app.net, &page.provider.slug, &page.address.url);
            let mut asked = ask::page(&net, &page.address, page.reader(platform), known, now).await;
            drop(permit);
            let offer = asked.offer.take();
            let _stepping = page.stepping.lock().await;
            let taken = take(app, page, platform, asked).await;
            // What was read is stored: the hub is asked beside the page's next turns.
            if let Some(offer) = offer.filter(|_| matches!(taken, Ok("read" | "unchanged"))) {
                websub::follow(app, page, offer);
            }
            taken
        }
        Err(reason) => {
            let _stepping = page.stepping.lock().await;
            fail(app, page, &reason).await
        }
    };
    let word = match outcome {
        Ok(word) => word,
        Err(error) => {
            app.pulse.store_failed(&error);
            warn!(provider = page.provider.slug, %error, "what this page said could not be stored; it is asked again");
            return trouble(STORE_TROUBLE);
        }
    };
    let platform = page.with(|live| live.platform).map_or("unknown", Platform::name);
    metrics::counter!("tocsin_polls_total", "platform" => platform, "outcome" => word).increment(1);
    metrics::histogram!("tocsin_poll_seconds").record(started.elapsed().as_secs_f64());
    debug!(provider = page.provider.slug, outcome = word, "polled");
    delay(page, clock::now())
}

/// What is known from the poll before. Once a day, at an hour of its own, a page is asked for everything: a server that
/// says "unchanged" for ever would hide what it says. A restart neither brings that forward nor puts it off.
fn known(page: &Page, live: &mut Live, now: Timestamp) -> Kept {
    let offset_s = i64::try_from(page.id.as_u128() % WHOLE_EVERY_S.unsigned_abs() as u128).unwrap_or_default();
    let day = |at: Timestamp| (at.as_second() + offset_s).div_euclid(WHOLE_EVERY_S);
    let before = live.asked_at.replace(now).or(live.read_at);
    if before.is_some_and(|before| day(before) != day(now)) {
        live.kept.doubt();
    }
    live.kept.clone()
}

/// Something of ours went wrong: no hint makes that better.
fn trouble(wait: Duration) -> Delay {
    Delay { wait, backing_off: true, ..Delay::default() }
}

/// How long until the next poll: by cadence, or sooner where time alone will have something to say, or where the vendor
/// sent word of what its page does not show yet.
fn delay(page: &Page, now: Timestamp) -> Delay {
    page.with(|live| {
        live.turn += 1;
        live.pushed_at = live.pushed_at.filter(|at| now.since(*at) < WORD_HOLDS_S);
        let asked_for = live.last.retry_after_s.unwrap_or(0).clamp(0, cadence::LONGEST_RETRY_AFTER_S);
        Delay {
            wait: wait(live, page, now),
            backing_off: live.last.failures > 0,
            asked_for: Duration::from_secs(asked_for.unsigned_abs()),
        }
    })
}

fn wait(live: &Live, page: &Page, now: Timestamp) -> Duration {
    if let Some(at) = live.pushed_at.filter(|_| live.last.failures == 0) {
        // Twice more: pages stand behind caches.
        return if now.since(at) < HINT_GAP.as_secs().cast_signed() { HINT_GAP } else { HINT_GAP * 5 };
    }
    let by_cadence = cadence::delay_ms(&page.provider.slug, live.turn, page.pace, live.last);
    let by_wake = live.wake_at.and_then(|at| u64::try_from(at.since(now)).ok()).map(|seconds| (seconds + 1) * 1000);
    Duration::from_millis(by_wake.map_or(by_cadence, |wake| wake.min(by_cadence)))
}

/// The page's platform: as known, or detected now. What proves a move to another one is kept until it is read.
async fn platform_of(app: &App, page: &Page, now: Timestamp) -> Result<Platform, String> {
    if let Some(described) = &page.described {
        return Ok(described.platform());
    }
    let (known, failures) = page.with(|live| (live.platform, live.last.failures));
    match known {
        // A page that cannot be read as what it was may have moved: look again, now and then.
        Some(platform) if failures < 2 || failures % 4 != 2 => Ok(platform),
        known => {
            let net = app.doors.keyed(&app.net, &page.provider.slug, &page.address.url);
            let findings = ask::detect(&net, &page.address).await;
            let Some(best) = findings.best() else {
                return known.ok_or_else(|| unrecognised(page, &findings));
            };
            if known == Some(best.platform) {
                return Ok(best.platform);
            }
            let stored = app.store.set_platform(page.id, best.platform.name(), &best.evidence).await;
            stored.map_err(|error| error.to_string())?;
            page.with(|live| {
                live.platform = Some(best.platform);
                live.kept = Kept::default();
                live.moved = known.map(|from| moved_from(from, best.platform, &best.evidence));
            });
            info!(provider = page.provider.slug, platform = best.platform.name(), at = %now, "platform detected");
            Ok(best.platform)
        }
    }
}

/// One sentence for people: from where to where, and what proves it.
pub fn moved_from(from: Platform, to: Platform, evidence: &[String]) -> String {
    let proof = if evidence.is_empty() { String::new() } else { format!(": {}", evidence.join("; ")) };
    format!("The page moved from {} to {}{proof}.", from.title(), to.title())
}

/// Why what is read now is another page than what was read before; `None` where it is made with the same platform.
fn moved(page: &Page, stored: &PageState, platform: Platform) -> Option<String> {
    let before = stored.platform.as_deref().and_then(Platform::named);
    if before == Some(platform) {
        return None;
    }
    let unproven = || before.map(|from| moved_from(from, platform, &[]));
    page.with(|live| live.moved.clone()).or_else(unproven)
}

/// Why a page's platform could not be found out; what the catalogue knows of it is said too.
fn unrecognised(page: &Page, findings: &tocsin_platforms::detect::Findings) -> String {
    match catalog::unread_platform(&page.provider.slug) {
        Some(platform) if findings.reachable() => {
            format!(
                "The catalogue says that this is a page of `{platform}`, which this version cannot read. {}",
                findings.summary()
            )
        }
        _ => findings.summary(),
    }
}

/// What an answer leads to. `Ok` names the outcome for metrics.
async fn take(
    app: &App,
    page: &Page,
    platform: Platform,
    asked: Asked,
) -> Result<&'static str, tocsin_store::StoreError> {
    let now = clock::now();
    page.with(|live| live.last.retry_after_s = asked.retry_after_s);
    match asked.done {
        Done::Unreadable { ref reason, .. } => fail(app, page, reason).await,
        Done::Unchanged => {
            page.with(|live| live.kept = Kept::of(&asked.known));
            unchanged(app, page, now).await
        }
        Done::Read(reading) => {
            let reading = Reading { platform: Some(platform.name().to_owned()), ..*reading };
            let asked = Asked { done: Done::Unchanged, ..asked };
            read(app, page, platform, reading, asked, now).await
        }
    }
}

async fn unchanged(app: &App, page: &Page, now: Timestamp) -> Result<&'static str, tocsin_store::StoreError> {
    if !page.rest(now) {
        let mut stored = load(app, page).await?;
        let recalled = recalled(app, page, &mut stored, None, now).await?;
        let audience = app.directory().audience(&page.provider.slug);
        let next = step(stored, &recalled, Input::Unchanged, &audience, now);
        commit(app, page, next, None, Vec::new(), now).await?;
    }
    Ok("unchanged")
}

async fn fail(app: &App, page: &Page, reason: &str) -> Result<&'static str, tocsin_store::StoreError> {
    let now = clock::now();
    let mut stored = load(app, page).await?;
    let recalled = recalled(app, page, &mut stored, None, now).await?;
    let audience = app.directory().audience(&page.provider.slug);
    let next = step(stored, &recalled, Input::Unreadable(reason), &audience, now);
    page.with(|live| live.kept.doubt());
    commit(app, page, next, None, Vec::new(), now).await?;
    Ok("unreadable")
}

async fn read(
    app: &App,
    page: &Page,
    platform: Platform,
    reading: Reading,
    asked: Asked,
    now: Timestamp,
) -> Result<&'static str, tocsin_store::StoreError> {
    let host = asked.answered_by.as_deref().and_then(host);
    let print = print(&reading, host.as_deref());
    if page.with(|live| live.print == Some(print)) && page.rest(now) {
        page.with(|live| live.kept = Kept::of(&asked.known));
        return Ok("unchanged");
    }
    let mut stored = load(app, page).await?;
    stored.pushed_at = page.with(|live| live.pushed_at);
    let pushed = stored.pushed_at.is_some();
    let recalled = recalled(app, page, &mut stored, Some(&reading), now).await?;
    let audience = app.directory().audience(&page.provider.slug);
    let moved = moved(page, &stored, platform);
    let input = moved.as_deref().map_or(Input::Reading(&reading), |why| Input::Moved(&reading, why));
    let elsewhere = answered_elsewhere(&stored, host.as_deref()).filter(|_| moved.is_none());
    let elsewhere = elsewhere.map(|reason| page_moved(page, reason, stored.last_known, &audience, now));
    let mut next = step(stored, &recalled, input, &audience, now);
    next.decided.splice(0..0, elsewhere);
    next.state.answered_by = host.or(next.state.answered_by);
    let payloads = payloads(asked.payloads, &asked.known, !next.incidents.is_empty());
    page.with(|live| live.kept = Kept::of(&asked.known));
    let came_true = pushed && next.state.pushed_at.take().is_none();
    // A reading may turn out to be no reading of this page.
    let taken = next.state.failures == 0;
    match commit(app, page, next, taken.then_some(reading.health), payloads, now).await {
        Ok(()) if taken => {
            page.with(|live| {
                live.print = Some(print);
                live.moved = None;
                live.pushed_at = live.pushed_at.filter(|_| !came_true);
            });
            Ok("read")
        }
        Ok(()) => {
            // Its validators would turn the next answer into "unchanged", as if the page were well.
            page.with(|live| {
                live.kept = Kept::default();
                live.print = None;
            });
            Ok("unreadable")
        }
        Err(error) => {
            // Nothing was kept: the same bytes must be news again.
            page.with(|live| {
                live.kept = Kept::default();
                live.print = None;
            });
            Err(error)
        }
    }
}

/// Of what was read, and of who answered.
fn print(reading: &Reading, host: Option<&str>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (reading, host).hash(&mut hasher);
    hasher.finish()
}

/// The bodies as they are kept; `needed`: an incident rests on them.
fn payloads(payloads: Vec<Payload>, known: &Known, needed: bool) -> Vec<PayloadRow> {
    let row = |payload: Payload| PayloadRow {
        hash: known.bodies.get(&payload.key).cloned().unwrap_or_else(|| ids::hash_hex(&[&payload.bytes])),
        key: payload.key,
        url: payload.url,
        size: payload.bytes.len(),
        bytes: Packed::bytes(&payload.bytes),
        needed,
    };
    payloads.into_iter().map(row).collect()
}

/// `status.example.com`, with a port where it is not the scheme's own.
fn host(url: &str) -> Option<String> {
    let url = url::Url::parse(url).ok()?;
    let host = url.host_str()?;
    Some(url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

/// Another host answers than the last time: the page was moved behind a redirect.
fn answered_elsewhere(stored: &PageState, host: Option<&str>) -> Option<String> {
    let (before, now) = (stored.answered_by.as_deref()?, host?);
    (before != now).then(|| format!("The page is answered by {now} now, no longer by {before}."))
}

/// The news that a page is answered by another host.
fn page_moved(
    page: &Page,
    reason: String,
    last_known: Option<Health>,
    audience: &tocsin_domain::alert::Audience,
    now: Timestamp,
) -> Decided {
    let news = PageNews { url: page.address.url.to_string(), reason, since: Some(now), last_known };
    let event = Event::new(&page.id.to_string(), "page", vec![EventKind::PageMoved], now, Subject::Page(news));
    let verdicts = tocsin_domain::alert::decide(&event, &mut Default::default(), &[], audience);
    Decided { event, verdicts }
}
