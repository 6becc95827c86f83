//! The keys of a telephone as packets (RFC 4733 §2.3): one event is told again and again while the key is held, with the
//! timestamp of its beginning, and its end three times.

use std::time::Duration;

/// In the order of their codes.
const KEYS: &[u8; 16] = b"0123456789*#ABCD";
/// How often the end is told.
pub const ENDS: u32 = 3;
/// From one packet to the next, in samples.
const STEP: u16 = 160;
/// Shorter than this no receiver need believe (ITU-T Q.24), in samples.
const SHORTEST: u16 = 320;
/// In -dBm0.
const VOLUME: u8 = 10;

/// One packet of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// `0`-`9`, `*`, `#`, `A`-`D`.
    pub key: char,
    /// Let go.
    pub end: bool,
    /// In -dBm0, 0 to 63.
    pub volume: u8,
    /// Held so far, in samples.
    pub held: u16,
}

impl Told {
    /// `None` where the bytes are no event, or one that is no key.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Told> {
        let &[code, flags, high, low] = bytes.first_chunk::<4>()?;
        let key = char::from(*KEYS.get(usize::from(code))?);
        Some(Told { key, end: flags & 0x80 != 0, volume: flags & 0x3F, held: u16::from_be_bytes([high, low]) })
    }

    /// `None` where it is no key.
    #[must_use]
    pub fn write(self) -> Option<[u8; 4]> {
        let key = self.key.to_ascii_uppercase();
        let code = KEYS.iter().position(|known| char::from(*known) == key)?;
        let [high, low] = self.held.to_be_bytes();
        let end = if self.end { 0x80 } else { 0 };
        Some([code as u8, end | (self.volume & 0x3F), high, low])
    }
}

/// A key being pressed by us: a packet every 20 ms.
#[derive(Clone, Debug)]
pub struct Press {
    key: char,
    whole: u16,
    held: u16,
    ends: u32,
}

impl Press {
    /// Held so long, 40 ms at least and 8 s at most; `None` where it is no key.
    #[must_use]
    pub fn new(key: char, held: Duration) -> Option<Press> {
        let whole = u16::try_from(tocsin_media::samples(held)).unwrap_or(u16::MAX).max(SHORTEST);
        Told { key, end: false, volume: VOLUME, held: 0 }.write()?;
        Some(Press { key, whole, held: 0, ends: 0 })
    }
}

/// The packets, in order.
impl Iterator for Press {
    type Item = Told;

    fn next(&mut self) -> Option<Told> {
        if self.ends == ENDS {
            return None;
        }
        self.held = self.held.saturating_add(STEP).min(self.whole);
        let end = self.held == self.whole;
        self.ends += u32::from(end);
        Some(Told { key: self.key, end, volume: VOLUME, held: self.held })
    }
}

/// Makes presses out of packets: each key once, however many of its packets come, and in whatever order.
#[derive(Clone, Debug, Default)]
pub struct Hearer {
    last: Option<u32>,
}

impl Hearer {
    /// Takes a packet; the key, when it is the first of its press.
    pub fn take(&mut self, timestamp: u32, bytes: &[u8]) -> Option<char> {
        let told = Told::read(bytes)?;
        let newer = self.last.is_none_or(|last| (timestamp.wrapping_sub(last) as i32) > 0);
        newer.then(|| {
            self.last = Some(timestamp);
            told.key
        })
    }
}
