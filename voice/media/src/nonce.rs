//! A number said in dual tones, so that neither a recording nor ringing nor our own echo passes for the other end.
//!
//! A nonce is four symbols of four bits and a fifth that checks them. A symbol is one low and one high tone for 120 ms,
//! then 80 ms of silence; 400 ms more end a nonce. None of the eight frequencies is one of DTMF's or
//! of [`crate::signal`]'s, and the high ones lie above all keys.
//! The other end answers a nonce with [`Nonce::answer`], which no nonce is the answer of itself.

use crate::measure::level;
use crate::tone::{Wave, Windows, shares};

const LOW: [f64; 4] = [650.0, 733.0, 895.0, 1045.0];
const HIGH: [f64; 4] = [2440.0, 2540.0, 2650.0, 2760.0];
/// Each of the two tones, in dBFS: together as loud as the others.
const LEVEL: f64 = -16.0;
const ON: usize = 960;
const OFF: usize = 640;
const END: usize = 3200;
const SYMBOLS: usize = 5;

/// 40 ms, looked at every 10.
const WINDOW: usize = 320;
const HOP: usize = 80;
/// Each tone's least part of a window, and that of both.
const EACH: f64 = 0.2;
const BOTH: f64 = 0.7;
/// Below this it is silent, in dBFS.
const FAINTEST: f64 = -45.0;
/// So far below the loudest window of late, in dB, is silence between symbols.
const BELOW: f64 = 12.0;
/// So many windows of a symbol make one: 60 ms of it.
const VOTES: usize = 3;
/// So long a silence ends a nonce, and not one symbol that is missing: 350 ms.
const PAUSE: usize = 2800;

/// A random number; who makes it sees to the randomness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Nonce(pub u16);

/// Symbols that came and are no nonce: some are missing or wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Garbled {
    pub symbols: usize,
}

impl Nonce {
    /// What the other end says when it has heard this one.
    #[must_use]
    pub fn answer(self) -> Nonce {
        Nonce(!self.0)
    }

    fn symbols(self) -> [u8; SYMBOLS] {
        let [a, b, c, d] = [12, 8, 4, 0].map(|shift| (self.0 >> shift) as u8 & 0x0F);
        [a, b, c, d, check([a, b, c, d])]
    }

    fn of_symbols(symbols: &[u8]) -> Option<Nonce> {
        let &[a, b, c, d, checked] = symbols else { return None };
        (check([a, b, c, d]) == checked)
            .then(|| Nonce([a, b, c, d].into_iter().fold(0, |sum, symbol| sum << 4 | u16::from(symbol))))
    }

    /// The sound of it: 1.4 s, the silence at its end included.
    #[must_use]
    pub fn sound(self) -> Vec<i16> {
        let mut sound = Vec::with_capacity(SYMBOLS * (ON + OFF) + END);
        for symbol in self.symbols() {
            sound.extend(Wave::new(&tones(symbol), LEVEL).take(ON));
            sound.extend([0; OFF]);
        }
        sound.extend([0; END]);
        sound
    }
}

/// Different for any one symbol that is different.
fn check(symbols: [u8; 4]) -> u8 {
    let sum: u8 = symbols.iter().zip([1, 3, 5, 7]).map(|(symbol, weight)| symbol * weight).fold(0, u8::wrapping_add);
    (sum + 9) & 0x0F
}

fn tones(symbol: u8) -> [f64; 2] {
    [LOW[usize::from(symbol >> 2)], HIGH[usize::from(symbol & 3)]]
}

/// Listens for nonces.
#[derive(Clone, Debug)]
pub struct Ear {
    windows: Windows,
    loudest: f64,
    votes: [usize; 16],
    quiet: usize,
    symbols: Vec<u8>,
    begun: bool,
}

impl Default for Ear {
    fn default() -> Ear {
        Ear {
            windows: Windows::new(WINDOW, HOP),
            loudest: f64::MIN,
            votes: [0; 16],
            quiet: 0,
            symbols: Vec::new(),
            begun: false,
        }
    }
}

impl Ear {
    /// Takes sound, and says which nonces ended in it.
    pub fn feed(&mut self, sound: &[i16]) -> Vec<Result<Nonce, Garbled>> {
        self.windows.feed(sound).into_iter().filter_map(|(_, window)| self.window(&window)).collect()
    }

    /// Whether a symbol was made out, and its nonce has not ended.
    #[must_use]
    pub fn is_within(&self) -> bool {
        self.begun
    }

    fn window(&mut self, window: &[i16]) -> Option<Result<Nonce, Garbled>> {
        // The middle of the window says whether there is anything now.
        let now = level(&window[HOP..WINDOW - HOP]);
        // Forgets by 10 dB a second, so that one loud click deafens nobody.
        self.loudest = now.max(self.loudest - 0.1);
        let quiet = now < FAINTEST.max(self.loudest - BELOW);
        if !quiet {
            self.quiet = 0;
            if let Some(symbol) = symbol(window) {
                self.votes[usize::from(symbol)] += 1;
            }
            return None;
        }
        self.quiet += HOP;
        self.end_symbol();
        if self.quiet >= PAUSE && self.begun {
            self.begun = false;
            let symbols = std::mem::take(&mut self.symbols);
            return Some(Nonce::of_symbols(&symbols).ok_or(Garbled { symbols: symbols.len() }));
        }
        None
    }

    fn end_symbol(&mut self) {
        let votes = std::mem::take(&mut self.votes);
        let winner = (0..16_u8).max_by_key(|symbol| votes[usize::from(*symbol)]);
        if let Some(symbol) = winner.filter(|symbol| votes[usize::from(*symbol)] >= VOTES) {
            self.begun = true;
            // Whatever is longer is no nonce, and need not be remembered.
            if self.symbols.len() <= SYMBOLS {
                self.symbols.push(symbol);
            }
        }
    }
}

/// The two tones that make up most of a window.
fn symbol(window: &[i16]) -> Option<u8> {
    let strongest =
        |group: [f64; 4]| shares(window, group).into_iter().enumerate().max_by(|one, other| one.1.total_cmp(&other.1));
    let ((row, low), (column, high)) = (strongest(LOW)?, strongest(HIGH)?);
    (low >= EACH && high >= EACH && low + high >= BOTH).then_some((row * 4 + column) as u8)
}
