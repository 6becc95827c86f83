//! What the network says by tones: ringing, busy, congestion and the like (ITU-T E.180 and its list of countries, Q.35
//! for special information, T.30 and V.25 for fax and modems).
//!
//! North America's pairs, Britain's, and the single tone near 425 Hz of nearly everywhere else are known. They are told
//! apart by frequency first and by rhythm where one frequency says several things.

use crate::measure::level;
use crate::tone::{Windows, share, shares};

/// What the network or a machine says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Progress {
    Dial,
    Ringing,
    Busy,
    /// No way through: fast busy, reorder.
    Congestion,
    /// Three rising tones, before a recorded announcement.
    Information,
    /// A fax calls (CNG).
    Fax,
    /// A fax or modem answers (CED, ANS).
    Answer,
    /// A test line's steady tone near 1000 Hz.
    TestLine,
}

/// What a window sounds like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pitch {
    /// 350 and 440.
    Dial,
    /// 440 and 480, or 400 and 450.
    Ring,
    /// 480 and 620.
    Busy,
    /// One between 400 and 450.
    Plain,
    First,
    Second,
    Third,
    Fax,
    Answer,
    Thousand,
}

/// Two at once come before those that are one of them.
const PAIRS: [(Pitch, [f64; 2]); 4] = [
    (Pitch::Dial, [350.0, 440.0]),
    (Pitch::Ring, [440.0, 480.0]),
    (Pitch::Ring, [400.0, 450.0]),
    (Pitch::Busy, [480.0, 620.0]),
];
const SINGLES: [(Pitch, &[f64]); 7] = [
    (Pitch::Plain, &[400.0, 425.0, 440.0, 450.0]),
    (Pitch::First, &[913.8, 950.0, 985.2]),
    (Pitch::Second, &[1370.6, 1400.0, 1428.5]),
    (Pitch::Third, &[1776.7, 1800.0]),
    (Pitch::Fax, &[1100.0]),
    (Pitch::Answer, &[2100.0]),
    (Pitch::Thousand, &[1004.0, 1020.0]),
];

/// 80 ms, looked at every 20.
const WINDOW: usize = 640;
const HOP: usize = 160;
const HOP_MS: u32 = 20;
const SINGLE: f64 = 0.7;
const EACH: f64 = 0.2;
const PAIR: f64 = 0.75;
/// Nothing below is heard, in dBFS.
const FAINTEST: f64 = -45.0;
/// A pause of so many ms does not end a tone, nor what is like nothing for so many: a lost packet.
const SHORT_PAUSE: u32 = 40;
const UNCLEAR: u32 = 200;
/// So far below the loudest of late, in dB, is a pause.
const BELOW: f64 = 12.0;
/// And by so many dB a window is what was loud forgotten: 1 dB a second.
const FORGETS: f64 = 0.02;

/// What a window is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Window {
    Tone(Pitch),
    Pause,
    /// Speech, music, an edge between two.
    Unclear,
}

/// The same for so many ms.
#[derive(Clone, Copy, Debug)]
struct Run {
    is: Window,
    ms: u32,
}

impl Run {
    fn tone(&self) -> Option<Pitch> {
        match self.is {
            Window::Tone(pitch) => Some(pitch),
            Window::Pause | Window::Unclear => None,
        }
    }
}

/// Listens for what the network says.
#[derive(Clone, Debug)]
pub struct Listener {
    windows: Windows,
    loudest: f64,
    /// The newest last, and no two alike in a row.
    runs: Vec<Run>,
    /// Not yet part of a run, in ms.
    unclear: u32,
    said: Option<Progress>,
}

impl Default for Listener {
    fn default() -> Listener {
        Listener { windows: Windows::new(WINDOW, HOP), loudest: f64::MIN, runs: Vec::new(), unclear: 0, said: None }
    }
}

