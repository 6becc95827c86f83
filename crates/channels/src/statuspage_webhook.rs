//! The webhook that Atlassian Statuspage sends to subscribers: what takes that takes ours.

use serde_json::{Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{
    Answer, Ask, ComponentRef, Event, Health, Impact, Incident, Maintenance, MaintenanceStage, Stage, Subject,
    Timestamp, ids,
};

use crate::limits::{STATUSPAGE_BODY_CHARS, STATUSPAGE_COMPONENTS, STATUSPAGE_UPDATES};
use crate::settings;
use crate::text::{self, Unit, truncate};
use crate::{Attempt, Channel, Composed, Outcome, Sender, Setting, SettingProblem, judge};

pub(crate) static CHANNEL: StatuspageWebhook = StatuspageWebhook;

pub(crate) struct StatuspageWebhook;

const SETTINGS: &[Setting] = &[Setting {
    key: "url",
    required: true,
    secret: true,
    list: false,
    help: "an address that takes the webhooks of a Statuspage: of FireHydrant, Zulip, or a program of yours. What it says is not signed, as theirs is not.",
}];

impl Channel for StatuspageWebhook {
    fn settings(&self) -> &'static [Setting] {
        SETTINGS
    }

    fn validate(&self, settings: &Value) -> Vec<SettingProblem> {
        let mut problems = settings::shape(settings, SETTINGS);
        problems.extend(settings::address(settings, "url").err());
        problems
    }

    fn compose(&self, _settings: &Value, notice: &Notice, sender: &Sender) -> Vec<Composed> {
        told(notice, sender).map(|body| crate::json_body(&body)).into_iter().collect()
    }

    fn ask(&self, settings: &Value, composed: &Composed, _attempt: &Attempt<'_>, _sender: &Sender) -> Ask {
        crate::post(settings::string(settings, "url"), composed)
    }

    fn judge(&self, answer: &Answer, now: Timestamp) -> Outcome {
        judge::http(answer, now, |_| None)
    }

    fn is_machine(&self) -> bool {
        true
    }

    fn redacted(&self, settings: &Value) -> Value {
        settings::redacted(settings, SETTINGS, |url| settings::cut(url, 1))
    }
}

/// `None`: a Statuspage has no word for it (a page that cannot be read, a warning of ours, a digest).
fn told(notice: &Notice, sender: &Sender) -> Option<Value> {
    let event = &notice.event;
    let mut body = match &event.subject {
        Subject::Incident(incident) => json!({ "incident": incident_json(notice, incident) }),
        Subject::Maintenance(work) => json!({ "incident": maintenance_json(notice, work) }),
        Subject::Component(change) => component_json(notice, &change.component, change.before, change.after),
        Subject::Test => json!({ "incident": test(notice) }),
        Subject::Page(_) | Subject::Warning(_) | Subject::Digest(_) | Subject::Channel(_) => return None,
    };
    let (indicator, description) = indicator(event);
    body["meta"] = json!({
        "unsubscribe": sender.base_url,
        "documentation": "https://help.statuspage.io/knowledge_base/topics/webhook-notifications",
        "generated_at": time(Some(event.at)),
    });
    body["page"] = json!({
        "id": page_id(notice),
        "name": name(&notice.provider.name),
        "status_indicator": indicator,
        "status_description": description,
    });
    Some(body)
}

/// Twelve letters and digits, as theirs are, always the same for the same thing.
fn id(parts: &[&[u8]]) -> String {
    ids::hash_hex(parts).chars().take(12).collect()
}

fn page_id(notice: &Notice) -> String {
    id(&[b"page", notice.provider.slug.as_bytes()])
}

/// With milliseconds, as theirs are.
fn time(at: Option<Timestamp>) -> Value {
    at.map_or(Value::Null, |at| Value::from(at.to_string().replace('Z', ".000Z")))
}

fn name(text: &str) -> String {
    truncate(&text::one_line(text), 200, Unit::Chars)
}

