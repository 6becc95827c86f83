//! Places: where a page's components stand, so that a filter finds them by id, name or group.

use std::collections::BTreeMap;

use crate::incident::ComponentRef;
use crate::reading::Component;

/// A page's components, looked up once for all the events of a step.
#[derive(Debug, Default)]
pub(crate) struct Places {
    components: Vec<Component>,
    by_id: BTreeMap<String, Vec<usize>>,
    /// Lower-case, as vendors are not strict about it between their surfaces.
    by_name: BTreeMap<String, Vec<usize>>,
    by_group: BTreeMap<String, Vec<usize>>,
}

impl Places {
    pub fn of(components: Vec<Component>) -> Self {
        let mut places = Self::default();
        for (place, component) in components.iter().enumerate() {
            places.by_id.entry(component.id.clone()).or_default().push(place);
            places.by_name.entry(component.name.to_lowercase()).or_default().push(place);
            for group in &component.group {
                places.by_group.entry(group.to_lowercase()).or_default().push(place);
            }
        }
        Self { components, ..places }
    }

    pub fn into_components(self) -> Vec<Component> {
        self.components
    }

    /// Every name under which a filter may know what an incident names: its own, and ids, names and groups of the
    /// components it stands for. The name of a group stands for its members.
    pub fn names<'a>(&'a self, one: &'a ComponentRef) -> Vec<&'a str> {
        let name = one.name.to_lowercase();
        let found = self.by_id.get(&one.id).or_else(|| self.by_name.get(&name)).or_else(|| self.by_group.get(&name));
        let components = found.into_iter().flatten().filter_map(|place| self.components.get(*place));
        let theirs = components.flat_map(|component| {
            [component.id.as_str(), component.name.as_str()]
                .into_iter()
                .chain(component.group.iter().map(String::as_str))
        });
        [one.id.as_str(), one.name.as_str()].into_iter().chain(theirs).collect()
    }
}
