//! The near end of a check: the script of a call as a state machine.

use std::time::Duration;

use tocsin_media::chirp::{self, Found, Sweep};
use tocsin_media::measure::{Kind, NOTHING, level, measure};
use tocsin_media::nonce::{Ear, Nonce};
use tocsin_media::playout::Counts;
use tocsin_media::signal::{Listener, Tone};
use tocsin_media::verdict::{Agent, Answered, FarEnd, Heard, NonceHeard, Outcome, Quality};
use tocsin_media::{RATE, progress};

use crate::TURN;
use crate::ladder::{Awaited, Ladder, Step};
use crate::mouth::Mouth;

/// What is said, and how long anything may take.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// A random number, another for every call.
    pub nonce: Nonce,
    /// From the call to its answer.
    pub rings: Duration,
    /// From the answer to the tone that says that the far end hears us.
    pub acknowledged: Duration,
    /// From there to the tone that says that the far end knows that we hear it.
    pub confirmed: Duration,
    /// From the number to its answer, and how often it is said.
    pub number: Duration,
    pub tries: u32,
    /// From our chirp to the far end's.
    pub chirp: Duration,
    /// The longest call there may be.
    pub whole: Duration,
}

impl Plan {
    #[must_use]
    pub fn new(nonce: Nonce) -> Plan {
        let seconds = Duration::from_secs;
        Plan {
            nonce,
            rings: seconds(30),
            acknowledged: seconds(6),
            confirmed: seconds(3),
            number: seconds(6),
            tries: 3,
            chirp: seconds(4),
            whole: seconds(60),
        }
    }
}

/// What the network tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// 180 to 199; 100 says nothing.
    Provisional(u16),
    /// 2xx; whether it agreed to a codec that was offered.
    Answered { codec_agreed: bool },
    /// Any other final answer.
    Refused(u16),
    /// A packet of sound.
    Packet,
    /// A packet of a codec that was not agreed.
    WrongCodec,
    /// The far end said whether it hears us, apart from its tones.
    FarEnd(FarEnd),
    /// The far end hung up, or the connection broke.
    CutOff,
}

/// What is to be done about the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// CANCEL.
    Cancel,
    /// BYE.
    HangUp,
}

/// All that is known when it is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub outcome: Outcome,
    /// The far end, where it is an agent of ours.
    pub agent: Option<Agent>,
    pub ladder: Ladder,
    /// From the call to the first 18x: the post-dial delay.
    pub rang_after: Option<Duration>,
    /// From the call to its answer.
    pub answered_after: Option<Duration>,
    /// From the answer to the first packet.
    pub first_packet_after: Option<Duration>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Stage {
    Calls,
    /// Says A1.
    Asks,
    /// Says A2.
    Confirms,
    /// Has said the number so often.
    Number(u32),
    /// Has said a chirp from that sample on.
    Chirp(usize),
    /// Through, and to hang up.
    Done,
    /// Nothing more is done.
    Over,
}

/// One call, from the invitation on. Every 20 ms: [`Caller::hear`], [`Caller::speak`], [`Caller::tick`].
#[derive(Clone, Debug)]
pub struct Caller {
    plan: Plan,
    began: Duration,
    stage: Stage,
    since: Duration,
    answered: Option<Duration>,
    refused: Option<u16>,
    rang: bool,
    codec_agreed: bool,
    cut_off: bool,
    packets: u64,
    far_end: FarEnd,
    tones: Listener,
    numbers: Ear,
    chirps: chirp::Listener,
    network: progress::Listener,
    mouth: Mouth,
    /// Since the answer.
    sound: Vec<i16>,
    far_tone: bool,
    own_tone: bool,
    acknowledged: Option<(Duration, f64)>,
    nonce: NonceHeard,
    chirp: Option<(Duration, Found)>,
    ladder: Ladder,
}

/// Before a number: 400 ms of silence, so that it does not run into a tone.
pub(crate) fn number(nonce: Nonce) -> Vec<i16> {
    let mut sound = vec![0; 3200];
    sound.extend(nonce.sound());
    sound
}

impl Caller {
    /// A call that is sent out at `now`.
    #[must_use]
    pub fn new(plan: Plan, now: Duration) -> Caller {
        let mut ladder = Ladder::default();
        ladder.add(Duration::ZERO, Step::Invited);
        Caller {
            plan,
            began: now,
            stage: Stage::Calls,
            since: now,
            answered: None,
            refused: None,
            rang: false,
            codec_agreed: true,
            cut_off: false,
            packets: 0,
            far_end: FarEnd::Unknown,
            tones: Listener::default(),
            numbers: Ear::default(),
            chirps: chirp::Listener::new(Sweep::Falling),
            network: progress::Listener::default(),
            mouth: Mouth::default(),
            sound: Vec::new(),
            far_tone: false,
            own_tone: false,
            acknowledged: None,
            nonce: NonceHeard::Missing,
            chirp: None,
            ladder,
        }
    }

