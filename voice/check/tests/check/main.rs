//! Whole calls without a network: the script against far ends of every kind, and what several calls prove together.

mod calls;
mod simulated;
mod talk;
