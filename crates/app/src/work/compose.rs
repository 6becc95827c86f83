//! From decisions to messages: which rows of the outbox and of the decisions a step leads to.

use std::collections::HashMap;
use std::sync::Arc;

use tocsin_channels::{Composed, Kind, Sender};
use tocsin_domain::alert::tray::{Kept, Trays};
use tocsin_domain::alert::{Fate, Links, Notice, Verdict, tray};
use tocsin_domain::step::Decided;
use tocsin_domain::{Event, EventKind, ProviderRef, Subject, Timestamp, ids};
use tocsin_store::{ChannelRow, Circular, DecisionRow, Keeping, KeptRow, OutboxRow};
use uuid::Uuid;

use super::later::{self, Later};
use crate::access::{self, acknowledge::Asked};
use crate::app::App;
use crate::clock;
use crate::directory::Directory;

/// What every message of this instance needs to know.
pub struct Desk<'a> {
    pub directory: &'a Directory,
    pub sender: &'a Sender,
    pub time_zone: &'a str,
    pub now: Timestamp,
    pub now_ms: i64,
}

impl<'a> Desk<'a> {
    /// As things are now.
    #[must_use]
    pub fn new(app: &'a App, directory: &'a Directory) -> Self {
        Self {
            directory,
            sender: &app.sender,
            time_zone: &app.config.server.time_zone,
            now: clock::now(),
            now_ms: clock::now_ms(),
        }
    }
}

/// What follows from events: rows that are stored with them.
#[derive(Debug, Default)]
pub struct Outgoing {
    pub decisions: Vec<DecisionRow>,
    pub outbox: Vec<OutboxRow>,
    /// What is told later.
    pub kept: Vec<KeptRow>,
    /// What was kept and is told along with this.
    pub told_along: Vec<Uuid>,
    /// What is told to everybody who subscribed.
    pub circulars: Vec<Circular>,
}

impl Outgoing {
    /// What a channel has still to be told of something, in the trays and of what is stored with this.
    fn along<'k>(&'k self, trays: &'k Trays, channel: Uuid, about: &str) -> Vec<&'k Kept> {
        let stored = trays.along(&channel.to_string(), about).into_iter();
        let mut along: Vec<&Kept> = stored.filter(|one| !self.told_along.contains(&one.id)).collect();
        let here = |row: &&KeptRow| row.channel == channel && row.kept.about() == about;
        along.extend(self.kept.iter().filter(here).map(|row| &row.kept));
        along
    }

    /// It is told now, and kept no longer.
    fn takes_along(&mut self, along: Vec<Uuid>) {
        self.kept.retain(|row| !along.contains(&row.kept.id));
        self.told_along.extend(along);
    }
}

/// Adds what follows from one event.
pub fn rows(
    desk: &Desk<'_>,
    later: &mut Later,
    (provider, page): (&ProviderRef, Uuid),
    decided: &Decided,
    sequence: i64,
    outgoing: &mut Outgoing,
) {
    let event = &decided.event;
    let about = tray::about(&page.to_string(), event);
    let mut pen = Pen::default();
    let circles = desk.directory.circles(&provider.slug);
    for verdict in &decided.verdicts {
        if let Some(circle) = circles.iter().find(|circle| circle.is_meant(verdict)) {
            outgoing.decisions.push(circle.decision(event, verdict, desk.now, sequence));
            let target = circle.target.clone();
            let circular = Circular { sequence, target, page, first: verdict.first };
            outgoing.circulars.extend(verdict.told.then_some(circular));
            continue;
        }
        let channel = verdict.channel.as_deref().and_then(parse).and_then(|id| desk.directory.channel(id));
        let group = parse(&verdict.group).and_then(|id| desk.directory.group(id));
        let (Some(group), Some(channel)) = (group, channel) else {
            outgoing.decisions.extend(decision(desk, event, verdict, channel, sequence));
            continue;
        };
        if !verdict.told && verdict.later.is_none() {
            outgoing.decisions.extend(decision(desk, event, verdict, Some(channel), sequence));
            continue;
        }
        let mut verdict = verdict.clone();
        let (trays, windows) = later.apart();
        let storm = || windows.storm(group, channel, &about, event);
        let along = || outgoing.along(trays, channel.id, &about);
        let fate = Fate::of(event, &mut verdict, storm, along, desk.now);
        outgoing.decisions.extend(decision(desk, event, &verdict, Some(channel), sequence));
        match fate {
            Fate::Silent => {}
            Fate::Kept(then) => {
                outgoing.kept.push(later::kept(desk, (provider, page), event, &verdict, channel, then, sequence));
            }
            Fate::Told(told) => {
                outgoing.takes_along(told.along);
                let Some(whole) = told.event else { continue };
                let telling = Telling {
                    provider,
                    page,
                    event: &whole,
                    channel,
                    monitor_components: &verdict.monitor_components,
                    reason: &verdict.reason.text,
                    first: told.first,
                    sequence,
                    only_page: None,
                };
                outgoing.outbox.extend(pen.messages(desk, &telling));
            }
        }
    }
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
        rule: desk.directory.wording(group),
    })
}

