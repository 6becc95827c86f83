//! What a receiver knows of one source: how much is lost (RFC 3550 A.3) and how unevenly it comes (A.8).

use std::time::Duration;

use crate::RATE;
use crate::rtcp::{Block, Sent};

/// So many packets in order make a source (RFC 3550 A.1).
const IN_ORDER: u16 = 2;
/// A step forward by less is a loss, by more another stream.
const DROPOUT: u16 = 3000;
/// A step back by less is disorder.
const DISORDER: u16 = 100;

/// What a packet was to its receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrival {
    /// The source is not yet believed.
    OnTrial,
    /// In order, or after a loss.
    Next,
    /// Again, or late.
    OutOfOrder,
    /// Far off. Should the one that follows it come next, the source has begun anew.
    FarOff,
    /// The source has begun anew, and so have the counts.
    Anew,
}

/// Follows one source.
#[derive(Clone, Debug)]
pub struct Reception {
    source: u32,
    first: u16,
    highest: u16,
    wraps: u32,
    /// Where a jump would go on.
    after_jump: Option<u16>,
    trial: u16,
    received: u32,
    before: Counts,
    jitter: Jitter,
    last_report: Option<(u32, Duration)>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    expected: i64,
    received: u32,
}

impl Reception {
    /// From the first packet that came of a source; it is to be [`Self::arrived`] as well.
    #[must_use]
    pub fn new(source: u32, first: u16) -> Reception {
        Reception {
            source,
            first,
            highest: first.wrapping_sub(1),
            wraps: 0,
            after_jump: None,
            trial: IN_ORDER,
            received: 0,
            before: Counts::default(),
            jitter: Jitter::default(),
            last_report: None,
        }
    }

    /// Takes note of a packet that came at `now`.
    pub fn arrived(&mut self, sequence: u16, timestamp: u32, now: Duration) -> Arrival {
        let arrival = self.place(sequence);
        if matches!(arrival, Arrival::Next | Arrival::OutOfOrder | Arrival::Anew) {
            self.received = self.received.saturating_add(1);
            self.jitter.arrived(timestamp, now);
        }
        arrival
    }

    fn place(&mut self, sequence: u16) -> Arrival {
        if self.trial > 0 {
            if sequence == self.highest.wrapping_add(1) {
                self.trial -= 1;
                self.highest = sequence;
                if self.trial == 0 {
                    self.begin(sequence);
                    return Arrival::Anew;
                }
            } else {
                self.trial = IN_ORDER - 1;
                self.highest = sequence;
            }
            return Arrival::OnTrial;
        }
        let step = sequence.wrapping_sub(self.highest);
        if step > 0 && step < DROPOUT {
            if sequence < self.highest {
                self.wraps = self.wraps.wrapping_add(1);
            }
            self.highest = sequence;
            self.after_jump = None;
            Arrival::Next
        } else if step == 0 || step > u16::MAX - DISORDER {
            Arrival::OutOfOrder
        } else if self.after_jump == Some(sequence) {
            self.begin(sequence);
            Arrival::Anew
        } else {
            self.after_jump = Some(sequence.wrapping_add(1));
            Arrival::FarOff
        }
    }

    fn begin(&mut self, sequence: u16) {
        self.first = sequence;
        self.highest = sequence;
        self.wraps = 0;
        self.after_jump = None;
        self.received = 0;
        self.before = Counts::default();
        self.jitter.last_transit = None;
    }

    /// Takes note of a sender's report that came at `now`, for the sender to know the way there and back.
    pub fn report_came(&mut self, sent: &Sent, now: Duration) {
        self.last_report = Some(((sent.ntp >> 16) as u32, now));
    }

    /// The highest sequence number, with how often it has wrapped in the upper half.
    #[must_use]
    pub fn extended_highest(&self) -> u32 {
        (self.wraps << 16) | u32::from(self.highest)
    }

    /// How many should have come; 0 while the source is on trial.
    #[must_use]
    pub fn expected(&self) -> i64 {
        if self.trial > 0 { 0 } else { i64::from(self.extended_highest()) - i64::from(self.first) + 1 }
    }

    #[must_use]
    pub fn received(&self) -> u32 {
        self.received
    }

    /// Negative where more came than were sent.
    #[must_use]
    pub fn lost(&self) -> i64 {
        self.expected() - i64::from(self.received)
    }

    /// Of what should have come, between 0 and 1.
    #[must_use]
    pub fn lost_share(&self) -> f64 {
        if self.expected() > 0 { self.lost().max(0) as f64 / self.expected() as f64 } else { 0.0 }
    }

    /// As it is now (RFC 3550 A.8).
    #[must_use]
    pub fn jitter(&self) -> Duration {
        in_time(self.jitter.now)
    }

    /// The most that it has been.
    #[must_use]
    pub fn worst_jitter(&self) -> Duration {
        in_time(self.jitter.worst)
    }

    /// On the mean over all packets.
    #[must_use]
    pub fn mean_jitter(&self) -> Duration {
        in_time(if self.jitter.counted == 0 { 0.0 } else { self.jitter.sum / f64::from(self.jitter.counted) })
    }

    /// What to report at `now`; what is lost counts from the report before.
    pub fn report(&mut self, now: Duration) -> Block {
        let expected = self.expected() - self.before.expected;
        let lost = expected - i64::from(self.received - self.before.received);
        let fraction = if expected <= 0 || lost <= 0 { 0 } else { ((lost << 8) / expected).min(255) };
        self.before = Counts { expected: self.expected(), received: self.received };
        let (last_report, since_report) = match self.last_report {
            None => (0, 0),
            Some((id, came)) => (id, (now.saturating_sub(came).as_nanos() * 65_536 / 1_000_000_000) as u32),
        };
        Block {
            source: self.source,
            fraction_lost: fraction as u8,
            lost: self.lost().clamp(-0x80_0000, 0x7F_FFFF) as i32,
            highest: self.extended_highest(),
            jitter: self.jitter.now as u32,
            last_report,
            since_report,
        }
    }
}

/// In samples.
#[derive(Clone, Copy, Debug, Default)]
struct Jitter {
    last_transit: Option<(u32, f64)>,
    now: f64,
    worst: f64,
    sum: f64,
    counted: u32,
}

impl Jitter {
    fn arrived(&mut self, timestamp: u32, now: Duration) {
        let arrival = now.as_secs_f64() * f64::from(RATE);
        if let Some((last, then)) = self.last_transit {
            let sent = f64::from(timestamp.wrapping_sub(last) as i32);
            let difference = ((arrival - then) - sent).abs();
            self.now += (difference - self.now) / 16.0;
            self.worst = self.worst.max(self.now);
            self.sum += self.now;
            self.counted += 1;
        }
        self.last_transit = Some((timestamp, arrival));
    }
}

fn in_time(samples: f64) -> Duration {
    Duration::from_secs_f64(samples / f64::from(RATE))
}
