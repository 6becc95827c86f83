//! Compare: two states of a page become events. Nothing here knows who will hear of them.

mod incidents;
mod maintenances;
mod timeline;

pub use incidents::recall;
pub(crate) use maintenances::{ticks, wake_at};

use std::collections::BTreeMap;

use crate::event::{ComponentChange, Event, EventKind, Subject};
use crate::incident::{ComponentRef, Incident};
use crate::maintenance::Maintenance;
use crate::reading::Reading;
use crate::step::PageState;
use crate::time::Timestamp;

/// Remembered incidents by their vendor id, as far as [`recall`] asked for them.
pub type Recalled = BTreeMap<String, Incident>;

/// What two states of a page differ in.
#[derive(Debug, Default)]
pub struct Comparison {
    pub events: Vec<Event>,
    /// Records that are new or changed.
    pub incidents: Vec<Incident>,
    pub maintenances: Vec<Maintenance>,
}

/// The moment of a comparison: what every part of it needs to know.
pub(crate) struct Moment<'a> {
    pub page: &'a str,
    pub now: Timestamp,
    /// The last good reading before this one; `None`: this is the first.
    pub before: Option<Timestamp>,
    /// Set when we looked away for long: seconds.
    pub unseen_s: Option<i64>,
}

/// Holds a reading against what is known, updates `state` and returns what differs.
pub(crate) fn compare(state: &mut PageState, recalled: &Recalled, reading: &Reading, now: Timestamp) -> Comparison {
    let mut comparison = Comparison::default();
    let before = state.read_at;
    let page = state.page.clone();
    let unseen_s = before.map(|at| now.since(at)).filter(|gap| *gap > crate::step::LOOKED_AWAY_S);
    let moment = Moment { page: &page, now, before, unseen_s };
    components(state, reading, &moment, &mut comparison);
    incidents::compare(state, recalled, reading, &moment, &mut comparison);
    maintenances::compare(state, reading, &moment, &mut comparison);
    comparison
}

fn components(state: &mut PageState, reading: &Reading, moment: &Moment<'_>, comparison: &mut Comparison) {
    let healths: BTreeMap<&str, _> = state.components.iter().map(|known| (known.id.as_str(), known.health)).collect();
    for component in &reading.components {
        let Some(before) = healths.get(component.id.as_str()).copied().filter(|before| *before != component.health)
        else {
            continue;
        };
        let change = ComponentChange {
            component: ComponentRef { id: component.id.clone(), name: component.name.clone() },
            group: component.group.clone(),
            before,
            after: component.health,
        };
        let changes = vec![EventKind::ComponentChanged];
        let mut event = Event::new(moment.page, &component.id, changes, moment.now, Subject::Component(change));
        event.unseen_s = moment.unseen_s;
        comparison.events.push(event);
    }
    if state.components != reading.components {
        state.components.clone_from(&reading.components);
    }
}
