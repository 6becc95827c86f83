//! What was, of a page that speaks `api/v2` or used to: its history in parts of three months, and single incidents.

use tocsin_domain::{HttpAsk, Reading, Timestamp};

use super::poll::Poll;
use crate::kit::answers::{Worth, latest};
use crate::kit::back::{self, Back, Came};
use crate::kit::{late, past};
use crate::{Memory, PageAddress, Payload, Turn};

/// From when to when a body tells everything.
type Span = (Timestamp, Timestamp);

/// Where the past stands below a page. Of several paths the first that leads anywhere is kept to.
pub struct Surfaces {
    /// One incident with all its words; `{id}` is its id.
    pub alone: &'static [&'static str],
    /// The history in parts, newest first; `{n}` is a part's number, from 1 on.
    pub parts: &'static [&'static str],
    /// From when to when a part tells everything.
    pub span: fn(&Payload) -> Option<Span>,
}

impl Surfaces {
    /// Nothing beyond what every poll reads.
    pub const NONE: Self = Self { alone: &[], parts: &[], span: |_| None };
}

/// The first part of a history.
const FIRST: usize = 1;
/// In the memory: which of the paths leads to single incidents.
const WAY: &str = "late_way";

impl Poll<'_> {
    /// The reading with what was; or what must be asked first.
    pub(super) fn with_the_past(
        &self,
        memory: &mut Memory,
        reading: Reading,
        present: Vec<Payload>,
    ) -> Result<Reading, Turn> {
        let surfaces = &self.api.past;
        if surfaces.alone.is_empty() && surfaces.parts.is_empty() {
            return Ok(reading);
        }
        let left = back::left(memory, &reading, FIRST, self.now).filter(|_| !surfaces.parts.is_empty());
        let asks =
            if past::was_asked(self.answers) { self.other_way(memory) } else { self.past_asks(memory, &reading, left) };
        if !asks.is_empty() {
            return Err(Turn::More { asks, fresh: true });
        }
        let parts: Vec<(Came, Option<Span>)> =
            left.into_iter().flat_map(|left| (left.next..).map_while(|number| self.part(number))).collect();
        if left.is_some() || memory.0.contains_key(back::BACK) {
            let came = parts.iter().map(|(came, _)| *came);
            let rest = left.and_then(|left| left.after(came, FIRST, surfaces.parts.len()));
            back::remember(memory, rest, self.now);
        }
        let reading = self.joined(reading, present, parts.into_iter().filter_map(|(_, span)| span));
        late::remember(memory, &reading, &past::late_ids(self.answers), self.now);
        Ok(reading)
    }

    fn past_asks(&self, memory: &Memory, reading: &Reading, left: Option<Back>) -> Vec<HttpAsk> {
        let surfaces = &self.api.past;
        let room = past::room(self.answers);
        let part = |way: usize, number: usize| {
            let path = surfaces.parts.get(way)?.replace("{n}", &number.to_string());
            Some(HttpAsk::get(format!("{}{number}", back::KEY), address(self.page, &path)))
        };
        let parts = left.into_iter().flat_map(|left| left.parts(room).filter_map(move |number| part(left.way, number)));
        let mut asks: Vec<HttpAsk> = parts.collect();
        // A list that did not change tells what it told, although it was not sent.
        let still = self.api.history.iter().any(|(key, _)| matches!(self.worth(key), Some(Worth::Same)));
        if still {
            return asks;
        }
        let way = way(memory).min(surfaces.alone.len().saturating_sub(1));
        let due = late::due(memory, reading, self.now, room.saturating_sub(asks.len()));
        asks.extend(due.iter().filter_map(|id| self.alone(way, id)));
        asks
    }

    fn alone(&self, way: usize, id: &str) -> Option<HttpAsk> {
        let path = self.api.past.alone.get(way)?.replace("{id}", id);
        Some(HttpAsk::get(format!("{}{id}", late::KEY), address(self.page, &path)))
    }

    /// Single incidents that are not where they were looked for may be where else one looks. What is found there is
    /// remembered.
    fn other_way(&self, memory: &mut Memory) -> Vec<HttpAsk> {
        let mut asks = Vec::new();
        for id in past::late_ids(self.answers) {
            let key = format!("{}{id}", late::KEY);
            let missed = matches!(self.worth(&key), Some(Worth::Absent(_)));
            let other = (way(memory) + 1) % self.api.past.alone.len().max(1);
            match self.times_asked(&key) {
                1 if missed && other != way(memory) && asks.len() < past::room(self.answers) => {
                    asks.extend(self.alone(other, id));
                }
                2 if matches!(self.worth(&key), Some(Worth::Body)) => {
                    memory.set(WAY, other);
                    return Vec::new();
                }
                _ => {}
            }
        }
        asks
    }

    /// What came of a part, and from when to when it tells everything; `None` where it was not asked.
    fn part(&self, number: usize) -> Option<(Came, Option<Span>)> {
        let key = format!("{}{number}", back::KEY);
        Some(match self.worth(&key)? {
            Worth::Trouble(_) | Worth::Same => (Came::Trouble, None),
            Worth::Absent(_) => (Came::Absent, None),
            Worth::Body => {
                let payload = latest(self.answers, &key)?.payload()?;
                let span = (self.api.past.span)(&payload);
                let begun = || {
                    let read = self.reader.read(&[payload], self.now);
                    read.incidents.iter().filter_map(|one| one.started_at).min()
                };
                (span.map(|(from, _)| from).or_else(begun).map_or(Came::Empty, Came::Until), span)
            }
        })
    }

    fn joined(&self, reading: Reading, present: Vec<Payload>, spans: impl Iterator<Item = Span>) -> Reading {
        let of_past = self.answers.iter().filter(|answered| past::is_past(&answered.ask.key));
        let latest =
            of_past.filter(|one| latest(self.answers, &one.ask.key).is_some_and(|last| std::ptr::eq(last, *one)));
        let mut payloads: Vec<Payload> = latest.filter_map(|answered| answered.payload()).collect();
        payloads.retain(|payload| self.reader.recognise(payload).is_some());
        if payloads.is_empty() {
            return reading;
        }
        payloads.extend(present);
        let mut joined = past::joined(reading, self.reader.read(&payloads, self.now));
        joined.covers.history_since = past::reaching(joined.covers.history_since, spans);
        joined
    }
}

fn way(memory: &Memory) -> usize {
    memory.0.get(WAY).and_then(serde_json::Value::as_u64).and_then(|way| usize::try_from(way).ok()).unwrap_or_default()
}

/// A path with a question behind it, below the page.
fn address(page: &PageAddress, path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let below = page.below(path);
    match (query.is_empty(), below.contains('?')) {
        (true, _) => below,
        (false, true) => format!("{below}&{query}"),
        (false, false) => format!("{below}?{query}"),
    }
}
