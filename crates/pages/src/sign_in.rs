//! `/sign-in`: an e-mail address and a password.

use askama::Template;

use crate::form::{Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// Somebody can sign in.
    pub has_owner: bool,
    pub email: String,
    /// Path of this site to go on to.
    pub next: String,
    pub wrong: Vec<Wrong>,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let wrong = &facts.wrong;
    let headline = if facts.has_owner { "Sign in" } else { "Nobody can sign in yet" };
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::None, None, headline, String::new()),
        headline,
        has_owner: facts.has_owner,
        next: facts.next.clone(),
        errors: Summary::new(wrong, &[("email", "E-mail address"), ("password", "Password")]),
        fields: vec![
            Field::new("email", "E-mail address", "email")
                .value(&facts.email)
                .needed()
                .complete("username")
                .wrong(wrong),
            Field::new("password", "Password", "password").needed().complete("current-password").wrong(wrong),
        ],
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/sign_in.html")]
struct Page {
    layout: Layout,
    headline: &'static str,
    has_owner: bool,
    next: String,
    errors: Option<Summary>,
    fields: Vec<Field>,
}
