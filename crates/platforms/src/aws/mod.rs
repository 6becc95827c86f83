//! AWS Health's public events: `public/currentevents` (in UTF-16 with a byte order mark), the history beside it, the
//! older `data.json`, and `rss/all.rss` as the last resort.
//!
//! Oddities: `[]` is the healthy answer, and any list can be empty, so it counts only from the right address or in
//! AWS's encoding; numbers are texts in one place and numbers in another; events stay open, silent, for months; the
//! history keeps the worst `status` of what is over. Services that are well are never listed.

mod clock;
mod events;
mod health;
mod rss;
mod wire;

use std::collections::{HashMap, HashSet};

use tocsin_domain::{Component, Health, HttpAsk, Page, Problem, Reading, Report, Stage, Timestamp};

use crate::kit::answers::{self, Why, Worth, unreadable};
use crate::kit::feed as kit_feed;
use crate::kit::{decode, report};
use crate::statuspage::not_ours;
use crate::{Answered, Done, Evidence, Memory, PageAddress, Payload, Reader, Turn};
use wire::{Document, List};

pub(crate) static READER: Aws = Aws;

pub(crate) struct Aws;

/// The history is read at least this often (seconds), because short events show only there.
const HISTORY_EVERY_S: i64 = 15 * 60;
/// AWS's own page keeps its history and its feed at other hosts.
const AWS_HOST: &str = "health.aws.amazon.com";
const AWS_HISTORY: &str = "https://history-events-us-east-1-prod.s3.amazonaws.com/historyevents.json";
const AWS_FEED: &str = "https://status.aws.amazon.com/rss/all.rss";

/// What one payload says.
#[derive(Default)]
struct Part {
    page: Page,
    /// It lists all that is open: what it does not list is well.
    current: bool,
    components: Vec<Component>,
    told: Vec<Told>,
    history_since: Option<Timestamp>,
    doubtful: bool,
    problems: Vec<Problem>,
}

/// One event with where it stood.
struct Told {
    report: Report,
    list: List,
    service: String,
}

impl Reader for Aws {
    fn recognise(&self, payload: &Payload) -> Option<Evidence> {
        let text = decode::text(payload);
        if is_of_api(payload, &text) {
            return Reader::recognise(&health::API, payload);
        }
        if let Some(json) = decode::json(&text) {
            let document = Document::read(json).ok()?;
            if document.has_anchor() {
                return Some(Evidence {
                    confidence: 95,
                    seen: "events with AWS's `service`, `status` and `summary`".to_owned(),
                });
            }
            let confidence = if vouched(payload) { 90 } else { 40 };
            return document
                .is_empty_list()
                .then(|| Evidence { confidence, seen: "an empty list of events".to_owned() });
        }
        let feed = kit_feed::parse(&text).ok()?;
        rss::recognise(&feed)
            .then(|| Evidence { confidence: 96, seen: "a feed that belongs to AWS's status page".to_owned() })
    }

    fn read(&self, payloads: &[Payload], now: Timestamp) -> Reading {
        let of_api = |payload: &&Payload| is_of_api(payload, &decode::text(payload));
        if payloads.iter().filter(of_api).any(|payload| Reader::recognise(&health::API, payload).is_some()) {
            return Reader::read(&health::API, payloads, now);
        }
        let mut reading = Reading::default();
        let mut parts = Vec::new();
        for payload in payloads {
            match part(payload, now) {
                Ok(part) => parts.push(part),
                Err(problem) => reading.problems.push(problem),
            }
        }
        if parts.is_empty() {
            if reading.problems.is_empty() {
                reading.problems.push(Problem::new("not_recognised", "", "There was nothing to read."));
            }
            return reading;
        }
        assemble(reading, parts)
    }

    fn begin(&self, page: &PageAddress, memory: &Memory, now: Timestamp) -> Vec<HttpAsk> {
        if health::is_api(page) {
            return health::API.begin(page, memory, now);
        }
        vec![HttpAsk::get("currentevents", below_root(page, "public/currentevents"))]
    }

