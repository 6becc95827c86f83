//! Back: what was before a page's lists begin. It is fetched once, a part or two with each poll, newest first, until a
//! year is known, the page has no more, or it does not answer; and again as far as needed where we looked away for so
//! long that the lists no longer reach back to our last look.

use serde_json::{Value, json};
use tocsin_domain::{Reading, Timestamp};

use crate::Memory;

/// So far back (seconds): a year.
pub const DEPTH_S: i64 = 365 * 24 * 3600;
/// So many parts at once.
const AT_ONCE: usize = 2;
/// So many parts at most.
const MOST_PARTS: usize = 12;
/// What does not answer so often is left alone.
const MOST_TRIES: u64 = 3;
/// In front of a part's number: the key of its ask.
pub const KEY: &str = "back.";
/// In the memory: `seen`, the last reading; while parts are left `next` of them, `to` when, which of several `way`s
/// leads there, how often it was `tried`.
pub const BACK: &str = "back";

/// What is left to be fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Back {
    /// The number of the next part.
    pub next: usize,
    /// Which of several addresses it is asked at.
    pub way: usize,
    to: Timestamp,
    tried: u64,
}

/// What came of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Came {
    /// What it tells goes back so far.
    Until(Timestamp),
    /// A part, and there is nothing in it.
    Empty,
    /// It is not there.
    Absent,
    /// Nothing was learned.
    Trouble,
}

/// Parts are left: nobody should be content with "nothing changed".
pub fn is_going(memory: &Memory) -> bool {
    memory.0.get(BACK).is_some_and(|back| back.get("next").is_some())
}

/// What is left to be fetched of a page that was read. `first`: the number of the first part behind what every poll reads.
pub fn left(memory: &Memory, reading: &Reading, first: usize, now: Timestamp) -> Option<Back> {
    let begin = |to| Some(Back { next: first, way: 0, to, tried: 0 });
    let since = reading.covers.history_since;
    let number = |back: &Value, key: &str| back.get(key).and_then(Value::as_u64);
    let Some(back) = memory.0.get(BACK) else {
        let to = now.plus(-DEPTH_S);
        return if since.is_some_and(|since| since <= to) { None } else { begin(to) };
    };
    let time = |key: &str| back.get(key).and_then(Value::as_i64).map(Timestamp::from_second);
    let size = |key: &str| number(back, key).and_then(|value| usize::try_from(value).ok());
    match (size("next"), time("to")) {
        (Some(next), Some(to)) => Some(Back {
            next: next.max(first),
            way: size("way").unwrap_or_default(),
            to,
            tried: number(back, "tried").unwrap_or_default(),
        }),
        // All is known that happened before our last look; what happened since may be more than the lists hold.
        _ => time("seen").filter(|seen| since.is_some_and(|since| since > *seen)).and_then(begin),
    }
}

impl Back {
    /// The numbers of the parts to ask for now.
    pub fn parts(self, room: usize) -> impl Iterator<Item = usize> {
        (self.next..).take(AT_ONCE.min(room))
    }

    /// What is left after these parts came, in the order of their numbers. `ways`: how many addresses there are to try.
    #[must_use]
    pub fn after(self, came: impl IntoIterator<Item = Came>, first: usize, ways: usize) -> Option<Self> {
        let mut left = self;
        for one in came {
            match one {
                Came::Until(since) => {
                    left = Self { next: left.next + 1, tried: 0, ..left };
                    if since <= left.to || left.next >= first + MOST_PARTS {
                        return None;
                    }
                }
                Came::Absent if left.next == first && left.way + 1 < ways => {
                    return Some(Self { way: left.way + 1, tried: 0, ..left });
                }
                Came::Empty | Came::Absent => return None,
                Came::Trouble => {
                    let tried = left.tried + 1;
                    return (tried < MOST_TRIES).then_some(Self { tried, ..left });
                }
            }
        }
        Some(left)
    }
}

/// Notes that the page was read, and what is left.
pub fn remember(memory: &mut Memory, left: Option<Back>, now: Timestamp) {
    let seen = now.as_second();
    let back = match left {
        Some(Back { next, way, to, tried }) => {
            json!({ "seen": seen, "next": next, "way": way, "to": to.as_second(), "tried": tried })
        }
        None => json!({ "seen": seen }),
    };
    memory.set(BACK, back);
}

#[cfg(test)]
mod tests {
    use tocsin_domain::Covers;

    use super::*;

    const DAY_S: i64 = 24 * 3600;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + day * DAY_S)
    }

    fn since(day: i64) -> Reading {
        Reading { covers: Covers { open: true, history_since: Some(at(day)) }, ..Reading::default() }
    }

    #[test]
    fn a_year_is_fetched_a_little_at_a_time() {
        let mut memory = Memory::default();
        assert_eq!(left(&memory, &since(-400), 1, at(0)), None, "the lists reach back that far");
        let back = left(&memory, &since(-60), 1, at(0)).unwrap();
        assert_eq!(back.parts(5).collect::<Vec<_>>(), [1, 2]);
        assert_eq!(back.parts(1).collect::<Vec<_>>(), [1]);
        assert_eq!(back.parts(0).count(), 0);
        let rest = back.after([Came::Until(at(-90)), Came::Until(at(-180))], 1, 1);
        remember(&mut memory, rest, at(0));
        assert!(is_going(&memory));
        let back = left(&memory, &since(-60), 1, at(0)).unwrap();
        assert_eq!(back.next, 3);
        let rest = back.after([Came::Until(at(-270)), Came::Until(at(-366))], 1, 1);
        assert_eq!(rest, None);
        remember(&mut memory, rest, at(0));
        assert!(!is_going(&memory));
        assert_eq!(left(&memory, &since(-60), 1, at(1)), None);
        // Half a year later the lists begin after our last look.
        assert_eq!(left(&memory, &since(120), 1, at(180)).map(|back| (back.next, back.to)), Some((1, at(0))));
    }

    #[test]
    fn it_ends_where_there_is_nothing_more_or_nobody_answers() {
        let back = left(&Memory::default(), &since(-60), 1, at(0)).unwrap();
        assert_eq!(back.after([Came::Empty], 1, 1), None);
        assert_eq!(back.after([Came::Absent], 1, 1), None);
        assert_eq!(back.after([Came::Absent, Came::Absent], 1, 2).map(|back| (back.next, back.way)), Some((1, 1)));
        assert_eq!(back.after([Came::Until(at(-90)), Came::Absent], 1, 2), None, "there it was");
        let mut tried = Some(back);
        for turn in 1..=3 {
            tried = tried.and_then(|back| back.after([Came::Trouble, Came::Until(at(-180))], 1, 1));
            assert_eq!(tried.is_some(), turn < 3, "{turn}");
        }
        let endless = back.after(std::iter::repeat_n(Came::Until(at(-1)), 50), 1, 1);
        assert_eq!(endless, None);
    }

    #[test]
    fn what_is_remembered_may_be_anything() {
        for odd in [json!(null), json!("no"), json!({"next": "x"}), json!({"next": 3}), json!({"seen": -1, "to": []})] {
            let mut memory = Memory::default();
            memory.set(BACK, odd);
            let _ = left(&memory, &since(-60), 1, at(0));
        }
    }
}
