//! Upkeep: what happens now and then. Writes down when unchanged pages were read, lets old payloads go, and finds out
//! whether a store that failed works again.

use std::sync::Arc;
use std::time::Duration;

use tocsin_store::PageFlush;
use tracing::{debug, info, warn};

use crate::app::{ACKNOWLEDGED_S, App};
use crate::clock;
use crate::setup;

const EVERY: Duration = Duration::from_secs(10);
/// Reads of unchanged pages are written down every third time.
const FLUSH_TURN: u64 = 3;
/// Old payloads are looked for once an hour.
const PRUNE_TURN: u64 = 360;
/// All payloads together, compressed (bytes): 1 GiB.
const PAYLOAD_BUDGET: i64 = 1 << 30;
/// Silences and overrides are kept for this long after their end (seconds): 30 days.
const WISHES_KEPT_S: i64 = 30 * 24 * 3600;
/// Readings are kept for this long (seconds): a bit more than a year.
const READINGS_KEPT_S: i64 = 400 * 24 * 3600;

/// Runs until the app stops, then once more.
pub async fn run(app: Arc<App>) {
    let mut stop = app.stop.subscribe();
    for turn in 1_u64.. {
        tokio::select! {
            _ = stop.wait_for(|stopping| *stopping) => break,
            () = tokio::time::sleep(EVERY) => {}
        }
        if app.pulse.store_trouble().is_some() {
            probe(&app).await;
        }
        if app.directory().has_ended(clock::now()) {
            refresh(&app).await;
        }
        if turn.is_multiple_of(FLUSH_TURN) {
            flush(&app).await;
        }
        if turn.is_multiple_of(PRUNE_TURN) {
            prune(&app).await;
        }
    }
}

/// Writes down when unchanged pages were last read.
pub async fn flush(app: &App) {
    let pages = app.watch.pages();
    let unflushed = pages.all.iter().filter_map(|page| {
        let read_at = page.with(|live| live.read_at.filter(|_| live.unflushed))?;
        Some((page, PageFlush { page: page.id, read_at }))
    });
    let (touched, flushes): (Vec<_>, Vec<_>) = unflushed.unzip();
    match app.store.flush_reads(&flushes).await {
        Ok(()) => {
            for (page, flushed) in touched.iter().zip(&flushes) {
                page.with(|live| live.unflushed = live.read_at != Some(flushed.read_at));
            }
            debug!(pages = flushes.len(), "reads of unchanged pages written down");
        }
        Err(error) => {
            app.pulse.store_failed(&error);
            warn!(%error, "when pages were read could not be written down; it is tried again");
        }
    }
}

/// A silence or an override is over.
async fn refresh(app: &App) {
    let _changing = app.changing.lock().await;
    if let Err(error) = app.refresh().await {
        app.pulse.store_failed(&error);
        warn!(%error, "what has ended could not be taken over; it is tried again");
    }
}

async fn probe(app: &App) {
    match app.store.prove_writable().await {
        Ok(()) => {
            app.pulse.store_works();
            info!("the store works again");
        }
        Err(error) => app.pulse.store_failed(&error),
    }
}

async fn prune(app: &App) {
    let now = clock::now();
    match app.store.prune_removed(setup::earliest(now), now).await {
        Ok(gone) => debug!(gone, "what was deleted an hour ago, and sessions that ended, let go"),
        Err(error) => warn!(%error, "what was deleted could not be let go; it is tried again"),
    }
    if let Err(error) = app.store.prune_wishes(now.plus(-WISHES_KEPT_S), now.plus(-ACKNOWLEDGED_S)).await {
        warn!(%error, "what teams wished long ago could not be let go; it is tried again");
    }
    match app.store.prune(PAYLOAD_BUDGET, clock::now().plus(-READINGS_KEPT_S)).await {
        Ok(pruned) if pruned.payloads + pruned.readings > 0 => {
            info!(payloads = pruned.payloads, readings = pruned.readings, "old captures let go");
        }
        Ok(_) => {}
        Err(error) => warn!(%error, "old captures could not be let go; it is tried again"),
    }
}
