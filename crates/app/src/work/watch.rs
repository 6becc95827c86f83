//! Watch: the pages we ask, and what we know of each at a glance. In memory; the store has the rest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tocsin_domain::cadence::{LastPoll, Pace};
use tocsin_domain::{Health, PageState, ProviderRef, Timestamp};
use tocsin_platforms::{Described, PageAddress, Platform, Reader, reader_for};
use tocsin_store::PageStatus;
use uuid::Uuid;

use super::ask::Known;

/// One page that is watched.
#[derive(Debug)]
pub struct Page {
    pub id: Uuid,
    pub provider: ProviderRef,
    pub address: PageAddress,
    pub pace: Pace,
    /// How somebody described it.
    pub described: Option<Arc<Described>>,
    live: Mutex<Live>,
    /// Held from loading the page's state to storing the next: one step at a time.
    pub stepping: tokio::sync::Mutex<()>,
}

/// What we know of a page at a glance.
#[derive(Clone, Debug)]
pub struct Live {
    /// `None`: not known yet, detected on the next poll.
    pub platform: Option<Platform>,
    /// What proved that it is made with another platform than it was last read as.
    pub moved: Option<String>,
    pub kept: Kept,
    pub health: Health,
    pub last_known: Option<Health>,
    pub read_at: Option<Timestamp>,
    pub reason: Option<String>,
    /// The first failure after the last good reading; `None` also where we have not failed since the start.
    pub failing_since: Option<Timestamp>,
    pub last: LastPoll,
    pub wake_at: Option<Timestamp>,
    /// Something open was missing last time: "unchanged" must be stepped, too.
    pub second_look: bool,
    /// What a step starts from, as it was stored last, of pages that change again and again; `None`: the store has to be
    /// asked. Whoever takes it holds `stepping`.
    pub state: Option<Box<PageState>>,
    /// Polls since the start: jitter hangs on it.
    pub turn: u64,
    /// Changes with every step that was stored: what was made of an older state is out of date.
    pub version: u64,
    /// When it was last written down that we look.
    pub covered_at: Option<Timestamp>,
    /// When it was last asked, by this process.
    pub asked_at: Option<Timestamp>,
    /// Read since its state was last written.
    pub unflushed: bool,
    /// Hash of the last reading: bodies may differ (a clock in them) and still say the same.
    pub print: Option<u64>,
    /// The vendor sent word then, and nothing has come of it yet.
    pub pushed_at: Option<Timestamp>,
    /// The last poll brought something new.
    restless: bool,
}

/// [`Known`] between two polls: texts instead of maps, because every page has one.
#[derive(Clone, Debug, Default)]
pub struct Kept {
    memory: Box<str>,
    validators: Box<str>,
    bodies: Box<str>,
}

impl Kept {
    #[must_use]
    pub fn of(known: &Known) -> Self {
        let text = |json: Result<String, serde_json::Error>| json.unwrap_or_else(|_| "{}".to_owned()).into_boxed_str();
        Self {
            memory: text(serde_json::to_string(&known.memory)),
            validators: text(serde_json::to_string(&known.validators)),
            bodies: text(serde_json::to_string(&known.bodies)),
        }
    }

    #[must_use]
    pub fn open(&self) -> Known {
        Known {
            memory: serde_json::from_str(&self.memory).unwrap_or_default(),
            validators: serde_json::from_str(&self.validators).unwrap_or_default(),
            bodies: serde_json::from_str(&self.bodies).unwrap_or_default(),
        }
    }

    /// Without what would turn the next answer into "unchanged".
    pub fn doubt(&mut self) {
        self.validators = Box::default();
        self.bodies = Box::default();
    }

    /// The platform's memory and the validators, as the store keeps them.
    #[must_use]
    pub fn stored(&self) -> (String, String) {
        let text = |json: &str| if json.is_empty() { "{}".to_owned() } else { json.to_owned() };
        (text(&self.memory), text(&self.validators))
    }
}

