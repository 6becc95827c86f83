//! A page with nothing but a message: not found, refused, out of order.

use askama::Template;

use crate::layout::{Chrome, Layout, Nav, finish};

/// What went wrong, in words for the reader.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// The HTTP status the page is sent with, e.g. 404.
    pub status: u16,
    /// A short sentence without a full stop: "There is no such incident".
    pub headline: String,
    /// What the reader can do.
    pub detail: String,
}

impl Facts {
    /// For an address that leads nowhere.
    #[must_use]
    pub fn not_found(chrome: Chrome) -> Self {
        Self {
            chrome,
            status: 404,
            headline: "There is nothing at this address".to_owned(),
            detail:
                "It may have been mistyped, or what it named is no longer kept. Look for it among the providers, or \
                     go back to what is happening now."
                    .to_owned(),
        }
    }
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::None, None, &facts.headline, facts.detail.clone()),
        status: facts.status,
        headline: facts.headline.clone(),
        detail: facts.detail.clone(),
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/message.html")]
struct Page {
    layout: Layout,
    status: u16,
    headline: String,
    detail: String,
}
