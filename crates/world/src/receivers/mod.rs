//! Receivers for every channel. They answer as the real ones do, keep what arrived, and show it as a person would see it.

mod cards;
mod markup;
mod page;
pub mod smtp;

use std::net::SocketAddr;
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Limited};
use hyper::{Method, Request, body::Incoming};
use serde_json::{Value, json};
use tocsin_domain::Timestamp;

use crate::reply::Answer;
use crate::server::Stage;

/// What is kept; older ones are let go.
const KEPT: usize = 500;
/// No message is larger (bytes).
const LARGEST: usize = 4 << 20;

/// Which kind of receiver something came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Webhook,
    Email,
    Slack,
    Discord,
    Teams,
}

impl Kind {
    pub const ALL: [Self; 5] = [Self::Slack, Self::Discord, Self::Teams, Self::Email, Self::Webhook];

    /// As channels are called: `slack`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Email => "email",
            Self::Slack => "slack",
            Self::Discord => "discord",
            Self::Teams => "teams",
        }
    }

    /// As people call it.
    const fn title(self) -> &'static str {
        match self {
            Self::Webhook => "Webhook",
            Self::Email => "E-mail",
            Self::Slack => "Slack",
            Self::Discord => "Discord",
            Self::Teams => "Microsoft Teams",
        }
    }

    /// Its address below the world's, in the shape of the real one's. No vendor's slug begins with `~`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        match self {
            Self::Webhook => "/~webhook",
            Self::Email => "",
            Self::Slack => "/~slack/services/T0WORLD/B0WORLD/simulated",
            Self::Discord => "/~discord/api/webhooks/100000000000000001/simulated",
            Self::Teams => "/~teams/workflows/simulated/triggers/manual/paths/invoke",
        }
    }
}

/// One message.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// From 1 on, in the order of coming.
    pub number: usize,
    /// When its last byte was there: microseconds since 1970 in UTC.
    pub at_us: i64,
    pub kind: Kind,
    /// The path it was posted to, or the mail's recipients.
    pub to: String,
    /// `webhook-…` headers of a webhook, lower-case.
    pub headers: Vec<(String, String)>,
    pub body: Bytes,
}

/// What arrived, oldest first.
#[derive(Debug, Default)]
pub struct Receivers {
    arrived: Mutex<Vec<Arrived>>,
}

impl Receivers {
    /// Keeps what arrived and says under which number.
    fn take(&self, at_us: i64, kind: Kind, to: String, headers: Vec<(String, String)>, body: Bytes) -> usize {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let number = arrived.last().map_or(1, |last| last.number + 1);
        arrived.push(Arrived { number, at_us, kind, to, headers, body });
        if arrived.len() > KEPT {
            arrived.remove(0);
        }
        number
    }

    /// Puts new words into a message that is kept. False: there is none of that number.
    fn edit(&self, number: usize, words: &Value) -> bool {
        let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(one) = arrived.iter_mut().find(|one| one.number == number) else { return false };
        let mut message: Value = serde_json::from_slice(&one.body).unwrap_or_default();
        if let (Some(message), Some(words)) = (message.as_object_mut(), words.as_object()) {
            message.extend(words.clone());
        }
        one.body = Bytes::from(message.to_string());
        true
    }

