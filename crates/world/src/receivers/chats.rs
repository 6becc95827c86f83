//! Chats of large vendors: Slack, Discord, Teams, Google Chat.

use hyper::Method;
use serde_json::{Value, json};

use super::desk::{Act, Asked, Desk, Done, answer, text};
use super::fields::{Field, Is, at, wrong};
use crate::reply::Answer;

/// What a bot of ours shows to get in.
pub const SLACK_TOKEN: &str = "xoxb-0000000000-simulated";
pub const SLACK_CHANNEL: &str = "C0WORLD0001";

/// An incoming webhook.
pub fn slack(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |status, word| Done::refused(Answer::new(status, "text/html", word));
    if asked.path != "/services/T0WORLD/B0WORLD/simulated" {
        return refused(404, "no_service");
    }
    let Some(body) = asked.json().filter(|_| asked.is(&Method::POST)) else { return refused(400, "invalid_payload") };
    match wrong_words(&body) {
        Some(word) => refused(400, word),
        None => Done::new(Act::Said, desk.id(12), Answer::new(200, "text/html", "ok")),
    }
}

/// What Slack would say of a message: it has words, and its blocks keep to their limits.
fn wrong_words(body: &Value) -> Option<&'static str> {
    if at(body, "text").is_empty() && body.get("blocks").is_none() {
        return Some("no_text");
    }
    if at(body, "text").chars().count() > 40_000 {
        return Some("msg_too_long");
    }
    let blocks = match body.get("blocks") {
        None => return None,
        Some(blocks) => blocks.as_array(),
    };
    let fine = blocks.is_some_and(|blocks| blocks.len() <= 50 && blocks.iter().all(is_block));
    (!fine).then_some("invalid_blocks")
}

fn is_block(block: &Value) -> bool {
    const TEXT: [Field; 2] =
        [Field("type", true, Is::One(&["mrkdwn", "plain_text"])), Field("text", true, Is::Chars(3_000))];
    let short = |value: &Value, most: usize| wrong(value, &TEXT).is_none() && at(value, "text").chars().count() <= most;
    let list = |key: &str, most: usize, each: usize| {
        block[key].as_array().is_some_and(|all| {
            (1..=most).contains(&all.len()) && all.iter().all(|one| at(one, "type") == "image" || short(one, each))
        })
    };
    match at(block, "type") {
        "header" => at(&block["text"], "type") == "plain_text" && short(&block["text"], 150),
        "section" => {
            let words = block.get("text").map(|text| short(text, 3_000));
            let fields = block.get("fields").map(|_| list("fields", 10, 2_000));
            words.or(fields).is_some() && words.unwrap_or(true) && fields.unwrap_or(true)
        }
        "context" => list("elements", 10, 3_000),
        "actions" => block["elements"].as_array().is_some_and(|all| (1..=25).contains(&all.len())),
        "divider" => true,
        _ => false,
    }
}

/// The Web API: `chat.postMessage` and `chat.update`. It answers 200 and says in `ok` what it means.
pub fn slack_bot(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let no = |word: &str| Done::refused(answer(200, &json!({ "ok": false, "error": word })));
    if !asked.is(&Method::POST) {
        return no("unknown_method");
    }
    if !asked.has_bearer(SLACK_TOKEN) {
        return no(if asked.header("authorization").is_empty() { "not_authed" } else { "invalid_auth" });
    }
    let Some(body) = asked.json() else { return no("invalid_json") };
    if at(&body, "channel") != SLACK_CHANNEL {
        return no("channel_not_found");
    }
    if let Some(word) = wrong_words(&body) {
        return no(word);
    }
    let said = |act, timestamp: &str| {
        let body = json!({ "ok": true, "channel": SLACK_CHANNEL, "ts": timestamp, "message": { "type": "message", "ts": timestamp } });
        Done::new(act, timestamp, answer(200, &body))
    };
    match asked.path {
        "/api/chat.update" => {
            let timestamp = at(&body, "ts");
            if desk.knows(timestamp) { said(Act::Edited, timestamp) } else { no("message_not_found") }
        }
        "/api/chat.postMessage" => {
            let parent = at(&body, "thread_ts");
            if !parent.is_empty() && !desk.knows(parent) {
                return no("thread_not_found");
            }
            let timestamp = format!("{}.{:06}", asked.now.as_second(), desk.next());
            let act = if parent.is_empty() { Act::Said } else { Act::Answered };
            // Only what stands by itself may be answered.
            if act == Act::Said {
                desk.keep(&timestamp);
            }
            said(act, &timestamp).of(parent)
        }
        _ => no("unknown_method"),
    }
}

