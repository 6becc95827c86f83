//! Attempt: one request to a receiver, for the outbox and for tests of channels alike, and what came back.

use tocsin_channels::{Attempt, Composed, Kind, Outcome, Secrets, Sender};
use tocsin_domain::{Answer, Failure, FailureKind, Timestamp};
use tocsin_store::ChannelRow;
use tracing::{info, warn};

use crate::app::App;
use crate::clock;
use crate::net::Net;

/// Characters of an answer that are kept.
const KEPT_CHARS: usize = 1024;
/// Bytes in which no secret fits.
const SHORT: usize = 6;
/// With this header a receiver may stop one message, whatever else it answers.
const STOPS: (&str, &str) = ("webhook-delivery", "abort-message");

/// What one attempt was.
pub struct Tried {
    pub at: Timestamp,
    pub outcome: Outcome,
    pub status: Option<i64>,
    pub latency_ms: i64,
    /// The first kilobyte of the answer, or why there was none; secrets cut.
    pub answer: String,
    /// The receiver asked us to stop this message.
    pub stopped: bool,
    /// The receiver's name does not exist.
    pub nameless: bool,
    /// The channel was given up until this arrived.
    pub came_back: bool,
}

/// Makes one attempt on a channel of this instance, over that network.
pub async fn attempt(app: &App, net: &Net, channel: &ChannelRow, composed: &Composed, details: &Attempt<'_>) -> Tried {
    let mut tried = once(net, &app.sender, channel, composed, details).await;
    // It was given up, and somebody sent to it by hand: it is there again.
    if channel.disabled.is_some() && is_success(&tried.outcome) {
        match app.enable_channel(channel.id).await {
            Ok(was_given_up) => {
                tried.came_back = was_given_up;
                info!(channel = channel.name, "channel enabled again");
            }
            Err(error) => warn!(%error, channel = channel.name, "the channel works, but could not be enabled again"),
        }
    }
    tried
}

/// One request and what came of it, whoever asks for it.
pub async fn once(
    net: &Net,
    sender: &Sender,
    channel: &ChannelRow,
    composed: &Composed,
    details: &Attempt<'_>,
) -> Tried {
    let at = details.now;
    let Some(kind) = Kind::named(&channel.kind) else {
        let outcome = Outcome::RejectPayload { detail: format!("there is no channel kind `{}`", channel.kind) };
        let answer = format!("There is no channel kind `{}` in this version.", channel.kind);
        return Tried {
            at,
            outcome,
            status: None,
            latency_ms: 0,
            answer,
            stopped: false,
            nameless: false,
            came_back: false,
        };
    };
    let ask = kind.channel().ask(&channel.settings, composed, details, sender);
    let started = clock::steady();
    let answer = net.deliver(&ask).await;
    let latency_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    let outcome = kind.channel().judge(&answer, clock::now());
    metrics::counter!("tocsin_deliveries_total", "kind" => kind.name(), "outcome" => outcome_word(&outcome))
        .increment(1);
    let stopped =
        !is_success(&outcome) && matches!(&answer, Answer::Http(http) if http.header(STOPS.0) == Some(STOPS.1));
    let nameless = matches!(&answer, Answer::Failed(failure) if is_nameless(failure));
    let (status, text) = described(&answer);
    // `ok` and the like hold no secret.
    let answer = if text.len() < SHORT { text } else { Secrets::of(kind, &channel.settings, &ask).cut(&text) };
    let answer = answer.chars().take(KEPT_CHARS).collect();
    Tried { at, outcome, status, latency_ms, answer, stopped, nameless, came_back: false }
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

/// True where the receiver has what it was sent.
#[must_use]
pub const fn is_success(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Delivered { .. } | Outcome::Superseded)
}

/// A name server said that there is no such host; that none could be asked proves nothing.
fn is_nameless(failure: &Failure) -> bool {
    failure.kind == FailureKind::Dns && failure.detail.starts_with("There is no host ")
}

/// Status and text of an answer. A secret at the end of what is kept must not be cut in half, so more is looked at.
fn described(answer: &Answer) -> (Option<i64>, String) {
    let start = |text: &str| text.chars().take(2 * KEPT_CHARS).collect();
    match answer {
        Answer::Http(http) => {
            let bytes = http.body.get(..8 * KEPT_CHARS).unwrap_or(&http.body);
            // PostgreSQL keeps no such character.
            (Some(i64::from(http.status)), start(&String::from_utf8_lossy(bytes).replace('\0', "\u{FFFD}")))
        }
        Answer::NotModified => (Some(304), String::new()),
        Answer::Mail { code, text } => (Some(i64::from(*code)), start(text)),
        Answer::Failed(failure) => (None, failure.detail.clone()),
    }
}
