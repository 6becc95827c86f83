//! What a call proved. Evidence in, verdict out, and why.
//!
//! The verdict rests on what was said and heard and on nothing else: a call in which nobody hears anybody has a perfect
//! R, so the E-model's figures are not even an argument here. Where several verdicts fit, the first of these holds:
//!
//! | what happened | verdict |
//! |---|---|
//! | the control call failed | `probe_fault` |
//! | no final answer; rang, or not | `rings_forever`, `not_answered` |
//! | 486, 600; 415, 488, 606; 408, 480, 487; any other refusal | `busy`; `codec_mismatch`; `not_answered`; `rejected` |
//! | answered with a codec that was not offered, or sound came in one | `codec_mismatch` |
//! | both ways proved, but cut off before the end | `dropped_early` |
//! | both ways proved | `late_audio`, `poor_quality` or `pass` |
//! | the far end heard us, and we did not hear it | `one_way_out` |
//! | cut off before it was time to judge | `dropped_early` |
//! | we heard something, and nothing proves that the far end hears us | `one_way_in` |
//! | packets, and nothing of the far end's in them | `answered_silent` |
//! | no packet | `answered_no_rtp` |
//!
//! Both ways are proved when the far end's tone says that it hears ours, and it answered our nonce. An answer that
//! cannot be made out proves nothing. Where the far end is an agent of ours, [`Agent`] says what is known of it, and each
//! direction is proved by itself.

mod attended;

use std::fmt;
use std::time::Duration;

pub use attended::{Agent, Came};

/// What came of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verdict {
    Pass,
    NotAnswered,
    Busy,
    Rejected,
    RingsForever,
    AnsweredNoRtp,
    AnsweredSilent,
    OneWayIn,
    OneWayOut,
    LateAudio,
    PoorQuality,
    DroppedEarly,
    CodecMismatch,
    ProbeFault,
}

impl Verdict {
    pub const ALL: [Verdict; 14] = [
        Verdict::Pass,
        Verdict::NotAnswered,
        Verdict::Busy,
        Verdict::Rejected,
        Verdict::RingsForever,
        Verdict::AnsweredNoRtp,
        Verdict::AnsweredSilent,
        Verdict::OneWayIn,
        Verdict::OneWayOut,
        Verdict::LateAudio,
        Verdict::PoorQuality,
        Verdict::DroppedEarly,
        Verdict::CodecMismatch,
        Verdict::ProbeFault,
    ];

    /// As it is written and stored.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Pass => "pass",
            Verdict::NotAnswered => "not_answered",
            Verdict::Busy => "busy",
            Verdict::Rejected => "rejected",
            Verdict::RingsForever => "rings_forever",
            Verdict::AnsweredNoRtp => "answered_no_rtp",
            Verdict::AnsweredSilent => "answered_silent",
            Verdict::OneWayIn => "one_way_in",
            Verdict::OneWayOut => "one_way_out",
            Verdict::LateAudio => "late_audio",
            Verdict::PoorQuality => "poor_quality",
            Verdict::DroppedEarly => "dropped_early",
            Verdict::CodecMismatch => "codec_mismatch",
            Verdict::ProbeFault => "probe_fault",
        }
    }

    #[must_use]
    pub fn named(word: &str) -> Option<Verdict> {
        Verdict::ALL.into_iter().find(|verdict| verdict.word() == word)
    }

    /// Whether somebody picks up and then cannot be talked to: what a check of signalling alone calls well.
    #[must_use]
    pub fn is_answered_without_audio(self) -> bool {
        matches!(self, Verdict::AnsweredNoRtp | Verdict::AnsweredSilent | Verdict::OneWayIn | Verdict::OneWayOut)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}

/// All that is known of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    pub control: Control,
    pub outcome: Outcome,
    /// The far end, where it is an agent of ours.
    pub agent: Option<Agent>,
}

/// The call to our own echo that goes with each check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// We heard ourselves.
    Echoed,
    /// The probe is ill, whatever it says of others.
    Failed,
}

