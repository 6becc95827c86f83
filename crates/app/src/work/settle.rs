//! Settle: what attempts led to is written down, many in one transaction, and what follows from it is done: a channel
//! given up, a recipient left alone, a setting that moved, a summary in place of news that came too late.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tocsin_channels::{Kind, Outcome};
use tocsin_store::{Attempt, ChannelRow, DeliveryState, DueDelivery, Settled, Subscription};
use tokio::sync::mpsc;
use tracing::{info, warn};
use uuid::Uuid;

use super::attempt::{Tried, is_success, outcome_word};
use super::deliver::{Done, What, composed};
use super::record::Record;
use super::schedule::{self, Case, Dress, Next};
use super::{owner, returned, summary};
use crate::app::App;
use crate::clock;
use crate::subscribing;

/// Results that share a transaction at most.
const TOGETHER: usize = 128;
/// What could not be looked up is due again after this (milliseconds).
const LATER_MS: i64 = 5_000;

/// Writes down results until all attempts are over.
pub async fn run(app: Arc<App>, mut results: mpsc::UnboundedReceiver<Done>) {
    let mut desk = Desk::load(&app).await;
    let mut batch = Vec::with_capacity(TOGETHER);
    while results.recv_many(&mut batch, TOGETHER).await > 0 {
        let mut settled = Vec::with_capacity(batch.len());
        let mut stale = Vec::new();
        let mut back = Vec::new();
        for done in batch.drain(..) {
            back.extend(matches!(&done.what, What::Tried(tried) if tried.came_back).then_some(done.channel.id));
            let (one, expired) = desk.judged(&app, &done).await;
            settled.push(one);
            stale.extend(expired.then_some(done));
        }
        while let Err(error) = app.store.settle(&settled).await {
            app.pulse.store_failed(&error);
            warn!(%error, "what deliveries led to could not be stored; it is tried again");
            tokio::time::sleep(Duration::from_secs(2)).await;
            if *app.stop.borrow() {
                break;
            }
        }
        for done in &stale {
            if let Err(error) = summary::send(&app, done).await {
                warn!(%error, channel = done.channel.name, "a summary in place of old news could not be stored");
            }
        }
        app.outbox_grew.notify_one();
        // Only now is it known what has arrived there.
        for channel in back {
            let app = Arc::clone(&app);
            tokio::spawn(async move { returned::tell_or_say(&app, channel).await });
        }
    }
}

struct Desk {
    /// Channels that fail.
    records: HashMap<Uuid, Record>,
}

impl Desk {
    async fn load(app: &App) -> Self {
        let stored = app.store.channel_records().await.unwrap_or_default();
        let known = stored.into_iter().filter_map(|(id, text)| Some((id, serde_json::from_str(&text).ok()?)));
        Self { records: known.collect() }
    }

    /// What is to be written down, and whether a summary is to follow.
    async fn judged(&mut self, app: &App, done: &Done) -> (Settled, bool) {
        let Done { channel, delivery, what, .. } = done;
        let now_ms = clock::now_ms();
        let given_up =
            |why: &str| Settled { why: Some(why.to_owned()), ..Settled::new(delivery.id, DeliveryState::Dead, now_ms) };
        let (settled, stale) = match what {
            What::Tried(tried) => self.tried(app, done, tried, now_ms).await,
            What::Dropped(why) => (given_up(why), false),
            What::Unwanted(why) => {
                let unwanted = Settled::new(delivery.id, DeliveryState::Suppressed, now_ms);
                (Settled { why: Some(why.clone()), ..unwanted }, false)
            }
            What::Later(why) => {
                warn!(why, delivery = %delivery.id, "whom this goes to could not be read; it is tried again");
                (Settled::new(delivery.id, DeliveryState::Due, now_ms + LATER_MS), false)
            }
            What::Expired(why) => (given_up(why), true),
        };
        say(channel, delivery, &settled);
        (settled, stale && !delivery.summary && !delivery.ends)
    }

