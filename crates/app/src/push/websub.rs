//! WebSub (W3C): a feed names a hub, the hub is asked to call us, and each of its calls is a hint like any other vendor's
//! word. What it sends is not read: the page is asked.

use std::sync::Arc;

use aws_lc_rs::hmac;
use axum::extract::{Path, Query, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, HttpAnswer, HttpAsk, Timestamp};
use tocsin_platforms::kit::feed;
use tocsin_store::{HubSubscription, StoreError};
use tracing::{debug, info};
use url::Url;
use uuid::Uuid;

use crate::access::Secret;
use crate::app::App;
use crate::clock;
use crate::net::{Manner, Net, Validators};
use crate::problem::Problem;
use crate::served::Served;
use crate::work::turns::Wish;
use crate::work::watch::Page;

/// For how long we ask (seconds): ten days.
const LEASE_S: i64 = 10 * 24 * 3600;
/// A hub may grant from a minute to a year.
const LEASES_S: std::ops::RangeInclusive<i64> = 60..=366 * 24 * 3600;
/// For one page, hubs are asked no more often than this (seconds).
const AGAIN_S: i64 = 6 * 3600;
/// Further than this (bytes) into a feed no hub is looked for.
const HEAD: usize = 16 * 1024;

/// Hubs that are asked at once; who finds no room is asked after the page's next poll.
pub const AT_ONCE: usize = 4;

/// A hub and the address by which it knows the feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    pub hub: String,
    pub topic: String,
    /// The address that named it.
    pub from: String,
}

/// The hub that an answer names, in its headers or in the feed itself.
#[must_use]
pub fn offer(answer: &HttpAnswer) -> Option<Offer> {
    let (hub, topic) = in_headers(answer).or_else(|| in_feed(&answer.body))?;
    let page = Url::parse(&answer.url).ok()?;
    let hub = page.join(&hub).ok().filter(|hub| matches!(hub.scheme(), "http" | "https"))?;
    let topic = topic.and_then(|topic| page.join(&topic).ok()).unwrap_or_else(|| page.clone());
    Some(Offer { hub: hub.into(), topic: topic.into(), from: page.into() })
}

fn in_headers(answer: &HttpAnswer) -> Option<(String, Option<String>)> {
    let links = answer.headers.iter().filter(|(name, _)| name == "link").flat_map(|(_, value)| value.split(','));
    let related: Vec<(&str, &str)> = links
        .filter_map(|link| {
            let (address, rest) = link.trim().strip_prefix('<')?.split_once('>')?;
            let rel = rest.split(';').find_map(|part| part.trim().strip_prefix("rel="))?;
            Some((rel.trim_matches('"'), address))
        })
        .collect();
    let find = |rel: &str| related.iter().find(|(known, _)| *known == rel).map(|(_, address)| (*address).to_owned());
    find("hub").map(|hub| (hub, find("self")))
}

fn in_feed(body: &[u8]) -> Option<(String, Option<String>)> {
    // Most bodies are JSON: they are not looked through.
    let is_markup = body.trim_ascii_start().first() == Some(&b'<') || body.starts_with(&[0xef, 0xbb, 0xbf]);
    if !is_markup {
        return None;
    }
    let head = body.get(..HEAD).unwrap_or(body);
    let says_hub = head.windows(5).any(|window| matches!(window, b"\"hub\"" | b"'hub'"));
    let text = std::str::from_utf8(body).ok().filter(|_| says_hub)?;
    feed::root(text)?;
    let feed = feed::parse(text).ok()?;
    feed.hub.map(|hub| (hub, feed.own_address))
}

/// Asks the hub of a page to call us, where that is not done yet or runs out soon. The page does not wait for it.
pub fn follow(app: &Arc<App>, page: &Arc<Page>, offer: Offer) {
    let Ok(room) = Arc::clone(&app.hubs).try_acquire_owned() else { return };
    let (app, page) = (Arc::clone(app), Arc::clone(page));
    tokio::spawn(async move {
        if let Err(error) = subscribe(&app, &page, &offer).await {
            debug!(provider = page.provider.slug, %error, "the hub was not asked");
        }
        drop(room);
    });
}

