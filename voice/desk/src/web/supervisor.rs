//! What supervisors see, and what they may turn.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderMap};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use tocsin_switchboard::switches::{Change, Setting, Switch};

use super::{No, supervisor_of};
use crate::clock;
use crate::edge::Edge;

/// So many of each list, the newest first.
const LATEST: usize = 50;

/// Everything that the page shows.
pub async fn state(State(edge): State<Arc<Edge>>, headers: HeaderMap) -> Result<Json<Value>, No> {
    supervisor_of(&edge, &headers)?;
    let mut view = edge.view();
    let latest = |name: &str| -> Vec<Value> { edge.store.lines(name).into_iter().rev().take(LATEST).collect() };
    if let Value::Object(fields) = &mut view {
        fields.insert("now".to_owned(), clock::since_1970().into());
        fields.insert("missed".to_owned(), latest("missed.jsonl").into());
        fields.insert("voicemail".to_owned(), latest("voicemail.jsonl").into());
        fields.insert("audit".to_owned(), latest("audit.jsonl").into());
        fields.insert("told".to_owned(), latest("alarms.jsonl").into());
        let names = edge.setup.agent.iter().map(|agent| (agent.id.clone(), json!(agent.name))).collect();
        fields.insert("names".to_owned(), Value::Object(names));
    }
    Ok(Json(view))
}

/// `{"switch": "calls.accept", "to": false, "who": "…", "why": "…"}`; `to` is a number for `widget.min_build`.
#[derive(Deserialize)]
pub struct Turn {
    switch: String,
    to: Value,
    who: String,
    why: String,
}

pub async fn switch(
    State(edge): State<Arc<Edge>>,
    headers: HeaderMap,
    Json(turn): Json<Turn>,
) -> Result<Json<Value>, No> {
    supervisor_of(&edge, &headers)?;
    let no = |said: String| No(StatusCode::UNPROCESSABLE_ENTITY, said);
    let switch: Switch =
        turn.switch.parse().map_err(|why: tocsin_switchboard::switches::Refused| no(why.to_string()))?;
    let to = setting(&turn.to).ok_or_else(|| no("`to` is true, false, or the number of a build".to_owned()))?;
    if turn.who.trim().is_empty() {
        return Err(no("say who you are: it is written down with the change".to_owned()));
    }
    let change = Change { switch, to, who: turn.who, why: turn.why };
    edge.turn(change).map_err(|why| no(why.to_string()))?;
    Ok(Json(json!({})))
}

/// On or off, or a build.
#[must_use]
pub fn setting(value: &Value) -> Option<Setting> {
    match value {
        Value::Bool(on) => Some(Setting::On(*on)),
        other => other.as_u64().and_then(|build| u32::try_from(build).ok()).map(Setting::Build),
    }
}

/// A message, as a file of sound.
pub async fn voicemail(
    State(edge): State<Arc<Edge>>,
    headers: HeaderMap,
    Path(call): Path<u64>,
) -> Result<Response, No> {
    supervisor_of(&edge, &headers)?;
    let path = edge.store.folder().join("voicemail").join(format!("{call}.wav"));
    let bytes = tokio::fs::read(path).await;
    let bytes = bytes.map_err(|_| No(StatusCode::NOT_FOUND, format!("call {call} left no message")))?;
    Ok(([(CONTENT_TYPE, "audio/wav")], bytes).into_response())
}
