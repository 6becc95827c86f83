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
    /// Keeps a subscription that a hub is asked for. The one that is confirmed stays beside it until the hub confirms
    /// this one; what was never confirmed, or has run out, makes way.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_hub(&self, row: &HubSubscription) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        let sql = "DELETE FROM hub_subscriptions WHERE page = $1 AND (lease_until IS NULL OR lease_until <= $2)";
        writer.run(sql, vec![row.page.into(), row.asked_at.into()]).await?;
        let sql = "INSERT INTO hub_subscriptions (page, hub, topic, hash, secret, asked_at, lease_until) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7)";
        let values = vec![
            row.page.into(),
            row.hub.as_str().into(),
            row.topic.as_str().into(),
            row.hash.as_str().into(),
            self.key.seal(row.secret.as_bytes()).into(),
            row.asked_at.into(),
            row.lease_until.into(),
        ];
        writer.run(sql, values).await?;
        writer.commit().await
    }

    /// The subscriptions of a page: the one that is confirmed, and the one that shall follow it.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn hubs(&self, page: Uuid) -> Result<Vec<HubSubscription>, StoreError> {
        let rows = self.db.read(&format!("{ALL} WHERE page = $1 ORDER BY asked_at"), vec![page.into()]).await?;
        rows.iter().map(|row| self.hub_of(row)).collect()
    }

    /// The subscription that holds a token.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn hub_by_hash(&self, hash: &str) -> Result<Option<HubSubscription>, StoreError> {
        let rows = self.db.read(&format!("{ALL} WHERE hash = $1"), vec![hash.into()]).await?;
        rows.first().map(|row| self.hub_of(row)).transpose()
    }

    /// The hub said until when it will tell us; `None`: it will not. What it confirms takes the place of what was asked
    /// for before it.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn hub_said(&self, hash: &str, lease_until: Option<Timestamp>) -> Result<(), StoreError> {
        let mut writer = self.db.writer().await?;
        writer.begin().await?;
        let sql = "UPDATE hub_subscriptions SET lease_until = $1 WHERE hash = $2";
        writer.run(sql, vec![lease_until.into(), hash.into()]).await?;
        if lease_until.is_some() {
            let sql = "DELETE FROM hub_subscriptions WHERE hash <> $1 \
                       AND page = (SELECT page FROM hub_subscriptions WHERE hash = $1) \
                       AND asked_at < (SELECT asked_at FROM hub_subscriptions WHERE hash = $1)";
            writer.run(sql, vec![hash.into()]).await?;
        }
        writer.commit().await
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
