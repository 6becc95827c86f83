//! Commit: what polls brought becomes true, many of them in one transaction.

use std::collections::HashMap;
use std::sync::Arc;

use tocsin_domain::uptime::HealthChange;
use tocsin_domain::{Event, Health, Incident, Maintenance, PageState, Subject, Timestamp};
use uuid::Uuid;

use crate::circulars::{self, Circular};
use crate::codec::{Packed, json};
use crate::db::{Value, Writer};
use crate::decisions::{self, DecisionRow};
use crate::error::StoreError;
use crate::overtake::Keeping;
use crate::pages::AnswerKept;
use crate::trays::{KeptRow, kept_row};
use crate::{Store, coverage, healths, outbox, pages, trays};

/// Everything that follows from one poll (or tick) of one page.
#[derive(Clone, Debug)]
pub struct Observation {
    pub page: Uuid,
    pub provider: String,
    pub at: Timestamp,
    pub state: PageState,
    /// The same as it is kept.
    pub packed: Packed,
    pub wake_at: Option<Timestamp>,
    /// The platform's memory and the validators by surface (JSON).
    pub memory: String,
    pub validators: String,
    /// The page's health as it was read, when it was, with the payloads it was read from.
    pub said: Option<Health>,
    /// When we looked at the page, as far as it is to be written down now, oldest first.
    pub looks: Vec<Timestamp>,
    pub payloads: Vec<PayloadRow>,
    pub incidents: Vec<Incident>,
    pub maintenances: Vec<Maintenance>,
    /// Where healths moved.
    pub healths: Vec<HealthChange>,
    pub events: Vec<EventRow>,
    pub decisions: Vec<DecisionRow>,
    pub outbox: Vec<OutboxRow>,
    /// What channels are told later.
    pub kept: Vec<KeptRow>,
    /// What subscribers are told.
    pub circulars: Vec<Circular>,
    /// What was kept and is told with this.
    pub told_along: Vec<Uuid>,
    /// The monitor whose groups are told once of what is open already.
    pub asked_by: Option<Uuid>,
}

/// The bytes of one answer.
#[derive(Clone, Debug)]
pub struct PayloadRow {
    /// Which surface: the key of the ask.
    pub key: String,
    /// The address that answered; empty when not known.
    pub url: String,
    /// SHA-256 of the bytes, hex.
    pub hash: String,
    /// Bytes before they were packed.
    pub size: usize,
    pub bytes: Packed,
    /// An incident rests on it: kept beyond the budget.
    pub needed: bool,
}

/// An event with the sequence it was given by [`Store::reserve`].
#[derive(Clone, Debug)]
pub struct EventRow {
    pub sequence: i64,
    pub event: Event,
}

/// A composed message on its way.
#[derive(Clone, Debug)]
pub struct OutboxRow {
    pub id: Uuid,
    pub team: Uuid,
    pub sequence: i64,
    pub event: String,
    pub subject: Option<Uuid>,
    pub channel: Uuid,
    pub channel_name: String,
    pub kind: String,
    pub thread: String,
    pub reason: String,
    pub recipient: String,
    pub content_type: String,
    /// Shared among messages that say the same: it is stored once for them.
    pub body: Arc<[u8]>,
    /// `root` or `reply`: what it is among the messages of one notice.
    pub part: String,
    /// Its place among the messages of one notice to one recipient, from 0 on: they are sent in this order.
    pub place: i64,
    pub keeping: Keeping,
    /// It says that what the thread is about is over.
    pub ends: bool,
    /// It says where things stand, in place of news that came too late.
    pub summary: bool,
    pub created_ms: i64,
    /// The recipient asked not to hear: kept for the record, never sent.
    pub suppressed: bool,
}

impl Store {
    /// Commits observations, many in one transaction. Where that fails each is tried alone, so that one that cannot
    /// be stored holds up no other. One result for each, in order.
    pub async fn commit(&self, observations: &[Observation]) -> Vec<Result<(), StoreError>> {
        match self.commit_together(observations).await {
            Ok(()) => observations.iter().map(|_| Ok(())).collect(),
            Err(error) if observations.len() == 1 => vec![Err(error)],
            Err(_) => {
                let mut results = Vec::with_capacity(observations.len());
                for observation in observations {
                    results.push(self.commit_together(std::slice::from_ref(observation)).await);
                }
                results
            }
        }
    }

    async fn commit_together(&self, observations: &[Observation]) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        match write(&mut writer, observations).await {
            Ok(()) => writer.commit().await,
            Err(error) => {
                writer.rollback().await?;
                Err(error)
            }
        }
    }
}

