//! Wishes of a team for a while: silences, acknowledgements, and healths that it knows better than the page.

use tocsin_domain::alert::{Acknowledgement, Silence};
use tocsin_domain::{Health, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::codec::{from_json, json};
use crate::db::Row;
use crate::error::StoreError;

/// A silence, with the provider that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SilenceRow {
    pub team: Uuid,
    pub provider: String,
    pub silence: Silence,
}

/// An acknowledgement, with the provider that it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AcknowledgementRow {
    pub team: Uuid,
    pub provider: String,
    pub acknowledgement: Acknowledgement,
}

/// What a team says of a provider's health instead of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OverrideRow {
    pub team: Uuid,
    pub provider: String,
    /// Empty: the whole provider.
    pub component: String,
    pub health: Health,
    /// It ends with the next change on the page.
    pub until_change: bool,
    pub until: Option<Timestamp>,
    pub at: Timestamp,
    pub by: String,
    pub why: String,
}

impl Store {
    /// Silences that have not ended at `now`.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn silences(&self, now: Timestamp) -> Result<Vec<SilenceRow>, StoreError> {
        let sql = "SELECT team, provider, silence FROM silences WHERE until_at IS NULL OR until_at > $1 ORDER BY id";
        let row = |row: &Row| {
            let silence = from_json("silence", &row.text(2)?)?;
            Ok(SilenceRow { team: row.id(0)?, provider: row.text(1)?, silence })
        };
        self.db.read(sql, vec![now.into()]).await?.iter().map(row).collect()
    }

    /// Writes a silence, in the place of the one with its id.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_silence(&self, row: &SilenceRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO silences (id, team, provider, since_at, until_at, silence) \
                   VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO UPDATE SET provider = excluded.provider, \
                   since_at = excluded.since_at, until_at = excluded.until_at, silence = excluded.silence";
        let values = vec![
            row.silence.id.into(),
            row.team.into(),
            row.provider.as_str().into(),
            row.silence.since.into(),
            row.silence.until.into(),
            json(&row.silence).into(),
        ];
        self.db.write(sql, values).await.map(drop)
    }

    /// Ends a silence. False where there is none.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn end_silence(&self, id: Uuid) -> Result<bool, StoreError> {
        Ok(self.db.write("DELETE FROM silences WHERE id = $1", vec![id.into()]).await? > 0)
    }

    /// Acknowledgements made since `since`.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn acknowledgements(&self, since: Timestamp) -> Result<Vec<AcknowledgementRow>, StoreError> {
        let sql = "SELECT team, provider, subject, at, by_whom FROM acknowledgements WHERE at > $1 ORDER BY at";
        let row = |row: &Row| {
            let team = row.id(0)?;
            let (subject, at, by) = (row.id(2)?, row.at(3)?, row.text(4)?);
            let acknowledgement = Acknowledgement { team: team.to_string(), subject, at, by };
            Ok(AcknowledgementRow { team, provider: row.text(1)?, acknowledgement })
        };
        self.db.read(sql, vec![since.into()]).await?.iter().map(row).collect()
    }

    /// Writes down who takes care of an incident or a warning; whoever was first stays. False where somebody was before.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn acknowledge(&self, row: &AcknowledgementRow) -> Result<bool, StoreError> {
        let sql = "INSERT INTO acknowledgements (team, subject, provider, at, by_whom) VALUES ($1, $2, $3, $4, $5) \
                   ON CONFLICT (team, subject) DO NOTHING";
        let one = &row.acknowledgement;
        let values = vec![
            row.team.into(),
            one.subject.into(),
            row.provider.as_str().into(),
            one.at.into(),
            one.by.as_str().into(),
        ];
        Ok(self.db.write(sql, values).await? > 0)
    }

    /// Takes an acknowledgement back. False where there is none.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn take_back_acknowledgement(&self, team: Uuid, subject: Uuid) -> Result<bool, StoreError> {
        let sql = "DELETE FROM acknowledgements WHERE team = $1 AND subject = $2";
        Ok(self.db.write(sql, vec![team.into(), subject.into()]).await? > 0)
    }

    /// Overrides that have not ended at `now`.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn overrides(&self, now: Timestamp) -> Result<Vec<OverrideRow>, StoreError> {
        let sql = "SELECT team, provider, component, health, until_change, until_at, at, by_whom, why FROM overrides \
                   WHERE until_at IS NULL OR until_at > $1 ORDER BY provider, component";
        let row = |row: &Row| {
            let word = row.text(3)?;
            Ok(OverrideRow {
                team: row.id(0)?,
                provider: row.text(1)?,
                component: row.text(2)?,
                health: Health::named(&word).ok_or_else(|| StoreError::damaged("override", word))?,
                until_change: row.flag(4)?,
                until: row.maybe_at(5)?,
                at: row.at(6)?,
                by: row.text(7)?,
                why: row.text(8)?,
            })
        };
        self.db.read(sql, vec![now.into()]).await?.iter().map(row).collect()
    }

    /// Writes an override, in the place of the one there was.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_override(&self, row: &OverrideRow) -> Result<(), StoreError> {
        let sql = "INSERT INTO overrides (team, provider, component, health, until_change, until_at, at, by_whom, why) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (team, provider, component) DO UPDATE SET \
                   health = excluded.health, until_change = excluded.until_change, until_at = excluded.until_at, \
                   at = excluded.at, by_whom = excluded.by_whom, why = excluded.why";
        let values = vec![
            row.team.into(),
            row.provider.as_str().into(),
            row.component.as_str().into(),
            row.health.word().into(),
            row.until_change.into(),
            row.until.into(),
            row.at.into(),
            row.by.as_str().into(),
            row.why.as_str().into(),
        ];
        self.db.write(sql, values).await.map(drop)
    }

    /// Ends an override. False where there is none.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn end_override(&self, team: Uuid, provider: &str, component: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM overrides WHERE team = $1 AND provider = $2 AND component = $3";
        Ok(self.db.write(sql, vec![team.into(), provider.into(), component.into()]).await? > 0)
    }

    /// Lets go of silences and overrides that ended before `ended`, and of acknowledgements made before `acknowledged`.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn prune_wishes(&self, ended: Timestamp, acknowledged: Timestamp) -> Result<(), StoreError> {
        for (sql, before) in [
            ("DELETE FROM silences WHERE until_at < $1", ended),
            ("DELETE FROM overrides WHERE until_at < $1", ended),
            ("DELETE FROM acknowledgements WHERE at < $1", acknowledged),
        ] {
            self.db.write(sql, vec![before.into()]).await?;
        }
        Ok(())
    }
}