    fn note(&mut self, step: Step, now: Duration) {
        self.ladder.add(now.saturating_sub(self.began), step);
    }

    fn enter(&mut self, stage: Stage, now: Duration) {
        self.stage = stage;
        self.since = now;
    }

    /// Takes note of what the network told at `now`.
    #[must_use]
    pub fn happen(&mut self, event: Event, now: Duration) -> Option<Act> {
        match (event, self.stage) {
            // It crossed with our giving up: nobody may be left in a call.
            (Event::Answered { .. }, Stage::Over) if self.answered.is_none() && self.refused.is_none() => {
                self.note(Step::Answered, now);
                self.note(Step::HungUp, now);
                return Some(Act::HangUp);
            }
            (_, Stage::Over) => {}
            (Event::Provisional(code), Stage::Calls) => {
                self.rang |= code >= 180;
                self.note(Step::Provisional(code), now);
            }
            (Event::Answered { codec_agreed }, Stage::Calls) => {
                self.answered = Some(now);
                self.codec_agreed &= codec_agreed;
                self.note(Step::Answered, now);
                self.mouth.tone(Tone::CallerCalls);
                self.enter(if codec_agreed { Stage::Asks } else { Stage::Done }, now);
            }
            (Event::Refused(code), Stage::Calls) => {
                self.refused = Some(code);
                self.note(Step::Refused(code), now);
                self.enter(Stage::Over, now);
            }
            (Event::CutOff, stage) => {
                // Whoever hangs up when all is done cuts nothing off.
                self.cut_off = stage != Stage::Done;
                self.note(Step::CutOff, now);
                self.enter(Stage::Over, now);
            }
            (Event::Packet, _) => {
                self.packets += 1;
                if self.packets == 1 {
                    self.note(Step::FirstPacket, now);
                }
            }
            (Event::WrongCodec, _) => {
                if self.codec_agreed {
                    self.note(Step::WrongCodec, now);
                }
                self.codec_agreed = false;
            }
            (Event::FarEnd(far_end), _) => self.far_end = far_end,
            (Event::Provisional(_) | Event::Answered { .. } | Event::Refused(_), _) => {}
        }
        None
    }

    /// Takes the sound that is played at `now`; what comes before the answer is listened to for the network's tones.
    pub fn hear(&mut self, sound: &[i16], now: Duration) {
        if self.stage == Stage::Over {
            return;
        }
        for said in self.network.feed(sound) {
            self.note(Step::HeardNetwork(said), now);
        }
        if self.answered.is_none() {
            return;
        }
        self.sound.extend(sound);
        for heard in self.tones.feed(sound) {
            self.note(Step::HeardTone(heard.tone), now);
            self.heard(heard.tone, now);
        }
        for said in self.numbers.feed(sound) {
            self.number_came(said.ok(), now);
        }
        if let Some(found) = self.chirps.feed(sound) {
            self.chirp_came(found, sound.len(), now);
        }
    }

    fn heard(&mut self, tone: Tone, now: Duration) {
        self.own_tone |= tone.is_callers();
        self.far_tone |= !tone.is_callers();
        match (tone, self.stage) {
            (Tone::CalleeHears, Stage::Asks) => {
                // A tone is known by its last 300 ms.
                let tail = &self.sound[self.sound.len().saturating_sub(2400)..];
                self.acknowledged = Some((now, level(tail)));
                self.mouth.tone(Tone::CallerHears);
                self.enter(Stage::Confirms, now);
            }
            (Tone::CalleeConfirms, Stage::Confirms) => self.say_number(1, now),
            _ => {}
        }
    }

    fn say_number(&mut self, times: u32, now: Duration) {
        self.mouth.piece(number(self.plan.nonce));
        self.note(Step::SaidNumber(self.plan.nonce), now);
        self.enter(Stage::Number(times), now);
    }

    /// `None`: one that could not be made out.
    fn number_came(&mut self, came: Option<Nonce>, now: Duration) {
        match came {
            // Our own, come back.
            Some(own) if own == self.plan.nonce => self.own_tone = true,
            Some(right) if right == self.plan.nonce.answer() => {
                self.nonce = NonceHeard::Right;
                self.note(Step::HeardAnswer(right), now);
                if matches!(self.stage, Stage::Number(_)) {
                    let at = self.mouth.piece(chirp::sound(Sweep::Rising));
                    self.note(Step::SaidChirp, now);
                    self.enter(Stage::Chirp(at), now);
                }
            }
            Some(wrong) => {
                if self.nonce != NonceHeard::Right {
                    self.nonce = NonceHeard::Wrong;
                }
                self.note(Step::HeardAnswer(wrong), now);
            }
            None => {
                if self.nonce == NonceHeard::Missing {
                    self.nonce = NonceHeard::Garbled;
                }
                self.note(Step::HeardGarbled, now);
            }
        }
    }

