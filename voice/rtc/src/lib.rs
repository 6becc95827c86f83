//! One end of a call in a browser: WebRTC, audio only, and of the codecs only PCMU, so that what comes from a telephone
//! can be passed on as it is.
//!
//! [`Peer`] has no socket, no clock and no task: datagrams and `now` in, datagrams and events out. `driver` is the one
//! file that has them; it hands out a [`Line`], of which any number of tasks may hold one.
//!
//! | step | who | what |
//! |---|---|---|
//! | 1 | we | [`Line::offer`]: PCMU and telephone events, both ways, our addresses |
//! | 2 | browser | [`Line::answer`], and [`Line::candidate`] for what it finds later |
//! | 3 | both | ICE finds a way ([`Event::Path`]), DTLS secures it ([`Event::Secured`]) |
//! | 4 | both | [`Payload`]s, 20 ms each |
//! | 5 | we | [`Line::restart`] where the way is lost: another offer, from a new port |
//! | 6 | either | closes: [`Event::Over`] |

mod driver;
pub mod key;
mod payload;
mod peer;

pub use driver::{Events, Gone, Host, Line, open};
pub use payload::{Kind, Payload};
pub use peer::{Datagram, Event, Fault, Path, Peer, Stats, Step};
