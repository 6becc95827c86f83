//! The only clock of this crate. Everything else is handed `now`.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A stopwatch that began when somebody first asked: steady, not of this or any day.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the time")]
pub fn steady() -> Duration {
    static BEGAN: OnceLock<Instant> = OnceLock::new();
    let now = Instant::now();
    now.saturating_duration_since(*BEGAN.get_or_init(|| now))
}

/// Since 1970, for what RTCP says of a report.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the time")]
pub fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO)
}
