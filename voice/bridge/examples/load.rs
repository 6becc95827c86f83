//! How many calls one core carries: `cargo run --release -p tocsin-bridge --example load -- SECONDS CALLS…`
//!
//! This process bridges, on one thread. The telephones and the browsers are another process, which it starts: plain RTP
//! on one side, SRTP on the other, a packet each way every 20 ms. For each number of calls a line: the CPU time of this
//! process, and what was lost both ways of what was sent.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use serde_json::{Value, json};
use tocsin_bridge::{Bridged, MediaBridge, Own, Plain, Settings};
use tocsin_media::rtp::Packet;
use tocsin_rtc::{Event, Host, Kind, Payload, open};
use tokio::net::UdpSocket;
use tokio::time::{MissedTickBehavior, interval, sleep};

type Failed = Box<dyn std::error::Error + Send + Sync>;

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const FRAME: Duration = Duration::from_millis(20);
/// For what is still on its way.
const DRAIN: Duration = Duration::from_millis(500);

fn host() -> Host {
    Host { bind: HERE, announce: None, ports: None }
}

fn main() -> Result<(), Failed> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    let runtime = runtime.enable_all().build()?;
    if words.first().is_some_and(|word| word == "far") {
        return runtime.block_on(far());
    }
    let mut numbers = words.iter().map(|word| word.parse::<u64>());
    let seconds = numbers.next().ok_or("for how many seconds?")??;
    for calls in numbers {
        runtime.block_on(near(seconds, calls?))?;
    }
    Ok(())
}

struct FarEnds {
    process: Child,
    tell: ChildStdin,
    told: BufReader<ChildStdout>,
}

impl FarEnds {
    fn start() -> Result<FarEnds, Failed> {
        let mut process =
            Command::new(std::env::current_exe()?).arg("far").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let tell = process.stdin.take().ok_or("no way in")?;
        let told = BufReader::new(process.stdout.take().ok_or("no way out")?);
        Ok(FarEnds { process, tell, told })
    }

    /// Blocks this thread: nothing is measured meanwhile.
    fn ask(&mut self, what: &Value) -> Result<Value, Failed> {
        writeln!(self.tell, "{what}")?;
        let mut line = String::new();
        self.told.read_line(&mut line)?;
        Ok(serde_json::from_str(&line)?)
    }
}

async fn near(seconds: u64, calls: u64) -> Result<(), Failed> {
    let mut far = FarEnds::start()?;
    let bridge = Own::new(Settings { host: host(), fills: false, patience: Duration::from_secs(600) });
    let mut carried: Vec<Bridged> = Vec::new();
    for _ in 0..calls {
        let socket = UdpSocket::bind((HERE, 0)).await?;
        let address = socket.local_addr()?;
        let offered = bridge.offer(Box::new(Plain::new(socket, None, Kind::Key.payload_type()))).await?;
        let reply = far.ask(&json!({"telephone": address, "offer": offered.offer}))?;
        let answer = reply["answer"].as_str().ok_or("no answer")?.to_owned();
        bridge.answer(&offered.call, answer).await?;
        carried.push(offered.call);
        sleep(FRAME / 4).await;
    }
    for call in &carried {
        while bridge.stats(call).await?.secured.is_none() {
            sleep(FRAME).await;
        }
    }
    sleep(DRAIN).await;
    far.ask(&json!({"talk": true}))?;
    let before = cpu()?;
    sleep(Duration::from_secs(seconds)).await;
    let spent = cpu()? - before;
    far.ask(&json!({"talk": false}))?;
    sleep(DRAIN).await;
    let counts = far.ask(&json!({"count": true}))?;
    let of = |name: &str| counts[name].as_u64().unwrap_or(0);
    let share = spent / seconds as f64;
    println!(
        "{calls} calls: {:.1} % of a core, {:.0} a core; caller to agent {} of {}, agent to caller {} of {}",
        share * 100.0,
        calls as f64 / share,
        of("agents_heard"),
        of("callers_said"),
        of("callers_heard"),
        of("agents_said"),
    );
    for call in &carried {
        bridge.hangup(call).await;
    }
    drop(far.tell);
    far.process.wait()?;
    Ok(())
}

/// Seconds of this process, user and system.
fn cpu() -> Result<f64, Failed> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = fields[11].parse::<u64>()? + fields[12].parse::<u64>()?;
    Ok(ticks as f64 / 100.0)
}

#[derive(Default)]
struct Counts {
    talks: std::sync::atomic::AtomicBool,
    callers_said: AtomicU64,
    callers_heard: AtomicU64,
    agents_said: AtomicU64,
    agents_heard: AtomicU64,
}

/// The far ends: obeys lines, answers each with one.
async fn far() -> Result<(), Failed> {
    let (lines, mut told) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lines().map_while(Result::ok) {
            let _ = lines.send(line);
        }
    });
    let counts = Arc::new(Counts::default());
    while let Some(line) = told.recv().await {
        let wish: Value = serde_json::from_str(&line)?;
        let mut reply = json!({});
        if let Some(offer) = wish["offer"].as_str() {
            let telephone: SocketAddr = wish["telephone"].as_str().ok_or("whose?")?.parse()?;
            reply = json!({"answer": call(telephone, offer.to_owned(), counts.clone()).await?});
        }
        if let Some(talks) = wish["talk"].as_bool() {
            counts.talks.store(talks, Relaxed);
        }
        if wish["count"] == true {
            let all: HashMap<&str, u64> = HashMap::from([
                ("callers_said", counts.callers_said.load(Relaxed)),
                ("callers_heard", counts.callers_heard.load(Relaxed)),
                ("agents_said", counts.agents_said.load(Relaxed)),
                ("agents_heard", counts.agents_heard.load(Relaxed)),
            ]);
            reply = json!(all);
        }
        println!("{reply}");
    }
    Ok(())
}

async fn call(to: SocketAddr, offer: String, counts: Arc<Counts>) -> Result<String, Failed> {
    let socket = UdpSocket::bind((HERE, 0)).await?;
    socket.connect(to).await?;
    let (agent, mut events) = open(host()).await?;
    let answer = agent.accept(offer).await?;
    tokio::spawn(async move {
        let mut beat = interval(FRAME);
        beat.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let (mut number, mut buffer) = (0_u16, [0; 2048]);
        loop {
            tokio::select! {
                _ = beat.tick() => {
                    if !counts.talks.load(Relaxed) {
                        continue;
                    }
                    number = number.wrapping_add(1);
                    let timestamp = u32::from(number).wrapping_mul(160);
                    let payload = &[number as u8; 160];
                    let packet =
                        Packet { marker: false, payload_type: 0, sequence: number, timestamp, source: 1, payload };
                    counts.callers_said.fetch_add(u64::from(socket.send(&packet.write()).await.is_ok()), Relaxed);
                    let bytes = payload.as_slice().into();
                    let sound = Payload { kind: Kind::Sound, marker: false, sequence: number, timestamp, source: 1, bytes };
                    counts.agents_said.fetch_add(u64::from(agent.say(sound).is_ok()), Relaxed);
                }
                event = events.next() => match event {
                    Some(Event::Payload(_)) => drop(counts.agents_heard.fetch_add(1, Relaxed)),
                    Some(_) => {}
                    None => return,
                },
                came = socket.recv(&mut buffer) => {
                    counts.callers_heard.fetch_add(u64::from(came.is_ok()), Relaxed);
                }
            }
        }
    });
    Ok(answer)
}
