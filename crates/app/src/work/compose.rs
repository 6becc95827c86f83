//! From decisions to messages: which rows of the outbox and of the decisions a step leads to.

use tocsin_channels::{Kind, Sender};
use tocsin_domain::alert::{Links, Notice, Verdict};
use tocsin_domain::step::Decided;
use tocsin_domain::{Event, EventKind, ProviderRef, Subject, Timestamp, ids};
use tocsin_store::{ChannelRow, DecisionRow, OutboxRow};
use uuid::Uuid;

use crate::directory::Directory;

/// What every message of this instance needs to know.
pub struct Desk<'a> {
    pub directory: &'a Directory,
    pub sender: &'a Sender,
    pub time_zone: &'a str,
    pub now: Timestamp,
    pub now_ms: i64,
}

/// The decisions and messages that follow from one event.
pub fn rows(
    desk: &Desk<'_>,
    provider: &ProviderRef,
    page: Uuid,
    decided: &Decided,
    sequence: i64,
) -> (Vec<DecisionRow>, Vec<OutboxRow>) {
    let mut decisions = Vec::with_capacity(decided.verdicts.len());
    let mut outbox = Vec::new();
    for verdict in &decided.verdicts {
        let channel = verdict.channel.as_deref().and_then(parse).and_then(|id| desk.directory.channel(id));
        if let Some(row) = decision(desk, &decided.event, verdict, channel, sequence) {
            decisions.push(row);
        }
        if let Some(channel) = channel.filter(|_| verdict.told) {
            outbox.extend(messages(desk, provider, page, &decided.event, verdict, channel, sequence));
        }
    }
    (decisions, outbox)
}

/// The decisions alone, about what is past and told to nobody any more.
pub fn decisions(desk: &Desk<'_>, decided: &Decided, sequence: i64) -> Vec<DecisionRow> {
    let channel = |verdict: &Verdict| desk.directory.channel(verdict.channel.as_deref().and_then(parse)?);
    let row = |verdict: &Verdict| decision(desk, &decided.event, verdict, channel(verdict), sequence);
    decided.verdicts.iter().filter_map(row).collect()
}

fn parse(id: &str) -> Option<Uuid> {
    Uuid::parse_str(id).ok()
}

fn decision(
    desk: &Desk<'_>,
    event: &Event,
    verdict: &Verdict,
    channel: Option<&ChannelRow>,
    sequence: i64,
) -> Option<DecisionRow> {
    let group = desk.directory.group(parse(&verdict.group)?)?;
    Some(DecisionRow {
        sequence,
        team: group.team,
        incident: event.incident().map(|incident| incident.id),
        change: event.kind.word().to_owned(),
        at: desk.now,
        monitor: parse(&verdict.monitor)?,
        group: group.id,
        group_name: group.name.clone(),
        channel: channel.map(|channel| channel.id),
        channel_name: channel.map(|channel| channel.name.clone()),
        told: verdict.told,
        code: verdict.reason.code.word().to_owned(),
        text: verdict.reason.text.clone(),
        rule: group.rule.clone(),
    })
}

fn messages(
    desk: &Desk<'_>,
    provider: &ProviderRef,
    page: Uuid,
    event: &Event,
    verdict: &Verdict,
    channel: &ChannelRow,
    sequence: i64,
) -> Vec<OutboxRow> {
    let Some(kind) = Kind::named(&channel.kind) else { return Vec::new() };
    let (subject, thread) = thread(event, page);
    let notice = Notice {
        id: ids::v7(desk.now, &[b"delivery", event.id.as_bytes(), channel.id.as_bytes()]),
        sequence,
        provider: provider.clone(),
        event: event.clone(),
        monitor_components: verdict.monitor_components.clone(),
        reason: verdict.reason.text.clone(),
        links: links(desk.sender, provider, event),
        time_zone: desk.time_zone.to_owned(),
        first_of_thread: event.also_opened
            || matches!(
                event.kind,
                EventKind::IncidentOpened | EventKind::MaintenanceScheduled | EventKind::PageUnreadable
            ),
        thread: thread.clone(),
    };
    let composed = kind.channel().compose(&channel.settings, &notice, &desk.sender.for_channel(&channel.name));
    composed
        .into_iter()
        .map(|message| OutboxRow {
            id: delivery_id(&notice, &message.to),
            team: channel.team,
            sequence,
            event: event.kind.word().to_owned(),
            subject,
            channel: channel.id,
            channel_name: channel.name.clone(),
            kind: channel.kind.clone(),
            thread: thread.clone(),
            reason: verdict.reason.text.clone(),
            suppressed: desk.directory.is_suppressed(channel.team, &channel.name, &message.to),
            recipient: message.to,
            content_type: message.content_type,
            body: message.body,
            created_ms: desk.now_ms,
        })
        .collect()
}

/// The notice's own id, or one for each recipient of a mail.
fn delivery_id(notice: &Notice, to: &str) -> Uuid {
    if to.is_empty() {
        notice.id
    } else {
        ids::v7(notice.event.at, &[b"delivery", notice.id.as_bytes(), to.as_bytes()])
    }
}

/// What a message belongs to: our id of the subject, and the key on which threads and order hang.
fn thread(event: &Event, page: Uuid) -> (Option<Uuid>, String) {
    let (subject, key) = match &event.subject {
        Subject::Incident(incident) => (Some(incident.id), incident.id.to_string()),
        Subject::Maintenance(maintenance) => (Some(maintenance.id), maintenance.id.to_string()),
        Subject::Component(change) => (None, format!("{page}/{}", change.component.id)),
        Subject::Page(_) => (None, page.to_string()),
        Subject::Digest(_) | Subject::Test => (None, event.id.to_string()),
    };
    (subject, ids::hash_hex(&[b"thread", key.as_bytes()]))
}

/// Our page of the subject and the vendor's.
#[must_use]
pub fn links(sender: &Sender, provider: &ProviderRef, event: &Event) -> Links {
    let ours = match &event.subject {
        Subject::Incident(incident) => format!("{}/incidents/{}", sender.base_url, incident.id),
        Subject::Digest(_) | Subject::Test => sender.base_url.clone(),
        _ => format!("{}/providers/{}", sender.base_url, provider.slug),
    };
    let vendor = match &event.subject {
        Subject::Incident(incident) => incident.url.clone(),
        Subject::Maintenance(maintenance) => maintenance.url.clone(),
        Subject::Page(news) => Some(news.url.clone()),
        Subject::Component(_) | Subject::Digest(_) | Subject::Test => None,
    };
    Links { incident: ours, vendor, acknowledge: None }
}
