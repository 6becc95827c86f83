//! Chats that people run themselves, or talk to with a bot: Mattermost, Rocket.Chat, Telegram, Matrix, Webex, Zulip.

use hyper::Method;
use serde_json::{Value, json};

use super::desk::{Act, Asked, Desk, Done, answer, text};
use super::fields::{Field, Is, at, wrong};
use crate::reply::Answer;

/// The credential of every bot here, where the service does not say what one looks like.
pub const TOKEN: &str = "simulated-token";
pub const MATTERMOST_CHANNEL: &str = "4xp9fdt77pncbef59f4k1qe83o";
pub const ROCKET_USER: &str = "aobEdbYhXfu5hkeqG";
pub const ROCKET_ROOM: &str = "GENERAL";
pub const TELEGRAM_TOKEN: &str = "123456789:AAsimulatedsimulatedsimulated";
pub const TELEGRAM_CHAT: i64 = -1_001_234_567_890;
pub const MATRIX_ROOM: &str = "!world:example.com";
pub const WEBEX_ROOM: &str = "Y2lzY29zcGFyazovL3VzL1JPT00vd29ybGQ";
pub const ZULIP_BOT: &str = "tocsin-bot@zulip.example.com";
pub const ZULIP_STREAM: &str = "operations";

/// An incoming webhook (`/hooks/…`), or the API of version 4 for a bot.
pub fn mattermost(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |status: u16, id: &str, message: &str| {
        Done::refused(answer(status, &json!({ "id": id, "message": message, "status_code": status })))
    };
    let Some(body) = asked.json() else {
        return refused(400, "api.context.invalid_body_param.app_error", "Invalid or missing post in request body.");
    };
    let too_long = |key: &str| at(&body, key).chars().count() > 16_383;
    if let Some(hook) = asked.path.strip_prefix("/hooks/") {
        return match (hook, at(&body, "text").is_empty() && body.get("attachments").is_none()) {
            ("4xp9fdt77pncbef59f4k1simul", false) if !too_long("text") => {
                Done::new(Act::Said, desk.id(26), text(200, "ok"))
            }
            ("4xp9fdt77pncbef59f4k1simul", _) => {
                refused(400, "web.incoming_webhook.text.app_error", "No text specified.")
            }
            _ => refused(404, "web.incoming_webhook.invalid.app_error", "Invalid webhook."),
        };
    }
    if !asked.has_bearer(TOKEN) {
        return refused(
            401,
            "api.context.session_expired.app_error",
            "Invalid or expired session, please login again.",
        );
    }
    if too_long("message") {
        return refused(
            400,
            "model.post.is_valid.message_length.app_error",
            "Post Message property is longer than the maximum permitted length.",
        );
    }
    let attachments = body["props"]["attachments"].as_array().map(Vec::as_slice).unwrap_or_default();
    if at(&body, "message").is_empty() && attachments.is_empty() {
        return refused(400, "model.post.is_valid.msg.app_error", "Invalid message.");
    }
    let post = |act, id: &str, root: &str| {
        let post =
            json!({ "id": id, "channel_id": MATTERMOST_CHANNEL, "root_id": root, "message": at(&body, "message") });
        Done::new(act, id, answer(if act == Act::Edited { 200 } else { 201 }, &post)).of(root)
    };
    if let Some(id) = asked.path.strip_prefix("/api/v4/posts/").and_then(|rest| rest.strip_suffix("/patch")) {
        return match asked.is(&Method::PUT) && desk.knows(id) {
            true => post(Act::Edited, id, ""),
            false => refused(404, "app.post.get.app_error", "Unable to get the post."),
        };
    }
    if asked.path != "/api/v4/posts" || !asked.is(&Method::POST) {
        return refused(404, "api.context.404.app_error", "Sorry, we could not find the page.");
    }
    if at(&body, "channel_id") != MATTERMOST_CHANNEL {
        return refused(403, "api.context.permissions.app_error", "You do not have the appropriate permissions.");
    }
    let root = at(&body, "root_id");
    if !root.is_empty() && !desk.knows(root) {
        return refused(400, "api.post.create_post.root_id.app_error", "Invalid RootId parameter.");
    }
    let id = desk.id(26);
    if root.is_empty() {
        desk.keep(&id);
    }
    post(if root.is_empty() { Act::Said } else { Act::Answered }, &id, root)
}

