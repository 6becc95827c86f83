//! ServiceNow: an incident for each of a vendor's, work notes for what follows, resolved at the end.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::exchange::Method;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};

use crate::alarm::Severity;
use crate::call::{self, request};
use crate::limits::{SERVICENOW_SHORT_CHARS, SERVICENOW_TEXT_CHARS};
use crate::settings;
use crate::text::{PLAIN, Unit, truncate};
use crate::ticket::{self, Step};
use crate::{Attempt, Channel, Composed, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: ServiceNow = ServiceNow;

pub(crate) struct ServiceNow;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "url",
        required: true,
        secret: false,
        list: false,
        help: "the address of the instance, like https://example.service-now.com.",
    },
    Setting {
        key: "user",
        required: false,
        secret: false,
        list: false,
        help: "a user for this alone, with the role to write incidents (itil, or sn_incident_write).",
    },
    Setting { key: "password", required: false, secret: true, list: false, help: "the password of `user`." },
    Setting {
        key: "token",
        required: false,
        secret: true,
        list: false,
        help: "an OAuth bearer token, instead of `user` and `password`.",
    },
    Setting {
        key: "assignment_group",
        required: false,
        secret: false,
        list: false,
        help: "who gets the incident: name or sys_id of a group.",
    },
    Setting {
        key: "caller",
        required: false,
        secret: false,
        list: false,
        help: "whom the incident is opened for, where that is mandatory: user name or sys_id.",
    },
    Setting {
        key: "close_code",
        required: false,
        secret: false,
        list: false,
        help: "the resolution code at the end, as your instance calls it; \"Solution provided\" unless given.",
    },
];

const PATH: &str = "/api/now/table/incident";
const FIELDS: &str = "sysparm_fields=sys_id,number,state";
const USUAL_CODE: &str = "Solution provided";
const IN_PROGRESS: &str = "2";
const RESOLVED: &str = "6";