/// Discord's ids are long; what comes after this is a number of ours.
const FIRST_ID: u64 = 1_100_000_000_000_000_000;

pub fn discord(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused =
        |status, code: u32, message: &str| Done::refused(answer(status, &json!({ "message": message, "code": code })));
    let Some(rest) = asked.path.strip_prefix("/api/webhooks/100000000000000001/simulated") else {
        return refused(404, 10_015, "Unknown Webhook");
    };
    let Some(body) = asked.json() else { return refused(400, 50_109, "The request body contains invalid JSON.") };
    if let Some(wrong) = wrong_embeds(&body) {
        let said =
            json!({ "message": "Invalid Form Body", "code": 50_035, "errors": { "_errors": [{ "message": wrong }] } });
        return Done::refused(answer(400, &said));
    }
    let named = |act, id: &str| {
        Done::new(act, id, answer(200, &json!({ "id": id, "type": 0, "channel_id": "1000000000000000001" })))
    };
    if asked.is(&Method::PATCH) {
        return match rest.strip_prefix("/messages/").filter(|id| desk.knows(id)) {
            Some(id) => named(Act::Edited, id),
            None => refused(404, 10_008, "Unknown Message"),
        };
    }
    if !asked.is(&Method::POST) || !rest.is_empty() {
        return refused(405, 0, "405: Method Not Allowed");
    }
    let has_embeds = body["embeds"].as_array().is_some_and(|embeds| !embeds.is_empty());
    if at(&body, "content").is_empty() && !has_embeds {
        return refused(400, 50_006, "Cannot send an empty message");
    }
    let id = (FIRST_ID + desk.next()).to_string();
    desk.keep(&id);
    if asked.asked_for("wait") == "true" {
        named(Act::Said, &id)
    } else {
        Done::new(Act::Said, id, Answer::new(204, "application/json", ""))
    }
}

fn wrong_embeds(body: &Value) -> Option<String> {
    const MESSAGE: [Field; 3] = [
        Field("content", false, Is::Utf16(2_000)),
        Field("username", false, Is::Utf16(80)),
        Field("embeds", false, Is::List(10)),
    ];
    const EMBED: [Field; 5] = [
        Field("title", false, Is::Utf16(256)),
        Field("description", false, Is::Utf16(4_096)),
        Field("url", false, Is::Web),
        Field("fields", false, Is::List(25)),
        Field("footer.text", false, Is::Utf16(2_048)),
    ];
    const FIELD: [Field; 2] = [Field("name", true, Is::Utf16(256)), Field("value", true, Is::Utf16(1_024))];
    let said = |(path, what): (&str, String)| format!("{path} {what}");
    let embeds = body["embeds"].as_array().map(Vec::as_slice).unwrap_or_default();
    let fields = || embeds.iter().flat_map(|embed| embed["fields"].as_array().into_iter().flatten());
    let units = |text: &str| text.encode_utf16().count();
    let all: usize = embeds
        .iter()
        .map(|one| units(at(one, "title")) + units(at(one, "description")) + units(at(one, "footer.text")))
        .chain(fields().map(|one| units(at(one, "name")) + units(at(one, "value"))))
        .sum();
    wrong(body, &MESSAGE)
        .or_else(|| embeds.iter().find_map(|embed| wrong(embed, &EMBED)))
        .or_else(|| fields().find_map(|field| wrong(field, &FIELD)))
        .map(said)
        .or_else(|| (all > 6_000).then(|| "Embed size exceeds maximum size of 6000".to_owned()))
}

