//! The journal: every event in the order of its sequence, and the decisions that rest on it.

use std::sync::atomic::Ordering;

use tocsin_domain::{Event, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::codec::from_json;
use crate::db::Db;
use crate::error::StoreError;

/// One event of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    pub sequence: i64,
    pub provider: String,
    pub event: Event,
}

/// One decision as it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDecision {
    pub id: i64,
    pub sequence: i64,
    pub incident: Option<Uuid>,
    pub change: String,
    pub at: Timestamp,
    pub monitor: Uuid,
    pub group: Uuid,
    pub group_name: String,
    pub channel: Option<Uuid>,
    pub channel_name: Option<String>,
    pub told: bool,
    pub code: String,
    pub text: String,
}

pub(crate) async fn last_sequence(db: &Db) -> Result<i64, StoreError> {
    let rows = db.read("SELECT COALESCE(MAX(sequence), 0) FROM events", vec![]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

impl Store {
    /// Hands out `count` sequences; answers the first.
    ///
    /// # Errors
    /// If the database does not answer.
    pub async fn reserve(&self, count: usize) -> Result<i64, StoreError> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        if !self.db.is_postgres() {
            return Ok(self.sequence.fetch_add(count, Ordering::SeqCst) + 1);
        }
        let sql = "SELECT MIN(n) FROM (SELECT nextval('event_sequence') AS n FROM generate_series(1, $1)) AS taken";
        let rows = self.db.read(sql, vec![count.max(1).into()]).await?;
        rows.first().map_or(Ok(1), |row| row.int(0))
    }

    /// Events after `sequence`, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn events_after(&self, sequence: i64, limit: i64) -> Result<Vec<JournalEntry>, StoreError> {
        let sql = "SELECT sequence, provider, body FROM events WHERE sequence > $1 ORDER BY sequence LIMIT $2";
        let rows = self.db.read(sql, vec![sequence.into(), limit.into()]).await?;
        let entry = |row: &crate::db::Row| {
            Ok(JournalEntry {
                sequence: row.int(0)?,
                provider: row.text(1)?,
                event: from_json("event", &row.text(2)?)?,
            })
        };
        rows.iter().map(entry).collect()
    }

    /// The last sequence in the journal.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn last_sequence(&self) -> Result<i64, StoreError> {
        last_sequence(&self.db).await
    }

    /// Decisions about an incident, or all of them, newest first; `before` continues a listing.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn decisions(
        &self,
        incident: Option<Uuid>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<StoredDecision>, StoreError> {
        let filter = if incident.is_some() { "incident = $1" } else { "(incident = $1 OR 1 = 1)" };
        let sql = format!(
            "SELECT id, sequence, incident, change, at, monitor, grp, grp_name, channel, channel_name, told, code, text \
             FROM decisions WHERE {filter} AND id < $2 ORDER BY id DESC LIMIT $3"
        );
        let values = vec![incident.into(), before.unwrap_or(i64::MAX).into(), limit.into()];
        let rows = self.db.read(&sql, values).await?;
        let decision = |row: &crate::db::Row| {
            Ok(StoredDecision {
                id: row.int(0)?,
                sequence: row.int(1)?,
                incident: row.maybe_id(2)?,
                change: row.text(3)?,
                at: row.at(4)?,
                monitor: row.id(5)?,
                group: row.id(6)?,
                group_name: row.text(7)?,
                channel: row.maybe_id(8)?,
                channel_name: row.maybe_text(9)?,
                told: row.flag(10)?,
                code: row.text(11)?,
                text: row.text(12)?,
            })
        };
        rows.iter().map(decision).collect()
    }
}
