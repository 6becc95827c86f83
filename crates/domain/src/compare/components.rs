//! Components: which changed their health, and which an incident concerns.

use std::collections::BTreeMap;

use super::{Comparison, Moment};
use crate::components::{Component, Components};
use crate::event::{ComponentChange, Event, EventKind, Subject};
use crate::incident::ComponentRef;
use crate::reading::Reading;
use crate::step::PageState;

/// One event for each component whose health moved. A component that was not there before has no history to differ from.
pub(super) fn compare(state: &mut PageState, reading: &Reading, moment: &Moment<'_>, comparison: &mut Comparison) {
    if state.components == reading.components {
        return;
    }
    let known = std::mem::replace(&mut state.components, reading.components.clone());
    for (component, before) in moved(&known, &reading.components) {
        let change = ComponentChange {
            component: ComponentRef { id: component.id.clone(), name: component.name.clone() },
            group: component.group.clone(),
            before: before.health,
            after: component.health,
        };
        let changes = vec![EventKind::ComponentChanged];
        let mut event = Event::new(moment.page, &component.id, changes, moment.now, Subject::Component(change));
        event.unseen_s = moment.unseen_s;
        comparison.events.push(event);
    }
}

/// Each told component that was known with another health, and what it was.
fn moved<'a>(known: &'a Components, told: &'a Components) -> Vec<(&'a Component, &'a Component)> {
    let moved = |(component, before): &(&Component, &Component)| component.health != before.health;
    // Mostly a page lists what it listed before.
    if known.line_up(told) {
        return told.iter().zip(known).filter(moved).collect();
    }
    pairs(known, told).into_iter().filter(moved).collect()
}

/// Each told component that was known, with what it was. Pages without ids may give one name to components of two
/// groups: those of the same group belong together, then those that are left (a group may be renamed).
fn pairs<'a>(known: &'a [Component], told: &'a [Component]) -> Vec<(&'a Component, &'a Component)> {
    let mut left: BTreeMap<&str, Vec<&Component>> = BTreeMap::new();
    for component in known {
        left.entry(component.id.as_str()).or_default().push(component);
    }
    let mut take = |component: &Component, is_it: &dyn Fn(&Component) -> bool| {
        let known = left.get_mut(component.id.as_str())?;
        let place = known.iter().position(|one| is_it(one))?;
        Some(known.remove(place))
    };
    let mut found: Vec<_> = told.iter().map(|one| (one, take(one, &|known| known.group == one.group))).collect();
    for (component, before) in found.iter_mut().filter(|(_, before)| before.is_none()) {
        *before = take(component, &|_| true);
    }
    found.into_iter().filter_map(|(component, before)| Some((component, before?))).collect()
}

/// What an incident (or a maintenance) concerns after the page named `told`. A page that names none takes none away,
/// and neither does an unlinking at the end.
pub(super) fn after(known: &[ComponentRef], told: &[ComponentRef], ends: bool) -> Vec<ComponentRef> {
    let says_less = told.iter().any(|one| one.id.is_empty());
    if told.is_empty() || (says_less && same(known, told)) {
        return known.to_vec();
    }
    if !ends {
        return told.to_vec();
    }
    let added = told.iter().filter(|one| !known.iter().any(|other| is(one, other)));
    known.iter().chain(added).cloned().collect()
}

/// The same components in whatever order. Surfaces without ids name them.
pub(super) fn same(one: &[ComponentRef], other: &[ComponentRef]) -> bool {
    let within = |these: &[ComponentRef], those: &[ComponentRef]| {
        these.iter().all(|this| those.iter().any(|that| is(this, that)))
    };
    within(one, other) && within(other, one)
}

fn is(one: &ComponentRef, other: &ComponentRef) -> bool {
    if one.id.is_empty() || other.id.is_empty() { one.name == other.name } else { one.id == other.id }
}
