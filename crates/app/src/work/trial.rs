//! Trial: a test message to one channel, sent at once and past the outbox, with what its receiver answered.

use serde::Serialize;
use tocsin_channels::{Attempt, Composed, Kind, Sender};
use tocsin_domain::alert::{Links, Notice};
use tocsin_domain::{Event, EventKind, ProviderRef, Subject, ids};
use tocsin_store::ChannelRow;

use super::attempt::{self, Tried};
use super::returned;
use crate::app::App;
use crate::clock;
use crate::net::Net;

/// What the receiver of a test message said.
#[derive(Clone, Debug, Serialize)]
pub struct Answered {
    pub outcome: &'static str,
    /// HTTP status, or the code of a mail server.
    pub status: Option<i64>,
    pub latency_ms: i64,
    /// The first kilobyte of the answer, or why there was none.
    pub answer: String,
}

/// Sends `test.ping` to the channel; of a mail channel, to every recipient. Answers the worst outcome.
pub async fn send(app: &App, channel: &ChannelRow) -> Answered {
    each(channel, &app.config.server.time_zone, &Through::App(app)).await
}

/// The same without an instance that runs: nothing is stored, whatever comes of it.
pub async fn send_alone(net: &Net, sender: &Sender, time_zone: &str, channel: &ChannelRow) -> Answered {
    each(channel, time_zone, &Through::Alone { net, sender }).await
}

/// Who asks.
enum Through<'a> {
    App(&'a App),
    Alone { net: &'a Net, sender: &'a Sender },
}

impl Through<'_> {
    fn sender(&self) -> &Sender {
        match self {
            Self::App(app) => &app.sender,
            Self::Alone { sender, .. } => sender,
        }
    }

    async fn attempt(&self, channel: &ChannelRow, composed: &Composed, details: &Attempt<'_>) -> Tried {
        match self {
            Self::App(app) => {
                let tried = attempt::attempt(app, &app.net, channel, composed, details).await;
                if tried.came_back {
                    returned::tell_or_say(app, channel.id).await;
                }
                tried
            }
            Self::Alone { net, sender } => attempt::once(net, sender, channel, composed, details).await,
        }
    }
}

async fn each(channel: &ChannelRow, time_zone: &str, through: &Through<'_>) -> Answered {
    let sender = through.sender();
    let now = clock::now();
    let key = format!("{} {}", channel.id, clock::now_ms());
    let event = Event::new("test", &key, vec![EventKind::TestPing], now, Subject::Test);
    let notice = Notice {
        id: ids::v7(now, &[b"test", key.as_bytes()]),
        sequence: 0,
        provider: ProviderRef { slug: "tocsin".to_owned(), name: "Tocsin".to_owned() },
        thread: ids::hash_hex(&[b"thread", event.id.as_bytes()]),
        event,
        monitor_components: Vec::new(),
        reason: format!("Somebody asked for a test of the channel {}.", channel.name),
        links: Links { incident: sender.base_url.clone(), vendor: None, acknowledge: None },
        time_zone: time_zone.to_owned(),
        first_of_thread: true,
    };
    let Some(kind) = Kind::named(&channel.kind) else {
        let answer = format!("There is no channel kind `{}` in this version.", channel.kind);
        return Answered { outcome: "reject_payload", status: None, latency_ms: 0, answer };
    };
    let mut worst: Option<Tried> = None;
    for composed in kind.channel().compose(&channel.settings, &notice, &sender.for_channel(&channel.name)) {
        let id = ids::v7(now, &[b"test", key.as_bytes(), composed.to.as_bytes()]);
        let details = Attempt {
            delivery: id,
            number: 1,
            event: EventKind::TestPing.word(),
            now: clock::now(),
            thread: &notice.thread,
            root: None,
            latest: None,
        };
        let tried = through.attempt(channel, &composed, &details).await;
        if worst.is_none() || !attempt::is_success(&tried.outcome) {
            worst = Some(tried);
        }
    }
    worst.map_or_else(nobody, |tried| Answered {
        outcome: attempt::outcome_word(&tried.outcome),
        status: tried.status,
        latency_ms: tried.latency_ms,
        answer: tried.answer,
    })
}

impl Answered {
    /// The receiver has it.
    #[must_use]
    pub fn is_success(&self) -> bool {
        matches!(self.outcome, "delivered" | "superseded")
    }
}

fn nobody() -> Answered {
    let answer = "The channel has no recipient.".to_owned();
    Answered { outcome: "reject_payload", status: None, latency_ms: 0, answer }
}
