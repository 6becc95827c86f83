//! Platforms with a few addresses of which each body is read whole. Such a platform says what it asks, by what it knows its
//! own bytes, and what they mean; how a poll goes is the same for all of them and stands here.

use serde_json::Value;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Health, HttpAsk, Problem, Reading, Timestamp};

use super::answers::{self, Why, Worth, unreadable};
use super::before::Past;
use super::feed::{self, Feed};
use super::sheet::Sheet;
use super::{back, decode, html, past};
use crate::{Answered, Done, Evidence, Memory, PageAddress, Payload, Reader, Turn};

/// A body as what it is.
#[derive(Debug)]
pub enum Body<'a> {
    Json(Value),
    /// A whole web page.
    Html(&'a str),
    Feed(Box<Feed>),
    /// Neither of them, or only half of one.
    Other,
}

impl<'a> Body<'a> {
    /// `text` is the payload's, decoded.
    #[must_use]
    pub fn of(text: &'a str) -> Self {
        if let Some(json) = decode::json(text) {
            return serde_json::from_str(json).map_or(Self::Other, Self::Json);
        }
        if decode::is_html(text) {
            return if decode::is_cut_off(text) { Self::Other } else { Self::Html(text) };
        }
        if feed::root(text).is_some() {
            return feed::parse(text).map_or(Self::Other, |feed| Self::Feed(Box::new(feed)));
        }
        Self::Other
    }

