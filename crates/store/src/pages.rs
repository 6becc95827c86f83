//! Pages and what we remember of them.

use serde::{Deserialize, Serialize};
use tocsin_domain::{Health, PageState, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::codec::{Packed, from_json, json, unpack, unpack_json};
use crate::db::{Row, Value};
use crate::error::StoreError;

/// A provider's page, as it is watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageRow {
    pub id: Uuid,
    pub provider: String,
    pub url: String,
    pub platform: Option<String>,
    /// What proved the platform, for people.
    pub evidence: Vec<String>,
}

/// A page at a glance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageStatus {
    pub page: PageRow,
    pub health: Health,
    pub last_known: Option<Health>,
    pub read_at: Option<Timestamp>,
    pub failures: i64,
    pub reason: Option<String>,
    pub wake_at: Option<Timestamp>,
    pub active: bool,
    pub memory: String,
    pub validators: String,
}

/// A page that was proven unchanged since its last write: flushed many at a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageFlush {
    pub page: Uuid,
    pub read_at: Timestamp,
}

/// What a page said at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    pub at: Timestamp,
    pub answers: Vec<AnswerKept>,
}

/// One answer of a capture: which surface, the hash of its body, and the address that answered. Kept as a list of the
/// three; readings of older versions lack the address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Listed", into = "(String, String, String)")]
pub struct AnswerKept {
    pub key: String,
    pub hash: String,
    /// Empty where it is not known.
    pub url: String,
}

#[derive(Deserialize)]
struct Listed(String, String, #[serde(default)] String);

impl From<Listed> for AnswerKept {
    fn from(Listed(key, hash, url): Listed) -> Self {
        Self { key, hash, url }
    }
}

impl From<AnswerKept> for (String, String, String) {
    fn from(AnswerKept { key, hash, url }: AnswerKept) -> Self {
        (key, hash, url)
    }
}

impl Store {
    /// Every page with its state at a glance; never-read pages have health `unknown`.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn pages(&self) -> Result<Vec<PageStatus>, StoreError> {
        let sql = "SELECT p.id, p.provider, p.url, p.platform, p.evidence, s.health, s.last_known, s.read_at, \
                   s.failures, s.reason, s.wake_at, s.active, s.memory, s.validators \
                   FROM pages p LEFT JOIN page_states s ON s.page = p.id ORDER BY p.provider, p.url";
        let rows = self.db.read(sql, vec![]).await?;
        rows.iter().map(status).collect()
    }

    /// Makes pages where they do not exist: id, provider and address of each.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn ensure_pages(&self, pages: &[(Uuid, String, String)], now: Timestamp) -> Result<(), StoreError> {
        let row = |(id, provider, url): &(Uuid, String, String)| {
            vec![(*id).into(), provider.as_str().into(), url.as_str().into(), now.into()]
        };
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        writer
            .insert(
                "INSERT INTO pages (id, provider, url, created_at) VALUES",
                "ON CONFLICT (provider, url) DO NOTHING",
                pages.iter().map(row).collect(),
            )
            .await?;
        writer.commit().await
    }

    /// Remembers which platform a page turned out to be, and why.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn set_platform(&self, page: Uuid, platform: &str, evidence: &[String]) -> Result<(), StoreError> {
        let sql = "UPDATE pages SET platform = $1, evidence = $2 WHERE id = $3";
        self.db.write(sql, vec![platform.into(), json(&evidence).into(), page.into()]).await?;
        Ok(())
    }

    /// What we remember of a page; `None` before its first step.
    ///
    /// # Errors
    /// If the store cannot be read or the state is damaged.
    pub async fn page_state(&self, page: Uuid) -> Result<Option<PageState>, StoreError> {
        let rows = self.db.read("SELECT state FROM page_states WHERE page = $1", vec![page.into()]).await?;
        rows.first().map(|row| unpack_json("page state", &row.bytes(0)?)).transpose()
    }

    /// Many page states at once, for the pages of one provider.
    ///
    /// # Errors
    /// If the store cannot be read or a state is damaged.
    pub async fn provider_states(&self, provider: &str) -> Result<Vec<(PageRow, Option<PageState>)>, StoreError> {
        let sql = "SELECT p.id, p.provider, p.url, p.platform, p.evidence, s.state \
                   FROM pages p LEFT JOIN page_states s ON s.page = p.id WHERE p.provider = $1 ORDER BY p.url";
        let rows = self.db.read(sql, vec![provider.into()]).await?;
        rows.iter()
            .map(|row| {
                let state = match row.maybe_bytes(5)? {
                    Some(bytes) => Some(unpack_json("page state", &bytes)?),
                    None => None,
                };
                Ok((page(row)?, state))
            })
            .collect()
    }

    /// Writes down when unchanged pages were last read.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is written then.
    pub async fn flush_reads(&self, flushes: &[PageFlush]) -> Result<(), StoreError> {
        if flushes.is_empty() {
            return Ok(());
        }
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        let sql = |places: &str| {
            format!(
                "UPDATE page_states SET read_at = flushed.column2 FROM (VALUES {places}) AS flushed \
                 WHERE page_states.page = flushed.column1"
            )
        };
        let rows = flushes.iter().map(|flush| vec![flush.page.into(), flush.read_at.into()]).collect();
        writer.each_chunk(sql, rows).await?;
        let spans = flushes.iter().map(|flush| (flush.page, flush.read_at)).collect::<Vec<_>>();
        crate::coverage::extend(&mut writer, &spans).await?;
        writer.commit().await
    }

    /// How many captures of all pages are kept.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn count_captures(&self) -> Result<u64, StoreError> {
        let rows = self.db.read("SELECT COUNT(*) FROM readings", vec![]).await?;
        let count = rows.first().map(|row| row.int(0)).transpose()?.unwrap_or_default();
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// What was captured of a page, oldest first, without the bodies: see [`Store::bodies`].
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn captures(&self, page: Uuid) -> Result<Vec<Captured>, StoreError> {
        let sql = "SELECT at, payloads FROM readings WHERE page = $1 ORDER BY at, turn";
        let rows = self.db.read(sql, vec![page.into()]).await?;
        rows.iter()
            .map(|row| Ok(Captured { at: row.at(0)?, answers: from_json("payload list", &row.text(1)?)? }))
            .collect()
    }

    /// The body of each answer of a capture; `None` where they are not all there any more.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn bodies(&self, captured: &Captured) -> Result<Option<Vec<Vec<u8>>>, StoreError> {
        let mut bodies = Vec::with_capacity(captured.answers.len());
        for answer in &captured.answers {
            let hash = vec![answer.hash.as_str().into()];
            let found = self.db.read("SELECT bytes FROM payloads WHERE hash = $1", hash).await?;
            let Some(row) = found.first() else { return Ok(None) };
            bodies.push(unpack("payload", &row.bytes(0)?)?);
        }
        Ok(Some(bodies))
    }
}

