//! App: everything the loops and the server share.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use anyhow::Context;
use tocsin_channels::{Sender, vapid_public_key};
use tocsin_domain::cadence::Pace;
use tocsin_domain::ids;
use tocsin_platforms::{PageAddress, Platform};
use tocsin_store::{Changed, ChannelRow, JournalEntry, MonitorRow, PageStatus, Setup, Store, StoreError};
use tokio::sync::{Mutex, Notify, Semaphore, broadcast, mpsc, watch};
use tracing::{info, warn};
use url::Url;
use uuid::Uuid;

use crate::access::Access;
use crate::catalog;
use crate::checks::Checks;
use crate::chosen::Chosen;
use crate::clock;
use crate::config::{Config, Declared, WatchWhat};
use crate::declare;
use crate::directory::{Directory, Provider, Wishes};
use crate::door::{Door, Doors};
use crate::foresight;
use crate::net::{Net, NetConfig};
use crate::pulse::Pulse;
use crate::push::{Hints, websub};
use crate::subscribing::Circles;
use crate::work::commit::{self, Committer, Handed};
use crate::work::turns::Wish;
use crate::work::watch::{Page, Pages, Watch};

/// Live listeners may fall this many events behind before they are cut off; they resume by sequence.
const JOURNAL_ROOM: usize = 1024;
/// No public host is asked more often than this (seconds).
const PUBLIC_FLOOR_S: i64 = 30;
/// Incidents that are open for longer than this (seconds) are nobody's business any more: 90 days.
pub const ACKNOWLEDGED_S: i64 = 90 * 24 * 3600;
/// The fact that says that this store was started before.
const STARTED: &str = "first_start";

/// What the loops and the server share.
pub struct App {
    pub config: Config,
    pub store: Store,
    pub net: Net,
    pub sender: Sender,
    pub watch: Watch,
    pub checks: Checks,
    pub journal: broadcast::Sender<Arc<JournalEntry>>,
    /// The same for what strangers gave us: it leads to public addresses only.
    outside: Option<Net>,
    /// Rung when something new waits in the outbox.
    pub outbox_grew: Notify,
    /// Rung when subscribers are to be told something.
    pub circulars: Notify,
    pub committer: Committer,
    pub pulse: Pulse,
    pub hints: Hints,
    /// Room to ask hubs.
    pub hubs: Arc<Semaphore>,
    pub doors: Doors,
    pub chosen: Chosen,
    /// True once we are to stop.
    pub stop: watch::Sender<bool>,
    /// Touched when other pages are watched than before.
    pub watch_changed: watch::Sender<()>,
    pub access: Access,
    /// Held by whoever changes the set-up, from looking at it to taking it over.
    pub changing: Mutex<()>,
    directory: RwLock<Arc<Directory>>,
}

impl App {
    /// Opens the store, takes over what is declared, and arranges what is watched. The second part is what the
    /// committer works on.
    ///
    /// # Errors
    /// One sentence that says what to do.
    pub async fn open(mut config: Config) -> anyhow::Result<(Arc<Self>, mpsc::Receiver<Handed>)> {
        let net = Net::new(net_config(&config))?;
        let outside = (!config.net.allow_private.is_empty())
            .then(|| Net::new(NetConfig { allow_private: Vec::new(), smtp_url: None, ..net_config(&config) }));
        let outside = outside.transpose()?;
        // The store has it from here on: it is not kept twice.
        let declared = std::mem::take(&mut config.declared);
        for refusal in foresight::refusals(&declared, &net) {
            warn!("{refusal}");
        }
        let store = Store::open(&config.database_url, &config.key_file).await?;
        let vapid =
            store.kept_secret("vapid", |bytes| vapid_public_key(bytes).is_some()).await.unwrap_or_else(|error| {
                warn!(%error, "the key for browsers' notifications cannot be opened; they are refused until it can");
                Vec::new()
            });
        let sender = Sender {
            base_url: config.server.base_url.clone(),
            mail_from: config.net.from.clone(),
            unsubscribe_key: store.signing_key(),
            vapid,
            ..Sender::default()
        };
        let (committer, handed) = commit::channel();
        let app = Arc::new(Self {
            net,
            sender,
            watch: Watch::default(),
            checks: Checks::new(std::mem::take(&mut config.checks)),
            journal: broadcast::channel(JOURNAL_ROOM).0,
            outside,
            outbox_grew: Notify::new(),
            circulars: Notify::new(),
            committer,
            pulse: Pulse::default(),
            hints: Hints::default(),
            hubs: Arc::new(Semaphore::new(websub::AT_ONCE)),
            doors: Doors::default(),
            chosen: Chosen::default(),
            stop: watch::channel(false).0,
            watch_changed: watch::channel(()).0,
            access: Access::default(),
            changing: Mutex::new(()),
            directory: RwLock::default(),
            store,
            config,
        });
        app.take_over(declared).await.context("what the configuration declares could not be stored")?;
        app.refresh().await?;
        app.bind_doors().await?;
        if app.store.has_owner().await? {
            app.access.owner_exists();
        }
        app.pulse.poll();
        app.pulse.deliver();
        Ok((app, handed))
    }

