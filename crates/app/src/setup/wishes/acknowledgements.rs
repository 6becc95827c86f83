//! Acknowledgements: somebody takes care of an incident, so nobody is reminded of it and nobody else is called.

use tocsin_domain::alert::Acknowledgement;
use tocsin_store::AcknowledgementRow;
use tracing::info;
use uuid::Uuid;

use super::Refusal;
use crate::app::App;
use crate::clock;

/// Writes down who takes care of an open incident. Whoever was first stays: that one is answered, with true for `by`.
///
/// # Errors
/// An incident that is not there or is over; the store's trouble.
pub async fn acknowledge(app: &App, incident: Uuid, by: &str) -> Result<(Acknowledgement, bool), Refusal> {
    let stored = app.store.incident(incident).await?.ok_or_else(|| unknown(incident))?;
    let changing = app.changing.lock().await;
    let team = app.store.default_team();
    if let Some(before) = of(app, &stored.provider, incident) {
        return Ok((before, false));
    }
    if !stored.incident.is_open() {
        return Err(Refusal::Conflict("This incident is over: there is nothing left to take care of.".to_owned()));
    }
    let at = clock::now();
    let acknowledgement = Acknowledgement { team: team.to_string(), incident, at, by: by.to_owned() };
    let row = AcknowledgementRow { team, provider: stored.provider, acknowledgement };
    let first = app.store.acknowledge(&row).await?;
    app.refresh().await?;
    drop(changing);
    info!(provider = row.provider, %incident, "somebody takes care of an incident");
    super::again(app, &row.provider).await?;
    let kept = of(app, &row.provider, incident).unwrap_or(row.acknowledgement);
    Ok((kept, first))
}

/// Takes an acknowledgement back, whoever gave it: reminders and calls for others begin anew.
///
/// # Errors
/// If nobody takes care of it, or the store's trouble.
pub async fn take_back(app: &App, incident: Uuid) -> Result<(), Refusal> {
    let stored = app.store.incident(incident).await?.ok_or_else(|| unknown(incident))?;
    {
        let _changing = app.changing.lock().await;
        if !app.store.take_back_acknowledgement(app.store.default_team(), incident).await? {
            return Err(Refusal::Unknown("Nobody has acknowledged this incident.".to_owned()));
        }
        app.refresh().await?;
    }
    info!(provider = stored.provider, %incident, "an acknowledgement was taken back");
    super::again(app, &stored.provider).await
}

/// Who takes care of an incident.
#[must_use]
pub fn of(app: &App, provider: &str, incident: Uuid) -> Option<Acknowledgement> {
    app.directory().acknowledged(provider).iter().find(|one| one.incident == incident).cloned()
}

fn unknown(id: Uuid) -> Refusal {
    Refusal::Unknown(format!("There is no incident {id}."))
}
