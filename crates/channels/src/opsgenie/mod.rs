//! Opsgenie and Jira Service Management: one alert API under two addresses. An alert is found by its alias.

pub(crate) mod jsm;

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{Answer, Ask, EventKind, HttpAnswer, Subject, Timestamp};
use url::Url;

use crate::alarm::{self, Act, Alarm, Severity};
use crate::call::Call;
use crate::limits::{
    OPSGENIE_DESCRIPTION_CHARS, OPSGENIE_ENTITY_CHARS, OPSGENIE_MESSAGE_CHARS, OPSGENIE_NOTE_CHARS,
    OPSGENIE_SOURCE_CHARS, OPSGENIE_TAG_CHARS, OPSGENIE_TAGS,
};
use crate::settings::{self, problem};
use crate::text::{PLAIN, Unit, truncate};
use crate::{Attempt, Channel, Composed, Keeping, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: Alerts = Alerts {
    settings: &[
        KEY,
        Setting {
            key: "url",
            required: false,
            secret: false,
            list: false,
            help: "https://api.eu.opsgenie.com where you sign in at app.eu.opsgenie.com; otherwise leave it out.",
        },
        PRIORITIES,
        TAGS,
    ],
    usual: "https://api.opsgenie.com",
    path: "/v2/alerts",
    hosts: &["api.opsgenie.com", "api.eu.opsgenie.com"],
    hint: "`url` is no address of Opsgenie: leave it out, or write https://api.eu.opsgenie.com for an account in Europe",
};

/// One of the two.
pub(crate) struct Alerts {
    settings: &'static [Setting],
    usual: &'static str,
    path: &'static str,
    hosts: &'static [&'static str],
    hint: &'static str,
}

const KEY: Setting = Setting {
    key: "api_key",
    required: true,
    secret: true,
    list: false,
    help: "the key of an API integration of the team that is to be woken: Teams, Integrations, API.",
};
const PRIORITIES: Setting = Setting {
    key: "priorities",
    required: false,
    secret: false,
    list: true,
    help: "the priorities of critical, major and other incidents, worst first; [\"P1\", \"P2\", \"P3\"] unless given.",
};
const TAGS: Setting = Setting {
    key: "tags",
    required: false,
    secret: false,
    list: true,
    help: "tags that every alert of this channel has, for your routing rules.",
};

const USUAL_PRIORITIES: [&str; 3] = ["P1", "P2", "P3"];
const LOWEST: &str = "P5";

impl Channel for Alerts {
    fn settings(&self) -> &'static [Setting] {
        self.settings
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, self.settings);
        problems.extend(settings::credential(settings, "api_key"));
        let belongs =
            |url: &Url| self.hosts.contains(&url.host_str().unwrap_or_default()) && matches!(url.path(), "" | "/");
        problems.extend(settings::vendor_address(settings, "url", belongs, self.hint));
        let priorities = settings::strings(settings, "priorities");
        let known = |one: &String| matches!(one.as_str(), "P1" | "P2" | "P3" | "P4" | "P5");
        if !priorities.is_empty() && (priorities.len() != USUAL_PRIORITIES.len() || !priorities.iter().all(known)) {
            let hint = "`priorities` are three of P1 to P5, for critical, major and other incidents, like \
                        [\"P1\", \"P2\", \"P3\"]";
            problems.push(problem("priorities", hint));
        }
        let long =
            settings::strings(settings, "tags").into_iter().filter(|tag| Unit::Chars.of(tag) > OPSGENIE_TAG_CHARS);
        problems.extend(
            long.map(|tag| problem("tags", format!("the tag `{tag}` is longer than {OPSGENIE_TAG_CHARS} characters"))),
        );
        problems
    }

    fn compose(&self, settings: &Value, notice: &Notice, _sender: &Sender) -> Vec<Composed> {
        let mut messages = alarm::messages(notice, |alarm| match alarm.act {
            Act::Raise => Some(Call::post(self.path, created(settings, alarm)).composed()),
            Act::Update => None,
            Act::End => Some(Call::post(self.to(&notice.thread, "close"), closed(alarm)).composed()),
        });
        // An alert that is there already keeps its priority when it is raised again, unless it is set.
        if raised_before(notice) && !messages.is_empty() {
            let alarm = Alarm::new(Act::Raise, notice);
            let body = json!({ "priority": priority(settings, alarm.severity) });
            messages.push(Call::put(self.to(&notice.thread, "priority"), body).reply());
        }
        messages
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        let key = format!("GenieKey {}", settings::string(settings, "api_key").trim());
        let base = settings::base(settings, "url", self.usual);
        Call::stored(composed).ask(base, vec![("authorization".to_owned(), key)])
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, by_status)
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, self.settings, |url| settings::cut(url, usize::MAX))
    }

    fn keeping(&self, _settings: &Value) -> Keeping {
        Keeping::Alarm
    }

    fn is_machine(&self) -> bool {
        true
    }
}

