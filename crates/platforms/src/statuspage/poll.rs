//! How a page that speaks `api/v2` is asked: one small request while nothing happens, the history when something did,
//! the feed and the page where the API is switched off.

use serde_json::{Map, Value};
use tocsin_domain::{HttpAsk, Reading, Timestamp};

use super::Document;
use super::past::Surfaces;
use crate::kit::answers::{self, Why, Worth, unreadable};
use crate::kit::{back, decode};
use crate::{Answered, Done, Memory, PageAddress, Payload, Reader, Turn};

/// The history is read at least this often (seconds), because short incidents show only there.
const HISTORY_EVERY_S: i64 = 15 * 60;
/// A page whose API was switched off is asked for it again this often (seconds).
const API_AGAIN_S: i64 = 60 * 60;

/// Which surfaces a platform has below the page's address. `{host}` in a path is the page's host.
pub struct Api {
    /// Path of the one request that shows whether anything changed.
    pub summary: &'static str,
    /// Key and path of what holds closed incidents and past maintenances.
    pub history: &'static [(&'static str, &'static str)],
    /// Keys of the history without which a reading would lack something: their bodies are needed for each one.
    pub whole: &'static [&'static str],
    pub feed: Option<&'static str>,
    pub html: bool,
    /// Where one incident with all its words stands, and where the history goes on.
    pub past: Surfaces,
    /// What a summary says; `None` where it is not this platform's.
    pub look: fn(&Payload) -> Option<Look>,
}

impl Api {
    pub fn begin(&self, page: &PageAddress, memory: &Memory, now: Timestamp) -> Vec<HttpAsk> {
        let api_is_off = memory.time("json_tried_at").is_some_and(|at| now.since(at) < API_AGAIN_S);
        match memory.text("surface") {
            Some("feed") if api_is_off => self.feed_ask(page).into_iter().collect(),
            Some("html") if api_is_off => vec![html_ask(page)],
            _ => vec![self.summary_ask(page)],
        }
    }

    pub fn next(
        &self,
        reader: &dyn Reader,
        page: &PageAddress,
        memory: &Memory,
        answers: &[Answered],
        now: Timestamp,
    ) -> Turn {
        let poll = Poll { api: self, reader, page, memory, answers, now };
        let mut look = None;
        let summary = answers::worth_by(answers, "summary", |payload| {
            look = (self.look)(payload);
            look.is_some()
        });
        match (summary, look) {
            (Some(Worth::Body), Some(look)) => poll.summary_has_come(look),
            (None | Some(Worth::Body), _) => poll.without_api(None),
            (Some(Worth::Absent(why)), _) => poll.without_api(Some(why)),
            (Some(Worth::Trouble(_)), _) if matches!(memory.text("surface"), Some("feed" | "html")) => {
                poll.without_api(None)
            }
            (Some(Worth::Trouble(why)), _) => unreadable("unreachable", why, memory),
            (Some(Worth::Same), _) => poll.summary_is_the_same(),
        }
    }

    fn summary_ask(&self, page: &PageAddress) -> HttpAsk {
        HttpAsk::get("summary", page.below(self.summary))
    }

    fn feed_ask(&self, page: &PageAddress) -> Option<HttpAsk> {
        self.feed.map(|path| HttpAsk::get("feed", page.below(path)))
    }

    fn history_asks(&self, page: &PageAddress) -> Vec<HttpAsk> {
        self.history_asks_where(page, |_| true)
    }

    fn history_asks_where(&self, page: &PageAddress, wanted: impl Fn(&str) -> bool) -> Vec<HttpAsk> {
        let host = page.url.host_str().unwrap_or_default();
        let wanted = self.history.iter().filter(|(key, _)| wanted(key));
        wanted.map(|(key, path)| HttpAsk::get(*key, page.below(&path.replace("{host}", host)))).collect()
    }
}

fn html_ask(page: &PageAddress) -> HttpAsk {
    HttpAsk::get("html", page.url.to_string())
}

pub(super) struct Poll<'a> {
    pub(super) api: &'a Api,
    pub(super) reader: &'a dyn Reader,
    pub(super) page: &'a PageAddress,
    pub(super) memory: &'a Memory,
    pub(super) answers: &'a [Answered],
    pub(super) now: Timestamp,
}

