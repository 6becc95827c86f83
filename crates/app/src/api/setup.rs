//! `/monitors`, `/groups`, `/channels`: what is set up, and a test message to a channel.

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tocsin_channels::Kind;
use tocsin_domain::alert::Rule;
use tocsin_store::{ChannelRow, GroupRow, MonitorRow};
use uuid::Uuid;

use super::params::{Id, List, Params, limit};
use crate::access::Writer;
use crate::directory::Directory;
use crate::problem::Problem;
use crate::served::Served;
use crate::work::trial;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    limit: Option<i64>,
    cursor: Option<Uuid>,
}

#[derive(Debug, Serialize)]
pub struct MonitorView {
    id: Uuid,
    provider: String,
    components: Vec<String>,
    /// Names of groups.
    groups: Vec<String>,
    /// It stands in a configuration file and can only be changed there.
    declared: bool,
}

#[derive(Debug, Serialize)]
pub struct GroupView {
    id: Uuid,
    name: String,
    /// Names of channels.
    channels: Vec<String>,
    /// `null`: the defaults.
    events: Option<Vec<String>>,
    min_impact: &'static str,
    dwell: String,
    declared: bool,
}

#[derive(Debug, Serialize)]
pub struct ChannelView {
    id: Uuid,
    name: String,
    kind: String,
    /// Secrets are cut.
    settings: Value,
    declared: bool,
    /// Why nothing is sent to it any more.
    disabled: Option<String>,
}

pub async fn monitors(
    State(served): State<Served>,
    Params(asked): Params<Asked>,
) -> Result<Json<List<MonitorView>>, Problem> {
    let directory = served.app.directory();
    page(directory.monitors().iter(), &asked, |row| row.id, |row| monitor(row, &directory))
}

pub async fn groups(
    State(served): State<Served>,
    Params(asked): Params<Asked>,
) -> Result<Json<List<GroupView>>, Problem> {
    let directory = served.app.directory();
    page(directory.groups(), &asked, |row| row.id, |row| group(row, &directory))
}

pub async fn channels(
    State(served): State<Served>,
    Params(asked): Params<Asked>,
) -> Result<Json<List<ChannelView>>, Problem> {
    let directory = served.app.directory();
    page(directory.channels(), &asked, |row| row.id, channel)
}

/// Newest first: ids are made in the order of time.
fn page<'a, R: 'a, V>(
    rows: impl Iterator<Item = &'a R>,
    asked: &Asked,
    id: impl Fn(&R) -> Uuid,
    view: impl Fn(&R) -> V,
) -> Result<Json<List<V>>, Problem> {
    let limit = limit(asked.limit)?;
    let mut found: Vec<&R> = rows.filter(|row| asked.cursor.is_none_or(|cursor| id(row) < cursor)).collect();
    found.sort_by_key(|row| std::cmp::Reverse(id(row)));
    Ok(Json(List::cut(found, limit, |row| id(row).to_string(), view)))
}

fn monitor(row: &MonitorRow, directory: &Directory) -> MonitorView {
    let names = row.groups.iter().filter_map(|id| directory.group(*id)).map(|group| group.name.clone());
    MonitorView {
        id: row.id,
        provider: row.provider.clone(),
        components: row.components.clone(),
        groups: names.collect(),
        declared: row.declared,
    }
}

fn group(row: &GroupRow, directory: &Directory) -> GroupView {
    let Rule { events, min_impact, dwell_s } = &row.rule;
    let names = row.channels.iter().filter_map(|id| directory.channel(*id)).map(|channel| channel.name.clone());
    GroupView {
        id: row.id,
        name: row.name.clone(),
        channels: names.collect(),
        events: events.as_ref().map(|events| events.iter().map(ToString::to_string).collect()),
        min_impact: min_impact.word(),
        dwell: format!("{dwell_s}s"),
        declared: row.declared,
    }
}

fn channel(row: &ChannelRow) -> ChannelView {
    ChannelView {
        id: row.id,
        name: row.name.clone(),
        kind: row.kind.clone(),
        settings: Kind::named(&row.kind).map_or(Value::Null, |kind| kind.channel().redacted(&row.settings)),
        declared: row.declared,
        disabled: row.disabled.clone(),
    }
}

/// Sends a real message now and answers what the receiver said.
pub async fn test(_writer: Writer, State(served): State<Served>, Id(id): Id) -> Result<Json<trial::Answered>, Problem> {
    let directory = served.app.directory();
    let channel = directory.channel(id).ok_or_else(|| Problem::not_found(format!("There is no channel {id}.")))?;
    Ok(Json(trial::send(&served.app, channel).await))
}
