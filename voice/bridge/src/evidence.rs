//! What an end has proved: that packets come from it, and that there is something in them.

use std::collections::VecDeque;
use std::time::Duration;

use tocsin_media::g711::Law;
use tocsin_media::measure::{self, NOTHING, SILENT};
use tocsin_media::reception::Reception;
use tocsin_media::{RATE, measure::Kind as Sort};
use tocsin_rtc::{Kind, Payload};

/// What has not been seen for longer is not going on.
pub const FRESH: Duration = Duration::from_secs(1);
/// One second of sound is measured.
const RECENT: usize = RATE as usize;

/// What came from one end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Packets of sound; keys do not count.
    pub packets: u64,
    /// When the first and the last came.
    pub since: Option<Duration>,
    pub last: Option<Duration>,
    /// Of the last second, in dBFS.
    pub level: f64,
    pub sort: Sort,
    /// When something was last heard in it.
    pub heard: Option<Duration>,
    /// Between 0 and 1.
    pub lost: f64,
    pub jitter: Duration,
}

impl Evidence {
    /// Whether packets come.
    #[must_use]
    pub fn comes(&self, now: Duration) -> bool {
        self.last.is_some_and(|last| now.saturating_sub(last) < FRESH)
    }

    /// Whether there is anything in them: a room is, a microphone that is off is not.
    #[must_use]
    pub fn sounds(&self, now: Duration) -> bool {
        self.heard.is_some_and(|heard| now.saturating_sub(heard) < FRESH)
    }
}

/// Listens to one end.
#[derive(Clone, Debug, Default)]
pub struct Ear {
    packets: u64,
    since: Option<Duration>,
    last: Option<Duration>,
    heard: Option<Duration>,
    recent: VecDeque<i16>,
    reception: Option<(u32, Reception)>,
}

impl Ear {
    /// Takes what came at `now`.
    pub fn hear(&mut self, payload: &Payload, now: Duration) {
        let source = payload.source;
        if self.reception.as_ref().is_none_or(|(known, _)| *known != source) {
            self.reception = Some((source, Reception::new(source, payload.sequence)));
        }
        if let Some((_, reception)) = &mut self.reception {
            reception.arrived(payload.sequence, payload.timestamp, now);
        }
        if payload.kind != Kind::Sound {
            return;
        }
        self.packets += 1;
        self.since.get_or_insert(now);
        self.last = Some(now);
        let sound = Law::Mu.decoded(&payload.bytes);
        if measure::level(&sound) > SILENT {
            self.heard = Some(now);
        }
        self.recent.extend(sound);
        self.recent.drain(..self.recent.len().saturating_sub(RECENT));
    }

    /// When the last packet of sound came.
    #[must_use]
    pub fn last(&self) -> Option<Duration> {
        self.last
    }

    #[must_use]
    pub fn evidence(&self, now: Duration) -> Evidence {
        let comes = self.last.is_some_and(|last| now.saturating_sub(last) < FRESH);
        let sound: Vec<i16> = if comes { self.recent.iter().copied().collect() } else { Vec::new() };
        let measures = measure::measure(&sound);
        let reception = self.reception.as_ref().map(|(_, reception)| reception);
        Evidence {
            packets: self.packets,
            since: self.since,
            last: self.last,
            level: if comes { measures.level } else { NOTHING },
            sort: measures.kind,
            heard: self.heard,
            lost: reception.map_or(0.0, Reception::lost_share),
            jitter: reception.map_or(Duration::ZERO, Reception::jitter),
        }
    }
}

/// A count that somebody else keeps, and when it last grew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Growth {
    count: u64,
    last: Option<Duration>,
}

impl Growth {
    /// Takes a count. One that is lower than before was begun anew.
    pub fn count(&mut self, count: u64, now: Duration) {
        if count > self.count {
            self.last = Some(now);
        }
        self.count = count;
    }

    #[must_use]
    pub fn total(&self) -> u64 {
        self.count
    }

    /// Whether it grew within a second.
    #[must_use]
    pub fn grows(&self, now: Duration) -> bool {
        self.last.is_some_and(|last| now.saturating_sub(last) < FRESH)
    }
}

/// What is wrong between two ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Trouble {
    /// No packet comes from the agent's browser.
    AgentSendsNothing,
    /// Packets come, with nothing in them: a microphone that is off.
    AgentSilent,
    /// The browser says that nothing comes to it.
    BrowserHearsNothing,
    /// No packet comes from the caller.
    CallerSendsNothing,
    CallerSilent,
}

/// What is wrong at `now`, by what came from the caller and the agent, and what the browser reports of its
/// `inbound-rtp`.
#[must_use]
pub fn troubles(caller: &Evidence, agent: &Evidence, browser: &Growth, now: Duration) -> Vec<Trouble> {
    let of = |evidence: &Evidence, nothing, silent| match (evidence.comes(now), evidence.sounds(now)) {
        (false, _) => Some(nothing),
        (true, false) => Some(silent),
        (true, true) => None,
    };
    let hears = (!browser.grows(now)).then_some(Trouble::BrowserHearsNothing);
    let agent = of(agent, Trouble::AgentSendsNothing, Trouble::AgentSilent);
    let caller = of(caller, Trouble::CallerSendsNothing, Trouble::CallerSilent);
    agent.into_iter().chain(hears).chain(caller).collect()
}