    async fn tried(&mut self, app: &App, done: &Done, tried: &Tried, now_ms: i64) -> (Settled, bool) {
        let Done { channel, delivery, .. } = done;
        let kind = Kind::named(&channel.kind);
        let plainer = matches!(tried.outcome, Outcome::RejectPayload { .. })
            .then(|| kind?.channel().plainer(&composed(delivery)))
            .flatten();
        let past: Vec<&str> = delivery.past.iter().map(|attempt| attempt.outcome.as_str()).collect();
        let next = schedule::next(&Case {
            delivery: delivery.id,
            manner: kind.unwrap_or(Kind::Webhook).manner(),
            ends: delivery.ends,
            outcome: &tried.outcome,
            status: tried.status,
            stopped: tried.stopped,
            has_plainer: plainer.is_some(),
            past: &past,
            since_ms: delivery.since_ms,
            now_ms,
        });
        let given_up = match &done.subscription {
            Some(subscription) => self.of_subscriber(app, subscription, tried, now_ms).await,
            None => {
                follow(app, channel, delivery, tried).await;
                self.record(app, channel, tried, now_ms).await
            }
        };
        let mut settled = match &next {
            Next::Sent => Settled::new(delivery.id, DeliveryState::Sent, now_ms),
            Next::Again(at_ms, _) => Settled::new(delivery.id, DeliveryState::Due, *at_ms),
            Next::Failed(why) => {
                Settled { why: why.clone(), ..Settled::new(delivery.id, DeliveryState::Failed, now_ms) }
            }
            Next::Suppressed => {
                let why = format!("The recipient takes no messages: {}", tried.answer);
                Settled { why: Some(why), ..Settled::new(delivery.id, DeliveryState::Suppressed, now_ms) }
            }
            Next::Dead(why) | Next::Expired(why) => {
                Settled { why: Some(why.clone()), ..Settled::new(delivery.id, DeliveryState::Dead, now_ms) }
            }
        };
        if settled.state == DeliveryState::Due && given_up {
            let why =
                if done.subscription.is_some() { "The subscription has ended." } else { "The channel was disabled." };
            settled = Settled { why: Some(why.to_owned()), ..Settled::new(delivery.id, DeliveryState::Dead, now_ms) };
        }
        if let Next::Again(_, dress) = next {
            settled.forget_thread = dress == Dress::NewRoot;
            let other = match dress {
                Dress::Plainer => plainer,
                Dress::Marked => kind.and_then(|kind| kind.channel().marked(&composed(delivery))),
                Dress::Same | Dress::NewRoot => None,
            };
            settled.body = other.map(|composed| (composed.content_type, composed.body));
        }
        settled.unsure = matches!(tried.outcome, Outcome::Ambiguous { .. });
        if let Outcome::Delivered { remote } = &tried.outcome {
            settled.remote = remote.clone().filter(|remote| !remote.is_empty());
        }
        settled.attempt = Some(Attempt {
            number: delivery.attempts + 1,
            at: tried.at,
            outcome: outcome_word(&tried.outcome).to_owned(),
            status: tried.status,
            latency_ms: tried.latency_ms,
            answer: tried.answer.clone(),
        });
        (settled, matches!(next, Next::Expired(_)) && !given_up)
    }

    /// What an attempt says of a subscription: one whose receiver is gone ends. True where it did.
    async fn of_subscriber(&mut self, app: &App, subscription: &Subscription, tried: &Tried, now_ms: i64) -> bool {
        let why = match (Kind::named(&subscription.kind), &tried.outcome) {
            (_, Outcome::RecipientGone { .. }) => Some("the recipient takes no messages any more"),
            // A push service says so of a browser that has unsubscribed; what it holds against us is no matter of theirs.
            (Some(Kind::WebPush), Outcome::EndpointGone { .. }) => Some("the browser has unsubscribed"),
            (Some(Kind::WebPush | Kind::Email), _) => None,
            _ => self.noted(app, subscription.id, tried, now_ms).await,
        };
        let Some(why) = why else { return false };
        info!(subscription = %subscription.id, kind = subscription.kind, why, "a subscription ends");
        self.records.remove(&subscription.id);
        if let Err(error) = subscribing::end(app, subscription).await {
            warn!(%error, subscription = %subscription.id, "a subscription could not be ended");
            return false;
        }
        true
    }