/// Makes the rows of one table out of an observation.
type Rows<'a> = &'a (dyn Fn(&Observation) -> Vec<Vec<Value>> + Sync);

async fn write(writer: &mut Writer<'_>, observations: &[Observation]) -> Result<(), StoreError> {
    let rows = |each: Rows<'_>| observations.iter().flat_map(each).collect::<Vec<_>>();
    let states = rows(&|seen| {
        vec![pages::state_row(seen.page, &seen.state, &seen.packed, seen.wake_at, &seen.memory, &seen.validators)]
    });
    let head = format!("INSERT INTO page_states ({}) VALUES", pages::STATE_COLUMNS);
    let tail = "ON CONFLICT (page) DO UPDATE SET health = excluded.health, last_known = excluded.last_known, \
                read_at = excluded.read_at, failures = excluded.failures, reason = excluded.reason, \
                wake_at = excluded.wake_at, active = excluded.active, state = excluded.state, \
                memory = excluded.memory, validators = excluded.validators";
    writer.insert(&head, tail, last_by_first(states)).await?;
    writer
        .insert(
            "INSERT INTO payloads (hash, size, bytes, seen_at, needed) VALUES",
            "ON CONFLICT (hash) DO UPDATE SET needed = excluded.needed WHERE excluded.needed AND NOT payloads.needed",
            last_by_first(rows(&payload_rows)),
        )
        .await?;
    writer.each_chunk(take_down, reading_rows(observations)).await?;
    write_records(writer, &rows).await?;
    writer
        .insert(
            "INSERT INTO health_changes (page, component, at, before, after) VALUES",
            "ON CONFLICT (page, component, at) DO NOTHING",
            rows(&healths::rows),
        )
        .await?;
    writer
        .insert(
            "INSERT INTO events (sequence, id, page, provider, type, subject, at, body) VALUES",
            "",
            rows(&event_rows),
        )
        .await?;
    decisions::put(writer, observations.iter().flat_map(|seen| &seen.decisions)).await?;
    outbox::put(writer, observations.iter().flat_map(|seen| &seen.outbox)).await?;
    writer.insert(circulars::ISSUE, "", rows(&|seen| seen.circulars.iter().map(circulars::row).collect())).await?;
    let kept = rows(&|seen| seen.kept.iter().map(kept_row).collect());
    writer.insert(trays::KEEP, "ON CONFLICT (id) DO NOTHING", kept).await?;
    for id in observations.iter().flat_map(|seen| &seen.told_along) {
        writer.run("DELETE FROM trays WHERE id = $1", vec![(*id).into()]).await?;
    }
    for (monitor, at) in observations.iter().filter_map(|seen| Some((seen.asked_by?, seen.at))) {
        writer.run("UPDATE monitors SET told_at = $1 WHERE id = $2", vec![at.into(), monitor.into()]).await?;
    }
    for nth in 0.. {
        let looks: Vec<_> =
            observations.iter().filter_map(|seen| seen.looks.get(nth).map(|at| (seen.page, *at))).collect();
        if looks.is_empty() {
            break;
        }
        coverage::extend(writer, &looks).await?;
    }
    Ok(())
}

