//! Overtaking: messages that wait while newer ones of their thread arrive. Which of them are still worth sending follows
//! from how the receiver keeps what it is sent.

use uuid::Uuid;

/// How a receiver keeps what it is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Keeping {
    /// Every message stands by itself: all are sent, in order.
    #[default]
    Log,
    /// It shows the newest only.
    State,
    /// An alarm that is raised and ended.
    Alarm,
}

impl Keeping {
    /// As it is stored.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::State => "state",
            Self::Alarm => "alarm",
        }
    }

    pub(crate) fn named(word: &str) -> Self {
        match word {
            "state" => Self::State,
            "alarm" => Self::Alarm,
            _ => Self::Log,
        }
    }
}

/// A message that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    pub(crate) id: Uuid,
    pub(crate) part: String,
    /// It says that it is over.
    pub(crate) ends: bool,
    /// An attempt is under way.
    pub(crate) leased: bool,
    /// An attempt may have arrived.
    pub(crate) unsure: bool,
}

/// Why a message is not sent any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Overtaken {
    /// By the message of this id.
    By(Uuid),
    /// The alarm was over before it was raised.
    NeverRaised,
}

/// What is not worth sending any more of the messages of one thread that wait for one recipient, oldest first. `raised`:
/// the last that arrived (or may have) did not say that it is over. What is under way is left alone.
pub(crate) fn overtaken(keeping: Keeping, raised: bool, waiting: &[Waiting]) -> Vec<(Uuid, Overtaken)> {
    let Some(newest) = waiting.last().filter(|_| keeping != Keeping::Log) else { return Vec::new() };
    let over = keeping == Keeping::Alarm && newest.ends;
    if over && !raised && waiting.iter().all(|one| !one.leased && !one.unsure) {
        return waiting.iter().map(|one| (one.id, Overtaken::NeverRaised)).collect();
    }
    let newer = |place: usize, part: &str| waiting.iter().skip(place + 1).rfind(|one| one.part == part);
    let overtaken = waiting.iter().enumerate().filter(|(_, one)| !one.leased);
    overtaken.filter_map(|(place, one)| Some((one.id, Overtaken::By(newer(place, &one.part)?.id)))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `t` is a trigger, `e` an end, `r` a reply; `*` marks what is under way, `?` what may have arrived.
    fn queue(text: &str) -> Vec<Waiting> {
        let one = |(place, word): (usize, &str)| Waiting {
            id: Uuid::from_u128(place as u128),
            part: if word.starts_with('r') { "reply" } else { "root" }.to_owned(),
            ends: word.starts_with('e'),
            leased: word.ends_with('*'),
            unsure: word.ends_with('?'),
        };
        text.split_whitespace().enumerate().map(one).collect()
    }

    /// Each that goes, with what it goes for: a place, or `-` where the alarm was never raised.
    fn gone(keeping: Keeping, raised: bool, text: &str) -> String {
        let queue = queue(text);
        let say = |(id, why): (Uuid, Overtaken)| match why {
            Overtaken::By(newer) => format!("{}<{}", id.as_u128(), newer.as_u128()),
            Overtaken::NeverRaised => format!("{}-", id.as_u128()),
        };
        overtaken(keeping, raised, &queue).into_iter().map(say).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_table_of_queues() {
        use Keeping::{Alarm, Log, State};
        let table = [
            (Log, false, "t t e", ""),
            (State, false, "t", ""),
            (State, false, "t t t", "0<2 1<2"),
            (State, false, "t e", "0<1"),
            (State, false, "t* t t", "1<2"),
            (State, false, "t r t r", "0<2 1<3"),
            (State, false, "t t r", "0<1"),
            (Alarm, false, "", ""),
            (Alarm, false, "t", ""),
            (Alarm, false, "t t", "0<1"),
            (Alarm, false, "t e", "0- 1-"),
            (Alarm, false, "t t e", "0- 1- 2-"),
            (Alarm, false, "e", "0-"),
            (Alarm, true, "e", ""),
            (Alarm, true, "t e", "0<1"),
            (Alarm, false, "t* e", ""),
            (Alarm, false, "t? e", "0<1"),
            (Alarm, false, "t e t", "0<2 1<2"),
            (Alarm, true, "e t", "0<1"),
        ];
        for (keeping, raised, text, expected) in table {
            assert_eq!(gone(keeping, raised, text), expected, "{keeping:?}, raised {raised}: {text}");
        }
    }
}
