//! What holds now rather than what is new: for the message that a thread hangs on, edited as things go on. And what is
//! news enough to ring for, since an edit rings for nobody.

use tocsin_domain::alert::Notice;
use tocsin_domain::{Event, EventKind, MaintenanceStage, Subject};

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
        Subject::Component(_) | Subject::Page(_) | Subject::Digest(_) | Subject::Test => return notice,
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

/// True where something gets worse, begins again, ends or has to be said once more; false for word in between. Which way
/// an impact moved is not known here, so that a change rings unless none is left.
pub(crate) fn rings(event: &Event) -> bool {
    use EventKind::{IncidentEdited, IncidentImpactChanged, IncidentScopeChanged, IncidentUpdated};
    if event.again.is_some() {
        return true;
    }
    match event.kind {
        IncidentUpdated | IncidentEdited | IncidentImpactChanged | IncidentScopeChanged => {
            let some = event.incident().is_some_and(|incident| incident.impact != tocsin_domain::Impact::None);
            let moved = |kind: &EventKind| matches!(kind, IncidentImpactChanged | IncidentScopeChanged);
            some && event.changes.iter().any(moved)
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use tocsin_domain::event::{Again, PageNews};

    use super::*;

    #[test]
    fn what_rings_and_what_does_not() {
        let event = |changes: &[EventKind]| {
            let news = PageNews { url: String::new(), reason: String::new(), since: None, last_known: None };
            Event::new("page", "key", changes.to_vec(), tocsin_domain::Timestamp::from_second(0), Subject::Page(news))
        };
        assert!(rings(&event(&[EventKind::PageUnreadable])));
        assert!(rings(&event(&[EventKind::IncidentResolved])));
        assert!(rings(&event(&[EventKind::MaintenanceReminder])));
        assert!(!rings(&event(&[EventKind::IncidentUpdated])));
        assert!(!rings(&event(&[EventKind::IncidentEdited])));
        let mut reminder = event(&[EventKind::IncidentUpdated]);
        reminder.again = Some(Again::Repeat(1));
        assert!(rings(&reminder));
    }
}
