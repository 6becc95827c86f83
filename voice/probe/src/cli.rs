//! What is typed, and what is printed.

use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use serde_json::{Value, json};
use tocsin_media::g711::Law;
use tocsin_media::verdict::Verdict;
use tocsin_probe::{Attended, Checked, Desk, Fault, Manner, PRODUCT, Probe, Target, check_with, plan, wav};
use tocsin_sip::{Account, Address, Identity, Latch, Party, Settings, Transport, Trust};

const PASSED: u8 = 0;
const NOT_PASSED: u8 = 1;
const USAGE: u8 = 2;
const PROBE_FAULT: u8 = 3;

/// How long calls that were broken off may take to end.
const ENDING: Duration = Duration::from_secs(4);

/// Checks telephones: that they are answered, and that both ends hear each other.
#[derive(Parser)]
#[command(name = "tocsin-voice", version)]
struct Voice {
    #[command(subcommand)]
    command: Command,
    /// Show every message of signalling on stderr.
    #[arg(long, global = true)]
    verbose: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Calls, and says what came of it: exit 0 pass, 1 not, 2 usage, 3 the probe is ill.
    Call(Box<CallArgs>),
    /// Answers calls until it is stopped, as the far end of a check.
    Answer(AnswerArgs),
    /// Lists what can be wrong with `answer --fault`.
    Faults,
}