impl Control {
    /// What a call to our own echo shows: that the probe's voice went out and came in.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Control {
        match outcome {
            Outcome::Answered(call) if call.codec_agreed && call.heard == Heard::OwnEcho => Control::Echoed,
            _ => Control::Failed,
        }
    }
}

/// How far the call came.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Nothing but 100 came, or nothing at all.
    NoReply,
    /// A 18x came, and nothing after.
    Rang,
    /// A final answer other than 2xx.
    Refused(u16),
    Answered(Answered),
}

/// A call that was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered {
    /// The codec of the answer was offered, and sound came in no other.
    pub codec_agreed: bool,
    /// RTP packets that came.
    pub packets: u64,
    pub heard: Heard,
    /// The far end's tone that says that it hears ours came.
    pub acknowledged: bool,
    pub nonce: NonceHeard,
    pub far_end: FarEnd,
    /// From the answer to the acknowledgement.
    pub two_way_after: Option<Duration>,
    /// The far end hung up, or the call broke, before we were through.
    pub cut_off: bool,
    pub quality: Quality,
}

/// The most that was heard of the far end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    Nothing,
    ComfortNoise,
    /// What we sent, come back, and no more.
    OwnEcho,
    /// Something, but not what the far end was to send: music, a prompt, ringing.
    Strange,
    /// A tone of the far end's.
    FarEnd,
}

/// What came back for our nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NonceHeard {
    /// The answer to it.
    Right,
    /// The answer to another: a recording, or somebody else's call.
    Wrong,
    /// Symbols that make no number: a bad line, or a recording with our own voice over it.
    Garbled,
    Missing,
}

/// What the far end says it heard, by RTCP or because it is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FarEnd {
    Unknown,
    HeardUs,
    HeardNothing,
}

/// What was measured of the sound that came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quality {
    /// The part of what was played that had to be filled in, between 0 and 1.
    pub missing: f64,
    /// Of the far end's tones, in dBFS.
    pub level: f64,
    /// The part in peaks that were cut off, between 0 and 1.
    pub clipped: f64,
    /// Mouth to ear, where it could be measured.
    pub delay: Option<Duration>,
    /// The lowest and highest frequency that came, in Hz, where it could be measured.
    pub band: Option<(f64, f64)>,
}

/// Where good ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// From the answer to the acknowledgement.
    pub two_way: Duration,
    pub missing: f64,
    /// Faintest and loudest, in dBFS.
    pub level: (f64, f64),
    pub clipped: f64,
    pub delay: Duration,
    /// What must come at least, in Hz.
    pub band: (f64, f64),
}

impl Default for Limits {
    /// Three seconds until both hear each other; then what ITU-T G.114 (400 ms) and the usual alarms of voice
    /// platforms (5 % loss) call bad.
    fn default() -> Limits {
        Limits {
            two_way: Duration::from_secs(3),
            missing: 0.05,
            level: (-35.0, -3.0),
            clipped: 0.01,
            delay: Duration::from_millis(400),
            band: (500.0, 3000.0),
        }
    }
}

/// A verdict, and why in one sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    pub verdict: Verdict,
    pub why: String,
}

fn so(verdict: Verdict, why: impl Into<String>) -> Judgement {
    Judgement { verdict, why: why.into() }
}

/// What the evidence proves.
#[must_use]
pub fn judge(evidence: &Evidence, limits: &Limits) -> Judgement {
    if evidence.control == Control::Failed {
        return so(
            Verdict::ProbeFault,
            "The probe did not hear its own echo, so what it heard of others counts for nothing.",
        );
    }
    if let Some(agent) = &evidence.agent {
        return attended::judge(&evidence.outcome, agent, limits);
    }
    match &evidence.outcome {
        Outcome::NoReply => so(Verdict::NotAnswered, "No answer came, and it did not ring."),
        Outcome::Rang => so(Verdict::RingsForever, "It rang, and nobody answered in time."),
        Outcome::Refused(code) => refused(*code),
        Outcome::Answered(answered) => of_answered(answered, limits),
    }
}

