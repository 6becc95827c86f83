//! Services that wake people: an alarm is raised and ended under a key of the sender's.

use hyper::Method;
use serde_json::{Value, json};
use tocsin_domain::Timestamp;

use super::desk::{Act, Asked, Desk, Done, answer, text};
use super::fields::{Field, Is, at, wrong};

pub const ROUTING_KEY: &str = "R0SIMULATED000000000000000000000";
pub const API_KEY: &str = "00000000-0000-4000-8000-simulated000";
pub const TOKEN: &str = "simulated-token";

/// The Events API v2: alerts, and changes beside them.
pub fn pagerduty(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |error: &str| {
        let said = json!({ "status": "invalid event", "message": "Event object is invalid", "errors": [error] });
        Done::refused(answer(400, &said))
    };
    if !asked.is(&Method::POST) {
        return Done::refused(text(405, ""));
    }
    if asked.body.len() > 512_000 {
        return Done::refused(text(413, "Request Entity Too Large"));
    }
    let Some(body) = asked.json() else { return refused("JSON body is not valid") };
    if at(&body, "routing_key").len() != 32 {
        return refused("Length of 'routing_key' is incorrect (should be 32 characters)");
    }
    if at(&body, "routing_key") != ROUTING_KEY {
        return refused("Invalid routing key");
    }
    let said = |wrong: (&str, String)| format!("'{}' {}", wrong.0, wrong.1);
    const LINKS: Field = Field("links", false, Is::List(100));
    if asked.path == "/v2/change/enqueue" {
        const CHANGE: [Field; 3] =
            [Field("payload.summary", true, Is::Chars(1_024)), Field("payload.timestamp", false, Is::Moment), LINKS];
        return match wrong(&body, &CHANGE) {
            Some(wrong) => refused(&said(wrong)),
            None => Done::new(
                Act::Noted,
                desk.id(16),
                answer(202, &json!({ "status": "success", "message": "Change event processed" })),
            ),
        };
    }
    if asked.path != "/v2/enqueue" {
        return Done::refused(text(404, "Not Found"));
    }
    const EVENT: [Field; 3] = [
        Field("event_action", true, Is::One(&["trigger", "acknowledge", "resolve"])),
        Field("dedup_key", false, Is::Chars(255)),
        LINKS,
    ];
    const PAYLOAD: [Field; 4] = [
        Field("payload.summary", true, Is::Chars(1_024)),
        Field("payload.source", true, Is::Chars(2_048)),
        Field("payload.severity", true, Is::One(&["critical", "error", "warning", "info"])),
        Field("payload.timestamp", false, Is::Moment),
    ];
    let triggers = at(&body, "event_action") == "trigger";
    if let Some(wrong) = wrong(&body, &EVENT).or_else(|| wrong(&body, &PAYLOAD).filter(|_| triggers)) {
        return refused(&said(wrong));
    }
    if !triggers && at(&body, "dedup_key").is_empty() {
        return refused("'dedup_key' is required for acknowledge and resolve events");
    }
    let key = at(&body, "dedup_key");
    rung(
        desk,
        key,
        triggers,
        answer(202, &json!({ "status": "success", "message": "Event processed", "dedup_key": key })),
    )
}

/// An alarm of that key is raised, or ended.
fn rung(desk: &mut Desk, key: &str, raised: bool, answer: crate::reply::Answer) -> Done {
    desk.set_open(key, raised);
    Done::new(if raised { Act::Raised } else { Act::Ended }, key, answer)
}

pub fn opsgenie(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    alerts(asked, desk, "/v2/alerts")
}

pub fn jsm(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    alerts(asked, desk, "/jsm/ops/integration/v2/alerts")
}

