//! An agent of ours at a page that takes calls: an ordinary headless Chromium that signs in, is rung, clicks to accept as
//! a mouse does, speaks into a microphone that is a file, and listens to what the page plays.
//!
//! Nothing of the page is replaced, and nothing is put between it and the browser. Both ends of the call are in this
//! program, so each direction is proved by a number that is drawn for this call, said at one end and heard at the other.
//!
//! [`Site`] describes a page; [`check_with`] calls whoever sits at it, and says what came of it. No browser, folder or
//! call outlives its future by more than it takes to end them.

mod agent;
mod browser;
mod check;
mod page;
mod robot;
mod site;

pub use agent::Seat;
pub use browser::is_there;
pub use check::{check_with, plan};
pub use robot::Robot;
pub use site::{Hidden, Selector, Site, Step};
