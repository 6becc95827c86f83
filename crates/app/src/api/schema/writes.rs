//! What can be written. Bodies carry the keys of the configuration.

#![expect(dead_code, reason = "these describe JSON and addresses; nothing is made of them and nobody calls them")]

use utoipa::ToSchema;

use super::types::*;
use crate::problem::Problem;

/// Every key may be left out of a PATCH: what is not named stays.
#[derive(ToSchema)]
pub struct MonitorBody {
    /// A slug.
    provider: String,
    /// Names, ids, globs or groups of components; left out, empty or `null`: everything.
    components: Option<Vec<String>>,
    /// Names of groups.
    groups: Option<Vec<String>>,
    paused: Option<bool>,
    tags: Option<Vec<String>>,
    /// It only keeps people aware: boards show it, nobody is told.
    aware: Option<bool>,
}

#[derive(ToSchema)]
pub struct MonitorChange {
    provider: Option<String>,
    components: Option<Vec<String>>,
    groups: Option<Vec<String>>,
    paused: Option<bool>,
    tags: Option<Vec<String>>,
    /// It only keeps people aware: boards show it, nobody is told.
    aware: Option<bool>,
}

macro_rules! group_bodies {
    ($($(#[$about:meta])* $body:ident { $($(#[$said:meta])* $key:ident: $type:ty,)+ })+) => {$(
        $(#[$about])*
        #[derive(ToSchema)]
        pub struct $body {
            $($(#[$said])* $key: $type,)+
            /// Names of channels.
            channels: Option<Vec<String>>,
            /// Event types or families (`incident.*`); `null`: the defaults.
            events: Option<Vec<String>>,
            min_impact: Option<Impact>,
            /// A minor incident must last so long before it is told: like `10m`.
            dwell: Option<String>,
            /// Any but a critical incident must last so long before it is told.
            longer_than: Option<String>,
            /// Only of these: slugs or globs.
            providers: Option<Vec<String>>,
            /// Only of these categories of the catalogue.
            categories: Option<Vec<String>>,
            /// Only of monitors that have one of these tags.
            tags: Option<Vec<String>>,
            /// Only of these components: names, ids, globs or groups.
            components: Option<Vec<String>>,
            /// Only of these environments and regions, as titles name them.
            words: Option<Vec<String>>,
            /// `false`: nothing of maintenance.
            maintenance: Option<bool>,
            /// Of `24h` and `1h`; `null`: both.
            reminders: Option<Vec<String>>,
            /// It rests then: `22:00-07:00`, `sat,sun`.
            quiet_hours: Option<Vec<String>>,
            /// It rests at all other times: `mon-fri 09:00-17:30`.
            business_hours: Option<Vec<String>>,
            /// The least impact that wakes it, or `never`; `null`: `critical`.
            break_quiet: Option<String>,
            digest: Option<Digesting>,
            /// It is told again so often while nobody acknowledges: like `1h`.
            repeat: Option<String>,
            /// Name of the group that is told when nobody acknowledges.
            escalate_to: Option<String>,
            /// Like `15m`.
            escalate_after: Option<String>,
            /// Tell when a vendor does not keep its promise of a next update.
            promises: Option<bool>,
            /// Like `10 in 5m`, or `never`.
            storm: Option<String>,
        }
    )+};
}

group_bodies! {
    GroupBody { name: String, }
    /// What is not named stays.
    GroupChange { name: Option<String>, }
    /// A group as it would be; nothing is stored.
    GroupTrial {
        name: Option<String>,
        /// Ids of the monitors that would tell it. Left out: those that do, or all where none does.
        monitors: Option<Vec<String>>,
        /// From 1 to 30, which is the default.
        days: Option<i64>,
    }
}

/// `name`, `kind`, and the keys of the kind.
#[derive(ToSchema)]
pub struct ChannelBody {
    name: String,
    kind: String,
    url: Option<String>,
    secret: Option<String>,
    to: Option<Vec<String>>,
}

/// Settings that are not named stay; `null` takes one away.
#[derive(ToSchema)]
pub struct ChannelChange {
    name: Option<String>,
    url: Option<String>,
    secret: Option<String>,
    to: Option<Vec<String>>,
}

#[derive(ToSchema)]
pub struct ProviderBody {
    name: String,
    /// Address of the status page.
    page: String,
    /// Made of the name where it is left out.
    slug: Option<String>,
    /// Found out at the first poll where it is left out.
    platform: Option<String>,
    /// Like `5m`.
    interval: Option<String>,
}

/// Under another address the page is read anew.
#[derive(ToSchema)]
pub struct ProviderChange {
    name: Option<String>,
    page: Option<String>,
    platform: Option<String>,
    interval: Option<String>,
}

/// How many incidents were told.
#[derive(ToSchema)]
pub struct Told {
    told: i64,
}

#[utoipa::path(post, path = "/monitors", operation_id = "create_monitor", request_body = MonitorBody, security(("token" = [])),
    responses((status = 201, body = Monitor),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn create_monitor() {}

#[utoipa::path(get, path = "/monitors/{id}", operation_id = "get_monitor", params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = Monitor),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub fn monitor() {}

#[utoipa::path(patch, path = "/monitors/{id}", operation_id = "change_monitor", params(("id" = String, Path, format = Uuid)),
    request_body = MonitorChange, security(("token" = [])),
    responses((status = 200, body = Monitor),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn change_monitor() {}

/// It can be brought back for an hour.
#[utoipa::path(delete, path = "/monitors/{id}", operation_id = "remove_monitor", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 204),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn remove_monitor() {}

/// Brings back what was deleted within the last hour.
#[utoipa::path(post, path = "/monitors/{id}/restore", operation_id = "restore_monitor", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 200, body = Monitor),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn restore_monitor() {}

#[utoipa::path(post, path = "/groups", operation_id = "create_group", request_body = GroupBody, security(("token" = [])),
    responses((status = 201, body = Group),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn create_group() {}

#[utoipa::path(get, path = "/groups/{id}", operation_id = "get_group", params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = Group),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub fn group() {}

#[utoipa::path(patch, path = "/groups/{id}", operation_id = "change_group", params(("id" = String, Path, format = Uuid)),
    request_body = GroupChange, security(("token" = [])),
    responses((status = 200, body = Group),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn change_group() {}

/// It can be brought back for an hour.
#[utoipa::path(delete, path = "/groups/{id}", operation_id = "remove_group", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 204),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn remove_group() {}

/// Brings back what was deleted within the last hour.
#[utoipa::path(post, path = "/groups/{id}/restore", operation_id = "restore_group", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 200, body = Group),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn restore_group() {}

/// What a new group would have been told lately.
#[utoipa::path(post, path = "/groups/rehearse", operation_id = "rehearse_new_group", request_body = GroupTrial, security(("token" = [])),
    responses((status = 200, body = Rehearsal),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn rehearse_new_group() {}

/// What a group would have been told lately with these keys changed.
#[utoipa::path(post, path = "/groups/{id}/rehearse", operation_id = "rehearse_group", params(("id" = String, Path, format = Uuid)),
    request_body = GroupTrial, security(("token" = [])),
    responses((status = 200, body = Rehearsal),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn rehearse_group() {}

#[utoipa::path(post, path = "/channels", operation_id = "create_channel", request_body = ChannelBody, security(("token" = [])),
    responses((status = 201, body = Channel),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn create_channel() {}

#[utoipa::path(get, path = "/channels/{id}", operation_id = "get_channel", params(("id" = String, Path, format = Uuid)),
    responses((status = 200, body = Channel),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json")))]
pub fn channel() {}

#[utoipa::path(patch, path = "/channels/{id}", operation_id = "change_channel", params(("id" = String, Path, format = Uuid)),
    request_body = ChannelChange, security(("token" = [])),
    responses((status = 200, body = Channel),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn change_channel() {}

/// It can be brought back for an hour.
#[utoipa::path(delete, path = "/channels/{id}", operation_id = "remove_channel", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 204),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn remove_channel() {}

/// Brings back what was deleted within the last hour.
#[utoipa::path(post, path = "/channels/{id}/restore", operation_id = "restore_channel", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 200, body = Channel),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn restore_channel() {}

/// Tells the groups of a monitor, once, of what was open before it was added.
#[utoipa::path(post, path = "/monitors/{id}/tell", operation_id = "tell_monitor", params(("id" = String, Path, format = Uuid)), security(("token" = [])),
    responses((status = 200, body = Told),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn tell_monitor() {}

/// A status page that is not in the catalogue.
#[utoipa::path(post, path = "/providers", operation_id = "create_provider", request_body = ProviderBody, security(("token" = [])),
    responses((status = 201, body = Provider),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn create_provider() {}

/// Changes a provider that was added by hand.
#[utoipa::path(patch, path = "/providers/{slug}", operation_id = "change_provider", params(("slug" = String, Path)),
    request_body = ProviderChange, security(("token" = [])),
    responses((status = 200, body = Provider),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn change_provider() {}

/// Removes one that was added by hand and that nobody monitors.
#[utoipa::path(delete, path = "/providers/{slug}", operation_id = "remove_provider", params(("slug" = String, Path)), security(("token" = [])),
    responses((status = 204),
        (status = 401, body = Problem, content_type = "application/problem+json"),
        (status = 403, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 409, body = Problem, content_type = "application/problem+json"),
        (status = 503, body = Problem, content_type = "application/problem+json")))]
pub fn remove_provider() {}