/// An incoming webhook (`/hooks/…`), or the REST API for a user.
pub fn rocket_chat(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused =
        |status: u16, error: &str| Done::refused(answer(status, &json!({ "success": false, "error": error })));
    let Some(body) = asked.json().filter(|_| asked.is(&Method::POST)) else {
        return refused(400, "Invalid JSON payload");
    };
    let words = at(&body, "text");
    if words.is_empty() {
        return refused(400, "[invalid-params] text is required");
    }
    if words.chars().count() > 5_000 {
        return refused(400, "error-message-size-exceeded");
    }
    if let Some(hook) = asked.path.strip_prefix("/hooks/") {
        return match hook {
            "simulated/simulated" => Done::new(Act::Said, desk.id(17), answer(200, &json!({ "success": true }))),
            _ => refused(401, "invalid integration"),
        };
    }
    if (asked.header("x-auth-token"), asked.header("x-user-id")) != (TOKEN, ROCKET_USER) {
        let said = json!({ "status": "error", "message": "You must be logged in to do this." });
        return Done::refused(answer(401, &said));
    }
    if at(&body, "roomId") != ROCKET_ROOM {
        return refused(400, "error-room-not-found");
    }
    let message = |act, id: &str, root: &str| {
        let said = json!({ "success": true, "channel": ROCKET_ROOM, "message": { "_id": id, "rid": ROCKET_ROOM, "msg": words } });
        Done::new(act, id, answer(200, &said)).of(root)
    };
    match asked.path {
        "/api/v1/chat.update" => match at(&body, "msgId") {
            id if desk.knows(id) => message(Act::Edited, id, ""),
            id => refused(400, &format!("No message found with the id of \"{id}\".")),
        },
        "/api/v1/chat.postMessage" => {
            let root = at(&body, "tmid");
            if !root.is_empty() && !desk.knows(root) {
                return refused(400, "error-invalid-message");
            }
            let id = desk.id(17);
            if root.is_empty() {
                desk.keep(&id);
            }
            message(if root.is_empty() { Act::Said } else { Act::Answered }, &id, root)
        }
        _ => refused(404, "API endpoint not found"),
    }
}

/// The Bot API: `sendMessage`.
pub fn telegram(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |code: u16, description: &str| {
        Done::refused(answer(code, &json!({ "ok": false, "error_code": code, "description": description })))
    };
    let Some(method) = asked.path.strip_prefix("/bot").and_then(|rest| rest.strip_prefix(TELEGRAM_TOKEN)) else {
        return refused(404, "Not Found");
    };
    if method != "/sendMessage" || !asked.is(&Method::POST) {
        return refused(404, "Not Found: method not found");
    }
    let Some(body) = asked.json() else { return refused(400, "Bad Request: message text is empty") };
    if body["chat_id"] != json!(TELEGRAM_CHAT) {
        return refused(400, "Bad Request: chat not found");
    }
    let words = at(&body, "text");
    let seen = match at(&body, "parse_mode") {
        "" => words.to_owned(),
        "HTML" => match without_tags(words) {
            Ok(seen) => seen,
            Err(wrong) => return refused(400, &format!("Bad Request: can't parse entities: {wrong}")),
        },
        _ => return refused(400, "Bad Request: unsupported parse_mode"),
    };
    if seen.trim().is_empty() {
        return refused(400, "Bad Request: message text is empty");
    }
    if seen.encode_utf16().count() > 4_096 {
        return refused(400, "Bad Request: message is too long");
    }
    let rows = body["reply_markup"]["inline_keyboard"].as_array().into_iter().flatten();
    let mut buttons = rows.flat_map(|row| row.as_array().into_iter().flatten());
    let public = |url: &str| url.starts_with("https://") && !url.contains("//127.") && !url.contains("//localhost");
    if !buttons.all(|button| public(at(button, "url")) || at(button, "url").starts_with("http://status.")) {
        return refused(400, "Bad Request: BUTTON_URL_INVALID");
    }
    let parameters = &body["reply_parameters"];
    let parent = parameters["message_id"].as_u64().map(|id| id.to_string()).unwrap_or_default();
    let lenient = parameters["allow_sending_without_reply"] == json!(true);
    if !parent.is_empty() && !desk.knows(&parent) && !lenient {
        return refused(400, "Bad Request: message to be replied not found");
    }
    let id = desk.next();
    desk.keep(&id.to_string());
    let message = json!({ "message_id": id, "date": asked.now.as_second(), "chat": { "id": TELEGRAM_CHAT, "type": "supergroup" }, "text": seen });
    let act = if parent.is_empty() { Act::Said } else { Act::Answered };
    Done::new(act, id.to_string(), answer(200, &json!({ "ok": true, "result": message }))).of(parent)
}

