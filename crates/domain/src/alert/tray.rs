//! Tray: what is kept to be told later, and what is told then. One thing is told once: with everything that was said of it
//! meanwhile, or not at all where nothing is left of it.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::decide::ReasonCode;
use super::pace::Later;
use super::root;
use crate::digest::{Digest, DigestItem, Gathered};
use crate::event::{Again, Event, EventKind, Subject};
use crate::ids;
use crate::incident::TimelineEntry;
use crate::provider::ProviderRef;
use crate::time::Timestamp;

/// Something that one channel is told later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    pub id: Uuid,
    pub channel: String,
    pub group: String,
    pub monitor: String,
    /// The monitor's filter; empty means all.
    pub monitor_components: Vec<String>,
    pub provider: ProviderRef,
    /// Our key of the page.
    pub page: String,
    pub later: Later,
    /// Why it is told, in one sentence.
    pub reason: String,
    /// The channel has heard nothing of this incident before.
    #[serde(default)]
    pub first: bool,
    /// Numbers that grow: what came first has the lower one, also within one second.
    #[serde(default)]
    pub sequence: i64,
    pub event: Event,
}

impl Kept {
    /// What it is about: the same for every event of one incident, maintenance, component or page.
    #[must_use]
    pub fn about(&self) -> String {
        about(&self.page, &self.event)
    }
}

/// What an event of a page is about.
#[must_use]
pub fn about(page: &str, event: &Event) -> String {
    match &event.subject {
        Subject::Incident(incident) => incident.id.to_string(),
        Subject::Maintenance(maintenance) => maintenance.id.to_string(),
        Subject::Component(change) => format!("{page}/{}", change.component.id),
        Subject::Page(_) => page.to_owned(),
        Subject::Warning(warning) => warning.id.to_string(),
        Subject::Channel(_) | Subject::Digest(_) | Subject::Test => event.id.to_string(),
    }
}

/// What one channel is told in one message.
#[derive(Clone, Debug)]
pub struct Due {
    /// `None`: it is all about one thing.
    pub gathered: Option<Gathered>,
    /// Oldest first; never empty.
    pub those: Vec<Kept>,
}

impl Due {
    #[must_use]
    pub fn ids(&self) -> Vec<Uuid> {
        self.those.iter().map(|one| one.id).collect()
    }

    /// What is told, and how it came that it waited. `link` answers with our page of an event. `None`: nothing is left to
    /// tell.
    #[must_use]
    pub fn told(&self, now: Timestamp, link: impl Fn(&ProviderRef, &Event) -> String) -> Option<(ReasonCode, Event)> {
        let code = match self.gathered {
            None => ReasonCode::HeldBack,
            Some(Gathered::Storm) => ReasonCode::InStorm,
            Some(_) => ReasonCode::InDigest,
        };
        let event = match self.gathered {
            None => merged(&self.those.iter().map(|one| &one.event).collect::<Vec<_>>(), now),
            Some(gathered) => digest(&self.those.iter().collect::<Vec<_>>(), gathered, now, link),
        };
        event.map(|event| (code, event))
    }
}

/// Everything that is kept.
#[derive(Clone, Debug, Default)]
pub struct Trays {
    kept: Vec<Kept>,
}

impl Trays {
    /// As it was stored, in any order.
    #[must_use]
    pub fn new(mut kept: Vec<Kept>) -> Self {
        kept.sort_by_key(|one| (one.event.at, one.sequence));
        Self { kept }
    }

    pub fn put(&mut self, kept: Kept) {
        if !self.kept.iter().any(|one| one.id == kept.id) {
            self.kept.push(kept);
        }
    }

