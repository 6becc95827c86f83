//! The outbox: composed messages on their way, each attempt with its answer.

use std::collections::HashMap;
use std::sync::Arc;

use tocsin_domain::ids::hash_hex;
use tocsin_domain::{EventKind, Timestamp};
use uuid::Uuid;

use crate::Store;
use crate::commit::OutboxRow;
use crate::db::{Row, Value, Writer};
use crate::error::StoreError;
use crate::overtake::{Keeping, Overtaken, Waiting, overtaken};

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DeliveryState {
    /// To be sent, at its time.
    Due,
    Sent,
    /// The receiver refused this message for good.
    Failed,
    /// Given up after the whole schedule; can be resent.
    Dead,
    /// The recipient does not want to hear, or a newer message says more.
    Suppressed,
}

impl DeliveryState {
    const ALL: [Self; 5] = [Self::Due, Self::Sent, Self::Failed, Self::Dead, Self::Suppressed];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Suppressed => "suppressed",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }
}

/// A delivery that may be sent now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DueDelivery {
    pub id: Uuid,
    pub team: Uuid,
    pub sequence: i64,
    pub event: String,
    /// Our id of the incident or maintenance it is about.
    pub subject: Option<Uuid>,
    pub channel: Uuid,
    pub channel_name: String,
    pub kind: String,
    pub thread: String,
    pub recipient: String,
    pub content_type: String,
    pub body: Vec<u8>,
    /// `root` or `reply`.
    pub part: String,
    /// It says that what the thread is about is over.
    pub ends: bool,
    /// It says where things stand, in place of news that came too late.
    pub summary: bool,
    /// An earlier attempt may have arrived.
    pub unsure: bool,
    /// Attempts made so far.
    pub attempts: i64,
    /// Attempts made before somebody sent it again by hand.
    pub earlier: i64,
    /// From when on its age counts (milliseconds since 1970).
    pub since_ms: i64,
    /// The other side's ids of the thread's first and latest message to this recipient.
    pub root: Option<String>,
    pub latest: Option<String>,
    /// What the attempts since then came to, oldest first.
    pub past: Vec<Attempt>,
}

/// What one attempt led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settled {
    pub delivery: Uuid,
    pub state: DeliveryState,
    /// When to try again, for `due` (milliseconds since 1970).
    pub next_ms: i64,
    pub remote: Option<String>,
    /// `None` where nothing was sent (suppressed, disabled).
    pub attempt: Option<Attempt>,
    /// Why it ended so, where the attempts do not say.
    pub why: Option<String>,
    /// The attempt may have arrived.
    pub unsure: bool,
    /// From now on this is sent: type and body.
    pub body: Option<(String, Vec<u8>)>,
    /// What the other side calls the thread's messages is not true any more.
    pub forget_thread: bool,
}

impl Settled {
    /// Nothing but a new state. `next_ms`: when it is tried next, or when it ended.
    #[must_use]
    pub const fn new(delivery: Uuid, state: DeliveryState, next_ms: i64) -> Self {
        Self {
            delivery,
            state,
            next_ms,
            remote: None,
            attempt: None,
            why: None,
            unsure: false,
            body: None,
            forget_thread: false,
        }
    }
}

/// One attempt, as shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub number: i64,
    pub at: Timestamp,
    pub outcome: String,
    pub status: Option<i64>,
    pub latency_ms: i64,
    /// The first kilobyte of the answer, or why there is none; secrets cut.
    pub answer: String,
}

const DUE: &str = "d.id, d.team, d.sequence, d.event, d.subject, d.channel, d.channel_name, d.kind, d.thread, \
                   d.recipient, d.content_type, COALESCE(b.body, d.body), d.part, d.ends, d.summary, d.unsure, d.attempts, d.earlier, \
                   d.since_ms, t.root, t.latest";

