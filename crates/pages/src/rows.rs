//! Rows that several pages show: an open incident, a closed one, announced work.

use jiff::tz::TimeZone;
use tocsin_domain::title::{self, SplitTitle};
use tocsin_domain::{ComponentRef, Incident, Maintenance, ProviderRef, Timestamp, Warning};

use crate::facts::{ClosedIncident, OpenIncident, PlannedWork};
use crate::moment::{Form, Moment, Span};
use crate::sign::Sign;
use crate::{check, links, words};

/// A provider as a row names it.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    pub(crate) name: String,
    pub(crate) href: String,
}

impl From<&ProviderRef> for Who {
    fn from(provider: &ProviderRef) -> Self {
        Self { name: provider.name.clone(), href: links::provider(&provider.slug) }
    }
}

/// What a message or a decision is about.
#[derive(Clone, Debug)]
pub struct About {
    pub(crate) provider: String,
    pub(crate) href: String,
    pub(crate) title: String,
    pub(crate) verbatim: String,
    /// Why it is said again; empty: it is news.
    pub(crate) again: String,
}

impl About {
    /// An incident, by our id.
    #[must_use]
    pub fn incident(provider: &ProviderRef, id: &str, title: &str) -> Self {
        Self { href: links::incident(id), ..Self::provider(provider, title) }
    }

    /// A warning of a check of our own.
    #[must_use]
    pub fn check(warning: &Warning, title: &str) -> Self {
        Self {
            provider: warning.provider.as_ref().map_or(&warning.check.name, |provider| &provider.name).clone(),
            href: check::path(&warning.check.slug),
            title: title.to_owned(),
            verbatim: title.to_owned(),
            again: String::new(),
        }
    }

    /// The same, said again for this reason.
    #[must_use]
    pub fn again(self, again: &str) -> Self {
        Self { again: again.to_owned(), ..self }
    }

    /// Something else of a provider: a maintenance, its page, a component.
    #[must_use]
    pub fn provider(provider: &ProviderRef, title: &str) -> Self {
        Self {
            provider: provider.name.clone(),
            href: links::provider(&provider.slug),
            title: title::split(title).sentence,
            verbatim: title.to_owned(),
            again: String::new(),
        }
    }
}

/// An incident that still runs.
#[derive(Clone, Debug)]
pub(crate) struct OpenRow {
    pub(crate) id: String,
    pub(crate) who: Who,
    /// Affected components, the first three by name.
    pub(crate) parts: String,
    pub(crate) href: String,
    pub(crate) title: SplitTitle,
    pub(crate) verbatim: String,
    pub(crate) impact: Sign,
    pub(crate) stage: Sign,
    pub(crate) excerpt: String,
    /// How long it has lasted; `None` where the page gives no start.
    pub(crate) lasting: Option<Moment>,
    /// When the vendor last said something.
    pub(crate) spoke: Option<Moment>,
    /// How long ago the vendor had to say more, as it promised itself; `None`: nothing was promised, or there is time yet.
    pub(crate) overdue: Option<Moment>,
    /// Who takes care of it; empty: nobody.
    pub(crate) taken: String,
    pub(crate) muted: bool,
}

impl OpenRow {
    pub(crate) fn new(open: &OpenIncident, now: Timestamp) -> Self {
        let incident = &open.incident;
        let spoke = incident.updates.iter().filter_map(|update| update.at).max();
        Self {
            id: incident.id.to_string(),
            who: Who::from(&open.provider),
            parts: parts(&incident.components),
            href: links::incident(incident.id),
            title: title::split(&incident.title),
            verbatim: incident.title.clone(),
            impact: incident.impact.into(),
            stage: incident.stage.into(),
            excerpt: open.excerpt.trim().to_owned(),
            lasting: incident.started_at.map(|at| Moment::lasting(at, now)),
            spoke: spoke.map(|at| Moment::ago(at, now)),
            overdue: incident
                .promised_at()
                .filter(|_| incident.is_promise_broken(now))
                .map(|at| Moment::lasting(at, now)),
            taken: open.wishes.taken.as_ref().map(|taken| taken.by.clone()).unwrap_or_default(),
            muted: open.wishes.muted.is_some(),
        }
    }
}

