//! Place: one call, with the call to our own far end beside it, and what it proved.

use std::time::Duration;

use tocsin_check::{Ladder, PairPlan, Plan, Step};
use tocsin_domain::call::{Loudness, Proof, Rung, Side};
use tocsin_domain::{Call, ids};
use tocsin_media::g711::Law;
use tocsin_media::measure::level;
use tocsin_media::verdict::{Outcome, Verdict};
use tocsin_probe::{Checked, Probe, Recording, Target, check_with, plan};
use tocsin_sip::{Account, Fault, Latch, Trust};
use uuid::Uuid;

use crate::clock;
use crate::config::{Check, Voice};

/// How long calls that were broken off may take to end.
const ENDING: Duration = Duration::from_secs(4);
/// What a call needs after its answer (seconds): it rings no longer than that leaves.
const TALK_S: u64 = 25;
/// Loudness is shown in steps of so many samples: 100 ms.
const STEP: usize = 800;
const STEP_MS: u64 = 100;
/// The lowest that is told apart from silence (dBFS).
const SILENT: f64 = -60.0;

/// A call that was made.
pub struct Made {
    pub call: Call,
    pub verdict: Verdict,
    /// The codec that was offered first.
    pub law: Law,
    /// The one that was spoken; those that were offered where none was agreed.
    pub codec: String,
    pub answered: bool,
    pub recording: Option<Recording>,
}

/// What is offered in turn: both codecs, unless somebody chose.
#[must_use]
pub fn laws(check: &Check) -> Vec<Law> {
    if check.line.laws.is_empty() { Law::BOTH.to_vec() } else { check.line.laws.clone() }
}

/// The same with that one first. It is not offered alone: a far end that speaks the other one only would refuse it, and
/// that proves nothing.
#[must_use]
pub fn laws_first(check: &Check, first: Law) -> Vec<Law> {
    let all = laws(check);
    let rest = all.iter().copied().filter(|law| *law != first);
    if all.contains(&first) { std::iter::once(first).chain(rest).collect() } else { all }
}

fn target(voice: &Voice, check: &Check, laws: Vec<Law>) -> Result<Target, String> {
    let mut target = Target::new(check.target.clone());
    target.transport = check.line.transport.unwrap_or(target.transport);
    target.from.clone_from(&check.line.from);
    target.account =
        check.line.account.as_ref().map(|(user, secret)| Account { user: user.clone(), password: secret.0.clone() });
    target.public = voice.public_address;
    target.latch = Latch::WhenPrivate;
    target.laws = laws;
    target.buffer = check.line.buffer_ms.map_or(target.buffer, Duration::from_millis);
    if let Some(path) = &voice.authority_file {
        let authorities =
            std::fs::read(path).map_err(|error| format!("the file `{}` cannot be read: {error}", path.display()))?;
        target.trust = Trust { authorities };
    }
    Ok(target)
}

/// Calls, and sees it through. `None`: it was broken off by `stop`, and the call is ended.
pub async fn place(
    voice: &Voice,
    (id, check): (Uuid, &Check),
    laws: Vec<Law>,
    stop: impl Future<Output = ()>,
) -> Option<Made> {
    let (at, began) = (clock::now(), clock::steady());
    let call_id = ids::v7(at, &[b"call", id.as_bytes(), &clock::now_us().to_be_bytes()]);
    let law = laws.first().copied().unwrap_or(Law::Mu);
    let offered: Vec<String> = laws.iter().map(|law| law.name().to_owned()).collect();
    let opened = match target(voice, check, laws) {
        Ok(target) => Probe::open(target).await.map_err(|fault| fault.to_string()),
        Err(why) => Err(why),
    };
    let checked = match opened {
        Ok(probe) => tokio::select! {
            checked = tried(&probe, voice, check) => checked.map_err(|fault| fault.to_string()),
            () = stop => {
                probe.close(ENDING).await;
                return None;
            }
        },
        Err(why) => Err(why),
    };
    let blank = Call {
        id: call_id,
        check: id,
        at,
        lasted_ms: u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX),
        verdict: Verdict::ProbeFault.word().to_owned(),
        proof: Proof::Nothing,
        why: String::new(),
        trouble: None,
        offered,
        control: None,
        ladder: Vec::new(),
        loudness: None,
        measures: serde_json::Value::Null,
        figures: Vec::new(),
        recorded: false,
        reading: None,
    };
    Some(match checked {
        Ok(checked) => of(checked, blank, law),
        // This machine could not call at all: that says nothing of whom it wanted to call.
        Err(why) => Made {
            codec: blank.offered.join(" or "),
            call: Call { why: format!("The probe could not call at all: {why}."), ..blank },
            verdict: Verdict::ProbeFault,
            law,
            answered: false,
            recording: None,
        },
    })
}

