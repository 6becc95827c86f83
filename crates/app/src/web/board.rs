//! `/boards/{slug}`: a board, for the team, for readers, and for guests who were given its address.

use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

use tocsin_domain::board::Visibility;
use tocsin_domain::uptime::Day;
use tocsin_domain::{Component, ComponentRef, Health, Incident, Timestamp, ids};
use tocsin_pages::board::{self, Entry, Facts, Reader, Share};
use tocsin_pages::dashboard::Monitor;
use tocsin_pages::feed;
use tocsin_pages::wishes::{OfMonitor, OfOne};
use tocsin_store::{BoardRow, IncidentFilter, MonitorRow};

use super::forms::Member;
use super::history::History;
use super::watched::{Watched, concerns};
use super::wished::Wished;
use super::{Trouble, chrome, feed as atom, html, not_found_page, to_sign_in};
use crate::access::board::{Looks, looks, opens, path};
use crate::access::{Sight, Visitor};
use crate::app::App;
use crate::clock;
use crate::directory::Directory;
use crate::problem::Problem;
use crate::served::Served;
use crate::work::asked;
use crate::work::watch::Pages;

/// Up to this many entries have bars of their last days.
const BARRED: usize = 40;
/// What a guest reads of a page that is entered with a login.
const WITHHELD: &str = "Its page wants a login: only the team sees what it says.";

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The key of an address that is shared.
    key: String,
    /// It hangs on a wall.
    wall: Option<String>,
    saved: Option<String>,
}

/// A board as somebody looks at it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct View {
    slug: String,
    looks: Looks,
    wall: bool,
    /// Whoever looks is signed in, and may change it.
    may_change: bool,
}

impl View {
    /// `None`: this visitor may not look at a board of this slug, or there is none.
    #[must_use]
    pub fn of(app: &App, visitor: &Visitor, slug: &str, asked: &Asked) -> Option<Self> {
        let directory = app.directory();
        let looks = looks(app, visitor, directory.board(slug)?, &asked.key)?;
        let may_change = matches!(visitor, Visitor::Person(_));
        Some(Self { slug: slug.to_owned(), looks, wall: asked.wall.is_some(), may_change })
    }

    /// The board, if it may still be looked at in this way.
    fn board<'a>(&self, app: &App, directory: &'a Directory) -> Option<&'a BoardRow> {
        directory.board(&self.slug).filter(|row| match &self.looks {
            Looks::Member => true,
            Looks::Reader => row.visibility == Visibility::Public,
            Looks::Guest(key) => row.visibility == Visibility::Link && opens(&app.store.signing_key(), row, key),
        })
    }

    fn sight(&self) -> Sight {
        if self.looks == Looks::Member { Sight::Whole } else { Sight::Cut }
    }

    fn key(&self) -> &str {
        if let Looks::Guest(key) = &self.looks { key } else { "" }
    }
}

pub async fn page(
    visitor: Visitor,
    State(served): State<Served>,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
    uri: Uri,
) -> Response {
    let app = &served.app;
    let Some(view) = View::of(app, &visitor, &slug, &asked) else { return nowhere(app, &visitor, &asked.key, &uri) };
    let said = asked.saved.as_deref().filter(|_| view.may_change).map(|saved| match saved {
        "added" => "The board is made.",
        "renewed" => "Its address is another one now; the old one leads nowhere.",
        _ => "Saved.",
    });
    match facts(app, &view).await {
        Ok(facts) => html(StatusCode::OK, board::render(&Facts { said: said.map(str::to_owned), ..facts })),
        Err(error) => error.page(app),
    }
}

/// Whether a board is there is not for strangers to know: without a key they sign in first, with a wrong one they are
/// told that it leads nowhere.
pub fn nowhere(app: &App, visitor: &Visitor, key: &str, uri: &Uri) -> Response {
    if !key.is_empty() && Sight::of(app, visitor) == Sight::Cut {
        let detail = "The link may have been made anew, or the board taken down: ask whoever gave it to you.";
        return super::say(app, StatusCode::NOT_FOUND, "This link leads to no board", detail);
    }
    let hides_nothing = Sight::of(app, visitor) == Sight::Whole;
    if hides_nothing { not_found_page(app) } else { to_sign_in(uri) }
}

