//! What is heard while nobody speaks: a line that is alive, or one that is on hold.

use std::sync::Arc;
use std::time::Duration;

use tocsin_media::g711::Law;
use tocsin_media::playout::FRAME;
use tocsin_media::samples;
use tocsin_media::tone::Wave;

/// Two soft notes, and a while of nothing.
const NOTES: [f64; 2] = [523.25, 659.25];
const NOTE: Duration = Duration::from_millis(240);
const EVERY: Duration = Duration::from_secs(4);
/// In dBFS.
const LEVEL: f64 = -26.0;

/// Makes 20 ms after 20 ms, in µ-law.
#[derive(Clone, Debug)]
pub struct Tone {
    /// One round of the notes.
    round: Vec<i16>,
    at: usize,
    noise: u32,
}

impl Default for Tone {
    fn default() -> Tone {
        let mut round = Vec::new();
        for note in NOTES {
            let wave = Wave::new(&[note], LEVEL).take(samples(NOTE));
            let length = wave.len() as f64;
            // It swells and fades, so that nothing clicks.
            round.extend(wave.iter().enumerate().map(|(at, sample)| {
                let swell = (std::f64::consts::PI * at as f64 / length).sin();
                (f64::from(*sample) * swell) as i16
            }));
        }
        round.resize(samples(EVERY), 0);
        Tone { round, at: 0, noise: 1 }
    }
}

impl Tone {
    /// From the first note on.
    pub fn rewind(&mut self) {
        self.at = 0;
    }

    /// The next 20 ms on hold.
    pub fn hold(&mut self) -> Arc<[u8]> {
        let noise = self.noise();
        let sound: Vec<u8> = noise
            .iter()
            .map(|noise| {
                let note = self.round[self.at];
                self.at = (self.at + 1) % self.round.len();
                Law::Mu.encode(note.saturating_add(*noise))
            })
            .collect();
        sound.into()
    }

    /// The next 20 ms of a line that is alive: some -70 dBFS of noise.
    pub fn comfort(&mut self) -> Arc<[u8]> {
        Law::Mu.encoded(&self.noise()).into()
    }

    fn noise(&mut self) -> [i16; FRAME] {
        std::array::from_fn(|_| {
            self.noise = self.noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // The law's first step, up or down, or nothing.
            [-8, 0, 8, 0][(self.noise >> 30) as usize]
        })
    }
}
