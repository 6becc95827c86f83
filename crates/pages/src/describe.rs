//! `/providers/{slug}/describe`: how a page is read that nobody else knows, and what comes of it now.

use askama::Template;
use jiff::tz::TimeZone;
use tocsin_domain::{Health, Problem, ProviderRef, Reading, Report, Timestamp};

use crate::form::{self, Summary, Wrong};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::moment::{Form, Moment};
use crate::rows::Who;
use crate::sign::Sign;
use crate::{links, words};

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    pub provider: ProviderRef,
    /// Address of the status page.
    pub page: String,
    /// Somebody here watches it; nobody asks it otherwise.
    pub watched: bool,
    /// The description there is.
    pub stored: Option<Stored>,
    pub sends: Sends,
    /// The description as it is typed.
    pub text: String,
    /// What it makes of the page now, where that was asked.
    pub preview: Option<Preview>,
    /// What the page sent just now.
    pub sent: Option<Sent>,
    pub wrong: Vec<Wrong>,
}

/// What a page is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sends {
    Json,
    Html,
}

#[derive(Clone, Copy, Debug)]
pub struct Stored {
    /// A configuration file holds it.
    pub declared: bool,
    pub written_at: Timestamp,
}

/// What a description makes of the page.
#[derive(Clone, Debug)]
pub enum Preview {
    Read(Box<Reading>),
    /// One sentence why.
    Unreadable(String),
}

/// The beginning of what a page sent.
#[derive(Clone, Debug)]
pub struct Sent {
    pub from: String,
    pub text: String,
    /// That is all of it.
    pub whole: bool,
}

/// Components, incidents and maintenances are listed up to this many.
const MOST: usize = 60;

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let headline = format!("Describe the page of {}", facts.provider.name);
    let zone = facts.chrome.zone();
    let stored = facts.stored;
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Providers, None, &headline, String::new()),
        who: Who::from(&facts.provider),
        add: links::query("/monitors/new", &[("provider", &facts.provider.slug)]),
        action: format!("/providers/{}/describe", facts.provider.slug),
        headline,
        address: facts.page.clone(),
        watched: facts.watched,
        declared: stored.is_some_and(|stored| stored.declared),
        written: stored.filter(|one| !one.declared).map(|one| Moment::new(one.written_at, Form::Full, &zone)),
        html: facts.sends == Sends::Html,
        text: facts.text.clone(),
        text_errors: form::of("text", &facts.wrong),
        errors: Summary::new(&facts.wrong, &[("text", "Description")]),
        tried: facts.preview.as_ref().map(|preview| tried(preview, &facts.provider.name, &zone)),
        sent: facts.sent.clone(),
    })
}

/// What came of it, ready to be written.
#[derive(Clone, Debug)]
struct Tried {
    sign: Sign,
    said: String,
    why: String,
    parts: Vec<Part>,
    incidents: Vec<Told>,
    works: Vec<Told>,
    problems: Vec<Problem>,
    /// What is not shown of long lists.
    more: String,
}

#[derive(Clone, Debug)]
struct Part {
    name: String,
    place: String,
    sign: Sign,
}

#[derive(Clone, Debug)]
struct Told {
    title: String,
    sign: Sign,
    about: String,
    began: Option<Moment>,
    ended: Option<Moment>,
}

fn tried(preview: &Preview, name: &str, zone: &TimeZone) -> Tried {
    let reading = match preview {
        Preview::Unreadable(why) => {
            return Tried {
                sign: Health::Unknown.into(),
                said: "Cannot be read".to_owned(),
                why: why.clone(),
                parts: Vec::new(),
                incidents: Vec::new(),
                works: Vec::new(),
                problems: Vec::new(),
                more: String::new(),
            };
        }
        Preview::Read(reading) => reading,
    };
    let open = reading.incidents.iter().filter(|report| !report.is_closed()).count();
    let counts = [
        words::count(reading.components.len(), "component", "components"),
        words::count(reading.incidents.len(), "incident", "incidents") + &format!(" ({open} open)"),
        words::count(reading.maintenances.len(), "maintenance", "maintenances"),
    ];
    let lengths = [reading.components.len(), reading.incidents.len(), reading.maintenances.len()];
    let cut = lengths.iter().any(|length| *length > MOST);
    Tried {
        sign: reading.health.into(),
        said: format!("{name} would be: {}", reading.health.label().to_lowercase()),
        why: format!("Read now: {}.", counts.join("; ")),
        parts: reading.components.iter().take(MOST).map(part).collect(),
        incidents: reading.incidents.iter().take(MOST).map(|one| incident(one, zone)).collect(),
        works: reading.maintenances.iter().take(MOST).map(|one| work(one, zone)).collect(),
        problems: reading.problems.clone(),
        more: if cut { format!("Of each list the first {MOST} are shown.") } else { String::new() },
    }
}

fn part(component: &tocsin_domain::Component) -> Part {
    Part { name: component.name.clone(), place: component.group.join(" › "), sign: component.health.into() }
}

fn incident(report: &Report, zone: &TimeZone) -> Told {
    let impact = report.impact.map_or("impact not stated".to_owned(), |impact| impact.label().to_lowercase());
    let sign = report.stage.map_or_else(|| Sign::from(Health::Unknown), Sign::from);
    let names: Vec<&str> = report.components.iter().map(|one| one.name.as_str()).collect();
    let updates = words::count(report.updates.len(), "update", "updates");
    Told {
        title: report.title.clone(),
        sign,
        about: about(&[impact, words::names(&names, 3), updates]),
        began: report.started_at.map(|at| Moment::new(at, Form::Full, zone)),
        ended: report.resolved_at.map(|at| Moment::new(at, Form::Full, zone)),
    }
}

fn work(work: &tocsin_domain::maintenance::Work, zone: &TimeZone) -> Told {
    let names: Vec<&str> = work.components.iter().map(|one| one.name.as_str()).collect();
    let sign = work.stage.map_or(Sign { class: "maint", word: "By its window" }, Sign::from);
    Told {
        title: work.title.clone(),
        sign,
        about: words::names(&names, 3),
        began: work.starts_at.map(|at| Moment::new(at, Form::Full, zone)),
        ended: work.ends_at.map(|at| Moment::new(at, Form::Full, zone)),
    }
}

fn about(all: &[String]) -> String {
    all.iter().filter(|one| !one.is_empty()).cloned().collect::<Vec<_>>().join(" · ")
}

#[derive(Template, Debug)]
#[template(path = "pages/describe.html")]
struct Page {
    layout: Layout,
    who: Who,
    add: String,
    action: String,
    headline: String,
    address: String,
    watched: bool,
    declared: bool,
    written: Option<Moment>,
    html: bool,
    text: String,
    text_errors: Vec<String>,
    errors: Option<Summary>,
    tried: Option<Tried>,
    sent: Option<Sent>,
}
