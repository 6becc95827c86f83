//! Acknowledgements: somebody takes care of an incident or a warning, so nobody is reminded of it and nobody else is
//! called.

use tocsin_domain::alert::Acknowledgement;
use tocsin_store::AcknowledgementRow;
use tracing::info;
use uuid::Uuid;

use super::Refusal;
use super::lasting::Lasting;
use crate::app::App;
use crate::clock;

/// Writes down who takes care of what is open. Whoever was first stays, and is answered with false.
///
/// # Errors
/// What is not there or is over; the store's trouble.
pub async fn acknowledge(app: &App, what: &Lasting, by: &str) -> Result<(Acknowledgement, bool), Refusal> {
    let (provider, subject) = (what.provider().to_owned(), what.id());
    let changing = app.changing.lock().await;
    let team = app.store.default_team();
    if let Some(before) = of(app, &provider, subject) {
        return Ok((before, false));
    }
    if !what.is_open() {
        let noun = what.noun();
        return Err(Refusal::Conflict(format!("This {noun} is over: there is nothing left to take care of.")));
    }
    let at = clock::now();
    let acknowledgement = Acknowledgement { team: team.to_string(), subject, at, by: by.to_owned() };
    let row = AcknowledgementRow { team, provider, acknowledgement };
    let first = app.store.acknowledge(&row).await?;
    app.refresh().await?;
    drop(changing);
    info!(provider = row.provider, %subject, "somebody takes care of it");
    super::again(app, &row.provider).await?;
    let kept = of(app, &row.provider, subject).unwrap_or(row.acknowledgement);
    Ok((kept, first))
}

/// Takes an acknowledgement back, whoever gave it: reminders and calls for others begin anew.
///
/// # Errors
/// If nobody takes care of it, or the store's trouble.
pub async fn take_back(app: &App, what: &Lasting) -> Result<(), Refusal> {
    let (provider, subject) = (what.provider(), what.id());
    {
        let _changing = app.changing.lock().await;
        if !app.store.take_back_acknowledgement(app.store.default_team(), subject).await? {
            return Err(Refusal::Unknown(format!("Nobody has acknowledged this {}.", what.noun())));
        }
        app.refresh().await?;
    }
    info!(provider, %subject, "an acknowledgement was taken back");
    super::again(app, provider).await
}

/// Who takes care of an incident or a warning.
#[must_use]
pub fn of(app: &App, provider: &str, subject: Uuid) -> Option<Acknowledgement> {
    app.directory().acknowledged(provider).iter().find(|one| one.subject == subject).cloned()
}