fn refused(code: u16) -> Judgement {
    match code {
        486 | 600 => so(Verdict::Busy, format!("The far end is busy (SIP {code}).")),
        415 | 488 | 606 => so(Verdict::CodecMismatch, format!("The far end takes none of our codecs (SIP {code}).")),
        408 | 480 | 487 => so(Verdict::NotAnswered, format!("Nobody is there to answer (SIP {code}).")),
        _ => so(Verdict::Rejected, format!("The call was refused (SIP {code}).")),
    }
}

fn of_answered(call: &Answered, limits: &Limits) -> Judgement {
    if !call.codec_agreed {
        return so(Verdict::CodecMismatch, "The answer, or the sound that came, is in a codec that we did not offer.");
    }
    if call.acknowledged && call.nonce == NonceHeard::Right {
        return if call.cut_off {
            so(Verdict::DroppedEarly, "Both ends heard each other; then the call broke off before its time.")
        } else {
            of_connected(call, limits)
        };
    }
    let audible = matches!(call.heard, Heard::FarEnd | Heard::Strange);
    if call.far_end == FarEnd::HeardUs && !audible {
        return so(Verdict::OneWayOut, "The far end heard us, and we heard nothing of it.");
    }
    if call.cut_off {
        return so(Verdict::DroppedEarly, "The call was answered and broke off before anything could be proved.");
    }
    match (call.heard, call.packets) {
        (Heard::FarEnd, _) if call.acknowledged => match call.nonce {
            NonceHeard::Wrong => {
                so(Verdict::OneWayIn, "The tones came, but the answer to another number: a recording?")
            }
            NonceHeard::Garbled => {
                so(Verdict::OneWayIn, "The tones came, but what answers our number cannot be made out.")
            }
            _ => so(Verdict::OneWayIn, "The tones came, but no answer to our number: a recording?"),
        },
        (Heard::FarEnd, _) => so(Verdict::OneWayIn, "We hear the far end, and it does not say that it hears us."),
        (Heard::Strange, _) => so(Verdict::OneWayIn, "We hear something, but not what the far end was to send."),
        (_, 0) => so(Verdict::AnsweredNoRtp, "The call was answered, and not one packet of sound came."),
        (Heard::OwnEcho, _) => so(Verdict::AnsweredSilent, "Nothing came but our own voice."),
        (Heard::ComfortNoise, _) => so(Verdict::AnsweredSilent, "Nothing came but comfort noise."),
        (Heard::Nothing, _) => so(Verdict::AnsweredSilent, "Packets came, with silence in them."),
    }
}

fn of_connected(call: &Answered, limits: &Limits) -> Judgement {
    if let Some(after) = call.two_way_after.filter(|after| *after > limits.two_way) {
        let seconds = after.as_secs_f64();
        return so(Verdict::LateAudio, format!("It took {seconds:.1} s from the answer until both heard each other."));
    }
    let complaints = complaints(&call.quality, limits);
    if complaints.is_empty() {
        return so(Verdict::Pass, "Both ends heard each other.");
    }
    so(Verdict::PoorQuality, format!("Both ends heard each other, but {}.", complaints.join(", ")))
}

fn complaints(quality: &Quality, limits: &Limits) -> Vec<String> {
    let mut complaints = Vec::new();
    if quality.missing > limits.missing {
        complaints.push(format!("{:.1} % of the sound was missing", 100.0 * quality.missing));
    }
    if quality.level < limits.level.0 {
        complaints.push(format!("the sound is faint ({:.0} dBFS)", quality.level));
    }
    if quality.level > limits.level.1 {
        complaints.push(format!("the sound is too loud ({:.0} dBFS)", quality.level));
    }
    if quality.clipped > limits.clipped {
        complaints.push(format!("{:.1} % of the sound is cut off at the top", 100.0 * quality.clipped));
    }
    if let Some(delay) = quality.delay.filter(|delay| *delay > limits.delay) {
        complaints.push(format!("the sound is {} ms under way", delay.as_millis()));
    }
    if let Some((low, high)) = quality.band.filter(|(low, high)| *low > limits.band.0 || *high < limits.band.1) {
        complaints.push(format!("only {low:.0} to {high:.0} Hz come through"));
    }
    complaints
}
