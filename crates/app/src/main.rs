//! Tocsin: tells a team that a vendor it depends on is broken.

mod access;
mod api;
mod app;
mod catalog;
mod cli;
mod clock;
mod config;
mod declare;
mod directory;
mod foresight;
mod headers;
mod net;
mod problem;
mod pulse;
mod served;
mod server;
mod setup;
mod telemetry;
mod web;
mod work;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
