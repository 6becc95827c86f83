//! The keys of a telephone, in tones (ITU-T Q.23), made and heard.
//!
//! Heard is a key that lasts 40 ms, as Q.24 wants, with tones of which neither is more than 6 dB louder than the other.

use std::time::Duration;

use crate::measure::level;
use crate::samples;
use crate::tone::{Wave, Windows, shares};

pub const LOW: [f64; 4] = [697.0, 770.0, 852.0, 941.0];
pub const HIGH: [f64; 4] = [1209.0, 1336.0, 1477.0, 1633.0];
pub const KEYS: [[char; 4]; 4] =
    [['1', '2', '3', 'A'], ['4', '5', '6', 'B'], ['7', '8', '9', 'C'], ['*', '0', '#', 'D']];

/// Each of the two tones, in dBFS.
const LEVEL: f64 = -13.0;
/// 25 ms, looked at every 10.
const WINDOW: usize = 200;
const HOP: usize = 80;
const IN_A_ROW: u32 = 2;
/// Each tone's least part of a window, and that of both.
const EACH: f64 = 0.15;
const BOTH: f64 = 0.7;
/// Nothing below is heard, in dBFS.
const FAINTEST: f64 = -45.0;

/// The sound of a key held so long; `None` for what is no key.
#[must_use]
pub fn sound(key: char, held: Duration) -> Option<Vec<i16>> {
    let key = key.to_ascii_uppercase();
    let (row, column) = (0..16).map(|place| (place / 4, place % 4)).find(|(row, column)| KEYS[*row][*column] == key)?;
    Some(Wave::new(&[LOW[row], HIGH[column]], LEVEL).take(samples(held)))
}

/// Listens for keys.
#[derive(Clone, Debug)]
pub struct Keys {
    windows: Windows,
    run: Option<(char, u32)>,
    misses: u32,
}

impl Default for Keys {
    fn default() -> Keys {
        Keys { windows: Windows::new(WINDOW, HOP), run: None, misses: 0 }
    }
}

impl Keys {
    /// Takes sound, and says which keys were pressed in it: each once, until it is let go for 30 ms.
    pub fn feed(&mut self, sound: &[i16]) -> Vec<char> {
        let mut pressed = Vec::new();
        for (_, window) in self.windows.feed(sound) {
            match (key(&window), self.run) {
                (Some(key), Some((same, times))) if same == key => {
                    self.run = Some((key, times + 1));
                    self.misses = 0;
                    if times + 1 == IN_A_ROW {
                        pressed.push(key);
                    }
                }
                (Some(key), _) => self.run = Some((key, 1)),
                (None, Some((_, times))) => {
                    self.misses += 1;
                    if times < IN_A_ROW || self.misses >= 3 {
                        self.run = None;
                        self.misses = 0;
                    }
                }
                (None, None) => {}
            }
        }
        pressed
    }
}

/// The key whose two tones make up most of a window.
fn key(window: &[i16]) -> Option<char> {
    if level(window) < FAINTEST {
        return None;
    }
    let strongest =
        |group: [f64; 4]| shares(window, group).into_iter().enumerate().max_by(|one, other| one.1.total_cmp(&other.1));
    let ((row, low), (column, high)) = (strongest(LOW)?, strongest(HIGH)?);
    (low >= EACH && high >= EACH && low + high >= BOTH).then_some(KEYS[row][column])
}
