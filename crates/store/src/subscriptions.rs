//! Subscriptions: those who have no account, and are told what becomes of something.

use aws_lc_rs::hmac;
use tocsin_domain::Timestamp;
use uuid::Uuid;

use crate::Store;
use crate::circulars::Circular;
use crate::codec::json;
use crate::db::{Row, Value};
use crate::error::StoreError;

/// How the channels of those who subscribed begin. The slug of a provider follows, or [`BOARD`].
pub(crate) const CHANNEL_NAME: &str = "subscribers of ";
/// What follows for a board, with its id; no slug has a space.
const BOARD: &str = "board ";

/// What somebody can subscribe to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Target {
    /// By its slug.
    Provider(String),
    /// By its id: it may get another slug, and its slug may be given to another board.
    Board(Uuid),
}

impl Target {
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Provider(_) => "provider",
            Self::Board(_) => "board",
        }
    }

    /// The slug of a provider, the id of a board.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Provider(slug) => slug.clone(),
            Self::Board(id) => id.to_string(),
        }
    }

    /// What the channel is called through which its subscribers hear.
    #[must_use]
    pub fn channel_name(&self) -> String {
        match self {
            Self::Provider(slug) => format!("{CHANNEL_NAME}{slug}"),
            Self::Board(id) => format!("{CHANNEL_NAME}{BOARD}{id}"),
        }
    }

    /// Whose subscribers hear through a channel of that name; `None`: it is one of the team.
    #[must_use]
    pub fn of_channel(name: &str) -> Option<Self> {
        let name = name.strip_prefix(CHANNEL_NAME)?;
        let board = name.strip_prefix(BOARD).and_then(|id| Uuid::parse_str(id).ok());
        Some(board.map_or_else(|| Self::Provider(name.to_owned()), Self::Board))
    }

    pub(crate) fn stored(kind: &str, name: String) -> Result<Self, StoreError> {
        match kind {
            "provider" => Ok(Self::Provider(name)),
            "board" => Uuid::parse_str(&name).map(Self::Board).map_err(|why| StoreError::damaged("subscription", why)),
            other => Err(StoreError::damaged("subscription", format!("`{other}` is nothing to subscribe to"))),
        }
    }
}

/// One subscription; its settings are encrypted at rest.
#[derive(Clone, Debug, PartialEq)]
pub struct Subscription {
    pub id: Uuid,
    pub team: Uuid,
    pub target: Target,
    /// A kind of channel, with its settings.
    pub kind: String,
    pub settings: serde_json::Value,
    /// It was made by somebody who is known here, not by a stranger.
    pub trusted: bool,
    pub created_at: Timestamp,
}

const SUBSCRIPTION: &str =
    "SELECT id, team, target_kind, target, kind, settings, trusted, created_at FROM subscriptions";
/// What becomes of messages that wait for whoever has left.
const ENDED: &str = "The subscription has ended.";

