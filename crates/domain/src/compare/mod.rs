//! Compare: two states of a page become events. Nothing here knows who will hear of them.

mod components;
mod incidents;
mod maintenances;
mod recall;
mod renamed;
mod timeline;

pub(crate) use maintenances::{ticks, wake_at};
pub use recall::{recall, strange_works, strangers};

use std::collections::BTreeMap;

use crate::event::Event;
use crate::incident::Incident;
use crate::maintenance::Maintenance;
use crate::reading::Reading;
use crate::step::PageState;
use crate::time::Timestamp;

/// Remembered incidents by the id that the page tells or told them under, as far as [`recall`] and [`strangers`] asked for
/// them.
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
    /// The vendor's word that made us look.
    pub pushed_at: Option<Timestamp>,
}

impl<'a> Moment<'a> {
    fn after_look_away(state: &PageState, page: &'a str, now: Timestamp) -> Self {
        let before = state.read_at;
        let unseen_s = before.map(|at| now.since(at)).filter(|gap| *gap > crate::step::LOOKED_AWAY_S);
        Self { page, now, before, unseen_s, pushed_at: state.pushed_at }
    }
}

/// Holds a reading against what is known, updates `state` and returns what differs.
pub(crate) fn compare(state: &mut PageState, recalled: &Recalled, reading: &Reading, now: Timestamp) -> Comparison {
    let mut comparison = Comparison::default();
    let page = state.page.clone();
    let moment = Moment::after_look_away(state, &page, now);
    components::compare(state, reading, &moment, &mut comparison);
    let recalled = renamed::incidents(state, recalled, reading, now, false);
    incidents::compare(state, &recalled, reading, &moment, &mut comparison);
    maintenances::compare(state, reading, &moment, &mut comparison);
    comparison
}

/// Another page stands in its place. What both tell of is one thing, whatever its id; what was open and is not on the new
/// one was taken away. Incidents as they are remembered from here on come back with the comparison.
pub(crate) fn gone(
    state: &mut PageState,
    recalled: &Recalled,
    instead: &Reading,
    now: Timestamp,
) -> (Comparison, Recalled) {
    let mut comparison = Comparison::default();
    let page = state.page.clone();
    let moment = Moment::after_look_away(state, &page, now);
    // Only what is proven to be the same page in other software may tell its incidents a little differently.
    let remade = state.platform.is_some() && state.platform != instead.platform;
    let recalled = renamed::incidents(state, recalled, instead, now, remade).into_owned();
    incidents::gone(state, &recalled, instead, &moment, &mut comparison);
    renamed::maintenances(state, instead);
    maintenances::gone(state, instead, &mut comparison);
    (comparison, recalled)
}

/// What follows when the page says that nothing changed since the last reading.
pub(crate) fn unchanged(state: &mut PageState, recalled: &Recalled, now: Timestamp) -> Comparison {
    let mut comparison = Comparison::default();
    let page = state.page.clone();
    let moment = Moment::after_look_away(state, &page, now);
    incidents::unchanged(state, recalled, &moment, &mut comparison);
    maintenances::unchanged(state, &moment, &mut comparison);
    comparison
}