/// How the page is by what this event says of it; whether it is well otherwise is not known here.
fn indicator(event: &Event) -> (&'static str, &'static str) {
    let impact = match &event.subject {
        Subject::Incident(incident) if incident.is_open() => incident.impact,
        Subject::Maintenance(work)
            if matches!(work.stage, MaintenanceStage::InProgress | MaintenanceStage::Verifying) =>
        {
            return ("maintenance", "Service Under Maintenance");
        }
        Subject::Component(change) => match change.after {
            Health::MajorOutage => Impact::Critical,
            Health::PartialOutage => Impact::Major,
            Health::Degraded => Impact::Minor,
            Health::Maintenance => return ("maintenance", "Service Under Maintenance"),
            Health::Operational | Health::Unknown => Impact::None,
        },
        _ => Impact::None,
    };
    match impact {
        Impact::None => ("none", "All Systems Operational"),
        Impact::Minor => ("minor", "Minor Service Outage"),
        Impact::Major => ("major", "Partial System Outage"),
        Impact::Critical => ("critical", "Major System Outage"),
    }
}

/// Statuspage's word for a health.
const fn status(health: Health) -> &'static str {
    match health {
        Health::Operational | Health::Unknown => "operational",
        Health::Degraded => "degraded_performance",
        Health::PartialOutage => "partial_outage",
        Health::MajorOutage => "major_outage",
        Health::Maintenance => "under_maintenance",
    }
}

/// How an incident's components most likely are: their vendor's impact, or well again.
fn by_impact(incident: &Incident) -> Health {
    match incident.impact {
        _ if !incident.is_open() => Health::Operational,
        Impact::None => Health::Operational,
        Impact::Minor => Health::Degraded,
        Impact::Major => Health::PartialOutage,
        Impact::Critical => Health::MajorOutage,
    }
}

fn component_id(notice: &Notice, component: &ComponentRef) -> String {
    id(&[b"component", notice.provider.slug.as_bytes(), component.id.as_bytes()])
}

fn components(notice: &Notice, all: &[ComponentRef], health: Health) -> Vec<Value> {
    let one = |component: &ComponentRef| {
        json!({
            "id": component_id(notice, component),
            "page_id": page_id(notice),
            "name": name(&component.name),
            "status": status(health),
            "description": null,
            "group": false,
            "group_id": null,
            "showcase": false,
            "only_show_if_degraded": false,
        })
    };
    all.iter().take(STATUSPAGE_COMPONENTS).map(one).collect()
}

/// One entry of a timeline.
struct Entry<'a> {
    id: String,
    status: &'static str,
    at: Option<Timestamp>,
    body: &'a str,
}

/// Newest first, as theirs are.
fn entries(incident: &str, all: &[Entry<'_>]) -> Vec<Value> {
    let one = |entry: &Entry<'_>| {
        json!({
            "id": entry.id,
            "incident_id": incident,
            "status": entry.status,
            "body": truncate(&text::honest(entry.body), STATUSPAGE_BODY_CHARS, Unit::Chars),
            "created_at": time(entry.at),
            "updated_at": time(entry.at),
            "display_at": time(entry.at),
            "affected_components": null,
            "deliver_notifications": true,
            "custom_tweet": null,
            "tweet_id": null,
        })
    };
    all.iter().rev().take(STATUSPAGE_UPDATES).map(one).collect()
}

fn incident_json(notice: &Notice, incident: &Incident) -> Value {
    let own = id(&[b"incident", incident.id.as_bytes()]);
    let began = incident.started_at.unwrap_or(incident.first_seen_at);
    // What is gone from the page without a word is over for a reader that only knows open and resolved.
    let stage = if incident.is_open() || incident.stage.is_terminal() { incident.stage } else { Stage::Resolved };
    let mut all: Vec<Entry<'_>> = incident
        .updates
        .iter()
        .map(|entry| Entry {
            id: id(&[
                b"update",
                incident.id.as_bytes(),
                entry.id.as_bytes(),
                entry.first_seen_at.to_string().as_bytes(),
            ]),
            status: entry.stage.unwrap_or(stage).word(),
            at: entry.at.or(Some(entry.first_seen_at)),
            body: &entry.body,
        })
        .collect();
    let last = all.last().map(|entry| entry.status);
    if last != Some(stage.word()) {
        let body = notice.event.kind.label();
        all.push(Entry {
            id: id(&[b"ours", notice.id.as_bytes()]),
            status: stage.word(),
            at: Some(notice.event.at),
            body,
        });
    }
    let monitoring = incident.updates.iter().find(|entry| entry.stage == Some(Stage::Monitoring));
    let resolved = (!incident.is_open()).then(|| incident.resolved_at.unwrap_or(notice.event.at));
    json!({
        "id": own,
        "page_id": page_id(notice),
        "name": name(&incident.title),
        "status": stage.word(),
        "impact": incident.impact,
        "shortlink": link(notice, incident.url.as_deref()),
        "created_at": time(Some(began)),
        "started_at": time(Some(began)),
        "updated_at": time(Some(notice.event.at)),
        "monitoring_at": time(monitoring.map(|entry| entry.at.unwrap_or(entry.first_seen_at))),
        "resolved_at": time(resolved),
        "scheduled_for": null,
        "scheduled_until": null,
        "backfilled": false,
        "postmortem_body": null,
        "incident_updates": entries(&own, &all),
        "components": components(notice, &incident.components, by_impact(incident)),
    })
}

