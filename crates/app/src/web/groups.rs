//! `/groups`: what is told, and to which channels.

use std::collections::BTreeMap;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tocsin_domain::EventKind;
use tocsin_domain::alert::{EventPattern, Rule};
use tocsin_pages::form::Wrong;
use tocsin_pages::group::{self, Facts};
use tocsin_pages::groups as list;
use tocsin_pages::monitors::Gone;
use tocsin_pages::rehearsal::Rehearsed;
use tocsin_pages::rule_form::Typed;
use tocsin_store::GroupRow;
use uuid::Uuid;

use super::forms::{Fields, Member, see, status, wrong};
use super::{PathId, Trouble, chrome, facts as shared, html};
use crate::app::App;
use crate::catalog;
use crate::clock;
use crate::config::rule;
use crate::directory::Directory;
use crate::rehearsal;
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
        rule: row.rule.clone(),
        declared: row.declared,
    }
}

/// What the form holds: of a stored group, or as it was typed.
struct Filled {
    typed: Typed,
    events: Option<Vec<String>>,
    channels: Vec<String>,
}

/// Keys of one text each.
const TEXTS: [&str; 9] =
    ["min_impact", "dwell", "longer_than", "break_quiet", "digest", "repeat", "escalate_to", "escalate_after", "storm"];
/// Keys that are ticked or not.
const FLAGS: [&str; 2] = ["maintenance", "promises"];
/// Keys of lists that are typed one a line.
const LINES: [&str; 6] = ["quiet_hours", "business_hours", "providers", "tags", "components", "words"];
/// Keys of lists that are ticked.
const TICKS: [&str; 2] = ["categories", "reminders"];
/// Every reminder there is: a list of all of them is the same as none at all.
const REMINDERS: [&str; 2] = ["24h", "1h"];

impl Filled {
    fn of(row: Option<&GroupRow>, directory: &Directory) -> Self {
        let rule = row.map(|row| row.rule.clone()).unwrap_or_default();
        let channels = row.map(|row| row.channels.as_slice()).unwrap_or_default();
        let mut typed: BTreeMap<String, String> =
            rule::written(&rule).into_iter().map(|(key, value)| (key, in_field(&value))).collect();
        typed.insert("name".to_owned(), row.map(|row| row.name.clone()).unwrap_or_default());
        if rule.reminders_s.is_none() {
            typed.insert("reminders".to_owned(), REMINDERS.join("\n"));
        } else {
            // A day is written as such.
            let written = typed.get("reminders").map(|text| text.replace("1d", "24h")).unwrap_or_default();
            typed.insert("reminders".to_owned(), written);
        }
        Self {
            typed: Typed(typed),
            events: rule.events.map(|events| events.iter().map(ToString::to_string).collect()),
            channels: channels.iter().filter_map(|id| directory.channel(*id)).map(|one| one.name.clone()).collect(),
        }
    }

    fn typed(fields: &Fields) -> Self {
        let texts = TEXTS.iter().chain(&["name"]).chain(&FLAGS).map(|key| (*key, fields.text(key).to_owned()));
        let lines = LINES.iter().map(|key| (*key, fields.lines(key).join("\n")));
        let ticks = TICKS.iter().map(|key| (*key, fields.all(key).join("\n")));
        Self {
            typed: Typed(texts.chain(lines).chain(ticks).map(|(key, text)| (key.to_owned(), text)).collect()),
            events: (fields.text("which") == "chosen").then(|| fields.all("events")),
            channels: fields.all("channels"),
        }
    }

    fn body(&self) -> Value {
        let given = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
        let lines = |key: &str| self.typed.text(key).lines().map(str::to_owned).collect::<Vec<_>>();
        let mut keys = Map::new();
        for key in TEXTS.iter().chain(&["name"]) {
            keys.insert((*key).to_owned(), given(self.typed.text(key)));
        }
        for key in LINES.iter().chain(&TICKS) {
            keys.insert((*key).to_owned(), json!(lines(key)));
        }
        if REMINDERS.iter().all(|one| lines("reminders").iter().any(|line| line == one)) {
            keys.insert("reminders".to_owned(), Value::Null);
        }
        for key in FLAGS {
            keys.insert(key.to_owned(), json!(self.typed.text(key) == "yes"));
        }
        keys.insert("events".to_owned(), json!(self.events));
        keys.insert("channels".to_owned(), json!(self.channels));
        Value::Object(keys)
    }
}

