//! Health: how a component or a provider is now.

use serde::{Deserialize, Serialize};

/// The six healths. `Ord` is by how much it should worry the reader:
/// operational < maintenance < unknown < degraded < partial_outage < major_outage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    Operational,
    Maintenance,
    #[default]
    Unknown,
    Degraded,
    PartialOutage,
    MajorOutage,
}

impl Health {
    /// In the order of the contract's table.
    pub const ALL: [Self; 6] =
        [Self::Operational, Self::Degraded, Self::PartialOutage, Self::MajorOutage, Self::Maintenance, Self::Unknown];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::Degraded => "degraded",
            Self::PartialOutage => "partial_outage",
            Self::MajorOutage => "major_outage",
            Self::Maintenance => "maintenance",
            Self::Unknown => "unknown",
        }
    }

    /// The health of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|health| health.word() == word)
    }

    /// For people: "Partial outage".
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Operational => "Operational",
            Self::Degraded => "Degraded",
            Self::PartialOutage => "Partial outage",
            Self::MajorOutage => "Major outage",
            Self::Maintenance => "Maintenance",
            Self::Unknown => "Unknown",
        }
    }

    /// The number in metrics: 0 operational … 5 unknown, in the order of [`Health::ALL`].
    #[must_use]
    pub fn number(self) -> u8 {
        Self::ALL.iter().position(|health| *health == self).map_or(5, |index| index as u8)
    }

    /// The worst of many; `None` for an empty list, because nothing was said.
    #[must_use]
    pub fn worst(healths: impl IntoIterator<Item = Self>) -> Option<Self> {
        healths.into_iter().max()
    }
}

impl std::str::FromStr for Health {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Self::named(text).ok_or_else(|| format!("`{text}` is not a health"))
    }
}
