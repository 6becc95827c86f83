//! The body of an event: what a webhook receives and what the event stream sends.

use serde_json::{Map, Value, json};
use tocsin_domain::alert::Notice;
use tocsin_domain::{ComponentRef, Event, Incident, Maintenance, Subject, TimelineEntry, Warning};

use crate::limits::WEBHOOK_BODY_BYTES;
use crate::text::{self, Unit};

/// How much of a long story a body tells. The first shape that fits is taken.
struct Shape {
    /// Newest updates of the timeline.
    updates: usize,
    /// New updates of this event, newest.
    fresh: usize,
    /// HTML and earlier texts beside each update.
    rich: bool,
    /// Latest earlier texts of one update.
    revisions: usize,
    /// Bytes of one text.
    text: usize,
    components: usize,
}

const ALL: usize = usize::MAX;
const WHOLE: Shape = Shape { updates: ALL, fresh: ALL, rich: true, revisions: ALL, text: ALL, components: ALL };

/// What a delivery carries: whoever wants every earlier text asks the API.
const TOLD: Shape = Shape { revisions: 3, ..WHOLE };
const PLAIN: Shape = Shape { rich: false, ..TOLD };

const SHAPES: [Shape; 7] = [
    TOLD,
    PLAIN,
    Shape { updates: 20, fresh: 20, components: 100, ..PLAIN },
    Shape { updates: 5, fresh: 5, text: 2_000, components: 100, ..PLAIN },
    Shape { updates: 2, fresh: 3, text: 1_500, components: 50, ..PLAIN },
    Shape { updates: 1, fresh: 1, text: 1_000, components: 20, ..PLAIN },
    Shape { updates: 1, fresh: 1, text: 250, components: 5, ..PLAIN },
];

/// The body for a notice, at most 20,000 bytes as JSON. Where not everything fits, the newest stays and
/// `data.truncated` is true; the API has the rest.
#[must_use]
pub fn body_of(notice: &Notice) -> Value {
    let mut shapes = SHAPES.iter().enumerate();
    loop {
        let Some((index, shape)) = shapes.next() else { return Value::Null };
        let body = shaped(notice, shape, index > 1);
        if index + 1 == SHAPES.len() || body.to_string().len() <= WEBHOOK_BODY_BYTES {
            return body;
        }
    }
}

fn shaped(notice: &Notice, shape: &Shape, truncated: bool) -> Value {
    let event = &notice.event;
    let mut data = Map::new();
    data.insert(
        "provider".to_owned(),
        json!({
            "slug": cut(&notice.provider.slug, shape),
            "name": cut(&notice.provider.name, shape),
        }),
    );
    if let Some((key, subject)) = subject(event, &notice.provider.slug, shape) {
        data.insert(key.to_owned(), subject);
    }
    let fresh = event.updates.iter().skip(event.updates.len().saturating_sub(shape.fresh));
    let fresh: Vec<Value> =
        fresh.map(|entry| json!({ "at": entry.at, "stage": entry.stage, "body": cut(&entry.body, shape) })).collect();
    let components: Vec<String> =
        notice.monitor_components.iter().take(shape.components).map(|name| cut(name, shape)).collect();
    data.insert("updates".to_owned(), Value::Array(fresh));
    data.insert("changes".to_owned(), json!(event.changes));
    data.insert("also_opened".to_owned(), Value::from(event.also_opened));
    data.insert("monitor".to_owned(), json!({ "components": components }));
    data.insert("reason".to_owned(), Value::from(cut(&notice.reason, shape)));
    data.insert(
        "links".to_owned(),
        json!({
            "incident": address(Some(&notice.links.incident), shape),
            "vendor": address(notice.links.vendor.as_deref(), shape),
        }),
    );
    data.insert("sequence".to_owned(), Value::from(notice.sequence));
    extras(&mut data, event, truncated);
    json!({ "type": event.kind, "timestamp": event.at, "data": data })
}

/// What only some events have.
fn extras(data: &mut Map<String, Value>, event: &Event, truncated: bool) {
    if let Some(seconds) = event.unseen_s {
        data.insert("unseen_s".to_owned(), Value::from(seconds));
    }
    if let Some(seconds) = event.reminder_s {
        data.insert("reminder_s".to_owned(), Value::from(seconds));
    }
    if let Some(again) = &event.again {
        data.insert("again".to_owned(), json!(again));
    }
    if truncated {
        data.insert("truncated".to_owned(), Value::from(true));
    }
}

fn subject(event: &Event, provider: &str, shape: &Shape) -> Option<(&'static str, Value)> {
    match &event.subject {
        Subject::Incident(incident) => Some(("incident", incident_json(incident, provider, event, shape))),
        Subject::Maintenance(maintenance) => Some(("maintenance", maintenance_json(maintenance, provider, shape))),
        Subject::Component(change) => Some((
            "component",
            json!({
                "id": cut(&change.component.id, shape),
                "name": cut(&change.component.name, shape),
                "group": change.group.iter().take(shape.components).map(|part| cut(part, shape)).collect::<Vec<_>>(),
                "health": change.after,
                "before": change.before,
            }),
        )),
        Subject::Page(news) => Some((
            "page",
            json!({
                "url": cut(&news.url, shape),
                "reason": cut(&news.reason, shape),
                "since": news.since,
                "last_known": news.last_known,
            }),
        )),
        Subject::Warning(warning) => Some(("warning", warning_json(warning, shape))),
        Subject::Digest(digest) => Some(("digest", json!(digest))),
        Subject::Channel(news) => Some((
            "channel",
            json!({
                "id": news.id,
                "name": cut(&news.name, shape),
                "kind": news.kind,
                "disabled": cut(&news.why, shape),
                "groups": news.groups.iter().map(|name| cut(name, shape)).collect::<Vec<_>>(),
            }),
        )),
        Subject::Test => None,
    }
}