/// A call to a far end that answers in tones, or to an agent of ours.
async fn tried(probe: &Probe, voice: &Voice, check: &Check) -> Result<Checked, Fault> {
    let whole = u64::try_from(voice.longest_call_s).unwrap_or(60);
    let rings = Duration::from_secs(whole.saturating_sub(TALK_S).max(5));
    let whole = Duration::from_secs(whole);
    match &check.agent {
        None => {
            let plan = plan();
            check_with(probe, Plan { whole, rings: plan.rings.min(rings), ..plan }, true).await
        }
        Some(seat) => {
            let plan = tocsin_robot::plan();
            let plan = PairPlan { whole, rings: plan.rings.min(rings), ..plan };
            tocsin_robot::check_with(probe, seat, plan, true).await
        }
    }
}

fn of(checked: Checked, blank: Call, law: Law) -> Made {
    let Checked { placed, judgement, control, .. } = checked;
    let answered = matches!(placed.report.outcome, Outcome::Answered(_));
    let proof = match judgement.verdict {
        Verdict::Pass => Proof::Passed,
        Verdict::ProbeFault => Proof::Nothing,
        _ => Proof::Failed,
    };
    let answered_ms = placed.report.answered_after.map(|after| after.as_millis() as u64);
    let recording = placed.recording;
    let loudness = answered_ms.filter(|_| !recording.sent.is_empty()).map(|from_ms| Loudness {
        from_ms,
        step_ms: STEP_MS,
        sent: envelope(&recording.sent),
        heard: envelope(&recording.heard),
        agent: placed.report.agent.as_ref().map(|_| envelope(&recording.agent)),
    });
    let control = control.filter(|said| said.verdict != Verdict::Pass);
    let codec = placed.figures.codec.map_or_else(|| blank.offered.join(" or "), str::to_owned);
    let call = Call {
        verdict: judgement.verdict.word().to_owned(),
        proof,
        why: judgement.why,
        trouble: placed.trouble,
        control: control.map(|said| format!("{}: {}", said.verdict, said.why)),
        ladder: ladder(&placed.report.ladder),
        loudness,
        measures: serde_json::to_value(&placed.figures).unwrap_or_default(),
        figures: placed.figures.lines().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
        ..blank
    };
    Made { call, verdict: judgement.verdict, law, codec, answered, recording: answered.then_some(recording) }
}

/// In dBFS, one value for each step.
fn envelope(sound: &[i16]) -> Vec<i8> {
    sound.chunks(STEP).map(|piece| level(piece).clamp(SILENT, 0.0).round() as i8).collect()
}

fn ladder(ladder: &Ladder) -> Vec<Rung> {
    let rung = |rung: &tocsin_check::Rung| {
        let (by, signalling) = by(&rung.step);
        Rung { after_ms: rung.after.as_millis() as u64, by, signalling, what: rung.step.to_string() }
    };
    ladder.0.iter().map(rung).collect()
}

/// Who did it, and whether it is signalling.
fn by(step: &Step) -> (Side, bool) {
    match step {
        Step::Invited | Step::HungUp | Step::Cancelled => (Side::Us, true),
        Step::AgentReady(_)
        | Step::AgentRang
        | Step::AgentAccepted
        | Step::AgentConnected
        | Step::AgentHears
        | Step::AgentHeardNumber(_)
        | Step::AgentHeardChirp(_)
        | Step::AgentHungUp
        | Step::AgentBroke => (Side::Agent, false),
        Step::Provisional(_) | Step::Answered | Step::Refused(_) | Step::CutOff => (Side::Them, true),
        Step::SaidNumber(_) | Step::SaidChirp => (Side::Us, false),
        Step::FirstPacket
        | Step::WrongCodec
        | Step::HeardTone(_)
        | Step::HeardNetwork(_)
        | Step::HeardAnswer(_)
        | Step::HeardGarbled
        | Step::HeardAgent
        | Step::HeardChirp(_) => (Side::Them, false),
        Step::GaveUp(_) | Step::NotCalled => (Side::Nobody, false),
    }
}
