//! Services that are measured again and again, and then no more: what was seen last is no news.

use jiff::Timestamp as Precise;
use tocsin_domain::Timestamp;

/// A service without a new measurement for this long (seconds), and for ten times its pace, is measured no more.
const SILENT_S: i64 = 3600;
/// The same where only one measurement is known, and with it no pace.
const LONE_SILENT_S: i64 = 24 * 3600;

/// No measurement for much longer than their pace. `times` are in order, oldest first; without any it is silent.
pub(crate) fn is_silent(times: &[Precise], now: Timestamp) -> bool {
    let times: Vec<i64> = times.iter().map(|at| at.as_second()).collect();
    let Some(last) = times.iter().max() else { return true };
    let pace = times.windows(2).filter_map(|pair| Some(pair.last()?.saturating_sub(*pair.first()?))).max();
    let patience = pace.map_or(LONE_SILENT_S, |pace| SILENT_S.max(pace.saturating_mul(10)));
    now.as_second() - last > patience
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patience_is_ten_times_the_pace() {
        let at = |second: i64| Precise::from_second(1_800_000_000 + second).expect("a time");
        let silent = |times: &[i64], now: i64| {
            let times: Vec<_> = times.iter().map(|second| at(*second)).collect();
            is_silent(&times, Timestamp::from_second(1_800_000_000 + now))
        };
        assert!(silent(&[], 0));
        assert!(!silent(&[0], 86_400));
        assert!(silent(&[0], 86_401));
        assert!(!silent(&[0, 60], 3660));
        assert!(silent(&[0, 60], 3661));
        assert!(!silent(&[0, 7200], 79_200));
    }
}
