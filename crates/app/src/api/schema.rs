//! The OpenAPI 3.1 document: what each address takes and answers. Tests hold real answers against it.

#![expect(dead_code, reason = "these types describe JSON; nothing is made of them")]

use crate::problem::Problem;
use serde_json::Value;
use utoipa::openapi::RefOr;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi, ToSchema};

/// The document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tocsin",
        description = "What vendors say of themselves, as one truth. Times are RFC 3339 in UTC, whole seconds. Lists are newest first and continue with `cursor`. Errors are RFC 9457 problem documents. Reading is open where the instance allows it; writing needs the admin token."
    ),
    servers((url = "/api/v1")),
    paths(
        providers, provider, incidents, incident, maintenances, monitors, groups, channels, channel_test, deliveries, delivery,
        resend, decisions, events, latency
    ),
    components(schemas(Problem)),
    modifiers(&Token, &Described)
)]
struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The admin token.")).build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("admin", SecurityScheme::Http(token));
    }
}

/// Every response has a description: OpenAPI 3.1 asks for one.
struct Described;

impl Modify for Described {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let operations = document.paths.paths.values_mut().flat_map(|item| item.get.iter_mut().chain(&mut item.post));
        for (status, response) in operations.flat_map(|operation| &mut operation.responses.responses) {
            if let RefOr::T(response) = response
                && response.description.is_empty()
            {
                meaning(status).clone_into(&mut response.description);
            }
        }
    }
}

