//! `/boards/{slug}`: a named page of some providers: one sentence, what is open, and each of them. On a wall it is large,
//! and nothing else is on it.

use std::collections::HashMap;

use askama::Template;
use jiff::tz::TimeZone;
use tocsin_domain::Timestamp;
use tocsin_domain::board::Visibility;
use tocsin_domain::uptime::Day;

use crate::bars::Bar;
use crate::dashboard::{Monitor, STALE_S};
use crate::facts::{OpenIncident, PlannedWork};
use crate::layout::{Chrome, Layout, Nav, finish};
use crate::ledger::Note;
use crate::moment::Moment;
use crate::rows::{self, OpenRow, WorkRow};
use crate::sentence::{self, Run, Tally};
use crate::sign::Sign;
use crate::{links, words};

/// Open incidents with their latest words; the rest is only counted.
const OPEN: usize = 12;
/// Announced work on the page.
const WORKS: usize = 8;
/// Chosen components that an entry names.
const NAMED: usize = 3;
/// Beyond this many entries they stand side by side.
const LONG: usize = 40;

/// What a board is made of.
#[derive(Clone, Debug)]
pub struct Facts {
    pub chrome: Chrome,
    pub now: Timestamp,
    pub slug: String,
    pub name: String,
    /// What it is about; may be empty.
    pub about: String,
    /// In their order on the page.
    pub entries: Vec<Entry>,
    /// Incidents that concern them and still run.
    pub open: Vec<OpenIncident>,
    /// Work that concerns them and is announced or under way.
    pub works: Vec<PlannedWork>,
    pub visibility: Visibility,
    pub reader: Reader,
    /// The key in its address; empty: none.
    pub key: String,
    /// Whoever looks can subscribe.
    pub subscribable: bool,
    /// It hangs on a wall.
    pub wall: bool,
    /// What was done just now.
    pub said: Option<String>,
}

/// One provider on a board.
#[derive(Clone, Debug)]
pub struct Entry {
    /// The heading under which it stands; empty: none.
    pub section: String,
    pub monitor: Monitor,
    /// Its last days, oldest first; empty where nobody can tell.
    pub days: Vec<Day>,
    /// Its own status page.
    pub page: Option<String>,
}

/// For whom it is made.
#[derive(Clone, Debug)]
pub enum Reader {
    /// Somebody of the team, with what they may do.
    Member(Share),
    /// Somebody who may read the instance.
    Reader,
    /// Somebody who may see nothing but this board: links lead to the vendors.
    Guest,
}

/// How a board is shared.
#[derive(Clone, Debug)]
pub struct Share {
    /// The address to give to others, absolute.
    pub address: String,
    pub declared: bool,
    /// Strangers may read this instance.
    pub open_to_all: bool,
    /// Whoever looks is signed in, and may change it.
    pub may_change: bool,
}

/// The page as HTML.
#[must_use]
pub fn render(facts: &Facts) -> String {
    finish(&Page::new(facts))
}

/// How the providers of a board are, in one sentence without its full stop.
#[must_use]
pub fn sentence(monitors: &[Monitor]) -> String {
    sentence::plain(&lead(monitors))
}

fn lead(monitors: &[Monitor]) -> Vec<Run> {
    let only = monitors.first().map(|monitor| monitor.provider.name.as_str()).unwrap_or_default();
    Tally::of(monitors).on_board(only)
}

#[derive(Template, Debug)]
#[template(path = "pages/board.html")]
struct Page {
    layout: Layout,
    name: String,
    about: String,
    lead: Vec<Run>,
    looked: Option<Moment>,
    stale: bool,
    open: Vec<OpenRow>,
    open_count: String,
    open_beyond: String,
    works: Vec<WorkRow>,
    works_beyond: String,
    sections: Vec<Section>,
    /// Some of them have a bar.
    bars: bool,
    /// They stand side by side.
    dense: bool,
    /// Lines between the days of a bar.
    combs: Vec<i64>,
    share: Option<Sharing>,
    /// Where one subscribes.
    updates: Option<String>,
    feed: String,
    /// Its other look: the wall, or from there the page.
    other: String,
    said: Option<String>,
}

