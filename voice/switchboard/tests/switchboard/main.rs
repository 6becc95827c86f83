//! The switchboard without a network: tables of transitions, stories, and a simulated world in which messages are lost,
//! late, doubled and out of order while everybody is started again.

mod browser;
mod calls;
mod deploys;
mod host_page;
mod leases;
mod naive;
mod queues;
mod readiness;
mod schedules;
mod simulated;
mod transitions;

use std::time::Duration;

use tocsin_switchboard::snapshot::{Bridge, Codec, Content, Flags, Ice};

fn content(bridge: Bridge) -> Content {
    let flags = Flags { bridge, codec: Codec::Pcmu, ice: Ice::All, signalling: "/voice/call".to_owned() };
    Content { flags, settings: serde_json::Map::new() }
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// Numbers that look random and follow from a seed (SplitMix64, Steele and others 2014).
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// 0 up to and with `most`.
    fn upto(&mut self, most: u64) -> u64 {
        self.throw() % (most + 1)
    }

    fn percent(&mut self, share: u64) -> bool {
        self.upto(99) < share
    }
}
