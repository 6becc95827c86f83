//! The far end of a check: answers calls, and does one thing wrong if asked to.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use tocsin_check::{Act, Callee, Caller, Event as Told, FRAME, Plan};
use tocsin_media::g711::Law;
use tocsin_media::nonce::Nonce;
use tocsin_sip::sdp::{Direction, Ours};
use tocsin_sip::{
    Call, DELAY, Event, Fault as Broken, Flow, Incoming, Latch, Line, Party, Settings, Sound, Transport, Voice,
    address_toward, clock, random,
};
use tokio::sync::{Mutex, watch};
use tokio::task::JoinSet;

/// No call may last longer.
const LONGEST: Duration = Duration::from_secs(90);
/// For `rings-forever`: longer than anybody waits, but not for ever.
const RINGS: Duration = Duration::from_secs(180);

macro_rules! faults {
    ($($(#[doc = $what:literal])+ $name:ident = $word:literal,)+) => {
        /// What a far end can do wrong.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum Fault {
            /// nothing
            #[default]
            None,
            $($(#[doc = $what])+ $name,)+
        }

        impl Fault {
            pub const ALL: &[Fault] = &[Fault::None, $(Fault::$name,)+];

            #[must_use]
            pub fn word(self) -> &'static str {
                match self {
                    Fault::None => "none",
                    $(Fault::$name => $word,)+
                }
            }

            /// In a few words.
            #[must_use]
            pub fn what(self) -> &'static str {
                match self {
                    Fault::None => "nothing: it answers as it should",
                    $(Fault::$name => concat!($($what),+).trim_ascii(),)+
                }
            }
        }
    };
}

faults! {
    /// answers, and sends nothing at all
    Silent = "silent",
    /// answers, and sends silence
    Quiet = "quiet",
    /// answers, and sends noise
    Noise = "noise",
    /// speaks, and hears nothing
    Deaf = "deaf",
    /// hears, and sends nothing but its reports
    OneWay = "one-way",
    /// names a port at which it does not listen
    WrongPort = "wrong-port",
    /// names an address that nobody reaches from elsewhere
    PrivateAddress = "private-address",
    /// sends back what it hears
    Echo = "echo",
    /// plays what it once said in another call
    Recording = "recording",
    /// begins to listen and to speak four seconds after its answer
    Late = "late",
    /// loses every fifth packet
    Lossy = "lossy",
    /// hangs up one second after its answer
    DropsEarly = "drops-early",
    /// answers in one codec and speaks in another
    WrongCodec = "wrong-codec",
    /// answers with a codec that was not offered
    G722Answer = "g722-answer",
    /// takes nothing but G.722
    G722Only = "g722-only",
    /// is busy
    Busy = "busy",
    /// refuses as a network in trouble does
    Refuses = "refuses",
    /// rings until the caller gives up
    RingsForever = "rings-forever",
    /// says nothing but that it got the invitation
    Mute = "mute",
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}

impl FromStr for Fault {
    type Err = String;

    fn from_str(word: &str) -> Result<Fault, String> {
        let known = || Fault::ALL.iter().map(|fault| fault.word()).collect::<Vec<_>>().join(", ");
        let fault = Fault::ALL.iter().copied().find(|fault| fault.word() == word);
        fault.ok_or_else(|| format!("`{word}` is no fault that can be asked for: {}", known()))
    }
}

/// A call that was attended to, when it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attended {
    pub from: String,
    pub answered: bool,
    /// Whether the caller was heard.
    pub heard: bool,
    /// The last number that the caller said.
    pub number: Option<Nonce>,
    pub packets_in: u64,
    pub packets_out: u64,
    /// `None`: the caller gave up, or was refused.
    pub ended: Option<Party>,
    /// How often the caller changed the call.
    pub changes: u32,
}

/// Answers calls.
pub struct Desk {
    line: Line,
    incoming: Mutex<Incoming>,
    manner: Manner,
}

/// How calls are answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manner {
    pub fault: Fault,
    /// How long each call rings before it is answered.
    pub rings: Duration,
    /// How long a packet waits before it is heard.
    pub buffer: Duration,
}

impl Default for Manner {
    fn default() -> Manner {
        Manner { fault: Fault::None, rings: Duration::ZERO, buffer: DELAY }
    }
}

impl Desk {
    /// # Errors
    /// When a port cannot be listened on.
    pub async fn open(settings: Settings, manner: Manner) -> Result<Desk, Broken> {
        let (line, incoming) = Line::open(settings).await?;
        Ok(Desk { line, incoming: Mutex::new(incoming), manner })
    }

