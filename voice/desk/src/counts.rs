//! What is counted, and how Prometheus reads it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::Duration;

use tocsin_switchboard::builds;
use tocsin_switchboard::call::{By, Cause, Stage};
use tocsin_switchboard::lease::Leases;
use tocsin_switchboard::queue::Unserved;
use tocsin_switchboard::readiness::Readiness;
use tocsin_switchboard::snapshot::Build;

/// Upper bounds, in seconds.
const BOUNDS: [f64; 8] = [0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0];

/// How long things took.
#[derive(Clone, Debug, Default)]
pub struct Spans {
    within: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Spans {
    pub fn seen(&mut self, span: Duration) {
        let seconds = span.as_secs_f64();
        self.count += 1;
        self.sum += seconds;
        for (bound, within) in BOUNDS.iter().zip(&mut self.within) {
            *within += u64::from(seconds <= *bound);
        }
    }

    fn text(&self, name: &str, help: &str, out: &mut String) {
        head(name, "histogram", help, out);
        for (bound, within) in BOUNDS.iter().zip(self.within) {
            let _ = writeln!(out, "{name}_bucket{{le=\"{bound}\"}} {within}");
        }
        let Spans { count, sum, .. } = self;
        let _ = writeln!(out, "{name}_bucket{{le=\"+Inf\"}} {count}\n{name}_sum {sum}\n{name}_count {count}");
    }
}

#[derive(Clone, Debug, Default)]
pub struct Counts {
    stages: BTreeMap<Stage, u64>,
    accepted: BTreeMap<(Build, u64), u64>,
    failed: BTreeMap<(Cause, Build, u64), u64>,
    ended: BTreeMap<(By, bool), u64>,
    missed: BTreeMap<&'static str, u64>,
    alarms: BTreeMap<&'static str, u64>,
    pub two_way: Spans,
    pub config_ack: Spans,
    pub config_timeouts: u64,
    pub callers_unheard: u64,
}

const STAGES: [(Stage, &str); 7] = [
    (Stage::Offered, "offered"),
    (Stage::Ringing, "ringing"),
    (Stage::Accepted, "accepted"),
    (Stage::DtlsUp, "dtls_up"),
    (Stage::FirstRtpIn, "first_rtp_in"),
    (Stage::FirstRtpOut, "first_rtp_out"),
    (Stage::TwoWay, "two_way"),
];

fn head(name: &str, kind: &str, help: &str, out: &mut String) {
    let _ = writeln!(out, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

/// Why a caller was not served, as it is counted and shown.
#[must_use]
pub fn unserved(why: Unserved) -> &'static str {
    match why {
        Unserved::HungUp => "hung_up",
        Unserved::NobodyThere => "nobody_there",
        Unserved::WaitedTooLong => "waited_too_long",
        Unserved::QueueClosed => "queue_closed",
    }
}

impl Counts {
    pub fn stage(&mut self, stage: Stage) {
        *self.stages.entry(stage).or_default() += 1;
    }

    /// By a session of that build, with that version of the configuration.
    pub fn accepted(&mut self, build: Build, version: u64) {
        *self.accepted.entry((build, version)).or_default() += 1;
    }

    pub fn connect_failed(&mut self, cause: Cause, build: Build, version: u64) {
        *self.failed.entry((cause, build, version)).or_default() += 1;
    }

    pub fn ended(&mut self, by: By, answered: bool) {
        *self.ended.entry((by, answered)).or_default() += 1;
    }

    pub fn missed(&mut self, why: Unserved) {
        *self.missed.entry(unserved(why)).or_default() += 1;
    }

    pub fn builds(&mut self, word: &builds::Word) {
        let name = match word {
            builds::Word::Raised(builds::Alarm::YoungBuild { .. }) => "young_build",
            builds::Word::Raised(builds::Alarm::Rate { .. }) => "rate",
            builds::Word::Raised(builds::Alarm::StillFailing { .. }) => "still_failing",
            builds::Word::RollBack { .. } => "roll_back",
            builds::Word::Cleared(_) => return,
        };
        *self.alarms.entry(name).or_default() += 1;
    }

    /// All of it, with what is known elsewhere: refusals of leases, sessions, calls that are on and callers that wait.
    #[must_use]
    pub fn text(&self, leases: &Leases, readiness: &Readiness, calls: usize, waiting: usize) -> String {
        let mut out = String::new();
        head("voice_calls_total", "counter", "Calls that came so far.", &mut out);
        for (stage, word) in STAGES {
            let count = self.stages.get(&stage).copied().unwrap_or_default();
            let _ = writeln!(out, "voice_calls_total{{stage=\"{word}\"}} {count}");
        }
        head("voice_accepted_total", "counter", "Calls that agents accepted.", &mut out);
        for ((build, version), count) in &self.accepted {
            let _ = writeln!(out, "voice_accepted_total{{build=\"{build}\",config_version=\"{version}\"}} {count}");
        }
        let help = "Calls that were accepted and in which somebody was not heard, or no longer.";
        head("voice_connect_fail_total", "counter", help, &mut out);
        for ((cause, build, version), count) in &self.failed {
            let cause = cause.word();
            let labels = format!("cause=\"{cause}\",build=\"{build}\",config_version=\"{version}\"");
            let _ = writeln!(out, "voice_connect_fail_total{{{labels}}} {count}");
        }
        let help = "From an agent's acceptance until both were heard.";
        self.two_way.text("accept_to_two_way_seconds", help, &mut out);
        let help = "From a new version of the configuration until a session came with it.";
        self.config_ack.text("config_ack_seconds", help, &mut out);
        head("sessions", "gauge", "Widgets that are there.", &mut out);
        for ((build, version, state), count) in readiness.sessions() {
            let version = version.map_or(0, |(_, version)| version);
            let _ =
                writeln!(out, "sessions{{build=\"{build}\",config_version=\"{version}\",state=\"{state}\"}} {count}");
        }
        head("config_timeout_total", "counter", "Widgets that nobody gave a configuration in time.", &mut out);
        let _ = writeln!(out, "config_timeout_total {}", self.config_timeouts);
        head("lease_refused_total", "counter", "Leases and offers that were refused.", &mut out);
        for (why, count) in leases.refused() {
            let _ = writeln!(out, "lease_refused_total{{why=\"{}\"}} {count}", why.word());
        }
        head("voice_calls_ended_total", "counter", "Calls that are over.", &mut out);
        for ((by, answered), count) in &self.ended {
            let by = match by {
                By::Caller => "caller",
                By::Agent => "agent",
                By::Desk => "desk",
            };
            let _ = writeln!(out, "voice_calls_ended_total{{by=\"{by}\",answered=\"{answered}\"}} {count}");
        }
        head("voice_missed_total", "counter", "Callers who were not served.", &mut out);
        for (why, count) in &self.missed {
            let _ = writeln!(out, "voice_missed_total{{why=\"{why}\"}} {count}");
        }
        head("voice_build_alarms_total", "counter", "What builds were blamed for.", &mut out);
        for (name, count) in &self.alarms {
            let _ = writeln!(out, "voice_build_alarms_total{{alarm=\"{name}\"}} {count}");
        }
        head("voice_callers_unheard_total", "counter", "Callers who sent no sound, or none any more.", &mut out);
        let _ = writeln!(out, "voice_callers_unheard_total {}", self.callers_unheard);
        head("voice_calls", "gauge", "Calls that are on.", &mut out);
        let _ = writeln!(out, "voice_calls {calls}");
        head("voice_waiting", "gauge", "Callers who wait.", &mut out);
        let _ = writeln!(out, "voice_waiting {waiting}");
        out
    }
}
