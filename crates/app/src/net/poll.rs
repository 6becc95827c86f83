//! Poll: ask a page, follow its redirects hop by hop, read its body within limits.

use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode};
use tocsin_domain::{Answer, Failure, FailureKind, HttpAnswer, HttpAsk};
use tokio::sync::SemaphorePermit;
use url::Url;

use super::address::{self, Purpose};
use super::decode::{Body, Undecodable};
use super::exchange::{self, Deadline};
use super::failure::{self, failure, forbidden, place_name};
use super::guard::Place;
use super::politeness::Turn;
use super::{Fetched, Net, Validators, retry_after};
use crate::clock;

/// Redirects that are followed.
const HOPS: usize = 5;
/// A validator longer than this is not worth keeping (bytes).
const LONGEST_VALIDATOR: usize = 1024;
/// What we can decode.
const ENCODINGS: HeaderValue = HeaderValue::from_static("gzip, br, zstd, deflate");

/// Leave to ask: by the host and by our own measure.
struct Leave<'a> {
    _turn: Option<Turn>,
    _request: Option<SemaphorePermit<'a>>,
}

/// What a request carries, and how far it may therefore go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// Nothing that others may not see.
    Open,
    /// What opens something: it never travels in clear beyond our own network.
    Secret,
    /// A stranger named the address: it must not lead into our own network, and what we say is for nobody else.
    Stranger,
}

/// Where a poll stands.
struct Way {
    url: Url,
    manner: Manner,
    place: Place,
    seen: Vec<Url>,
    method: reqwest::Method,
    headers: HeaderMap,
    with_body: bool,
}

impl Net {
    /// Asks a page, unless it has not changed since `known` was noted.
    pub async fn poll(&self, ask: &HttpAsk, known: &Validators) -> Fetched {
        self.poll_as(Manner::Open, ask, known).await
    }

    /// The same, for what may not go everywhere.
    pub async fn poll_as(&self, manner: Manner, ask: &HttpAsk, known: &Validators) -> Fetched {
        self.ask(manner, ask, known).await.unwrap_or_else(Fetched::failed)
    }

    /// Refuses an address at which a secret would travel in clear.
    pub async fn keeps_secrets(&self, url: &Url) -> Result<(), Failure> {
        let leads_home = || async { self.resolver.check(url).await.map(|checked| checked.place == Place::Own) };
        if url.scheme() == "https" || leads_home().await? { Ok(()) } else { Err(address::in_clear(url)) }
    }

    /// True where an address leads into our own network, which `net.allow_private` allows.
    pub async fn leads_home(&self, url: &Url) -> bool {
        self.resolver.check(url).await.is_ok_and(|checked| checked.place == Place::Own)
    }

    async fn ask(&self, manner: Manner, ask: &HttpAsk, known: &Validators) -> Result<Fetched, Failure> {
        let mut deadline = Deadline::after(self.limits.poll);
        let mut way = Way::begin(manner, ask, known)?;
        loop {
            let (_leave, response) = self.hop(&mut way, ask, &mut deadline).await?;
            if let Some(location) = redirect(&response) {
                // The turn ends here: the next host has its own.
                way.follow(&location, response.status())?;
                continue;
            }
            if way.place == Place::Public && way.url.scheme() == "http" {
                let name = place_name(&way.url);
                return Err(forbidden(format!("{name} answers by plain http; only what comes by https is believed.")));
            }
            return self.take(&way.url, response, known, &mut deadline).await;
        }
    }

    /// One request; the leave is held until the body has been read.
    async fn hop(
        &self,
        way: &mut Way,
        ask: &HttpAsk,
        deadline: &mut Deadline,
    ) -> Result<(Leave<'_>, Response), Failure> {
        let checked = deadline.limit(self.resolver.check(&way.url)).await.ok_or_else(|| late(&way.url, false))??;
        way.arrive(checked.place)?;
        let _turn = deadline.wait(self.hosts.turn(&way.url, checked.place)).await;
        let _request = deadline.wait(self.requests.acquire()).await.ok();
        let pin = self.resolver.pin(&way.url, checked);
        let mut request = reqwest::Request::new(way.method.clone(), way.url.clone());
        request.headers_mut().clone_from(&way.headers);
        if way.with_body {
            *request.body_mut() = Some(ask.body.clone().into());
        }
        let response = deadline.limit(self.polls.execute(request)).await.ok_or_else(|| late(&way.url, true))?;
        drop(pin);
        let response = response.map_err(|error| failure::read(&error, &way.url, true))?;
        Ok((Leave { _turn, _request }, response))
    }

