//! Components: the parts of a provider's service that a page lists. A list goes unchanged from what a page said into
//! what we remember of it, poll after poll: it is shared, and copied only by whoever changes it.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::health::Health;

/// A part of a provider's service. Only leaves are listed; containers live in `group`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Component {
    /// Native id, or the name where the page has none.
    pub id: String,
    pub name: String,
    /// Names of the groups around it, outermost first.
    pub group: Vec<String>,
    pub health: Health,
    pub hidden_while_operational: bool,
}

/// A page's components in its own order: a `Vec<Component>` that costs nothing to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Components(Arc<Vec<Component>>);

impl Components {
    /// The same components in the same places, whatever became of their names and healths.
    #[must_use]
    pub fn line_up(&self, other: &Self) -> bool {
        let same = |(one, other): (&Component, &Component)| one.id == other.id && one.group == other.group;
        self.len() == other.len() && self.iter().zip(other.iter()).all(same)
    }
}

impl Deref for Components {
    type Target = Vec<Component>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Components {
    fn deref_mut(&mut self) -> &mut Self::Target {
        Arc::make_mut(&mut self.0)
    }
}

impl From<Vec<Component>> for Components {
    fn from(components: Vec<Component>) -> Self {
        Self(Arc::new(components))
    }
}

impl FromIterator<Component> for Components {
    fn from_iter<I: IntoIterator<Item = Component>>(components: I) -> Self {
        components.into_iter().collect::<Vec<_>>().into()
    }
}

impl IntoIterator for Components {
    type Item = Component;
    type IntoIter = std::vec::IntoIter<Component>;

    fn into_iter(self) -> Self::IntoIter {
        Arc::unwrap_or_clone(self.0).into_iter()
    }
}

impl<'a> IntoIterator for &'a Components {
    type Item = &'a Component;
    type IntoIter = std::slice::Iter<'a, Component>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a mut Components {
    type Item = &'a mut Component;
    type IntoIter = std::slice::IterMut<'a, Component>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl Serialize for Components {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Components {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}
