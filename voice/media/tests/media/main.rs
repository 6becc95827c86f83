//! The voice's pure part against reference values, and whatever may arrive.

mod attended;
mod emodel;
mod g711;
mod line;
mod measures;
mod packets;
mod reception;
mod signals;
mod verdict;

use proptest::prelude::ProptestConfig;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
