//! What we remember. The only crate that knows SQL.
//!
//! One text per query for SQLite and PostgreSQL; [`db`] holds the few differences. There is one writer: everything a
//! poll brings (reading, changes, new state, decisions, outbox rows) is written by [`Store::commit`] in one
//! transaction, many polls at a time.

mod boards;
mod checks;
mod circulars;
mod codec;
mod commit;
mod coverage;
mod db;
mod decisions;
mod deliveries;
mod descriptions;
mod doors;
mod error;
mod healths;
mod hubs;
mod incidents;
mod journal;
mod maintenances;
mod migrations;
mod outbox;
mod overtake;
mod pages;
mod people;
mod prune;
mod push;
mod receivers;
mod refresh;
mod removal;
mod secrets;
mod setup;
mod subscriptions;
mod trays;
mod wishes;

pub use boards::BoardRow;
pub use checks::{Tried, WarningFilter};
pub use circulars::{Circular, Circulated};
pub use codec::Packed;
pub use commit::{EventRow, Observation, OutboxRow, PayloadRow};
pub use decisions::{DecisionRow, Wording};
pub use deliveries::{Delivery, DeliveryFilter, Missed};
pub use descriptions::DescriptionRow;
pub use error::StoreError;
pub use hubs::HubSubscription;
pub use incidents::{IncidentFilter, StateFilter, StoredIncident};
pub use journal::{JournalEntry, StoredDecision, Told};
pub use maintenances::StoredMaintenance;
pub use outbox::{Attempt, DeliveryState, DueDelivery, Settled};
pub use overtake::Keeping;
pub use pages::{AnswerKept, Captured, PageFlush, PageRow, PageStatus};
pub use people::{TokenRow, UserRow};
pub use prune::Pruned;
pub use push::PushAddress;
pub use receivers::Changed;
pub use refresh::Standing;
pub use removal::Table;
pub use secrets::Keys;
pub use setup::{ChannelRow, GroupRow, MonitorRow, ProviderRow, Setup};
pub use subscriptions::{Subscription, Target};
pub use trays::KeptRow;
pub use wishes::{AcknowledgementRow, OverrideRow, SilenceRow};

use std::path::Path;
use std::sync::atomic::AtomicI64;

use tocsin_domain::Timestamp;
use uuid::Uuid;

use crate::db::Db;
use crate::secrets::Key;

/// The store: SQLite on one machine, PostgreSQL otherwise.
pub struct Store {
    db: Db,
    key: Key,
    /// The last sequence handed out (SQLite; PostgreSQL has a sequence of its own).
    sequence: AtomicI64,
    /// The team `default`, to which everything declared belongs.
    team: Uuid,
}

impl Store {
    /// Opens (and creates, and migrates) the store at `url`: `sqlite://path` or `postgres://…`.
    /// `key_file` holds 32 bytes in hex; it is made with mode 0600 where it does not exist.
    /// On PostgreSQL this waits until no other node works on the same database.
    ///
    /// # Errors
    /// One sentence that says what to do.
    pub async fn open(url: &str, key_file: &Path) -> Result<Self, StoreError> {
        let key = Key::load_or_make(key_file)?;
        let db = Db::open(url).await?;
        let sequence = AtomicI64::new(journal::last_sequence(&db).await?);
        let team = setup::default_team(&db).await?;
        Ok(Self { db, key, sequence, team })
    }

    /// Opens a store only to read captures out of it: nothing is migrated, no lock is taken, secrets stay closed.
    ///
    /// # Errors
    /// One sentence that says what to do.
    pub async fn open_to_read(url: &str) -> Result<Self, StoreError> {
        let db = Db::open_to_read(url)?;
        Ok(Self { db, key: Key::none(), sequence: AtomicI64::new(0), team: Uuid::nil() })
    }

    /// The team to which everything declared belongs.
    #[must_use]
    pub fn default_team(&self) -> Uuid {
        self.team
    }

    /// Proves that the store can be written to.
    ///
    /// # Errors
    /// Why it cannot, for `/readyz`.
    pub async fn prove_writable(&self) -> Result<(), StoreError> {
        self.db
            .write(
                "INSERT INTO facts (key, value) VALUES ('proof', '') ON CONFLICT (key) DO UPDATE SET value = ''",
                vec![],
            )
            .await?;
        Ok(())
    }

    /// A fact remembered under a name.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn fact(&self, key: &str) -> Result<Option<String>, StoreError> {
        let rows = self.db.read("SELECT value FROM facts WHERE key = $1", vec![key.into()]).await?;
        rows.first().map(|row| row.text(0)).transpose()
    }

    /// Remembers a fact under a name.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn remember(&self, key: &str, value: &str) -> Result<(), StoreError> {
        let sql =
            "INSERT INTO facts (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
        self.db.write(sql, vec![key.into(), value.into()]).await?;
        Ok(())
    }

    /// Writes what is in the write-ahead log into the database file and closes every connection.
    pub async fn close(&self) {
        self.db.close().await;
    }

    /// The key that signs unsubscribe links and the like.
    #[must_use]
    pub fn signing_key(&self) -> Vec<u8> {
        self.key.derived(b"links")
    }
}
