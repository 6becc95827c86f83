//! Components: which changed their health, and which an incident concerns.

use std::collections::BTreeMap;

use super::{Comparison, Moment};
use crate::event::{ComponentChange, Event, EventKind, Subject};
use crate::incident::ComponentRef;
use crate::reading::{Component, Reading};
use crate::step::PageState;

/// One event for each component whose health moved. A component that was not there before has no history to differ from.
pub(super) fn compare(state: &mut PageState, reading: &Reading, moment: &Moment<'_>, comparison: &mut Comparison) {
    if state.components == reading.components {
        return;
    }
    let known = std::mem::replace(&mut state.components, reading.components.clone());
    let mut known = Known::of(&known);
    for component in &reading.components {
        let Some(before) = known.take(component).filter(|before| before.health != component.health) else { continue };
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

/// Known components by id. Pages without ids may give one name to components of two groups, so an id may lead to several.
struct Known<'a>(BTreeMap<&'a str, Vec<&'a Component>>);

impl<'a> Known<'a> {
    fn of(components: &'a [Component]) -> Self {
        let mut by_id: BTreeMap<&str, Vec<&Component>> = BTreeMap::new();
        for component in components {
            by_id.entry(component.id.as_str()).or_default().push(component);
        }
        Self(by_id)
    }

    /// The known component that this one is: of the same group if there is one, else the first that is left. Each once.
    fn take(&mut self, component: &Component) -> Option<&'a Component> {
        let left = self.0.get_mut(component.id.as_str()).filter(|left| !left.is_empty())?;
        let place = left.iter().position(|known| known.group == component.group).unwrap_or(0);
        Some(left.remove(place))
    }
}

/// What an incident (or a maintenance) concerns after the page named `told`. A page that names none takes none away,
/// and neither does an unlinking at the end.
pub(super) fn after(known: &[ComponentRef], told: &[ComponentRef], ends: bool) -> Vec<ComponentRef> {
    if told.is_empty() || same(known, told) {
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
