//! A world to try a status reader in: vendors with their status pages over real HTTP, and receivers for every channel,
//! all on loopback and all driven by a scenario file.
//!
//! The middle is pure. A [`Scenario`] says what happens when; [`Vendor::shown`] says what is true on a page at a moment;
//! [`shape`] writes it down as the real platforms do; [`reply`] lays the faults over it. [`server`] and
//! [`receivers`] are the edge. Nobody here asks what time it is: it is handed in.

pub mod course;
pub mod ids;
pub mod ledger;
pub mod model;
pub mod receivers;
pub mod reply;
pub mod scenario;
pub mod server;
pub mod shape;
pub mod shown;

/// The world of `tocsin serve --demo`.
pub const DEMO: &str = include_str!("../scenarios/demo.toml");

pub use course::{Course, When};
pub use model::{Fault, FaultKind, Vendor, World};
pub use reply::Reply;
pub use scenario::Scenario;
pub use server::{Clock, Stage};
pub use shape::Shape;
pub use shown::Shown;
