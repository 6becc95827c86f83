//! Wishes of the team on pages: what is muted, who takes care of what, and what the team says instead of a page.

use jiff::tz::TimeZone;
use tocsin_domain::title::{self, SplitTitle};
use tocsin_domain::{Component, Health, Impact, Incident, ProviderRef, Stage, Timestamp, Warning};

use crate::moment::{Form, Moment};
use crate::rows::Who;
use crate::sign::Sign;
use crate::{check, links, words};

/// Something that is muted.
#[derive(Clone, Debug)]
pub struct Muted {
    pub id: String,
    pub what: What,
    /// `None`: until it ends.
    pub until: Option<Timestamp>,
    /// Whose wish it is.
    pub by: String,
    /// Why, in their words; may be empty.
    pub why: String,
}

/// What is muted of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    Everything,
    Components(Vec<String>),
    /// One incident, maintenance or warning.
    One {
        title: String,
        /// Our page of it.
        href: Option<String>,
    },
}

/// Somebody takes care of an incident or a warning.
#[derive(Clone, Debug)]
pub struct Taken {
    pub by: String,
    pub at: Timestamp,
}

/// What somebody may take care of.
#[derive(Clone, Debug)]
pub struct Matter {
    /// The provider that it is about, or the check that found it.
    who: Who,
    /// Our page of it.
    href: String,
    title: String,
    impact: Impact,
    /// `None`: a warning of our own.
    stage: Option<Stage>,
    started_at: Option<Timestamp>,
    is_open: bool,
}

impl Matter {
    #[must_use]
    pub fn incident(provider: &ProviderRef, incident: &Incident) -> Self {
        Self {
            who: Who::from(provider),
            href: links::incident(incident.id),
            title: incident.title.clone(),
            impact: incident.impact,
            stage: Some(incident.stage),
            started_at: incident.started_at,
            is_open: incident.is_open(),
        }
    }

    #[must_use]
    pub fn warning(warning: &Warning) -> Self {
        let href = check::path(&warning.check.slug);
        let itself = Who { name: warning.check.name.clone(), href: href.clone() };
        Self {
            who: warning.provider.as_ref().map_or(itself, Who::from),
            href,
            title: warning.summary.clone(),
            impact: warning.impact,
            stage: None,
            started_at: Some(warning.started_at),
            is_open: warning.is_open(),
        }
    }

    #[must_use]
    pub const fn is_open(&self) -> bool {
        self.is_open
    }
}

/// The same, ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct MatterRow {
    pub(crate) who: Who,
    pub(crate) href: String,
    pub(crate) title: SplitTitle,
    pub(crate) verbatim: String,
    pub(crate) impact: Sign,
    /// Where it stands: its stage, or that it is a warning of our own.
    pub(crate) stage: &'static str,
    pub(crate) since: Option<Moment>,
    pub(crate) lasting: Option<Moment>,
    /// Where whoever takes it back posts to.
    pub(crate) take_back: String,
}

impl MatterRow {
    pub(crate) fn new(matter: &Matter, now: Timestamp, zone: &TimeZone) -> Self {
        Self {
            who: matter.who.clone(),
            href: matter.href.clone(),
            title: title::split(&matter.title),
            verbatim: matter.title.clone(),
            impact: matter.impact.into(),
            stage: matter.stage.map_or("Early warning", |stage| Sign::from(stage).word),
            since: matter.started_at.map(|at| Moment::new(at, Form::Full, zone)),
            lasting: matter.started_at.filter(|_| matter.is_open).map(|at| Moment::lasting(at, now)),
            take_back: format!("{}/take-back", matter.href),
        }
    }
}

/// What the team says instead of a page.
#[derive(Clone, Debug)]
pub struct Instead {
    /// Id of a component; empty: the provider as a whole.
    pub component: String,
    /// How people call it.
    pub name: String,
    pub health: Health,
    /// What the page says.
    pub said: Health,
    /// `None`, and not `until_change`: until somebody ends it.
    pub until: Option<Timestamp>,
    pub until_change: bool,
    pub at: Timestamp,
    pub by: String,
    pub why: String,
}

/// What is wished of one incident or warning.
#[derive(Clone, Debug, Default)]
pub struct OfOne {
    pub taken: Option<Taken>,
    /// The silence under which it falls.
    pub muted: Option<Muted>,
}

/// What is wished of one provider.
#[derive(Clone, Debug, Default)]
pub struct OfProvider {
    /// What its pages say, where another health is shown.
    pub said: Option<Health>,
    pub muted: Vec<Muted>,
    pub instead: Vec<Instead>,
}

