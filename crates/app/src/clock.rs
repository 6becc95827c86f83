//! The only clock of the house. Everything else is handed `now`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tocsin_domain::Timestamp;

/// Whole seconds.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_second(now_ms().div_euclid(1000))
}

/// Milliseconds since 1970 in UTC.
#[must_use]
pub fn now_ms() -> i64 {
    now_us().div_euclid(1000)
}

/// Microseconds since 1970 in UTC.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the time")]
pub fn now_us() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// A stopwatch: steady, not of this or any day.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place that asks the time")]
pub fn steady() -> std::time::Instant {
    std::time::Instant::now()
}
