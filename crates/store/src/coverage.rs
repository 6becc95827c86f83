//! Coverage: when a page was looked at without a gap. Hours outside are unseen, never up.

use std::collections::HashSet;

use tocsin_domain::Timestamp;
use tocsin_domain::uptime::Span;
use uuid::Uuid;

use crate::Store;
use crate::db::{Value, Writer};
use crate::error::StoreError;

/// Two looks further apart than this leave a gap (seconds).
const GAP_S: i64 = 30 * 60;

impl Store {
    /// The spans of a page that touch the time since `since`, oldest first.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn coverage(&self, page: Uuid, since: Timestamp) -> Result<Vec<Span>, StoreError> {
        let sql = "SELECT from_at, to_at FROM coverage WHERE page = $1 AND to_at >= $2 ORDER BY from_at";
        let rows = self.db.read(sql, vec![page.into(), since.into()]).await?;
        let mut spans = Vec::with_capacity(rows.len());
        for row in &rows {
            spans.push(Span { from: row.at(0)?, to: row.at(1)? });
        }
        // The last look may not be written down here yet.
        let rows = self.db.read("SELECT read_at FROM page_states WHERE page = $1", vec![page.into()]).await?;
        let read_at = rows.first().map(|row| row.maybe_at(0)).transpose()?.flatten();
        if let (Some(last), Some(read_at)) = (spans.last_mut(), read_at)
            && read_at.since(last.to) <= GAP_S
        {
            last.to = last.to.max(read_at);
        }
        Ok(spans)
    }

    /// Notes that pages were watched without a gap, as whoever watched them knows: for a past that is played in one go.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is written then.
    pub async fn cover(&self, spans: &[(Uuid, Span)]) -> Result<(), StoreError> {
        let row = |(page, span): &(Uuid, Span)| vec![(*page).into(), span.from.into(), span.to.into()];
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        let sql = "INSERT INTO coverage (page, from_at, to_at) VALUES";
        let tail = "ON CONFLICT (page, from_at) DO NOTHING";
        writer.insert(sql, tail, spans.iter().map(row).collect()).await?;
        writer.commit().await
    }
}

/// Extends the span before each look to its moment, unless it covers it already, or begins a new one after a gap.
/// One look a page.
pub(crate) async fn extend(writer: &mut Writer<'_>, looks: &[(Uuid, Timestamp)]) -> Result<(), StoreError> {
    let sql = |places: &str| {
        format!(
            "UPDATE coverage SET to_at = CASE WHEN coverage.to_at > look.column2 THEN coverage.to_at ELSE look.column2 END \
             FROM (VALUES {places}) AS look WHERE coverage.page = look.column1 \
             AND coverage.to_at >= look.column2 - {GAP_S} AND coverage.from_at = (SELECT MAX(last.from_at) \
             FROM coverage AS last WHERE last.page = look.column1 AND last.from_at <= look.column2) \
             RETURNING coverage.page"
        )
    };
    let rows = looks.iter().map(|(page, at)| vec![(*page).into(), (*at).into()]).collect();
    let mut touched = HashSet::with_capacity(looks.len());
    for row in writer.each_chunk(sql, rows).await? {
        touched.insert(row.id(0)?);
    }
    let begun: Vec<Vec<Value>> = looks
        .iter()
        .filter(|(page, _)| !touched.contains(page))
        .map(|(page, at)| vec![(*page).into(), (*at).into(), (*at).into()])
        .collect();
    writer
        .insert("INSERT INTO coverage (page, from_at, to_at) VALUES", "ON CONFLICT (page, from_at) DO NOTHING", begun)
        .await
}
