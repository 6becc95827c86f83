//! Boards by hand.

use serde_json::Value;
use tocsin_domain::board::{Entry, Visibility};
use tocsin_domain::ids;
use tocsin_store::{BoardRow, Table};
use tracing::info;
use uuid::Uuid;

use super::draft::{self, Draft};
use super::monitors::known;
use super::{Refusal, earliest, not_declared, remove as remove_row, too_late};
use crate::app::App;
use crate::clock;
use crate::config::board;
use crate::directory::Directory;

/// Adds a board. What it shows is read from now on, whether or not somebody monitors it.
///
/// # Errors
/// Every mistake in `body`, or the store's trouble.
pub async fn create(app: &App, body: &Value) -> Result<BoardRow, Refusal> {
    let _changing = app.changing.lock().await;
    let now = clock::now();
    let team = app.store.default_team();
    let id = ids::v7(now, &[b"board", team.as_bytes(), &clock::now_ms().to_be_bytes(), body.to_string().as_bytes()]);
    let empty = BoardRow {
        id,
        team,
        slug: String::new(),
        name: String::new(),
        about: String::new(),
        visibility: Visibility::default(),
        entries: Vec::new(),
        declared: false,
        renewed: 0,
    };
    let row = read(&app.directory(), body, None, empty)?;
    app.store.put_board(&row, now).await?;
    app.refresh().await?;
    info!(board = row.slug, "a board was added");
    Ok(row)
}

/// Changes what `body` names of a board.
///
/// # Errors
/// Every mistake in `body`; a board that is not there or is declared; the store's trouble.
pub async fn change(app: &App, id: Uuid, body: &Value) -> Result<BoardRow, Refusal> {
    let _changing = app.changing.lock().await;
    let directory = app.directory();
    let before = find(&directory, id)?;
    not_declared(before.declared, "board", &before.name)?;
    let row = read(&directory, body, Some(before.name.clone()), before.clone())?;
    app.store.put_board(&row, clock::now()).await?;
    app.refresh().await?;
    Ok(row)
}

/// Takes its unguessable address from whoever has it: there is another one from now on. Declared boards have one, too.
///
/// # Errors
/// A board that is not there; the store's trouble.
pub async fn renew(app: &App, id: Uuid) -> Result<BoardRow, Refusal> {
    let _changing = app.changing.lock().await;
    find(&app.directory(), id)?;
    app.store.renew_board_address(id).await?;
    app.refresh().await?;
    find(&app.directory(), id).cloned()
}

/// Deletes a board: its addresses lead nowhere.
///
/// # Errors
/// A board that is not there or is declared; the store's trouble.
pub async fn remove(app: &App, id: Uuid) -> Result<(), Refusal> {
    let _changing = app.changing.lock().await;
    let directory = app.directory();
    let row = find(&directory, id)?;
    not_declared(row.declared, "board", &row.name)?;
    remove_row(app, Table::Boards, id, || unknown(id)).await?;
    info!(board = row.slug, "a board was deleted");
    Ok(())
}

/// Brings a deleted board back.
///
/// # Errors
/// If it was not deleted within the last hour, or its slug was given away; the store's trouble.
pub async fn restore(app: &App, id: Uuid) -> Result<BoardRow, Refusal> {
    let _changing = app.changing.lock().await;
    let since = earliest(clock::now());
    let row = app.store.removed_board(id, since).await?.ok_or_else(|| too_late("board", id))?;
    if app.directory().board(&row.slug).is_some() {
        let text = format!("There is another board at /boards/{} now: give that one another slug first.", row.slug);
        return Err(Refusal::Conflict(text));
    }
    app.store.restore(Table::Boards, id, since).await?;
    app.refresh().await?;
    Ok(row)
}

/// # Errors
/// If there is no such board.
pub fn find(directory: &Directory, id: Uuid) -> Result<&BoardRow, Refusal> {
    directory.boards().iter().find(|row| row.id == id).ok_or_else(|| Refusal::Unknown(unknown(id)))
}

fn unknown(id: Uuid) -> String {
    format!("There is no board {id}.")
}

fn read(directory: &Directory, body: &Value, name: Option<String>, before: BoardRow) -> Result<BoardRow, Refusal> {
    let mut draft = Draft::of(body)?;
    let name = draft.need("name", name, draft::name).unwrap_or_default();
    let slug = slug(&mut draft, directory, &name, &before);
    let (about, visibility) = board::read(&mut draft, (before.about, before.visibility));
    let entries = match draft.given("entries") {
        None => before.entries,
        Some(Value::Null) => Vec::new(),
        Some(given) => entries(&mut draft, directory, given),
    };
    draft.finish()?;
    Ok(BoardRow { slug, name, about, visibility, entries, ..before })
}

/// The one that was chosen, or had before; without either, one made of the name.
fn slug(draft: &mut Draft<'_>, directory: &Directory, name: &str, before: &BoardRow) -> String {
    let taken = |slug: &str| directory.board(slug).is_some_and(|other| other.id != before.id);
    let had = Some(before.slug.clone()).filter(|slug| !slug.is_empty());
    let Some(slug) = draft.take("slug", had, None, |raw| board::slug(raw).map(Some)) else {
        let plain = board::slug_of(name);
        let numbered = (2_u32..).map(|number| format!("{plain}-{number}"));
        return std::iter::once(plain.clone()).chain(numbered).find(|slug| !taken(slug)).unwrap_or_default();
    };
    if taken(&slug) {
        draft.wrong("slug", &format!("there is another board at /boards/{slug}; choose another slug"));
    }
    slug
}

fn entries(draft: &mut Draft<'_>, directory: &Directory, given: &Value) -> Vec<Entry> {
    let Some(list) = given.as_array() else {
        draft.wrong("entries", "must be a list of slugs, or of objects with `provider`, `components` and `section`");
        return Vec::new();
    };
    if list.len() > board::MOST {
        draft.wrong("entries", &format!("there may be {} entries at most", board::MOST));
        return Vec::new();
    }
    let mut entries = Vec::with_capacity(list.len());
    for (place, one) in list.iter().enumerate() {
        let at = format!("entries/{place}");
        match one {
            Value::String(slug) => match known(directory, slug) {
                Ok(slug) => entries.push(Entry::all_of(&slug)),
                Err(text) => draft.wrong(&at, &text),
            },
            one => entries.extend(draft.within(&at, one, |inner| board::entry(inner, |slug| known(directory, slug)))),
        }
    }
    if entries.len() == list.len()
        && let Some(place) = board::repeated(&entries)
    {
        draft.wrong(&format!("entries/{place}"), "the same provider with the same components is on it already");
    }
    entries
}
