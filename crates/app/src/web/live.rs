//! `/live/…`: what changes on an open page, as server-sent events for htmx.
//!
//! Not the stream of `/api/v1/events`: that tells events, and a page that put them together by itself would be a second
//! renderer. Here the finished fragments travel, made once for all who look. The first message is the whole state unless
//! the reader comes back (`Last-Event-ID`) with the state that still holds; later ones hold only what changed. A beat
//! every few seconds says whether we still watch: a page that hears none must not call itself live.

use std::collections::HashMap;
use std::convert::Infallible;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream::{self, Stream};
use tokio::sync::{OwnedSemaphorePermit, watch};

use super::{board, dashboard, provider};
use crate::access::{Sight, Visitor};
use crate::clock;
use crate::live::{Frame, Refusal, Topic};
use crate::problem::Problem;
use crate::served::Served;

const BEAT: Duration = Duration::from_secs(10);
/// Every third beat brings the ages of what was read again and says the same.
const AGES: u64 = 3;

pub async fn now(
    sight: Sight,
    State(served): State<Served>,
    Query(asked): Query<dashboard::Asked>,
    headers: HeaderMap,
) -> Response {
    open(served, Topic::Now(asked, sight), &headers).await
}

pub async fn provider(
    sight: Sight,
    State(served): State<Served>,
    Path(slug): Path<String>,
    Query(asked): Query<provider::Asked>,
    headers: HeaderMap,
) -> Response {
    open(served, Topic::Provider(slug, asked.before, sight), &headers).await
}

pub async fn incident(
    sight: Sight,
    State(served): State<Served>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    open(served, Topic::Incident(id, sight), &headers).await
}

pub async fn board(
    visitor: Visitor,
    State(served): State<Served>,
    Path(slug): Path<String>,
    Query(asked): Query<board::Asked>,
    headers: HeaderMap,
) -> Response {
    match board::View::of(&served.app, &visitor, &slug, &asked) {
        Some(view) => open(served, Topic::Board(view), &headers).await,
        None => Problem::not_found("There is no such page.").into_response(),
    }
}

async fn open(served: Served, topic: Topic, headers: &HeaderMap) -> Response {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let known = last.and_then(|id| u64::from_str_radix(id, 16).ok());
    let (mut frames, permit) = match served.live.look(&served, topic).await {
        Ok(found) => found,
        Err(Refusal::Nothing) => return Problem::not_found("There is no such page.").into_response(),
        Err(Refusal::Store(error)) => return Problem::from(error).into_response(),
        Err(Refusal::Full) => {
            let mut response =
                Problem::busy("Too many pages are open live. Load this one again later.").into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("30"));
            return response;
        }
    };
    frames.mark_changed();
    let stop = served.app.stop.subscribe();
    let reader = Reader { served, frames, stop, known, sent: HashMap::new(), beat: true, beats: 0, _permit: permit };
    let mut response = Sse::new(messages(reader)).into_response();
    let headers = response.headers_mut();
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

struct Reader {
    served: Served,
    frames: watch::Receiver<Frame>,
    stop: watch::Receiver<bool>,
    /// The state that the reader came back with.
    known: Option<u64>,
    /// What was sent last, by fragment: its print and its exact one.
    sent: HashMap<String, (u64, u64)>,
    /// A beat is due.
    beat: bool,
    beats: u64,
    _permit: OwnedSemaphorePermit,
}

fn messages(reader: Reader) -> impl Stream<Item = Result<Event, Infallible>> {
    stream::unfold(reader, |mut reader| async move {
        let event = reader.next().await?;
        Some((Ok(event), reader))
    })
}

impl Reader {
    /// `None` ends the stream: we stop.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if std::mem::take(&mut self.beat) {
                self.beats += 1;
                return Some(self.pulse());
            }
            let aged = tokio::select! {
                _ = self.stop.wait_for(|stopping| *stopping) => return None,
                changed = self.frames.changed() => {
                    changed.ok()?;
                    false
                }
                () = tokio::time::sleep(BEAT) => {
                    self.beat = true;
                    self.beats.is_multiple_of(AGES)
                }
            };
            let frame = self.frames.borrow_and_update().clone();
            if let Some(event) = self.changed(&frame, aged) {
                return Some(event);
            }
        }
    }

    /// What says something else than was sent; `aged`: what only counts from other moments, too.
    fn changed(&mut self, frame: &Frame, aged: bool) -> Option<Event> {
        let same = self.known.take() == Some(frame.print);
        let mut data = String::new();
        for part in frame.fragments.iter() {
            let (print, exact) = self.sent.get(&part.name).copied().unwrap_or_default();
            if print == part.print && (!aged || exact == part.exact) {
                continue;
            }
            self.sent.insert(part.name.clone(), (part.print, part.exact));
            if !same {
                data.push_str(&part.partial());
            }
        }
        (!data.is_empty()).then(|| Event::default().id(format!("{:016x}", frame.print)).data(data))
    }

    /// What keeps us from watching, or `well`.
    fn pulse(&self) -> Event {
        let mut troubles = self.served.app.pulse.troubles(clock::now_ms());
        if self.served.live.is_failing() {
            troubles.push("This page cannot be renewed from the store.".to_owned());
        }
        let data = if troubles.is_empty() { "well".to_owned() } else { troubles.join(" ").replace(['\r', '\n'], " ") };
        Event::default().event("beat").data(data)
    }
}
