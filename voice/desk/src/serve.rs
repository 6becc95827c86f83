//! A desk from its start to its end: what it holds at first, what it opens, and how it is stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tocsin_bridge::{Own, Settings};
use tocsin_sip::{Line, Transport};
use tocsin_switchboard::snapshot::{Bridge, Codec, Content, Flags, Ice};
use tocsin_switchboard::switches::{Change, Switch};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::builds::Files;
use crate::desk::{Desk, Edition, Event, Start};
use crate::edge::{Edge, host};
use crate::setup::Setup;
use crate::store::Store;
use crate::{builds, clock, telephone, web};

/// How long a browser may send nothing before its call is given up, where nothing else gave it up before.
const PATIENCE: Duration = Duration::from_secs(12);
/// How long calls may take to be ended.
const ENDING: Duration = Duration::from_secs(4);

/// What holds at first; the switches change it.
fn content(setup: &Setup) -> Content {
    let signalling = "/voice/call".to_owned();
    let ice = if setup.turn.as_ref().is_some_and(|turn| turn.relay_only) { Ice::Relay } else { Ice::All };
    let flags = Flags { bridge: Bridge::V1, codec: Codec::Pcmu, ice, signalling };
    let mut settings = serde_json::Map::new();
    settings.insert("cleanMicrophone".to_owned(), setup.clean_microphone.into());
    Content { flags, settings }
}

/// Every build, with its place on the stopwatch: a start forgets neither which are no good nor what was rolled back. Files
/// that were never published are, first.
fn editions(setup: &Setup, own: Option<&Files>) -> Result<Vec<(Edition, Duration)>, String> {
    let all = builds::editions(&setup.data);
    // A program with another widget in it is a deploy like any other.
    if let Some(own) = own.filter(|own| !all.iter().any(|(edition, _)| edition.files == builds::name(own))) {
        builds::publish(&setup.data, own, "this program", false)?;
    }
    let now = clock::since_1970();
    let place = |(edition, at_ms): (Edition, u64)| {
        let ago = Duration::from_millis(now.saturating_sub(at_ms));
        (edition, clock::steady().saturating_sub(ago))
    };
    Ok(builds::editions(&setup.data).into_iter().map(place).collect())
}

/// Turns the switches as they were turned before.
fn turn_again(edge: &Store, desk: &mut Desk) {
    for line in edge.lines("audit.jsonl") {
        let switch = line["switch"].as_str().and_then(|word| word.parse::<Switch>().ok());
        let to = web::supervisor::setting(&line["to"]);
        let (Some(switch), Some(to)) = (switch, to) else { continue };
        if switch == Switch::CallsTerminateAll {
            continue;
        }
        let word = |name: &str| line[name].as_str().unwrap_or("?").to_owned();
        // What stood then may be gone: a queue, a build. It was written down before, and is not again.
        let _ = desk.turn(clock::steady(), Change { switch, to, who: word("who"), why: word("why") });
    }
}

/// A desk that runs.
pub struct Running {
    pub edge: Arc<Edge>,
    /// Where pages are served, and calls taken.
    pub web: SocketAddr,
    pub line: Line,
    serving: JoinHandle<()>,
}

/// Starts a desk, with the files of a widget that are published if they never were.
///
/// # Errors
/// What is in the way, and what to do.
pub async fn start(setup: Setup, own: Option<&Files>) -> Result<Running, String> {
    let store = Store::open(&setup.data)?;
    let epoch = store.next_epoch()?;
    let token = match &setup.supervisor_token {
        Some(token) => token.clone(),
        None => store.supervisor_token()?,
    };
    let editions = editions(&setup, own)?;
    let mut desk = Desk::new(Start {
        epoch,
        queues: setup.times(),
        numbers: setup.numbers(),
        agents: setup.agents(),
        content: content(&setup),
        editions,
        min_build: 0,
    });
    turn_again(&store, &mut desk);
    let mut line = tocsin_sip::Settings::new(Transport::Udp, setup.sip, "tocsin-desk");
    line.public = setup.public;
    let (line, incoming) = Line::open(line).await.map_err(|error| error.to_string())?;
    let listener = TcpListener::bind(setup.web).await;
    let listener = listener.map_err(|error| format!("no pages can be served at {}: {error}", setup.web))?;
    let web = listener.local_addr().map_err(|error| error.to_string())?;
    let toward = line.listening().first().map_or(setup.sip.ip(), |(_, at)| at.ip());
    let host = host(web.ip(), setup.public, toward);
    let bridge = Own::new(Settings { host, fills: true, patience: PATIENCE });
    let edge = Arc::new(Edge::new(setup, store, token, bridge, desk));
    tokio::spawn(telephone::attend(edge.clone(), incoming));
    tokio::spawn(edge.clone().keep_time());
    let router = web::router(edge.clone());
    let serving = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "no pages are served any more");
        }
    });
    Ok(Running { edge, web, line, serving })
}

impl Running {
    /// Takes no new calls, and waits until those that are on are over, it has taken too long, or somebody is in a hurry.
    pub async fn drain(&self, hurry: impl Future<Output = ()>) {
        tracing::info!(calls = self.edge.calls(), "no new calls; those that are on may end");
        self.edge.tell(Event::Drain);
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(self.edge.setup.drain_seconds)) => {}
            () = hurry => {}
            () = self.idle() => {}
        }
    }

    async fn idle(&self) {
        while self.edge.calls() > 0 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Ends all calls, and what is written is on the disk.
    pub async fn stop(self) {
        self.edge.tell(Event::Terminate);
        self.line.idle(ENDING).await;
        self.serving.abort();
        self.edge.store.close();
    }
}
