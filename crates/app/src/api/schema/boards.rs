//! Boards: named pages of some providers, for people to share.

#![expect(dead_code, reason = "these describe JSON and addresses; nothing is made of them and nobody calls them")]

use utoipa::ToSchema;

use crate::problem::Problem;

#[derive(ToSchema)]
pub struct Board {
    #[schema(format = Uuid)]
    id: String,
    slug: String,
    name: String,
    /// What it is about; may be empty.
    about: String,
    visibility: Visibility,
    /// In their order on the page.
    entries: Vec<BoardEntry>,
    /// Where its page is. With `link` it carries the key that opens it, for whoever may share it.
    address: String,
    /// It stands in a configuration file and can only be changed there.
    declared: bool,
}

#[derive(ToSchema)]
pub struct BoardEntry {
    /// A slug.
    provider: String,
    /// Names, ids, globs or groups of components; empty: everything.
    components: Vec<String>,
    /// The heading under which it stands; empty: none.
    section: String,
}

/// Who may look: the team, whoever has the address, or everybody who may read the instance.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
pub enum Visibility {
    Private,
    Link,
    Public,
}

/// Every key may be left out of a PATCH: what is not named stays.
#[derive(ToSchema)]
pub struct BoardBody {
    name: String,
    /// Its name in addresses; made of the name where it is left out.
    slug: Option<String>,
    about: Option<String>,
    visibility: Option<Visibility>,
    /// Slugs of providers, or objects that name components and a heading, too.
    entries: Option<Vec<EntryBody>>,
}

/// What is not named stays; `entries` is taken whole.
#[derive(ToSchema)]
pub struct BoardChange {
    name: Option<String>,
    slug: Option<String>,
    about: Option<String>,
    visibility: Option<Visibility>,
    entries: Option<Vec<EntryBody>>,
}

#[derive(serde::Serialize, ToSchema)]
#[serde(untagged)]
pub enum EntryBody {
    /// All of a provider, by its slug.
    All(String),
    Part(EntryObject),
}

#[derive(serde::Serialize, ToSchema)]
pub struct EntryObject {
    provider: String,
    components: Option<Vec<String>>,
    section: Option<String>,
}

#[derive(ToSchema)]
pub struct Boards {
    items: Vec<Board>,
    next_cursor: Option<String>,
}

/// Those that you may look at: strangers see the public ones.
#[utoipa::path(get, path = "/boards", operation_id = "list_boards",
    params(("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query, format = Uuid)),
    responses((status = 200, body = Boards), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
pub fn boards() {}

/// What it shows is read from now on, whether or not somebody monitors it.
#[utoipa::path(post, path = "/boards", operation_id = "create_board", request_body = BoardBody, security(("token" = [])),
    responses((status = 201, body = Board),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn create_board() {}

#[utoipa::path(get, path = "/boards/{id}", operation_id = "get_board", params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = Board),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub fn board() {}

#[utoipa::path(patch, path = "/boards/{id}", operation_id = "change_board", params(("id" = String, Path, format = Uuid)),
    request_body = BoardChange, security(("token" = [])),
    responses((status = 200, body = Board),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn change_board() {}

/// It can be brought back for an hour.
#[utoipa::path(delete, path = "/boards/{id}", operation_id = "remove_board", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 204),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn remove_board() {}

/// Brings back what was deleted within the last hour.
#[utoipa::path(post, path = "/boards/{id}/restore", operation_id = "restore_board", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 200, body = Board),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn restore_board() {}

/// Makes its unguessable address anew: the old one opens nothing any more.
#[utoipa::path(post, path = "/boards/{id}/renew", operation_id = "renew_board", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 200, body = Board),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn renew_board() {}