impl Store {
    /// Takes deliveries due at `now_ms`, oldest first: of each channel's thread only the first that is not done, and
    /// none of `blocked` channels. They stay taken until [`Store::settle`], or until [`Store::release_leases`].
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn claim(&self, now_ms: i64, blocked: &[Uuid], limit: i64) -> Result<Vec<DueDelivery>, StoreError> {
        let mut values: Vec<Value> = vec![now_ms.into(), limit.into()];
        let open = match places(3, blocked.len()) {
            none if none.is_empty() => none,
            places => format!("AND d.channel NOT IN ({places})"),
        };
        values.extend(blocked.iter().map(|channel| Value::from(*channel)));
        let sql = format!(
            "SELECT {DUE} FROM deliveries d LEFT JOIN threads t ON t.channel = d.channel AND t.thread = d.thread \
             AND t.recipient = d.recipient LEFT JOIN bodies b ON b.hash = d.shared WHERE d.state = 'due' AND d.leased = FALSE AND d.next_ms <= $1 {open} \
             AND NOT EXISTS (SELECT 1 FROM deliveries e WHERE e.channel = d.channel AND e.thread = d.thread \
             AND e.state = 'due' AND e.recipient = d.recipient AND (e.sequence, e.place) < (d.sequence, d.place)) \
             ORDER BY d.next_ms, d.id LIMIT $2"
        );
        let mut writer = self.db.writer().await?;
        let mut taken: Vec<DueDelivery> =
            writer.rows(&sql, values).await?.iter().map(due).collect::<Result<_, StoreError>>()?;
        for one in taken.iter_mut().filter(|one| one.attempts > one.earlier) {
            one.past = self.attempts(one.id).await?;
            one.past.retain(|attempt| attempt.number > one.earlier);
        }
        let lease = |places: &str| format!("UPDATE deliveries SET leased = TRUE WHERE id IN (VALUES {places})");
        writer.each_chunk(lease, taken.iter().map(|one| vec![one.id.into()]).collect()).await?;
        Ok(taken)
    }

