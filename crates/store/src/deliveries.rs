//! Deliveries as people see them: what went out, attempt by attempt, and what is sent again by hand.

use uuid::Uuid;

use crate::Store;
use crate::db::{Row, Value};
use crate::error::StoreError;
use crate::outbox::{Attempt, DeliveryState};
use crate::subscriptions::CHANNEL_NAME;

/// A delivery as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: Uuid,
    pub sequence: i64,
    pub event: String,
    pub subject: Option<Uuid>,
    pub team: Uuid,
    pub channel: Uuid,
    pub channel_name: String,
    pub kind: String,
    pub recipient: String,
    pub reason: String,
    pub part: String,
    pub state: DeliveryState,
    /// Why it ended so, where the attempts do not say.
    pub why: Option<String>,
    pub created_ms: i64,
    pub next_ms: i64,
    pub attempts: Vec<Attempt>,
}

/// Which deliveries to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    pub state: Option<DeliveryState>,
    /// Our id of the incident or maintenance they are about.
    pub subject: Option<Uuid>,
    pub channel: Option<Uuid>,
    /// Only those to the team's own channels, not to those who subscribed.
    pub to_team: bool,
    /// Made at or after this (milliseconds since 1970).
    pub since_ms: Option<i64>,
    /// Continue after this delivery: when it was made, and its id.
    pub after: Option<(i64, Uuid)>,
    /// Most rows to answer.
    pub limit: i64,
}

/// What a channel was not told, though it should have been.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Missed {
    pub count: i64,
    /// When the first of them was made (milliseconds since 1970).
    pub since_ms: Option<i64>,
}

const SHOWN: &str = "id, sequence, event, subject, team, channel, channel_name, kind, recipient, reason, part, state, why, \
                     created_ms, next_ms";

