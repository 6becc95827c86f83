//! One stream made of what comes from several sources, one after the other: each payload gets a number, a timestamp and
//! a source of ours.
//!
//! What was lost on the way here stays a gap, so that the listener can fill it in; what came in disorder stays so; what
//! came twice goes once. Where the source changes, the next number follows, the timestamp goes on by the time that has
//! passed, and the marker tells the listener.

use std::sync::Arc;
use std::time::Duration;

use tocsin_media::playout::FRAME;
use tocsin_media::sequence::{Sequence, Timestamp};
use tocsin_media::{lasting, samples};
use tocsin_rtc::{Kind, Payload};

/// A step by more packets than these is a source that has begun anew (RFC 3550 A.1).
const FAR: i64 = 3000;
/// So many numbers back it is known which were used.
const WINDOW: i64 = 64;

/// What was sent last.
#[derive(Clone, Copy, Debug)]
struct Last {
    number: i64,
    timestamp: i64,
    at: Duration,
}

/// The source that is passed on.
#[derive(Clone, Copy, Debug)]
struct Source {
    id: u32,
    sequences: Sequence,
    timestamps: Timestamp,
    newest: i64,
    /// What is added to each.
    number: i64,
    timestamp: i64,
    /// Our first number for it: what comes from before is too late.
    first: i64,
}

/// Numbers one stream.
#[derive(Clone, Debug)]
pub struct Numbering {
    id: u32,
    start: (u16, u32),
    last: Option<Last>,
    /// Which of the last numbers were used; the lowest bit is the newest.
    used: u64,
    source: Option<Source>,
    /// The last was sound of our own.
    own: bool,
}

impl Numbering {
    /// All three at random: our source (SSRC), the first number and the first timestamp (RFC 3550 §5.1). The number is
    /// taken from the lower half, so that what is lost early does not seem to have wrapped (RFC 3711 §3.3.1).
    #[must_use]
    pub fn new(id: u32, number: u16, timestamp: u32) -> Numbering {
        Numbering { id, start: (number & 0x7FFF, timestamp), last: None, used: 0, source: None, own: false }
    }

    /// Where the next that follows nothing stands.
    fn follow(&self, now: Duration) -> (i64, i64) {
        match self.last {
            None => (i64::from(self.start.0), i64::from(self.start.1)),
            Some(last) => {
                let passed = now.saturating_sub(last.at) + lasting(FRAME / 2);
                let frames = (samples(passed) / FRAME).max(1);
                (last.number + 1, last.timestamp + (frames * FRAME) as i64)
            }
        }
    }

    /// Takes what a source sent; `None` where it is too late, or was there before.
    pub fn pass(&mut self, payload: &Payload, now: Duration) -> Option<Payload> {
        let known = self.source.filter(|source| source.id == payload.source).and_then(|mut source| {
            let sequence = source.sequences.unwrap(payload.sequence);
            let timestamp = source.timestamps.unwrap(payload.timestamp);
            let step = sequence - source.newest;
            source.newest = source.newest.max(sequence);
            (step.abs() < FAR).then_some((source, sequence, timestamp))
        });
        let (source, number, timestamp) = match known {
            Some((source, sequence, timestamp)) => (source, sequence + source.number, timestamp + source.timestamp),
            None => {
                let (mut sequences, mut timestamps) = (Sequence::default(), Timestamp::default());
                let sequence = sequences.unwrap(payload.sequence);
                let stamp = timestamps.unwrap(payload.timestamp);
                let (first, timestamp) = self.follow(now);
                let source = Source {
                    id: payload.source,
                    sequences,
                    timestamps,
                    newest: sequence,
                    number: first - sequence,
                    timestamp: timestamp - stamp,
                    first,
                };
                (source, first, timestamp)
            }
        };
        let begins = known.is_none();
        if number < source.first {
            return None;
        }
        self.source = Some(source);
        self.claim(number, timestamp, now)?;
        self.own = false;
        Some(Payload {
            marker: payload.marker || begins,
            sequence: number as u16,
            timestamp: timestamp as u32,
            source: self.id,
            ..payload.clone()
        })
    }

    /// Sound of our own. Whatever is passed on next is a source anew.
    pub fn own(&mut self, bytes: Arc<[u8]>, now: Duration) -> Payload {
        self.source = None;
        let marker = !std::mem::replace(&mut self.own, true);
        let (number, timestamp) = match self.last {
            // Our own follow each other to the sample.
            Some(last) if !marker => (last.number + 1, last.timestamp + FRAME as i64),
            _ => self.follow(now),
        };
        self.write(Kind::Sound, marker, number, timestamp, bytes, now)
    }

    /// A packet of a key that we press: all of them have the time of the first.
    pub fn key(&mut self, bytes: Arc<[u8]>, begins: bool, now: Duration) -> Payload {
        self.source = None;
        self.own = false;
        let (number, timestamp, at) = match self.last {
            Some(last) if !begins => (last.number + 1, last.timestamp, last.at),
            _ => {
                let (number, timestamp) = self.follow(now);
                (number, timestamp, now)
            }
        };
        self.write(Kind::Key, begins, number, timestamp, bytes, at)
    }

    fn write(
        &mut self,
        kind: Kind,
        marker: bool,
        number: i64,
        timestamp: i64,
        bytes: Arc<[u8]>,
        at: Duration,
    ) -> Payload {
        let _ = self.claim(number, timestamp, at);
        Payload { kind, marker, sequence: number as u16, timestamp: timestamp as u32, source: self.id, bytes }
    }

    /// Takes a number; `None` where it was used.
    fn claim(&mut self, number: i64, timestamp: i64, at: Duration) -> Option<()> {
        let ahead = self.last.map_or(1, |last| number - last.number);
        if ahead > 0 {
            self.used = if ahead >= WINDOW { 1 } else { self.used << ahead | 1 };
            self.last = Some(Last { number, timestamp, at });
            return Some(());
        }
        let bit = 1_u64.checked_shl(u32::try_from(-ahead).ok()?)?;
        if self.used & bit != 0 {
            return None;
        }
        self.used |= bit;
        Some(())
    }
}
