//! The bridge without a network, and what its engine leaves behind.

mod calls;
mod connecting;
mod directions;
mod evidence;
mod numbering;

use std::time::Duration;

use proptest::prelude::ProptestConfig;
use tocsin_media::g711::Law;
use tocsin_media::signal::Tone;
use tocsin_rtc::{Kind, Payload};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn payload(source: u32, sequence: u16, timestamp: u32, bytes: Vec<u8>) -> Payload {
    Payload { kind: Kind::Sound, marker: false, sequence, timestamp, source, bytes: bytes.into() }
}

/// The frame of that number of a tone that a source says.
fn spoken(source: u32, number: u16) -> Payload {
    let sound = Tone::CallerCalls.wave().take(160 * (usize::from(number % 50) + 1));
    let frame = Law::Mu.encoded(&sound[sound.len() - 160..]);
    payload(source, number, u32::from(number) * 160, frame)
}
