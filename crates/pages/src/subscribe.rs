//! `/providers/{slug}/subscribe`: hearing of a vendor without an account, by mail, in a browser, at an address of a
//! program, or by what feed readers and calendars read. And the pages on the way there.

use askama::Template;
use tocsin_domain::ProviderRef;

use crate::assets::{SUBSCRIBE, WORKER};
use crate::form::{Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::links;
use crate::rows::Who;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub provider: ProviderRef,
    /// False where no mail can be sent.
    pub mail: bool,
    /// Whom browsers are told by: the instance's public key, base64url; `None` where there is none.
    pub key: Option<String>,
    /// What was typed, where it was not taken.
    pub email: String,
    pub url: String,
    pub wrong: Vec<Wrong>,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let name = &facts.provider.name;
    let headline = format!("Get updates about {name}");
    let path = links::provider(&facts.provider.slug);
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Providers, None, &headline, String::new()),
        who: Who::from(&facts.provider),
        action: format!("{path}/subscribe"),
        feed: format!("{path}/feed.atom"),
        calendar: links::query("/calendar.ics", &[("provider", &facts.provider.slug)]),
        script: SUBSCRIBE.address(),
        worker: WORKER.path,
        slug: facts.provider.slug.clone(),
        headline,
        errors: Summary::new(&facts.wrong, &[("email", "E-mail address"), ("url", "Address")]),
        mail: facts.mail,
        key: facts.key.clone(),
        email: Field::new("email", "E-mail address", "email")
            .value(&facts.email)
            .needed()
            .complete("email")
            .hint("You get a mail with a link first; nothing else comes before you confirm.")
            .wrong(&facts.wrong),
        url: Field::new("url", "Address", "url")
            .value(&facts.url)
            .needed()
            .hint("A webhook in the manner of Standard Webhooks, signed with a secret that you see once. The address is sent a challenge at once, and must give it back: as the whole answer, or as the field “challenge” of JSON.")
            .wrong(&facts.wrong),
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/subscribe.html")]
struct Page {
    layout: Layout,
    who: Who,
    action: String,
    feed: String,
    calendar: String,
    script: String,
    worker: &'static str,
    slug: String,
    headline: String,
    errors: Option<Summary>,
    mail: bool,
    key: Option<String>,
    email: Field,
    url: Field,
}

/// A page on the way to a subscription, or at its end.
#[derive(Clone, Debug)]
pub enum Step {
    /// A mail is under way, if it may be: whether the address is subscribed is nobody's business.
    Asked { address: String },
    /// The link of that mail was opened. `action`: what the button posts to.
    Confirm { address: String, action: String },
    /// The button was pressed. `leave`: the path that ends it.
    Confirmed { address: String, leave: String },
    /// An address of a program is told from now on. The secret is shown this once.
    Made { address: String, secret: String, leave: String },
    /// The link is too old.
    Late,
    /// The link was altered, or cut short.
    Invalid,
}

/// Such a page as HTML; `provider` is whose news they are.
#[must_use]
pub fn render_step(chrome: &Chrome, provider: Option<&ProviderRef>, step: &Step) -> String {
    let name = provider.map_or("it", |provider| provider.name.as_str());
    let headline = match step {
        Step::Asked { .. } => "Look into your mailbox".to_owned(),
        Step::Confirm { .. } => format!("Get mails about {name}?"),
        Step::Confirmed { .. } | Step::Made { .. } => format!("You will hear of {name}"),
        Step::Late => "This link is too old".to_owned(),
        Step::Invalid => "This link does not work".to_owned(),
    };
    finish(&StepPage {
        layout: Layout::new(chrome, Nav::None, None, &headline, String::new()),
        who: provider.map(Who::from),
        again: provider.map(|provider| format!("{}/subscribe", links::provider(&provider.slug))),
        headline,
        step: step.clone(),
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/subscribe_step.html")]
struct StepPage {
    layout: Layout,
    who: Option<Who>,
    again: Option<String>,
    headline: String,
    step: Step,
}
