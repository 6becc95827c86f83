//! `/groups`: what is told, and to which channels.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use tocsin_domain::EventKind;
use tocsin_domain::alert::{EventPattern, Rule};
use tocsin_pages::form::Wrong;
use tocsin_pages::group::{self, Facts};
use tocsin_pages::groups as list;
use tocsin_pages::monitors::Gone;
use tocsin_store::GroupRow;
use uuid::Uuid;

use super::forms::{Fields, Member, body, see, status, wrong};
use super::{PathId, Trouble, chrome, facts as shared, html};
use crate::app::App;
use crate::clock;
use crate::directory::Directory;
use crate::served::Served;
use crate::setup::{self, Refusal, groups};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    gone: Option<Uuid>,
    saved: Option<String>,
}

pub async fn page(_: Member, State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    show_list(&served.app, StatusCode::OK, asked.gone, None).await
}

async fn show_list(app: &App, status: StatusCode, gone: Option<Uuid>, refused: Option<String>) -> Response {
    let gone = match gone {
        Some(id) => match app.store.removed_group(id, setup::earliest(clock::now())).await {
            Ok(row) => row.map(|row| Gone {
                action: format!("/groups/{id}/restore"),
                said: format!("The group {} is deleted.", row.name),
            }),
            Err(error) => return Trouble::from(error).page(app),
        },
        None => None,
    };
    let directory = app.directory();
    let mut rows: Vec<list::Group> = directory.groups().map(|row| entry(&directory, row)).collect();
    rows.sort_by_key(|group| group.name.to_lowercase());
    html(status, list::render(&list::Facts { chrome: chrome(app), groups: rows, gone, refused }))
}

fn entry(directory: &Directory, row: &GroupRow) -> list::Group {
    let channels = row.channels.iter().filter_map(|id| directory.channel(*id)).map(|channel| channel.name.clone());
    list::Group {
        id: row.id,
        name: row.name.clone(),
        channels: channels.collect(),
        monitors: directory.all_monitors().filter(|monitor| monitor.groups.contains(&row.id)).count(),
        events: row.rule.events.as_ref().map(|events| events.iter().map(ToString::to_string).collect()),
        min_impact: row.rule.min_impact,
        dwell_s: row.rule.dwell_s,
        declared: row.declared,
    }
}

/// What the form holds: of a stored group, or as it was typed.
struct Filled {
    name: String,
    events: Option<Vec<String>>,
    min_impact: String,
    dwell: String,
    channels: Vec<String>,
}

impl Filled {
    fn of(row: Option<&GroupRow>, directory: &Directory) -> Self {
        let rule = row.map(|row| row.rule.clone()).unwrap_or_default();
        let channels = row.map(|row| row.channels.as_slice()).unwrap_or_default();
        Self {
            name: row.map(|row| row.name.clone()).unwrap_or_default(),
            events: rule.events.map(|events| events.iter().map(ToString::to_string).collect()),
            min_impact: rule.min_impact.word().to_owned(),
            dwell: if rule.dwell_s == 0 { String::new() } else { short(rule.dwell_s) },
            channels: channels.iter().filter_map(|id| directory.channel(*id)).map(|one| one.name.clone()).collect(),
        }
    }

    fn typed(fields: &Fields) -> Self {
        Self {
            name: fields.text("name").to_owned(),
            events: (fields.text("which") == "chosen").then(|| fields.all("events")),
            min_impact: fields.text("min_impact").to_owned(),
            dwell: fields.text("dwell").to_owned(),
            channels: fields.all("channels"),
        }
    }

    fn body(&self) -> Value {
        let given = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
        body([
            ("name", given(&self.name)),
            ("events", json!(self.events)),
            ("min_impact", given(&self.min_impact)),
            ("dwell", given(&self.dwell)),
            ("channels", json!(self.channels)),
        ])
    }
}

