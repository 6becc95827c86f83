//! The gate of a build: one call through a desk of its own, from a telephone to an agent in a real browser who clicks
//! *Accept*. Each has to hear the number that the other says, the widget has to say that they are connected, and *Hang up*
//! has to end it.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use serde::Serialize;
use tocsin_check::{PairPlan, Step};
use tocsin_media::verdict::Verdict;
use tocsin_probe::{Checked, Probe, Target};
use tocsin_robot::{Seat, Site, check_with, plan};

use crate::builds::{self, Files};
use crate::serve;
use crate::setup::{Agent, Setup};

/// Within this machine nobody has to wait longer for a ring and a click, nor to be ready for one.
const RINGS: Duration = Duration::from_secs(12);
const READY: Duration = Duration::from_secs(20);
const QUEUE: &str = "support";

/// What came of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Passage {
    pub passed: bool,
    /// What was done, in order, and what was not.
    pub steps: Vec<String>,
}

/// Why nothing can be said of the build.
pub struct Ill(pub String);

/// Takes a build through the gate.
///
/// # Errors
/// When the gate itself cannot work: no browser, no ports.
pub async fn pass(files: &Files, browser: &str) -> Result<Passage, Ill> {
    let folder = tempfile::tempdir().map_err(|error| Ill(format!("there is no room for a desk: {error}")))?;
    let here = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0);
    let token = folder.path().display().to_string().replace('/', "-");
    let agent = Agent { id: "gate".to_owned(), name: None, token: token.clone(), queues: Vec::new() };
    let data = folder.path().join("data");
    let setup = Setup { web: here, sip: here, data, agent: vec![agent], clean_microphone: false, ..Setup::default() };
    std::fs::create_dir_all(&setup.data).map_err(|error| Ill(error.to_string()))?;
    builds::publish(&setup.data, files, "the gate", false).map_err(Ill)?;
    let desk = serve::start(setup, None).await.map_err(Ill)?;
    let site = Site::of_desk(&format!("http://{}/", desk.web), "gate", &token);
    let seat = Seat { site, browser: browser.to_owned(), ready: READY };
    let plan = PairPlan { agent_ends: true, rings: RINGS, ..plan() };
    let checked = match desk.line.listening().first() {
        Some((_, sip)) => called(*sip, &seat, plan).await,
        None => Err("no calls are taken".to_owned()),
    };
    desk.stop().await;
    let checked = checked.map_err(Ill)?;
    if checked.judgement.verdict == Verdict::ProbeFault {
        return Err(Ill(checked.judgement.why));
    }
    Ok(passage(&checked, plan))
}

async fn called(desk: SocketAddr, seat: &Seat, plan: PairPlan) -> Result<Checked, String> {
    let to = format!("sip:{QUEUE}@{desk}").parse().map_err(|why| format!("no call can be made: {why}"))?;
    let failed = |fault: tocsin_sip::Fault| format!("no call can be made: {fault}");
    let probe = Probe::open(Target::new(to)).await.map_err(failed)?;
    check_with(&probe, seat, plan, false).await.map_err(failed)
}

/// What a build has to do, and what shows that it did.
fn passage(checked: &Checked, plan: PairPlan) -> Passage {
    let ladder = &checked.placed.report.ladder;
    let did = |is: &dyn Fn(&Step) -> bool| ladder.first(is).is_some();
    let needed = [
        ("the widget is ready for calls", did(&|step| matches!(step, Step::AgentReady(_)))),
        ("it rings", did(&|step| *step == Step::AgentRang)),
        ("accepted by a click, and connected", did(&|step| *step == Step::AgentConnected)),
    ];
    let heard = [
        ("the agent hears the caller's number", did(&|step| *step == Step::AgentHeardNumber(plan.caller))),
        ("the caller hears the agent's number", did(&|step| *step == Step::HeardAnswer(plan.agent))),
    ];
    let over = ("the caller is told that it is over", did(&|step| *step == Step::CutOff));
    let mut passage = Passage::default();
    let why = checked.judgement.why.trim_end_matches('.');
    let mut says = |(what, done): (&str, bool)| {
        passage.steps.push(if done { what.to_owned() } else { format!("not: {what}; {why}") });
        done
    };
    // Without one of these the next means nothing; who hears whom is told of both.
    if needed.into_iter().all(&mut says) {
        let both = heard.map(&mut says) == [true; 2];
        passage.passed = both && says(over);
    }
    passage
}