    #[must_use]
    pub fn listening(&self) -> &[(Transport, SocketAddr)] {
        self.line.listening()
    }

    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// Answers calls until it is to stop, and tells of each that is over. Those that are open then are ended.
    pub async fn attend(&self, until: impl Future<Output = ()>, mut tell: impl FnMut(&Attended)) {
        let mut incoming = self.incoming.lock().await;
        let (stop, stopping) = watch::channel(false);
        let mut calls = JoinSet::new();
        tokio::pin!(until);
        loop {
            tokio::select! {
                Some(call) = incoming.recv() => {
                    calls.spawn(attend(call, self.manner, stopping.clone()));
                }
                Some(attended) = calls.join_next() => if let Ok(attended) = attended {
                    tell(&attended);
                },
                () = &mut until => break,
            }
        }
        stop.send_replace(true);
        while let Some(attended) = calls.join_next().await {
            if let Ok(attended) = attended {
                tell(&attended);
            }
        }
    }
}

/// Waits until the desk is to stop.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    // Where the desk is gone, it has stopped.
    drop(stopping.wait_for(|stop| *stop).await);
}

async fn attend(mut call: Call, manner: Manner, mut stopping: watch::Receiver<bool>) -> Attended {
    let fault = manner.fault;
    let mut attended = Attended {
        from: call.from().to_owned(),
        answered: false,
        heard: false,
        number: None,
        packets_in: 0,
        packets_out: 0,
        ended: None,
        changes: 0,
    };
    let code = match fault {
        Fault::Busy => Some(486),
        Fault::Refuses => Some(503),
        Fault::G722Only => Some(488),
        _ => None,
    };
    if let Some(code) = code {
        call.refuse(code);
        while call.next().await.is_some() {}
        return attended;
    }
    if fault != Fault::Mute {
        call.ring();
    }
    let rings = if matches!(fault, Fault::Mute | Fault::RingsForever) { RINGS } else { manner.rings };
    tokio::select! {
        () = tokio::time::sleep(rings) => {}
        // Before the answer nothing comes but the end.
        _ = call.next() => return attended,
        () = stopped(&mut stopping) => return attended,
    }
    match FarEnd::answer(&call, manner).await {
        Ok(far_end) => far_end.talk(call, &mut attended, stopping).await,
        Err(_) => {
            call.refuse(500);
            while call.next().await.is_some() {}
        }
    }
    attended
}

/// One call at the far end, answered.
struct FarEnd {
    callee: Callee,
    voice: Voice,
    fault: Fault,
    answered: Duration,
    said: u64,
    /// What is played instead of what the callee would say.
    played: Vec<i16>,
}

impl FarEnd {
    async fn answer(call: &Call, manner: Manner) -> Result<FarEnd, Broken> {
        let fault = manner.fault;
        let peer = call.peer().ok_or(Broken::Over)?;
        let ip = address_toward(peer)?;
        let sound = Arc::new(Sound::open(ip).await?);
        let mut address = sound.address()?;
        match fault {
            // The port of what throws everything away (RFC 863).
            Fault::WrongPort => address.set_port(9),
            Fault::PrivateAddress => address.set_ip([10, 255, 255, 1].into()),
            _ => {}
        }
        let ours = Ours {
            address,
            laws: Law::BOTH.to_vec(),
            direction: Direction::SendReceive,
            session: u64::from(u32::from_be_bytes(random())),
            version: 1,
        };
        let agreed = match (fault, call.offer().and_then(|offer| ours.answer(offer))) {
            (Fault::G722Answer, Some((text, agreed))) => {
                let name = format!("{} {}/8000", agreed.law.payload_type(), agreed.law.name());
                let text = text
                    .replace(&format!("RTP/AVP {}", agreed.law.payload_type()), "RTP/AVP 9")
                    .replace(&name, "9 G722/8000");
                call.answer_with(text, &ours);
                Some(agreed)
            }
            _ => call.answer(&ours)?,
        };
        let mut voice = Voice::new(sound, manner.buffer);
        if let Some(agreed) = agreed {
            voice.flow(Flow::of(&agreed, Latch::Always).await?);
        }
        let played = if fault == Fault::Recording { recording() } else { Vec::new() };
        Ok(FarEnd { callee: Callee::default(), voice, fault, answered: clock::steady(), said: 0, played })
    }

