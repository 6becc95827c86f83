//! Exchange: what polls and deliveries have in common: a deadline, requests and headers.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use reqwest::header::{self, HeaderMap, HeaderName, HeaderValue};
use tocsin_domain::exchange::Method;
use tocsin_domain::{Failure, FailureKind};

use super::failure::failure;
use crate::clock;

/// Until when an exchange may take. Waiting for our own turn moves it: the other side is not to blame for that.
pub struct Deadline(Instant);

impl Deadline {
    pub fn after(time: Duration) -> Self {
        Self(clock::steady() + time)
    }

    /// What `work` comes to, or a timeout.
    pub async fn limit<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        tokio::time::timeout_at(self.0.into(), work).await.ok()
    }

    /// Waits without using up time.
    pub async fn wait<T>(&mut self, turn: impl Future<Output = T>) -> T {
        let before = clock::steady();
        let result = turn.await;
        self.0 += before.elapsed();
        result
    }
}

pub const fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
    }
}

/// Headers that are ours to decide: who is asked, how the body travels, and what we never tell.
const OURS: [HeaderName; 7] = [
    header::HOST,
    header::CONNECTION,
    header::CONTENT_LENGTH,
    header::TRANSFER_ENCODING,
    header::ACCEPT_ENCODING,
    header::REFERER,
    header::PROXY_AUTHORIZATION,
];

/// The headers of an ask, without those that are ours to decide.
pub fn headers(wanted: &[(String, String)]) -> Result<HeaderMap, Failure> {
    let mut headers = HeaderMap::with_capacity(wanted.len() + 4);
    for (name, value) in wanted {
        // The value may be a secret: it is not named.
        let unfit = || failure(FailureKind::Protocol, format!("The header `{name}` cannot be sent: it is not valid."));
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unfit())?;
        if !OURS.contains(&key) {
            headers.append(key, HeaderValue::from_str(value).map_err(|_| unfit())?);
        }
    }
    Ok(headers)
}

/// The headers of an answer as an ask's caller reads them; cookies are nobody's business.
pub fn read_headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let told = headers.iter().filter(|(name, _)| **name != header::SET_COOKIE);
    told.map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
        .collect()
}

/// Bytes of a body that are handed to the connection at once.
const PIECE: usize = 16 * 1024;

/// A body that notes when the last piece of it was handed to the connection.
pub struct Told {
    left: Bytes,
    sent: Arc<AtomicBool>,
}

impl Told {
    pub fn new(bytes: &[u8], sent: Arc<AtomicBool>) -> Self {
        Self { left: Bytes::copy_from_slice(bytes), sent }
    }
}

impl Body for Told {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let length = self.left.len().min(PIECE);
        let piece = self.left.split_to(length);
        if self.left.is_empty() {
            self.sent.store(true, Ordering::Release);
        }
        Poll::Ready((length > 0).then_some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left.len() as u64)
    }
}
