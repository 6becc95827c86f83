//! What is asked of an unknown address: few requests, and more only while nothing is certain.

use scraper::{Html, Selector};
use tocsin_domain::{Answer, HttpAsk, Timestamp};
use url::Url;

use super::{is_certain, moved_to};
use crate::kit::decode;
use crate::{ALL, Answered, Memory, PageAddress, Platform};

/// The key of the ask for the page itself.
pub const PAGE: &str = "page";
/// Feeds that a page links to are asked for up to this many.
const MOST_FEEDS: usize = 3;

/// Paths that prove something, below the page's address: first those that most pages have.
const FIRST: [&str; 2] = ["api/v2/summary.json", "summary.json"];
const THEN: [&str; 5] = ["v3/summary.json", "api/v1/components", "api/components", "history.atom", "feed.atom"];
/// Surfaces that are no page: what stands before them in an address is the page.
const SURFACES: [&str; 18] = [
    "/api/v2/summary.json",
    "/api/v2/status.json",
    "/api/v2/components.json",
    "/api/v2/incidents.json",
    "/v3/summary.json",
    "/v2/components.json",
    "/v3/components.json",
    "/summary.json",
    "/api/v1/components",
    "/api/v1/incidents",
    "/api/components",
    "/public/currentevents",
    "/history.atom",
    "/history.rss",
    "/feed.atom",
    "/feed.rss",
    "/history",
    "/rss",
];

/// The first round: the page itself and what most pages have below it.
#[must_use]
pub fn plan(page: &PageAddress) -> Vec<HttpAsk> {
    let mut asks = vec![HttpAsk::get(PAGE, page.url.to_string())];
    // Below a feed or a document there is nothing; what it is part of is asked instead.
    let below = if is_document(&page.url) { base(page) } else { Some(page.clone()) };
    asks.extend(below.into_iter().flat_map(|base| FIRST.map(|path| HttpAsk::get(path, base.below(path)))));
    asks.extend(of_host(page).into_iter().flat_map(|platform| polled(platform, page)));
    distinct(asks, &[])
}

/// The next round: the feeds that the page links to, and further probes, where the rounds so far proved nothing.
/// After a redirect they are asked where the page lives now. Empty when there is nothing left to ask, or nobody there.
#[must_use]
pub fn more(page: &PageAddress, answers: &[Answered]) -> Vec<HttpAsk> {
    let somebody = answers.iter().any(|answered| matches!(answered.answer, Answer::Http(_)));
    if !somebody || is_certain(page, answers) {
        return Vec::new();
    }
    let now_at = moved_to(answers).map_or_else(|| page.clone(), |url| PageAddress { url });
    let has_moved = now_at.url.host_str() != page.url.host_str() || now_at.url.path() != page.url.path();
    let mut asks = linked_feeds(page, &now_at, answers);
    let base = if is_document(&now_at.url) { base(&now_at) } else { Some(now_at) };
    if let Some(base) = base {
        // Where the page has moved, what was asked at its old address is asked again at the new one.
        let again = FIRST.iter().filter(|_| has_moved);
        asks.extend(again.chain(&THEN).map(|path| HttpAsk::get(*path, base.below(path))));
        // Its events do not stand below the page's address.
        asks.extend(polled(Platform::Aws, &base));
        // Who is still unknown after that is asked for everything that would prove anybody.
        if answers.iter().any(|answered| answered.ask.key == THEN[0]) {
            let paths = ALL.iter().flat_map(|platform| platform.reader().probes());
            asks.extend(paths.map(|path| HttpAsk::get(*path, base.below(path))));
        }
    }
    distinct(asks, answers)
}

/// The platforms of a host that is one vendor's.
fn of_host(page: &PageAddress) -> Vec<Platform> {
    let host = page.url.host_str().unwrap_or_default();
    let is_theirs = |platform: &Platform| platform.reader().hosts().contains(&host);
    ALL.iter().copied().filter(is_theirs).collect()
}

