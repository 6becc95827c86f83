//! The check's own tones, by which two ends prove to each other that they hear.
//!
//! The caller calls with [`Tone::CallerCalls`]. The callee greets, and turns to [`Tone::CalleeHears`] when it hears the
//! caller; the caller turns to [`Tone::CallerHears`] when it hears that, and the callee confirms. So a caller who hears
//! `CalleeHears` knows that sound goes both ways, from its own end alone; and since no two ends use the same tone, an
//! echo proves nothing.
//!
//! The frequencies keep 36 Hz from whatever a telephone network says: DTMF (with what Q.24 lets a receiver take for
//! it), call progress of E.180, special information, fax and modem tones, test tones, and 1900-2350 Hz, where echo
//! cancellers may be switched off.

use std::time::Duration;

use crate::measure::level;
use crate::tone::{Wave, Windows, shares};

/// 100 ms.
const WINDOW: usize = 800;
/// So many windows in a row.
const IN_A_ROW: u32 = 3;
/// Of the power of each.
const SHARE: f64 = 0.5;
/// Nothing below is heard, in dBFS.
const FAINTEST: f64 = -45.0;
/// What we send, in dBFS: 10 dB below the network's reference level.
pub const LEVEL: f64 = -13.0;

/// What is said by a tone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tone {
    /// A1: the caller speaks, and has heard nothing yet.
    CallerCalls,
    /// B1: the callee speaks, and has heard nothing yet.
    CalleeGreets,
    /// B2: the callee hears A1.
    CalleeHears,
    /// A2: the caller hears B2.
    CallerHears,
    /// B3: the callee hears A2.
    CalleeConfirms,
}

impl Tone {
    pub const ALL: [Tone; 5] =
        [Tone::CallerCalls, Tone::CalleeGreets, Tone::CalleeHears, Tone::CallerHears, Tone::CalleeConfirms];

    #[must_use]
    pub fn hz(self) -> f64 {
        match self {
            Tone::CallerCalls => 560.0,
            Tone::CallerHears => 812.0,
            Tone::CalleeGreets => 1558.0,
            Tone::CalleeHears => 2500.0,
            Tone::CalleeConfirms => 2900.0,
        }
    }

    /// Who sends it.
    #[must_use]
    pub fn is_callers(self) -> bool {
        matches!(self, Tone::CallerCalls | Tone::CallerHears)
    }

    /// The tone, to be taken piece by piece.
    #[must_use]
    pub fn wave(self) -> Wave {
        Wave::new(&[self.hz()], LEVEL)
    }
}

/// A tone that began.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heard {
    pub tone: Tone,
    /// Since the listener began to listen, to 100 ms.
    pub since: Duration,
}

/// Listens for the tones.
#[derive(Clone, Debug)]
pub struct Listener {
    windows: Windows,
    run: Option<(Tone, u32, usize)>,
}

impl Default for Listener {
    fn default() -> Listener {
        Listener { windows: Windows::new(WINDOW, WINDOW), run: None }
    }
}

impl Listener {
    /// Takes sound, and says which tones began in it: each once, until it ends.
    pub fn feed(&mut self, sound: &[i16]) -> Vec<Heard> {
        let mut heard = Vec::new();
        for (at, window) in self.windows.feed(sound) {
            self.run = match (of_window(&window), self.run) {
                (None, _) => None,
                (Some(tone), Some((same, times, since))) if same == tone => Some((tone, times + 1, since)),
                (Some(tone), _) => Some((tone, 1, at)),
            };
            if let Some((tone, IN_A_ROW, since)) = self.run {
                heard.push(Heard { tone, since: crate::lasting(since) });
            }
        }
        heard
    }
}

/// The tone that makes up most of a window.
fn of_window(window: &[i16]) -> Option<Tone> {
    if level(window) < FAINTEST {
        return None;
    }
    Tone::ALL
        .into_iter()
        .zip(shares(window, Tone::ALL.map(Tone::hz)))
        .find(|(_, share)| *share > SHARE)
        .map(|found| found.0)
}
