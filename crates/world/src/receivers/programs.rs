//! What programs read: webhooks of three kinds, and topics.

use hyper::Method;
use serde_json::{Value, json};

use super::desk::{Act, Asked, Desk, Done, answer, text};
use super::fields::{Field, Is, at, wrong};
use super::{chats, proof};
use crate::reply::Answer;

pub const API_KEY: &str = "simulated-key";
pub const TOPIC: &str = "arn:aws:sns:eu-central-1:123456789012:incidents";

/// Standard Webhooks. `/signed` holds the signature against its secret; any other address takes whatever comes, as a
/// program of somebody's may.
pub fn webhook(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    if !asked.is(&Method::POST) {
        return Done::refused(text(405, "POST only"));
    }
    let id = match asked.header("webhook-id") {
        "" => desk.id(16),
        id => id.to_owned(),
    };
    if asked.path == "/signed" {
        const BODY: [Field; 3] =
            [Field("type", true, Is::Chars(100)), Field("timestamp", true, Is::Moment), Field("data", true, Is::Table)];
        if let Err(wrong) = proof::signed(asked) {
            return Done::refused(text(401, wrong));
        }
        let Some(body) = asked.json() else { return Done::refused(text(400, "the body is no JSON object")) };
        if let Some((path, what)) = wrong(&body, &BODY) {
            return Done::refused(text(400, &format!("{path} {what}")));
        }
    }
    let act = if desk.knows(&id) { Act::Repeated } else { Act::Said };
    desk.keep(&id);
    Done::new(act, id, text(200, "ok"))
}

/// The form that the channel's template here writes.
pub fn webhook_template(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    const BODY: [Field; 3] = [
        Field("summary", true, Is::Chars(2_000)),
        Field("status", true, Is::One(&["firing", "resolved"])),
        Field("key", true, Is::Chars(255)),
    ];
    if asked.header("x-api-key") != API_KEY {
        return Done::refused(answer(401, &json!({ "error": "unknown key" })));
    }
    let Some(body) = asked.json().filter(|_| asked.is(&Method::PUT) && asked.path == "/api/alerts") else {
        return Done::refused(answer(400, &json!({ "error": "PUT a JSON object" })));
    };
    match wrong(&body, &BODY) {
        Some((path, what)) => Done::refused(answer(422, &json!({ "error": format!("{path} {what}") }))),
        None => Done::new(Act::Said, desk.id(16), answer(200, &json!({ "accepted": true }))).of(at(&body, "key")),
    }
}

/// Whatever takes the webhooks of a Statuspage.
pub fn statuspage_webhook(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    const BODY: [Field; 4] = [
        Field("meta.generated_at", true, Is::Moment),
        Field("page.id", true, Is::Chars(12)),
        Field("page.status_indicator", true, Is::One(&["none", "minor", "major", "critical", "maintenance"])),
        Field("page.status_description", true, Is::Chars(200)),
    ];
    const INCIDENT: [Field; 5] = [
        Field("incident.id", true, Is::Chars(12)),
        Field("incident.name", true, Is::Chars(1_000)),
        Field("incident.status", true, Is::Chars(30)),
        Field("incident.impact", true, Is::One(&["none", "minor", "major", "critical", "maintenance"])),
        Field("incident.incident_updates", true, Is::List(100)),
    ];
    const COMPONENT: [Field; 2] =
        [Field("component.id", true, Is::Chars(12)), Field("component_update.new_status", true, Is::Chars(30))];
    let Some(body) = asked.json().filter(|_| asked.is(&Method::POST)) else {
        return Done::refused(text(400, "the body is no JSON object"));
    };
    let about: &[Field] = if body.get("incident").is_some() { &INCIDENT } else { &COMPONENT };
    match wrong(&body, &BODY).or_else(|| wrong(&body, about)) {
        Some((path, what)) => Done::refused(text(400, &format!("{path} {what}"))),
        None => {
            let of = if body.get("incident").is_some() { at(&body, "incident.id") } else { at(&body, "component.id") };
            Done::new(Act::Said, desk.id(16), text(200, "ok")).of(of)
        }
    }
}

/// `Publish` to one topic, by a request that is signed.
pub fn sns(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let request = desk.id(32);
    let xml = |status: u16, body: String| Answer::new(status, "text/xml", body);
    let refused = |status: u16, code: &str, message: &str| {
        Done::refused(xml(
            status,
            format!(
                "<ErrorResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><Error><Type>Sender</Type><Code>{code}</Code>\
                 <Message>{message}</Message></Error><RequestId>{request}</RequestId></ErrorResponse>"
            ),
        ))
    };
    if let Err(wrong) = proof::aws(asked) {
        return refused(403, "SignatureDoesNotMatch", wrong);
    }
    let Some(form) = asked.form().filter(|form| asked.is(&Method::POST) && at(form, "Action") == "Publish") else {
        return refused(400, "InvalidAction", "The action is not valid for this endpoint.");
    };
    let invalid = |what: &str| refused(400, "InvalidParameter", &format!("Invalid parameter: {what}"));
    if at(&form, "TopicArn") != TOPIC {
        return refused(404, "NotFound", "Topic does not exist");
    }
    let subject = at(&form, "Subject");
    if subject.len() > 100 || !subject.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return invalid("Subject");
    }
    let message: Value = match at(&form, "MessageStructure") {
        "json" => serde_json::from_str(at(&form, "Message")).unwrap_or_default(),
        _ => json!({ "default": at(&form, "Message") }),
    };
    if asked.body.len() > 256 << 10 || at(&message, "default").is_empty() {
        return invalid("Message");
    }
    let id = desk.id(32);
    let said = format!(
        "<PublishResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\"><PublishResult><MessageId>{id}</MessageId>\
         </PublishResult><ResponseMetadata><RequestId>{request}</RequestId></ResponseMetadata></PublishResponse>"
    );
    let program: Value = serde_json::from_str(at(&message, "sqs")).unwrap_or_default();
    let read = json!({ "subject": subject, "message": message, "event": program });
    Done::new(Act::Said, id, xml(200, said)).read(read)
}

/// Mail does not come this way.
pub fn no_page(_: &Asked<'_>, _: &mut Desk) -> Done {
    chats::nobody()
}
