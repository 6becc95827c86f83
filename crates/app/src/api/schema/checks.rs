//! Checks of our own, their calls, and warnings.

#![expect(dead_code, reason = "these describe JSON and addresses; nothing is made of them and nobody calls them")]

use utoipa::ToSchema;

use super::reading::Reading;
use super::types::{Health, Impact, IncidentState};
use super::wishes::Acknowledgement;
use crate::problem::Problem;

#[derive(ToSchema)]
pub struct Check {
    #[schema(format = Uuid)]
    id: String,
    /// In addresses.
    slug: String,
    name: String,
    kind: CheckKind,
    target: String,
    interval_s: i64,
    /// Slug of whose service it tests.
    #[schema(required = true)]
    provider: Option<String>,
    components: Vec<String>,
    groups: Vec<String>,
    records: bool,
    health: Health,
    /// Why it is not operational, or what casts doubt on that.
    #[schema(required = true)]
    reason: Option<String>,
    reading: Reading,
    calling: bool,
    #[schema(required = true, format = DateTime)]
    next_at: Option<String>,
    #[schema(required = true)]
    last_call: Option<Call>,
    #[schema(required = true)]
    warning: Option<Warning>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum CheckKind {
    SipCall,
    #[schema(rename = "desk_e2e")]
    DeskE2e,
    WebrtcAgent,
}

#[derive(ToSchema)]
pub struct Checks {
    items: Vec<Check>,
    #[schema(required = true)]
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
pub struct Call {
    #[schema(format = Uuid)]
    id: String,
    #[schema(format = DateTime)]
    at: String,
    lasted_ms: i64,
    /// `pass`, `not_answered`, `busy`, `rejected`, `rings_forever`, `answered_no_rtp`, `answered_silent`, `one_way_in`,
    /// `one_way_out`, `late_audio`, `poor_quality`, `dropped_early`, `codec_mismatch` or `probe_fault`.
    verdict: String,
    proof: Proof,
    why: String,
    /// What went wrong below the call.
    #[schema(required = true)]
    trouble: Option<String>,
    offered: Vec<String>,
    /// What the call to our own far end said of the probe, where it was not well.
    #[schema(required = true)]
    control: Option<String>,
    /// What was measured; `null` where no call could be made.
    measures: serde_json::Value,
    ladder: Vec<Rung>,
    recorded: bool,
    /// What this call and those before it say; `null` where an earlier version kept it.
    #[schema(required = true)]
    reading: Option<Reading>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Proof {
    Passed,
    Failed,
    /// The probe was ill: it counts for nothing.
    Nothing,
}

#[derive(ToSchema)]
pub struct Rung {
    after_ms: i64,
    by: Side,
    signalling: bool,
    what: String,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum Side {
    Us,
    Them,
    /// An agent of ours at the far end.
    Agent,
    Nobody,
}

#[derive(ToSchema)]
pub struct Calls {
    items: Vec<Call>,
    #[schema(required = true)]
    next_cursor: Option<String>,
}

/// Our own early sign that something is wrong.
#[derive(ToSchema)]
pub struct Warning {
    #[schema(format = Uuid)]
    id: String,
    kind: WarningKind,
    #[schema(required = true)]
    provider: Option<String>,
    components: Vec<Named>,
    impact: Impact,
    state: IncidentState,
    #[schema(format = DateTime)]
    started_at: String,
    #[schema(required = true, format = DateTime)]
    ended_at: Option<String>,
    #[schema(required = true)]
    ended_because: Option<String>,
    evidence: Vec<String>,
    /// From 0 to 1.
    confidence: f64,
    summary: String,
    /// What the provider's page said when it was raised.
    #[schema(required = true)]
    page_says: Option<Health>,
    check: WhichCheck,
    /// Who takes care of it.
    #[schema(required = true)]
    acknowledged: Option<Acknowledgement>,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum WarningKind {
    NoAudio,
    NotAnswered,
    PoorCalls,
}

#[derive(ToSchema)]
pub struct Named {
    id: String,
    name: String,
}

#[derive(ToSchema)]
pub struct WhichCheck {
    #[schema(format = Uuid)]
    id: String,
    slug: String,
    name: String,
}

#[derive(ToSchema)]
pub struct Warnings {
    items: Vec<Warning>,
    #[schema(required = true)]
    next_cursor: Option<String>,
}

#[derive(ToSchema)]
pub struct Running {
    #[schema(format = Uuid)]
    check: String,
    calling: bool,
}

#[utoipa::path(get, path = "/checks", operation_id = "list_checks",
    params(("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query, format = Uuid)),
    responses((status = 200, body = Checks), (status = 400, body = Problem, content_type = "application/problem+json"), (status = 401, body = Problem, content_type = "application/problem+json")))]
pub fn checks() {}

#[utoipa::path(get, path = "/checks/{id}", operation_id = "get_check",
    params(("id" = String, Path, description = "An id, or the name in addresses.")),
    responses((status = 200, body = Check), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub fn check() {}

#[utoipa::path(get, path = "/checks/{id}/calls", operation_id = "list_calls",
    params(("id" = String, Path, description = "An id, or the name in addresses."),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Calls), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn calls() {}

/// Calls now, instead of waiting for its turn.
#[utoipa::path(post, path = "/checks/{id}/run", operation_id = "run_check", security(("token" = [])),
    params(("id" = String, Path, description = "An id, or the name in addresses.")),
    responses((status = 202, body = Running), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 429, body = Problem, content_type = "application/problem+json")))]
pub fn run() {}

#[utoipa::path(get, path = "/warnings", operation_id = "list_warnings",
    params(("state" = Option<String>, Query, description = "open, closed or all (default)."), ("provider" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Warnings), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn warnings() {}

#[utoipa::path(get, path = "/warnings/{id}", operation_id = "get_warning", params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = Warning), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn warning() {}