    /// In the last so many samples of what was heard, which are being played while what we say next is said.
    fn chirp_came(&mut self, found: Found, last: usize, now: Duration) {
        let Stage::Chirp(said) = self.stage else { return };
        let ago = (self.sound.len() - last) as f64 - found.at;
        let round_trip = self.mouth.said() as f64 - ago - said as f64 - TURN as f64;
        let delay = Duration::from_secs_f64(round_trip.max(0.0) / 2.0 / f64::from(RATE));
        self.chirp = Some((delay, found));
        self.note(Step::HeardChirp(delay), now);
        self.enter(Stage::Done, now);
    }

    /// What to send next; silence before the answer and after the end.
    pub fn speak(&mut self, samples: usize) -> Vec<i16> {
        if self.answered.is_none() || self.stage == Stage::Over {
            return vec![0; samples];
        }
        self.mouth.speak(samples)
    }

    /// Looks at the time.
    #[must_use]
    pub fn tick(&mut self, now: Duration) -> Option<Act> {
        let waited = now.saturating_sub(self.since);
        let late = now.saturating_sub(self.began) >= self.plan.whole;
        match self.stage {
            Stage::Over => return None,
            Stage::Done => return Some(self.hang_up(now)),
            Stage::Calls if late || waited >= self.plan.rings => {
                self.note(Step::GaveUp(Awaited::AnAnswer), now);
                self.note(Step::Cancelled, now);
                self.enter(Stage::Over, now);
                return Some(Act::Cancel);
            }
            Stage::Asks if late || waited >= self.plan.acknowledged => {
                self.note(Step::GaveUp(Awaited::Acknowledgement), now);
                return Some(self.hang_up(now));
            }
            Stage::Confirms if late || waited >= self.plan.confirmed => {
                self.note(Step::GaveUp(Awaited::Confirmation), now);
                // The number decides.
                self.say_number(1, now);
            }
            Stage::Number(times) if waited >= self.plan.number && times < self.plan.tries && !late => {
                self.say_number(times + 1, now);
            }
            Stage::Number(_) if late || waited >= self.plan.number => {
                self.note(Step::GaveUp(Awaited::TheNumber), now);
                return Some(self.hang_up(now));
            }
            Stage::Chirp(_) if late || waited >= self.plan.chirp => {
                self.note(Step::GaveUp(Awaited::TheChirp), now);
                return Some(self.hang_up(now));
            }
            Stage::Calls | Stage::Asks | Stage::Confirms | Stage::Number(_) | Stage::Chirp(_) => {}
        }
        None
    }

    fn hang_up(&mut self, now: Duration) -> Act {
        self.note(Step::HungUp, now);
        self.enter(Stage::Over, now);
        Act::HangUp
    }

    #[must_use]
    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// What came of it, with what the jitter buffer counted.
    #[must_use]
    pub fn report(&self, played: Counts) -> Report {
        let since_start = |is: fn(&Step) -> bool| self.ladder.first(is);
        let answered_after = self.answered.map(|at| at.saturating_sub(self.began));
        let first_packet = since_start(|step| *step == Step::FirstPacket);
        Report {
            outcome: self.outcome(played),
            agent: None,
            ladder: self.ladder.clone(),
            rang_after: since_start(|step| matches!(step, Step::Provisional(180..))),
            answered_after,
            first_packet_after: first_packet.zip(answered_after).map(|(at, answer)| at.saturating_sub(answer)),
        }
    }

    fn outcome(&self, played: Counts) -> Outcome {
        let Some(answered) = self.answered else {
            return match self.refused {
                Some(code) => Outcome::Refused(code),
                None if self.rang => Outcome::Rang,
                None => Outcome::NoReply,
            };
        };
        let measures = measure(&self.sound);
        let heard = match measures.kind {
            _ if self.far_tone => Heard::FarEnd,
            _ if self.own_tone => Heard::OwnEcho,
            Kind::Silence => Heard::Nothing,
            Kind::ComfortNoise => Heard::ComfortNoise,
            Kind::Sound => Heard::Strange,
        };
        Outcome::Answered(Answered {
            codec_agreed: self.codec_agreed,
            packets: self.packets,
            heard,
            acknowledged: self.acknowledged.is_some(),
            nonce: self.nonce,
            far_end: self.far_end,
            two_way_after: self.acknowledged.map(|(at, _)| at.saturating_sub(answered)),
            cut_off: self.cut_off,
            quality: Quality {
                missing: played.missing_share(),
                level: self.acknowledged.map_or(NOTHING, |(_, level)| level),
                clipped: measures.clipped,
                delay: self.chirp.map(|(delay, _)| delay),
                band: self.chirp.map(|(_, found)| found.band),
            },
        })
    }
}
