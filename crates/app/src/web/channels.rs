//! `/channels`: where messages go, and a test of each.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tocsin_channels::Kind;
use tocsin_domain::Timestamp;
use tocsin_pages::channel::{self, Facts, Setting, Tested};
use tocsin_pages::channels as list;
use tocsin_pages::form::Wrong;
use tocsin_pages::monitors::Gone;
use tocsin_store::{ChannelRow, StoreError};
use uuid::Uuid;

use super::forms::{Fields, Member, see, status, wrong};
use super::{PathId, Trouble, chrome, facts, html, kinds};
use crate::app::App;
use crate::clock;
use crate::directory::Directory;
use crate::served::Served;
use crate::setup::{self, Refusal, channels};
use crate::work::{returned, trial};

/// What a channel was not told is offered to be sent again for this long (milliseconds).
const MISSED_MS: i64 = 14 * 24 * 3_600_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    gone: Option<Uuid>,
    saved: Option<String>,
    kind: Option<String>,
    q: String,
}

pub async fn page(_: Member, State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    show_list(&served.app, StatusCode::OK, asked.gone, None).await
}

async fn show_list(app: &App, status: StatusCode, gone: Option<Uuid>, refused: Option<String>) -> Response {
    let gone = match gone {
        Some(id) => match app.store.removed_channel(id, setup::earliest(clock::now())).await {
            Ok(row) => row.map(|row| Gone {
                action: format!("/channels/{id}/restore"),
                said: format!("The channel {} is deleted.", row.name),
            }),
            Err(error) => return Trouble::from(error).page(app),
        },
        None => None,
    };
    let directory = app.directory();
    let mut rows: Vec<list::Channel> = directory.channels().map(|row| entry(&directory, row)).collect();
    rows.sort_by_key(|channel| channel.name.to_lowercase());
    html(status, list::render(&list::Facts { chrome: chrome(app), channels: rows, gone, refused }))
}

fn entry(directory: &Directory, row: &ChannelRow) -> list::Channel {
    list::Channel {
        id: row.id,
        name: row.name.clone(),
        kind: facts::kind(&row.kind),
        place: place(row),
        groups: channels::users(directory, row.id),
        disabled: row.disabled.clone(),
        declared: row.declared,
    }
}

/// Its settings as they may be shown.
fn shown(row: &ChannelRow) -> Map<String, Value> {
    let redacted = Kind::named(&row.kind).map(|kind| kind.channel().redacted(&row.settings));
    redacted.and_then(|settings| settings.as_object().cloned()).unwrap_or_default()
}