    async fn take(
        &self,
        url: &Url,
        response: Response,
        known: &Validators,
        deadline: &mut Deadline,
    ) -> Result<Fetched, Failure> {
        let status = response.status();
        let validators = validators(response.headers());
        if status == StatusCode::NOT_MODIFIED {
            return not_modified(url, validators, known);
        }
        let waits = matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
        let wait = response.headers().get(header::RETRY_AFTER).filter(|_| waits).and_then(|value| value.to_str().ok());
        let retry_after_s = wait.and_then(|value| retry_after::seconds(value, clock::now().as_second()));
        let headers = exchange::read_headers(response.headers());
        let body = self.body(url, response, deadline).await?;
        let answer = HttpAnswer { status: status.as_u16(), headers, body, url: url.to_string() };
        Ok(Fetched { answer: Answer::Http(answer), validators, retry_after_s })
    }

    /// Reads a body, decoding as it comes. Beyond a small size it needs one of a few permissions, so that all bodies
    /// together have a bound; it is asked for once, so that no two bodies can wait for each other.
    async fn body(&self, url: &Url, mut response: Response, deadline: &mut Deadline) -> Result<Vec<u8>, Failure> {
        let limits = &self.limits;
        let expected = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        if expected > limits.compressed {
            return Err(unfit(url, Undecodable::TooLarge));
        }
        let encoding = response.headers().get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
        let body = Body::new(encoding.unwrap_or_default(), limits.decoded, expected.min(limits.small));
        let mut body = body.map_err(|why| unfit(url, why))?;
        let mut permission = None;
        while let Some(chunk) = deadline.limit(response.chunk()).await.ok_or_else(|| late(url, true))?.transpose() {
            let chunk = chunk.map_err(|error| failure::read(&error, url, true))?;
            if permission.is_none() && body.held().max(body.received()) + chunk.len() > limits.small {
                permission = deadline.wait(self.large.acquire()).await.ok();
            }
            if body.received() + chunk.len() > limits.compressed {
                return Err(unfit(url, Undecodable::TooLarge));
            }
            body.push(&chunk).map_err(|why| unfit(url, why))?;
        }
        body.end().map_err(|why| unfit(url, why))
    }
}

impl Way {
    fn begin(manner: Manner, ask: &HttpAsk, known: &Validators) -> Result<Self, Failure> {
        let mut headers = exchange::headers(&ask.headers)?;
        headers.insert(header::ACCEPT_ENCODING, ENCODINGS);
        for (name, value) in [(header::IF_NONE_MATCH, &known.etag), (header::IF_MODIFIED_SINCE, &known.last_modified)] {
            if let Some(value) = value.as_deref().and_then(|value| HeaderValue::from_str(value).ok()) {
                headers.insert(name, value);
            }
        }
        Ok(Self {
            url: address::parse(&ask.url)?,
            manner,
            place: Place::Own,
            seen: Vec::new(),
            method: exchange::method(ask.method),
            headers,
            with_body: !ask.body.is_empty(),
        })
    }

    /// The next address has been checked: may it be asked, coming from where we come from?
    fn arrive(&mut self, place: Place) -> Result<(), Failure> {
        address::permit(&self.url, place, Purpose::Poll)?;
        self.keep(place)?;
        if let Some(from) = self.seen.last() {
            let (from_name, name) = (place_name(from), place_name(&self.url));
            if self.place == Place::Public && place == Place::Own {
                let detail = format!("{from_name}, a public page, sends us to {name}, which is our own network.");
                return Err(forbidden(detail));
            }
            if place == Place::Public && from.scheme() == "https" && self.url.scheme() == "http" {
                return Err(forbidden(format!("{from_name} sends us from https to plain http at {name}.")));
            }
        }
        self.place = place;
        Ok(())
    }

