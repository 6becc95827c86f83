//! Jira: an issue for each incident, comments for what follows, a transition at the end. The API of version 2 is the
//! one that both Jira Cloud and Jira Data Center have.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};

use crate::call::{self, request};
use crate::limits::{JIRA_SUMMARY_CHARS, JIRA_TEXT_CHARS};
use crate::settings::{self, problem};
use crate::text::{JIRA, Unit, escape_jira, truncate};
use crate::ticket::{self, Step};
use crate::{Attempt, Channel, Composed, Outcome, Part, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Jira = Jira;

pub(crate) struct Jira;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "url",
        required: true,
        secret: false,
        list: false,
        help: "the address of the site, like https://example.atlassian.net or https://jira.example.com.",
    },
    Setting { key: "project", required: true, secret: false, list: false, help: "the key of the project, like OPS." },
    Setting {
        key: "token",
        required: true,
        secret: true,
        list: false,
        help: "an API token (Cloud, with `user`) or a personal access token (Data Center, without).",
    },
    Setting {
        key: "user",
        required: false,
        secret: false,
        list: false,
        help: "the e-mail address that the API token belongs to; for Jira Cloud.",
    },
    Setting {
        key: "issue_type",
        required: false,
        secret: false,
        list: false,
        help: "the type of the issues, as the project calls it; \"Task\" unless given.",
    },
    Setting {
        key: "labels",
        required: false,
        secret: false,
        list: true,
        help: "labels that every issue gets, without white space, like [\"vendor\"].",
    },
    Setting {
        key: "close_transition",
        required: false,
        secret: false,
        list: false,
        help: "the transition at the end, by its name or by that of the status it leads to; \"Done\" unless given.",
    },
    Setting {
        key: "reopen_transition",
        required: false,
        secret: false,
        list: false,
        help: "the transition when an incident begins again; without it there is only a comment.",
    },
];

const PATH: &str = "/rest/api/2/issue";
/// Begins what is remembered of a list of transitions.
const WAYS: &str = "transitions ";

impl Channel for Jira {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::address(settings, "url").err());
        problems.extend(settings::credential(settings, "token"));
        let project = settings::string(settings, "project").trim();
        let fine = |letter: char| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_';
        if !project.is_empty() && !project.chars().all(fine) {
            problems
                .push(problem("project", "`project` is the key before the numbers of its issues, like OPS in OPS-12"));
        }
        let spaced = settings::strings(settings, "labels").into_iter().filter(|one| one.contains(char::is_whitespace));
        problems.extend(
            spaced.map(|one| problem("labels", format!("the label `{one}` holds white space: Jira takes none"))),
        );
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let alarm = ticket::alarm(notice);
        let said = &alarm.said;
        let headline = format!("*{}*", escape_jira(&said.headline));
        let text = format!("{headline}\n\n{}", said.story(&JIRA, JIRA_TEXT_CHARS - 1_000, Unit::Chars));
        let kind = settings::string(settings, "issue_type").trim();
        let labels = settings::strings(settings, "labels");
        let mut fields = json!({
            "project": { "key": settings::string(settings, "project").trim() },
            "issuetype": { "name": if kind.is_empty() { "Task" } else { kind } },
            "summary": truncate(&said.headline, JIRA_SUMMARY_CHARS, Unit::Chars),
            "description": text,
        });
        if !labels.is_empty() {
            fields["labels"] = json!(labels);
        }
        let mut messages = vec![crate::json_body(&json!({ "fields": fields, "comment": text }))];
        let way = match ticket::step(notice) {
            Step::Say => "",
            Step::Close => match settings::string(settings, "close_transition").trim() {
                "" => "Done",
                given => given,
            },
            Step::Reopen => settings::string(settings, "reopen_transition").trim(),
        };
        if !way.is_empty() {
            // A transition is asked for by a number, which the issue tells of itself.
            let reply = |message: &Value| Composed { part: Part::Reply, ..crate::json_body(message) };
            messages.push(reply(&json!({ "look_for": way })));
            messages.push(reply(&json!({ "go": way })));
        }
        messages
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let stored: Value = serde_json::from_slice(&composed.body).unwrap_or_default();
        let base = settings::base(settings, "url", "");
        let headers = vec![("accept".to_owned(), "application/json".to_owned()), access(settings)];
        let all = format!("{base}{PATH}");
        let post = |url: String, body: &Value| request(Method::Post, url, headers.clone(), Some(body));
        let get = |url: String| request(Method::Get, url, headers.clone(), None);
        let Some(issue) = ticket::name(attempt.root) else {
            return match stored.get("fields") {
                Some(fields) => post(all, &json!({ "fields": fields })),
                // No issue was ever opened: there is none to close.
                None => get(format!("{base}/rest/api/2/project/{}", settings::string(settings, "project").trim())),
            };
        };
        let one = format!("{all}/{issue}");
        if let Some(comment) = stored.get("comment") {
            return post(format!("{one}/comment"), &json!({ "body": comment }));
        }
        let Some(way) = stored["go"].as_str() else { return get(format!("{one}/transitions")) };
        match number_of(way, attempt.latest) {
            Some(id) => post(format!("{one}/transitions"), &json!({ "transition": { "id": id } })),
            None => get(format!("{one}?fields=status")),
        }
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, by_place)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }

    fn is_machine(&self) -> bool {
        true
    }
}