    /// A copy of everything that is kept.
    #[must_use]
    pub fn all(&self) -> Vec<Arrived> {
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).clone()
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

/// Answers what is no vendor's.
pub(crate) async fn answer(stage: &Stage, path: &str, request: Request<Incoming>) -> Answer {
    let not_found = || Answer::new(404, "text/plain; charset=utf-8", "Nobody lives here.\n");
    if request.method() == Method::GET {
        let asked = page::Asked::of(request.uri().query().unwrap_or_default());
        return get(stage, path, asked).unwrap_or_else(not_found);
    }
    if let Some(slug) = path.strip_prefix("/~now/") {
        return brought_forward(stage, slug);
    }
    let Some(kind) = Kind::ALL.into_iter().find(|kind| path.starts_with(&format!("/~{}", kind.name()))) else {
        return not_found();
    };
    let edits = request.method() == Method::PATCH && kind == Kind::Discord;
    let waits = request.uri().query().unwrap_or_default().contains("wait=true");
    let headers = request.headers().iter().filter(|(name, _)| name.as_str().starts_with("webhook-"));
    let headers =
        headers.map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let headers: Vec<(String, String)> = headers.collect();
    let path = path.to_owned();
    let Ok(body) = Limited::new(request.into_body(), LARGEST).collect().await else {
        return Answer::new(413, "text/plain", "Too large.");
    };
    let (at_us, body) = (stage.now_us(), body.to_bytes());
    if edits {
        return edited(stage, &path, &body);
    }
    let answer = posted(kind, &body);
    if answer.status >= 300 {
        return answer;
    }
    let number = stage.receivers.take(at_us, kind, path, headers, body);
    if kind == Kind::Discord && waits { named(number) } else { answer }
}

/// Discord's ids are long; what comes after this is the number here.
const FIRST_ID: usize = 1_100_000_000_000_000_000;

/// What Discord says of a message that it kept.
fn named(number: usize) -> Answer {
    let id = (FIRST_ID + number).to_string();
    Answer::new(
        200,
        "application/json",
        json!({ "id": id, "type": 0, "channel_id": "1000000000000000001" }).to_string(),
    )
}

/// `PATCH …/messages/<id>`.
fn edited(stage: &Stage, path: &str, body: &[u8]) -> Answer {
    let id = path.rsplit_once("/messages/").and_then(|(_, id)| id.parse::<usize>().ok());
    let number = id.and_then(|id| id.checked_sub(FIRST_ID));
    let words: Value = serde_json::from_slice(body).unwrap_or_default();
    match number.filter(|number| stage.receivers.edit(*number, &words)) {
        Some(number) => named(number),
        None => {
            let said = json!({ "message": "Unknown Message", "code": 10_008 });
            Answer::new(404, "application/json", said.to_string())
        }
    }
}

/// What the real ones answer.
fn posted(kind: Kind, body: &[u8]) -> Answer {
    let json: Option<Value> = serde_json::from_slice(body).ok();
    let has = |key: &str| json.as_ref().is_some_and(|json| json.get(key).is_some());
    match kind {
        Kind::Slack if json.is_none() => Answer::new(400, "text/html", "invalid_payload"),
        Kind::Slack if !has("text") && !has("blocks") => Answer::new(400, "text/html", "no_text"),
        Kind::Slack => Answer::new(200, "text/html", "ok"),
        Kind::Discord if !has("content") && !has("embeds") => {
            let said = json!({ "message": "Cannot send an empty message", "code": 50006 });
            Answer::new(400, "application/json", said.to_string())
        }
        Kind::Discord => Answer::new(204, "application/json", Bytes::new()),
        Kind::Teams if !has("attachments") => {
            Answer::new(400, "application/json", "{\"error\":{\"code\":\"InvalidRequest\"}}")
        }
        Kind::Teams => Answer::new(202, "application/json", Bytes::new()),
        Kind::Webhook | Kind::Email => Answer::new(200, "text/plain", "ok"),
    }
}

/// `POST /~now/<slug>`: what the scenario has for later begins at once.
fn brought_forward(stage: &Stage, slug: &str) -> Answer {
    let now = Timestamp::from_second(stage.now_us().div_euclid(1_000_000));
    match stage.ledger.bring_forward(&stage.world, slug, now) {
        Some(title) => Answer::new(200, "application/json", json!({ "title": title, "at": now }).to_string()),
        None => {
            Answer::new(404, "text/plain; charset=utf-8", "There is no such vendor, or nothing is to come there.\n")
        }
    }
}

fn get(stage: &Stage, path: &str, asked: page::Asked) -> Option<Answer> {
    match path {
        "/" => Some(page::arrived(&stage.receivers.all(), asked, &addresses(&stage.base, stage.smtp))),
        "/~world.json" => Some(Answer::new(200, "application/json", stage.addresses().to_string())),
        "/~arrived.json" => Some(Answer::new(200, "application/json", page::json(&stage.receivers.all()).to_string())),
        "/~answered.json" => Some(Answer::new(200, "application/json", stage.ledger.answers().to_string())),
        "/~style.css" => Some(Answer::new(200, "text/css; charset=utf-8", include_str!("style.css"))),
        _ => {
            let number: usize = path.strip_prefix("/~mail/")?.parse().ok()?;
            let all = stage.receivers.all();
            let mail = all.iter().find(|one| one.number == number && one.kind == Kind::Email)?;
            page::mail_html(&mail.body)
        }
    }
}
