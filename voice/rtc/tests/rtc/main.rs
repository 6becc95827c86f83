//! A peer against another WebRTC stack in the browser's place: first both without a network, then over loopback.

mod browser;
mod keys;
mod lines;
mod peers;

use proptest::prelude::ProptestConfig;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
