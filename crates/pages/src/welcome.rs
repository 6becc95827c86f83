//! `/welcome?token=`: the first person makes an account, with the link that the service printed.

use askama::Template;

use crate::form::{Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// What the link holds; it goes back with the form.
    pub token: String,
    pub email: String,
    pub name: String,
    pub wrong: Vec<Wrong>,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let wrong = &facts.wrong;
    let title = "Welcome to Tocsin";
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::None, None, title, String::new()),
        token: facts.token.clone(),
        errors: Summary::new(wrong, &[("email", "E-mail address"), ("name", "Your name"), ("password", "Password")]),
        fields: vec![
            Field::new("email", "E-mail address", "email")
                .value(&facts.email)
                .needed()
                .complete("username")
                .wrong(wrong),
            Field::new("name", "Your name", "text").value(&facts.name).needed().complete("name").wrong(wrong),
            Field::new("password", "Password", "password")
                .needed()
                .complete("new-password")
                .hint("At least 10 characters. Four random words are good ones.")
                .wrong(wrong),
        ],
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/welcome.html")]
struct Page {
    layout: Layout,
    token: String,
    errors: Option<Summary>,
    fields: Vec<Field>,
}
