//! `/checks/{id}`: how a test of our own stands, and its calls, each as a picture.

use askama::Template;
use tocsin_domain::{Call, Health, ProviderRef, Timestamp, Warning, title};

pub use crate::call::verdict;
use crate::call::{Lane, Picture, glimpse};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::moment::{Form, Moment};
use crate::rows::Who;
use crate::sign::Sign;
use crate::wishes::{MutedRow, OfOne, TakenRow};
use crate::{links, words};

/// What a check's page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    pub name: String,
    pub slug: String,
    pub target: String,
    /// The page at which an agent of ours takes the calls.
    pub agent_at: Option<String>,
    pub interval_s: i64,
    pub groups: Vec<String>,
    pub components: Vec<String>,
    pub provider: Option<ProviderRef>,
    /// What the provider's page says.
    pub page_says: Option<Health>,
    pub health: Health,
    pub reason: Option<String>,
    pub is_calling: bool,
    pub next_at: Option<Timestamp>,
    /// The warning that is open.
    pub warning: Option<Warning>,
    /// What the team wishes of it.
    pub wishes: OfOne,
    /// Ended, newest first.
    pub past: Vec<Warning>,
    /// Newest first.
    pub calls: Vec<Call>,
    /// Ids of those of them whose recordings can be heard.
    pub heard: Vec<uuid::Uuid>,
    /// The address of what was called before those, if there is more.
    pub earlier: Option<String>,
    pub may_write: bool,
    /// Calls are recorded.
    pub records: bool,
}

/// Where a check's page is.
#[must_use]
pub fn path(slug: &str) -> String {
    format!("/checks/{slug}")
}

