//! Keeping within the budget: the oldest payloads that no incident rests on go first.

use crate::error::StoreError;
use crate::{Store, Timestamp};

/// What was let go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pruned {
    pub payloads: u64,
    pub readings: u64,
}

impl Store {
    /// Lets go of unneeded payloads, oldest first, until all of them fit in `budget` bytes (compressed),
    /// and of readings older than `readings_before`.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn prune(&self, budget: i64, readings_before: Timestamp) -> Result<Pruned, StoreError> {
        let payloads = self
            .db
            .write(
                "DELETE FROM payloads WHERE hash IN (SELECT hash FROM (SELECT hash, needed, \
                 SUM(LENGTH(bytes)) OVER (ORDER BY needed DESC, seen_at DESC, hash) AS total FROM payloads) AS sized \
                 WHERE total > $1 AND NOT needed)",
                vec![budget.into()],
            )
            .await?;
        let readings = self.db.write("DELETE FROM readings WHERE at < $1", vec![readings_before.into()]).await?;
        Ok(Pruned { payloads, readings })
    }
}
