//! What rings in a pocket: ntfy, Pushover, Gotify, Twilio, and browsers.

use hyper::Method;
use serde_json::{Value, json};

use super::desk::{Act, Asked, Desk, Done, answer};
use super::fields::{Field, Is, at, wrong};
use super::proof;
use crate::reply::Answer;

pub const NTFY_TOPIC: &str = "tocsin-simulated";
pub const NTFY_TOKEN: &str = "tk_simulatedsimulatedsimulated";
pub const PUSHOVER_TOKEN: &str = "azGDORePK8gMaC0QOYAMyEEsimulat";
pub const PUSHOVER_USER: &str = "uQiRzpo4DXghDmr9QzzfQu27simula";
pub const GOTIFY_TOKEN: &str = "Asimulated00001";
pub const TWILIO_ACCOUNT: &str = "AC00000000000000000000000000000001";
pub const TWILIO_SECRET: &str = "simulated-secret";

/// A message to a topic; one with the same sequence takes the place of the last.
pub fn ntfy(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |http: u16, code: u32, error: &str| {
        Done::refused(answer(
            http,
            &json!({ "code": code, "http": http, "error": error, "link": "https://ntfy.sh/docs/publish/" }),
        ))
    };
    if !asked.path.is_empty() || !matches!(*asked.method, Method::POST | Method::PUT) {
        return refused(404, 40_401, "page not found");
    }
    if !asked.has_bearer(NTFY_TOKEN) {
        return refused(401, 40_101, "unauthorized");
    }
    let body: Option<Value> = serde_json::from_slice(asked.body).ok();
    let Some(body) = body.filter(Value::is_object) else {
        return refused(400, 40_024, "invalid request: request body must be valid JSON");
    };
    const MESSAGE: [Field; 8] = [
        Field("topic", true, Is::Chars(64)),
        Field("message", false, Is::Bytes(4_096)),
        Field("title", false, Is::Chars(4_096)),
        Field("priority", false, Is::Whole(1, 5)),
        Field("tags", false, Is::List(20)),
        Field("actions", false, Is::List(3)),
        Field("click", false, Is::Web),
        Field("sequence_id", false, Is::Chars(64)),
    ];
    if let Some((path, what)) = wrong(&body, &MESSAGE) {
        return refused(400, 40_024, &format!("invalid request: {path} {what}"));
    }
    if at(&body, "topic") != NTFY_TOPIC {
        return refused(403, 40_301, "forbidden");
    }
    let sequence = at(&body, "sequence_id");
    let edits = !sequence.is_empty() && desk.knows(sequence);
    let id = desk.id(12);
    let thing = if sequence.is_empty() { id.as_str() } else { sequence };
    desk.keep(thing);
    let said = json!({ "id": id, "time": asked.now.as_second(), "event": "message", "topic": NTFY_TOPIC, "title": body["title"], "message": body["message"] });
    Done::new(if edits { Act::Edited } else { Act::Said }, thing, answer(200, &said))
}

/// A message, or the end of what rings: by its receipt, or by its tag.
pub fn pushover(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let request = desk.id(32);
    let refused = |status: u16, key: &str, error: &str| {
        let mut said = json!({ "status": 0, "request": request, "errors": [error] });
        said[key] = json!("invalid");
        Done::refused(answer(status, &said))
    };
    let taken = json!({ "status": 1, "request": request });
    let Some(body) = asked.json().or_else(|| asked.form()).filter(|_| asked.is(&Method::POST)) else {
        return refused(400, "message", "message cannot be blank");
    };
    if at(&body, "token") != PUSHOVER_TOKEN {
        return refused(400, "token", "application token is invalid");
    }
    if let Some(tag) = asked.path.strip_prefix("/1/receipts/cancel_by_tag/") {
        let tag = format!("tag {}", tag.trim_end_matches(".json"));
        let said = json!({ "status": 1, "request": request, "canceled": i32::from(desk.is_open(&tag)) });
        desk.set_open(&tag, false);
        return Done::new(Act::Ended, tag, answer(200, &said));
    }
    if let Some(receipt) = asked.path.strip_prefix("/1/receipts/").and_then(|rest| rest.strip_suffix("/cancel.json")) {
        if !desk.knows(receipt) {
            return refused(404, "receipt", "receipt not found; may be invalid or expired");
        }
        desk.set_open(receipt, false);
        return Done::new(Act::Ended, receipt, answer(200, &taken));
    }
    if asked.path != "/1/messages.json" {
        return refused(404, "path", "not found");
    }
    if at(&body, "user") != PUSHOVER_USER {
        return refused(400, "user", "user identifier is not a valid user, group, or subscribed user key");
    }
    const MESSAGE: [Field; 6] = [
        Field("message", true, Is::Chars(1_024)),
        Field("title", false, Is::Chars(250)),
        Field("url", false, Is::Chars(512)),
        Field("url_title", false, Is::Chars(100)),
        Field("priority", false, Is::Whole(-2, 2)),
        Field("timestamp", false, Is::Whole(0, i64::MAX)),
    ];
    const EMERGENCY: [Field; 2] =
        [Field("retry", true, Is::Whole(30, 86_400)), Field("expire", true, Is::Whole(1, 10_800))];
    let rings = body["priority"] == json!(2);
    if let Some((path, what)) = wrong(&body, &MESSAGE).or_else(|| wrong(&body, &EMERGENCY).filter(|_| rings)) {
        return refused(400, path, &format!("{path} {what}"));
    }
    if !rings {
        return Done::new(Act::Said, request.clone(), answer(200, &taken));
    }
    let receipt = desk.id(30);
    desk.keep(&receipt);
    for tag in at(&body, "tags").split(',').filter(|tag| !tag.is_empty()) {
        desk.keep(&format!("tag {tag}"));
    }
    let said = json!({ "status": 1, "request": request, "receipt": receipt });
    Done::new(Act::Raised, receipt, answer(200, &said))
}

