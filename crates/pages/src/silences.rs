//! `/silences`: all that is muted, taken care of and said instead of a page.

use askama::Template;
use tocsin_domain::title::{self, SplitTitle};
use tocsin_domain::{Incident, ProviderRef, Timestamp};

use crate::layout::{Chrome, Layout, Nav, finish};
use crate::links;
use crate::rows::Who;
use crate::wishes::{Instead, InsteadRow, Muted, MutedRow, Taken, TakenRow};

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    pub muted: Vec<(ProviderRef, Muted)>,
    /// Open incidents that somebody takes care of.
    pub taken: Vec<(ProviderRef, Incident, Taken)>,
    pub instead: Vec<(ProviderRef, Instead)>,
    pub may_write: bool,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let zone = facts.chrome.zone();
    let taken = |(provider, incident, taken): &(ProviderRef, Incident, Taken)| Care {
        who: Who::from(provider),
        href: links::incident(incident.id),
        title: title::split(&incident.title),
        verbatim: incident.title.clone(),
        row: TakenRow::new(taken, &zone),
        action: format!("{}/take-back", links::incident(incident.id)),
    };
    let muted = |(provider, muted): &(ProviderRef, Muted)| {
        (Who::from(provider), MutedRow::new(muted, "Everything", facts.now, &zone))
    };
    let instead = |(provider, instead): &(ProviderRef, Instead)| {
        (Who::from(provider), provider.slug.clone(), InsteadRow::new(instead, "As a whole", &zone))
    };
    let title = "Muted and taken care of";
    let about = "What is muted, who takes care of what, and what the team says instead of a page.".to_owned();
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::None, Some("/silences"), title, about),
        muted: facts.muted.iter().map(muted).collect(),
        taken: facts.taken.iter().map(taken).collect(),
        instead: facts.instead.iter().map(instead).collect(),
        may_write: facts.may_write,
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/silences.html")]
struct Page {
    layout: Layout,
    muted: Vec<(Who, MutedRow)>,
    taken: Vec<Care>,
    /// With the slug of each.
    instead: Vec<(Who, String, InsteadRow)>,
    may_write: bool,
}

/// An open incident that somebody takes care of.
#[derive(Clone, Debug)]
struct Care {
    who: Who,
    href: String,
    title: SplitTitle,
    verbatim: String,
    row: TakenRow,
    action: String,
}
