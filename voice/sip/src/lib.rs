//! Telephone calls over SIP (RFC 3261) and their sound over RTP (RFC 3550), made and taken.
//!
//! Signalling is a stack of somebody else's, and none of its types come out of this crate. What does come out serves three
//! users: a check that calls and measures, a callee that a check can be tried on, and a desk that lets a call ring
//! until somebody is ready for it, carries its sound elsewhere packet by packet, holds it, and hangs up.
//!
//! | room | what |
//! |---|---|
//! | [`sdp`] | session descriptions: read, written, agreed on; pure |
//! | [`address`] | where somebody is called; pure |
//! | [`reason`] | why a call ended, in the network's words; pure |
//! | [`line`](Line) | the port that calls go out of and come in at |
//! | [`call`](Call) | one call: what happens to it, and what can be done about it |
//! | [`sound`](Sound), [`flow`](Flow) | a pair of ports for RTP and RTCP, and what goes where: sound as packets |
//! | [`voice`](Voice) | the same as samples, 20 ms at a time |
//! | [`clock`] | the only place that asks the time |
//!
//! A call that is dropped is ended: by CANCEL, by BYE, or by a refusal, whichever is due. [`Line::idle`] waits until
//! that is done, and [`Line::dialogs`] says how many are still known.
//!
//! **Logs.** Each message is told at `debug`. The stack (`rsipstack`) tells whole messages at `info`: whoever sets logs up
//! keeps it at `warn`.

mod call;
mod challenge;
mod connect;
mod fault;
mod flow;
mod line;
mod look_up;
mod random;
mod sound;
mod speaker;
mod voice;

pub mod address;
pub mod clock;
pub mod reason;
pub mod sdp;

pub use address::{Address, Transport};
pub use call::{Call, Event, Party, Refusal, Remote};
pub use connect::{Identity, Trust, address_toward};
pub use fault::Fault;
pub use flow::{Flow, Latch};
pub use line::{Account, Incoming, Invitation, Line, Settings};
pub use random::random;
pub use reason::Cause;
pub use sound::{FarReport, Measures, Packet, Sound};
pub use voice::{DELAY, Heard, Voice};
