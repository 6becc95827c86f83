//! Tickets: the first message of a thread opens one, later ones add to it, the end closes it.

use tocsin_domain::alert::Notice;
use tocsin_domain::{EventKind, Health, MaintenanceStage, Subject};

use crate::alarm::{Act, Alarm};
use crate::settings;
use crate::{SettingProblem, settings::problem};
use serde_json::Value;

/// What a message does to its ticket, beside what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing: it only says.
    Say,
    Close,
    Reopen,
}

pub(crate) fn step(notice: &Notice) -> Step {
    use EventKind::{IncidentRemoved, IncidentReopened, IncidentResolved};
    let event = &notice.event;
    let any = |kind: EventKind| event.kind == kind || event.changes.contains(&kind);
    let over = match &event.subject {
        Subject::Incident(incident) => !incident.is_open() && (any(IncidentResolved) || any(IncidentRemoved)),
        Subject::Maintenance(maintenance) => {
            matches!(maintenance.stage, MaintenanceStage::Completed | MaintenanceStage::Cancelled)
        }
        Subject::Component(change) => change.after == Health::Operational,
        Subject::Page(_) => event.kind == EventKind::PageReadable,
        Subject::Warning(warning) => !warning.is_open(),
        Subject::Digest(_) | Subject::Channel(_) | Subject::Test => false,
    };
    match over {
        true => Step::Close,
        false if any(IncidentReopened) => Step::Reopen,
        false => Step::Say,
    }
}

/// What the ticket is about, with its severity and words.
pub(crate) fn alarm(notice: &Notice) -> Alarm<'_> {
    Alarm::new(Act::Raise, notice)
}

/// The other side's name of a ticket, if it is one that may stand in an address.
pub(crate) fn name(root: Option<&str>) -> Option<&str> {
    let fine = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    root.filter(|root| !root.is_empty() && root.len() <= 64 && root.chars().all(fine))
}

/// Either a token alone, or a user with a password.
pub(crate) fn one_way_in(settings: &Value) -> Option<SettingProblem> {
    let given = |key: &str| !settings::string(settings, key).trim().is_empty();
    match (given("token"), given("user"), given("password")) {
        (true, false, false) | (false, true, true) => None,
        (true, ..) => Some(problem("token", "either `token` or `user` and `password`, not both")),
        (false, true, false) => Some(problem("password", "`user` needs its `password`")),
        (false, false, true) => Some(problem("user", "`password` needs its `user`")),
        (false, false, false) => Some(problem("token", "give either `token`, or `user` and `password`")),
    }
}
