//! Failures by build and by configuration, so that a deploy names itself.
//!
//! | what | said |
//! |---|---|
//! | two failures of a build younger than 30 minutes | [`Alarm::YoungBuild`]: it is rolled back |
//! | in 5 minutes 3 failures and more than 2 % of a build's accepted calls | [`Alarm::Rate`]: it is rolled back if it is the current one and not a day old |
//! | two failures of calls accepted after a roll-back | [`Alarm::StillFailing`], naming the builds |
//!
//! A call counts from its acceptance; one of which nobody says what came of it has failed after ten seconds, so that
//! silence is no success. Build numbers only rise: rolled back means that the files of the build before are published
//! under a new number, so that the oldest build that may take calls shuts out the bad one, too.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use serde::Serialize;

use crate::call::Cause;
use crate::snapshot::Build;

const YOUNG: Duration = Duration::from_secs(30 * 60);
const WINDOW: Duration = Duration::from_secs(5 * 60);
const KEPT: Duration = Duration::from_secs(30 * 60);
const FAILURES_YOUNG: usize = 2;
const FAILURES: usize = 3;
/// More than so many percent.
const PERCENT: usize = 2;
const UNPROVEN: Duration = Duration::from_secs(10);
const ROLLED_BACK_WITHIN: Duration = Duration::from_secs(24 * 3600);

/// Of a configuration: epoch, version.
pub type Version = (u64, u64);

/// A build that is or was published: which files, since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Published {
    pub build: Build,
    /// Names the files, by their hash say.
    pub files: String,
    pub at: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "alarm", rename_all = "snake_case")]
pub enum Alarm {
    YoungBuild {
        build: Build,
        failures: usize,
    },
    Rate {
        build: Build,
        failures: usize,
        accepted: usize,
    },
    /// What was rolled back was not the cause, or its sessions are still there.
    StillFailing {
        rolled_back: Build,
        /// Failures since, by build.
        builds: BTreeMap<Build, usize>,
        why: Still,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Still {
    /// Only sessions of builds before the roll-back fail.
    StaleSessions,
    /// The new one fails as well: another change is to blame.
    WrongChange,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    Raised(Alarm),
    /// What it says holds no longer.
    Cleared(Alarm),
    /// Publish these files under that number, and shut out all before it.
    RollBack {
        from: Build,
        to: Published,
    },
}

/// How a build did on a configuration in the last half hour.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rate {
    pub build: Build,
    pub version: Version,
    pub accepted: usize,
    pub failed: usize,
    pub causes: BTreeMap<Cause, usize>,
}

#[derive(Clone, Debug)]
struct Counted {
    call: u64,
    at: Duration,
    build: Build,
    version: Version,
    came: Option<Result<(), Cause>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rule {
    Young(Build),
    Rate(Build),
    Still,
}

#[derive(Clone, Debug, Default)]
pub struct Builds {
    /// At most two, the current one last.
    kept: VecDeque<Published>,
    bad: BTreeSet<String>,
    calls: VecDeque<Counted>,
    rolled_back: Option<(Build, Duration)>,
    open: BTreeMap<Rule, Alarm>,
}

impl Builds {
    /// A build has passed its gate and is given to whoever loads the widget.
    ///
    /// # Errors
    /// Its number is not above the last one's; that one is returned.
    pub fn publish(&mut self, now: Duration, build: Build, files: &str) -> Result<(), Build> {
        if let Some(last) = self.kept.back().filter(|last| last.build >= build) {
            return Err(last.build);
        }
        self.kept.push_back(Published { build, files: files.to_owned(), at: now });
        if self.kept.len() > 2 {
            self.kept.pop_front();
        }
        // What fails from here on is the new one's.
        self.rolled_back = None;
        Ok(())
    }

    /// Somebody published the files of an earlier build anew, since those of the last one are no good. What fails from
    /// here on is held against that.
    ///
    /// # Errors
    /// Its number is not above the last one's; that one is returned.
    pub fn rolled_back(&mut self, now: Duration, to: Published) -> Result<(), Build> {
        if let Some(last) = self.kept.back() {
            if last.build >= to.build {
                return Err(last.build);
            }
            self.bad.insert(last.files.clone());
            self.rolled_back = Some((last.build, now));
        }
        self.kept = VecDeque::from([to]);
        Ok(())
    }

    #[must_use]
    pub fn current(&self) -> Option<&Published> {
        self.kept.back()
    }

    /// An agent accepted a call.
    pub fn accepted(&mut self, now: Duration, call: u64, build: Build, version: Version) {
        self.calls.push_back(Counted { call, at: now, build, version, came: None });
    }

    /// Both are heard.
    pub fn connected(&mut self, call: u64) {
        self.came(call, Ok(()));
    }

    /// It did not connect, or did not stay so.
    pub fn failed(&mut self, now: Duration, call: u64, cause: Cause) -> Vec<Word> {
        self.came(call, Err(cause));
        self.judge(now)
    }

    /// The caller or the agent hung up before it was time to know: counts neither way.
    pub fn withdrawn(&mut self, call: u64) {
        if let Some(index) = self.calls.iter().rposition(|one| one.call == call && one.came.is_none()) {
            self.calls.remove(index);
        }
    }