impl<'a> Poll<'a> {
    fn answered(&self, key: &str) -> Option<&'a Answered> {
        answers::latest(self.answers, key)
    }

    pub(super) fn times_asked(&self, key: &str) -> usize {
        answers::times_asked(self.answers, key)
    }

    pub(super) fn worth(&self, key: &str) -> Option<Worth> {
        answers::worth(self.reader, self.answers, key)
    }

    fn history_is_due(&self) -> bool {
        back::is_going(self.memory)
            || self.memory.time("history_at").is_none_or(|at| self.now.since(at) >= HISTORY_EVERY_S)
    }

    fn history_was_asked(&self) -> bool {
        self.api.history.iter().any(|(key, _)| self.answered(key).is_some())
    }

    fn summary_is_the_same(&self) -> Turn {
        let everything = || {
            let asks =
                std::iter::once(self.api.summary_ask(self.page)).chain(self.api.history_asks(self.page)).collect();
            Turn::More { asks, fresh: true }
        };
        // Without a memory "the same" says nothing; an absence that nothing explained is looked at twice; and the past
        // is read beside the present.
        let must_see = self.memory.text("summary").is_none()
            || self.memory.0.contains_key("look_again")
            || back::is_going(self.memory);
        if must_see {
            if self.times_asked("summary") < 2 {
                return everything();
            }
            return unreadable(
                "not_modified",
                Why::plain("The page says that nothing changed, but not what it was."),
                self.memory,
            );
        }
        if !self.history_was_asked() {
            if self.history_is_due() {
                return Turn::More { asks: self.api.history_asks(self.page), fresh: false };
            }
            return Turn::Done { done: Done::Unchanged, memory: self.memory.clone() };
        }
        let changed = self.api.history.iter().any(|(key, _)| matches!(self.worth(key), Some(Worth::Body)));
        if !changed || self.times_asked("summary") > 1 {
            let mut memory = self.memory.clone();
            memory.set("history_at", self.now.to_string());
            return Turn::Done { done: Done::Unchanged, memory };
        }
        // The reading needs the whole: the summary, and what stood still beside what moved.
        let still = self.api.history_asks_where(self.page, |key| matches!(self.worth(key), Some(Worth::Same)));
        Turn::More { asks: std::iter::once(self.api.summary_ask(self.page)).chain(still).collect(), fresh: true }
    }

    fn summary_has_come(&self, look: Look) -> Turn {
        let Look { print, reading } = look;
        let before = self.memory.text("summary");
        let changed = before != Some(print.text.as_str()) || self.memory.0.contains_key("look_again");
        if (changed || self.history_is_due()) && !self.history_was_asked() {
            return Turn::More { asks: self.api.history_asks(self.page), fresh: false };
        }
        let lacking = self.api.history_asks_where(self.page, |key| self.is_lacking(key));
        if !lacking.is_empty() {
            return Turn::More { asks: lacking, fresh: true };
        }
        let mut memory = self.memory.clone();
        let mut reading = reading
            .filter(|_| !self.history_was_asked())
            .unwrap_or_else(|| self.reader.read(&self.payloads(&["summary"], true), self.now));
        if self.history_was_asked() {
            let present = self.payloads(&["summary"], true);
            reading = match self.with_the_past(&mut memory, reading, present) {
                Ok(reading) => reading,
                Err(more) => return more,
            };
        }
        memory.set("surface", "json");
        memory.0.remove("json_tried_at");
        memory.set("summary", print.text);
        if self.history_was_asked() {
            memory.set("history_at", self.now.to_string());
        }
        self.remember_open(&mut memory, print.open, &reading);
        Turn::Done { done: Done::Read(Box::new(reading)), memory }
    }

    /// Needed for every reading, and not here yet.
    fn is_lacking(&self, key: &str) -> bool {
        let here = !matches!(self.worth(key), None | Some(Worth::Same));
        self.api.whole.contains(&key) && !here && self.times_asked(key) < 2
    }

    /// An incident that was open and is listed nowhere now is looked for once more, even if nothing else changes:
    /// one absence may be a cache's mistake.
    fn remember_open(&self, memory: &mut Memory, open: Vec<Value>, reading: &Reading) {
        let listed = |id: &str| {
            reading.incidents.iter().any(|report| report.id == id)
                || reading.maintenances.iter().any(|work| work.id == id)
        };
        let before = self.memory.0.get("open").and_then(Value::as_array);
        let lost = before.into_iter().flatten().filter_map(Value::as_str).any(|id| !listed(id));
        if lost && memory.0.remove("look_again").is_none() {
            memory.set("look_again", true);
        } else {
            memory.0.remove("look_again");
        }
        memory.set("open", Value::Array(open));
    }

    fn payloads(&self, first: &[&str], with_history: bool) -> Vec<Payload> {
        let history = self.api.history.iter().map(|(key, _)| *key).filter(|_| with_history);
        first.iter().copied().chain(history).filter_map(|key| self.answered(key)?.payload()).collect()
    }

    /// The feed, then the page itself. `why`: what was wrong with the API, if it was asked.
    fn without_api(&self, why: Option<Why>) -> Turn {
        let mut memory = self.memory.clone();
        if why.is_some() {
            memory.set("json_tried_at", self.now.to_string());
        }
        let mut tried = Vec::from_iter(why);
        let surfaces = [("feed", self.api.feed_ask(self.page)), ("html", self.api.html.then(|| html_ask(self.page)))];
        let skip_feed = self.memory.text("surface") == Some("html") && self.answered("html").is_some();
        for (key, ask) in surfaces {
            let Some(ask) = ask.filter(|_| !(key == "feed" && skip_feed)) else { continue };
            match self.worth(key) {
                None => return Turn::More { asks: vec![ask], fresh: false },
                Some(Worth::Body) => {
                    let present = self.payloads(&[key], false);
                    let reading = self.reader.read(&present, self.now);
                    let reading = match self.with_the_past(&mut memory, reading, present) {
                        Ok(reading) => reading,
                        Err(more) => return more,
                    };
                    memory.set("surface", key);
                    return Turn::Done { done: Done::Read(Box::new(reading)), memory };
                }
                Some(Worth::Same) if memory.text("surface") == Some(key) && !back::is_going(&memory) => {
                    return Turn::Done { done: Done::Unchanged, memory };
                }
                Some(Worth::Same) if self.times_asked(key) < 2 => return Turn::More { asks: vec![ask], fresh: true },
                Some(Worth::Same) => tried.push(Why::plain("The page says that nothing changed, but not what it was.")),
                Some(Worth::Trouble(why)) => return unreadable("unreachable", why, &memory),
                Some(Worth::Absent(why)) => tried.push(why),
            }
        }
        if let Some(Value::String(_)) = memory.0.get("surface") {
            memory.0.remove("surface");
        }
        let why = tried.into_iter().reduce(Why::and);
        unreadable("not_recognised", why.unwrap_or_else(|| Why::plain("Nothing was answered.")), &memory)
    }
}

