//! Commit: many observations become one transaction; only then is anything said.

use std::sync::Arc;
use std::time::Duration;

use tocsin_domain::step::Decided;
use tocsin_domain::{ProviderRef, Timestamp};
use tocsin_store::{EventRow, JournalEntry, Observation, StoreError, Tried};
use tokio::sync::{mpsc, oneshot};
use tracing::warn;

use super::compose::{self, Desk, Outgoing};
use super::later::Later;
use crate::app::App;
use crate::clock;
use crate::setup::wishes::outdated::{self, Ended};

/// Observations that share a transaction at most.
const TOGETHER: usize = 256;
/// Nobody waits for more company than this.
const ENOUGH: usize = 128;
/// Observations that may wait; more make their polls wait.
const WAITING: usize = 256;

/// Observations that tell nobody wait this long for company: a transaction costs the same for one as for many.
const LINGER: Duration = Duration::from_millis(15);

/// What is kept is looked at this often even when nothing is due.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// A store that failed is left alone for a moment.
const STORE_TROUBLE: Duration = Duration::from_secs(2);

/// What a poll wants made true.
pub struct Pending {
    pub provider: ProviderRef,
    pub observation: Observation,
    pub decided: Vec<Decided>,
}

/// What a try of a check of our own wants made true.
pub struct PendingTry {
    pub provider: ProviderRef,
    pub tried: Tried,
    pub decided: Vec<Decided>,
}

type Reply = oneshot::Sender<Result<Observation, StoreError>>;
/// What is handed in, with where its answer goes.
pub enum Handed {
    Seen(Box<Pending>, Reply),
    Tried(Box<PendingTry>, oneshot::Sender<Result<(), StoreError>>),
}

impl Handed {
    /// Somebody waits to hear of it.
    fn is_urgent(&self) -> bool {
        let decided = match self {
            Self::Seen(pending, _) => &pending.decided,
            Self::Tried(pending, _) => &pending.decided,
        };
        decided.iter().any(|decided| decided.verdicts.iter().any(|verdict| verdict.told))
    }
}

/// Where polls hand in what they brought.
#[derive(Clone)]
pub struct Committer {
    queue: mpsc::Sender<Handed>,
}

/// The committer and the end that [`run`] works on.
#[must_use]
pub fn channel() -> (Committer, mpsc::Receiver<Handed>) {
    let (queue, work) = mpsc::channel(WAITING);
    (Committer { queue }, work)
}

impl Committer {
    /// Returns when it is stored (or could not be).
    ///
    /// # Errors
    /// What the store said.
    pub async fn commit(&self, pending: Pending) -> Result<Observation, StoreError> {
        let (reply, answer) = oneshot::channel();
        let stopped = || StoreError::Unavailable("we are stopping".to_owned());
        self.queue.send(Handed::Seen(Box::new(pending), reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }

    /// Returns when a try is stored (or could not be).
    ///
    /// # Errors
    /// What the store said.
    pub async fn commit_try(&self, pending: PendingTry) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        let stopped = || StoreError::Unavailable("we are stopping".to_owned());
        self.queue.send(Handed::Tried(Box::new(pending), reply)).await.map_err(|_| stopped())?;
        answer.await.map_err(|_| stopped())?
    }
}

/// Commits until every [`Committer`] is gone.
pub async fn run(app: Arc<App>, mut work: mpsc::Receiver<Handed>) {
    let mut batch = Vec::with_capacity(TOGETHER);
    let mut later = Later::load(&app).await;
    loop {
        let wait = later.next().map_or(LOOK_EVERY, |at| until(at).min(LOOK_EVERY));
        tokio::select! {
            received = work.recv_many(&mut batch, TOGETHER) => {
                if received == 0 {
                    return;
                }
                linger(&mut work, &mut batch).await;
                let mut seen = Vec::with_capacity(batch.len());
                let mut ended = Vec::new();
                for handed in batch.drain(..) {
                    match handed {
                        Handed::Seen(pending, reply) => seen.push((*pending, reply)),
                        Handed::Tried(pending, reply) => {
                            drop(reply.send(tried(&app, &mut later, *pending, &mut ended).await));
                        }
                    }
                }
                if !seen.is_empty() {
                    ended.extend(together(&app, &mut later, seen).await);
                }
                outdated::end(&app, ended);
            }
            () = tokio::time::sleep(wait) => {}
        }
        match later.flush(&app).await {
            Ok(true) => app.outbox_grew.notify_one(),
            Ok(false) => {}
            Err(error) => {
                app.pulse.store_failed(&error);
                warn!(%error, "what was kept could not be told; it is tried again");
                tokio::time::sleep(STORE_TROUBLE).await;
            }
        }
    }
}

/// How long until that moment.
fn until(at: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(at.as_second().saturating_mul(1000) - clock::now_ms()).unwrap_or(0))
}

