//! A webhook whose body somebody wrote: a template, an address, a method and headers.

mod examples;
mod facts;
mod template;

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAsk, Timestamp};

use crate::settings::{self, problem};
use crate::{Attempt, Channel, Composed, Outcome, Part, Sender, Setting, SettingProblem, judge, text};

pub use examples::notices as template_examples;

pub(crate) static CHANNEL: WebhookTemplate = WebhookTemplate;

pub(crate) struct WebhookTemplate;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "url",
        required: true,
        secret: false,
        list: false,
        help: "the address that takes the messages, like https://example.com/hook.",
    },
    Setting {
        key: "template",
        required: true,
        secret: false,
        list: false,
        help: "the body, in Jinja: {\"text\": {{ headline | tojson }}, \"open\": {{ is_open | tojson }}}; docs/channels.md lists what it may use.",
    },
    Setting {
        key: "content_type",
        required: false,
        secret: false,
        list: false,
        help: "what the body is; application/json if left out, and then every rendered body must be JSON.",
    },
    Setting {
        key: "method",
        required: false,
        secret: false,
        list: false,
        help: "POST, PUT or PATCH; POST if left out.",
    },
    Setting {
        key: "headers",
        required: false,
        secret: true,
        list: true,
        help: "more headers, one a line, like \"X-Api-Key: abc\".",
    },
];

const JSON: &str = "application/json";
/// Headers that are ours or the connection's.
const OURS: [&str; 11] = [
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];

/// The body that a template makes of a notice: what is sent, and what a form may show while it is written.
///
/// # Errors
/// One sentence with line and column.
pub fn preview(template: &str, notice: &Notice) -> Result<String, String> {
    template::rendered(template, &facts::facts(notice))
}

impl Channel for WebhookTemplate {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::address(settings, "url").err());
        if method(settings).is_none() {
            problems.push(problem("method", "`method` is POST, PUT or PATCH"));
        }
        let content_type = content_type(settings);
        if !is_content_type(content_type) {
            problems.push(problem(
                "content_type",
                "`content_type` must be like application/json or text/plain; charset=utf-8",
            ));
        }
        let mut names = Vec::new();
        for line in settings::lines(settings, "headers") {
            let wrong = match header(&line) {
                Err(wrong) => Some(wrong),
                Ok((name, _)) if names.contains(&name) => Some(format!("{name} is named twice")),
                Ok((name, _)) => {
                    names.push(name);
                    None
                }
            };
            problems.extend(wrong.map(|wrong| problem("headers", format!("`headers`: {wrong}"))));
        }
        let template = settings::string(settings, "template");
        if !template.trim().is_empty() {
            let tried = template::tried(template, is_json(content_type));
            problems.extend(tried.err().map(|wrong| problem("template", format!("`template`: {wrong}"))));
        }
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let content_type = content_type(settings);
        let body = preview(settings::string(settings, "template"), notice)
            .and_then(|body| template::sound(body, is_json(content_type)))
            .unwrap_or_else(|wrong| instead(notice, &wrong, is_json(content_type)));
        let content_type = content_type.to_owned();
        vec![Composed { content_type, body: body.into_bytes(), to: String::new(), part: Part::Root }]
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let mut headers = vec![
            ("content-type".to_owned(), composed.content_type.clone()),
            ("user-agent".to_owned(), crate::USER_AGENT.to_owned()),
        ];
        headers.extend(settings::lines(settings, "headers").iter().filter_map(|line| header(line).ok()));
        Ask::Http(HttpAsk {
            key: "deliver".to_owned(),
            method: method(settings).unwrap_or(Method::Post),
            url: settings::string(settings, "url").trim().to_owned(),
            headers,
            body: composed.body.clone(),
        })
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |_| None)
    }

    fn is_machine(&self) -> bool {
        true
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }
}

/// A template that was fine when it was saved and fails on what a vendor wrote: it is said in plain words, with why.
fn instead(notice: &Notice, wrong: &str, is_json: bool) -> String {
    let headline = crate::say::Said::new(notice).headline;
    if is_json {
        json!({ "text": headline, "template_error": wrong }).to_string()
    } else {
        format!("{headline}\n(The template of this channel failed: {wrong})\n")
    }
}

fn method(settings: &Value) -> Option<Method> {
    match settings::string(settings, "method").trim().to_ascii_uppercase().as_str() {
        "" | "POST" => Some(Method::Post),
        "PUT" => Some(Method::Put),
        "PATCH" => Some(Method::Patch),
        _ => None,
    }
}

fn content_type(settings: &Value) -> &str {
    let given = settings::string(settings, "content_type").trim();
    if given.is_empty() { JSON } else { given }
}

fn is_json(content_type: &str) -> bool {
    let kind = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == JSON || kind.ends_with("+json")
}

fn is_content_type(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
    let kind = text.split(';').next().unwrap_or_default().trim();
    plain && kind.split_once('/').is_some_and(|(kind, sub)| is_token(kind) && is_token(sub))
}

fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// `X-Api-Key: abc` in two; the name in lower case. The value is never part of the complaint.
fn header(line: &str) -> Result<(String, String), String> {
    let (name, value) = line.split_once(':').ok_or("each line must be like X-Api-Key: abc")?;
    let (name, value) = (name.trim().to_ascii_lowercase(), value.trim());
    if !is_token(&name) {
        return Err(format!("`{}` is no name of a header", text::one_line(&name)));
    }
    if OURS.contains(&name.as_str()) {
        return Err(format!("{name} cannot be set here"));
    }
    if !value.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Err(format!("the value of {name} must be plain ASCII"));
    }
    Ok((name, value.to_owned()))
}

#[cfg(test)]
mod tests;
