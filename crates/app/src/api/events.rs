//! `/events`: what changes, as it changes (server-sent events). `Last-Event-ID` resumes without a gap.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::sse::{Event as Frame, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream, StreamExt};
use serde::Deserialize;
use tocsin_domain::alert::Notice;
use tocsin_store::JournalEntry;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{broadcast, watch};

use super::params::Params;
use crate::app::App;
use crate::problem::Problem;
use crate::served::Served;
use crate::work::compose;

/// Events read from the journal at once while catching up.
const CATCH_UP: i64 = 200;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// Like the header `Last-Event-ID`, for clients that cannot set one.
    since: Option<i64>,
}

pub async fn stream(
    State(served): State<Served>,
    headers: HeaderMap,
    Params(asked): Params<Asked>,
) -> Result<Response, Problem> {
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let resumed = match header.filter(|id| !id.is_empty()) {
        Some(id) => {
            Some(id.parse().map_err(|_| Problem::bad_request("`Last-Event-ID` must be an id of this stream."))?)
        }
        None => asked.since,
    };
    let app = served.app;
    // Subscribed before the journal is asked, so that nothing falls between.
    let live = app.journal.subscribe();
    let after = match resumed {
        Some(sequence) => sequence,
        None => app.store.last_sequence().await?,
    };
    let stop = app.stop.subscribe();
    let feed = Feed { app, live, stop, after, waiting: Vec::new(), behind: true };
    let frames = stream::once(async { Ok(Frame::default().comment("connected").retry(Duration::from_secs(5))) })
        .chain(frames(feed));
    let ping = KeepAlive::new().interval(Duration::from_secs(15)).text("ping");
    let mut response = Sse::new(frames).keep_alive(ping).into_response();
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response.headers_mut().insert(unbuffered.0, unbuffered.1);
    Ok(response)
}

struct Feed {
    app: Arc<App>,
    live: broadcast::Receiver<Arc<JournalEntry>>,
    stop: watch::Receiver<bool>,
    /// The last sequence that was sent.
    after: i64,
    /// Entries of the journal, newest first: the next one is the last.
    waiting: Vec<JournalEntry>,
    /// The journal may hold more than was sent.
    behind: bool,
}

fn frames(feed: Feed) -> impl Stream<Item = Result<Frame, Infallible>> {
    stream::unfold(feed, |mut feed| async move {
        let entry = feed.next().await?;
        feed.after = entry.sequence;
        let frame = frame(&feed.app, &entry);
        Some((Ok(frame), feed))
    })
}

impl Feed {
    /// `None` ends the stream: we stop, or the journal cannot be read (the client comes again).
    async fn next(&mut self) -> Option<JournalEntry> {
        loop {
            if let Some(entry) = self.waiting.pop() {
                return Some(entry);
            }
            if self.behind {
                self.catch_up().await?;
                continue;
            }
            tokio::select! {
                _ = self.stop.wait_for(|stopping| *stopping) => return None,
                received = self.live.recv() => match received {
                    Ok(entry) if entry.sequence == self.after + 1 => return Some((*entry).clone()),
                    Ok(entry) if entry.sequence <= self.after => {}
                    // A gap, or too slow to follow: the journal knows.
                    Ok(_) | Err(RecvError::Lagged(_)) => self.behind = true,
                    Err(RecvError::Closed) => return None,
                },
            }
        }
    }

    async fn catch_up(&mut self) -> Option<()> {
        let mut entries = self.app.store.events_after(self.after, CATCH_UP).await.ok()?;
        self.behind = i64::try_from(entries.len()).unwrap_or(0) >= CATCH_UP;
        entries.reverse();
        self.waiting = entries;
        Some(())
    }
}

/// The body a webhook would get, told to nobody in particular.
fn frame(app: &App, entry: &JournalEntry) -> Frame {
    let directory = app.directory();
    let provider = directory.provider(&entry.provider).map(|provider| provider.reference());
    let provider = provider
        .unwrap_or_else(|| tocsin_domain::ProviderRef { slug: entry.provider.clone(), name: entry.provider.clone() });
    let notice = Notice {
        id: entry.event.id,
        sequence: entry.sequence,
        links: compose::links(&app.sender, &provider, &entry.event),
        provider,
        event: entry.event.clone(),
        monitor_components: Vec::new(),
        reason: "Every event is on this stream, told or not.".to_owned(),
        time_zone: app.config.server.time_zone.clone(),
        thread: String::new(),
        first_of_thread: false,
    };
    let data = tocsin_channels::body_of(&notice).to_string();
    Frame::default().id(entry.sequence.to_string()).event(entry.event.kind.word()).data(data)
}