    /// Asks the pages of a provider at once, whole.
    pub fn ask_anew(&self, provider: &str) {
        for page in self.watch.pages().of(provider) {
            page.with(|live| live.kept.doubt());
            self.hints.give(page.id, Wish::Anew);
        }
    }

    /// Binds what was kept before doors knew what they are given for to the pages as they are now, and says of what is
    /// kept where it would travel in clear.
    async fn bind_doors(&self) -> Result<(), StoreError> {
        let directory = self.directory();
        for (slug, door) in self.doors.kept() {
            let Some(provider) = directory.provider(&slug) else { continue };
            for (_, why) in door.in_clear(&self.net, &provider.page) {
                warn!("what opens the page of provider `{slug}` will not be sent: {why}");
            }
            if let Some(page) = Url::parse(&provider.page).ok().filter(|_| door.is_loose()) {
                let door = Door::clone(&door).given_for(&page);
                self.store.put_door(&slug, &door.kept(), clock::now()).await?;
                self.doors.put(&slug, Some(door));
            }
        }
        Ok(())
    }

    async fn take_over(&self, declared: Declared) -> Result<(), StoreError> {
        for (provider, kept) in self.store.doors().await? {
            self.doors.put(&provider, Door::of_kept(&kept));
        }
        let doors = declared.providers.iter().filter_map(|one| Some((one.slug.clone(), one.door.clone()?)));
        self.doors.declare(doors);
        if self.config.server.public_read && self.doors.any() {
            warn!(
                "some pages are entered with credentials: whoever is not signed in reads nothing, in spite of public_read"
            );
        }
        let now = clock::now();
        let team = self.store.default_team();
        self.store.declare(&declare::setup(&declared, team), now).await?;
        drop(declared);
        let first = self.store.fact(STARTED).await?.is_none();
        if first && !self.config.from_file && self.store.setup().await?.monitors.is_empty() {
            for slug in catalog::STARTER {
                self.store.put_monitor(&starter(team, slug), now).await?;
            }
            info!(monitors = catalog::STARTER.len(), "first start: a starter set of monitors was added");
        }
        if first {
            self.store.remember(STARTED, &now.to_string()).await?;
        }
        Ok(())
    }

    /// The network for an address that somebody gave who is known here, or a stranger.
    #[must_use]
    pub fn net_for(&self, trusted: bool) -> &Net {
        self.outside.as_ref().filter(|_| !trusted).unwrap_or(&self.net)
    }

    /// Those who subscribed, where that is switched on.
    async fn circles(&self) -> Result<Circles, StoreError> {
        if !self.config.server.subscriptions {
            return Ok(Circles::default());
        }
        let team = self.store.default_team();
        Ok(Circles::new(team, self.store.subscribed().await?.into_iter().map(|(target, _)| target)))
    }

    /// What teams wish for a while. Acknowledgements matter for as long as incidents last.
    async fn wishes(&self) -> Result<Wishes, StoreError> {
        let now = clock::now();
        let acknowledged = self.store.acknowledgements(now.plus(-ACKNOWLEDGED_S)).await?;
        Ok(Wishes::new(self.store.silences(now).await?, acknowledged, self.store.overrides(now).await?))
    }

