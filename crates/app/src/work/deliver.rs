//! Deliver: what the outbox holds goes out, in order per incident and channel, none waiting for another's receiver.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tocsin_channels::{Attempt, Composed, Kind, Outcome, Part, Repeat};
use tocsin_store::{ChannelRow, DeliveryState, DueDelivery, Settled, Subscription, Target};
use tokio::sync::mpsc;
use tokio::task::{self, JoinSet};
use tracing::warn;
use uuid::Uuid;

use super::attempt::{self, Tried};
use super::owner;
use super::schedule::{self, Breaker};
use super::settle;
use crate::app::App;
use crate::clock;
use crate::net::Net;
use crate::subscribing;

/// Attempts under way at once, over all channels, that have not been so for long.
const UNDER_WAY: usize = 512;
/// An attempt that takes longer waits for its receiver: it costs us nothing and holds up nobody.
const LONG: Duration = Duration::from_secs(2);
/// Attempts under way at once, with those that take long.
const AT_MOST: usize = 4_096;
/// Attempts under way at once to one channel.
const PER_CHANNEL: usize = 4;
/// Deliveries taken from the outbox at once.
const TAKE: usize = 128;
/// The outbox is looked at this often even when nobody rings.
const LOOK_EVERY: Duration = Duration::from_secs(15);
/// Where more waits than there is room for, room is looked for this often.
const ROOM_EVERY: Duration = Duration::from_millis(50);

/// Sends until the app stops; then waits for the attempts under way.
pub async fn run(app: Arc<App>) {
    if let Err(error) = app.store.release_leases().await {
        warn!(%error, "deliveries that were under way could not be taken back; they are retried later");
    }
    let (results, settled) = mpsc::unbounded_channel();
    let settler = tokio::spawn(settle::run(Arc::clone(&app), settled));
    let mut stop = app.stop.subscribe();
    let mut desk = Dispatch::default();
    loop {
        let wait = desk.fill(&app, &results).await;
        app.pulse.deliver();
        tokio::select! {
            _ = stop.wait_for(|stopping| *stopping) => break,
            () = app.outbox_grew.notified() => desk.look = true,
            Some(done) = desk.running.join_next_with_id(), if !desk.running.is_empty() => desk.note(done, &app, &results),
            () = tokio::time::sleep(wait) => desk.look = true,
        }
        while let Some(done) = desk.running.try_join_next_with_id() {
            desk.note(done, &app, &results);
        }
    }
    desk.hand_back(&app).await;
    while let Some(done) = desk.running.join_next_with_id().await {
        desk.ended(done);
    }
    drop(results);
    drop(settler.await);
}

/// What became of a delivery, on its way to the settler.
pub struct Done {
    pub channel: ChannelRow,
    pub delivery: DueDelivery,
    /// It went to somebody who subscribed.
    pub subscription: Option<Subscription>,
    pub what: What,
}

/// What was done about a delivery.
pub enum What {
    Tried(Tried),
    /// Nothing was sent: it is given up, because of this.
    Dropped(String),
    /// Nothing was sent: it is news no more.
    Expired(String),
    /// Nothing was sent: nobody wants it any more.
    Unwanted(String),
    /// Nothing was sent, because of ourselves: it is due again.
    Later(String),
}

type Ended = Result<(task::Id, (Uuid, Option<Outcome>)), task::JoinError>;

#[derive(Default)]
struct Dispatch {
    running: JoinSet<(Uuid, Option<Outcome>)>,
    started: HashMap<task::Id, Instant>,
    per_channel: HashMap<Uuid, usize>,
    /// Taken from the outbox, waiting for a turn of their channel.
    queued: HashMap<Uuid, VecDeque<DueDelivery>>,
    breakers: HashMap<Uuid, Breaker>,
    /// Something may be due that was not seen yet.
    look: bool,
    /// More was due than was taken.
    more: bool,
}

impl Dispatch {
    /// Starts as many attempts as may run; answers how long nothing more will be due.
    async fn fill(&mut self, app: &Arc<App>, results: &mpsc::UnboundedSender<Done>) -> Duration {
        self.start_queued(app, results);
        loop {
            let room = self.room();
            // A look at a long outbox costs the same for one as for many.
            let wanted = if self.more { room >= TAKE || self.running.is_empty() } else { self.look && room > 0 };
            if !wanted {
                let busy = self.more || self.look;
                return if busy { ROOM_EVERY } else { self.next_rest(clock::now_ms(), LOOK_EVERY) };
            }
            let now_ms = clock::now_ms();
            let blocked = self.blocked(now_ms);
            let limit = room.min(TAKE);
            let taken = match app.store.claim(now_ms, &blocked, i64::try_from(limit).unwrap_or(1)).await {
                Ok(taken) => taken,
                Err(error) => {
                    app.pulse.store_failed(&error);
                    warn!(%error, "the outbox cannot be read; it is tried again");
                    return Duration::from_secs(5);
                }
            };
            self.more = taken.len() == limit;
            for delivery in taken {
                self.queued.entry(delivery.channel).or_default().push_back(delivery);
            }
            self.start_queued(app, results);
            if !self.more {
                self.look = false;
                return self.ahead(app, now_ms).await;
            }
        }
    }

