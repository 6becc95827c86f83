//! Whole calls without a network: the script against far ends of every kind, and what several calls prove together.

mod calls;
mod pairs;
mod simulated;
mod talk;

use proptest::prelude::ProptestConfig;

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}