fn maintenance_json(notice: &Notice, work: &Maintenance) -> Value {
    let own = id(&[b"maintenance", work.id.as_bytes()]);
    // Theirs has no word for what was called off.
    let word = |stage: MaintenanceStage| match stage {
        MaintenanceStage::Cancelled => "completed",
        stage => stage.word(),
    };
    let mut all: Vec<Entry<'_>> = work
        .updates
        .iter()
        .map(|entry| Entry {
            id: id(&[b"update", work.id.as_bytes(), entry.id.as_bytes()]),
            status: word(entry.stage.unwrap_or(work.stage)),
            at: entry.at.or(Some(work.first_seen_at)),
            body: &entry.body,
        })
        .collect();
    if work.stage == MaintenanceStage::Cancelled || all.last().map(|entry| entry.status) != Some(word(work.stage)) {
        let body = notice.event.kind.label();
        let at = Some(notice.event.at);
        all.push(Entry { id: id(&[b"ours", notice.id.as_bytes()]), status: word(work.stage), at, body });
    }
    let over = matches!(work.stage, MaintenanceStage::Completed | MaintenanceStage::Cancelled);
    let health = match work.stage {
        MaintenanceStage::InProgress | MaintenanceStage::Verifying => Health::Maintenance,
        _ => Health::Operational,
    };
    json!({
        "id": own,
        "page_id": page_id(notice),
        "name": name(&work.title),
        "status": word(work.stage),
        "impact": "maintenance",
        "shortlink": link(notice, work.url.as_deref()),
        "created_at": time(Some(work.first_seen_at)),
        "started_at": time(work.starts_at),
        "updated_at": time(Some(notice.event.at)),
        "monitoring_at": null,
        "resolved_at": time(over.then_some(notice.event.at)),
        "scheduled_for": time(work.starts_at.or(Some(work.first_seen_at))),
        "scheduled_until": time(work.ends_at),
        "backfilled": false,
        "postmortem_body": null,
        "incident_updates": entries(&own, &all),
        "components": components(notice, &work.components, health),
    })
}

fn component_json(notice: &Notice, component: &ComponentRef, before: Health, after: Health) -> Value {
    let own = component_id(notice, component);
    let shown = components(notice, std::slice::from_ref(component), after);
    json!({
        "component_update": {
            "id": id(&[b"change", notice.id.as_bytes()]),
            "created_at": time(Some(notice.event.at)),
            "old_status": status(before),
            "new_status": status(after),
            "component_type": "Component",
            "component_id": own,
        },
        "component": shown.into_iter().next(),
    })
}

/// A test is an incident that is over, so that it opens nothing anywhere.
fn test(notice: &Notice) -> Value {
    let own = id(&[b"test", notice.id.as_bytes()]);
    let at = Some(notice.event.at);
    let body = "Somebody asked Tocsin for a test message; no vendor has a problem because of it.";
    let entry = Entry { id: id(&[b"ours", notice.id.as_bytes()]), status: "resolved", at, body };
    json!({
        "id": own,
        "page_id": page_id(notice),
        "name": "Test message from Tocsin",
        "status": "resolved",
        "impact": "none",
        "shortlink": link(notice, None),
        "created_at": time(at),
        "started_at": time(at),
        "updated_at": time(at),
        "monitoring_at": null,
        "resolved_at": time(at),
        "scheduled_for": null,
        "scheduled_until": null,
        "backfilled": false,
        "postmortem_body": null,
        "incident_updates": entries(&own, &[entry]),
        "components": [],
    })
}

/// The vendor's own page of it, or ours.
fn link(notice: &Notice, vendor: Option<&str>) -> Option<String> {
    vendor.and_then(text::web).or_else(|| text::web(&notice.links.incident))
}

#[cfg(test)]
mod tests;
