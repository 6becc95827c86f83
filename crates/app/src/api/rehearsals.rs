//! `/groups/rehearse`: what a group would have been told lately, before it is saved.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use serde_json::Value;
use tocsin_domain::Timestamp;
use tocsin_domain::alert::rehearse::Line;
use uuid::Uuid;

use super::params::{Body, Id};
use crate::access::Writer;
use crate::clock;
use crate::problem::Problem;
use crate::rehearsal::{self, Answer};
use crate::served::Served;
use crate::setup::groups;

/// Lines that an answer shows.
const LINES: usize = 200;

#[derive(Debug, Serialize)]
pub struct View {
    days: i64,
    since: Timestamp,
    monitors: usize,
    /// To all channels together.
    messages: usize,
    /// Name of the channel and its messages.
    by_channel: BTreeMap<String, usize>,
    by_kind: BTreeMap<&'static str, usize>,
    at_night: usize,
    events_told: usize,
    silent: BTreeMap<&'static str, usize>,
    kept: usize,
    /// There was more than could be played: the numbers are too low.
    cut: bool,
    lines: Vec<LineView>,
}

#[derive(Debug, Serialize)]
struct LineView {
    at: Timestamp,
    provider: String,
    incident: Option<Uuid>,
    change: &'static str,
    title: String,
    group: String,
    outcome: &'static str,
    reason: ReasonView,
}

#[derive(Debug, Serialize)]
struct ReasonView {
    code: &'static str,
    text: String,
}

pub async fn new(_: Writer, State(served): State<Served>, Body(body): Body) -> Result<Json<View>, Problem> {
    play(&served, None, &body).await
}

pub async fn one(_: Writer, State(served): State<Served>, Id(id): Id, Body(body): Body) -> Result<Json<View>, Problem> {
    play(&served, Some(id), &body).await
}

async fn play(served: &Served, id: Option<Uuid>, body: &Value) -> Result<Json<View>, Problem> {
    let app = &served.app;
    let directory = app.directory();
    let trial = groups::trial(&directory, app.store.default_team(), id, body)?;
    let answer = rehearsal::play(app, &trial, clock::now()).await?;
    let name = |group: &str| match Uuid::parse_str(group) {
        Ok(id) if id != trial.group.id => directory.group(id).map(|row| row.name.clone()).unwrap_or_default(),
        _ => trial.group.name.clone(),
    };
    Ok(Json(view(answer, name)))
}

fn view(answer: Answer, name: impl Fn(&str) -> String) -> View {
    let Answer { summary, since, days, monitors, channels, cut } = answer;
    let line = |line: Line| LineView {
        at: line.at,
        provider: line.provider.slug,
        incident: line.incident,
        change: line.kind.word(),
        title: line.title,
        group: name(&line.group),
        outcome: line.outcome.word(),
        reason: ReasonView { code: line.reason.code.word(), text: line.reason.text },
    };
    View {
        days,
        since,
        monitors,
        messages: summary.messages,
        by_channel: channels.into_iter().collect(),
        by_kind: summary.by_kind.iter().map(|(kind, count)| (kind.word(), *count)).collect(),
        at_night: summary.at_night,
        events_told: summary.events_told,
        silent: summary.silent.iter().map(|(code, count)| (code.word(), *count)).collect(),
        kept: summary.kept,
        cut,
        lines: summary.lines.into_iter().take(LINES).map(line).collect(),
    }
}
