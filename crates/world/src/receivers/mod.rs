//! Receivers for every channel. They answer as the real ones do, refuse what those refuse, keep what arrived, and show it
//! as a person would see it.
//!
//! A receiver is at `/~slack/…` and the like. `/~at/NAME/~slack/…` is another one of the kind, which remembers by itself;
//! before `/~fault/WORDS/~slack/…` its first requests meet the faults that the words name (see [`fault`]), one after the
//! other. `POST /~then/NAME/WORDS` says what the next requests to receivers of that name meet.

mod alarms;
mod cards;
mod chats;
mod desk;
pub mod fault;
mod fields;
mod journal;
mod kind;
mod markup;
mod page;
mod phones;
mod place;
mod programs;
mod proof;
mod rooms;
pub mod smtp;
mod tickets;
mod ways;

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{Method, Request, body::Incoming};
use serde_json::{Value, json};
use tocsin_domain::Timestamp;

use crate::reply::{Answer, How, Reply};
use crate::server::Stage;
use desk::{Act, Asked, Desk, Done};
use fault::Fault;
use journal::{Entry, Journal};
pub use kind::Kind;
use place::Place;
pub use ways::settings;

/// What is kept; older ones are let go.
const KEPT: usize = 500;
/// No message is larger (bytes).
const LARGEST: usize = 4 << 20;

/// One message.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// From 1 on, in the order of coming.
    pub number: usize,
    /// When its last byte was there: microseconds since 1970 in UTC.
    pub at_us: i64,
    pub kind: Kind,
    /// Which receiver of that kind; empty for the usual one.
    pub name: String,
    /// `POST` and the like.
    pub method: String,
    /// The path it was sent to, or the mail's recipients.
    pub to: String,
    /// `webhook-…` headers of a webhook, lower-case.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
    /// What it says, where the bytes are no JSON of their own.
    pub read: Option<Value>,
    /// The service's name for it.
    pub thing: String,
}

impl Arrived {
    /// What it says, as JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        self.read.clone().unwrap_or_else(|| serde_json::from_slice(&self.body).unwrap_or_default())
    }
}