fn text(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

/// Where its messages go: the first of its settings.
fn place(row: &ChannelRow) -> String {
    let shown = shown(row);
    let first = Kind::named(&row.kind).and_then(|kind| kind.channel().settings().first());
    first.map(|setting| text(shown.get(setting.key)).replace('\n', ", ")).unwrap_or_default()
}

pub async fn new(_: Member, State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    let app = &served.app;
    if let Some(kind) = asked.kind.as_deref().and_then(Kind::named) {
        return show(app, None, kind, &Typed::default(), Shown::default()).await;
    }
    let query = asked.q.trim();
    let families = kinds::families(query).into_iter().map(|(title, about, kinds)| {
        let kinds = kinds.into_iter().map(|kind| {
            let needs = kind.channel().settings().iter().find(|setting| setting.required).map(|setting| setting.help);
            let (name, title) = (kind.name().to_owned(), kind.title().to_owned());
            list::Kind { name, title, needs: for_people(needs.unwrap_or_default()) }
        });
        list::Family { title: title.to_owned(), about: about.to_owned(), kinds: kinds.collect() }
    });
    let facts = list::Kinds {
        chrome: chrome(app),
        query: query.to_owned(),
        families: families.collect(),
        total: tocsin_channels::ALL.len(),
    };
    html(StatusCode::OK, list::render_kinds(&facts))
}

/// A setting's help without the list that a configuration file would need.
fn for_people(help: &str) -> String {
    help.replace(['[', ']', '"'], "")
}

/// What was typed.
#[derive(Default)]
struct Typed {
    name: Option<String>,
    /// Key and text; lists one a line.
    settings: Vec<(String, String)>,
}

impl Typed {
    fn read(fields: &Fields, kind: Kind) -> Self {
        let settings = kind.channel().settings().iter();
        Self {
            name: Some(fields.text("name").to_owned()),
            settings: settings.map(|setting| (setting.key.to_owned(), fields.text(setting.key).to_owned())).collect(),
        }
    }

    /// An empty field of a new channel is not there; of a channel that exists it takes the setting away, unless it is
    /// a secret: those are never shown, so that their field is empty where nothing is meant.
    fn body(&self, kind: Kind, exists: bool) -> Value {
        let mut body = Map::new();
        body.insert("kind".to_owned(), json!(kind.name()));
        body.insert(
            "name".to_owned(),
            self.name.as_deref().filter(|name| !name.is_empty()).map_or(Value::Null, Value::from),
        );
        for setting in kind.channel().settings() {
            let typed = self.settings.iter().find(|(key, _)| key == setting.key).map_or("", |(_, text)| text.as_str());
            let value = match (typed.is_empty(), setting.list) {
                (true, _) if !exists || setting.secret => continue,
                (true, _) => Value::Null,
                (false, true) => {
                    let lines = typed.lines().map(str::trim).filter(|line| !line.is_empty());
                    Value::from(lines.map(str::to_owned).collect::<Vec<_>>())
                }
                (false, false) => Value::from(typed),
            };
            body.insert(setting.key.to_owned(), value);
        }
        Value::Object(body)
    }
}

pub async fn create(_: Member, State(served): State<Served>, fields: Fields) -> Response {
    let app = &served.app;
    let Some(kind) = Kind::named(fields.text("kind")) else { return see("/channels/new") };
    let typed = Typed::read(&fields, kind);
    match channels::create(app, &typed.body(kind, false)).await {
        Ok(row) => see(&format!("/channels/{}?saved=added", row.id)),
        Err(Refusal::Wrong(errors)) => {
            show(app, None, kind, &typed, Shown { wrong: wrong(errors), ..Shown::default() }).await
        }
        Err(refusal) => not_done(app, refusal).await,
    }
}

pub async fn one(_: Member, State(served): State<Served>, PathId(id): PathId, Query(asked): Query<Asked>) -> Response {
    let said = asked.saved.map(|saved| match saved.as_str() {
        "added" => "The channel is added. Send it a test message now.",
        "enabled" => "It is enabled: messages go out again.",
        "resent" => "What it was not told is on its way again.",
        _ => "Saved.",
    });
    of(&served.app, id, &Typed::default(), Shown { said, ..Shown::default() }).await
}

pub async fn change(_: Member, State(served): State<Served>, PathId(id): PathId, fields: Fields) -> Response {
    let app = &served.app;
    let directory = app.directory();
    let kind = directory.channel(id).and_then(|row| Kind::named(&row.kind));
    let Some(kind) = kind else { return super::not_found_page(app) };
    let typed = Typed::read(&fields, kind);
    match channels::change(app, id, &typed.body(kind, true)).await {
        Ok(_) => see(&format!("/channels/{id}?saved=changed")),
        Err(Refusal::Wrong(errors)) => of(app, id, &typed, Shown { wrong: wrong(errors), ..Shown::default() }).await,
        Err(refusal) => not_done(app, refusal).await,
    }
}

/// Sends a real message and shows what the receiver said.
pub async fn test(_: Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    let app = &served.app;
    let directory = app.directory();
    let Some(row) = directory.channel(id) else { return super::not_found_page(app) };
    let answered = trial::send(app, row).await;
    let tested = Some(Tested {
        delivered: answered.outcome == "delivered",
        status: answered.status,
        latency_ms: answered.latency_ms,
        answer: answered.answer,
    });
    of(app, id, &Typed::default(), Shown { tested, ..Shown::default() }).await
}

/// Sends to it again.
pub async fn enable(_: Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    let app = &served.app;
    if app.directory().channel(id).is_none() {
        return super::not_found_page(app);
    }
    match returned::enable(app, id).await {
        Ok(()) => see(&format!("/channels/{id}?saved=enabled")),
        Err(error) => Trouble::from(error).page(app),
    }
}

/// Sends again what it refused or what was given up since a time.
pub async fn resend(_: Member, State(served): State<Served>, PathId(id): PathId, fields: Fields) -> Response {
    let app = &served.app;
    let Ok(since) = fields.text("since").parse::<Timestamp>() else { return see(&format!("/channels/{id}")) };
    match app.store.resend_missed(id, since.as_second() * 1000, clock::now_ms()).await {
        Ok(_) => {
            app.outbox_grew.notify_one();
            see(&format!("/channels/{id}?saved=resent"))
        }
        Err(error) => Trouble::from(error).page(app),
    }
}

async fn not_done(app: &App, refusal: Refusal) -> Response {
    match refusal {
        Refusal::Conflict(text) => show_list(app, StatusCode::CONFLICT, None, Some(text)).await,
        other => Trouble::from(other).page(app),
    }
}

pub async fn delete(_: Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    match channels::remove(&served.app, id).await {
        Ok(()) => see(&format!("/channels?gone={id}")),
        Err(refusal) => not_done(&served.app, refusal).await,
    }
}

pub async fn restore(_: Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    match channels::restore(&served.app, id).await {
        Ok(_) => see("/channels"),
        Err(refusal) => not_done(&served.app, refusal).await,
    }
}

/// What stands around the form.
#[derive(Default)]
struct Shown {
    said: Option<&'static str>,
    tested: Option<Tested>,
    wrong: Vec<Wrong>,
}

async fn of(app: &App, id: Uuid, typed: &Typed, around: Shown) -> Response {
    let directory = app.directory();
    match directory.channel(id).and_then(|row| Some((row, Kind::named(&row.kind)?))) {
        Some((row, kind)) => show(app, Some(row), kind, typed, around).await,
        None => super::not_found_page(app),
    }
}

async fn show(app: &App, row: Option<&ChannelRow>, kind: Kind, typed: &Typed, around: Shown) -> Response {
    let (missed, moved) = match row {
        Some(row) => match history(app, row).await {
            Ok(history) => history,
            Err(error) => return Trouble::from(error).page(app),
        },
        None => (None, Vec::new()),
    };
    let stored = row.map(shown).unwrap_or_default();
    let settings = kind.channel().settings().iter().map(|setting| {
        let typed = typed.settings.iter().find(|(key, _)| key == setting.key).map(|(_, text)| text.clone());
        let plain = row.filter(|_| !setting.secret).map(|row| text(row.settings.get(setting.key)));
        Setting {
            key: setting.key.to_owned(),
            required: setting.required,
            secret: setting.secret,
            list: setting.list,
            help: setting.help.to_owned(),
            value: typed.or(plain).unwrap_or_default(),
            stored: text(stored.get(setting.key)),
        }
    });
    let name = typed.name.clone().or_else(|| row.map(|row| row.name.clone()));
    let facts = Facts {
        chrome: chrome(app),
        id: row.map(|row| row.id),
        name: name.unwrap_or_default(),
        kind: (kind.name().to_owned(), kind.title().to_owned()),
        settings: settings.collect(),
        used_by: row.map(|row| channels::users(&app.directory(), row.id)).unwrap_or_default(),
        name_stays: row.is_some() && kind == Kind::Email,
        disabled: row.and_then(|row| row.disabled.clone()),
        missed,
        moved,
        declared: row.is_some_and(|row| row.declared),
        tested: around.tested,
        said: around.said.map(str::to_owned),
        wrong: around.wrong,
    };
    html(status(&facts.wrong), channel::render(&facts))
}

/// What a channel was not told lately, and the settings that the other side changed.
async fn history(app: &App, row: &ChannelRow) -> Result<(Option<(i64, Timestamp)>, Vec<(String, String)>), StoreError> {
    let missed = app.store.missed(row.id, clock::now_ms() - MISSED_MS).await?;
    let first = missed.since_ms.map(|ms| (missed.count, Timestamp::from_second(ms.div_euclid(1000))));
    let still = |changed: &tocsin_store::Changed| {
        row.settings.get(&changed.key).and_then(Value::as_str) == Some(changed.now.as_str())
    };
    let moved = app.store.changed(row.id).await?.into_iter().filter(still);
    Ok((first, moved.map(|changed| (changed.key, changed.now)).collect()))
}