    /// Keeps a channel's record; true where the channel is given up (or was before).
    async fn record(&mut self, app: &App, channel: &ChannelRow, tried: &Tried, now_ms: i64) -> bool {
        if channel.id.is_nil() {
            return false;
        }
        let is_disabled = app.directory().channel(channel.id).is_none_or(|row| row.disabled.is_some());
        if is_disabled {
            self.records.remove(&channel.id);
            return !is_success(&tried.outcome);
        }
        let Some(why) = self.noted(app, channel.id, tried, now_ms).await else { return false };
        self.records.remove(&channel.id);
        give_up(app, channel, &format!("{why}: {}", tried.answer.trim())).await;
        true
    }

    /// Keeps the record of a receiver. Answers why it is to be given up, if it is.
    async fn noted(&mut self, app: &App, receiver: Uuid, tried: &Tried, now_ms: i64) -> Option<&'static str> {
        let mut record = self.records.remove(&receiver).unwrap_or_default();
        let before = record.clone();
        let why = record.note(&tried.outcome, tried.status, tried.nameless, now_ms);
        if why.is_none() && record != before {
            let kept = (record != Record::default()).then(|| serde_json::to_string(&record).unwrap_or_default());
            if let Err(error) = app.store.put_channel_record(receiver, kept).await {
                warn!(%error, %receiver, "that a receiver fails could not be stored");
            }
        }
        if record != Record::default() {
            self.records.insert(receiver, record);
        }
        why
    }
}

async fn give_up(app: &App, channel: &ChannelRow, why: &str) {
    warn!(channel = channel.name, why, "channel disabled");
    match app.disable_channel(channel.id, why.to_owned()).await {
        Ok(()) => {
            if let Err(error) = owner::tell(app, channel, why).await {
                warn!(%error, channel = channel.name, "nobody could be told that the channel was disabled");
            }
        }
        Err(error) => warn!(%error, channel = channel.name, "the channel could not be disabled"),
    }
}

/// Does what the receiver said about itself: a recipient is gone, or a setting has a new value.
async fn follow(app: &App, channel: &ChannelRow, delivery: &DueDelivery, tried: &Tried) {
    match &tried.outcome {
        Outcome::RecipientGone { .. } if !delivery.recipient.is_empty() => {
            let why = format!("The receiver says: {}", tried.answer.trim());
            info!(channel = channel.name, "a recipient takes no messages any more");
            if let Err(error) = app.leave_alone(channel, &delivery.recipient, &why).await {
                warn!(%error, channel = channel.name, "a recipient that is gone could not be noted");
            }
        }
        Outcome::Changed { key, value, .. } => {
            if channel.declared {
                warn!(
                    channel = channel.name,
                    key,
                    value,
                    "the other side gave this setting a new value, which is used from now on: write it into the \
                     configuration file"
                );
            } else {
                info!(channel = channel.name, key, value, "the other side gave this setting a new value");
            }
            if let Err(error) = app.take_change(channel.id, key, value).await {
                warn!(%error, channel = channel.name, key, "a setting that moved could not be stored");
            }
        }
        _ => {}
    }
}

fn say(channel: &ChannelRow, delivery: &DueDelivery, settled: &Settled) {
    if settled.state == DeliveryState::Sent {
        info!(channel = channel.name, event = delivery.event, delivery = %delivery.id, "told");
        return;
    }
    warn!(
        channel = channel.name,
        event = delivery.event,
        delivery = %delivery.id,
        outcome = settled.attempt.as_ref().map(|attempt| attempt.outcome.as_str()),
        status = settled.attempt.as_ref().and_then(|attempt| attempt.status),
        state = settled.state.word(),
        why = settled.why,
        "not told"
    );
}
