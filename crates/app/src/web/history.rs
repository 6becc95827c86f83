//! History: the last days of a page and its components, out of what moved and of when we looked.

use std::collections::HashMap;

use tocsin_domain::uptime::{self, Day, HealthChange, Span};
use tocsin_domain::{Component, Health, Timestamp};
use uuid::Uuid;

use crate::app::App;
use crate::work::watch::Live;

/// Days that a bar shows.
const DAYS: usize = 90;
/// A reading that lies this close behind the last stored look continues it (seconds): looks are written down in bulk.
const CONTINUES_S: i64 = 30 * 60;

/// The last days of one page.
pub struct History {
    grid: Vec<Timestamp>,
    seen: Vec<Span>,
    /// By component, oldest first; the page itself is the empty one.
    changes: HashMap<String, Vec<HealthChange>>,
}

impl History {
    /// # Errors
    /// If the store cannot be read.
    pub async fn of(app: &App, page: Uuid, live: &Live, now: Timestamp) -> Result<Self, tocsin_store::StoreError> {
        let grid = uptime::grid(&app.config.server.time_zone, now, DAYS);
        let since = grid.first().copied().unwrap_or(now);
        let mut seen = app.store.coverage(page, since).await?;
        if let (Some(last), Some(read_at)) = (seen.last_mut(), live.read_at)
            && read_at > last.to
            && read_at.since(last.to) <= CONTINUES_S
        {
            last.to = read_at;
        }
        let mut changes: HashMap<String, Vec<HealthChange>> = HashMap::new();
        for change in app.store.health_changes(page, since).await? {
            changes.entry(change.component.clone()).or_default().push(change);
        }
        Ok(Self { grid, seen, changes })
    }

    /// The page as a whole; `health` is what it was when it was last read. Empty where nobody has looked.
    #[must_use]
    pub fn page(&self, health: Health) -> Vec<Day> {
        self.track("", health)
    }

    /// One for each of the page's components; empty where two share an id, and nobody can tell whose history is whose.
    #[must_use]
    pub fn components(&self, components: &[Component]) -> Vec<Vec<Day>> {
        let mut count: HashMap<&str, usize> = HashMap::with_capacity(components.len());
        for component in components {
            *count.entry(&component.id).or_default() += 1;
        }
        let alone = |component: &Component| count.get(component.id.as_str()) == Some(&1) && !component.id.is_empty();
        let days = |component: &Component| {
            if alone(component) { self.track(&component.id, component.health) } else { Vec::new() }
        };
        components.iter().map(days).collect()
    }

    fn track(&self, component: &str, health: Health) -> Vec<Day> {
        if self.seen.is_empty() {
            return Vec::new();
        }
        let changes = self.changes.get(component).map_or(&[][..], Vec::as_slice);
        uptime::days(&self.grid, &self.seen, changes, Some(health))
    }
}
