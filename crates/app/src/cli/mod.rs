//! Commands, one a file. Errors go to stderr as one sentence that says what to do.

mod channels;
mod check;
mod checks;
mod completions;
mod config;
mod detect;
mod man;
mod openapi;
mod providers;
mod read;
mod replay;
mod serve;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Environment, Flags, Mistakes};

/// Exit codes that several commands share (the contract's section 2).
pub const OK: u8 = 0;
pub const USAGE: u8 = 2;

/// Tells a team that a vendor it depends on is broken, before its customers do.
#[derive(Parser, Debug)]
#[command(
    name = "tocsin",
    version,
    arg_required_else_help = true,
    after_help = "Start with `tocsin serve`, or ask at once: `tocsin check github`."
)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    /// Run the service: polls, alerts, web and API.
    Serve(serve::Args),
    /// Turn captured payload files of one page into one Reading (JSON).
    Read(read::Args),
    /// Say which platforms an address could be, with the evidence.
    Detect(detect::Args),
    /// Ask providers now and print how they are; made for deploy gates.
    Check(check::Args),
    /// Let a check of your own call now, and list them.
    #[command(subcommand)]
    Checks(checks::Command),
    /// Search the catalogue.
    Providers(providers::Args),
    /// Try the channels of a configuration, and say which kinds there are.
    #[command(subcommand)]
    Channels(channels::Command),
    /// Look after a configuration.
    #[command(subcommand)]
    Config(config::Command),
    /// Run stored captures through today's readers and rules and print the events that follow.
    Replay(replay::Args),
    /// Print the OpenAPI document of the HTTP API.
    Openapi,
    /// Print a completion script for a shell.
    Completions(completions::Args),
    /// Print the manual page, or write all of them into a directory.
    Man(man::Args),
}

/// Runs what the command line asks for.
#[must_use]
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let code = match cli.command {
        Command::Serve(args) => serve::run(args),
        Command::Read(args) => read::run(&args),
        Command::Detect(args) => detect::run(&args),
        Command::Check(args) => check::run(&args),
        Command::Checks(command) => checks::run(command),
        Command::Providers(args) => providers::run(&args),
        Command::Channels(command) => channels::run(command),
        Command::Config(command) => config::run(&command),
        Command::Replay(args) => replay::run(&args),
        Command::Openapi => openapi::run(),
        Command::Completions(args) => completions::run(&args),
        Command::Man(args) => man::run(&args),
    };
    ExitCode::from(code)
}

/// A runtime for commands that ask the network.
fn block_on<T>(future: impl Future<Output = T>) -> Result<T, u8> {
    match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => Ok(runtime.block_on(future)),
        Err(error) => Err(fail(1, &format!("the runtime could not be started: {error}"))),
    }
}

/// Says what is wrong and gives the exit code back.
fn fail(code: u8, sentence: &str) -> u8 {
    eprintln!("tocsin: {sentence}");
    code
}

/// The configuration, or every mistake in it on stderr and exit code 2.
fn configured(file: Option<PathBuf>) -> Result<Config, u8> {
    load(&Flags { config: file, ..Flags::default() })
}

fn load(flags: &Flags) -> Result<Config, u8> {
    crate::config::load(flags, &Environment::read()).map_err(|mistakes| complain(&mistakes))
}

fn complain(mistakes: &Mistakes) -> u8 {
    eprintln!("{mistakes}");
    let count = mistakes.all.len();
    eprintln!("tocsin: {count} {} in the configuration", if count == 1 { "mistake" } else { "mistakes" });
    USAGE
}

/// JSON for machines on stdout.
fn print_json(value: &impl serde::Serialize) {
    match serde_json::to_string_pretty(value) {
        Ok(json) => print_line(&json),
        Err(error) => eprintln!("tocsin: this could not be written as JSON: {error}"),
    }
}

/// A line on stdout; a reader that has gone away (`| head`) is no error.
fn print_line(line: &str) {
    use std::io::Write;
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }
}
