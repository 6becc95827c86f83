//! Push: addresses to which vendors may send word.

use tocsin_domain::Timestamp;
use uuid::Uuid;

use crate::Store;
use crate::db::Row;
use crate::error::StoreError;

/// One address.
#[derive(Clone, PartialEq, Eq)]
pub struct PushAddress {
    pub team: Uuid,
    pub provider: String,
    /// SHA-256 of the token in it, hex.
    pub hash: String,
    /// With which the vendor signs, where it does.
    pub secret: Option<String>,
    pub created_at: Timestamp,
    /// How often word came.
    pub heard: i64,
    pub heard_at: Option<Timestamp>,
}

impl std::fmt::Debug for PushAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "PushAddress({})", self.provider)
    }
}

const ADDRESS: &str = "SELECT team, provider, hash, secret, created_at, heard, heard_at FROM push_addresses";

impl Store {
    /// Gives a provider an address, in the place of the one it had.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_push(&self, row: &PushAddress) -> Result<(), StoreError> {
        let sql = "INSERT INTO push_addresses (team, provider, hash, secret, created_at, heard, heard_at) \
                   VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (team, provider) DO UPDATE SET \
                   hash = excluded.hash, secret = excluded.secret, created_at = excluded.created_at, \
                   heard = excluded.heard, heard_at = excluded.heard_at";
        let values = vec![
            row.team.into(),
            row.provider.as_str().into(),
            row.hash.as_str().into(),
            row.secret.as_deref().map_or_else(Vec::new, |secret| self.key.seal(secret.as_bytes())).into(),
            row.created_at.into(),
            row.heard.into(),
            row.heard_at.into(),
        ];
        self.db.write(sql, values).await.map(drop)
    }

    /// The address that holds a token.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn push_by_hash(&self, hash: &str) -> Result<Option<PushAddress>, StoreError> {
        let rows = self.db.read(&format!("{ADDRESS} WHERE hash = $1"), vec![hash.into()]).await?;
        rows.first().map(|row| self.push_of(row)).transpose()
    }

    /// The address of a provider.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn push(&self, team: Uuid, provider: &str) -> Result<Option<PushAddress>, StoreError> {
        let sql = format!("{ADDRESS} WHERE team = $1 AND provider = $2");
        let rows = self.db.read(&sql, vec![team.into(), provider.into()]).await?;
        rows.first().map(|row| self.push_of(row)).transpose()
    }

    /// Notes that word came.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn push_heard(&self, hash: &str, now: Timestamp) -> Result<(), StoreError> {
        let sql = "UPDATE push_addresses SET heard = heard + 1, heard_at = $1 WHERE hash = $2";
        self.db.write(sql, vec![now.into(), hash.into()]).await.map(drop)
    }

    /// Takes the address of a provider back. False where it has none.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn remove_push(&self, team: Uuid, provider: &str) -> Result<bool, StoreError> {
        let sql = "DELETE FROM push_addresses WHERE team = $1 AND provider = $2";
        Ok(self.db.write(sql, vec![team.into(), provider.into()]).await? > 0)
    }

    fn push_of(&self, row: &Row) -> Result<PushAddress, StoreError> {
        let sealed = Some(row.bytes(3)?).filter(|sealed| !sealed.is_empty());
        let secret = sealed.map(|sealed| self.key.open(&sealed)).transpose()?;
        Ok(PushAddress {
            team: row.id(0)?,
            provider: row.text(1)?,
            hash: row.text(2)?,
            secret: secret.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()),
            created_at: row.at(4)?,
            heard: row.int(5)?,
            heard_at: row.maybe_at(6)?,
        })
    }
}
