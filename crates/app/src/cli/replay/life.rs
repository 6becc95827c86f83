//! Life: a page is lived through again, capture by capture.

use serde::Serialize;
use tocsin_domain::alert::{Audience, Interest, Member, Rule};
use tocsin_domain::compare::Recalled;
use tocsin_domain::{Input, PageState, Reading, Subject, Timestamp, step};
use tocsin_platforms::{Described, Payload, Platform, detect};

use super::captures::Page;
use super::then::{Judged, Then};
use crate::cli::read;
use crate::work::poll::{WHOLE_EVERY_S, moved_from};

/// One event that follows.
#[derive(Debug, Serialize)]
pub struct Line {
    pub at: Timestamp,
    #[serde(rename = "type")]
    pub kind: &'static str,
    pub provider: String,
    /// The vendor's id of the incident or maintenance; `null` for other events.
    pub incident: Option<String>,
    pub title: String,
    /// A monitor on everything with a default group would have been sent this.
    pub told: bool,
    pub reason: String,
}

/// A run looks again after this time (seconds) where something open was missing.
const SECOND_LOOK_S: i64 = 60;
/// The group of nobody in particular.
const EVERYBODY: &str = "replay";

/// One monitor on everything with a default group.
fn everybody() -> Member {
    Member {
        monitor: "replay".to_owned(),
        interest: Interest::default(),
        group: EVERYBODY.to_owned(),
        group_name: "everyone".to_owned(),
        rule: Rule::default(),
        channels: vec!["replay".to_owned()],
        ..Member::default()
    }
}

/// A page, as far as it was lived through.
pub struct Life<'a> {
    page: &'a Page,
    /// Whoever listened, as it is set up now.
    members: &'a [Member],
    audience: Audience,
    state: PageState,
    known: Recalled,
    platform: Option<Platform>,
    wake_at: Option<Timestamp>,
    /// The last look, where we know what was seen.
    last: Option<Timestamp>,
    /// What was last read, and when.
    whole: Option<(Timestamp, Vec<Payload>)>,
    lines: Vec<Line>,
    judged: Vec<Judged>,
}

impl<'a> Life<'a> {
    pub fn new(page: &'a Page, then: Option<&'a Then>) -> Self {
        let members = then.map(|then| then.members.as_slice()).unwrap_or_default();
        Self {
            page,
            members,
            audience: Audience {
                members: std::iter::once(everybody()).chain(members.iter().cloned()).collect(),
                provider: page.provider.clone(),
                ..Audience::default()
            },
            state: PageState::new(page.provider.clone(), page.url.clone()),
            known: Recalled::new(),
            platform: page.platform,
            wake_at: None,
            last: None,
            whole: None,
            lines: Vec::new(),
            judged: Vec::new(),
        }
    }

    /// The page said this at `at`.
    pub fn look(&mut self, payloads: Vec<Payload>, at: Timestamp) {
        self.pass(at);
        self.last = Some(at);
        if self.is_unchanged(&payloads, at) {
            return self.take(Input::Unchanged, at);
        }
        self.read_and_take(&payloads, at);
        // What could not be read is read again.
        self.whole = Some((at, payloads)).filter(|_| self.state.failures == 0);
    }

    /// As a poll sees it: the same bytes say the same, and once a day they are read all the same. Of a run everything is
    /// read: it kept what was news to it.
    fn is_unchanged(&self, payloads: &[Payload], at: Timestamp) -> bool {
        let Some((read_at, before)) = self.whole.as_ref().filter(|_| !self.page.is_stored()) else { return false };
        let same = before.iter().map(|payload| &payload.bytes).eq(payloads.iter().map(|payload| &payload.bytes));
        same && at.since(*read_at) < WHOLE_EVERY_S
    }

