//! `/settings/subscribers`: who is told without an account, and an end to each.

use askama::Template;
use tocsin_domain::Timestamp;
use uuid::Uuid;

use crate::layout::{Chrome, Layout, Nav, finish};
use crate::links;
use crate::moment::{Form, Moment};
use crate::rows::Who;
use crate::subscribe::News;
use crate::words;

/// What the page is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    /// Whoever may read may subscribe.
    pub open: bool,
    /// How many subscribe to each thing.
    pub counts: Vec<(News, usize)>,
    /// Those of this page of the list, newest first.
    pub subscribers: Vec<Subscriber>,
    /// The list goes on after this one.
    pub next: Option<Uuid>,
    /// This is not its beginning.
    pub leafed: bool,
}

/// One subscription.
#[derive(Clone, Debug)]
pub struct Subscriber {
    pub id: Uuid,
    pub news: News,
    /// How it is told, for people: `E-mail`.
    pub way: String,
    /// Where it is told, as far as the reader may see it.
    pub address: String,
    pub since: Timestamp,
    /// Why it hears nothing just now; empty where it does.
    pub rests: String,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    let all = facts.counts.iter().map(|(_, count)| count).sum::<usize>();
    let providers = facts.counts.iter().filter(|(news, _)| matches!(news, News::Provider(_))).count();
    let boards = facts.counts.len() - providers;
    let of = [(providers, ("provider", "providers")), (boards, ("board", "boards"))];
    let of: Vec<String> = of
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, (one, many))| words::count(count, one, many))
        .collect();
    let summary = match facts.counts.len() {
        0 => String::new(),
        _ => format!("{} of {}.", words::count(all, "subscription to news", "subscriptions to news"), of.join(" and ")),
    };
    let count = |(news, count): &(News, usize)| (news.who(), count.to_string());
    finish(&Page {
        layout: Layout::new(&facts.chrome, Nav::Settings, None, "Subscribers", String::new()),
        open: facts.open,
        summary,
        counts: facts.counts.iter().map(count).collect(),
        rows: facts.subscribers.iter().map(|one| Row::new(one, facts)).collect(),
        next: facts.next.map(|id| links::query("/settings/subscribers", &[("before", &id.to_string())])),
        leafed: facts.leafed,
    })
}

#[derive(Template, Debug)]
#[template(path = "pages/subscribers.html")]
struct Page {
    layout: Layout,
    open: bool,
    summary: String,
    counts: Vec<(Who, String)>,
    rows: Vec<Row>,
    next: Option<String>,
    leafed: bool,
}

#[derive(Clone, Debug)]
struct Row {
    id: Uuid,
    who: Who,
    way: String,
    address: String,
    since: Moment,
    rests: String,
}

impl Row {
    fn new(one: &Subscriber, facts: &Facts) -> Self {
        Self {
            id: one.id,
            who: one.news.who(),
            way: one.way.clone(),
            address: one.address.clone(),
            since: Moment::new(one.since, Form::Date, &facts.chrome.zone()),
            rests: one.rests.clone(),
        }
    }
}