    #[must_use]
    pub fn json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            _ => None,
        }
    }

    #[must_use]
    pub fn html(&self) -> Option<&'a str> {
        match self {
            Self::Html(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of a web page. `None` for other bodies and for pages that nest too deep to be anybody's.
    #[must_use]
    pub fn document(&self) -> Option<scraper::Html> {
        let text = self.html().filter(|text| !html::nests_too_deep(text))?;
        Some(scraper::Html::parse_document(text))
    }

    #[must_use]
    pub fn feed(&self) -> Option<&Feed> {
        match self {
            Self::Feed(feed) => Some(feed),
            _ => None,
        }
    }
}

/// What such a platform adds.
pub(crate) trait Simple: Sync {
    /// The contract's spelling.
    fn name(&self) -> &'static str;

    /// By what it was read, as it is remembered: what was read otherwise is read anew, even where nothing changed.
    fn mark(&self) -> &str {
        self.name()
    }

    /// What every poll asks. Where an id must be found first, [`Simple::more`] asks the rest.
    fn asks(&self, page: &PageAddress, memory: &Memory, now: Timestamp) -> Vec<HttpAsk>;

    /// The keys of asks without which nothing is known of now; of several, all. The others are welcome, never needed.
    fn needs(&self) -> &[&'static str];

    /// Is it ours? By structural anchors in the bytes; 50 and more only for bodies that [`Simple::read`] can read.
    fn recognise(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence>;

    /// Writes down what a payload says that was recognised. They come in the order of their keys.
    fn read(&self, payload: &Payload, body: &Body<'_>, now: Timestamp, sheet: &mut Sheet);

    /// Further asks, once the bodies so far are known: next pages of a list, details, what needs an id. What was asked
    /// before is not asked again. Called again with their answers, up to six rounds in all.
    fn more(
        &self,
        _page: &PageAddress,
        _memory: &mut Memory,
        _bodies: &[(Payload, Body<'_>)],
        _now: Timestamp,
    ) -> Vec<HttpAsk> {
        Vec::new()
    }

    /// Where one incident stands by itself with all its words: [`Simple::read`] knows what comes from there. `None`: it
    /// stands nowhere, or the lists tell all their words for a month after the end.
    fn alone(&self, _page: &PageAddress, _memory: &Memory, _id: &str) -> Option<String> {
        None
    }

    /// Where the lists go on behind what every poll reads, newest first; `number` 2 is the first part. `None`: they end,
    /// as the bodies show or always.
    fn further(
        &self,
        _page: &PageAddress,
        _memory: &Memory,
        _bodies: &[(Payload, Body<'_>)],
        _number: usize,
    ) -> Option<String> {
        None
    }

    /// Does this surface tell of now, although the platform can be read without it: without it, something that is wrong
    /// may be missing? Where it is refused or gone, nothing is known to be well.
    fn weighs(&self, _key: &str) -> bool {
        false
    }

    /// What a body lacks that is none of ours, in a sentence. `None`: what came instead says enough.
    fn lacks(&self, _payload: &Payload, _body: &Body<'_>) -> Option<String> {
        None
    }

    /// After all payloads: what follows from them together.
    fn finish(&self, _sheet: &mut Sheet, _now: Timestamp) {}

    /// Paths below an unknown page that would prove this platform.
    fn probes(&self) -> &'static [&'static str] {
        &[]
    }

    /// Hosts that are this vendor's and nobody else's: there the poll itself is the probe.
    fn hosts(&self) -> &'static [&'static str] {
        &[]
    }
}

/// What is remembered of a page that was read once: by what it was read,
const SURFACE: &str = "surface";
/// the asks beyond the first ones,
const REST: &str = "rest";
/// the keys of what was read,
const HAD: &str = "had";
/// and the keys of what is not there.
const ABSENT: &str = "absent";

impl<P: Simple> Reader for P {
    fn recognise(&self, payload: &Payload) -> Option<Evidence> {
        Simple::recognise(self, payload, &Body::of(&decode::text(payload)))
    }

    fn recognise_body(&self, payload: &Payload, body: &Body<'_>) -> Option<Evidence> {
        Simple::recognise(self, payload, body)
    }

    fn read(&self, payloads: &[Payload], now: Timestamp) -> Reading {
        let texts: Vec<_> = payloads.iter().map(decode::text).collect();
        let bodies: Vec<_> = payloads.iter().cloned().zip(texts.iter().map(|text| Body::of(text))).collect();
        read_all(self, &bodies, now)
    }

    fn begin(&self, page: &PageAddress, memory: &Memory, now: Timestamp) -> Vec<HttpAsk> {
        self.asks(page, memory, now)
    }

    fn next(&self, page: &PageAddress, memory: &Memory, answers: &[Answered], now: Timestamp) -> Turn {
        if answers.is_empty() {
            return unreadable("unreachable", Why::plain("Nothing was answered."), memory);
        }
        let payloads = answers::payloads(answers);
        let texts: Vec<_> = payloads.iter().map(decode::text).collect();
        let parsed = payloads.iter().cloned().zip(texts.iter().map(|text| Body::of(text)));
        let mut bodies: Vec<(Payload, Body<'_>)> = Vec::new();
        let mut gone: Vec<(Payload, Body<'_>)> = Vec::new();
        let mut known = memory.clone();
        let mut lacking: Vec<(String, String)> = Vec::new();
        for (payload, body) in parsed {
            if Simple::recognise(self, &payload, &body).is_some() {
                if past::is_past(&payload.key) { gone.push((payload, body)) } else { bodies.push((payload, body)) }
            } else if let Some(sentence) = self.lacks(&payload, &body) {
                lacking.push((payload.key, sentence));
            }
        }
        let is_ours = |payload: &Payload| bodies.iter().any(|(ours, _)| ours.key == payload.key);
        for key in self.needs() {
            match answers::worth_by(answers, key, is_ours) {
                Some(Worth::Trouble(why)) => return unreadable("unreachable", why, memory),
                Some(Worth::Absent(why)) => {
                    let why = match lacking.iter().find(|(of, _)| of == key) {
                        Some((_, sentence)) => Why::plain(sentence).and(why),
                        None => why,
                    };
                    // What was remembered (an id, an address) may be out of date: the next poll looks for it anew.
                    return unreadable("not_recognised", why, &past::kept(memory));
                }
                Some(Worth::Body | Worth::Same) | None => {}
            }
        }
        let withheld = answers::withheld(answers);
        if !withheld.is_empty() {
            let read_before = memory.text(SURFACE) == Some(self.mark()) && !back::is_going(memory);
            if let Some(rest) = rest(memory).filter(|_| read_before && bodies.is_empty() && is_quiet(memory, answers)) {
                let left: Vec<HttpAsk> =
                    rest.into_iter().filter(|ask| answers::latest(answers, &ask.key).is_none()).collect();
                return if left.is_empty() {
                    Turn::Done { done: Done::Unchanged, memory: memory.clone() }
                } else {
                    Turn::More { asks: left, fresh: false }
                };
            }
            if withheld.iter().any(|ask| answers::times_asked(answers, &ask.key) > 1) {
                let why = Why::plain("The page says that nothing changed, but not what it was.");
                return unreadable("not_modified", why, memory);
            }
            return Turn::More { asks: withheld, fresh: true };
        }
        let mut more = self.more(page, &mut known, &bodies, now);
        more.retain(|ask| answers.iter().all(|answered| answered.ask.key != ask.key || answered.ask.url != ask.url));
        if !more.is_empty() {
            return Turn::More { asks: more, fresh: true };
        }
        if let Some(key) = self.needs().iter().find(|key| answers::latest(answers, key).is_none()) {
            // What was needed could not even be asked: the page does not say where it is.
            let why = answers.first().map_or_else(|| Why::plain("Nothing was answered."), Why::of);
            let place = Why::plain(&format!("It does not say where its {key} can be read."));
            return unreadable("not_recognised", why.and(place), memory);
        }
        let mut reading = read_all(self, &bodies, now);
        note_what_is_missing(self, &mut reading, memory, answers, is_ours);
        let about = Past { page, bodies: &bodies, gone: &gone, answers, now };
        let asks = about.asks(self, &known, &reading);
        if !asks.is_empty() {
            return Turn::More { asks, fresh: true };
        }
        let reading = about.joined(self, &mut known, reading);
        known.set(SURFACE, self.mark());
        let first: Vec<String> = self.asks(page, &known, now).into_iter().map(|ask| ask.key).collect();
        remember(self, &mut known, &first, answers, is_ours);
        Turn::Done { done: Done::Read(Box::new(reading)), memory: known }
    }

    fn looks_again(&self, page: &PageAddress) -> bool {
        self.alone(page, &Memory::default(), "id").is_some()
    }

    fn probes(&self) -> &'static [&'static str] {
        Simple::probes(self)
    }

    fn hosts(&self) -> &'static [&'static str] {
        Simple::hosts(self)
    }
}

/// Reads the bodies in an order of their own, so that a reading does not depend on how they came.
pub(super) fn read_all<'a, 'b: 'a, P: Simple>(
    platform: &P,
    bodies: impl IntoIterator<Item = &'a (Payload, Body<'b>)>,
    now: Timestamp,
) -> Reading {
    let mut order: Vec<&(Payload, Body<'_>)> = bodies.into_iter().collect();
    order.sort_by(|(one, _), (other, _)| (&one.key, &one.bytes).cmp(&(&other.key, &other.bytes)));
    let mut sheet = Sheet::default();
    let mut any = false;
    for (payload, body) in order {
        if Simple::recognise(platform, payload, body).is_none() {
            let text = decode::text(payload);
            let problem = match (platform.lacks(payload, body), body) {
                (Some(sentence), _) => Problem::new("missing_anchor", payload.key.clone(), sentence),
                (None, Body::Json(_)) => Problem::new(
                    "missing_anchor",
                    payload.key.clone(),
                    "This JSON lacks what makes it this platform's.",
                ),
                _ => crate::statuspage::not_ours(payload, &text),
            };
            sheet.problem(&problem.code, problem.place, problem.detail);
            continue;
        }
        any = true;
        platform.read(payload, body, now, &mut sheet);
    }
    if !any {
        return sheet.unread();
    }
    platform.finish(&mut sheet, now);
    sheet.reading(platform.name())
}

/// The asks that followed the first ones when the page was read; `None` where they were more than questions, so that
/// nothing tells whether they would be answered the same.
fn rest(memory: &Memory) -> Option<Vec<HttpAsk>> {
    let Some(rest) = memory.0.get(REST) else { return Some(Vec::new()) };
    let pair = |one: &Value| Some(HttpAsk::get(one.get(0)?.as_str()?, one.get(1)?.as_str()?));
    rest.as_array()?.iter().map(pair).collect()
}

/// Every answer says "unchanged", or is missing where it was missing before.
fn is_quiet(memory: &Memory, answers: &[Answered]) -> bool {
    let absent = |key: &str| listed(memory, ABSENT).any(|known| known == key);
    answers.iter().all(|answered| match answers::worth_by(answers, &answered.ask.key, |_| false) {
        Some(Worth::Same) => true,
        Some(Worth::Absent(_)) => absent(&answered.ask.key),
        Some(Worth::Body | Worth::Trouble(_)) | None => false,
    })
}

fn listed<'a>(memory: &'a Memory, what: &str) -> impl Iterator<Item = &'a str> {
    memory.0.get(what).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

/// The keys that were asked of now, each once.
fn keys(answers: &[Answered]) -> Vec<&str> {
    let asked = answers.iter().map(|answered| answered.ask.key.as_str());
    let mut keys: Vec<&str> = asked.filter(|key| !past::is_past(key)).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Notes what was asked and what came. `first`: the keys with which every poll begins.
/// A surface that weighs and is gone stays missed: a second poll without it makes nothing better.
fn remember<P: Simple>(
    platform: &P,
    memory: &mut Memory,
    first: &[String],
    answers: &[Answered],
    is_ours: impl Fn(&Payload) -> bool,
) {
    let missed: Vec<String> = listed(memory, HAD).filter(|key| platform.weighs(key)).map(str::to_owned).collect();
    let (mut rest, mut had, mut absent): (Vec<Value>, Vec<Value>, Vec<Value>) = Default::default();
    let mut only_questions = true;
    for key in keys(answers) {
        let Some(answered) = answers::latest(answers, key) else { continue };
        if !first.iter().any(|known| known == key) {
            only_questions &= answered.ask.method == Method::Get;
            rest.push(serde_json::json!([key, answered.ask.url]));
        }
        let worth = answers::worth_by(answers, key, &is_ours);
        if matches!(worth, Some(Worth::Body)) || missed.iter().any(|known| known == key) {
            had.push(key.into());
        }
        if matches!(worth, Some(Worth::Absent(_))) {
            absent.push(key.into());
        }
    }
    let rest = if only_questions { Value::Array(rest) } else { Value::Null };
    for (name, value) in [(REST, rest), (HAD, had.into()), (ABSENT, absent.into())] {
        if value.as_array().is_some_and(Vec::is_empty) {
            memory.0.remove(name);
        } else {
            memory.set(name, value);
        }
    }
}

/// A surface that failed, is refused, or is gone is told; what stood there is not known to be gone. Without one that
/// tells of now, nothing is known to be well.
fn note_what_is_missing<P: Simple>(
    platform: &P,
    reading: &mut Reading,
    memory: &Memory,
    answers: &[Answered],
    is_ours: impl Fn(&Payload) -> bool,
) {
    for key in keys(answers) {
        let refused = answers::latest(answers, key).is_some_and(is_refused);
        let had = listed(memory, HAD).any(|known| known == key);
        let why = match answers::worth_by(answers, key, &is_ours) {
            Some(Worth::Trouble(why)) => why,
            Some(Worth::Absent(why)) if refused || had => why,
            Some(Worth::Absent(_) | Worth::Body | Worth::Same) | None => continue,
        };
        reading.problems.push(Problem::new("incomplete", key, why.told()));
        reading.covers = tocsin_domain::Covers::default();
        if platform.weighs(key) || reading.components.is_empty() {
            reading.health = reading.health.max(Health::Unknown);
        }
    }
}

/// It may be there, and we may not see it.
fn is_refused(answered: &Answered) -> bool {
    matches!(&answered.answer, Answer::Http(http) if matches!(http.status, 401 | 402 | 403 | 407 | 451))
}
