//! Our own bridge: a task for each call. The only file here that knows the time.

use std::future::poll_fn;
use std::hash::{BuildHasher, RandomState};
use std::ops::ControlFlow;
use std::time::Duration;

use tocsin_media::{lasting, playout::FRAME};
use tocsin_rtc::{Event, Events, Host, Line, Path};
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::time::{Instant, Interval, MissedTickBehavior};

use crate::bridge::{Fault, MediaBridge, News, Offered, Side, Stats, Way};
use crate::{Direction, Leg, Mode, Numbering};

/// News that a listener may be behind.
const BEHIND: usize = 64;
const WAITING: usize = 8;

/// How calls are carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where browsers reach us.
    pub host: Host,
    /// Whether whoever hears nothing for 200 ms is given comfort noise until something comes.
    pub fills: bool,
    /// How long a browser that was reached may send nothing at all, before the call is given up. It sends whatever is
    /// muted or on hold; what crashed, or lost its network, does not.
    pub patience: Duration,
}

/// Our own bridge.
#[derive(Clone, Debug)]
pub struct Own {
    settings: Settings,
}

impl Own {
    #[must_use]
    pub fn new(settings: Settings) -> Own {
        Own { settings }
    }
}

/// A call that is carried.
#[derive(Clone, Debug)]
pub struct Bridged {
    line: Line,
    commands: mpsc::Sender<Command>,
    news: broadcast::WeakSender<News>,
}

impl Bridged {
    /// The browser's end.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    async fn tell<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Result<T, Fault> {
        let (reply, came) = oneshot::channel();
        self.commands.send(command(reply)).await.map_err(|_| Fault::Over)?;
        came.await.map_err(|_| Fault::Over)
    }
}

enum Command {
    Hears(Side, Mode, oneshot::Sender<()>),
    Press(Side, char, Duration, oneshot::Sender<bool>),
    Stats(oneshot::Sender<Stats>),
    HangUp,
}

impl MediaBridge for Own {
    type Caller = Box<dyn Leg>;
    type Reply = ();
    type Call = Bridged;

    async fn offer(&self, caller: Box<dyn Leg>) -> Result<Offered<Bridged>, Fault> {
        let no_port = |error: std::io::Error| Fault::NoPort(error.to_string());
        let (line, events) = tocsin_rtc::open(self.settings.host.clone()).await.map_err(no_port)?;
        let offer = line.offer().await?;
        let (commands, told) = mpsc::channel(WAITING);
        let (news, _) = broadcast::channel(BEHIND);
        let call = Bridged { line: line.clone(), commands, news: news.downgrade() };
        let carrier = Carrier {
            began: Instant::now(),
            caller,
            line,
            to_caller: Direction::new(numbering(), self.settings.fills),
            to_agent: Direction::new(numbering(), self.settings.fills),
            secured: None,
            path: Path::Sought,
            patience: self.settings.patience,
            browser: tocsin_rtc::Stats::default(),
            news,
        };
        tokio::spawn(carrier.run(told, events));
        Ok(Offered { call, offer })
    }

    async fn answer(&self, call: &Bridged, answer: String) -> Result<(), Fault> {
        Ok(call.line.answer(answer).await?)
    }

    async fn candidate(&self, call: &Bridged, line: String) -> Result<(), Fault> {
        Ok(call.line.candidate(line).await?)
    }

    async fn restart(&self, call: &Bridged) -> Result<String, Fault> {
        Ok(call.line.restart().await?)
    }

    async fn hears(&self, call: &Bridged, who: Side, mode: Mode) -> Result<(), Fault> {
        call.tell(|reply| Command::Hears(who, mode, reply)).await
    }

    async fn press(&self, call: &Bridged, who: Side, key: char, held: Duration) -> Result<(), Fault> {
        let is_key = call.tell(|reply| Command::Press(who, key, held, reply)).await?;
        if is_key { Ok(()) } else { Err(Fault::NoKey(key)) }
    }

    fn news(&self, call: &Bridged) -> broadcast::Receiver<News> {
        call.news.upgrade().map_or_else(|| broadcast::channel(1).1, |news| news.subscribe())
    }

    async fn stats(&self, call: &Bridged) -> Result<Stats, Fault> {
        call.tell(Command::Stats).await
    }

