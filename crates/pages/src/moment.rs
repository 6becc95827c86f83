//! A point in time on a page: readable on the team’s clock as it stands, with all a script needs to show the reader's own zone.

use std::fmt;

use askama::filters::HtmlSafe;
use jiff::tz::TimeZone;
use tocsin_domain::Timestamp;

use crate::words;

/// How much of an instant is written. The letters are also what the script reads: day, year, time,
/// seconds, zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// `20 Feb 2026, 22:01:38 UTC`, or the zone’s own letters
    Exact,
    /// `20 Feb 2026, 22:01 UTC`
    Full,
    /// `20 Feb, 22:01 UTC`
    DayTimeZone,
    /// `20 Feb, 22:01`
    DayTime,
    /// `22:01 UTC`
    TimeZone,
    /// `22:01`
    Time,
    /// `20 Feb 2026`
    Date,
    /// `20 Feb`
    Day,
}

impl Form {
    const fn letters(self) -> &'static str {
        match self {
            Self::Exact => "dytsz",
            Self::Full => "dytz",
            Self::DayTimeZone => "dtz",
            Self::DayTime => "dt",
            Self::TimeZone => "tz",
            Self::Time => "t",
            Self::Date => "dy",
            Self::Day => "d",
        }
    }

    const fn pattern(self) -> &'static str {
        match self {
            Self::Exact => "%-d %b %Y, %H:%M:%S\u{a0}%Z",
            Self::Full => "%-d %b %Y, %H:%M\u{a0}%Z",
            Self::DayTimeZone => "%-d %b, %H:%M\u{a0}%Z",
            Self::DayTime => "%-d %b, %H:%M",
            Self::TimeZone => "%H:%M\u{a0}%Z",
            Self::Time => "%H:%M",
            Self::Date => "%-d %b %Y",
            Self::Day => "%-d %b",
        }
    }
}

/// A `<time>` element. It holds nothing a vendor wrote, so it needs no escaping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    at: Timestamp,
    /// What the reader sees.
    text: String,
    how: How,
}

/// What a script does with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    /// Writes it in the reader's zone.
    Clock(Form),
    /// Counts on: `ago`, `lasting` or `ahead`.
    Since(&'static str),
}

impl Moment {
    /// On the clock of a zone; the exact UTC is in its tooltip.
    pub(crate) fn new(at: Timestamp, form: Form, zone: &TimeZone) -> Self {
        let local = at.to_jiff().to_zoned_datetime(zone.clone());
        Self { at, text: local.strftime(form.pattern()).to_string(), how: How::Clock(form) }
    }

    /// `22:01 UTC` where it is of the same day as `beside`, else `20 Feb, 22:01 UTC`.
    pub(crate) fn near(at: Timestamp, beside: Timestamp, zone: &TimeZone) -> Self {
        let day = |at: Timestamp| zone.to_datetime(at.to_jiff()).date();
        Self::new(at, if day(at) == day(beside) { Form::TimeZone } else { Form::DayTimeZone }, zone)
    }

    /// `41m`: how long something has lasted that began at `at`.
    pub(crate) fn lasting(at: Timestamp, now: Timestamp) -> Self {
        Self { at, text: words::duration(now.since(at)), how: How::Since("lasting") }
    }

    /// `12s ago`
    pub(crate) fn ago(at: Timestamp, now: Timestamp) -> Self {
        Self { at, text: words::ago(now.since(at)), how: How::Since("ago") }
    }

    /// What the reader sees.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// `in 3h`
    pub(crate) fn ahead(at: Timestamp, now: Timestamp) -> Self {
        Self { at, text: words::ahead(at.since(now)), how: How::Since("ahead") }
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<time")?;
        match self.how {
            How::Clock(form) => write!(f, " data-as=\"{}\"", form.letters())?,
            How::Since(what) => write!(f, " data-since=\"{what}\"")?,
        }
        write!(f, " datetime=\"{}\" title=\"{}\"", self.at, exact(self.at))?;
        write!(f, ">{}</time>", self.text)
    }
}

impl HtmlSafe for Moment {}

