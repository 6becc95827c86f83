//! The vendors' words and what they mean. A word nobody knows is `None`, and the caller says so in a problem.

use tocsin_domain::{Health, Impact, MaintenanceStage, Stage};

/// A component's status as Statuspage and its kin write it.
#[must_use]
pub fn component_health(word: &str) -> Option<Health> {
    Some(match word {
        "operational" => Health::Operational,
        "degraded_performance" | "degraded" => Health::Degraded,
        "partial_outage" => Health::PartialOutage,
        "major_outage" | "full_outage" => Health::MajorOutage,
        "under_maintenance" | "maintenance" => Health::Maintenance,
        _ => return None,
    })
}

/// A page's overall indicator as Statuspage writes it.
#[must_use]
pub fn indicator_health(word: &str) -> Option<Health> {
    Some(match word {
        "none" => Health::Operational,
        "minor" => Health::Degraded,
        "major" => Health::PartialOutage,
        "critical" => Health::MajorOutage,
        "maintenance" => Health::Maintenance,
        _ => return None,
    })
}

/// An incident's impact as Statuspage writes it. Work that was filed as an incident has none.
#[must_use]
pub fn impact(word: &str) -> Option<Impact> {
    Some(match word {
        "none" | "maintenance" => Impact::None,
        "minor" => Impact::Minor,
        "major" => Impact::Major,
        "critical" => Impact::Critical,
        _ => return None,
    })
}

/// What an update says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Incident(Stage),
    Work(MaintenanceStage),
    /// "Update": the stage before it goes on.
    Same,
}

/// A phase in any spelling: `in_progress`, `In progress`, `MAINTENANCE_IN_PROGRESS`, `Post-mortem`.
#[must_use]
pub fn phase(word: &str) -> Option<Phase> {
    let plain: String = word.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
    Some(match plain.as_str() {
        "investigating" => Phase::Incident(Stage::Investigating),
        "identified" => Phase::Incident(Stage::Identified),
        "monitoring" | "watching" => Phase::Incident(Stage::Monitoring),
        "resolved" | "fixed" => Phase::Incident(Stage::Resolved),
        "postmortem" => Phase::Incident(Stage::Postmortem),
        "scheduled" | "maintenancescheduled" | "notstartedyet" | "planned" => Phase::Work(MaintenanceStage::Scheduled),
        "inprogress" | "maintenanceinprogress" => Phase::Work(MaintenanceStage::InProgress),
        "verifying" => Phase::Work(MaintenanceStage::Verifying),
        "completed" | "maintenancecomplete" | "maintenancecompleted" => Phase::Work(MaintenanceStage::Completed),
        "cancelled" | "canceled" => Phase::Work(MaintenanceStage::Cancelled),
        "update" | "updated" => Phase::Same,
        _ => return None,
    })
}

/// An incident's stage; `None` for a maintenance's word and for words nobody knows.
#[must_use]
pub fn stage(word: &str) -> Option<Stage> {
    match phase(word) {
        Some(Phase::Incident(stage)) => Some(stage),
        _ => None,
    }
}

/// A maintenance's stage; `None` for an incident's word, except that work may be `resolved`.
#[must_use]
pub fn maintenance_stage(word: &str) -> Option<MaintenanceStage> {
    match phase(word) {
        Some(Phase::Work(stage)) => Some(stage),
        Some(Phase::Incident(Stage::Resolved | Stage::Postmortem)) => Some(MaintenanceStage::Completed),
        _ => None,
    }
}