#[derive(Clone, Debug)]
struct Section {
    name: String,
    rows: Vec<Row>,
}

#[derive(Clone, Debug)]
struct Row {
    /// Its place on the board, from 1.
    place: usize,
    name: String,
    /// Empty: there is nothing to lead to.
    href: String,
    /// Chosen components; empty: everything.
    scope: String,
    all_parts: String,
    sign: Sign,
    note: Note,
    bar: Option<Bar>,
    read: Option<Moment>,
}

#[derive(Clone, Debug)]
struct Sharing {
    slug: String,
    address: String,
    /// Who sees it, in one sentence.
    who: &'static str,
    by_link: bool,
    declared: bool,
    may_change: bool,
}

impl Page {
    fn new(facts: &Facts) -> Self {
        let zone = facts.chrome.zone();
        let monitors: Vec<Monitor> = facts.entries.iter().map(|entry| entry.monitor.clone()).collect();
        let lead = lead(&monitors);
        let places = Places::new(facts);
        let open = rows::open(&facts.open);
        let works = rows::ahead(&facts.works);
        let looked = monitors.iter().filter_map(|monitor| monitor.read_at).max();
        let stale = |at| facts.now.since(at) > STALE_S;
        let sections = sections(facts, &open, &places, &zone);
        let days = facts.entries.iter().map(|entry| entry.days.len()).max().unwrap_or(0);
        let rows = || sections.iter().flat_map(|section| &section.rows);
        Self {
            layout: layout(facts, &lead),
            name: facts.name.clone(),
            about: facts.about.clone(),
            looked: looked
                .map(|at| if stale(at) { Moment::lasting(at, facts.now) } else { Moment::ago(at, facts.now) }),
            stale: looked.is_some_and(stale),
            open_count: words::count(open.len(), "incident", "incidents"),
            open_beyond: beyond(open.len(), OPEN),
            open: open.iter().take(OPEN).map(|one| places.open(one, facts.now)).collect(),
            works_beyond: beyond(works.len(), WORKS),
            works: works.iter().take(WORKS).map(|work| places.work(work, facts.now, &zone)).collect(),
            bars: rows().any(|row| row.bar.is_some()) && !facts.wall,
            dense: facts.entries.len() > LONG,
            combs: (1..i64::try_from(days).unwrap_or(0)).map(|day| day * 4).collect(),
            share: Sharing::of(facts),
            updates: facts.subscribable.then(|| links::board(&facts.slug, "/subscribe", &facts.key)),
            feed: links::board(&facts.slug, "/feed.atom", &facts.key),
            other: address(facts, !facts.wall),
            said: facts.said.clone(),
            sections,
            lead,
        }
    }
}

fn layout(facts: &Facts, lead: &[Run]) -> Layout {
    let path = links::board(&facts.slug, "", &facts.key);
    let description = match facts.about.as_str() {
        "" => format!("{}.", sentence::plain(lead)),
        about => format!("{}. {about}", sentence::plain(lead)),
    };
    let shared = facts.visibility != Visibility::Private;
    let path = Some(path.as_str()).filter(|_| shared);
    let live = links::query(
        &format!("/live{}", links::board(&facts.slug, "", "")),
        &[("key", &facts.key), ("wall", if facts.wall { "yes" } else { "" })],
    );
    let mut layout = Layout::new(&facts.chrome, Nav::Boards, path, &facts.name, description).live(live, facts.now);
    layout.unlisted = facts.visibility == Visibility::Link;
    layout.bare = facts.wall || matches!(facts.reader, Reader::Guest);
    layout.wall = facts.wall;
    layout.follows |= facts.wall;
    layout
}

