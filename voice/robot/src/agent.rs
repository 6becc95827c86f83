//! Who sits at the page: signs in, waits for a call, clicks to accept it, and tells what is seen and heard.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, UNIX_EPOCH};

use tocsin_check::{Did, Refrain};
use tocsin_media::signal::Listener;
use tocsin_probe::wav;
use tocsin_sip::clock;
use tokio::sync::mpsc::UnboundedSender;

use crate::browser::{Browser, Leash};
use crate::page::{Look, Page, Sound, Wanted};
use crate::site::{Selector, Site, Step};

/// So often the page is looked at.
const LOOK: Duration = Duration::from_millis(100);
/// How long each step of signing in may take.
const STEP: Duration = Duration::from_secs(15);
/// A click that changes nothing is made again after that, so often.
const AGAIN: Duration = Duration::from_secs(2);
const CLICKS: u32 = 3;
/// How the folders of robots are called, and how old one is of which nobody knows any more.
const FOLDER: &str = "tocsin-robot-";
const LOST: Duration = Duration::from_secs(3600);
/// How long the browser may take to hear its own microphone.
const HEARS_ITSELF: Duration = Duration::from_secs(15);
/// What the browser says where this machine has no network, or does not know the name.
const OURS: [&str; 6] =
    ["ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_", "ERR_NAME_", "ERR_PROXY_", "ERR_ADDRESS_", "ERR_INVALID_URL"];
/// Letters of what a page says.
const SAYS_MOST: usize = 160;
const MIRROR: &str = include_str!("../web/mirror.html");

/// Who, where, with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    pub site: Site,
    /// A Chromium.
    pub browser: String,
    /// How long it may take after the sign-in until calls can come.
    pub ready: Duration,
}

impl Seat {
    /// An agent whose last page was closed without a word is often shut out for some 15 s.
    pub const READY: Duration = Duration::from_secs(40);
}

/// What the agent tells.
#[derive(Debug)]
pub(crate) enum Tells {
    Did(Did, Duration),
    Heard(Sound),
    /// Whether the browser hears its own microphone.
    Itself(Result<(), String>),
}

/// What the agent is told.
#[derive(Debug, Default)]
pub(crate) struct Orders {
    pub stop: AtomicBool,
    pub hang_up: AtomicBool,
    /// To find out whether the browser hears its own microphone.
    pub prove: AtomicBool,
}

impl Orders {
    fn are(order: &AtomicBool) -> bool {
        order.load(Ordering::Relaxed)
    }
}

/// Works until it is told to stop, or cannot go on, and leaves nothing behind.
pub(crate) fn works(
    seat: &Seat,
    refrain: &Refrain,
    orders: &Arc<Orders>,
    leash: &Leash,
    tells: &UnboundedSender<Tells>,
) {
    sweeps();
    let home = match tempfile::Builder::new().prefix(FOLDER).tempdir() {
        Ok(home) => home,
        Err(error) => {
            let why = format!("there is no room for a browser ({error})");
            let _ = tells.send(Tells::Did(Did::Broke(why), clock::steady()));
            return;
        }
    };
    let mut agent = Agent { seat, orders, tells, began: clock::steady(), says: String::new(), sound: "none" };
    if let Err(why) = agent.works(home.path(), refrain, leash)
        && !Orders::are(&orders.stop)
    {
        agent.did(Did::Broke(why));
    }
    removes(home);
}

/// What robots left whose program was killed.
fn sweeps() {
    let folders = std::fs::read_dir(std::env::temp_dir()).into_iter().flatten().flatten();
    for folder in folders.filter(|one| one.file_name().to_string_lossy().starts_with(FOLDER)) {
        let made = folder.metadata().and_then(|about| about.modified()).ok();
        let age = made
            .and_then(|made| made.duration_since(UNIX_EPOCH).ok())
            .map(|made| clock::since_1970().saturating_sub(made));
        if age.is_some_and(|age| age > LOST) {
            // Somebody else's cannot be removed, and need not be.
            let _ = std::fs::remove_dir_all(folder.path());
        }
    }
}

/// What the browser started may still write for a moment.
fn removes(home: tempfile::TempDir) {
    let path = home.path().to_owned();
    let mut done = home.close();
    for _ in 0..40 {
        if done.is_ok() || !path.exists() {
            return;
        }
        std::thread::sleep(LOOK / 2);
        done = std::fs::remove_dir_all(&path);
    }
    tracing::warn!(folder = %path.display(), "what a browser left cannot be removed");
}

