//! GitHub: an issue for each incident, comments for what follows, closed at the end.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};

use crate::call::{self, request};
use crate::limits::{GITHUB_BODY_CHARS, GITHUB_TITLE_CHARS};
use crate::settings::{self, problem};
use crate::text::{GITHUB, Unit, escape_github, neutral, truncate};
use crate::ticket::{self, Step};
use crate::{Attempt, Channel, Composed, Outcome, Part, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: GitHubIssue = GitHubIssue;

pub(crate) struct GitHubIssue;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "repository",
        required: true,
        secret: false,
        list: false,
        help: "where the issues go, like example/incidents.",
    },
    Setting {
        key: "token",
        required: true,
        secret: true,
        list: false,
        help: "a fine-grained access token for that repository, with \"Issues: read and write\" and nothing else.",
    },
    Setting {
        key: "labels",
        required: false,
        secret: false,
        list: true,
        help: "labels that every issue gets, like [\"vendor\"]; they must exist.",
    },
    Setting {
        key: "url",
        required: false,
        secret: false,
        list: false,
        help: "the API of a GitHub Enterprise Server, https://github.example.com/api/v3; otherwise leave it out.",
    },
];

const USUAL: &str = "https://api.github.com";

impl Channel for GitHubIssue {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        let repository = settings::string(settings, "repository").trim();
        if !repository.is_empty() && !is_repository(repository) {
            let hint = "`repository` is no repository: write owner/name, as it stands in its address";
            problems.push(problem("repository", hint));
        }
        problems.extend(settings::credential(settings, "token"));
        problems.extend(settings::address(settings, "url").err());
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let alarm = ticket::alarm(notice);
        let said = &alarm.said;
        let headline = format!("**{} {}**", said.tone.sign(), escape_github(&neutral(&said.headline)));
        let story = said.story(&GITHUB, GITHUB_BODY_CHARS - 1_000, Unit::Chars);
        let body = format!("{headline}\n\n{story}");
        let title = format!("{}: {}", said.vendor, said.title);
        let mut messages = vec![crate::json_body(&json!({
            "title": truncate(&title, GITHUB_TITLE_CHARS, Unit::Chars),
            "body": body,
            "labels": settings::strings(settings, "labels"),
        }))];
        let state = match ticket::step(notice) {
            Step::Say => return messages,
            Step::Close => json!({ "state": "closed", "state_reason": "completed" }),
            Step::Reopen => json!({ "state": "open", "state_reason": "reopened" }),
        };
        messages.push(Composed { part: Part::Reply, ..crate::json_body(&state) });
        messages
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let stored: Value = serde_json::from_slice(&composed.body).unwrap_or_default();
        let base = settings::base(settings, "url", USUAL);
        let repository = format!("{base}/repos/{}", settings::string(settings, "repository").trim());
        let headers = vec![
            ("accept".to_owned(), "application/vnd.github+json".to_owned()),
            ("x-github-api-version".to_owned(), "2022-11-28".to_owned()),
            call::bearer(settings::string(settings, "token")),
        ];
        match (ticket::name(attempt.root), stored.get("state").is_some()) {
            (None, false) => request(Method::Post, format!("{repository}/issues"), headers, Some(&stored)),
            (Some(issue), false) => {
                let comment = json!({ "body": stored["body"] });
                request(Method::Post, format!("{repository}/issues/{issue}/comments"), headers, Some(&comment))
            }
            (Some(issue), true) => {
                request(Method::Patch, format!("{repository}/issues/{issue}"), headers, Some(&stored))
            }
            // No issue was ever opened: there is none to close.
            (None, true) => request(Method::Get, repository, headers, None),
        }
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |http| by_place(http, now))
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }

    fn is_machine(&self) -> bool {
        true
    }
}

fn is_repository(text: &str) -> bool {
    let fine = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let named =
        |part: &str| !part.is_empty() && part.len() <= 100 && part != "." && part != ".." && part.chars().all(fine);
    text.split_once('/').is_some_and(|(owner, name)| named(owner) && named(name))
}

/// What an answer means depends on whether an issue was asked for, or all of them.
fn by_place(http: &HttpAnswer, now: Timestamp) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    let words = detail.to_ascii_lowercase();
    let opens = http.url.ends_with("/issues");
    let one = http.url.contains("/issues/");
    match http.status {
        200..=299 if opens => match body["number"].as_i64() {
            Some(number) => Some(Outcome::Delivered { remote: Some(number.to_string()) }),
            None => Some(Outcome::Ambiguous { detail: format!("{detail} (GitHub gives each issue a number)") }),
        },
        200..=299 if body.is_object() => Some(Outcome::Delivered { remote: None }),
        200..=299 => Some(Outcome::Ambiguous { detail }),
        // Moved to another repository, or deleted.
        301 | 404 | 410 if one => Some(Outcome::RootGone { detail }),
        403 | 429 if words.contains("rate limit") || words.contains("abuse") => Some(limited(http, now, detail)),
        403 if words.contains("locked") => Some(Outcome::RejectPayload { detail }),
        _ => None,
    }
}

