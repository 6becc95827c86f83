//! Sines: made, and looked for by the Goertzel algorithm.

use std::f64::consts::TAU;

use crate::RATE;

/// The amplitude of 0 dBFS.
pub const FULL: f64 = 32767.0;

/// The amplitude of a sine of that level.
#[must_use]
pub fn amplitude(dbfs: f64) -> f64 {
    FULL * 10.0_f64.powf(dbfs / 20.0)
}

/// Sines at once, each of the same level, without a click where one piece follows another.
#[derive(Clone, Debug)]
pub struct Wave {
    steps: Vec<f64>,
    amplitude: f64,
    at: u64,
}

impl Wave {
    /// The level is each sine's own.
    #[must_use]
    pub fn new(hz: &[f64], dbfs: f64) -> Wave {
        let steps = hz.iter().map(|hz| hz / f64::from(RATE)).collect();
        Wave { steps, amplitude: amplitude(dbfs), at: 0 }
    }

    /// The next so many samples.
    pub fn take(&mut self, samples: usize) -> Vec<i16> {
        let mut taken = Vec::with_capacity(samples);
        for _ in 0..samples {
            let at = self.at as f64;
            let sum: f64 = self.steps.iter().map(|step| (TAU * (step * at).fract()).sin()).sum();
            taken.push((self.amplitude * sum).round() as i16);
            self.at += 1;
        }
        taken
    }
}

/// The sum of squares.
#[must_use]
pub fn energy(sound: &[i16]) -> f64 {
    sound.iter().map(|sample| f64::from(*sample) * f64::from(*sample)).sum()
}

/// How much of a sound's power is one sine: 0 to 1, and a little more where few periods fit. 0 for silence.
///
/// What is half a window's length (`RATE / sound.len() / 2` Hz) away still counts in part.
#[must_use]
pub fn share(sound: &[i16], hz: f64) -> f64 {
    let [share] = shares(sound, [hz]);
    share
}

/// The same of several.
pub(crate) fn shares<const N: usize>(sound: &[i16], hz: [f64; N]) -> [f64; N] {
    let energy = energy(sound);
    hz.map(|hz| if energy == 0.0 { 0.0 } else { 2.0 * goertzel(sound, hz) / (sound.len() as f64 * energy) })
}

/// The squared magnitude of one line of the spectrum.
fn goertzel(sound: &[i16], hz: f64) -> f64 {
    let turn = 2.0 * (TAU * hz / f64::from(RATE)).cos();
    let (mut before, mut last) = (0.0, 0.0);
    for sample in sound {
        let now = f64::from(*sample) + turn * last - before;
        before = last;
        last = now;
    }
    last * last + before * before - turn * last * before
}

/// Collects samples into windows of one length that begin at every hop.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    length: usize,
    hop: usize,
    held: Vec<i16>,
    /// Of the first sample that is held.
    at: usize,
}

impl Windows {
    pub(crate) fn new(length: usize, hop: usize) -> Windows {
        Windows { length, hop, held: Vec::new(), at: 0 }
    }

    /// Every window that these samples complete, with where it begins.
    pub(crate) fn feed(&mut self, sound: &[i16]) -> Vec<(usize, Vec<i16>)> {
        self.held.extend(sound);
        let mut windows = Vec::new();
        while self.held.len() >= self.length {
            windows.push((self.at, self.held[..self.length].to_vec()));
            self.held.drain(..self.hop);
            self.at += self.hop;
        }
        windows
    }
}
