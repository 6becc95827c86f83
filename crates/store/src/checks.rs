//! Tests of our own: what is remembered of each, its calls, and what it warned of.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tocsin_domain::{Call, Timestamp, Warning};
use uuid::Uuid;

use crate::Store;
use crate::circulars::{self, Circular};
use crate::codec::{Packed, from_json, json, unpack};
use crate::commit::{EventRow, OutboxRow, event_row};
use crate::db::{Row, Value, Writer};
use crate::decisions::{self, DecisionRow};
use crate::error::StoreError;
use crate::outbox;
use crate::trays::{self, KeptRow, kept_row};

/// Everything that follows from one try.
#[derive(Clone, Debug)]
pub struct Tried {
    pub check: Uuid,
    /// Slug of whoever its events are about.
    pub provider: String,
    /// What is remembered of the check from now on (JSON).
    pub state: String,
    /// `None`: nothing was tried, only time or a restart says something.
    pub call: Option<Call>,
    /// Warnings that began, changed or ended.
    pub warnings: Vec<Warning>,
    pub events: Vec<EventRow>,
    pub decisions: Vec<DecisionRow>,
    pub outbox: Vec<OutboxRow>,
    /// What channels are told later.
    pub kept: Vec<KeptRow>,
    /// What subscribers are told.
    pub circulars: Vec<Circular>,
    /// What was kept and is told with this.
    pub told_along: Vec<Uuid>,
}

impl Tried {
    /// Of which nobody hears: what is told of it is added as it is decided. `state` is what is remembered of the check.
    #[must_use]
    pub fn unheard<T: Serialize>(
        check: Uuid,
        provider: String,
        state: &T,
        call: Option<Call>,
        warnings: Vec<Warning>,
    ) -> Self {
        Self {
            check,
            provider,
            state: json(state),
            call,
            warnings,
            events: Vec::new(),
            decisions: Vec::new(),
            outbox: Vec::new(),
            kept: Vec::new(),
            circulars: Vec::new(),
            told_along: Vec::new(),
        }
    }
}

/// Which warnings are wanted, newest first.
#[derive(Clone, Debug, Default)]
pub struct WarningFilter {
    /// Open ones only, closed ones only; `None`: all.
    pub open: Option<bool>,
    pub provider: Option<String>,
    pub check: Option<Uuid>,
    /// Those before this one.
    pub before: Option<(Timestamp, Uuid)>,
    pub limit: i64,
}

