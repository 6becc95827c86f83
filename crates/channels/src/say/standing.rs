//! What holds now rather than what is new: for the message that a thread hangs on, edited as things go on. And what is
//! news enough to ring for, since an edit rings for nobody.

use tocsin_domain::alert::Notice;
use tocsin_domain::incident::Was;
use tocsin_domain::{Event, EventKind, Impact, Incident, MaintenanceStage, Subject};

/// The notice as if it were told for the first time now: the subject's state, its newest words, nothing about the way
/// there.
pub(super) fn standing(notice: &Notice) -> Notice {
    let mut notice = notice.clone();
    let event = &mut notice.event;
    let kind = match &event.subject {
        Subject::Incident(_) if event.kind == EventKind::IncidentRemoved => EventKind::IncidentRemoved,
        Subject::Incident(incident) if incident.is_open() => EventKind::IncidentUpdated,
        Subject::Incident(_) => EventKind::IncidentResolved,
        Subject::Maintenance(work) => match work.stage {
            _ if event.kind == EventKind::MaintenanceOverdue => EventKind::MaintenanceOverdue,
            MaintenanceStage::Scheduled => EventKind::MaintenanceScheduled,
            MaintenanceStage::InProgress | MaintenanceStage::Verifying => EventKind::MaintenanceStarted,
            MaintenanceStage::Completed => EventKind::MaintenanceCompleted,
            MaintenanceStage::Cancelled => EventKind::MaintenanceCancelled,
        },
        _ => return notice,
    };
    let newest = event
        .incident()
        .and_then(|incident| incident.updates.iter().rev().find(|entry| !entry.body.trim().is_empty()).cloned());
    event.kind = kind;
    event.changes = vec![kind];
    event.updates = newest.into_iter().collect();
    event.again = None;
    event.also_opened = false;
    event.unseen_s = None;
    event.reminder_s = None;
    notice
}

/// True where something gets worse, begins again, ends or has to be said once more; false for word in between.
pub(crate) fn rings(event: &Event) -> bool {
    use EventKind::{IncidentEdited, IncidentImpactChanged, IncidentScopeChanged, IncidentUpdated};
    let is_between =
        matches!(event.kind, IncidentUpdated | IncidentEdited | IncidentImpactChanged | IncidentScopeChanged);
    if event.again.is_some() || !is_between {
        return true;
    }
    event.incident().is_some_and(|incident| {
        event.changes.contains(&IncidentImpactChanged) && is_worse(incident)
            || event.changes.contains(&IncidentScopeChanged) && is_wider(incident)
    })
}

/// Its impact is above the one before; where that is not known, any impact counts.
fn is_worse(incident: &Incident) -> bool {
    let before = before(incident, |was| match was {
        Was::Impact(impact) => Some(*impact),
        _ => None,
    });
    before.map_or(incident.impact != Impact::None, |before| incident.impact > before)
}

/// It names a component that it did not name before; where that is not known, any change counts.
fn is_wider(incident: &Incident) -> bool {
    let before = before(incident, |was| match was {
        Was::Components(components) => Some(components.clone()),
        _ => None,
    });
    before.is_none_or(|before| incident.components.iter().any(|one| before.iter().all(|other| other.id != one.id)))
}

/// What it read last before now, as far as that was kept.
fn before<T>(incident: &Incident, pick: impl Fn(&Was) -> Option<T>) -> Option<T> {
    let edits = incident.edits.iter().rev().filter(|_| incident.left_out == 0);
    edits.filter_map(|edit| pick(&edit.was)).next()
}

#[cfg(test)]
mod tests;