/// An incident that has ended.
#[derive(Clone, Debug)]
pub(crate) struct ClosedRow {
    pub(crate) id: String,
    pub(crate) who: Who,
    pub(crate) href: String,
    pub(crate) title: SplitTitle,
    pub(crate) verbatim: String,
    pub(crate) impact: Sign,
    pub(crate) parts: String,
    pub(crate) began: Option<Moment>,
    pub(crate) ended: Option<Moment>,
    /// `2h`; empty where the page's times give none.
    pub(crate) lasted: String,
}

impl ClosedRow {
    pub(crate) fn new(closed: &ClosedIncident, now: Timestamp, zone: &TimeZone) -> Self {
        let incident = &closed.incident;
        Self {
            id: incident.id.to_string(),
            who: Who::from(&closed.provider),
            href: links::incident(incident.id),
            title: title::split(&incident.title),
            verbatim: incident.title.clone(),
            impact: incident.impact.into(),
            parts: parts(&incident.components),
            began: incident.started_at.map(|at| Moment::new(at, Form::Date, zone)),
            ended: incident.resolved_at.map(|at| Moment::ago(at, now)),
            lasted: lasted(incident).map(words::duration).unwrap_or_default(),
        }
    }
}

/// Announced work.
#[derive(Clone, Debug)]
pub(crate) struct WorkRow {
    pub(crate) id: String,
    pub(crate) who: Who,
    pub(crate) title: SplitTitle,
    pub(crate) verbatim: String,
    /// The vendor's own page about it.
    pub(crate) href: Option<String>,
    pub(crate) parts: String,
    pub(crate) running: bool,
    /// `in 3h`; `None` while it runs or where no start is stated.
    pub(crate) ahead: Option<Moment>,
    /// Past its end and still not declared finished.
    pub(crate) overdue: Option<Moment>,
    pub(crate) span: Span,
}

impl WorkRow {
    pub(crate) fn new(planned: &PlannedWork, now: Timestamp, zone: &TimeZone) -> Self {
        let work = &planned.maintenance;
        let running = is_running(work, now);
        Self {
            id: work.id.to_string(),
            who: Who::from(&planned.provider),
            title: title::split(&work.title),
            verbatim: work.title.clone(),
            href: work.url.as_deref().and_then(links::outward),
            parts: parts(&work.components),
            running,
            ahead: work.starts_at.filter(|_| !running).map(|at| Moment::ahead(at, now)),
            overdue: work.ends_at.filter(|at| *at < now).map(|at| Moment::lasting(at, now)),
            span: Span::new(work.starts_at, work.ends_at, zone),
        }
    }
}

/// The vendor says that it runs, or its window has begun.
pub(crate) fn is_running(work: &Maintenance, now: Timestamp) -> bool {
    !work.stage.is_over() && (work.stage.is_running() || work.starts_at.is_some_and(|at| at <= now))
}

/// Work that is not over, no sample, by start; what states no start comes last.
pub(crate) fn ahead(works: &[PlannedWork]) -> Vec<&PlannedWork> {
    let mut works: Vec<&PlannedWork> =
        works.iter().filter(|work| !work.maintenance.stage.is_over() && !work.maintenance.sample).collect();
    works.sort_by_key(|work| (work.maintenance.starts_at.is_none(), work.maintenance.starts_at));
    works
}

/// Open incidents without samples: worst first, then the youngest.
pub(crate) fn open(incidents: &[OpenIncident]) -> Vec<&OpenIncident> {
    let mut incidents: Vec<&OpenIncident> =
        incidents.iter().filter(|open| open.incident.is_open() && !open.incident.sample).collect();
    incidents.sort_by_key(|open| std::cmp::Reverse((open.incident.impact, open.incident.started_at)));
    incidents
}

/// Seconds a closed incident lasted; `None` where a time is missing or the end lies before the start.
pub(crate) fn lasted(incident: &Incident) -> Option<i64> {
    let seconds = incident.resolved_at?.since(incident.started_at?);
    (seconds >= 0).then_some(seconds)
}

fn parts(components: &[ComponentRef]) -> String {
    let names: Vec<&str> = components.iter().map(|component| component.name.as_str()).collect();
    words::names(&names, 3)
}
