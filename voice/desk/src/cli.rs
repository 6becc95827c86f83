//! What is typed, and what is printed.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use tocsin_desk::serve::{self, Running};
use tocsin_desk::setup::Setup;
use tocsin_desk::{builds, gate};
use tracing_subscriber::EnvFilter;

/// A voice desk: calls by SIP to agents in browsers.
#[derive(Parser)]
#[command(name = "tocsin-desk", version)]
struct Tool {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Runs the desk until it is stopped; calls that are on may end first.
    Serve(Serve),
    /// Tries a build by a call from a telephone to a browser: exit 0 passed, 1 not, 3 it cannot be tried here.
    Gate(Gate),
    /// Gives a build of the widget to whoever loads it from now on.
    Publish(Publish),
    /// Publishes the files of the build before anew, and shuts out the last one.
    Rollback(Where),
}

#[derive(Args)]
struct Serve {
    #[command(flatten)]
    at: Where,
    /// Serve pages there, instead of where the file says [default: 127.0.0.1:8088].
    #[arg(long, value_name = "ADDR")]
    web: Option<SocketAddr>,
    /// Take calls there [default: 127.0.0.1:5060].
    #[arg(long, value_name = "ADDR")]
    sip: Option<SocketAddr>,
}

#[derive(Args)]
struct Where {
    /// The desk's configuration (TOML) [default: a demo with two agents].
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The folder in which the desk keeps its data, instead of what the file says.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

#[derive(Args)]
struct Gate {
    /// The folder with the widget's files; the desk's own, if none is named.
    folder: Option<PathBuf>,
    /// Which Chromium to use.
    #[arg(long, value_name = "PROGRAM", default_value = "chromium")]
    browser: String,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct Publish {
    /// The folder with the widget's files: widget.html and what it names.
    folder: PathBuf,
    #[command(flatten)]
    at: Where,
    /// Older builds take no more calls: their sessions load again as soon as they are idle.
    #[arg(long)]
    now: bool,
    /// Who does this, for the record.
    #[arg(long, value_name = "NAME", default_value = "somebody at the command line")]
    who: String,
}

impl Where {
    fn setup(&self) -> Result<Setup, String> {
        let mut setup = match &self.config {
            None => Setup::default(),
            Some(path) => {
                let text = std::fs::read_to_string(path);
                let text = text.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
                Setup::read(&text).map_err(|why| format!("{}: {why}", path.display()))?
            }
        };
        if let Some(data) = &self.data {
            setup.data.clone_from(data);
        }
        Ok(setup)
    }
}

pub fn run() -> ExitCode {
    let tool = Tool::parse();
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,rsipstack=warn,str0m=warn"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    let done = match tool.command {
        Command::Serve(args) => serve(args),
        Command::Gate(args) => return gate_of(&args),
        Command::Publish(args) => publish(&args),
        Command::Rollback(at) => roll_back(&at),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            eprintln!("tocsin-desk: {why}");
            ExitCode::FAILURE
        }
    }
}

const CANNOT_TRY: u8 = 3;

fn gate_of(args: &Gate) -> ExitCode {
    match try_build(args) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("tocsin-desk: the build was not tried: {why}");
            ExitCode::from(CANNOT_TRY)
        }
    }
}

fn try_build(args: &Gate) -> Result<bool, String> {
    let files = args.folder.as_deref().map_or_else(|| Ok(builds::own()), builds::read)?;
    if !tocsin_robot::is_there(&args.browser) {
        return Err(format!("there is no {}: install Chromium, or name it by --browser", args.browser));
    }
    let tried = runtime()?.block_on(async {
        tokio::select! {
            tried = gate::pass(&files, &args.browser) => tried,
            () = stopped() => Err(gate::Ill("it was stopped".to_owned())),
        }
    });
    let passage = tried.map_err(|gate::Ill(why)| why)?;
    if args.json {
        let line = serde_json::to_string(&passage).map_err(|error| error.to_string())?;
        println!("{line}");
    } else {
        for step in &passage.steps {
            println!("{step}");
        }
        println!("{}", if passage.passed { "passed" } else { "NOT PASSED: do not publish it" });
    }
    Ok(passage.passed)
}

fn runtime() -> Result<tokio::runtime::Runtime, String> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(|error| format!("the program cannot start: {error}"))
}

fn publish(args: &Publish) -> Result<(), String> {
    let setup = args.at.setup()?;
    let files = builds::read(&args.folder)?;
    let edition = builds::publish(&setup.data, &files, &args.who, args.now)?;
    println!("build {} is published, with the files {}", edition.build, edition.files);
    Ok(())
}

fn roll_back(at: &Where) -> Result<(), String> {
    let setup = at.setup()?;
    let edition = builds::roll_back(&setup.data, "somebody at the command line")?;
    println!("build {} is published, with the files {} of before", edition.build, edition.files);
    Ok(())
}

fn serve(args: Serve) -> Result<(), String> {
    let mut setup = args.at.setup()?;
    setup.web = args.web.unwrap_or(setup.web);
    setup.sip = args.sip.unwrap_or(setup.sip);
    let runtime = runtime()?;
    let done = runtime.block_on(run_desk(setup));
    runtime.shutdown_background();
    done
}

async fn run_desk(setup: Setup) -> Result<(), String> {
    let running = serve::start(setup, Some(&builds::own())).await?;
    welcome(&running);
    stopped().await;
    running.drain(stopped()).await;
    running.stop().await;
    println!("stopped");
    Ok(())
}

/// What somebody who tries it needs to know.
fn welcome(running: &Running) {
    let Running { edge, web, line, .. } = running;
    let here = if web.ip().is_unspecified() { SocketAddr::new([127, 0, 0, 1].into(), web.port()) } else { *web };
    println!("pages       http://{here}/");
    for agent in edge.setup.agent.iter().take(5) {
        println!("sign in     http://{here}/#agent={}&token={}", agent.id, agent.token);
    }
    for (_, at) in line.listening() {
        for queue in &edge.setup.queue {
            println!("call        sip:{}@{at}", queue.id);
        }
    }
    println!("supervisor  http://{here}/supervisor#token={}", edge.supervisor_token);
    println!("data        {}", edge.store.folder().display());
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