/// What arrived, what was asked for, and what the services remember.
#[derive(Debug, Default)]
pub struct Receivers {
    arrived: Mutex<Vec<Arrived>>,
    journal: Journal,
    desks: Mutex<HashMap<(String, Kind), Desk>>,
    /// How many requests met the faults of an address.
    met: Mutex<HashMap<String, usize>>,
    /// What the next requests to receivers of a name meet.
    coming: Mutex<HashMap<String, VecDeque<Fault>>>,
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Receivers {
    /// Keeps what arrived, under the next number.
    fn take(&self, mut one: Arrived) {
        let mut arrived = locked(&self.arrived);
        one.number = arrived.last().map_or(1, |last| last.number + 1);
        arrived.push(one);
        if arrived.len() > KEPT {
            arrived.remove(0);
        }
    }

    /// Puts new words into a message that is kept.
    fn edit(&self, kind: Kind, name: &str, thing: &str, words: &Value) {
        let mut arrived = locked(&self.arrived);
        let mut all = arrived.iter_mut().rev();
        let Some(one) = all.find(|one| one.kind == kind && one.name == name && one.thing == thing) else { return };
        let mut message = one.json();
        if let (Some(message), Some(words)) = (message.as_object_mut(), words.as_object()) {
            message.extend(words.clone());
        }
        match &mut one.read {
            Some(read) => *read = message,
            None => one.body = Bytes::from(message.to_string()),
        }
    }

    /// What a request to an address that names faults meets: each its own, in order.
    fn meets(&self, address: &str, words: &str, name: &str) -> Fault {
        if let Some(fault) = locked(&self.coming).get_mut(name).and_then(VecDeque::pop_front) {
            return fault;
        }
        let Some((all, stays)) = fault::list(words) else { return Fault::Well };
        let mut met = locked(&self.met);
        let turn = met.entry(address.to_owned()).or_default();
        let fault = all.get(*turn).copied().or_else(|| all.last().copied().filter(|_| stays));
        *turn += 1;
        fault.unwrap_or(Fault::Well)
    }

    /// A copy of everything that is kept.
    #[must_use]
    pub fn all(&self) -> Vec<Arrived> {
        locked(&self.arrived).clone()
    }
}

/// Where each receiver is, by the name of its kind.
#[must_use]
pub fn addresses(base: &str, smtp: SocketAddr) -> Value {
    let address = |kind: Kind| match kind {
        Kind::Email => format!("smtp://{smtp}"),
        other => format!("{base}{}", other.path()),
    };
    Kind::ALL.iter().map(|kind| (kind.name().to_owned(), Value::String(address(*kind)))).collect()
}

/// The settings of channels that are told here, by the name of their kind: a list, one for each way in which it can be told.
#[must_use]
pub fn channels(base: &str) -> Value {
    Kind::ALL.iter().map(|kind| (kind.name().to_owned(), Value::from(settings(*kind, base)))).collect()
}

/// Answers what is no vendor's.
pub(crate) async fn answer(stage: &Stage, path: &str, request: Request<Incoming>) -> Reply {
    let whole = |answer| Reply { delay_ms: 0, how: How::Whole(answer) };
    if let Some(place) = Place::of(path) {
        let (path, query) = (path.to_owned(), request.uri().query().unwrap_or_default().to_owned());
        let (parts, body) = request.into_parts();
        let Ok(body) = Limited::new(body, LARGEST).collect().await else {
            return whole(desk::text(413, "Too large."));
        };
        let asked = Asked {
            method: &parts.method,
            path: place.rest.trim_end_matches('/'),
            whole_path: &path,
            query: &query,
            headers: &parts.headers,
            body: &body.to_bytes(),
            now: Timestamp::from_second(stage.now_us().div_euclid(1_000_000)),
        };
        return served(stage, &place, &asked);
    }
    let not_found = || desk::text(404, "Nobody lives here.\n");
    if request.method() == Method::GET {
        let asked = page::Asked::of(request.uri().query().unwrap_or_default());
        return whole(get(stage, path, asked).unwrap_or_else(not_found));
    }
    if let Some(slug) = path.strip_prefix("/~now/") {
        return whole(brought_forward(stage, slug));
    }
    whole(path.strip_prefix("/~then/").and_then(|rest| then(stage, rest)).unwrap_or_else(not_found))
}

/// What a service answers, as a fault leaves it.
fn served(stage: &Stage, place: &Place<'_>, asked: &Asked<'_>) -> Reply {
    let (at_us, kind, receivers) = (stage.now_us(), place.kind, &stage.receivers);
    let fault = receivers.meets(place.address, place.faults, place.name);
    let mut entry = Entry {
        at_us,
        kind,
        name: place.name.to_owned(),
        method: asked.method.to_string(),
        path: asked.whole_path.to_owned(),
        id: asked.header("webhook-id").to_owned(),
        fault,
        status: None,
        act: Act::Refused,
        thing: String::new(),
        of: String::new(),
        read: serde_json::from_slice(asked.body).unwrap_or_default(),
    };
    if let Some(reply) = fault.instead(kind) {
        entry.status = status(&reply);
        receivers.journal.note(entry);
        return reply;
    }
    let Done { act, thing, of, answer, read } = {
        let mut desks = locked(&receivers.desks);
        kind.answer(asked, desks.entry((place.name.to_owned(), kind)).or_default())
    };
    if let Some(read) = &read {
        entry.read = read.clone();
    }
    if act == Act::Edited {
        receivers.edit(kind, place.name, &thing, &entry.read);
    } else if act.is_message() {
        let of_webhook = asked.headers.iter().filter(|(name, _)| name.as_str().starts_with("webhook-"));
        let headers = of_webhook
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        receivers.take(Arrived {
            number: 0,
            at_us,
            kind,
            name: place.name.to_owned(),
            method: asked.method.to_string(),
            to: asked.whole_path.to_owned(),
            headers,
            body: asked.body.clone(),
            read,
            thing: thing.clone(),
        });
    }
    let reply = fault.over(answer);
    entry = Entry { act, thing, of, status: status(&reply), ..entry };
    receivers.journal.note(entry);
    reply
}

fn status(reply: &Reply) -> Option<u16> {
    match &reply.how {
        How::Whole(answer) | How::Drops(answer) => Some(answer.status),
        _ => None,
    }
}

/// `POST /~then/<name>/<faults>`: what the next requests to receivers of that name meet, in place of what was said before.
fn then(stage: &Stage, rest: &str) -> Option<Answer> {
    let (name, words) = rest.split_once('/')?;
    let Some((all, false)) = fault::list(words) else {
        return Some(desk::text(400, "These are no faults: write them like error,busy-2,hang.\n"));
    };
    let waiting: Vec<String> = all.iter().map(|fault| fault.word()).collect();
    locked(&stage.receivers.coming).insert(name.to_owned(), all.into());
    Some(desk::answer(200, &json!({ "waiting": waiting })))
}

/// `POST /~now/<slug>`: what the scenario has for later begins at once.
fn brought_forward(stage: &Stage, slug: &str) -> Answer {
    let now = Timestamp::from_second(stage.now_us().div_euclid(1_000_000));
    match stage.ledger.bring_forward(&stage.world, slug, now) {
        Some(title) => desk::answer(200, &json!({ "title": title, "at": now })),
        None => desk::text(404, "There is no such vendor, or nothing is to come there.\n"),
    }
}

fn get(stage: &Stage, path: &str, asked: page::Asked) -> Option<Answer> {
    match path {
        "/" => Some(page::arrived(&stage.receivers.all(), asked, &addresses(&stage.base, stage.smtp))),
        "/~world.json" => Some(desk::answer(200, &stage.addresses())),
        "/~arrived.json" => Some(desk::answer(200, &page::json(&stage.receivers.all()))),
        "/~journal.json" => Some(desk::answer(200, &stage.receivers.journal.json())),
        "/~answered.json" => Some(desk::answer(200, &stage.ledger.answers())),
        "/~style.css" => Some(Answer::new(200, "text/css; charset=utf-8", include_str!("style.css"))),
        _ => {
            let number: usize = path.strip_prefix("/~mail/")?.parse().ok()?;
            let all = stage.receivers.all();
            let mail = all.iter().find(|one| one.number == number && one.kind == Kind::Email)?;
            page::mail_html(&mail.body)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_come_one_after_the_other_at_each_address() {
        let receivers = Receivers::default();
        let meets = |address: &str, words: &str| receivers.meets(address, words, "a");
        assert_eq!(meets("x", "error,busy"), Fault::Error);
        assert_eq!(meets("y", "error*"), Fault::Error);
        assert_eq!(meets("x", "error,busy"), Fault::Busy(1));
        assert_eq!([meets("x", "error,busy"), meets("y", "error*")], [Fault::Well, Fault::Error]);
        assert_eq!(meets("z", ""), Fault::Well);
        locked(&receivers.coming).insert("a".to_owned(), [Fault::Hang].into());
        assert_eq!([meets("z", ""), meets("z", "")], [Fault::Hang, Fault::Well]);
    }

    #[test]
    fn every_kind_has_an_address_and_settings_of_its_own() {
        let mut paths: Vec<String> = Kind::ALL.iter().map(|kind| kind.path()).collect();
        paths.sort();
        paths.dedup();
        assert_eq!(paths.len(), Kind::ALL.len());
        for kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(*kind));
            assert!(!settings(*kind, "http://world").is_empty(), "{}", kind.name());
        }
    }
}
