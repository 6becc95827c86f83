//! One page's past: its events in order, and between them what time alone says.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::super::decide::{Audience, decide_among};
use super::super::due::Waiting;
use super::super::open::Open;
use super::super::places::Places;
use super::super::standing::Standing;
use super::{Heard, History};
use crate::event::{Event, Subject};
use crate::time::Timestamp;

/// What would have been decided of a page until `until`. `wakes_left` counts down how often time alone may still speak.
pub(super) fn played(history: &History<'_>, until: Timestamp, wakes_left: &mut usize) -> Vec<Heard> {
    let mut life = Life::of(history);
    let events: Vec<&Event> =
        history.events.iter().filter(|event| event.again.is_none() && event.at <= until).collect();
    let mut rest = events.as_slice();
    loop {
        let wakes = life.wakes().filter(|at| *at <= until && *wakes_left > 0);
        match (rest.first().map(|event| event.at), wakes) {
            (Some(next), wakes) if wakes.is_none_or(|at| at >= next) => {
                let together = rest.iter().take_while(|event| event.at == next).count();
                let (batch, after) = rest.split_at(together);
                life.pass(next, batch);
                rest = after;
            }
            (_, Some(at)) => {
                *wakes_left -= 1;
                life.pass(at, &[]);
            }
            _ => return life.heard,
        }
    }
}

struct Life<'a> {
    history: &'a History<'a>,
    places: Places,
    /// By the vendor's id, with ours: after a move the same id means something else.
    standings: BTreeMap<String, (Uuid, Standing)>,
    works: BTreeMap<String, (Uuid, Standing)>,
    /// The last event of what is open.
    open: BTreeMap<String, Event>,
    heard: Vec<Heard>,
}

impl<'a> Life<'a> {
    fn of(history: &'a History<'a>) -> Self {
        Self {
            history,
            places: Places::of(history.components.clone()),
            standings: BTreeMap::new(),
            works: BTreeMap::new(),
            open: BTreeMap::new(),
            heard: Vec::new(),
        }
    }

    fn wakes(&self) -> Option<Timestamp> {
        self.open.keys().filter_map(|id| self.standings.get(id)?.1.wakes()).min()
    }

    /// One moment: what the page said, then what time says.
    fn pass(&mut self, now: Timestamp, events: &[&Event]) {
        let whole = self.history.audience;
        let then;
        // Nobody knew then who would take care of it later.
        let audience = if whole.acknowledged.iter().all(|one| one.at <= now) {
            whole
        } else {
            let acknowledged = whole.acknowledged.iter().filter(|one| one.at <= now).cloned().collect();
            then = Audience { acknowledged, ..whole.clone() };
            &then
        };
        for event in events {
            self.decide(event, audience);
        }
        self.due(now, audience);
    }

    fn decide(&mut self, event: &Event, audience: &Audience) {
        let mut none = Standing::default();
        if let Some(subject) = Open::lasting(event) {
            if subject.is_open() {
                self.open.insert(subject.key(), event.clone());
            } else {
                self.open.remove(&subject.key());
            }
        }
        let standing = match &event.subject {
            Subject::Incident(incident) => {
                let known_before = incident.first_seen_at < event.at;
                let fresh = Standing {
                    imported_open: known_before || (incident.imported && incident.is_open()),
                    imported_impact: incident.impact,
                    ..Standing::default()
                };
                of(&mut self.standings, &incident.vendor_id, incident.id, fresh)
            }
            Subject::Maintenance(work) => {
                let imported_open = work.imported || work.first_seen_at < event.at;
                of(&mut self.works, &work.vendor_id, work.id, Standing { imported_open, ..Standing::default() })
            }
            Subject::Warning(warning) => {
                of(&mut self.standings, &warning.id.to_string(), warning.id, Standing::default())
            }
            Subject::Component(_) | Subject::Page(_) | Subject::Channel(_) | Subject::Digest(_) | Subject::Test => {
                &mut none
            }
        };
        let verdicts = decide_among(event, standing, &self.places, audience);
        self.heard.push(Heard { provider: self.history.provider.clone(), event: event.clone(), verdicts });
    }

    fn due(&mut self, now: Timestamp, audience: &Audience) {
        for (id, event) in &self.open {
            let Some((_, standing)) = self.standings.get_mut(id) else { continue };
            let Some(open) = Open::of(event).filter(|_| standing.waits(now)) else { continue };
            let waiting = Waiting { page: self.history.page, open, places: &self.places, audience, now };
            let said = waiting.said(standing).into_iter().filter(|(_, verdicts)| !verdicts.is_empty());
            let provider = self.history.provider;
            self.heard.extend(said.map(|(event, verdicts)| Heard { provider: provider.clone(), event, verdicts }));
        }
    }
}

/// What the page remembers of a subject; `fresh` for one that it has not met. What began before the journal does counts
/// as announced.
fn of<'a>(
    all: &'a mut BTreeMap<String, (Uuid, Standing)>,
    vendor_id: &str,
    id: Uuid,
    fresh: Standing,
) -> &'a mut Standing {
    let (known, standing) = all.entry(vendor_id.to_owned()).or_insert_with(|| (id, fresh.clone()));
    if *known != id {
        (*known, *standing) = (id, fresh);
    }
    standing
}
