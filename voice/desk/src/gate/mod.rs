//! The gate of a build: one call through a desk of its own, from a telephone to an agent in a real browser who clicks
//! *Accept*; both have to hear the other's tone, and the widget has to say that they are connected.

mod caller;
mod chromium;

use std::f64::consts::TAU;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use serde::Serialize;
use tocsin_media::signal::Tone;
use tokio::sync::watch;

use self::caller::Heard;
use self::chromium::{Chromium, Look};
use crate::builds::{self, Files};
use crate::serve;
use crate::setup::{Agent, Setup};

const LOOK: Duration = Duration::from_millis(100);
const READY: Duration = Duration::from_secs(20);
const RUNG: Duration = Duration::from_secs(5);
const CONNECTED: Duration = Duration::from_secs(10);
const HEARD: Duration = Duration::from_secs(5);
/// What may pass until a call that is ended is over for the caller, too.
const ENDS: Duration = Duration::from_secs(3);
/// So many looks at the tone are no accident.
const ENOUGH: u32 = 4;
/// What browsers take for a microphone.
const RATE: u32 = 48_000;

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Passage {
    pub passed: bool,
    /// What was done, in order, and what was not.
    pub steps: Vec<String>,
}

/// Why nothing can be said of the build.
pub struct Ill(pub String);

/// Takes a build through the gate.
///
/// # Errors
/// When the gate itself cannot work: no browser, no ports.
pub async fn pass(files: &Files, browser: &str) -> Result<Passage, Ill> {
    let folder = tempfile::tempdir().map_err(|error| Ill(format!("there is no room for a desk: {error}")))?;
    let here = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
    let token = folder.path().display().to_string().replace('/', "-");
    let agent = Agent { id: "gate".to_owned(), name: None, token: token.clone(), queues: Vec::new() };
    let data = folder.path().join("data");
    let setup = Setup { web: here, sip: here, data, agent: vec![agent], clean_microphone: false, ..Setup::default() };
    std::fs::create_dir_all(&setup.data).map_err(|error| Ill(error.to_string()))?;
    builds::publish(&setup.data, files, "the gate", false).map_err(Ill)?;
    let microphone = folder.path().join("microphone.wav");
    std::fs::write(&microphone, tone(Tone::CalleeGreets.hz())).map_err(|error| Ill(error.to_string()))?;
    let desk = serve::start(setup, None).await.map_err(Ill)?;
    let sip = desk.line.listening().first().map(|(_, at)| *at).ok_or_else(|| Ill("no calls are taken".to_owned()))?;
    let address = format!("http://{}/#agent=gate&token={token}", desk.web);
    let (program, home) = (browser.to_owned(), folder.path().join("browser"));
    let (tell, heard) = watch::channel(Heard::default());
    let (ready, begins) = tokio::sync::oneshot::channel();
    let acts = tokio::task::spawn_blocking(move || -> Result<Passage, Ill> {
        let browser = Chromium::open(&program, &home, &microphone).map_err(Ill)?;
        let mut robot = Robot { browser, passage: Passage::default(), last: Look::default() };
        robot.passage.passed = robot.acts(&address, ready, &heard).map_err(Ill)?;
        Ok(robot.passage)
    });
    let calls = tokio::spawn(async move {
        // Where nobody is ready, nobody is called.
        if begins.await.is_ok() { caller::call(sip, "support", &tell).await } else { Ok(()) }
    });
    let acted = acts.await;
    // Which ends the call, if it is still on.
    desk.stop().await;
    let called = tokio::time::timeout(ENDS, calls).await;
    if let Ok(Ok(Err(why))) = called {
        return Err(Ill(why));
    }
    acted.map_err(|error| Ill(error.to_string()))?
}

/// Whoever sits at the browser.
struct Robot {
    browser: Chromium,
    passage: Passage,
    last: Look,
}

impl Robot {
    /// Looks until it is so; whether it came to be.
    fn until(&mut self, what: &str, limit: Duration, true_of: impl Fn(&Look) -> bool) -> Result<bool, String> {
        for _ in 0..limit.as_millis() / LOOK.as_millis() {
            self.last = self.browser.looks(Tone::CallerCalls.hz())?;
            if true_of(&self.last) {
                self.passage.steps.push(what.to_owned());
                return Ok(true);
            }
            // Who was rung, and is taken out, was not heard.
            if self.passage.steps.len() > 1 && self.last.title == "Not ready" {
                break;
            }
            std::thread::sleep(LOOK);
        }
        let Look { title, why, .. } = &self.last;
        self.passage.steps.push(format!("not: {what}; the widget says `{title}`, {why}"));
        Ok(false)
    }

    fn acts(
        &mut self,
        address: &str,
        ready: tokio::sync::oneshot::Sender<()>,
        heard: &watch::Receiver<Heard>,
    ) -> Result<bool, String> {
        self.browser.goes_to(address)?;
        if !self.until("the widget is ready for calls", READY, |look| look.title == "Ready for calls")? {
            return Ok(false);
        }
        let _ = ready.send(());
        if !self.until("it rings", RUNG, |look| look.accept.is_some())? {
            return Ok(false);
        }
        let Some(place) = self.last.accept else { return Ok(false) };
        self.browser.clicks(place)?;
        if !self.until("accepted by a click, and connected", CONNECTED, |look| look.title == "Connected")? {
            return Ok(false);
        }
        let hears = self.until("the agent hears the caller", HEARD, |look| look.heard >= ENOUGH)?;
        let is_heard = self.until("the caller hears the agent", HEARD, |_| heard.borrow().agent)?;
        let Some(place) = self.last.hang_up else { return Ok(false) };
        self.browser.clicks(place)?;
        let over = self.until("the caller is told that it is over", HEARD, |_| heard.borrow().by_desk)?;
        Ok(hears && is_heard && over)
    }
}

/// Two seconds of a sine, as a file: 16 bit, mono.
fn tone(hz: f64) -> Vec<u8> {
    let samples = RATE * 2;
    let mut bytes = Vec::new();
    bytes.extend(b"RIFF");
    bytes.extend((samples * 2 + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * 2).to_le_bytes());
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend((samples * 2).to_le_bytes());
    for at in 0..samples {
        let sample = (8000.0 * (TAU * hz * f64::from(at) / f64::from(RATE)).sin()).round() as i16;
        bytes.extend(sample.to_le_bytes());
    }
    bytes
}

/// Whether a browser can be had by that name.
#[must_use]
pub fn is_there(browser: &str) -> bool {
    let path = Path::new(browser);
    path.is_file()
        || ["/usr/bin", "/usr/local/bin", "/snap/bin"].iter().any(|folder| Path::new(folder).join(browser).is_file())
}
