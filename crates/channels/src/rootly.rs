//! Rootly: a generic webhook alert source, which is told by paths where to find what.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, Timestamp};
use url::Url;

use crate::alarm::{self, Act, Alarm, UPDATES};
use crate::call;
use crate::limits::{ROOTLY_DESCRIPTION_CHARS, ROOTLY_TITLE_CHARS};
use crate::settings;
use crate::text::{PLAIN, Unit, truncate};
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Rootly = Rootly;

pub(crate) struct Rootly;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "url",
        required: true,
        secret: true,
        list: false,
        help: "the address of a generic webhook alert source: https://webhooks.rootly.com/webhooks/incoming/generic_webhooks, with /notify/… where it names whom to tell.",
    },
    Setting {
        key: "token",
        required: true,
        secret: true,
        list: false,
        help: "the alert source's secret, sent as a bearer token.",
    },
    UPDATES,
];

impl Channel for Rootly {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        let hint = "`url` is no generic webhook of Rootly: copy the one that begins with \
                    https://webhooks.rootly.com/webhooks/incoming/generic_webhooks from the alert source";
        problems.extend(settings::vendor_address(settings, "url", belongs, hint));
        problems.extend(settings::credential(settings, "token"));
        problems.extend(settings::yes_or_no(settings, "updates"));
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        alarm::messages(notice, |alarm| match alarm.act {
            Act::Update if !settings::is_yes(settings, "updates") => None,
            Act::Raise | Act::Update => Some(crate::json_body(&message(alarm, "firing"))),
            Act::End => Some(crate::json_body(&message(alarm, "resolved"))),
        })
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let mut ask = crate::post(settings::string(settings, "url"), composed);
        if let Ask::Http(http) = &mut ask {
            http.headers.push(call::bearer(settings::string(settings, "token")));
        }
        ask
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |_| None)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, 3))
    }

    fn keeping(&self, _settings: &Value) -> Keeping {
        Keeping::Alarm
    }

    fn is_machine(&self) -> bool {
        true
    }
}

fn belongs(url: &Url) -> bool {
    url.host_str() == Some("webhooks.rootly.com") && url.path().starts_with("/webhooks/incoming/generic_webhooks")
}

/// Flat names, so that every path in the alert source is one word after `$.`.
fn message(alarm: &Alarm<'_>, state: &str) -> Value {
    let (said, notice) = (&alarm.said, alarm.notice);
    let mut message = json!({
        "key": notice.thread,
        "state": state,
        "title": truncate(&said.headline, ROOTLY_TITLE_CHARS, Unit::Chars),
        "description": said.story(&PLAIN, ROOTLY_DESCRIPTION_CHARS, Unit::Chars),
        "url": said.links.first().map(|link| link.url.as_str()),
        "vendor_url": notice.links.vendor.as_deref().and_then(crate::text::web),
        "severity": alarm.severity.word(),
        "provider": notice.provider.slug,
        "provider_name": said.vendor,
        "components": alarm.components(20),
        "event": notice.event.kind.word(),
        "started_at": alarm.began(),
        "at": notice.event.at,
    });
    call::without_blanks(&mut message);
    message
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
            (401, "", "auth"),
            (404, "", "gone"),
            (422, "", "reject"),
            (429, "", "retry"),
            (500, "", "retry"),
        ];
        for (status, body, word) in table {
            assert_eq!(judge::judged(&CHANNEL, status, body), word, "{status} {body}");
        }
    }

    #[test]
    fn settings_that_pass_and_do_not() {
        let url = "https://webhooks.rootly.com/webhooks/incoming/generic_webhooks";
        settings::complained(
            &CHANNEL,
            &[
                (json!({ "url": url, "token": "t" }), ""),
                (json!({ "url": format!("{url}/notify/service/01-ab"), "token": "t" }), ""),
                (json!({ "url": "http://127.0.0.1:9200/rootly", "token": "t" }), ""),
                (json!({ "url": "https://rootly.com/hook", "token": "t" }), "no generic webhook"),
                (json!({ "url": url }), "`token` is missing"),
            ],
        );
    }

    #[test]
    fn secrets_are_not_shown() {
        let url = "https://webhooks.rootly.com/webhooks/incoming/generic_webhooks";
        let shown = CHANNEL.redacted(&json!({ "url": format!("{url}?secret=s3cr3t"), "token": "s3cr3t" }));
        assert_eq!(shown, json!({ "url": format!("{url}?secret=••••"), "token": "••••" }));
    }
}