/// What a summary says.
pub struct Look {
    pub print: Print,
    /// The whole reading, where the summary alone makes one and was read in the same pass.
    pub reading: Option<Reading>,
}

impl Look {
    /// Of a body in the shape of `api/v2` that the platform knows as its own.
    pub fn of_known(reader: &dyn Reader, payload: &Payload) -> Option<Self> {
        reader.recognise(payload)?;
        let text = decode::text(payload);
        let document = decode::json(&text).and_then(|json| Document::read_without_components(json).ok());
        Some(Self { print: Print::of(&document.unwrap_or_default()), reading: None })
    }
}

/// What is remembered of a summary.
pub struct Print {
    /// Changes when the page or an open incident changed.
    pub text: String,
    /// Ids of what is open or announced.
    pub open: Vec<Value>,
}

impl Print {
    pub fn of(document: &Document<'_>) -> Self {
        let mut print = Map::new();
        let mut open = Vec::new();
        let updated = document.page.as_ref().and_then(|page| page.updated_at.as_str()).unwrap_or_default();
        for incident in document.incidents.iter().chain(&document.scheduled_maintenances).flatten() {
            let count = incident.incident_updates.as_ref().map_or(0, Vec::len);
            let state = format!("{} {} {count}", incident.updated_at.owned(), incident.status.owned());
            print.insert(incident.id.owned(), Value::String(state));
            open.push(Value::String(super::json::public_id(incident)));
        }
        let state = serde_json::to_vec(&print).unwrap_or_default();
        let hash = tocsin_domain::ids::hash64(&[updated.as_bytes(), &state]);
        Self { text: format!("{updated} {hash:016x}"), open }
    }
}
