//! Watch: the pages we ask, and what we know of each at a glance. In memory; the store has the rest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tocsin_domain::cadence::{LastPoll, Pace};
use tocsin_domain::{Health, PageState, ProviderRef, Timestamp};
use tocsin_platforms::{Memory, PageAddress, Platform};
use tocsin_store::{Packed, PageStatus};
use uuid::Uuid;

use crate::net::Validators;

/// One page that is watched.
#[derive(Debug)]
pub struct Page {
    pub id: Uuid,
    pub provider: ProviderRef,
    pub address: PageAddress,
    pub pace: Pace,
    live: Mutex<Live>,
}

/// What we know of a page at a glance.
#[derive(Clone, Debug)]
pub struct Live {
    /// `None`: not known yet, detected on the next poll.
    pub platform: Option<Platform>,
    pub memory: Memory,
    pub validators: HashMap<String, Validators>,
    pub health: Health,
    pub last_known: Option<Health>,
    pub read_at: Option<Timestamp>,
    pub reason: Option<String>,
    pub last: LastPoll,
    pub wake_at: Option<Timestamp>,
    /// Something open was missing last time: "unchanged" must be stepped, too.
    pub second_look: bool,
    /// The `PageState` as it was stored last; `None`: the store has to be asked.
    pub state: Option<Packed>,
    /// Polls since the start: jitter hangs on it.
    pub turn: u64,
    /// Read since its state was last written.
    pub unflushed: bool,
    /// Hash of the bodies of the last poll, by surface: equal bytes need no parsing.
    pub bodies: HashMap<String, String>,
}

impl Page {
    #[must_use]
    pub fn new(status: &PageStatus, provider: ProviderRef, address: PageAddress, pace: Pace, platform: Option<Platform>) -> Self {
        let live = Live {
            platform,
            memory: serde_json::from_str(&status.memory).unwrap_or_default(),
            validators: serde_json::from_str(&status.validators).unwrap_or_default(),
            health: status.health,
            last_known: status.last_known,
            read_at: status.read_at,
            reason: status.reason.clone(),
            last: LastPoll {
                active: status.active,
                failures: u32::try_from(status.failures).unwrap_or(0),
                retry_after_s: None,
            },
            wake_at: status.wake_at,
            second_look: status.active,
            state: None,
            turn: 0,
            unflushed: false,
            bodies: HashMap::new(),
        };
        Self { id: status.page.id, provider, address, pace, live: Mutex::new(live) }
    }

    /// A copy of what we know.
    #[must_use]
    pub fn live(&self) -> Live {
        self.with(|live| live.clone())
    }

    /// Looks at or changes what we know; hold it briefly.
    pub fn with<T>(&self, change: impl FnOnce(&mut Live) -> T) -> T {
        change(&mut self.live.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes over what a step made of the page, once it is stored.
    pub fn follow(&self, state: &PageState, packed: Packed, wake_at: Option<Timestamp>) {
        self.with(|live| {
            live.state = Some(packed);
            live.health = state.health;
            live.last_known = state.last_known;
            live.read_at = state.read_at;
            live.reason.clone_from(&state.reason);
            live.last.active = state.is_active();
            live.last.failures = state.failures;
            live.wake_at = wake_at;
            live.second_look = state.wants_second_look();
            live.unflushed = false;
        });
    }
}

/// All pages that are watched; swapped whole when the set-up changes.
#[derive(Debug, Default)]
pub struct Watch {
    pages: RwLock<Arc<Pages>>,
}

/// Pages by id and by provider.
#[derive(Debug, Default)]
pub struct Pages {
    pub all: Vec<Arc<Page>>,
    by_provider: HashMap<String, Vec<Arc<Page>>>,
    by_id: HashMap<Uuid, Arc<Page>>,
}

impl Pages {
    #[must_use]
    pub fn new(all: Vec<Arc<Page>>) -> Self {
        let mut by_provider: HashMap<String, Vec<Arc<Page>>> = HashMap::new();
        for page in &all {
            by_provider.entry(page.provider.slug.clone()).or_default().push(Arc::clone(page));
        }
        let by_id = all.iter().map(|page| (page.id, Arc::clone(page))).collect();
        Self { all, by_provider, by_id }
    }

    #[must_use]
    pub fn by_id(&self, id: Uuid) -> Option<&Arc<Page>> {
        self.by_id.get(&id)
    }

    /// The pages of a provider.
    #[must_use]
    pub fn of(&self, provider: &str) -> &[Arc<Page>] {
        self.by_provider.get(provider).map_or(&[], Vec::as_slice)
    }

    /// Health of a provider: the worst of its pages; `None` where it is not watched.
    #[must_use]
    pub fn health(&self, provider: &str) -> Option<Health> {
        Health::worst(self.of(provider).iter().map(|page| page.with(|live| live.health)))
    }
}

impl Watch {
    #[must_use]
    pub fn pages(&self) -> Arc<Pages> {
        Arc::clone(&self.pages.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub fn set(&self, pages: Pages) {
        *self.pages.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(pages);
    }
}