async fn subscribe(app: &App, page: &Page, offer: &Offer) -> Result<(), StoreError> {
    let now = clock::now();
    let known = app.store.hubs(page.id).await?;
    if is_enough(&known, offer, now) || !can_be_called(app, &offer.hub) {
        return Ok(());
    }
    let (Ok(token), Ok(secret)) = (Secret::draw(""), Secret::draw("")) else { return Ok(()) };
    let row = HubSubscription {
        page: page.id,
        hub: offer.hub.clone(),
        topic: offer.topic.clone(),
        hash: token.hash(),
        secret: secret.text().to_owned(),
        asked_at: now,
        lease_until: None,
    };
    // The hub may ask back before it answers.
    app.store.put_hub(&row).await?;
    let callback = format!("{}/hub/{}", app.config.server.base_url, token.text());
    let manner = manner(&app.net, &offer.from).await;
    match app.net.poll_as(manner, &subscription(&row, &callback), &Validators::default()).await.answer {
        Answer::Http(http) if (200..300).contains(&http.status) => {
            info!(provider = page.provider.slug, hub = %host(&row.hub), "asked the feed's hub to call us");
        }
        Answer::Http(http) => debug!(provider = page.provider.slug, status = http.status, "the hub does not want us"),
        Answer::Failed(failure) => debug!(provider = page.provider.slug, failure.detail, "the hub cannot be asked"),
        Answer::NotModified | Answer::Mail { .. } => {}
    }
    Ok(())
}

/// A hub that a public page names is a stranger: only one of our own pages may name a hub in our own network.
async fn manner(net: &Net, from: &str) -> Manner {
    match Url::parse(from) {
        Ok(url) if net.leads_home(&url).await => Manner::Secret,
        _ => Manner::Stranger,
    }
}

/// Confirmed for long enough, or asked not long ago, whichever hub it was: a page that names another one each time
/// moves us to nothing.
fn is_enough(known: &[HubSubscription], offer: &Offer, now: Timestamp) -> bool {
    // The last fifth of a lease is for asking anew.
    let lasts =
        |row: &HubSubscription| row.lease_until.is_some_and(|until| until.since(now) > until.since(row.asked_at) / 5);
    let same = |row: &HubSubscription| row.hub == offer.hub && row.topic == offer.topic;
    known.iter().any(|row| now.since(row.asked_at) < AGAIN_S || (same(row) && lasts(row)))
}

/// A hub out there cannot call an instance that only this machine knows.
fn can_be_called(app: &App, hub: &str) -> bool {
    let is_ours = |address: &str| Url::parse(address).is_ok_and(|url| app.net.is_private(&url) || is_loopback(&url));
    is_ours(hub) || !is_ours(&app.config.server.base_url)
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => address.is_loopback() || address.is_private() || address.is_unspecified(),
        Some(url::Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        None => true,
    }
}

fn subscription(row: &HubSubscription, callback: &str) -> HttpAsk {
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("hub.mode", "subscribe").append_pair("hub.topic", &row.topic);
    form.append_pair("hub.callback", callback).append_pair("hub.secret", &row.secret);
    form.append_pair("hub.lease_seconds", &LEASE_S.to_string());
    let mut ask = HttpAsk::get("hub", row.hub.clone());
    ask.method = Method::Post;
    ask.headers = vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())];
    ask.body = form.finish().into_bytes();
    ask
}

