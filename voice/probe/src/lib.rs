//! The voice check over a real line: a call is placed, what is said in it is played and heard, and what came of it is
//! judged and measured.
//!
//! [`Probe`] calls; [`Desk`] is the far end that answers, well or with one of the [`Fault`]s that a check has to find;
//! [`control`] is the call to our own far end that tells whether the probe itself is ill.
//!
//! No call outlives its future by more than the CANCEL or BYE that ends it, and none lasts longer than its plan.

mod answer;
mod control;
mod figures;
mod place;
mod verdict;
mod wav;

pub use answer::{Attended, Desk, Fault, Manner};
pub use control::control;
pub use figures::Figures;
pub use place::{Placed, Probe, Recording, Target};
pub use verdict::{Checked, check, check_with, judged, plan};
pub use wav::wav;

/// What we call ourselves on the line.
pub const PRODUCT: &str = concat!("tocsin/", env!("CARGO_PKG_VERSION"));
