//! The dates that status pages write.
//!
//! Read: RFC 3339 with any offset and precision; RFC 2822 with or without weekday and seconds, with numeric or named
//! zones (`PDT`, `Z`, `UTC`); JavaScript's `Sat Jun 11 2022 18:55:50 GMT+0000 (…)`; Go's `2020-06-01 12:00:00 +0000 UTC`;
//! `2026-02-20 22:01:00` without a zone; `May 13, 2017, 06:45 UTC`; seconds and milliseconds since 1970 as digits.

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::Offset;

/// An instant as it was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Instant {
    /// Full precision: updates are ordered by it before it is cut to seconds.
    pub at: Timestamp,
    /// The text named no zone (or none we know): UTC was assumed.
    pub assumed_utc: bool,
}

/// Any of the forms above; `None` for everything else.
#[must_use]
pub fn parse(text: &str) -> Option<Instant> {
    let text = text.trim();
    if text.len() > 100 {
        return None;
    }
    if let Ok(at) = text.parse::<Timestamp>() {
        return Some(Instant { at, assumed_utc: false });
    }
    epoch(text).map(|at| Instant { at, assumed_utc: false }).or_else(|| loose(text))
}

/// Seconds (up to 11 digits, and a fraction that is dropped) or milliseconds (12 to 14) since 1970.
fn epoch(text: &str) -> Option<Timestamp> {
    let text = match text.split_once('.') {
        Some((whole, fraction)) if whole.len() >= 9 && fraction.bytes().all(|byte| byte.is_ascii_digit()) => whole,
        _ => text,
    };
    if text.len() < 8 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: i64 = text.parse().ok()?;
    match text.len() {
        8..=11 => Timestamp::from_second(number).ok(),
        12..=14 => Timestamp::from_millisecond(number).ok(),
        _ => None,
    }
}

/// What a loosely written date says, word by word.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    pub year: Option<i16>,
    pub month: Option<i8>,
    pub day: Option<i8>,
    pub time: Option<Time>,
    pub zone: Option<Offset>,
    /// A zone was written, but it is none we know.
    pub strange_zone: bool,
}

impl Parts {
    /// The instant, once a year is known. UTC where no zone is.
    #[must_use]
    pub fn at(&self, year: i16) -> Option<Timestamp> {
        let date = Date::new(year, self.month?, self.day?).ok()?;
        let civil = date.to_datetime(self.time.unwrap_or(Time::midnight()));
        self.zone.unwrap_or(Offset::UTC).to_timestamp(civil).ok()
    }
}

fn loose(text: &str) -> Option<Instant> {
    let parts = parts(text)?;
    let at = parts.at(parts.year?)?;
    Some(Instant { at, assumed_utc: parts.zone.is_none() })
}

/// Takes a written date apart. `None` where a word is none of a date's. Nothing need be complete.
#[must_use]
pub fn parts(text: &str) -> Option<Parts> {
    let mut parts = Parts::default();
    let text = text.split('(').next().unwrap_or_default();
    for word in text.split([' ', ',', '\t', '\n', '\r', '\u{a0}']).filter(|word| !word.is_empty()) {
        take_word(&mut parts, word)?;
    }
    Some(parts)
}

fn take_word(parts: &mut Parts, word: &str) -> Option<()> {
    if let Some((date, time)) = word.split_once('T').filter(|(date, _)| date.len() == 10) {
        take_iso_date(parts, date)?;
        return take_clock(parts, time);
    }
    if word.len() == 10 && take_iso_date(parts, word).is_some() {
        return Some(());
    }
    if word.contains(':') && !word.starts_with(['+', '-']) && !word.starts_with("GMT") && !word.starts_with("UTC") {
        return take_clock(parts, word);
    }
    if word.bytes().all(|byte| byte.is_ascii_digit()) {
        return take_number(parts, word);
    }
    if word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("pm") {
        return half_of_day(parts, word.eq_ignore_ascii_case("pm"));
    }
    if parts.month.is_none()
        && let Some(month) = month(word)
    {
        parts.month = Some(month);
        return Some(());
    }
    if is_weekday(word) || matches!(word, "at" | "-" | "\u{b7}") {
        return Some(());
    }
    take_zone(parts, word)
}

