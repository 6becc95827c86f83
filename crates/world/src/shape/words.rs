//! Our words in the platforms' spelling.

use tocsin_domain::{Health, Impact, MaintenanceStage, Stage, Timestamp};

/// `2026-02-20T22:01:00.000Z`.
pub fn milliseconds(at: Timestamp) -> String {
    at.to_string().replace('Z', ".000Z")
}

/// `2026-02-20 22:01:00`, without a zone.
pub fn zoneless(at: Timestamp) -> String {
    at.to_string().replace('T', " ").replace('Z', "")
}

/// A component's status as Statuspage writes it; incident.io differs in one word.
pub const fn component(health: Health) -> &'static str {
    match health {
        Health::Operational | Health::Unknown => "operational",
        Health::Degraded => "degraded_performance",
        Health::PartialOutage => "partial_outage",
        Health::MajorOutage => "major_outage",
        Health::Maintenance => "under_maintenance",
    }
}

/// A page's indicator with what is written beside it.
pub const fn indicator(health: Health) -> (&'static str, &'static str) {
    match health {
        Health::Operational | Health::Unknown => ("none", "All Systems Operational"),
        Health::Degraded => ("minor", "Minor Service Outage"),
        Health::PartialOutage => ("major", "Partial System Outage"),
        Health::MajorOutage => ("critical", "Major Service Outage"),
        Health::Maintenance => ("maintenance", "Service Under Maintenance"),
    }
}

/// `In progress`, as feeds write it.
pub const fn work(stage: MaintenanceStage) -> &'static str {
    match stage {
        MaintenanceStage::Scheduled => "Scheduled",
        MaintenanceStage::InProgress => "In progress",
        MaintenanceStage::Verifying => "Verifying",
        MaintenanceStage::Completed => "Completed",
        MaintenanceStage::Cancelled => "Cancelled",
    }
}

/// `Postmortem`, as feeds write it.
pub const fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Investigating => "Investigating",
        Stage::Identified => "Identified",
        Stage::Monitoring => "Monitoring",
        Stage::Resolved => "Resolved",
        Stage::Postmortem => "Postmortem",
    }
}

/// 0 to 3, as AWS counts.
pub const fn level(impact: Impact) -> u8 {
    match impact {
        Impact::None | Impact::Minor => 1,
        Impact::Major => 2,
        Impact::Critical => 3,
    }
}