struct Agent<'a> {
    seat: &'a Seat,
    orders: &'a Orders,
    tells: &'a UnboundedSender<Tells>,
    began: Duration,
    /// The page's own words, the last ones.
    says: String,
    /// CSS: what is listened to. Before a call is accepted, nothing.
    sound: &'a str,
}

impl Agent<'_> {
    fn did(&self, did: Did) {
        self.did_at(did, clock::steady());
    }

    fn did_at(&self, did: Did, at: Duration) {
        // Who does not listen any more has told us to stop.
        let _ = self.tells.send(Tells::Did(did, at));
    }

    fn stopped(&self) -> bool {
        Orders::are(&self.orders.stop)
    }

    fn works(&mut self, home: &Path, refrain: &Refrain, leash: &Leash) -> Result<(), String> {
        let microphone = home.join("microphone.wav");
        std::fs::write(&microphone, wav(&refrain.sound()))
            .map_err(|error| format!("no microphone can be made ({error})"))?;
        let mut page = Page::open(Browser::open(&self.seat.browser, home, &microphone, leash)?)?;
        match self.signs_in(&mut page)? {
            Ok(()) => {
                self.did(Did::Ready(clock::steady().saturating_sub(self.began)));
                self.attends(&mut page)?;
            }
            Err(why) => {
                self.did(Did::NotReady(why));
                self.waits_for_orders();
            }
        }
        if Orders::are(&self.orders.prove) && !self.stopped() {
            let proved = hears_itself(&mut page, home, refrain, self.orders);
            let _ = self.tells.send(Tells::Itself(proved));
            self.waits_for_stop();
        }
        page.close();
        Ok(())
    }

    fn waits_for_orders(&self) {
        while !self.stopped() && !Orders::are(&self.orders.prove) {
            std::thread::sleep(LOOK / 2);
        }
    }

    fn waits_for_stop(&self) {
        while !self.stopped() {
            std::thread::sleep(LOOK / 2);
        }
    }

    /// `Err` inside: why the page cannot be used.
    fn signs_in(&mut self, page: &mut Page) -> Result<Result<(), String>, String> {
        let site = &self.seat.site;
        if let Err(error) = page.goes_to(site.address())? {
            if OURS.iter().any(|ours| error.contains(ours)) {
                return Err(format!("{} cannot be reached from here ({error})", site.shown()));
            }
            return Ok(Err(format!("the agent's page {} cannot be loaded ({error})", site.shown())));
        }
        for step in &site.steps {
            let at = step.selector();
            let shown = |look: &Look| look.shown.contains_key("step").then_some(());
            if let Err(why) = self.until(page, &[("step", at)], STEP, shown)? {
                return Ok(Err(format!("the page does not show `{at}`, which is needed to sign in{why}")));
            }
            match step {
                Step::Fill(at, text) => page.fills(at, &text.0)?,
                Step::Click(at) => page.clicks(at)?,
                Step::Wait(_) => true,
            };
        }
        let mut wanted = vec![("ready", &site.ready)];
        wanted.extend(site.dismiss.iter().map(|one| ("dismiss", one)));
        let end = clock::steady() + self.seat.ready;
        loop {
            let left = end.saturating_sub(clock::steady());
            let met = |look: &Look| ["ready", "dismiss"].into_iter().find(|name| look.shown.contains_key(*name));
            match self.until(page, &wanted, left, met)? {
                Ok("ready") => return Ok(Ok(())),
                Ok(_) => {
                    for one in &site.dismiss {
                        page.clicks(one)?;
                    }
                    std::thread::sleep(LOOK);
                }
                Err(why) => {
                    let waited = self.seat.ready.as_secs();
                    return Ok(Err(format!("the agent's page did not become ready within {waited} s{why}")));
                }
            }
        }
    }

    /// Looks until it is so. `Err` inside: it did not come to be, and what the page says of it.
    fn until<T>(
        &mut self,
        page: &mut Page,
        wanted: &[(&'static str, &Selector)],
        limit: Duration,
        met: impl Fn(&Look) -> Option<T>,
    ) -> Result<Result<T, String>, String> {
        let end = clock::steady() + limit;
        loop {
            if self.stopped() {
                return Err("it was told to stop".to_owned());
            }
            let look = self.looks(page, wanted)?;
            if let Some(met) = met(&look) {
                return Ok(Ok(met));
            }
            if look.status >= 400 {
                return Ok(Err(format!(": it answers with HTTP {}", look.status)));
            }
            if clock::steady() >= end {
                let says = self.says.trim_end_matches('.');
                return Ok(Err(if says.is_empty() { String::new() } else { format!("; it says “{says}”") }));
            }
            std::thread::sleep(LOOK);
        }
    }

    /// One look, and the page's own words with it.
    fn looks(&mut self, page: &mut Page, wanted: &[(&'static str, &Selector)]) -> Result<Look, String> {
        const SAYS: [&str; 4] = ["says 1", "says 2", "says 3", "says 4"];
        let mut shown = wanted.to_vec();
        shown.extend(SAYS.into_iter().zip(&self.seat.site.says));
        let look = page.looks(&Wanted { shown, sound: self.sound })?;
        let words: Vec<&str> = SAYS.iter().filter_map(|name| look.shown.get(*name)).map(String::as_str).collect();
        let says = words.into_iter().filter(|words| !words.is_empty()).collect::<Vec<_>>().join(": ");
        let says: String = says.chars().take(SAYS_MOST).collect();
        if !says.is_empty() && says != self.says {
            self.did(Did::Says(says.clone()));
            self.says = says;
        }
        Ok(look)
    }

    /// A call, from its ring until we are told to do something else.
    fn attends(&mut self, page: &mut Page) -> Result<(), String> {
        let site = &self.seat.site;
        let mut wanted = vec![("accept", &site.accept)];
        wanted.extend(site.connected.as_ref().map(|one| ("connected", one)));
        wanted.extend(site.hang_up.as_ref().map(|one| ("hang up", one)));
        // When it was clicked first and last, and how often.
        let mut clicked: Option<(Duration, Duration, u32)> = None;
        let (mut accepted, mut connected, mut hung_up) = (false, false, false);
        while !self.stopped() && !Orders::are(&self.orders.prove) {
            let look = self.looks(page, &wanted)?;
            let rings = look.shown.contains_key("accept");
            let now = clock::steady();
            match clicked {
                _ if accepted => {}
                None if rings => {
                    self.did_at(Did::Rang, now);
                    if page.clicks(&site.accept)? {
                        let now = clock::steady();
                        clicked = Some((now, now, 1));
                    }
                }
                Some((first, last, times)) if rings && now >= last + AGAIN && times < CLICKS => {
                    page.clicks(&site.accept)?;
                    clicked = Some((first, now, times + 1));
                }
                Some((first, ..)) if !rings => {
                    accepted = true;
                    self.sound = &self.seat.site.sound;
                    self.did_at(Did::Accepted, first);
                }
                _ => {}
            }
            if accepted && !connected && look.shown.contains_key("connected") {
                connected = true;
                self.did(Did::Connected);
            }
            for sound in look.sounds {
                let _ = self.tells.send(Tells::Heard(sound));
            }
            if Orders::are(&self.orders.hang_up)
                && !hung_up
                && let Some(at) = &site.hang_up
                && page.clicks(at)?
            {
                hung_up = true;
                self.did(Did::HungUp);
            }
            std::thread::sleep(LOOK);
        }
        Ok(())
    }
}

/// Whether the browser hears its own microphone over a connection within itself: then it is well, whatever the page
/// does.
fn hears_itself(page: &mut Page, home: &Path, refrain: &Refrain, orders: &Orders) -> Result<(), String> {
    let mirror = home.join("mirror.html");
    std::fs::write(&mirror, MIRROR).map_err(|error| error.to_string())?;
    page.goes_to(&format!("file://{}", mirror.display()))??;
    let state = Selector::of("#state");
    let wanted = || Wanted { shown: vec![("state", &state)], sound: "#sound" };
    let mut tones = Listener::default();
    let (end, mut says) = (clock::steady() + HEARS_ITSELF, String::new());
    while clock::steady() < end && !Orders::are(&orders.stop) {
        let mut look = page.looks(&wanted())?;
        for sound in &look.sounds {
            if tones.feed(&sound.samples).iter().any(|heard| heard.tone == refrain.tone) {
                return Ok(());
            }
        }
        says = look.shown.remove("state").unwrap_or_default();
        std::thread::sleep(LOOK);
    }
    Err(format!("its browser does not hear its own microphone ({says})"))
}
