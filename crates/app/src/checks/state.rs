//! State: what is remembered of a check between its calls, and over a restart.

use serde::{Deserialize, Serialize};
use tocsin_domain::Timestamp;
use tocsin_domain::warning::Raised;

use super::history::History;

/// Calls of the past that a warning may rest on.
const RECENT: usize = 5;
const HOUR_S: i64 = 3_600;
const DAY_S: i64 = 86_400;

/// What is remembered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub history: History,
    /// The warning that is open.
    pub open: Option<Raised>,
    /// The last calls that count for something, oldest first.
    pub recent: Vec<Tell>,
    /// When it called within the last hour (seconds).
    pub called: Vec<i64>,
    /// The day of the last call, and the minutes talked on it; a call under way is one of them.
    pub spent: (i64, i64),
    pub last_at: Option<Timestamp>,
}

/// A call as a warning tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tell {
    pub at: Timestamp,
    pub passed: bool,
    pub verdict: String,
    pub codec: String,
    pub why: String,
}

impl State {
    /// Takes note of a call that begins at `at`. Whatever becomes of it, also of us, it was one, and costs a minute until
    /// it is known that nobody answered.
    pub fn begin_call(&mut self, at: Timestamp) {
        self.last_at = Some(at);
        self.called.retain(|second| at.as_second() - second < HOUR_S);
        self.called.push(at.as_second());
        self.spent = (day(at), self.minutes_on(at) + 1);
    }

    /// Nobody answered the last call: it cost nothing.
    pub fn unanswered(&mut self) {
        if let Some(at) = self.last_at {
            self.spent = (day(at), (self.minutes_on(at) - 1).max(0));
        }
    }

    /// Takes note of what a call proved.
    pub fn note_proof(&mut self, tell: Tell) {
        self.recent.push(tell);
        self.recent.drain(..self.recent.len().saturating_sub(RECENT));
    }

    /// Calls within an hour before `now`.
    #[must_use]
    pub fn within_hour(&self, now: Timestamp) -> usize {
        self.called.iter().filter(|second| now.as_second() - **second < HOUR_S).count()
    }

    /// Minutes talked on the day of `now`.
    #[must_use]
    pub fn minutes_on(&self, now: Timestamp) -> i64 {
        let (of, minutes) = self.spent;
        if of == day(now) { minutes } else { 0 }
    }
}

const fn day(at: Timestamp) -> i64 {
    at.as_second().div_euclid(DAY_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_and_a_day_are_counted_and_forgotten() {
        let mut state = State::default();
        let at = |second| Timestamp::from_second(second);
        for second in [0, 60, 3_599] {
            state.begin_call(at(second));
            if second == 60 {
                state.unanswered();
            }
        }
        assert_eq!(
            (state.within_hour(at(3_599)), state.within_hour(at(3_600)), state.within_hour(at(9_000))),
            (3, 2, 0)
        );
        assert_eq!((state.minutes_on(at(86_399)), state.minutes_on(at(86_400))), (2, 0));
        state.begin_call(at(86_400));
        assert_eq!((state.minutes_on(at(86_400)), state.called.len()), (1, 1));
    }
}
