//! Who is told without an account.

#![expect(dead_code, reason = "these describe JSON and addresses; nothing is made of them and nobody calls them")]

use utoipa::ToSchema;

use crate::problem::Problem;

/// A subscription to a provider's news, or to those of a board.
#[derive(ToSchema)]
pub struct Subscription {
    #[schema(format = Uuid)]
    id: String,
    /// Its slug; `null` where it is to a board.
    #[schema(required = true)]
    provider: Option<String>,
    /// Its id; `null` where it is to a provider.
    #[schema(required = true, format = Uuid)]
    board: Option<String>,
    /// `email`, `web_push` or `webhook`.
    kind: String,
    /// Where it is sent.
    address: String,
    /// Why it hears nothing just now; `null` where it does.
    #[schema(required = true)]
    rests: Option<String>,
    #[schema(format = DateTime)]
    created_at: String,
}

#[derive(ToSchema)]
pub struct Subscriptions {
    items: Vec<Subscription>,
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// For whoever is signed in: strangers do not see who subscribes.
#[utoipa::path(get, path = "/subscriptions", operation_id = "list_subscriptions", security(("token" = [])),
    params(("provider" = Option<String>, Query, description = "Those to this provider: its slug."),
        ("board" = Option<String>, Query, format = Uuid, description = "Those to this board: its id. Not along with `provider`."),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query, format = Uuid)),
    responses((status = 200, body = Subscriptions), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn subscriptions() {}

/// Ends it: nothing more is sent there.
#[utoipa::path(delete, path = "/subscriptions/{id}", operation_id = "end_subscription", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 204),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn end_subscription() {}