    /// What was told, or belongs to nobody any more.
    pub fn forget(&mut self, gone: &[Uuid]) {
        self.kept.retain(|one| !gone.contains(&one.id));
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// What a channel has still to be told of something that it is told of now, in a digest too: one that came later
    /// would show what is known to be over as open.
    #[must_use]
    pub fn along(&self, channel: &str, about: &str) -> Vec<&Kept> {
        let same = |one: &&Kept| one.channel == channel && one.about() == about;
        self.kept.iter().filter(same).collect()
    }

    /// The next moment at which something is due.
    #[must_use]
    pub fn next(&self) -> Option<Timestamp> {
        self.kept.iter().map(|one| one.later.until).min()
    }

    /// What is due: of one thing for one channel, or the whole of a channel's digest. What is told by itself takes along all
    /// that is kept of the thing for that channel, what stands in a digest all that other digests have of it.
    #[must_use]
    pub fn due(&self, now: Timestamp) -> Vec<Due> {
        let mut ways: HashMap<(&str, String), &Later> = HashMap::new();
        for one in self.kept.iter().filter(|one| one.later.until <= now) {
            let way = ways.entry((one.channel.as_str(), one.about())).or_insert(&one.later);
            if one.later.precedes(way) {
                *way = &one.later;
            }
        }
        // Of each channel: a digest, or one thing.
        let mut messages: Vec<(&str, Result<Gathered, String>)> = Vec::new();
        let mut due: Vec<Due> = Vec::new();
        for one in &self.kept {
            let thing = (one.channel.as_str(), one.about());
            let Some(way) = ways.get(&thing) else { continue };
            if way.gathered.is_some() && one.later.gathered.is_none() {
                continue;
            }
            let message = (thing.0, way.gathered.ok_or(thing.1));
            let place = messages.iter().position(|known| *known == message);
            match place.and_then(|place| due.get_mut(place)) {
                Some(due) => due.those.push(one.clone()),
                None => {
                    messages.push(message);
                    due.push(Due { gathered: way.gathered, those: vec![one.clone()] });
                }
            }
        }
        due
    }
}

/// What is told of something now, with what was kept of it before. `None`: nothing is left to tell.
#[must_use]
pub fn with<'e>(kept: &[&Kept], event: &'e Event, now: Timestamp) -> Option<Cow<'e, Event>> {
    if kept.is_empty() {
        return Some(Cow::Borrowed(event));
    }
    let events: Vec<&Event> = kept.iter().map(|one| &one.event).chain([event]).collect();
    merged(&events, now).map(Cow::Owned)
}

