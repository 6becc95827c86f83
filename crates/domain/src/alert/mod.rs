//! Who hears of an event, and why.

pub mod decide;
mod due;
mod early;
pub mod fate;
mod hours;
pub mod notice;
mod open;
mod pace;
mod places;
pub mod rehearse;
mod root;
pub mod rule;
mod scope;
pub mod silence;
mod standing;
pub mod storm;
pub mod tray;
mod weigh;
pub mod words;

pub use decide::{Audience, Member, Reason, ReasonCode, Verdict, decide};
pub(crate) use decide::{decide_again, decide_among, decide_asked};
pub(crate) use due::Waiting;
pub use fate::Fate;
pub use hours::{Hours, Span};
pub use notice::{Links, Notice};
pub(crate) use open::Open;
pub use pace::Later;
pub(crate) use places::Places;
pub use rule::{Digesting, Escalation, EventPattern, Interest, Rule, Scope, Storm};
pub use silence::{Acknowledgement, Silence, Silenced};
pub use standing::Standing;