/// `5400` → `90m`: as a form takes it.
fn short(seconds: i64) -> String {
    match seconds {
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

pub async fn new(_: Member, State(served): State<Served>) -> Response {
    let app = &served.app;
    show(app, None, Filled::of(None, &app.directory()), None, Vec::new())
}

pub async fn create(_: Member, State(served): State<Served>, fields: Fields) -> Response {
    let typed = Filled::typed(&fields);
    match groups::create(&served.app, &typed.body()).await {
        Ok(row) => see(&format!("/groups/{}?saved=added", row.id)),
        Err(refusal) => refused(&served.app, None, typed, refusal).await,
    }
}

pub async fn one(_: Member, State(served): State<Served>, PathId(id): PathId, Query(asked): Query<Asked>) -> Response {
    let app = &served.app;
    let directory = app.directory();
    let Some(row) = directory.group(id) else { return super::not_found_page(app) };
    let said = asked.saved.map(|saved| if saved == "added" { "The group is added." } else { "Saved." });
    show(app, Some(row), Filled::of(Some(row), &directory), said, Vec::new())
}

pub async fn change(_: Member, State(served): State<Served>, PathId(id): PathId, fields: Fields) -> Response {
    let typed = Filled::typed(&fields);
    match groups::change(&served.app, id, &typed.body()).await {
        Ok(_) => see(&format!("/groups/{id}?saved=changed")),
        Err(refusal) => refused(&served.app, Some(id), typed, refusal).await,
    }
}

async fn refused(app: &App, id: Option<Uuid>, typed: Filled, refusal: Refusal) -> Response {
    let directory = app.directory();
    match refusal {
        Refusal::Wrong(errors) => show(app, id.and_then(|id| directory.group(id)), typed, None, wrong(errors)),
        other => not_done(app, other).await,
    }
}

async fn not_done(app: &App, refusal: Refusal) -> Response {
    match refusal {
        Refusal::Conflict(text) => show_list(app, StatusCode::CONFLICT, None, Some(text)).await,
        other => Trouble::from(other).page(app),
    }
}

pub async fn delete(_: Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    match groups::remove(&served.app, id).await {
        Ok(()) => see(&format!("/groups?gone={id}")),
        Err(refusal) => not_done(&served.app, refusal).await,
    }
}

pub async fn restore(_: Member, State(served): State<Served>, PathId(id): PathId) -> Response {
    match groups::restore(&served.app, id).await {
        Ok(_) => see("/groups"),
        Err(refusal) => not_done(&served.app, refusal).await,
    }
}

fn show(app: &App, row: Option<&GroupRow>, filled: Filled, said: Option<&str>, wrong: Vec<Wrong>) -> Response {
    let directory = app.directory();
    let kind = |word: &str| tocsin_channels::Kind::named(word).map_or(word, |kind| kind.title()).to_owned();
    let mut channels: Vec<(String, String, bool)> = directory
        .channels()
        .map(|channel| (channel.name.clone(), kind(&channel.kind), filled.channels.contains(&channel.name)))
        .collect();
    channels.sort_by_key(|(name, ..)| name.to_lowercase());
    let patterns: Option<Vec<EventPattern>> =
        filled.events.as_ref().map(|words| words.iter().filter_map(|word| word.parse().ok()).collect());
    let rule = Rule { events: patterns, ..Rule::default() };
    let users = row.map(|row| groups::users(&directory, row.id)).unwrap_or_default();
    let facts = Facts {
        chrome: chrome(app),
        id: row.map(|row| row.id),
        name: filled.name,
        events: filled.events,
        hears: EventKind::ALL.iter().copied().filter(|kind| rule.wants(*kind)).collect(),
        min_impact: filled.min_impact,
        dwell: filled.dwell,
        channels,
        used_by: users.iter().map(|slug| shared::provider(&directory, slug).name).collect(),
        declared: row.is_some_and(|row| row.declared),
        said: said.map(str::to_owned),
        wrong,
    };
    html(status(&facts.wrong), group::render(&facts))
}
