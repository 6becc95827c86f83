//! Two ends of a call joined: a telephone, as SIP brings it, and a browser. Both speak PCMU, so what comes from one goes
//! to the other as it is, under numbers of our own.
//!
//! What a call needs to know of itself is evidence, not hope: an end that has agreed to everything may still hear
//! nothing. [`Connecting`] says when a call may be called connected, [`troubles`] what is wrong with one.
//!
//! Pure are [`Numbering`], [`Direction`], [`Ear`], [`Connecting`] and [`troubles`]: payloads, counts and `now` in, a
//! [`Duration`](std::time::Duration) since the bridge began. `engine` is the one file that knows the time.

mod bridge;
mod connecting;
mod direction;
mod engine;
mod evidence;
mod hold;
mod leg;
mod numbering;

pub use bridge::{Fault, MediaBridge, News, Offered, Side, Stats, Way};
pub use connecting::{Cause, Connecting, LIMIT, Next, Seen};
pub use direction::{Direction, Mode};
pub use engine::{Bridged, Own, Settings};
pub use evidence::{Ear, Evidence, FRESH, Growth, Trouble, troubles};
pub use hold::Tone;
pub use leg::{Leg, Plain};
pub use numbering::Numbering;
