//! Warning: our own early sign that something is wrong, before the provider says so.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::alert::{Audience, Open, Places, Standing, Waiting, decide};
use crate::components::Component;
use crate::event::{Event, EventKind, Subject};
use crate::health::Health;
use crate::incident::{ComponentRef, Impact};
use crate::provider::ProviderRef;
use crate::reading::Reading;
use crate::step::Decided;
use crate::time::Timestamp;

/// In the place of a page's key: what checks of our own find.
const PAGE: &str = "warning";

/// What a warning is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// Calls are answered, and somebody cannot be heard.
    NoAudio,
    /// Calls are not answered.
    NotAnswered,
    /// Calls connect, and are hard to follow or late.
    PoorCalls,
}

impl WarningKind {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoAudio => "no_audio",
            Self::NotAnswered => "not_answered",
            Self::PoorCalls => "poor_calls",
        }
    }

    /// What a check's reading says to be wrong.
    #[must_use]
    pub fn of(reading: &Reading) -> Option<Self> {
        let all = [Self::NoAudio, Self::NotAnswered, Self::PoorCalls];
        all.into_iter().find(|kind| reading.problems.iter().any(|problem| problem.code == kind.word()))
    }

    /// What is wrong, in one sentence without a full stop.
    #[must_use]
    pub const fn summary(self) -> &'static str {
        match self {
            Self::NoAudio => "Calls are answerable but audio does not connect",
            Self::NotAnswered => "Calls do not connect",
            Self::PoorCalls => "Calls connect, but are hard to follow",
        }
    }

    #[must_use]
    pub const fn impact(self) -> Impact {
        match self {
            Self::NoAudio | Self::NotAnswered => Impact::Major,
            Self::PoorCalls => Impact::Minor,
        }
    }
}

/// How sure we are, in hundredths; written as a number from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Confidence(pub u8);

impl Confidence {
    /// After so many of so many tries failed: Laplace's rule, so that two of two is not yet certainty.
    #[must_use]
    pub fn of(failed: usize, tried: usize) -> Self {
        let hundredths = (failed.min(tried) + 1) * 100 / (tried + 2);
        Self(u8::try_from(hundredths).unwrap_or(100))
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} %", self.0)
    }
}

impl Serialize for Confidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(f64::from(self.0) / 100.0)
    }
}

impl<'de> Deserialize<'de> for Confidence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let share = f64::deserialize(deserializer)?;
        if (0.0..=1.0).contains(&share) {
            Ok(Self((share * 100.0).round() as u8))
        } else {
            Err(serde::de::Error::custom("a confidence lies between 0 and 1"))
        }
    }
}

/// The check that a warning comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRef {
    pub id: Uuid,
    /// In addresses.
    pub slug: String,
    pub name: String,
}

/// One warning, from its first sign to its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    pub id: Uuid,
    pub kind: WarningKind,
    pub check: CheckRef,
    /// Whose service the check tests, where it says so.
    pub provider: Option<ProviderRef>,
    pub components: Vec<ComponentRef>,
    pub impact: Impact,
    /// Our clock: the first try that failed.
    pub started_at: Timestamp,
    pub ended_at: Option<Timestamp>,
    /// What the provider's page said when it was raised.
    pub page_says: Option<Health>,
    /// What it rests on, in sentences.
    pub evidence: Vec<String>,
    pub confidence: Confidence,
    /// What is wrong, in one sentence without a full stop.
    pub summary: String,
    /// Why it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_because: Option<String>,
}

impl Warning {
    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }

    /// From its start to its end, or to `now` (seconds).
    #[must_use]
    pub fn duration_s(&self, now: Timestamp) -> i64 {
        self.ended_at.unwrap_or(now).since(self.started_at).max(0)
    }

    /// `Kustomer’s page says operational`: what the provider said when it was raised.
    #[must_use]
    pub fn page_word(&self) -> Option<String> {
        let (provider, said) = (self.provider.as_ref()?, self.page_says?);
        Some(format!("{}’s page says {}", provider.name, said.label().to_lowercase()))
    }
}

/// A warning that is open, with what is remembered of it towards those who heard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raised {
    pub warning: Warning,
    pub standing: Standing,
}

impl Raised {
    /// The next moment at which time alone has something to say of it: a mute ends, a reminder falls due, nobody has
    /// acknowledged.
    #[must_use]
    pub fn wakes(&self) -> Option<Timestamp> {
        self.standing.wakes()
    }

    /// A group follows it, and one of these channels of it knows that it is open.
    #[must_use]
    pub fn is_known_to(&self, group: &str, channels: &[String]) -> bool {
        let aware = self.standing.aware();
        self.standing.followers.contains(group) && channels.iter().any(|channel| aware.contains(channel))
    }

    /// What time alone has to say of it, or that somebody wishes something else now. `components` are those of the
    /// provider's pages.
    pub fn due(&mut self, components: &[Component], audience: &Audience, now: Timestamp) -> Vec<Decided> {
        if !self.standing.waits(now) {
            return Vec::new();
        }
        let places = Places::of(components.to_vec().into());
        let open = Open::Warning(&self.warning);
        let waiting = Waiting { page: PAGE, open, places: &places, audience, now };
        let said = waiting.said(&mut self.standing).into_iter().filter(|(_, verdicts)| !verdicts.is_empty());
        said.map(|(event, verdicts)| Decided { event, verdicts }).collect()
    }
}

/// Raises a warning; where one is open already, that one goes on as what is said now: it keeps its id and its start.
/// `components` are those of the provider's pages.
pub fn raise(
    open: &mut Option<Raised>,
    mut warning: Warning,
    components: &[Component],
    audience: &Audience,
    now: Timestamp,
) -> Decided {
    let mut standing = Standing::default();
    if let Some(before) = open.take() {
        (warning.id, warning.started_at) = (before.warning.id, before.warning.started_at);
        standing = before.standing;
    }
    let decided = told(EventKind::WarningRaised, &warning, &mut standing, components, audience, now);
    *open = Some(Raised { warning, standing });
    decided
}

/// Ends the warning that is open. `None`: there is none.
pub fn clear(
    open: &mut Option<Raised>,
    because: &str,
    components: &[Component],
    audience: &Audience,
    now: Timestamp,
) -> Option<(Warning, Decided)> {
    let Raised { mut warning, mut standing } = open.take()?;
    warning.ended_at = Some(now);
    warning.ended_because = Some(because.to_owned());
    let decided = told(EventKind::WarningCleared, &warning, &mut standing, components, audience, now);
    Some((warning, decided))
}

fn told(
    kind: EventKind,
    warning: &Warning,
    standing: &mut Standing,
    components: &[Component],
    audience: &Audience,
    now: Timestamp,
) -> Decided {
    let key = warning.id.to_string();
    let event = Event::new(PAGE, &key, vec![kind], now, Subject::Warning(warning.clone()));
    let verdicts = decide(&event, standing, components, audience);
    Decided { event, verdicts }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_failures_of_two_are_not_yet_certainty() {
        let table = [((2, 2), 75), ((2, 3), 60), ((3, 3), 80), ((3, 5), 57), ((0, 0), 50)];
        for ((failed, tried), hundredths) in table {
            assert_eq!(Confidence::of(failed, tried), Confidence(hundredths), "{failed} of {tried}");
        }
        for hundredths in 0..=100 {
            let written = serde_json::to_string(&Confidence(hundredths)).unwrap();
            assert_eq!(serde_json::from_str::<Confidence>(&written).unwrap(), Confidence(hundredths), "{written}");
        }
        assert!(serde_json::from_str::<Confidence>("1.5").is_err());
    }
}
