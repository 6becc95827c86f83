//! A jitter buffer of fixed delay: packets in as they come, samples out as they are due.
//!
//! It has no clock of its own. Whoever plays asks [`Playout::pull`] again and again until nothing more is due at that
//! time; sender's and player's clocks may differ by some 100 ppm, which the delay takes up for minutes.

use std::collections::VecDeque;
use std::time::Duration;

use crate::conceal::Concealer;
use crate::sequence::{Sequence, Timestamp};
use crate::{lasting, samples};

/// 20 ms, as most send.
pub const FRAME: usize = 160;
/// A packet further ahead begins the stream anew: 2 s.
const FURTHEST: i64 = 16_000;

/// 20 ms of sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub samples: Vec<i16>,
    /// How many of the samples had not come and were filled in.
    pub missing: usize,
}

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    Taken,
    /// All of it should have been played before.
    Late,
    /// All of it is there already.
    Again,
    /// It lies so far from the others that the stream begins anew with it.
    Anew,
}

/// What was played so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub frames: u64,
    /// Frames of which something was missing.
    pub gaps: u64,
    /// Gaps in a row count once.
    pub bursts: u64,
    /// Packets that came too late.
    pub late: u64,
}

impl Counts {
    /// Between 0 and 1.
    #[must_use]
    pub fn missing_share(&self) -> f64 {
        if self.frames == 0 { 0.0 } else { self.gaps as f64 / self.frames as f64 }
    }

    /// BurstR of ITU-T G.107: the mean length of a burst, in multiples of what chance would make; at least 1.
    #[must_use]
    pub fn burst_ratio(&self) -> f64 {
        if self.bursts == 0 || self.gaps == self.frames {
            return 1.0;
        }
        let mean = self.gaps as f64 / self.bursts as f64;
        (mean * (1.0 - self.missing_share())).max(1.0)
    }
}

/// Follows one stream.
#[derive(Clone, Debug)]
pub struct Playout {
    delay: Duration,
    started: Option<Started>,
    held: VecDeque<Option<i16>>,
    concealer: Concealer,
    counts: Counts,
    in_gap: bool,
}

#[derive(Clone, Copy, Debug)]
struct Started {
    /// When the first frame is due.
    due: Duration,
    frames: u32,
    timestamps: Timestamp,
    sequences: Sequence,
    /// Of the sample that is played next.
    next: i64,
    /// The newest packet, and where it ended.
    newest: (i64, i64),
}

impl Playout {
    /// The delay is what the first packet waits; 40 to 80 ms are usual.
    #[must_use]
    pub fn new(delay: Duration) -> Playout {
        Playout {
            delay,
            started: None,
            held: VecDeque::new(),
            concealer: Concealer::default(),
            counts: Counts::default(),
            in_gap: false,
        }
    }

    /// Takes a packet that came at `now`.
    pub fn push(&mut self, sequence: u16, timestamp: u32, sound: &[i16], now: Duration) -> Put {
        let Some(started) = self.started.as_mut() else {
            self.begin(sequence, timestamp, sound, now);
            return Put::Taken;
        };
        let at = started.timestamps.unwrap(timestamp);
        if (at - started.next).abs() > FURTHEST {
            self.begin(sequence, timestamp, sound, now);
            return Put::Anew;
        }
        let number = started.sequences.unwrap(sequence);
        let (newest, end) = started.newest;
        // Where no packet is missing between the two, what lies between them was silence that was not sent.
        let unsent = (number == newest + 1 && at > end).then_some(end.max(started.next)..at);
        if number > newest {
            started.newest = (number, at + sound.len() as i64);
        }
        let next = started.next;
        for place in unsent.into_iter().flatten() {
            self.hold(place - next, 0);
        }
        let late = at + (sound.len() as i64) <= next;
        if late {
            self.counts.late += 1;
            return Put::Late;
        }
        let mut fresh = false;
        for (place, sample) in (at - next..).zip(sound) {
            fresh |= self.hold(place, *sample);
        }
        if fresh || sound.is_empty() { Put::Taken } else { Put::Again }
    }

    fn begin(&mut self, sequence: u16, timestamp: u32, sound: &[i16], now: Duration) {
        let (mut timestamps, mut sequences) = (Timestamp::default(), Sequence::default());
        let (next, number) = (timestamps.unwrap(timestamp), sequences.unwrap(sequence));
        let newest = (number, next + sound.len() as i64);
        self.started = Some(Started { due: now + self.delay, frames: 0, timestamps, sequences, next, newest });
        self.held = sound.iter().copied().map(Some).collect();
    }

    /// Keeps a sample so far ahead of what is played next; whether it is news.
    fn hold(&mut self, ahead: i64, sample: i16) -> bool {
        let Ok(ahead) = usize::try_from(ahead) else { return false };
        if self.held.len() <= ahead {
            self.held.resize(ahead + 1, None);
        }
        let place = &mut self.held[ahead];
        let news = place.is_none();
        place.get_or_insert(sample);
        news
    }

    /// The next 20 ms, if they are due at `now`.
    pub fn pull(&mut self, now: Duration) -> Option<Frame> {
        let started = self.started.as_mut()?;
        if now < started.due + lasting(FRAME) * started.frames {
            return None;
        }
        started.frames += 1;
        started.next += FRAME as i64;
        let mut frame = Frame { samples: Vec::with_capacity(FRAME), missing: 0 };
        for _ in 0..FRAME {
            let sample = self.held.pop_front().flatten();
            frame.missing += usize::from(sample.is_none());
            frame.samples.push(self.concealer.next(sample));
        }
        let gap = frame.missing > 0;
        self.counts.frames += 1;
        self.counts.gaps += u64::from(gap);
        self.counts.bursts += u64::from(gap && !self.in_gap);
        self.in_gap = gap;
        Some(frame)
    }

    #[must_use]
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// How much sound waits to be played, gaps within it included.
    #[must_use]
    pub fn waiting(&self) -> Duration {
        lasting(self.held.len())
    }

    /// How many samples the first packet waits.
    #[must_use]
    pub fn delay(&self) -> usize {
        samples(self.delay)
    }
}
