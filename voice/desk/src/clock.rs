//! The only clock of this crate. Everything else is handed `now`.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The stopwatch began a month before the desk did, so that what was written down before has its place on it.
pub const BEFORE: Duration = Duration::from_secs(30 * 24 * 3600);

/// Steady, not of this or any day.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the time")]
pub fn steady() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let now = Instant::now();
    BEFORE + now.saturating_duration_since(*BEGAN.get_or_init(|| now))
}

/// Milliseconds since 1970.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the time")]
pub fn since_1970() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |span| span.as_millis() as u64)
}
