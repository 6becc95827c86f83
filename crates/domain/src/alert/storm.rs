//! Storm: more begins or changes on one channel than anybody can read one by one.

use std::collections::{BTreeSet, VecDeque};

use super::rule::Storm;
use crate::event::{Event, Subject};
use crate::time::Timestamp;

/// The first message of a storm gathers for so long (seconds); later ones for the whole span of the rule.
const FIRST_S: i64 = 30;

/// What one channel was told lately.
#[derive(Clone, Debug, Default)]
pub struct Window {
    told: VecDeque<(Timestamp, String)>,
    /// It storms at least until then.
    until: Option<Timestamp>,
    /// When what is gathered now is told.
    flush_at: Option<Timestamp>,
}

/// What a storm is made of: incidents, and pages that cannot be read, as all of them when our own line is down.
#[must_use]
pub fn counts(event: &Event) -> bool {
    matches!(event.subject, Subject::Incident(_) | Subject::Page(_))
}

impl Window {
    /// Notes that the channel is about to be told of something; answers when it is told with others instead, where there
    /// are too many. Many words about one thing are no storm.
    pub fn note(&mut self, storm: Storm, about: &str, now: Timestamp) -> Option<Timestamp> {
        if storm.more_than == 0 {
            return None;
        }
        self.told.push_back((now, about.to_owned()));
        while self.told.front().is_some_and(|(at, _)| now.since(*at) >= storm.within_s) {
            self.told.pop_front();
        }
        let things: BTreeSet<&str> = self.told.iter().map(|(_, about)| about.as_str()).collect();
        if things.len() > usize::try_from(storm.more_than).unwrap_or(usize::MAX) {
            self.until = Some(now.plus(storm.within_s));
        }
        let Some(_) = self.until.filter(|until| now < *until) else {
            (self.until, self.flush_at) = (None, None);
            return None;
        };
        match self.flush_at {
            Some(at) if now < at => {}
            Some(_) => self.flush_at = Some(now.plus(storm.within_s)),
            None => self.flush_at = Some(now.plus(FIRST_S)),
        }
        self.flush_at
    }

    /// True where nothing of it matters any more.
    #[must_use]
    pub fn is_calm(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| until <= now) && self.told.back().is_none_or(|(at, _)| now.since(*at) > 24 * 3600)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_things_are_a_storm_and_many_words_about_one_are_not() {
        let storm = Storm { more_than: 3, within_s: 300 };
        let at = |second: i64| Timestamp::from_second(10_000 + second);
        let mut window = Window::default();
        for second in 0..20 {
            assert_eq!(window.note(storm, "one", at(second)), None);
        }
        assert_eq!(window.note(storm, "two", at(21)), None);
        assert_eq!(window.note(storm, "three", at(22)), None);
        assert_eq!(window.note(storm, "four", at(23)), Some(at(53)), "the fourth thing within five minutes");
        assert_eq!(window.note(storm, "one", at(24)), Some(at(53)), "while it storms, all comes together");
        assert_eq!(window.note(storm, "five", at(60)), Some(at(360)), "the next message gathers longer");
        assert_eq!(window.note(storm, "five", at(800)), None, "it is over");
        assert_eq!(window.note(Storm { more_than: 0, within_s: 300 }, "six", at(801)), None);
    }
}
