//! Who is ready and who is not, and why: what widgets say of themselves, kept, counted, and an alarm where it is about
//! their configuration. It decides nothing: who gets calls is for the leases to say.
//!
//! | what stands | alarm |
//! |---|---|
//! | one session rejects its configuration | [`Alarm::Rejected`], at once |
//! | two sessions have none, or one for half a minute | [`Alarm::Missing`] |
//!
//! An alarm is over when nothing of it stands any more.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::builds::Version;
use crate::snapshot::{Build, Stamp};

const ALONE: Duration = Duration::from_secs(30);
const TOGETHER: usize = 2;

/// A widget's own word, each time its state is another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub agent: String,
    pub widget_id: String,
    pub build: Build,
    pub stamp: Option<Stamp>,
    /// As the widget shows it: `AVAILABLE`, `NOT_READY(config_timeout)`.
    pub state: String,
    /// What a rejected configuration lacks.
    #[serde(default)]
    pub missing: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "alarm", rename_all = "snake_case")]
pub enum Alarm {
    /// The flags that are missing, the builds that say so, how many sessions.
    Rejected { missing: BTreeSet<String>, builds: BTreeSet<Build>, sessions: usize },
    /// Nobody gave them a configuration.
    Missing { builds: BTreeSet<Build>, sessions: usize },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    Raised(Alarm),
    Cleared(Alarm),
}

/// Sessions that are alike: build, configuration, state.
pub type Group<'a> = (Build, Option<Version>, &'a str);

#[derive(Clone, Debug)]
struct Known {
    report: Report,
    since: Duration,
}

/// All widgets that are there.
#[derive(Clone, Debug, Default)]
pub struct Readiness {
    known: BTreeMap<String, Known>,
    counted: BTreeMap<String, u64>,
    rejected: Option<Alarm>,
    missing: Option<Alarm>,
}

impl Readiness {
    pub fn reported(&mut self, now: Duration, report: Report) -> Vec<Word> {
        *self.counted.entry(report.state.clone()).or_default() += 1;
        let since = match self.known.get(&report.widget_id) {
            Some(known) if known.report.state == report.state => known.since,
            _ => now,
        };
        self.known.insert(report.widget_id.clone(), Known { report, since });
        self.tick(now)
    }

    /// A widget's connection is gone.
    pub fn gone(&mut self, now: Duration, widget_id: &str) -> Vec<Word> {
        self.known.remove(widget_id);
        self.tick(now)
    }

    /// Time has passed.
    pub fn tick(&mut self, now: Duration) -> Vec<Word> {
        let standing =
            |state: &str| -> Vec<&Known> { self.known.values().filter(|known| known.report.state == state).collect() };
        let builds = |all: &[&Known]| all.iter().map(|known| known.report.build).collect();
        let rejecting = standing("REJECTED");
        let rejected = (!rejecting.is_empty()).then(|| Alarm::Rejected {
            missing: rejecting.iter().flat_map(|known| known.report.missing.iter().cloned()).collect(),
            builds: builds(&rejecting),
            sessions: rejecting.len(),
        });
        let without = standing("NOT_READY(config_timeout)");
        let long = without.iter().any(|known| now >= known.since + ALONE);
        let missing = (without.len() >= TOGETHER || long || self.missing.is_some() && !without.is_empty())
            .then(|| Alarm::Missing { builds: builds(&without), sessions: without.len() });
        let mut words = Vec::new();
        for (open, holds) in [(&mut self.rejected, rejected), (&mut self.missing, missing)] {
            match (&open, &holds) {
                (None, Some(alarm)) => words.push(Word::Raised(alarm.clone())),
                (Some(alarm), None) => words.push(Word::Cleared(alarm.clone())),
                _ => {}
            }
            *open = holds;
        }
        words
    }

    /// When a tick is due.
    #[must_use]
    pub fn wake(&self, now: Duration) -> Option<Duration> {
        let waiting = self.known.values().filter(|known| known.report.state == "NOT_READY(config_timeout)");
        waiting.map(|known| known.since + ALONE).filter(|at| *at > now).min()
    }

    #[must_use]
    pub fn alarms(&self) -> Vec<&Alarm> {
        self.rejected.iter().chain(&self.missing).collect()
    }

    /// How often each state was come to.
    #[must_use]
    pub fn counted(&self) -> &BTreeMap<String, u64> {
        &self.counted
    }

    /// How many sessions are alike.
    #[must_use]
    pub fn sessions(&self) -> BTreeMap<Group<'_>, usize> {
        let mut all = BTreeMap::new();
        for Known { report, .. } in self.known.values() {
            let version = report.stamp.as_ref().map(|stamp| (stamp.epoch, stamp.version));
            *all.entry((report.build, version, report.state.as_str())).or_default() += 1;
        }
        all
    }
}