    fn next(&self, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp) -> Turn {
        if health::is_api(page) {
            return health::API.next(page, memory, answers, now);
        }
        let history_due = memory.time("history_at").is_none_or(|at| now.since(at) >= HISTORY_EVERY_S);
        let history_asked = answers::latest(answers, "history").is_some();
        match answers::worth(self, answers, "currentevents") {
            None => unreadable("unreachable", Why::plain("Nothing was answered."), memory),
            Some(Worth::Trouble(why)) => unreadable("unreachable", why, memory),
            Some(Worth::Absent(why)) => self.by_feed(page, memory, answers, now, why),
            Some(Worth::Same) if memory.text("surface") == Some("json") && !history_due && !history_asked => {
                Turn::Done { done: Done::Unchanged, memory: memory.clone() }
            }
            Some(Worth::Same) if answers::times_asked(answers, "currentevents") < 2 => {
                let asks = self.begin(page, memory, now);
                Turn::More { asks, fresh: true }
            }
            Some(Worth::Same) => unreadable(
                "not_modified",
                Why::plain("The page says that nothing changed, but not what it was."),
                memory,
            ),
            Some(Worth::Body) if !history_asked => {
                Turn::More { asks: vec![HttpAsk::get("history", history_url(page))], fresh: false }
            }
            Some(Worth::Body) => {
                // The history is welcome, never needed.
                let history = matches!(answers::worth(self, answers, "history"), Some(Worth::Body));
                let mut payloads = answers::payloads(answers);
                payloads.retain(|payload| payload.key == "currentevents" || (history && payload.key == "history"));
                let mut memory = memory.clone();
                memory.set("surface", "json");
                memory.set("history_at", now.to_string());
                Turn::Done { done: Done::Read(Box::new(self.read(&payloads, now))), memory }
            }
        }
    }
}

impl Aws {
    fn by_feed(&self, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp, why: Why) -> Turn {
        match answers::worth(self, answers, "feed") {
            None => Turn::More {
                asks: vec![HttpAsk::get("feed", feed_url(page))],
                fresh: memory.text("surface") != Some("feed"),
            },
            Some(Worth::Body) => {
                let mut payloads = answers::payloads(answers);
                payloads.retain(|payload| payload.key == "feed");
                let mut memory = memory.clone();
                memory.set("surface", "feed");
                Turn::Done { done: Done::Read(Box::new(self.read(&payloads, now))), memory }
            }
            Some(Worth::Same) => Turn::Done { done: Done::Unchanged, memory: memory.clone() },
            Some(Worth::Trouble(trouble)) => unreadable("unreachable", trouble, memory),
            Some(Worth::Absent(also)) => unreadable("not_recognised", why.and(also), memory),
        }
    }
}

/// Worth a look by who reads the API: its words are in it, or it was asked for by its calls.
fn is_of_api(payload: &Payload, text: &str) -> bool {
    matches!(payload.key.as_str(), "events" | "details") || text.contains("\"eventTypeCategory\"")
}

/// `https://host/base/health/status` and `https://host/base` both have their events at `https://host/base/public/…`.
fn below_root(page: &PageAddress, path: &str) -> String {
    let mut root = page.clone();
    let base = root.url.path().trim_end_matches('/').to_owned();
    let base = ["/health/status", "/public/currentevents", "/health"]
        .iter()
        .find_map(|tail| base.strip_suffix(tail))
        .unwrap_or(&base)
        .to_owned();
    root.url.set_path(&base);
    root.url.set_query(None);
    root.below(path)
}

fn history_url(page: &PageAddress) -> String {
    if page.url.host_str() == Some(AWS_HOST) { AWS_HISTORY.to_owned() } else { below_root(page, "historyevents.json") }
}

fn feed_url(page: &PageAddress) -> String {
    if page.url.host_str() == Some(AWS_HOST) { AWS_FEED.to_owned() } else { below_root(page, "rss/all.rss") }
}