/// What is seen of Telegram's HTML: its few tags, which must be closed in their order.
fn without_tags(html: &str) -> Result<String, String> {
    const TAGS: [&str; 9] = ["b", "i", "u", "s", "a", "code", "pre", "blockquote", "tg-spoiler"];
    let mut open: Vec<&str> = Vec::new();
    let mut seen = String::new();
    let mut rest = html;
    while let Some((before, from)) = rest.split_once('<') {
        seen.push_str(before);
        let (tag, after) = from.split_once('>').ok_or_else(|| "Unclosed start tag".to_owned())?;
        let name = tag.trim_start_matches('/').split([' ', '=']).next().unwrap_or_default();
        if !TAGS.contains(&name) {
            return Err(format!("Unsupported start tag \"{name}\""));
        }
        if !tag.starts_with('/') {
            open.push(name);
        } else if open.pop() != Some(name) {
            return Err(format!("Unmatched end tag \"{name}\""));
        }
        rest = after;
    }
    seen.push_str(rest);
    match open.last() {
        Some(name) => Err(format!("Can't find end tag corresponding to start tag \"{name}\"")),
        None => Ok(seen.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")),
    }
}

/// The client-server API: one event of a room. A transaction that came before is not said again.
pub fn matrix(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |status: u16, code: &str, error: &str| {
        Done::refused(answer(status, &json!({ "errcode": code, "error": error })))
    };
    let Some(rest) = asked.path.strip_prefix("/_matrix/client/v3/rooms/").filter(|_| asked.is(&Method::PUT)) else {
        return refused(404, "M_UNRECOGNIZED", "Unrecognized request");
    };
    if asked.header("authorization").is_empty() {
        return refused(401, "M_MISSING_TOKEN", "Missing access token");
    }
    if !asked.has_bearer(TOKEN) {
        return refused(401, "M_UNKNOWN_TOKEN", "Invalid access token passed.");
    }
    let Some((room, transaction)) = rest.split_once("/send/m.room.message/") else {
        return refused(404, "M_UNRECOGNIZED", "Unrecognized request");
    };
    if room.replace("%21", "!").replace("%3A", ":").replace("%3a", ":") != MATRIX_ROOM {
        return refused(403, "M_FORBIDDEN", "User @tocsin:example.com not in room");
    }
    if let Some(again) = desk.again(transaction) {
        return again;
    }
    let Some(body) = asked.json() else { return refused(400, "M_NOT_JSON", "Content not JSON.") };
    if asked.body.len() > 65_000 {
        return refused(413, "M_TOO_LARGE", "event too large");
    }
    const EVENT: [Field; 3] = [
        Field("msgtype", true, Is::One(&["m.text", "m.notice"])),
        Field("body", true, Is::Bytes(65_000)),
        Field("format", false, Is::One(&["org.matrix.custom.html"])),
    ];
    if let Some((path, what)) = wrong(&body, &EVENT) {
        return refused(400, "M_BAD_JSON", &format!("'{path}' {what}"));
    }
    let relation = &body["m.relates_to"];
    let parent = at(relation, "event_id");
    let act = match at(relation, "rel_type") {
        "" => Act::Said,
        "m.replace" => Act::Edited,
        _ => Act::Answered,
    };
    let reply = relation["m.in_reply_to"]["event_id"].as_str();
    if act != Act::Said && !desk.knows(parent) || reply.is_some_and(|reply| !desk.knows(reply)) {
        return refused(400, "M_INVALID_PARAM", "Can't send relation to unknown event");
    }
    if act == Act::Edited && !body["m.new_content"].is_object() {
        return refused(400, "M_BAD_JSON", "'m.new_content' is required");
    }
    let event = format!("${}", desk.id(43));
    desk.keep(&event);
    let said = answer(200, &json!({ "event_id": event }));
    desk.answer_once(transaction, &event, &said);
    match act {
        Act::Edited => Done::new(act, parent, said),
        _ => Done::new(act, event, said).of(parent),
    }
}

/// An incoming webhook, or the API for a bot.
pub fn webex(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |status: u16, message: &str| {
        let said =
            json!({ "message": message, "errors": [{ "description": message }], "trackingId": "ROUTER_simulated" });
        Done::refused(answer(status, &said))
    };
    let Some(body) = asked.json().filter(|_| asked.is(&Method::POST)) else {
        return refused(400, "The request could not be understood by the server due to malformed syntax.");
    };
    const MESSAGE: [Field; 2] = [Field("markdown", false, Is::Bytes(7_439)), Field("text", false, Is::Bytes(7_439))];
    if let Some((path, what)) = wrong(&body, &MESSAGE) {
        return refused(400, &format!("{path} {what}"));
    }
    if at(&body, "markdown").is_empty() && at(&body, "text").is_empty() {
        return refused(400, "Message requires text, markdown or files.");
    }
    if asked.path == "/v1/webhooks/incoming/simulated" {
        return Done::new(Act::Said, desk.id(24), Answer::new(204, "text/plain", ""));
    }
    if asked.path != "/v1/messages" {
        return refused(404, "The requested resource could not be found.");
    }
    if !asked.has_bearer(TOKEN) {
        return refused(401, "The request requires a valid access token set in the Authorization request header.");
    }
    if at(&body, "roomId") != WEBEX_ROOM {
        return refused(404, "Could not find a room with provided ID.");
    }
    let parent = at(&body, "parentId");
    if !parent.is_empty() && !desk.knows(parent) {
        return refused(400, "Unable to reply: the parent message does not exist.");
    }
    let id = desk.id(40);
    // A reply has no replies of its own.
    if parent.is_empty() {
        desk.keep(&id);
    }
    let said = json!({ "id": id, "roomId": WEBEX_ROOM, "roomType": "group", "created": asked.now });
    Done::new(if parent.is_empty() { Act::Said } else { Act::Answered }, id, answer(200, &said)).of(parent)
}

pub fn zulip(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |status: u16, code: &str, message: &str| {
        Done::refused(answer(status, &json!({ "result": "error", "msg": message, "code": code })))
    };
    if asked.path != "/api/v1/messages" || !asked.is(&Method::POST) {
        return refused(404, "BAD_REQUEST", "API endpoint not found");
    }
    if !asked.has_basic(ZULIP_BOT, TOKEN) {
        return refused(401, "INVALID_API_KEY", "Invalid API key");
    }
    let Some(form) = asked.form() else { return refused(400, "REQUEST_VARIABLE_MISSING", "Missing 'type' argument") };
    const MESSAGE: [Field; 4] = [
        Field("type", true, Is::One(&["stream", "channel"])),
        Field("to", true, Is::Chars(60)),
        Field("topic", true, Is::Chars(60)),
        Field("content", true, Is::Chars(10_000)),
    ];
    if let Some((path, what)) = wrong(&form, &MESSAGE) {
        return refused(400, "BAD_REQUEST", &format!("{path} {what}"));
    }
    if at(&form, "to") != ZULIP_STREAM {
        return refused(400, "STREAM_DOES_NOT_EXIST", "Channel does not exist");
    }
    let topic = at(&form, "topic").to_owned();
    let act = if desk.knows(&topic) { Act::Answered } else { Act::Said };
    desk.keep(&topic);
    let id = desk.next();
    let said = answer(200, &json!({ "result": "success", "msg": "", "id": id }));
    Done::new(act, id.to_string(), said).of(topic).read(form)
}

/// What stands in a message, for who looks at it.
pub fn words(message: &Value) -> &str {
    ["markdown", "content", "formatted_body", "message", "text"]
        .into_iter()
        .map(|key| at(message, key))
        .find(|words| !words.is_empty())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telegrams_tags_must_be_known_and_closed_in_order() {
        assert_eq!(without_tags("<b>a &amp; b</b> <a href=\"https://x\">c</a>"), Ok("a & b c".to_owned()));
        for wrong in ["<b>a", "<b><i>a</b></i>", "<p>a</p>", "a </b>", "a <b"] {
            assert!(without_tags(wrong).is_err(), "{wrong}");
        }
    }
}