    /// May what we carry go there?
    fn keep(&self, place: Place) -> Result<(), Failure> {
        let in_clear = place == Place::Public && self.url.scheme() == "http";
        match self.manner {
            Manner::Secret | Manner::Stranger if in_clear => Err(address::in_clear(&self.url)),
            Manner::Stranger if place == Place::Own => {
                let name = place_name(&self.url);
                Err(forbidden(format!(
                    "{name} was named by a public page, but it is our own network: it is not asked."
                )))
            }
            _ => Ok(()),
        }
    }

    fn follow(&mut self, location: &str, status: StatusCode) -> Result<(), Failure> {
        let next = address::follow(&self.url, location)?;
        let from = std::mem::replace(&mut self.url, next);
        if !matches!(status, StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT)
            && self.method != reqwest::Method::GET
        {
            self.method = reqwest::Method::GET;
            self.with_body = false;
        }
        if from.origin() != self.url.origin() {
            self.leave(&from)?;
        }
        self.seen.push(from);
        let name = place_name(&self.url);
        if self.seen.contains(&self.url) {
            return Err(failure(FailureKind::Redirects, format!("{name} sends us round in a circle.")));
        }
        if self.seen.len() > HOPS {
            return Err(failure(
                FailureKind::Redirects,
                format!("More than {HOPS} redirects, the last one to {name}."),
            ));
        }
        Ok(())
    }
}

impl Way {
    /// What was meant for one host is not told to another.
    fn leave(&mut self, from: &Url) -> Result<(), Failure> {
        if self.with_body {
            let (from, name) = (place_name(from), place_name(&self.url));
            let detail = format!("{from} sends us on to {name}, which is not told what was meant for {from}.");
            return Err(Failure { sent: true, ..forbidden(detail) });
        }
        self.headers.retain_only_harmless();
        if self.manner == Manner::Secret {
            self.manner = Manner::Open;
        }
        Ok(())
    }
}

trait Harmless {
    fn retain_only_harmless(&mut self);
}

impl Harmless for HeaderMap {
    fn retain_only_harmless(&mut self) {
        let keep = [header::ACCEPT, header::ACCEPT_LANGUAGE, header::ACCEPT_ENCODING, header::USER_AGENT];
        let kept = keep.into_iter().filter_map(|name| self.remove(&name).map(|value| (name, value))).collect();
        *self = kept;
    }
}

/// Where a redirect leads. Without a `Location` it is an answer like any other.
fn redirect(response: &Response) -> Option<String> {
    let moved = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = response.headers().get(header::LOCATION).filter(|_| moved)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}

fn validators(headers: &HeaderMap) -> Validators {
    let value = |name| {
        let value = headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        value.filter(|value| !value.is_empty() && value.len() <= LONGEST_VALIDATOR).map(str::to_owned)
    };
    Validators { etag: value(header::ETAG), last_modified: value(header::LAST_MODIFIED) }
}

/// "Unchanged" is an answer only to a question: without validators it would leave a page unread for ever.
fn not_modified(url: &Url, new: Validators, known: &Validators) -> Result<Fetched, Failure> {
    if *known == Validators::default() {
        let detail = format!("{} says that nothing has changed, although we know nothing yet.", place_name(url));
        return Err(Failure { sent: true, ..failure(FailureKind::Protocol, detail) });
    }
    let validators = Validators {
        etag: new.etag.or_else(|| known.etag.clone()),
        last_modified: new.last_modified.or_else(|| known.last_modified.clone()),
    };
    Ok(Fetched { answer: Answer::NotModified, validators, retry_after_s: None })
}

fn late(url: &Url, sent: bool) -> Failure {
    Failure { sent, ..failure(FailureKind::Timeout, format!("{} took too long to answer.", place_name(url))) }
}

