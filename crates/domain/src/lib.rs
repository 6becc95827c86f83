//! What is true, apart from how it was read and whom it is told to.
//!
//! Everything here is pure: no clock, no environment, no SQL, no HTTP client and no vendor's word.
//! `now` is an argument, ids are derived from it, and every decision returns its reason.
//!
//! The nouns: a [`Reading`] is what a page said at one moment; [`compare`] turns two of them into
//! [`Event`]s; [`alert::decide`] says who hears of an event and why; [`step`] is the one function
//! that polling, replay, stories and tests all run.

pub mod alert;
mod asked;
pub mod board;
pub mod cadence;
pub mod call;
pub mod compare;
pub mod components;
pub mod digest;
pub mod event;
pub mod exchange;
pub mod health;
pub mod ids;
pub mod incident;
pub mod maintenance;
pub mod promise;
pub mod provider;
pub mod reading;
mod returned;
pub mod sample;
pub mod step;
pub mod time;
pub mod title;
pub mod uptime;
pub mod warning;

pub use asked::asked;
pub use call::Call;
pub use components::{Component, Components};
pub use digest::{Digest, DigestItem};
pub use event::{Again, Event, EventKind, Subject};
pub use exchange::{Answer, Ask, Failure, FailureKind, HttpAnswer, HttpAsk, MailAsk};
pub use health::Health;
pub use incident::{
    ComponentRef, Edit, Impact, Incident, IncidentState, Report, Revision, Stage, TimelineEntry, Update, Was,
};
pub use maintenance::{Maintenance, MaintenanceStage};
pub use provider::ProviderRef;
pub use reading::{Covers, Page, Problem, Reading};
pub use returned::{Heard as HeardOf, returned, returned_to_warning};
pub use step::{Input, PageState, Step, step};
pub use time::Timestamp;
pub use warning::{Warning, WarningKind};