    /// Makes due again what was under way when we were cut off: it may have arrived.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn release_leases(&self) -> Result<u64, StoreError> {
        self.db
            .write("UPDATE deliveries SET leased = FALSE, unsure = TRUE WHERE state = 'due' AND leased = TRUE", vec![])
            .await
    }

    /// When the next delivery becomes due after `now_ms` (milliseconds since 1970), and how many wait. What is due
    /// already waits for another of its thread, or for its channel: no moment of its own.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn outbox_ahead(&self, now_ms: i64) -> Result<(Option<i64>, i64), StoreError> {
        let sql = "SELECT MIN(CASE WHEN leased OR next_ms <= $1 THEN NULL ELSE next_ms END), COUNT(*) \
                   FROM deliveries WHERE state = 'due'";
        let rows = self.db.read(sql, vec![now_ms.into()]).await?;
        rows.first().map_or(Ok((None, 0)), |row| Ok((row.maybe_int(0)?, row.int(1)?)))
    }

    /// Writes down what attempts led to, many in one transaction; what newer messages overtook meanwhile goes.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is written then.
    pub async fn settle(&self, settled: &[Settled]) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        let sql = |places: &str| {
            format!(
                "UPDATE deliveries SET state = v.column2, next_ms = v.column3, remote = COALESCE(v.column4, remote), \
                 attempts = attempts + v.column5, why = v.column6, unsure = unsure OR v.column7, leased = FALSE \
                 FROM (VALUES {places}) AS v WHERE deliveries.id = v.column1"
            )
        };
        writer.each_chunk(sql, settled.iter().map(settled_row).collect()).await?;
        for one in settled {
            rewrite(&mut writer, one).await?;
        }
        let attempts = settled.iter().filter_map(|one| Some(attempt_row(one.delivery, one.attempt.as_ref()?)));
        writer
            .insert(
                "INSERT INTO attempts (delivery, number, at, outcome, status, latency_ms, answer) VALUES",
                "ON CONFLICT (delivery, number) DO NOTHING",
                attempts.collect(),
            )
            .await?;
        let unsent: Vec<Uuid> =
            settled.iter().filter(|one| one.state != DeliveryState::Sent).map(|one| one.delivery).collect();
        for key in keys(&mut writer, &unsent).await? {
            overtake(&mut writer, &key).await?;
        }
        writer.commit().await
    }

    /// Puts messages into the outbox outside of any poll.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is written then.
    pub async fn enqueue(&self, rows: &[OutboxRow]) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        put(&mut writer, rows).await?;
        writer.commit().await
    }

    /// Puts a message that says where things stand into the outbox, in place of everything that waits in its thread.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is written then.
    pub async fn enqueue_summary(&self, row: &OutboxRow) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        let sql = "UPDATE deliveries SET state = 'suppressed', why = $4 WHERE channel = $1 AND thread = $2 \
                   AND recipient = $3 AND id <> $5 AND state = 'due' AND leased = FALSE";
        let why = "Overtaken by a summary of where it stands now.";
        let key = [row.channel.into(), row.thread.as_str().into(), row.recipient.as_str().into()];
        writer.run(sql, key.into_iter().chain([why.into(), row.id.into()]).collect()).await?;
        put(&mut writer, [row]).await?;
        writer.commit().await
    }

    /// How many messages of the same thread to the same recipient wait.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn waiting_beside(&self, delivery: &DueDelivery) -> Result<i64, StoreError> {
        let sql = "SELECT COUNT(*) FROM deliveries WHERE channel = $1 AND thread = $2 AND recipient = $3 \
                   AND state = 'due' AND id <> $4";
        let values = vec![
            delivery.channel.into(),
            delivery.thread.as_str().into(),
            delivery.recipient.as_str().into(),
            delivery.id.into(),
        ];
        let rows = self.db.read(sql, values).await?;
        rows.first().map_or(Ok(0), |row| row.int(0))
    }
}

/// Which messages hang together: a channel's thread towards one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Key {
    channel: Uuid,
    thread: String,
    recipient: String,
    keeping: Keeping,
}

impl Key {
    fn values(&self) -> Vec<Value> {
        vec![self.channel.into(), self.thread.as_str().into(), self.recipient.as_str().into()]
    }
}

/// Writes messages, and takes away what they overtake.
pub(crate) async fn put(writer: &mut Writer<'_>, rows: impl IntoIterator<Item = &OutboxRow>) -> Result<(), StoreError> {
    let mut touched: Vec<Key> = Vec::new();
    let mut values = Vec::new();
    let mut rows: Vec<&OutboxRow> = rows.into_iter().collect();
    // In this order they are taken, and written to again.
    rows.sort_by_key(|row| row.id);
    let shared = shared(writer, &rows).await?;
    for row in rows {
        values.push(outbox_row(row, shared.get(&place(&row.body))));
        if row.keeping != Keeping::Log {
            let key = Key {
                channel: row.channel,
                thread: row.thread.clone(),
                recipient: row.recipient.clone(),
                keeping: row.keeping,
            };
            touched.extend(Some(key).filter(|key| !touched.contains(key)));
        }
    }
    writer
        .insert(
            "INSERT INTO deliveries (id, team, sequence, event, subject, channel, channel_name, kind, thread, reason, \
             recipient, content_type, body, part, place, keeping, ends, summary, state, why, attempts, created_ms, \
             next_ms, since_ms, leased, shared) VALUES",
            "ON CONFLICT (id) DO NOTHING",
            values,
        )
        .await?;
    for key in touched {
        overtake(writer, &key).await?;
    }
    Ok(())
}

/// Where bytes lie: the same for all who share them.
fn place(body: &Arc<[u8]>) -> usize {
    Arc::as_ptr(body).addr()
}

