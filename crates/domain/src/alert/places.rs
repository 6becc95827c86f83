//! Places: where a page's components stand, so that a filter finds them by id, name or group.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use crate::components::{Component, Components};
use crate::incident::ComponentRef;

/// A page's components, arranged once for all the events of a step, and only where somebody asks.
#[derive(Debug, Default)]
pub(crate) struct Places {
    components: Components,
    arranged: OnceCell<Arranged>,
}

/// Places in the list of components.
#[derive(Debug, Default)]
struct Arranged {
    by_id: BTreeMap<String, Vec<usize>>,
    /// Lower-case, as vendors are not strict about it between their surfaces.
    by_name: BTreeMap<String, Vec<usize>>,
    by_group: BTreeMap<String, Vec<usize>>,
}

impl Arranged {
    fn of(components: &[Component]) -> Self {
        let mut arranged = Self::default();
        for (place, component) in components.iter().enumerate() {
            arranged.by_id.entry(component.id.clone()).or_default().push(place);
            arranged.by_name.entry(component.name.to_lowercase()).or_default().push(place);
            for group in &component.group {
                arranged.by_group.entry(group.to_lowercase()).or_default().push(place);
            }
        }
        arranged
    }

    fn of_one(&self, one: &ComponentRef) -> Option<&Vec<usize>> {
        let name = one.name.to_lowercase();
        self.by_id.get(&one.id).or_else(|| self.by_name.get(&name)).or_else(|| self.by_group.get(&name))
    }
}

impl Places {
    pub fn of(components: Components) -> Self {
        Self { components, arranged: OnceCell::new() }
    }

    pub fn into_components(self) -> Components {
        self.components
    }

    /// Every name under which a filter may know what an incident names: its own, and ids, names and groups of the
    /// components it stands for. The name of a group stands for its members.
    pub fn names<'a>(&'a self, one: &'a ComponentRef) -> Vec<&'a str> {
        let found = self.arranged.get_or_init(|| Arranged::of(&self.components)).of_one(one);
        let components = found.into_iter().flatten().filter_map(|place| self.components.get(*place));
        let theirs = components.flat_map(|component| {
            [component.id.as_str(), component.name.as_str()]
                .into_iter()
                .chain(component.group.iter().map(String::as_str))
        });
        [one.id.as_str(), one.name.as_str()].into_iter().chain(theirs).collect()
    }
}
