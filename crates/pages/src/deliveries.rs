//! `/deliveries`: what went out, attempt by attempt, with the receivers' answers.

use askama::Template;
use jiff::tz::TimeZone;
use tocsin_domain::{EventKind, Timestamp};

use crate::layout::{Chrome, Layout, Nav, finish};
use crate::moment::{Form, Moment};
use crate::rows::About;
use crate::sign::Sign;
use crate::{links, words};

/// What the list is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    pub asked: Asked,
    /// Newest first: those of this page.
    pub deliveries: Vec<Delivery>,
    /// The place after which the next page goes on.
    pub next: Option<String>,
    /// The reader may send again.
    pub may_write: bool,
}

/// What the address asks for.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub state: Option<State>,
    /// Our id of the incident or maintenance they are about.
    pub incident: Option<String>,
    /// Those to one channel: its id and its name.
    pub channel: Option<(String, String)>,
    /// One delivery by its id.
    pub one: bool,
    /// This is not the first page.
    pub leafed: bool,
}

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Due,
    Sent,
    Failed,
    Dead,
    Suppressed,
}

impl State {
    pub const ALL: [Self; 5] = [Self::Due, Self::Sent, Self::Failed, Self::Dead, Self::Suppressed];

    /// As addresses spell it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Due => "due",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Dead => "dead",
            Self::Suppressed => "suppressed",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn named(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.word() == word)
    }

    pub(crate) const fn sign(self) -> Sign {
        match self {
            Self::Due => Sign { class: "maint", word: "On its way" },
            Self::Sent => Sign { class: "ok", word: "Delivered" },
            Self::Failed => Sign { class: "major", word: "Refused" },
            Self::Dead => Sign { class: "major", word: "Given up" },
            Self::Suppressed => Sign { class: "none", word: "Not sent" },
        }
    }
}

/// One message to one channel.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: String,
    pub event: String,
    /// What it is about.
    pub about: Option<About>,
    pub channel: String,
    /// Kind of the channel as people call it, e.g. `Slack`.
    pub kind: String,
    /// Empty where the channel has but one receiver.
    pub recipient: String,
    pub reason: String,
    pub state: State,
    /// Why it ended so, where the attempts do not say.
    pub why: Option<String>,
    pub created_at: Timestamp,
    /// When it is tried next, where it waits.
    pub next_at: Option<Timestamp>,
    pub attempts: Vec<Attempt>,
}

/// One attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub at: Timestamp,
    pub outcome: String,
    /// HTTP status, or the reply code of a mail server.
    pub status: Option<i64>,
    pub latency_ms: i64,
    pub answer: String,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

#[derive(Template, Debug)]
#[template(path = "pages/deliveries.html")]
struct Page {
    layout: Layout,
    headline: String,
    one: bool,
    narrowed: bool,
    why: String,
    chips: Vec<Chip>,
    rows: Vec<Row>,
    next: Option<String>,
    leafed: bool,
    may_write: bool,
}

#[derive(Clone, Debug)]
struct Chip {
    href: String,
    word: &'static str,
    class: &'static str,
    current: bool,
}

#[derive(Clone, Debug)]
struct Row {
    id: String,
    href: String,
    sign: Sign,
    event: &'static str,
    about: Option<About>,
    channel: String,
    /// Empty where the channel is named after its kind.
    kind: String,
    recipient: String,
    reason: String,
    /// Why it ended so; empty where the attempts say it.
    why: String,
    at: Moment,
    ago: Moment,
    next: Option<Moment>,
    attempts: Vec<Try>,
    attempt_count: String,
    /// A recipient who wants no more, and what waits, cannot be sent again.
    resend: Option<String>,
    unfolded: bool,
}

#[derive(Clone, Debug)]
struct Try {
    at: Moment,
    outcome: String,
    status: String,
    took: String,
    answer: String,
}

