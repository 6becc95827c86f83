//! The voice check, apart from the network: what is said in a call and when, what came of it, and what several calls
//! together prove.
//!
//! Everything here is pure: sound and events in, sound and acts out, `now` an argument. Whoever has the sockets plays
//! a [`Caller`] (or, at the other end, a [`Callee`]): it tells what happened, gives every 20 ms of sound that came, and
//! sends every 20 ms that it is given.
//!
//! The script, in the caller's order; each line is a rung of the [`Ladder`] that is shown of a call:
//!
//! | caller | callee | proves |
//! |---|---|---|
//! | invites | answers | signalling |
//! | A1 | B1 | that something comes |
//! | A1 | B2: "I hear A1" | both ways |
//! | A2: "I hear B2" | B3: "I hear A2" | that the callee knows it too |
//! | a random number | its answer | that the call is live, and is this one |
//! | a rising chirp | a falling one, one second later | delay and band |
//! | hangs up | | |
//!
//! Where the far end is an agent of ours at a page, nothing has to be acknowledged: [`Pair`] knows what both ends said and
//! heard.
//!
//! [`Calls`] takes verdicts one after the other and says when there is an incident, and when it is over.

mod callee;
mod caller;
mod calls;
mod hearing;
mod ladder;
mod mouth;
mod pair;
mod refrain;
mod script;

pub use callee::Callee;
pub use caller::{Act, Caller, Event, Plan, Report};
pub use calls::{Calls, Fault, Next, Said};
pub use ladder::{Ladder, Rung, Step};
pub use pair::{Did, Pair, PairPlan};
pub use refrain::Refrain;
pub use script::Script;

/// 20 ms: what is heard and said at a time.
pub const FRAME: usize = tocsin_media::playout::FRAME;

/// How long after it began to hear a chirp the callee begins to answer it, in samples: one second.
pub const TURN: usize = 8000;
