//! Cadence: when to ask a page next. Jitter is a hash of slug and turn, so nothing is drawn and load spreads evenly.

use crate::ids::hash64;

/// A retry after failures never waits longer than this (seconds).
pub const LONGEST_RETRY_S: i64 = 15 * 60;
/// A `Retry-After` beyond this is cut (seconds).
pub const LONGEST_RETRY_AFTER_S: i64 = 60 * 60;

/// How often a page wants to be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Seconds between two polls of a quiet page.
    pub interval_s: i64,
    /// Seconds between two polls while an incident is open (or a maintenance runs).
    pub active_interval_s: i64,
}

/// What the last poll ended with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LastPoll {
    /// An incident is open or a maintenance is running.
    pub active: bool,
    /// Failures in a row.
    pub failures: u32,
    /// Seconds the server asked us to wait.
    pub retry_after_s: Option<i64>,
}

/// Milliseconds until the next poll of `slug`. `turn` counts its polls.
#[must_use]
pub fn delay_ms(slug: &str, turn: u64, pace: Pace, last: LastPoll) -> u64 {
    let base = if last.active { pace.active_interval_s.min(pace.interval_s) } else { pace.interval_s }.max(1);
    let wanted = match last.failures {
        0 => base,
        failures => {
            let doubled = base.saturating_mul(1 << (failures - 1).min(2));
            doubled.min(LONGEST_RETRY_S)
        }
    };
    let spread = jittered_ms(slug, turn, wanted);
    let polite = last.retry_after_s.unwrap_or(0).clamp(0, LONGEST_RETRY_AFTER_S);
    spread.max(u64::try_from(polite).unwrap_or(0) * 1000)
}

/// Milliseconds until the first poll after a start: somewhere within `spread_s`, always the same place for one slug.
#[must_use]
pub fn first_delay_ms(slug: &str, spread_s: i64) -> u64 {
    let spread = u64::try_from(spread_s).unwrap_or(0) * 1000;
    if spread == 0 { 0 } else { hash64(&[b"first", slug.as_bytes()]) % spread }
}

/// `seconds` ± 10 %, in milliseconds.
fn jittered_ms(slug: &str, turn: u64, seconds: i64) -> u64 {
    let ms = u64::try_from(seconds).unwrap_or(1) * 1000;
    let fifth = (ms / 5).max(1);
    ms - ms / 10 + hash64(&[b"turn", slug.as_bytes(), &turn.to_be_bytes()]) % fifth
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACE: Pace = Pace { interval_s: 300, active_interval_s: 60 };

    fn near(ms: u64, seconds: u64) -> bool {
        (seconds * 900..=seconds * 1100).contains(&ms)
    }

    #[test]
    fn quiet_active_and_failing_pages() {
        let cases = [
            (LastPoll::default(), 300),
            (LastPoll { active: true, ..LastPoll::default() }, 60),
            (LastPoll { failures: 1, ..LastPoll::default() }, 300),
            (LastPoll { failures: 2, ..LastPoll::default() }, 600),
            (LastPoll { failures: 3, ..LastPoll::default() }, 900),
            (LastPoll { failures: 30, ..LastPoll::default() }, 900),
            (LastPoll { failures: 9, active: true, ..LastPoll::default() }, 240),
        ];
        for (last, seconds) in cases {
            let ms = delay_ms("github", 7, PACE, last);
            assert!(near(ms, seconds), "{last:?}: {ms} ms, expected about {seconds} s");
        }
    }

    #[test]
    fn a_short_interval_wins_over_the_active_one() {
        let pace = Pace { interval_s: 1, active_interval_s: 60 };
        assert!(near(delay_ms("x", 0, pace, LastPoll { active: true, ..LastPoll::default() }), 1));
    }

    #[test]
    fn retry_after_is_honoured_and_cut() {
        let last = LastPoll { retry_after_s: Some(1200), ..LastPoll::default() };
        assert_eq!(delay_ms("x", 0, PACE, last), 1_200_000);
        let last = LastPoll { retry_after_s: Some(1_000_000), ..LastPoll::default() };
        assert_eq!(delay_ms("x", 0, PACE, last), 3_600_000);
    }

    #[test]
    fn five_thousand_pages_spread_evenly() {
        let mut buckets = [0_u32; 30];
        for page in 0..5_000 {
            let ms = first_delay_ms(&format!("page-{page}"), 300);
            buckets[usize::try_from(ms / 10_000).unwrap()] += 1;
        }
        assert!(buckets.iter().all(|count| (110..=230).contains(count)), "{buckets:?}");
    }
}
