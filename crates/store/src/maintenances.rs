//! Maintenances, as calendar, pages and API read them.

use tocsin_domain::{Maintenance, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::codec::from_json;
use crate::db::Value;
use crate::error::StoreError;

/// Works asked for in one query.
const RECALLED_AT_ONCE: usize = 100;

/// A maintenance with its provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredMaintenance {
    pub provider: String,
    pub maintenance: Maintenance,
}

impl Store {
    /// One maintenance; `None` where there is none of this id.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn maintenance(&self, id: Uuid) -> Result<Option<StoredMaintenance>, StoreError> {
        let sql = "SELECT provider, record FROM maintenances WHERE id = $1";
        let rows = self.db.read(sql, vec![id.into()]).await?;
        let stored = rows.first().map(|row| {
            let maintenance = from_json("maintenance", &row.text(1)?)?;
            Ok(StoredMaintenance { provider: row.text(0)?, maintenance })
        });
        stored.transpose()
    }

    /// Maintenances whose window touches `from` … `to`, by their start; of one provider where named.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn maintenances(
        &self,
        from: Option<Timestamp>,
        to: Option<Timestamp>,
        provider: Option<&str>,
    ) -> Result<Vec<StoredMaintenance>, StoreError> {
        let mut sql = "SELECT provider, record FROM maintenances WHERE sample = $1".to_owned();
        let mut values: Vec<Value> = vec![false.into()];
        let mut and = |text: &str, value: Value| {
            values.push(value);
            sql.push_str(&text.replace('?', &format!("${}", values.len())));
        };
        if let Some(from) = from {
            and(" AND COALESCE(ends_at, starts_at, 0) >= ?", from.into());
        }
        if let Some(to) = to {
            and(" AND COALESCE(starts_at, 0) <= ?", to.into());
        }
        if let Some(provider) = provider {
            and(" AND provider = ?", provider.into());
        }
        and(" ORDER BY starts_at, id LIMIT ?", 1000_i64.into());
        let rows = self.db.read(&sql, values).await?;
        rows.iter()
            .map(|row| {
                Ok(StoredMaintenance { provider: row.text(0)?, maintenance: from_json("maintenance", &row.text(1)?)? })
            })
            .collect()
    }

    /// The works of a page with these ids of the vendor's.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn works_of(&self, page: Uuid, ids: &[String]) -> Result<Vec<Maintenance>, StoreError> {
        let mut found = Vec::new();
        for some in ids.chunks(RECALLED_AT_ONCE) {
            let places: Vec<String> = (2..=some.len() + 1).map(|place| format!("${place}")).collect();
            let sql = format!(
                "SELECT record FROM maintenances WHERE page = $1 AND vendor_id IN ({}) ORDER BY id",
                places.join(", ")
            );
            let values = std::iter::once(page.into()).chain(some.iter().map(|id| id.as_str().into())).collect();
            for row in &self.db.read(&sql, values).await? {
                found.push(from_json("maintenance", &row.text(0)?)?);
            }
        }
        Ok(found)
    }
}
