//! Set-up by hand: what somebody writes is checked whole, stored, and taken over at once. The API and the forms of the
//! pages are two doors to this room.

pub mod boards;
pub mod channels;
mod draft;
pub mod groups;
pub mod monitors;
pub mod providers;
pub mod wishes;

use tocsin_domain::Timestamp;
use tocsin_store::{StoreError, Table};
use uuid::Uuid;

use crate::app::App;
use crate::clock;
use crate::problem::{Problem, Wrong};

/// What was deleted can be taken back for this long (seconds).
pub const UNDO_S: i64 = 3600;

/// Why something was not done.
#[derive(Debug)]
pub enum Refusal {
    /// What was written does not fit: every mistake.
    Wrong(Vec<Wrong>),
    /// There is no such thing; one sentence.
    Unknown(String),
    /// Its state, or somebody who uses it, does not allow it; one sentence that says what to do.
    Conflict(String),
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Wrong(errors) => Self::unprocessable(errors),
            Refusal::Unknown(detail) => Self::not_found(detail),
            Refusal::Conflict(detail) => Self::conflict(detail),
            Refusal::Store(error) => Self::from(error),
        }
    }
}

/// What a configuration file declares is changed there.
fn not_declared(declared: bool, what: &str, name: &str) -> Result<(), Refusal> {
    if !declared {
        return Ok(());
    }
    let text = format!(
        "The {what} `{name}` is declared in the configuration file: change it there, then start the service again."
    );
    Err(Refusal::Conflict(text))
}

/// Deletes something that is there; it can be taken back until [`earliest`] passes it.
async fn remove(app: &App, table: Table, id: Uuid, gone: impl FnOnce() -> String) -> Result<(), Refusal> {
    if !app.store.remove(table, id, clock::now()).await? {
        return Err(Refusal::Unknown(gone()));
    }
    Ok(app.refresh().await?)
}

/// What was deleted before this moment is gone for good.
#[must_use]
pub fn earliest(now: Timestamp) -> Timestamp {
    now.plus(-UNDO_S)
}

fn too_late(what: &str, id: Uuid) -> Refusal {
    Refusal::Unknown(format!("No {what} {id} was deleted within the last hour, so there is nothing to bring back."))
}

fn name_given_away(what: &str, name: &str) -> Refusal {
    Refusal::Conflict(format!("There is another {what} called `{name}` now: rename that one first."))
}