/// One alert API under two addresses. It takes a request and works on it later: an alias that nobody knows is taken, too.
fn alerts(asked: &Asked<'_>, desk: &mut Desk, base: &str) -> Done {
    let refused = |status: u16, message: &str| {
        Done::refused(answer(status, &json!({ "message": message, "took": 0.001, "requestId": "simulated" })))
    };
    if asked.header("authorization").strip_prefix("GenieKey ") != Some(API_KEY) {
        return refused(401, "Could not authenticate");
    }
    let Some(rest) = asked.path.strip_prefix(base) else { return refused(404, "Resource not found") };
    let Some(body) = asked.json() else {
        return refused(422, "Request body is not processable. Please check the errors.");
    };
    let request = desk.id(32);
    let taken = answer(202, &json!({ "result": "Request will be processed", "took": 0.1, "requestId": request }));
    const ALERT: [Field; 8] = [
        Field("message", true, Is::Chars(130)),
        Field("alias", false, Is::Chars(512)),
        Field("description", false, Is::Chars(15_000)),
        Field("priority", false, Is::One(&["P1", "P2", "P3", "P4", "P5"])),
        Field("tags", false, Is::List(20)),
        Field("details", false, Is::Table),
        Field("entity", false, Is::Chars(512)),
        Field("source", false, Is::Chars(100)),
    ];
    if rest.is_empty() && asked.is(&Method::POST) {
        return match wrong(&body, &ALERT) {
            Some((path, what)) => refused(422, &format!("{path} {what}.")),
            None => rung(desk, at(&body, "alias"), true, taken),
        };
    }
    if asked.asked_for("identifierType") != "alias" {
        return refused(422, "Identifier type is not valid.");
    }
    let parts = rest.trim_start_matches('/').split_once('/');
    match parts {
        Some((alias, "close")) if asked.is(&Method::POST) => {
            match wrong(&body, &[Field("note", false, Is::Chars(25_000))]) {
                Some((path, what)) => refused(422, &format!("{path} {what}.")),
                None => rung(desk, alias, false, taken),
            }
        }
        Some((alias, "priority")) if asked.is(&Method::PUT) => match wrong(&body, &ALERT[3..4]) {
            Some((path, what)) => refused(422, &format!("{path} {what}.")),
            None => Done::new(Act::Noted, alias, taken),
        },
        _ => refused(404, "Resource not found"),
    }
}

pub fn splunk_oncall(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused =
        |status: u16, message: &str| Done::refused(answer(status, &json!({ "result": "failure", "message": message })));
    if asked.path != "/integrations/generic/20131114/alert/simulated/desk" || !asked.is(&Method::POST) {
        return refused(404, "not found");
    }
    let Some(body) = asked.json() else { return refused(200, "Invalid JSON") };
    const EVENT: [Field; 4] = [
        Field("message_type", true, Is::One(&["CRITICAL", "WARNING", "INFO", "ACKNOWLEDGEMENT", "RECOVERY"])),
        Field("entity_id", true, Is::Chars(512)),
        Field("state_message", false, Is::Chars(20_480)),
        Field("state_start_time", false, Is::Whole(0, i64::MAX)),
    ];
    match wrong(&body, &EVENT) {
        Some((path, what)) => refused(200, &format!("{path} {what}")),
        None => {
            let key = at(&body, "entity_id");
            let said = answer(200, &json!({ "result": "success", "entity_id": key }));
            rung(desk, key, at(&body, "message_type") != "RECOVERY", said)
        }
    }
}

/// How services of one make differ: where they are, whom they let in, what they want, and what they say.
struct Source {
    path: &'static str,
    token: Option<&'static str>,
    fields: &'static [Field],
    key: &'static str,
    state: &'static str,
    ended: &'static str,
    taken: fn(&str) -> crate::reply::Answer,
    refused: fn(u16, &str, &str) -> crate::reply::Answer,
}

impl Source {
    fn answer(&self, asked: &Asked<'_>, desk: &mut Desk) -> Done {
        let refused = |status, field: &str, what: &str| Done::refused((self.refused)(status, field, what));
        if asked.path != self.path.trim_end_matches('/') || !asked.is(&Method::POST) {
            return refused(404, "", "not found");
        }
        if self.token.is_some_and(|token| !asked.has_bearer(token)) {
            return refused(401, "", "unauthorized");
        }
        let Some(body) = asked.json() else { return refused(400, "", "the body is no JSON object") };
        match wrong(&body, self.fields) {
            Some((field, what)) => refused(422, field, &what),
            None => {
                let key = at(&body, self.key);
                rung(desk, key, at(&body, self.state) != self.ended, (self.taken)(key))
            }
        }
    }
}

pub fn incident_io(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let source = Source {
        path: "/v2/alert_events/http/01WORLD",
        token: Some(TOKEN),
        fields: &[
            Field("title", true, Is::Chars(1_000)),
            Field("status", true, Is::One(&["firing", "resolved"])),
            Field("deduplication_key", true, Is::Chars(1_000)),
            Field("description", false, Is::Bytes(512 << 10)),
            Field("source_url", false, Is::Web),
            Field("metadata", false, Is::Table),
        ],
        key: "deduplication_key",
        state: "status",
        ended: "resolved",
        taken: |key| {
            answer(
                202,
                &json!({ "status": "success", "message": "Event accepted for processing", "deduplication_key": key }),
            )
        },
        refused: |status, field, what| {
            let kind = match status {
                401 => "authentication_error",
                404 => "not_found",
                _ => "validation_error",
            };
            answer(
                status,
                &json!({ "type": kind, "status": status, "request_id": "simulated", "errors": [{ "code": "invalid_value", "message": format!("{field} {what}"), "source": { "field": field } }] }),
            )
        },
    };
    source.answer(asked, desk)
}

