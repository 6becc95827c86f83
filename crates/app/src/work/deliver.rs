//! Deliver: what the outbox holds goes out, in order per incident and channel, none waiting for another's receiver.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tocsin_channels::{Attempt, Composed, Kind, Outcome};
use tocsin_domain::{Answer, Timestamp};
use tocsin_store::{ChannelRow, DeliveryState, DueDelivery, Settled};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tracing::{info, warn};
use uuid::Uuid;

use super::schedule::{self, Breaker};
use crate::app::App;
use crate::clock;

/// Attempts under way at once, over all channels.
const UNDER_WAY: usize = 512;
/// Attempts under way at once to one channel.
const PER_CHANNEL: usize = 4;
/// Deliveries taken from the outbox at once.
const TAKE: usize = 128;
/// Results that share a transaction at most.
const TOGETHER: usize = 64;
/// The outbox is looked at this often even when nobody rings.
const LOOK_EVERY: Duration = Duration::from_secs(15);

/// Sends until the app stops; then waits for the attempts under way.
pub async fn run(app: Arc<App>) {
    if let Err(error) = app.store.release_leases().await {
        warn!(%error, "deliveries that were under way could not be taken back; they are retried later");
    }
    let (results, settled) = mpsc::unbounded_channel();
    let settler = tokio::spawn(settle(Arc::clone(&app), settled));
    let mut stop = app.stop.subscribe();
    let mut desk = Dispatch::default();
    loop {
        let wait = desk.fill(&app, &results).await;
        app.pulse.deliver();
        tokio::select! {
            _ = stop.wait_for(|stopping| *stopping) => break,
            () = app.outbox_grew.notified() => {}
            Some(done) = desk.running.join_next(), if !desk.running.is_empty() => desk.note(done),
            () = tokio::time::sleep(wait) => {}
        }
    }
    while let Some(done) = desk.running.join_next().await {
        desk.note(done);
    }
    drop(results);
    drop(settler.await);
}

/// What an attempt came to, on its way to the settler.
struct Attempted {
    channel: ChannelRow,
    delivery: DueDelivery,
    outcome: Outcome,
    attempt: tocsin_store::Attempt,
}

#[derive(Default)]
struct Dispatch {
    running: JoinSet<(Uuid, Outcome)>,
    per_channel: HashMap<Uuid, usize>,
    breakers: HashMap<Uuid, Breaker>,
}

impl Dispatch {
    /// Starts as many attempts as may run; answers how long nothing more will be due.
    async fn fill(&mut self, app: &Arc<App>, results: &mpsc::UnboundedSender<Attempted>) -> Duration {
        let mut looked_ms;
        loop {
            let room = UNDER_WAY.saturating_sub(self.running.len()).min(TAKE);
            if room == 0 {
                return LOOK_EVERY;
            }
            looked_ms = clock::now_ms();
            let blocked = self.blocked(looked_ms);
            let limit = i64::try_from(room).unwrap_or(1);
            let taken = match app.store.claim(looked_ms, &blocked, limit).await {
                Ok(taken) => taken,
                Err(error) => {
                    app.pulse.store_failed(&error);
                    warn!(%error, "the outbox cannot be read; it is tried again");
                    return Duration::from_secs(5);
                }
            };
            let more = taken.len() == room;
            for delivery in taken {
                self.start(app, delivery, results);
            }
            if !more {
                break;
            }
        }
        let ahead = app.store.outbox_ahead(looked_ms).await.ok();
        if let Some((_, waiting)) = ahead {
            #[expect(clippy::cast_precision_loss, reason = "a gauge of deliveries stays far below 2^52")]
            metrics::gauge!("tocsin_outbox_due").set(waiting as f64);
        }
        let next = ahead.and_then(|(next, _)| next).map(|at| at - clock::now_ms());
        let next = next.map(|ms| Duration::from_millis(u64::try_from(ms).unwrap_or(0)));
        next.map_or(LOOK_EVERY, |next| next.min(LOOK_EVERY))
    }

