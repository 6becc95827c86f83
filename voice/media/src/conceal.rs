//! Fills what was lost (after ITU-T G.711 Appendix I): the last pitch period goes on, fades, and is mixed into what
//! comes next.

/// What is remembered: three of the longest periods.
const MEMORY: usize = 3 * LONGEST;
/// Pitch periods between 200 and 50 Hz.
const SHORTEST: usize = 40;
const LONGEST: usize = 160;
/// What two periods are compared over: 20 ms.
const COMPARED: usize = 160;
/// Full for 10 ms, then less, nothing after 60 ms.
const FULL: usize = 80;
const SILENT: usize = 480;
/// 4 ms in which what comes takes over from what was filled in.
const OVERLAP: usize = 32;

/// Goes over a stream of samples of which some are missing.
#[derive(Clone, Debug, Default)]
pub struct Concealer {
    /// The newest last.
    past: Vec<i16>,
    gap: Option<Gap>,
    mixed: usize,
}

#[derive(Clone, Debug)]
struct Gap {
    period: Vec<i16>,
    filled: usize,
}

impl Gap {
    fn next(&mut self) -> i16 {
        let sample = self.period.get(self.filled % self.period.len().max(1)).copied().unwrap_or(0);
        let fade = 1.0 - self.filled.saturating_sub(FULL) as f64 / (SILENT - FULL) as f64;
        self.filled += 1;
        (f64::from(sample) * fade.max(0.0)) as i16
    }
}

impl Concealer {
    /// The next sample, whether it came or not.
    pub fn next(&mut self, sample: Option<i16>) -> i16 {
        let heard = match sample {
            None => {
                self.mixed = 0;
                let past = &self.past;
                self.gap.get_or_insert_with(|| Gap { period: period(past), filled: 0 }).next()
            }
            Some(sample) => self.mix(sample),
        };
        if self.past.len() >= 2 * MEMORY {
            self.past.drain(..self.past.len() - MEMORY);
        }
        self.past.push(heard);
        heard
    }

    fn mix(&mut self, sample: i16) -> i16 {
        let Some(gap) = self.gap.as_mut() else { return sample };
        let old = f64::from(gap.next());
        self.mixed += 1;
        let part = self.mixed as f64 / (OVERLAP + 1) as f64;
        if self.mixed == OVERLAP {
            self.gap = None;
            self.mixed = 0;
        }
        (old * (1.0 - part) + f64::from(sample) * part) as i16
    }
}

/// The last period of what was heard; nothing where too little was.
fn period(past: &[i16]) -> Vec<i16> {
    if past.len() < COMPARED + LONGEST {
        return Vec::new();
    }
    let end = past.len();
    let recent = &past[end - COMPARED..];
    let mut best = (f64::MIN, LONGEST);
    for lag in SHORTEST..=LONGEST {
        let before = &past[end - COMPARED - lag..end - lag];
        let (mut product, mut power) = (0.0, 1.0);
        for (now, then) in recent.iter().zip(before) {
            product += f64::from(*now) * f64::from(*then);
            power += f64::from(*then) * f64::from(*then);
        }
        let likeness = product / power.sqrt();
        if likeness > best.0 {
            best = (likeness, lag);
        }
    }
    past[end - best.1..].to_vec()
}
