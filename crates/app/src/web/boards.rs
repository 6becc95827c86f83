//! `/boards`: the boards there are, and the form in which they are made.

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};
use tocsin_domain::board::Visibility;
use tocsin_pages::board_form::{self, Entry, Facts};
use tocsin_pages::boards as list;
use tocsin_pages::find_provider::Found;
use tocsin_pages::form::Wrong;
use tocsin_pages::monitors::Gone;
use tocsin_store::{BoardRow, MonitorRow};
use uuid::Uuid;

use super::forms::{Fields, Member, body, see, status, wrong};
use super::watched::Watched;
use super::wished::Wished;
use super::{Trouble, board, chrome, facts as shared, html, not_found_page};
use crate::access::board::looks;
use crate::access::{Sight, Visitor};
use crate::app::App;
use crate::catalog;
use crate::clock;
use crate::config::board::MOST;
use crate::directory::{Directory, Provider};
use crate::served::Served;
use crate::setup::{self, Refusal, boards};

/// Matches that a search shows.
const MATCHES: usize = 12;
/// What a board of everything is called until somebody calls it otherwise.
const EVERYTHING: &str = "What we depend on";

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    gone: Option<Uuid>,
    /// Everything that is monitored is to be on it.
    all: Option<String>,
}

pub async fn page(visitor: Visitor, State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    let app = &served.app;
    match list_facts(app, &visitor, asked.gone).await {
        Ok(facts) => html(StatusCode::OK, list::render(&facts)),
        Err(error) => error.page(app),
    }
}

async fn list_facts(app: &App, visitor: &Visitor, gone: Option<Uuid>) -> Result<list::Facts, Trouble> {
    let directory = app.directory();
    let may_change = matches!(visitor, Visitor::Person(_));
    let seen: Vec<&BoardRow> = directory.boards().iter().filter(|row| looks(app, visitor, row, "").is_some()).collect();
    let rows: Vec<Vec<MonitorRow>> = seen.iter().map(|row| board::rows(row)).collect();
    let wished = Wished { directory: &directory, sight: Sight::of(app, visitor), now: clock::now() };
    let watched = Watched::look(app, wished, &rows.concat()).await?;
    let mut monitors = watched.monitors.into_iter();
    let boards = seen.iter().zip(&rows).map(|(row, rows)| list::Board {
        slug: row.slug.clone(),
        name: row.name.clone(),
        about: row.about.clone(),
        visibility: row.visibility,
        monitors: monitors.by_ref().take(rows.len()).collect(),
        declared: row.declared,
    });
    let gone = match gone.filter(|_| may_change) {
        Some(id) => app.store.removed_board(id, setup::earliest(clock::now())).await?,
        None => None,
    };
    Ok(list::Facts {
        chrome: chrome(app),
        boards: boards.collect(),
        may_change,
        open_to_all: open_to_all(app),
        monitored: directory.monitored().len(),
        gone: gone.map(|row| Gone {
            action: format!("/boards/{}/restore", row.id),
            said: format!("The board “{}” is deleted.", row.name),
        }),
    })
}

/// Strangers may read this instance.
fn open_to_all(app: &App) -> bool {
    app.config.server.public_read && !app.doors.any()
}

/// The form as it was typed so far.
#[derive(Clone, Debug, Default)]
struct Typed {
    name: String,
    slug: String,
    about: String,
    visibility: Visibility,
    entries: Vec<Line>,
    query: String,
}

/// One entry of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Line {
    provider: String,
    section: String,
    /// One a line.
    components: String,
}

impl Line {
    fn all_of(provider: &str) -> Self {
        Self { provider: provider.to_owned(), ..Self::default() }
    }
}

impl From<&BoardRow> for Typed {
    fn from(row: &BoardRow) -> Self {
        let line = |entry: &tocsin_domain::board::Entry| Line {
            provider: entry.provider.clone(),
            section: entry.section.clone(),
            components: entry.components.join("\n"),
        };
        Self {
            name: row.name.clone(),
            slug: row.slug.clone(),
            about: row.about.clone(),
            visibility: row.visibility,
            entries: row.entries.iter().map(line).collect(),
            query: String::new(),
        }
    }
}