/// The row of a page's state, in the order of [`STATE_COLUMNS`].
pub(crate) fn state_row(
    page: Uuid,
    state: &PageState,
    packed: &Packed,
    wake_at: Option<Timestamp>,
    memory: &str,
    validators: &str,
) -> Vec<Value> {
    vec![
        page.into(),
        state.health.word().into(),
        state.last_known.map(|health| health.word().to_owned()).into(),
        state.read_at.into(),
        i64::from(state.failures).into(),
        state.reason.clone().into(),
        wake_at.into(),
        state.is_active().into(),
        packed.to_vec().into(),
        memory.into(),
        validators.into(),
    ]
}

pub(crate) const STATE_COLUMNS: &str =
    "page, health, last_known, read_at, failures, reason, wake_at, active, state, memory, validators";

fn page(row: &Row) -> Result<PageRow, StoreError> {
    Ok(PageRow {
        id: row.id(0)?,
        provider: row.text(1)?,
        url: row.text(2)?,
        platform: row.maybe_text(3)?,
        evidence: from_json("evidence", &row.text(4)?)?,
    })
}

fn health(word: Option<String>) -> Option<Health> {
    word.and_then(|word| word.parse().ok())
}

fn status(row: &Row) -> Result<PageStatus, StoreError> {
    Ok(PageStatus {
        page: page(row)?,
        health: health(row.maybe_text(5)?).unwrap_or(Health::Unknown),
        last_known: health(row.maybe_text(6)?),
        read_at: row.maybe_at(7)?,
        failures: row.maybe_int(8)?.unwrap_or(0),
        reason: row.maybe_text(9)?,
        wake_at: row.maybe_at(10)?,
        active: row.maybe_flag(11)?.unwrap_or(false),
        memory: row.maybe_text(12)?.unwrap_or_else(|| "{}".to_owned()),
        validators: row.maybe_text(13)?.unwrap_or_else(|| "{}".to_owned()),
    })
}
