//! The call to our own far end, within this process: does the probe itself speak and hear?

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use tocsin_check::Plan;
use tocsin_media::verdict::{Control, Evidence, Judgement, Limits, Verdict, judge};
use tocsin_sip::{Address, Settings, Transport};

use crate::PRODUCT;
use crate::answer::{Desk, Manner};
use crate::place::{Probe, Target};
use crate::verdict::plan;

const ENDING: Duration = Duration::from_secs(2);
/// Within this machine nobody has to wait longer for an answer.
const ANSWERED: Duration = Duration::from_secs(4);

/// Calls a far end of ours on this machine.
///
/// # Errors
/// When the call does not pass: then the probe is ill, whatever it says of others.
pub async fn control() -> Result<Judgement, Judgement> {
    let judgement = call().await.unwrap_or_else(|fault| Judgement {
        verdict: Verdict::ProbeFault,
        why: format!("The probe cannot call even itself: {fault}."),
    });
    if judgement.verdict == Verdict::Pass { Ok(judgement) } else { Err(judgement) }
}

async fn call() -> Result<Judgement, tocsin_sip::Fault> {
    let here = SocketAddr::new(Ipv4Addr::LOCALHOST.into(), 0);
    let desk = Desk::open(Settings::new(Transport::Udp, here, PRODUCT), Manner::default()).await?;
    let at = desk.listening()[0].1;
    let to =
        Address { user: Some("control".to_owned()), host: at.ip().to_string(), port: Some(at.port()), transport: None };
    let probe = Probe::open(Target::new(to)).await?;
    let plan = Plan { rings: ANSWERED, ..plan() };
    let placed = tokio::select! {
        placed = probe.call(plan) => placed?,
        () = desk.attend(std::future::pending(), |_| ()) => return Err(tocsin_sip::Fault::Over),
    };
    probe.close(ENDING).await;
    let evidence = Evidence { control: Control::Echoed, outcome: placed.report.outcome, agent: None };
    Ok(judge(&evidence, &Limits::default()))
}