/// Writes the bodies that several of these share, and answers with their names.
async fn shared(writer: &mut Writer<'_>, rows: &[&OutboxRow]) -> Result<HashMap<usize, String>, StoreError> {
    let mut often: HashMap<usize, (usize, &[u8])> = HashMap::new();
    for row in rows {
        often.entry(place(&row.body)).or_insert((0, &row.body)).0 += 1;
    }
    often.retain(|_, (count, _)| *count > 1);
    let (mut names, mut values) = (HashMap::new(), Vec::new());
    for (place, (_, body)) in often {
        let name = hash_hex(&[body]);
        values.push(vec![name.as_str().into(), body.to_vec().into()]);
        names.insert(place, name);
    }
    writer.insert("INSERT INTO bodies (hash, body) VALUES", "ON CONFLICT (hash) DO NOTHING", values).await?;
    Ok(names)
}

/// The threads of these deliveries where newer messages may overtake older ones, each once.
async fn keys(writer: &mut Writer<'_>, deliveries: &[Uuid]) -> Result<Vec<Key>, StoreError> {
    if deliveries.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT DISTINCT channel, thread, recipient, keeping FROM deliveries WHERE keeping <> 'log' AND id IN ({})",
        places(1, deliveries.len())
    );
    let rows = writer.rows(&sql, deliveries.iter().map(|id| (*id).into()).collect()).await?;
    let key = |row: &Row| {
        let keeping = Keeping::named(&row.text(3)?);
        Ok(Key { channel: row.id(0)?, thread: row.text(1)?, recipient: row.text(2)?, keeping })
    };
    rows.iter().map(key).collect()
}

async fn overtake(writer: &mut Writer<'_>, key: &Key) -> Result<(), StoreError> {
    let sql = "SELECT id, part, ends, leased, unsure, event FROM deliveries WHERE channel = $1 AND thread = $2 \
               AND recipient = $3 AND state = 'due' ORDER BY sequence, place";
    let rows = writer.rows(sql, key.values()).await?;
    let one = |row: &Row| {
        let (id, part) = (row.id(0)?, row.text(1)?);
        Ok(Waiting { id, part, ends: row.flag(2)?, leased: row.flag(3)?, unsure: row.flag(4)? })
    };
    let waiting: Vec<Waiting> = rows.iter().map(one).collect::<Result<_, StoreError>>()?;
    let sql = "SELECT ends FROM deliveries WHERE channel = $1 AND thread = $2 AND recipient = $3 \
               AND (state = 'sent' OR (unsure = TRUE AND state <> 'due')) ORDER BY sequence DESC, place DESC LIMIT 1";
    let last = match key.keeping {
        Keeping::Alarm => writer.rows(sql, key.values()).await?.first().map(|row| row.flag(0)).transpose()?,
        Keeping::Log | Keeping::State => None,
    };
    for (id, why) in overtaken(key.keeping, last == Some(false), &waiting) {
        let why = match why {
            Overtaken::NeverRaised => "It was over before this channel could be told of it.".to_owned(),
            Overtaken::By(newer) => {
                let place = waiting.iter().position(|one| one.id == newer);
                let event = place.and_then(|place| rows.get(place)).map(|row| row.text(5)).transpose()?;
                let label = event.and_then(|event| event.parse().ok()).map_or("Message", EventKind::label);
                format!("Overtaken by a newer message: {label}.")
            }
        };
        let sql = "UPDATE deliveries SET state = 'suppressed', why = $1 WHERE id = $2";
        writer.run(sql, vec![why.into(), id.into()]).await?;
    }
    Ok(())
}

