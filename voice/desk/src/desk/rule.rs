//! What holds: switches, configuration, builds.

use std::time::Duration;

use tocsin_switchboard::builds::{Alarm, Still, Word};
use tocsin_switchboard::snapshot::Build;
use tocsin_switchboard::switches::{Change, Effect, Refused, Setting, Switch};

use super::{Desk, Edition, Order};

impl Desk {
    pub(super) fn turned(&mut self, now: Duration, change: Change, orders: &mut Vec<Order>) -> Result<(), Refused> {
        let effect = self.switches.set(now, change, &self.tested)?;
        if effect == Effect::Nothing {
            return Ok(());
        }
        if let Some(entry) = self.switches.audit().last() {
            orders.push(Order::Turned(entry.clone()));
        }
        match effect {
            Effect::Nothing | Effect::AcceptCalls(_) => {}
            Effect::Publish => self.issue(now),
            Effect::CloseQueue { queue, closed } => self.floor.close(&queue, closed),
            Effect::TerminateAll => self.terminate(now, orders),
        }
        Ok(())
    }

    /// Everybody has to come to the new version; how long that takes is counted.
    fn issue(&mut self, now: Duration) {
        let before = self.issuer.current().stamp.clone();
        self.issuer.publish(self.switches.content().clone(), self.switches.min_build());
        if self.issuer.current().stamp != before {
            self.issued_at = now;
            self.acknowledged.clear();
        }
    }

    /// A build is given to whoever loads the widget.
    pub(super) fn publish(&mut self, now: Duration, edition: Edition, out: &mut Vec<Order>) {
        let Edition { build, at_once, rolls_back, .. } = edition;
        let who = edition.who.clone();
        if edition.into_builds(now, &mut self.builds).is_err() {
            return;
        }
        self.tested.newest = build;
        if at_once {
            let why = if rolls_back { "the build before was rolled back" } else { "published for everybody" };
            self.shut_out(now, build, who, why.to_owned(), out);
        }
    }

    fn shut_out(&mut self, now: Duration, build: Build, who: String, why: String, out: &mut Vec<Order>) {
        let change = Change { switch: Switch::WidgetMinBuild, to: Setting::Build(build), who, why };
        // The build is the newest, so that nothing can be said against it.
        let _ = self.turned(now, change, out);
    }

    /// What the builds' figures have to say, and what follows.
    pub(super) fn judged(&mut self, now: Duration, words: Vec<Word>, out: &mut Vec<Order>) {
        for word in words {
            if let Word::RollBack { from, to } = &word {
                self.tested.newest = to.build;
                out.push(Order::Publish(to.clone()));
                let why = format!("build {from} failed: calls were accepted and nobody was heard");
                self.shut_out(now, to.build, "the desk".to_owned(), why, out);
            }
            self.counts.builds(&word);
            out.push(Order::Builds(word));
        }
    }
}

/// A word about builds in a sentence.
#[must_use]
pub fn sentence(word: &Word) -> String {
    let of = |alarm: &Alarm| match alarm {
        Alarm::YoungBuild { build, failures } => {
            format!("build {build} is new, and {failures} of its calls were accepted without anybody being heard")
        }
        Alarm::Rate { build, failures, accepted } => {
            format!("build {build}: of {accepted} accepted calls {failures} came to no conversation in 5 minutes")
        }
        Alarm::StillFailing { rolled_back, builds, why } => {
            let why = match why {
                Still::StaleSessions => "sessions of old builds are still there",
                Still::WrongChange => "what was rolled back was not the cause",
            };
            format!("build {rolled_back} was rolled back, but calls still fail, by build: {builds:?}; {why}")
        }
    };
    match word {
        Word::Raised(alarm) => of(alarm),
        Word::Cleared(alarm) => format!("over: {}", of(alarm)),
        Word::RollBack { from, to } => {
            format!("build {from} is rolled back: the files before it are published as build {}", to.build)
        }
    }
}
