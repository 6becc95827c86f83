//! Trays: what channels are told later.

use tocsin_domain::Timestamp;
use tocsin_domain::alert::tray::Kept;
use uuid::Uuid;

use crate::Store;
use crate::codec::{from_json, json};
use crate::commit::OutboxRow;
use crate::db::Value;
use crate::decisions::{self, DecisionRow};
use crate::error::StoreError;
use crate::outbox;

/// Something kept for a channel of a team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptRow {
    pub team: Uuid,
    pub channel: Uuid,
    pub kept: Kept,
}

pub(crate) const KEEP: &str = "INSERT INTO trays (id, team, channel, due_at, kept) VALUES";

pub(crate) fn kept_row(one: &KeptRow) -> Vec<Value> {
    vec![one.kept.id.into(), one.team.into(), one.channel.into(), one.kept.later.until.into(), json(&one.kept).into()]
}

impl Store {
    /// Everything that is kept to be told later, in any order.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn kept(&self) -> Result<Vec<Kept>, StoreError> {
        let rows = self.db.read("SELECT kept FROM trays", vec![]).await?;
        rows.iter().map(|row| from_json("what is told later", &row.text(0)?)).collect()
    }

    /// What was kept is told now: its messages go into the outbox, and it leaves the trays.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is written then.
    pub async fn told_later(
        &self,
        told: &[Uuid],
        decided: &[DecisionRow],
        rows: &[OutboxRow],
    ) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        for id in told {
            writer.run("DELETE FROM trays WHERE id = $1", vec![(*id).into()]).await?;
        }
        decisions::put(&mut writer, decided).await?;
        outbox::put(&mut writer, rows).await?;
        writer.commit().await
    }

    /// What channels were told of since `since_ms` (milliseconds since 1970), oldest first: channel, subject, when.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn told_since(&self, since_ms: i64) -> Result<Vec<(Uuid, Uuid, Timestamp)>, StoreError> {
        let sql = "SELECT channel, subject, created_ms FROM deliveries WHERE created_ms > $1 AND subject IS NOT NULL \
                   ORDER BY created_ms";
        let rows = self.db.read(sql, vec![since_ms.into()]).await?;
        rows.iter()
            .map(|row| Ok((row.id(0)?, row.id(1)?, Timestamp::from_second(row.int(2)?.div_euclid(1000)))))
            .collect()
    }
}
