//! Who hears of an event, and why.

pub mod decide;
pub mod notice;
pub mod rule;

pub use decide::{Audience, Member, Reason, ReasonCode, Standing, Verdict, decide};
pub use notice::{Links, Notice};
pub use rule::{EventPattern, Interest, Rule};
