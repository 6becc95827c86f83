//! The voice desk: inbound calls to agents in browsers, who cannot miss their configuration, and to whom no call shows as
//! connected unless both ends hear each other.
//!
//! | room | what |
//! |---|---|
//! | [`setup`] | what a desk is told when it starts; pure |
//! | [`desk`] | the desk's mind: events in, orders out, time an argument; pure |
//! | [`counts`] | what is counted, as Prometheus reads it; pure |
//! | [`clock`] | the only place that asks the time |
//! | `turn` | what lets an agent's browser into a TURN server, for a while; pure |
//! | [`store`] | what outlives the desk: plain files |
//! | [`edge`] | gives events to the desk, and its orders to whoever carries them out |
//! | [`telephone`] | a caller's end: signalling, sound, voicemail |
//! | [`web`] | an agent's end: pages, configuration, leases, calls; and the supervisor's |
//! | [`serve`] | a desk from its start to its end |
//! | [`gate`] | a build tried by a call before it is published |
//! | [`builds`] | the files of the widget: those in this program, and those that were published since |

pub mod builds;
pub mod clock;
pub mod counts;
pub mod desk;
pub mod edge;
pub mod gate;
pub mod serve;
pub mod setup;
pub mod store;
pub mod telephone;
mod turn;
pub mod web;
mod webhook;