/// Gathers more for a moment, unless somebody waits to hear of something.
async fn linger(work: &mut mpsc::Receiver<Handed>, batch: &mut Vec<Handed>) {
    let until = (clock::steady() + LINGER).into();
    while batch.len() < ENOUGH && !batch.iter().any(Handed::is_urgent) {
        let room = TOGETHER - batch.len();
        match tokio::time::timeout_at(until, work.recv_many(batch, room)).await {
            Ok(received) if received > 0 => {}
            _ => return,
        }
    }
}

/// Answers which wishes came to their end by what was stored.
async fn together(app: &App, later: &mut Later, batch: Vec<(Pending, Reply)>) -> Vec<Ended> {
    let events = batch.iter().map(|(pending, _)| pending.decided.len()).sum();
    let first = match app.store.reserve(events).await {
        Ok(first) => first,
        Err(error) => {
            let why = error.to_string();
            for (_, reply) in batch {
                drop(reply.send(Err(StoreError::Unavailable(why.clone()))));
            }
            return Vec::new();
        }
    };
    let directory = app.directory();
    let desk = Desk::new(app, &directory);
    let mut sequence = first;
    let mut observations = Vec::with_capacity(batch.len());
    let mut replies = Vec::with_capacity(batch.len());
    for (pending, reply) in batch {
        observations.push(complete(&desk, later, pending, &mut sequence));
        replies.push(reply);
    }
    let results = app.store.commit(&observations).await;
    let mut told = false;
    let mut ended = Vec::new();
    for ((observation, reply), result) in observations.into_iter().zip(replies).zip(results) {
        if result.is_ok() {
            app.pulse.store_works();
            told |= !observation.outbox.is_empty();
            if !observation.circulars.is_empty() {
                app.circulars.notify_one();
            }
            later.note(&observation.kept, &observation.told_along);
            for row in &observation.events {
                ended.extend(outdated::by(&directory, &observation.provider, &row.event));
                let entry = JournalEntry {
                    sequence: row.sequence,
                    provider: observation.provider.clone(),
                    event: row.event.clone(),
                };
                drop(app.journal.send(Arc::new(entry)));
            }
        }
        drop(reply.send(result.map(|()| observation)));
    }
    if told {
        app.outbox_grew.notify_one();
    }
    ended
}

/// A try of a check in a transaction of its own: they are few. Adds the wishes that came to their end by it.
async fn tried(app: &App, later: &mut Later, pending: PendingTry, ended: &mut Vec<Ended>) -> Result<(), StoreError> {
    let PendingTry { provider, mut tried, decided } = pending;
    let mut sequence = app.store.reserve(decided.len()).await?;
    let directory = app.directory();
    let desk = Desk::new(app, &directory);
    let mut outgoing = Outgoing::default();
    for decided in decided {
        compose::rows(&desk, later, (&provider, tried.check), &decided, sequence, &mut outgoing);
        tried.events.push(EventRow { sequence, event: decided.event });
        sequence += 1;
    }
    let Outgoing { decisions, outbox, kept, told_along, circulars } = outgoing;
    tried = Tried { decisions, outbox, kept, told_along, circulars, ..tried };
    app.store.commit_tried(&tried).await?;
    app.pulse.store_works();
    later.note(&tried.kept, &tried.told_along);
    if !tried.outbox.is_empty() {
        app.outbox_grew.notify_one();
    }
    for row in tried.events {
        ended.extend(outdated::by(&directory, &provider.slug, &row.event));
        let entry = JournalEntry { sequence: row.sequence, provider: provider.slug.clone(), event: row.event };
        drop(app.journal.send(Arc::new(entry)));
    }
    Ok(())
}

/// Gives events their sequence, and makes decisions and messages of the verdicts.
fn complete(desk: &Desk<'_>, later: &mut Later, pending: Pending, sequence: &mut i64) -> Observation {
    let mut observation = pending.observation;
    let mut outgoing = Outgoing::default();
    for decided in pending.decided {
        let whose = (&pending.provider, observation.page);
        compose::rows(desk, later, whose, &decided, *sequence, &mut outgoing);
        observation.events.push(EventRow { sequence: *sequence, event: decided.event });
        *sequence += 1;
    }
    let Outgoing { decisions, outbox, kept, told_along, circulars } = outgoing;
    Observation { decisions, outbox, kept, told_along, circulars, ..observation }
}
