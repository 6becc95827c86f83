//! What receivers that forget must be told again: of every thread the latest message that arrived, while it may matter.

use uuid::Uuid;

use crate::Store;
use crate::db::{Row, Value};
use crate::error::StoreError;

/// The latest message of a thread that one recipient has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub delivery: Uuid,
    pub channel: Uuid,
    pub thread: String,
    pub recipient: String,
    pub event: String,
    pub content_type: String,
    pub body: Vec<u8>,
    /// When it arrived (milliseconds since 1970).
    pub sent_ms: i64,
    /// What it is about is over, as far as we know.
    pub over: bool,
}

impl Store {
    /// The latest messages that arrived at `channels`: those about what is still open, and those that arrived after
    /// `since_ms` (milliseconds since 1970).
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn standing(&self, channels: &[Uuid], since_ms: i64) -> Result<Vec<Standing>, StoreError> {
        if channels.is_empty() {
            return Ok(Vec::new());
        }
        let places: Vec<String> = (0..channels.len()).map(|index| format!("${}", index + 2)).collect();
        let mut values: Vec<Value> = vec![since_ms.into()];
        values.extend(channels.iter().map(|channel| Value::from(*channel)));
        let open = "(i.state = 'open' OR m.stage IN ('scheduled', 'in_progress', 'verifying'))";
        let sql = format!(
            "SELECT d.id, d.channel, d.thread, d.recipient, d.event, d.content_type, COALESCE(b.body, d.body), d.next_ms, \
             d.subject, i.state, m.stage FROM deliveries d LEFT JOIN bodies b ON b.hash = d.shared \
             LEFT JOIN incidents i ON i.id = d.subject LEFT JOIN maintenances m ON m.id = d.subject \
             WHERE d.channel IN ({}) AND d.state = 'sent' AND (d.next_ms > $1 OR {open}) AND NOT EXISTS \
             (SELECT 1 FROM deliveries e WHERE e.channel = d.channel AND e.thread = d.thread AND e.state = 'sent' \
             AND e.recipient = d.recipient AND (e.sequence > d.sequence \
             OR (e.sequence = d.sequence AND e.created_ms > d.created_ms))) ORDER BY d.sequence, d.recipient",
            places.join(", ")
        );
        let rows = self.db.read(&sql, values).await?;
        let standing = |row: &Row| {
            let (subject, state, stage) = (row.maybe_id(8)?, row.maybe_text(9)?, row.maybe_text(10)?);
            let open = state.as_deref() == Some("open")
                || matches!(stage.as_deref(), Some("scheduled" | "in_progress" | "verifying"));
            Ok(Standing {
                delivery: row.id(0)?,
                channel: row.id(1)?,
                thread: row.text(2)?,
                recipient: row.text(3)?,
                event: row.text(4)?,
                content_type: row.text(5)?,
                body: row.bytes(6)?,
                sent_ms: row.int(7)?,
                over: subject.is_some() && !open,
            })
        };
        rows.iter().map(standing).collect()
    }
}
