//! Directory: who watches what and whom to tell. A snapshot of the set-up, swapped whole when it changes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use tocsin_channels::{Keeping, Kind};
use tocsin_domain::alert::{Acknowledgement, Audience, Interest, Member, Silence};
use tocsin_domain::{ProviderRef, Timestamp};
use tocsin_platforms::{Described, Platform};
use tocsin_store::{
    AcknowledgementRow, BoardRow, ChannelRow, DescriptionRow, GroupRow, MonitorRow, OverrideRow, ProviderRow, Setup,
    SilenceRow, Target, Wording,
};
use tracing::warn;
use uuid::Uuid;

use crate::catalog::{self, Names};
use crate::checks::OWN;
use crate::subscribing::{Circle, Circles};

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
    /// How somebody described its page.
    pub described: Option<Arc<Described>>,
}

impl Provider {
    #[must_use]
    pub fn reference(&self) -> ProviderRef {
        ProviderRef { slug: self.slug.clone(), name: self.name.clone() }
    }

    /// What a search looks at.
    #[must_use]
    pub fn names(&self) -> Names<'_> {
        Names {
            slug: &self.slug,
            name: &self.name,
            page: &self.page,
            homepage: self.homepage.as_deref().unwrap_or_default(),
            category: &self.category,
        }
    }
}

/// The set-up, arranged for looking things up.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    providers: BTreeMap<String, Provider>,
    descriptions: HashMap<String, (DescriptionRow, Option<Arc<Described>>)>,
    /// Slugs of those that a configuration file declares.
    declared: Vec<String>,
    monitors: Vec<MonitorRow>,
    /// Set up, but neither polled for nor told of.
    paused: Vec<MonitorRow>,
    /// Places in `monitors`, by provider.
    by_provider: HashMap<String, Vec<usize>>,
    groups: HashMap<Uuid, GroupRow>,
    /// The rules of the groups, as decisions name them.
    wordings: HashMap<Uuid, Wording>,
    channels: HashMap<Uuid, ChannelRow>,
    /// By name.
    boards: Vec<BoardRow>,
    suppressed: HashSet<(Uuid, String, String)>,
    /// A simulated world has no catalogue.
    without_catalogue: bool,
    /// IANA zone of the team.
    zone: String,
    wishes: Wishes,
    circles: Circles,
}

/// What teams wish for a while, by provider.
#[derive(Clone, Debug, Default)]
pub struct Wishes {
    silences: HashMap<String, Vec<Silence>>,
    acknowledged: HashMap<String, Vec<Acknowledgement>>,
    overrides: HashMap<String, Vec<OverrideRow>>,
}

impl Wishes {
    /// Arranges them.
    #[must_use]
    pub fn new(silences: Vec<SilenceRow>, acknowledged: Vec<AcknowledgementRow>, overrides: Vec<OverrideRow>) -> Self {
        let mut wishes = Self::default();
        for row in silences {
            wishes.silences.entry(row.provider).or_default().push(row.silence);
        }
        for row in acknowledged {
            wishes.acknowledged.entry(row.provider).or_default().push(row.acknowledgement);
        }
        for row in overrides {
            wishes.overrides.entry(row.provider.clone()).or_default().push(row);
        }
        wishes
    }
}