impl Typed {
    fn of(fields: &Fields) -> Self {
        let (sections, components) = (fields.all("section"), fields.all("components"));
        let lines: Vec<Line> = fields
            .all("provider")
            .into_iter()
            .enumerate()
            .map(|(place, provider)| Line {
                provider,
                section: sections.get(place).cloned().unwrap_or_default(),
                components: components.get(place).cloned().unwrap_or_default(),
            })
            .collect();
        Self {
            name: fields.text("name").to_owned(),
            slug: fields.text("slug").to_owned(),
            about: fields.text("about").to_owned(),
            visibility: fields.text("visibility").parse().unwrap_or_default(),
            entries: sorted(lines, &fields.all("place")),
            query: fields.text("q").to_owned(),
        }
    }

    fn body(&self) -> Value {
        let entry = |line: &Line| {
            let lines = line.components.lines().map(str::trim);
            let components: Vec<&str> = lines.filter(|line| !line.is_empty()).collect();
            json!({ "provider": line.provider, "section": line.section, "components": components })
        };
        let given = |text: &str| if text.is_empty() { Value::Null } else { json!(text) };
        body([
            ("name", given(&self.name)),
            ("slug", given(&self.slug)),
            ("about", json!(self.about)),
            ("visibility", json!(self.visibility.word())),
            ("entries", self.entries.iter().map(entry).collect()),
        ])
    }

    /// Adds everything that is monitored and not on it yet.
    fn add_all(&mut self, directory: &Directory) {
        let missing = missing(directory, &self.entries);
        let room = MOST.saturating_sub(self.entries.len());
        self.entries.extend(missing.iter().take(room).map(|slug| Line::all_of(slug)));
    }
}

/// Lines in the order of the places that were typed: one that moves up stands before the one that was there, one that
/// moves down behind it.
fn sorted(lines: Vec<Line>, places: &[String]) -> Vec<Line> {
    let wanted = |index: usize| {
        let was = i64::try_from(index).unwrap_or(0) + 1;
        let typed = places.get(index).and_then(|place| place.trim().parse::<i64>().ok()).unwrap_or(was);
        typed.saturating_mul(2).saturating_add((typed - was).signum())
    };
    let mut placed: Vec<(i64, Line)> =
        lines.into_iter().enumerate().map(|(index, line)| (wanted(index), line)).collect();
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, line)| line).collect()
}

/// Monitored providers that are not on it, by name.
fn missing(directory: &Directory, lines: &[Line]) -> Vec<String> {
    let mut slugs: Vec<&str> = directory.monitored().into_iter().collect();
    slugs.retain(|slug| !lines.iter().any(|line| line.provider == *slug));
    slugs.sort_by_cached_key(|slug| shared::provider(directory, slug).name.to_lowercase());
    slugs.into_iter().map(str::to_owned).collect()
}

pub async fn new(_: Member, State(served): State<Served>, Query(asked): Query<Asked>) -> Response {
    let mut typed = Typed::default();
    if asked.all.is_some() {
        EVERYTHING.clone_into(&mut typed.name);
        typed.add_all(&served.app.directory());
    }
    show(&served.app, None, &typed, Vec::new())
}

pub async fn create(_: Member, State(served): State<Served>, fields: Fields) -> Response {
    let app = &served.app;
    let mut typed = Typed::of(&fields);
    if !acted(app, &mut typed, fields.text("do")) {
        return show(app, None, &typed, Vec::new());
    }
    match boards::create(app, &typed.body()).await {
        Ok(row) => see(&format!("/boards/{}?saved=added", row.slug)),
        Err(Refusal::Wrong(errors)) => show(app, None, &typed, wrong(errors)),
        Err(refusal) => Trouble::from(refusal).page(app),
    }
}

pub async fn edit(_: Member, State(served): State<Served>, Path(slug): Path<String>) -> Response {
    let app = &served.app;
    let directory = app.directory();
    match directory.board(&slug) {
        Some(row) if row.declared => {
            let text = format!(
                "The board “{}” is declared in the configuration file: change it there, then start the service again.",
                row.name
            );
            Trouble::Refused(text).page(app)
        }
        Some(row) => show(app, Some(row), &Typed::from(row), Vec::new()),
        None => not_found_page(app),
    }
}

pub async fn change(_: Member, State(served): State<Served>, Path(slug): Path<String>, fields: Fields) -> Response {
    let app = &served.app;
    let directory = app.directory();
    let Some(row) = directory.board(&slug) else { return not_found_page(app) };
    let mut typed = Typed::of(&fields);
    if !acted(app, &mut typed, fields.text("do")) {
        return show(app, Some(row), &typed, Vec::new());
    }
    match boards::change(app, row.id, &typed.body()).await {
        Ok(row) => see(&format!("/boards/{}?saved=changed", row.slug)),
        Err(Refusal::Wrong(errors)) => show(app, Some(row), &typed, wrong(errors)),
        Err(refusal) => Trouble::from(refusal).page(app),
    }
}

