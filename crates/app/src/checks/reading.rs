//! Reading: what the calls so far say of what a check tests, in the form in which a page speaks of its service. A check
//! is read as a page is: what it cannot tell is `unknown`, with the reason.

use tocsin_check::Fault;
use tocsin_domain::call::Proof;
use tocsin_domain::{Component, ComponentRef, Health, Page, Problem, Reading, WarningKind};

use super::state::State;
use crate::config::Check;

/// Reads what is remembered after a call that proves `proof`, of which `why` says what came of it. `components` are those
/// that the check is about.
#[must_use]
pub fn read(check: &Check, state: &State, proof: Proof, why: &str, components: &[ComponentRef]) -> Reading {
    let (health, problem) = health(state, proof, why);
    let part = |one: &ComponentRef| Component {
        // The page does not list it (yet).
        id: if one.id.is_empty() { one.name.clone() } else { one.id.clone() },
        name: one.name.clone(),
        group: Vec::new(),
        health,
        hidden_while_operational: false,
    };
    Reading {
        platform: Some(check.kind.word().to_owned()),
        page: Page { id: Some(check.slug.clone()), name: Some(check.name.clone()), ..Page::default() },
        components: components.iter().map(part).collect(),
        problems: problem.into_iter().collect(),
        ..Reading::default()
    }
    .settled(Some(health))
}

/// The same, of whom nothing is known for that reason.
#[must_use]
pub fn unknown(check: &Check, last: Option<&Reading>, code: &str, why: &str) -> Reading {
    let blank = || read(check, &State::default(), Proof::Nothing, "", &[]);
    let mut reading = last.cloned().unwrap_or_else(blank);
    reading.health = Health::Unknown;
    for component in &mut *reading.components {
        component.health = Health::Unknown;
    }
    reading.problems = vec![problem(code, why.to_owned())];
    reading
}

/// What is wrong. A call that passes makes nothing worse: what else it leaves of the calls before counts when one fails
/// again.
fn wrong(state: &State, proof: Proof) -> Option<WarningKind> {
    let known = state.open.as_ref().map(|open| open.warning.kind);
    let holds = state.history.open().map(|fault| match fault {
        Fault::Poor => WarningKind::PoorCalls,
        Fault::NotAnswered => WarningKind::NotAnswered,
        Fault::NoAudio => WarningKind::NoAudio,
    });
    known.filter(|_| holds.is_some() && proof != Proof::Failed).or(holds)
}

fn health(state: &State, proof: Proof, why: &str) -> (Health, Option<Problem>) {
    if let Some(kind) = wrong(state, proof) {
        let health = kind.impact().health().unwrap_or(Health::Degraded);
        return (health, Some(problem(kind.word(), kind.summary().to_owned())));
    }
    if state.history.is_ill() {
        let detail = format!("The probe itself is ill, so nothing is known of the line. {why}");
        return (Health::Unknown, Some(problem("probe_ill", detail)));
    }
    match state.recent.last() {
        None => (Health::Unknown, Some(problem("unproven", format!("No call has proved anything yet. {why}")))),
        Some(last) if last.passed => (Health::Operational, None),
        Some(last) => {
            let detail = format!("The last call failed; more have to fail before anybody is warned. {}", last.why);
            let was_well = state.recent.iter().any(|tell| tell.passed);
            (if was_well { Health::Operational } else { Health::Unknown }, Some(problem("unproven", detail)))
        }
    }
}

/// Our own sentences, which are not cut.
fn problem(code: &str, detail: String) -> Problem {
    Problem { code: code.to_owned(), place: String::new(), detail }
}

#[cfg(test)]
mod tests {
    use tocsin_domain::{Call, Timestamp};
    use tocsin_media::g711::Law;
    use tocsin_media::verdict::Verdict;

    use super::*;
    use crate::checks::Live;
    use crate::checks::state::Tell;
    use crate::config::{Environment, Flags, parse};

    fn check() -> Check {
        let text = "[[check]]\nname = \"Support line\"\nkind = \"sip_call\"\ntarget = \"sip:line@127.0.0.1:5060\"\n";
        let config = parse(text, &Flags::default(), &Environment::default()).expect("a configuration");
        config.checks.into_iter().next().expect("a check")
    }