/// A workflow that begins with a request: it takes the card and posts it later.
pub fn teams(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |status, code: &str, message: &str| {
        Done::refused(answer(status, &json!({ "error": { "code": code, "message": message } })))
    };
    if asked.path != "/workflows/simulated/triggers/manual/paths/invoke" {
        return refused(404, "WorkflowNotFound", "The workflow could not be found.");
    }
    if asked.asked_for("sig") != "simulated" {
        return refused(
            401,
            "DirectApiAuthorizationRequired",
            "The request must be authenticated only by Shared Access scheme.",
        );
    }
    if asked.body.len() > 28 << 10 {
        return refused(413, "RequestEntityTooLarge", "The request entity is too large.");
    }
    let Some(body) = asked.json().filter(|_| asked.is(&Method::POST)) else {
        return refused(
            400,
            "InvalidRequestContent",
            "The request content is not valid and could not be deserialized.",
        );
    };
    const CARD: [Field; 4] = [
        Field("contentType", true, Is::One(&["application/vnd.microsoft.card.adaptive"])),
        Field("content.type", true, Is::One(&["AdaptiveCard"])),
        Field("content.version", true, Is::One(&["1.0", "1.1", "1.2", "1.3", "1.4", "1.5"])),
        Field("content.body", true, Is::List(200)),
    ];
    let cards = body["attachments"].as_array().map(Vec::as_slice).unwrap_or_default();
    let fault = cards.iter().find_map(|card| wrong(card, &CARD));
    match fault {
        _ if at(&body, "type") != "message" || cards.is_empty() => {
            refused(400, "TriggerInputSchemaMismatch", "The input body does not match its schema definition.")
        }
        Some((path, what)) => refused(400, "TriggerInputSchemaMismatch", &format!("{path} {what}")),
        None => Done::new(Act::Said, desk.id(16), Answer::new(202, "application/json", "")),
    }
}

pub fn google_chat(asked: &Asked<'_>, desk: &mut Desk) -> Done {
    let refused = |code: u16, status: &str, message: &str| {
        Done::refused(answer(code, &json!({ "error": { "code": code, "message": message, "status": status } })))
    };
    const SPACE: &str = "spaces/AAAAWORLD";
    if asked.path != "/v1/spaces/AAAAWORLD/messages" || !asked.is(&Method::POST) {
        return refused(404, "NOT_FOUND", "Requested entity was not found.");
    }
    if (asked.asked_for("key"), asked.asked_for("token")) != ("simulated", "simulated") {
        return refused(403, "PERMISSION_DENIED", "The caller does not have permission");
    }
    let Some(body) = asked.json() else { return refused(400, "INVALID_ARGUMENT", "Invalid JSON payload received.") };
    if asked.body.len() > 32_000 {
        return refused(400, "INVALID_ARGUMENT", "Message is too long.");
    }
    const MESSAGE: [Field; 3] = [
        Field("text", false, Is::Bytes(32_000)),
        Field("cardsV2", false, Is::List(100)),
        Field("thread.threadKey", false, Is::Chars(4_000)),
    ];
    if let Some((path, what)) = wrong(&body, &MESSAGE) {
        return refused(400, "INVALID_ARGUMENT", &format!("Invalid value at 'message.{path}': it {what}"));
    }
    let cards = body["cardsV2"].as_array().map(Vec::as_slice).unwrap_or_default();
    if at(&body, "text").is_empty() && cards.is_empty() {
        return refused(400, "INVALID_ARGUMENT", "Message cannot be empty.");
    }
    let has_sections = |card: &Value| card["card"]["sections"].as_array().is_some_and(|all| !all.is_empty());
    if !cards.iter().all(has_sections) {
        return refused(400, "INVALID_ARGUMENT", "Invalid value at 'message.cards_v2': a card needs sections");
    }
    let option = asked.asked_for("messageReplyOption");
    const OPTIONS: [&str; 3] = ["", "REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD", "REPLY_MESSAGE_OR_FAIL"];
    if !OPTIONS.contains(&option) {
        return refused(400, "INVALID_ARGUMENT", "Invalid value at 'message_reply_option'");
    }
    // Without the option the key is ignored.
    let key = if option.is_empty() { "" } else { at(&body, "thread.threadKey") };
    let known = !key.is_empty() && desk.knows(key);
    if !key.is_empty() {
        desk.keep(key);
    }
    let (id, thread) = (desk.id(11), if key.is_empty() { desk.id(11) } else { key.chars().take(11).collect() });
    let name = format!("{SPACE}/messages/{id}.{id}");
    let said = json!({ "name": name, "thread": { "name": format!("{SPACE}/threads/{thread}") } });
    let act = if known { Act::Answered } else { Act::Said };
    Done::new(act, name, answer(200, &said)).of(key)
}

/// Nobody lives here.
pub fn nobody() -> Done {
    Done::refused(text(404, "Nobody lives here.\n"))
}