/// Does what a button asks for; true where it is to be saved. Enter searches where something was typed to search for.
fn acted(app: &App, typed: &mut Typed, what: &str) -> bool {
    let directory = app.directory();
    match what.split_once(':') {
        Some(("add", slug)) => {
            if let Some(provider) = directory.provider(slug).filter(|_| typed.entries.len() < MOST) {
                typed.entries.push(Line::all_of(&provider.slug));
            }
        }
        Some(("remove", place)) => {
            if let Some(place) = place.parse().ok().filter(|place| *place < typed.entries.len()) {
                typed.entries.remove(place);
            }
        }
        None if what == "all" => typed.add_all(&directory),
        None if what == "enter" => return typed.query.is_empty(),
        None if what == "find" || what == "sort" => {}
        _ => return true,
    }
    false
}

fn show(app: &App, row: Option<&BoardRow>, typed: &Typed, wrong: Vec<Wrong>) -> Response {
    let directory = app.directory();
    let (found, total) = find(&directory, typed);
    let entry = |line: &Line| Entry {
        provider: shared::provider(&directory, &line.provider),
        section: line.section.clone(),
        components: line.components.clone(),
    };
    let facts = Facts {
        chrome: chrome(app),
        board: row.map(|row| (row.slug.clone(), row.name.clone())),
        name: typed.name.clone(),
        slug: typed.slug.clone(),
        about: typed.about.clone(),
        visibility: typed.visibility,
        entries: typed.entries.iter().map(entry).collect(),
        query: typed.query.clone(),
        found,
        total,
        missing: missing(&directory, &typed.entries).len(),
        open_to_all: open_to_all(app),
        wrong,
    };
    html(status(&facts.wrong), board_form::render(&facts))
}

/// What the search finds: what is monitored first.
fn find(directory: &Directory, typed: &Typed) -> (Vec<Found>, usize) {
    if typed.query.is_empty() {
        return (Vec::new(), 0);
    }
    let mut found: Vec<(bool, u8, String, Provider)> = directory
        .all_providers()
        .filter_map(|provider| {
            let rank = catalog::rank(&typed.query, provider.names())?;
            let strange = directory.monitors_of(&provider.slug) == 0;
            Some((strange, rank, provider.name.to_lowercase(), provider))
        })
        .collect();
    found.sort_by(|one, other| (one.1, one.0, &one.2).cmp(&(other.1, other.0, &other.2)));
    let total = found.len();
    let one = |(_, _, _, provider): (bool, u8, String, Provider)| Found {
        provider: provider.reference(),
        monitors: directory.monitors_of(&provider.slug),
        category: Some(provider.category),
    };
    (found.into_iter().take(MATCHES).map(one).collect(), total)
}

pub async fn delete(_: Member, State(served): State<Served>, Path(slug): Path<String>) -> Response {
    let app = &served.app;
    let Some(id) = app.directory().board(&slug).map(|row| row.id) else { return not_found_page(app) };
    match boards::remove(app, id).await {
        Ok(()) => see(&format!("/boards?gone={id}")),
        Err(refusal) => Trouble::from(refusal).page(app),
    }
}

/// The last part of the path is an id: what was deleted has no address.
pub async fn restore(_: Member, State(served): State<Served>, Path(id): Path<String>) -> Response {
    let app = &served.app;
    let Ok(id) = Uuid::parse_str(&id) else { return not_found_page(app) };
    match boards::restore(app, id).await {
        Ok(row) => see(&format!("/boards/{}", row.slug)),
        Err(refusal) => Trouble::from(refusal).page(app),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_gets_another_number_moves_there() {
        let table = [
            (["1", "2", "3", "4"], "abcd"),
            (["1", "2", "3", "1"], "dabc"),
            (["4", "2", "3", "4"], "bcda"),
            (["3", "2", "3", "4"], "bcad"),
            (["1", "2", "2", "4"], "acbd"),
            (["2", "1", "3", "4"], "bacd"),
            (["x", "", "-7", "99999999999999999999"], "cabd"),
            (["9223372036854775807", "2", "3", "4"], "bcda"),
        ];
        for (places, order) in table {
            let lines = ["a", "b", "c", "d"].map(Line::all_of).to_vec();
            let sorted = sorted(lines, &places.map(str::to_owned));
            let got: String = sorted.into_iter().map(|line| line.provider).collect();
            assert_eq!(got, order, "{places:?}");
        }
    }
}
