//! Signs: each state of the world as a shape, a word and (last) a colour.

use tocsin_domain::{Health, Impact, MaintenanceStage, Stage};

/// A shape from `templates/parts/shapes.html` with its word; `class` names both the shape and the colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sign {
    pub(crate) class: &'static str,
    pub(crate) word: &'static str,
}

impl From<Health> for Sign {
    fn from(health: Health) -> Self {
        let class = match health {
            Health::Operational => "ok",
            Health::Maintenance => "maint",
            Health::Unknown => "unknown",
            Health::Degraded => "degraded",
            Health::PartialOutage => "partial",
            Health::MajorOutage => "major",
        };
        Self { class, word: health.label() }
    }
}

impl From<Impact> for Sign {
    /// The shape of the health that an impact gives its provider.
    fn from(impact: Impact) -> Self {
        let class = impact.health().map_or("none", |health| Self::from(health).class);
        Self { class, word: impact.label() }
    }
}

impl From<Stage> for Sign {
    fn from(stage: Stage) -> Self {
        let class = match stage {
            Stage::Investigating => "investigating",
            Stage::Identified => "identified",
            Stage::Monitoring => "monitoring",
            Stage::Resolved => "resolved",
            Stage::Postmortem => "postmortem",
        };
        Self { class, word: stage.label() }
    }
}

impl From<MaintenanceStage> for Sign {
    fn from(stage: MaintenanceStage) -> Self {
        let class = match stage {
            MaintenanceStage::Scheduled | MaintenanceStage::InProgress | MaintenanceStage::Verifying => "maint",
            MaintenanceStage::Completed => "ok",
            MaintenanceStage::Cancelled => "none",
        };
        Self { class, word: stage.label() }
    }
}
