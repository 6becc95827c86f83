//! The OpenAPI 3.1 document: what each address takes and answers. Tests hold real answers against it.

mod boards;
mod checks;
mod reading;
mod reads;
mod subscriptions;
mod types;
mod wishes;
mod writes;

use crate::problem::Problem;
use utoipa::openapi::RefOr;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::{Modify, OpenApi};

/// The document.
#[must_use]
pub fn document() -> utoipa::openapi::OpenApi {
    Document::openapi()
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tocsin",
        description = "What vendors say of themselves, as one truth. Times are RFC 3339 in UTC, whole seconds. Lists are newest first and continue with `cursor`. Errors are RFC 9457 problem documents. Reading is open where the instance allows it; writing needs an API token (or the admin token), or a session of the pages."
    ),
    servers((url = "/api/v1")),
    paths(
        reads::providers, reads::provider, reads::incidents, reads::incident, reads::maintenances, reads::monitors,
        reads::groups, reads::channels, reads::channel_test, reads::enable_channel, reads::resend_missed, reads::deliveries, reads::delivery, reads::resend,
        reads::decisions, reads::events, reads::latency, writes::create_monitor, writes::monitor, writes::change_monitor,
        writes::remove_monitor, writes::restore_monitor, writes::tell_monitor, writes::create_group, writes::group,
        writes::change_group, writes::remove_group, writes::restore_group, writes::rehearse_new_group, writes::rehearse_group, writes::create_channel, writes::channel,
        writes::change_channel, writes::remove_channel, writes::restore_channel, writes::create_provider, writes::change_provider,
        writes::remove_provider, wishes::silences, wishes::create_silence, wishes::end_silence, wishes::acknowledge,
        wishes::acknowledge_warning, wishes::take_back_warning,
        wishes::take_back, wishes::overrides, wishes::set_override, wishes::end_override, boards::boards, boards::create_board,
        boards::board, boards::change_board, boards::remove_board, boards::restore_board, boards::renew_board,
        subscriptions::subscriptions, subscriptions::end_subscription, checks::checks, checks::check, checks::calls,
        checks::run, checks::warnings, checks::warning
    ),
    components(schemas(Problem)),
    modifiers(&Token, &Described)
)]
struct Document;

struct Token;

impl Modify for Token {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let token = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token, made under Settings, or the admin token."))
            .build();
        let components = document.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(token));
    }
}

/// Every response has a description: OpenAPI 3.1 asks for one.
struct Described;

impl Modify for Described {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        let operations = document.paths.paths.values_mut().flat_map(|item| {
            let all = [&mut item.get, &mut item.post, &mut item.put, &mut item.patch, &mut item.delete];
            all.into_iter().flat_map(Option::iter_mut)
        });
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
        "201" => "What was made.",
        "202" => "It has begun.",
        "204" => "It is done.",
        "400" => "The query or the body cannot be read; the detail says what to send.",
        "401" => "Signing in, or a token, is needed.",
        "403" => "It was sent by another site.",
        "404" => "There is no such thing.",
        "409" => "Its state does not allow it; the detail says why.",
        "422" => "What is written does not fit; `errors` names every mistake.",
        "429" => "It was done too often; the detail says when again.",
        "503" => "The store does not answer.",
        _ => "Something else.",
    }
}