    /// Channels to which nothing may go now: saturated, resting, or probing already.
    fn blocked(&self, now_ms: i64) -> Vec<Uuid> {
        let busy = self.per_channel.iter().filter(|(channel, running)| {
            let probing = self.breakers.get(*channel).is_some_and(Breaker::is_probing);
            **running >= if probing { 1 } else { PER_CHANNEL }
        });
        let resting = self.breakers.iter().filter(|(_, breaker)| breaker.is_open(now_ms));
        let blocked: HashSet<Uuid> =
            busy.map(|(channel, _)| *channel).chain(resting.map(|(channel, _)| *channel)).collect();
        blocked.into_iter().collect()
    }

    fn start(&mut self, app: &Arc<App>, delivery: DueDelivery, results: &mpsc::UnboundedSender<Attempted>) {
        *self.per_channel.entry(delivery.channel).or_default() += 1;
        let app = Arc::clone(app);
        let results = results.clone();
        self.running.spawn(async move {
            let channel_id = delivery.channel;
            let Some(channel) = app.directory().channel(channel_id).cloned() else {
                let outcome = Outcome::RejectPayload { detail: "the channel was removed".to_owned() };
                abandon(&app, &delivery, DeliveryState::Dead).await;
                return (channel_id, outcome);
            };
            let sent = send(&app, &channel, &delivery).await;
            let outcome = sent.0.clone();
            let attempted = Attempted { channel, delivery, outcome: sent.0, attempt: sent.1 };
            drop(results.send(attempted));
            (channel_id, outcome)
        });
    }

    fn note(&mut self, done: Result<(Uuid, Outcome), tokio::task::JoinError>) {
        match done {
            Ok((channel, outcome)) => {
                if let Some(running) = self.per_channel.get_mut(&channel) {
                    *running = running.saturating_sub(1);
                }
                self.per_channel.retain(|_, running| *running > 0);
                self.breakers.entry(channel).or_default().note(&outcome, clock::now_ms());
                self.breakers.retain(|_, breaker| *breaker != Breaker::default());
            }
            Err(error) => warn!(%error, "an attempt broke off; its delivery is taken up again at the next start"),
        }
    }
}

async fn abandon(app: &App, delivery: &DueDelivery, state: DeliveryState) {
    let settled = Settled { delivery: delivery.id, state, next_ms: clock::now_ms(), remote: None, attempt: None };
    if let Err(error) = app.store.settle(&[settled]).await {
        warn!(%error, "a delivery without a channel could not be closed");
    }
}

/// One attempt: ask, perform, judge.
async fn send(app: &App, channel: &ChannelRow, delivery: &DueDelivery) -> (Outcome, tocsin_store::Attempt) {
    let composed = Composed {
        content_type: delivery.content_type.clone(),
        body: delivery.body.clone(),
        to: delivery.recipient.clone(),
        part: tocsin_channels::Part::Root,
    };
    let number = delivery.attempts + 1;
    let details = Attempt {
        delivery: delivery.id,
        number: u32::try_from(number).unwrap_or(u32::MAX),
        event: &delivery.event,
        now: clock::now(),
        thread: &delivery.thread,
        root: None,
        latest: None,
    };
    let tried = attempt(app, channel, &composed, &details).await;
    (
        tried.outcome.clone(),
        tocsin_store::Attempt {
            number,
            at: tried.at,
            outcome: outcome_word(&tried.outcome).to_owned(),
            status: tried.status,
            latency_ms: tried.latency_ms,
            answer: tried.answer,
        },
    )
}

/// What one attempt was, for outbox and channel tests alike.
pub struct Tried {
    pub at: Timestamp,
    pub outcome: Outcome,
    pub status: Option<i64>,
    pub latency_ms: i64,
    /// The first kilobyte of the answer, or why there was none.
    pub answer: String,
}