impl Directory {
    /// Arranges a set-up over the catalogue.
    #[must_use]
    pub fn new(setup: Setup, suppressions: Vec<(Uuid, String, String)>) -> Self {
        let mut by_provider: HashMap<String, Vec<usize>> = HashMap::new();
        let (paused, monitors): (Vec<_>, Vec<_>) = setup.monitors.into_iter().partition(|row| row.paused);
        for (place, row) in monitors.iter().enumerate() {
            match by_provider.get_mut(&row.provider) {
                Some(places) => places.push(place),
                None => drop(by_provider.insert(row.provider.clone(), vec![place])),
            }
        }
        let declared = setup.providers.iter().filter(|row| row.declared).map(|row| row.slug.clone()).collect();
        // A declared one comes behind the one that was written by hand, and takes its place.
        let descriptions: HashMap<_, _> = setup
            .descriptions
            .into_iter()
            .map(|row| (row.provider.clone(), (row.clone(), described(&row).map(Arc::new))))
            .collect();
        let own = |row: ProviderRow| {
            let described = descriptions.get(&row.slug).and_then(|(_, described)| described.clone());
            (row.slug.clone(), Provider { described, ..own(row) })
        };
        Self {
            declared,
            providers: setup.providers.into_iter().map(own).collect(),
            descriptions,
            monitors,
            paused,
            by_provider,
            wordings: setup.groups.iter().map(|row| (row.id, Wording::of(&row.rule))).collect(),
            groups: setup.groups.into_iter().map(|row| (row.id, row)).collect(),
            channels: setup.channels.into_iter().map(|row| (row.id, row)).collect(),
            boards: setup.boards,
            suppressed: suppressions.into_iter().collect(),
            without_catalogue: false,
            zone: "UTC".to_owned(),
            wishes: Wishes::default(),
            circles: Circles::default(),
        }
    }

    /// The same without the catalogue: there are only the vendors of a simulated world, in these categories.
    #[must_use]
    pub fn simulated(mut self, categories: &BTreeMap<String, String>) -> Self {
        for (slug, provider) in &mut self.providers {
            if let Some(category) = categories.get(slug) {
                provider.category.clone_from(category);
            }
            provider.homepage = None;
        }
        self.without_catalogue = true;
        self
    }

    /// The same, on the clock of a team in that zone.
    #[must_use]
    pub fn in_zone(self, zone: &str) -> Self {
        Self { zone: zone.to_owned(), ..self }
    }

    /// The same, with what teams wish just now.
    #[must_use]
    pub fn with_wishes(self, wishes: Wishes) -> Self {
        Self { wishes, ..self }
    }

    /// The same, with those who subscribed.
    #[must_use]
    pub fn with_circles(self, circles: Circles) -> Self {
        Self { circles, ..self }
    }

    /// Those who hear of a provider because they subscribed to it, or to a board that shows it.
    #[must_use]
    pub fn circles(&self, provider: &str) -> Vec<Circle> {
        self.circles.of(provider, &self.boards)
    }

    /// True where somebody subscribed to it.
    #[must_use]
    pub fn is_subscribed(&self, target: &Target) -> bool {
        self.circles.has(target)
    }

    /// What is muted of a provider, whether or not it holds at the moment.
    #[must_use]
    pub fn silences(&self, provider: &str) -> &[Silence] {
        self.wishes.silences.get(provider).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every silence, with its provider.
    pub fn all_silences(&self) -> impl Iterator<Item = (&str, &Silence)> {
        self.wishes.silences.iter().flat_map(|(slug, all)| all.iter().map(move |one| (slug.as_str(), one)))
    }

    /// Incidents of a provider, and warnings about it, that somebody takes care of.
    #[must_use]
    pub fn acknowledged(&self, provider: &str) -> &[Acknowledgement] {
        self.wishes.acknowledged.get(provider).map(Vec::as_slice).unwrap_or_default()
    }

    /// Every override, by provider.
    pub fn all_overrides(&self) -> impl Iterator<Item = &[OverrideRow]> {
        self.wishes.overrides.values().map(Vec::as_slice)
    }

    /// Every acknowledgement, with the provider.
    pub fn all_acknowledged(&self) -> impl Iterator<Item = (&str, &Acknowledgement)> {
        self.wishes.acknowledged.iter().flat_map(|(slug, all)| all.iter().map(move |one| (slug.as_str(), one)))
    }

    /// True where a silence or an override has ended by itself since this was arranged.
    #[must_use]
    pub fn has_ended(&self, now: Timestamp) -> bool {
        let past = |until: Option<Timestamp>| until.is_some_and(|until| until <= now);
        self.all_silences().any(|(_, one)| past(one.until)) || self.all_overrides().flatten().any(|row| past(row.until))
    }

    /// What a team says of a provider's health instead of its page.
    #[must_use]
    pub fn overrides(&self, provider: &str) -> &[OverrideRow] {
        self.wishes.overrides.get(provider).map(Vec::as_slice).unwrap_or_default()
    }

    /// A provider by slug (or an old slug of the catalogue).
    #[must_use]
    pub fn provider(&self, slug: &str) -> Option<Provider> {
        let own = self.providers.get(slug).cloned();
        own.or_else(|| catalog::by_slug(slug).filter(|_| !self.without_catalogue).map(|entry| self.listed(entry)))
    }

    /// Everything that can be watched: own providers, then the catalogue's, each slug once.
    pub fn all_providers(&self) -> impl Iterator<Item = Provider> + '_ {
        let own = self.providers.values().cloned();
        let rest = catalog::all()
            .iter()
            .filter(|entry| !self.providers.contains_key(entry.slug))
            .map(|entry| self.listed(entry));
        own.chain(rest.filter(|_| !self.without_catalogue))
    }

