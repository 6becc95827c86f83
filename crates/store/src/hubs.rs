//! Hubs: where we asked to be told of changes (WebSub).

use tocsin_domain::Timestamp;
use uuid::Uuid;

use crate::Store;
use crate::db::Row;
use crate::error::StoreError;

/// One subscription.
#[derive(Clone, PartialEq, Eq)]
pub struct HubSubscription {
    pub page: Uuid,
    pub hub: String,
    /// The address by which the hub knows the feed.
    pub topic: String,
    /// SHA-256 of the token in the address that the hub calls, hex.
    pub hash: String,
    /// With which the hub signs.
    pub secret: String,
    pub asked_at: Timestamp,
    /// `None`: not confirmed yet.
    pub lease_until: Option<Timestamp>,
}

impl std::fmt::Debug for HubSubscription {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "HubSubscription({} at {})", self.topic, self.hub)
    }
}

const ALL: &str = "SELECT page, hub, topic, hash, secret, asked_at, lease_until FROM hub_subscriptions";

impl Store {
    /// Keeps a subscription in the place of the one the page had.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_hub(&self, row: &HubSubscription) -> Result<(), StoreError> {
        let sql = "INSERT INTO hub_subscriptions (page, hub, topic, hash, secret, asked_at, lease_until) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (page) DO UPDATE SET hub = excluded.hub, \
                   topic = excluded.topic, hash = excluded.hash, secret = excluded.secret, \
                   asked_at = excluded.asked_at, lease_until = excluded.lease_until";
        let values = vec![
            row.page.into(),
            row.hub.as_str().into(),
            row.topic.as_str().into(),
            row.hash.as_str().into(),
            self.key.seal(row.secret.as_bytes()).into(),
            row.asked_at.into(),
            row.lease_until.into(),
        ];
        self.db.write(sql, values).await.map(drop)
    }

    /// The subscription of a page.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn hub(&self, page: Uuid) -> Result<Option<HubSubscription>, StoreError> {
        let rows = self.db.read(&format!("{ALL} WHERE page = $1"), vec![page.into()]).await?;
        rows.first().map(|row| self.hub_of(row)).transpose()
    }

    /// The subscription that holds a token.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn hub_by_hash(&self, hash: &str) -> Result<Option<HubSubscription>, StoreError> {
        let rows = self.db.read(&format!("{ALL} WHERE hash = $1"), vec![hash.into()]).await?;
        rows.first().map(|row| self.hub_of(row)).transpose()
    }

    /// The hub said until when it will tell us; `None`: it will not.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn hub_said(&self, hash: &str, lease_until: Option<Timestamp>) -> Result<(), StoreError> {
        let sql = "UPDATE hub_subscriptions SET lease_until = $1 WHERE hash = $2";
        self.db.write(sql, vec![lease_until.into(), hash.into()]).await.map(drop)
    }

    fn hub_of(&self, row: &Row) -> Result<HubSubscription, StoreError> {
        Ok(HubSubscription {
            page: row.id(0)?,
            hub: row.text(1)?,
            topic: row.text(2)?,
            hash: row.text(3)?,
            secret: String::from_utf8_lossy(&self.key.open(&row.bytes(4)?)?).into_owned(),
            asked_at: row.at(5)?,
            lease_until: row.maybe_at(6)?,
        })
    }
}
