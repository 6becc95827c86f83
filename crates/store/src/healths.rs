//! Healths: where the health of components and pages moved. Together with coverage it gives their uptime.

use tocsin_domain::uptime::HealthChange;
use tocsin_domain::{Health, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::commit::Observation;
use crate::db::{Row, Value};
use crate::error::StoreError;

/// Changes of one page that are read at most: the newest count.
const MOST: i64 = 50_000;

impl Store {
    /// What moved on a page since `since`, by component, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn health_changes(&self, page: Uuid, since: Timestamp) -> Result<Vec<HealthChange>, StoreError> {
        let sql = "SELECT component, at, before, after FROM health_changes WHERE page = $1 AND at >= $2 \
                   ORDER BY at DESC LIMIT $3";
        let rows = self.db.read(sql, vec![page.into(), since.into(), MOST.into()]).await?;
        let mut changes = rows.iter().map(change).collect::<Result<Vec<_>, _>>()?;
        changes.sort_by(|one, other| (&one.component, one.at).cmp(&(&other.component, other.at)));
        Ok(changes)
    }
}

fn change(row: &Row) -> Result<HealthChange, StoreError> {
    let health = |word: Option<String>| word.and_then(|word| word.parse::<Health>().ok());
    Ok(HealthChange {
        component: row.text(0)?,
        at: row.at(1)?,
        before: health(row.maybe_text(2)?),
        after: health(row.maybe_text(3)?),
    })
}

pub(crate) fn rows(seen: &Observation) -> Vec<Vec<Value>> {
    let word = |health: Option<Health>| health.map(|health| health.word().to_owned());
    let row = |one: &HealthChange| {
        let (before, after) = (word(one.before), word(one.after));
        vec![seen.page.into(), one.component.as_str().into(), one.at.into(), before.into(), after.into()]
    };
    seen.healths.iter().map(row).collect()
}
