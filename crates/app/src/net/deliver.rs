//! Deliver: one request to a receiver. Nothing is followed, nothing repeated; the outbox decides what comes next.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::header;
use reqwest::{Body, Response};
use tocsin_domain::{Answer, Failure, FailureKind, HttpAnswer, HttpAsk};
use url::Url;

use super::Net;
use super::address::{self, Purpose};
use super::exchange::{self, Deadline, Told};
use super::failure::{self, failure, place_name};

impl Net {
    pub(super) async fn post(&self, ask: &HttpAsk) -> Result<Answer, Failure> {
        let deadline = Deadline::after(self.limits.deliver);
        let url = address::parse(&ask.url)?;
        let checked = deadline.limit(self.resolver.check(&url)).await.ok_or_else(|| late(&url, false))??;
        address::permit(&url, checked.place, Purpose::Deliver)?;
        let sent = Arc::new(AtomicBool::new(false));
        let request = request(ask, &url, &sent)?;
        let pin = self.resolver.pin(&url, checked);
        let response = deadline.limit(self.deliveries.execute(request)).await;
        drop(pin);
        let was_sent = sent.load(Ordering::Acquire);
        let response = response.ok_or_else(|| late(&url, was_sent))?;
        // Without a body nothing tells us: anything but a failed connection may have arrived.
        let may_have_arrived = was_sent || ask.body.is_empty();
        let response = response.map_err(|error| failure::read(&error, &url, may_have_arrived))?;
        let status = response.status().as_u16();
        let headers = exchange::read_headers(response.headers());
        let body = self.answer_body(response, &deadline).await;
        Ok(Answer::Http(HttpAnswer { status, headers, body, url: url.into() }))
    }

    /// The beginning of an answer. The status has been said: a body that breaks off does not unsay it.
    async fn answer_body(&self, mut response: Response, deadline: &Deadline) -> Vec<u8> {
        let limit = self.limits.answer;
        let mut body = Vec::new();
        while let Some(Ok(Some(chunk))) = deadline.limit(response.chunk()).await {
            body.extend_from_slice(&chunk[..chunk.len().min(limit - body.len())]);
            if body.len() == limit {
                break;
            }
        }
        body
    }
}

fn request(ask: &HttpAsk, url: &Url, sent: &Arc<AtomicBool>) -> Result<reqwest::Request, Failure> {
    let mut request = reqwest::Request::new(exchange::method(ask.method), url.clone());
    *request.headers_mut() = exchange::headers(&ask.headers)?;
    if ask.body.is_empty() {
        if request.method() != reqwest::Method::GET {
            request.headers_mut().insert(header::CONTENT_LENGTH, header::HeaderValue::from_static("0"));
        }
    } else {
        *request.body_mut() = Some(Body::wrap(Told::new(&ask.body, Arc::clone(sent))));
    }
    Ok(request)
}

fn late(url: &Url, sent: bool) -> Failure {
    let name = place_name(url);
    let detail = if sent {
        format!("{name} took the request but did not answer in time.")
    } else {
        format!("{name} did not take the request in time.")
    };
    Failure { sent, ..failure(FailureKind::Timeout, detail) }
}
