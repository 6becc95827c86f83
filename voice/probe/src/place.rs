//! Places a call and plays the near end of a check in it.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tocsin_check::{Act, Caller, Event as Told, FRAME, Plan, Report, Script};
use tocsin_media::g711::Law;
use tocsin_media::verdict::FarEnd;
use tocsin_sip::sdp::{Agreed, Direction, Ours};
use tocsin_sip::{
    Account, Address, Call, Cause, DELAY, Event, Fault, Flow, Invitation, Latch, Line, Party, Settings, Sound,
    Transport, Trust, Voice, address_toward, clock, random,
};

use crate::PRODUCT;
use crate::figures::{Figures, Seen};

/// How long the far end may take to confirm that a call is over.
const FAREWELL: Duration = Duration::from_millis(2500);
/// How long after the answer a far end that reports and says nothing of us has heard nothing.
const UNHEARD: Duration = Duration::from_secs(4);
/// What is left to a call beyond its plan: it should never be needed.
const GRACE: Duration = Duration::from_secs(5);

/// Who is called, and how.
#[derive(Clone)]
pub struct Target {
    pub to: Address,
    pub from: Option<Address>,
    pub account: Option<Account>,
    pub transport: Transport,
    /// What to offer, the best first.
    pub laws: Vec<Law>,
    pub trust: Trust,
    /// How this machine is reached from outside, where that is not its own address.
    pub public: Option<IpAddr>,
    pub latch: Latch,
    /// How long a packet waits before it is heard.
    pub buffer: Duration,
}

impl Target {
    /// Over the transport that the address asks for, offering µ-law and A-law.
    #[must_use]
    pub fn new(to: Address) -> Target {
        let transport = to.transport.unwrap_or_default();
        Target {
            to,
            from: None,
            account: None,
            transport,
            laws: Law::BOTH.to_vec(),
            trust: Trust::default(),
            public: None,
            latch: Latch::default(),
            buffer: DELAY,
        }
    }
}

/// All sides of a call, each from its answer on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recording {
    pub sent: Vec<i16>,
    pub heard: Vec<i16>,
    /// What the page of an agent of ours played; empty where there is none.
    pub agent: Vec<i16>,
}

/// A call that was placed.
#[derive(Clone, Debug)]
pub struct Placed {
    pub report: Report,
    pub figures: Figures,
    pub recording: Recording,
    /// What went wrong below the call, in words: a connection that was refused, a certificate of another name.
    pub trouble: Option<String>,
}

/// A line of its own for calls to one target.
pub struct Probe {
    target: Target,
    line: Line,
    ip: IpAddr,
}

impl Probe {
    /// # Errors
    /// When the target's name is unknown, no way leads there, or no port can be had.
    pub async fn open(target: Target) -> Result<Probe, Fault> {
        let to: SocketAddr = Line::look_up(&target.to, target.transport).await?;
        let ip = address_toward(to)?;
        let mut settings = Settings::new(target.transport, SocketAddr::new(ip, 0), PRODUCT);
        if target.transport == Transport::Tls {
            // Whoever has no certificate is reached over the connection that they made.
            settings.listen.clear();
        }
        settings.public = target.public;
        settings.trust = target.trust.clone();
        let (line, _) = Line::open(settings).await?;
        Ok(Probe { target, line, ip })
    }

    /// Places a call and sees it through. Should this future be dropped, the call is ended.
    ///
    /// # Errors
    /// When this machine cannot make a call at all; whatever the target does is in the report.
    pub async fn call(&self, plan: Plan) -> Result<Placed, Fault> {
        let began = clock::steady();
        self.play(&mut Caller::new(plan, began), began + plan.whole, |_, _| ()).await
    }

    /// Places a call in which `script` is played, and sees it through; it is over at `latest`, by [`clock::steady`].
    /// `beside` is asked 50 times a second, so that what happens elsewhere can be told to the script.
    ///
    /// # Errors
    /// When this machine cannot make a call at all.
    pub async fn play<S: Script>(
        &self,
        script: &mut S,
        latest: Duration,
        beside: impl FnMut(&mut S, Duration),
    ) -> Result<Placed, Fault> {
        let sound = Arc::new(Sound::open(self.ip).await?);
        let ours = Ours {
            address: SocketAddr::new(self.target.public.unwrap_or(self.ip), sound.address()?.port()),
            laws: self.target.laws.clone(),
            direction: Direction::SendReceive,
            session: u64::from(u32::from_be_bytes(random())),
            version: 1,
        };
        let invitation = Invitation {
            to: self.target.to.clone(),
            from: self.target.from.clone(),
            name: None,
            account: self.target.account.clone(),
            ours,
            transport: Some(self.target.transport),
        };
        let mut played = Played {
            script,
            beside,
            voice: Voice::new(sound, self.target.buffer),
            latch: self.target.latch,
            agreed: None,
            answered: None,
            code: None,
            cause: None,
            ended: None,
            trouble: None,
            recording: Recording::default(),
        };
        match self.line.call(invitation).await {
            Ok(call) => played.through(call, latest + GRACE).await,
            Err(fault @ (Fault::Unreachable { .. } | Fault::Certificate { .. } | Fault::CertificateName { .. })) => {
                played.trouble = Some(fault.to_string());
            }
            Err(fault) => return Err(fault),
        }
        Ok(played.placed())
    }