    async fn talk(mut self, mut call: Call, attended: &mut Attended, mut stopping: watch::Receiver<bool>) {
        attended.answered = true;
        let mut ending = false;
        loop {
            tokio::select! {
                event = call.next() => match event {
                    None => break,
                    Some(Event::Acknowledged(Some(agreed))) => self.change(&agreed).await,
                    Some(Event::Changed(agreed)) => {
                        attended.changes += 1;
                        self.change(&agreed).await;
                    }
                    Some(Event::Ended { by, .. }) => attended.ended = Some(by),
                    Some(_) => {}
                },
                () = stopped(&mut stopping), if !ending => {
                    ending = true;
                    call.hang_up();
                }
                () = self.turn() => {}
            }
            let lasted = clock::steady().saturating_sub(self.answered);
            if lasted > LONGEST || (self.fault == Fault::DropsEarly && lasted > Duration::from_secs(1)) {
                call.hang_up_because(16);
            }
        }
        let measures = self.voice.sound().measures();
        attended.heard = self.callee.hears();
        attended.number = self.callee.number();
        attended.packets_in = measures.received;
        attended.packets_out = measures.sent;
    }

    async fn change(&mut self, agreed: &tocsin_sip::sdp::Agreed) {
        if let Ok(flow) = Flow::of(agreed, Latch::Always).await {
            self.voice.flow(flow);
        }
    }

    /// 20 ms.
    async fn turn(&mut self) {
        let heard = self.voice.hear().await;
        let early = heard.at.saturating_sub(self.answered) < Duration::from_secs(4);
        if self.fault == Fault::Late && early {
            return;
        }
        if self.fault != Fault::Deaf && !heard.samples.is_empty() {
            self.callee.hear(&heard.samples);
        }
        let mut say = self.callee.speak(FRAME);
        self.said += 1;
        match self.fault {
            Fault::Silent => return,
            Fault::OneWay => return self.voice.sound().report().await,
            Fault::Quiet => say.fill(0),
            Fault::Noise => noise(&mut say),
            Fault::Echo => say = if heard.samples.is_empty() { vec![0; FRAME] } else { heard.samples },
            Fault::Recording => {
                say = self.played.drain(..FRAME.min(self.played.len())).collect();
                say.resize(FRAME, 0);
            }
            Fault::Lossy if self.said.is_multiple_of(5) => return self.lose().await,
            Fault::WrongCodec => return self.speak_wrongly(&say).await,
            _ => {}
        }
        self.voice.say(&say).await;
    }

    /// A packet that is numbered and never sent.
    async fn lose(&self) {
        self.voice.sound().lose(FRAME as u32);
        self.voice.sound().report().await;
    }

    async fn speak_wrongly(&self, say: &[i16]) {
        self.voice.sound().say_in_other_law(say).await;
    }
}

fn noise(say: &mut [i16]) {
    for sample in say {
        // About -20 dBFS.
        *sample = i16::from_be_bytes(random()) / 8;
    }
}

/// What a far end said in a call with another number.
fn recording() -> Vec<i16> {
    let mut caller = Caller::new(Plan::new(Nonce(u16::from_be_bytes(random()))), Duration::ZERO);
    let mut callee = Callee::default();
    let mut now = Duration::ZERO;
    let mut recorded = Vec::new();
    let mut heard = vec![0; FRAME];
    let _none = caller.happen(Told::Answered { codec_agreed: true }, now);
    while recorded.len() < 20 * 8000 {
        caller.hear(&heard, now);
        let said = caller.speak(FRAME);
        callee.hear(&said);
        heard = callee.speak(FRAME);
        recorded.extend(&heard);
        now += Duration::from_millis(20);
        if let Some(Act::HangUp | Act::Cancel) = caller.tick(now) {
            break;
        }
    }
    recorded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recording_is_a_whole_call_with_another_number() {
        let sound = recording();
        // Greeting, confirming, the number and the chirp take six seconds and some.
        assert!((5 * 8000..12 * 8000).contains(&sound.len()), "{}", sound.len());
        let mut caller = Caller::new(Plan::new(Nonce(1)), Duration::ZERO);
        let _none = caller.happen(Told::Answered { codec_agreed: true }, Duration::ZERO);
        let mut now = Duration::ZERO;
        for frame in sound.chunks(FRAME) {
            now += Duration::from_millis(20);
            caller.hear(frame, now);
            caller.speak(FRAME);
            let _none = caller.tick(now);
        }
        let heard = caller.report(Default::default());
        let answered = |step: &tocsin_check::Step| matches!(step, tocsin_check::Step::HeardAnswer(_));
        assert!(heard.ladder.first(answered).is_some(), "{}", heard.ladder);
    }

    #[test]
    fn faults_are_asked_for_by_name() {
        for fault in Fault::ALL {
            assert_eq!(fault.word().parse(), Ok(*fault));
            assert!(!fault.what().is_empty());
        }
        assert!("tired".parse::<Fault>().unwrap_err().contains("rings-forever"));
    }
}