impl Listener {
    /// Takes sound, and says what began in it. What goes on is not said again.
    pub fn feed(&mut self, sound: &[i16]) -> Vec<Progress> {
        let mut heard = Vec::new();
        for (_, window) in self.windows.feed(sound) {
            let level = level(&window);
            self.loudest = level.max(self.loudest - FORGETS);
            let is = if level < FAINTEST.max(self.loudest - BELOW) {
                Window::Pause
            } else {
                pitch(&window).map_or(Window::Unclear, Window::Tone)
            };
            self.note(is);
            let now = meaning(&self.runs);
            if now.is_some() && now != self.said {
                self.said = now;
                heard.extend(now);
            }
        }
        heard
    }

    fn note(&mut self, is: Window) {
        if is == Window::Unclear {
            self.unclear += HOP_MS;
            if self.unclear > UNCLEAR {
                self.go_on(is, self.unclear);
                self.unclear = 0;
            }
            return;
        }
        let unclear = std::mem::take(&mut self.unclear);
        match self.runs.last_mut() {
            // What lay between was a fault in the one, or an edge between two.
            Some(last) if last.is == is => last.ms += unclear,
            Some(last) => last.ms += unclear / 2,
            None => {}
        }
        self.go_on(is, HOP_MS);
    }

    fn go_on(&mut self, is: Window, ms: u32) {
        match self.runs[..] {
            [.., ref mut last] if last.is == is => last.ms += ms,
            // A tone that goes on after a moment of nothing never ended.
            [.., ref mut before, between]
                if before.is == is && between.is == Window::Pause && between.ms <= SHORT_PAUSE =>
            {
                before.ms += between.ms + ms;
                self.runs.pop();
            }
            _ => self.runs.push(Run { is, ms }),
        }
        if self.runs.len() > 12 {
            self.runs.remove(0);
        }
    }
}

fn pitch(window: &[i16]) -> Option<Pitch> {
    let pair = PAIRS.into_iter().find(|(_, tones)| {
        let [one, other] = shares(window, *tones);
        one >= EACH && other >= EACH && one + other >= PAIR
    });
    let single = || {
        let near = |tones: &[f64]| tones.iter().any(|hz| share(window, *hz) >= SINGLE);
        SINGLES.into_iter().find(|(_, tones)| near(tones))
    };
    pair.map(|found| found.0).or_else(|| single().map(|found| found.0))
}

/// What the runs until now mean.
fn meaning(runs: &[Run]) -> Option<Progress> {
    use Pitch::{Answer, Busy, Dial, Fax, First, Plain, Ring, Second, Third, Thousand};
    let last = runs.last()?;
    match last.tone() {
        Some(Answer) if last.ms >= 500 => return Some(Progress::Answer),
        Some(Thousand) if last.ms >= 2000 => return Some(Progress::TestLine),
        Some(Dial) if last.ms >= 1000 => return Some(Progress::Dial),
        Some(Plain) if last.ms >= 2500 => return Some(Progress::Dial),
        Some(Third) if last.ms >= 200 => {
            let mut before = runs.iter().rev().skip(1).filter(|run| run.ms > 160).map(Run::tone);
            if before.next() == Some(Some(Second)) && before.next() == Some(Some(First)) {
                return Some(Progress::Information);
            }
        }
        _ => {}
    }
    // From here on a tone has ended.
    let [.., on, off] = runs else { return None };
    let tone = on.tone().filter(|_| off.is == Window::Pause)?;
    if tone == Fax && (350..=650).contains(&on.ms) && off.ms >= 300 {
        return Some(Progress::Fax);
    }
    if matches!(tone, Ring | Plain) && (300..=2400).contains(&on.ms) && off.ms >= 1500 {
        return Some(Progress::Ringing);
    }
    let [.., first, pause, _, _] = runs else { return None };
    if first.is != on.is || pause.is != Window::Pause || !matches!(tone, Busy | Plain | Ring) {
        return None;
    }
    let all = |range: std::ops::RangeInclusive<u32>| [first, pause, on].iter().all(|run| range.contains(&run.ms));
    if all(300..=800) {
        Some(Progress::Busy)
    } else if all(120..=299) {
        Some(Progress::Congestion)
    } else {
        None
    }
}