impl Store {
    /// Makes a try and what follows from it true, in one transaction.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is written then.
    pub async fn commit_tried(&self, tried: &Tried) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        match write(&mut writer, tried).await {
            Ok(()) => writer.commit().await,
            Err(error) => {
                writer.rollback().await?;
                Err(error)
            }
        }
    }

    /// What is remembered of a check.
    ///
    /// # Errors
    /// If the store cannot be read, or holds something else.
    pub async fn check_state<T: DeserializeOwned>(&self, check: Uuid) -> Result<Option<T>, StoreError> {
        let rows = self.db.read("SELECT state FROM checks WHERE id = $1", vec![check.into()]).await?;
        rows.first().map(|row| from_json("what is remembered of a check", &row.text(0)?)).transpose()
    }

    /// The calls of a check, newest first, before the one given as its time and id.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn calls(
        &self,
        check: Uuid,
        before: Option<(Timestamp, Uuid)>,
        limit: i64,
    ) -> Result<Vec<Call>, StoreError> {
        let (at, id) = before.unwrap_or((Timestamp::from_second(i64::MAX / 2), Uuid::max()));
        let sql = "SELECT body FROM calls WHERE owner = $1 AND (at < $2 OR (at = $2 AND id < $3)) \
                   ORDER BY at DESC, id DESC LIMIT $4";
        let values = vec![check.into(), Value::Int(at.as_second()), id.into(), limit.into()];
        self.db.read(sql, values).await?.iter().map(call).collect()
    }

    /// One call.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn call(&self, id: Uuid) -> Result<Option<Call>, StoreError> {
        let rows = self.db.read("SELECT body FROM calls WHERE id = $1", vec![id.into()]).await?;
        rows.first().map(call).transpose()
    }

    /// Lets go of the calls of a check that are older than `before`, and of all but the newest `keep`.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn prune_calls(&self, check: Uuid, before: Timestamp, keep: i64) -> Result<u64, StoreError> {
        let sql = "DELETE FROM calls WHERE owner = $1 AND (at < $2 OR id NOT IN \
                   (SELECT id FROM calls WHERE owner = $1 ORDER BY at DESC, id DESC LIMIT $3))";
        self.db.write(sql, vec![check.into(), before.into(), keep.into()]).await
    }

    /// Which of these calls are still kept with their recordings.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn recorded(&self) -> Result<Vec<Uuid>, StoreError> {
        let rows = self.db.read("SELECT id FROM calls WHERE recorded = $1", vec![true.into()]).await?;
        rows.iter().map(|row| row.id(0)).collect()
    }

    /// Warnings, newest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn warnings(&self, filter: &WarningFilter) -> Result<Vec<Warning>, StoreError> {
        let mut sql = "SELECT record FROM warnings WHERE 1 = 1".to_owned();
        let mut values: Vec<Value> = Vec::new();
        let mut also = |text: &str, value: Value| {
            values.push(value);
            sql.push_str(&text.replace('?', &format!("${}", values.len())));
        };
        if let Some(open) = filter.open {
            also(" AND state = ?", if open { "open" } else { "closed" }.into());
        }
        if let Some(provider) = &filter.provider {
            also(" AND provider = ?", provider.as_str().into());
        }
        if let Some(check) = filter.check {
            also(" AND owner = ?", check.into());
        }
        if let Some((at, id)) = filter.before {
            also(" AND started_at <= ?", at.into());
            also(" AND (started_at < ?", at.into());
            also(" OR id < ?)", id.into());
        }
        also(" ORDER BY started_at DESC, id DESC LIMIT ?", filter.limit.into());
        let rows = self.db.read(&sql, values).await?;
        rows.iter().map(|row| from_json("warning", &row.text(0)?)).collect()
    }

    /// One warning.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn warning(&self, id: Uuid) -> Result<Option<Warning>, StoreError> {
        let rows = self.db.read("SELECT record FROM warnings WHERE id = $1", vec![id.into()]).await?;
        rows.first().map(|row| from_json("warning", &row.text(0)?)).transpose()
    }

    /// Forgets what is remembered of a check that is not there any more.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn forget_check(&self, check: Uuid) -> Result<(), StoreError> {
        self.db.write("DELETE FROM checks WHERE id = $1", vec![check.into()]).await.map(drop)
    }
}

const WARN: &str = "INSERT INTO warnings (id, owner, provider, state, started_at, record) VALUES";
const WARN_AGAIN: &str = "ON CONFLICT (id) DO UPDATE SET state = excluded.state, record = excluded.record";

fn call(row: &Row) -> Result<Call, StoreError> {
    let bytes = unpack("call", &row.bytes(0)?)?;
    serde_json::from_slice(&bytes).map_err(|why| StoreError::damaged("call", why))
}

fn warning_row(one: &Warning) -> Vec<Value> {
    vec![
        one.id.into(),
        one.check.id.into(),
        one.provider.as_ref().map(|provider| provider.slug.clone()).into(),
        if one.is_open() { "open" } else { "closed" }.into(),
        one.started_at.into(),
        json(one).into(),
    ]
}

async fn write(writer: &mut Writer<'_>, tried: &Tried) -> Result<(), StoreError> {
    let sql = "INSERT INTO checks (id, state) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET state = excluded.state";
    writer.run(sql, vec![tried.check.into(), tried.state.as_str().into()]).await?;
    let row = |call: &Call| {
        let body = Packed::json(call).to_vec();
        vec![call.id.into(), call.check.into(), call.at.into(), call.recorded.into(), body.into()]
    };
    let head = "INSERT INTO calls (id, owner, at, recorded, body) VALUES";
    writer.insert(head, "ON CONFLICT (id) DO NOTHING", tried.call.iter().map(row).collect()).await?;
    writer.insert(WARN, WARN_AGAIN, tried.warnings.iter().map(warning_row).collect()).await?;
    let head = "INSERT INTO events (sequence, id, page, provider, type, subject, at, body) VALUES";
    let events = tried.events.iter().map(|one| event_row(tried.check, &tried.provider, one)).collect();
    writer.insert(head, "", events).await?;
    decisions::put(writer, &tried.decisions).await?;
    outbox::put(writer, &tried.outbox).await?;
    writer.insert(circulars::ISSUE, "", tried.circulars.iter().map(circulars::row).collect()).await?;
    writer.insert(trays::KEEP, "ON CONFLICT (id) DO NOTHING", tried.kept.iter().map(kept_row).collect()).await?;
    for id in &tried.told_along {
        writer.run("DELETE FROM trays WHERE id = $1", vec![(*id).into()]).await?;
    }
    Ok(())
}
