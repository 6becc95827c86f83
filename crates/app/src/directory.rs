//! Directory: who watches what and whom to tell. A snapshot of the set-up, swapped whole when it changes.

use std::collections::{BTreeMap, HashMap, HashSet};

use tocsin_domain::ProviderRef;
use tocsin_domain::alert::{Audience, Interest, Member};
use tocsin_store::{ChannelRow, GroupRow, MonitorRow, Setup};
use uuid::Uuid;

use crate::catalog;

/// A provider we know: from the catalogue, or added beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provider {
    pub slug: String,
    pub name: String,
    pub category: String,
    pub homepage: Option<String>,
    pub page: String,
    /// As declared or catalogued; `None`: detected on the first poll.
    pub platform: Option<String>,
    /// Seconds between polls, where this provider has its own.
    pub interval_s: Option<i64>,
    /// Declared in a configuration file or added by hand, not from the catalogue.
    pub own: bool,
}

impl Provider {
    #[must_use]
    pub fn reference(&self) -> ProviderRef {
        ProviderRef { slug: self.slug.clone(), name: self.name.clone() }
    }
}

/// The set-up, arranged for looking things up.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    providers: BTreeMap<String, Provider>,
    monitors: HashMap<String, Vec<MonitorRow>>,
    groups: HashMap<Uuid, GroupRow>,
    channels: HashMap<Uuid, ChannelRow>,
    suppressed: HashSet<(Uuid, String, String)>,
    setup: Setup,
}

impl Directory {
    /// Arranges a set-up over the catalogue.
    #[must_use]
    pub fn new(setup: Setup, suppressions: Vec<(Uuid, String, String)>) -> Self {
        let mut providers: BTreeMap<String, Provider> = BTreeMap::new();
        for row in &setup.providers {
            let known = catalog::by_slug(&row.slug);
            providers.insert(
                row.slug.clone(),
                Provider {
                    slug: row.slug.clone(),
                    name: row.name.clone(),
                    category: known.map_or_else(|| "own".to_owned(), |entry| entry.category.to_owned()),
                    homepage: known.map(|entry| entry.homepage.to_owned()).filter(|homepage| !homepage.is_empty()),
                    page: row.page.clone(),
                    platform: row.platform.clone(),
                    interval_s: row.interval_s,
                    own: true,
                },
            );
        }
        let mut monitors: HashMap<String, Vec<MonitorRow>> = HashMap::new();
        for row in &setup.monitors {
            monitors.entry(row.provider.clone()).or_default().push(row.clone());
        }
        Self {
            providers,
            monitors,
            groups: setup.groups.iter().map(|row| (row.id, row.clone())).collect(),
            channels: setup.channels.iter().map(|row| (row.id, row.clone())).collect(),
            suppressed: suppressions.into_iter().collect(),
            setup,
        }
    }

    /// A provider by slug (or an old slug of the catalogue).
    #[must_use]
    pub fn provider(&self, slug: &str) -> Option<Provider> {
        self.providers.get(slug).cloned().or_else(|| catalog::by_slug(slug).map(from_catalogue))
    }

    /// Everything that can be watched: own providers, then the catalogue's, each slug once.
    pub fn all_providers(&self) -> impl Iterator<Item = Provider> + '_ {
        let own = self.providers.values().cloned();
        let rest = catalog::all().iter().filter(|entry| !self.providers.contains_key(entry.slug)).map(from_catalogue);
        own.chain(rest)
    }

    /// Slugs that somebody monitors.
    #[must_use]
    pub fn monitored(&self) -> HashSet<&str> {
        self.monitors.keys().map(String::as_str).collect()
    }

    /// Who could hear of a provider.
    #[must_use]
    pub fn audience(&self, provider: &str) -> Audience {
        let mut members = Vec::new();
        for monitor in self.monitors.get(provider).into_iter().flatten() {
            for group in monitor.groups.iter().filter_map(|id| self.groups.get(id)) {
                let channels = group.channels.iter().filter(|id| {
                    self.channels.get(id).is_some_and(|channel| channel.disabled.is_none())
                });
                members.push(Member {
                    monitor: monitor.id.to_string(),
                    interest: Interest(monitor.components.clone()),
                    group: group.id.to_string(),
                    group_name: group.name.clone(),
                    rule: group.rule.clone(),
                    channels: channels.map(Uuid::to_string).collect(),
                });
            }
        }
        Audience { members }
    }

    #[must_use]
    pub fn channel(&self, id: Uuid) -> Option<&ChannelRow> {
        self.channels.get(&id)
    }

    #[must_use]
    pub fn group(&self, id: Uuid) -> Option<&GroupRow> {
        self.groups.get(&id)
    }

    /// True where this recipient of a channel asked not to hear.
    #[must_use]
    pub fn is_suppressed(&self, team: Uuid, channel: &str, recipient: &str) -> bool {
        !recipient.is_empty() && self.suppressed.contains(&(team, channel.to_owned(), recipient.to_owned()))
    }

    /// The rows behind it, for listings.
    #[must_use]
    pub fn setup(&self) -> &Setup {
        &self.setup
    }
}

fn from_catalogue(entry: &catalog::Entry) -> Provider {
    Provider {
        slug: entry.slug.to_owned(),
        name: entry.name.to_owned(),
        category: entry.category.to_owned(),
        homepage: Some(entry.homepage.to_owned()).filter(|homepage| !homepage.is_empty()),
        page: entry.page.to_owned(),
        platform: entry.platform.map(str::to_owned),
        interval_s: None,
        own: false,
    }
}
