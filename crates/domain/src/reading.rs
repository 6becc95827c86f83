//! Reading: what a page said at one moment, after normalising, with the problems met on the way.

use serde::{Deserialize, Serialize};

use crate::components::Components;
use crate::health::Health;
use crate::incident::Report;
use crate::maintenance::Work;
use crate::time::Timestamp;

/// The page as it describes itself; `None` where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Page {
    pub id: Option<String>,
    pub name: Option<String>,
    pub url: Option<String>,
    /// IANA name.
    pub time_zone: Option<String>,
}

/// Which absences mean something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Covers {
    /// All open incidents of the page are in this reading.
    pub open: bool,
    /// All incidents closed since then are in this reading; `None`: no history was read.
    pub history_since: Option<Timestamp>,
}

/// Something the reader could not make sense of: the vendor's fault, shown to the user, never hiding the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Problem {
    /// Stable word, e.g. `unknown_status`, `bad_time`, `not_json`, `not_recognised`, `missing_anchor`.
    pub code: String,
    /// Path inside the payload, e.g. `components[3].status`; empty for the whole.
    #[serde(rename = "where")]
    pub place: String,
    /// One sentence, with the offending value cut to a readable length.
    pub detail: String,
}

impl Problem {
    /// `detail` is cut to 200 characters.
    pub fn new(code: &str, place: impl Into<String>, detail: impl AsRef<str>) -> Self {
        let detail = detail.as_ref();
        let cut: String = detail.chars().take(200).collect();
        let detail = if cut.len() < detail.len() { format!("{cut}…") } else { cut };
        Self { code: code.to_owned(), place: place.into(), detail }
    }
}

/// What a page said at one moment. The contract's section 3 shows it as JSON.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Reading {
    /// The platform's name; `None` when nothing was recognised.
    pub platform: Option<String>,
    pub page: Page,
    pub health: Health,
    pub components: Components,
    pub incidents: Vec<Report>,
    pub maintenances: Vec<Work>,
    pub covers: Covers,
    pub problems: Vec<Problem>,
}

impl Reading {
    /// A reading of something nobody recognised: health `unknown`, one problem that says why.
    #[must_use]
    pub fn unrecognised(problem: Problem) -> Self {
        Self { problems: vec![problem], ..Self::default() }
    }

    /// Sets `health` by the contract's rule: the worst of leaf components and impacts of open incidents.
    /// `indicator` is the page's own overall word and counts only where the page lists no component.
    /// With neither component nor indicator the health is `unknown` unless an open incident says worse.
    #[must_use]
    pub fn settled(mut self, indicator: Option<Health>) -> Self {
        let parts = Health::worst(self.components.iter().map(|component| component.health));
        let base = parts.or(indicator).unwrap_or(Health::Unknown);
        let open = self
            .incidents
            .iter()
            .filter(|incident| !incident.is_closed() && !crate::sample::is_sample(&incident.title, &incident.updates))
            .filter_map(|incident| incident.impact.and_then(crate::Impact::health));
        self.health = Health::worst(open.chain([base])).unwrap_or(base);
        self
    }
}
