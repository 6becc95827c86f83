//! Incidents, as the pages and the API read them.

use tocsin_domain::{Incident, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::codec::from_json;
use crate::db::{Row, Value};
use crate::error::StoreError;

/// Incidents asked for in one query.
const RECALLED_AT_ONCE: usize = 100;

/// An incident with its provider and page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredIncident {
    pub provider: String,
    pub page: Uuid,
    pub incident: Incident,
}

/// Which incidents to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum StateFilter {
    Open,
    Closed,
    #[default]
    All,
}

/// What to list, newest first.
#[derive(Clone, Debug, Default)]
pub struct IncidentFilter {
    pub state: StateFilter,
    pub provider: Option<String>,
    /// Started (or first seen) at or after this.
    pub since: Option<Timestamp>,
    /// Continue after this incident: its sort key and id.
    pub after: Option<(Timestamp, Uuid)>,
    /// Most rows to answer.
    pub limit: i64,
    /// Vendors' examples too.
    pub samples: bool,
}

impl Store {
    /// Incidents by filter, newest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn incidents(&self, filter: &IncidentFilter) -> Result<Vec<StoredIncident>, StoreError> {
        let mut sql = "SELECT provider, page, record FROM incidents WHERE 1 = 1".to_owned();
        let mut values: Vec<Value> = Vec::new();
        let mut and = |text: &str, value: Value| {
            values.push(value);
            sql.push_str(&text.replace('?', &format!("${}", values.len())));
        };
        match filter.state {
            StateFilter::Open => and(" AND state = ?", "open".into()),
            StateFilter::Closed => and(" AND state = ?", "closed".into()),
            StateFilter::All => {}
        }
        if let Some(provider) = &filter.provider {
            and(" AND provider = ?", provider.as_str().into());
        }
        if let Some(since) = filter.since {
            and(" AND sort_at >= ?", since.into());
        }
        if !filter.samples {
            and(" AND sample = ?", false.into());
        }
        if let Some((at, id)) = filter.after {
            and(" AND (sort_at < ?", at.into());
            and(" OR (sort_at = ?", at.into());
            and(" AND id < ?))", id.into());
        }
        and(" ORDER BY sort_at DESC, id DESC LIMIT ?", filter.limit.into());
        let rows = self.db.read(&sql, values).await?;
        rows.iter().map(stored).collect()
    }

    /// One incident by our id.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn incident(&self, id: Uuid) -> Result<Option<StoredIncident>, StoreError> {
        let sql = "SELECT provider, page, record FROM incidents WHERE id = $1";
        let rows = self.db.read(sql, vec![id.into()]).await?;
        rows.first().map(stored).transpose()
    }

    /// The remembered incidents of a page by their vendor ids.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn recall(&self, ids: &[(String, Uuid)]) -> Result<Vec<Incident>, StoreError> {
        let mut incidents = Vec::with_capacity(ids.len());
        for some in ids.chunks(RECALLED_AT_ONCE) {
            let places: Vec<String> = (1..=some.len()).map(|place| format!("${place}")).collect();
            let sql = format!("SELECT provider, page, record FROM incidents WHERE id IN ({})", places.join(", "));
            let rows = self.db.read(&sql, some.iter().map(|(_, id)| (*id).into()).collect()).await?;
            for row in &rows {
                incidents.push(stored(row)?.incident);
            }
        }
        Ok(incidents)
    }

    /// The incidents of a page that the page ever told under one of these ids, each with that id: a page that is read by
    /// another surface, or made with something else, may call them otherwise now.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn known_as(&self, page: Uuid, ids: &[String]) -> Result<Vec<(String, Incident)>, StoreError> {
        let mut found = Vec::new();
        for some in ids.chunks(RECALLED_AT_ONCE) {
            let places: Vec<String> = (2..=some.len() + 1).map(|place| format!("${place}")).collect();
            let sql = format!(
                "SELECT native_id, record FROM incident_aliases JOIN incidents ON incidents.id = incident_aliases.incident \
                 WHERE incident_aliases.page = $1 AND native_id IN ({})",
                places.join(", ")
            );
            let values = std::iter::once(page.into()).chain(some.iter().map(|id| id.as_str().into())).collect();
            for row in &self.db.read(&sql, values).await? {
                found.push((row.text(0)?, from_json("incident", &row.text(1)?)?));
            }
        }
        Ok(found)
    }
}

fn stored(row: &Row) -> Result<StoredIncident, StoreError> {
    Ok(StoredIncident { provider: row.text(0)?, page: row.id(1)?, incident: from_json("incident", &row.text(2)?)? })
}