    /// Time has passed: calls may have failed by silence, alarms may be over.
    pub fn tick(&mut self, now: Duration) -> Vec<Word> {
        for call in self.calls.iter_mut().filter(|call| call.came.is_none() && call.at + UNPROVEN <= now) {
            call.came = Some(Err(Cause::Unproven));
        }
        while self.calls.front().is_some_and(|call| call.at + KEPT < now) {
            self.calls.pop_front();
        }
        self.judge(now)
    }

    #[must_use]
    pub fn alarms(&self) -> Vec<&Alarm> {
        self.open.values().collect()
    }

    /// By build and configuration.
    #[must_use]
    pub fn rates(&self) -> Vec<Rate> {
        let mut rates: BTreeMap<(Build, Version), Rate> = BTreeMap::new();
        for Counted { build, version, came, .. } in &self.calls {
            let (build, version) = (*build, *version);
            let rate = rates.entry((build, version)).or_insert_with(|| Rate {
                build,
                version,
                accepted: 0,
                failed: 0,
                causes: BTreeMap::new(),
            });
            rate.accepted += 1;
            if let Some(Err(cause)) = came {
                rate.failed += 1;
                *rate.causes.entry(*cause).or_default() += 1;
            }
        }
        rates.into_values().collect()
    }

    /// The same call may be accepted by one after the other: the last acceptance is meant.
    fn came(&mut self, call: u64, how: Result<(), Cause>) {
        let open = |one: &Counted| one.came.is_none() || one.came == Some(Ok(())) && how.is_err();
        if let Some(counted) = self.calls.iter_mut().rev().find(|one| one.call == call && open(one)) {
            counted.came = Some(how);
        }
    }

    fn failures(&self, since: Duration) -> BTreeMap<Build, (usize, usize)> {
        let mut by_build: BTreeMap<Build, (usize, usize)> = BTreeMap::new();
        for call in self.calls.iter().filter(|call| call.at >= since) {
            let (failed, accepted) = by_build.entry(call.build).or_default();
            *accepted += 1;
            *failed += usize::from(matches!(call.came, Some(Err(_))));
        }
        by_build
    }

    fn judge(&mut self, now: Duration) -> Vec<Word> {
        let mut holds: BTreeMap<Rule, Alarm> = BTreeMap::new();
        let recent = self.failures(now.saturating_sub(WINDOW));
        for published in self.kept.iter().filter(|published| now < published.at + YOUNG) {
            let build = published.build;
            let failures = self.failures(published.at).get(&build).map_or(0, |(failed, _)| *failed);
            if failures >= FAILURES_YOUNG {
                holds.insert(Rule::Young(build), Alarm::YoungBuild { build, failures });
            }
        }
        for (build, (failures, accepted)) in &recent {
            let (build, failures, accepted) = (*build, *failures, *accepted);
            if failures >= FAILURES && failures * 100 > accepted * PERCENT {
                holds.insert(Rule::Rate(build), Alarm::Rate { build, failures, accepted });
            }
        }
        if let Some((rolled_back, at)) = self.rolled_back {
            // Those accepted at that very moment were before it.
            let since = now.saturating_sub(WINDOW).max(at + Duration::from_nanos(1));
            let mut builds: BTreeMap<Build, usize> = BTreeMap::new();
            for (build, (failed, _)) in self.failures(since).into_iter().filter(|(_, (failed, _))| *failed > 0) {
                builds.insert(build, failed);
            }
            if builds.values().sum::<usize>() >= FAILURES_YOUNG {
                let is_stale = builds.keys().all(|build| *build <= rolled_back);
                let why = if is_stale { Still::StaleSessions } else { Still::WrongChange };
                holds.insert(Rule::Still, Alarm::StillFailing { rolled_back, builds, why });
            }
        }
        let words = self.tell(holds);
        self.roll_back(now, words)
    }

    fn tell(&mut self, holds: BTreeMap<Rule, Alarm>) -> Vec<Word> {
        let mut words = Vec::new();
        for (rule, alarm) in &self.open {
            if !holds.contains_key(rule) {
                words.push(Word::Cleared(alarm.clone()));
            }
        }
        for (rule, alarm) in &holds {
            let told = match (self.open.get(rule), alarm) {
                // It is another alarm once other builds or another reason are in it.
                (
                    Some(Alarm::StillFailing { builds: old, why: before, .. }),
                    Alarm::StillFailing { builds, why, .. },
                ) => before == why && old.keys().eq(builds.keys()),
                (before, _) => before.is_some(),
            };
            if !told {
                words.push(Word::Raised(alarm.clone()));
            }
        }
        self.open = holds;
        words
    }

    fn roll_back(&mut self, now: Duration, mut words: Vec<Word>) -> Vec<Word> {
        let blamed = |build: Build| {
            words.iter().any(|word| match word {
                Word::Raised(Alarm::YoungBuild { build: one, .. } | Alarm::Rate { build: one, .. }) => *one == build,
                _ => false,
            })
        };
        let [before, current] = self.kept.make_contiguous() else { return words };
        if !blamed(current.build) || now >= current.at + ROLLED_BACK_WITHIN || self.bad.contains(&before.files) {
            return words;
        }
        let (from, files) = (current.build, before.files.clone());
        self.bad.insert(current.files.clone());
        let to = Published { build: from + 1, files, at: now };
        // Only the good one is kept: there is nothing to go back to until another is published.
        self.kept = VecDeque::from([to.clone()]);
        self.rolled_back = Some((from, now));
        words.push(Word::RollBack { from, to });
        words
    }
}