/// What only few attempts lead to: a body that is replaced, what the other side calls a message.
async fn rewrite(writer: &mut Writer<'_>, one: &Settled) -> Result<(), StoreError> {
    if let Some((content_type, body)) = &one.body {
        let sql = "UPDATE deliveries SET content_type = $1, body = $2, shared = NULL WHERE id = $3";
        writer.run(sql, vec![content_type.as_str().into(), body.clone().into(), one.delivery.into()]).await?;
    }
    if one.forget_thread {
        let sql = "DELETE FROM threads WHERE (channel, thread, recipient) IN \
                   (SELECT channel, thread, recipient FROM deliveries WHERE id = $1)";
        writer.run(sql, vec![one.delivery.into()]).await?;
    }
    if let Some(remote) = &one.remote {
        let sql = "INSERT INTO threads (channel, thread, recipient, root, latest) SELECT channel, thread, recipient, \
                   CASE WHEN part = 'root' THEN remote END, remote FROM deliveries WHERE id = $1 \
                   AND remote IS NOT NULL ON CONFLICT (channel, thread, recipient) DO UPDATE \
                   SET root = COALESCE(threads.root, excluded.root), latest = excluded.latest";
        debug_assert!(!remote.is_empty(), "a message without a name cannot be found again");
        writer.run(sql, vec![one.delivery.into()]).await?;
    }
    Ok(())
}

/// `$4, $5, $6`
fn places(first: usize, count: usize) -> String {
    (first..first + count).map(|place| format!("${place}")).collect::<Vec<_>>().join(", ")
}

fn due(row: &Row) -> Result<DueDelivery, StoreError> {
    Ok(DueDelivery {
        id: row.id(0)?,
        team: row.id(1)?,
        sequence: row.int(2)?,
        event: row.text(3)?,
        subject: row.maybe_id(4)?,
        channel: row.id(5)?,
        channel_name: row.text(6)?,
        kind: row.text(7)?,
        thread: row.text(8)?,
        recipient: row.text(9)?,
        content_type: row.text(10)?,
        body: row.bytes(11)?,
        part: row.text(12)?,
        ends: row.flag(13)?,
        summary: row.flag(14)?,
        unsure: row.flag(15)?,
        attempts: row.int(16)?,
        earlier: row.int(17)?,
        since_ms: row.int(18)?,
        root: row.maybe_text(19)?,
        latest: row.maybe_text(20)?,
        past: Vec::new(),
    })
}

fn settled_row(one: &Settled) -> Vec<Value> {
    vec![
        one.delivery.into(),
        one.state.word().into(),
        one.next_ms.into(),
        one.remote.clone().into(),
        i64::from(one.attempt.is_some()).into(),
        one.why.clone().into(),
        one.unsure.into(),
    ]
}

fn outbox_row(one: &OutboxRow, shared: Option<&String>) -> Vec<Value> {
    let why = one.suppressed.then(|| "The recipient does not want to hear from this channel.".to_owned());
    vec![
        one.id.into(),
        one.team.into(),
        one.sequence.into(),
        one.event.as_str().into(),
        one.subject.into(),
        one.channel.into(),
        one.channel_name.as_str().into(),
        one.kind.as_str().into(),
        one.thread.as_str().into(),
        one.reason.as_str().into(),
        one.recipient.as_str().into(),
        one.content_type.as_str().into(),
        if shared.is_some() { Vec::new() } else { one.body.to_vec() }.into(),
        one.part.as_str().into(),
        one.place.into(),
        one.keeping.word().into(),
        one.ends.into(),
        one.summary.into(),
        if one.suppressed { "suppressed" } else { "due" }.into(),
        why.into(),
        0_i64.into(),
        one.created_ms.into(),
        one.created_ms.into(),
        one.created_ms.into(),
        false.into(),
        shared.cloned().into(),
    ]
}

fn attempt_row(delivery: Uuid, attempt: &Attempt) -> Vec<Value> {
    vec![
        delivery.into(),
        attempt.number.into(),
        attempt.at.into(),
        attempt.outcome.as_str().into(),
        attempt.status.into(),
        attempt.latency_ms.into(),
        attempt.answer.as_str().into(),
    ]
}