pub fn gotify(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |status: u16, error: &str, what: &str| {
        Done::refused(answer(status, &json!({ "error": error, "errorCode": status, "errorDescription": what })))
    };
    if asked.path != "/message" || !asked.is(&Method::POST) {
        return refused(404, "Not Found", "page not found");
    }
    if asked.header("x-gotify-key") != GOTIFY_TOKEN {
        return refused(
            401,
            "Unauthorized",
            "you need to provide a valid access token or user credentials to access this api",
        );
    }
    let Some(body) = asked.json() else { return refused(400, "Bad Request", "invalid character in the body") };
    const MESSAGE: [Field; 4] = [
        Field("message", true, Is::Chars(100_000)),
        Field("title", false, Is::Chars(10_000)),
        Field("priority", false, Is::Whole(0, 10)),
        Field("extras", false, Is::Table),
    ];
    if let Some((path, what)) = wrong(&body, &MESSAGE) {
        return refused(400, "Bad Request", &format!("Field '{path}' {what}"));
    }
    let id = desk.next();
    let said = json!({ "id": id, "appid": 1, "title": body["title"], "message": body["message"], "priority": body["priority"], "date": asked.now });
    Done::new(Act::Said, id.to_string(), answer(200, &said))
}

/// Text messages and calls.
pub fn twilio(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |status: u16, code: u32, message: &str| {
        let more = format!("https://www.twilio.com/docs/errors/{code}");
        Done::refused(answer(status, &json!({ "code": code, "message": message, "more_info": more, "status": status })))
    };
    let Some(resource) =
        asked.path.strip_prefix("/2010-04-01/Accounts/").and_then(|rest| rest.strip_prefix(TWILIO_ACCOUNT))
    else {
        return refused(404, 20_404, "The requested resource was not found");
    };
    if !asked.has_basic(TWILIO_ACCOUNT, TWILIO_SECRET) {
        return refused(401, 20_003, "Authenticate");
    }
    let form = asked.form().filter(|_| asked.is(&Method::POST)).unwrap_or_default();
    let number = |text: &str| {
        text.strip_prefix('+')
            .is_some_and(|rest| (7..=15).contains(&rest.len()) && rest.bytes().all(|one| one.is_ascii_digit()))
    };
    if !number(at(&form, "To")) {
        return refused(400, 21_211, "The 'To' number is not a valid phone number.");
    }
    if at(&form, "From").is_empty() && at(&form, "MessagingServiceSid").is_empty() {
        return refused(400, 21_603, "A 'From' phone number is required.");
    }
    let (prefix, status) = match resource {
        "/Messages.json" if at(&form, "Body").is_empty() => return refused(400, 21_602, "Message body is required."),
        "/Messages.json" if at(&form, "Body").chars().count() > 1_600 => {
            return refused(400, 21_617, "The concatenated message body exceeds the 1600 character limit");
        }
        "/Messages.json" => ("SM", "queued"),
        "/Calls.json" => {
            let twiml = at(&form, "Twiml");
            let whole = twiml.starts_with("<Response>") && twiml.ends_with("</Response>");
            if !whole || twiml.chars().count() > 4_000 {
                return refused(400, 21_205, "Twiml is not valid");
            }
            ("CA", "queued")
        }
        _ => return refused(404, 20_404, "The requested resource was not found"),
    };
    let sid = format!("{prefix}{}", desk.id(32));
    let said = json!({ "sid": sid, "account_sid": TWILIO_ACCOUNT, "status": status, "to": form["To"] });
    Done::new(Act::Said, sid, answer(201, &said)).read(form)
}

/// A push service, and the browser behind it that opens what was sealed for it.
pub fn web_push(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |status: u16, what: &str| Done::refused(Answer::new(status, "text/plain", what.to_owned()));
    if asked.path != "/fcm/send/simulated" {
        return refused(410, "push subscription has unsubscribed or expired.");
    }
    if !asked.is(&Method::POST) || asked.header("ttl").parse::<u32>().is_err() {
        return refused(400, "missing TTL header");
    }
    if asked.header("content-encoding") != "aes128gcm" {
        return refused(400, "unsupported content encoding");
    }
    if asked.body.len() > 4_096 {
        return refused(413, "payload too large");
    }
    if let Err(wrong) = proof::vapid(asked.header("authorization"), asked.header("host"), asked.now) {
        return refused(403, &format!("the VAPID authorization is invalid: {wrong}"));
    }
    let topic = asked.header("topic");
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_');
    if topic.len() > 32 || !topic.chars().all(plain) {
        return refused(400, "invalid topic");
    }
    if !matches!(asked.header("urgency"), "" | "very-low" | "low" | "normal" | "high") {
        return refused(400, "invalid urgency");
    }
    let Some(message) = proof::opened(asked.body).and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok()) else {
        return refused(400, "the browser could not open it");
    };
    let edits = !topic.is_empty() && desk.knows(topic);
    let id = desk.id(16);
    let thing = if topic.is_empty() { id.as_str() } else { topic };
    desk.keep(thing);
    let mut said = Answer::new(201, "text/plain", "");
    said.headers.push(("location", format!("/fcm/messages/{id}")));
    Done::new(if edits { Act::Edited } else { Act::Said }, thing, said).read(message)
}