impl Page {
    #[must_use]
    pub fn new(
        status: &PageStatus,
        provider: ProviderRef,
        address: PageAddress,
        pace: Pace,
        platform: Option<Platform>,
    ) -> Self {
        let live = Live {
            platform,
            moved: None,
            kept: Kept {
                memory: status.memory.as_str().into(),
                validators: status.validators.as_str().into(),
                bodies: Box::default(),
            },
            health: status.health,
            last_known: status.last_known,
            read_at: status.read_at,
            reason: status.reason.clone(),
            failing_since: None,
            last: LastPoll {
                active: status.active,
                failures: u32::try_from(status.failures).unwrap_or(0),
                retry_after_s: None,
            },
            wake_at: status.wake_at,
            second_look: status.active,
            state: None,
            turn: 0,
            version: 0,
            covered_at: None,
            asked_at: None,
            unflushed: false,
            print: None,
            pushed_at: None,
            restless: false,
        };
        Self {
            id: status.page.id,
            provider,
            address,
            pace,
            described: None,
            live: Mutex::new(live),
            stepping: tokio::sync::Mutex::new(()),
        }
    }

    /// The same, read as somebody described it.
    #[must_use]
    pub fn described(self, described: Option<Arc<Described>>) -> Self {
        Self { described, ..self }
    }

    /// How it is read as a page of that platform.
    #[must_use]
    pub fn reader(&self, platform: Platform) -> &dyn Reader {
        reader_for(platform, self.described.as_deref())
    }

    /// A copy of what we know.
    #[must_use]
    pub fn live(&self) -> Live {
        self.with(|live| live.clone())
    }

    /// What a row shows of it.
    #[must_use]
    pub fn glance(&self) -> Glance {
        self.with(|live| Glance {
            health: live.health,
            last_known: live.last_known,
            read_at: live.read_at,
            reason: live.reason.clone(),
        })
    }

    /// Looks at or changes what we know; hold it briefly.
    pub fn with<T>(&self, change: impl FnOnce(&mut Live) -> T) -> T {
        change(&mut self.live.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// It says what it said before, and nothing waits for a step: true if so noted.
    pub fn rest(&self, now: Timestamp) -> bool {
        self.with(|live| {
            let quiet = live.last.failures == 0 && !live.second_look && live.wake_at.is_none_or(|at| at > now);
            if quiet && live.read_at.is_some() {
                live.read_at = Some(now);
                live.unflushed = true;
            }
            if quiet && !std::mem::take(&mut live.restless) {
                live.state = None;
            }
            quiet
        })
    }

    /// Takes over what a step made of the page, once it is stored.
    pub fn follow(&self, state: PageState, wake_at: Option<Timestamp>) {
        self.with(|live| {
            live.version += 1;
            live.health = state.health;
            live.last_known = state.last_known;
            live.read_at = state.read_at;
            live.reason.clone_from(&state.reason);
            live.failing_since = state.failing_since;
            live.last.active = state.is_active();
            live.last.failures = state.failures;
            live.wake_at = wake_at;
            live.second_look = state.wants_second_look();
            live.unflushed = false;
            // Only what changes again and again is worth its place in memory.
            live.state = Some(Box::new(state)).filter(|_| live.restless);
            live.restless = true;
        });
    }
}

/// What a row shows of a page.
#[derive(Clone, Debug)]
pub struct Glance {
    pub health: Health,
    pub last_known: Option<Health>,
    pub read_at: Option<Timestamp>,
    pub reason: Option<String>,
}

/// All pages that are watched; swapped whole when the set-up changes.
#[derive(Debug, Default)]
pub struct Watch {
    pages: RwLock<Arc<Pages>>,
}

/// Pages by provider and by id.
#[derive(Debug, Default)]
pub struct Pages {
    /// By slug of their provider.
    pub all: Vec<Arc<Page>>,
    by_id: HashMap<Uuid, Arc<Page>>,
}

impl Pages {
    #[must_use]
    pub fn new(mut all: Vec<Arc<Page>>) -> Self {
        all.sort_by(|one, other| one.provider.slug.cmp(&other.provider.slug));
        let by_id = all.iter().map(|page| (page.id, Arc::clone(page))).collect();
        Self { all, by_id }
    }

    #[must_use]
    pub fn by_id(&self, id: Uuid) -> Option<&Arc<Page>> {
        self.by_id.get(&id)
    }

    /// The pages of a provider.
    #[must_use]
    pub fn of(&self, provider: &str) -> &[Arc<Page>] {
        let from = self.all.partition_point(|page| page.provider.slug.as_str() < provider);
        let to = self.all.partition_point(|page| page.provider.slug.as_str() <= provider);
        self.all.get(from..to).unwrap_or_default()
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
