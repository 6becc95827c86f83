//! Rule: what a group wants to hear.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Weekday;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use super::hours::Hours;
use super::places::Places;
use crate::components::Component;
use crate::digest::Gathered;
use crate::event::EventKind;
use crate::incident::{ComponentRef, Impact};
use crate::time::Timestamp;

/// `incident.opened`, `incident.*` or `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EventPattern {
    One(EventKind),
    /// The family before the dot: `incident`.
    Family(String),
    All,
}

impl EventPattern {
    #[must_use]
    pub fn matches(&self, kind: EventKind) -> bool {
        match self {
            Self::One(one) => *one == kind,
            Self::Family(family) => kind.word().split('.').next() == Some(family),
            Self::All => true,
        }
    }
}

impl FromStr for EventPattern {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if text == "*" {
            return Ok(Self::All);
        }
        if let Some(family) = text.strip_suffix(".*") {
            let known = EventKind::ALL.iter().any(|kind| kind.word().split('.').next() == Some(family));
            return if known { Ok(Self::Family(family.to_owned())) } else { Err(format!("`{text}` matches no event")) };
        }
        text.parse().map(Self::One)
    }
}

impl fmt::Display for EventPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(kind) => f.write_str(kind.word()),
            Self::Family(family) => write!(f, "{family}.*"),
            Self::All => f.write_str("*"),
        }
    }
}

impl Serialize for EventPattern {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EventPattern {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'_, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What a notification group wants to hear, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `None`: the defaults of the contract's section 5.
    pub events: Option<Vec<EventPattern>>,
    #[serde(default)]
    pub min_impact: Impact,
    /// Seconds that a minor incident must last before it is announced; never for major and critical ones.
    #[serde(default)]
    pub dwell_s: i64,
    /// Seconds that any but a critical incident must last before it is announced.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub longer_than_s: i64,
    #[serde(default, skip_serializing_if = "Scope::is_all")]
    pub scope: Scope,
    /// False: nothing of maintenance is told.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub maintenance: bool,
    /// Which reminders of maintenance are told, seconds before its start; `None`: all (a day and an hour before).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminders_s: Option<Vec<i64>>,
    #[serde(default, skip_serializing_if = "Hours::is_always")]
    pub hours: Hours,
    /// One message for each hour, day or week instead of one for each event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digesting>,
    /// Seconds after which an incident that is still open and not acknowledged is told again, and again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat_s: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub escalate: Option<Escalation>,
    /// Tell when a vendor does not keep its promise of a next update.
    #[serde(default, skip_serializing_if = "is_no")]
    pub promises: bool,
    /// When new incidents are too many to be told one by one; `None`: the default.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub storm: Option<Storm>,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            events: None,
            min_impact: Impact::None,
            dwell_s: 0,
            longer_than_s: 0,
            scope: Scope::default(),
            maintenance: true,
            reminders_s: None,
            hours: Hours::default(),
            digest: None,
            repeat_s: None,
            escalate: None,
            promises: false,
            storm: None,
        }
    }
}

const fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
const fn is_yes(flag: &bool) -> bool {
    *flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
const fn is_no(flag: &bool) -> bool {
    !*flag
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
const fn is_zero(seconds: &i64) -> bool {
    *seconds == 0
}

/// Of what a monitor follows, the part that a group wants. Every list that is not empty must agree.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Slugs or globs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub providers: Vec<String>,
    /// Categories of the catalogue.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// Tags that somebody gave a monitor.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<String>,
    /// Names, ids or globs of components; what names none concerns everybody.
    #[serde(default, skip_serializing_if = "Interest::is_all")]
    pub components: Interest,
    /// Environments and regions as titles name them, "PROD 1" or "EU"; what names none of that kind concerns everybody.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<String>,
}

impl Scope {
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }
}

/// How often a digest comes. On the clock of the team: at the full hour, at nine, on Monday at nine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Digesting {
    Hourly,
    Daily,
    Weekly,
}

