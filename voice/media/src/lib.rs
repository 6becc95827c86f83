//! What a voice call consists of, apart from who carries it: audio, packets, tones, measures and a verdict.
//!
//! Everything here is pure: no socket, no clock, no thread, no randomness. Time is an argument, a [`Duration`] since
//! whatever start the caller likes; random numbers (sequence numbers, sources, nonces) are handed in.
//!
//! **Units.** Audio is mono, 8000 samples a second ([`RATE`]), 16 bit linear. Levels are dBFS: 0 is a sine that just
//! fills the range, so that a square wave that does is +3; 0 dBm0 of the telephone network is -3.14 dBFS for A-law and
//! -3.17 for µ-law (ITU-T G.711). A *share* is a part of the power between 0 and 1. Frequencies are Hz.
//!
//! | room | what | from |
//! |---|---|---|
//! | [`g711`] | A-law and µ-law | ITU-T G.711 |
//! | [`rtp`], [`rtcp`] | packets, read and written | RFC 3550, RFC 3551, RFC 5761 |
//! | [`sequence`] | counters that wrap, unwrapped | RFC 3550 A.1 |
//! | [`reception`] | loss and jitter as a receiver reports them | RFC 3550 A.1, A.3, A.8 |
//! | [`playout`], [`conceal`] | a fixed jitter buffer, and what fills the gaps | after ITU-T G.711 Appendix I |
//! | [`tone`] | sines made, and how much of a sound is one | Goertzel 1958 |
//! | [`signal`] | the check's own tones | tested clear of the next three |
//! | [`nonce`] | a number in dual tones, so that no recording passes | |
//! | [`chirp`] | a sweep that gives delay and band | matched filter |
//! | [`dtmf`] | keys of a telephone | ITU-T Q.23, Q.24 |
//! | [`progress`] | dial, ringing, busy, congestion, information, fax | ITU-T E.180, Q.35, T.30, V.25 |
//! | [`measure`], [`echo`] | level, clipping, silence, comfort noise, our own voice | |
//! | [`emodel`] | R and MOS | ITU-T G.107, G.113 |
//! | [`verdict`] | evidence in, verdict out | |

pub mod chirp;
pub mod conceal;
pub mod dtmf;
pub mod echo;
pub mod emodel;
mod fourier;
pub mod g711;
pub mod measure;
pub mod nonce;
pub mod playout;
pub mod progress;
pub mod reception;
pub mod rtcp;
pub mod rtp;
pub mod sequence;
pub mod signal;
pub mod tone;
pub mod verdict;

pub use std::time::Duration;

/// Samples a second.
pub const RATE: u32 = 8000;

/// How many samples fill a time.
#[must_use]
pub fn samples(time: Duration) -> usize {
    (time.as_nanos() * u128::from(RATE) / 1_000_000_000) as usize
}

/// How long so many samples last.
#[must_use]
pub fn lasting(samples: usize) -> Duration {
    Duration::from_nanos(samples as u64 * (1_000_000_000 / u64::from(RATE)))
}
