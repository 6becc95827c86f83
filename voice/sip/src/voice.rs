//! The sound of a call as samples.

use std::sync::Arc;
use std::time::Duration;

use tocsin_media::g711::Law;
use tocsin_media::playout::{Counts, Playout};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::sound::{Packet, Sound};
use crate::{Flow, clock};

/// 20 ms of sound.
const TICK: Duration = Duration::from_millis(20);
/// How long a packet waits before it is heard, as telephones have it.
pub const DELAY: Duration = Duration::from_millis(60);
/// Comfort noise (RFC 3389), which is neither sound nor a fault.
const COMFORT_NOISE: u8 = 13;

/// What came in 20 ms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    pub samples: Vec<i16>,
    /// Packets of sound.
    pub packets: u32,
    /// Packets in a codec that was not agreed.
    pub strange: u32,
    /// When the first of them came.
    pub first: Option<Duration>,
    /// By [`clock::steady`].
    pub at: Duration,
}

/// Sound as samples, at an even pace: 50 times a second something is heard and something is said, however long either
/// took before.
pub struct Voice {
    sound: Arc<Sound>,
    playout: Playout,
    ticks: Interval,
    laws: Vec<Law>,
    keys: Option<u8>,
    /// Since the last 20 ms were over.
    heard: Heard,
}

impl Voice {
    /// `delay` is how long a packet waits before it is heard: what comes later than that is missing.
    #[must_use]
    pub fn new(sound: Arc<Sound>, delay: Duration) -> Voice {
        let mut ticks = interval_at(Instant::now() + TICK, TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let (laws, keys) = match sound.flowing() {
            Some(flow) => (flow.laws, flow.keys),
            None => (Law::BOTH.to_vec(), None),
        };
        Voice { sound, playout: Playout::new(delay), ticks, laws, keys, heard: Heard::default() }
    }

    /// Says what goes where from now on.
    pub fn flow(&mut self, flow: Flow) {
        self.laws.clone_from(&flow.laws);
        self.keys = flow.keys;
        self.sound.flow(flow);
    }

    /// Waits for the next 20 ms to be over. May be dropped and asked again: what came is not lost.
    pub async fn hear(&mut self) -> Heard {
        loop {
            tokio::select! {
                biased;
                packet = self.sound.next() => self.take(&packet),
                _ = self.ticks.tick() => break,
            }
        }
        let mut heard = std::mem::take(&mut self.heard);
        heard.at = clock::steady();
        while let Some(frame) = self.playout.pull(heard.at) {
            heard.samples.extend(frame.samples);
        }
        heard
    }

    fn take(&mut self, packet: &Packet) {
        self.heard.first.get_or_insert(packet.at);
        match Law::of_payload_type(packet.payload_type).filter(|law| self.laws.contains(law)) {
            Some(law) => {
                self.heard.packets += 1;
                let samples: Vec<i16> = packet.payload.iter().map(|code| law.decode(*code)).collect();
                self.playout.push(packet.sequence, packet.timestamp, &samples, packet.at);
            }
            None if Some(packet.payload_type) == self.keys || packet.payload_type == COMFORT_NOISE => {}
            None => self.heard.strange += 1,
        }
    }

    /// Sends 20 ms.
    pub async fn say(&self, samples: &[i16]) {
        self.sound.say(samples).await;
    }

    #[must_use]
    pub fn sound(&self) -> &Arc<Sound> {
        &self.sound
    }

    /// What the jitter buffer counted.
    #[must_use]
    pub fn played(&self) -> Counts {
        self.playout.counts()
    }
}
