//! Descriptions: how pages are read that somebody described.

use tocsin_domain::Timestamp;

use crate::Store;
use crate::codec::{from_json, json};
use crate::db::{Row, Writer};
use crate::error::StoreError;

/// How the page of one provider is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DescriptionRow {
    pub provider: String,
    /// It comes from a configuration file.
    pub declared: bool,
    /// `json` or `html`.
    pub platform: String,
    pub body: serde_json::Value,
    /// As somebody wrote it; empty where a configuration file has it.
    pub source: String,
    pub written_at: Timestamp,
}

impl Store {
    /// All of them, a declared one behind the one of the same provider that was written by hand.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn descriptions(&self) -> Result<Vec<DescriptionRow>, StoreError> {
        let sql = "SELECT provider, declared, platform, body, source, written_at FROM descriptions \
                   ORDER BY provider, declared";
        self.db.read(sql, vec![]).await?.iter().map(description).collect()
    }

    /// Writes a description, in the place of the one there was.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_description(&self, row: &DescriptionRow) -> Result<(), StoreError> {
        put_description(&mut self.db.writer().await?, row).await
    }

    /// Takes away what was written by hand. False where there is none.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn remove_description(&self, provider: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM descriptions WHERE provider = $1 AND declared = $2";
        Ok(self.db.write(sql, vec![provider.into(), false.into()]).await? > 0)
    }
}

pub(crate) async fn put_description(writer: &mut Writer<'_>, row: &DescriptionRow) -> Result<(), StoreError> {
    let sql = "INSERT INTO descriptions (provider, declared, platform, body, source, written_at) \
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (provider, declared) DO UPDATE SET \
               platform = excluded.platform, body = excluded.body, source = excluded.source, \
               written_at = excluded.written_at";
    let values = vec![
        row.provider.as_str().into(),
        row.declared.into(),
        row.platform.as_str().into(),
        json(&row.body).into(),
        row.source.as_str().into(),
        row.written_at.into(),
    ];
    writer.run(sql, values).await.map(drop)
}

fn description(row: &Row) -> Result<DescriptionRow, StoreError> {
    Ok(DescriptionRow {
        provider: row.text(0)?,
        declared: row.flag(1)?,
        platform: row.text(2)?,
        body: from_json("description", &row.text(3)?)?,
        source: row.text(4)?,
        written_at: row.at(5)?,
    })
}