/// The page as HTML.
///
/// # Errors
/// If it may not be looked at any more, or the store cannot be read.
pub async fn render(app: &App, view: &View) -> Result<String, Trouble> {
    facts(app, view).await.map(|facts| board::render(&facts))
}

/// What the entries of a board watch, as if each were a monitor.
#[must_use]
pub fn rows(board: &BoardRow) -> Vec<MonitorRow> {
    let row = |entry: &tocsin_domain::board::Entry| {
        let parts = entry.components.join("\n");
        let name: [&[u8]; 4] = [b"entry", board.id.as_bytes(), entry.provider.as_bytes(), parts.as_bytes()];
        MonitorRow {
            id: ids::v7(Timestamp::from_second(0), &name),
            team: board.team,
            provider: entry.provider.clone(),
            components: entry.components.clone(),
            groups: Vec::new(),
            declared: board.declared,
            paused: false,
            told_at: None,
            tags: Vec::new(),
            aware: true,
        }
    };
    board.entries.iter().map(row).collect()
}

async fn facts(app: &App, view: &View) -> Result<Facts, Trouble> {
    let now = clock::now();
    let directory = app.directory();
    let row = view.board(app, &directory).ok_or(Trouble::NotFound)?;
    let wished = Wished { directory: &directory, sight: view.sight(), now };
    let rows = rows(row);
    let guest = matches!(view.looks, Looks::Guest(_));
    let hidden = |provider: &str| guest && app.doors.of(provider).is_some();
    let Watched { monitors, mut open, mut works } = Watched::look(app, wished, &rows).await?;
    let parts = filtered(app, &rows).await?;
    let mine =
        |provider: &str, named: &[ComponentRef]| !hidden(provider) && concerns_any(&rows, &parts, provider, named);
    open.retain(|one| mine(&one.provider.slug, &one.incident.components));
    works.retain(|one| mine(&one.provider.slug, &one.maintenance.components));
    let pages = app.watch.pages();
    let mut entries = Vec::with_capacity(rows.len());
    for ((entry, row), monitor) in row.entries.iter().zip(&rows).zip(monitors) {
        let provider = directory.provider(&row.provider);
        let withheld = hidden(&row.provider);
        let barred = rows.len() <= BARRED && !view.wall && !withheld;
        let days = if barred { days(app, row, &pages, now).await? } else { Vec::new() };
        let monitor = if withheld { withhold(monitor) } else { monitor };
        entries.push(Entry {
            section: entry.section.clone(),
            monitor: shown(monitor, provider.is_some(), view),
            days,
            page: provider.filter(|_| !withheld).map(|provider| provider.page),
        });
    }
    if view.looks != Looks::Member {
        // Who takes care of what, and what is muted, is the team's.
        open.iter_mut().for_each(|one| one.wishes = OfOne::default());
    }
    let base = app.config.server.base_url.trim_end_matches('/');
    let server = &app.config.server;
    Ok(Facts {
        chrome: chrome(app),
        now,
        slug: row.slug.clone(),
        name: row.name.clone(),
        about: row.about.clone(),
        entries,
        open,
        works,
        visibility: row.visibility,
        reader: match &view.looks {
            Looks::Member => Reader::Member(Share {
                address: format!("{base}{}", path(app, row)),
                declared: row.declared,
                open_to_all: server.public_read && !app.doors.any(),
                may_change: view.may_change,
            }),
            Looks::Reader => Reader::Reader,
            Looks::Guest(_) => Reader::Guest,
        },
        key: view.key().to_owned(),
        subscribable: server.subscriptions,
        wall: view.wall,
        said: None,
    })
}

/// An entry as it is shown to whoever looks.
fn shown(monitor: Monitor, known: bool, view: &View) -> Monitor {
    let monitor = if view.looks == Looks::Member {
        monitor
    } else {
        Monitor { wishes: OfMonitor { instead: monitor.wishes.instead.clone(), ..OfMonitor::default() }, ..monitor }
    };
    if known {
        return monitor;
    }
    Monitor { reason: Some("No provider of this name is known any more.".to_owned()), ..monitor }
}

/// What a guest sees of a page that is entered with a login.
fn withhold(monitor: Monitor) -> Monitor {
    Monitor {
        health: Health::Unknown,
        last_known: None,
        reason: Some(WITHHELD.to_owned()),
        read_at: None,
        wishes: OfMonitor::default(),
        ..monitor
    }
}