/// Where its calls go on after what `cursor` names.
#[must_use]
pub fn earlier(slug: &str, cursor: &str) -> String {
    format!("{}#calls", links::query(&path(slug), &[("before", cursor)]))
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/check.html")]
struct Page {
    layout: Layout,
    name: String,
    sign: Sign,
    headline: String,
    reason: String,
    evidence: Vec<String>,
    since: Option<Moment>,
    target: String,
    agent_at: Option<String>,
    every: String,
    next: Option<Moment>,
    is_calling: bool,
    provider: Option<Beside>,
    groups: String,
    taken: Option<TakenRow>,
    muted: Option<MutedRow>,
    /// Where what is done about the warning is sent to; `None`: this reader may do nothing, or there is nothing to do.
    path: Option<String>,
    /// Whose page shows what is muted together with it.
    more: Who,
    past: Vec<PastRow>,
    latest: Option<Picture>,
    calls: Vec<Picture>,
    earlier: Option<String>,
    run: Option<String>,
    records: bool,
}

/// What the provider says beside it.
#[derive(Clone, Debug)]
struct Beside {
    name: String,
    href: String,
    says: Option<Sign>,
    components: String,
}

#[derive(Clone, Debug)]
struct PastRow {
    sign: Sign,
    summary: String,
    began: Moment,
    lasted: String,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let zone = facts.chrome.zone();
        let picture = |call: &Call| {
            let address = |side: &str| format!("{}/calls/{}/{side}.wav", path(&facts.slug), call.id);
            let mut sounds = Vec::new();
            if facts.heard.contains(&call.id) {
                sounds = vec![("We say", address("sent")), ("We hear", address("heard"))];
                let agent = call.loudness.as_ref().and_then(|loudness| loudness.agent.as_ref());
                sounds.extend(agent.map(|_| ("Agent hears", address("agent"))));
            }
            Picture::new(call, sounds, facts.now, &zone)
        };
        let mut calls = facts.calls.iter().map(picture);
        let all = facts.provider.as_ref().map(|provider| provider.name.clone()).unwrap_or_default();
        let headline = match (&facts.warning, facts.health) {
            (Some(warning), _) => warning.summary.clone(),
            (None, Health::Operational) => "Both ends hear each other".to_owned(),
            (None, _) => "Nothing is known of this line".to_owned(),
        };
        let names: Vec<&str> = facts.components.iter().map(String::as_str).collect();
        let groups: Vec<&str> = facts.groups.iter().map(String::as_str).collect();
        Self {
            layout: Layout::new(
                &facts.chrome,
                Nav::None,
                Some(&path(&facts.slug)),
                &facts.name,
                format!("{headline}."),
            ),
            name: facts.name.clone(),
            sign: Sign::from(facts.health),
            reason: facts.reason.clone().filter(|_| facts.warning.is_none()).unwrap_or_default(),
            evidence: facts.warning.as_ref().map(|warning| warning.evidence.clone()).unwrap_or_default(),
            since: facts.warning.as_ref().map(|warning| Moment::lasting(warning.started_at, facts.now)),
            headline,
            target: facts.target.clone(),
            agent_at: facts.agent_at.clone(),
            every: words::duration(facts.interval_s),
            next: facts.next_at.map(|at| {
                if at > facts.now { Moment::ahead(at, facts.now) } else { Moment::new(at, Form::TimeZone, &zone) }
            }),
            is_calling: facts.is_calling,
            provider: facts.provider.as_ref().map(|provider| Beside {
                name: provider.name.clone(),
                href: links::provider(&provider.slug),
                says: facts.page_says.map(Sign::from),
                components: words::names(&names, 3),
            }),
            groups: words::names(&groups, 3),
            taken: facts.wishes.taken.as_ref().map(|taken| TakenRow::new(taken, &zone)),
            muted: facts.wishes.muted.as_ref().map(|muted| MutedRow::new(muted, &all, facts.now, &zone)),
            more: facts
                .provider
                .as_ref()
                .map_or_else(|| Who { name: facts.name.clone(), href: path(&facts.slug) }, Who::from),
            path: facts.warning.as_ref().filter(|_| facts.may_write).map(|_| path(&facts.slug)),
            past: facts
                .past
                .iter()
                .map(|warning| PastRow {
                    sign: Sign::from(warning.impact),
                    summary: warning.summary.clone(),
                    began: Moment::new(warning.started_at, Form::DayTimeZone, &zone),
                    lasted: words::duration(warning.duration_s(facts.now)),
                })
                .collect(),
            latest: calls.next(),
            calls: calls.collect(),
            earlier: facts.earlier.clone(),
            run: facts.may_write.then(|| format!("{}/run", path(&facts.slug))),
            records: facts.records,
        }
    }
}

/// A check in a list: on the dashboard, and beside its provider.
#[derive(Clone, Debug)]
pub struct Check {
    pub name: String,
    pub slug: String,
    pub provider: Option<ProviderRef>,
    pub health: Health,
    pub reason: Option<String>,
    pub last: Option<Call>,
}

/// The same, ready to be written.
#[derive(Clone, Debug)]
pub(crate) struct CheckRow {
    pub(crate) name: String,
    pub(crate) href: String,
    pub(crate) provider: String,
    pub(crate) sign: Sign,
    pub(crate) says: String,
    pub(crate) called: Option<Moment>,
    /// The last call as a picture.
    pub(crate) lanes: Vec<Lane>,
}

impl CheckRow {
    pub(crate) fn new(check: &Check, now: Timestamp) -> Self {
        let first = |reason: &String| title::first_sentence(reason).trim_end_matches('.').to_owned();
        let says = check.reason.as_ref().map_or_else(|| "Both ends hear each other".to_owned(), first);
        Self {
            name: check.name.clone(),
            href: path(&check.slug),
            provider: check.provider.as_ref().map(|provider| provider.name.clone()).unwrap_or_default(),
            sign: Sign::from(check.health),
            says,
            called: check.last.as_ref().map(|call| Moment::ago(call.at, now)),
            lanes: check.last.as_ref().map(glimpse).unwrap_or_default(),
        }
    }
}