fn host(address: &str) -> String {
    Url::parse(address).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// What a hub asks before it calls.
#[derive(Deserialize)]
pub struct Intent {
    #[serde(rename = "hub.mode")]
    mode: String,
    #[serde(rename = "hub.topic")]
    topic: String,
    #[serde(rename = "hub.challenge", default)]
    challenge: String,
    #[serde(rename = "hub.lease_seconds", default)]
    lease_seconds: Option<i64>,
}

/// The hub asks whether it was us. Only for what we asked for the answer is yes.
pub async fn confirm(
    State(served): State<Served>,
    Path(token): Path<String>,
    Query(intent): Query<Intent>,
) -> Result<Response, Problem> {
    let app = &served.app;
    let hash = Secret::hash_of(&token);
    let known = app.store.hub_by_hash(&hash).await?.filter(|known| known.topic == intent.topic);
    let Some(known) = known else { return Err(Problem::not_found("We did not ask for that.")) };
    match intent.mode.as_str() {
        "subscribe" if !intent.challenge.is_empty() => {
            let lease_s = intent.lease_seconds.unwrap_or(LEASE_S).clamp(*LEASES_S.start(), *LEASES_S.end());
            app.store.hub_said(&hash, Some(clock::now().plus(lease_s))).await?;
            info!(hub = %host(&known.hub), lease_s, "the hub will call us");
            let plain = [(header::CONTENT_TYPE, "text/plain; charset=utf-8")];
            Ok((plain, intent.challenge).into_response())
        }
        "denied" => {
            app.store.hub_said(&hash, None).await?;
            Ok(StatusCode::OK.into_response())
        }
        // We never ask to be left alone.
        _ => Err(Problem::not_found("We did not ask for that.")),
    }
}

/// The hub calls. What is not signed as agreed is ignored, and not told apart: who guesses learns nothing.
pub async fn called(
    State(served): State<Served>,
    Path(token): Path<String>,
    headers: HeaderMap,
    request: Request,
) -> Result<StatusCode, Problem> {
    let app = &served.app;
    let hash = Secret::hash_of(&token);
    let Some(known) = app.store.hub_by_hash(&hash).await? else {
        // The hub may forget this address.
        return Ok(StatusCode::GONE);
    };
    let body = super::body_of(request).await?;
    let signature = headers.get("x-hub-signature").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if is_signed(&known.secret, signature, &body) {
        hint(app, known.page);
    } else {
        debug!(hub = %host(&known.hub), "a call that is not signed as agreed");
    }
    Ok(StatusCode::ACCEPTED)
}

fn hint(app: &App, page: Uuid) {
    if let Some(page) = app.watch.pages().by_id(page) {
        page.with(|live| live.pushed_at = live.pushed_at.or(Some(clock::now())));
        app.hints.give(page.id, Wish::Word);
        info!(provider = page.provider.slug, "the feed's hub called; its page is asked");
    }
}

/// `sha256=…`, `sha384=…`, `sha512=…`; the older `sha1` proves too little.
fn is_signed(secret: &str, signature: &str, body: &[u8]) -> bool {
    let Some((method, hex)) = signature.split_once('=') else { return false };
    let algorithm = match method {
        "sha256" => hmac::HMAC_SHA256,
        "sha384" => hmac::HMAC_SHA384,
        "sha512" => hmac::HMAC_SHA512,
        _ => return false,
    };
    let digit = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
    let bytes: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(digit).collect();
    let key = hmac::Key::new(algorithm, secret.as_bytes());
    bytes.is_some_and(|bytes| hmac::verify(&key, body, &bytes).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)], body: &str) -> HttpAnswer {
        HttpAnswer {
            status: 200,
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.as_bytes().to_vec(),
            url: "https://status.example.com/feed.atom".to_owned(),
        }
    }

    #[test]
    fn a_hub_is_found_in_headers_and_in_feeds() {
        let hub = |answer: &HttpAnswer| offer(answer).map(|offer| (offer.hub, offer.topic));
        let both = Some(("https://hub.example.com/".to_owned(), "https://status.example.com/all".to_owned()));
        let link = "<https://hub.example.com/>; rel=\"hub\", </all>; rel=\"self\"";
        assert_eq!(hub(&answer(&[("link", link)], "")), both);
        let atom = "<feed xmlns=\"http://www.w3.org/2005/Atom\"><title>T</title><id>x</id>\
                    <link rel=\"hub\" href=\"https://hub.example.com/\"/><link rel=\"self\" href=\"/all\"/></feed>";
        assert_eq!(hub(&answer(&[], atom)), both);
        let rss = "<rss version=\"2.0\" xmlns:atom=\"http://www.w3.org/2005/Atom\"><channel><title>T</title>\
                   <atom:link rel='hub' href='https://hub.example.com/'/><atom:link rel='self' href='/all'/></channel></rss>";
        assert_eq!(hub(&answer(&[], rss)), both);
        for none in ["<feed><title>T</title></feed>", "\"hub\"", "<a rel=\"hub\">", ""] {
            assert_eq!(hub(&answer(&[], none)), None, "{none}");
        }
        assert_eq!(hub(&answer(&[("link", "<ftp://hub.example.com/>; rel=\"hub\"")], "")), None);
    }

    #[test]
    fn only_good_signatures_count() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        let good: String = hmac::sign(&key, b"body").as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(is_signed("secret", &format!("sha256={good}"), b"body"));
        for wrong in ["", "sha256=", "sha256=zz", "sha256=a", &format!("sha1={good}"), &good] {
            assert!(!is_signed("secret", wrong, b"body"), "{wrong}");
        }
        assert!(!is_signed("secret", &format!("sha256={good}"), b"body "));
    }

    #[test]
    fn hubs_are_asked_now_and_then_whatever_a_page_names() {
        let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let offer = |hub: &str| Offer {
            hub: hub.to_owned(),
            topic: "https://status.example.com/feed".to_owned(),
            from: "https://status.example.com/feed".to_owned(),
        };
        let row = |lease_s: Option<i64>| HubSubscription {
            page: Uuid::nil(),
            hub: "one".to_owned(),
            topic: "https://status.example.com/feed".to_owned(),
            hash: String::new(),
            secret: String::new(),
            asked_at: start,
            lease_until: lease_s.map(|seconds| start.plus(seconds)),
        };
        let enough = |rows: &[HubSubscription], hub, after_s| is_enough(rows, &offer(hub), start.plus(after_s));
        assert!(!enough(&[], "one", 0));
        assert!(enough(&[row(None)], "one", AGAIN_S - 1) && enough(&[row(None)], "other", AGAIN_S - 1));
        assert!(!enough(&[row(None)], "one", AGAIN_S) && !enough(&[row(None)], "other", AGAIN_S));
        let confirmed = [row(Some(LEASE_S))];
        assert!(enough(&confirmed, "one", LEASE_S / 5 * 4 - 1) && !enough(&confirmed, "one", LEASE_S / 5 * 4 + 1));
        assert!(!enough(&confirmed, "other", AGAIN_S));
        let renewing = [row(Some(LEASE_S)), HubSubscription { asked_at: start.plus(LEASE_S - 9), ..row(None) }];
        assert!(enough(&renewing, "one", LEASE_S - 1), "asked a moment ago");
    }

    #[tokio::test]
    async fn only_our_own_pages_may_name_hubs_of_ours() {
        let allow_private = vec!["127.0.0.0/8".parse().unwrap()];
        let net = Net::new(crate::net::NetConfig { allow_private, ..Default::default() }).unwrap();
        assert_eq!(manner(&net, "http://127.0.0.1:9100/feed").await, Manner::Secret);
        for stranger in ["https://8.8.8.8/feed", "http://10.0.0.1/feed", "nonsense"] {
            assert_eq!(manner(&net, stranger).await, Manner::Stranger, "{stranger}");
        }
        let ask = HttpAsk::get("hub", "http://127.0.0.1:1/hub");
        let Answer::Failed(refused) = net.poll_as(Manner::Stranger, &ask, &Validators::default()).await.answer else {
            panic!("it was asked")
        };
        assert!(!refused.sent && refused.detail.contains("our own network"), "{}", refused.detail);
    }
}