/// What a title or a sentence says of the end, by its own words: `Some(true)` ended, `Some(false)` expressly not ended,
/// `None` nothing. Only words that stand first ("Resolved: …", "[RESOLVED] …", "Service is operating normally") count,
/// because "resolved" in the middle of a sentence promises more often than it reports.
#[must_use]
pub fn says_ended(text: &str) -> Option<bool> {
    let plain = text.trim().to_lowercase();
    let plain = plain.trim_start_matches(|c: char| !c.is_alphanumeric());
    const NOT_YET: [&str; 6] =
        ["partially ", "not resolved", "not yet", "unresolved", "partial", "resolved - root cause analysis ongoing"];
    if NOT_YET.iter().any(|words| plain.starts_with(words)) {
        return Some(false);
    }
    const ENDED: [&str; 9] = [
        "resolved",
        "completed",
        "fixed",
        "restored",
        "closed",
        "canceled",
        "cancelled",
        "service is operating normally",
        "operating normally",
    ];
    let first = ENDED.iter().find(|words| plain.strip_prefix(**words).is_some_and(is_set_off));
    if first.is_some() || text.contains("[RESOLVED]") || text.contains("[Resolved]") {
        return Some(true);
    }
    let last = plain.trim_end_matches(|c: char| !c.is_alphanumeric());
    (last.ends_with("- resolved") || last.ends_with("issue resolved")).then_some(true)
}

/// A word that the text does not go on from: "Fixed: …" is an end, "Fixed IP addresses …" is what something is called.
fn is_set_off(rest: &str) -> bool {
    let rest = rest.trim_start_matches(['*', '_']);
    let behind = rest.trim_start();
    let dashed = behind.strip_prefix('-').is_some_and(|after| !after.starts_with(char::is_alphanumeric));
    behind.is_empty()
        || dashed
        || behind.starts_with([':', '.', '!', ';', ']', ')', '|', '\u{2013}', '\u{2014}'])
        || rest.starts_with(['\n', '\r'])
}

/// How bad a word of severity is, whoever wrote it: `unavailable`, `Degraded performance`, `critical`.
#[must_use]
pub fn severity(word: &str) -> Option<Impact> {
    Some(match word.trim().to_lowercase().replace([' ', '-'], "_").as_str() {
        "none" | "available" | "informational" | "info" | "notice" | "operational" => Impact::None,
        "minor" | "low" | "degraded" | "degraded_performance" | "degradation" | "warning" => Impact::Minor,
        "major" | "medium" | "partial_outage" | "disruption" | "partial" => Impact::Major,
        "critical" | "high" | "unavailable" | "major_outage" | "full_outage" | "outage" | "down" => Impact::Critical,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phases_in_any_spelling() {
        assert_eq!(phase("In progress"), Some(Phase::Work(MaintenanceStage::InProgress)));
        assert_eq!(phase("maintenance_in_progress"), Some(Phase::Work(MaintenanceStage::InProgress)));
        assert_eq!(phase("Post-mortem"), Some(Phase::Incident(Stage::Postmortem)));
        assert_eq!(phase("Update"), Some(Phase::Same));
        assert_eq!(phase("exploding"), None);
    }

    #[test]
    fn an_end_must_be_said_first_and_plainly() {
        assert_eq!(says_ended("Resolved - all is well"), Some(true));
        assert_eq!(says_ended("Service is operating normally: [RESOLVED] Packet loss"), Some(true));
        assert_eq!(says_ended("Database - West - Issue Resolved"), Some(true));
        assert_eq!(says_ended("Partially resolved: some users"), Some(false));
        assert_eq!(says_ended("Not resolved yet"), Some(false));
        assert_eq!(says_ended("We hope that it will be resolved soon"), None);
        assert_eq!(says_ended("Fixedline calls fail"), None);
        for end in
            ["Resolved", "[RESOLVED] Packet loss", "**Fixed**: calls", "Closed \u{2013} all is well", "(Restored)"]
        {
            assert_eq!(says_ended(end), Some(true), "{end}");
        }
    }

    #[test]
    fn what_something_is_called_is_no_end() {
        for name in [
            "Fixed IP addresses are unreachable - West Europe",
            "Fixed-line calls fail",
            "Restored volumes cannot be mounted",
            "Closed captions are missing",
            "Completed, cancelled and returned orders are not listed",
            "Cancelled orders cannot be refunded",
            "Resolved for US users, EU still down",
        ] {
            assert_eq!(says_ended(name), None, "{name}");
        }
    }
}
