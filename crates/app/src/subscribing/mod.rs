//! Subscribing: people who have no account are told what becomes of a provider or of those on a board, by mail, in a browser, or at an address of
//! a program. Whoever signs up proves that it is theirs: a mail with a link, a browser's own key, a challenge. What they
//! are told is decided once for all of them ([`circle`]).

mod challenge;
mod circle;
mod token;

pub use challenge::prove;
pub use circle::{Circle, Circles};
pub use token::{LASTS_S, Wanted, read as read_wanted, token as wanted_token};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tocsin_channels::{Composed, Kind, unsubscribe_token};
use tocsin_domain::ids;
use tocsin_store::{ChannelRow, Keeping, OutboxRow, StoreError, Subscription, Target};
use tracing::info;
use url::Url;
use uuid::Uuid;

use crate::access::board::is_for_strangers;
use crate::access::{self, login};
use crate::app::App;
use crate::clock;
use crate::directory::Directory;
use crate::net::{Net, Purpose};

/// What a mail that asks for a confirmation is called among events.
const ASKED: &str = "subscription.asked";

/// Under this a subscription keeps, among its settings, what opens the board for a guest.
const KEY: &str = "board_key";

/// What somebody hears of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct News {
    pub target: Target,
    /// In addresses; empty for a board that is gone.
    pub slug: String,
    pub name: String,
    /// What opens the board for a guest; empty: nothing has to.
    pub key: String,
}

impl News {
    /// Of a provider or a board, whether or not there still is one.
    #[must_use]
    pub fn of(directory: &Directory, target: &Target) -> Self {
        let (slug, name) = match target {
            Target::Provider(slug) => {
                (slug.clone(), directory.provider(slug).map_or_else(|| slug.clone(), |provider| provider.name))
            }
            Target::Board(id) => {
                directory.board_by_id(*id).map(|row| (row.slug.clone(), row.name.clone())).unwrap_or_default()
            }
        };
        Self { target: target.clone(), slug, name, key: String::new() }
    }

    /// The same, for a guest with a key.
    #[must_use]
    pub fn opened_by(self, key: &str) -> Self {
        Self { key: key.to_owned(), ..self }
    }

    /// As it is called within a sentence.
    #[must_use]
    pub fn spoken(&self) -> String {
        match &self.target {
            Target::Provider(_) => self.name.clone(),
            Target::Board(_) if self.name.is_empty() => "a board that was deleted".to_owned(),
            Target::Board(_) => format!("the board {}", self.name),
        }
    }

    /// Why somebody hears of it, in one sentence.
    #[must_use]
    pub fn reason(&self) -> String {
        match &self.target {
            Target::Provider(_) => format!("You subscribed to news of {}.", self.name),
            Target::Board(_) => format!("You subscribed to {}.", self.spoken()),
        }
    }
}

/// A channel as people call it: of those who subscribed to a board, by the board's name.
#[must_use]
pub fn channel_title(directory: &Directory, name: String) -> String {
    match Target::of_channel(&name) {
        Some(target @ Target::Board(_)) => format!("subscribers of {}", News::of(directory, &target).spoken()),
        Some(Target::Provider(_)) | None => name,
    }
}

/// What opens the board for the guest who subscribed; empty: nothing has to.
#[must_use]
pub fn key(subscription: &Subscription) -> &str {
    subscription.settings.get(KEY).and_then(Value::as_str).unwrap_or_default()
}

/// What is sent to a subscriber goes the way of a channel.
#[must_use]
pub fn channel(subscription: &Subscription) -> ChannelRow {
    let mut settings = subscription.settings.clone();
    if let Some(fields) = settings.as_object_mut() {
        fields.remove(KEY);
    }
    ChannelRow {
        id: subscription.id,
        team: subscription.team,
        name: subscription.target.channel_name(),
        kind: subscription.kind.clone(),
        settings,
        declared: false,
        disabled: None,
    }
}

/// The network over which a subscriber is reached: addresses that strangers gave are public ones.
#[must_use]
pub fn net<'a>(app: &'a App, subscription: &Subscription) -> &'a Net {
    app.net_for(subscription.trusted || subscription.kind == Kind::Email.name())
}

