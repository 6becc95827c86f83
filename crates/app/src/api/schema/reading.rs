//! A reading, as a check yields it.

#![expect(dead_code, reason = "these describe JSON; nothing is made of them")]

use utoipa::ToSchema;

use super::types::Health;

/// What a check says of what it tests, in the form in which a page speaks of its service.
#[derive(ToSchema)]
pub struct Reading {
    /// The kind of the check.
    #[schema(required = true)]
    platform: Option<String>,
    page: ReadPage,
    health: Health,
    components: Vec<ReadComponent>,
    /// Always empty: a check warns, and announces no incidents.
    incidents: Vec<serde_json::Value>,
    /// Always empty.
    maintenances: Vec<serde_json::Value>,
    covers: ReadCovers,
    problems: Vec<ReadProblem>,
}

/// The check itself: its name in addresses and its name.
#[derive(ToSchema)]
pub struct ReadPage {
    #[schema(required = true)]
    id: Option<String>,
    #[schema(required = true)]
    name: Option<String>,
    #[schema(required = true)]
    url: Option<String>,
    #[schema(required = true)]
    time_zone: Option<String>,
}

/// A component that the check is about.
#[derive(ToSchema)]
pub struct ReadComponent {
    /// As on the provider's page; the name where the page does not list it.
    id: String,
    name: String,
    group: Vec<String>,
    health: Health,
    hidden_while_operational: bool,
}

#[derive(ToSchema)]
pub struct ReadCovers {
    open: bool,
    #[schema(required = true, format = DateTime)]
    history_since: Option<String>,
}

/// Why it is not simply operational.
#[derive(ToSchema)]
pub struct ReadProblem {
    /// `no_audio`, `not_answered` or `poor_calls` where that is proved; `unproven`, `probe_ill`, `held_back` or
    /// `not_called`.
    code: String,
    r#where: String,
    detail: String,
}
