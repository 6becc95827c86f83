//! What people see: facts go in, a page of HTML comes out. Pure: no clock, no store, no request.
//!
//! One page a file: `src/dashboard.rs` has `templates/pages/dashboard.html`, and so on; what pages share lies in
//! `templates/parts/`. Each page takes a `Facts` struct of domain types, forms its sentences here, and leaves the
//! template nothing to decide but where they stand. Everything works without script; `static/tocsin.js` only
//! translates times into the reader's zone and filters what is already there.

pub mod access;
pub mod acknowledge;
pub mod assets;
pub mod board;
pub mod board_form;
pub mod boards;
pub mod calendar;
pub mod channel;
pub mod channels;
pub mod check;
pub mod dashboard;
pub mod decisions;
pub mod deliveries;
pub mod describe;
pub mod facts;
pub mod feed;
pub mod find_provider;
pub mod form;
pub mod group;
pub mod groups;
pub mod incident;
pub mod instead;
pub mod live;
pub mod message;
pub mod monitor;
pub mod monitors;
pub mod mute;
pub mod provider;
pub mod providers;
pub mod push;
pub mod rehearsal;
pub mod rule;
pub mod rule_form;
pub mod settings;
pub mod sign_in;
pub mod silences;
pub mod subscribe;
pub mod subscribers;
pub mod tour;
pub mod unsubscribe;
pub mod uses;
pub mod welcome;
pub mod wishes;

mod bars;
mod call;
mod diff;
mod headings;
mod json_ld;
mod layout;
mod ledger;
mod links;
mod marked;
mod mentions;
mod moment;
mod origin;
mod pager;
mod rows;
mod sentence;
mod sign;
mod words;

pub use layout::{Chrome, Simulated};
pub use rows::About;
pub use words::duration;
