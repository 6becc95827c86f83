//! The outbox: composed messages on their way, each attempt with its answer.

use tocsin_domain::Timestamp;
use uuid::Uuid;

use crate::Store;
use crate::commit::{OutboxRow, outbox_row};
use crate::db::{Row, Value};
use crate::error::StoreError;

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// To be sent, at its time.
    Due,
    Sent,
    /// The receiver refused this message for good.
    Failed,
    /// Given up after the whole schedule; can be resent.
    Dead,
    /// The recipient does not want to hear.
    Suppressed,
}

impl DeliveryState {
    const ALL: [Self; 5] = [Self::Due, Self::Sent, Self::Failed, Self::Dead, Self::Suppressed];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Suppressed => "suppressed",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A delivery that may be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    pub id: Uuid,
    pub team: Uuid,
    pub event: String,
    pub channel: Uuid,
    pub thread: String,
    pub recipient: String,
    pub content_type: String,
    pub body: Vec<u8>,
    /// Attempts made so far.
    pub attempts: i64,
    pub created_ms: i64,
}

/// What one attempt led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub delivery: Uuid,
    pub state: DeliveryState,
    /// When to try again, for `due` (milliseconds since 1970).
    pub next_ms: i64,
    pub remote: Option<String>,
    /// `None` where nothing was sent (suppressed, disabled).
    pub attempt: Option<Attempt>,
}

/// One attempt, as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub number: i64,
    pub at: Timestamp,
    pub outcome: String,
    pub status: Option<i64>,
    pub latency_ms: i64,
    /// The first kilobyte of the answer, or why there is none; secrets cut.
    pub answer: String,
}

/// A delivery as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: Uuid,
    pub sequence: i64,
    pub event: String,
    pub subject: Option<Uuid>,
    pub channel: Uuid,
    pub channel_name: String,
    pub kind: String,
    pub recipient: String,
    pub reason: String,
    pub state: DeliveryState,
    pub created_ms: i64,
    pub next_ms: i64,
    pub attempts: Vec<Attempt>,
}

const SHOWN: &str =
    "id, sequence, event, subject, channel, channel_name, kind, recipient, reason, state, created_ms, next_ms";

impl Store {
    /// Takes deliveries due at `now_ms`, oldest first: of each channel's thread only the first that is not done, and
    /// none of `blocked` channels. They stay taken until [`Store::settle`], or until [`Store::release_leases`].
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn claim(&self, now_ms: i64, blocked: &[Uuid], limit: i64) -> Result<Vec<DueDelivery>, StoreError> {
        let mut values: Vec<Value> = vec![now_ms.into(), limit.into(), true.into(), false.into()];
        let places: Vec<String> = (0..blocked.len()).map(|index| format!("${}", index + 5)).collect();
        values.extend(blocked.iter().map(|channel| Value::from(*channel)));
        let open =
            if places.is_empty() { String::new() } else { format!("AND d.channel NOT IN ({})", places.join(", ")) };
        let sql = format!(
            "UPDATE deliveries SET leased = $3 WHERE id IN (SELECT d.id FROM deliveries d WHERE d.state = 'due' \
             AND d.leased = $4 AND d.next_ms <= $1 {open} AND NOT EXISTS (SELECT 1 FROM deliveries e \
             WHERE e.channel = d.channel AND e.thread = d.thread AND e.state = 'due' AND e.recipient = d.recipient \
             AND (e.sequence < d.sequence OR (e.sequence = d.sequence AND e.created_ms < d.created_ms))) \
             ORDER BY d.next_ms, d.sequence LIMIT $2) \
             RETURNING id, team, event, channel, thread, recipient, content_type, body, attempts, created_ms"
        );
        let rows = self.db.writer().await?.rows(&sql, values).await?;
        let due = |row: &Row| {
            Ok(DueDelivery {
                id: row.id(0)?,
                team: row.id(1)?,
                event: row.text(2)?,
                channel: row.id(3)?,
                thread: row.text(4)?,
                recipient: row.text(5)?,
                content_type: row.text(6)?,
                body: row.bytes(7)?,
                attempts: row.int(8)?,
                created_ms: row.int(9)?,
            })
        };
        rows.iter().map(due).collect()
    }

