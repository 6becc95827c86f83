//! `/providers/{slug}/access`: what opens a status page that wants to know who asks.

use askama::Template;
use tocsin_domain::ProviderRef;

use crate::form::{Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::rows::Who;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub provider: ProviderRef,
    /// The only host that is told.
    pub host: String,
    /// What opens the page now, without secrets.
    pub known: Vec<String>,
    /// The address it was given for, where the page's is another one now: nothing is told.
    pub elsewhere: Option<String>,
    /// The configuration file says it: it is changed there.
    pub declared: bool,
    /// It was saved just now, and the page is asked.
    pub saved: bool,
    /// What was typed, by field; nothing that is kept comes back.
    pub typed: Vec<(String, String)>,
    pub wrong: Vec<Wrong>,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let headline = format!("Enter the status page of {}", facts.provider.name);
    let typed = |name: &str| facts.typed.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str());
    let field = |name: &str, label: &str, kind: &'static str, hint: &str| {
        Field::new(name, label, kind).value(typed(name)).hint(hint).wrong(&facts.wrong)
    };
    let secret = |name: &str, label: &str, hint: &str| {
        Field::new(name, label, "password").hint(hint).complete("new-password").wrong(&facts.wrong)
    };
    let labels = [
        ("headers", "Headers"),
        ("query", "Values in the address"),
        ("basic", "Name and password"),
        ("token_url", "Address of the token service"),
        ("client_id", "Client id"),
        ("client_secret", "Client secret"),
        ("scope", "Scope"),
        ("aws_key_id", "Access key id"),
        ("aws_secret_key", "Secret access key"),
        ("aws_session_token", "Session token"),
    ];
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Providers, None, &headline, String::new()),
        who: Who::from(&facts.provider),
        action: format!("/providers/{}/access", facts.provider.slug),
        headline,
        host: facts.host.clone(),
        known: facts.known.clone(),
        elsewhere: facts.elsewhere.clone(),
        declared: facts.declared,
        saved: facts.saved,
        errors: Summary::new(&facts.wrong, &labels),
        simple: vec![
            field(
                "headers",
                "Headers",
                "lines",
                "One a line: X-Api-Key: 1234. A token goes into Authorization: Bearer 1234, a session into Cookie: name=value.",
            ),
            secret("basic", "Name and password", "For basic authentication, with a colon between: ada:secret."),
            field(
                "query",
                "Values in the address",
                "lines",
                "One a line: token=1234. They are added to every address that is asked.",
            ),
        ],
        client: vec![
            field(
                "token_url",
                "Address of the token service",
                "url",
                "For Microsoft Graph: https://login.microsoftonline.com/{tenant}/oauth2/v2.0/token",
            ),
            field("client_id", "Client id", "text", ""),
            secret("client_secret", "Client secret", ""),
            field("scope", "Scope", "text", "For Microsoft Graph: https://graph.microsoft.com/.default"),
        ],
        aws: vec![
            field("aws_key_id", "Access key id", "text", "Of a user who may call health:Describe*."),
            secret("aws_secret_key", "Secret access key", ""),
            secret("aws_session_token", "Session token", "Only with temporary keys."),
        ],
        client_open: ["token_url", "client_id", "client_secret", "scope"].iter().any(|name| is_open(facts, name)),
        aws_open: ["aws_key_id", "aws_secret_key", "aws_session_token"].iter().any(|name| is_open(facts, name)),
    })
}

fn is_open(facts: &Facts, name: &str) -> bool {
    facts.typed.iter().any(|(key, value)| key == name && !value.is_empty())
        || facts.wrong.iter().any(|wrong| wrong.field == name)
}

#[derive(Template, Debug)]
#[template(path = "pages/access.html")]
struct Page {
    layout: Layout,
    who: Who,
    action: String,
    headline: String,
    host: String,
    known: Vec<String>,
    elsewhere: Option<String>,
    declared: bool,
    saved: bool,
    errors: Option<Summary>,
    simple: Vec<Field>,
    client: Vec<Field>,
    aws: Vec<Field>,
    client_open: bool,
    aws_open: bool,
}
