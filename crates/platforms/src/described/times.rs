//! How a described page writes its times.

use jiff::ZonedDateTime;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

use super::description::Description;
use crate::kit::dates::{self, Instant};

/// A format of times is no longer than this (bytes).
const LONGEST: usize = 100;

/// Its zone, and its own way to write them.
#[derive(Clone, Debug, Default)]
pub(super) struct Times {
    zone: Option<TimeZone>,
    format: Option<String>,
}

impl Times {
    /// What is written of them; `wrong` is told of what cannot be used, with its key.
    pub(super) fn new(description: &Description, mut wrong: impl FnMut(&str, &str)) -> Self {
        let zone = description.time_zone.as_ref().and_then(|name| {
            let zone = TimeZone::get(name.trim());
            let text = format!("there is no time zone `{name}`; use an IANA name like `Europe/Berlin`");
            zone.map_err(|_| wrong("time_zone", &text)).ok()
        });
        if let Some(format) = &description.time_format
            && !is_format(format)
        {
            let text = format!("`{format}` is no format of a time; write it like `%d.%m.%Y %H:%M`");
            wrong("time_format", &text);
        }
        Self { zone, format: description.time_format.clone() }
    }

    /// A time, and whether UTC was assumed; `None` where it cannot be read.
    pub(super) fn read(&self, text: &str) -> Option<Instant> {
        let format = self.format.as_deref();
        if let Some(parts) = format.and_then(|format| strtime::parse(format, text).ok()) {
            if let Ok(at) = parts.to_timestamp() {
                return Some(Instant { at, assumed_utc: false });
            }
            let day = parts.to_date().ok()?;
            let civil = parts.to_time().map_or_else(|_| day.at(0, 0, 0, 0), |time| day.to_datetime(time));
            return self.placed(civil);
        }
        let instant = dates::parse(text)?;
        if instant.assumed_utc && self.zone.is_some() {
            return self.placed(TimeZone::UTC.to_datetime(instant.at));
        }
        Some(instant)
    }

    fn placed(&self, civil: DateTime) -> Option<Instant> {
        let zone = self.zone.clone().unwrap_or(TimeZone::UTC);
        let at = zone.to_ambiguous_timestamp(civil).compatible().ok()?;
        Some(Instant { at, assumed_utc: self.zone.is_none() })
    }
}

fn is_format(format: &str) -> bool {
    let any = ZonedDateTime::default();
    format.len() <= LONGEST && format.contains('%') && strtime::format(format, &any).is_ok()
}
