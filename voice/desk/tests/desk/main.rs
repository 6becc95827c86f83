//! The desk's mind, tried by stories: no network, no files, no clock.

mod calls;
mod people;
mod quiet;
mod rule;
mod world;
