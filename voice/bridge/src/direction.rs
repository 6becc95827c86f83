//! One direction of a call: what comes from one end, and what of it goes to the other.

use std::collections::VecDeque;
use std::time::Duration;

use tocsin_rtc::Payload;
use tocsin_rtc::key::{Press, Told};

use crate::{Ear, Evidence, Numbering, Tone};

/// After so long without anything the line is kept alive with comfort noise.
const QUIET: Duration = Duration::from_millis(200);

/// What the far end hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// What comes.
    Pass,
    /// A line that is alive, whatever comes.
    Mute,
    /// Two notes now and then, whatever comes.
    Hold,
}

/// Carries one direction. What comes is evidence in every mode.
#[derive(Clone, Debug)]
pub struct Direction {
    ear: Ear,
    numbering: Numbering,
    tone: Tone,
    mode: Mode,
    fills: bool,
    open: bool,
    keys: VecDeque<Press>,
    /// A key is being held.
    pressing: bool,
    last: Duration,
    passed: u64,
    made: u64,
}

impl Direction {
    /// Whether gaps are filled with comfort noise; nothing goes out before [`Direction::open`].
    #[must_use]
    pub fn new(numbering: Numbering, fills: bool) -> Direction {
        Direction {
            ear: Ear::default(),
            numbering,
            tone: Tone::default(),
            mode: Mode::Pass,
            fills,
            open: false,
            keys: VecDeque::new(),
            pressing: false,
            last: Duration::ZERO,
            passed: 0,
            made: 0,
        }
    }

    /// The far end can be reached from now on.
    pub fn open(&mut self, now: Duration) {
        self.open = true;
        self.last = now;
    }

    pub fn mode(&mut self, mode: Mode) {
        if mode == Mode::Hold && self.mode != Mode::Hold {
            self.tone.rewind();
        }
        self.mode = mode;
    }

    /// Presses a key for the far end, after those that are still to be pressed. `false` where it is no key.
    pub fn press(&mut self, key: char, held: Duration) -> bool {
        let press = Press::new(key, held);
        let is_key = press.is_some();
        self.keys.extend(press);
        is_key
    }

    /// Takes what came; what goes out for it.
    pub fn take(&mut self, payload: &Payload, now: Duration) -> Option<Payload> {
        self.ear.hear(payload, now);
        if !self.open || self.mode != Mode::Pass || !self.keys.is_empty() {
            return None;
        }
        let passed = self.numbering.pass(payload, now)?;
        self.last = now;
        self.passed += 1;
        Some(passed)
    }

    /// To be asked every 20 ms; what goes out of our own.
    pub fn tick(&mut self, now: Duration) -> Option<Payload> {
        if !self.open {
            return None;
        }
        let own = match (self.key(now), self.mode) {
            (Some(key), _) => key,
            (None, Mode::Hold) => self.numbering.own(self.tone.hold(), now),
            (None, Mode::Mute) => self.numbering.own(self.tone.comfort(), now),
            (None, Mode::Pass) if self.fills && now.saturating_sub(self.last) >= QUIET => {
                self.numbering.own(self.tone.comfort(), now)
            }
            (None, Mode::Pass) => return None,
        };
        self.made += 1;
        Some(own)
    }

    fn key(&mut self, now: Duration) -> Option<Payload> {
        while let Some(press) = self.keys.front_mut() {
            if let Some(bytes) = press.next().and_then(Told::write) {
                let begins = !self.pressing;
                self.pressing = true;
                return Some(self.numbering.key(bytes.into(), begins, now));
            }
            self.keys.pop_front();
            self.pressing = false;
        }
        None
    }

    #[must_use]
    pub fn evidence(&self, now: Duration) -> Evidence {
        self.ear.evidence(now)
    }

    /// When the last sound came, silent or not.
    #[must_use]
    pub fn last_heard(&self) -> Option<Duration> {
        self.ear.last()
    }

    /// How many payloads went out, passed on and made by us.
    #[must_use]
    pub fn sent(&self) -> (u64, u64) {
        (self.passed, self.made)
    }
}
