//! `tocsin checks`: lets a test of our own call now, and says what came of it.

use std::path::PathBuf;

use tocsin_domain::Call;
use tocsin_domain::call::{Proof, Side};

use crate::api::checks::call_of;
use crate::checks::{Checks, Watched};
use crate::config::{Voice, did_you_mean};
use crate::work::check::place::{self, place};
use crate::work::check::recordings;

/// Nothing is known, as with `check`.
const UNKNOWN: u8 = 4;
const AFFECTED: u8 = 1;

#[derive(clap::Subcommand, Debug)]
pub enum Command {
    /// List the checks of a configuration.
    List(ListArgs),
    /// Call now: exit 0 both ends hear each other, 1 they do not, 4 the probe could not tell, 2 no such check.
    Run(RunArgs),
}

#[derive(clap::Args, Debug)]
pub struct ListArgs {
    /// Configuration file that declares the checks.
    #[arg(long, env = "TOCSIN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(clap::Args, Debug)]
pub struct RunArgs {
    /// Name of the check.
    name: String,
    /// Configuration file that declares the checks.
    #[arg(long, env = "TOCSIN_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Write all sides of the call there.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// For machines.
    #[arg(long)]
    json: bool,
}

pub fn run(command: Command) -> u8 {
    match command {
        Command::List(args) => list(args),
        Command::Run(args) => call(args),
    }
}

fn declared(config: Option<PathBuf>) -> Result<(Voice, Checks), u8> {
    let config = super::configured(config)?;
    Ok((config.voice, Checks::new(config.checks)))
}

fn list(args: ListArgs) -> u8 {
    let (_, checks) = match declared(args.config) {
        Ok(declared) => declared,
        Err(code) => return code,
    };
    for watched in checks.iter() {
        let check = &watched.check;
        super::print_line(&format!("{:24} {:12} {}", check.name, check.kind.word(), check.target));
    }
    super::OK
}

fn call(args: RunArgs) -> u8 {
    let (voice, checks) = match declared(args.config) {
        Ok(declared) => declared,
        Err(code) => return code,
    };
    let named = |watched: &&std::sync::Arc<Watched>| watched.check.name == args.name || watched.check.slug == args.name;
    let Some(watched) = checks.iter().find(named) else {
        let near = did_you_mean(&args.name, checks.iter().map(|one| one.check.name.as_str()));
        let hint = if near.is_empty() { "; `tocsin checks list` names them" } else { &near };
        return super::fail(super::USAGE, &format!("there is no check `{}` in the configuration{hint}", args.name));
    };
    let done = super::block_on(async {
        let laws = place::laws(&watched.check);
        let made = place(&voice, (watched.id, &watched.check), laws, stopped()).await?;
        if let Some((folder, recording)) = args.record.as_ref().zip(made.recording.as_ref()) {
            recordings::keep(folder, made.call.id, recording).await;
        }
        Some(made.call)
    });
    match done {
        Ok(Some(call)) => say(&call, args.json),
        Ok(None) => super::fail(UNKNOWN, "stopped before the call was through; it has been ended"),
        Err(code) => code,
    }
}

async fn stopped() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminated.recv() => {}
        },
        Err(_) => drop(tokio::signal::ctrl_c().await),
    }
}

fn say(call: &Call, json: bool) -> u8 {
    if json {
        super::print_json(&call_of(call));
    } else {
        for rung in &call.ladder {
            let way = match rung.by {
                Side::Us => "→",
                Side::Them => "←",
                Side::Agent => "•",
                Side::Nobody => "·",
            };
            let (seconds, ms) = (rung.after_ms / 1_000, rung.after_ms % 1_000);
            super::print_line(&format!("{seconds:4}.{ms:03} s  {way} {}", rung.what));
        }
        super::print_line("");
        for (name, value) in &call.figures {
            super::print_line(&format!("{name:19} {value}"));
        }
        for more in [&call.trouble, &call.control].into_iter().flatten() {
            super::print_line(more);
        }
        super::print_line(&format!("\n{}: {}", call.verdict, call.why));
    }
    match call.proof {
        Proof::Passed => super::OK,
        Proof::Failed => AFFECTED,
        Proof::Nothing => UNKNOWN,
    }
}
