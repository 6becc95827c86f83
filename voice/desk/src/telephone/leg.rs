//! A caller's sound, lent to the bridge for one attempt.

use std::task::{Context, Poll};

use tocsin_bridge::Leg;
use tocsin_rtc::Payload;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// Half a second of sound.
const WAITING: usize = 25;

/// What the bridge holds. It ends when the caller does.
pub struct Lent {
    hears: Receiver<Payload>,
    says: Sender<Payload>,
}

/// What the caller's own task holds meanwhile.
pub struct Kept {
    /// What came from the caller, for the bridge.
    pub hears: Sender<Payload>,
    /// What the bridge has for the caller.
    pub says: Receiver<Payload>,
}

/// Both ends.
#[must_use]
pub fn lend() -> (Lent, Kept) {
    let (to_bridge, hears) = channel(WAITING);
    let (says, from_bridge) = channel(WAITING);
    (Lent { hears, says }, Kept { hears: to_bridge, says: from_bridge })
}

impl Leg for Lent {
    fn poll_hear(&mut self, context: &mut Context<'_>) -> Poll<Option<Payload>> {
        self.hears.poll_recv(context)
    }

    fn say(&mut self, payload: &Payload) {
        // Where too much waits already, it is lost, as on a network.
        let _ = self.says.try_send(payload.clone());
    }
}
