//! Grafana IRM and OnCall: a formatted webhook. Alerts of one id make one group.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, Timestamp};

use crate::alarm::{self, Act, Alarm, UPDATES};
use crate::call;
use crate::limits::{GRAFANA_MESSAGE_CHARS, GRAFANA_TITLE_CHARS};
use crate::settings;
use crate::text::{GITHUB, Unit, truncate};
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: GrafanaIrm = GrafanaIrm;

pub(crate) struct GrafanaIrm;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "url",
        required: true,
        secret: true,
        list: false,
        help: "the address of a \"Formatted webhook\" integration: https://…/integrations/v1/formatted_webhook/…/.",
    },
    UPDATES,
];

impl Channel for GrafanaIrm {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        // Whoever runs it at home has a host of their own, and perhaps a path before the usual one.
        let hint = "`url` is no formatted webhook of Grafana: copy the one with /integrations/v1/formatted_webhook/ in it \
                    from IRM, Integrations";
        let belongs = |url: &url::Url| url.path().contains("/formatted_webhook/");
        problems.extend(settings::vendor_address(settings, "url", belongs, hint));
        problems.extend(settings::yes_or_no(settings, "updates"));
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        alarm::messages(notice, |alarm| match alarm.act {
            Act::Update if !settings::is_yes(settings, "updates") => None,
            Act::Raise | Act::Update => Some(crate::json_body(&message(alarm, "alerting"))),
            Act::End => Some(crate::json_body(&message(alarm, "ok"))),
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

/// The fields that Grafana knows, and some for routes and templates.
fn message(alarm: &Alarm<'_>, state: &str) -> Value {
    let (said, notice) = (&alarm.said, alarm.notice);
    let mut message = json!({
        "alert_uid": notice.thread,
        "title": truncate(&said.headline, GRAFANA_TITLE_CHARS, Unit::Chars),
        "state": state,
        "link_to_upstream_details": said.links.first().map(|link| link.url.as_str()),
        "message": said.story(&GITHUB, GRAFANA_MESSAGE_CHARS, Unit::Chars),
        "severity": alarm.severity.word(),
        "provider": notice.provider.slug,
        "components": alarm.components(20),
        "event": notice.event.kind.word(),
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
            (200, "Ok.", "delivered"),
            (302, "", "retry"),
            (400, "", "reject"),
            (403, "Integration was not found", "auth"),
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
        let cloud = "https://oncall-prod-us-central-0.grafana.net/oncall/integrations/v1/formatted_webhook/abc/";
        settings::complained(
            &CHANNEL,
            &[
                (json!({ "url": cloud }), ""),
                (json!({ "url": "https://oncall.example.com/integrations/v1/formatted_webhook/abc/" }), ""),
                (json!({ "url": "http://10.0.0.7:8080/hook", "updates": "no" }), ""),
                (json!({ "url": "https://oncall.example.com/integrations/v1/webhook/abc/" }), "no formatted webhook"),
                (json!({}), "`url` is missing"),
            ],
        );
    }

    #[test]
    fn the_token_is_not_shown() {
        let url = "https://oncall.example.com/integrations/v1/formatted_webhook/s3cr3t/";
        assert_eq!(
            CHANNEL.redacted(&json!({ "url": url })),
            json!({ "url": "https://oncall.example.com/integrations/••••" })
        );
    }
}
