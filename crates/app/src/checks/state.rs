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
    /// The day of the last call that was answered, and the minutes talked on it.
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
    /// Takes note of a call that began at `at`; one that was answered costs a minute.
    pub fn note_call(&mut self, at: Timestamp, answered: bool) {
        self.last_at = Some(at);
        self.called.retain(|second| at.as_second() - second < HOUR_S);
        self.called.push(at.as_second());
        let day = at.as_second().div_euclid(DAY_S);
        if answered {
            self.spent = (day, self.minutes_on(at) + 1);
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
        let (day, minutes) = self.spent;
        if day == now.as_second().div_euclid(DAY_S) { minutes } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_and_a_day_are_counted_and_forgotten() {
        let mut state = State::default();
        let at = |second| Timestamp::from_second(second);
        for second in [0, 60, 3_599] {
            state.note_call(at(second), second != 60);
        }
        assert_eq!(
            (state.within_hour(at(3_599)), state.within_hour(at(3_600)), state.within_hour(at(9_000))),
            (3, 2, 0)
        );
        assert_eq!((state.minutes_on(at(86_399)), state.minutes_on(at(86_400))), (2, 0));
        state.note_call(at(86_400), true);
        assert_eq!((state.minutes_on(at(86_400)), state.called.len()), (1, 1));
    }
}