    /// How long nothing more will be due.
    async fn ahead(&self, app: &App, looked_ms: i64) -> Duration {
        let ahead = app.store.outbox_ahead(looked_ms).await.ok();
        if let Some((_, waiting)) = ahead {
            #[expect(clippy::cast_precision_loss, reason = "a gauge of deliveries stays far below 2^52")]
            metrics::gauge!("tocsin_outbox_due").set(waiting as f64);
        }
        let now_ms = clock::now_ms();
        let next = ahead.and_then(|(next, _)| next).map_or(LOOK_EVERY, |at_ms| until(at_ms, now_ms));
        self.next_rest(now_ms, next.min(LOOK_EVERY))
    }

    /// The same or sooner: when a channel's rest is over, what waits for it is due.
    fn next_rest(&self, now_ms: i64, wait: Duration) -> Duration {
        let resting = self.breakers.values().filter(|breaker| breaker.is_open(now_ms));
        resting.map(|breaker| until(breaker.open_until_ms(), now_ms)).fold(wait, Duration::min)
    }

    /// Attempts that may be started.
    fn room(&self) -> usize {
        let long = self.started.values().filter(|at| at.elapsed() >= LONG).count();
        let quick = self.running.len().saturating_sub(long) + self.queued.values().map(VecDeque::len).sum::<usize>();
        UNDER_WAY.saturating_sub(quick).min(AT_MOST.saturating_sub(self.running.len()))
    }

    /// Attempts that may run at once to a channel now.
    fn turns(&self, channel: Uuid, now_ms: i64) -> usize {
        let running = self.per_channel.get(&channel).copied().unwrap_or(0);
        let allowed = match self.breakers.get(&channel) {
            Some(breaker) if breaker.is_open(now_ms) => 0,
            Some(breaker) if breaker.is_probing() => 1,
            _ => PER_CHANNEL,
        };
        allowed.saturating_sub(running)
    }

    /// Channels for which nothing more is to be taken: saturated, resting, or probing already.
    fn blocked(&self, now_ms: i64) -> Vec<Uuid> {
        let known = self.per_channel.keys().chain(self.queued.keys()).chain(self.breakers.keys());
        let known: HashSet<Uuid> = known.copied().collect();
        let queued = |channel: &Uuid| self.queued.get(channel).map_or(0, VecDeque::len);
        known.into_iter().filter(|channel| self.turns(*channel, now_ms) <= queued(channel)).collect()
    }

    fn start_queued(&mut self, app: &Arc<App>, results: &mpsc::UnboundedSender<Done>) {
        let channels: Vec<Uuid> = self.queued.keys().copied().collect();
        let now_ms = clock::now_ms();
        for channel in channels {
            self.start_for(channel, now_ms, app, results);
        }
    }

    fn start_for(&mut self, channel: Uuid, now_ms: i64, app: &Arc<App>, results: &mpsc::UnboundedSender<Done>) {
        for _ in 0..self.turns(channel, now_ms) {
            let Some(delivery) = self.queued.get_mut(&channel).and_then(VecDeque::pop_front) else { break };
            *self.per_channel.entry(channel).or_default() += 1;
            let (app, results) = (Arc::clone(app), results.clone());
            let handle = self.running.spawn(async move {
                let done = deal(&app, delivery).await;
                let outcome = match &done.what {
                    What::Tried(tried) => Some(tried.outcome.clone()),
                    What::Dropped(_) | What::Expired(_) | What::Unwanted(_) | What::Later(_) => None,
                };
                drop(results.send(done));
                (channel, outcome)
            });
            self.started.insert(handle.id(), clock::steady());
        }
        if self.queued.get(&channel).is_some_and(VecDeque::is_empty) {
            self.queued.remove(&channel);
        }
    }

