//! What an agent's widget asks, says and is told.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::{Query, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_TYPE, HeaderMap, ORIGIN, VARY};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::unfold;
use serde::Deserialize;
use serde_json::{Value, json};
use tocsin_bridge::Seen;
use tocsin_switchboard::handshake::message::LeaseRequest;
use tocsin_switchboard::readiness::Report;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{No, agent_of};
use crate::desk::{Event, Number, Round, Said};
use crate::edge::{Edge, Mend};

/// So often a widget is told that we are here; whoever hears nothing for longer than twice that asks anew.
const BEAT: Duration = Duration::from_secs(2);

type Answer = Result<Json<Value>, No>;

fn no(said: &str) -> No {
    No(StatusCode::BAD_REQUEST, said.to_owned())
}

/// Of host pages on other origins, too, where they are listed.
pub async fn config(State(edge): State<Arc<Edge>>, headers: HeaderMap) -> Response {
    let mut response = Json(edge.config()).into_response();
    let origin = headers.get(ORIGIN).and_then(|origin| origin.to_str().ok());
    if let Some(origin) = origin.filter(|origin| edge.setup.hosts.iter().any(|host| host == origin))
        && let Ok(origin) = HeaderValue::from_str(origin)
    {
        response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        response.headers_mut().insert(VARY, HeaderValue::from_static("Origin"));
    }
    response
}

/// Whether the name and the token are good.
pub async fn me(State(edge): State<Arc<Edge>>, headers: HeaderMap) -> Answer {
    let id = agent_of(&edge, &headers)?;
    let name = edge.setup.agent.iter().find(|agent| agent.id == id).and_then(|agent| agent.name.clone());
    Ok(Json(json!({ "agent": id, "name": name.unwrap_or_else(|| id.clone()) })))
}

pub async fn lease(State(edge): State<Arc<Edge>>, headers: HeaderMap, Json(request): Json<LeaseRequest>) -> Answer {
    let agent = agent_of(&edge, &headers)?;
    if request.agent != agent {
        return Err(no("a lease is asked for by the agent who is signed in"));
    }
    Ok(Json(json!(edge.lease(&request))))
}

#[derive(Deserialize)]
pub struct Released {
    token: u64,
}

pub async fn release(State(edge): State<Arc<Edge>>, headers: HeaderMap, Json(released): Json<Released>) -> Answer {
    let agent = agent_of(&edge, &headers)?;
    edge.release(&agent, released.token);
    Ok(Json(json!({})))
}

pub async fn report(State(edge): State<Arc<Edge>>, headers: HeaderMap, Json(report): Json<Report>) -> Answer {
    let agent = agent_of(&edge, &headers)?;
    edge.tell(Event::Reported(Report { agent, ..report }));
    Ok(Json(json!({})))
}

#[derive(Deserialize)]
pub struct Listener {
    widget: String,
}

/// One that listens; when it is dropped, it does no more.
struct Ear {
    edge: Arc<Edge>,
    agent: String,
    widget: String,
    told: UnboundedReceiver<Value>,
    own: UnboundedSender<Value>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.edge.listens_no_more(&self.agent, &self.widget, &self.own);
    }
}

/// Lines of JSON, as long as the widget listens.
pub async fn events(
    State(edge): State<Arc<Edge>>,
    headers: HeaderMap,
    Query(listener): Query<Listener>,
) -> Result<Response, No> {
    let agent = agent_of(&edge, &headers)?;
    let (own, told) = unbounded_channel();
    let widget = listener.widget;
    edge.listens(&agent, &widget, own.clone());
    let ear = Ear { edge, agent, widget, told, own };
    let lines = unfold(ear, |mut ear| async move {
        let line = match tokio::time::timeout(BEAT, ear.told.recv()).await {
            Ok(Some(line)) => line,
            Ok(None) => return None,
            Err(_) => json!({ "kind": "beat" }),
        };
        Some((Ok::<_, Infallible>(format!("{line}\n")), ear))
    });
    Ok(([(CONTENT_TYPE, "application/x-ndjson")], Body::from_stream(lines)).into_response())
}

/// What an agent does apart from calls.
#[derive(Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum Did {
    Back,
    Paused { paused: bool },
    Wrapped,
}

pub async fn agent(State(edge): State<Arc<Edge>>, headers: HeaderMap, Json(did): Json<Did>) -> Answer {
    let agent = agent_of(&edge, &headers)?;
    edge.tell(match did {
        Did::Back => Event::Back(agent),
        Did::Paused { paused } => Event::Paused(agent, paused),
        Did::Wrapped => Event::Wrapped(agent),
    });
    Ok(Json(json!({})))
}

/// What a widget says of a call: one thing at a time.
#[derive(Deserialize)]
#[serde(tag = "did", rename_all = "snake_case")]
pub enum OfCall {
    Ringing,
    Accepted,
    Declined,
    HungUp,
    Hold {
        held: bool,
    },
    Mute {
        muted: bool,
    },
    Answer {
        round: Round,
        sdp: String,
    },
    Candidate {
        round: Round,
        line: String,
    },
    /// So many packets came, as the browser counts them while it plays what comes.
    Packets {
        round: Round,
        packets: u64,
    },
    NoMicrophone {
        round: Round,
    },
}

#[derive(Deserialize)]
pub struct Call {
    call: Number,
    #[serde(flatten)]
    did: OfCall,
}

pub async fn call(State(edge): State<Arc<Edge>>, headers: HeaderMap, Json(said): Json<Call>) -> Answer {
    let agent = agent_of(&edge, &headers)?;
    let Call { call, did } = said;
    let say = |said: Said| edge.tell(Event::Widget { agent: agent.clone(), call, said });
    let mend = |round, mend| edge.browser_says(&agent, call, round, mend);
    let seen = |round, seen| edge.tell(Event::Seen { call, round, seen });
    match did {
        OfCall::Ringing => say(Said::Ringing),
        OfCall::Accepted => say(Said::Accepted),
        OfCall::Declined => say(Said::Declined),
        OfCall::HungUp => say(Said::HangUp),
        OfCall::Hold { held } => say(Said::Hold(held)),
        OfCall::Mute { muted } => say(Said::Mute(muted)),
        OfCall::Answer { round, sdp } => {
            mend(round, Mend::Answer(sdp));
        }
        OfCall::Candidate { round, line } => {
            mend(round, Mend::Candidate(line));
        }
        OfCall::Packets { round, packets } if edge.is_joined(&agent, call, round) => {
            seen(round, Seen::Browser { packets });
        }
        OfCall::NoMicrophone { round } if edge.is_joined(&agent, call, round) => seen(round, Seen::NoMicrophone),
        OfCall::Packets { .. } | OfCall::NoMicrophone { .. } => {}
    }
    Ok(Json(json!({})))
}