fn access(settings: &Value) -> (String, String) {
    let given = |key| settings::string(settings, key).trim();
    match given("user") {
        "" => call::bearer(given("token")),
        user => call::basic(user, given("token")),
    }
}

/// The number of the transition of that name, among those that the issue told of.
fn number_of(way: &str, latest: Option<&str>) -> Option<String> {
    let ways: Vec<(String, String)> = serde_json::from_str(latest?.strip_prefix(WAYS)?).ok()?;
    ways.into_iter().find(|(name, _)| name.eq_ignore_ascii_case(way)).map(|(_, id)| id)
}

/// Names (of transitions first, then of the statuses they lead to) with their numbers, as they are remembered.
fn ways(body: &Value) -> Option<String> {
    let list = body.get("transitions")?.as_array()?;
    let of = |name: fn(&Value) -> &Value| {
        list.iter().filter_map(move |one| {
            let id = one["id"].as_str()?;
            Some([truncate(name(one).as_str()?, 100, Unit::Chars), id.to_owned()])
        })
    };
    let ways: Vec<[String; 2]> = of(|one| &one["name"]).chain(of(|one| &one["to"]["name"])).take(60).collect();
    Some(format!("{WAYS}{}", json!(ways)))
}

/// What an answer means depends on what was asked.
fn by_place(http: &HttpAnswer) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    let path = http.url.split('?').next().unwrap_or_default();
    let one = http.url.contains(&format!("{PATH}/"));
    match http.status {
        200..300 if path.ends_with(PATH) => match body["key"].as_str().filter(|key| !key.is_empty()) {
            Some(key) => Some(Outcome::Delivered { remote: Some(key.to_owned()) }),
            None => Some(Outcome::Ambiguous { detail: format!("{detail} (Jira gives each issue a key)") }),
        },
        204 => Some(Outcome::Delivered { remote: None }),
        200..300 => match (ways(&body), body["fields"]["status"].is_object()) {
            (Some(ways), _) => Some(Outcome::Delivered { remote: Some(ways) }),
            (None, true) => Some(stands(&body["fields"]["status"])),
            (None, false) if body.is_object() => Some(Outcome::Delivered { remote: None }),
            (None, false) => Some(Outcome::Ambiguous { detail }),
        },
        404 if one => Some(Outcome::RootGone { detail }),
        _ => None,
    }
}

/// There was no such transition: fine where somebody has closed the issue already.
fn stands(status: &Value) -> Outcome {
    if status["statusCategory"]["key"] == "done" {
        return Outcome::Superseded;
    }
    let name = crate::text::one_line(status["name"].as_str().unwrap_or_default());
    let detail = format!(
        "from its status {name} the issue has no transition of that name: set `close_transition` (or `reopen_transition`) \
         to one that it has"
    );
    Outcome::RejectPayload { detail }
}

#[cfg(test)]
mod tests;
