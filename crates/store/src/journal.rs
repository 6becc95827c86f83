//! The journal: every event in the order of its sequence, and the decisions that rest on it.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use tocsin_domain::alert::ReasonCode;
use tocsin_domain::{Event, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::codec::from_json;
use crate::db::{Db, Row, Value};
use crate::decisions;
use crate::error::StoreError;

/// Rows asked for in one query by their keys.
const ASKED_AT_ONCE: usize = 100;

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

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Told {
    Now,
    /// It was kept, to be told afterwards: in quiet hours, for a digest, in a storm.
    Later,
    Not,
}

/// Codes of what is kept, as SQL lists them.
fn kept_codes() -> String {
    let codes = [ReasonCode::QuietHours, ReasonCode::InDigest, ReasonCode::InStorm];
    codes.map(|code| format!("'{}'", code.word())).join(", ")
}

pub(crate) async fn last_sequence(db: &Db) -> Result<i64, StoreError> {
    let rows = db.read("SELECT COALESCE(MAX(sequence), 0) FROM events", vec![]).await?;
    rows.first().map_or(Ok(0), |row| row.int(0))
}

fn entry(row: &Row) -> Result<JournalEntry, StoreError> {
    Ok(JournalEntry { sequence: row.int(0)?, provider: row.text(1)?, event: from_json("event", &row.text(2)?)? })
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
        rows.iter().map(entry).collect()
    }

    /// Every event of a page, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn events_of(&self, page: Uuid) -> Result<Vec<JournalEntry>, StoreError> {
        let sql = "SELECT sequence, provider, body FROM events WHERE page = $1 ORDER BY sequence";
        self.db.read(sql, vec![page.into()]).await?.iter().map(entry).collect()
    }

    /// Events of these providers since a moment, oldest first, with the page each belongs to; at most `most` of them.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn events_since(
        &self,
        providers: &[String],
        since: Timestamp,
        most: usize,
    ) -> Result<Vec<(Uuid, JournalEntry)>, StoreError> {
        let mut entries = Vec::new();
        for some in providers.chunks(ASKED_AT_ONCE) {
            let left = i64::try_from(most.saturating_sub(entries.len())).unwrap_or(i64::MAX);
            let places: Vec<String> = (3..some.len() + 3).map(|place| format!("${place}")).collect();
            let sql = format!(
                "SELECT sequence, provider, body, page FROM events WHERE at >= $1 AND provider IN ({}) \
                 ORDER BY sequence LIMIT $2",
                places.join(", ")
            );
            let mut values: Vec<Value> = vec![since.into(), left.into()];
            values.extend(some.iter().map(|slug| Value::from(slug.clone())));
            for row in &self.db.read(&sql, values).await? {
                entries.push((row.id(3)?, entry(row)?));
            }
        }
        Ok(entries)
    }

    /// Sequences of the events that somebody was told of.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn told_sequences(&self) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT DISTINCT sequence FROM decisions WHERE told = $1";
        self.db.read(sql, vec![true.into()]).await?.iter().map(|row| row.int(0)).collect()
    }

    /// Events by their sequences, in any order.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn events_at(&self, sequences: &[i64]) -> Result<Vec<JournalEntry>, StoreError> {
        let mut entries = Vec::with_capacity(sequences.len());
        for some in sequences.chunks(ASKED_AT_ONCE) {
            let places: Vec<String> = (1..=some.len()).map(|place| format!("${place}")).collect();
            let sql = format!("SELECT sequence, provider, body FROM events WHERE sequence IN ({})", places.join(", "));
            let rows = self.db.read(&sql, some.iter().map(|sequence| (*sequence).into()).collect()).await?;
            for row in &rows {
                entries.push(entry(row)?);
            }
        }
        Ok(entries)
    }

    /// How many events each of these incidents or maintenances has in the journal, and the moment of the last.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn told_of(&self, subjects: &[Uuid]) -> Result<HashMap<Uuid, (i64, Timestamp)>, StoreError> {
        let mut counts = HashMap::with_capacity(subjects.len());
        for some in subjects.chunks(ASKED_AT_ONCE) {
            let places: Vec<String> = (1..=some.len()).map(|place| format!("${place}")).collect();
            let sql = format!(
                "SELECT subject, COUNT(*), MAX(at) FROM events WHERE subject IN ({}) GROUP BY subject",
                places.join(", ")
            );
            let rows = self.db.read(&sql, some.iter().map(|subject| (*subject).into()).collect()).await?;
            for row in &rows {
                counts.insert(row.id(0)?, (row.int(1)?, row.at(2)?));
            }
        }
        Ok(counts)
    }

    /// The last sequence in the journal.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn last_sequence(&self) -> Result<i64, StoreError> {
        last_sequence(&self.db).await
    }

    /// Decisions about an incident, or all of them, newest first; `told` narrows, `before` continues a listing.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn decisions(
        &self,
        incident: Option<Uuid>,
        told: Option<Told>,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<StoredDecision>, StoreError> {
        let mut sql = format!("SELECT {} FROM decisions WHERE 1 = 1", decisions::SHOWN);
        match told {
            Some(Told::Later) => sql.push_str(&format!(" AND code IN ({})", kept_codes())),
            Some(Told::Not) => sql.push_str(&format!(" AND code NOT IN ({})", kept_codes())),
            Some(Told::Now) | None => {}
        }
        let mut values: Vec<Value> = Vec::new();
        let mut and = |text: &str, value: Value| {
            values.push(value);
            sql.push_str(&text.replace('?', &format!("${}", values.len())));
        };
        if let Some(incident) = incident {
            and(" AND incident = ?", incident.into());
        }
        if let Some(told) = told {
            and(" AND told = ?", (told == Told::Now).into());
        }
        let before = before.unwrap_or(i64::MAX);
        and(" AND id < ?", before.into());
        and(" ORDER BY id DESC LIMIT ?", limit.into());
        let rows = self.db.read(&sql, values).await?;
        let mut decisions = Vec::new();
        for row in &rows {
            decisions.extend(decisions::unfold(row)?.into_iter().filter(|one| one.id < before));
        }
        decisions.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(decisions)
    }
}