fn limited(http: &HttpAnswer, now: Timestamp, detail: String) -> Outcome {
    let reset = http.header("x-ratelimit-reset").and_then(|at| at.parse::<i64>().ok());
    #[expect(clippy::cast_precision_loss, reason = "clamped to an hour")]
    let until = reset.and_then(|at| judge::clamped(at.saturating_sub(now.as_second()) as f64));
    match judge::wait(http, now).or(until) {
        Some(seconds) => Outcome::RetryAfter { seconds },
        None => Outcome::Retry { detail, slow: true },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "https://api.github.com/repos/a/b/issues";
    const ONE: &str = "https://api.github.com/repos/a/b/issues/7";
    const COMMENTS: &str = "https://api.github.com/repos/a/b/issues/7/comments";

    fn judged(url: &str, status: u16, body: &str, headers: &[(&str, &str)]) -> Outcome {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let http = HttpAnswer { status, headers, body: body.as_bytes().to_vec(), url: url.to_owned() };
        CHANNEL.judge(&Answer::Http(http), Timestamp::from_second(1_000))
    }

    #[test]
    fn a_table_of_answers() {
        let table = [
            (ALL, 201, r#"{"number":7}"#, "delivered"),
            (ALL, 200, "<html>", "ambiguous"),
            (ALL, 401, r#"{"message":"Bad credentials"}"#, "auth"),
            (ALL, 403, r#"{"message":"Resource not accessible by personal access token"}"#, "auth"),
            (ALL, 403, r#"{"message":"You have exceeded a secondary rate limit"}"#, "retry"),
            (ALL, 404, r#"{"message":"Not Found"}"#, "gone"),
            (ALL, 410, r#"{"message":"Issues has been disabled in this repository."}"#, "gone"),
            (ALL, 422, r#"{"message":"Validation Failed"}"#, "reject"),
            (ALL, 301, "", "retry"),
            (COMMENTS, 201, r#"{"id":1}"#, "delivered"),
            (COMMENTS, 404, r#"{"message":"Not Found"}"#, "root_gone"),
            (COMMENTS, 410, r#"{"message":"This issue was deleted"}"#, "root_gone"),
            (COMMENTS, 301, "", "root_gone"),
            (COMMENTS, 403, r#"{"message":"Unable to create comment because issue is locked."}"#, "reject"),
            (ONE, 200, r#"{"number":7,"state":"closed"}"#, "delivered"),
            (ONE, 429, "", "retry"),
            (ONE, 500, "", "retry"),
        ];
        for (url, status, body, word) in table {
            assert_eq!(judge::word(&judged(url, status, body, &[])), word, "{url} {status} {body}");
        }
    }

    #[test]
    fn the_number_is_kept_of_an_issue_and_of_nothing_else() {
        assert_eq!(judged(ALL, 201, r#"{"number":7}"#, &[]), Outcome::Delivered { remote: Some("7".into()) });
        assert_eq!(judged(COMMENTS, 201, r#"{"id":1,"number":9}"#, &[]), Outcome::Delivered { remote: None });
    }

    #[test]
    fn it_says_how_long_to_wait() {
        let words = r#"{"message":"API rate limit exceeded"}"#;
        let reset = judged(ALL, 403, words, &[("x-ratelimit-reset", "1030")]);
        assert_eq!(reset, Outcome::RetryAfter { seconds: 30 });
        assert_eq!(judged(ALL, 403, words, &[("retry-after", "5")]), Outcome::RetryAfter { seconds: 5 });
    }

    #[test]
    fn settings_that_pass_and_do_not() {
        settings::complained(
            &CHANNEL,
            &[
                (json!({ "repository": "example/incidents", "token": "t" }), ""),
                (
                    json!({ "repository": "a/b.c", "token": "t", "url": "https://github.example.com/api/v3", "labels": ["x"] }),
                    "",
                ),
                (json!({ "repository": "https://github.com/a/b", "token": "t" }), "owner/name"),
                (json!({ "repository": "a/..", "token": "t" }), "owner/name"),
                (json!({ "repository": "a/b" }), "`token` is missing"),
                (json!({ "repository": "a/b", "token": "a b" }), "copy it again"),
            ],
        );
    }

    #[test]
    fn the_token_is_not_shown() {
        let shown = CHANNEL.redacted(&json!({ "repository": "a/b", "token": "s3cr3t" }));
        assert_eq!(shown, json!({ "repository": "a/b", "token": "••••" }));
    }
}