async fn write_records(
    writer: &mut Writer<'_>,
    rows: &(dyn Fn(Rows<'_>) -> Vec<Vec<Value>> + Sync),
) -> Result<(), StoreError> {
    writer
        .insert(
            "INSERT INTO incidents (id, page, provider, vendor_id, state, impact, sample, imported, sort_at, \
             first_seen_at, record) VALUES",
            "ON CONFLICT (id) DO UPDATE SET vendor_id = excluded.vendor_id, state = excluded.state, impact = excluded.impact, \
             sample = excluded.sample, sort_at = excluded.sort_at, record = excluded.record",
            last_by_first(rows(&incident_rows)),
        )
        .await?;
    writer
        .insert(
            "INSERT INTO incident_aliases (page, surface, native_id, incident) VALUES",
            "ON CONFLICT (page, surface, native_id) DO NOTHING",
            rows(&|seen| {
                let alias =
                    |one: &Incident| vec![seen.page.into(), "".into(), one.vendor_id.as_str().into(), one.id.into()];
                seen.incidents.iter().map(alias).collect()
            }),
        )
        .await?;
    writer
        .insert(
            "INSERT INTO maintenances (id, page, provider, vendor_id, stage, sample, starts_at, ends_at, record) VALUES",
            "ON CONFLICT (id) DO UPDATE SET vendor_id = excluded.vendor_id, stage = excluded.stage, sample = excluded.sample, \
             starts_at = excluded.starts_at, ends_at = excluded.ends_at, record = excluded.record",
            last_by_first(rows(&maintenance_rows)),
        )
        .await
}

/// One upsert may not touch a row twice: of rows with the same first value the last one stays.
fn last_by_first(rows: Vec<Vec<Value>>) -> Vec<Vec<Value>> {
    let mut kept: Vec<Vec<Value>> = Vec::with_capacity(rows.len());
    let mut places = HashMap::new();
    for row in rows {
        let key = match row.first() {
            Some(Value::Id(id)) => id.to_string(),
            Some(Value::Text(text)) => text.clone(),
            _ => String::new(),
        };
        match places.get(&key).and_then(|place: &usize| kept.get_mut(*place)) {
            Some(earlier) => *earlier = row,
            None => {
                places.insert(key, kept.len());
                kept.push(row);
            }
        }
    }
    kept
}

fn payload_rows(seen: &Observation) -> Vec<Vec<Value>> {
    let row = |one: &PayloadRow| {
        let size = i64::try_from(one.size).unwrap_or(i64::MAX);
        vec![one.hash.as_str().into(), size.into(), one.bytes.to_vec().into(), seen.at.into(), one.needed.into()]
    };
    seen.payloads.iter().map(row).collect()
}

/// Page, moment, how many of the same page and second stand before it here, health, payloads.
fn reading_rows(observations: &[Observation]) -> Vec<Vec<Value>> {
    let mut before: HashMap<(Uuid, Timestamp), i64> = HashMap::new();
    let said = observations.iter().filter_map(|seen| Some((seen, seen.said?)));
    said.map(|(seen, health)| {
        let place = before.entry((seen.page, seen.at)).or_default();
        let kept = seen.payloads.iter().map(|one| AnswerKept {
            key: one.key.clone(),
            hash: one.hash.clone(),
            url: one.url.clone(),
        });
        let payloads = json(&kept.collect::<Vec<_>>());
        let row = vec![seen.page.into(), seen.at.into(), (*place).into(), health.word().into(), payloads.into()];
        *place += 1;
        row
    })
    .collect()
}

/// Within a second, after those that are stored already.
fn take_down(places: &str) -> String {
    format!(
        "INSERT INTO readings (page, at, turn, health, payloads) \
         SELECT column1, column2, column3 + (SELECT COALESCE(MAX(turn) + 1, 0) FROM readings \
         WHERE page = column1 AND at = column2), column4, column5 FROM (VALUES {places}) AS said"
    )
}

fn incident_rows(seen: &Observation) -> Vec<Vec<Value>> {
    let row = |one: &Incident| {
        vec![
            one.id.into(),
            seen.page.into(),
            seen.provider.as_str().into(),
            one.vendor_id.as_str().into(),
            if one.is_open() { "open" } else { "closed" }.into(),
            one.impact.word().into(),
            one.sample.into(),
            one.imported.into(),
            one.started_at.unwrap_or(one.first_seen_at).into(),
            one.first_seen_at.into(),
            json(one).into(),
        ]
    };
    seen.incidents.iter().map(row).collect()
}

fn maintenance_rows(seen: &Observation) -> Vec<Vec<Value>> {
    let row = |one: &Maintenance| {
        vec![
            one.id.into(),
            seen.page.into(),
            seen.provider.as_str().into(),
            one.vendor_id.as_str().into(),
            one.stage.word().into(),
            one.sample.into(),
            one.starts_at.into(),
            one.ends_at.into(),
            json(one).into(),
        ]
    };
    seen.maintenances.iter().map(row).collect()
}

fn event_rows(seen: &Observation) -> Vec<Vec<Value>> {
    seen.events.iter().map(|one| event_row(seen.page, &seen.provider, one)).collect()
}

/// Of an event of a page, or of a check.
pub(crate) fn event_row(of: Uuid, provider: &str, one: &EventRow) -> Vec<Value> {
    vec![
        one.sequence.into(),
        one.event.id.into(),
        of.into(),
        provider.into(),
        one.event.kind.word().into(),
        subject_id(&one.event).into(),
        one.event.at.into(),
        json(&one.event).into(),
    ]
}

/// Our id of the incident, maintenance or warning an event is about.
pub(crate) fn subject_id(event: &Event) -> Option<Uuid> {
    match &event.subject {
        Subject::Incident(incident) => Some(incident.id),
        Subject::Maintenance(maintenance) => Some(maintenance.id),
        Subject::Warning(warning) => Some(warning.id),
        Subject::Component(_) | Subject::Page(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test => None,
    }
}