impl Digesting {
    pub const ALL: [Self; 3] = [Self::Hourly, Self::Daily, Self::Weekly];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hourly => "hourly",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
        }
    }

    #[must_use]
    pub const fn gathered(self) -> Gathered {
        match self {
            Self::Hourly => Gathered::Hourly,
            Self::Daily => Gathered::Daily,
            Self::Weekly => Gathered::Weekly,
        }
    }

    /// When the digest that `now` belongs to is sent. A zone we do not know is UTC.
    #[must_use]
    pub fn next(self, zone: &str, now: Timestamp) -> Timestamp {
        if self == Self::Hourly {
            return Timestamp::from_second(now.as_second().div_euclid(3600).saturating_add(1) * 3600);
        }
        let zone = TimeZone::get(zone).unwrap_or(TimeZone::UTC);
        let today = now.to_jiff().to_zoned_datetime(zone.clone()).date();
        let mut dates = (0..=8).filter_map(|day| today.checked_add(day.days()).ok());
        let found = dates.find_map(|date| {
            let at = date.at(DIGEST_HOUR, 0, 0, 0).to_zoned_datetime(zone.clone()).ok()?;
            let at = Timestamp::from_jiff(at.timestamp());
            (at > now && (self == Self::Daily || date.weekday() == Weekday::Monday)).then_some(at)
        });
        found.unwrap_or_else(|| now.plus(24 * 3600))
    }
}

/// The team's hour at which daily and weekly digests come.
const DIGEST_HOUR: i8 = 9;

/// Whom to tell when nobody acknowledges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Escalation {
    /// Name of the group; names are unique in a team.
    pub to: String,
    pub after_s: i64,
}

/// More than so many new incidents on one channel within so many seconds are told in one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Storm {
    /// 0: never.
    pub more_than: u32,
    pub within_s: i64,
}

impl Default for Storm {
    fn default() -> Self {
        Self { more_than: 10, within_s: 300 }
    }
}

impl Rule {
    #[must_use]
    pub fn wants(&self, kind: EventKind) -> bool {
        // An import is the journal's own note; the contract says it is never told.
        if kind == EventKind::IncidentImported {
            return false;
        }
        match &self.events {
            None => kind.is_default(),
            Some(patterns) => patterns.iter().any(|pattern| pattern.matches(kind)),
        }
    }

    /// Seconds that an open incident of this impact must last before this group hears of it.
    #[must_use]
    pub fn wait_s(&self, impact: Impact) -> i64 {
        let dwell_s = if impact <= Impact::Minor { self.dwell_s } else { 0 };
        let longer_s = if impact < Impact::Critical { self.longer_than_s } else { 0 };
        dwell_s.max(longer_s)
    }
}

/// A monitor's component filter: names, ids or globs; a group's name counts for its members. Empty means all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interest(pub Vec<String>);

impl Interest {
    #[must_use]
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// The first of `named` that this filter picks; ids, names and groups are looked up in `components`.
    #[must_use]
    pub fn picks<'a>(&self, named: &'a [ComponentRef], components: &[Component]) -> Option<&'a ComponentRef> {
        self.picks_at(named, &Places::of(components.to_vec().into()))
    }

    pub(super) fn picks_at<'a>(&self, named: &'a [ComponentRef], places: &Places) -> Option<&'a ComponentRef> {
        let globs: Vec<WildMatch> =
            self.0.iter().map(|pattern| WildMatch::new_case_insensitive(pattern.trim())).collect();
        named.iter().find(|one| self.picks_any(&globs, &places.names(one)))
    }

    /// True where the filter picks this component of a page.
    #[must_use]
    pub fn picks_component(&self, component: &Component) -> bool {
        let names: Vec<&str> = [component.id.as_str(), component.name.as_str()]
            .into_iter()
            .chain(component.group.iter().map(String::as_str))
            .collect();
        let globs: Vec<WildMatch> =
            self.0.iter().map(|pattern| WildMatch::new_case_insensitive(pattern.trim())).collect();
        self.is_all() || self.picks_any(&globs, &names)
    }

    /// A name with `*` or `?` in it is meant literally too.
    fn picks_any(&self, globs: &[WildMatch], names: &[&str]) -> bool {
        let literally = |name: &str| self.0.iter().any(|pattern| name.eq_ignore_ascii_case(pattern.trim()));
        names.iter().any(|name| !name.is_empty() && (literally(name) || globs.iter().any(|glob| glob.matches(name))))
    }
}
