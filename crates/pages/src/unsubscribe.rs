//! Leaving an e-mail channel, or ending a subscription: a GET asks, only a POST acts, because mail scanners follow every
//! link.

use askama::Template;

use crate::layout::{Chrome, Layout, Nav, finish};

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub step: Step,
}

/// Where the reader is.
#[derive(Clone, Debug)]
pub enum Step {
    /// The link was opened: ask.
    Ask {
        /// Path (and query) that the button posts to, e.g. `/unsubscribe/…`.
        action: String,
        /// The address that would hear nothing more.
        address: String,
        from: Whose,
    },
    /// The button was pressed (or a mail program did it), and it is done; doing it twice is fine.
    Done { address: String, from: Whose },
    /// The link is unknown, used up or altered.
    Invalid,
}

/// Whose messages they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whose {
    /// A channel of the team, by its name.
    Channel(String),
    /// News of a vendor that somebody subscribed to: its name, and whether they are mails.
    Vendor { name: String, mails: bool },
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let mails = match &facts.step {
        Step::Ask { from, .. } | Step::Done { from, .. } => !matches!(from, Whose::Vendor { mails: false, .. }),
        Step::Invalid => true,
    };
    let (headline, ask) = match &facts.step {
        Step::Ask { action, .. } => {
            (if mails { "Stop these mails?" } else { "Stop these messages?" }, Some(action.clone()))
        }
        Step::Done { .. } if mails => ("You will get no more of these mails", None),
        Step::Done { .. } => ("You will get no more of these messages", None),
        Step::Invalid => ("This link does not work", None),
    };
    let (address, from) = match &facts.step {
        Step::Ask { address, from, .. } | Step::Done { address, from } => (address.clone(), from.clone()),
        Step::Invalid => (String::new(), Whose::Channel(String::new())),
    };
    let (channel, vendor) = match from {
        Whose::Channel(name) => (name, String::new()),
        Whose::Vendor { name, .. } => (String::new(), name),
    };
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::None, None, headline, String::new()),
        headline,
        ask,
        address,
        channel,
        vendor,
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/unsubscribe.html")]
struct Page {
    layout: Layout,
    headline: &'static str,
    /// Where the button posts to.
    ask: Option<String>,
    /// Empty: the link is not valid.
    address: String,
    channel: String,
    /// Of whom they tell, where somebody subscribed; empty otherwise.
    vendor: String,
}
