//! Coverage: when a page was looked at without a gap. Hours outside are unseen, never up.

use tocsin_domain::Timestamp;
use uuid::Uuid;

use crate::Store;
use crate::db::{Value, Writer};
use crate::error::StoreError;

/// Two looks further apart than this leave a gap (seconds).
const GAP_S: i64 = 30 * 60;

/// A time without a gap in our looking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    pub from: Timestamp,
    pub to: Timestamp,
}

impl Store {
    /// The spans of a page that touch the time since `since`, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn coverage(&self, page: Uuid, since: Timestamp) -> Result<Vec<Span>, StoreError> {
        let sql = "SELECT from_at, to_at FROM coverage WHERE page = $1 AND to_at >= $2 ORDER BY from_at";
        let rows = self.db.read(sql, vec![page.into(), since.into()]).await?;
        rows.iter().map(|row| Ok(Span { from: row.at(0)?, to: row.at(1)? })).collect()
    }
}

/// Extends each page's last span to the moment of its look, or begins a new one after a gap.
pub(crate) async fn extend(writer: &mut Writer<'_>, looks: &[(Uuid, Timestamp)]) -> Result<(), StoreError> {
    let mut begun: Vec<Vec<Value>> = Vec::new();
    for (page, at) in looks {
        let sql = "UPDATE coverage SET to_at = $1 WHERE page = $2 AND from_at = \
                   (SELECT MAX(from_at) FROM coverage WHERE page = $2) AND to_at >= $3 AND to_at <= $1";
        let touched = writer.run(sql, vec![(*at).into(), (*page).into(), at.plus(-GAP_S).into()]).await?;
        if touched == 0 {
            begun.push(vec![(*page).into(), (*at).into(), (*at).into()]);
        }
    }
    writer
        .insert("INSERT INTO coverage (page, from_at, to_at) VALUES", "ON CONFLICT (page, from_at) DO NOTHING", begun)
        .await
}
