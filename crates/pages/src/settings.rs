//! `/settings`: who I am, which programs may come in, and what stands in the configuration file.

use askama::Template;
use tocsin_domain::Timestamp;
use uuid::Uuid;

use crate::form::{Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::moment::{Form, Moment};
use crate::words;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    pub email: String,
    pub name: String,
    /// Browsers that are signed in, this one among them.
    pub browsers: usize,
    pub tokens: Vec<Token>,
    /// A token made just now: its name and itself. It is shown this once.
    pub made: Option<(String, String)>,
    /// Which form the mistakes belong to: `account`, `password` or `tokens`.
    pub form: &'static str,
    pub wrong: Vec<Wrong>,
    pub said: Option<String>,
    /// How many are told without an account.
    pub subscribers: i64,
    /// What a configuration file declares: what it is, and its names.
    pub declared: Vec<(&'static str, Vec<String>)>,
    /// Read-only facts: what, and its value.
    pub instance: Vec<(&'static str, String)>,
}

/// A program's token.
#[derive(Clone, Debug)]
pub struct Token {
    pub id: Uuid,
    pub name: String,
    pub created_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/settings.html")]
struct Page {
    layout: Layout,
    said: Option<String>,
    errors: Option<Summary>,
    account: Vec<Field>,
    password: Vec<Field>,
    token: Field,
    tokens: Vec<Row>,
    made: Option<(String, String)>,
    browsers: String,
    subscribers: String,
    declared: Vec<(&'static str, String)>,
    instance: Vec<(&'static str, String)>,
}

#[derive(Clone, Debug)]
struct Row {
    id: Uuid,
    name: String,
    made: Moment,
    used: Option<Moment>,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let of = |form: &str| if facts.form == form { facts.wrong.as_slice() } else { &[] };
        let labels = [
            ("name", "Your name"),
            ("email", "E-mail address"),
            ("current", "Your password"),
            ("old", "Current password"),
            ("new", "New password"),
            ("token", "Name of the new token"),
        ];
        let declared = |(what, names): &(&'static str, Vec<String>)| {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            (*what, words::names(&names, 12))
        };
        Self {
            layout: Layout::new(&facts.chrome, Nav::Settings, None, "Settings", String::new()),
            said: facts.said.clone(),
            errors: Summary::new(&facts.wrong, &labels),
            account: vec![
                Field::new("name", "Your name", "text")
                    .value(&facts.name)
                    .needed()
                    .complete("name")
                    .wrong(of("account")),
                Field::new("email", "E-mail address", "email")
                    .value(&facts.email)
                    .needed()
                    .complete("username")
                    .wrong(of("account")),
                Field::new("current", "Your password", "password")
                    .needed()
                    .complete("current-password")
                    .hint("To confirm that it is you.")
                    .wrong(of("account")),
            ],
            password: vec![
                Field::new("old", "Current password", "password")
                    .needed()
                    .complete("current-password")
                    .wrong(of("password")),
                Field::new("new", "New password", "password")
                    .needed()
                    .complete("new-password")
                    .hint("At least 10 characters. Every other browser is signed out.")
                    .wrong(of("password")),
            ],
            token: Field::new("token", "Name of the new token", "text")
                .needed()
                .hint("What it is for, like deploy gate.")
                .wrong(of("tokens")),
            tokens: facts.tokens.iter().map(|token| Row::new(token, facts)).collect(),
            made: facts.made.clone(),
            browsers: match facts.browsers {
                0 | 1 => "Only this browser is signed in.".to_owned(),
                many => format!("{} are signed in, this one among them.", words::count(many, "browser", "browsers")),
            },
            subscribers: match usize::try_from(facts.subscribers).unwrap_or_default() {
                0 => "Nobody has subscribed.".to_owned(),
                1 => "One subscription.".to_owned(),
                many => format!("{}.", words::count(many, "subscription", "subscriptions")),
            },
            declared: facts.declared.iter().map(declared).collect(),
            instance: facts.instance.clone(),
        }
    }
}

impl Row {
    fn new(token: &Token, facts: &Facts) -> Self {
        Self {
            id: token.id,
            name: token.name.clone(),
            made: Moment::new(token.created_at, Form::Date, &facts.chrome.zone()),
            used: token.used_at.map(|at| Moment::ago(at, facts.now)),
        }
    }
}