fn unfit(url: &Url, why: Undecodable) -> Failure {
    let name = place_name(url);
    let (kind, detail) = match why {
        Undecodable::TooLarge => (FailureKind::TooLarge, format!("{name} answered more than we read of a page.")),
        Undecodable::Damaged => (FailureKind::Protocol, format!("The compressed body of {name} is damaged.")),
        Undecodable::Unknown => {
            (FailureKind::Protocol, format!("{name} used a Content-Encoding that we did not ask for."))
        }
    };
    Failure { sent: true, ..failure(kind, detail) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(from: (&str, Place), to: (&str, Place)) -> Result<(), Failure> {
        let mut way = Way::begin(Manner::Open, &HttpAsk::get("page", from.0), &Validators::default())?;
        way.arrive(from.1)?;
        way.follow(to.0, StatusCode::FOUND)?;
        way.arrive(to.1)
    }

    #[test]
    fn a_redirect_may_lead_up_but_not_down() {
        let (http, https) = ("http://page.example/", "https://status.example/");
        assert_eq!(step((http, Place::Public), (https, Place::Public)), Ok(()));
        assert_eq!(step((http, Place::Public), ("http://www.page.example/", Place::Public)), Ok(()));
        assert_eq!(step((https, Place::Own), (http, Place::Own)), Ok(()));
        assert_eq!(step((http, Place::Own), (https, Place::Public)), Ok(()));
        let down = step((https, Place::Public), (http, Place::Public)).unwrap_err();
        assert!(down.kind == FailureKind::Forbidden && down.detail.contains("https to plain http"), "{}", down.detail);
        let port = step((https, Place::Public), ("https://status.example:8443/", Place::Public)).unwrap_err();
        assert_eq!(port.kind, FailureKind::Forbidden);
        let inside = step((https, Place::Public), ("http://wiki.lan/", Place::Own)).unwrap_err();
        assert!(
            inside.kind == FailureKind::Forbidden && inside.detail.contains("our own network"),
            "{}",
            inside.detail
        );
    }

    #[test]
    fn a_post_becomes_a_get_where_browsers_make_it_one() {
        let ask = HttpAsk {
            method: tocsin_domain::exchange::Method::Post,
            body: b"{}".to_vec(),
            ..HttpAsk::get("page", "http://page.example/")
        };
        for (status, method, with_body) in [
            (StatusCode::FOUND, "GET", false),
            (StatusCode::SEE_OTHER, "GET", false),
            (StatusCode::TEMPORARY_REDIRECT, "POST", true),
        ] {
            let mut way = Way::begin(Manner::Open, &ask, &Validators::default()).unwrap();
            way.follow("/next", status).unwrap();
            assert_eq!((way.method.as_str(), way.with_body), (method, with_body), "{status}");
        }
    }

    #[test]
    fn what_was_written_to_one_host_is_not_sent_on_to_another() {
        let ask = HttpAsk {
            method: tocsin_domain::exchange::Method::Post,
            body: b"client_secret=hunter2".to_vec(),
            ..HttpAsk::get("token", "https://login.example/token")
        };
        let follow = |location: &str, status| {
            let mut way = Way::begin(Manner::Secret, &ask, &Validators::default()).unwrap();
            way.follow(location, status).map(|()| way.with_body)
        };
        for status in [StatusCode::TEMPORARY_REDIRECT, StatusCode::PERMANENT_REDIRECT] {
            assert_eq!(follow("/other", status), Ok(true));
            for elsewhere in ["https://login.elsewhere.example/token", "https://login.example:8443/token"] {
                let refused = follow(elsewhere, status).unwrap_err();
                assert!(refused.detail.contains("is not told what was meant for login.example"), "{}", refused.detail);
                assert!(refused.kind == FailureKind::Forbidden && !refused.detail.contains("hunter2"));
            }
        }
        assert_eq!(follow("https://login.elsewhere.example/", StatusCode::SEE_OTHER), Ok(false));
    }

    #[test]
    fn secrets_do_not_travel_in_clear_and_strangers_do_not_lead_home() {
        let arrive = |manner, url: &str, place| {
            Way::begin(manner, &HttpAsk::get("page", url), &Validators::default()).unwrap().arrive(place)
        };
        let (http, https) = ("http://page.example/", "https://page.example/");
        for manner in [Manner::Secret, Manner::Stranger] {
            let refused = arrive(manner, http, Place::Public).unwrap_err();
            assert!(refused.detail.contains("in clear") && !refused.sent, "{}", refused.detail);
            assert_eq!(arrive(manner, https, Place::Public), Ok(()));
        }
        assert_eq!(arrive(Manner::Open, http, Place::Public), Ok(()));
        assert_eq!(arrive(Manner::Secret, http, Place::Own), Ok(()));
        let home = arrive(Manner::Stranger, https, Place::Own).unwrap_err();
        assert!(home.detail.contains("our own network"), "{}", home.detail);
    }
}