/// The address of this board, on the wall or not.
fn address(facts: &Facts, wall: bool) -> String {
    links::query(&links::board(&facts.slug, "", ""), &[("key", &facts.key), ("wall", if wall { "yes" } else { "" })])
}

fn beyond(count: usize, shown: usize) -> String {
    if count > shown { format!("and {} more", words::number(count - shown)) } else { String::new() }
}

/// Where names and titles lead: to our pages, or for a guest to the vendors'.
struct Places<'a> {
    guest: bool,
    /// Status pages by slug.
    pages: HashMap<&'a str, String>,
}

impl<'a> Places<'a> {
    fn new(facts: &'a Facts) -> Self {
        let page = |entry: &'a Entry| {
            let page = entry.page.as_deref().and_then(links::outward);
            (entry.monitor.provider.slug.as_str(), page.unwrap_or_default())
        };
        Self { guest: matches!(facts.reader, Reader::Guest), pages: facts.entries.iter().map(page).collect() }
    }

    fn provider(&self, slug: &str) -> String {
        if self.guest { self.pages.get(slug).cloned().unwrap_or_default() } else { links::provider(slug) }
    }

    fn open(&self, open: &OpenIncident, now: Timestamp) -> OpenRow {
        let mut row = OpenRow::new(open, now);
        if self.guest {
            row.who.href = self.provider(&open.provider.slug);
            row.href = open.incident.url.as_deref().and_then(links::outward).unwrap_or_else(|| row.who.href.clone());
        }
        row
    }

    fn work(&self, planned: &PlannedWork, now: Timestamp, zone: &TimeZone) -> WorkRow {
        let mut row = WorkRow::new(planned, now, zone);
        row.who.href = self.provider(&planned.provider.slug);
        row
    }
}

/// Neighbours with the same heading stand under it together.
fn sections(facts: &Facts, open: &[&OpenIncident], places: &Places<'_>, zone: &TimeZone) -> Vec<Section> {
    let mut sections: Vec<Section> = Vec::new();
    for (place, entry) in facts.entries.iter().enumerate() {
        if sections.last().is_none_or(|last| last.name != entry.section) {
            sections.push(Section { name: entry.section.clone(), rows: Vec::new() });
        }
        let monitor = &entry.monitor;
        let names: Vec<&str> = monitor.components.iter().map(String::as_str).collect();
        let mut note = Note::new(monitor, &facts.works, facts.now, open);
        if places.guest {
            note.href = None;
        }
        let row = Row {
            place: place + 1,
            name: monitor.provider.name.clone(),
            href: places.provider(&monitor.provider.slug),
            scope: words::names(&names, NAMED),
            all_parts: if names.len() > NAMED { names.join(", ") } else { String::new() },
            sign: monitor.health.into(),
            note,
            bar: if facts.wall { None } else { Bar::new(&entry.days, zone) },
            read: monitor.read_at.map(|at| Moment::ago(at, facts.now)),
        };
        if let Some(section) = sections.last_mut() {
            section.rows.push(row);
        }
    }
    sections
}

impl Sharing {
    fn of(facts: &Facts) -> Option<Self> {
        let Reader::Member(share) = &facts.reader else { return None };
        Some(Self {
            slug: facts.slug.clone(),
            address: share.address.clone(),
            who: who_sees(facts.visibility, share.open_to_all),
            by_link: facts.visibility == Visibility::Link,
            declared: share.declared,
            may_change: share.may_change,
        })
    }
}

/// Who sees a board, in one sentence.
pub(crate) fn who_sees(visibility: Visibility, open_to_all: bool) -> &'static str {
    match visibility {
        Visibility::Private => "Your team sees it, signed in.",
        Visibility::Link => "Whoever has this address sees it, without signing in, and nothing else of yours.",
        Visibility::Public if open_to_all => "Everybody who can reach this instance sees it.",
        Visibility::Public => "Only your team sees it: this instance is not open for reading by everybody.",
    }
}