/// The same list in another state, or the next part of it.
fn address(state: Option<State>, asked: &Asked, cursor: &str) -> String {
    let incident = asked.incident.as_deref().unwrap_or_default();
    let channel = asked.channel.as_ref().map_or("", |(id, _)| id.as_str());
    let state = state.map_or("", State::word);
    links::query("/deliveries", &[("state", state), ("incident", incident), ("channel", channel), ("cursor", cursor)])
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let asked = &facts.asked;
        let incident = asked.incident.as_deref();
        let chip = |state: Option<State>| Chip {
            href: address(state, asked, ""),
            word: state.map_or("All", |state| state.sign().word),
            class: state.map_or("", |state| state.sign().class),
            current: state == asked.state,
        };
        let headline = match (asked.one, incident, &asked.channel) {
            (true, ..) => "One delivery".to_owned(),
            (false, Some(_), _) => "What was sent about it".to_owned(),
            (false, None, Some((_, name))) => format!("Deliveries to {name}"),
            (false, None, None) => "Deliveries".to_owned(),
        };
        let path = (!asked.one && incident.is_none() && asked.channel.is_none()).then_some("/deliveries");
        Self {
            layout: Layout::new(
                &facts.chrome,
                Nav::Deliveries,
                path,
                &headline,
                "What went out, and what came back.".to_owned(),
            ),
            headline,
            one: asked.one,
            narrowed: asked.state.is_some() || incident.is_some() || asked.channel.is_some(),
            why: links::query("/decisions", &[("incident", incident.unwrap_or_default())]),
            chips: std::iter::once(None).chain(State::ALL.map(Some)).map(chip).collect(),
            rows: facts.deliveries.iter().map(|delivery| Row::new(delivery, facts)).collect(),
            next: facts.next.as_deref().map(|cursor| address(asked.state, asked, cursor)),
            leafed: asked.leafed,
            may_write: facts.may_write,
        }
    }
}

impl Row {
    fn new(delivery: &Delivery, facts: &Facts) -> Self {
        let again = matches!(delivery.state, State::Sent | State::Failed | State::Dead);
        Self {
            id: delivery.id.clone(),
            href: links::delivery(&delivery.id),
            sign: delivery.state.sign(),
            event: delivery.event.parse::<EventKind>().map_or("Message", EventKind::label),
            about: delivery.about.clone(),
            channel: delivery.channel.clone(),
            kind: if says(&delivery.kind, &delivery.channel) { String::new() } else { delivery.kind.clone() },
            recipient: delivery.recipient.clone(),
            reason: delivery.reason.clone(),
            why: delivery.why.clone().unwrap_or_default(),
            at: Moment::new(delivery.created_at, Form::DayTime, &facts.chrome.zone()),
            ago: Moment::ago(delivery.created_at, facts.now),
            next: delivery.next_at.map(|at| Moment::ahead(at, facts.now)),
            attempts: delivery.attempts.iter().map(|attempt| Try::new(attempt, &facts.chrome.zone())).collect(),
            attempt_count: words::count(delivery.attempts.len(), "attempt", "attempts"),
            resend: again.then(|| format!("{}/resend", links::delivery(&delivery.id))),
            unfolded: facts.asked.one,
        }
    }
}

/// A channel is named after its kind: "teams" says no less than "Microsoft Teams".
fn says(kind: &str, channel: &str) -> bool {
    let letters =
        |text: &str| text.chars().filter(|letter| letter.is_alphanumeric()).collect::<String>().to_lowercase();
    letters(kind).contains(&letters(channel))
}

impl Try {
    fn new(attempt: &Attempt, zone: &TimeZone) -> Self {
        Self {
            at: Moment::new(attempt.at, Form::Exact, zone),
            outcome: words::capitalised(&attempt.outcome.replace('_', " ")),
            status: attempt.status.map(|status| status.to_string()).unwrap_or_default(),
            took: format!("{} ms", words::grouped(attempt.latency_ms)),
            answer: attempt.answer.trim().to_owned(),
        }
    }
}
