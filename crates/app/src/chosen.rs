//! Chosen: how the monitors are that name components. Worked out once for each state of their provider's pages, because a
//! page's components lie packed in the store.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use tocsin_domain::Health;
use uuid::Uuid;

/// The last known health of each such monitor, with the version of the pages it was made of.
#[derive(Debug, Default)]
pub struct Chosen {
    healths: Mutex<HashMap<Uuid, (u64, Health)>>,
}

impl Chosen {
    /// `None` where it has to be worked out.
    #[must_use]
    pub fn get(&self, monitor: Uuid, version: u64) -> Option<Health> {
        let healths = self.healths.lock().unwrap_or_else(PoisonError::into_inner);
        healths.get(&monitor).filter(|(made_of, _)| *made_of == version).map(|(_, health)| *health)
    }

    pub fn put(&self, monitor: Uuid, version: u64, health: Health) {
        self.healths.lock().unwrap_or_else(PoisonError::into_inner).insert(monitor, (version, health));
    }

    /// Forgets everything: the set-up is another one.
    pub fn clear(&self) {
        self.healths.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_worked_out_again() {
        let (chosen, monitor) = (Chosen::default(), Uuid::nil());
        assert_eq!(chosen.get(monitor, 0), None);
        chosen.put(monitor, 3, Health::Degraded);
        assert_eq!((chosen.get(monitor, 3), chosen.get(monitor, 4)), (Some(Health::Degraded), None));
        chosen.clear();
        assert_eq!(chosen.get(monitor, 3), None);
    }
}
