//! Doors: what opens the pages that want to know who asks.

use tocsin_domain::Timestamp;

use crate::Store;
use crate::error::StoreError;

impl Store {
    /// Keeps what opens a provider's page, in the place of what there was.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn put_door(&self, provider: &str, kept: &[u8], now: Timestamp) -> Result<(), StoreError> {
        let sql = "INSERT INTO doors (provider, kept, created_at) VALUES ($1, $2, $3) \
                   ON CONFLICT (provider) DO UPDATE SET kept = excluded.kept, created_at = excluded.created_at";
        self.db.write(sql, vec![provider.into(), self.key.seal(kept).into(), now.into()]).await.map(drop)
    }

    /// All of them, by provider.
    ///
    /// # Errors
    /// If the store cannot be read, or was written with another key file.
    pub async fn doors(&self) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        let rows = self.db.read("SELECT provider, kept FROM doors", Vec::new()).await?;
        rows.iter().map(|row| Ok((row.text(0)?, self.key.open(&row.bytes(1)?)?))).collect()
    }

    /// Forgets what opens a provider's page. False where there is nothing.
    ///
    /// # Errors
    /// If the store cannot be written.
    pub async fn remove_door(&self, provider: &str) -> Result<bool, StoreError> {
        Ok(self.db.write("DELETE FROM doors WHERE provider = $1", vec![provider.into()]).await? > 0)
    }
}
