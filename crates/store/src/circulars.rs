//! Circulars: what everybody who subscribed to something is told. One row stands for all of them until each has the
//! message in the outbox; a crash on the way neither loses nor repeats one.

use tocsin_domain::Event;
use uuid::Uuid;

use crate::Store;
use crate::codec::from_json;
use crate::commit::OutboxRow;
use crate::db::Value;
use crate::error::StoreError;
use crate::outbox;
use crate::subscriptions::Target;

/// One event that the subscribers of `target` are told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circular {
    /// Of the event in the journal.
    pub sequence: i64,
    pub target: Target,
    pub page: Uuid,
    /// They have heard nothing of its subject before.
    pub first: bool,
}

/// A circular on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circulated {
    pub circular: Circular,
    /// The slug of the provider whose page it was.
    pub provider: String,
    pub event: Event,
    /// The last subscription that has it; they are reached in the order of their ids.
    pub reached: Option<Uuid>,
}

pub(crate) const ISSUE: &str = "INSERT INTO circulars (sequence, target_kind, target, page, first) VALUES";

pub(crate) fn row(one: &Circular) -> Vec<Value> {
    vec![one.sequence.into(), one.target.kind().into(), one.target.name().into(), one.page.into(), one.first.into()]
}

impl Store {
    /// The oldest circular that has not reached everybody.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn next_circular(&self) -> Result<Option<Circulated>, StoreError> {
        let sql = "SELECT c.sequence, c.target_kind, c.target, c.page, c.first, c.reached, e.body, \
                   COALESCE(p.provider, c.target) FROM circulars c JOIN events e ON e.sequence = c.sequence \
                   LEFT JOIN pages p ON p.id = c.page ORDER BY c.sequence, c.target_kind, c.target LIMIT 1";
        let rows = self.db.read(sql, vec![]).await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let circular = Circular {
            sequence: row.int(0)?,
            target: Target::stored(&row.text(1)?, row.text(2)?)?,
            page: row.id(3)?,
            first: row.flag(4)?,
        };
        Ok(Some(Circulated {
            circular,
            provider: row.text(7)?,
            reached: row.maybe_id(5)?,
            event: from_json("event", &row.text(6)?)?,
        }))
    }

    /// Puts the messages for some subscribers into the outbox. `reached`: the last of them; `None`: that was everybody.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is written then.
    pub async fn circulate(
        &self,
        circular: &Circular,
        rows: &[OutboxRow],
        reached: Option<Uuid>,
    ) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        outbox::put(&mut writer, rows).await?;
        let mut values: Vec<Value> =
            vec![circular.sequence.into(), circular.target.kind().into(), circular.target.name().into()];
        let sql = match reached {
            Some(reached) => {
                values.push(reached.into());
                "UPDATE circulars SET reached = $4 WHERE sequence = $1 AND target_kind = $2 AND target = $3"
            }
            None => "DELETE FROM circulars WHERE sequence = $1 AND target_kind = $2 AND target = $3",
        };
        writer.run(sql, values).await?;
        writer.commit().await
    }
}
