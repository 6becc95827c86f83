//! Pulse: signs of life of the loops, and what keeps them from their work. `/readyz` and the heartbeat read it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::clock;

/// A loop that has not turned for this long has stalled (milliseconds).
const STALLED_MS: i64 = 60_000;

/// Shared by all loops.
#[derive(Debug, Default)]
pub struct Pulse {
    polled_ms: AtomicI64,
    delivered_ms: AtomicI64,
    /// Why the store failed last, until it works again.
    store: Mutex<Option<String>>,
}

impl Pulse {
    /// The poll loop turned.
    pub fn poll(&self) {
        self.polled_ms.store(clock::now_ms(), Ordering::Relaxed);
    }

    /// The delivery loop turned.
    pub fn deliver(&self) {
        self.delivered_ms.store(clock::now_ms(), Ordering::Relaxed);
    }

    /// Something could not be written or read.
    pub fn store_failed(&self, error: &dyn std::fmt::Display) {
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
    }

    /// Something was written.
    pub fn store_works(&self) {
        *self.store.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Why the store failed last, if it has not worked since.
    #[must_use]
    pub fn store_trouble(&self) -> Option<String> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything that keeps us from doing our job; empty: all is well.
    #[must_use]
    pub fn troubles(&self, now_ms: i64) -> Vec<String> {
        let stalled = |beat: &AtomicI64| now_ms - beat.load(Ordering::Relaxed) > STALLED_MS;
        let store = self.store_trouble().map(|why| format!("The store does not work: {why}."));
        let polling = stalled(&self.polled_ms).then(|| "Polling has stalled.".to_owned());
        let telling = stalled(&self.delivered_ms).then(|| "Deliveries have stalled.".to_owned());
        store.into_iter().chain(polling).chain(telling).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_named_until_it_ends() {
        let pulse = Pulse::default();
        pulse.poll();
        pulse.deliver();
        let now = clock::now_ms();
        assert_eq!(pulse.troubles(now), Vec::<String>::new());
        pulse.store_failed(&"disk full");
        assert_eq!(pulse.troubles(now), ["The store does not work: disk full."]);
        pulse.store_works();
        assert_eq!(pulse.troubles(now + 70_000), ["Polling has stalled.", "Deliveries have stalled."]);
    }
}