    async fn hangup(&self, call: &Bridged) {
        let _ = call.commands.send(Command::HangUp).await;
        call.commands.closed().await;
    }
}

/// What carries one call.
struct Carrier {
    began: Instant,
    caller: Box<dyn Leg>,
    line: Line,
    to_caller: Direction,
    to_agent: Direction,
    secured: Option<Duration>,
    path: Path,
    patience: Duration,
    browser: tocsin_rtc::Stats,
    news: broadcast::Sender<News>,
}

impl Carrier {
    async fn run(mut self, mut told: mpsc::Receiver<Command>, mut events: Events) {
        let mut beat = beat();
        let (by, why) = loop {
            tokio::select! {
                event = events.next() => match event {
                    Some(Event::Over(why)) => break (Some(Side::Agent), why),
                    None => break (Some(Side::Agent), None),
                    Some(event) => self.happened(event),
                },
                payload = poll_fn(|context| self.caller.poll_hear(context)) => {
                    let Some(payload) = payload else { break (Some(Side::Caller), None) };
                    let now = self.began.elapsed();
                    if let Some(passed) = self.to_agent.take(&payload, now) {
                        let _ = self.line.say(passed);
                    }
                }
                _ = beat.tick() => {
                    if self.tick().is_break() {
                        break (Some(Side::Agent), Some("nothing comes from the browser any more".to_owned()));
                    }
                }
                command = told.recv() => match command {
                    None | Some(Command::HangUp) => break (None, None),
                    Some(command) => self.obey(command),
                },
            }
        };
        self.line.close().await;
        drop(self.caller);
        let _ = self.news.send(News::Over(by, why));
    }

    fn happened(&mut self, event: Event) {
        let now = self.began.elapsed();
        match event {
            Event::Payload(payload) => {
                if let Some(passed) = self.to_caller.take(&payload, now) {
                    self.caller.say(&passed);
                }
            }
            Event::Secured => {
                self.secured.get_or_insert(now);
                self.to_agent.open(now);
                self.to_caller.open(now);
                self.tell(News::Secured);
            }
            Event::Path(path) => {
                self.path = path;
                self.tell(News::Path(path));
            }
            Event::Pressed(key) => self.tell(News::Pressed(key)),
            Event::Stats(stats) => self.browser = stats,
            Event::Over(_) => {}
        }
    }

    /// Nobody need listen.
    fn tell(&self, news: News) {
        let _ = self.news.send(news);
    }

    fn tick(&mut self) -> ControlFlow<()> {
        let now = self.began.elapsed();
        let seen = self.to_caller.last_heard().max(self.secured);
        if seen.is_some_and(|seen| now.saturating_sub(seen) >= self.patience) {
            return ControlFlow::Break(());
        }
        if let Some(own) = self.to_caller.tick(now) {
            self.caller.say(&own);
        }
        if let Some(own) = self.to_agent.tick(now) {
            let _ = self.line.say(own);
        }
        ControlFlow::Continue(())
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Hears(who, mode, reply) => {
                self.to(who).mode(mode);
                let _ = reply.send(());
            }
            Command::Press(who, key, held, reply) => {
                let _ = reply.send(self.to(who).press(key, held));
            }
            Command::Stats(reply) => {
                let _ = reply.send(self.stats());
            }
            Command::HangUp => {}
        }
    }

    fn to(&mut self, who: Side) -> &mut Direction {
        match who {
            Side::Caller => &mut self.to_caller,
            Side::Agent => &mut self.to_agent,
        }
    }

    fn stats(&self) -> Stats {
        let now = self.began.elapsed();
        let way = |direction: &Direction| {
            let (passed, made) = direction.sent();
            Way { came: direction.evidence(now), passed, made }
        };
        Stats {
            now,
            from_caller: way(&self.to_agent),
            from_agent: way(&self.to_caller),
            secured: self.secured,
            path: self.path,
            browser: self.browser,
        }
    }
}

/// Every 20 ms; what was slept through is not caught up with.
fn beat() -> Interval {
    let mut beat = tokio::time::interval(lasting(FRAME));
    beat.set_missed_tick_behavior(MissedTickBehavior::Skip);
    beat
}

/// A stream with everything at random.
fn numbering() -> Numbering {
    let random = || RandomState::new().hash_one(0);
    let (id, rest) = (random(), random());
    Numbering::new(id as u32, rest as u16, (rest >> 32) as u32)
}
