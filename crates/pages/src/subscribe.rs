//! `/providers/{slug}/subscribe`, `/boards/{slug}/subscribe`: hearing of vendors without an account, by mail, in a browser, at an address of a
//! program, or by what feed readers and calendars read. And the pages on the way there.

use askama::Template;
use tocsin_domain::ProviderRef;

use crate::assets::{SUBSCRIBE, WORKER};
use crate::form::{Field, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::links;
use crate::rows::Who;

/// What somebody hears of.
#[derive(Clone, Debug)]
pub enum News {
    Provider(ProviderRef),
    /// A board, and what opens it for a guest, who sees nothing else here; empty: nothing has to.
    Board {
        slug: String,
        name: String,
        key: String,
    },
    /// A board that was deleted.
    Gone,
}

impl News {
    /// As it is called within a sentence.
    fn spoken(&self) -> String {
        match self {
            Self::Provider(provider) => provider.name.clone(),
            Self::Board { name, .. } => format!("the board {name}"),
            Self::Gone => "a board that was deleted".to_owned(),
        }
    }

    /// With where it leads; that is empty for what is gone.
    pub(crate) fn who(&self) -> Who {
        match self {
            Self::Provider(provider) => Who::from(provider),
            Self::Board { name, .. } => Who { name: name.clone(), href: self.path("") },
            Self::Gone => Who { name: self.spoken(), href: String::new() },
        }
    }

    /// A page of it: `/subscribe`.
    fn path(&self, rest: &str) -> String {
        match self {
            Self::Provider(provider) => format!("{}{rest}", links::provider(&provider.slug)),
            Self::Board { slug, key, .. } => links::board(slug, rest, key),
            Self::Gone => String::new(),
        }
    }

    /// True for somebody who may see nothing but a board.
    fn is_for_guest(&self) -> bool {
        matches!(self, Self::Board { key, .. } if !key.is_empty())
    }

    fn nav(&self) -> Nav {
        if matches!(self, Self::Provider(_)) { Nav::Providers } else { Nav::Boards }
    }
}

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub news: News,
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
    let news = &facts.news;
    let headline = format!("Get updates about {}", news.spoken());
    let mut layout = Layout::new(&facts.chrome, news.nav(), None, &headline, String::new());
    layout.bare = news.is_for_guest();
    layout.unlisted = news.is_for_guest();
    let (slug, calendar) = match news {
        News::Provider(provider) => {
            (provider.slug.clone(), Some(links::query("/calendar.ics", &[("provider", &provider.slug)])))
        }
        News::Board { slug, .. } => (format!("board.{slug}"), None),
        News::Gone => (String::new(), None),
    };
    finish(&Page {
        layout,
        who: news.who(),
        whose: if calendar.is_some() { "its own status page tells" } else { "the vendors’ own status pages tell" },
        mail_action: news.path("/subscribe/email"),
        push_action: news.path("/subscribe/push"),
        webhook_action: news.path("/subscribe/webhook"),
        feed: news.path("/feed.atom"),
        calendar,
        script: SUBSCRIBE.address(),
        worker: WORKER.path,
        slug,
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
    /// Who tells, for the middle of a sentence.
    whose: &'static str,
    mail_action: String,
    push_action: String,
    webhook_action: String,
    feed: String,
    /// A board has none.
    calendar: Option<String>,
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

/// Such a page as HTML; `news`: what it is to.
#[must_use]
pub fn render_step(chrome: &Chrome, news: Option<&News>, step: &Step) -> String {
    let name = news.map_or_else(|| "it".to_owned(), News::spoken);
    let headline = match step {
        Step::Asked { .. } => "Look into your mailbox".to_owned(),
        Step::Confirm { .. } => format!("Get mails about {name}?"),
        Step::Confirmed { .. } | Step::Made { .. } => format!("You will hear of {name}"),
        Step::Late => "This link is too old".to_owned(),
        Step::Invalid => "This link does not work".to_owned(),
    };
    let mut layout = Layout::new(chrome, Nav::None, None, &headline, String::new());
    layout.bare = news.is_some_and(News::is_for_guest);
    finish(&StepPage {
        layout,
        who: news.map(News::who),
        again: news.map(|news| news.path("/subscribe")),
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
