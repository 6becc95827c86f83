//! PagerDuty: alerts by the Events API v2, announced work as change events.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, EventKind, HttpAnswer, Subject, Timestamp};

use crate::alarm::{self, Act, Alarm, UPDATES};
use crate::call::{self, Call};
use crate::limits::{PAGERDUTY_BODY_BYTES, PAGERDUTY_SUMMARY_CHARS};
use crate::say::Said;
use crate::settings::{self, problem};
use crate::text::{Unit, truncate};
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: PagerDuty = PagerDuty;

pub(crate) struct PagerDuty;

const SETTINGS: &[Setting] = &[
    Setting {
        key: "routing_key",
        required: true,
        secret: true,
        list: false,
        help: "the integration key of an \"Events API v2\" integration: 32 letters and digits, from the service's page, Integrations.",
    },
    Setting {
        key: "url",
        required: false,
        secret: false,
        list: false,
        help: "https://events.eu.pagerduty.com where you sign in at eu.pagerduty.com; otherwise leave it out.",
    },
    UPDATES,
];

const USUAL: &str = "https://events.pagerduty.com";
const HOSTS: [&str; 2] = ["events.pagerduty.com", "events.eu.pagerduty.com"];
const KEY_LETTERS: usize = 32;

impl Channel for PagerDuty {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        let key = settings::string(settings, "routing_key").trim();
        let right = key.len() == KEY_LETTERS && key.chars().all(|letter| letter.is_ascii_alphanumeric());
        if !key.is_empty() && !right {
            let hint = "`routing_key` is no integration key: it has 32 letters and digits; copy it from the service's \
                        page, Integrations, Events API v2";
            problems.push(problem("routing_key", hint));
        }
        let hint = "`url` is no Events API of PagerDuty: leave it out, or write https://events.eu.pagerduty.com for an \
                    account in Europe";
        let belongs =
            |url: &url::Url| HOSTS.contains(&url.host_str().unwrap_or_default()) && matches!(url.path(), "" | "/");
        problems.extend(settings::vendor_address(settings, "url", belongs, hint));
        problems.extend(settings::yes_or_no(settings, "updates"));
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        if let Subject::Maintenance(_) = &notice.event.subject {
            return change(notice).into_iter().collect();
        }
        alarm::messages(notice, |alarm| match alarm.act {
            Act::Raise => Some(trigger(alarm)),
            Act::Update => settings::is_yes(settings, "updates").then(|| trigger(alarm)),
            Act::End => Some(Call::post("/v2/enqueue", resolve(notice)).composed()),
        })
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let mut call = Call::stored(composed);
        call.body["routing_key"] = Value::from(settings::string(settings, "routing_key").trim());
        call.ask(settings::base(settings, "url", USUAL), Vec::new())
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

/// Only what says that it was taken was; a key that nobody knows is ours to mend, not the message's fault.
fn by_body(http: &HttpAnswer) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    match http.status {
        200..300 if body["status"] == "success" => {
            Some(Outcome::Delivered { remote: body["dedup_key"].as_str().map(str::to_owned) })
        }
        200..300 => Some(Outcome::Ambiguous { detail: format!("{detail} (PagerDuty says success)") }),
        400 if detail.to_ascii_lowercase().contains("routing") => Some(Outcome::EndpointAuth { detail }),
        _ => None,
    }
}

fn trigger(alarm: &Alarm<'_>) -> Composed {
    let mut body = json!({
        "event_action": "trigger",
        "dedup_key": alarm.notice.thread,
        "client": "Tocsin",
        "client_url": alarm.said.links.first().map(|link| link.url.as_str()),
        "links": alarm.links(),
        "payload": {
            "summary": truncate(&alarm.said.headline, PAGERDUTY_SUMMARY_CHARS, Unit::Chars),
            "source": alarm.said.vendor,
            "severity": alarm.severity.word(),
            "timestamp": alarm.began(),
            "component": alarm.components(3).join(", "),
            "group": alarm.notice.provider.slug,
            "class": alarm.notice.event.kind.word(),
            "custom_details": alarm.details(),
        },
    });
    call::without_blanks(&mut body);
    if body.to_string().len() > PAGERDUTY_BODY_BYTES / 2 {
        body["payload"]["custom_details"] =
            json!({ "Note": "Too long for PagerDuty: the page in Tocsin has all of it." });
    }
    Call::post("/v2/enqueue", body).composed()
}

fn resolve(notice: &Notice) -> Value {
    json!({ "event_action": "resolve", "dedup_key": notice.thread })
}

/// Announced work wakes nobody: it stands beside the service's alerts as a change. A reminder changes nothing.
fn change(notice: &Notice) -> Option<Composed> {
    if notice.event.kind == EventKind::MaintenanceReminder {
        return None;
    }
    let said = Said::new(notice);
    let facts: serde_json::Map<String, Value> =
        said.facts.iter().map(|(label, value)| ((*label).to_owned(), Value::from(value.as_str()))).collect();
    let links: Vec<Value> = said.links.iter().map(|link| json!({ "href": link.url, "text": link.label })).collect();
    let body = json!({
        "payload": {
            "summary": truncate(&said.headline, PAGERDUTY_SUMMARY_CHARS, Unit::Chars),
            "timestamp": notice.event.at,
            "source": said.vendor,
            "custom_details": facts,
        },
        "links": links,
    });
    Some(Call::post("/v2/change/enqueue", body).composed())
}

#[cfg(test)]
mod tests;
