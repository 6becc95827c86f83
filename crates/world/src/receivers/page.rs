//! What arrived, for people and for programs.

use mail_parser::{Message, MessageParser};
use serde_json::{Value, json};
use tocsin_domain::Timestamp;

use super::cards;
use super::markup::escaped;
use super::{Arrived, Kind};
use crate::reply::Answer;

/// The page loads its style, and the mails it shows.
const POLICY: &str = "default-src 'none'; style-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'";
/// A mail's HTML brings its own style and nothing else.
const MAIL_POLICY: &str =
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:";
/// The newest so many are shown.
const SHOWN: usize = 60;

fn html(text: String, policy: &str) -> Answer {
    let mut answer = Answer::new(200, "text/html; charset=utf-8", text);
    answer.headers.push(("content-security-policy", policy.to_owned()));
    answer
}

/// Everything that arrived, newest first. It loads itself again only where the reader wants that (`follows`): who listens
/// to a page, or reads slowly, would otherwise be thrown back to its beginning.
pub fn arrived(all: &[Arrived], follows: bool) -> Answer {
    let counts = Kind::ALL.map(|kind| {
        let count = all.iter().filter(|one| one.kind == kind).count();
        format!("<li class=\"{0}\">{0} <strong>{count}</strong></li>", kind.name())
    });
    let messages: String = all.iter().rev().take(SHOWN).map(message).collect();
    let nothing = if all.is_empty() { "<p>Nothing has arrived yet.</p>" } else { "" };
    let (again, look) = if follows {
        ("<meta http-equiv=\"refresh\" content=\"5\">", "<a href=\"/\">Stop looking again every five seconds</a>")
    } else {
        ("", "<a href=\"/\">Look again</a> · <a href=\"/?follow\">Look again every five seconds</a>")
    };
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, \
         initial-scale=1\">{again}<title>What arrived</title><link rel=\"stylesheet\" \
         href=\"/~style.css\"></head><body><header><p>Simulated world: nobody else was told.</p><h1>What arrived</h1>\
         <ul>{}</ul><p>{look}</p></header><main>{nothing}{messages}</main></body></html>",
        counts.concat()
    );
    html(text, POLICY)
}

fn message(one: &Arrived) -> String {
    let json: Value = serde_json::from_slice(&one.body).unwrap_or_default();
    let (to, drawn) = match one.kind {
        Kind::Slack => (String::new(), cards::slack(&json)),
        Kind::Discord => (String::new(), cards::discord(&json)),
        Kind::Teams => (String::new(), cards::teams(&json)),
        Kind::Email => (format!("to {} ", escaped(&one.to)), mail(one)),
        Kind::Webhook => {
            let pretty = escaped(&serde_json::to_string_pretty(&json).unwrap_or_default());
            let body = format!("<details><summary>Its body</summary><pre>{pretty}</pre></details>");
            (escaped(&one.to), format!("<h2>{}</h2>{body}", escaped(kind_of(&json))))
        }
    };
    format!(
        "<article class=\"{0}\" id=\"m{1}\"><p class=\"small\"><strong>{0}</strong> {to} <time datetime=\"{2}\">{3}</time></p>{drawn}</article>",
        one.kind.name(),
        one.number,
        at(one),
        at(one).to_jiff().strftime("%-d %b %Y, %H:%M:%S UTC")
    )
}

fn at(one: &Arrived) -> Timestamp {
    Timestamp::from_second(one.at_us.div_euclid(1_000_000))
}

fn kind_of(webhook: &Value) -> &str {
    webhook.get("type").and_then(Value::as_str).unwrap_or("A webhook")
}

fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap_or_default()
}

fn mail(one: &Arrived) -> String {
    let mail = parsed(&one.body);
    let subject = escaped(mail.subject().unwrap_or("(no subject)"));
    let text = escaped(&mail.body_text(0).unwrap_or_default());
    format!(
        "<h2>{subject}</h2><iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\" title=\"{subject}\" src=\"/~mail/{}\"></iframe>\
         <details><summary>As plain text</summary><pre>{text}</pre></details>",
        one.number
    )
}

/// The HTML of a mail, as its reader's program would show it: it may load nothing.
pub fn mail_html(bytes: &[u8]) -> Option<Answer> {
    let mail = parsed(bytes);
    Some(html(mail.body_html(0)?.into_owned(), MAIL_POLICY))
}

/// For programs: `[{number, at, kind, to, headers, …}]`, oldest first; JSON messages as `json`, mails in their parts.
pub fn json(all: &[Arrived]) -> Value {
    all.iter().map(entry).collect()
}

fn entry(one: &Arrived) -> Value {
    let headers: Value = one.headers.iter().map(|(name, value)| (name.clone(), Value::String(value.clone()))).collect();
    let mut entry = json!({
        "number": one.number, "at": at(one), "at_us": one.at_us, "kind": one.kind.name(), "to": one.to, "headers": headers,
    });
    if one.kind == Kind::Email {
        let mail = parsed(&one.body);
        entry["subject"] = json!(mail.subject());
        entry["text"] = json!(mail.body_text(0));
        entry["html"] = json!(mail.body_html(0));
    } else {
        entry["json"] = serde_json::from_slice(&one.body).unwrap_or_default();
        entry["body"] = json!(String::from_utf8_lossy(&one.body));
    }
    entry
}
