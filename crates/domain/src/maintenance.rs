//! Maintenance: announced work, with a window.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::incident::{ComponentRef, Update};
use crate::time::Timestamp;

/// Where announced work stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MaintenanceStage {
    Scheduled,
    InProgress,
    Verifying,
    Completed,
    Cancelled,
}

impl MaintenanceStage {
    pub const ALL: [Self; 5] = [Self::Scheduled, Self::InProgress, Self::Verifying, Self::Completed, Self::Cancelled];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::InProgress => "in_progress",
            Self::Verifying => "verifying",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
        }
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Scheduled => "Scheduled",
            Self::InProgress => "In progress",
            Self::Verifying => "Verifying",
            Self::Completed => "Completed",
            Self::Cancelled => "Cancelled",
        }
    }

    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Completed | Self::Cancelled)
    }

    #[must_use]
    pub const fn is_running(self) -> bool {
        matches!(self, Self::InProgress | Self::Verifying)
    }
}

/// A maintenance as a page told it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Work {
    pub id: String,
    pub title: String,
    pub url: Option<String>,
    pub stage: Option<MaintenanceStage>,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub components: Vec<ComponentRef>,
    /// Oldest first.
    pub updates: Vec<Update<MaintenanceStage>>,
}

/// A maintenance as we remember it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Maintenance {
    pub id: Uuid,
    pub vendor_id: String,
    pub title: String,
    pub url: Option<String>,
    pub stage: MaintenanceStage,
    pub starts_at: Option<Timestamp>,
    pub ends_at: Option<Timestamp>,
    pub first_seen_at: Timestamp,
    pub imported: bool,
    #[serde(default)]
    pub sample: bool,
    pub components: Vec<ComponentRef>,
    pub updates: Vec<Update<MaintenanceStage>>,
}
