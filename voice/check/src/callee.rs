//! The far end of a check that is ours: it answers whatever the caller asks in tones.

use tocsin_media::chirp::{self, Sweep};
use tocsin_media::nonce::{Ear, Nonce};
use tocsin_media::signal::{Listener, Tone};

use crate::TURN;
use crate::mouth::Mouth;

/// It confirms for one second, then listens in silence.
const CONFIRMS: usize = 8000;

/// One call at the far end, from the moment it was answered. Every 20 ms: first [`Callee::hear`], then
/// [`Callee::speak`].
#[derive(Clone, Debug)]
pub struct Callee {
    tones: Listener,
    numbers: Ear,
    chirps: chirp::Listener,
    mouth: Mouth,
    heard: usize,
    stage: Stage,
    number: Option<Nonce>,
}

/// How much it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Greets,
    Hears,
    /// Until so many samples are said.
    Confirms(usize),
    Listens,
}

impl Default for Callee {
    fn default() -> Callee {
        let mut mouth = Mouth::default();
        mouth.tone(Tone::CalleeGreets);
        Callee {
            tones: Listener::default(),
            numbers: Ear::default(),
            chirps: chirp::Listener::new(Sweep::Rising),
            mouth,
            heard: 0,
            stage: Stage::Greets,
            number: None,
        }
    }
}

impl Callee {
    /// Takes what came.
    pub fn hear(&mut self, sound: &[i16]) {
        self.heard += sound.len();
        for heard in self.tones.feed(sound) {
            match (heard.tone, self.stage) {
                (Tone::CallerCalls, Stage::Greets) => {
                    self.mouth.tone(Tone::CalleeHears);
                    self.stage = Stage::Hears;
                }
                (Tone::CallerHears, Stage::Greets | Stage::Hears) => {
                    self.mouth.tone(Tone::CalleeConfirms);
                    self.stage = Stage::Confirms(self.mouth.said() + CONFIRMS);
                }
                _ => {}
            }
        }
        if let Stage::Confirms(until) = self.stage
            && self.mouth.said() >= until
        {
            self.listen();
        }
        for number in self.numbers.feed(sound).into_iter().flatten() {
            self.listen();
            self.number = Some(number);
            self.mouth.piece(crate::caller::number(number.answer()));
        }
        if let Some(found) = self.chirps.feed(sound) {
            self.listen();
            // What was heard last is still being played while what is said next is said: both begin now.
            let ago = (self.heard - sound.len()) as f64 - found.at;
            let at = self.mouth.said() as f64 - ago + TURN as f64;
            self.mouth.piece_at(at.round().max(0.0) as usize, chirp::sound(Sweep::Falling));
        }
    }

    fn listen(&mut self) {
        self.stage = Stage::Listens;
        self.mouth.silence();
    }

    /// What to send next.
    pub fn speak(&mut self, samples: usize) -> Vec<i16> {
        self.mouth.speak(samples)
    }

    /// Whether it heard the caller: what it can tell those whom it belongs to.
    #[must_use]
    pub fn hears(&self) -> bool {
        self.stage > Stage::Greets
    }

    /// The last number that the caller said.
    #[must_use]
    pub fn number(&self) -> Option<Nonce> {
        self.number
    }
}