/// What the first round of a poll would ask.
fn polled(platform: Platform, page: &PageAddress) -> Vec<HttpAsk> {
    platform.reader().begin(page, &Memory::default(), Timestamp::from_second(0))
}

/// Asks of which the address was not asked before, each under a key of its own.
fn distinct(asks: Vec<HttpAsk>, answers: &[Answered]) -> Vec<HttpAsk> {
    let mut fresh: Vec<HttpAsk> = Vec::new();
    for mut ask in asks {
        let known = answers.iter().map(|answered| &answered.ask).chain(&fresh);
        if known.clone().any(|known| known.url == ask.url) {
            continue;
        }
        let taken =
            known.filter(|known| known.key == ask.key || known.key.starts_with(&format!("{}#", ask.key))).count();
        if taken > 0 {
            ask.key = format!("{}#{}", ask.key, taken + 1);
        }
        fresh.push(ask);
    }
    fresh
}

/// Feeds of the same site in `<link rel="alternate">`.
fn linked_feeds(page: &PageAddress, now_at: &PageAddress, answers: &[Answered]) -> Vec<HttpAsk> {
    let html = answers.iter().find(|answered| answered.ask.key == PAGE).and_then(Answered::payload);
    let Some(payload) = html else { return Vec::new() };
    let text = decode::text(&payload);
    if !decode::is_html(&text) {
        return Vec::new();
    }
    let document = Html::parse_document(&text);
    let Ok(selector) = Selector::parse("link[rel~=alternate][href][type]") else { return Vec::new() };
    let links = document.select(&selector).filter(|link| {
        let kind = link.value().attr("type").unwrap_or_default().to_ascii_lowercase();
        kind.starts_with("application/rss+xml") || kind.starts_with("application/atom+xml")
    });
    let urls = links.filter_map(|link| now_at.url.join(link.value().attr("href")?).ok());
    let ours = urls.filter(|url| same_site(url, &page.url) || same_site(url, &now_at.url));
    ours.take(MOST_FEEDS).map(|url| HttpAsk::get("feed", url.to_string())).collect()
}

/// The same host, or one below the other, over HTTP.
fn same_site(one: &Url, other: &Url) -> bool {
    let (Some(first), Some(second)) = (one.host_str(), other.host_str()) else { return false };
    let below = |low: &str, high: &str| low.strip_suffix(high).is_some_and(|rest| rest.ends_with('.'));
    matches!(one.scheme(), "http" | "https")
        && ((first == second && one.port() == other.port()) || below(first, second) || below(second, first))
}

/// The page around a surface: `https://host/base/history.atom` → `https://host/base`. `None` for anything else.
pub fn without_surface(address: &str) -> Option<String> {
    let mut url = Url::parse(address).ok()?;
    let path = url.path().trim_end_matches('/').to_owned();
    let probed = || ALL.iter().flat_map(|platform| platform.reader().probes());
    // `feed/json` is one's whole surface and not another one's `json` below `feed`.
    let of_probe =
        || probed().filter_map(|probe| path.strip_suffix(probe)?.strip_suffix('/')).min_by_key(|base| base.len());
    let base = SURFACES.iter().find_map(|surface| path.strip_suffix(surface)).or_else(of_probe)?.to_owned();
    url.set_path(if base.is_empty() { "/" } else { &base });
    url.set_fragment(None);
    Some(url.to_string())
}

fn base(page: &PageAddress) -> Option<PageAddress> {
    let base = without_surface(page.url.as_str())?;
    Url::parse(&base).ok().map(|url| PageAddress { url })
}

/// The address of a document rather than of a place.
fn is_document(url: &Url) -> bool {
    const ENDS: [&str; 6] = [".json", ".rss", ".atom", ".xml", ".rdf", ".js"];
    let path = url.path().to_ascii_lowercase();
    ENDS.iter().any(|end| path.ends_with(end)) || without_surface(url.as_str()).is_some()
}
