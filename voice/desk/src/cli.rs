//! What is typed, and what is printed.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use tocsin_bridge::{Own, Settings};
use tocsin_desk::desk::{Desk, Edition, Event, Start};
use tocsin_desk::edge::{Edge, host};
use tocsin_desk::setup::Setup;
use tocsin_desk::store::Store;
use tocsin_desk::{builds, clock, telephone, web};
use tocsin_sip::{Line, Transport};
use tocsin_switchboard::builds::Published;
use tocsin_switchboard::snapshot::{Bridge, Codec, Content, Flags, Ice};
use tocsin_switchboard::switches::{Change, Switch};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

/// How long a browser may send nothing before its call is given up.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long calls may take to be ended.
const ENDING: Duration = Duration::from_secs(4);

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
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|error| format!("the program cannot start: {error}"))?;
    let done = runtime.block_on(open(setup));
    runtime.shutdown_background();
    done
}

/// What holds at first; the switches change it.
fn content(setup: &Setup) -> Content {
    let signalling = "/voice/call".to_owned();
    let flags = Flags { bridge: Bridge::V1, codec: Codec::Pcmu, ice: Ice::All, signalling };
    let mut settings = serde_json::Map::new();
    settings.insert("cleanMicrophone".to_owned(), setup.clean_microphone.into());
    Content { flags, settings }
}

/// The last two builds, each with its place on the stopwatch.
fn published(setup: &Setup) -> Result<Vec<Published>, String> {
    let all = builds::editions(&setup.data);
    let own = builds::own();
    // A program with another widget in it is a deploy like any other.
    if !all.iter().any(|(edition, _)| edition.files == builds::name(&own)) {
        builds::publish(&setup.data, &own, "this program", false)?;
    }
    let now = clock::since_1970();
    let place = |(edition, at_ms): (Edition, u64)| {
        let ago = Duration::from_millis(now.saturating_sub(at_ms));
        Published { build: edition.build, files: edition.files, at: clock::steady().saturating_sub(ago) }
    };
    let all = builds::editions(&setup.data);
    let from = all.len().saturating_sub(2);
    Ok(all.into_iter().skip(from).map(place).collect())
}

/// Turns the switches as they were turned before.
fn turn_again(edge: &Store, desk: &mut Desk) {
    for line in edge.lines("audit.jsonl") {
        let switch = line["switch"].as_str().and_then(|word| word.parse::<Switch>().ok());
        let to = web::supervisor::setting(&line["to"]);
        let (Some(switch), Some(to)) = (switch, to) else { continue };
        if switch == Switch::CallsTerminateAll {
            continue;
        }
        let word = |name: &str| line[name].as_str().unwrap_or("?").to_owned();
        // What stood then may be gone: a queue, a build. It was written down before, and is not again.
        let _ = desk.turn(clock::steady(), Change { switch, to, who: word("who"), why: word("why") });
    }
}

async fn open(setup: Setup) -> Result<(), String> {
    let store = Store::open(&setup.data)?;
    let epoch = store.next_epoch()?;
    let token = match &setup.supervisor_token {
        Some(token) => token.clone(),
        None => store.supervisor_token()?,
    };
    let published = published(&setup)?;
    let mut desk = Desk::new(Start {
        epoch,
        queues: setup.times(),
        numbers: setup.numbers(),
        agents: setup.agents(),
        content: content(&setup),
        published,
        min_build: 0,
    });
    turn_again(&store, &mut desk);
    let mut line = tocsin_sip::Settings::new(Transport::Udp, setup.sip, "tocsin-desk");
    line.public = setup.public;
    let (line, incoming) = Line::open(line).await.map_err(|error| error.to_string())?;
    let listener = TcpListener::bind(setup.web).await;
    let listener = listener.map_err(|error| format!("no pages can be served at {}: {error}", setup.web))?;
    let web = listener.local_addr().map_err(|error| error.to_string())?;
    let toward = line.listening().first().map_or(setup.sip.ip(), |(_, at)| at.ip());
    let host = host(web.ip(), setup.public, toward);
    let bridge = Own::new(Settings { host, fills: true, patience: PATIENCE });
    let drain = Duration::from_secs(setup.drain_seconds);
    let edge = Arc::new(Edge::new(setup, store, token, bridge, desk));
    welcome(&edge, web, &line);
    tokio::spawn(telephone::attend(edge.clone(), incoming));
    tokio::spawn(edge.clone().keep_time());
    let router = web::router(edge.clone());
    let serving = tokio::spawn(async move { axum::serve(listener, router).await });
    stopped().await;
    tracing::info!(calls = edge.calls(), "no new calls; those that are on may end");
    edge.tell(Event::Drain);
    tokio::select! {
        () = tokio::time::sleep(drain) => {}
        () = stopped() => {}
        () = idle(&edge) => {}
    }
    edge.tell(Event::Terminate);
    line.idle(ENDING).await;
    serving.abort();
    edge.store.close();
    println!("stopped");
    Ok(())
}

async fn idle(edge: &Edge) {
    while edge.calls() > 0 {
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// What somebody who tries it needs to know.
fn welcome(edge: &Edge, web: SocketAddr, line: &Line) {
    let here = if web.ip().is_unspecified() { SocketAddr::new([127, 0, 0, 1].into(), web.port()) } else { web };
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
