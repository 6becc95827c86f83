//! A whole check with a robot: it signs in, it is called, both listen, and what both prove.

use std::time::Duration;

use tocsin_check::{Pair, PairPlan, Refrain};
use tocsin_media::nonce::Nonce;
use tocsin_media::samples;
use tocsin_media::verdict::{Came, Judgement, Verdict};
use tocsin_probe::{Checked, Figures, Placed, Probe, Recording, control, judged};
use tocsin_sip::{Fault, clock, random};

use crate::agent::Seat;
use crate::robot::Robot;

/// How long calls may take to be ended for good.
const ENDING: Duration = Duration::from_secs(4);

/// A plan with numbers of its own.
#[must_use]
pub fn plan() -> PairPlan {
    let caller = u16::from_be_bytes(random());
    // Another than the caller's, whatever is drawn.
    let agent = caller.wrapping_add(u16::from_be_bytes(random()).max(1));
    PairPlan::new(Nonce(caller), Nonce(agent))
}

/// Lets a robot sit down at a page, calls it, and with `controlled` our own far end at the same time. When this future
/// is dropped, call and browser are ended.
///
/// # Errors
/// When this machine cannot make the call at all.
pub async fn check_with(probe: &Probe, seat: &Seat, plan: PairPlan, controlled: bool) -> Result<Checked, Fault> {
    let mut robot = Robot::start(seat.clone(), Refrain::of_agent(plan.agent));
    let checked = attended(probe, &mut robot, plan, controlled).await;
    robot.close().await;
    checked
}

async fn attended(probe: &Probe, robot: &mut Robot, plan: PairPlan, controlled: bool) -> Result<Checked, Fault> {
    let ready = robot.ready().await;
    let beside = async { if controlled { Some(control().await) } else { None } };
    let (placed, control) = match ready {
        Err(came) => (not_made(came), beside.await),
        Ok(ready) => {
            let (placed, control) = tokio::join!(placed(probe, robot, plan, ready), beside);
            (placed?, control)
        }
    };
    let mut judgement = judged(&placed, control.as_ref());
    // Before anything is said against others, the browser has to hear itself; where both ends heard each other, it did.
    if !matches!(judgement.verdict, Verdict::Pass | Verdict::PoorQuality | Verdict::LateAudio | Verdict::ProbeFault)
        && let Err(why) = robot.hears_itself().await
    {
        let why = format!("The agent of this check could not work: {why}.");
        judgement = Judgement { verdict: Verdict::ProbeFault, why };
    }
    let control = control.map(|control| control.unwrap_or_else(|failed| failed));
    let dialogs_left = probe.close(ENDING).await;
    Ok(Checked { placed, judgement, control, dialogs_left })
}

fn not_made(came: Came) -> Placed {
    Placed { report: Pair::not_made(came), figures: Figures::default(), recording: Recording::default(), trouble: None }
}

async fn placed(probe: &Probe, robot: &mut Robot, plan: PairPlan, ready: Duration) -> Result<Placed, Fault> {
    let began = clock::steady();
    let mut pair = Pair::new(plan, ready, began);
    let mut placed = probe.play(&mut pair, began + plan.whole, |pair, _| robot.beside(pair)).await?;
    if let Some(answered) = placed.report.answered_after {
        placed.recording.agent = aligned(&pair, began + answered, placed.recording.sent.len());
    }
    if robot.awaits_word && pair.is_proved() && !pair.is_said_to_be_connected() {
        let said = "Both ends heard each other, and the page did not say that they are connected.";
        placed.trouble.get_or_insert(said.to_owned());
    }
    Ok(placed)
}

/// What the page played, so that it begins with the answer and lasts as long as the rest.
fn aligned(pair: &Pair, answered: Duration, length: usize) -> Vec<i16> {
    let Some((began, sound)) = pair.played_to_agent() else { return vec![0; length] };
    let early = samples(answered.saturating_sub(began));
    let mut aligned = vec![0; samples(began.saturating_sub(answered)).min(length)];
    aligned.extend(sound.iter().skip(early));
    aligned.resize(length, 0);
    aligned
}
