//! What arrived, for people and for programs.

use mail_parser::{Message, MessageParser};
use serde_json::{Value, json};
use tocsin_domain::Timestamp;

use super::cards;
use super::fields::at as at_path;
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
/// Characters of the line above a request.
const HEADING_CHARS: usize = 160;

fn html(text: String, policy: &str) -> Answer {
    let mut answer = Answer::new(200, "text/html; charset=utf-8", text);
    answer.headers.push(("content-security-policy", policy.to_owned()));
    answer
}

/// What the reader of the page asked for in its address.
#[derive(Clone, Copy, Debug, Default)]
pub struct Asked {
    /// Only what came to this kind of receiver.
    pub kind: Option<Kind>,
    /// It loads itself again: only for who wants that, because whoever listens to a page, or reads slowly, would be
    /// thrown back to its beginning.
    pub follows: bool,
}

impl Asked {
    /// From the address, after its question mark.
    pub fn of(query: &str) -> Self {
        let kind = query.split('&').find_map(|part| part.strip_prefix("kind="));
        let kind = kind.and_then(Kind::named);
        Self { kind, follows: query.split('&').any(|part| part == "follow") }
    }

    fn address(self) -> String {
        let kind = self.kind.map(|kind| format!("kind={}", kind.name()));
        let parts: Vec<String> = kind.into_iter().chain(self.follows.then(|| "follow".to_owned())).collect();
        if parts.is_empty() { "/".to_owned() } else { format!("/?{}", parts.join("&amp;")) }
    }
}

/// Everything that arrived, newest first. `places`: the address of each receiver by its kind, for who has sent nothing.
pub fn arrived(all: &[Arrived], asked: Asked, places: &Value) -> Answer {
    let wanted = |one: &&Arrived| asked.kind.is_none_or(|kind| kind == one.kind);
    let messages: String = all.iter().rev().filter(wanted).take(SHOWN).map(message).collect();
    let body = if messages.is_empty() { nothing(asked, places) } else { messages };
    let other = Asked { follows: !asked.follows, ..asked }.address();
    let (again, look) = if asked.follows {
        let stop = format!("Looks again every five seconds. <a href=\"{other}\">Stop</a>");
        ("<meta http-equiv=\"refresh\" content=\"5\">", stop)
    } else {
        let here = asked.address();
        (
            "",
            format!(
                "<a href=\"{here}\">Look again</a> · </span> <span><a href=\"{other}\">Look again every five seconds</a>"
            ),
        )
    };
    let text = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, \
         initial-scale=1\">{again}<title>What arrived</title><meta name=\"color-scheme\" content=\"light dark\"><link \
         rel=\"stylesheet\" href=\"/~style.css\"></head><body><aside class=\"banner\" aria-label=\"Simulated world\">Simulated world: nobody else was told.</aside>\
         <header><h1>What arrived</h1><p class=\"look\">Each message as its reader sees it, newest first. <span>{look}</span></p>\
         <ul class=\"chips\" aria-label=\"Show by receiver\">{}</ul></header><main>{body}</main></body></html>",
        chips(all, asked)
    );
    html(text, POLICY)
}

fn chips(all: &[Arrived], asked: Asked) -> String {
    // Of so many only those that something came to.
    let came = |kind: &&Kind| Some(**kind) == asked.kind || all.iter().any(|one| one.kind == **kind);
    let kinds = std::iter::once(None).chain(Kind::ALL.iter().filter(came).map(|kind| Some(*kind)));
    let chip = |kind: Option<Kind>| {
        let count = all.iter().filter(|one| kind.is_none_or(|kind| kind == one.kind)).count();
        let here = if kind == asked.kind { " aria-current=\"true\"" } else { "" };
        let address = Asked { kind, ..asked }.address();
        format!("<li><a href=\"{address}\"{here}>{} <b>{count}</b></a></li>", kind.map_or("All", Kind::title))
    };
    kinds.map(chip).collect()
}

/// Where a message would have to be sent to arrive here.
fn nothing(asked: Asked, places: &Value) -> String {
    let kinds = Kind::ALL.iter().copied().filter(|kind| asked.kind.is_none_or(|asked| asked == *kind));
    let place = |kind: Kind| {
        let address = places.get(kind.name()).and_then(Value::as_str).unwrap_or_default();
        format!("<div><dt>{}</dt><dd>{}</dd></div>", kind.title(), escaped(address))
    };
    format!(
        "<p class=\"nothing\">Nothing has arrived here yet. Give a channel one of these addresses, and its messages come here; mail comes from a service that has the one for e-mail as its <code>smtp_url</code>. What else each kind must be set to, its tokens and ids, stands under <code>channels</code> in <a href=\"/~world.json\">/~world.json</a>.</p>\
         <dl class=\"places\">{}</dl>",
        kinds.map(place).collect::<String>()
    )
}

