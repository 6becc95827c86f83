//! `/providers/{slug}/push`: an address to which the vendor may send word.

use askama::Template;
use tocsin_domain::{ProviderRef, Timestamp};

use crate::form::{Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::moment::{Form, Moment};
use crate::rows::Who;
use crate::{links, words};

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub provider: ProviderRef,
    /// Somebody here watches it; nobody looks otherwise, whatever is sent.
    pub watched: bool,
    /// `None`: there is no address yet.
    pub known: Option<Known>,
    /// The address that was made just now; it is shown this once.
    pub made: Option<String>,
    /// What was typed as the secret, where it was not taken.
    pub secret: String,
    pub wrong: Vec<Wrong>,
}

/// The address there is.
#[derive(Clone, Copy, Debug)]
pub struct Known {
    pub created_at: Timestamp,
    /// How often word came.
    pub heard: i64,
    pub heard_at: Option<Timestamp>,
    pub signed: bool,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let zone = facts.chrome.zone();
    let headline = format!("Let {} send word", facts.provider.name);
    let heard = facts.known.map(|known| match known.heard {
        0 => "never yet".to_owned(),
        count => words::count(usize::try_from(count).unwrap_or(usize::MAX), "time", "times"),
    });
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Providers, None, &headline, String::new()),
        who: Who::from(&facts.provider),
        add: links::query("/monitors/new", &[("provider", &facts.provider.slug)]),
        action: format!("/providers/{}/push", facts.provider.slug),
        headline,
        watched: facts.watched,
        created: facts.known.map(|known| Moment::new(known.created_at, Form::Full, &zone)),
        heard: heard.unwrap_or_default(),
        heard_at: facts.known.and_then(|known| known.heard_at).map(|at| Moment::new(at, Form::Full, &zone)),
        signed: facts.known.is_some_and(|known| known.signed),
        made: facts.made.clone(),
        errors: Summary::new(&facts.wrong, &[("secret", "Signing secret")]),
        secret: Field::new("secret", "Signing secret", "text")
            .value(&facts.secret)
            .hint("Only where the vendor signs what it sends, as incident.io does: whsec_ and base64. Leave it empty otherwise.")
            .wrong(&facts.wrong),
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/push.html")]
struct Page {
    layout: Layout,
    who: Who,
    add: String,
    action: String,
    headline: String,
    watched: bool,
    /// `None`: there is none.
    created: Option<Moment>,
    heard: String,
    heard_at: Option<Moment>,
    signed: bool,
    made: Option<String>,
    errors: Option<Summary>,
    secret: Field,
}
