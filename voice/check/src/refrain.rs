//! What an end says again and again where both ends are ours: a random number, a tone and a chirp.
//!
//! Nobody has to acknowledge anything in the call: what one end says is known to whoever listens at the other. A number
//! that is drawn for this call and heard at the other end is a proof of that one direction, which no recording, no
//! ringing and no echo gives.

use tocsin_media::chirp::{self, Sweep};
use tocsin_media::nonce::Nonce;
use tocsin_media::signal::Tone;

/// In samples: before the number, of the tone, before the chirp, after it.
const BEFORE: usize = 1600;
const TONE: usize = 6400;
const BREATH: usize = 800;
const AFTER: usize = 2400;

/// Who says what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refrain {
    pub nonce: Nonce,
    pub tone: Tone,
    pub sweep: Sweep,
}

impl Refrain {
    #[must_use]
    pub fn of_caller(nonce: Nonce) -> Refrain {
        Refrain { nonce, tone: Tone::CallerCalls, sweep: Sweep::Rising }
    }

    #[must_use]
    pub fn of_agent(nonce: Nonce) -> Refrain {
        Refrain { nonce, tone: Tone::CalleeGreets, sweep: Sweep::Falling }
    }

    /// One round, 3.2 s at 8 kHz; silence joins it to the next.
    #[must_use]
    pub fn sound(&self) -> Vec<i16> {
        let mut sound = vec![0; BEFORE];
        sound.extend(self.nonce.sound());
        sound.extend(self.tone.wave().take(TONE));
        sound.extend([0; BREATH]);
        sound.extend(chirp::sound(self.sweep));
        sound.extend([0; AFTER]);
        sound
    }
}

/// A refrain that is said round after round.
#[derive(Clone, Debug)]
pub(crate) struct Saying {
    sound: Vec<i16>,
    said: usize,
}

impl Saying {
    pub(crate) fn new(refrain: &Refrain) -> Saying {
        Saying { sound: refrain.sound(), said: 0 }
    }

    /// What to say next, and how many samples into it a chirp begins, if one does.
    pub(crate) fn take(&mut self, samples: usize) -> (Vec<i16>, Option<usize>) {
        let round = self.sound.len();
        let chirp = round - AFTER - chirp::LENGTH;
        let begins = (0..samples).find(|ahead| (self.said + ahead) % round == chirp);
        let said = (0..samples).map(|ahead| self.sound[(self.said + ahead) % round]).collect();
        self.said += samples;
        (said, begins)
    }
}