    /// As an earlier version kept it.
    fn call() -> Call {
        serde_json::from_value(serde_json::json!({
            "id": uuid::Uuid::nil(), "check": uuid::Uuid::nil(), "at": "2026-11-28T08:00:00Z", "lasted_ms": 9_000,
            "verdict": "pass", "proof": "passed", "why": "It was so.", "offered": [], "ladder": [], "measures": null,
            "figures": [],
        }))
        .expect("a call")
    }

    /// What is remembered after calls with those verdicts.
    fn after(verdicts: &[Verdict]) -> State {
        let mut state = State::default();
        for (minute, verdict) in (0..).zip(verdicts) {
            let _known = state.history.called(*verdict, Law::Mu);
            if *verdict != Verdict::ProbeFault {
                state.note_proof(Tell {
                    at: Timestamp::from_second(minute * 60),
                    passed: *verdict == Verdict::Pass,
                    verdict: verdict.word().to_owned(),
                    codec: "PCMU".to_owned(),
                    why: "It was so.".to_owned(),
                });
            }
        }
        state
    }

    /// What is read after them.
    fn said(verdicts: &[Verdict], components: &[ComponentRef]) -> Reading {
        let proof = match verdicts.last() {
            Some(Verdict::Pass) => Proof::Passed,
            None | Some(Verdict::ProbeFault) => Proof::Nothing,
            Some(_) => Proof::Failed,
        };
        read(&check(), &after(verdicts), proof, "It was so.", components)
    }

    #[test]
    fn what_is_not_proved_is_unknown_and_never_well() {
        use Verdict::{OneWayOut, Pass, PoorQuality, ProbeFault};
        type Case<'a> = (&'a [Verdict], Option<WarningKind>, Health, &'a [&'a str]);
        let cases: [Case<'_>; 9] = [
            (&[], None, Health::Unknown, &["unproven"]),
            (&[ProbeFault], None, Health::Unknown, &["unproven"]),
            (&[OneWayOut], None, Health::Unknown, &["unproven"]),
            (&[Pass], None, Health::Operational, &[]),
            (&[Pass, ProbeFault], None, Health::Operational, &[]),
            (&[Pass, OneWayOut], None, Health::Operational, &["unproven"]),
            (&[Pass, ProbeFault, ProbeFault], None, Health::Unknown, &["probe_ill"]),
            (&[Pass, OneWayOut, OneWayOut], Some(WarningKind::NoAudio), Health::PartialOutage, &["no_audio"]),
            (&[PoorQuality; 4], Some(WarningKind::PoorCalls), Health::Degraded, &["poor_calls"]),
        ];
        let voice = [ComponentRef { id: String::new(), name: "Voice".to_owned() }];
        for (verdicts, wrong, health, codes) in cases {
            let reading = said(verdicts, &voice);
            assert_eq!((reading.health, WarningKind::of(&reading)), (health, wrong), "{verdicts:?}");
            assert_eq!(reading.components.iter().map(|one| one.health).collect::<Vec<_>>(), [health], "{verdicts:?}");
            assert_eq!(reading.problems.iter().map(|one| &*one.code).collect::<Vec<_>>(), codes, "{verdicts:?}");
            assert_eq!((reading.platform.as_deref(), &*reading.components[0].id), (Some("sip_call"), "Voice"));
        }
    }

    #[test]
    fn a_check_that_may_not_call_says_nothing_good() {
        use Verdict::{OneWayIn, Pass};
        let check = check();
        let mut live = Live { state: after(&[Pass]), ..Live::default() };
        assert_eq!(live.health(&check), (Health::Unknown, Some("It has not called yet.".to_owned())));
        live.last = Some(Call { reading: Some(said(&[Pass], &[])), ..call() });
        assert_eq!(live.health(&check), (Health::Operational, None));
        live.held_back = Some("It rests.".to_owned());
        assert_eq!(live.health(&check), (Health::Unknown, Some("It rests.".to_owned())));
        // What is wrong stays wrong while it rests.
        live.last = Some(Call { reading: Some(said(&[OneWayIn, OneWayIn], &[])), ..call() });
        assert_eq!(live.health(&check).0, Health::PartialOutage);
        // An earlier version kept calls without a reading.
        (live.held_back, live.last) = (None, Some(call()));
        live.read_again(&check);
        assert_eq!(live.health(&check), (Health::Operational, None));
    }
}