impl Channel for ServiceNow {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::address(settings, "url").err());
        problems.extend(ticket::one_way_in(settings));
        problems.extend(settings::credential(settings, "token"));
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let alarm = ticket::alarm(notice);
        let said = &alarm.said;
        let safe = |text: String| without_code(&text);
        let story = safe(said.story(&PLAIN, SERVICENOW_TEXT_CHARS, Unit::Chars));
        let headline = safe(said.headline.clone());
        let note = truncate(&format!("{headline}\n\n{story}"), SERVICENOW_TEXT_CHARS, Unit::Chars);
        let grade = match alarm.severity {
            Severity::Critical => "1",
            Severity::Error => "2",
            Severity::Warning | Severity::Info => "3",
        };
        let mut open = json!({
            "short_description": truncate(&headline, SERVICENOW_SHORT_CHARS, Unit::Chars),
            "description": note,
            "impact": grade,
            "urgency": grade,
            "correlation_id": notice.thread,
            "correlation_display": "Tocsin",
            "contact_type": "monitoring",
            "assignment_group": settings::string(settings, "assignment_group").trim(),
            "caller_id": settings::string(settings, "caller").trim(),
        });
        let mut update = json!({ "work_notes": note, "impact": grade, "urgency": grade });
        let code = settings::string(settings, "close_code").trim();
        for fields in [&mut open, &mut update] {
            match ticket::step(notice) {
                Step::Say => {}
                Step::Reopen => fields["state"] = Value::from(IN_PROGRESS),
                Step::Close => {
                    fields["state"] = Value::from(RESOLVED);
                    fields["close_code"] = Value::from(if code.is_empty() { USUAL_CODE } else { code });
                    fields["close_notes"] = Value::from(note.as_str());
                }
            }
            call::without_blanks(fields);
        }
        vec![crate::json_body(&json!({ "open": open, "update": update }))]
    }

    fn ask(&self, settings: &Value, composed: &Composed, attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let stored: Value = serde_json::from_slice(&composed.body).unwrap_or_default();
        let base = settings::base(settings, "url", "");
        let given = |key| settings::string(settings, key).trim();
        let access = match given("token") {
            "" => call::basic(given("user"), given("password")),
            token => call::bearer(token),
        };
        let headers = vec![("accept".to_owned(), "application/json".to_owned()), access];
        match ticket::name(attempt.root) {
            None => request(Method::Post, format!("{base}{PATH}?{FIELDS}"), headers, Some(&stored["open"])),
            Some(id) => request(Method::Patch, format!("{base}{PATH}/{id}?{FIELDS}"), headers, Some(&stored["update"])),
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

/// `[code]` makes a journal show HTML: a vendor's is broken by an invisible space.
fn without_code(text: &str) -> String {
    let lower = text.to_ascii_lowercase();
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for (place, _) in lower.match_indices("[code]") {
        out.push_str(&text[from..=place]);
        out.push('\u{200b}');
        from = place + 1;
    }
    out.push_str(&text[from..]);
    out
}

/// A rule of the instance that refuses a record answers 403 as well: that is no matter of access.
fn by_place(http: &HttpAnswer) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    let words = detail.to_ascii_lowercase();
    match http.status {
        200..300 => match body["result"]["sys_id"].as_str().filter(|id| !id.is_empty()) {
            Some(id) => Some(Outcome::Delivered { remote: Some(id.to_owned()) }),
            None => Some(Outcome::Ambiguous { detail: format!("{detail} (ServiceNow gives each record a sys_id)") }),
        },
        403 if words.contains("business rule") || words.contains("data policy") => {
            Some(Outcome::RejectPayload { detail })
        }
        404 if http.url.contains(&format!("{PATH}/")) => Some(Outcome::RootGone { detail }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &str = "https://example.service-now.com/api/now/table/incident?sysparm_fields=sys_id,number,state";
    const ONE: &str = "https://example.service-now.com/api/now/table/incident/9d385017?sysparm_fields=sys_id";

    #[test]
    fn a_table_of_answers() {
        let record = r#"{"result":{"sys_id":"9d385017","number":"INC0010001"}}"#;
        let rule = r#"{"error":{"message":"Operation Failed","detail":"aborted by Business Rule 'x'"}}"#;
        let policy = r#"{"error":{"detail":"Data Policy Exception: The following fields are mandatory: Caller"}}"#;
        let table = [
            (ALL, 201, record, "delivered"),
            (ONE, 200, record, "delivered"),
            (ALL, 200, "<html>Instance hibernating</html>", "ambiguous"),
            (ALL, 302, "", "retry"),
            (ALL, 400, r#"{"error":{"message":"Invalid table incident"}}"#, "reject"),
            (ALL, 401, "", "auth"),
            (ALL, 403, r#"{"error":{"message":"Insufficient rights"}}"#, "auth"),
            (ALL, 403, rule, "reject"),
            (ALL, 403, policy, "reject"),
            (ALL, 404, "", "gone"),
            (ONE, 404, r#"{"error":{"message":"No Record found"}}"#, "root_gone"),
            (ALL, 429, "", "retry"),
            (ALL, 503, "", "retry"),
        ];
        for (url, status, body, word) in table {
            let http =
                HttpAnswer { status, body: body.as_bytes().to_vec(), url: url.to_owned(), ..HttpAnswer::default() };
            let outcome = CHANNEL.judge(&Answer::Http(http), Timestamp::from_second(0));
            assert_eq!(judge::word(&outcome), word, "{url} {status} {body}");
        }
    }

    #[test]
    fn settings_that_pass_and_do_not() {
        let url = "https://example.service-now.com";
        settings::complained(
            &CHANNEL,
            &[
                (json!({ "url": url, "user": "tocsin", "password": "p" }), ""),
                (json!({ "url": url, "token": "t", "caller": "desk", "assignment_group": "Support" }), ""),
                (json!({ "url": url }), "give either `token`"),
                (json!({ "url": url, "user": "tocsin" }), "needs its `password`"),
                (json!({ "url": url, "user": "tocsin", "password": "p", "token": "t" }), "not both"),
                (json!({ "url": "http://example.service-now.com", "token": "t" }), "must begin with https://"),
                (json!({ "token": "t" }), "`url` is missing"),
            ],
        );
    }

    #[test]
    fn a_journal_shows_no_html_of_a_vendor() {
        assert_eq!(without_code("ä[code]<b>[/code] [CODE]"), "ä[\u{200b}code]<b>[/code] [\u{200b}CODE]");
        assert_eq!(without_code("[codes]"), "[codes]");
    }

    #[test]
    fn secrets_are_not_shown() {
        let settings = json!({ "url": "https://example.service-now.com", "password": "s3cr3t", "token": "s3cr3t" });
        let shown = CHANNEL.redacted(&settings);
        assert!(!shown.to_string().contains("s3cr3t"), "{shown}");
    }
}