    /// Takes notice of an attempt that is over, and gives its turn to the next of its channel.
    fn note(&mut self, done: Ended, app: &Arc<App>, results: &mpsc::UnboundedSender<Done>) {
        let Some((channel, outcome)) = self.ended(done) else { return };
        let now_ms = clock::now_ms();
        let was_full = self.turns(channel, now_ms) <= 1;
        if let Some(outcome) = outcome {
            let mut breaker = self.breakers.remove(&channel).unwrap_or_default();
            breaker.note(&outcome, now_ms);
            if breaker != Breaker::default() {
                self.breakers.insert(channel, breaker);
            }
        }
        if self.queued.contains_key(&channel) {
            self.start_for(channel, now_ms, app, results);
        } else if was_full {
            // It was passed over, so there may be more for it.
            self.look = true;
        }
    }

    fn ended(&mut self, done: Ended) -> Option<(Uuid, Option<Outcome>)> {
        match done {
            Ok((id, (channel, outcome))) => {
                self.started.remove(&id);
                if let Some(running) = self.per_channel.get_mut(&channel) {
                    *running = running.saturating_sub(1);
                    if *running == 0 {
                        self.per_channel.remove(&channel);
                    }
                }
                Some((channel, outcome))
            }
            Err(error) => {
                self.started.remove(&error.id());
                warn!(%error, "an attempt broke off; its delivery is taken up again at the next start");
                None
            }
        }
    }

    /// What was taken and not begun goes back as it was.
    async fn hand_back(&mut self, app: &App) {
        let queued = self.queued.drain().flat_map(|(_, queue)| queue);
        let now_ms = clock::now_ms();
        let settled: Vec<Settled> =
            queued.map(|delivery| Settled::new(delivery.id, DeliveryState::Due, now_ms)).collect();
        if let Err(error) = app.store.settle(&settled).await {
            warn!(%error, "deliveries that were not begun could not be handed back; they are taken up at the next start");
        }
    }
}

fn until(at_ms: i64, now_ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(at_ms - now_ms).unwrap_or(0))
}

/// Sends a delivery that is due, if it is still worth sending.
async fn deal(app: &App, delivery: DueDelivery) -> Done {
    let known = if delivery.channel.is_nil() {
        Some(owner::mail_channel(&delivery))
    } else {
        app.directory().channel(delivery.channel).cloned()
    };
    if let Some(channel) = known {
        let what = dealt(app, &app.net, &channel, &delivery).await;
        return Done { channel, delivery, subscription: None, what };
    }
    match app.store.subscription(delivery.channel).await {
        Ok(Some(subscription)) => {
            let channel = subscribing::channel(&subscription);
            let what = dealt(app, subscribing::net(app, &subscription), &channel, &delivery).await;
            Done { channel, delivery, subscription: Some(subscription), what }
        }
        // What cannot be read now is looked at again.
        found => {
            let gone = || match Target::of_channel(&delivery.channel_name).is_some() {
                true => What::Unwanted("The subscription has ended.".to_owned()),
                false => What::Dropped("The channel was deleted.".to_owned()),
            };
            let what = found.map_or_else(|error| What::Later(error.to_string()), |_| gone());
            Done { channel: owner::nobody(&delivery), delivery, subscription: None, what }
        }
    }
}

async fn dealt(app: &App, net: &Net, channel: &ChannelRow, delivery: &DueDelivery) -> What {
    match kept_back(channel, delivery) {
        Some(what) => what,
        None => What::Tried(send(app, net, channel, delivery).await),
    }
}

/// Why a delivery is not sent though it is due.
fn kept_back(channel: &ChannelRow, delivery: &DueDelivery) -> Option<What> {
    let manner = Kind::named(&channel.kind)?.manner();
    if delivery.unsure && manner.repeat == Repeat::Never {
        return Some(What::Dropped(schedule::MAY_HAVE_ARRIVED.to_owned()));
    }
    let is_old = schedule::is_expired(manner.patience, delivery.ends, delivery.since_ms, clock::now_ms());
    is_old.then(|| What::Expired(schedule::expired(manner.patience, delivery.ends)))
}

async fn send(app: &App, net: &Net, channel: &ChannelRow, delivery: &DueDelivery) -> Tried {
    let composed = composed(delivery);
    let details = Attempt {
        delivery: delivery.id,
        number: u32::try_from(delivery.attempts + 1).unwrap_or(u32::MAX),
        event: &delivery.event,
        now: clock::now(),
        thread: &delivery.thread,
        root: delivery.root.as_deref(),
        latest: delivery.latest.as_deref(),
    };
    attempt::attempt(app, net, channel, &composed, &details).await
}

/// A delivery's message as it was composed.
pub fn composed(delivery: &DueDelivery) -> Composed {
    Composed {
        content_type: delivery.content_type.clone(),
        body: delivery.body.clone(),
        to: delivery.recipient.clone(),
        part: if delivery.part == Part::Reply.word() { Part::Reply } else { Part::Root },
    }
}