#[derive(Args)]
struct CallArgs {
    /// Whom to call, such as sip:check@desk.example.com.
    to: Address,
    /// Offer this codec only [default: both].
    #[arg(long, value_parser = law, value_name = "pcmu|pcma")]
    codec: Option<Law>,
    /// Instead of what the address says [default: udp].
    #[arg(long, value_name = "udp|tcp|tls")]
    transport: Option<Transport>,
    /// Who calls [default: tocsin at this machine].
    #[arg(long, value_name = "SIP-URI")]
    from: Option<Address>,
    /// The name of an account, where the other end asks for one.
    #[arg(long, requires = "password")]
    user: Option<String>,
    /// Its password, or `@FILE` to read it from a file, which other users of this machine cannot see.
    #[arg(long, requires = "user")]
    password: Option<String>,
    /// Certificates of authorities to believe besides those that browsers do (PEM).
    #[arg(long, value_name = "FILE")]
    authority: Option<PathBuf>,
    /// How this machine is reached from outside, where that is not its own address.
    #[arg(long, value_name = "IP")]
    public: Option<IpAddr>,
    /// Write sent.wav and heard.wav there.
    #[arg(long, value_name = "DIR")]
    record: Option<PathBuf>,
    /// Seconds that it may ring [default: 30].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=55))]
    rings: Option<u64>,
    /// Seconds after the answer in which the far end has to say that it hears us [default: 6].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=30))]
    patience: Option<u64>,
    /// Milliseconds that sound waits to be heard: more for lines on which it comes unevenly.
    #[arg(long, value_name = "MS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(20..=1000))]
    buffer: u64,
    /// Leave out the call to our own far end, which proves that the probe is well.
    #[arg(long)]
    no_control: bool,
    /// Print one line of JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Args)]
struct AnswerArgs {
    /// Where to listen; port 0 takes any that is free.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:5060")]
    listen: SocketAddr,
    #[arg(long, value_name = "udp|tcp|tls", default_value = "udp")]
    transport: Transport,
    /// What to do wrong; `faults` lists what there is.
    #[arg(long, default_value = "none")]
    fault: Fault,
    /// Milliseconds that it rings before it answers.
    #[arg(long, value_name = "MS", default_value_t = 300)]
    rings: u64,
    /// Milliseconds that sound waits to be heard.
    #[arg(long, value_name = "MS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(20..=1000))]
    buffer: u64,
    /// The name that callers have to prove.
    #[arg(long, requires = "password")]
    user: Option<String>,
    /// Its password, or `@FILE`.
    #[arg(long, requires = "user")]
    password: Option<String>,
    /// For TLS: our certificate (PEM).
    #[arg(long, value_name = "FILE", requires = "key")]
    certificate: Option<PathBuf>,
    /// For TLS: its key (PEM).
    #[arg(long, value_name = "FILE", requires = "certificate")]
    key: Option<PathBuf>,
}

fn law(word: &str) -> Result<Law, String> {
    let law = Law::BOTH.into_iter().find(|law| law.name().eq_ignore_ascii_case(word));
    law.ok_or_else(|| format!("`{word}` is no codec that we speak: say pcmu or pcma"))
}

/// An exit code, and what to say.
struct Trouble(u8, String);

fn usage(why: impl ToString) -> Trouble {
    Trouble(USAGE, why.to_string())
}

pub fn run() -> ExitCode {
    let voice = Voice::parse();
    if voice.verbose {
        tracing_subscriber::fmt()
            .with_env_filter("warn,tocsin_sip=debug")
            .with_writer(std::io::stderr)
            .with_ansi(std::io::stderr().is_terminal())
            .with_target(false)
            .init();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("the program cannot start: {error}");
            return ExitCode::from(PROBE_FAULT);
        }
    };
    let done = runtime.block_on(async {
        match voice.command {
            Command::Call(args) => call(*args).await,
            Command::Answer(args) => answer(args).await,
            Command::Faults => {
                for fault in Fault::ALL {
                    println!("{fault:16} {}", fault.what());
                }
                Ok(PASSED)
            }
        }
    });
    // What still waits for others is not waited for.
    runtime.shutdown_background();
    match done {
        Ok(code) => ExitCode::from(code),
        Err(Trouble(code, why)) => {
            eprintln!("tocsin-voice: {why}");
            ExitCode::from(code)
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, Trouble> {
    std::fs::read(path).map_err(|error| usage(format!("{} cannot be read: {error}", path.display())))
}

fn account(user: Option<String>, password: Option<String>) -> Result<Option<Account>, Trouble> {
    let Some((user, password)) = user.zip(password) else { return Ok(None) };
    let password = match password.strip_prefix('@') {
        None => password,
        Some(path) => {
            let bytes = read(Path::new(path))?;
            String::from_utf8_lossy(&bytes).trim_end_matches(['\r', '\n']).to_owned()
        }
    };
    Ok(Some(Account { user, password }))
}

async fn call(args: CallArgs) -> Result<u8, Trouble> {
    let mut target = Target::new(args.to.clone());
    target.transport = args.transport.unwrap_or(target.transport);
    target.from = args.from;
    target.account = account(args.user, args.password)?;
    target.public = args.public;
    target.latch = Latch::WhenPrivate;
    target.buffer = Duration::from_millis(args.buffer);
    if let Some(law) = args.codec {
        target.laws = vec![law];
    }
    if let Some(path) = &args.authority {
        target.trust = Trust { authorities: read(path)? };
    }
    if let Some(folder) = &args.record {
        std::fs::create_dir_all(folder)
            .map_err(|error| usage(format!("{} cannot be made: {error}", folder.display())))?;
    }
    let mut plan = plan();
    if let Some(seconds) = args.rings {
        plan.rings = Duration::from_secs(seconds);
    }
    if let Some(seconds) = args.patience {
        plan.acknowledged = Duration::from_secs(seconds);
    }
    let probe = Probe::open(target).await.map_err(of_line)?;
    let checked = tokio::select! {
        checked = check_with(&probe, plan, !args.no_control) => checked.map_err(of_line)?,
        () = stopped() => {
            // The call that was dropped is being ended.
            probe.close(ENDING).await;
            return Err(Trouble(PROBE_FAULT, "stopped before the check was through; the call has been ended".to_owned()));
        }
    };
    if let Some(folder) = &args.record {
        let recording = &checked.placed.recording;
        for (name, sound) in [("sent.wav", &recording.sent), ("heard.wav", &recording.heard)] {
            let path = folder.join(name);
            std::fs::write(&path, wav(sound))
                .map_err(|error| usage(format!("{} cannot be written: {error}", path.display())))?;
        }
    }
    if args.json {
        println!("{}", as_json(&checked))
    } else {
        print!("{}", as_text(&args.to, &checked))
    }
    Ok(match checked.judgement.verdict {
        Verdict::Pass => PASSED,
        Verdict::ProbeFault => PROBE_FAULT,
        _ => NOT_PASSED,
    })
}

fn of_line(fault: tocsin_sip::Fault) -> Trouble {
    use tocsin_sip::Fault::{Address, Identity, Unresolvable};
    let code = if matches!(fault, Address(_) | Identity(_) | Unresolvable { .. }) { USAGE } else { PROBE_FAULT };
    Trouble(code, fault.to_string())
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

fn as_json(checked: &Checked) -> Value {
    let ladder: Vec<Value> = checked
        .placed
        .report
        .ladder
        .0
        .iter()
        .map(|rung| json!({ "after_ms": rung.after.as_millis() as u64, "what": rung.step.to_string() }))
        .collect();
    let control = checked.control.as_ref().map(|said| json!({ "verdict": said.verdict.word(), "why": said.why }));
    json!({
        "verdict": checked.judgement.verdict.word(),
        "why": checked.judgement.why,
        "trouble": checked.placed.trouble,
        "control": control,
        "measures": checked.placed.figures,
        "ladder": ladder,
        "dialogs_left": checked.dialogs_left,
    })
}

fn as_text(to: &Address, checked: &Checked) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let _ = writeln!(text, "{to}\n");
    let _ = writeln!(text, "{}", checked.placed.report.ladder);
    for (name, value) in checked.placed.figures.lines() {
        let _ = writeln!(text, "{name:19} {value}");
    }
    text.push('\n');
    if let Some(trouble) = &checked.placed.trouble {
        let _ = writeln!(text, "{trouble}");
    }
    if let Some(control) = checked.control.as_ref().filter(|control| control.verdict != Verdict::Pass) {
        let _ = writeln!(text, "control call: {}: {}", control.verdict, control.why);
    }
    let _ = writeln!(text, "{}: {}", checked.judgement.verdict, checked.judgement.why);
    text
}

async fn answer(args: AnswerArgs) -> Result<u8, Trouble> {
    let mut settings = Settings::new(args.transport, args.listen, PRODUCT);
    settings.demand = account(args.user, args.password)?;
    if let Some((certificate, key)) = args.certificate.as_ref().zip(args.key.as_ref()) {
        settings.identity = Some(Identity { certificates: read(certificate)?, key: read(key)? });
    } else if args.transport == Transport::Tls {
        return Err(usage("to answer over TLS, say --certificate FILE and --key FILE"));
    }
    let manner = Manner {
        fault: args.fault,
        rings: Duration::from_millis(args.rings),
        buffer: Duration::from_millis(args.buffer),
    };
    let desk = Desk::open(settings, manner).await.map_err(usage)?;
    for (transport, address) in desk.listening() {
        println!("{}", json!({ "listening": address.to_string(), "transport": transport.word() }));
    }
    desk.attend(stopped(), |call| println!("{}", told(&desk, call))).await;
    desk.line().idle(ENDING).await;
    println!("{}", json!({ "stopped": true, "dialogs_left": desk.line().dialogs() }));
    Ok(PASSED)
}

fn told(desk: &Desk, call: &Attended) -> Value {
    json!({
        "from": call.from,
        "answered": call.answered,
        "heard": call.heard,
        "number": call.number.map(|number| format!("{:04x}", number.0)),
        "packets_in": call.packets_in,
        "packets_out": call.packets_out,
        "changes": call.changes,
        "hung_up": call.ended.map(|party| match party {
            Party::Us => "us",
            Party::Them => "them",
            Party::Nobody => "nobody",
        }),
        "dialogs": desk.line().dialogs(),
    })
}
