//! Outdated: wishes that end because something happened, not because of the time.

use std::sync::Arc;

use tocsin_domain::alert::Silenced;
use tocsin_domain::{Event, EventKind, Subject};
use tracing::warn;
use uuid::Uuid;

use super::Refusal;
use crate::app::App;
use crate::directory::Directory;

/// What an event brings to an end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The page has something to say: an override that waits for that, by its component.
    Override(String, String),
    /// What was muted until it ends has ended.
    Silence(Uuid),
    /// What somebody took care of was over, and has begun again.
    Acknowledgement(Uuid),
}

/// What an event of a provider brings to an end.
#[must_use]
pub fn by(directory: &Directory, provider: &str, event: &Event) -> Vec<Ended> {
    let mut ended = Vec::new();
    if is_change(event) {
        let waiting = directory.overrides(provider).iter().filter(|row| row.until_change);
        ended.extend(waiting.map(|row| Ended::Override(row.provider.clone(), row.component.clone())));
    }
    let over = match &event.subject {
        Subject::Incident(incident) => Some(incident.id).filter(|_| !incident.is_open()),
        Subject::Maintenance(work) => Some(work.id).filter(|_| work.stage.is_over()),
        Subject::Warning(warning) => Some(warning.id).filter(|_| !warning.is_open()),
        Subject::Component(_) | Subject::Page(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test => None,
    };
    if let Some(over) = over {
        let endless = directory.silences(provider).iter().filter(|one| one.until.is_none());
        let those = endless.filter(|one| one.what == Silenced::Subject(over));
        ended.extend(those.map(|one| Ended::Silence(one.id)));
    }
    if let Some(incident) = event.incident().filter(|_| event.changes.contains(&EventKind::IncidentReopened)) {
        let theirs = directory.acknowledged(provider).iter().filter(|one| one.subject == incident.id);
        ended.extend(theirs.map(|one| Ended::Acknowledgement(one.subject)));
    }
    ended
}

/// The page says something else, and it is not only time that passes.
fn is_change(event: &Event) -> bool {
    let ours = matches!(event.subject, Subject::Warning(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test);
    !ours && event.again.is_none() && event.kind != EventKind::MaintenanceReminder
}

/// Ends them, apart from whoever stored the events: it must not wait for those who change the set-up.
pub fn end(app: &Arc<App>, ended: Vec<Ended>) {
    if ended.is_empty() {
        return;
    }
    let app = Arc::clone(app);
    tokio::spawn(async move {
        if let Err(error) = end_all(&app, &ended).await {
            warn!(?error, "wishes that are out of date could not be ended; they stay until somebody ends them");
        }
    });
}

async fn end_all(app: &App, ended: &[Ended]) -> Result<(), Refusal> {
    let _changing = app.changing.lock().await;
    let team = app.store.default_team();
    for one in ended {
        match one {
            Ended::Override(provider, component) => app.store.end_override(team, provider, component).await?,
            Ended::Silence(id) => app.store.end_silence(*id).await?,
            Ended::Acknowledgement(subject) => app.store.take_back_acknowledgement(team, *subject).await?,
        };
    }
    Ok(app.refresh().await?)
}