fn meaning(status: &str) -> &'static str {
    match status {
        "200" => "What was asked for.",
        "400" => "The query does not fit; the detail says what does.",
        "401" => "The admin token is needed.",
        "404" => "There is no such thing.",
        "409" => "Its state does not allow it; the detail says why.",
        "503" => "The store does not answer.",
        _ => "Something else.",
    }
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Health {
    Operational,
    Degraded,
    PartialOutage,
    MajorOutage,
    Maintenance,
    Unknown,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Impact {
    None,
    Minor,
    Major,
    Critical,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Stage {
    Investigating,
    Identified,
    Monitoring,
    Resolved,
    Postmortem,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum MaintenanceStage {
    Scheduled,
    InProgress,
    Verifying,
    Completed,
    Cancelled,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum IncidentState {
    Open,
    Closed,
}

#[derive(ToSchema)]
struct Provider {
    slug: String,
    name: String,
    category: String,
    #[schema(required = true)]
    homepage: Option<String>,
    pages: Vec<Page>,
    health: Health,
    /// Beside an `unknown` health: what it was when it could still be read.
    #[schema(required = true)]
    last_known: Option<Health>,
    #[schema(required = true, format = DateTime)]
    read_at: Option<String>,
    components: Vec<Component>,
}

#[derive(ToSchema)]
struct Page {
    url: String,
    #[schema(required = true)]
    platform: Option<String>,
    readable: bool,
    /// Why it cannot be read.
    #[schema(required = true)]
    reason: Option<String>,
}

#[derive(ToSchema)]
struct Component {
    id: String,
    name: String,
    /// Names of the groups around it, outermost first.
    group: Vec<String>,
    health: Health,
}

#[derive(ToSchema)]
struct Incident {
    #[schema(format = Uuid)]
    id: String,
    /// Slug.
    provider: String,
    vendor_id: String,
    title: String,
    #[schema(required = true)]
    url: Option<String>,
    impact: Impact,
    stage: Stage,
    state: IncidentState,
    #[schema(required = true, format = DateTime)]
    started_at: Option<String>,
    #[schema(required = true, format = DateTime)]
    resolved_at: Option<String>,
    #[schema(format = DateTime)]
    first_seen_at: String,
    /// It was on the page when we first read it: `first_seen_at` is no detection.
    imported: bool,
    #[schema(required = true)]
    duration_s: Option<i64>,
    components: Vec<ComponentRef>,
    updates: Vec<Update>,
    candour: Candour,
}

#[derive(ToSchema)]
struct ComponentRef {
    /// Empty where the page gives only a name.
    id: String,
    name: String,
}

#[derive(ToSchema)]
struct Update {
    #[schema(required = true, format = DateTime)]
    at: Option<String>,
    #[schema(format = DateTime)]
    first_seen_at: String,
    #[schema(required = true)]
    stage: Option<Stage>,
    /// Markdown as the vendor wrote it.
    body: String,
    /// The same, sanitised.
    html: String,
    /// Earlier texts, oldest first.
    revisions: Vec<Revision>,
}

#[derive(ToSchema)]
struct Revision {
    #[schema(format = DateTime)]
    seen_at: String,
    body: String,
}

/// What our own records add to the vendor's word.
#[derive(ToSchema)]
struct Candour {
    /// Seconds from the vendor's first word to our first sight.
    #[schema(required = true)]
    detection_s: Option<i64>,
    /// How often a text was changed later.
    edits: i64,
    /// The page never said that it ended; it only stopped listing it.
    end_inferred: bool,
    /// A vendor's example or test.
    sample: bool,
}

#[derive(ToSchema)]
struct Maintenance {
    #[schema(format = Uuid)]
    id: String,
    provider: String,
    vendor_id: String,
    title: String,
    #[schema(required = true)]
    url: Option<String>,
    stage: MaintenanceStage,
    #[schema(required = true, format = DateTime)]
    starts_at: Option<String>,
    #[schema(required = true, format = DateTime)]
    ends_at: Option<String>,
    #[schema(format = DateTime)]
    first_seen_at: String,
    imported: bool,
    components: Vec<ComponentRef>,
    updates: Vec<WorkUpdate>,
}

#[derive(ToSchema)]
struct WorkUpdate {
    #[schema(required = true, format = DateTime)]
    at: Option<String>,
    #[schema(required = true)]
    stage: Option<MaintenanceStage>,
    body: String,
    html: String,
}

#[derive(ToSchema)]
struct Monitor {
    #[schema(format = Uuid)]
    id: String,
    provider: String,
    components: Vec<String>,
    groups: Vec<String>,
    /// It stands in a configuration file and can only be changed there.
    declared: bool,
}

#[derive(ToSchema)]
struct Group {
    #[schema(format = Uuid)]
    id: String,
    name: String,
    channels: Vec<String>,
    /// `null`: the defaults.
    #[schema(required = true)]
    events: Option<Vec<String>>,
    min_impact: Impact,
    dwell: String,
    declared: bool,
}

#[derive(ToSchema)]
struct Channel {
    #[schema(format = Uuid)]
    id: String,
    name: String,
    kind: String,
    /// Secrets are cut.
    settings: Value,
    declared: bool,
    #[schema(required = true)]
    disabled: Option<String>,
}

#[derive(ToSchema)]
struct Tested {
    outcome: Outcome,
    #[schema(required = true)]
    status: Option<i64>,
    latency_ms: i64,
    answer: String,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum Outcome {
    Delivered,
    RetryAfter,
    Retry,
    Ambiguous,
    RejectPayload,
    EndpointAuth,
    EndpointGone,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
enum DeliveryState {
    Due,
    Sent,
    Failed,
    Dead,
    Suppressed,
}

#[derive(ToSchema)]
struct Delivery {
    #[schema(format = Uuid)]
    id: String,
    notice: Notice,
    channel: String,
    kind: String,
    #[schema(required = true)]
    recipient: Option<String>,
    state: DeliveryState,
    #[schema(format = DateTime)]
    created_at: String,
    attempts: Vec<Attempt>,
    #[schema(format = Uuid)]
    webhook_id: String,
    #[schema(required = true, format = DateTime)]
    next_at: Option<String>,
}

#[derive(ToSchema)]
struct Notice {
    sequence: i64,
    #[schema(rename = "type")]
    kind: String,
    #[schema(required = true, format = Uuid)]
    incident: Option<String>,
    reason: String,
}

#[derive(ToSchema)]
struct Attempt {
    #[schema(format = DateTime)]
    at: String,
    outcome: Outcome,
    #[schema(required = true)]
    status: Option<i64>,
    latency_ms: i64,
    answer: String,
}

#[derive(ToSchema)]
struct Decision {
    #[schema(required = true, format = Uuid)]
    incident: Option<String>,
    change: String,
    #[schema(format = DateTime)]
    at: String,
    sequence: i64,
    #[schema(format = Uuid)]
    monitor: String,
    group: String,
    #[schema(required = true)]
    channel: Option<String>,
    told: bool,
    reason: Reason,
}

#[derive(ToSchema)]
struct Reason {
    code: String,
    text: String,
}

#[derive(ToSchema)]
struct Latency {
    detection: Quantiles,
    delivery: Quantiles,
}

#[derive(ToSchema)]
struct Quantiles {
    count: i64,
    #[schema(required = true)]
    p50_s: Option<f64>,
    #[schema(required = true)]
    p95_s: Option<f64>,
    #[schema(required = true)]
    p99_s: Option<f64>,
}

macro_rules! lists {
    ($($name:ident of $item:ident),+ $(,)?) => {$(
        #[derive(ToSchema)]
        struct $name {
            items: Vec<$item>,
            #[schema(required = true)]
            next_cursor: Option<String>,
        }
    )+};
}
lists! {
    Providers of Provider, Incidents of Incident, Maintenances of Maintenance, Monitors of Monitor, Groups of Group,
    Channels of Channel, Deliveries of Delivery, Decisions of Decision,
}

#[utoipa::path(get, path = "/providers", operation_id = "list_providers",
    params(("q" = Option<String>, Query, description = "Part of a name."), ("category" = Option<String>, Query),
        ("watched" = Option<bool>, Query), ("health" = Option<Health>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Providers), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
fn providers() {}

#[utoipa::path(get, path = "/providers/{slug}", operation_id = "get_provider", params(("slug" = String, Path)),
    responses((status = 200, body = Provider), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
fn provider() {}

#[utoipa::path(get, path = "/incidents", operation_id = "list_incidents",
    params(("state" = Option<String>, Query, description = "open, closed or all (default)."), ("provider" = Option<String>, Query),
        ("since" = Option<String>, Query, format = DateTime), ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Incidents), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
fn incidents() {}

#[utoipa::path(get, path = "/incidents/{id}", operation_id = "get_incident", params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = Incident), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
fn incident() {}

#[utoipa::path(get, path = "/maintenances", operation_id = "list_maintenances",
    params(("from" = Option<String>, Query, format = DateTime), ("to" = Option<String>, Query, format = DateTime), ("provider" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Maintenances), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
fn maintenances() {}

#[utoipa::path(get, path = "/monitors", operation_id = "list_monitors",
    params(("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query, format = Uuid)),
    responses((status = 200, body = Monitors), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
fn monitors() {}

#[utoipa::path(get, path = "/groups", operation_id = "list_groups",
    params(("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query, format = Uuid)),
    responses((status = 200, body = Groups), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
fn groups() {}

#[utoipa::path(get, path = "/channels", operation_id = "list_channels",
    params(("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query, format = Uuid)),
    responses((status = 200, body = Channels), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
fn channels() {}

/// Sends a real message now and answers what the receiver said.
#[utoipa::path(post, path = "/channels/{id}/test", operation_id = "test_channel", params(("id" = String, Path, format = Uuid)), security(("admin" = [])),
    responses((status = 200, body = Tested), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
fn channel_test() {}

#[utoipa::path(get, path = "/deliveries", operation_id = "list_deliveries",
    params(("state" = Option<DeliveryState>, Query), ("incident" = Option<String>, Query, format = Uuid),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Deliveries), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
fn deliveries() {}

#[utoipa::path(get, path = "/deliveries/{id}", operation_id = "get_delivery", params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = Delivery), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
fn delivery() {}

/// Makes a delivery due again, whatever became of it.
#[utoipa::path(post, path = "/deliveries/{id}/resend", operation_id = "resend_delivery", params(("id" = String, Path, format = Uuid)), security(("admin" = [])),
    responses((status = 200, body = Delivery), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
fn resend() {}

/// Why a notice was or was not sent.
#[utoipa::path(get, path = "/decisions", operation_id = "list_decisions",
    params(("incident" = Option<String>, Query, format = Uuid), ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<i64>, Query)),
    responses((status = 200, body = Decisions), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
fn decisions() {}

/// Every event as it happens (server-sent events): `id` is the sequence, `event` the type, `data` a webhook's body.
/// `Last-Event-ID` resumes without a gap.
#[utoipa::path(get, path = "/events", operation_id = "stream_events",
    params(("since" = Option<i64>, Query, description = "Like the header, for clients that cannot set one."), ("Last-Event-ID" = Option<i64>, Header)),
    responses((status = 200, body = String, content_type = "text/event-stream"), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
fn events() {}

#[utoipa::path(get, path = "/stats/latency", operation_id = "get_latency",
    responses((status = 200, body = Latency), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
fn latency() {}