fn take_iso_date(parts: &mut Parts, word: &str) -> Option<()> {
    let date: Date = word.parse().ok()?;
    parts.year = Some(date.year());
    parts.month = Some(date.month());
    parts.day = Some(date.day());
    Some(())
}

/// `22:01`, `22:01:30`, `22:01:30.123`, with `Z`, `+02:00` or nothing behind.
fn take_clock(parts: &mut Parts, word: &str) -> Option<()> {
    let end = word.find(|c: char| !(c.is_ascii_digit() || c == ':' || c == '.')).unwrap_or(word.len());
    let (clock, rest) = word.split_at(end);
    let mut fields = clock.split(':');
    let hour: i8 = fields.next()?.parse().ok()?;
    let minute: i8 = fields.next()?.parse().ok()?;
    let (second, nano) = match fields.next() {
        None => (0, 0),
        Some(seconds) => seconds_of(seconds)?,
    };
    // Some feeds write midnight as 24:00; a leap second is the last second of its minute.
    let hour = if hour == 24 { 0 } else { hour };
    parts.time = Some(Time::new(hour, minute, second.min(59), nano).ok()?);
    if rest.is_empty() {
        Some(())
    } else if is_half(rest) {
        half_of_day(parts, rest.eq_ignore_ascii_case("pm"))
    } else {
        take_zone(parts, rest)
    }
}

fn is_half(word: &str) -> bool {
    word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("pm")
}

fn seconds_of(text: &str) -> Option<(i8, i32)> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits: String = fraction.chars().take(9).collect();
    let nano = if digits.is_empty() { 0 } else { format!("{digits:0<9}").parse().ok()? };
    Some((whole.parse().ok()?, nano))
}

fn half_of_day(parts: &mut Parts, afternoon: bool) -> Option<()> {
    let time = parts.time?;
    let hour = match (time.hour(), afternoon) {
        (12, false) => 0,
        (hour @ 1..=11, true) => hour + 12,
        (hour, _) => hour,
    };
    parts.time = Time::new(hour, time.minute(), time.second(), time.subsec_nanosecond()).ok();
    Some(())
}

fn take_number(parts: &mut Parts, word: &str) -> Option<()> {
    match word.len() {
        1 | 2 if parts.day.is_none() => parts.day = Some(word.parse().ok()?),
        4 if parts.year.is_none() => parts.year = Some(word.parse().ok()?),
        _ => return None,
    }
    Some(())
}

fn take_zone(parts: &mut Parts, word: &str) -> Option<()> {
    if let Some(offset) = zone(word) {
        // `+0000 UTC`: the first one counts.
        parts.zone = parts.zone.or(Some(offset));
        return Some(());
    }
    let looks_like_a_zone = word.len() <= 5 && word.bytes().all(|byte| byte.is_ascii_uppercase());
    if looks_like_a_zone && parts.time.is_some() {
        parts.strange_zone = true;
        return Some(());
    }
    None
}

fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.trim_end_matches('.');
    if word.len() < 3 || !word.is_ascii() {
        return None;
    }
    let lower = word.to_ascii_lowercase();
    let is_it = |name: &&str| name.starts_with(&lower) || (lower == "sept" && name.starts_with("sep"));
    MONTHS.iter().position(is_it).and_then(|index| i8::try_from(index + 1).ok())
}

fn is_weekday(word: &str) -> bool {
    const DAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let lower = word.trim_end_matches('.').to_ascii_lowercase();
    lower.len() >= 3 && DAYS.iter().any(|day| day.starts_with(&lower))
}

/// The offset of a zone as feeds write it: `Z`, `PDT`, `+0900`, `GMT+2`, `UTC-05:30`. `None`: not one we know.
#[must_use]
pub fn zone(word: &str) -> Option<Offset> {
    let bare = word.strip_prefix("GMT").or_else(|| word.strip_prefix("UTC")).filter(|rest| !rest.is_empty());
    if let Some(offset) = numeric(bare.unwrap_or(word)) {
        return Some(offset);
    }
    let minutes = match word.to_ascii_uppercase().as_str() {
        "Z" | "UTC" | "GMT" | "UT" | "WET" => 0,
        "BST" | "CET" | "WEST" | "MEZ" => 60,
        "CEST" | "MESZ" | "EET" | "SAST" | "CAT" => 120,
        "EEST" | "MSK" | "TRT" | "EAT" => 180,
        "GST" => 240,
        "PKT" => 300,
        "IST" => 330,
        "ICT" | "WIB" => 420,
        "HKT" | "SGT" | "AWST" | "PHT" => 480,
        "JST" | "KST" => 540,
        "ACST" => 570,
        "AEST" => 600,
        "ACDT" => 630,
        "AEDT" => 660,
        "NZST" => 720,
        "NZDT" => 780,
        "BRT" | "ART" | "ADT" => -180,
        "AST" | "EDT" => -240,
        "EST" | "CDT" | "COT" => -300,
        "CST" | "MDT" => -360,
        "MST" | "PDT" => -420,
        "PST" | "AKDT" => -480,
        "AKST" => -540,
        "HST" => -600,
        _ => return None,
    };
    Offset::from_seconds(minutes * 60).ok()
}

