//! A whole check: the call, the control call beside it, and what both prove.

use std::time::Duration;

use tocsin_check::Plan;
use tocsin_media::nonce::Nonce;
use tocsin_media::verdict::{Control, Evidence, Judgement, Limits, Verdict, judge};
use tocsin_sip::{Fault, random};

use crate::control::control;
use crate::place::{Placed, Probe, Target};

/// How long calls may take to be ended for good.
const ENDING: Duration = Duration::from_secs(4);

/// What a check found.
#[derive(Clone, Debug)]
pub struct Checked {
    pub placed: Placed,
    pub judgement: Judgement,
    /// What the control call said of us; `None`: none was made.
    pub control: Option<Judgement>,
    /// Dialogs that were left when all was over: 0, unless something leaks.
    pub dialogs_left: usize,
}

/// A plan with a number of its own.
#[must_use]
pub fn plan() -> Plan {
    Plan::new(Nonce(u16::from_be_bytes(random())))
}

/// Calls the target, and with `controlled` our own far end at the same time.
///
/// # Errors
/// When this machine cannot make the call at all.
pub async fn check(target: Target, plan: Plan, controlled: bool) -> Result<Checked, Fault> {
    let probe = Probe::open(target).await?;
    check_with(&probe, plan, controlled).await
}

/// The same over a line that is open already: so that whoever breaks off can wait for its calls to end.
///
/// # Errors
/// When this machine cannot make the call at all.
pub async fn check_with(probe: &Probe, plan: Plan, controlled: bool) -> Result<Checked, Fault> {
    let beside = async { if controlled { Some(control().await) } else { None } };
    let (placed, control) = tokio::join!(probe.call(plan), beside);
    let placed = placed?;
    let judgement = judged(&placed, control.as_ref());
    let control = control.map(|control| control.unwrap_or_else(|failed| failed));
    let dialogs_left = probe.close(ENDING).await;
    Ok(Checked { placed, judgement, control, dialogs_left })
}

/// What a call proves, with what the call to our own far end says of the probe.
#[must_use]
pub fn judged(placed: &Placed, control: Option<&Result<Judgement, Judgement>>) -> Judgement {
    let (outcome, agent) = (&placed.report.outcome, &placed.report.agent);
    let evidence = |control| Evidence { control, outcome: outcome.clone(), agent: agent.clone() };
    let under = |control| judge(&evidence(control), &Limits::default());
    match (control, under(Control::Echoed)) {
        // A machine that is busy hears itself, but badly: that says nothing of whether others connect, and spoils
        // only what it says of how well they are heard.
        (Some(Err(own)), judged) if is_of_quality(own.verdict) && !is_of_quality(judged.verdict) => judged,
        (Some(Err(_)), _) => under(Control::Failed),
        (Some(Ok(_)) | None, judged) => judged,
    }
}

fn is_of_quality(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::PoorQuality | Verdict::LateAudio)
}