    fn listed(&self, entry: &catalog::Entry) -> Provider {
        let described = self.descriptions.get(entry.slug).and_then(|(_, described)| described.clone());
        Provider { described, ..from_catalogue(entry) }
    }

    /// How somebody described the page of a provider, as it is stored.
    #[must_use]
    pub fn description(&self, provider: &str) -> Option<&DescriptionRow> {
        self.descriptions.get(provider).map(|(row, _)| row)
    }

    /// Those that were declared or added by hand.
    pub fn own_providers(&self) -> impl Iterator<Item = &Provider> {
        self.providers.values()
    }

    /// Slugs of those that a configuration file declares.
    pub fn declared_providers(&self) -> impl Iterator<Item = &str> {
        self.declared.iter().map(String::as_str)
    }

    /// Slugs that somebody monitors.
    #[must_use]
    pub fn monitored(&self) -> HashSet<&str> {
        self.by_provider.keys().map(String::as_str).collect()
    }

    /// Slugs of those whose pages are read: somebody monitors them, or a board shows them.
    #[must_use]
    pub fn watched(&self) -> HashSet<&str> {
        let shown = self.boards.iter().flat_map(|row| &row.entries);
        self.monitored().into_iter().chain(shown.map(|entry| entry.provider.as_str())).collect()
    }

    /// How many monitors name a provider.
    #[must_use]
    pub fn monitors_of(&self, provider: &str) -> usize {
        self.by_provider.get(provider).map_or(0, Vec::len)
    }

    /// Who could hear of a provider.
    #[must_use]
    pub fn audience(&self, provider: &str) -> Audience {
        let places = self.by_provider.get(provider).into_iter().flatten();
        let monitors = places.filter_map(|place| self.monitors.get(*place));
        let members = monitors.flat_map(|monitor| self.members(monitor));
        Audience {
            members: members.chain(self.circles(provider).iter().map(|circle| circle.member(&self.zone))).collect(),
            provider: provider.to_owned(),
            category: self.category(provider),
            silences: self.silences(provider).to_vec(),
            acknowledged: self.acknowledged(provider).to_vec(),
        }
    }

    /// Who could hear of what a check of our own finds: the groups that it names, and those who follow the provider that
    /// it is about. `check` takes the place of a monitor.
    #[must_use]
    pub fn audience_of_check(&self, check: Uuid, provider: Option<&str>, groups: &[String]) -> Audience {
        let named: Vec<&GroupRow> = self.groups.values().filter(|group| groups.contains(&group.name)).collect();
        let own = |group: &&GroupRow| {
            let monitor = MonitorRow {
                id: check,
                team: group.team,
                provider: provider.unwrap_or_default().to_owned(),
                components: Vec::new(),
                groups: vec![group.id],
                declared: true,
                paused: false,
                told_at: None,
                tags: Vec::new(),
                aware: false,
            };
            let members = self.members_of(&monitor, group).into_iter();
            members.map(|member| Member { named: true, ..member }).collect::<Vec<_>>()
        };
        let mut members: Vec<Member> = named.iter().flat_map(own).collect();
        let places = provider.and_then(|provider| self.by_provider.get(provider)).into_iter().flatten();
        let monitors = places.filter_map(|place| self.monitors.get(*place));
        for member in monitors.flat_map(|monitor| self.members(monitor)) {
            if !members.iter().any(|one| one.named && one.group == member.group && one.after == member.after) {
                members.push(member);
            }
        }
        let slug = provider.unwrap_or(OWN);
        Audience {
            members,
            provider: provider.unwrap_or_default().to_owned(),
            category: provider.map(|provider| self.category(provider)).unwrap_or_default(),
            silences: self.silences(slug).to_vec(),
            acknowledged: self.acknowledged(slug).to_vec(),
        }
    }