/// The components of those providers of which only some are watched.
async fn filtered(app: &App, rows: &[MonitorRow]) -> Result<HashMap<String, Vec<Component>>, Trouble> {
    let mut parts = HashMap::new();
    for row in rows.iter().filter(|row| !row.components.is_empty()) {
        if !parts.contains_key(&row.provider) {
            parts.insert(row.provider.clone(), asked::components(app, &row.provider).await?);
        }
    }
    Ok(parts)
}

/// True where something that a provider says of these components concerns one of the entries.
fn concerns_any(
    rows: &[MonitorRow],
    parts: &HashMap<String, Vec<Component>>,
    provider: &str,
    named: &[ComponentRef],
) -> bool {
    let known = parts.get(provider).map_or(&[][..], Vec::as_slice);
    let mut mine = rows.iter().filter(|row| row.provider == provider);
    mine.any(|row| concerns(&tocsin_domain::alert::Interest(row.components.clone()), named, known))
}

/// The last days of what an entry shows, where they can be told: of a whole page, or of a single component.
async fn days(app: &App, row: &MonitorRow, pages: &Pages, now: Timestamp) -> Result<Vec<Day>, Trouble> {
    let [page] = pages.of(&row.provider) else { return Ok(Vec::new()) };
    let live = page.live();
    let history = History::of(app, page.id, &live, now).await?;
    if row.components.is_empty() {
        return Ok(history.page(live.last_known.unwrap_or(live.health)));
    }
    let parts = asked::components(app, &row.provider).await?;
    let interest = tocsin_domain::alert::Interest(row.components.clone());
    let mut picked =
        history.components(&parts).into_iter().zip(&parts).filter(|(_, part)| interest.picks_component(part));
    let first = picked.next().map(|(days, _)| days).unwrap_or_default();
    Ok(if picked.next().is_none() { first } else { Vec::new() })
}

/// `/boards/{slug}/feed.atom`.
pub async fn feed(
    visitor: Visitor,
    State(served): State<Served>,
    Path(slug): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let app = &served.app;
    let nothing = || Problem::not_found("There is no board at this address, or not for you.");
    let view = View::of(app, &visitor, &slug, &asked).ok_or_else(nothing)?;
    let directory = app.directory();
    let row = view.board(app, &directory).ok_or_else(nothing)?;
    let rows = rows(row);
    let guest = matches!(view.looks, Looks::Guest(_));
    let parts = match filtered(app, &rows).await {
        Ok(parts) => parts,
        Err(Trouble::Store(error)) => return Err(error.into()),
        Err(_) => HashMap::new(),
    };
    let mut newest: BTreeMap<_, Incident> = BTreeMap::new();
    let mut providers: Vec<&str> = rows.iter().map(|row| row.provider.as_str()).collect();
    providers.sort_unstable();
    providers.dedup();
    for provider in providers.into_iter().filter(|slug| !guest || app.doors.of(slug).is_none()) {
        let filter =
            IncidentFilter { provider: Some(provider.to_owned()), limit: atom::MOST, ..IncidentFilter::default() };
        for stored in app.store.incidents(&filter).await? {
            let incident = stored.incident;
            if !incident.sample && concerns_any(&rows, &parts, provider, &incident.components) {
                let began = incident.started_at.unwrap_or(incident.first_seen_at);
                newest.insert(std::cmp::Reverse((began, incident.id)), incident);
            }
        }
    }
    let most = usize::try_from(atom::MOST).unwrap_or(usize::MAX);
    let key = if guest { format!("?key={}", view.key()) } else { String::new() };
    atom::answer(&feed::Facts {
        chrome: chrome(app),
        name: row.name.clone(),
        page: format!("/boards/{slug}{key}"),
        own: format!("/boards/{slug}/feed.atom{key}"),
        outward: guest,
        incidents: newest.into_values().take(most).map(atom::with_bodies).collect(),
    })
}

/// Takes its address from whoever has it.
pub async fn renew(_: Member, State(served): State<Served>, Path(slug): Path<String>) -> Response {
    let app = &served.app;
    let Some(id) = app.directory().board(&slug).map(|row| row.id) else { return not_found_page(app) };
    match crate::setup::boards::renew(app, id).await {
        Ok(row) => super::forms::see(&format!("/boards/{}?saved=renewed#share", row.slug)),
        Err(refusal) => Trouble::from(refusal).page(app),
    }
    .into_response()
}
