//! How a feed is found and asked: the page's own address, or the feed that the page links to.

use scraper::{Html, Selector};
use tocsin_domain::{Answer, HttpAsk, Timestamp};
use url::Url;

use crate::kit::answers::{self, Why, Worth, unreadable};
use crate::kit::{decode, html};
use crate::{Answered, Done, Memory, PageAddress, Reader, Turn};

/// The feed we know, else the page itself, which may be one.
pub fn first_ask(page: &PageAddress, memory: &Memory) -> HttpAsk {
    let known = memory.text("feed").and_then(|feed| Url::parse(feed).ok());
    HttpAsk::get("feed", known.unwrap_or_else(|| page.url.clone()))
}

pub fn next(reader: &dyn Reader, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp) -> Turn {
    let Some(last) = answers.last() else {
        return unreadable("unreachable", Why::plain("Nothing was answered."), memory);
    };
    match answers::worth(reader, answers, &last.ask.key) {
        Some(Worth::Body) => {
            let payloads: Vec<_> = last.payload().into_iter().collect();
            let mut memory = memory.clone();
            memory.set("feed", last.ask.url.clone());
            Turn::Done { done: Done::Read(Box::new(reader.read(&payloads, now))), memory }
        }
        Some(Worth::Same) if memory.text("feed") == Some(&last.ask.url) => {
            Turn::Done { done: Done::Unchanged, memory: memory.clone() }
        }
        Some(Worth::Same) if answers::times_asked(answers, &last.ask.key) < 2 => {
            Turn::More { asks: vec![last.ask.clone()], fresh: true }
        }
        Some(Worth::Same) => {
            unreadable("not_modified", Why::plain("The feed says that nothing changed, but not what it was."), memory)
        }
        Some(Worth::Trouble(why)) => unreadable("unreachable", why, memory),
        Some(Worth::Absent(why)) => elsewhere(page, memory, answers, last, why),
        None => unreadable("unreachable", Why::plain("Nothing was answered."), memory),
    }
}

/// The known feed is gone, or the address is a page: what does the page link to?
fn elsewhere(page: &PageAddress, memory: &Memory, answers: &[Answered], last: &Answered, why: Why) -> Turn {
    let asked = |url: &str| answers.iter().any(|answered| answered.ask.url == url);
    let page_url = page.url.to_string();
    if !asked(&page_url) {
        return Turn::More { asks: vec![HttpAsk::get("page", page_url)], fresh: true };
    }
    let found = match &last.answer {
        Answer::Http(http) if http.status == 200 => {
            last.payload().and_then(|payload| link_in(&decode::text(&payload), &http.url, &page.url))
        }
        _ => None,
    };
    match found.filter(|url| !asked(url) && answers.len() < 3) {
        Some(url) => Turn::More { asks: vec![HttpAsk::get("feed", url)], fresh: true },
        None => {
            let mut memory = memory.clone();
            memory.0.remove("feed");
            unreadable("not_recognised", why, &memory)
        }
    }
}

/// The first feed that a page says is its own.
fn link_in(text: &str, answered: &str, page: &Url) -> Option<String> {
    if !decode::is_html(text) || html::nests_too_deep(text) {
        return None;
    }
    let base = Url::parse(answered).unwrap_or_else(|_| page.clone());
    let selector = Selector::parse("link[rel~=alternate][href]").ok()?;
    let document = Html::parse_document(text);
    let is_feed = |kind: &str| kind.contains("rss+xml") || kind.contains("atom+xml");
    let mut links = document.select(&selector).filter(|link| link.value().attr("type").is_some_and(is_feed));
    let url = base.join(links.next()?.value().attr("href")?).ok()?;
    matches!(url.scheme(), "http" | "https").then(|| url.to_string())
}