/// The fields are those that its page is told of: `$.key`, `$.state` and so on.
pub fn rootly(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let source = Source {
        path: "/webhooks/incoming/generic_webhooks",
        token: Some(TOKEN),
        fields: &[
            Field("title", true, Is::Chars(1_000)),
            Field("key", true, Is::Chars(255)),
            Field("state", true, Is::One(&["firing", "resolved"])),
            Field("description", false, Is::Chars(65_535)),
            Field("url", false, Is::Web),
        ],
        key: "key",
        state: "state",
        ended: "resolved",
        taken: |_| answer(200, &json!({ "status": "ok" })),
        refused: |status, field, what| {
            answer(status, &json!({ "errors": [{ "title": format!("{field} {what}"), "status": status.to_string() }] }))
        },
    };
    source.answer(asked, desk)
}

pub fn firehydrant(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let source = Source {
        path: "/v1/process/simulated",
        token: None,
        fields: &[
            Field("summary", true, Is::Chars(1_000)),
            Field("body", false, Is::Chars(65_535)),
            Field("level", true, Is::One(&["INFO", "WARN", "ERROR", "FATAL"])),
            Field("status", true, Is::One(&["OPEN", "CLOSED"])),
            Field("idempotency_key", true, Is::Chars(255)),
            Field("links", false, Is::List(50)),
            Field("tags", false, Is::List(100)),
            Field("images", false, Is::List(50)),
        ],
        key: "idempotency_key",
        state: "status",
        ended: "CLOSED",
        taken: |_| answer(202, &json!({})),
        refused: |status, field, what| {
            answer(if status == 422 { 400 } else { status }, &json!({ "detail": format!("{field} {what}") }))
        },
    };
    source.answer(asked, desk)
}

pub fn grafana_irm(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let source = Source {
        path: "/integrations/v1/formatted_webhook/simulated/",
        token: None,
        fields: &[
            Field("alert_uid", true, Is::Chars(255)),
            Field("title", true, Is::Chars(1_000)),
            Field("state", true, Is::One(&["alerting", "ok"])),
            Field("link_to_upstream_details", false, Is::Web),
            Field("message", false, Is::Chars(65_535)),
        ],
        key: "alert_uid",
        state: "state",
        ended: "ok",
        taken: |_| text(200, "Ok."),
        refused: |status, field, what| text(if status == 422 { 400 } else { status }, &format!("{field} {what}")),
    };
    source.answer(asked, desk)
}

/// The API v2: a list of alerts, each known by its labels. One that has ended by now is over.
pub fn alertmanager(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |what: &str| Done::refused(answer(400, &json!(what)));
    if asked.path != "/api/v2/alerts" || !asked.is(&Method::POST) {
        return Done::refused(answer(404, &json!({ "code": 404, "message": "path was not found" })));
    }
    let alerts: Vec<Value> = serde_json::from_slice(asked.body).unwrap_or_default();
    let [alert] = alerts.as_slice() else { return refused("parsing alerts body failed") };
    let named = |name: &str| {
        !name.starts_with(|first: char| first.is_ascii_digit())
            && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    };
    let labels = alert["labels"].as_object().filter(|labels| !labels.is_empty());
    let Some(labels) = labels else { return refused("at least one label pair required") };
    if !labels.iter().all(|(name, value)| named(name) && value.is_string()) {
        return refused("invalid label set");
    }
    let moment = |key: &str| at(alert, key).parse::<Timestamp>().ok();
    let (starts, ends) = (moment("startsAt"), moment("endsAt"));
    if starts.zip(ends).is_some_and(|(starts, ends)| ends < starts) {
        return refused("start time must be before end time");
    }
    let key = Value::Object(labels.clone()).to_string();
    let fires = ends.is_none_or(|ends| ends > asked.now);
    let known = desk.knows(&key) && desk.is_open(&key) == fires;
    let done = rung(desk, &key, fires, crate::reply::Answer::new(200, "application/json", ""));
    // It is told again and again of what it may have forgotten.
    Done { act: if known { Act::Repeated } else { done.act }, ..done }.read(alert.clone())
}