/// One thing that one channel is told.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    pub provider: &'a ProviderRef,
    pub page: Uuid,
    pub event: &'a Event,
    pub channel: &'a ChannelRow,
    /// The filter of the monitor it is sent for; empty means all.
    pub monitor_components: &'a [String],
    /// Why, in one sentence.
    pub reason: &'a str,
    /// The channel has heard nothing of this incident before.
    pub first: bool,
    pub sequence: i64,
    /// Our page for whoever may open no other: it takes the place of that of the subject.
    pub only_page: Option<&'a str>,
}

/// The messages that tell it: one, except for mail and what needs several.
#[must_use]
pub fn messages(desk: &Desk<'_>, telling: &Telling<'_>) -> Vec<OutboxRow> {
    Pen::default().messages(desk, telling)
}

/// Writes messages; those that say nothing of their channel once for all of them. For one event at a time.
#[derive(Debug, Default)]
pub struct Pen {
    written: HashMap<Sheet, Vec<Written>>,
}

/// What a message depends on that says nothing of its channel.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Sheet {
    kind: Kind,
    event: Uuid,
    first: bool,
    monitor_components: Vec<String>,
    reason: String,
    only_page: Option<String>,
}

/// A message with its place among those to the same recipient.
#[derive(Clone, Debug)]
struct Written {
    to: String,
    place: i64,
    content_type: String,
    part: &'static str,
    body: Arc<[u8]>,
}

impl Pen {
    /// The messages that tell it to one channel.
    pub fn messages(&mut self, desk: &Desk<'_>, telling: &Telling<'_>) -> Vec<OutboxRow> {
        let Telling { channel, event, .. } = *telling;
        let Some(kind) = Kind::named(&channel.kind) else { return Vec::new() };
        let notice = ids::v7(desk.now, &[b"delivery", event.id.as_bytes(), channel.id.as_bytes()]);
        let (subject, thread) = thread(event, telling.page);
        self.written(desk, telling, kind, notice, &thread)
            .into_iter()
            .map(|message| OutboxRow {
                id: delivery_id(event, notice, &message.to, message.place),
                team: channel.team,
                sequence: telling.sequence,
                event: event.kind.word().to_owned(),
                subject,
                channel: channel.id,
                channel_name: channel.name.clone(),
                kind: channel.kind.clone(),
                thread: thread.clone(),
                reason: telling.reason.to_owned(),
                suppressed: desk.directory.is_suppressed(channel.team, &channel.name, &message.to),
                recipient: message.to,
                content_type: message.content_type,
                body: message.body,
                part: message.part.to_owned(),
                place: message.place,
                keeping: keeping(kind.channel().keeping(&channel.settings)),
                ends: ends(event.kind),
                summary: false,
                created_ms: desk.now_ms,
            })
            .collect()
    }

    fn written(&mut self, desk: &Desk<'_>, telling: &Telling<'_>, kind: Kind, id: Uuid, thread: &str) -> Vec<Written> {
        if !kind.channel().is_impersonal() {
            return compose(desk, telling, kind, id, thread);
        }
        let sheet = Sheet {
            kind,
            event: telling.event.id,
            first: telling.first,
            monitor_components: telling.monitor_components.to_vec(),
            reason: telling.reason.to_owned(),
            only_page: telling.only_page.map(str::to_owned),
        };
        self.written.entry(sheet).or_insert_with(|| compose(desk, telling, kind, id, thread)).clone()
    }
}

fn compose(desk: &Desk<'_>, telling: &Telling<'_>, kind: Kind, id: Uuid, thread: &str) -> Vec<Written> {
    let Telling { provider, channel, .. } = *telling;
    let event = if telling.first { tray::at_first(telling.event) } else { telling.event.clone() };
    let mut links = links(desk.sender, provider, &event);
    if let Some(page) = telling.only_page {
        page.clone_into(&mut links.incident);
    }
    let notice = Notice {
        id,
        sequence: telling.sequence,
        provider: provider.clone(),
        monitor_components: telling.monitor_components.to_vec(),
        reason: telling.reason.to_owned(),
        links: Links { acknowledge: acknowledge(desk, telling), ..links },
        time_zone: desk.time_zone.to_owned(),
        first_of_thread: telling.first
            || event.also_opened
            || matches!(
                event.kind,
                EventKind::MaintenanceScheduled | EventKind::PageUnreadable | EventKind::DigestReady
            ),
        thread: thread.to_owned(),
        event,
    };
    placed(kind.channel().compose(&channel.settings, &notice, &desk.sender.for_channel(&channel.name)))
}