    /// The set-up as it is now.
    #[must_use]
    pub fn directory(&self) -> Arc<Directory> {
        Arc::clone(&self.directory.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes over a changed set-up: who is told, and what is watched. Whoever changed it holds [`App::changing`].
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub async fn refresh(&self) -> Result<(), StoreError> {
        let setup: Setup = self.store.setup().await?;
        let suppressions = self.store.suppressions().await?;
        let mut directory = Directory::new(setup, suppressions)
            .in_zone(&self.config.server.time_zone)
            .with_wishes(self.wishes().await?)
            .with_circles(self.circles().await?);
        if let Some(simulated) = &self.config.simulated {
            directory = directory.simulated(&simulated.categories);
        }
        let directory = Arc::new(directory);
        *self.directory.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&directory);
        self.chosen.clear();
        self.rearrange(&directory).await
    }

    /// Stops sending to a channel, with the reason.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn disable_channel(&self, id: Uuid, why: String) -> Result<(), StoreError> {
        let _changing = self.changing.lock().await;
        self.store.disable_channel(id, Some(why)).await?;
        self.refresh().await
    }

    /// Sends to a channel again. Answers whether it was given up: then it has something to catch up with
    /// (`crate::work::returned`).
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn enable_channel(&self, id: Uuid) -> Result<bool, StoreError> {
        let _changing = self.changing.lock().await;
        let was_given_up = self.directory().channel(id).is_some_and(|channel| channel.disabled.is_some());
        self.store.disable_channel(id, None).await?;
        self.refresh().await?;
        Ok(was_given_up)
    }

    /// Sends nothing to a recipient of a channel any more, with the reason.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub async fn leave_alone(&self, channel: &ChannelRow, recipient: &str, why: &str) -> Result<(), StoreError> {
        let _changing = self.changing.lock().await;
        self.store.suppress(channel.team, &channel.name, recipient, why, clock::now()).await?;
        self.refresh().await
    }

    /// Gives a channel's setting the value that the other side named. What a file declares stays as it is written there:
    /// the new value lies over it until the file says something else.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub async fn take_change(&self, channel: Uuid, key: &str, value: &str) -> Result<(), StoreError> {
        let _changing = self.changing.lock().await;
        let directory = self.directory();
        let Some(row) = directory.channel(channel) else { return Ok(()) };
        let Some(present) = row.settings.get(key).and_then(serde_json::Value::as_str) else { return Ok(()) };
        if row.declared {
            let earlier = self.store.changed(channel).await?.into_iter();
            let mut earlier =
                earlier.filter(|changed| changed.key == key && changed.now == present).map(|changed| changed.was);
            let was = earlier.next_back().unwrap_or_else(|| present.to_owned());
            let changed = Changed { key: key.to_owned(), was, now: value.to_owned() };
            self.store.put_changed(channel, &changed).await?;
        } else {
            let mut row = row.clone();
            row.settings[key] = serde_json::Value::from(value);
            self.store.put_channel(&row, clock::now()).await?;
        }
        self.refresh().await
    }

    async fn rearrange(&self, directory: &Directory) -> Result<(), StoreError> {
        let now = clock::now();
        let wanted: Vec<(Provider, Url)> = self.wanted(directory).collect();
        let rows: Vec<_> = wanted.iter().map(|(provider, _)| page_row(provider)).collect();
        self.store.ensure_pages(&rows, now).await?;
        let known: HashMap<(String, String), PageStatus> = self
            .store
            .pages()
            .await?
            .into_iter()
            .map(|status| ((status.page.provider.clone(), status.page.url.clone()), status))
            .collect();
        let before = self.watch.pages();
        let kept: HashMap<Uuid, &Arc<Page>> = before.all.iter().map(|page| (page.id, page)).collect();
        let mut pages = Vec::with_capacity(wanted.len());
        for (provider, url) in wanted {
            let Some(status) = known.get(&(provider.slug.clone(), provider.page.clone())) else { continue };
            let pace = self.pace(&provider, &url);
            match kept.get(&status.page.id) {
                Some(page)
                    if page.pace == pace
                        && page.provider.name == provider.name
                        && page.described == provider.described =>
                {
                    pages.push(Arc::clone(page));
                }
                _ => {
                    let address = PageAddress { url };
                    let platform = platform(&provider, status);
                    let page = Page::new(status, provider.reference(), address, pace, platform);
                    pages.push(Arc::new(page.described(provider.described.clone())));
                }
            }
        }
        self.watch.set(Pages::new(pages));
        self.watch_changed.send_replace(());
        Ok(())
    }

    /// What is to be watched: what somebody monitors, checks or a board shows, and what `poll.watch` adds.
    fn wanted<'a>(&'a self, directory: &'a Directory) -> impl Iterator<Item = (Provider, Url)> + 'a {
        let watched = directory.watched();
        let more: Box<dyn Fn(&Provider) -> bool> = match &self.config.poll.watch {
            WatchWhat::Monitored => Box::new(|_| false),
            WatchWhat::All => Box::new(|_| true),
            WatchWhat::Categories(categories) => Box::new(|provider| categories.contains(&provider.category)),
        };
        let checked = self.checks.iter().filter_map(|one| one.check.provider.as_deref());
        let watched: HashSet<String> = watched.into_iter().chain(checked).map(str::to_owned).collect();
        directory.all_providers().filter(move |provider| watched.contains(&provider.slug) || more(provider)).filter_map(
            |provider| match Url::parse(&provider.page) {
                Ok(url) => Some((provider, url)),
                Err(error) => {
                    warn!(provider = provider.slug, page = provider.page, %error, "this address is not watched");
                    None
                }
            },
        )
    }

    /// Public hosts are not asked more often than every 30 seconds; what `net.allow_private` names may be.
    fn pace(&self, provider: &Provider, url: &Url) -> Pace {
        let floor = if self.net.is_private(url) { 1 } else { PUBLIC_FLOOR_S };
        let interval_s = provider.interval_s.unwrap_or(self.config.poll.interval_s).max(floor);
        Pace { interval_s, active_interval_s: self.config.poll.active_interval_s.min(interval_s).max(floor) }
    }
}

