//! What one end hears of the other where both are ours.

use std::time::Duration;

use tocsin_media::chirp::{self, Found};
use tocsin_media::measure::{Kind, NOTHING, level, measure};
use tocsin_media::nonce::{Ear, Nonce};
use tocsin_media::signal::Listener;
use tocsin_media::verdict::{Heard, NonceHeard};
use tocsin_media::{RATE, lasting};

use crate::refrain::Refrain;

/// A tone is known by its last 300 ms.
const TAIL: usize = 2400;

/// Something that was made out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Noticed {
    /// The other end's tone.
    Tone,
    /// The other end's number, for the first time.
    Number(Nonce),
    /// A number, and not the one that is said in this call.
    Wrong(Nonce),
    /// The other end's chirp, and when it began to be played.
    Chirp(Found, Duration),
}

/// One end's ear.
#[derive(Clone, Debug)]
pub(crate) struct Hearing {
    expects: Refrain,
    own: Refrain,
    tones: Listener,
    numbers: Ear,
    chirps: chirp::Listener,
    pub(crate) sound: Vec<i16>,
    /// When anything of the refrain was first made out.
    pub(crate) first: Option<Duration>,
    /// When the number was.
    pub(crate) proved: Option<Duration>,
    pub(crate) number: NonceHeard,
    /// Of the tone, in dBFS.
    pub(crate) level: f64,
    own_echo: bool,
}

impl Hearing {
    pub(crate) fn new(expects: Refrain, own: Refrain) -> Hearing {
        Hearing {
            expects,
            own,
            tones: Listener::default(),
            numbers: Ear::default(),
            chirps: chirp::Listener::new(expects.sweep),
            sound: Vec::new(),
            first: None,
            proved: None,
            number: NonceHeard::Missing,
            level: NOTHING,
            own_echo: false,
        }
    }

    /// Takes sound, of which the last sample is played at `end`.
    pub(crate) fn hear(&mut self, sound: &[i16], end: Duration) -> Vec<Noticed> {
        let mut noticed = Vec::new();
        self.sound.extend(sound);
        for heard in self.tones.feed(sound) {
            self.own_echo |= heard.tone == self.own.tone;
            if heard.tone == self.expects.tone {
                let from = self.sound.len().saturating_sub(TAIL);
                self.level = level(&self.sound[from..]);
                self.first.get_or_insert(end);
                noticed.push(Noticed::Tone);
            }
        }
        for said in self.numbers.feed(sound) {
            noticed.extend(self.number_came(said.ok(), end));
        }
        if self.numbers.is_within() {
            self.first.get_or_insert(end);
        }
        if let Some(found) = self.chirps.feed(sound) {
            let ago = (self.sound.len() as f64 - found.at).max(0.0) / f64::from(RATE);
            noticed.push(Noticed::Chirp(found, end.saturating_sub(Duration::from_secs_f64(ago))));
        }
        noticed
    }

    fn number_came(&mut self, came: Option<Nonce>, end: Duration) -> Option<Noticed> {
        match came {
            Some(own) if own == self.own.nonce => {
                self.own_echo = true;
                None
            }
            Some(right) if right == self.expects.nonce => {
                let first = self.proved.is_none();
                self.proved.get_or_insert(end);
                self.number = NonceHeard::Right;
                first.then_some(Noticed::Number(right))
            }
            Some(wrong) => {
                if self.number != NonceHeard::Right {
                    self.number = NonceHeard::Wrong;
                }
                Some(Noticed::Wrong(wrong))
            }
            None => {
                // Whoever begins to listen in the middle of a number hears half of one.
                if self.number == NonceHeard::Missing {
                    self.number = NonceHeard::Garbled;
                }
                None
            }
        }
    }

    /// The most that was heard.
    pub(crate) fn heard(&self) -> Heard {
        match measure(&self.sound).kind {
            _ if self.number == NonceHeard::Right || self.level > NOTHING => Heard::FarEnd,
            _ if self.own_echo => Heard::OwnEcho,
            Kind::Silence => Heard::Nothing,
            Kind::ComfortNoise => Heard::ComfortNoise,
            Kind::Sound => Heard::Strange,
        }
    }

    /// How long it listened.
    pub(crate) fn lasted(&self) -> Duration {
        lasting(self.sound.len())
    }
}
