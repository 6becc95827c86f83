//! `/boards`: named pages of some providers, for people to share.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use tocsin_domain::board::{Entry, Visibility};
use tocsin_store::BoardRow;
use uuid::Uuid;

use super::params::{Body, Created, Id, List, Listed, Params};
use crate::access::{Sight, Visitor, Writer, board as access};
use crate::app::App;
use crate::problem::Problem;
use crate::served::Served;
use crate::setup::boards;

#[derive(Debug, Serialize)]
pub struct View {
    id: Uuid,
    slug: String,
    name: String,
    about: String,
    visibility: Visibility,
    /// In their order on the page.
    entries: Vec<EntryView>,
    /// Where its page is. With `link` it carries the key that opens it, for whoever may share it.
    address: String,
    /// It stands in a configuration file and can only be changed there.
    declared: bool,
}

#[derive(Debug, Serialize)]
struct EntryView {
    provider: String,
    components: Vec<String>,
    /// The heading under which it stands; empty: none.
    section: String,
}

impl From<&Entry> for EntryView {
    fn from(entry: &Entry) -> Self {
        let Entry { provider, components, section } = entry.clone();
        Self { provider, components, section }
    }
}

/// Those that this visitor may look at: strangers see the public ones.
pub async fn list(
    visitor: Visitor,
    State(served): State<Served>,
    Params(asked): Params<Listed>,
) -> Result<Json<List<View>>, Problem> {
    let app = &served.app;
    let directory = app.directory();
    let seen = directory.boards().iter().filter(|row| access::looks(app, &visitor, row, "").is_some());
    asked.page(seen, |row| row.id, |row| view(app, row, Sight::of(app, &visitor)))
}

pub async fn one(visitor: Visitor, State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    let app = &served.app;
    let directory = app.directory();
    let row = boards::find(&directory, id)?;
    if access::looks(app, &visitor, row, "").is_none() {
        return Err(Problem::not_found(format!("There is no board {id}.")));
    }
    Ok(Json(view(app, row, Sight::of(app, &visitor))))
}

pub async fn create(_: Writer, State(served): State<Served>, Body(body): Body) -> Result<Created<View>, Problem> {
    let row = boards::create(&served.app, &body).await?;
    Ok(Created { at: format!("/api/v1/boards/{}", row.id), view: whole(&served.app, &row) })
}

pub async fn change(
    _: Writer,
    State(served): State<Served>,
    Id(id): Id,
    Body(body): Body,
) -> Result<Json<View>, Problem> {
    let row = boards::change(&served.app, id, &body).await?;
    Ok(Json(whole(&served.app, &row)))
}

pub async fn remove(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<StatusCode, Problem> {
    boards::remove(&served.app, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub async fn restore(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    let row = boards::restore(&served.app, id).await?;
    Ok(Json(whole(&served.app, &row)))
}

/// Makes its unguessable address anew: the old one opens nothing any more.
pub async fn renew(_: Writer, State(served): State<Served>, Id(id): Id) -> Result<Json<View>, Problem> {
    let row = boards::renew(&served.app, id).await?;
    Ok(Json(whole(&served.app, &row)))
}

fn whole(app: &App, row: &BoardRow) -> View {
    view(app, row, Sight::Whole)
}

fn view(app: &App, row: &BoardRow, sight: Sight) -> View {
    let path = match sight {
        Sight::Whole => access::path(app, row),
        Sight::Cut => format!("/boards/{}", row.slug),
    };
    View {
        id: row.id,
        slug: row.slug.clone(),
        name: row.name.clone(),
        about: row.about.clone(),
        visibility: row.visibility,
        entries: row.entries.iter().map(EntryView::from).collect(),
        address: format!("{}{path}", app.config.server.base_url.trim_end_matches('/')),
        declared: row.declared,
    }
}
