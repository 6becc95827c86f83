//! Any RSS or Atom feed, whoever made it.
//!
//! Oddities: one entry an incident (edited in place) or one entry an update; feeds that keep what is over and feeds
//! that list only what is open, and nothing tells which; so an empty feed says nothing, and what is missing from a feed
//! is not over. Entries without a word about their stage are news, not alarms.

mod entry;
mod identity;
mod poll;
mod read;

use tocsin_domain::{HttpAsk, Problem, Reading, Timestamp};

use crate::kit::feed as kit_feed;
use crate::kit::{decode, report};
use crate::statuspage::not_ours;
use crate::{Answered, Evidence, Memory, PageAddress, Payload, Reader, Turn};

pub(crate) static READER: Feed = Feed;

pub(crate) struct Feed;

impl Reader for Feed {
    fn recognise(&self, payload: &Payload) -> Option<Evidence> {
        let text = decode::text(payload);
        let feed = kit_feed::parse(&text).ok()?;
        let kind = if feed.atom { "Atom" } else { "RSS" };
        // Below every reader that knows who made the feed.
        Some(Evidence { confidence: 55, seen: format!("an {kind} feed with {} entries", feed.items.len()) })
    }

    fn read(&self, payloads: &[Payload], now: Timestamp) -> Reading {
        let mut reading = Reading::default();
        let mut parts = Vec::new();
        for payload in payloads {
            let text = decode::text(payload);
            match kit_feed::parse(&text) {
                Ok(feed) => parts.push(read::part(&feed, now)),
                Err(_) if decode::is_html(&text) || kit_feed::root(&text).is_none() => {
                    reading.problems.push(not_ours(payload, &text))
                }
                Err(why) => reading.problems.push(Problem::new("not_recognised", payload.key.clone(), why)),
            }
        }
        if parts.is_empty() {
            if reading.problems.is_empty() {
                reading.problems.push(Problem::new("not_recognised", "", "There was nothing to read."));
            }
            return reading;
        }
        reading.platform = Some("feed".to_owned());
        // The order of payloads does not matter.
        parts.sort_by_key(|part| {
            (std::cmp::Reverse(part.incidents.len()), part.page.name.clone(), part.page.url.clone())
        });
        for part in parts {
            reading.page.name = reading.page.name.take().or(part.page.name);
            reading.page.url = reading.page.url.take().or(part.page.url);
            reading.incidents.extend(part.incidents);
            reading.maintenances.extend(part.works);
            reading.covers.history_since = reading.covers.history_since.into_iter().chain(part.history_since).max();
            reading.problems.extend(part.problems);
        }
        reading.incidents = report::merged(reading.incidents);
        reading.maintenances = report::merged_works(reading.maintenances);
        report::sort_reports(&mut reading.incidents);
        report::sort_works(&mut reading.maintenances);
        // A feed lists no components and has no word for the whole: no entry is no health.
        reading.settled(None)
    }

    fn begin(&self, page: &PageAddress, memory: &Memory, _now: Timestamp) -> Vec<HttpAsk> {
        vec![poll::first_ask(page, memory)]
    }

    fn next(&self, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp) -> Turn {
        poll::next(self, page, memory, answers, now)
    }
}
