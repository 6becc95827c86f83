//! A call between a [`Caller`] and some far end: real packets over a line that has faults, in simulated time.

use std::collections::VecDeque;
use std::time::Duration;

use tocsin_check::{Act, Callee, Caller, Event, FRAME, Plan, Report};
use tocsin_media::chirp::{self, Sweep};
use tocsin_media::g711::Law;
use tocsin_media::nonce::Nonce;
use tocsin_media::playout::Playout;
use tocsin_media::rtp::Packet;
use tocsin_media::signal::Tone;
use tocsin_media::tone::Wave;
use tocsin_media::verdict::FarEnd;

pub fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Far {
    /// Our own callee, which speaks so many ms after the answer.
    Ours(u64),
    /// Answers, and sends nothing.
    Mute,
    /// Sends silence, or noise that faint in dBFS.
    Silent(Option<f64>),
    /// Ours, but what we send does not arrive.
    Deaf,
    /// Ours, but what it sends does not arrive; it can tell by another way.
    Voiceless,
    /// Sends back what it gets.
    Echo,
    Music,
    /// Sends what our callee once sent in another call.
    Recording,
    /// That recording, with what it gets sent back over it.
    Parrot,
    /// Says that nobody can be reached, in a busy tone.
    BusyTone,
    /// Ours, and hangs up so many ms after the answer.
    HangsUp(u64),
    /// Ours, but so many dB fainter or louder.
    Louder(f64),
    /// Ours, in a codec that was not agreed.
    OtherCodec,
    NeverReplies,
    NeverAnswers,
    Refuses(u16),
    /// Agrees to a codec that was not offered.
    AgreesToOther,
    /// Answers when it is too late.
    AnswersLate,
}

#[derive(Clone, Copy, Debug)]
pub struct Line {
    pub law: Law,
    /// One way, in ms.
    pub delay: u64,
    /// Sooner or later by so many ms at most.
    pub jitter: u64,
    /// Of 1000 packets.
    pub lost: u64,
    pub seed: u64,
}

impl Line {
    pub const GOOD: Line = Line { law: Law::Mu, delay: 30, jitter: 0, lost: 0, seed: 1 };
}

/// One direction of a line.
pub struct Way {
    line: Line,
    state: u64,
    sequence: u16,
    coming: VecDeque<(Duration, Vec<u8>)>,
    pub buffer: Playout,
    packets: u64,
}

impl Way {
    pub fn new(line: Line, salt: u64) -> Way {
        let state = (line.seed * 2 + salt).wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
        Way { line, state, sequence: 7, coming: VecDeque::new(), buffer: Playout::new(ms(60)), packets: 0 }
    }

    fn chance(&mut self, of: u64) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 11) % of
    }

    pub fn send(&mut self, sound: &[i16], now: Duration) {
        self.sequence = self.sequence.wrapping_add(1);
        let packet = Packet {
            marker: false,
            payload_type: self.line.law.payload_type(),
            sequence: self.sequence,
            timestamp: u32::from(self.sequence) * FRAME as u32,
            source: 1,
            payload: &self.line.law.encoded(sound),
        };
        let wobble = self.chance(2 * self.line.jitter + 1);
        if self.chance(1000) >= self.line.lost {
            self.coming.push_back((now + ms(self.line.delay + wobble) - ms(self.line.jitter), packet.write()));
        }
    }

    /// How many packets came, and what is to be played now.
    pub fn receive(&mut self, now: Duration) -> (u64, Option<Vec<i16>>) {
        let before = self.packets;
        let (come, still): (Vec<_>, Vec<_>) = self.coming.drain(..).partition(|(at, _)| *at <= now);
        self.coming.extend(still);
        for (_, bytes) in come {
            let packet = Packet::read(&bytes).unwrap();
            self.packets += 1;
            self.buffer.push(packet.sequence, packet.timestamp, &self.line.law.decoded(packet.payload), now);
        }
        (self.packets - before, self.buffer.pull(now).map(|frame| frame.samples))
    }
}

/// What came of it, and what was done about the call.
pub struct Done {
    pub report: Report,
    pub acts: Vec<Act>,
    pub lasted: Duration,
    pub callee: Callee,
}

/// What our callee sends when it is asked, from some other call.
fn recording() -> Vec<i16> {
    let mut sound = Vec::new();
    for (tone, length) in [(Tone::CalleeGreets, 8000), (Tone::CalleeHears, 12_000), (Tone::CalleeConfirms, 8000)] {
        sound.extend(tone.wave().take(length));
    }
    sound.extend(vec![0; 8000]);
    sound.extend(Nonce(0xBEEF).answer().sound());
    sound.extend(vec![0; 8000]);
    sound.extend(chirp::sound(Sweep::Falling));
    sound
}