/// `+0900`, `-05:30`, `+2`, `\u{2212}07:00`.
fn numeric(word: &str) -> Option<Offset> {
    let (sign, digits) = match word.chars().next()? {
        '+' => (1, &word[1..]),
        '-' => (-1, &word[1..]),
        '\u{2212}' => (-1, word.strip_prefix('\u{2212}')?),
        _ => return None,
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some(pair) => pair,
        None if digits.len() == 4 => digits.split_at_checked(2)?,
        None => (digits, "0"),
    };
    if hours.is_empty() || hours.len() > 2 || minutes.len() > 2 {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    if hours > 15 || minutes > 59 {
        return None;
    }
    Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_the_forms_that_pages_write() {
        let cases = [
            ("2026-02-20T22:01:00Z", "2026-02-20T22:01:00Z"),
            ("2026-02-20T15:01:00.437-07:00", "2026-02-20T22:01:00.437Z"),
            ("2026-02-20T22:01:00+0000", "2026-02-20T22:01:00Z"),
            ("Fri, 20 Feb 2026 22:01:00 GMT", "2026-02-20T22:01:00Z"),
            ("Fri, 20 Feb 2026 22:01:00 +0000", "2026-02-20T22:01:00Z"),
            ("Fri, 20 Feb 2026 22:01:00 Z", "2026-02-20T22:01:00Z"),
            ("Fri, 20 Feb 2026 14:01:00 PST", "2026-02-20T22:01:00Z"),
            ("20 Feb 2026 22:01 UTC", "2026-02-20T22:01:00Z"),
            ("21 Feb 2026 07:01:00 +0900", "2026-02-20T22:01:00Z"),
            ("Friday, 20 February 2026 22:01:00 GMT", "2026-02-20T22:01:00Z"),
            ("Fri Feb 20 2026 22:01:00 GMT+0000 (Coordinated Universal Time)", "2026-02-20T22:01:00Z"),
            ("2026-02-20 22:01:00 +0000 UTC", "2026-02-20T22:01:00Z"),
            ("February 20, 2026, 22:01 UTC", "2026-02-20T22:01:00Z"),
            ("Feb 20, 2026 10:01 PM UTC", "2026-02-20T22:01:00Z"),
            ("Feb 20, 2026 12:01 AM UTC", "2026-02-20T00:01:00Z"),
            ("1771624860", "2026-02-20T22:01:00Z"),
            ("1771624860000", "2026-02-20T22:01:00Z"),
            ("Sun, 31 Dec 2016 23:59:60 GMT", "2016-12-31T23:59:59Z"),
        ];
        for (text, expected) in cases {
            let read = parse(text).unwrap_or_else(|| panic!("`{text}` is not read"));
            assert_eq!(read.at.to_string(), expected, "{text}");
            assert!(!read.assumed_utc, "{text}");
        }
    }

    #[test]
    fn a_missing_zone_is_said() {
        for text in ["2026-02-20 22:01:00", "2026-02-20T22:01:00", "20 Feb 2026 22:01", "20 Feb 2026 22:01:00 XYZT"] {
            let read = parse(text).unwrap_or_else(|| panic!("`{text}` is not read"));
            assert_eq!(read.at.to_string(), "2026-02-20T22:01:00Z", "{text}");
            assert!(read.assumed_utc, "{text}");
        }
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in
            ["", "soon", "<no value>", "Feb", "32 Feb 2026 10:00 UTC", "20 Feb 2026 25:00 UTC", "12", "99:99", "é"]
        {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
