//! Messages that go on: one that is edited to show what holds now, and answers below it.

use serde_json::{Map, Value};
use tocsin_domain::EventKind;
use tocsin_domain::alert::Notice;

use crate::say::{Said, rings};
use crate::{Attempt, Composed, Part};

/// True for what goes on with something told before. Everything else begins a message of its own: a page that fails again
/// or a component that moves again has nothing to do with what was said of it weeks ago.
pub(crate) const fn goes_on(kind: EventKind) -> bool {
    use EventKind::{
        IncidentEdited, IncidentImpactChanged, IncidentPostmortem, IncidentRemoved, IncidentReopened, IncidentResolved,
        IncidentScopeChanged, IncidentUpdated, MaintenanceCancelled, MaintenanceChanged, MaintenanceCompleted,
        MaintenanceOverdue, MaintenanceReminder, MaintenanceStarted,
    };
    matches!(
        kind,
        IncidentEdited
            | IncidentImpactChanged
            | IncidentPostmortem
            | IncidentRemoved
            | IncidentReopened
            | IncidentResolved
            | IncidentScopeChanged
            | IncidentUpdated
            | MaintenanceCancelled
            | MaintenanceChanged
            | MaintenanceCompleted
            | MaintenanceOverdue
            | MaintenanceReminder
            | MaintenanceStarted
    )
}

/// The message to edit or to answer, if this attempt goes on with one.
pub(crate) fn root<'a>(attempt: &Attempt<'a>) -> Option<&'a str> {
    attempt.root.filter(|_| attempt.event.parse().is_ok_and(goes_on))
}

/// Which answers an edited message needs beside the edit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answers {
    /// One for everything that is told: the thread is the log.
    All,
    /// Only where somebody should look up: an edit rings for nobody.
    Ringing,
}

/// The messages of one notice where the root shows what holds now: `root` and `news` write a body.
pub(crate) fn edited(
    notice: &Notice,
    answers: Answers,
    root: impl Fn(&Said) -> Composed,
    news: impl Fn(&Said) -> Composed,
) -> Vec<Composed> {
    if notice.first_of_thread || !goes_on(notice.event.kind) {
        return vec![root(&Said::new(notice))];
    }
    let mut messages = vec![root(&Said::standing(notice))];
    if answers == Answers::All || rings(&notice.event) {
        messages.push(Composed { part: Part::Reply, ..news(&Said::new(notice)) });
    }
    messages
}

/// A stored JSON body with what only an attempt knows.
pub(crate) fn with(composed: &Composed, add: impl FnOnce(&mut Map<String, Value>)) -> Composed {
    let Ok(Value::Object(mut body)) = serde_json::from_slice(&composed.body) else { return composed.clone() };
    add(&mut body);
    Composed { body: Value::Object(body).to_string().into_bytes(), ..composed.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_a_message_of_its_own_edits_none() {
        let attempt = |event| Attempt {
            delivery: uuid::Uuid::nil(),
            number: 1,
            event,
            now: tocsin_domain::Timestamp::from_second(0),
            thread: "",
            root: Some("root"),
            latest: None,
        };
        for kind in EventKind::ALL {
            let begins = !kind.word().starts_with("incident.") && !kind.word().starts_with("maintenance.")
                || matches!(
                    kind,
                    EventKind::IncidentOpened | EventKind::IncidentImported | EventKind::MaintenanceScheduled
                );
            assert_eq!(root(&attempt(kind.word())), Some("root").filter(|_| !begins), "{kind}");
        }
        assert_eq!(root(&attempt("no.such_event")), None);
    }

    #[test]
    fn a_body_that_is_no_json_stays_as_it_is() {
        let composed = Composed {
            content_type: "text/plain".to_owned(),
            body: b"words".to_vec(),
            to: String::new(),
            part: Part::Root,
        };
        assert_eq!(with(&composed, |body| body.clear()), composed);
    }
}
