//! Who hears of an event, and why.

pub mod decide;
pub mod notice;
mod places;
pub mod rule;
mod standing;

pub use decide::{Audience, Member, Reason, ReasonCode, Verdict, decide};
pub(crate) use decide::{decide_among, decide_asked};
pub use notice::{Links, Notice};
pub(crate) use places::Places;
pub use rule::{EventPattern, Interest, Rule};
pub use standing::Standing;