/// From when to when: `24 Nov, 02:00 – 04:00 UTC`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: Option<Moment>,
    pub(crate) end: Option<Moment>,
}

impl Span {
    /// On the clock of a zone.
    pub(crate) fn new(start: Option<Timestamp>, end: Option<Timestamp>, zone: &TimeZone) -> Self {
        let day = |at: Timestamp| zone.to_datetime(at.to_jiff()).date();
        let one_day = start.zip(end).is_some_and(|(start, end)| day(start) == day(end));
        let (first, last) = match (start.is_some() && end.is_some(), one_day) {
            (true, true) => (Form::DayTime, Form::TimeZone),
            (true, false) => (Form::DayTime, Form::DayTimeZone),
            (false, _) => (Form::DayTimeZone, Form::DayTimeZone),
        };
        Self { start: start.map(|at| Moment::new(at, first, zone)), end: end.map(|at| Moment::new(at, last, zone)) }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.start, &self.end) {
            (Some(start), Some(end)) => write!(f, "{start} – {end}"),
            (Some(start), None) => write!(f, "from {start}, end not stated"),
            (None, Some(end)) => write!(f, "until {end}"),
            (None, None) => f.write_str("no time stated"),
        }
    }
}

impl HtmlSafe for Span {}

/// `2026-02-20 22:01:38 UTC`
fn exact(at: Timestamp) -> String {
    at.to_jiff().strftime("%F %T UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_moment_says_its_zone_and_carries_the_exact_instant() {
        assert_eq!(
            Moment::new(at("2026-02-20T22:01:38Z"), Form::Full, &TimeZone::UTC).to_string(),
            "<time data-as=\"dytz\" datetime=\"2026-02-20T22:01:38Z\" title=\"2026-02-20 22:01:38 UTC\">\
             20 Feb 2026, 22:01\u{a0}UTC</time>"
        );
        let new_york = TimeZone::get("America/New_York").unwrap();
        assert_eq!(
            Moment::new(at("2026-02-21T02:01:38Z"), Form::Full, &new_york).to_string(),
            "<time data-as=\"dytz\" datetime=\"2026-02-21T02:01:38Z\" title=\"2026-02-21 02:01:38 UTC\">\
             20 Feb 2026, 21:01\u{a0}EST</time>"
        );
        let age = Moment::ago(at("2026-02-20T22:01:00Z"), at("2026-02-21T00:01:00Z"));
        assert_eq!(age.text, "2h ago");
        assert!(!age.to_string().contains("data-as"), "relative times are the same in every zone");
    }

    #[test]
    fn spans_name_the_day_once_where_one_is_enough() {
        let text = |start: Option<&str>, end: Option<&str>| {
            let span = Span::new(start.map(at), end.map(at), &TimeZone::UTC);
            let word = |moment: &Option<Moment>| moment.as_ref().map_or("-".to_owned(), |moment| moment.text.clone());
            (word(&span.start), word(&span.end))
        };
        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(
            text(Some("2026-11-24T02:00:00Z"), Some("2026-11-24T04:00:00Z")),
            pair("24 Nov, 02:00", "04:00\u{a0}UTC")
        );
        assert_eq!(
            text(Some("2026-11-24T22:00:00Z"), Some("2026-11-25T01:00:00Z")),
            pair("24 Nov, 22:00", "25 Nov, 01:00\u{a0}UTC")
        );
        assert_eq!(text(Some("2026-11-24T22:00:00Z"), None), pair("24 Nov, 22:00\u{a0}UTC", "-"));
        assert_eq!(Span::new(None, None, &TimeZone::UTC).to_string(), "no time stated");
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        let zones = [TimeZone::UTC, TimeZone::get("Pacific/Kiritimati").unwrap()];
        for (second, zone) in [i64::MIN, i64::MAX].into_iter().flat_map(|end| zones.clone().map(|zone| (end, zone))) {
            let moment = Moment::new(Timestamp::from_second(second), Form::Full, &zone);
            assert!(moment.to_string().contains("UTC"));
        }
    }
}
