//! Leaving an e-mail channel: a GET asks, only a POST acts, because mail scanners follow every link.

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
        /// Name of the channel it belongs to.
        channel: String,
    },
    /// The button was pressed (or a mail program did it), and it is done; doing it twice is fine.
    Done { address: String, channel: String },
    /// The link is unknown, used up or altered.
    Invalid,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let (headline, ask) = match &facts.step {
        Step::Ask { action, .. } => ("Stop these mails?", Some(action.clone())),
        Step::Done { .. } => ("You will get no more of these mails", None),
        Step::Invalid => ("This link does not work", None),
    };
    let (address, channel) = match &facts.step {
        Step::Ask { address, channel, .. } | Step::Done { address, channel } => (address.clone(), channel.clone()),
        Step::Invalid => (String::new(), String::new()),
    };
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::None, None, headline, String::new()),
        headline,
        ask,
        address,
        channel,
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
}
