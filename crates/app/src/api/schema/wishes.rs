//! What a team wishes for a while: silences, acknowledgements, overrides.

#![expect(dead_code, reason = "these describe JSON and addresses; nothing is made of them and nobody calls them")]

use utoipa::ToSchema;

use super::types::Health;
use crate::problem::Problem;

/// What is not told for a while, but for the end of what was heard of.
#[derive(ToSchema)]
pub struct Silence {
    #[schema(format = Uuid)]
    id: String,
    provider: String,
    /// Names, ids, globs or groups; empty: all of it, or the one thing that is named.
    components: Vec<String>,
    #[schema(required = true, format = Uuid)]
    incident: Option<String>,
    #[schema(required = true, format = Uuid)]
    maintenance: Option<String>,
    #[schema(required = true, format = Uuid)]
    warning: Option<String>,
    #[schema(format = DateTime)]
    since: String,
    /// `null`: until it ends.
    #[schema(required = true, format = DateTime)]
    until: Option<String>,
    by: String,
    why: String,
}

#[derive(ToSchema)]
pub struct Silences {
    items: Vec<Silence>,
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// One incident, one maintenance, one warning, some components of a provider, or all of it.
#[derive(ToSchema)]
pub struct SilenceBody {
    /// A slug; needed unless an incident, a maintenance or a warning is named.
    provider: Option<String>,
    components: Option<Vec<String>>,
    #[schema(format = Uuid)]
    incident: Option<String>,
    #[schema(format = Uuid)]
    maintenance: Option<String>,
    #[schema(format = Uuid)]
    warning: Option<String>,
    /// Like `4h`. This or `until` is needed unless an incident, a maintenance or a warning is named: that is muted until it
    /// ends.
    r#for: Option<String>,
    #[schema(format = DateTime)]
    until: Option<String>,
    why: Option<String>,
}

/// Who takes care of an incident or a warning.
#[derive(ToSchema)]
pub struct Acknowledgement {
    by: String,
    #[schema(format = DateTime)]
    at: String,
}

/// What the team says of a health instead of the page.
#[derive(ToSchema)]
pub struct Said {
    health: Health,
    #[schema(format = DateTime)]
    at: String,
    by: String,
    why: String,
    #[schema(required = true, format = DateTime)]
    until: Option<String>,
    /// It ends with the next change on the page.
    until_change: bool,
}

#[derive(ToSchema)]
pub struct Override {
    provider: String,
    /// Id of a component; `null`: the provider as a whole.
    #[schema(required = true)]
    component: Option<String>,
    health: Health,
    #[schema(format = DateTime)]
    at: String,
    by: String,
    why: String,
    #[schema(required = true, format = DateTime)]
    until: Option<String>,
    until_change: bool,
}

#[derive(ToSchema)]
pub struct Overrides {
    items: Vec<Override>,
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Of `lock`, `until_change`, `until` and `for` one may be there; without any of them it ends with the next change on the
/// page.
#[derive(ToSchema)]
pub struct OverrideBody {
    /// A slug.
    provider: String,
    /// Id or name of a component; left out: the provider as a whole.
    component: Option<String>,
    health: Health,
    why: Option<String>,
    /// Until somebody ends it.
    lock: Option<bool>,
    until_change: Option<bool>,
    #[schema(format = DateTime)]
    until: Option<String>,
    /// Like `4h`.
    r#for: Option<String>,
}

#[utoipa::path(get, path = "/silences", operation_id = "list_silences",
    params(("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query, format = Uuid)),
    responses((status = 200, body = Silences), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn silences() {}

/// Mutes something for a while: nothing is told of it but the end of what was heard of.
#[utoipa::path(post, path = "/silences", operation_id = "create_silence", request_body = SilenceBody, security(("token" = [])),
    responses((status = 201, body = Silence),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn create_silence() {}

/// Ends it before its time. What is still open and was held back is told at once.
#[utoipa::path(delete, path = "/silences/{id}", operation_id = "end_silence", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 204),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn end_silence() {}

/// Says that you take care of it: nobody is reminded, and nobody else is called. Whoever was first stays: then the
/// answer is 200, with who that is.
#[utoipa::path(post, path = "/incidents/{id}/acknowledgement", operation_id = "acknowledge", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 200, body = Acknowledgement), (status = 201, body = Acknowledgement),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn acknowledge() {}

/// The same for a warning of one of our own checks.
#[utoipa::path(post, path = "/warnings/{id}/acknowledgement", operation_id = "acknowledge_warning", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 200, body = Acknowledgement), (status = 201, body = Acknowledgement),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn acknowledge_warning() {}

/// Takes it back: reminders and calls for others begin anew.
#[utoipa::path(delete, path = "/incidents/{id}/acknowledgement", operation_id = "take_back", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 204),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn take_back() {}

/// Takes the acknowledgement of a warning back.
#[utoipa::path(delete, path = "/warnings/{id}/acknowledgement", operation_id = "take_back_warning", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 204),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn take_back_warning() {}

#[utoipa::path(get, path = "/overrides", operation_id = "list_overrides",
    params(("provider" = Option<String>, Query), ("component" = Option<String>, Query, description = "Its id."),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Overrides), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
pub fn overrides() {}

/// Says how a provider (or one component) is, in the place of its page. It changes what is shown, never who is told.
#[utoipa::path(put, path = "/overrides", operation_id = "set_override", request_body = OverrideBody, security(("token" = [])),
    responses((status = 200, body = Override),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn set_override() {}

/// Lets the page speak for itself again.
#[utoipa::path(delete, path = "/overrides", operation_id = "end_override", security(("token" = [])),
    params(("provider" = String, Query), ("component" = Option<String>, Query, description = "Its id or name.")),
    responses((status = 204),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn end_override() {}
