//! Times and spans as people read them: on the clock of the team, with UTC beside it.

use jiff::ZonedDateTime;
use jiff::tz::TimeZone;
use tocsin_domain::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A span of seconds: `45s`, `1m 30s`, `41m`, `2h`, `1h 30m`, `1d 1h`. Two units at most.
pub(crate) fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let rounded = |unit: i64| seconds.saturating_add(unit / 2) / unit * unit;
    let (whole, large, large_unit, small, small_unit) = if seconds < 10 * MINUTE {
        (seconds, MINUTE, "m", 1, "s")
    } else if rounded(MINUTE) < DAY {
        (rounded(MINUTE), HOUR, "h", MINUTE, "m")
    } else {
        (rounded(HOUR), DAY, "d", HOUR, "h")
    };
    match (whole / large, whole % large / small) {
        (0, few) => format!("{few}{small_unit}"),
        (many, 0) => format!("{many}{large_unit}"),
        (many, few) => format!("{many}{large_unit} {few}{small_unit}"),
    }
}

/// The team's clock at the moment of the event.
pub(crate) struct Clock {
    zone: TimeZone,
    now: ZonedDateTime,
}

impl Clock {
    /// A zone we do not know is UTC.
    pub(crate) fn new(zone: &str, now: Timestamp) -> Self {
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let now = now.to_jiff().to_zoned_datetime(zone.clone());
        Self { zone, now }
    }

    fn local(&self, at: Timestamp) -> ZonedDateTime {
        at.to_jiff().to_zoned_datetime(self.zone.clone())
    }

    /// True where the team's clock shows UTC then.
    fn is_utc(&self, at: Timestamp) -> bool {
        self.local(at).offset().seconds() == 0
    }

    /// `17:01 EST`, with the day where it is not the event's: `19 Feb, 17:01 EST`.
    pub(crate) fn short(&self, at: Timestamp) -> String {
        let local = self.local(at);
        let zone = if self.is_utc(at) { "UTC".to_owned() } else { local.strftime("%Z").to_string() };
        format!("{}{} {zone}", self.day(&local), local.strftime("%H:%M"))
    }

    /// `20 Feb`, on the team's clock.
    pub(crate) fn date(&self, at: Timestamp) -> String {
        self.local(at).strftime("%-d %b").to_string()
    }

    fn day(&self, local: &ZonedDateTime) -> String {
        if local.date() == self.now.date() {
            String::new()
        } else if local.year() == self.now.year() {
            local.strftime("%-d %b, ").to_string()
        } else {
            local.strftime("%-d %b %Y, ").to_string()
        }
    }

    /// `20 Feb 2026, 17:01 EST (22:01 UTC)`; the day is said twice where the two clocks differ in it.
    pub(crate) fn full(&self, at: Timestamp) -> String {
        let utc = at.to_jiff().to_zoned_datetime(TimeZone::UTC);
        if self.is_utc(at) {
            return utc.strftime("%-d %b %Y, %H:%M UTC").to_string();
        }
        let local = self.local(at);
        let pattern = if local.date() == utc.date() { "%H:%M UTC" } else { "%-d %b, %H:%M UTC" };
        format!("{} ({})", local.strftime("%-d %b %Y, %H:%M %Z"), utc.strftime(pattern))
    }

    /// A window: `23 Nov 2026, 21:00 – 23:00 EST (24 Nov, 02:00 – 04:00 UTC)`.
    pub(crate) fn window(&self, start: Option<Timestamp>, end: Option<Timestamp>) -> String {
        match (start, end) {
            (Some(start), Some(end)) => self.between(start, end),
            (Some(start), None) => format!("from {}, end not stated", self.full(start)),
            (None, Some(end)) => format!("until {}", self.full(end)),
            (None, None) => "no time stated".to_owned(),
        }
    }

    fn between(&self, start: Timestamp, end: Timestamp) -> String {
        let utc = |at: Timestamp| at.to_jiff().to_zoned_datetime(TimeZone::UTC);
        let span = |from: &ZonedDateTime, to: &ZonedDateTime, first: &str, zone: &str| {
            let last = if from.date() == to.date() { "%H:%M" } else { "%-d %b, %H:%M" };
            format!("{} – {} {zone}", from.strftime(first), to.strftime(last))
        };
        let (from, to) = (utc(start), utc(end));
        if self.is_utc(start) && self.is_utc(end) {
            return span(&from, &to, "%-d %b %Y, %H:%M", "UTC");
        }
        let (near, far) = (self.local(start), self.local(end));
        let first = if near.date() == from.date() { "%H:%M" } else { "%-d %b, %H:%M" };
        let zone = far.strftime("%Z").to_string();
        format!("{} ({})", span(&near, &far, "%-d %b %Y, %H:%M", &zone), span(&from, &to, first, "UTC"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn durations() {
        let table = [
            (-5, "0s"),
            (45, "45s"),
            (90, "1m 30s"),
            (600, "10m"),
            (2_460, "41m"),
            (3_570, "1h"),
            (13_050, "3h 38m"),
            (86_399, "1d"),
            (90_061, "1d 1h"),
            (i64::MAX, "106751991167300d 15h"),
        ];
        for (seconds, text) in table {
            assert_eq!(duration(seconds), text, "{seconds} s");
        }
    }

    #[test]
    fn the_team_reads_its_own_clock_and_utc() {
        let clock = Clock::new("America/New_York", at("2026-02-20T22:30:00Z"));
        assert_eq!(clock.short(at("2026-02-20T22:01:00Z")), "17:01 EST");
        assert_eq!(clock.short(at("2026-02-21T06:01:00Z")), "21 Feb, 01:01 EST");
        assert_eq!(clock.short(at("2025-12-31T22:01:00Z")), "31 Dec 2025, 17:01 EST");
        assert_eq!(clock.full(at("2026-02-20T22:01:00Z")), "20 Feb 2026, 17:01 EST (22:01 UTC)");
        assert_eq!(clock.full(at("2026-02-21T01:01:00Z")), "20 Feb 2026, 20:01 EST (21 Feb, 01:01 UTC)");
        let window = clock.window(Some(at("2026-11-24T02:00:00Z")), Some(at("2026-11-24T04:00:00Z")));
        assert_eq!(window, "23 Nov 2026, 21:00 – 23:00 EST (24 Nov, 02:00 – 04:00 UTC)");
    }

    #[test]
    fn in_utc_it_is_said_once() {
        for zone in ["UTC", "Etc/UTC", "Nowhere/Land", ""] {
            let clock = Clock::new(zone, at("2026-02-20T22:30:00Z"));
            assert_eq!(clock.short(at("2026-02-20T22:01:00Z")), "22:01 UTC", "{zone}");
            assert_eq!(clock.full(at("2026-02-20T22:01:00Z")), "20 Feb 2026, 22:01 UTC", "{zone}");
            let window = clock.window(Some(at("2026-11-24T22:00:00Z")), Some(at("2026-11-25T01:00:00Z")));
            assert_eq!(window, "24 Nov 2026, 22:00 – 25 Nov, 01:00 UTC", "{zone}");
            assert_eq!(clock.window(None, None), "no time stated");
        }
    }
}
