//! Rule: what a group wants to hear.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use wildmatch::WildMatch;

use super::places::Places;
use crate::components::Component;
use crate::event::EventKind;
use crate::incident::{ComponentRef, Impact};

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

/// What a notification group wants to hear.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `None`: the defaults of the contract's section 5.
    pub events: Option<Vec<EventPattern>>,
    #[serde(default)]
    pub min_impact: Impact,
    /// Seconds that a minor incident must last before it is announced; never for major and critical ones.
    #[serde(default)]
    pub dwell_s: i64,
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
