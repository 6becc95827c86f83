//! `/silences`: all that is muted, taken care of and said instead of a page.

use askama::Template;
use tocsin_domain::{ProviderRef, Timestamp};

use crate::layout::{Chrome, Layout, Nav, finish};
use crate::rows::Who;
use crate::wishes::{Instead, InsteadRow, Matter, MatterRow, Muted, MutedRow, Taken, TakenRow};

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    /// `None`: of a check of our own that is about no provider.
    pub muted: Vec<(Option<ProviderRef>, Muted)>,
    /// What is open and somebody takes care of.
    pub taken: Vec<(Matter, Taken)>,
    pub instead: Vec<(ProviderRef, Instead)>,
    pub may_write: bool,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let zone = facts.chrome.zone();
    let taken = |(what, taken): &(Matter, Taken)| (MatterRow::new(what, facts.now, &zone), TakenRow::new(taken, &zone));
    let muted = |(provider, muted): &(Option<ProviderRef>, Muted)| {
        (provider.as_ref().map(Who::from), MutedRow::new(muted, "Everything", facts.now, &zone))
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
    muted: Vec<(Option<Who>, MutedRow)>,
    taken: Vec<(MatterRow, TakenRow)>,
    /// With the slug of each.
    instead: Vec<(Who, String, InsteadRow)>,
    may_write: bool,
}