impl Store {
    /// Deliveries by filter, newest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn deliveries(&self, filter: &DeliveryFilter) -> Result<Vec<Delivery>, StoreError> {
        let mut sql = format!("SELECT {SHOWN} FROM deliveries WHERE 1 = 1");
        let mut values: Vec<Value> = Vec::new();
        let mut and = |text: &str, value: Value| {
            values.push(value);
            sql.push_str(&text.replace('?', &format!("${}", values.len())));
        };
        if let Some(state) = filter.state {
            and(" AND state = ?", state.word().into());
        }
        if let Some(subject) = filter.subject {
            and(" AND subject = ?", subject.into());
        }
        if let Some(channel) = filter.channel {
            and(" AND channel = ?", channel.into());
        }
        if filter.to_team {
            and(" AND channel_name NOT LIKE ?", format!("{CHANNEL_NAME}%").into());
        }
        if let Some(since_ms) = filter.since_ms {
            and(" AND created_ms >= ?", since_ms.into());
        }
        if let Some((at, id)) = filter.after {
            and(" AND (created_ms < ?", at.into());
            and(" OR (created_ms = ?", at.into());
            and(" AND id < ?))", id.into());
        }
        and(" ORDER BY created_ms DESC, id DESC LIMIT ?", filter.limit.into());
        let rows = self.db.read(&sql, values).await?;
        let mut deliveries = Vec::with_capacity(rows.len());
        for row in &rows {
            deliveries.push(self.with_attempts(row).await?);
        }
        Ok(deliveries)
    }

    /// One delivery with its attempts.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn delivery(&self, id: Uuid) -> Result<Option<Delivery>, StoreError> {
        let sql = format!("SELECT {SHOWN} FROM deliveries WHERE id = $1");
        let rows = self.db.read(&sql, vec![id.into()]).await?;
        match rows.first() {
            Some(row) => Ok(Some(self.with_attempts(row).await?)),
            None => Ok(None),
        }
    }

    /// Milliseconds from the making of a message to the end of its delivery, for the newest `limit` of that state.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn delivery_delays(&self, state: DeliveryState, limit: i64) -> Result<Vec<i64>, StoreError> {
        let sql = "SELECT next_ms - created_ms FROM deliveries WHERE state = $1 ORDER BY created_ms DESC LIMIT $2";
        let rows = self.db.read(sql, vec![state.word().into(), limit.into()]).await?;
        rows.iter().map(|row| row.int(0)).collect()
    }

    /// Makes a delivery due again, whatever became of it; its age counts from now on. False where there is no such
    /// delivery, or it is under way.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn resend(&self, id: Uuid, now_ms: i64) -> Result<bool, StoreError> {
        let sql = format!("{RESEND} WHERE id = $2 AND leased = FALSE");
        Ok(self.db.write(&sql, vec![now_ms.into(), id.into()]).await? > 0)
    }

    /// Makes due again what a channel refused or what was given up, of everything made at or after `since_ms`. Answers
    /// how many.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn resend_missed(&self, channel: Uuid, since_ms: i64, now_ms: i64) -> Result<u64, StoreError> {
        let sql = format!("{RESEND} WHERE channel = $2 AND state IN ('dead', 'failed') AND created_ms >= $3");
        self.db.write(&sql, vec![now_ms.into(), channel.into(), since_ms.into()]).await
    }

    /// What arrived at a channel of everything made at or after `since_ms`, oldest first: what it was about, the event,
    /// and when it was made (milliseconds since 1970).
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn arrived(&self, channel: Uuid, since_ms: i64) -> Result<Vec<(Uuid, String, i64)>, StoreError> {
        let sql = "SELECT subject, event, created_ms FROM deliveries WHERE channel = $1 AND state = 'sent' \
                   AND subject IS NOT NULL AND created_ms >= $2 ORDER BY created_ms";
        let rows = self.db.read(sql, vec![channel.into(), since_ms.into()]).await?;
        rows.iter().map(|row| Ok((row.id(0)?, row.text(1)?, row.int(2)?))).collect()
    }

    /// What a channel refused or what was given up about something is not missed any more; `why`, for people.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_aside(&self, channel: Uuid, subject: Uuid, why: &str) -> Result<u64, StoreError> {
        let sql = "UPDATE deliveries SET state = 'suppressed', why = $3 WHERE channel = $1 AND subject = $2 \
                   AND state IN ('dead', 'failed')";
        self.db.write(sql, vec![channel.into(), subject.into(), why.into()]).await
    }

    /// What a channel was not told of everything made at or after `since_ms`.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn missed(&self, channel: Uuid, since_ms: i64) -> Result<Missed, StoreError> {
        let sql = "SELECT COUNT(*), MIN(created_ms) FROM deliveries WHERE channel = $1 AND state IN ('dead', 'failed') \
                   AND created_ms >= $2";
        let rows = self.db.read(sql, vec![channel.into(), since_ms.into()]).await?;
        let missed = |row: &Row| Ok(Missed { count: row.int(0)?, since_ms: row.maybe_int(1)? });
        rows.first().map_or(Ok(Missed::default()), missed)
    }

    pub(crate) async fn attempts(&self, delivery: Uuid) -> Result<Vec<Attempt>, StoreError> {
        let sql =
            "SELECT number, at, outcome, status, latency_ms, answer FROM attempts WHERE delivery = $1 ORDER BY number";
        let attempt = |row: &Row| {
            Ok(Attempt {
                number: row.int(0)?,
                at: row.at(1)?,
                outcome: row.text(2)?,
                status: row.maybe_int(3)?,
                latency_ms: row.int(4)?,
                answer: row.text(5)?,
            })
        };
        self.db.read(sql, vec![delivery.into()]).await?.iter().map(attempt).collect()
    }

    async fn with_attempts(&self, row: &Row) -> Result<Delivery, StoreError> {
        let id = row.id(0)?;
        let state = row.text(11)?;
        Ok(Delivery {
            id,
            sequence: row.int(1)?,
            event: row.text(2)?,
            subject: row.maybe_id(3)?,
            team: row.id(4)?,
            channel: row.id(5)?,
            channel_name: row.text(6)?,
            kind: row.text(7)?,
            recipient: row.text(8)?,
            reason: row.text(9)?,
            part: row.text(10)?,
            state: DeliveryState::named(&state).ok_or_else(|| StoreError::damaged("delivery state", state))?,
            why: row.maybe_text(12)?,
            created_ms: row.int(13)?,
            next_ms: row.int(14)?,
            attempts: self.attempts(id).await?,
        })
    }
}

const RESEND: &str =
    "UPDATE deliveries SET state = 'due', next_ms = $1, since_ms = $1, earlier = attempts, unsure = FALSE, why = NULL";