#[must_use]
pub fn net_config(config: &Config) -> NetConfig {
    NetConfig {
        allow_private: config.net.allow_private.clone(),
        proxy: config.net.proxy.clone(),
        ca_file: config.net.ca_file.clone(),
        smtp_url: config.net.smtp_url.clone(),
        per_host: config.poll.per_host,
        concurrency: config.poll.concurrency,
        user_agent: user_agent(&config.server.base_url),
    }
}

/// Who asks: `Tocsin/0.1.0 (status page reader; +https://tocsin.example.com)`.
#[must_use]
pub fn user_agent(base_url: &str) -> String {
    format!("Tocsin/{} (status page reader; +{base_url})", env!("CARGO_PKG_VERSION"))
}

/// What somebody described goes before what somebody declared, that before what was detected, and that before what the
/// catalogue says.
fn platform(provider: &Provider, status: &PageStatus) -> Option<Platform> {
    if let Some(described) = &provider.described {
        return Some(described.platform());
    }
    let stated = provider.platform.as_deref().and_then(Platform::named);
    let detected = status.page.platform.as_deref().and_then(Platform::named);
    if provider.own { stated.or(detected) } else { detected.or(stated) }
}

fn page_row(provider: &Provider) -> (Uuid, String, String) {
    let id = ids::v7(clock::now(), &[b"page", provider.slug.as_bytes(), provider.page.as_bytes()]);
    (id, provider.slug.clone(), provider.page.clone())
}

fn starter(team: Uuid, slug: &str) -> MonitorRow {
    MonitorRow {
        id: ids::v7(clock::now(), &[b"monitor", team.as_bytes(), slug.as_bytes()]),
        team,
        provider: slug.to_owned(),
        components: Vec::new(),
        groups: Vec::new(),
        declared: false,
        paused: false,
        told_at: None,
        tags: Vec::new(),
        aware: false,
    }
}