/// An empty list is believed from where AWS keeps its events, or in the encoding that nobody else uses.
fn vouched(payload: &Payload) -> bool {
    let path = payload.url.split(['?', '#']).next().unwrap_or_default();
    payload.key == "currentevents"
        || path.ends_with("currentevents")
        || payload.bytes.starts_with(&[0xfe, 0xff])
        || payload.bytes.starts_with(&[0xff, 0xfe])
}

fn part(payload: &Payload, now: Timestamp) -> Result<Part, Problem> {
    let text = decode::text(payload);
    if let Some(json) = decode::json(&text) {
        let document = Document::read(json).map_err(|why| decode::unlike(json, &payload.key, why))?;
        // A file from disk was given to us as AWS's: an empty list in it is an empty list of events.
        let empty =
            document.is_empty_list() && (vouched(payload) || (payload.key.is_empty() && payload.url.is_empty()));
        if !document.has_anchor() && !empty {
            return Err(Problem::new(
                "missing_anchor",
                payload.key.clone(),
                "No event in it has a service, a status and a summary.",
            ));
        }
        return Ok(events::part(&document, now));
    }
    if decode::is_html(&text) {
        return Err(not_ours(payload, &text));
    }
    let feed = kit_feed::parse(&text).map_err(|why| Problem::new("not_recognised", payload.key.clone(), why))?;
    if rss::recognise(&feed) { Ok(rss::part(&feed, now)) } else { Err(not_ours(payload, &text)) }
}

/// Puts the parts together: the current list says what is open, the others what was.
fn assemble(mut reading: Reading, mut parts: Vec<Part>) -> Reading {
    reading.platform = Some("aws".to_owned());
    parts.sort_by_key(|part| !part.current);
    let current = parts.iter().any(|part| part.current);
    let doubtful = parts.iter().any(|part| part.doubtful);
    let told = || parts.iter().flat_map(|part| &part.told);
    let mut listed: HashMap<String, HashSet<Timestamp>> = HashMap::new();
    for told in told().filter(|told| !is_from_feed(told)) {
        let times = told.report.updates.iter().filter_map(|update| update.at);
        listed.entry(told.service.clone()).or_default().extend(times);
    }
    let open: HashSet<String> =
        told().filter(|told| told.list == List::Current).map(|told| told.report.id.clone()).collect();
    let mut known = HashSet::new();
    let mut reports = Vec::new();
    for part in parts {
        reading.page.name = reading.page.name.take().or(part.page.name);
        reading.page.url = reading.page.url.take().or(part.page.url);
        for row in part.components {
            if known.insert(row.id.clone()) {
                reading.components.push(row);
            }
        }
        for told in part.told {
            if is_from_feed(&told) && is_told_elsewhere(&told, &listed) {
                continue;
            }
            let mut report = told.report;
            if current && !doubtful && !open.contains(&report.id) {
                end(&mut report);
            }
            reports.push(report);
        }
        reading.covers.history_since = reading.covers.history_since.into_iter().chain(part.history_since).min();
        reading.problems.extend(part.problems);
    }
    reading.incidents = report::merged(reports);
    reading.covers.open = current && !doubtful;
    reading.components.sort_by(|one, other| (&one.group, &one.id).cmp(&(&other.group, &other.id)));
    report::sort_reports(&mut reading.incidents);
    let mut reading = reading.settled(current.then_some(Health::Operational));
    if doubtful {
        reading.covers.history_since = None;
        reading.health = reading.health.max(Health::Unknown);
    }
    reading
}

/// Only the feed knows no address of an event.
fn is_from_feed(told: &Told) -> bool {
    told.list == List::History && told.report.url.is_none()
}

/// A chain of the feed that shares a moment with an event of the same service is that event.
fn is_told_elsewhere(told: &Told, listed: &HashMap<String, HashSet<Timestamp>>) -> bool {
    let times = listed.get(&told.service);
    told.report.updates.iter().filter_map(|update| update.at).any(|at| times.is_some_and(|times| times.contains(&at)))
}

/// What the current list no longer holds is over, with its last word.
fn end(report: &mut Report) {
    if !report.is_closed() {
        report.stage = Some(Stage::Resolved);
        report.resolved_at = report.updates.iter().filter_map(|update| update.at).next_back();
    }
}