pub fn call(far: Far, line: Line, plan: Plan) -> Done {
    let (mut there, mut back) = (Way::new(line, 0), Way::new(line, 1));
    let mut caller = Caller::new(plan, ms(0));
    let mut callee = Callee::default();
    let mut music = Wave::new(&[262.0, 330.0, 392.0], -18.0);
    let mut busy = Wave::new(&[480.0, 620.0], -18.0);
    let played = recording();
    let mut acts = Vec::new();
    let rings = ms(200);
    let answers = if far == Far::AnswersLate { plan.rings + ms(100) } else { ms(1000) };
    let mut lasted = None;
    for tick in 0..4500_u64 {
        let now = ms(tick * 20);
        let mut events = Vec::new();
        let replies = !matches!(far, Far::NeverReplies | Far::Refuses(_));
        if now == rings && replies {
            events.push(Event::Provisional(180));
        }
        if now == answers {
            match far {
                Far::NeverReplies | Far::NeverAnswers => {}
                Far::Refuses(code) => events.push(Event::Refused(code)),
                _ => events.push(Event::Answered { codec_agreed: far != Far::AgreesToOther }),
            }
        }
        if let Far::HangsUp(after) = far
            && now == answers + ms(after)
        {
            events.push(Event::CutOff);
        }
        let talks = now >= answers && replies && far != Far::NeverAnswers;
        // From us to them, and heard there.
        let (_, at_theirs) = there.receive(now);
        let (packets, at_ours) = back.receive(now);
        for _ in 0..packets {
            events.push(Event::Packet);
            if far == Far::OtherCodec {
                events.push(Event::WrongCodec);
            }
        }
        for event in events {
            acts.extend(caller.happen(event, now));
        }
        if let Some(sound) = &at_ours {
            caller.hear(sound, now);
        }
        let ours = caller.speak(FRAME);
        if talks && !caller.is_over() && far != Far::Deaf {
            there.send(&ours, now);
        }
        if far == Far::Voiceless && callee.hears() {
            acts.extend(caller.happen(Event::FarEnd(FarEnd::HeardUs), now));
        }
        if let Some(sound) = &at_theirs {
            callee.hear(sound);
        }
        let at = ((now.saturating_sub(answers)).as_millis() / 20) as usize * FRAME;
        let theirs = match far {
            Far::Mute => None,
            Far::Silent(None) => Some(vec![0; FRAME]),
            Far::Silent(Some(level)) => {
                let most = tocsin_media::tone::amplitude(level) * 1.2;
                Some((0..FRAME).map(|_| (most * (there.chance(2001) as f64 / 1000.0 - 1.0)) as i16).collect())
            }
            Far::Echo => at_theirs,
            Far::Parrot => {
                let echo = at_theirs.unwrap_or(vec![0; FRAME]);
                Some(
                    (at..)
                        .zip(echo)
                        .map(|(at, own)| played.get(at).map_or(own, |tape| tape.saturating_add(own / 4)))
                        .collect(),
                )
            }
            Far::Music => Some(music.take(FRAME)),
            Far::BusyTone if (at / 4000) % 2 == 1 => Some(vec![0; FRAME]),
            Far::BusyTone => Some(busy.take(FRAME)),
            Far::Recording => Some((at..at + FRAME).map(|at| played.get(at).copied().unwrap_or(0)).collect()),
            Far::Ours(after) if now < answers + ms(after) => Some(vec![0; FRAME]),
            Far::Louder(decibels) => {
                let factor = 10.0_f64.powf(decibels / 20.0);
                let louder = |sample: &i16| (f64::from(*sample) * factor).clamp(-32_768.0, 32_767.0) as i16;
                Some(callee.speak(FRAME).iter().map(louder).collect())
            }
            _ => Some(callee.speak(FRAME)),
        };
        if let Some(sound) = theirs.filter(|_| talks && far != Far::Voiceless) {
            back.send(&sound, now);
        }
        acts.extend(caller.tick(now));
        if caller.is_over() && lasted.is_none() {
            lasted = Some(now);
        }
        if lasted.is_some_and(|end| now >= end + ms(500)) {
            break;
        }
    }
    let lasted = lasted.expect("every call ends");
    Done { report: caller.report(back.buffer.counts()), acts, lasted, callee }
}
