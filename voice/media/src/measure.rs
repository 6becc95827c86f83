//! How loud a sound is, whether it is cut off at the top, and whether there is anything in it at all.

use crate::tone::{FULL, energy};

/// What no sound at all is, in dBFS.
pub const NOTHING: f64 = -120.0;
/// Below this nobody hears anything: the quantisation of either law lies under it.
pub const SILENT: f64 = -60.0;
/// Comfort noise is fainter than this (RFC 3389 speaks of -50 to -70).
const COMFORT: f64 = -38.0;
/// And its level wavers by less, in dB.
const STEADY: f64 = 3.0;
/// And it does not repeat itself by more.
const REPEATS: f64 = 0.5;
/// 20 ms.
const FRAME: usize = 160;
/// Both laws' last step begins below.
const TOP: u16 = 31_800;
/// So many samples at the top in a row are a peak cut off.
const CUT: usize = 3;
/// The part of a sound that may stand out of silence and be no more than a click.
const CLICKS: f64 = 0.03;

/// What there is to hear.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing, but for a click.
    Silence,
    /// Faint, steady and without shape: made to tell a listener that the line is alive.
    ComfortNoise,
    /// Anything else.
    Sound,
}

/// Of one piece of sound.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Measures {
    /// dBFS.
    pub level: f64,
    /// The largest sample, in dBFS.
    pub peak: f64,
    /// The part of the samples in peaks that were cut off, between 0 and 1.
    pub clipped: f64,
    pub kind: Kind,
}

/// In dBFS, at least [`NOTHING`].
#[must_use]
pub fn level(sound: &[i16]) -> f64 {
    if sound.is_empty() {
        return NOTHING;
    }
    let power = 2.0 * energy(sound) / sound.len() as f64 / (FULL * FULL);
    (10.0 * power.log10()).max(NOTHING)
}

#[must_use]
pub fn measure(sound: &[i16]) -> Measures {
    let peak = sound.iter().map(|sample| sample.unsigned_abs()).max().unwrap_or(0);
    Measures {
        level: level(sound),
        peak: (20.0 * (f64::from(peak) / FULL).log10()).max(NOTHING),
        clipped: clipped(sound),
        kind: kind(sound),
    }
}

fn clipped(sound: &[i16]) -> f64 {
    let at_top: usize = sound
        .chunk_by(|one, other| is_top(*one) == is_top(*other) && (*one < 0) == (*other < 0))
        .filter(|run| is_top(run[0]) && run.len() >= CUT)
        .map(<[i16]>::len)
        .sum();
    if sound.is_empty() { 0.0 } else { at_top as f64 / sound.len() as f64 }
}

fn is_top(sample: i16) -> bool {
    sample.unsigned_abs() >= TOP
}

fn kind(sound: &[i16]) -> Kind {
    let levels: Vec<f64> = sound.chunks(FRAME).map(level).collect();
    let audible = levels.iter().filter(|level| **level > SILENT).count();
    if audible as f64 <= CLICKS * levels.len() as f64 {
        return Kind::Silence;
    }
    let mean = levels.iter().sum::<f64>() / levels.len() as f64;
    let wavers = (levels.iter().map(|level| (level - mean).powi(2)).sum::<f64>() / levels.len() as f64).sqrt();
    if level(sound) < COMFORT && wavers < STEADY && repeats(sound) < REPEATS { Kind::ComfortNoise } else { Kind::Sound }
}

/// How much a sound is like itself a pitch period (2.5 to 20 ms) before: 1 for a tone, near 0 for noise.
fn repeats(sound: &[i16]) -> f64 {
    let whole = energy(sound).max(1.0);
    (20..=160.min(sound.len().saturating_sub(1)))
        .map(|lag| {
            let product: f64 = sound.iter().zip(&sound[lag..]).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            product / whole
        })
        .fold(0.0, f64::max)
}
