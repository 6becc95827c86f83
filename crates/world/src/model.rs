//! What a scenario holds, ready to be looked at: vendors, their parts, what goes wrong with them and with their pages.

use tocsin_domain::{Health, Impact, MaintenanceStage, Stage, Timestamp};

use crate::course::{Course, When};
use crate::shape::Shape;

/// All of a world.
#[derive(Clone, Debug)]
pub struct World {
    pub course: Course,
    pub vendors: Vec<Vendor>,
}

impl World {
    /// The vendor whose page stands at `/<slug>`.
    #[must_use]
    pub fn vendor(&self, slug: &str) -> Option<&Vendor> {
        self.vendors.iter().find(|vendor| vendor.slug == slug)
    }
}

/// A vendor with a status page.
#[derive(Clone, Debug)]
pub struct Vendor {
    pub slug: String,
    pub name: String,
    pub category: String,
    /// The software its page is made with.
    pub shape: Shape,
    pub parts: Vec<Part>,
    pub incidents: Vec<Incident>,
    pub works: Vec<Work>,
    pub faults: Vec<Fault>,
}

/// A component, perhaps in a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub name: String,
    pub group: Option<String>,
}

/// Trouble, told in updates.
#[derive(Clone, Debug)]
pub struct Incident {
    pub key: String,
    pub title: String,
    pub impact: Impact,
    /// How its parts are while it is open.
    pub health: Health,
    /// Places in the vendor's `parts`.
    pub parts: Vec<usize>,
    pub at: When,
    /// Seconds after which the same happens again; 0: never.
    pub every: i64,
    /// The page says nothing of it for so long (seconds), and then dates everything back.
    pub late: i64,
    /// Oldest first.
    pub lines: Vec<Line>,
}

/// One update.
#[derive(Clone, Debug)]
pub struct Line {
    /// Seconds after the beginning of the incident.
    pub after: i64,
    pub stage: Stage,
    pub say: String,
    /// Other texts that take its place later: seconds after the update itself.
    pub edits: Vec<(i64, String)>,
}

/// Announced work.
#[derive(Clone, Debug)]
pub struct Work {
    pub key: String,
    pub title: String,
    pub parts: Vec<usize>,
    pub announced: When,
    pub starts: When,
    pub ends: When,
    /// How many seconds it lasts beyond its window.
    pub overrun: i64,
    pub say: String,
}

impl Work {
    /// What has been said of it by then, oldest first.
    #[must_use]
    pub fn said(&self, course: &Course, now: Timestamp) -> Vec<(Timestamp, MaintenanceStage, String)> {
        let all = [
            (self.announced, MaintenanceStage::Scheduled, self.say.clone()),
            (self.starts, MaintenanceStage::InProgress, "The work has begun. We report when it is done.".to_owned()),
            (self.ends.plus(self.overrun), MaintenanceStage::Completed, "The work is done.".to_owned()),
        ];
        all.into_iter().map(|(when, stage, say)| (course.at(when), stage, say)).filter(|(at, ..)| *at <= now).collect()
    }
}

/// Something is wrong with the page itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    pub from: When,
    /// `None`: for ever.
    pub until: Option<When>,
}

impl Fault {
    #[must_use]
    pub fn is_on(&self, course: &Course, now: Timestamp) -> bool {
        course.at(self.from) <= now && self.until.is_none_or(|until| now < course.at(until))
    }
}

/// What is wrong with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It answers after so long (real milliseconds).
    Slow { delay_ms: u64 },
    /// The connection breaks before a word was said.
    Reset,
    /// 500.
    Error,
    /// 429 with `Retry-After` in seconds.
    Busy { retry_after_s: i64 },
    /// 200 with a sign-in page where JSON was asked for.
    Html,
    /// Half a body that says it is whole.
    Truncated,
    /// The connection breaks in the middle of the body.
    CutOff,
    /// A body without an end.
    Huge,
    /// A little gzip that becomes a great deal.
    GzipBomb,
    /// A redirect to itself.
    RedirectLoop,
    /// The page is made with other software now.
    Moved { to: Shape },
    /// Another page answers: everything has other ids.
    ChangedIds,
}

impl Vendor {
    /// The faults that are on.
    pub fn faults_at(&self, course: &Course, now: Timestamp) -> impl Iterator<Item = FaultKind> + '_ {
        let course = *course;
        self.faults.iter().filter(move |fault| fault.is_on(&course, now)).map(|fault| fault.kind)
    }

    /// The software its page is made with now.
    #[must_use]
    pub fn shape_at(&self, course: &Course, now: Timestamp) -> Shape {
        let moved = |fault| if let FaultKind::Moved { to } = fault { Some(to) } else { None };
        self.faults_at(course, now).filter_map(moved).last().unwrap_or(self.shape)
    }

    /// Every moment after `from`, until `to`, at which its page shows something else than before, in order.
    #[must_use]
    pub fn moments(&self, course: &Course, from: Timestamp, to: Timestamp) -> Vec<Timestamp> {
        let mut moments: Vec<Timestamp> = Vec::new();
        for incident in &self.incidents {
            for begin in incident.begins(course, to) {
                let seen = course.at(begin.plus(incident.late));
                for line in &incident.lines {
                    let said = begin.plus(line.after);
                    let edits = line.edits.iter().map(|(after, _)| course.at(said.plus(*after)));
                    moments.extend(edits.chain([course.at(said)]).map(|at| at.max(seen)));
                }
            }
        }
        for work in &self.works {
            moments.extend(work.said(course, to).iter().map(|(at, ..)| *at));
        }
        for fault in &self.faults {
            moments.extend([Some(fault.from), fault.until].into_iter().flatten().map(|when| course.at(when)));
        }
        moments.retain(|at| *at > from && *at <= to);
        moments.sort_unstable();
        moments.dedup();
        moments
    }
}

/// The same trouble does not come more often than this, whatever a scenario says of `every`.
const MOST_TURNS: i64 = 10_000;

impl Incident {
    /// When it begins, each time that it has until `now`.
    pub(crate) fn begins(&self, course: &Course, now: Timestamp) -> impl Iterator<Item = When> + '_ {
        let course = *course;
        let turns = if self.every > 0 { MOST_TURNS } else { 1 };
        let begins = (0..turns).map(|turn| self.at.plus(turn * self.every));
        begins.take_while(move |begin| course.at(*begin) <= now)
    }
}