/// False where it rests: what is read here, or the board, is not for strangers any more.
#[must_use]
pub fn may_hear(app: &App, subscription: &Subscription) -> bool {
    subscription.trusted
        || match &subscription.target {
            Target::Provider(_) => access::is_open(app),
            Target::Board(id) => {
                let directory = app.directory();
                directory.board_by_id(*id).is_some_and(|row| is_for_strangers(app, row, key(subscription)))
            }
        }
}

/// Why it hears nothing just now, for people; `None` where it does.
#[must_use]
pub fn rests(app: &App, subscription: &Subscription) -> Option<&'static str> {
    if !app.config.server.subscriptions {
        return Some("Rests: server.subscriptions is off.");
    }
    let may = may_hear(app, subscription);
    match &subscription.target {
        Target::Provider(_) if !may => Some("Rests: a stranger subscribed, and strangers may not read any more."),
        Target::Provider(slug) if app.watch.pages().of(slug).is_empty() => {
            Some("Rests: nobody here watches this provider any more.")
        }
        Target::Board(id) if app.directory().board_by_id(*id).is_none() => Some("Rests: the board was deleted."),
        Target::Board(_) if !may => Some("Rests: a stranger subscribed, and may not look at the board any more."),
        Target::Provider(_) | Target::Board(_) => None,
    }
}

/// Where it is sent, as people read it: a mail address, or an address on the web.
#[must_use]
pub fn address(subscription: &Subscription) -> String {
    let text = |key: &str| subscription.settings.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    match Kind::named(&subscription.kind) {
        Some(Kind::Email) => {
            subscription.settings.pointer("/to/0").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        // The rest of a browser's endpoint opens it.
        Some(Kind::WebPush) => host(&text("endpoint")),
        // What stands behind a question mark may be a secret.
        Some(kind) => {
            let shown = kind.channel().redacted(&subscription.settings);
            shown.get("url").and_then(Value::as_str).unwrap_or_default().to_owned()
        }
        None => String::new(),
    }
}

/// The host of an address.
#[must_use]
pub fn host(url: &str) -> String {
    Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned)).unwrap_or_default()
}

/// The path that ends a subscription with one click.
#[must_use]
pub fn leave(app: &App, subscription: &Subscription) -> String {
    let recipient = match Kind::named(&subscription.kind) {
        Some(Kind::Email) => address(subscription),
        _ => subscription.id.to_string(),
    };
    let token = unsubscribe_token(&app.sender.unsubscribe_key, &subscription.target.channel_name(), &recipient);
    format!("/unsubscribe/{token}")
}

/// The subscription that a token for leaving names, if it is still there.
///
/// # Errors
/// If the store cannot be read.
pub async fn named(app: &App, target: &Target, recipient: &str) -> Result<Option<Subscription>, StoreError> {
    match Uuid::parse_str(recipient) {
        Ok(id) => app.store.subscription(id).await,
        Err(_) => app.store.subscription_at(target, Kind::Email.name(), &login::normal(recipient)).await,
    }
}

/// Asks whoever reads a mailbox whether they want to hear of something.
///
/// # Errors
/// If the store cannot be read or written.
pub async fn ask(app: &App, news: &News, to: &str, trusted: bool) -> Result<(), StoreError> {
    let team = app.store.default_team();
    let target = news.target.clone();
    let name = target.channel_name();
    // A mail server has said that there is no such mailbox.
    if app.directory().is_suppressed(team, &name, to) {
        return Ok(());
    }
    let now = clock::now();
    let wanted = Wanted { target, address: to.to_owned(), trusted, key: news.key.clone(), until: now.plus(LASTS_S) };
    let Some(token) = wanted_token(&app.sender.unsubscribe_key, &wanted) else { return Ok(()) };
    let id = ids::v7(now, &[b"confirm", token.as_bytes(), &clock::now_ms().to_be_bytes()]);
    let url = format!("{}/subscribe/{token}", app.sender.base_url);
    let vendor = news.spoken();
    let letter = tocsin_channels::Confirmation { id, at: now, to, vendor: &vendor, url: &url };
    let Some(composed) = tocsin_channels::confirmation(&app.sender, &letter) else { return Ok(()) };
    let sequence = app.store.reserve(1).await?;
    let reason = format!("Somebody asked for news of {vendor}.");
    let row = OutboxRow { team, sequence, channel_name: name, reason, ..mail(id, composed) };
    app.store.enqueue(&[row]).await?;
    app.outbox_grew.notify_one();
    Ok(())
}

