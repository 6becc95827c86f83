//! The page behind a message's "Acknowledge" link: a GET asks, only a POST acts, because link scanners follow every link.

use askama::Template;
use tocsin_domain::Timestamp;

use crate::layout::{Chrome, Layout, Nav, finish};
use crate::wishes::{Matter, MatterRow, Taken, TakenRow};
use crate::words;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    pub step: Step,
}

/// Where the reader is.
#[derive(Clone, Debug)]
pub enum Step {
    /// The link is about this.
    About {
        what: Box<Matter>,
        /// Path that the button posts to.
        action: String,
        /// Whose name would be written down.
        by: String,
        /// Who takes care of it already.
        taken: Option<Taken>,
        /// That is so because of this very visit.
        done: bool,
    },
    /// It was sent too long ago.
    Old,
    /// The link is unknown or altered, or nobody remembers what it was about.
    Invalid,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let zone = facts.chrome.zone();
    let mut page = Page {
        layout: Layout::new(&facts.chrome, Nav::None, None, "Acknowledge", String::new()),
        headline: String::new(),
        detail: String::new(),
        about: None,
        taken: None,
        ask: None,
        by: String::new(),
    };
    match &facts.step {
        Step::Old => {
            "This link is too old".clone_into(&mut page.headline);
            "Links work for thirty days. Its own page shows how it stands.".clone_into(&mut page.detail);
        }
        Step::Invalid => {
            "This link does not work".clone_into(&mut page.headline);
            "It may have been cut short on its way, or what it is about is no longer known. Use the link in the newest message that you have."
                .clone_into(&mut page.detail);
        }
        Step::About { what, action, by, taken, done } => {
            page.headline = match (taken, what.is_open()) {
                (Some(_), _) if *done => "It is yours".to_owned(),
                (Some(taken), true) => format!("{} takes care of it", words::capitalised(&taken.by)),
                (_, false) => "It is over".to_owned(),
                (None, true) => "Do you take care of it?".to_owned(),
            };
            page.about = Some(MatterRow::new(what, facts.now, &zone));
            page.taken = taken.as_ref().map(|taken| TakenRow::new(taken, &zone));
            page.ask = (taken.is_none() && what.is_open()).then(|| action.clone());
            by.clone_into(&mut page.by);
        }
    }
    finish(&page)
}

#[derive(Template, Debug)]
#[template(path = "pages/acknowledge.html")]
struct Page {
    layout: Layout,
    headline: String,
    /// What to do where the link leads nowhere.
    detail: String,
    about: Option<MatterRow>,
    taken: Option<TakenRow>,
    /// Where the button posts to.
    ask: Option<String>,
    by: String,
}
