//! Hours: when a group wants its rest, on the clock of its team.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::incident::Impact;
use crate::time::Timestamp;

/// Minutes of a day.
const DAY_MIN: i16 = 24 * 60;
/// Days that are looked through for the end of a rest; a group that never wakes is looked at again after them.
const AHEAD_DAYS: i64 = 8;

const DAYS: [(Weekday, &str); 7] = [
    (Weekday::Monday, "mon"),
    (Weekday::Tuesday, "tue"),
    (Weekday::Wednesday, "wed"),
    (Weekday::Thursday, "thu"),
    (Weekday::Friday, "fri"),
    (Weekday::Saturday, "sat"),
    (Weekday::Sunday, "sun"),
];

/// A span of every week: `mon-fri 09:00-17:30`, `22:00-07:00` (over midnight), `sat,sun`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Span {
    /// On which days it begins, Monday first.
    days: [bool; 7],
    /// Minutes since midnight. Where the end is not after the beginning it lies on the next day.
    from: i16,
    to: i16,
}

impl FromStr for Span {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{}` is no span of hours; write it like \"22:00-07:00\", \"mon-fri 09:00-17:30\" or \"sat,sun\"",
                text.trim()
            )
        };
        let mut parts = text.split_whitespace();
        let (first, second) = (parts.next().ok_or_else(wrong)?, parts.next());
        if parts.next().is_some() {
            return Err(wrong());
        }
        let is_time = |part: &str| part.starts_with(|letter: char| letter.is_ascii_digit());
        let (days, hours) = match (first, second) {
            (hours, None) if is_time(hours) => (None, Some(hours)),
            (days, hours) => (Some(days), hours),
        };
        let days = days.map_or(Some([true; 7]), days_of).ok_or_else(wrong)?;
        let (from, to) = hours.map_or(Some((0, DAY_MIN)), hours_of).ok_or_else(wrong)?;
        if from == to {
            return Err(format!(
                "`{}` begins and ends at the same minute; write 00:00-24:00 for a whole day",
                text.trim()
            ));
        }
        Ok(Self { days, from, to })
    }
}

/// `mon-fri`, `sat,sun`, `fri-mon`.
fn days_of(text: &str) -> Option<[bool; 7]> {
    let place = |word: &str| {
        let word = word.to_lowercase();
        DAYS.iter().position(|(_, name)| word.starts_with(name))
    };
    let mut days = [false; 7];
    for part in text.split(',') {
        let (from, to) = part.split_once('-').unwrap_or((part, part));
        let (from, to) = (place(from)?, place(to)?);
        let length = (to + 7 - from) % 7;
        for (day, on) in days.iter_mut().enumerate() {
            *on |= (day + 7 - from) % 7 <= length;
        }
    }
    Some(days)
}

fn hours_of(text: &str) -> Option<(i16, i16)> {
    let minute = |text: &str| {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute) = (hour.parse::<i16>().ok()?, minute.parse::<i16>().ok()?);
        let fits = (0..24).contains(&hour) && (0..60).contains(&minute) || (hour, minute) == (24, 0);
        fits.then_some(hour * 60 + minute)
    };
    let (from, to) = text.split_once('-')?;
    Some((minute(from)?, minute(to)?)).filter(|(from, _)| *from < DAY_MIN)
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.days != [true; 7] {
            let names: Vec<&str> =
                DAYS.iter().zip(self.days).filter(|(_, on)| *on).map(|((_, name), _)| *name).collect();
            let row = self.days.iter().skip_while(|on| !**on).take_while(|on| **on).count() == names.len();
            match names.as_slice() {
                [first, .., last] if row && names.len() > 2 => write!(f, "{first}-{last}")?,
                names => f.write_str(&names.join(","))?,
            }
            if (self.from, self.to) == (0, DAY_MIN) {
                return Ok(());
            }
            f.write_str(" ")?;
        }
        write!(f, "{:02}:{:02}-{:02}:{:02}", self.from / 60, self.from % 60, self.to / 60, self.to % 60)
    }
}

impl Serialize for Span {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl Span {
    /// Begin and end of the occurrence that begins on `date`, where it does.
    fn on(&self, date: Date, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let place = usize::try_from(date.weekday().to_monday_zero_offset()).ok()?;
        self.days.get(place).filter(|on| **on)?;
        let end = if self.to <= self.from { date.checked_add(1.day()).ok()? } else { date };
        Some((moment(date, self.from, zone)?, moment(end, self.to, zone)?))
    }
}

/// A minute of a day as an instant; one that a change of clocks skips is the one after the gap.
fn moment(date: Date, minute: i16, zone: &TimeZone) -> Option<Timestamp> {
    let (date, minute) = if minute == DAY_MIN { (date.checked_add(1.day()).ok()?, 0) } else { (date, minute) };
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    let zoned = date.at(hour, minute, 0, 0).to_zoned_datetime(zone.clone()).ok()?;
    Some(Timestamp::from_jiff(zoned.timestamp()))
}

/// When a group does not want to be woken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// It rests then.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quiet: Vec<Span>,
    /// It rests at all other times; empty: this says nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub business: Vec<Span>,
    /// Incidents of this impact and worse are told all the same; `None`: nothing is.
    #[serde(default = "critical")]
    pub breaks: Option<Impact>,
}

#[expect(clippy::unnecessary_wraps, reason = "a default for serde")]
const fn critical() -> Option<Impact> {
    Some(Impact::Critical)
}

impl Default for Hours {
    fn default() -> Self {
        Self { quiet: Vec::new(), business: Vec::new(), breaks: critical() }
    }
}

impl Hours {
    /// True where the group never rests.
    #[must_use]
    pub fn is_always(&self) -> bool {
        self.quiet.is_empty() && self.business.is_empty()
    }

    /// When the rest ends in which `now` lies; `None`: the group is awake. A zone we do not know is UTC.
    #[must_use]
    pub fn rests_until(&self, zone: &str, now: Timestamp) -> Option<Timestamp> {
        if self.is_always() {
            return None;
        }
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let today = now.to_jiff().to_zoned_datetime(zone.clone()).date();
        let dates = (-1..=AHEAD_DAYS).filter_map(|day| today.checked_add(day.days()).ok());
        let dates: Vec<Date> = dates.collect();
        let spans = |spans: &[Span]| -> Vec<(Timestamp, Timestamp)> {
            spans.iter().flat_map(|span| dates.iter().filter_map(|date| span.on(*date, &zone))).collect()
        };
        let (quiet, business) = (spans(&self.quiet), spans(&self.business));
        let within = |spans: &[(Timestamp, Timestamp)], at| spans.iter().any(|(from, to)| *from <= at && at < *to);
        let rests = |at| within(&quiet, at) || (!self.business.is_empty() && !within(&business, at));
        if !rests(now) {
            return None;
        }
        let edges = quiet.iter().map(|(_, to)| *to).chain(business.iter().map(|(from, _)| *from));
        let horizon = now.plus(AHEAD_DAYS * 24 * 3600);
        let wakes = edges.filter(|at| *at > now && *at < horizon && !rests(*at)).min();
        Some(wakes.unwrap_or(horizon))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(quiet: &[&str], business: &[&str]) -> Hours {
        let spans = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        Hours { quiet: spans(quiet), business: spans(business), ..Hours::default() }
    }

    #[test]
    fn spans_are_read_and_written_alike() {
        for text in ["22:00-07:00", "mon-fri 09:00-17:30", "sat,sun", "tue 00:00-24:00", "mon,wed 12:00-13:00"] {
            let span: Span = text.parse().unwrap();
            let written = span.to_string();
            assert_eq!(written.parse::<Span>().unwrap(), span, "{text} → {written}");
        }
        assert_eq!("Sat-Sun".parse::<Span>().unwrap().to_string(), "sat,sun");
        assert_eq!("fri-mon 20:00-06:00".parse::<Span>().unwrap().to_string(), "mon,fri,sat,sun 20:00-06:00");
    }

    #[test]
    fn mistakes_say_what_to_write() {
        for text in
            ["", "at night", "25:00-07:00", "22:00", "mon-fri 09:00-17:30 x", "12:00-12:00", "24:00-07:00", "9-17"]
        {
            let said = text.parse::<Span>().unwrap_err();
            assert!(said.contains("write"), "{text}: {said}");
        }
    }

    #[test]
    fn rests_end_on_the_clock_of_the_team() {
        // (quiet, business, zone, now, until)
        let table = [
            (&["22:00-07:00"][..], &[][..], "UTC", "2026-03-02T23:00:00Z", Some("2026-03-03T07:00:00Z")),
            (&["22:00-07:00"], &[], "UTC", "2026-03-03T06:59:59Z", Some("2026-03-03T07:00:00Z")),
            (&["22:00-07:00"], &[], "UTC", "2026-03-03T07:00:00Z", None),
            (&["22:00-07:00"], &[], "America/New_York", "2026-03-03T04:00:00Z", Some("2026-03-03T12:00:00Z")),
            // The clocks go forward at 02:00: the night is an hour shorter.
            (&["22:00-07:00"], &[], "America/New_York", "2026-03-08T04:00:00Z", Some("2026-03-08T11:00:00Z")),
            // A minute that does not exist that night.
            (&["01:00-02:30"], &[], "America/New_York", "2026-03-08T06:30:00Z", Some("2026-03-08T07:30:00Z")),
            (&[], &["mon-fri 09:00-17:00"], "UTC", "2026-03-06T18:00:00Z", Some("2026-03-09T09:00:00Z")),
            (&[], &["mon-fri 09:00-17:00"], "UTC", "2026-03-06T16:00:00Z", None),
            (&["sat,sun", "22:00-07:00"], &[], "UTC", "2026-03-06T23:00:00Z", Some("2026-03-09T07:00:00Z")),
            (&["mon-sun"], &[], "UTC", "2026-03-06T23:00:00Z", Some("2026-03-14T23:00:00Z")),
            (&["22:00-07:00"], &[], "Nowhere/Land", "2026-03-02T23:00:00Z", Some("2026-03-03T07:00:00Z")),
        ];
        for (quiet, business, zone, now, until) in table {
            let got = hours(quiet, business).rests_until(zone, now.parse().unwrap());
            assert_eq!(got, until.map(|at| at.parse().unwrap()), "{quiet:?} {business:?} {zone} {now}");
        }
        assert_eq!(Hours::default().rests_until("UTC", Timestamp::from_second(0)), None);
    }
}
