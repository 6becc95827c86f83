//! What the near end of a call does, whatever the far end is.

use std::time::Duration;

use tocsin_media::playout::Counts;

use crate::caller::{Act, Caller, Event, Report};

/// One call, from the invitation on. Every 20 ms: [`Script::hear`], [`Script::speak`], [`Script::tick`].
pub trait Script {
    /// Takes note of what the network told at `now`.
    #[must_use]
    fn happen(&mut self, event: Event, now: Duration) -> Option<Act>;
    /// Takes the sound that is played at `now`.
    fn hear(&mut self, sound: &[i16], now: Duration);
    /// What to send at `now`; silence before the answer and after the end.
    fn speak(&mut self, samples: usize, now: Duration) -> Vec<i16>;
    /// Looks at the time.
    #[must_use]
    fn tick(&mut self, now: Duration) -> Option<Act>;
    fn is_over(&self) -> bool;
    /// What came of it, with what the jitter buffer counted.
    fn report(&self, played: Counts) -> Report;
}

impl Script for Caller {
    fn happen(&mut self, event: Event, now: Duration) -> Option<Act> {
        Caller::happen(self, event, now)
    }

    fn hear(&mut self, sound: &[i16], now: Duration) {
        Caller::hear(self, sound, now);
    }

    fn speak(&mut self, samples: usize, _now: Duration) -> Vec<i16> {
        Caller::speak(self, samples)
    }

    fn tick(&mut self, now: Duration) -> Option<Act> {
        Caller::tick(self, now)
    }

    fn is_over(&self) -> bool {
        Caller::is_over(self)
    }

    fn report(&self, played: Counts) -> Report {
        Caller::report(self, played)
    }
}
