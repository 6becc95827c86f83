//! FireHydrant: a Signals event source. A signal is found by its idempotency key.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, Timestamp};
use url::Url;

use crate::alarm::{self, Act, Alarm, Severity};
use crate::limits::{FIREHYDRANT_BODY_CHARS, FIREHYDRANT_SUMMARY_CHARS};
use crate::settings;
use crate::text::{GITHUB, Unit, truncate};
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: FireHydrant = FireHydrant;

pub(crate) struct FireHydrant;

const SETTINGS: &[Setting] = &[Setting {
    key: "url",
    required: true,
    secret: true,
    list: false,
    help: "the webhook address of a Signals event source: Signals, Event Sources, Webhook.",
}];

impl Channel for FireHydrant {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        let hint = "`url` is no event source of FireHydrant: copy it from Signals, Event Sources, Webhook; its host ends \
                    with firehydrant.com or firehydrant.io";
        problems.extend(settings::vendor_address(settings, "url", belongs, hint));
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        alarm::messages(notice, |alarm| match alarm.act {
            Act::Raise => Some(crate::json_body(&message(alarm, level(alarm.severity), "OPEN"))),
            Act::Update => None,
            Act::End => Some(crate::json_body(&message(alarm, "INFO", "CLOSED"))),
        })
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        crate::post(settings::string(settings, "url"), composed)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |_| None)
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
    let host = url.host_str().unwrap_or_default();
    host.ends_with(".firehydrant.com") || host.ends_with(".firehydrant.io")
}

const fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "FATAL",
        Severity::Error => "ERROR",
        Severity::Warning => "WARN",
        Severity::Info => "INFO",
    }
}

fn message(alarm: &Alarm<'_>, level: &str, status: &str) -> Value {
    let (said, notice) = (&alarm.said, alarm.notice);
    let mut tags = vec![format!("provider:{}", notice.provider.slug), format!("severity:{}", alarm.severity.word())];
    tags.extend(alarm.components(20).iter().map(|name| format!("component:{name}")));
    json!({
        "summary": truncate(&said.headline, FIREHYDRANT_SUMMARY_CHARS, Unit::Chars),
        "body": said.story(&GITHUB, FIREHYDRANT_BODY_CHARS, Unit::Chars),
        "level": level,
        "status": status,
        "idempotency_key": notice.thread,
        "links": alarm.links(),
        "tags": tags,
        "images": [],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_answers() {
        let table = [
            (200, "", "delivered"),
            (202, "{}", "delivered"),
            (302, "", "retry"),
            (400, "", "reject"),
            (401, "", "auth"),
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
        settings::complained(
            &CHANNEL,
            &[
                (json!({ "url": "https://signals.firehydrant.com/v1/process/abc" }), ""),
                (json!({ "url": "http://127.0.0.1:9200/firehydrant" }), ""),
                (json!({ "url": "https://firehydrant.com.example.com/x" }), "no event source"),
                (json!({}), "`url` is missing"),
            ],
        );
    }

    #[test]
    fn the_token_is_not_shown() {
        let shown = CHANNEL.redacted(&json!({ "url": "https://signals.firehydrant.com/v1/process/s3cr3t" }));
        assert_eq!(shown, json!({ "url": "https://signals.firehydrant.com/v1/••••" }));
    }
}
