//! A desk with one agent, in a browser: `cargo run -p tocsin-bridge --example one_desk` prints an address; whoever opens
//! it and presses Accept talks to a telephone that this program plays. It is there to be tried, and for
//! `tests/voice/test_browser_leg.py`.
//!
//! `POST /call` begins a call; `POST /call/N/…` answers, reports and does everything that a desk does to one;
//! `GET /call/N` says how it is.

mod telephone;

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Html;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tocsin_bridge::{
    Bridged, Connecting, Evidence, Growth, MediaBridge, Mode, News, Next, Own, Plain, Seen, Settings, Side, Stats, Way,
    troubles,
};
use tocsin_rtc::Host;
use tokio::net::{TcpListener, UdpSocket};

use crate::telephone::{Says, Telephone};

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const KEYS: u8 = 101;
/// How long a browser may send nothing: time for two tries to connect, and some.
const PATIENCE: Duration = Duration::from_secs(8);
/// How often a call is looked at while it is being connected.
const LOOK: Duration = Duration::from_millis(50);

type Answer = Result<Json<Value>, (StatusCode, String)>;

#[derive(Clone, Default)]
struct Desk(Arc<Mutex<HashMap<u64, Call>>>);

#[derive(Clone)]
struct Call {
    bridge: Own,
    bridged: Bridged,
    telephone: Telephone,
    told: Arc<Mutex<Told>>,
}

/// What came of it so far.
struct Told {
    connecting: Connecting,
    browser: Growth,
    /// What was done, and when, in ms since the call.
    done: Vec<(String, u128)>,
    /// An offer that the browser has not fetched yet.
    restart: Option<String>,
    over: Option<String>,
    pressed: String,
    last: Option<Stats>,
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(error: impl ToString) -> (StatusCode, String) {
    (StatusCode::CONFLICT, error.to_string())
}

impl Desk {
    fn find(&self, call: u64) -> Result<Call, (StatusCode, String)> {
        lock(&self.0).get(&call).cloned().ok_or((StatusCode::NOT_FOUND, "there is no such call".to_owned()))
    }
}

/// `{"says": "CallerCalls" | "nothing", "fills": true, "severed": false}`
async fn begin(State(desk): State<Desk>, Json(wish): Json<Value>) -> Answer {
    let says = Says::read(wish["says"].as_str().unwrap_or("CallerCalls")).ok_or_else(|| failed("says what?"))?;
    let host = Host { bind: HERE, announce: None, ports: None };
    let fills = wish["fills"].as_bool().unwrap_or(true);
    let bridge = Own::new(Settings { host, fills, patience: PATIENCE });
    let ours = UdpSocket::bind((HERE, 0)).await.map_err(failed)?;
    let to = ours.local_addr().map_err(failed)?;
    let telephone = Telephone::call(to, says).await.map_err(failed)?;
    let leg = Plain::new(ours, Some(telephone.address()), KEYS);
    let offered = bridge.offer(Box::new(leg)).await.map_err(failed)?;
    if wish["severed"] == true {
        offered.call.line().sever().await;
    }
    let told = Told {
        connecting: Connecting::new(Duration::ZERO),
        browser: Growth::default(),
        done: Vec::new(),
        restart: None,
        over: None,
        pressed: String::new(),
        last: None,
    };
    let call = Call { bridge, bridged: offered.call, telephone, told: Arc::new(Mutex::new(told)) };
    let number = {
        let mut calls = lock(&desk.0);
        let number = calls.len() as u64 + 1;
        calls.insert(number, call.clone());
        number
    };
    tokio::spawn(call.follow());
    Ok(Json(json!({"call": number, "offer": offered.offer})))
}

impl Call {
    /// Watches the call until it is over.
    async fn follow(self) {
        let mut news = self.bridge.news(&self.bridged);
        let mut look = tokio::time::interval(LOOK);
        loop {
            tokio::select! {
                came = news.recv() => match came {
                    Ok(News::Secured) => self.see(Seen::Secured).await,
                    Ok(News::Pressed(key)) => lock(&self.told).pressed.push(key),
                    Ok(News::Over(by, why)) => return self.over(format!("{by:?} {}", why.unwrap_or_default())),
                    Ok(News::Path(path)) => self.note(format!("{path:?}")).await,
                    Err(_) => return self.over("?".to_owned()),
                },
                _ = look.tick() => {
                    let Ok(stats) = self.bridge.stats(&self.bridged).await else { continue };
                    lock(&self.told).last = Some(stats);
                    let came = stats.from_agent.came;
                    self.see(Seen::Agent { packets: came.packets, sounds: came.sounds(stats.now) }).await;
                    self.see(Seen::Caller { packets: stats.from_caller.came.packets }).await;
                }
            }
        }
    }

    fn over(&self, why: String) {
        self.telephone.hang_up();
        lock(&self.told).over.get_or_insert(why.trim().to_owned());
    }

    async fn note(&self, what: String) {
        let now = self.bridge.stats(&self.bridged).await.map_or(Duration::ZERO, |stats| stats.now);
        lock(&self.told).done.push((what, now.as_millis()));
    }