impl Alerts {
    fn to(&self, alias: &str, what: &str) -> String {
        format!("{}/{alias}/{what}?identifierType=alias", self.path)
    }
}

/// It is accepted, not yet done; an alert that nobody knows cannot be closed, and need not be.
fn by_status(http: &HttpAnswer) -> Option<Outcome> {
    let body: Value = serde_json::from_slice(&http.body).unwrap_or_default();
    let detail = judge::detail(http);
    match http.status {
        200..300 => match body.get("requestId").and_then(Value::as_str) {
            Some(_) => Some(Outcome::Delivered { remote: None }),
            None => Some(Outcome::Ambiguous { detail: format!("{detail} (a request is given an id)") }),
        },
        404 if detail.to_ascii_lowercase().contains("alert") => Some(Outcome::Superseded),
        _ => None,
    }
}

/// It got worse or better, and was raised earlier.
fn raised_before(notice: &Notice) -> bool {
    let event = &notice.event;
    let open = matches!(&event.subject, Subject::Incident(incident) if incident.is_open());
    let changed = event.kind == EventKind::IncidentImpactChanged
        || event.changes.contains(&EventKind::IncidentImpactChanged)
        || event.kind == EventKind::IncidentReopened;
    open && changed
}

fn priority(settings: &Value, severity: Severity) -> String {
    let given = settings::strings(settings, "priorities");
    let place = match severity {
        Severity::Critical => 0,
        Severity::Error => 1,
        Severity::Warning => 2,
        Severity::Info => return LOWEST.to_owned(),
    };
    given.get(place).cloned().unwrap_or_else(|| USUAL_PRIORITIES[place].to_owned())
}

fn created(settings: &Value, alarm: &Alarm<'_>) -> Value {
    let said = &alarm.said;
    let cut = |text: &str, most: usize| truncate(text, most, Unit::Chars);
    let mut tags = settings::strings(settings, "tags");
    tags.push(cut(&alarm.notice.provider.slug, OPSGENIE_TAG_CHARS));
    tags.extend(alarm.components(OPSGENIE_TAGS).iter().map(|name| cut(&name.replace(',', ";"), OPSGENIE_TAG_CHARS)));
    let mut seen = Vec::new();
    for tag in tags {
        if !tag.is_empty() && !seen.contains(&tag) && seen.len() < OPSGENIE_TAGS {
            seen.push(tag);
        }
    }
    let mut details: serde_json::Map<String, Value> =
        said.facts.iter().map(|(label, value)| ((*label).to_owned(), Value::from(value.as_str()))).collect();
    details.extend(said.links.iter().map(|link| (link.label.clone(), Value::from(link.url.as_str()))));
    json!({
        "message": cut(&said.headline, OPSGENIE_MESSAGE_CHARS),
        "alias": alarm.notice.thread,
        "description": said.story(&PLAIN, OPSGENIE_DESCRIPTION_CHARS, Unit::Chars),
        "priority": priority(settings, alarm.severity),
        "entity": cut(&said.vendor, OPSGENIE_ENTITY_CHARS),
        "source": cut("Tocsin", OPSGENIE_SOURCE_CHARS),
        "tags": seen,
        "details": details,
    })
}

fn closed(alarm: &Alarm<'_>) -> Value {
    let note = format!("{}\n\n{}", alarm.said.headline, alarm.said.story(&PLAIN, OPSGENIE_NOTE_CHARS, Unit::Chars));
    json!({ "note": truncate(&note, OPSGENIE_NOTE_CHARS, Unit::Chars), "source": "Tocsin" })
}

#[cfg(test)]
mod tests;
