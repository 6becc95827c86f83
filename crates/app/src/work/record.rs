//! Record: what a channel's attempts came to since one last arrived, and when that is enough to give the channel up.
//! Pure: a table of failures tests it.

use serde::{Deserialize, Serialize};
use tocsin_channels::Outcome;

/// The HTTP status of what is gone for good.
const GONE: i64 = 410;
/// Refusals (not found, not allowed) that prove it, and the time that they must span (milliseconds): some answer so under
/// load.
const REFUSALS: u32 = 3;
const REFUSALS_SPAN_MS: i64 = 3_600_000;
/// A name that has not existed for this long is no lapse of a name server.
const NAMELESS_MS: i64 = 24 * 3_600_000;
/// Several failures within a day, this far apart at least, start the clock; when it has run this long, we give up.
const SEVERAL: u32 = 3;
const DAY_MS: i64 = 24 * 3_600_000;
const APART_MS: i64 = 12 * 3_600_000;
const PATIENCE_MS: i64 = 5 * DAY_MS;

/// Failures in a row. Times are milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    refusals: u32,
    refused_since_ms: i64,
    nameless_since_ms: Option<i64>,
    /// First failure of the present day of failures, and how many it has.
    day_since_ms: i64,
    day_failures: u32,
    clock_since_ms: Option<i64>,
}

impl Record {
    /// Takes notice of an attempt. `nameless`: the receiver's name does not exist. Answers why the channel is to be given
    /// up, if it is.
    pub fn note(
        &mut self,
        outcome: &Outcome,
        status: Option<i64>,
        nameless: bool,
        now_ms: i64,
    ) -> Option<&'static str> {
        let refused = match outcome {
            Outcome::EndpointGone { .. } if status == Some(GONE) => {
                return Some("The receiver says that it is gone for good");
            }
            Outcome::EndpointGone { .. } => Some("The receiver was not found for more than an hour"),
            Outcome::EndpointAuth { .. } => Some("The receiver has not let us in for more than an hour"),
            Outcome::Retry { .. } | Outcome::Ambiguous { .. } | Outcome::RetryAfter { .. } => None,
            // It answered to the point: it is there.
            _ => {
                *self = Self::default();
                return None;
            }
        };
        let of_refusals = refused.filter(|_| self.refused(now_ms));
        of_refusals.or_else(|| self.nameless(nameless, now_ms)).or_else(|| self.failed(now_ms))
    }

    fn refused(&mut self, now_ms: i64) -> bool {
        if self.refusals == 0 {
            self.refused_since_ms = now_ms;
        }
        self.refusals = self.refusals.saturating_add(1);
        self.refusals >= REFUSALS && now_ms - self.refused_since_ms >= REFUSALS_SPAN_MS
    }

    fn nameless(&mut self, nameless: bool, now_ms: i64) -> Option<&'static str> {
        if !nameless {
            self.nameless_since_ms = None;
            return None;
        }
        let since_ms = *self.nameless_since_ms.get_or_insert(now_ms);
        (now_ms - since_ms > NAMELESS_MS).then_some("The receiver’s name has not existed for more than a day")
    }

    fn failed(&mut self, now_ms: i64) -> Option<&'static str> {
        if self.day_failures == 0 || now_ms - self.day_since_ms > DAY_MS {
            (self.day_since_ms, self.day_failures) = (now_ms, 0);
        }
        self.day_failures = self.day_failures.saturating_add(1);
        if self.day_failures >= SEVERAL && now_ms - self.day_since_ms >= APART_MS {
            self.clock_since_ms.get_or_insert(now_ms);
        }
        let clock_ms = self.clock_since_ms?;
        (now_ms - clock_ms >= PATIENCE_MS).then_some("Nothing has arrived there for five days")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    /// Failures as `hours:word`; answers the place of the one that ended it, if one did.
    fn ended(story: &str) -> Option<usize> {
        let mut record = Record::default();
        let detail = String::new;
        story.split_whitespace().position(|one| {
            let (hours, word) = one.split_once(':').unwrap();
            let at_ms = (hours.parse::<f64>().unwrap() * 3_600_000.0) as i64;
            let (outcome, status, nameless) = match word {
                "ok" => (Outcome::Delivered { remote: None }, Some(200), false),
                "410" => (Outcome::EndpointGone { detail: detail() }, Some(410), false),
                "404" => (Outcome::EndpointGone { detail: detail() }, Some(404), false),
                "403" => (Outcome::EndpointAuth { detail: detail() }, Some(403), false),
                "422" => (Outcome::RejectPayload { detail: detail() }, Some(422), false),
                "429" => (Outcome::RetryAfter { seconds: 60 }, Some(429), false),
                "name" => (Outcome::Retry { detail: detail(), slow: false }, None, true),
                "cut" => (Outcome::Ambiguous { detail: detail() }, None, false),
                _ => (Outcome::Retry { detail: detail(), slow: false }, Some(500), false),
            };
            let stored = serde_json::to_string(&record).unwrap();
            record = serde_json::from_str(&stored).unwrap();
            record.note(&outcome, status, nameless, at_ms).is_some()
        })
    }

    #[test]
    fn a_table_of_failures() {
        let table = [
            ("0:410", Some(0)),
            ("0:404 0:404 0:404", None),
            ("0:404 0.5:404 0.9:404 1:404", Some(3)),
            ("0:404 2:404", None),
            ("0:404 2:404 2:404", Some(2)),
            ("0:403 0.4:404 1.1:403", Some(2)),
            ("0:404 0.5:ok 1:404 1.5:404", None),
            ("0:404 0.5:500 1:404 1.5:404", Some(3)),
            ("0:404 0.5:422 1:404 1.5:404", None),
            ("0:name 10:name 23:name 24:name", None),
            ("0:name 10:name 24.5:name", Some(2)),
            ("0:name 10:ok 24.5:name", None),
            // The clock starts at 13 h and has run out five days later.
            ("0:500 6:500 13:500 40:500 80:500 120:500 132:500 133:500", Some(7)),
            ("0:500 6:cut 13:429 40:500 80:500 120:500 133:500", Some(6)),
            ("0:500 6:500 13:500 40:500 80:ok 120:500 140:500", None),
            // Never several within a day.
            ("0:500 20:500 44:500 68:500 92:500 116:500 140:500 200:500", None),
            // Many, but not far apart.
            ("0:500 1:500 2:500 26:500 140:500", None),
        ];
        for (story, expected) in table {
            assert_eq!(ended(story), expected, "{story}");
        }
        assert_eq!(HOUR * 24, DAY_MS);
    }
}