    async fn see(&self, seen: Seen) {
        let Ok(stats) = self.bridge.stats(&self.bridged).await else { return };
        let next = {
            let mut told = lock(&self.told);
            if let Seen::Browser { packets } = seen {
                told.browser.count(packets, stats.now);
            }
            told.connecting.see(seen, stats.now)
        };
        let Some(next) = next else { return };
        self.note(format!("{next:?}")).await;
        match next {
            Next::RestartIce => match self.bridge.restart(&self.bridged).await {
                Ok(offer) => lock(&self.told).restart = Some(offer),
                Err(error) => self.note(error.to_string()).await,
            },
            Next::GiveUp(_) => self.bridge.hangup(&self.bridged).await,
            Next::AnswerCaller | Next::Connected => {}
        }
    }
}

/// What a browser or a desk does to a call: `{"answer": sdp}`, `{"candidate": line}`, `{"packets": n, "muted": false}`,
/// `{"microphone": false}`, `{"hears": "Agent", "mode": "Hold"}`, `{"press": "5"}`, `{"restart": true}`,
/// `{"sever": true}`, `{"says": …}`, `{"hang_up": "desk" | "caller"}`. A restart's offer is in the reply to a report.
async fn act(State(desk): State<Desk>, Path(number): Path<u64>, Json(wish): Json<Value>) -> Answer {
    let call = desk.find(number)?;
    let (bridge, bridged) = (&call.bridge, &call.bridged);
    let text = |name: &str| wish[name].as_str().map(str::to_owned);
    let mut reply = json!({});
    if let Some(answer) = text("answer") {
        bridge.answer(bridged, answer).await.map_err(failed)?;
    }
    if let Some(line) = text("candidate") {
        bridge.candidate(bridged, line).await.map_err(failed)?;
    }
    if let Some(muted) = wish["muted"].as_bool() {
        call.see(Seen::Muted(muted)).await;
    }
    if let Some(packets) = wish["packets"].as_u64() {
        call.see(Seen::Browser { packets }).await;
        let mut told = lock(&call.told);
        reply = json!({"restart": told.restart.take(), "over": told.over});
    }
    if wish["microphone"] == false {
        call.see(Seen::NoMicrophone).await;
    }
    if let Some(mode) = text("mode") {
        let who = if wish["hears"] == "Agent" { Side::Agent } else { Side::Caller };
        let mode = match mode.as_str() {
            "Hold" => Mode::Hold,
            "Mute" => Mode::Mute,
            _ => Mode::Pass,
        };
        bridge.hears(bridged, who, mode).await.map_err(failed)?;
    }
    for key in text("press").unwrap_or_default().chars() {
        bridge.press(bridged, Side::Caller, key, Duration::from_millis(100)).await.map_err(failed)?;
    }
    if wish["restart"] == true {
        lock(&call.told).restart = Some(bridge.restart(bridged).await.map_err(failed)?);
    }
    if wish["sever"] == true {
        bridged.line().sever().await;
    }
    if let Some(says) = text("says").as_deref().and_then(Says::read) {
        call.telephone.say(says);
    }
    match text("hang_up").as_deref() {
        Some("desk") => bridge.hangup(bridged).await,
        Some(_) => {
            // The BYE of a telephone.
            call.telephone.hang_up();
            bridge.hangup(bridged).await;
        }
        None => {}
    }
    Ok(Json(reply))
}

async fn show(State(desk): State<Desk>, Path(number): Path<u64>) -> Answer {
    let call = desk.find(number)?;
    let stats = call.bridge.stats(&call.bridged).await.ok();
    let told = lock(&call.told);
    let shown = stats.or(told.last).map(|stats| {
        let wrong = troubles(&stats.from_caller.came, &stats.from_agent.came, &told.browser, stats.now);
        json!({
            "from_caller": way(&stats.from_caller, stats.now),
            "from_agent": way(&stats.from_agent, stats.now),
            "secured_ms": stats.secured.map(|at| at.as_millis()),
            "path": format!("{:?}", stats.path),
            "browser": format!("{:?}", stats.browser),
            "troubles": wrong.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>(),
        })
    });
    Ok(Json(json!({
        "stats": shown,
        "done": told.done,
        "over": told.over,
        "pressed": told.pressed,
        "telephone": call.telephone.heard(),
    })))
}

fn way(way: &Way, now: Duration) -> Value {
    let Evidence { packets, level, sort, lost, .. } = way.came;
    json!({
        "packets": packets,
        "level": level,
        "sort": format!("{sort:?}"),
        "lost": lost,
        "comes": way.came.comes(now),
        "sounds": way.came.sounds(now),
        "passed": way.passed,
        "made": way.made,
    })
}

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let desk = Desk::default();
    let app = Router::new()
        .route("/", get(|| async { Html(include_str!("agent.html")) }))
        .route("/call", post(begin))
        .route("/call/{number}", get(show).post(act))
        .with_state(desk);
    let listener = TcpListener::bind((HERE, 0)).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, app).await
}