/// Each message with its place among those to the same recipient.
fn placed(composed: Vec<Composed>) -> Vec<Written> {
    let mut places: HashMap<String, i64> = HashMap::new();
    let mut placed = |message: Composed| {
        let next = places.entry(message.to.clone()).or_default();
        *next += 1;
        Written {
            place: *next - 1,
            to: message.to,
            content_type: message.content_type,
            part: message.part.word(),
            body: message.body.into(),
        }
    };
    composed.into_iter().map(&mut placed).collect()
}

const fn keeping(keeping: tocsin_channels::Keeping) -> Keeping {
    match keeping {
        tocsin_channels::Keeping::Log => Keeping::Log,
        tocsin_channels::Keeping::State => Keeping::State,
        tocsin_channels::Keeping::Alarm => Keeping::Alarm,
    }
}

/// True for what says that something is over: an alarm that it raised ends.
pub const fn ends(kind: EventKind) -> bool {
    matches!(
        kind,
        EventKind::IncidentResolved
            | EventKind::IncidentRemoved
            | EventKind::IncidentPostmortem
            | EventKind::MaintenanceCompleted
            | EventKind::MaintenanceCancelled
            | EventKind::PageReadable
            | EventKind::WarningCleared
    )
}

/// The notice's own id for its first message, or one for each recipient and place.
fn delivery_id(event: &Event, notice: Uuid, to: &str, place: i64) -> Uuid {
    let at = event.at;
    match (to, place) {
        ("", 0) => notice,
        (to, 0) => ids::v7(at, &[b"delivery", notice.as_bytes(), to.as_bytes()]),
        (to, place) => ids::v7(at, &[b"delivery", notice.as_bytes(), to.as_bytes(), &place.to_be_bytes()]),
    }
}

/// What a message belongs to: our id of the subject, and the key on which threads and order hang.
fn thread(event: &Event, page: Uuid) -> (Option<Uuid>, String) {
    let (subject, key) = match &event.subject {
        Subject::Incident(incident) => (Some(incident.id), incident.id.to_string()),
        Subject::Maintenance(maintenance) => (Some(maintenance.id), maintenance.id.to_string()),
        Subject::Component(change) => (None, format!("{page}/{}", change.component.id)),
        Subject::Page(_) => (None, page.to_string()),
        Subject::Warning(warning) => (Some(warning.id), warning.id.to_string()),
        Subject::Channel(_) | Subject::Digest(_) | Subject::Test => (None, event.id.to_string()),
    };
    (subject, ids::hash_hex(&[b"thread", key.as_bytes()]))
}

/// Where whoever is told of an open incident or a warning may say that they take care of it; `None` where somebody does
/// already, and for those who are not of the team.
fn acknowledge(desk: &Desk<'_>, telling: &Telling<'_>) -> Option<String> {
    let incident = telling.event.incident().filter(|incident| incident.is_open()).map(|incident| incident.id);
    let warning = || telling.event.warning().filter(|warning| warning.is_open()).map(|warning| warning.id);
    let subject = incident.or_else(warning)?;
    desk.directory.channel(telling.channel.id)?;
    let mut taken = desk.directory.acknowledged(&telling.provider.slug).iter();
    if taken.any(|one| one.subject == subject && one.team == telling.channel.team.to_string()) {
        return None;
    }
    let (team, channel) = (telling.channel.team, telling.channel.id);
    let asked = Asked { team, subject, channel, at: desk.now };
    let token = access::acknowledge::token(&desk.sender.unsubscribe_key, &asked)?;
    Some(format!("{}/acknowledge/{token}", desk.sender.base_url))
}

/// Our page of the subject and the vendor's. Of these addresses none lets anybody do anything.
#[must_use]
pub fn links(sender: &Sender, provider: &ProviderRef, event: &Event) -> Links {
    let ours = match &event.subject {
        Subject::Incident(incident) => format!("{}/incidents/{}", sender.base_url, incident.id),
        Subject::Warning(warning) => format!("{}/checks/{}", sender.base_url, warning.check.slug),
        Subject::Channel(news) => format!("{}/channels/{}", sender.base_url, news.id),
        Subject::Digest(_) | Subject::Test => sender.base_url.clone(),
        _ => format!("{}/providers/{}", sender.base_url, provider.slug),
    };
    let vendor = match &event.subject {
        Subject::Incident(incident) => incident.url.clone(),
        Subject::Maintenance(maintenance) => maintenance.url.clone(),
        Subject::Page(news) => Some(news.url.clone()),
        Subject::Component(_) | Subject::Warning(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test => None,
    };
    Links { incident: ours, vendor, acknowledge: None }
}
