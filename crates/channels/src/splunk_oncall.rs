//! Splunk On-Call (once VictorOps): its REST endpoint. An incident is found by its entity.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};
use url::Url;

use crate::alarm::{self, Act, Alarm, Severity};
use crate::limits::{SPLUNK_MESSAGE_CHARS, SPLUNK_NAME_CHARS};
use crate::settings;
use crate::text::{PLAIN, Unit, truncate};
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: SplunkOnCall = SplunkOnCall;

pub(crate) struct SplunkOnCall;

const SETTINGS: &[Setting] = &[Setting {
    key: "url",
    required: true,
    secret: true,
    list: false,
    help: "the address of the REST integration with a routing key at its end: https://alert.victorops.com/integrations/generic/20131114/alert/…/….",
}];

const HOST: &str = "alert.victorops.com";

impl Channel for SplunkOnCall {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        let hint = "`url` is no REST integration of Splunk On-Call: copy it from Integrations, REST, and put one of your \
                    routing keys in place of $routing_key at its end";
        problems.extend(settings::vendor_address(settings, "url", belongs, hint));
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        alarm::messages(notice, |alarm| match alarm.act {
            Act::Raise => Some(crate::json_body(&message(alarm, word(alarm.severity)))),
            Act::Update => None,
            Act::End => Some(crate::json_body(&message(alarm, "RECOVERY"))),
        })
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        crate::post(settings::string(settings, "url"), composed)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, by_body)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, 1))
    }

    fn keeping(&self, _settings: &Value) -> Keeping {
        Keeping::Alarm
    }

    fn is_machine(&self) -> bool {
        true
    }
}

fn belongs(url: &Url) -> bool {
    let parts: Vec<&str> = url.path_segments().map(Iterator::collect).unwrap_or_default();
    let given = |part: &&str| !part.is_empty() && !part.starts_with('$') && !part.starts_with("%24");
    url.host_str() == Some(HOST)
        && matches!(parts.as_slice(), ["integrations", "generic", _, "alert", key, routing] if given(key) && given(routing))
}

/// A warning wakes nobody unless the account says so.
const fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::Error => "CRITICAL",
        Severity::Warning => "WARNING",
        Severity::Info => "INFO",
    }
}

/// `{"result":"success"}`; a failure may come with 200 too.
fn by_body(http: &HttpAnswer) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    match (http.status, body["result"].as_str()) {
        (200..300, Some("success")) => {
            Some(Outcome::Delivered { remote: body["entity_id"].as_str().map(str::to_owned) })
        }
        (200..300, Some(_)) => Some(Outcome::RejectPayload { detail }),
        (200..300, None) => Some(Outcome::Ambiguous { detail: format!("{detail} (Splunk says success)") }),
        _ => None,
    }
}

fn message(alarm: &Alarm<'_>, message_type: &str) -> Value {
    let said = &alarm.said;
    let mut message = json!({
        "message_type": message_type,
        "entity_id": alarm.notice.thread,
        "entity_display_name": truncate(&said.headline, SPLUNK_NAME_CHARS, Unit::Chars),
        "state_message": said.story(&PLAIN, SPLUNK_MESSAGE_CHARS, Unit::Chars),
        "state_start_time": alarm.began().as_second(),
        "monitoring_tool": "Tocsin",
        "provider": said.vendor,
        "severity": alarm.severity.word(),
    });
    for (place, link) in said.links.iter().enumerate() {
        message[format!("vo_annotate.u.{}", link.label)] = Value::from(link.url.as_str());
        if place == 0 {
            message["alert_url"] = Value::from(link.url.as_str());
        }
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_answers() {
        let table = [
            (200, r#"{"result":"success","entity_id":"k"}"#, "delivered"),
            (200, r#"{"result":"failure","message":"Invalid JSON"}"#, "reject"),
            (200, "", "ambiguous"),
            (302, "", "retry"),
            (400, "", "reject"),
            (401, "", "auth"),
            (403, "", "auth"),
            (404, "", "gone"),
            (429, "", "retry"),
            (500, "", "retry"),
        ];
        for (status, body, word) in table {
            assert_eq!(judge::judged(&CHANNEL, status, body), word, "{status} {body}");
        }
    }

    #[test]
    fn settings_that_pass_and_do_not() {
        let base = "https://alert.victorops.com/integrations/generic/20131114/alert";
        settings::complained(
            &CHANNEL,
            &[
                (json!({ "url": format!("{base}/0000-1111/desk") }), ""),
                (json!({ "url": "http://127.0.0.1:9200/splunk" }), ""),
                (json!({ "url": format!("{base}/0000-1111/$routing_key") }), "in place of $routing_key"),
                (json!({ "url": format!("{base}/0000-1111") }), "no REST integration"),
                (json!({ "url": "https://example.com/hook" }), "no REST integration"),
                (json!({}), "`url` is missing"),
            ],
        );
    }

    #[test]
    fn the_key_is_not_shown() {
        let url = "https://alert.victorops.com/integrations/generic/20131114/alert/s3cr3t/desk";
        assert_eq!(
            CHANNEL.redacted(&json!({ "url": url })),
            json!({ "url": "https://alert.victorops.com/integrations/••••" })
        );
    }
}
