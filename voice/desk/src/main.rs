//! `tocsin-desk`: see `docs/desk.md`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