/// An incident as the API shows it, whole.
#[must_use]
pub fn incident_of(incident: &Incident, provider: &str, now: tocsin_domain::Timestamp) -> Value {
    incident_at(incident, provider, now, &WHOLE)
}

/// A maintenance as the API shows it, whole.
#[must_use]
pub fn maintenance_of(maintenance: &Maintenance, provider: &str) -> Value {
    maintenance_json(maintenance, provider, &WHOLE)
}

/// A warning as the API shows it, whole.
#[must_use]
pub fn warning_of(warning: &Warning) -> Value {
    warning_json(warning, &WHOLE)
}

fn warning_json(warning: &Warning, shape: &Shape) -> Value {
    json!({
        "id": warning.id,
        "kind": warning.kind,
        "provider": warning.provider.as_ref().map(|provider| cut(&provider.slug, shape)),
        "components": components(&warning.components, shape),
        "impact": warning.impact,
        "state": if warning.is_open() { "open" } else { "closed" },
        "started_at": warning.started_at,
        "ended_at": warning.ended_at,
        "ended_because": warning.ended_because,
        "evidence": warning.evidence.iter().map(|one| cut(one, shape)).collect::<Vec<_>>(),
        "confidence": warning.confidence,
        "summary": cut(&warning.summary, shape),
        "page_says": warning.page_says,
        "check": { "id": warning.check.id, "slug": warning.check.slug, "name": cut(&warning.check.name, shape) },
    })
}

fn incident_json(incident: &Incident, provider: &str, event: &Event, shape: &Shape) -> Value {
    incident_at(incident, provider, event.at, shape)
}

fn incident_at(incident: &Incident, provider: &str, now: tocsin_domain::Timestamp, shape: &Shape) -> Value {
    let newest = incident.updates.iter().skip(incident.updates.len().saturating_sub(shape.updates));
    json!({
        "id": incident.id,
        "provider": cut(provider, shape),
        "vendor_id": cut(&incident.vendor_id, shape),
        "title": cut(&incident.title, shape),
        "url": address(incident.url.as_deref(), shape),
        "impact": incident.impact,
        "stage": incident.stage,
        "state": incident.state,
        "started_at": incident.started_at,
        "resolved_at": incident.resolved_at,
        "first_seen_at": incident.first_seen_at,
        "imported": incident.imported,
        "duration_s": incident.duration_s(now),
        "promised_at": incident.promised_at(),
        "promise_broken": incident.is_promise_broken(now),
        "components": components(&incident.components, shape),
        "updates": newest.map(|entry| entry_json(entry, shape)).collect::<Vec<_>>(),
    })
}

fn entry_json(entry: &TimelineEntry, shape: &Shape) -> Value {
    let mut one = json!({
        "at": entry.at,
        "first_seen_at": entry.first_seen_at,
        "stage": entry.stage,
        "body": cut(&entry.body, shape),
    });
    if shape.rich {
        let skipped = entry.revisions.len().saturating_sub(shape.revisions);
        let latest = entry.revisions.iter().skip(skipped);
        let left_out = entry.times_changed() - latest.len();
        one["html"] = Value::from(text::html(&entry.body));
        one["revisions"] = latest.map(|one| json!({ "seen_at": one.seen_at, "body": one.body })).collect();
        if left_out > 0 {
            one["left_out"] = Value::from(left_out);
        }
    }
    one
}

fn maintenance_json(maintenance: &Maintenance, provider: &str, shape: &Shape) -> Value {
    let newest = maintenance.updates.iter().skip(maintenance.updates.len().saturating_sub(shape.updates));
    let updates: Vec<Value> = newest
        .map(|entry| {
            let mut one = json!({ "at": entry.at, "stage": entry.stage, "body": cut(&entry.body, shape) });
            if shape.rich {
                one["html"] = Value::from(text::html(&entry.body));
            }
            one
        })
        .collect();
    json!({
        "id": maintenance.id,
        "provider": cut(provider, shape),
        "vendor_id": cut(&maintenance.vendor_id, shape),
        "title": cut(&maintenance.title, shape),
        "url": address(maintenance.url.as_deref(), shape),
        "stage": maintenance.stage,
        "starts_at": maintenance.starts_at,
        "ends_at": maintenance.ends_at,
        "first_seen_at": maintenance.first_seen_at,
        "imported": maintenance.imported,
        "components": components(&maintenance.components, shape),
        "updates": updates,
    })
}

fn components(all: &[ComponentRef], shape: &Shape) -> Vec<Value> {
    all.iter()
        .take(shape.components)
        .map(|one| json!({ "id": cut(&one.id, shape), "name": cut(&one.name, shape) }))
        .collect()
}

fn cut(text: &str, shape: &Shape) -> String {
    text::truncate(text, shape.text, Unit::Bytes)
}

/// Half an address leads nowhere: one that is too long is left out. So is what no browser should follow.
fn address(url: Option<&str>, shape: &Shape) -> Option<String> {
    let web = |url: &&str| {
        let scheme = url.split(':').next().unwrap_or_default();
        scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http")
    };
    url.filter(|url| url.len() <= shape.text.max(500)).filter(web).map(str::to_owned)
}