    fn read_and_take(&mut self, payloads: &[Payload], at: Timestamp) {
        let (reading, moved) = self.read(payloads, at);
        if !read::is_recognised(&reading) {
            let why = reading.problems.first().map_or("The page cannot be read.", |problem| problem.detail.as_str());
            return self.take(Input::Unreadable(why), at);
        }
        if let Some(why) = moved {
            return self.take(Input::Moved(&reading, &why), at);
        }
        self.take(Input::Reading(&reading), at);
        // Another page answered. A run keeps no reading that it refuses: by then it took the page for moved.
        if let Some(why) = self.state.reason.clone().filter(|_| self.page.is_stored()) {
            self.take(Input::Moved(&reading, &why), at);
        }
    }

    /// The page said something at `at`, and nobody knows what.
    pub fn look_away(&mut self, at: Timestamp) {
        self.pass(at);
        self.last = None;
    }

    /// What followed, and how it was judged.
    pub fn end(mut self) -> (Vec<Line>, Vec<Judged>) {
        if let Some(look) = self.second_look() {
            self.take(Input::Unchanged, look);
        }
        (self.lines, self.judged)
    }

    /// The time until `at` goes by.
    fn pass(&mut self, at: Timestamp) {
        if let Some(look) = self.second_look().filter(|look| *look < at) {
            self.take(Input::Unchanged, look);
        }
        while let Some(moment) = self.wake_at.filter(|moment| *moment < at) {
            self.take(Input::Tick, moment);
            // What waits for a reading cannot be hurried by time alone.
            self.wake_at = self.wake_at.filter(|next| *next > moment);
        }
    }

    /// A run keeps what is new. Where it had reason to look again and kept nothing, the page said what it had said before.
    fn second_look(&self) -> Option<Timestamp> {
        let wanted = self.page.is_stored() && self.state.wants_second_look();
        self.last.filter(|_| wanted).map(|at| at.plus(SECOND_LOOK_S))
    }

    /// What was captured as one reading; where it is another platform's than before, what proves that too.
    fn read(&mut self, payloads: &[Payload], at: Timestamp) -> (Reading, Option<String>) {
        let described = self.page.described.as_ref();
        let reading = read::reading(self.platform, described, payloads, at);
        if read::is_recognised(&reading) {
            self.platform = self.platform.or_else(|| reading.platform.as_deref().and_then(Platform::named));
            return (reading, None);
        }
        let Some(from) = self.platform else { return (reading, None) };
        for (platform, evidence) in self.others(from, payloads) {
            let other = read::reading(Some(platform), described, payloads, at);
            if read::is_recognised(&other) {
                self.platform = Some(platform);
                return (other, Some(moved_from(from, platform, &evidence)));
            }
        }
        (reading, None)
    }

    /// What a page may be that is not what it was: what its bytes prove, or else what it is made with now.
    fn others(&self, from: Platform, payloads: &[Payload]) -> Vec<(Platform, Vec<String>)> {
        // What somebody described is nothing else.
        let described = self.page.described.as_ref().map(Described::platform) == Some(from);
        if described && self.state.read_at.is_some() {
            return Vec::new();
        }
        let detected = detect::of_payloads(payloads).map(|(platform, evidence)| (platform, vec![evidence.seen]));
        let now = self.page.platform.map(|platform| (platform, Vec::new()));
        detected.into_iter().chain(now).filter(|(platform, _)| *platform != from).collect()
    }

    fn take(&mut self, input: Input<'_>, at: Timestamp) {
        let next = step(std::mem::take(&mut self.state), &self.known, input, &self.audience, at);
        self.known.extend(next.incidents.into_iter().map(|incident| (incident.vendor_id.clone(), incident)));
        self.lines.extend(next.decided.iter().map(|decided| line(&self.page.provider, decided)));
        self.judged.extend(next.decided.iter().map(|decided| Judged::now(decided, self.members)));
        self.state = next.state;
        self.wake_at = next.wake_at;
    }
}

