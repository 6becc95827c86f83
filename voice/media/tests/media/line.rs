//! A telephone line for tests: noise, a codec, packets that are lost and come unevenly, two clocks that differ, and
//! the jitter buffer at its end.

use std::f64::consts::PI;
use std::time::Duration;

use tocsin_media::g711::Law;
use tocsin_media::playout::Playout;
use tocsin_media::rtp::Packet;
use tocsin_media::tone::amplitude;

/// Numbers without a pattern, the same in every run.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Chance {
        Chance(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    /// Between 0 and 1.
    pub fn part(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Between -1 and 1.
    pub fn swing(&mut self) -> f64 {
        2.0 * self.part() - 1.0
    }
}

/// White noise of that level in dBFS.
pub fn noise(samples: usize, dbfs: f64, chance: &mut Chance) -> Vec<i16> {
    // A sine's mean square is half its amplitude's, that of an even spread a third.
    let most = amplitude(dbfs) * 1.5_f64.sqrt();
    (0..samples).map(|_| (most * chance.swing()).round() as i16).collect()
}

pub fn mixed(one: &[i16], other: &[i16]) -> Vec<i16> {
    one.iter().zip(other).map(|(a, b)| a.saturating_add(*b)).collect()
}

#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub law: Law,
    /// dBFS.
    pub noise: f64,
    /// Between 0 and 1.
    pub loss: f64,
    /// Each packet comes so much sooner or later at most, in ms.
    pub jitter: f64,
    /// The sender's clock is so much fast, in millionths.
    pub skew: f64,
    pub seed: u64,
}

pub struct Heard {
    pub sound: Vec<i16>,
    /// When its first sample was played; the first of what was said was said at 0.
    pub began: Duration,
    pub played: Playout,
}

impl Line {
    pub const CLEAN: Line = Line { law: Law::Mu, noise: -120.0, loss: 0.0, jitter: 0.0, skew: 0.0, seed: 1 };

    /// From clean to as bad as it may become.
    pub fn all() -> Vec<Line> {
        let mut lines = Vec::new();
        for law in Law::BOTH {
            let clean = Line { law, ..Line::CLEAN };
            lines.push(clean);
            lines.push(Line { noise: -30.0, ..clean });
            lines.push(Line { skew: 100.0, ..clean });
            lines.push(Line { skew: -100.0, jitter: 10.0, ..clean });
            for (seed, percent) in (2..).zip([1.0, 2.0, 3.0, 4.0, 5.0]) {
                let skew = if seed % 2 == 0 { 100.0 } else { -100.0 };
                lines.push(Line { noise: -35.0, loss: percent / 100.0, jitter: 10.0, skew, seed, ..clean });
            }
        }
        lines
    }

    pub fn carry(&self, said: &[i16]) -> Heard {
        let mut chance = Chance::new(self.seed);
        let mut said = if self.skew == 0.0 { said.to_vec() } else { resampled(said, 1.0 + self.skew * 1e-6) };
        if self.noise > -100.0 {
            said = mixed(&said, &noise(said.len(), self.noise, &mut chance));
        }
        let mut arriving: Vec<(Duration, Vec<u8>)> = Vec::new();
        for (number, piece) in (0_u32..).zip(said.chunks(160)) {
            let packet = Packet {
                marker: number == 0,
                payload_type: self.law.payload_type(),
                sequence: 65_500_u16.wrapping_add(number as u16),
                timestamp: (u32::MAX - 1000).wrapping_add(number * 160),
                source: 0x5EED,
                payload: &self.law.encoded(piece),
            };
            let came = 0.05 + 0.02 * f64::from(number) + 0.001 * self.jitter * chance.swing();
            // The first one always comes: what a stream without a beginning sounds like is another test.
            if number == 0 || chance.part() >= self.loss {
                arriving.push((Duration::from_secs_f64(came), packet.write()));
            }
        }
        arriving.sort();
        self.played(&arriving)
    }

    fn played(&self, arriving: &[(Duration, Vec<u8>)]) -> Heard {
        let mut buffer = Playout::new(Duration::from_millis(60));
        let mut heard = Vec::new();
        let mut began = None;
        let mut waiting = arriving.iter().peekable();
        let end = arriving.last().map_or(Duration::ZERO, |last| last.0) + Duration::from_millis(100);
        for ms in 0..end.as_millis() as u64 {
            let now = Duration::from_millis(ms);
            while let Some((_, bytes)) = waiting.next_if(|(came, _)| *came <= now) {
                let packet = Packet::read(bytes).unwrap();
                let law = Law::of_payload_type(packet.payload_type).unwrap();
                buffer.push(packet.sequence, packet.timestamp, &law.decoded(packet.payload), now);
            }
            while let Some(frame) = buffer.pull(now) {
                began.get_or_insert(now);
                heard.extend(frame.samples);
            }
        }
        Heard { sound: heard, began: began.unwrap(), played: buffer }
    }
}

/// As a clock hears it that runs slower by that factor; between samples by a windowed sinc.
fn resampled(sound: &[i16], factor: f64) -> Vec<i16> {
    const REACH: i64 = 12;
    let length = (sound.len() as f64 / factor) as usize;
    (0..length)
        .map(|at| {
            let place = at as f64 * factor;
            let middle = place.floor() as i64;
            let part = place - middle as f64;
            if part < 1e-9 {
                return sound[middle as usize];
            }
            // The sine of every distance is this one, with the sign turning.
            let sine = (PI * part).sin() / PI;
            let sum: f64 = (1 - REACH..=REACH)
                .filter_map(|step| {
                    let sample = f64::from(*sound.get(usize::try_from(middle + step).ok()?)?);
                    let off = part - step as f64;
                    let window = 1.0 - (off / REACH as f64).powi(2);
                    let sign = if step % 2 == 0 { 1.0 } else { -1.0 };
                    Some(sample * sign * sine / off * window * window)
                })
                .sum();
            sum.round() as i16
        })
        .collect()
}
