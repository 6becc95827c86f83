//! Receivers: what we know of those that channels write to, beside what was set up.

use serde::{Deserialize, Serialize};
use tocsin_domain::Timestamp;
use uuid::Uuid;

use crate::Store;
use crate::db::Row;
use crate::error::StoreError;
use crate::setup::ChannelRow;

/// A setting to which the other side gave a new value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    pub key: String,
    /// What was set up. Where that is changed by hand, the new value counts no more.
    pub was: String,
    pub now: String,
}

impl Store {
    /// Remembers that a recipient does not want to hear from a channel; what waits for it is not sent.
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
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        let sql = "INSERT INTO suppressions (team, channel, recipient, at, why) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (team, channel, recipient) DO NOTHING";
        writer.run(sql, vec![team.into(), channel.into(), recipient.into(), now.into(), why.into()]).await?;
        let sql = "UPDATE deliveries SET state = 'suppressed', why = $4 WHERE team = $1 AND channel_name = $2 \
                   AND recipient = $3 AND state = 'due' AND leased = FALSE";
        writer.run(sql, vec![team.into(), channel.into(), recipient.into(), why.into()]).await?;
        writer.commit().await
    }

    /// Every suppression: team, channel name, recipient.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn suppressions(&self) -> Result<Vec<(Uuid, String, String)>, StoreError> {
        let rows = self.db.read("SELECT team, channel, recipient FROM suppressions", vec![]).await?;
        rows.iter().map(|row| Ok((row.id(0)?, row.text(1)?, row.text(2)?))).collect()
    }

    /// Stops sending to a channel, with the reason; what waits for it is given up, and can be sent again. `None`: it is
    /// sent to again.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is changed then.
    pub async fn disable_channel(&self, id: Uuid, why: Option<String>) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        writer.run("UPDATE channels SET disabled = $1 WHERE id = $2", vec![why.clone().into(), id.into()]).await?;
        if why.is_some() {
            let sql = "UPDATE deliveries SET state = 'dead', why = 'The channel was disabled.' WHERE channel = $1 \
                       AND state = 'due' AND leased = FALSE";
            writer.run(sql, vec![id.into()]).await?;
        } else {
            writer.run("DELETE FROM channel_records WHERE channel = $1", vec![id.into()]).await?;
        }
        writer.commit().await
    }

    /// What is remembered of channels' failures: each channel with its record (JSON).
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn channel_records(&self) -> Result<Vec<(Uuid, String)>, StoreError> {
        let rows = self.db.read("SELECT channel, record FROM channel_records", vec![]).await?;
        rows.iter().map(|row| Ok((row.id(0)?, row.text(1)?))).collect()
    }

    /// Remembers a channel's failures (JSON), or that there are none any more.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_channel_record(&self, channel: Uuid, record: Option<String>) -> Result<(), StoreError> {
        let done = match record {
            Some(record) => {
                let sql = "INSERT INTO channel_records (channel, record) VALUES ($1, $2) \
                           ON CONFLICT (channel) DO UPDATE SET record = excluded.record";
                self.db.write(sql, vec![channel.into(), record.into()]).await
            }
            None => self.db.write("DELETE FROM channel_records WHERE channel = $1", vec![channel.into()]).await,
        };
        done.map(drop)
    }

    /// Remembers that the other side gave a setting a new value.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_changed(&self, channel: Uuid, changed: &Changed) -> Result<(), StoreError> {
        let sealed = self.key.seal(&serde_json::to_vec(changed).unwrap_or_default());
        let sql = "INSERT INTO channel_changes (channel, key, sealed) VALUES ($1, $2, $3) \
                   ON CONFLICT (channel, key) DO UPDATE SET sealed = excluded.sealed";
        self.db.write(sql, vec![channel.into(), changed.key.as_str().into(), sealed.into()]).await.map(drop)
    }

    /// The settings of a channel to which the other side gave new values.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn changed(&self, channel: Uuid) -> Result<Vec<Changed>, StoreError> {
        let sql = "SELECT channel, sealed FROM channel_changes WHERE channel = $1 ORDER BY key";
        let rows = self.db.read(sql, vec![channel.into()]).await?;
        rows.iter().map(|row| Ok(self.changed_of(row)?.1)).collect()
    }

    /// Lays what the other side changed over what was set up, where that is still what it was.
    pub(crate) async fn lay_changes(&self, channels: &mut [ChannelRow]) -> Result<(), StoreError> {
        for row in &self.db.read("SELECT channel, sealed FROM channel_changes", vec![]).await? {
            let (id, changed) = self.changed_of(row)?;
            let value = channels.iter_mut().find(|one| one.id == id).and_then(|one| one.settings.get_mut(&changed.key));
            if let Some(value) = value.filter(|value| value.as_str() == Some(changed.was.as_str())) {
                *value = serde_json::Value::from(changed.now);
            }
        }
        Ok(())
    }

    fn changed_of(&self, row: &Row) -> Result<(Uuid, Changed), StoreError> {
        let plain = self.key.open(&row.bytes(1)?)?;
        let changed = serde_json::from_slice(&plain).map_err(|why| StoreError::damaged("changed setting", why))?;
        Ok((row.id(0)?, changed))
    }

    /// The e-mail address of a team's owner: whoever was there first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn owner_address(&self, team: Uuid) -> Result<Option<String>, StoreError> {
        let sql = "SELECT email FROM users WHERE team = $1 ORDER BY created_at, id LIMIT 1";
        self.db.read(sql, vec![team.into()]).await?.first().map(|row| row.text(0)).transpose()
    }
}