    fn category(&self, provider: &str) -> String {
        let own = self.providers.get(provider).map(|own| own.category.clone());
        own.or_else(|| catalog::by_slug(provider).map(|entry| entry.category.to_owned())).unwrap_or_default()
    }

    /// Who hears through one monitor: its groups, and those behind them that hear when nobody acknowledges.
    #[must_use]
    pub fn members(&self, monitor: &MonitorRow) -> Vec<Member> {
        let groups = monitor.groups.iter().filter_map(|id| self.groups.get(id));
        groups.flat_map(|group| self.members_of(monitor, group)).collect()
    }

    /// Who would hear through one monitor if it told this group, stored or not: the group first, then those behind it.
    #[must_use]
    pub fn members_of(&self, monitor: &MonitorRow, group: &GroupRow) -> Vec<Member> {
        let mut members = vec![self.member(monitor, group, None)];
        let (mut before, mut passed) = (group, vec![group.id]);
        while let Some(next) = self.behind(before).filter(|next| !passed.contains(&next.id)) {
            members.push(self.member(monitor, next, Some(before.id.to_string())));
            passed.push(next.id);
            before = next;
        }
        members
    }

    /// The group that hears when this one does not acknowledge.
    fn behind(&self, group: &GroupRow) -> Option<&GroupRow> {
        let escalation = group.rule.escalate.as_ref()?;
        self.groups.values().find(|other| other.team == group.team && other.name == escalation.to)
    }

    fn member(&self, monitor: &MonitorRow, group: &GroupRow, after: Option<String>) -> Member {
        let working = |id: &&Uuid| self.channels.get(id).is_some_and(|channel| channel.disabled.is_none());
        let channels: Vec<Uuid> = group.channels.iter().filter(working).copied().collect();
        let alarms = channels.iter().filter(|id| self.channels.get(id).is_some_and(raises_alarms));
        Member {
            team: group.team.to_string(),
            zone: self.zone.clone(),
            monitor: monitor.id.to_string(),
            interest: Interest(monitor.components.clone()),
            tags: monitor.tags.clone(),
            aware: monitor.aware,
            group: group.id.to_string(),
            group_name: group.name.clone(),
            rule: group.rule.clone(),
            alarms: alarms.map(Uuid::to_string).collect(),
            channels: channels.iter().map(Uuid::to_string).collect(),
            named: false,
            after,
        }
    }

    #[must_use]
    pub fn channel(&self, id: Uuid) -> Option<&ChannelRow> {
        self.channels.get(&id)
    }

    #[must_use]
    pub fn group(&self, id: Uuid) -> Option<&GroupRow> {
        self.groups.get(&id)
    }

    /// The rule of a group, as decisions name it.
    #[must_use]
    pub fn wording(&self, group: &GroupRow) -> Wording {
        self.wordings.get(&group.id).cloned().unwrap_or_else(|| Wording::of(&group.rule))
    }

    /// True where this recipient of a channel asked not to hear.
    #[must_use]
    pub fn is_suppressed(&self, team: Uuid, channel: &str, recipient: &str) -> bool {
        !recipient.is_empty() && self.suppressed.contains(&(team, channel.to_owned(), recipient.to_owned()))
    }

    /// Those that are not paused.
    #[must_use]
    pub fn monitors(&self) -> &[MonitorRow] {
        &self.monitors
    }

