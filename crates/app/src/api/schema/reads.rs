//! What can be read, and the two acts that send something.

#![expect(dead_code, reason = "these functions describe addresses; nobody calls them")]

use super::types::*;
use crate::problem::Problem;

#[utoipa::path(get, path = "/providers", operation_id = "list_providers",
    params(("q" = Option<String>, Query, description = "Part of a name."), ("category" = Option<String>, Query),
        ("watched" = Option<bool>, Query), ("health" = Option<Health>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Providers), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn providers() {}

#[utoipa::path(get, path = "/providers/{slug}", operation_id = "get_provider", params(("slug" = String, Path)),
    responses((status = 200, body = Provider), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn provider() {}

#[utoipa::path(get, path = "/incidents", operation_id = "list_incidents",
    params(("state" = Option<String>, Query, description = "open (on pages that are watched), closed or all (default)."), ("provider" = Option<String>, Query),
        ("since" = Option<String>, Query, format = DateTime), ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Incidents), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn incidents() {}

#[utoipa::path(get, path = "/incidents/{id}", operation_id = "get_incident", params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = Incident), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn incident() {}

#[utoipa::path(get, path = "/maintenances", operation_id = "list_maintenances",
    params(("from" = Option<String>, Query, format = DateTime), ("to" = Option<String>, Query, format = DateTime), ("provider" = Option<String>, Query),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Maintenances), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn maintenances() {}

#[utoipa::path(get, path = "/monitors", operation_id = "list_monitors",
    params(("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query, format = Uuid)),
    responses((status = 200, body = Monitors), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
pub fn monitors() {}

#[utoipa::path(get, path = "/groups", operation_id = "list_groups",
    params(("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query, format = Uuid)),
    responses((status = 200, body = Groups), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
pub fn groups() {}

#[utoipa::path(get, path = "/channels", operation_id = "list_channels",
    params(("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query, format = Uuid)),
    responses((status = 200, body = Channels), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json")))]
pub fn channels() {}

/// Sends a real message now and answers what the receiver said.
#[utoipa::path(post, path = "/channels/{id}/test", operation_id = "test_channel", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 200, body = Tested), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub fn channel_test() {}

/// Sends to a channel again, whatever it was disabled for.
#[utoipa::path(post, path = "/channels/{id}/enable", operation_id = "enable_channel", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 200, body = Channel), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn enable_channel() {}

/// Makes due again what a channel refused, or what was given up, of everything made since a time.
#[utoipa::path(post, path = "/channels/{id}/resend", operation_id = "resend_missed", params(("id" = String, Path, format = Uuid)),
    request_body = ResendBody, security(("token" = [])),
    responses((status = 200, body = Resent), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn resend_missed() {}

#[utoipa::path(get, path = "/deliveries", operation_id = "list_deliveries",
    params(("state" = Option<DeliveryState>, Query), ("incident" = Option<String>, Query, format = Uuid),
        ("channel" = Option<String>, Query, description = "Id or name of a channel."), ("since" = Option<String>, Query, format = DateTime),
        ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<String>, Query)),
    responses((status = 200, body = Deliveries), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn deliveries() {}

#[utoipa::path(get, path = "/deliveries/{id}", operation_id = "get_delivery", params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = Delivery), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn delivery() {}

/// Makes a delivery due again, whatever became of it.
#[utoipa::path(post, path = "/deliveries/{id}/resend", operation_id = "resend_delivery", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 200, body = Delivery), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"), (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn resend() {}

/// Why a notice was or was not sent.
#[utoipa::path(get, path = "/decisions", operation_id = "list_decisions",
    params(("incident" = Option<String>, Query, format = Uuid), ("limit" = Option<i64>, Query, minimum = 1, maximum = 500), ("cursor" = Option<i64>, Query)),
    responses((status = 200, body = Decisions), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn decisions() {}

/// Every event as it happens (server-sent events): `id` is the sequence, `event` the type, `data` a webhook's body.
/// `Last-Event-ID` resumes without a gap.
#[utoipa::path(get, path = "/events", operation_id = "stream_events",
    params(("since" = Option<i64>, Query, description = "Like the header, for clients that cannot set one."), ("Last-Event-ID" = Option<i64>, Header)),
    responses((status = 200, body = String, content_type = "text/event-stream"), (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"), (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn events() {}

#[utoipa::path(get, path = "/stats/latency", operation_id = "get_latency",
    responses((status = 200, body = Latency), (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn latency() {}