/// A value of a rule as its field holds it.
fn in_field(value: &Value) -> String {
    match value {
        Value::String(text) if text == "0s" => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(true) => "yes".to_owned(),
        Value::Array(all) => all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

pub async fn new(_: Member, State(served): State<Served>) -> Response {
    let app = &served.app;
    show(app, None, Filled::of(None, &app.directory()), Around::default())
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
    show(app, Some(row), Filled::of(Some(row), &directory), Around { said, ..Around::default() })
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
        Refusal::Wrong(errors) => {
            let around = Around { wrong: wrong(errors), ..Around::default() };
            show(app, id.and_then(|id| directory.group(id)), typed, around)
        }
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

/// What stands around the form.
#[derive(Default)]
struct Around {
    said: Option<&'static str>,
    rehearsed: Option<(Rule, Rehearsed)>,
    wrong: Vec<Wrong>,
}

fn show(app: &App, row: Option<&GroupRow>, filled: Filled, around: Around) -> Response {
    let directory = app.directory();
    let kind = |word: &str| tocsin_channels::Kind::named(word).map_or(word, |kind| kind.title()).to_owned();
    let mut channels: Vec<(String, String, bool)> = directory
        .channels()
        .map(|channel| (channel.name.clone(), kind(&channel.kind), filled.channels.contains(&channel.name)))
        .collect();
    channels.sort_by_key(|(name, ..)| name.to_lowercase());
    let patterns: Option<Vec<EventPattern>> =
        filled.events.as_ref().map(|words| words.iter().filter_map(|word| word.parse().ok()).collect());
    let hears = Rule { events: patterns, ..Rule::default() };
    let mut others: Vec<String> = directory
        .groups()
        .filter(|other| row.is_none_or(|row| row.id != other.id))
        .map(|other| other.name.clone())
        .collect();
    others.sort_by_key(|name| name.to_lowercase());
    let mut tags: Vec<String> = directory.all_monitors().flat_map(|monitor| monitor.tags.clone()).collect();
    tags.sort_by_key(|tag| tag.to_lowercase());
    tags.dedup();
    let users = row.map(|row| groups::users(&directory, row.id)).unwrap_or_default();
    let in_force = row.map(|row| row.rule.clone()).unwrap_or_default();
    let (rule, rehearsed) = around.rehearsed.map_or((in_force, None), |(rule, rehearsed)| (rule, Some(rehearsed)));
    let facts = Facts {
        chrome: chrome(app),
        id: row.map(|row| row.id),
        rule,
        typed: filled.typed,
        events: filled.events,
        hears: EventKind::ALL.iter().copied().filter(|kind| hears.wants(*kind)).collect(),
        channels,
        others,
        categories: catalog::categories().iter().map(|one| (*one).to_owned()).collect(),
        tags,
        used_by: users.iter().map(|slug| shared::provider(&directory, slug).name).collect(),
        declared: row.is_some_and(|row| row.declared),
        rehearsed,
        said: around.said.map(str::to_owned),
        wrong: around.wrong,
    };
    html(status(&facts.wrong), group::render(&facts))
}

pub async fn try_new(_: Member, State(served): State<Served>, headers: HeaderMap, fields: Fields) -> Response {
    tried(&served.app, None, &headers, Filled::typed(&fields)).await
}

pub async fn try_one(
    _: Member,
    State(served): State<Served>,
    PathId(id): PathId,
    headers: HeaderMap,
    fields: Fields,
) -> Response {
    let app = &served.app;
    let directory = app.directory();
    let Some(row) = directory.group(id) else { return super::not_found_page(app) };
    // A declared group has no form: it is tried as it is.
    let filled = if row.declared { Filled::of(Some(row), &directory) } else { Filled::typed(&fields) };
    tried(app, Some(row), &headers, filled).await
}

/// What the rule would have said lately: a part of the open page where htmx asks, else the whole page.
async fn tried(app: &App, row: Option<&GroupRow>, headers: &HeaderMap, filled: Filled) -> Response {
    let directory = app.directory();
    let id = row.map(|row| row.id);
    let part = headers.contains_key("hx-request");
    let trial = match groups::trial(&directory, app.store.default_team(), id, &filled.body()) {
        Ok(trial) => trial,
        // Mistakes stand at their fields, so the whole form is shown anew.
        Err(Refusal::Wrong(errors)) => {
            let answer = show(app, row, filled, Around { wrong: wrong(errors), ..Around::default() });
            return if part { instead(answer) } else { answer };
        }
        Err(other) => return Trouble::from(other).page(app),
    };
    let now = clock::now();
    let answer = match rehearsal::play(app, &trial, now).await {
        Ok(answer) => answer,
        Err(error) => return Trouble::from(error).page(app),
    };
    let facts = tocsin_pages::rehearsal::Facts {
        rule: trial.group.rule.clone(),
        changed: row.is_none_or(|row| row.rule != trial.group.rule),
        summary: answer.summary,
        channels: answer.channels,
        days: answer.days,
        monitors: answer.monitors,
        all_monitors: !directory.monitors().iter().any(|monitor| monitor.groups.contains(&trial.group.id)),
        nothing_watched: trial.monitors.is_empty(),
        cut: answer.cut,
        group: trial.group.id.to_string(),
        names: directory.groups().map(|group| (group.id.to_string(), group.name.clone())).collect(),
        now,
    };
    let rehearsed = Rehearsed::new(&facts, &chrome(app));
    if part {
        return html(StatusCode::OK, rehearsed.alone());
    }
    show(app, row, filled, Around { rehearsed: Some((facts.rule, rehearsed)), ..Around::default() })
}

/// The form anew in place of a part of the page.
fn instead(mut answer: Response) -> Response {
    answer.headers_mut().insert("hx-retarget", HeaderValue::from_static("#main"));
    answer.headers_mut().insert("hx-reselect", HeaderValue::from_static("#main"));
    answer.headers_mut().insert("hx-reswap", HeaderValue::from_static("outerHTML"));
    answer
}