/// One event for all that was kept of one thing, oldest first, as it stands at the last of them. `None`: nothing is left
/// to tell.
#[must_use]
pub fn merged(events: &[&Event], now: Timestamp) -> Option<Event> {
    let (first, last) = (events.first()?, events.last()?);
    let changes = match &last.subject {
        Subject::Incident(incident) => of_incident(events, incident.is_open())?,
        Subject::Maintenance(work) => {
            let changes = of_maintenance(events)?;
            // What has begun meanwhile is not to be reminded of any more.
            let begun = work.starts_at.is_some_and(|at| at <= now);
            Some(changes).filter(|changes| !(begun && *changes == [EventKind::MaintenanceReminder]))?
        }
        Subject::Component(change) => {
            let Subject::Component(before) = &first.subject else { return None };
            (before.before != change.after).then(|| vec![EventKind::ComponentChanged])?
        }
        Subject::Warning(warning) if warning.is_open() => vec![EventKind::WarningRaised],
        Subject::Warning(_) => vec![EventKind::WarningCleared],
        // Not readable for a while, and readable again: nobody has to know in the morning.
        Subject::Page(_) if last.kind == EventKind::PageReadable && first.kind == EventKind::PageUnreadable => None?,
        Subject::Page(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test => vec![last.kind],
    };
    let mut subject = last.subject.clone();
    if let (Subject::Component(change), Subject::Component(earlier)) = (&mut subject, &first.subject) {
        change.before = earlier.before;
    }
    let key: Vec<String> = events.iter().map(|event| event.id.to_string()).collect();
    let mut event = Event::new("merged", &key.join(" "), changes, now, subject);
    event.also_opened = opened(events) && event.incident().is_some_and(|incident| !incident.is_open())
        || has(events, EventKind::WarningRaised) && last.kind == EventKind::WarningCleared;
    event.updates = updates(events);
    event.again = Some(Again::HeldBack);
    let ahead = last.maintenance().and_then(|work| work.starts_at).map(|at| at.since(now));
    event.reminder_s = last.reminder_s.map(|seconds| ahead.unwrap_or(seconds));
    Some(event)
}

/// An event as a channel hears it that heard nothing of the incident before: what is over for it began, too.
#[must_use]
pub fn at_first(event: &Event) -> Event {
    let over = event.incident().is_some_and(|incident| !incident.is_open());
    Event { also_opened: event.also_opened || over, ..event.clone() }
}

fn has(events: &[&Event], kind: EventKind) -> bool {
    turned(events, kind).is_some()
}

/// The place of the first that is of that kind.
fn turned(events: &[&Event], kind: EventKind) -> Option<usize> {
    events.iter().position(|event| event.changes.contains(&kind))
}

/// An incident begins among them. Whoever is told of it as open after it began again (nobody took care of it) knew it.
fn opened(events: &[&Event]) -> bool {
    let begins = |event: &&Event| event.also_opened || event.changes.contains(&EventKind::IncidentOpened);
    let again = turned(events, EventKind::IncidentReopened).unwrap_or(usize::MAX);
    events.iter().position(begins).is_some_and(|begun| begun <= again)
}

/// In the order in which the contract names them: the first that applies is the type.
const OF_INCIDENTS: [EventKind; 9] = [
    EventKind::IncidentOpened,
    EventKind::IncidentReopened,
    EventKind::IncidentResolved,
    EventKind::IncidentPostmortem,
    EventKind::IncidentUpdated,
    EventKind::IncidentImpactChanged,
    EventKind::IncidentScopeChanged,
    EventKind::IncidentEdited,
    EventKind::IncidentRemoved,
];

/// `None`: it began again and is over, all while nobody was told.
fn of_incident(events: &[&Event], open: bool) -> Option<Vec<EventKind>> {
    let opened = opened(events);
    let (ended, reopened) = (has(events, EventKind::IncidentResolved), has(events, EventKind::IncidentReopened));
    let mut changes: Vec<EventKind> = OF_INCIDENTS.into_iter().filter(|kind| has(events, *kind)).collect();
    changes.retain(|kind| match kind {
        EventKind::IncidentOpened => open,
        EventKind::IncidentResolved => !open,
        // It ended and went on while nobody was told: it never ended for them.
        EventKind::IncidentReopened => open && !ended && !opened,
        _ => true,
    });
    if opened && !open {
        changes.retain(|kind| *kind != EventKind::IncidentResolved);
        changes.insert(0, EventKind::IncidentResolved);
    }
    // What was told as over began again and is over again: for whoever was not told of that it never began again.
    let ended_at = turned(events, EventKind::IncidentResolved).unwrap_or(usize::MAX);
    let again_first = turned(events, EventKind::IncidentReopened).is_some_and(|again| again < ended_at);
    if !opened && !open && reopened && again_first {
        changes.retain(|kind| *kind != EventKind::IncidentResolved);
        if changes.is_empty() {
            return None;
        }
    }
    if changes.is_empty() {
        changes.push(if reopened || ended { EventKind::IncidentUpdated } else { EventKind::IncidentEdited });
    }
    Some(changes)
}

/// `None`: it was announced and is over, all while nobody was told.
fn of_maintenance(events: &[&Event]) -> Option<Vec<EventKind>> {
    let order = [
        EventKind::MaintenanceCancelled,
        EventKind::MaintenanceCompleted,
        EventKind::MaintenanceStarted,
        EventKind::MaintenanceOverdue,
        EventKind::MaintenanceChanged,
        EventKind::MaintenanceScheduled,
        EventKind::MaintenanceReminder,
    ];
    let mut changes: Vec<EventKind> = order.into_iter().filter(|kind| has(events, *kind)).collect();
    let over = changes.first().is_some_and(|kind| kind.ends_maintenance());
    if over && changes.contains(&EventKind::MaintenanceScheduled) {
        return None;
    }
    // A reminder of what runs already reminds nobody.
    if changes.len() > 1 {
        changes.retain(|kind| *kind != EventKind::MaintenanceReminder);
    }
    Some(changes)
}

/// Every update once, in the order in which they were told.
fn updates(events: &[&Event]) -> Vec<TimelineEntry> {
    let mut updates: Vec<TimelineEntry> = Vec::new();
    for entry in events.iter().flat_map(|event| &event.updates) {
        match updates.iter_mut().find(|known| known.id == entry.id) {
            Some(known) => known.clone_from(entry),
            None => updates.push(entry.clone()),
        }
    }
    updates
}

/// One message for all that a channel's digest holds. `link` answers with our page of an event. `None`: nothing is left.
#[must_use]
pub fn digest(
    kept: &[&Kept],
    gathered: Gathered,
    now: Timestamp,
    link: impl Fn(&ProviderRef, &Event) -> String,
) -> Option<Event> {
    let mut things: Vec<(String, Vec<&Kept>)> = Vec::new();
    for one in kept {
        let about = one.about();
        match things.iter_mut().find(|(known, _)| *known == about) {
            Some((_, those)) => those.push(one),
            None => things.push((about, vec![one])),
        }
    }
    let mut items: Vec<DigestItem> = Vec::new();
    let mut told: Vec<(&ProviderRef, Event)> = Vec::new();
    for (_, those) in &things {
        let events: Vec<&Event> = those.iter().map(|one| &one.event).collect();
        let (Some(event), Some(first)) = (merged(&events, now), those.first()) else { continue };
        items.push(item(&first.provider, &event, link(&first.provider, &event)));
        told.push((&first.provider, event));
    }
    let from = kept.iter().map(|one| one.event.at).min()?;
    items.sort_by_key(|item| (item.over, std::cmp::Reverse(item.impact), std::cmp::Reverse(item.started_at)));
    let root = root::of(&told.iter().map(|(provider, event)| (*provider, event)).collect::<Vec<_>>());
    let key: Vec<String> = kept.iter().map(|one| one.id.to_string()).collect();
    let key = ids::hash_hex(&[key.join(" ").as_bytes()]);
    if items.is_empty() {
        return None;
    }
    let digest = Digest { gathered, from, to: now, items, root };
    Some(Event::new("digest", &key, vec![EventKind::DigestReady], now, Subject::Digest(digest)))
}

fn item(provider: &ProviderRef, event: &Event, link: String) -> DigestItem {
    let (mut started_at, mut ended_at, mut over) = (None, None, false);
    let impact = match &event.subject {
        Subject::Incident(incident) => {
            (started_at, ended_at) = (incident.started_at.or(Some(incident.first_seen_at)), incident.resolved_at);
            over = !incident.is_open();
            Some(incident.impact)
        }
        Subject::Maintenance(maintenance) => {
            (started_at, ended_at) = (maintenance.starts_at, maintenance.ends_at);
            over = maintenance.stage.is_over();
            None
        }
        Subject::Component(change) => {
            over = change.after == crate::Health::Operational;
            None
        }
        Subject::Page(_) => {
            over = event.kind != EventKind::PageUnreadable;
            None
        }
        Subject::Warning(warning) => {
            (started_at, ended_at) = (Some(warning.started_at), warning.ended_at);
            over = !warning.is_open();
            Some(warning.impact)
        }
        Subject::Channel(_) | Subject::Digest(_) | Subject::Test => None,
    };
    DigestItem {
        provider: provider.clone(),
        kind: event.kind,
        title: event.title(),
        impact,
        over,
        started_at,
        ended_at,
        components: event.components().iter().map(|one| one.name.clone()).collect(),
        link,
    }
}
