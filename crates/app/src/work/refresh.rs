//! Refresh: receivers that forget what they are not told again hear from time to time of what still holds.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tocsin_channels::{Attempt, Composed, Kind, Outcome, Part};
use tocsin_store::{ChannelRow, Standing};
use tracing::{debug, warn};
use uuid::Uuid;

use super::attempt::outcome_word;
use crate::app::App;
use crate::clock;

/// How often we look whether a channel's turn has come.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// An end is repeated for this long (milliseconds): whoever missed it once hears it again.
const END_REPEATED_MS: i64 = 300_000;
/// What is about no incident and no work (a page, a component) is repeated for this long (milliseconds).
const HELD_MS: i64 = 7 * 24 * 3_600_000;

/// A message that is sent again: where, what still holds, and how it is said now.
type Repeated<'a> = (&'a ChannelRow, Standing, Composed);

/// Repeats until the app stops.
pub async fn run(app: Arc<App>) {
    let mut stop = app.stop.subscribe();
    let mut every = tokio::time::interval(LOOK_EVERY);
    let mut desk = Desk::default();
    loop {
        tokio::select! {
            _ = stop.wait_for(|stopping| *stopping) => return,
            _ = every.tick() => {}
        }
        desk.turn(&app, clock::now_ms()).await;
    }
}

#[derive(Default)]
struct Desk {
    /// When a channel had its last turn (milliseconds since 1970).
    turns: HashMap<Uuid, i64>,
    /// When we noticed that something was over of which the receiver heard no end (milliseconds since 1970).
    noticed: HashMap<Uuid, i64>,
}

impl Desk {
    async fn turn(&mut self, app: &Arc<App>, now_ms: i64) {
        let directory = app.directory();
        let due: Vec<&ChannelRow> = directory.channels().filter(|channel| self.is_due(channel, now_ms)).collect();
        let ids: Vec<Uuid> = due.iter().map(|channel| channel.id).collect();
        let standing = match app.store.standing(&ids, now_ms - HELD_MS).await {
            Ok(standing) => standing,
            Err(error) => {
                app.pulse.store_failed(&error);
                warn!(%error, "what still holds cannot be read; it is repeated later");
                return;
            }
        };
        self.turns.extend(ids.into_iter().map(|id| (id, now_ms)));
        // One that does not answer holds up no other.
        let mut receivers: BTreeMap<(Uuid, String), Vec<Repeated<'_>>> = BTreeMap::new();
        for one in standing {
            let Some(channel) = due.iter().find(|channel| channel.id == one.channel) else { continue };
            if let Some(message) = self.message(channel, &one, now_ms) {
                receivers.entry((one.channel, one.recipient.clone())).or_default().push((channel, one, message));
            }
        }
        self.noticed.retain(|_, noticed_ms| now_ms - *noticed_ms <= HELD_MS);
        join_all(receivers.into_values().map(|messages| repeat(app, messages))).await;
    }

    fn is_due(&self, channel: &ChannelRow, now_ms: i64) -> bool {
        let every_s = Kind::named(&channel.kind).and_then(|kind| kind.channel().refresh_s());
        let last_ms = self.turns.get(&channel.id).copied();
        every_s.is_some_and(|every_s| last_ms.is_none_or(|last_ms| now_ms - last_ms >= every_s * 1_000))
            && channel.disabled.is_none()
    }

    /// What is to be said again of `one`, if anything.
    fn message(&mut self, channel: &ChannelRow, one: &Standing, now_ms: i64) -> Option<Composed> {
        let channel = Kind::named(&channel.kind)?.channel();
        let sent = Composed {
            content_type: one.content_type.clone(),
            body: one.body.clone(),
            to: one.recipient.clone(),
            part: Part::Root,
        };
        match channel.ended(&sent, clock::now()) {
            None => (now_ms - one.sent_ms <= END_REPEATED_MS).then_some(sent),
            Some(_) if !one.over => Some(sent),
            Some(ended) => {
                let noticed_ms = *self.noticed.entry(one.delivery).or_insert(now_ms);
                (now_ms - noticed_ms <= END_REPEATED_MS).then_some(ended)
            }
        }
    }
}

/// Sends one receiver its messages, until it does not take one.
async fn repeat(app: &App, messages: Vec<Repeated<'_>>) {
    for (channel, one, message) in messages {
        let Some(kind) = Kind::named(&channel.kind) else { continue };
        let attempt = Attempt {
            delivery: one.delivery,
            number: 1,
            event: &one.event,
            now: clock::now(),
            thread: &one.thread,
            root: None,
            latest: None,
        };
        let ask = kind.channel().ask(&channel.settings, &message, &attempt, &app.sender);
        let outcome = kind.channel().judge(&app.net.deliver(&ask).await, clock::now());
        if !matches!(outcome, Outcome::Delivered { .. } | Outcome::Superseded) {
            let outcome = outcome_word(&outcome);
            warn!(channel = channel.name, to = one.recipient, outcome, "what still holds could not be repeated");
            return;
        }
        debug!(channel = channel.name, to = one.recipient, event = one.event, "repeated");
    }
}