fn message(one: &Arrived) -> String {
    let json = one.json();
    let when = at(one).to_jiff();
    let short = when.strftime("%H:%M").to_string();
    let drawn = match one.kind {
        Kind::Slack | Kind::SlackBot => cards::slack(&json, &short),
        Kind::Discord => cards::discord(&json, &short),
        Kind::Teams => cards::teams(&json, &short),
        Kind::Email => mail(one),
        Kind::Mattermost | Kind::RocketChat | Kind::Zulip | Kind::Webex | Kind::Gotify => cards::written(&json, &short),
        Kind::Telegram | Kind::Matrix => cards::marked_up(&json, &short),
        _ => request(one, &json),
    };
    format!(
        "<article class=\"{}\" id=\"m{}\"><p class=\"came\"><b>{}</b> <time datetime=\"{}\">{}</time></p><div class=\"seen\">{drawn}</div></article>",
        one.kind.name(),
        one.number,
        one.kind.title(),
        at(one),
        when.strftime("%-d %b %Y, %H:%M:%S UTC")
    )
}

/// A webhook as a program gets it.
fn request(one: &Arrived, json: &Value) -> String {
    let headers =
        one.headers.iter().map(|(name, value)| format!("<dt>{}</dt><dd>{}</dd>", escaped(name), escaped(value)));
    let headers: String = headers.collect();
    let headers = if headers.is_empty() { headers } else { format!("<dl>{headers}</dl>") };
    let pretty = escaped(&serde_json::to_string_pretty(json).unwrap_or_default());
    format!(
        "<div class=\"request\"><h2>{}</h2><p>{} {}</p>{headers}</div><pre tabindex=\"0\" role=\"region\" aria-label=\"Body of \
         request {}\">{pretty}</pre>",
        escaped(&kind_of(one, json)),
        one.method,
        escaped(&one.to),
        one.number
    )
}

fn at(one: &Arrived) -> Timestamp {
    Timestamp::from_second(one.at_us.div_euclid(1_000_000))
}

/// What a request is about, in one line.
fn kind_of(one: &Arrived, json: &Value) -> String {
    const NAMES: [&str; 10] = [
        "type",
        "title",
        "summary",
        "short_description",
        "entity_display_name",
        "subject",
        "message",
        "Body",
        "Twiml",
        "body",
    ];
    let found = NAMES.iter().map(|name| at_path(json, name));
    let deeper = ["payload.summary", "incident.name", "fields.summary", "annotations.summary", "text"];
    let found = found.chain(deeper.iter().map(|path| at_path(json, path))).find(|words| !words.is_empty());
    let line = found.and_then(|words| words.lines().next()).unwrap_or(one.kind.title());
    let cut = if line.chars().count() > HEADING_CHARS { "…" } else { "" };
    line.chars().take(HEADING_CHARS).chain(cut.chars()).collect()
}

fn parsed(bytes: &[u8]) -> Message<'_> {
    MessageParser::default().parse(bytes).unwrap_or_default()
}

fn mail(one: &Arrived) -> String {
    let mail = parsed(&one.body);
    let subject = escaped(mail.subject().unwrap_or("(no subject)"));
    let text = escaped(&mail.body_text(0).unwrap_or_default());
    let from = mail.from().and_then(|from| from.first());
    let from = from.map(|from| {
        let (name, address) = (from.name().unwrap_or_default(), from.address().unwrap_or_default());
        escaped(format!("{name} <{address}>").trim())
    });
    format!(
        "<div class=\"letter\"><h2>{subject}</h2><dl><dt>From</dt><dd>{}</dd><dt>To</dt><dd>{}</dd></dl></div>\
         <iframe sandbox=\"allow-popups allow-popups-to-escape-sandbox\" title=\"{subject}\" src=\"/~mail/{}\"></iframe>\
         <details><summary>As plain text</summary><pre>{text}</pre></details>",
        from.unwrap_or_default(),
        escaped(&one.to),
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
        "number": one.number, "at": at(one), "at_us": one.at_us, "kind": one.kind.name(), "name": one.name, "to": one.to, "headers": headers,
    });
    if one.kind == Kind::Email {
        let mail = parsed(&one.body);
        entry["subject"] = json!(mail.subject());
        entry["text"] = json!(mail.body_text(0));
        entry["html"] = json!(mail.body_html(0));
    } else {
        entry["json"] = one.json();
        entry["body"] = json!(String::from_utf8_lossy(&one.body));
    }
    entry
}
