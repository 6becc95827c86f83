//! Tocsin: tells a team that a vendor it depends on is broken.

mod access;
mod api;
mod app;
mod catalog;
mod checks;
mod chosen;
mod cli;
mod clock;
mod config;
mod declare;
mod demo;
mod directory;
mod door;
mod foresight;
mod headers;
mod live;
mod net;
mod overruled;
mod problem;
mod pulse;
mod push;
mod rehearsal;
mod served;
mod server;
mod setup;
mod subscribing;
mod telemetry;
mod uses;
mod web;
mod work;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