fn line(provider: &str, decided: &tocsin_domain::step::Decided) -> Line {
    let event = &decided.event;
    let verdict = decided.verdicts.iter().find(|verdict| verdict.group == EVERYBODY);
    Line {
        at: event.at,
        kind: event.kind.word(),
        provider: provider.to_owned(),
        incident: match &event.subject {
            Subject::Incident(incident) => Some(incident.vendor_id.clone()),
            Subject::Maintenance(maintenance) => Some(maintenance.vendor_id.clone()),
            Subject::Component(_)
            | Subject::Page(_)
            | Subject::Warning(_)
            | Subject::Channel(_)
            | Subject::Digest(_)
            | Subject::Test => None,
        },
        title: event.title(),
        told: verdict.is_some_and(|verdict| verdict.told),
        reason: verdict.map(|verdict| verdict.reason.text.clone()).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::replay::captures;

    const WELL: &str = r#"{"page":{"id":"k3x8v0q2m1zt","name":"Quillo","url":"https://status.quillo.example"},"status":{"indicator":"none"},"components":[],"incidents":[],"scheduled_maintenances":[]}"#;
    const ELSEWHERE: &str = r#"{"page":{"name":"Quillo","url":"https://status.quillo.example","status":"UP"}}"#;

    fn kinds(page: &Page, said: &[(&str, &str)]) -> Vec<&'static str> {
        let mut life = Life::new(page, None);
        for (at, text) in said {
            let payload = Payload { bytes: text.as_bytes().to_vec(), ..Payload::default() };
            life.look(vec![payload], at.parse().unwrap());
        }
        life.end().0.iter().map(|line| line.kind).collect()
    }

    #[test]
    fn a_move_is_followed_and_what_nobody_knows_is_none() {
        let moments = ["2026-02-20T22:00:00Z", "2026-02-20T22:20:00Z", "2026-02-20T22:40:00Z", "2026-02-20T23:20:00Z"];
        let page = captures::bare("quillo");
        let said = |texts: [&'static str; 4]| moments.into_iter().zip(texts).collect::<Vec<_>>();
        assert_eq!(kinds(&page, &said([WELL, WELL, ELSEWHERE, ELSEWHERE])), ["page.moved"]);
        assert_eq!(kinds(&page, &said([WELL, ELSEWHERE, ELSEWHERE, WELL])), ["page.moved", "page.moved"]);
        assert_eq!(kinds(&page, &said([WELL, "<html>", "<html>", "<html>"])), ["page.unreadable"]);
        assert_eq!(kinds(&page, &said([WELL, WELL, "<html>", WELL])), [""; 0]);
    }

    #[test]
    fn another_page_that_a_run_kept_had_moved() {
        let one =
            WELL.replace("\"components\":[]", r#""components":[{"id":"c1","name":"Quay","status":"operational"}]"#);
        let other = one.replace("k3x8v0q2m1zt", "m1ztk3x8v0q2").replace("c1", "c2");
        let said = [("2026-02-20T22:00:00Z", one.as_str()), ("2026-02-20T22:40:00Z", other.as_str())];
        assert_eq!(kinds(&captures::stored("quillo"), &said), ["page.moved"]);
        assert_eq!(kinds(&captures::bare("quillo"), &said), [""; 0], "once is no move where everything is kept");
    }

    #[test]
    fn the_same_bytes_are_read_again_once_a_day() {
        let page = captures::bare("quillo");
        let mut life = Life::new(&page, None);
        let mut look = |at: &str, text: &str| {
            let at: Timestamp = at.parse().unwrap();
            life.look(vec![Payload { bytes: text.as_bytes().to_vec(), ..Payload::default() }], at);
            life.whole.as_ref().map(|(read_at, _)| *read_at == at)
        };
        assert_eq!(look("2026-02-20T22:00:00Z", WELL), Some(true));
        assert_eq!(look("2026-02-20T23:00:00Z", WELL), Some(false));
        assert_eq!(look("2026-02-21T22:00:00Z", WELL), Some(true));
        assert_eq!(look("2026-02-21T23:00:00Z", "<html>"), None, "what was not read is nothing to compare with");
        assert_eq!(look("2026-02-21T23:10:00Z", WELL), Some(true));
    }
}