    /// Every monitor, paused ones too.
    pub fn all_monitors(&self) -> impl Iterator<Item = &MonitorRow> {
        self.monitors.iter().chain(&self.paused)
    }

    #[must_use]
    pub fn monitor(&self, id: Uuid) -> Option<&MonitorRow> {
        self.all_monitors().find(|row| row.id == id)
    }

    /// Every board, by name.
    #[must_use]
    pub fn boards(&self) -> &[BoardRow] {
        &self.boards
    }

    /// A board by its id.
    #[must_use]
    pub fn board_by_id(&self, id: Uuid) -> Option<&BoardRow> {
        self.boards.iter().find(|row| row.id == id)
    }

    /// A board by its name in addresses. What it is about: its entries, each a provider and an interest in it.
    #[must_use]
    pub fn board(&self, slug: &str) -> Option<&BoardRow> {
        self.boards.iter().find(|row| row.slug == slug)
    }

    pub fn groups(&self) -> impl Iterator<Item = &GroupRow> {
        self.groups.values()
    }

    pub fn channels(&self) -> impl Iterator<Item = &ChannelRow> {
        self.channels.values()
    }
}

/// True where what is sent to it is an alarm that somebody ends.
fn raises_alarms(channel: &ChannelRow) -> bool {
    Kind::named(&channel.kind).is_some_and(|kind| kind.channel().keeping(&channel.settings) == Keeping::Alarm)
}

/// What a stored description means to this version.
#[must_use]
pub fn described(row: &DescriptionRow) -> Option<Described> {
    let read = || {
        let platform =
            Platform::named(&row.platform).ok_or_else(|| "its platform is none of this version's".to_owned())?;
        let description = serde_json::from_value(row.body.clone()).map_err(|error| error.to_string())?;
        Described::new(platform, description).map_err(|faults| {
            faults.into_iter().map(|fault| format!("{} {}; ", fault.key, fault.text)).collect::<String>()
        })
    };
    let read: Result<Described, String> = read();
    read.map_err(|error| warn!(provider = row.provider, error, "the description of this page cannot be used")).ok()
}

/// A provider that somebody added, with what the catalogue knows of it.
fn own(row: ProviderRow) -> Provider {
    let known = catalog::by_slug(&row.slug);
    Provider {
        category: known.map_or_else(|| "own".to_owned(), |entry| entry.category.to_owned()),
        homepage: known.map(|entry| entry.homepage.to_owned()).filter(|homepage| !homepage.is_empty()),
        slug: row.slug,
        name: row.name,
        page: row.page,
        platform: row.platform,
        interval_s: row.interval_s,
        own: true,
        described: None,
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
        described: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(provider: &str, declared: bool, anchor: &str) -> DescriptionRow {
        let status = serde_json::json!({"status": "$.status"});
        DescriptionRow {
            provider: provider.to_owned(),
            declared,
            platform: "json".to_owned(),
            body: serde_json::json!({"anchor": anchor, "overall": status}),
            source: String::new(),
            written_at: Timestamp::from_second(0),
        }
    }

    #[test]
    fn a_page_of_the_catalogue_may_be_described_too() {
        let descriptions = vec![row("stripe", false, "$.a"), row("github", false, "$.a"), row("github", true, "$.b")];
        let broken = row("sentry", false, "$.a[");
        let setup = Setup { descriptions: descriptions.into_iter().chain([broken]).collect(), ..Setup::default() };
        let directory = Directory::new(setup, Vec::new());
        let anchor = |slug: &str| {
            directory.provider(slug).unwrap().described.map(|described| described.description().anchor.clone())
        };
        assert_eq!(anchor("stripe").as_deref(), Some("$.a"));
        assert_eq!(anchor("github").as_deref(), Some("$.b"), "what a file declares goes before");
        assert_eq!((anchor("sentry"), anchor("twilio")), (None, None));
        let listed = directory.all_providers().filter(|provider| provider.described.is_some()).count();
        assert_eq!(listed, 2);
        assert!(directory.description("github").is_some_and(|row| row.declared));
    }
}