impl Store {
    /// Adds a subscription, or gives the one of the same `address` (as it is compared, in one spelling) new settings.
    /// Answers its id.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn subscribe(&self, row: &Subscription, address: &str) -> Result<Uuid, StoreError> {
        let sql = "INSERT INTO subscriptions (id, team, target_kind, target, kind, settings, address_hash, trusted, \
                   created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                   ON CONFLICT (target_kind, target, kind, address_hash) DO UPDATE SET settings = excluded.settings, \
                   trusted = (subscriptions.trusted OR excluded.trusted) RETURNING id";
        let values = vec![
            row.id.into(),
            row.team.into(),
            row.target.kind().into(),
            row.target.name().into(),
            row.kind.as_str().into(),
            self.key.seal(json(&row.settings).as_bytes()).into(),
            self.address_hash(address).into(),
            row.trusted.into(),
            row.created_at.into(),
        ];
        let rows = self.db.writer().await?.rows(sql, values).await?;
        rows.first().map_or(Ok(row.id), |row| row.id(0))
    }

    /// A subscription by its id.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn subscription(&self, id: Uuid) -> Result<Option<Subscription>, StoreError> {
        let rows = self.db.read(&format!("{SUBSCRIPTION} WHERE id = $1"), vec![id.into()]).await?;
        rows.first().map(|row| self.subscription_of(row)).transpose()
    }

    /// The subscription of an address to something.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn subscription_at(
        &self,
        target: &Target,
        kind: &str,
        address: &str,
    ) -> Result<Option<Subscription>, StoreError> {
        let sql = format!("{SUBSCRIPTION} WHERE target_kind = $1 AND target = $2 AND kind = $3 AND address_hash = $4");
        let values = vec![target.kind().into(), target.name().into(), kind.into(), self.address_hash(address).into()];
        self.db.read(&sql, values).await?.first().map(|row| self.subscription_of(row)).transpose()
    }

    /// Subscriptions to anything, newest first; `before` continues a listing.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn subscriptions(
        &self,
        target: Option<&Target>,
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Subscription>, StoreError> {
        let mut sql = format!("{SUBSCRIPTION} WHERE id < $1");
        let mut values: Vec<Value> = vec![before.unwrap_or(Uuid::max()).into(), limit.into()];
        if let Some(target) = target {
            sql.push_str(" AND target_kind = $3 AND target = $4");
            values.extend([target.kind().into(), target.name().into()]);
        }
        sql.push_str(" ORDER BY id DESC LIMIT $2");
        self.db.read(&sql, values).await?.iter().map(|row| self.subscription_of(row)).collect()
    }

    /// Subscriptions to something, in the order of their ids, after one of them.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn subscribers_after(
        &self,
        target: &Target,
        after: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Subscription>, StoreError> {
        let sql = format!("{SUBSCRIPTION} WHERE target_kind = $1 AND target = $2 AND id > $3 ORDER BY id LIMIT $4");
        let after = after.unwrap_or(Uuid::nil());
        let values = vec![target.kind().into(), target.name().into(), after.into(), limit.into()];
        self.db.read(&sql, values).await?.iter().map(|row| self.subscription_of(row)).collect()
    }

    /// Of the subscriptions that a circular reaches after `after` and up to `last`: those whose address has another
    /// one, of the same kind, that a later circular of the same event will reach; with that other one.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn doubles(
        &self,
        circular: &Circular,
        after: Option<Uuid>,
        last: Uuid,
    ) -> Result<Vec<(Uuid, Subscription)>, StoreError> {
        let sql = "SELECT o.id, o.team, o.target_kind, o.target, o.kind, o.settings, o.trusted, o.created_at, s.id \
                   FROM circulars c JOIN subscriptions o ON o.target_kind = c.target_kind AND o.target = c.target \
                   JOIN subscriptions s ON s.kind = o.kind AND s.address_hash = o.address_hash \
                   WHERE c.sequence = $1 AND (c.target_kind > $2 OR (c.target_kind = $2 AND c.target > $3)) \
                   AND s.target_kind = $2 AND s.target = $3 AND s.id > $4 AND s.id <= $5";
        let values = vec![
            circular.sequence.into(),
            circular.target.kind().into(),
            circular.target.name().into(),
            after.unwrap_or(Uuid::nil()).into(),
            last.into(),
        ];
        let rows = self.db.read(sql, values).await?;
        rows.iter().map(|row| Ok((row.id(8)?, self.subscription_of(row)?))).collect()
    }

    /// How many subscribe to each thing that anybody subscribes to.
    ///
    /// # Errors
    /// If the store cannot be read.
    pub async fn subscribed(&self) -> Result<Vec<(Target, i64)>, StoreError> {
        let sql = "SELECT target_kind, target, COUNT(*) FROM subscriptions GROUP BY target_kind, target \
                   ORDER BY target_kind, target";
        let row = |row: &Row| Ok((Target::stored(&row.text(0)?, row.text(1)?)?, row.int(2)?));
        self.db.read(sql, vec![]).await?.iter().map(row).collect()
    }

    /// Ends a subscription; what waits for it is not sent. False where there is none.
    ///
    /// # Errors
    /// If the store cannot be written; nothing is changed then.
    pub async fn end_subscription(&self, id: Uuid) -> Result<bool, StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        let ended = writer.run("DELETE FROM subscriptions WHERE id = $1", vec![id.into()]).await?;
        writer.run("DELETE FROM channel_records WHERE channel = $1", vec![id.into()]).await?;
        let sql = "UPDATE deliveries SET state = 'suppressed', why = $2 WHERE channel = $1 AND state = 'due' \
                   AND leased = FALSE";
        writer.run(sql, vec![id.into(), ENDED.into()]).await?;
        writer.commit().await?;
        Ok(ended > 0)
    }

    fn subscription_of(&self, row: &Row) -> Result<Subscription, StoreError> {
        let plain = self.key.open(&row.bytes(5)?)?;
        Ok(Subscription {
            id: row.id(0)?,
            team: row.id(1)?,
            target: Target::stored(&row.text(2)?, row.text(3)?)?,
            kind: row.text(4)?,
            settings: serde_json::from_slice(&plain).map_err(|why| StoreError::damaged("subscription", why))?,
            trusted: row.flag(6)?,
            created_at: row.at(7)?,
        })
    }

    /// Tells addresses apart without saying which they are.
    fn address_hash(&self, address: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &self.key.derived(b"addresses"));
        hmac::sign(&key, address.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