    /// Waits until no call is open any more, and says how many dialogs are left: 0, unless something leaks.
    pub async fn close(&self, patience: Duration) -> usize {
        self.line.idle(patience).await;
        self.line.dialogs()
    }
}

struct Played<'a, S, B> {
    script: &'a mut S,
    beside: B,
    voice: Voice,
    latch: Latch,
    agreed: Option<Agreed>,
    answered: Option<Duration>,
    code: Option<u16>,
    cause: Option<Cause>,
    ended: Option<Party>,
    trouble: Option<String>,
    recording: Recording,
}

impl<S: Script, B: FnMut(&mut S, Duration)> Played<'_, S, B> {
    async fn through(&mut self, mut call: Call, latest: Duration) {
        let mut over = None;
        loop {
            let farewell = over.map(|at: Duration| at + FAREWELL);
            let now = clock::steady();
            if now >= farewell.unwrap_or(latest) {
                break;
            }
            let act = tokio::select! {
                event = call.next() => match event {
                    Some(event) => self.happened(event, clock::steady()).await,
                    None => break,
                },
                act = self.turn() => act,
            };
            match act {
                Some(Act::Cancel | Act::HangUp) if over.is_none() => {
                    self.voice.sound().goodbye().await;
                    call.hang_up();
                    over = Some(clock::steady());
                }
                _ => {}
            }
        }
    }

    /// 20 ms.
    async fn turn(&mut self) -> Option<Act> {
        let heard = self.voice.hear().await;
        let now = heard.at;
        (self.beside)(self.script, now);
        if self.script.is_over() {
            return None;
        }
        if self.answered.is_some() {
            let came = heard.first.unwrap_or(now);
            self.told(Told::Packet, heard.packets, came);
            self.told(Told::WrongCodec, heard.strange, came);
            self.look_at_reports(now);
        }
        if !heard.samples.is_empty() {
            self.script.hear(&heard.samples, now);
        }
        let said = self.script.speak(FRAME, now);
        if self.answered.is_some() {
            self.voice.say(&said).await;
            self.recording.sent.extend(&said);
            if heard.samples.is_empty() {
                self.recording.heard.extend([0; FRAME]);
            } else {
                self.recording.heard.extend(&heard.samples);
            }
        }
        self.script.tick(now)
    }

    fn told(&mut self, event: Told, times: u32, now: Duration) {
        for _ in 0..times {
            // Packets ask for nothing to be done.
            let _none = self.script.happen(event, now);
        }
    }

    fn look_at_reports(&mut self, now: Duration) {
        let measures = self.voice.sound().measures();
        let long = self.answered.is_some_and(|at| now.saturating_sub(at) > UNHEARD);
        let far_end = match measures.far {
            // That packets came to it is no proof that anybody heard them, but it is all that there is where none come
            // back: with those that do, what is in them decides.
            Some(_) if measures.received > 0 => FarEnd::Unknown,
            Some(_) => FarEnd::HeardUs,
            None if measures.reports > 0 && long => FarEnd::HeardNothing,
            None => return,
        };
        let _none = self.script.happen(Told::FarEnd(far_end), now);
    }

    async fn happened(&mut self, event: Event, now: Duration) -> Option<Act> {
        match event {
            Event::Provisional { code, early } => {
                self.code = Some(code);
                if let Some(agreed) = early {
                    // Something may be heard before the answer; nothing is said before it.
                    self.flow(&agreed, false).await;
                }
                self.script.happen(Told::Provisional(code), now)
            }
            Event::Answered(agreed) => {
                self.code = Some(200);
                let codec_agreed = agreed.is_some();
                if let Some(agreed) = agreed {
                    self.flow(&agreed, true).await;
                    self.agreed = Some(agreed);
                }
                self.answered = Some(now);
                self.script.happen(Told::Answered { codec_agreed }, now)
            }
            Event::AnsweredLate => {
                self.code = Some(200);
                self.script.happen(Told::Answered { codec_agreed: true }, now)
            }
            Event::Acknowledged(_) => None,
            Event::Changed(agreed) => {
                self.flow(&agreed, true).await;
                self.agreed = Some(agreed);
                None
            }
            Event::Refused(refusal) => {
                self.code = Some(refusal.code);
                self.cause = refusal.cause;
                self.script.happen(Told::Refused(refusal.code), now)
            }
            Event::Failed(fault) => {
                self.trouble = Some(fault.to_string());
                None
            }
            Event::Cancelled => None,
            Event::Ended { by, cause } => {
                self.ended = Some(by);
                self.cause = cause;
                if by == Party::Us { None } else { self.script.happen(Told::CutOff, now) }
            }
        }
    }

    async fn flow(&mut self, agreed: &Agreed, speaks: bool) {
        match Flow::of(agreed, self.latch).await {
            Ok(flow) => self.voice.flow(Flow { sends: flow.sends && speaks, ..flow }),
            // Nothing will go there, which the check then hears.
            Err(fault) => self.trouble = Some(fault.to_string()),
        }
    }

    fn placed(self) -> Placed {
        let counts = self.voice.played();
        let report = self.script.report(counts);
        let figures = Figures::of(&Seen {
            report: &report,
            measures: self.voice.sound().measures(),
            played: counts,
            agreed: self.agreed.as_ref(),
            code: self.code,
            cause: self.cause.as_ref(),
            ended: self.ended,
        });
        Placed { report, figures, recording: self.recording, trouble: self.trouble }
    }
}
