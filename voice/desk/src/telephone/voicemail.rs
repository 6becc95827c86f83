//! Voicemail: a greeting of two notes and a beep, then what the caller says. Pure.

use std::collections::VecDeque;
use std::time::Duration;

use tocsin_media::g711::Law;
use tocsin_media::measure::level;
use tocsin_media::playout::{FRAME, Playout};
use tocsin_media::tone::Wave;
use tocsin_media::{RATE, samples};

/// No message is longer.
const LONGEST: usize = 120 * RATE as usize;
/// What is shorter says nothing.
const SHORTEST: usize = RATE as usize;
const DELAY: Duration = Duration::from_millis(60);
/// Nothing below is a voice, in dBFS.
const FAINT: f64 = -50.0;
/// In 20 ms, as `(Hz, ms)`; 0 Hz is silence.
const GREETING: [(f64, u64); 6] = [(0.0, 400), (659.26, 250), (523.25, 400), (0.0, 300), (1000.0, 400), (0.0, 100)];

pub struct Voicemail {
    greeting: VecDeque<Vec<i16>>,
    playout: Playout,
    said: Vec<i16>,
}

impl Default for Voicemail {
    fn default() -> Voicemail {
        let mut sound = Vec::new();
        for (hz, ms) in GREETING {
            let length = samples(Duration::from_millis(ms));
            sound.extend(if hz > 0.0 { Wave::new(&[hz], -16.0).take(length) } else { vec![0; length] });
        }
        sound.resize(sound.len().next_multiple_of(FRAME), 0);
        let greeting = sound.chunks(FRAME).map(<[i16]>::to_vec).collect();
        Voicemail { greeting, playout: Playout::new(DELAY), said: Vec::new() }
    }
}

impl Voicemail {
    /// What the caller hears in the next 20 ms.
    pub fn say(&mut self) -> Vec<i16> {
        self.greeting.pop_front().unwrap_or_else(|| vec![0; FRAME])
    }

    /// PCMU that came at `now`.
    pub fn hear(&mut self, sequence: u16, timestamp: u32, payload: &[u8], now: Duration) {
        self.playout.push(sequence, timestamp, &Law::Mu.decoded(payload), now);
    }

    /// Takes down what is due; whether the tape is full. What comes before the beep is not recorded.
    pub fn tick(&mut self, now: Duration) -> bool {
        while let Some(frame) = self.playout.pull(now) {
            if self.greeting.is_empty() {
                self.said.extend(frame.samples);
            }
        }
        self.said.len() >= LONGEST
    }

    /// What was said, and how many seconds of it; `None` where nobody spoke.
    #[must_use]
    pub fn message(self) -> Option<(Vec<i16>, f64)> {
        let speaks = self.said.chunks(RATE as usize / 5).any(|part| level(part) > FAINT);
        let seconds = self.said.len() as f64 / f64::from(RATE);
        (speaks && self.said.len() >= SHORTEST).then_some((self.said, seconds))
    }
}

/// A file that everybody can play: 16 bit, mono, 8 kHz.
#[must_use]
pub fn wav(sound: &[i16]) -> Vec<u8> {
    let length = u32::try_from(sound.len() * 2).unwrap_or(u32::MAX - 36);
    let mut bytes = Vec::with_capacity(44 + sound.len() * 2);
    bytes.extend(b"RIFF");
    bytes.extend((length + 36).to_le_bytes());
    bytes.extend(b"WAVEfmt ");
    bytes.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    bytes.extend([1, 0, 1, 0]);
    bytes.extend(RATE.to_le_bytes());
    bytes.extend((RATE * 2).to_le_bytes());
    bytes.extend([2, 0, 16, 0]);
    bytes.extend(b"data");
    bytes.extend(length.to_le_bytes());
    bytes.extend(sound.iter().flat_map(|sample| sample.to_le_bytes()));
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recorded(speech: &[i16], seconds: usize) -> Option<(Vec<i16>, f64)> {
        let mut voicemail = Voicemail::default();
        let mut now = Duration::ZERO;
        for packet in 0..seconds * 50 {
            now += Duration::from_millis(20);
            voicemail.say();
            let sound: Vec<i16> = speech.iter().copied().cycle().skip(packet * FRAME).take(FRAME).collect();
            voicemail.hear(packet as u16, (packet * FRAME) as u32, &Law::Mu.encoded(&sound), now);
            voicemail.tick(now);
        }
        voicemail.message()
    }

    #[test]
    fn a_message_begins_after_the_beep() {
        let speech = Wave::new(&[560.0], -20.0).take(RATE as usize);
        let (said, seconds) = recorded(&speech, 5).unwrap();
        assert!((2.9..3.3).contains(&seconds), "{seconds}");
        assert!(level(&said) > -24.0);
    }

    #[test]
    fn silence_is_no_message() {
        assert!(recorded(&[0; FRAME], 5).is_none());
    }
}
