//! Our own voice in what we hear: how late, and how much fainter.

use std::time::Duration;

use crate::RATE;
use crate::fourier::correlate;
use crate::tone::energy;

/// What was heard must be so much like what was sent, between 0 and 1.
const ALIKE: f64 = 0.2;

/// What we sent, come back.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Echo {
    /// From the start of what was heard to the start of what was sent within it.
    pub after: Duration,
    /// In dB; negative where it came back louder.
    pub loss: f64,
    /// How much of that stretch is our voice: 1 where it is nothing else.
    pub alike: f64,
}

/// Looks for a sound that was sent in what was heard. A sound that repeats itself, a tone, is found at any of its
/// periods: send a chirp where the delay matters.
#[must_use]
pub fn find(sent: &[i16], heard: &[i16]) -> Option<Echo> {
    let power = energy(sent);
    let lift = |sound: &[i16]| sound.iter().map(|sample| f64::from(*sample)).collect::<Vec<_>>();
    let products = correlate(&lift(heard), &lift(sent));
    let powers = running(heard, sent.len());
    let best = products
        .iter()
        .zip(powers)
        .enumerate()
        .map(|(at, (product, there))| (at, *product, product.abs() / (power * there).sqrt().max(1.0)))
        .max_by(|one, other| one.2.total_cmp(&other.2))?;
    let (at, product, alike) = best;
    (alike >= ALIKE).then(|| Echo {
        after: Duration::from_secs_f64(at as f64 / f64::from(RATE)),
        loss: -20.0 * (product.abs() / power).log10(),
        alike,
    })
}

/// The energy of every stretch of that length.
pub(crate) fn running(sound: &[i16], length: usize) -> Vec<f64> {
    if length == 0 || sound.len() < length {
        return Vec::new();
    }
    let square = |sample: i16| i64::from(sample) * i64::from(sample);
    let mut sum: i64 = sound[..length].iter().map(|sample| square(*sample)).sum();
    let mut sums = vec![sum as f64];
    for (gone, come) in sound.iter().zip(&sound[length..]) {
        sum += square(*come) - square(*gone);
        sums.push(sum as f64);
    }
    sums
}
