//! A sweep over the telephone band, found again by its matched filter: when it came to within a sample or two, and
//! which part of the band came with it. The caller's rises, the callee's falls, so that an echo is no answer.

use std::f64::consts::TAU;
use std::time::Duration;

use crate::RATE;
use crate::echo::running;
use crate::fourier::{Complex, correlate_both};
use crate::tone::amplitude;

/// From the lowest to the highest that the network carries.
const LOWEST: f64 = 300.0;
const HIGHEST: f64 = 3400.0;
/// 400 ms.
pub const LENGTH: usize = 3200;
/// dBFS.
pub const LEVEL: f64 = -13.0;
/// Fades in and out over 10 ms.
const FADE: usize = 80;
/// What was heard must be so much like it, between 0 and 1. Noise reaches 0.1, a tone 0.15.
const ALIKE: f64 = 0.25;
/// A listener looks every 200 ms, and believes what lies 10 ms back.
const LOOK: usize = 1600;
const SETTLED: usize = 80;
/// The band is looked at in parts of 100 Hz.
const PARTS: usize = 31;
/// What is so much fainter than the middle of the band is not carried, in dB.
const CARRIED: f64 = 10.0;

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sweep {
    /// The caller's.
    Rising,
    /// The callee's.
    Falling,
}

/// A chirp that was heard.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    /// From the start of what was heard to the start of the chirp, in samples.
    pub at: f64,
    /// How much of that stretch is the chirp: 1 where it is nothing else.
    pub alike: f64,
    /// The lowest and the highest frequency that came, in Hz, to 100 Hz.
    pub band: (f64, f64),
}

impl Found {
    /// How long the chirp was under way: sent from `sent` on, and heard in a sound that began at `began`. Both by one
    /// clock. `None`: it would have come before it was sent.
    #[must_use]
    pub fn under_way(&self, sent: Duration, began: Duration) -> Option<Duration> {
        let came = began + Duration::from_secs_f64(self.at.max(0.0) / f64::from(RATE));
        came.checked_sub(sent)
    }
}

/// The chirp as it is sent.
#[must_use]
pub fn sound(sweep: Sweep) -> Vec<i16> {
    let full = amplitude(LEVEL);
    wave(sweep, 0.0).into_iter().map(|value| (full * value).round() as i16).collect()
}

/// With an amplitude of 1; `turn` is where in the period it begins, in periods.
fn wave(sweep: Sweep, turn: f64) -> Vec<f64> {
    let seconds = LENGTH as f64 / f64::from(RATE);
    let (from, to) = match sweep {
        Sweep::Rising => (LOWEST, HIGHEST),
        Sweep::Falling => (HIGHEST, LOWEST),
    };
    (0..LENGTH)
        .map(|at| {
            let time = at as f64 / f64::from(RATE);
            let phase = from * time + (to - from) * time * time / (2.0 * seconds);
            let edge = at.min(LENGTH - 1 - at);
            let fade = if edge < FADE { (edge as f64 + 0.5) / FADE as f64 } else { 1.0 };
            fade * (TAU * (phase + turn)).sin()
        })
        .collect()
}

/// The best place for a chirp in what was heard.
#[must_use]
pub fn find(sweep: Sweep, heard: &[i16]) -> Option<Found> {
    let (sine, cosine) = (wave(sweep, 0.0), wave(sweep, 0.25));
    let sound: Vec<f64> = heard.iter().map(|sample| f64::from(*sample)).collect();
    let power: f64 = sine.iter().map(|value| value * value).sum();
    let both: Vec<Complex> = sine.iter().copied().zip(cosine.iter().copied()).collect();
    let likeness: Vec<f64> = correlate_both(&sound, &both)
        .into_iter()
        .zip(running(heard, LENGTH))
        .map(|((one, other), there)| one.hypot(other) / (power * there).sqrt().max(1.0))
        .collect();
    let (at, alike) = likeness.iter().copied().enumerate().max_by(|one, other| one.1.total_cmp(&other.1))?;
    let place = at as f64 + between(&likeness, at);
    (alike >= ALIKE).then(|| {
        let (low, high) = band(&sound[at..at + LENGTH], &sine, &cosine);
        let band = match sweep {
            Sweep::Rising => (LOWEST + low, LOWEST + high),
            Sweep::Falling => (HIGHEST - high, HIGHEST - low),
        };
        Found { at: place, alike, band }
    })
}

/// Listens for a chirp while sound comes in.
#[derive(Clone, Debug)]
pub struct Listener {
    sweep: Sweep,
    held: Vec<i16>,
    /// Of the first sample that is held.
    at: usize,
    fresh: usize,
}

impl Listener {
    #[must_use]
    pub fn new(sweep: Sweep) -> Listener {
        Listener { sweep, held: Vec::new(), at: 0, fresh: 0 }
    }

    /// Takes sound, and says that a chirp ended in it, at most 300 ms after it did. Where it began counts from when
    /// the listener began to listen.
    pub fn feed(&mut self, sound: &[i16]) -> Option<Found> {
        self.held.extend(sound);
        self.fresh += sound.len();
        if self.fresh < LOOK || self.held.len() < LENGTH {
            return None;
        }
        self.fresh = 0;
        // One that is not all there yet, or whose best place may be still to come, waits for the next look.
        let found =
            find(self.sweep, &self.held).filter(|found| found.at + (LENGTH + SETTLED) as f64 <= self.held.len() as f64);
        let forget = match found {
            Some(_) => self.held.len(),
            None => self.held.len().saturating_sub(LENGTH + 2 * LOOK),
        };
        let found = found.map(|found| Found { at: found.at + self.at as f64, ..found });
        self.held.drain(..forget);
        self.at += forget;
        found
    }
}

/// Where the peak lies between samples: that of a parabola through three.
fn between(values: &[f64], at: usize) -> f64 {
    let (Some(before), Some(after)) = (at.checked_sub(1).map(|before| values[before]), values.get(at + 1)) else {
        return 0.0;
    };
    let bend = before - 2.0 * values[at] + after;
    if bend < 0.0 { ((before - after) / (2.0 * bend)).clamp(-0.5, 0.5) } else { 0.0 }
}

/// From where to where a chirp came through, in Hz of its way. It passes the frequencies one by one, so that each
/// stretch of it shows what one part of the band lets through.
fn band(heard: &[f64], sine: &[f64], cosine: &[f64]) -> (f64, f64) {
    let part = LENGTH / PARTS;
    let gains: Vec<f64> = (0..PARTS)
        .map(|number| {
            let stretch = number * part..(number + 1) * part;
            let along = |wave: &[f64]| {
                heard[stretch.clone()].iter().zip(&wave[stretch.clone()]).map(|(a, b)| a * b).sum::<f64>()
            };
            let power: f64 = sine[stretch.clone()].iter().map(|value| value * value).sum();
            20.0 * (along(sine).hypot(along(cosine)) / power).max(1e-6).log10()
        })
        .collect();
    let mut sorted = gains.clone();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted[PARTS / 2];
    let carried = |gain: &f64| *gain > middle - CARRIED;
    let width = (HIGHEST - LOWEST) / PARTS as f64;
    let low = gains.iter().position(carried).unwrap_or(0);
    let high = gains.iter().rposition(carried).unwrap_or(PARTS - 1);
    (low as f64 * width, (high + 1) as f64 * width)
}
