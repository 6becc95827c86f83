//! Time in a scenario: moments are written relative to the start of the world, or as dates.

use serde::de::{Deserialize, Deserializer, Error};
use tocsin_domain::Timestamp;

/// A moment of a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Seconds after the start of the world (before it where negative).
    Relative(i64),
    /// A date, which no speed moves.
    Absolute(Timestamp),
}

impl When {
    /// That much later (seconds), on the same scale.
    #[must_use]
    pub fn plus(self, seconds: i64) -> Self {
        match self {
            Self::Relative(at) => Self::Relative(at.saturating_add(seconds)),
            Self::Absolute(at) => Self::Absolute(at.plus(seconds)),
        }
    }
}

/// How a scenario runs: what lies before its start keeps its distance, what lies after it comes `speed` times sooner.
/// So the times that vendors write on their pages agree with the clock of whoever reads them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    pub start: Timestamp,
    /// Seconds of the scenario in a real second.
    pub speed: f64,
}

impl Course {
    /// When that is.
    #[must_use]
    pub fn at(&self, when: When) -> Timestamp {
        match when {
            When::Absolute(at) => at,
            When::Relative(seconds) if seconds <= 0 => self.start.plus(seconds),
            When::Relative(seconds) => self.start.plus((seconds as f64 / self.speed).round() as i64),
        }
    }
}

/// A length of time as scenarios write it, in seconds: `90s`, `5m`, `2h30m`, `3d`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Length(pub i64);

/// `2h30m` in seconds. `None` where it is no length.
#[must_use]
pub fn seconds(text: &str) -> Option<i64> {
    let mut rest = text.trim();
    let mut total: i64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: i64 = rest.get(..digits)?.parse().ok()?;
        let mut chars = rest.get(digits..)?.chars();
        let unit = match chars.next()? {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => return None,
        };
        total = total.checked_add(number.checked_mul(unit)?)?;
        rest = chars.as_str().trim_start();
    }
    Some(total)
}

/// `-3d4h`, `+5m`, `0s`, or a date like `2026-02-20T22:01:00Z`.
#[must_use]
pub fn when(text: &str) -> Option<When> {
    if let Ok(at) = text.parse() {
        return Some(When::Absolute(at));
    }
    match text.strip_prefix('-') {
        Some(rest) => seconds(rest).map(|length| When::Relative(-length)),
        None => seconds(text.strip_prefix('+').unwrap_or(text)).map(When::Relative),
    }
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let hint = "is no moment; write it like \"-3d4h\", \"+5m\" or \"2026-02-20T22:01:00Z\"";
        when(&text).ok_or_else(|| D::Error::custom(format!("`{text}` {hint}")))
    }
}

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let hint = "is no length of time; write it like \"90s\", \"5m\" or \"2h30m\"";
        seconds(&text).map(Length).ok_or_else(|| D::Error::custom(format!("`{text}` {hint}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_in_every_spelling() {
        let table = [
            ("-3d4h", Some(When::Relative(-273_600))),
            ("+5m", Some(When::Relative(300))),
            ("0s", Some(When::Relative(0))),
            ("2026-02-20T22:01:00Z", "2026-02-20T22:01:00Z".parse().ok().map(When::Absolute)),
            ("soon", None),
            ("5", None),
            ("", None),
            ("-", None),
        ];
        for (text, expected) in table {
            assert_eq!(when(text), expected, "{text}");
        }
    }

    #[test]
    fn only_what_is_to_come_comes_sooner() {
        let start = Timestamp::from_second(1_000_000);
        let course = Course { start, speed: 60.0 };
        assert_eq!(course.at(When::Relative(-3600)), start.plus(-3600));
        assert_eq!(course.at(When::Relative(3600)), start.plus(60));
        assert_eq!(course.at(When::Absolute(start.plus(7))), start.plus(7));
    }
}
