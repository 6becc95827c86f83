//! Checks: tests of our own, as they are declared, with how each stands just now.

pub mod history;
pub mod reading;
pub mod state;

use std::sync::{Arc, Mutex, PoisonError};

use tocsin_domain::{Call, Health, ProviderRef, Reading, Timestamp, ids};
use tokio::sync::{Mutex as Turns, Notify};
use uuid::Uuid;

use crate::config::Check;
use crate::directory::Directory;
use reading::read;
use state::State;

/// In the place of a provider's slug, for what tests no provider's service.
pub const OWN: &str = "tocsin";

/// Every check, in the order of the file.
#[derive(Debug, Default)]
pub struct Checks {
    all: Vec<Arc<Watched>>,
    /// Held from looking how many calls are allowed to having counted one more.
    pub counting: Turns<()>,
}

impl Checks {
    /// Ids hang on names, so that they stay the same over restarts.
    #[must_use]
    pub fn new(declared: Vec<Check>) -> Self {
        let watched = |check: Check| {
            let id = ids::v7(Timestamp::from_second(0), &[b"check", check.slug.as_bytes()]);
            let (wanted, stirred) = (Notify::new(), Notify::new());
            Arc::new(Watched { id, check, wanted, stirred, stepping: Turns::default(), live: Mutex::default() })
        };
        Self { all: declared.into_iter().map(watched).collect(), counting: Turns::default() }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Arc<Watched>> {
        self.all.iter()
    }

    /// By its id, or its name in addresses.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Arc<Watched>> {
        let by_id = Uuid::parse_str(id).ok();
        self.all.iter().find(|one| Some(one.id) == by_id || one.check.slug == id)
    }

    /// Those that test the service of a provider.
    pub fn of<'a>(&'a self, provider: &'a str) -> impl Iterator<Item = &'a Arc<Watched>> {
        self.all.iter().filter(move |one| one.check.provider.as_deref() == Some(provider))
    }

    /// Those whose events are about a provider, or about themselves.
    pub fn about<'a>(&'a self, slug: &'a str) -> impl Iterator<Item = &'a Arc<Watched>> {
        self.all.iter().filter(move |one| one.slug() == slug)
    }

    /// Calls within an hour before `now` to the target of a check, whichever check made them.
    #[must_use]
    pub fn hourly(&self, watched: &Watched, now: Timestamp) -> usize {
        let same = self.all.iter().filter(|one| one.check.target == watched.check.target);
        same.map(|one| one.live(|live| live.state.within_hour(now))).sum()
    }

    /// Minutes that all checks together have talked on the day of `now`.
    #[must_use]
    pub fn minutes_today(&self, now: Timestamp) -> i64 {
        self.all.iter().map(|one| one.live(|live| live.state.minutes_on(now))).sum()
    }
}

/// A check, and how it stands.
#[derive(Debug)]
pub struct Watched {
    pub id: Uuid,
    pub check: Check,
    /// Rung when somebody wants a call now.
    pub wanted: Notify,
    /// Rung when it has become another.
    pub stirred: Notify,
    /// Whoever makes it another has it to themselves.
    pub stepping: Turns<()>,
    live: Mutex<Live>,
}

/// How a check stands.
#[derive(Clone, Debug, Default)]
pub struct Live {
    pub state: State,
    pub last: Option<Call>,
    pub is_calling: bool,
    pub next_at: Option<Timestamp>,
    /// Why it does not call though it is time.
    pub held_back: Option<String>,
}

impl Live {
    /// What its calls say of what it tests, as far as it may call at all.
    #[must_use]
    pub fn reading(&self, check: &Check) -> Reading {
        let last = self.last.as_ref().and_then(|call| call.reading.as_ref());
        match (last, &self.held_back) {
            (Some(last), None) => last.clone(),
            (Some(last), Some(_)) if last.health != Health::Operational => last.clone(),
            (_, Some(why)) => reading::unknown(check, last, "held_back", why),
            (None, None) => reading::unknown(check, None, "not_called", "It has not called yet."),
        }
    }

    /// The health of that, and in one sentence what there is to say of it.
    #[must_use]
    pub fn health(&self, check: &Check) -> (Health, Option<String>) {
        let reading = self.reading(check);
        (reading.health, reading.problems.into_iter().next().map(|problem| problem.detail))
    }

    /// Reads a last call that an earlier version kept without its reading.
    pub fn read_again(&mut self, check: &Check) {
        let Some(call) = self.last.as_mut().filter(|call| call.reading.is_none()) else { return };
        let components = self.state.open.as_ref().map(|open| &*open.warning.components).unwrap_or_default();
        call.reading = Some(read(check, &self.state, call.proof, &call.why, components));
    }
}

impl Watched {
    /// Looks at how it stands.
    pub fn live<T>(&self, look: impl FnOnce(&Live) -> T) -> T {
        look(&self.live.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes how it stands.
    pub fn change<T>(&self, change: impl FnOnce(&mut Live) -> T) -> T {
        change(&mut self.live.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whom its events are about: the provider whose service it tests, else the check itself.
    #[must_use]
    pub fn provider(&self, directory: &Directory) -> ProviderRef {
        let known = self.check.provider.as_deref().and_then(|slug| directory.provider(slug));
        known.map_or_else(
            || ProviderRef { slug: OWN.to_owned(), name: self.check.name.clone() },
            |provider| provider.reference(),
        )
    }

    /// Of that provider.
    #[must_use]
    pub fn slug(&self) -> &str {
        self.check.provider.as_deref().unwrap_or(OWN)
    }
}
