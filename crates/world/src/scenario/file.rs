//! A scenario as it is written.

use serde::Deserialize;
use tocsin_domain::{Health, Impact, Stage};
use toml::Spanned;

use super::lists::FaultWord;
use crate::course::{Length, When};
use crate::shape::Shape;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub speed: Option<f64>,
    #[serde(default, rename = "story")]
    pub stories: Vec<Story>,
    #[serde(rename = "vendor")]
    pub vendors: Vec<VendorEntry>,
}

/// Updates that several incidents share. `{part}` and `{vendor}` in a text are filled in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    pub name: String,
    pub updates: Vec<LineEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LineEntry {
    /// After the update before it; of the first one, after the beginning.
    #[serde(default)]
    pub after: Length,
    pub stage: Stage,
    pub say: String,
    #[serde(default)]
    pub edits: Vec<EditEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EditEntry {
    /// After the update it changes.
    pub after: Length,
    pub say: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VendorEntry {
    pub slug: Spanned<String>,
    pub name: String,
    pub category: String,
    pub platform: Shape,
    /// `Component`, or `Group / Component`.
    pub parts: Vec<String>,
    #[serde(default, rename = "incident")]
    pub incidents: Vec<IncidentEntry>,
    #[serde(default, rename = "maintenance")]
    pub works: Vec<WorkEntry>,
    #[serde(default, rename = "fault")]
    pub faults: Vec<FaultEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IncidentEntry {
    pub title: Spanned<String>,
    pub at: When,
    #[serde(default = "super::minor")]
    pub impact: Impact,
    /// How its components are meanwhile; follows from the impact where it is not said.
    pub health: Option<Health>,
    #[serde(default)]
    pub parts: Vec<Spanned<String>>,
    pub story: Option<Spanned<String>>,
    #[serde(default)]
    pub updates: Vec<LineEntry>,
    /// It happens again after this long.
    #[serde(default)]
    pub every: Length,
    /// The vendor says nothing of it for so long, and then dates everything back.
    #[serde(default)]
    pub late: Length,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkEntry {
    pub title: Spanned<String>,
    pub announced: When,
    pub starts: When,
    pub ends: When,
    #[serde(default)]
    pub parts: Vec<Spanned<String>>,
    #[serde(default)]
    pub overrun: Length,
    pub say: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultEntry {
    pub kind: Spanned<FaultWord>,
    pub from: When,
    pub until: Option<When>,
    /// Of a slow page: real time, whatever the speed.
    pub delay: Option<Length>,
    /// Of a busy page.
    pub retry_after: Option<Length>,
    /// Of a page that moved.
    pub to: Option<Shape>,
}