/// What is wished of what a monitor watches.
#[derive(Clone, Debug, Default)]
pub struct OfMonitor {
    /// All of what it watches is muted.
    pub muted: bool,
    /// Some of it is.
    pub muted_in_part: bool,
    /// Who says how it is, and what the page says.
    pub instead: Option<(String, Health)>,
}

impl OfMonitor {
    /// A word beside its name; empty where nothing is muted.
    pub(crate) fn tag(&self) -> &'static str {
        match (self.muted, self.muted_in_part) {
            (true, _) => "muted",
            (_, true) => "muted in part",
            _ => "",
        }
    }

    /// Why its health is another than its page's; empty where it is not.
    pub(crate) fn said(&self, health: Health) -> String {
        self.instead.as_ref().map_or_else(String::new, |(by, page)| format!("{}; {}", called(health, by), says(*page)))
    }
}

/// "Said to be operational by Ada".
fn called(health: Health, by: &str) -> String {
    let how = match health {
        Health::PartialOutage | Health::MajorOutage => format!("have a {}", state(health)),
        Health::Maintenance => "be under maintenance".to_owned(),
        Health::Operational | Health::Degraded | Health::Unknown => format!("be {}", state(health)),
    };
    format!("Said to {how} by {by}")
}

/// "the page says degraded".
pub(crate) fn says(page: Health) -> String {
    match page {
        Health::Unknown => "the page cannot be read, or does not say".to_owned(),
        page => format!("the page says {}", state(page)),
    }
}

/// A health inside a sentence.
fn state(health: Health) -> String {
    health.label().to_lowercase()
}

/// Something muted, ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct MutedRow {
    pub(crate) id: String,
    pub(crate) what: String,
    pub(crate) href: Option<String>,
    pub(crate) until: Option<Moment>,
    /// `2h 10m`
    pub(crate) left: String,
    pub(crate) by: String,
    pub(crate) why: String,
    /// It is about one thing alone.
    pub(crate) one: bool,
}

impl MutedRow {
    /// `all`: what everything is called here.
    pub(crate) fn new(muted: &Muted, all: &str, now: Timestamp, zone: &TimeZone) -> Self {
        let (what, href) = match &muted.what {
            What::Everything => (all.to_owned(), None),
            What::Components(names) => {
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                (words::names(&names, 3), None)
            }
            What::One { title, href } => (title.clone(), href.clone()),
        };
        Self {
            id: muted.id.clone(),
            what,
            href,
            until: muted.until.map(|at| Moment::new(at, Form::DayTimeZone, zone)),
            left: muted.until.map(|at| words::duration(at.since(now))).unwrap_or_default(),
            by: muted.by.clone(),
            why: muted.why.clone(),
            one: matches!(muted.what, What::One { .. }),
        }
    }
}

/// An acknowledgement, ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct TakenRow {
    pub(crate) by: String,
    pub(crate) at: Moment,
}

impl TakenRow {
    pub(crate) fn new(taken: &Taken, zone: &TimeZone) -> Self {
        Self { by: taken.by.clone(), at: Moment::new(taken.at, Form::DayTimeZone, zone) }
    }
}

/// What is said instead of a page, ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct InsteadRow {
    pub(crate) component: String,
    pub(crate) name: String,
    pub(crate) sign: Sign,
    /// "Said to be operational by Ada"
    pub(crate) called: String,
    /// "the page says degraded"
    pub(crate) says: String,
    pub(crate) at: Moment,
    pub(crate) until: Option<Moment>,
    pub(crate) until_change: bool,
    pub(crate) why: String,
}

impl InsteadRow {
    /// `all`: what the provider as a whole is called here.
    pub(crate) fn new(instead: &Instead, all: &str, zone: &TimeZone) -> Self {
        let name = if instead.component.is_empty() { all } else { &instead.name };
        Self {
            component: instead.component.clone(),
            name: name.to_owned(),
            sign: instead.health.into(),
            called: called(instead.health, &instead.by),
            says: says(instead.said),
            at: Moment::new(instead.at, Form::DayTimeZone, zone),
            until: instead.until.map(|at| Moment::new(at, Form::DayTimeZone, zone)),
            until_change: instead.until_change,
            why: instead.why.clone(),
        }
    }
}

/// What is said instead of the page of one component.
pub(crate) fn of<'a>(all: &'a [Instead], component: &Component) -> Option<&'a Instead> {
    let named = |one: &&Instead| {
        !one.component.is_empty() && (one.component == component.id || one.component == component.name)
    };
    all.iter().find(named)
}

/// What stands beside a component that is said to be otherwise.
pub(crate) fn beside(instead: &Instead) -> String {
    format!("{}; {}", called(instead.health, &instead.by), says(instead.said))
}
