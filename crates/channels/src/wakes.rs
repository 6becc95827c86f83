//! What wakes somebody: places that ring say nothing else.

use tocsin_domain::alert::Notice;
use tocsin_domain::incident::Was;
use tocsin_domain::{Again, EventKind, Health, Impact, Incident, Subject};

/// Why a place that rings says something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wake {
    /// It began, began again, or is said again because nobody answered or the group wants to be reminded.
    Raise,
    /// It is worse than it was.
    Worse,
    /// It is over.
    End,
    /// Somebody tries whether it rings.
    Test,
}

/// `None`: let them sleep. What began and ended between two readings never rang.
pub(crate) fn wakes(notice: &Notice) -> Option<Wake> {
    match &notice.event.subject {
        Subject::Incident(incident) => of_incident(notice, incident),
        Subject::Component(change) if change.after == Health::Operational => Some(Wake::End),
        Subject::Component(change) if change.after >= Health::Degraded && change.after > change.before => {
            Some(if change.before >= Health::Degraded { Wake::Worse } else { Wake::Raise })
        }
        Subject::Warning(warning) if !warning.is_open() => (!notice.event.also_opened).then_some(Wake::End),
        Subject::Warning(_) => Some(Wake::Raise),
        Subject::Component(_) => None,
        Subject::Test => Some(Wake::Test),
        Subject::Maintenance(_) | Subject::Page(_) | Subject::Digest(_) | Subject::Channel(_) => None,
    }
}

fn of_incident(notice: &Notice, incident: &Incident) -> Option<Wake> {
    let event = &notice.event;
    if !incident.is_open() {
        let ends = matches!(event.kind, EventKind::IncidentResolved | EventKind::IncidentRemoved);
        return (ends && !event.also_opened).then_some(Wake::End);
    }
    match (&event.again, event.kind) {
        // Silence of the vendor's is told, but nobody can do anything about it at night.
        (Some(Again::PromiseBroken(_)), _) => None,
        (Some(_), _) | (None, EventKind::IncidentOpened | EventKind::IncidentReopened) => Some(Wake::Raise),
        _ if event.changes.contains(&EventKind::IncidentImpactChanged) => is_worse(incident).then_some(Wake::Worse),
        _ => None,
    }
}

/// Its impact is above the one before; where that is not known, any impact counts.
fn is_worse(incident: &Incident) -> bool {
    let before = incident.edits.iter().rev().find_map(|edit| match edit.was {
        Was::Impact(impact) => Some(impact),
        _ => None,
    });
    before.map_or(incident.impact >= Impact::Major, |before| incident.impact > before)
}

#[cfg(test)]
mod tests;