    /// Makes due again what was under way when we were cut off.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn release_leases(&self) -> Result<u64, StoreError> {
        self.db.write("UPDATE deliveries SET leased = $1 WHERE leased = $2", vec![false.into(), true.into()]).await
    }

    /// When the next delivery becomes due after `now_ms` (milliseconds since 1970), and how many wait. What is due
    /// already waits for another of its thread, or for its channel: no moment of its own.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn outbox_ahead(&self, now_ms: i64) -> Result<(Option<i64>, i64), StoreError> {
        let sql = "SELECT MIN(CASE WHEN leased OR next_ms <= $1 THEN NULL ELSE next_ms END), COUNT(*) \
                   FROM deliveries WHERE state = 'due'";
        let rows = self.db.read(sql, vec![now_ms.into()]).await?;
        rows.first().map_or(Ok((None, 0)), |row| Ok((row.maybe_int(0)?, row.int(1)?)))
    }

    /// Writes down what attempts led to, many in one transaction.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is written then.
    pub async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        let mut attempts: Vec<Vec<Value>> = Vec::new();
        for one in settled {
            let sql = "UPDATE deliveries SET state = $1, next_ms = $2, remote = COALESCE($3, remote), \
                       attempts = attempts + $4, leased = $6 WHERE id = $5";
            let made = i64::from(one.attempt.is_some());
            let values = vec![
                one.state.word().into(),
                one.next_ms.into(),
                one.remote.clone().into(),
                made.into(),
                one.delivery.into(),
                false.into(),
            ];
            writer.run(sql, values).await?;
            attempts.extend(one.attempt.as_ref().map(|attempt| attempt_row(one.delivery, attempt)));
        }
        writer
            .insert(
                "INSERT INTO attempts (delivery, number, at, outcome, status, latency_ms, answer) VALUES",
                "ON CONFLICT (delivery, number) DO NOTHING",
                attempts,
            )
            .await?;
        writer.commit().await
    }

    /// Puts messages into the outbox outside of any poll: tests.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn enqueue(&self, rows: &[OutboxRow]) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.insert(OutboxRow::INSERT, "", rows.iter().map(outbox_row).collect()).await
    }

    /// Makes a delivery due again, whatever became of it. False where there is no such delivery.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn resend(&self, id: Uuid, now_ms: i64) -> Result<bool, StoreError> {
        let sql = "UPDATE deliveries SET state = 'due', next_ms = $1 WHERE id = $2";
        Ok(self.db.write(sql, vec![now_ms.into(), id.into()]).await? > 0)
    }

    /// Deliveries newest first; `state` and `channel` narrow, `after` continues a listing.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn deliveries(
        &self,
        state: Option<DeliveryState>,
        subject: Option<Uuid>,
        after: Option<(i64, Uuid)>,
        limit: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        let mut sql = format!("SELECT {SHOWN} FROM deliveries WHERE 1 = 1");
        let mut values: Vec<Value> = Vec::new();
        let mut and = |text: &str, value: Value| {
            values.push(value);
            sql.push_str(&text.replace('?', &format!("${}", values.len())));
        };
        if let Some(state) = state {
            and(" AND state = ?", state.word().into());
        }
        if let Some(subject) = subject {
            and(" AND subject = ?", subject.into());
        }
        if let Some((at, id)) = after {
            and(" AND (created_ms < ?", at.into());
            and(" OR (created_ms = ?", at.into());
            and(" AND id < ?))", id.into());
        }
        and(" ORDER BY created_ms DESC, id DESC LIMIT ?", limit.into());
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

    async fn with_attempts(&self, row: &Row) -> Result<Delivery, StoreError> {
        let id = row.id(0)?;
        let sql =
            "SELECT number, at, outcome, status, latency_ms, answer FROM attempts WHERE delivery = $1 ORDER BY number";
        let attempt = |row: &Row| {
            Ok::<_, StoreError>(Attempt {
                number: row.int(0)?,
                at: row.at(1)?,
                outcome: row.text(2)?,
                status: row.maybe_int(3)?,
                latency_ms: row.int(4)?,
                answer: row.text(5)?,
            })
        };
        let attempts = self.db.read(sql, vec![id.into()]).await?.iter().map(attempt).collect::<Result<_, _>>()?;
        let state = row.text(9)?;
        Ok(Delivery {
            id,
            sequence: row.int(1)?,
            event: row.text(2)?,
            subject: row.maybe_id(3)?,
            channel: row.id(4)?,
            channel_name: row.text(5)?,
            kind: row.text(6)?,
            recipient: row.text(7)?,
            reason: row.text(8)?,
            state: DeliveryState::named(&state).ok_or_else(|| StoreError::damaged("delivery state", state))?,
            created_ms: row.int(10)?,
            next_ms: row.int(11)?,
            attempts,
        })
    }

    /// Remembers that a recipient does not want to hear from a channel.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn suppress(
        &self,
        team: Uuid,
        channel: &str,
        recipient: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = "INSERT INTO suppressions (team, channel, recipient, at, why) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (team, channel, recipient) DO NOTHING";
        let values = vec![team.into(), channel.into(), recipient.into(), now.into(), why.into()];
        self.db.write(sql, values).await.map(drop)
    }

    /// Every suppression: team, channel name, recipient.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn suppressions(&self) -> Result<Vec<(Uuid, String, String)>, StoreError> {
        let rows = self.db.read("SELECT team, channel, recipient FROM suppressions", vec![]).await?;
        rows.iter().map(|row| Ok((row.id(0)?, row.text(1)?, row.text(2)?))).collect()
    }
}

fn attempt_row(delivery: Uuid, attempt: &Attempt) -> Vec<Value> {
    vec![
        delivery.into(),
        attempt.number.into(),
        attempt.at.into(),
        attempt.outcome.as_str().into(),
        attempt.status.into(),
        attempt.latency_ms.into(),
        attempt.answer.as_str().into(),
    ]
}
