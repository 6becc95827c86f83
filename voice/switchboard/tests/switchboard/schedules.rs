//! Many seeds: nobody is ever available without an acknowledged configuration and a lease, no version goes back, and all
//! are well ten seconds after the network is. `TOCSIN_SCHEDULES` says how many; the first 1,000 by default.

use std::collections::BTreeSet;
use std::time::Duration;

use tocsin_switchboard::handshake::widget::{Me, Widget};

use crate::naive::Naive;
use crate::simulated::{Seat, Source, World};

pub fn ours(me: Me) -> Box<dyn Seat> {
    Box::new(Widget::new(me))
}

fn naive(me: Me) -> Box<dyn Seat> {
    Box::new(Naive::new(me))
}

#[expect(clippy::disallowed_methods, reason = "the long run of the test command asks for more")]
fn seeds() -> u64 {
    std::env::var("TOCSIN_SCHEDULES").map_or(1000, |count| count.parse().unwrap())
}

#[test]
fn whatever_is_lost_delays_and_nothing_more() {
    let mut times: Vec<Duration> = Vec::new();
    let mut states = BTreeSet::new();
    let mut failed = Vec::new();
    for seed in 0..seeds() {
        // Every fourth has the host page alone, every fourth the server alone: the one must not hide the other's faults.
        let source = [Source::Both, Source::Host, Source::Both, Source::Server][(seed % 4) as usize];
        let seen = World::new(seed, ours, false).fed_by(source).play();
        if !seen.faults.is_empty() {
            failed.push((seed, seen.faults));
            continue;
        }
        times.push(seen.converged.unwrap());
        states.extend(seen.states);
    }
    let shown: Vec<_> = failed.iter().take(5).map(|(seed, faults)| (seed, &faults[..faults.len().min(5)])).collect();
    assert!(failed.is_empty(), "{} of {} schedules fail; the first: {shown:#?}", failed.len(), seeds());
    times.sort();
    println!(
        "{} schedules; available again after {:?} (half), {:?} (99 %), {:?} (all)",
        times.len(),
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        times.last().unwrap()
    );
    for state in [
        "BOUND",
        "CONFIGURED",
        "CONFIRMED",
        "AVAILABLE",
        "IN_CALL",
        "NOT_READY(config_timeout)",
        "NOT_READY(host_lost)",
    ] {
        assert!(states.contains(state), "no schedule comes to {state}: {states:?}");
    }
}

#[test]
fn the_naive_widget_fails() {
    let mut never_well = 0;
    let mut unready = 0;
    let mut went_back = 0;
    for seed in 0..200 {
        let faults = World::new(seed, naive, false).play().faults;
        let has = |word: &str| faults.iter().any(|fault| fault.contains(word));
        never_well += u32::from(has("network was well"));
        unready += u32::from(has("available "));
        went_back += u32::from(has("goes back"));
    }
    println!("of 200: {never_well} never well, {unready} available unready, {went_back} went back");
    assert!(never_well > 100 && unready > 100 && went_back > 10, "{never_well}, {unready}, {went_back}");
}
