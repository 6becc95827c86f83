//! `tocsin-world SCENARIO`: plays a scenario on loopback until it is stopped. Where everything is stands on stdout, as
//! one line of JSON.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use tocsin_domain::Timestamp;
use tocsin_world::{Scenario, Stage};
use tokio::net::TcpListener;

/// Plays a scenario: vendors with status pages, and receivers for every channel.
#[derive(Parser, Debug)]
struct Args {
    /// The scenario (TOML).
    scenario: PathBuf,
    /// Where the pages and the receivers are [default: any free port].
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    listen: SocketAddr,
    /// Where the mail server is [default: any free port].
    #[arg(long, default_value = "127.0.0.1:0", value_name = "ADDR")]
    smtp: SocketAddr,
    /// Seconds of the scenario in a real second [default: the scenario's own].
    #[arg(long, value_name = "N", value_parser = positive)]
    speed: Option<f64>,
}

fn positive(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|speed: &f64| speed.is_finite() && *speed > 0.0)
        .ok_or_else(|| "must be more than 0".to_owned())
}

#[tokio::main]
async fn main() -> ExitCode {
    match play(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("{why}");
            ExitCode::from(2)
        }
    }
}

async fn play(args: Args) -> Result<(), String> {
    let name = args.scenario.display().to_string();
    let source = std::fs::read_to_string(&args.scenario).map_err(|error| format!("{name} cannot be read: {error}"))?;
    let scenario = Scenario::read(&name, &source).map_err(|mistakes| mistakes.to_string())?;
    let at = |address: SocketAddr| async move {
        TcpListener::bind(address).await.map_err(|error| format!("{address} cannot be listened on: {error}"))
    };
    let (http, smtp) = (at(args.listen).await?, at(args.smtp).await?);
    let world =
        scenario.world(Timestamp::from_second(now().div_euclid(1_000_000)), args.speed.unwrap_or(scenario.speed));
    let (stage, mut tasks) = Stage::open(world, http, smtp, Arc::new(now)).map_err(|error| error.to_string())?;
    println!("{}", stage.addresses());
    tokio::select! {
        _ = tasks.join_next() => Err("a listener ended".to_owned()),
        _ = tokio::signal::ctrl_c() => Ok(()),
    }
}

#[expect(clippy::disallowed_methods, reason = "a program of its own; the crate is handed the time")]
fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}
