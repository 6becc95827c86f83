//! The voice desk, apart from network and sound: who may be given a call, what they must know first, and when a call
//! counts as one.
//!
//! Everything here is pure: events in, acts out. Time is an argument, a [`Duration`] since whatever start the caller
//! likes; epochs, identities and dice are handed in.
//!
//! | room | what |
//! |---|---|
//! | [`snapshot`] | the configuration as a whole, numbered, with flags that have no defaults |
//! | [`handshake`] | how it reaches a widget and cannot be missed: host page, widget, messages |
//! | [`lease`] | the server's word on who may be given calls |
//! | [`readiness`] | who is not ready and why: seen, counted, and an alarm |
//! | [`queue`] | callers wait, the agent idle for longest rings |
//! | [`call`] | one call's life; answered is not connected |
//! | [`switches`] | what can be stopped, drained or chosen while it runs |
//! | [`builds`] | failures by build, so that a deploy names itself and is rolled back |
//!
//! Five rules hold throughout. A configuration is a state that is asked for and acknowledged, never an event that can be
//! missed. There is no second, older path that a missing flag could choose. A call is connected when people can hear
//! each other. The server decides who gets calls, and asks again before each. A stale session keeps no lease.

pub mod builds;
pub mod call;
pub mod handshake;
pub mod lease;
pub mod queue;
pub mod readiness;
pub mod snapshot;
pub mod switches;

pub use std::time::Duration;