/// A mail that belongs to no channel.
fn mail(id: Uuid, composed: Composed) -> OutboxRow {
    OutboxRow {
        id,
        team: Uuid::nil(),
        sequence: 0,
        event: ASKED.to_owned(),
        subject: None,
        channel: Uuid::nil(),
        channel_name: String::new(),
        kind: Kind::Email.name().to_owned(),
        thread: ids::hash_hex(&[b"confirm", id.as_bytes()]),
        reason: String::new(),
        recipient: composed.to,
        content_type: composed.content_type,
        body: composed.body.into(),
        part: composed.part.word().to_owned(),
        place: 0,
        keeping: Keeping::Log,
        ends: false,
        summary: false,
        created_ms: clock::now_ms(),
        suppressed: false,
    }
}

/// A subscription that nobody has taken yet.
#[must_use]
pub fn draft(app: &App, news: &News, kind: Kind, mut settings: Value, trusted: bool) -> Subscription {
    let now = clock::now();
    let (where_to, what) = (settings.to_string(), news.target.name());
    let parts = [kind.name().as_bytes(), what.as_bytes(), where_to.as_bytes(), &clock::now_us().to_be_bytes()];
    if !news.key.is_empty()
        && let Some(fields) = settings.as_object_mut()
    {
        fields.insert(KEY.to_owned(), news.key.clone().into());
    }
    Subscription {
        id: ids::v7(now, &parts),
        team: app.store.default_team(),
        target: news.target.clone(),
        kind: kind.name().to_owned(),
        settings,
        trusted,
        created_at: now,
    }
}

/// Takes a subscription. `compared`: where it is sent, in one spelling. One that is there already goes on, with these
/// settings and its own id.
///
/// # Errors
/// If the store cannot be read or written.
pub async fn begin(app: &App, mut row: Subscription, compared: &str) -> Result<Subscription, StoreError> {
    let _changing = app.changing.lock().await;
    row.id = app.store.subscribe(&row, compared).await?;
    let target = &row.target;
    info!(subscription = %row.id, target = target.name(), kind = row.kind, "somebody subscribed");
    if !app.directory().is_subscribed(target) {
        app.refresh().await?;
    }
    Ok(row)
}

/// Ends a subscription; twice is fine.
///
/// # Errors
/// If the store cannot be read or written.
pub async fn end(app: &App, subscription: &Subscription) -> Result<bool, StoreError> {
    let _changing = app.changing.lock().await;
    let ended = app.store.end_subscription(subscription.id).await?;
    if app.store.subscribers_after(&subscription.target, None, 1).await?.is_empty() {
        app.refresh().await?;
    }
    Ok(ended)
}

/// Why mail cannot be sent to an address, in one sentence; `None`: it can.
#[must_use]
pub fn wrong_mail(address: &str) -> Option<String> {
    let how = "Type a whole address, like ada@example.com.";
    if address.parse::<lettre::Address>().is_err() {
        return Some(how.to_owned());
    }
    let problems = Kind::Email.channel().validate(&json!({ "to": [address] }));
    (!problems.is_empty()).then(|| how.to_owned())
}

/// Why an address cannot be told anything, in one sentence; `None`: it may be tried.
#[must_use]
pub fn wrong_settings(app: &App, kind: Kind, settings: &Value, key: &str, trusted: bool) -> Option<String> {
    if let Some(problem) = kind.channel().validate(settings).first() {
        return Some(problem.detail.clone());
    }
    let address = settings.get(key).and_then(Value::as_str).unwrap_or_default();
    app.net_for(trusted).check_url(address, Purpose::Deliver).err().map(|failure| failure.detail)
}

/// A secret with which deliveries are signed.
///
/// # Errors
/// If the system gives no random bytes.
pub fn secret() -> Result<String, StoreError> {
    let mut bytes = [0_u8; 32];
    let none = |_| StoreError::Unavailable("the system gave no random bytes".to_owned());
    aws_lc_rs::rand::fill(&mut bytes).map_err(none)?;
    Ok(format!("whsec_{}", STANDARD.encode(bytes)))
}
