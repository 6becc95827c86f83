//! incident.io: an HTTP alert source. An alert is found by its deduplication key.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, HttpAnswer, Timestamp};
use url::Url;

use crate::alarm::{self, Act, Alarm, UPDATES};
use crate::call;
use crate::limits::{INCIDENT_IO_DESCRIPTION_CHARS, INCIDENT_IO_TITLE_CHARS};
use crate::settings;
use crate::text::{GITHUB, Unit, truncate};
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: IncidentIo = IncidentIo;

pub(crate) struct IncidentIo;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "url",
        required: true,
        secret: false,
        list: false,
        help: "the address of an HTTP alert source: https://api.incident.io/v2/alert_events/http/….",
    },
    Setting {
        key: "token",
        required: true,
        secret: true,
        list: false,
        help: "the token that stands beside the address in the alert source's page.",
    },
    UPDATES,
];

impl Channel for IncidentIo {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        let hint = "`url` is no alert source of incident.io: copy the one that begins with \
                    https://api.incident.io/v2/alert_events/http/ from Alerts, Sources, HTTP";
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
        judge::http(answer, now, by_body)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, usize::MAX))
    }

    fn keeping(&self, _settings: &Value) -> Keeping {
        Keeping::Alarm
    }

    fn is_machine(&self) -> bool {
        true
    }
}

fn belongs(url: &Url) -> bool {
    url.host_str() == Some("api.incident.io") && url.path().starts_with("/v2/alert_events/http/")
}

fn by_body(http: &HttpAnswer) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    match http.status {
        200..300 if body["status"] == "success" => {
            Some(Outcome::Delivered { remote: body["deduplication_key"].as_str().map(str::to_owned) })
        }
        200..300 => Some(Outcome::Ambiguous { detail: format!("{} (incident.io says success)", judge::detail(http)) }),
        _ => None,
    }
}

fn message(alarm: &Alarm<'_>, status: &str) -> Value {
    let (said, notice) = (&alarm.said, alarm.notice);
    let mut message = json!({
        "title": truncate(&said.headline, INCIDENT_IO_TITLE_CHARS, Unit::Chars),
        "status": status,
        "deduplication_key": notice.thread,
        "description": said.story(&GITHUB, INCIDENT_IO_DESCRIPTION_CHARS, Unit::Chars),
        "source_url": said.links.first().map(|link| link.url.as_str()),
        "metadata": {
            "provider": notice.provider.slug,
            "provider_name": said.vendor,
            "severity": alarm.severity.word(),
            "event": notice.event.kind.word(),
            "components": alarm.components(20),
            "vendor_page": notice.links.vendor.as_deref().and_then(crate::text::web),
        },
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
            (202, r#"{"status":"success","message":"Event accepted","deduplication_key":"k"}"#, "delivered"),
            (202, "", "ambiguous"),
            (200, "<html>proxy</html>", "ambiguous"),
            (302, "", "retry"),
            (401, r#"{"type":"authentication_error"}"#, "auth"),
            (404, r#"{"type":"not_found"}"#, "gone"),
            (413, "", "reject"),
            (422, r#"{"type":"validation_error"}"#, "reject"),
            (429, r#"{"type":"too_many_requests"}"#, "retry"),
            (500, "", "retry"),
        ];
        for (status, body, word) in table {
            assert_eq!(judge::judged(&CHANNEL, status, body), word, "{status} {body}");
        }
    }

    #[test]
    fn settings_that_pass_and_do_not() {
        let url = "https://api.incident.io/v2/alert_events/http/01ABC";
        settings::complained(
            &CHANNEL,
            &[
                (json!({ "url": url, "token": "t" }), ""),
                (json!({ "url": "http://127.0.0.1:9200/incident", "token": "t", "updates": "yes" }), ""),
                (json!({ "url": "https://app.incident.io/x", "token": "t" }), "no alert source"),
                (json!({ "url": url }), "`token` is missing"),
                (json!({ "url": url, "token": "a\nb" }), "copy it again"),
                (json!({ "url": url, "token": "t", "updates": "maybe" }), "\"yes\" or \"no\""),
            ],
        );
    }

    #[test]
    fn the_token_is_not_shown() {
        let url = "https://api.incident.io/v2/alert_events/http/01ABC";
        let shown = CHANNEL.redacted(&json!({ "url": format!("{url}?token=s3cr3t"), "token": "s3cr3t" }));
        assert_eq!(shown, json!({ "url": format!("{url}?token=••••"), "token": "••••" }));
    }
}