/// Makes one attempt on a channel.
pub async fn attempt(app: &App, channel: &ChannelRow, composed: &Composed, details: &Attempt<'_>) -> Tried {
    let at = details.now;
    let Some(kind) = Kind::named(&channel.kind) else {
        let outcome = Outcome::RejectPayload { detail: format!("there is no channel kind `{}`", channel.kind) };
        return Tried { at, outcome, status: None, latency_ms: 0, answer: String::new() };
    };
    let ask = kind.channel().ask(&channel.settings, composed, details, &app.sender);
    let started = clock::steady();
    let answer = app.net.deliver(&ask).await;
    let latency_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let outcome = kind.channel().judge(&answer, clock::now());
    metrics::counter!("tocsin_deliveries_total", "kind" => kind.name(), "outcome" => outcome_word(&outcome))
        .increment(1);
    // It was given up, and somebody sent to it by hand: it is there again.
    if channel.disabled.is_some() && matches!(outcome, Outcome::Delivered { .. }) {
        match app.enable_channel(channel.id).await {
            Ok(()) => info!(channel = channel.name, "channel enabled again"),
            Err(error) => warn!(%error, channel = channel.name, "the channel works, but could not be enabled again"),
        }
    }
    let (status, answer) = described(&answer);
    Tried { at, outcome, status, latency_ms, answer }
}

/// One word for an outcome, as in the API.
#[must_use]
pub const fn outcome_word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered { .. } => "delivered",
        Outcome::RetryAfter { .. } => "retry_after",
        Outcome::Retry { .. } => "retry",
        Outcome::Ambiguous { .. } => "ambiguous",
        Outcome::RejectPayload { .. } => "reject_payload",
        Outcome::EndpointAuth { .. } => "endpoint_auth",
        Outcome::EndpointGone { .. } => "endpoint_gone",
        Outcome::Superseded => "superseded",
        Outcome::RootGone { .. } => "root_gone",
        Outcome::RecipientGone { .. } => "recipient_gone",
        Outcome::Changed { .. } => "changed",
    }
}

fn described(answer: &Answer) -> (Option<i64>, String) {
    match answer {
        Answer::Http(http) => {
            let text: String = String::from_utf8_lossy(&http.body).chars().take(1024).collect();
            (Some(i64::from(http.status)), text)
        }
        Answer::NotModified => (Some(304), String::new()),
        Answer::Mail { code, text } => (Some(i64::from(*code)), text.chars().take(1024).collect()),
        Answer::Failed(failure) => (None, failure.detail.clone()),
    }
}

/// Writes down what attempts led to, many in one transaction.
async fn settle(app: Arc<App>, mut results: mpsc::UnboundedReceiver<Attempted>) {
    let mut batch = Vec::with_capacity(TOGETHER);
    while results.recv_many(&mut batch, TOGETHER).await > 0 {
        let now_ms = clock::now_ms();
        let mut settled = Vec::with_capacity(batch.len());
        for attempted in batch.drain(..) {
            settled.push(judged(&app, attempted, now_ms).await);
        }
        while let Err(error) = app.store.settle(&settled).await {
            app.pulse.store_failed(&error);
            warn!(%error, "what deliveries led to could not be stored; it is tried again");
            tokio::time::sleep(Duration::from_secs(2)).await;
            if *app.stop.borrow() {
                break;
            }
        }
        app.outbox_grew.notify_one();
    }
}

async fn judged(app: &App, attempted: Attempted, now_ms: i64) -> Settled {
    let Attempted { channel, delivery, outcome, attempt } = attempted;
    let next = schedule::next(&outcome, attempt.status, &channel.kind, attempt.number, delivery.created_ms, now_ms);
    if next.disable {
        let why = format!("The receiver does not exist any more: {}", attempt.answer);
        warn!(channel = channel.name, why, "channel disabled");
        if let Err(error) = app.disable_channel(channel.id, why).await {
            warn!(%error, channel = channel.name, "the channel could not be disabled");
        }
    }
    match next.state {
        DeliveryState::Sent => info!(channel = channel.name, event = delivery.event, delivery = %delivery.id, "told"),
        state => warn!(
            channel = channel.name,
            event = delivery.event,
            delivery = %delivery.id,
            outcome = attempt.outcome,
            status = attempt.status,
            state = state.word(),
            "not told yet"
        ),
    }
    let remote = match outcome {
        Outcome::Delivered { remote } => remote,
        _ => None,
    };
    Settled { delivery: delivery.id, state: next.state, next_ms: next.at_ms, remote, attempt: Some(attempt) }
}
